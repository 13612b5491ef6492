"""Lines that occur in many stories: page furniture, which does not belong in a corpus.

A line counts once for each story. Captures of a page, its mobile form and its copies elsewhere are one story, so that
no text is removed only because the archive holds an article several times. Memory does not grow with the archive: a
first pass counts in a table of fixed size, which may count too many but never too few; a second pass counts the
remaining lines exactly.
"""

import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np

from catalog.store.catalogue import Catalogue

_AT_ONCE = 1 << 18
_PLACES = 1 << 22
"""The size of the first pass's table: 32 MB."""

_BODIES = """
SELECT coalesce('s' || m.story_id, 'p' || c.page_id, a.body_sha256) AS story, a.body
FROM articles a JOIN records r ON r.id = a.record_id
LEFT JOIN story_members m ON m.article_id = a.id LEFT JOIN page_captures c ON c.article_id = a.id
WHERE r.missing_since IS NULL ORDER BY story
"""


def line_key(line: str) -> str:
    """Return a line in the form that is compared, without letter case and blanks."""
    return " ".join(line.split()).casefold()


def find_furniture(catalogue: Catalogue, stories: int) -> frozenset[str]:
    """Return the keys of lines that occur in at least so many different stories."""
    counts = np.zeros(_PLACES, np.int64)
    hashes = (hash(line) for lines in _lines(catalogue) for line in lines)
    while some := list(itertools.islice(hashes, _AT_ONCE)):
        counts += np.bincount(np.array(some, np.int64) % _PLACES, minlength=_PLACES)
    often = counts >= stories
    if not often.any():
        return frozenset()
    exact: Counter[str] = Counter()
    for lines in _lines(catalogue):
        exact.update(line for line in lines if often[hash(line) % _PLACES])
    return frozenset(line for line, count in exact.items() if count >= stories)


def _lines(catalogue: Catalogue) -> Iterator[set[str]]:
    """Yield the different lines of each story."""
    story, lines = None, set[str]()
    for row in catalogue.rows(_BODIES):
        if row["story"] != story:
            if lines:
                yield lines
            story, lines = row["story"], set()
        lines.update(key for line in row["body"].split("\n") if (key := line_key(line)))
    if lines:
        yield lines
