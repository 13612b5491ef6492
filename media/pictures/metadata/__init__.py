"""What a picture's file says about the picture: EXIF, IPTC and XMP, weighed against each other."""
