"""Look up a picture or a text in the catalogue."""
