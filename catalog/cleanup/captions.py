"""Plans sidecars for captions that a person chose: journalled and undone as a cleanup is."""

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from catalog.cleanup.ledger import Action, Cleanup, Planned, store_plan
from catalog.cleanup.xmp import PictureText
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue

Naming = Literal["adobe", "digikam"]
"""``photo.xmp``, as Adobe's programs name it, or ``photo.jpg.xmp``, as digiKam and darktable do."""

CAPTIONS = "captions"
"""The option by which a plan is known to be of captions."""

_FILES = """
SELECT r.id, r.source_id, s.uri, r.locator, r.sha256, h.verdict
FROM chosen_captions h
JOIN records r ON r.sha256 = h.image_sha256 AND r.missing_since IS NULL
JOIN sources s ON s.id = r.source_id AND s.kind = 'folder' AND s.uri LIKE 'file:%'
WHERE ?1 OR NOT EXISTS (SELECT 1 FROM image_group_members m WHERE m.record_id = r.id AND m.keeper = 0)
ORDER BY s.uri, r.locator
"""

_TEXT = """
SELECT h.caption, coalesce(h.credit_line, i.credit_line) AS credit_line, i.headline, i.byline, i.copyright_notice,
    i.created_at, i.city, i.country, i.keywords
FROM chosen_captions h JOIN images i ON i.sha256 = h.image_sha256 WHERE h.image_sha256 = ?
"""


def plan_captions(catalogue: Catalogue, naming: Naming, *, all_files: bool) -> Cleanup:
    """Work out which sidecars chosen captions make, and keep the plan in the catalogue.

    :param all_files: beside every copy of a picture, and not only beside the one to keep.
    :raises UsageError: no caption was chosen, or of none a picture lies in a folder.
    """
    rows = list(catalogue.rows(_FILES, (all_files,)))
    if not rows:
        if catalogue.value("SELECT count(*) FROM caption_choices WHERE verdict <> 'dismissed'"):
            raise UsageError(
                "No picture whose caption was chosen is a file of its own: members of containers are not written to."
            )
        raise UsageError(
            "No caption was chosen yet. Run `cutline browse --review`, and open Captions of one picture."
        )
    options: dict[str, object] = {CAPTIONS: naming, "all_files": all_files}
    return store_plan(catalogue, options, None, _actions(rows, naming))


def _actions(rows: list[sqlite3.Row], naming: Naming) -> Iterator[Planned]:
    taken: set[tuple[int, str]] = set()
    for row in rows:
        locator = name_sidecar(row["locator"], naming)
        if (row["source_id"], locator) in taken:  # a.jpg and a.png cannot share a.xmp
            locator = name_sidecar(row["locator"], "digikam")
        taken.add((row["source_id"], locator))
        yield Planned(
            group_id=0,
            kind="caption",
            record_id=None,
            source_id=row["source_id"],
            source_uri=row["uri"],
            locator=locator,
            action="sidecar",
            sha256="",
            byte_size=0,
            reason=f"caption {row['verdict']} by a person",
            keeper_record_id=row["id"],
            keeper_source_id=row["source_id"],
            keeper_locator=row["locator"],
            keeper_sha256=row["sha256"],
        )


def name_sidecar(locator: str, naming: Naming) -> str:
    return (os.path.splitext(locator)[0] if naming == "adobe" else locator) + ".xmp"


def is_of_captions(cleanup: Cleanup) -> bool:
    return CAPTIONS in cleanup.options


def read_text(catalogue: Catalogue, action: Action) -> PictureText | None:
    """Return what a sidecar is to say: the chosen caption, with what else the file itself says of its picture.

    None: the choice was taken back since the plan.
    """
    row = next(catalogue.rows(_TEXT, (action.keeper_sha256,)), None)
    if row is None:
        return None
    said = PictureText(
        description=row["caption"],
        headline=row["headline"],
        creator=row["byline"],
        credit=row["credit_line"],
        rights=row["copyright_notice"],
        date_created=row["created_at"],
        city=row["city"],
        country=row["country"],
    )
    return replace(said, keywords=tuple(map(str, json.loads(row["keywords"]))))
