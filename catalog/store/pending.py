"""Pending work: records that vanished or came back, and what is to be matched again because of them."""

from collections.abc import Sequence

from sqlite_utils import Database

from catalog.store.catalogue import now


def mark_pending(db: Database, condition: str, parameters: tuple[object, ...] = ()) -> None:
    """Mark as pending everything that involves the records ``r`` that fulfil ``condition``.

    Called before they lose what they yielded, and where they vanish or come back.
    """
    chosen = f"FROM records r JOIN placements p ON p.record_id = r.id WHERE {condition}"
    for kind, item in (
        ("caption", f"SELECT p.caption_id {chosen} AND p.caption_id IS NOT NULL"),
        ("unused-caption", f"SELECT p.caption_id {chosen} AND p.caption_id IS NOT NULL"),
        (
            "picture-name",
            "SELECT n.picture_name FROM records r JOIN placements p ON p.record_id = r.id"
            f" JOIN placement_names n ON n.placement_id = p.id WHERE {condition}",
        ),
        ("image-captions", f"SELECT p.image_sha256 {chosen} AND p.image_sha256 IS NOT NULL"),
        (
            "repeat",
            "SELECT m.repeat_id FROM records r JOIN placements p ON p.record_id = r.id"
            f" JOIN caption_repeat_members m ON m.placement_id = p.id WHERE {condition}",
        ),
        (
            "conflict",
            "SELECT m.conflict_id FROM records r JOIN placements p ON p.record_id = r.id"
            f" JOIN caption_conflict_members m ON m.placement_id = p.id WHERE {condition}",
        ),
        ("article", f"SELECT a.id FROM records r JOIN articles a ON a.record_id = r.id WHERE {condition}"),
        (
            "picture-name",
            f"SELECT r.picture_name FROM records r WHERE {condition} AND r.picture_name IS NOT NULL",
        ),
        ("image", f"SELECT i.sha256 FROM records r JOIN images i ON i.sha256 = r.sha256 WHERE {condition}"),
        (
            "image-group",
            f"SELECT m.group_id FROM records r JOIN image_group_members m ON m.record_id = r.id WHERE {condition}",
        ),
    ):
        db.execute(f"INSERT OR IGNORE INTO pending (kind, item) SELECT '{kind}', * FROM ({item})", parameters)


def mark_missing(db: Database, record_ids: Sequence[int]) -> None:
    """Mark records and their members as missing; what was read from them is kept."""
    for record_id in record_ids:
        mark_where(db, "r.id = ? OR r.container_id = ?", (record_id, record_id))


def mark_where(db: Database, condition: str, parameters: tuple[object, ...]) -> None:
    """Mark the records ``r`` that fulfil ``condition`` as missing."""
    there = f"({condition}) AND r.missing_since IS NULL"
    mark_pending(db, there, parameters)
    db.execute(f"UPDATE records AS r SET missing_since = ? WHERE {there}", [now(), *parameters])


def mark_returned(db: Database, record_id: int, scan_id: int) -> None:
    """Mark a missing record as back, unchanged, with the members that vanished with it."""
    since = db.execute("SELECT missing_since FROM records WHERE id = ?", [record_id]).fetchone()[0]
    back = "(r.id = ? OR (r.container_id = ? AND r.missing_since = ?))"
    mark_pending(db, back, (record_id, record_id, since))
    db.execute(
        f"UPDATE records AS r SET missing_since = NULL, last_scan_id = ? WHERE {back}",
        [scan_id, record_id, record_id, since],
    )
