"""Keeps repeats and conflicts of captions up to date in the catalogue."""
