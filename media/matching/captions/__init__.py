"""Captions that repeat: candidates, then the words that differ, then groups. Plain values in and out."""
