"""The metadata in a picture's file: EXIF, IPTC and XMP, weighed against each other."""
