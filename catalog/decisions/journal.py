"""The journal of a person's steps (``reviews``). Each has the state before it, so that it can be undone."""

import json
from collections.abc import Iterable

from catalog.store.catalogue import Catalogue, now


def journal_step(
    catalogue: Catalogue,
    queue: str,
    place: str,
    action: str,
    left: str,
    right: str,
    note: str | None,
    previous: Iterable[object] | None,
) -> int:
    """Add a step to the journal, and return its number."""
    kept = json.dumps(list(previous)) if previous is not None else None
    cursor = catalogue.db.execute(
        "INSERT INTO reviews (queue, place, action, left, right, note, previous, reviewed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [queue, place, action, left, right, note, kept, now()],
    )
    return int(cursor.lastrowid or 0)
