"""Every figure that cutline shows of a catalogue, defined once: the summary, the end of a scan, the HTML report and
browsing all count here, so that no two of them can differ.

What is counted is what is in the archive: records that are missing are counted apart, and nothing that they hold.

``articles``          articles, every showing: a page that was captured twice is two
``picture_files``     records that hold a picture: files, members of archives, captures; a hard link is a file too
``pictures``          pictures, each once: the same bytes are one picture
``exact_copy_bytes``  what pictures with the same bytes occupy beside one of each, members of archives included; names
                      of one file (hard links), and members of an archive that has two names, occupy it once
``waiting_pictures``  pictures that an older version fingerprinted: they are compared by their bytes only until the next
                      scan of their source
``scenes``            scenes of so many pictures that one row tells of each (media/matching/pictures/scenes.py)
``captions``          captions that readers of pages see, every showing
``metadata_captions`` captions in the metadata of pictures: in their files, and in sidecars beside them;
                      each once for its file
``problems``          rows of the table ``problems``; what is not read is one row a type and folder
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.findings.kinds import (
    CAPTION_KINDS,
    CONFLICT_GRADES,
    CORRECTION_GRADES,
    CREDIT_KINDS,
    FURNITURE_KINDS,
    IMAGE_KINDS,
    LISTED_SCOPE,
    SCOPE_KINDS,
)
from catalog.store.versions import count_waiting


@dataclass(frozen=True, slots=True)
class Passed:
    """Records of one type from which nothing was read."""

    media_type: str
    name: str
    """Their name, in singular or plural."""
    count: int


@dataclass(frozen=True, slots=True)
class QuickCounts:
    """Counts that are fast in a catalogue of any size."""

    sources: int
    articles: int
    caption_repeats: dict[str, int]
    """By kind, with all kinds."""
    listed_repeats: dict[str, int]
    """By kind, those that are listed unless another scope is asked for."""
    repeat_scopes: dict[str, int]
    """Those whose places have a scope, by scope."""
    image_groups: dict[str, int]
    listed_groups: dict[str, int]
    """Those without page furniture, by kind: those that are listed."""
    conflicts: dict[str, int]
    """By grade."""
    furniture: dict[str, int]
    """Page furniture by kind: pictures, each once, and captions."""
    corrections: dict[str, int]
    """Captions that a page changed between two captures, by grade."""
    credits: dict[str, int]
    """Names that captions end in as credits, learned from the archive or decided by a person, by state."""
    problems: int
    unread: tuple[Passed, ...]
    """Files in formats that are not read, the most first."""
    empty: tuple[Passed, ...]
    """Files that were read and held no article."""


@dataclass(frozen=True, slots=True)
class FullCounts:
    """Counts that read every record, picture or placement."""

    records: int
    missing_records: int
    picture_files: int
    pictures: int
    waiting_pictures: int
    scenes: int
    scene_pictures: int
    """Pictures in these scenes."""
    captions: int
    metadata_captions: int
    exact_copy_bytes: int
    uncaptioned_images: int
    orphan_captions: int
    missing_images: int
    support: tuple[Passed, ...]
    """Files that only support pages, systems and programs, and are left aside."""


def count_quick(connection: sqlite3.Connection) -> QuickCounts:
    """Count with indexes only."""
    gone = "SELECT count(*) FROM records r JOIN articles a ON a.record_id = r.id WHERE r.missing_since IS NOT NULL"
    return QuickCounts(
        sources=_count(connection, "SELECT count(*) FROM sources"),
        articles=_count(connection, "SELECT count(*) FROM articles") - _count(connection, gone),
        caption_repeats=_by(connection, "kind", "caption_repeats", CAPTION_KINDS.names),
        listed_repeats=count_listed_repeats(connection),
        repeat_scopes=count_repeat_scopes(connection),
        image_groups=count_image_groups(connection),
        listed_groups=count_listed_groups(connection),
        conflicts=_by(
            connection, "grade", "caption_conflict_sets WHERE settled = 0", CONFLICT_GRADES.names[::-1]
        ),
        furniture=_count_furniture(connection),
        corrections=count_corrections(connection),
        credits=count_credits(connection),
        problems=_count(connection, "SELECT count(*) FROM problems"),
        unread=_passed(connection, _COUNTED, "unread"),
        empty=_passed(connection, _COUNTED, "empty"),
    )


def count_listed_repeats(connection: sqlite3.Connection) -> dict[str, int]:
    """Count repeats by kind, all kinds, without those of a scope that is only counted."""
    counts = dict.fromkeys(CAPTION_KINDS.names, 0)
    for scope, kind, count in connection.execute(
        "SELECT repeat_scope, kind, count(*) FROM caption_repeats GROUP BY repeat_scope, kind"
    ):
        if scope in (None, LISTED_SCOPE):
            counts[kind] += count
    return counts


def count_repeat_scopes(connection: sqlite3.Connection) -> dict[str, int]:
    """Count repeats by scope, all scopes."""
    return _by(connection, "repeat_scope", "caption_repeats", SCOPE_KINDS.names)


def count_image_groups(connection: sqlite3.Connection) -> dict[str, int]:
    """Count groups of pictures by kind, all kinds."""
    return _by(connection, "kind", "image_groups", IMAGE_KINDS.names)


_FURNITURE_GROUPS = (
    "SELECT g.kind, count(*) FROM image_groups g WHERE g.id IN (SELECT gm.group_id FROM furniture u"
    " JOIN image_group_members gm ON gm.image_sha256 = u.image_sha256) GROUP BY g.kind"
)
"""Found from the furniture, since few of the many groups are furniture."""


def count_listed_groups(connection: sqlite3.Connection) -> dict[str, int]:
    """Count groups of pictures by kind, all kinds, without those of page furniture."""
    furniture = dict(connection.execute(_FURNITURE_GROUPS).fetchall())
    return {kind: count - furniture.get(kind, 0) for kind, count in count_image_groups(connection).items()}


def count_furniture_groups(connection: sqlite3.Connection) -> int:
    """Count the groups of page furniture."""
    return sum(count for _, count in connection.execute(_FURNITURE_GROUPS))


def count_corrections(connection: sqlite3.Connection) -> dict[str, int]:
    """Count captions that a page changed between two captures, by grade, all grades."""
    return _by(connection, "grade", "caption_changes", CORRECTION_GRADES.names[::-1])


def count_credits(connection: sqlite3.Connection) -> dict[str, int]:
    """Count learned credits by state, all states."""
    return _by(connection, "state", "learned_credits", CREDIT_KINDS.names)


def count_all(connection: sqlite3.Connection) -> FullCounts:
    """Count by reading everything."""
    there = "r.missing_since IS NULL"
    scenes = [row[0] for row in connection.execute(_SCENES)]
    return FullCounts(
        records=_count(connection, f"SELECT count(*) FROM records r WHERE {there}"),
        missing_records=_count(connection, "SELECT count(*) FROM records WHERE missing_since IS NOT NULL"),
        picture_files=_count(
            connection, f"SELECT count(*) FROM records r JOIN images i ON i.sha256 = r.sha256 WHERE {there}"
        ),
        pictures=_count(
            connection,
            "SELECT count(*) FROM images i WHERE EXISTS"
            f" (SELECT 1 FROM records r WHERE r.sha256 = i.sha256 AND {there})",
        ),
        waiting_pictures=count_waiting(connection),
        scenes=len(scenes),
        scene_pictures=sum(scenes),
        captions=_count(connection, "SELECT count(*) FROM page_captions"),
        metadata_captions=_count(
            connection,
            "SELECT count(*) FROM (SELECT DISTINCT p.record_id, p.caption_id FROM placements p"
            " JOIN records r ON r.id = p.record_id JOIN captions c ON c.id = p.caption_id"
            f" WHERE p.article_id IS NULL AND p.origin <> 'alt' AND c.text <> '' AND {there})",
        ),
        exact_copy_bytes=_count(connection, f"SELECT sum(byte_size) FROM ({_EXACT_COPIES})"),
        uncaptioned_images=_count(connection, "SELECT count(*) FROM uncaptioned_images"),
        orphan_captions=_count(connection, "SELECT count(*) FROM orphan_captions"),
        missing_images=_count(connection, "SELECT count(*) FROM missing_images"),
        support=_passed(connection, _SUPPORTING, "support"),
    )


def _count_furniture(connection: sqlite3.Connection) -> dict[str, int]:
    counts = dict(
        connection.execute(
            "SELECT reason, count(DISTINCT picture_id) FROM furniture GROUP BY reason"
        ).fetchall()
    )
    counts["caption"] = _count(connection, "SELECT count(*) FROM stock_captions")
    return {kind: counts.get(kind, 0) for kind in FURNITURE_KINDS.names}


def exact_copies(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """Yield locator and size of each copy in :attr:`FullCounts.exact_copy_bytes`: all but one of each picture."""
    yield from connection.execute(_EXACT_COPIES)


_EXACT_COPIES = """
SELECT locator, byte_size FROM (
    SELECT locator, byte_size, row_number() OVER (PARTITION BY sha256 ORDER BY keeper DESC, id) AS place FROM (
        SELECT r.sha256, min(r.id) AS id, r.locator, r.byte_size, max(EXISTS (
            SELECT 1 FROM image_group_members m WHERE m.record_id = r.id AND m.keeper = 1)) AS keeper
        FROM records r JOIN images i ON i.sha256 = r.sha256 LEFT JOIN records c ON c.id = r.container_id
        WHERE r.missing_since IS NULL AND r.sha256 IN (
            SELECT sha256 FROM records WHERE sha256 IS NOT NULL AND missing_since IS NULL
            GROUP BY sha256 HAVING count(*) > 1)
        GROUP BY r.sha256, coalesce(r.inode, c.inode || substr(r.locator, length(c.locator) + 1), 'record ' || r.id)))
