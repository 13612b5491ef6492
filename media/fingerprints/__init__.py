"""Fingerprints of pictures."""
