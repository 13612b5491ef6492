"""Archives: the ways they are kept, one file a kind, one interface (:mod:`media.archives.source`)."""
