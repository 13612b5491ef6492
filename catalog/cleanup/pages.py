"""Finds files that pages show at their present place: removing one would break its page, even if copies exist."""

from dataclasses import dataclass

from catalog.match.pairing import files_shown
from catalog.store.catalogue import Catalogue

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
    with db.atomic():
        for row in placements:
            db.conn.executemany(
                "INSERT OR IGNORE INTO temp.shown VALUES (?, ?)",
                [(record_id, row["record_id"]) for record_id in files_shown(catalogue, row)],
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
