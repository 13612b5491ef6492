"""Where objects are kept: one interface, one file a kind of client."""
