"""The names of articles, furniture and credits in a person's decisions."""

BODY = "body:"
"""The prefix of a body's digest in ``decisions``: an article is named by its text, so that the decision holds for every
copy."""

FURNITURE = "is:furniture"
"""The name of the right side of a decision whether LEFT, a picture or a caption, is page furniture."""

CREDIT = "is:credit"
"""The name of the right side of a decision whether LEFT, :data:`CREDIT_NAME` and a name, is a credit."""

CREDIT_NAME = "credit:"
"""The prefix of a credit's name in ``decisions``; the name is as :func:`media.captions.learned_credit.credit_key`
writes it."""
