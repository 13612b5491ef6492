"""Updates the scope of every repeat: how its places relate to one another, and how many pictures they are of."""

import itertools

from catalog.store.catalogue import Catalogue
from media.matching.articles.scopes import Place, find_scopes, widest

_AT_ONCE = 20_000
_PICTURE = (
    "coalesce((SELECT min(g.group_id) FROM image_group_members g WHERE g.image_sha256 = p.image_sha256),"
    " p.image_sha256)"
)
"""The picture of a placement, the same one for all of its copies."""


def update_scopes(catalogue: Catalogue) -> None:
    """Find the scopes of new repeats, and of those whose articles are of another page or story now, or whose pictures
    have other copies.
    """
    execute = catalogue.db.conn.execute
    with catalogue.db.atomic():
        execute(
            "INSERT OR IGNORE INTO pending (kind, item) SELECT 'scope', m.repeat_id FROM pending w"
            " JOIN placements p ON p.image_sha256 = w.item"
            " JOIN caption_repeat_members m ON m.placement_id = p.id WHERE w.kind = 'image-captions'"
        )
        rows = execute(
            f"SELECT m.repeat_id, m.placement_id, {_PICTURE}, p.article_id, s.story_id, c.page_id, c.address,"
            " coalesce(c.publisher, q.uri || '/' || iif(instr(r.locator, '/'),"
            "   substr(r.locator, 1, instr(r.locator, '/') - 1), ''))"
            " FROM (SELECT CAST(item AS INTEGER) AS id FROM pending WHERE kind = 'scope') w"
            " CROSS JOIN caption_repeats cr ON cr.id = w.id AND cr.kind NOT IN ('doubled', 'echoed')"
            " CROSS JOIN caption_repeat_members m ON m.repeat_id = w.id"
            " CROSS JOIN placements p ON p.id = m.placement_id CROSS JOIN records r ON r.id = p.record_id"
            " CROSS JOIN sources q ON q.id = r.source_id"
            " LEFT JOIN articles a ON a.id = p.article_id"
            " LEFT JOIN story_members s ON s.article_id = p.article_id"
            " LEFT JOIN page_captures c ON c.article_id = p.article_id"
            " ORDER BY m.repeat_id, coalesce(r.captured_at, a.published_at, '9'), q.uri, r.locator, p.id"
        )
        heads: list[tuple[object, ...]] = []
        members: list[tuple[object, ...]] = []
        for repeat, found in itertools.groupby(rows, key=lambda row: row[0]):
            together = list(found)
            scopes = find_scopes([Place(*row[3:]) for row in together])
            pictures = {row[2] for row in together}
            heads.append((widest(scopes), None if None in pictures else len(pictures), repeat))
            members += ((scope, repeat, row[1]) for scope, row in zip(scopes, together, strict=True))
            if len(members) > _AT_ONCE:
                _write(catalogue, heads, members)
        _write(catalogue, heads, members)
        execute("DELETE FROM pending WHERE kind = 'scope'")


def _write(catalogue: Catalogue, heads: list[tuple[object, ...]], members: list[tuple[object, ...]]) -> None:
    catalogue.db.conn.executemany("UPDATE caption_repeats SET scope = ?, pictures = ? WHERE id = ?", heads)
    catalogue.db.conn.executemany(
        "UPDATE caption_repeat_members SET scope = ? WHERE repeat_id = ? AND placement_id = ?", members
    )
    heads.clear()
    members.clear()
