"""How a person's verdict names what is no picture and no caption."""

BODY = "body:"
"""Before a body's digest in ``decisions``: an article is named by its text, so that it holds wherever that stands."""

FURNITURE = "is:furniture"
"""What a person decides of, where LEFT is a picture or a caption: that it is furniture of pages, or that it is none."""
