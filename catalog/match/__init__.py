"""The steps after reading, in order: pairing, repeats, groups, conflicts."""
