"""A scan: its sources, what changed in them, the readers, and the one writer."""
