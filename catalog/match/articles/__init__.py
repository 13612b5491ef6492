"""Keeps pages, stories and the scope of repeats up to date in the catalogue."""
