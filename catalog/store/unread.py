"""Records that are not read: the names of their formats, and reading them again once a format is supported.

Triggers (:mod:`catalog.store.schema`) keep the rows of ``problems`` that count these records, so that the counts are
right after any change of records, even an interrupted one.
"""

from sqlite_utils import Database

from media import formats

COUNTED = "unread IN ('unread', 'empty') AND missing_since IS NULL"
"""A condition on a record: that a row of ``problems`` counts it."""


def describe_formats(db: Database) -> None:
    """Store this version's names of all formats in the catalogue.

    The next scan reads again the records read by a reader of another version. If the catalogue gets new formats, the
    scan also reads again the records without a format.
    """
    with db.atomic():
        before = dict(db.execute("SELECT media_type, version FROM formats").fetchall())
        read = [each for each in formats.known() if each.is_read]
        for each in read:
            if before.get(each.media_type, each.results_version) != each.results_version:
                _read_again(db, "media_type = ?", each.media_type)
        if before and any(each.media_type not in before for each in read):
            _read_again(db, "unread = 'unread' AND media_type = ?", formats.UNKNOWN)
        db.conn.executemany(
            "INSERT INTO formats (media_type, singular, plural, remedy, version) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (media_type) DO UPDATE SET singular = excluded.singular, plural = excluded.plural,"
            " remedy = excluded.remedy, version = excluded.version WHERE (singular, plural, remedy, version)"
            " <> (excluded.singular, excluded.plural, excluded.remedy, excluded.version)",
            (
                (each.media_type, each.singular, each.plural, each.remedy, each.results_version)
                for each in formats.known()
            ),
        )


def forget_unread(db: Database) -> None:
    """Make the next scan read records again that could not be read before but can be now; within a transaction.

    A later version can read it, or a package that was installed since.
    """
    unread = "SELECT DISTINCT media_type FROM records WHERE unread = 'unread'"
    for (media_type,) in db.execute(unread).fetchall():
        if formats.format_of(media_type).is_read:
            _read_again(db, "unread = 'unread' AND media_type = ?", media_type)


def _read_again(db: Database, chosen: str, media_type: str) -> None:
    """Read the container of a member again, unless it is being read already."""
    db.execute(
        "UPDATE records SET modified_ns = NULL WHERE id IN (SELECT coalesce(container_id, id) FROM records"
        f" WHERE {chosen}) AND id NOT IN (SELECT record_id FROM containers)",
        [media_type],
    )
