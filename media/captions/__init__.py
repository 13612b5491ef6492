"""Captions: finding them, parting them from their credit, and normalising them."""
