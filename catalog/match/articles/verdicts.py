"""The names of articles and of furniture in a person's decisions."""

BODY = "body:"
"""The prefix of a body's digest in ``decisions``: an article is named by its text, so that the decision holds for every
copy."""

FURNITURE = "is:furniture"
"""The name of the right side of a decision whether LEFT, a picture or a caption, is page furniture."""
