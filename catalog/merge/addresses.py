"""Maps the scans and sources of a shard to those of the catalogue, and decides to which source a file belongs.

A file is in one source only, that of the innermost scanned folder, as in :mod:`catalog.scan.roots`.
"""

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from media.locator import encode_path, path_from_uri

_SCAN_COLUMNS = "finished_at, status, records, articles, images, captions, problems, seconds"
_IDENTITY = "coalesce(token, json_array(started_at, version, options))"
_BOUNDARY = re.compile(r"[/!#]|$")


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """The number of a shard's sources that were new to the catalogue, and of all."""

    new: int
    all: int


def map_scans(db: Database) -> None:
    """Take over the shard's scans: ``temp.merge_scans`` says which are which, and ranks them in time.

    Of two scans of one lineage the earlier has the smaller number, here as there: containers that were
    begun rely on it. A scan that was running when the shard was copied is one that was interrupted.
    """
    execute = db.conn.execute
    execute("UPDATE main.scans SET status = 'interrupted' WHERE status = 'running'")
    known = {
        row[0]: (row[1], row[2:])
        for row in execute(f"SELECT {_IDENTITY}, min(id), {_SCAN_COLUMNS} FROM main.scans GROUP BY 1")
    }
    numbers: list[tuple[int, int]] = []
    rows = execute(
        f"SELECT {_IDENTITY}, id, started_at, version, options, token, {_SCAN_COLUMNS} FROM shard.scans ORDER BY id"
    ).fetchall()
    for identity, in_id, started_at, version, options, token, *outcome in rows:
        outcome[1] = "interrupted" if outcome[1] == "running" else outcome[1]
        if identity not in known:
            cursor = execute(
                f"INSERT INTO main.scans (started_at, version, options, token, {_SCAN_COLUMNS})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (started_at, version, options, token, *outcome),
            )
            known[identity] = (int(cursor.lastrowid or 0), tuple(outcome))
        elif _order(tuple(outcome)) > _order(known[identity][1]):
            execute(
                f"UPDATE main.scans SET ({_SCAN_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?",
                (*outcome, known[identity][0]),
            )
            known[identity] = (known[identity][0], tuple(outcome))
        numbers.append((in_id, known[identity][0]))
    execute("CREATE TEMP TABLE merge_ranks (scan_id INTEGER PRIMARY KEY, started_at TEXT, rank TEXT)")
    execute(
        "INSERT INTO merge_ranks SELECT id, started_at, started_at || ' ' || coalesce(token, '') FROM main.scans"
    )
    execute("CREATE TEMP TABLE merge_scans (in_id INTEGER PRIMARY KEY, out_id INTEGER)")
    db.conn.executemany("INSERT INTO merge_scans VALUES (?, ?)", numbers)


def _order(outcome: tuple[object, ...]) -> tuple[object, ...]:
    """Return a sort key for two copies of one scan: the copy that saw it end comes last."""
    finished_at, status, *counts = outcome
    return finished_at or "", *(count or 0 for count in counts), status


def map_sources(db: Database) -> SourceCounts:
    """Take over the shard's sources: ``temp.merge_sources`` says which are which; the one scanned last counts."""
    execute = db.conn.execute
    execute("CREATE TEMP TABLE merge_sources (in_id INTEGER PRIMARY KEY, out_id INTEGER, newer INTEGER)")
    state = "coalesce(k.rank, ''), s.complete, s.kind, s.byte_size, s.modified_ns, k.scan_id"
    known = {
        row[1]: (row[0], row[2:])
        for row in execute(
            f"SELECT s.id, s.uri, {state} FROM main.sources s"
            " LEFT JOIN temp.merge_ranks k ON k.scan_id = s.last_scan_id"
        )
    }
    new = 0
    rows = execute(
        f"SELECT s.id, s.uri, {state} FROM shard.sources s LEFT JOIN temp.merge_scans m ON m.in_id = s.last_scan_id"
        " LEFT JOIN temp.merge_ranks k ON k.scan_id = m.out_id ORDER BY s.id"
    ).fetchall()
    for in_id, uri, *theirs in rows:
        if uri not in known:
            new += 1
            number = execute("INSERT INTO main.sources (uri, kind) VALUES (?, ?)", (uri, theirs[2])).lastrowid
            known[uri] = (int(number or 0), ("", -1, ""))
        out_id, ours = known[uri]
        if theirs[:3] > list(ours[:3]):
            execute(
                "UPDATE main.sources SET complete = ?, kind = ?, byte_size = ?, modified_ns = ?, last_scan_id = ?"
                " WHERE id = ?",
                (*theirs[1:], out_id),
            )
        newer = None if theirs[0] == ours[0] else int(theirs[0] > ours[0])
        execute("INSERT INTO merge_sources VALUES (?, ?, ?)", (in_id, out_id, newer))
    return SourceCounts(new, len(rows))


class Nesting:
    """Sources inside others, and the resulting addresses of their files."""

    def __init__(self, db: Database) -> None:
        self._inner: dict[tuple[int, str], tuple[int, int]] = {}
        """By outer source and locator in it: the inner source, and the length of the prefix to remove."""
        sources = db.conn.execute("SELECT id, uri, kind FROM main.sources").fetchall()
        folders = {_place(uri): number for number, uri, kind in sources if kind == "folder"}
        for number, uri, kind in sources:
            place = _place(uri)
            for above in _folders_above(place):
                if above in folders:
                    below = place[len(above) :].strip("/")
                    below = encode_path(below) if uri.startswith("file:") else below
                    cut = len(below) + 1 if kind == "folder" else len(below) - len(posixpath.basename(below))
                    self._inner[folders[above], below] = (number, cut)
        self.outer = sorted({outer for outer, _ in self._inner})
        """Sources that hold others."""
        db.conn.create_function("inner_source", 2, lambda *at: self._find(*at)[0], deterministic=True)
        db.conn.create_function("inner_locator", 2, lambda *at: self._find(*at)[1], deterministic=True)

    def _find(self, source_id: int, locator: str) -> tuple[int, str]:
        for end in sorted((match.start() for match in _BOUNDARY.finditer(locator)), reverse=True):
            found = self._inner.get((source_id, locator[:end]))
            if found is not None and found[1] < len(locator):
                return found[0], locator[found[1] :]
        return source_id, locator

    def source(self, source_id: str, locator: str) -> str:
        """Return SQL for the source that a file belongs to, given SQL for where it was found."""
        return self._moved("inner_source", source_id, locator) or source_id

    def locator(self, source_id: str, locator: str) -> str:
        """Return SQL for its locator in that source."""
        return self._moved("inner_locator", source_id, locator, locator) or locator

    def _moved(self, function: str, source_id: str, locator: str, otherwise: str | None = None) -> str:
        if not self.outer:
            return ""
        outer = ", ".join(map(str, self.outer))
        found = f"{function}({source_id}, {locator})"
        return f"CASE WHEN {source_id} IN ({outer}) THEN {found} ELSE {otherwise or source_id} END"


def _folders_above(place: str) -> Iterator[str]:
    above = os.path.dirname(place)
    while above and above != place:
        yield above
        place, above = above, os.path.dirname(above)


def _place(uri: str) -> str:
    """Return the place of a source as text with folders: a path, or an address."""
    try:
        return path_from_uri(uri)
    except ValueError:
        return uri.rstrip("/")
