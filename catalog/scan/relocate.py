"""Changes the recorded place of an archive that has moved."""

import os
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import UsageError
from catalog.scan.roots import find_place
from catalog.store.catalogue import Catalogue
from media.archives.open_source import is_elsewhere
from media.archives.stores.address import read_address
from media.errors import SourceError


@dataclass(frozen=True, slots=True)
class Relocated:
    """The source's new address, and the number of its records."""

    uri: str
    records: int


def relocate(catalogue: Catalogue, old: str, new: str) -> Relocated:
    """Change the place of a source.

    :raises UsageError: no source is at ``old``, there is nothing at ``new``, or it is one already.
    """
    found = catalogue.db.execute(
        f"SELECT id, kind FROM sources WHERE uri IN ({', '.join('?' * len(_meanings(old)))})", _meanings(old)
    ).fetchone()
    if found is None:
        known = "; ".join(
            row["uri"] for row in catalogue.rows("SELECT uri FROM sources ORDER BY uri LIMIT 5")
        )
        raise UsageError(f"{_meanings(old)[0]}: no such source in the catalogue. It has: {known or 'none'}.")
    new_uri = _new_uri(new)
    if is_elsewhere(new_uri) and new_uri.endswith("/") != (found[1] == "folder"):
        what = ("an object", "a folder") if found[1] == "folder" else ("a folder", "one file")
        raise UsageError(
            f"{new_uri} is {what[0]}, and {old} was {what[1]}. Name the place that holds the same."
        )
    if catalogue.value("SELECT count(*) FROM sources WHERE uri = ?", (new_uri,)):
        raise UsageError(f"{new} is a source of this catalogue already. Scan it instead.")
    with catalogue.db.atomic():
        catalogue.db.execute("UPDATE sources SET uri = ? WHERE id = ?", [new_uri, found[0]])
    return Relocated(
        new_uri, catalogue.value("SELECT count(*) FROM records WHERE source_id = ?", (found[0],))
    )


def _meanings(old: str) -> list[str]:
    """Return the forms in which a source may be recorded: an address with a slash at its end, or without."""
    if "://" not in old:
        return [Path(os.path.realpath(old)).as_uri()]
    if not is_elsewhere(old):
        return [old]
    try:
        address = read_address(old)
    except SourceError as error:
        raise UsageError(f"{error.reason}. {error.remedy}") from error
    return [str(address), str(address.as_folder())]


def _new_uri(new: str) -> str:
    if "://" in new:
        return find_place(new) if is_elsewhere(new) else new
    if not os.path.exists(new):
        raise UsageError(
            f"{new}: there is no such file or folder. Check the path, or mount the disk that holds it."
        )
    return Path(os.path.realpath(new)).as_uri()
