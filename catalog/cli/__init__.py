"""The command line: one file a command. A command parses, calls one function, prints, and exits."""

from catalog.cli.app import main

__all__ = ["main"]
