"""The catalogue: its schema, its file, its lock, and its list of pending work."""
