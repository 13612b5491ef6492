"""Finding what repeats, among plain values: no archive is read here and no catalogue known."""
