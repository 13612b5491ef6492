"""Cleaning up: plan, apply, undo, purge. One file a step; every act on a file is in ``files.py``."""