WHERE place > 1"""
"""Copies of a picture, each place on a disk once, without the keeper or else the first."""

_SCENES = """
SELECT max(transform ->> '$.scene.pictures') FROM image_matches
WHERE kind = 'related' AND instr(transform, '"scene"') GROUP BY transform ->> '$.scene.first'"""

_COUNTED = "SELECT media_type, sum(count) AS n FROM problems WHERE stage = ? GROUP BY media_type"
_SUPPORTING = (
    "SELECT media_type, count(*) AS n FROM records WHERE unread = ? AND missing_since IS NULL"
    " GROUP BY media_type"
)


def _passed(connection: sqlite3.Connection, counted: str, why: str) -> tuple[Passed, ...]:
    rows = connection.execute(
        "SELECT p.media_type, coalesce(iif(p.n = 1, f.singular, f.plural), 'files of type ' || p.media_type), p.n"
        f" FROM ({counted}) p LEFT JOIN formats f ON f.media_type = p.media_type ORDER BY p.n DESC, p.media_type",
        (why,),
    )
    return tuple(Passed(*row) for row in rows)


def _count(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0] or 0)


def _by(connection: sqlite3.Connection, column: str, table: str, known: tuple[str, ...]) -> dict[str, int]:
    found = dict(connection.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY {column}").fetchall())
    return {name: found.get(name, 0) for name in known}
