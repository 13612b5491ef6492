"""An archive that moved: one row to change."""

import os
from dataclasses import dataclass
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.errors import UsageError


@dataclass(frozen=True, slots=True)
class Relocated:
    """The source's new address, and how many records it holds."""

    uri: str
    records: int


def relocate(catalogue: Catalogue, old: str, new: str) -> Relocated:
    """Change where a source is.

    :raises UsageError: no source is at ``old``, there is nothing at ``new``, or it is one already.
    """
    old_uri, new_uri = _uri(old), _uri(new)
    found = catalogue.db.execute("SELECT id FROM sources WHERE uri = ?", [old_uri]).fetchone()
    if found is None:
        known = "; ".join(
            row["uri"] for row in catalogue.rows("SELECT uri FROM sources ORDER BY uri LIMIT 5")
        )
        raise UsageError(f"{old}: no such source in the catalogue. It has: {known or 'none'}.")
    if "://" not in new and not os.path.exists(new):
        raise UsageError(f"{new}: nothing is there. Check the path, or mount the disk that holds it.")
    if catalogue.value("SELECT count(*) FROM sources WHERE uri = ?", (new_uri,)):
        raise UsageError(f"{new} is a source of this catalogue already. Scan it instead.")
    with catalogue.db.atomic():
        catalogue.db.execute("UPDATE sources SET uri = ? WHERE id = ?", [new_uri, found[0]])
    return Relocated(
        new_uri, catalogue.value("SELECT count(*) FROM records WHERE source_id = ?", (found[0],))
    )


def _uri(path: str) -> str:
    return path if "://" in path else Path(os.path.realpath(path)).as_uri()
