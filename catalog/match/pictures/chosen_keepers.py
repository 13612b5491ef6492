"""Keepers that a person chose: stored by their record, and applied whenever groups are computed again."""

from catalog.store.catalogue import Catalogue

CHOSEN = "chosen by a person"


def apply_keeper_choices(catalogue: Catalogue) -> None:
    """Make each chosen record the keeper of its group; if a group has several, the one chosen last."""
    rows = catalogue.rows(
        "SELECT m.group_id, m.record_id FROM keeper_choices c JOIN image_group_members m"
        " ON m.record_id = c.record_id AND m.image_sha256 = c.image_sha256 JOIN records r ON r.id = c.record_id"
        " JOIN sources s ON s.id = r.source_id ORDER BY c.chosen_at, s.uri, r.locator"
    )
    newest = {row["group_id"]: row["record_id"] for row in rows}
    with catalogue.db.atomic():
        for group_id, record_id in newest.items():
            make_keeper(catalogue, group_id, record_id, CHOSEN)


def make_keeper(catalogue: Catalogue, group_id: int, record_id: int, reason: str) -> None:
    """Make a record the keeper of its group; nothing changes if it is not in the group, or is its keeper already."""
    sizes = {
        bool(row["keeper"]): row["byte_size"] or 0
        for row in catalogue.rows(
            "SELECT m.keeper, r.byte_size FROM image_group_members m JOIN records r ON r.id = m.record_id"
            " WHERE m.group_id = ?1 AND (m.keeper = 1 OR m.record_id = ?2)",
            (group_id, record_id),
        )
    }
    if len(sizes) < 2:
        return
    catalogue.db.execute(
        "UPDATE image_group_members SET keeper = 0, reason = 'another was chosen by a person'"
        " WHERE group_id = ? AND keeper = 1",
        [group_id],
    )
    catalogue.db.execute(
        "UPDATE image_group_members SET keeper = 1, reason = ? WHERE group_id = ? AND record_id = ?",
        [reason, group_id, record_id],
    )
    catalogue.db.execute(
        "UPDATE image_groups SET reclaimable_bytes = max(0, reclaimable_bytes + ? - ?)"
        " WHERE id = ? AND kind IN ('same-bytes', 'same-pixels')",
        [sizes[True], sizes[False], group_id],
    )
