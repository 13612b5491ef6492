"""Exports: the corpus of articles and the pairs of picture and caption, one file a format."""
