"""Reads archives of articles and pictures and finds what repeats in them.

Knows no SQL and no terminal; :mod:`catalog` keeps and shows what is found here.
"""

__version__ = "0.2.0"
