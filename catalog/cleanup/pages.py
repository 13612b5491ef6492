"""Finds files that pages show at their present place: removing one would break its page, even if copies exist.

What an article shows is in the catalogue. Pages and style sheets name pictures in other ways, too (backgrounds, posters
of films, pictures for other sites), so the files themselves are searched for names.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from catalog.match.pairing import Row, files_shown
from catalog.store.catalogue import Catalogue
from media.archives.open_source import open_source
from media.archives.source import SourceRef
from media.captions.addresses import picture_name
from media.errors import MediaError

NAMED = 20
"""The number of a file's pages that a plan names; all are counted."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The pages that show a file."""

    pages: tuple[str, ...]
    """Locators of the first :data:`NAMED`, sorted."""
    count: int

    def __str__(self) -> str:
        if not self.count:
            return ""
        more = self.count - 1
        return self.pages[0] + (f" and {more:,} more page{'s' if more > 1 else ''}" if more else "")


def find_shown(catalogue: Catalogue) -> None:
    """Store in a temporary table which pages show which files of groups."""
    db = catalogue.db
    db.execute("DROP TABLE IF EXISTS temp.shown")
    db.execute(
        "CREATE TEMP TABLE shown (record_id INTEGER, page_id INTEGER, PRIMARY KEY (record_id, page_id)) WITHOUT ROWID"
    )
    placements = catalogue.rows(
        "SELECT p.image_src, p.image_sha256, p.paired_by, p.evidence, p.record_id, r.locator, r.source_id, a.url"
        " FROM (SELECT DISTINCT n.placement_id AS id FROM (SELECT DISTINCT r.picture_name FROM image_group_members m"
        "  JOIN records r ON r.id = m.record_id WHERE r.inode IS NOT NULL AND r.picture_name IS NOT NULL) c"
        "  CROSS JOIN placement_names n ON n.picture_name = c.picture_name) w"
        " CROSS JOIN placements p ON p.id = w.id JOIN records r ON r.id = p.record_id"
        " LEFT JOIN articles a ON a.id = p.article_id"
        " WHERE r.missing_since IS NULL AND p.article_id IS NOT NULL AND p.origin <> 'sidecar'"
    )
    named = list(_named(catalogue))
    with db.atomic():
        rows: Iterator[Row] = itertools.chain(placements, named)
        for row in rows:
            db.conn.executemany(
                "INSERT OR IGNORE INTO temp.shown VALUES (?, ?)",
                [(record_id, row["record_id"]) for record_id in files_shown(catalogue, row)],
            )


_PAGES: Final = ("text/html", "text/css", "text/markdown")
"""Formats whose files name pictures that a reader sees. Lists of files and metadata name them, too, but show none."""
_PAGE_BYTES: Final = 8 << 20
"""The bytes of a page that are searched."""
_ENDING: Final = re.compile(
    rb"\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?|heic|jp2|jxl)(?![\w-])", re.IGNORECASE
)
_ADDRESS_BYTES: Final = 500
_ADDRESSES: Final = 50_000
"""The most addresses of one page: a page of more is an attack, and shows none of them."""
_LINK: Final = re.compile(rb"href\s{0,9}=\s{0,9}[\"']?\Z", re.IGNORECASE)
"""A page that only links to a picture shows its words whatever becomes of the picture."""
_BESIDE: Final = bytes.maketrans(b" \t\r\f\"'()<>=,;|", b"\n" * 14)
"""What stands beside an address, and in none."""


def _named(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """Yield what in pages and style sheets may be the address of a file of a group, as :func:`files_shown` takes it."""
    pages = catalogue.rows(
        "SELECT r.id, r.locator, r.source_id, s.uri, s.kind,"
        " (SELECT a.url FROM articles a WHERE a.record_id = r.id) AS url"
        " FROM records r JOIN sources s ON s.id = r.source_id"
        f" WHERE r.media_type IN ({', '.join('?' * len(_PAGES))}) AND r.inode IS NOT NULL AND r.missing_since IS NULL"
        " AND EXISTS (SELECT 1 FROM image_group_members)",
        _PAGES,
    )
    for page in pages:
        try:
            with open_source(SourceRef(page["uri"], page["kind"])).open(page["locator"]) as opened:
                text = opened.stream.read(_PAGE_BYTES)
        except (MediaError, OSError):
            continue  # it cannot be shown either
        for address in dict.fromkeys(itertools.islice(_addresses_in(text), _ADDRESSES)):
            if _is_of_group(catalogue, picture_name(address)):
                yield {
                    "image_src": address,
                    "image_sha256": None,
                    "paired_by": None,
                    "evidence": "{}",
                    "record_id": page["id"],
                    "locator": page["locator"],
                    "source_id": page["source_id"],
                    "url": page["url"],
                }


def _addresses_in(text: bytes) -> Iterator[str]:
    """Yield what may be the address of a picture, from the end that names its format back to what stands beside it."""
    for ending in _ENDING.finditer(text):
        before = text[max(0, ending.start() - _ADDRESS_BYTES) : ending.start()]
        name = before.translate(_BESIDE).rpartition(b"\n")[2]
        if name and not _LINK.search(before[: -len(name)]):
            yield (name + ending[0]).decode("utf-8", "replace")


def _is_of_group(catalogue: Catalogue, name: str | None) -> bool:
    return name is not None and bool(
        catalogue.value(
            "SELECT EXISTS (SELECT 1 FROM records r JOIN image_group_members m ON m.record_id = r.id"
            " WHERE r.picture_name = ?)",
            (name,),
        )
    )


def newly_shown(catalogue: Catalogue, cleanup_id: int) -> list[tuple[int, str, Shown]]:
    """Return id, locator and pages of files to be moved that are shown by pages read after the plan was made."""
    find_shown(catalogue)
    rows = catalogue.rows(
        "SELECT a.id, a.locator, a.record_id FROM cleanup_actions a WHERE a.cleanup_id = ? AND a.status = 'planned'"
        " AND a.action = 'quarantine' AND a.pages = '[]'"
        " AND a.record_id IN (SELECT record_id FROM temp.shown) ORDER BY a.id",
        (cleanup_id,),
    )
    return [(row["id"], row["locator"], pages_of(catalogue, row["record_id"])) for row in list(rows)]


def pages_of(catalogue: Catalogue, record_id: int) -> Shown:
    """Return the pages that show a file, from the table of :func:`find_shown`."""
    count = int(catalogue.value("SELECT count(*) FROM temp.shown WHERE record_id = ?", (record_id,)) or 0)
    if not count:
        return Shown((), 0)
    pages = catalogue.rows(
        "SELECT r.locator FROM temp.shown s JOIN records r ON r.id = s.page_id WHERE s.record_id = ?"
        f" ORDER BY r.locator LIMIT {NAMED}",
        (record_id,),
    )
    return Shown(tuple(row["locator"] for row in pages), count)
