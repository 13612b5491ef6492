"""Containers that are being read: the part left of each is stored with the part that was read."""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping

from sqlite_utils import Database

from catalog.store.pending import mark_pending, mark_where
from catalog.store.versions import find_lacking
from media.archives.container import Span
from media.formats import format_of
from media.readers import Reading
from media.record import Known


class OpenContainers:
    """The containers with members that are not recorded yet.

    All that changes here changes within the transaction of the batch that it comes from.
    """

    def __init__(self, db: Database, scan_id: int, wanted: Mapping[str, int]) -> None:
        self.db = db
        self.scan_id = scan_id
        self.wanted = wanted
        self.begun: deque[int] = deque()
        """Record ids of containers whose spans are to be read in this scan."""
        self._spent: defaultdict[int, float] = defaultdict(float)
        self._open = {row[0] for row in db.execute("SELECT record_id FROM containers")}

    def note(self, record_id: int, reading: Reading) -> None:
        """Update the open containers from a reading, of a container or of another record."""
        if record_id in self._open:
            self._drop(record_id)
        if reading.spans is None:
            if format_of(reading.record.media_type).within and self._holds(record_id):
                self._mark_gone(record_id, self.scan_id)  # It no longer holds pictures.
            return
        if reading.grown:
            self.db.execute(
                "UPDATE records SET last_scan_id = ? WHERE container_id = ?", [self.scan_id, record_id]
            )
        if not reading.spans:
            self._mark_gone(record_id, self.scan_id)
            return
        if self._adopt(record_id, reading.record.sha256):
            return
        self.db.execute(
            "INSERT INTO containers (record_id, sha256, begun_in) VALUES (?, ?, ?)",
            [record_id, reading.record.sha256, self.scan_id],
        )
        self.db.conn.executemany(
            "INSERT INTO container_spans (record_id, number, start, end, within, repeated)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                (record_id, number, span.start, span.end, span.within, json.dumps(span.repeated))
                for number, span in enumerate(reading.spans)
            ),
        )
        self._open.add(record_id)
        self.begun.append(record_id)

    def resume(self, record_id: int) -> bool:
        """Continue a container that an earlier scan began; return False if none did."""
        if record_id not in self._open:
            return False
        self.db.execute("UPDATE records SET last_scan_id = ? WHERE id = ?", [self.scan_id, record_id])
        self.begun.append(record_id)
        return True

    def span(self, record_id: int, after: int) -> tuple[int, Span] | None:
        """Return the first remaining span of a container with a number above ``after``, and its number."""
        row = self.db.execute(
            "SELECT number, start, end, within, repeated FROM container_spans WHERE record_id = ? AND number > ?"
            " ORDER BY number LIMIT 1",
            [record_id, after],
        ).fetchone()
        return (row[0], Span(row[1], row[2], row[3], tuple(json.loads(row[4])))) if row else None

    def end_span(self, record_id: int, number: int) -> None:
        """Record that all members of a span are recorded; with the last span, the container is read."""
        if record_id not in self._open:
            return
        self.db.execute("DELETE FROM container_spans WHERE record_id = ? AND number = ?", [record_id, number])
        if self.db.execute("SELECT 1 FROM container_spans WHERE record_id = ?", [record_id]).fetchone():
            return
        sha256, begun_in = self.db.execute(
            "SELECT sha256, begun_in FROM containers WHERE record_id = ?", [record_id]
        ).fetchone()
        self.db.execute("UPDATE records SET sha256 = ? WHERE id = ?", [sha256, record_id])
        self._mark_gone(record_id, begun_in)
        self._drop(record_id)

    def spend(self, record_id: int, seconds: float, allowed: Callable[[int], float]) -> bool:
        """Add the time that a span took; return False if its container has now exceeded its time.

        What is left of it then is dropped: what was read stays, and the container is taken as read.

        :param allowed: how long a container of some size may take.
        """
        if record_id not in self._open:
            return True
        self._spent[record_id] += seconds
        byte_size = self.db.execute("SELECT byte_size FROM records WHERE id = ?", [record_id]).fetchone()[0]
        if self._spent[record_id] <= allowed(byte_size or 0):
            return True
        (sha256,) = self.db.execute(
            "SELECT sha256 FROM containers WHERE record_id = ?", [record_id]
        ).fetchone()
        # The rest is not read, so that none of its members is marked as missing.
        self.db.execute("UPDATE records SET sha256 = ? WHERE id = ?", [sha256, record_id])
        self._drop(record_id)
        return False

    def _holds(self, record_id: int) -> bool:
        found = self.db.execute(
            "SELECT 1 FROM records WHERE container_id = ? LIMIT 1", [record_id]
        ).fetchone()
        return found is not None

    def _adopt(self, record_id: int, sha256: str | None) -> bool:
        """Take over the members of a container with the same bytes that was moved here."""
        if self.db.execute("SELECT 1 FROM records WHERE container_id = ?", [record_id]).fetchone():
            return False
        old = self.db.execute(
            "SELECT id, locator, missing_since FROM records r WHERE sha256 = ? AND id <> ?"
            " AND missing_since IS NOT NULL AND EXISTS (SELECT 1 FROM records m WHERE m.container_id = r.id)"
            " LIMIT 1",
            [sha256, record_id],
        ).fetchone()
        if old is None or find_lacking(self.db, [old[0]], self.wanted):
            return False
        old_id, old_locator, missing_since = old
        source_id, locator = self.db.execute(
            "SELECT source_id, locator FROM records WHERE id = ?", [record_id]
        ).fetchone()
        moved = {
            "old_id": old_id,
            "since": missing_since,
            "source_id": source_id,
            "locator": locator,
            "rest": len(old_locator) + 1,
            "record_id": record_id,
            "scan_id": self.scan_id,
            "sha256": sha256,
        }
        self.db.execute(
            "UPDATE problems SET source_id = :source_id, locator = :locator || substr(locator, :rest)"
            " WHERE (source_id, locator) IN (SELECT source_id, locator FROM records"
            " WHERE container_id = :old_id AND missing_since = :since)",
            moved,
        )
        self.db.execute(
            "UPDATE records SET source_id = :source_id, locator = :locator || substr(locator, :rest),"
            " container_id = :record_id, missing_since = NULL, last_scan_id = :scan_id"
            " WHERE container_id = :old_id AND missing_since = :since",
            moved,
        )
        self.db.execute("UPDATE records SET sha256 = :sha256 WHERE id = :record_id", moved)
        mark_pending(self.db, "r.container_id = ?", (record_id,))
        return True

    def _mark_gone(self, record_id: int, begun_in: int) -> None:
        """Mark the members that the container held before it changed and no longer holds."""
        gone = "r.container_id = ? AND r.last_scan_id < ?"
        self.db.execute(
            "DELETE FROM problems WHERE (source_id, locator) IN"
            f" (SELECT r.source_id, r.locator FROM records r WHERE {gone})",
            [record_id, begun_in],
        )
        mark_where(self.db, gone, (record_id, begun_in))

    def _drop(self, record_id: int) -> None:
        self.db.execute("DELETE FROM container_spans WHERE record_id = ?", [record_id])
        self.db.execute("DELETE FROM containers WHERE record_id = ?", [record_id])
        self._open.discard(record_id)


def known_container(db: Database, record_id: int, locator: str, byte_size: int, sha256: str) -> Known:
    """Return a container as an earlier scan read it, the offset of its last member included."""
    last = db.execute(
        "SELECT max(CAST(substr(locator, ?) AS INTEGER)) FROM records WHERE container_id = ?"
        " AND substr(locator, ?, 1) = '#'",
        [len(locator) + 2, record_id, len(locator) + 1],
    ).fetchone()[0]
    return Known(byte_size, sha256, last)
