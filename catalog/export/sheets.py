"""Contact sheets: every picture once with its caption, two dozen a page, to print or to hand on."""

import itertools
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TextIO

from catalog.export.pairs import Pair, export_pairs
from catalog.show.page_templates import page_templates
from catalog.store.catalogue import Catalogue, now
from media.locator import printable
from media.pictures.image import thumbnail_address

PER_SHEET = 24
MOST_SHEETS = 50
"""The most sheets in one HTML file: 1,200 pictures take about 10 MB."""

_PICTURES = """
SELECT r.locator, i.sha256, i.created_at, i.credit_line, t.webp
FROM images i
JOIN temp.kept_record k ON k.sha256 = i.sha256
JOIN records r ON r.id = k.id
LEFT JOIN thumbnails t ON t.image_sha256 = i.sha256
WHERE i.sha256 NOT IN (SELECT sha256 FROM temp.same_picture)
    AND i.sha256 NOT IN (SELECT image_sha256 FROM furniture)
ORDER BY r.locator, i.sha256
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture on a sheet."""

    locator: str
    caption: str | None
    """None: nothing is said of it."""
    credit: str | None
    date: str | None
    """When it was taken, as its file says; else the day that its caption names."""
    more: int
    """Other captions that are said of it."""
    thumbnail: bytes | None
    """JPEG or WebP."""


def list_frames(
    catalogue: Catalogue, chosen: tuple[str, tuple[object, ...]] = ("1", ())
) -> Generator[Frame, None, None]:
    """Yield every picture once, in the order of the archive: copies and small versions are their keeper's.

    Logos and other furniture of pages is left out. The caption is the one that a person chose, else the one that was
    found most often.

    :param chosen: a condition on a record ``r`` with its article ``a`` that shows the picture, and its parameters;
        where there is one, pictures of which nothing is said are left out, too.
    """
    # Pairs and pictures are in one order, and pairs make the tables that the pictures are looked up in.
    told = itertools.groupby(
        export_pairs(catalogue, chosen), key=lambda pair: (pair.image_locator, pair.image_sha256)
    )
    place, pairs = next(told, (None, iter(())))
    for row in catalogue.rows(_PICTURES):
        here = (row["locator"], row["sha256"])
        while place is not None and place < here:  # of furniture
            place, pairs = next(told, (None, iter(())))
        said = sorted(pairs, key=_rank) if place == here else []
        if said or chosen[0] == "1":
            best = said[0] if said else None
            yield Frame(
                printable(row["locator"]),
                best.caption if best else None,
                (best.credit_line if best else None) or row["credit_line"],
                (row["created_at"] or "")[:10] or (best.date if best else None),
                max(0, len(said) - 1),
                row["webp"],
            )


def _rank(pair: Pair) -> tuple[bool, int]:
    return pair.choice is None, -pair.showings


def write_html_sheets(frames: Iterator[Frame], out: TextIO, name: str) -> int:
    """Write one HTML page of at most :data:`MOST_SHEETS` sheets; gives the number of pictures.

    :param frames: those that have no room are left in it.
    """
    counted = itertools.count(1)
    shown = 0

    def sheets() -> Iterator[tuple[int, list[dict[str, object]]]]:
        nonlocal shown
        while number := next(counted):
            taken = list(itertools.islice(frames, PER_SHEET)) if number <= MOST_SHEETS else []
            if not taken:
                return
            shown += len(taken)
            yield number, [{"frame": frame, "picture": _address(frame.thumbnail)} for frame in taken]

    page = page_templates("catalog.export").get_template("sheets.html")
    for piece in page.generate(name=name, written=now()[:10], sheets=sheets()):
        out.write(piece)
    return shown


def _address(thumbnail: bytes | None) -> str:
    return thumbnail_address(thumbnail) if thumbnail else ""
