"""The catalogue itself: its schema, its file, its lock, and what is pending in it."""
