"""The sample archive that `make demo` scans: its scenes, its stories and its pages."""
