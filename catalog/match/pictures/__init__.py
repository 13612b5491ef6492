"""Keeps matches and groups of pictures up to date in the catalogue, and chooses keepers."""
