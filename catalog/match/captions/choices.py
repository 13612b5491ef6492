"""Which conflicts a person has settled: those whose captions all were weighed when one was chosen, or all dismissed."""

from catalog.store.catalogue import Catalogue

WEIGHED = "c.key || char(9) || coalesce(c.credit_line, '')"
"""What is kept of a caption ``c`` that was weighed. Another wording, or another credit, opens the conflict again."""

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
    """Say of every conflict whether it is settled. Choices are few beside conflicts, so all are looked at."""
    catalogue.db.execute("UPDATE caption_conflict_sets SET settled = 0 WHERE settled = 1")
    catalogue.db.execute(_SETTLED)
