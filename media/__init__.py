"""Reads archives of articles and pictures and finds what repeats in them.

It uses neither SQL nor a terminal; :mod:`catalog` stores and shows the results.
"""

__version__ = "0.2.0"
