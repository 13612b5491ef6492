"""Articles that are one story: addresses, bodies that are nearly the same, groups. Plain values in and out."""
