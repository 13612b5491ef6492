"""Captions: finding them, separating them from their credit, and normalising them."""
