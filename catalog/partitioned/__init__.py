"""Matching in partitions: the same repeats and groups, found by many workers that each hold a small part."""
