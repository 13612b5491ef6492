"""The joins of :mod:`media.matching`, cut into pieces that know nothing of one another: arrays in, arrays out.

What a candidate is stands where the whole joins are; here is only what a piece needs to find its share of them.
"""
