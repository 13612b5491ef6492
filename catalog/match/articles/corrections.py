"""Updates the captions that a page changed between two captures."""

import itertools
from collections.abc import Iterator

from catalog.store.catalogue import Catalogue
from media.matching.articles.corrections import ShownCaption, find_corrections

_SHOWN = """
SELECT e.page_id, e.address, e.captured_at, e.article_id, p.id,
    coalesce((SELECT k.image_sha256 FROM image_group_members m JOIN image_group_members k ON k.group_id = m.group_id
        AND k.keeper = 1 WHERE m.image_sha256 = p.image_sha256 LIMIT 1), p.image_sha256, p.image_src) AS picture,
    c.text, c.key, c.credit_line
FROM page_captures e
JOIN articles a ON a.id = e.article_id
JOIN records r ON r.id = a.record_id AND r.missing_since IS NULL
LEFT JOIN placements p ON p.article_id = e.article_id AND p.caption_id IS NOT NULL
    AND p.origin NOT IN ('json-ld', 'alt')
LEFT JOIN captions c ON c.id = p.caption_id
WHERE e.captured_at IS NOT NULL AND EXISTS (SELECT 1 FROM page_captures o
    WHERE o.page_id = e.page_id AND o.address = e.address AND o.article_id <> e.article_id)
ORDER BY e.page_id, e.address, e.captured_at, e.article_id, p.position, p.id
"""


def update_corrections(catalogue: Catalogue) -> None:
    """Find the captions that changed from one capture of a page to the next."""
    with catalogue.db.atomic():
        catalogue.db.execute("DELETE FROM caption_changes")
        catalogue.db.conn.executemany(
            "INSERT INTO caption_changes (page_id, captured_at, before_id, after_id, grade, difference)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            list(_find(catalogue)),
        )
        catalogue.db.execute("DELETE FROM pending WHERE kind = 'correction'")


def _find(catalogue: Catalogue) -> Iterator[tuple[object, ...]]:
    rows = catalogue.db.conn.execute(_SHOWN)
    for page, of_page in itertools.groupby(rows, key=lambda row: row[0]):
        known: set[tuple[object, ...]] = set()
        for _, of_address in itertools.groupby(of_page, key=lambda row: row[1]):
            captures = [
                (when, [ShownCaption(*row[4:]) for row in capture if row[4] is not None])
                for (when, _), capture in itertools.groupby(of_address, key=lambda row: row[2:4])
            ]
            for (_, before), (when, after) in itertools.pairwise(captures):
                for found in find_corrections(before, after):
                    # The mobile form of a page repeats its captions.
                    said = (
                        found.before.key,
                        found.before.credit_line,
                        found.after.key,
                        found.after.credit_line,
                    )
                    if said not in known:
                        known.add(said)
                        placements = (found.before.placement_id, found.after.placement_id)
                        yield (page, when, *placements, found.grade, found.difference)
