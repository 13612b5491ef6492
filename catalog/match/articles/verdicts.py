"""How a person's verdict names an article: by its text, so that it holds wherever that stands."""

BODY = "body:"
"""Before a body's digest in ``decisions``."""
