"""Merges catalogues of parts of an archive into one."""
