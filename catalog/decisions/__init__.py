"""A person's verdicts, kept and respected."""
