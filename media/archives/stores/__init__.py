"""Object stores: one interface, one file a kind of client."""
