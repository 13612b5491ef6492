"""Runs matching in partitions: where they run, what they may hold, where their files lie."""
