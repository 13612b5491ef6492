"""Sources: the ways an archive is kept, one file each, one interface."""
