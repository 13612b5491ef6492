"""What records hold that is not read: what it is called, and what becomes of it once a format is read.

The rows of ``problems`` that count it are kept by triggers (:mod:`catalog.store.schema`), so that they are right
whatever changes the records, and whenever it is stopped.
"""

from sqlite_utils import Database

from media import formats

COUNTED = "unread IN ('unread', 'empty') AND missing_since IS NULL"
"""Of a record: that it is one of those that a row of ``problems`` counts."""


def describe_formats(db: Database) -> None:
    """Have the catalogue call every format as this version does."""
    with db.atomic():
        db.conn.executemany(
            "INSERT INTO formats (media_type, singular, plural, remedy) VALUES (?, ?, ?, ?) ON CONFLICT (media_type)"
            " DO UPDATE SET singular = excluded.singular, plural = excluded.plural, remedy = excluded.remedy"
            " WHERE (singular, plural, remedy) <> (excluded.singular, excluded.plural, excluded.remedy)",
            formats.remedies(),
        )


def forget_unread(db: Database) -> None:
    """Have the next scan read again what an older version could not read and this one can; within a transaction.

    Of a member, its container is read again; one that is being read comes to it anyway.
    """
    unread = "SELECT DISTINCT media_type FROM records WHERE unread = 'unread'"
    for (media_type,) in db.execute(unread).fetchall():
        if formats.format_of(media_type).use not in (None, "container"):
            db.execute(
                "UPDATE records SET modified_ns = NULL WHERE id IN (SELECT coalesce(container_id, id) FROM records"
                " WHERE unread = 'unread' AND media_type = ?) AND id NOT IN (SELECT record_id FROM containers)",
                [media_type],
            )
