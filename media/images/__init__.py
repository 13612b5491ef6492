"""Pictures: decoding, embedded metadata, thumbnails."""
