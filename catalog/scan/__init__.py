"""A scan: which sources, what changed, who reads, one writer."""
