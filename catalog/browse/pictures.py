"""A picture: where it is used and with which captions, its file's metadata, and similar pictures."""

import asyncio
import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.browse.datasette_host import read_configuration
from catalog.browse.frames import Frame, read_frame
from catalog.browse.originals import SHOWN_INLINE, Copy, find_listed
from catalog.browse.page import NotFound, Visit
from catalog.browse.reply import Reply
from catalog.browse.showings import Showing, load_showings
from catalog.browse.words import say_time
from catalog.store.usage import Usage, forms_of, read_usage
from media.archives.folder import FolderSource
from media.archives.open_source import is_elsewhere
from media.archives.source import SourceRef
from media.locator import path_from_uri

_SHOWINGS = 24
_RECORDS = 24
_NEAR = 24
_COPIES = 500
"""The most copies looked up, for pictures that every page shows in another size."""
_MANY_SHOWINGS = 2000
"""From this number of showings on, the page is first shown without the picture's history, which is loaded later."""

_SAID = (
    ("headline", "Headline"),
    ("caption", "Caption"),
    ("byline", "By"),
    ("credit_line", "Credit"),
    ("copyright_notice", "Copyright"),
    ("source", "Source"),
    ("camera", "Camera"),
    ("created_at", "Created"),
    ("city", "City"),
    ("country", "Country"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A repeat, conflict or group that a caption or picture of the article belongs to."""

    sort: str
    """``repeat``, ``conflict`` or ``group``."""
    id: int
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Record:
    """A file, member or capture that holds the picture."""

    id: int
    locator: str
    byte_size: int | None
    source_uri: str
    source_kind: str
    target_uri: str | None
    captured_at: str | None
    gone: bool


@dataclass(frozen=True, slots=True)
class Near:
    """Another picture that was compared with this one."""

    sha256: str
    kind: str
    distance_bits: int | None
    aligned_similarity: float | None
    frame: Frame | None
    """How it shows this picture."""
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a picture: the original, a derivative, an edit, a crop."""

    sha256: str
    form: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class PicturePage:
    """The page of a picture."""

    sha256: str
    format: str
    width_px: int
    height_px: int
    frames: int
    information: str
    said: tuple[tuple[str, str], ...]
    """The file's metadata: field and text."""
    keywords: tuple[str, ...]
    place: tuple[float, float] | None
    """Latitude and longitude."""
    records: tuple[Record, ...]
    showings: tuple[Showing, ...]
    next_placement: int | None
    near: tuple[Near, ...]
    groups: tuple[Mark, ...]
    copies: tuple[Copy, ...]
    furniture: str | None
    """The kind of page furniture that it is, if any."""


@dataclass(frozen=True, slots=True)
class Life:
    """A picture's history: this reads every place of each of its forms, of which there may be thousands."""

    usage: Usage
    """Where the picture was shown in any of its forms, the first and last date, and its captions."""
    forms: tuple[Form, ...]
    """All forms of the picture, the one that represents it first."""


def load_picture(connection: sqlite3.Connection, sha256: str, after: int) -> PicturePage | None:
    """Return a picture, with the places that show it or a copy of it from placement ``after`` on."""
    cursor = connection.execute("SELECT * FROM images WHERE sha256 = ?", (sha256,))
    row = cursor.fetchone()
    if row is None:
        return None
    image = dict(zip([column[0] for column in cursor.description], tuple(row), strict=True))
    showings = load_showings(
        connection,
        # The placements of this page are chosen first, so that not all of a picture's thousands of places are joined.
        "p.id IN (SELECT q.id FROM placements q WHERE q.image_sha256 IN (SELECT value FROM json_each(?)) AND q.id > ?"
        " ORDER BY q.id LIMIT ?) ORDER BY p.id",
        (json.dumps([sha256, *_copies_of(connection, sha256)]), after, _SHOWINGS + 1),
        _SHOWINGS + 1,
    )
    shown = tuple(showings[:_SHOWINGS])
    records = connection.execute(
        "SELECT r.id, r.locator, r.byte_size, s.uri, s.kind, r.target_uri, r.captured_at, r.missing_since IS NOT NULL"
        " FROM records r JOIN sources s ON s.id = r.source_id WHERE r.sha256 = ? ORDER BY r.id LIMIT ?",
        (sha256, _RECORDS + 1),
    )
    listed = find_listed(connection, sha256)
    latitude, longitude = image["latitude"], image["longitude"]
    return PicturePage(
        sha256,
        image["format"],
        image["width_px"],
        image["height_px"],
        image["frames"],
        image["information"],
        tuple(
            (label, say_time(image[field]) if field == "created_at" else image[field])
            for field, label in _SAID
            if image[field]
        ),
        tuple(str(each) for each in json.loads(image["keywords"])),
        (latitude, longitude) if latitude is not None and longitude is not None else None,
        tuple(Record(*each) for each in records),
        shown,
        shown[-1].placement_id if len(showings) > _SHOWINGS else None,
        tuple(_near(connection, sha256)),
        tuple(load_groups_of(connection, json.dumps([sha256]))[sha256]),
        listed.copies if listed else (),
        _furniture(connection, sha256),
    )


def load_life(connection: sqlite3.Connection, sha256: str) -> Life:
    """Return where a picture was shown in any of its forms, and the forms."""
    digests = forms_of(connection, sha256)
    forms = connection.execute(
        "SELECT f.image_sha256, f.form, f.width_px, f.height_px FROM json_each(?) j"
        " JOIN picture_forms f ON f.image_sha256 = j.value"
        " ORDER BY instr('original derivative edit crop changed', f.form), f.width_px DESC, f.image_sha256 LIMIT ?",
        (json.dumps(digests), _NEAR),
    )
    return Life(read_usage(connection, digests), tuple(Form(*each) for each in forms))


def _furniture(connection: sqlite3.Connection, sha256: str) -> str | None:
    row = connection.execute("SELECT reason FROM furniture WHERE image_sha256 = ?", (sha256,)).fetchone()
    return row[0] if row else None


def _copies_of(connection: sqlite3.Connection, sha256: str) -> list[str]:
    """Return the pictures that show all of this one, in another size or encoding: a page that shows them shows it."""
    rows = connection.execute(
        "SELECT m.image_sha256 FROM image_group_members o JOIN image_groups g ON g.id = o.group_id"
        " JOIN image_group_members m ON m.group_id = g.id"
        " WHERE o.image_sha256 = :sha256 AND g.kind IN ('same-pixels', 'near')"
        " UNION SELECT right_sha256 FROM image_matches WHERE left_sha256 = :sha256 AND kind IN ('same-pixels', 'near')"
        " UNION SELECT left_sha256 FROM image_matches WHERE right_sha256 = :sha256 AND kind IN ('same-pixels', 'near')"
        " LIMIT :most",
        {"sha256": sha256, "most": _COPIES},
    )
    return [row[0] for row in rows if row[0] != sha256]


def _near(connection: sqlite3.Connection, sha256: str) -> list[Near]:
    found = []
    for mine, other, turned in (
        ("left_sha256", "right_sha256", False),
        ("right_sha256", "left_sha256", True),
    ):
        for row in connection.execute(
            f"SELECT m.{other}, m.kind, m.distance_bits, m.aligned_similarity, m.transform, i.width_px, i.height_px"
            f" FROM image_matches m JOIN images i ON i.sha256 = m.{other} WHERE m.{mine} = ? LIMIT ?",
            (sha256, _NEAR),
        ):
            frame = read_frame(row[4])
            frame = frame.turned() if frame and turned else frame
            found.append(Near(row[0], row[1], row[2], row[3], frame, row[5], row[6]))
    order = ("same-pixels", "near", "part", "related")
    return sorted(found, key=lambda near: (order.index(near.kind), near.distance_bits or 0))[:_NEAR]


def load_groups_of(connection: sqlite3.Connection, pictures: str) -> dict[str, list[Mark]]:
    """Return the groups that pictures, a JSON list of digests, are in."""
    found: dict[str, list[Mark]] = defaultdict(list)
    for sha256, number, kind, size in connection.execute(
        "SELECT DISTINCT m.image_sha256, g.id, g.kind, g.size FROM json_each(?) j JOIN image_group_members m"
        " ON m.image_sha256 = j.value JOIN image_groups g ON g.id = m.group_id LIMIT 4000",
        (pictures,),
    ):
        found[sha256].append(Mark("group", number, kind, size))
    return found


def is_within_reach(copies: Sequence[Copy]) -> bool:
    """Return whether a file exists at a place that the catalogue names; its bytes are verified when it is read.

    Object stores are not asked: that would cost a request for each picture on each page.
    """
    for copy in copies:
        if is_elsewhere(copy.uri):
            return True
        try:
            path = path_from_uri(copy.uri)
        except ValueError:
            continue
        if copy.kind == "folder":
            if FolderSource.from_ref(SourceRef(copy.uri, "folder")).holds_file_of(copy.locator):
                return True
        elif os.path.exists(path):
            return True
    return False


async def has_original(visit: Visit, format_name: str, copies: Sequence[Copy]) -> bool:
    """Return whether a page can show the picture's own file."""
    if (
        format_name not in SHOWN_INLINE
        or not read_configuration(visit.datasette, visit.database.name).originals
    ):
        return False
    return await asyncio.to_thread(is_within_reach, copies)


async def _life(visit: Visit, sha256: str) -> Life | None:
    """Return a picture's history; None while it is loaded, if there are thousands of showings."""
    showings = await visit.load(lambda connection: _count_showings(connection, sha256))
    if showings < _MANY_SHOWINGS:
        return await visit.load(lambda connection: load_life(connection, sha256))
    return await visit.recall(f"life {sha256}", lambda connection: load_life(connection, sha256), 0.02)


def _count_showings(connection: sqlite3.Connection, sha256: str) -> int:
    """Count the showings of a picture and its forms, up to :data:`_MANY_SHOWINGS`."""
    row = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM json_each(?) j JOIN placements p ON p.image_sha256 = j.value LIMIT ?)",
        (json.dumps(forms_of(connection, sha256)), _MANY_SHOWINGS),
    ).fetchone()
    return int(row[0])


async def show_picture(visit: Visit) -> Reply:
    sha256 = visit.part("sha256")
    after = visit.numbers("after", 1)
    picture = await visit.load(lambda connection: load_picture(connection, sha256, after[0] if after else 0))
    if picture is None:
        raise NotFound("No picture of this catalogue has that digest.")
    return await visit.page(
        "picture.html",
        title="Picture",
        here="",
        picture=picture,
        life=await _life(visit, sha256),
        after=after,
        original=await has_original(visit, picture.format, picture.copies),
        reach=await asyncio.to_thread(is_within_reach, picture.copies),
    )
