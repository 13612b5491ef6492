"""Updates matches and groups of pictures in the catalogue, and chooses keepers."""
