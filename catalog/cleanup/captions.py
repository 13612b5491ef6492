"""Plans sidecars, or copies of pictures, with captions that a person chose; journalled and undone like a cleanup."""

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from catalog.cleanup.ledger import Action, Cleanup, Planned, store_plan
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue
from media.locator import encode_path, path_from_uri
from media.pictures.embed import FORMATS
from media.pictures.metadata.xmp_packet import PictureText

Naming = Literal["adobe", "digikam"]
"""``photo.xmp``, as Adobe's programs name it, or ``photo.jpg.xmp``, as digiKam and darktable do."""

CAPTIONS = "captions"
"""The option that marks a plan of captions."""
COPIES_TO = "to"
"""The option that names the folder of copies."""

_IN_FOLDERS = "s.kind = 'folder' AND s.uri LIKE 'file:%' AND r.container_id IS NULL"
_FILES = f"""
SELECT r.id, r.source_id, s.uri, r.locator, r.sha256, r.byte_size, h.verdict, i.format, {_IN_FOLDERS} AS in_folder
FROM chosen_captions h
JOIN images i ON i.sha256 = h.image_sha256
JOIN records r ON r.sha256 = h.image_sha256 AND r.missing_since IS NULL
JOIN sources s ON s.id = r.source_id
WHERE ?1 OR NOT EXISTS (SELECT 1 FROM image_group_members m WHERE m.record_id = r.id AND m.keeper = 0)
ORDER BY s.uri, r.locator
"""

_TEXT = """
SELECT h.caption, coalesce(h.credit_line, i.credit_line) AS credit_line, i.headline, i.byline, i.copyright_notice,
    i.created_at, i.city, i.country, i.keywords
FROM chosen_captions h JOIN images i ON i.sha256 = h.image_sha256 WHERE h.image_sha256 = ?
"""


def plan_captions(catalogue: Catalogue, naming: Naming, *, all_files: bool) -> Cleanup:
    """Plan the sidecars of chosen captions, and store the plan in the catalogue.

    :param all_files: beside every copy of a picture, and not only beside the one to keep.
    :raises UsageError: no caption was chosen, or no picture with a chosen caption is in a folder.
    """
    rows = [row for row in _chosen_files(catalogue, all_files) if row["in_folder"]]
    if not rows:
        raise UsageError(
            "All pictures with chosen captions are inside containers or object stores, which are not written to."
        )
    options: dict[str, object] = {CAPTIONS: naming, "all_files": all_files}
    return store_plan(catalogue, options, None, _actions(rows, naming))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture that gets no copy with its caption."""

    locator: str
    why: str


def plan_copies(catalogue: Catalogue, folder: Path, *, all_files: bool) -> tuple[Cleanup, list[LeftOut]]:
    """Plan the copies of pictures with their chosen captions inside, and store the plan.

    :raises UsageError: no caption was chosen, no picture can be copied, or the folder is part of an archive.
    """
    target = Path(os.path.realpath(folder))
    _require_outside(catalogue, target)
    rows = _chosen_files(catalogue, all_files)
    left_out = [LeftOut(row["locator"], why) for row in rows if (why := _why_not(row))]
    copied = [row for row in rows if not _why_not(row)]
    if not copied:
        raise UsageError(f"No picture whose caption was chosen can be copied: {left_out[0].why}.")
    options: dict[str, object] = {
        CAPTIONS: "copies",
        COPIES_TO: encode_path(os.fspath(target)),
        "all_files": all_files,
    }
    return store_plan(catalogue, options, None, _copies(copied)), left_out


def _why_not(row: sqlite3.Row) -> str | None:
    if not row["in_folder"]:
        return "it is in a container or an object store"
    return None if row["format"] in FORMATS else f"captions are not put into {row['format']} pictures"


def _require_outside(catalogue: Catalogue, target: Path) -> None:
    for row in catalogue.rows("SELECT uri FROM sources WHERE uri LIKE 'file:%' ORDER BY uri"):
        root = Path(os.path.realpath(path_from_uri(row["uri"])))
        if target.is_relative_to(root) or root.is_relative_to(target):
            raise UsageError(
                f"{target} and the archive {root} are one inside the other. Name a folder elsewhere."
            )


def _copies(rows: list[sqlite3.Row]) -> Iterator[Planned]:
    """Yield a copy of each picture in the folders of its archive; several archives get a folder each."""
    names: dict[int, str] = {}
    for row in rows:
        if row["source_id"] not in names:
            name = os.path.basename(path_from_uri(row["uri"])) or "archive"
            names[row["source_id"]] = name if name not in names.values() else f"{name}-{row['source_id']}"
    for row in rows:
        below = f"{names[row['source_id']]}/" if len(names) > 1 else ""
        yield _planned(row, below + row["locator"], row["byte_size"])


def _chosen_files(catalogue: Catalogue, all_files: bool) -> list[sqlite3.Row]:
    rows = list(catalogue.rows(_FILES, (all_files,)))
    if not rows:
        if catalogue.value("SELECT count(*) FROM caption_choices WHERE verdict <> 'dismissed'"):
            raise UsageError("The archive no longer holds any picture with a chosen caption.")
        raise UsageError(
            "No caption was chosen yet. Run `cutline browse --review`, and open Captions of one picture."
        )
    return rows


def _actions(rows: list[sqlite3.Row], naming: Naming) -> Iterator[Planned]:
    taken: set[tuple[int, str]] = set()
    for row in rows:
        locator = name_sidecar(row["locator"], naming)
        if (row["source_id"], locator) in taken:  # a.jpg and a.png cannot share a.xmp....
            locator = name_sidecar(row["locator"], "digikam")
        taken.add((row["source_id"], locator))
        yield _planned(row, locator, 0)


def _planned(row: sqlite3.Row, locator: str, byte_size: int) -> Planned:
    return Planned(
        group_id=0,
        kind="caption",
        record_id=None,
        source_id=row["source_id"],
        source_uri=row["uri"],
        locator=locator,
        action="sidecar",
        sha256="",
        byte_size=byte_size,
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
    """Return the text of a sidecar: the chosen caption, with the other metadata of the picture's own file.

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
