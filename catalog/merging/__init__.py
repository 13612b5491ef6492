"""Catalogues merged into one: each made of a part of the archive, the result that of scanning all of it at once."""
