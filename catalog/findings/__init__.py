"""The kinds of findings, each declared once."""
