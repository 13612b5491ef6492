"""What is found: the kinds of findings, each declared once."""
