"""Archives: one module for each kind, with one interface (:mod:`media.archives.source`)."""
