"""What is done after reading, in order: pairing, repeats, groups, conflicts."""
