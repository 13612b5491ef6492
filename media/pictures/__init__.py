"""Pictures: decoding, fingerprints, embedded metadata, sidecars, thumbnails."""
