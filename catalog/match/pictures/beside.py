"""Fills metadata that a picture's file lacks from its sidecar: credit, keywords, date, place.

``images.from_sidecars`` names the filled columns, so that they are emptied again if the sidecar vanishes. Captions are
not copied, since they have their own placements.
"""

import json
import sqlite3
from collections.abc import Sequence

from catalog.store.catalogue import Catalogue

_COLUMNS = (
    "headline",
    "byline",
    "credit_line",
    "copyright_notice",
    "source",
    "keywords",
    "created_at",
    "city",
    "country",
)
_PLACE = ("latitude", "longitude")
_AT_ONCE = 500


def fill_from_sidecars(catalogue: Catalogue) -> None:
    """Update the pending pictures that have sidecars, or had some."""
    if not catalogue.value(
        "SELECT EXISTS (SELECT 1 FROM sidecar_metadata) OR EXISTS (SELECT 1 FROM images WHERE from_sidecars <> '[]')"
    ):
        return
    last = ""
    while digests := [
        row["sha256"]
        for row in catalogue.rows(
            "SELECT i.sha256 FROM images i WHERE i.sha256 > ? AND i.sha256 IN"
            " (SELECT item FROM pending WHERE kind IN ('image', 'image-captions'))"
            " AND (i.from_sidecars <> '[]' OR EXISTS (SELECT 1 FROM placements p JOIN sidecar_metadata s"
            "  ON s.record_id = p.record_id WHERE p.image_sha256 = i.sha256 AND p.origin = 'sidecar'))"
            " ORDER BY i.sha256 LIMIT ?",
            (last, _AT_ONCE),
        )
    ]:
        last = digests[-1]
        with catalogue.db.atomic():
            for sha256 in digests:
                _fill(catalogue, sha256)


def _fill(catalogue: Catalogue, sha256: str) -> None:
    (image,) = catalogue.rows(
        f"SELECT {', '.join((*_COLUMNS, *_PLACE))}, from_sidecars FROM images WHERE sha256 = ?", (sha256,)
    )
    sidecars = list(
        catalogue.rows(
            f"SELECT DISTINCT r.locator, {', '.join(f's.{name}' for name in (*_COLUMNS, *_PLACE))}"
            " FROM placements p JOIN sidecar_metadata s ON s.record_id = p.record_id"
            " JOIN records r ON r.id = p.record_id WHERE p.image_sha256 = ? AND p.origin = 'sidecar'"
            " AND r.missing_since IS NULL ORDER BY r.locator",
            (sha256,),
        )
    )
    values, filled = _merge(image, sidecars)
    catalogue.db.execute(
        f"UPDATE images SET {', '.join(f'{name} = ?' for name in values)}, from_sidecars = ? WHERE sha256 = ?",
        [*values.values(), json.dumps(filled), sha256],
    )


def _merge(image: sqlite3.Row, sidecars: Sequence[sqlite3.Row]) -> tuple[dict[str, object], list[str]]:
    """Return the columns with their new values, and the names of those that sidecars filled."""
    before = set(json.loads(image["from_sidecars"]))
    values: dict[str, object] = {}
    filled: list[str] = []
    for name in (*_COLUMNS, *_PLACE):
        empty = "[]" if name == "keywords" else None
        values[name] = empty if name in before else image[name]
    for names in (*((name,) for name in _COLUMNS), _PLACE):
        if any(values[name] not in (None, "[]") for name in names):
            continue
        found = next((each for each in sidecars if each[names[0]] not in (None, "[]")), None)
        if found is not None:
            values |= {name: found[name] for name in names}
            filled += names
    return values, filled
