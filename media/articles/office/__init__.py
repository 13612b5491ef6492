"""Articles from documents of word processors."""
