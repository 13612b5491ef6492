"""Updates repeats and conflicts of captions in the catalogue."""
