"""A caption's text and the credit at its end, as one rule separates them."""

from dataclasses import dataclass
from typing import Final

# The ends of a caption that are looked at, in characters. The longest credit of 281 labelled ones has 68.
TAIL: Final = 200


@dataclass(frozen=True, slots=True)
class Tail:
    """The result of one rule for a text's end."""

    caption: str
    credit: str
    evidence: str
    doubt: str | None = None
