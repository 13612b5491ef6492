"""Marks the conflicts that a person has decided: all their captions were shown when one was chosen or all dismissed."""

from catalog.store.catalogue import Catalogue

WEIGHED = "c.key || char(9) || coalesce(c.credit_line, '')"
"""The key of a caption ``c`` that was shown. A new wording or a new credit opens the conflict again."""

_SETTLED = f"""
UPDATE caption_conflict_sets SET settled = 1 WHERE id IN (
    SELECT m.conflict_id FROM caption_choice_pictures q
    JOIN caption_choices h ON h.id = q.choice_id
    JOIN placements p ON p.image_sha256 = q.image_sha256
    JOIN caption_conflict_members m ON m.placement_id = p.id
    WHERE NOT EXISTS (
        SELECT 1 FROM caption_conflict_members o
        JOIN placements w ON w.id = o.placement_id
        JOIN captions c ON c.id = w.caption_id
        WHERE o.conflict_id = m.conflict_id AND {WEIGHED} NOT IN (SELECT value FROM json_each(h.keys))
    )
)
"""


def mark_settled(catalogue: Catalogue) -> None:
    """Mark every conflict as settled or not. All choices are checked, since they are few compared with conflicts."""
    catalogue.db.execute("UPDATE caption_conflict_sets SET settled = 0 WHERE settled = 1")
    catalogue.db.execute(_SETTLED)
