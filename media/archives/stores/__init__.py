"""Object stores: one interface, and a file for each kind of client."""
