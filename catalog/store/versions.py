"""The versions of fingerprints and matches, stored in the catalogue so that scans need not look them up.

A row of the table ``method_versions`` for a fingerprint's method states that every picture of the archive has a
fingerprint of this version. For ``matches`` it states that every match was made by this version of the rules. Pictures
in ``pending`` do not count; they are checked when they are matched (:func:`withdraw_untrue`), so that code that writes
pictures or brings records back need not care about versions. For ``stories`` and ``furniture`` it states by which
version of the rules they were last found.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from media import versions
from media.formats import SIDECAR

_MATCHES = "matches"
_PARTS = "blobs"
_PIXELS = "pixels"
_ONE_OF_THEM = "f.image_sha256 = i.sha256 AND f.method = '{method}'"


def wanted_prints(*, parts: bool) -> dict[str, int]:
    """Return the methods of a scan, with the version of each in this cutline."""
    return {
        method: version for method, version in versions.PRINT_VERSIONS.items() if parts or method != _PARTS
    }


def find_doubtful(db: Database, wanted: Mapping[str, int]) -> dict[str, int]:
    """Return the wanted methods for which the catalogue does not state this version; within a transaction.

    A statement of another version is taken away: what is written from now on is of this one.
    """
    if not db.execute("SELECT EXISTS (SELECT 1 FROM images)").fetchone()[0]:
        for method, version in versions.PRINT_VERSIONS.items():
            _state(db, method, version)
        return {}
    withdraw_untrue(db)
    for method, version in wanted.items():
        db.execute("DELETE FROM method_versions WHERE method = ? AND version <> ?", [method, version])
    stated = {row[0] for row in db.execute("SELECT method FROM method_versions")}
    return {method: version for method, version in wanted.items() if method not in stated}


def find_lacking(db: Database, record_ids: Iterable[int], wanted: Mapping[str, int]) -> set[int]:
    """Return the records whose picture, or the picture of a member that exists whenever they do, lacks a wanted
    fingerprint of this version. If digests of pixels are wanted, also return pictures that an older version could not
    decode, and sidecars, whose metadata it dropped.
    """
    if not wanted:
        return set()
    chosen = "r.id IN (SELECT value FROM json_each(:ids))"
    failed = (
        "EXISTS (SELECT 1 FROM problems p WHERE p.source_id = {0}.source_id AND p.locator = {0}.locator"
        " AND p.stage = 'decode')"
    )
    undecoded = (
        f" UNION SELECT r.id FROM records r WHERE {chosen}"
        f" AND ({failed.format('r')} OR r.media_type = '{SIDECAR}')"
        f" UNION SELECT r.id FROM records r WHERE {chosen} AND EXISTS (SELECT 1 FROM records m"
        f"  WHERE m.container_id = r.id AND {failed.format('m')})"
    )
    rows = db.execute(
        f"SELECT r.id FROM records r CROSS JOIN images i ON i.sha256 = r.sha256 WHERE {chosen} AND {_lacks(wanted)}"
        f" UNION SELECT r.id FROM records r WHERE {chosen} AND EXISTS (SELECT 1 FROM records m CROSS JOIN images i"
        "  ON i.sha256 = m.sha256 WHERE m.container_id = r.id AND m.missing_since IS r.missing_since"
        f"  AND {_lacks(wanted)})" + (undecoded if _PIXELS in wanted else ""),
        {"ids": json.dumps(list(record_ids))},
    )
    return {row[0] for row in rows}


def find_outdated(db: Database, digests: Iterable[str], wanted: Mapping[str, int]) -> set[str]:
    """Return the digests of pictures that lack a wanted fingerprint of this version."""
    if not wanted:
        return set()
    rows = db.execute(
        f"SELECT i.sha256 FROM images i WHERE i.sha256 IN (SELECT value FROM json_each(?)) AND {_lacks(wanted)}",
        [json.dumps(list(digests))],
    )
    return {row[0] for row in rows}


def state_true(db: Database, doubtful: Mapping[str, int]) -> None:
    """State the version of those methods that all pictures of the archive have; within a transaction."""
    for method, version in doubtful.items():
        lacking = (
            "SELECT 1 FROM records r CROSS JOIN images i ON i.sha256 = r.sha256"
            f" WHERE r.missing_since IS NULL AND {_lacks({method: version})}"
        )
        if not db.execute(f"SELECT EXISTS ({lacking})").fetchone()[0]:
            _state(db, method, version)


def withdraw_untrue(db: Database) -> None:
    """Remove the statements that are not true of the pending pictures; within a transaction.

    What is stated of matches goes where other rules than these found them: those of today will stand beside them.
    """
    db.execute(
        "DELETE FROM method_versions AS v WHERE v.method NOT IN (SELECT value FROM json_each(?))"
        " AND EXISTS (SELECT 1 FROM pending p CROSS JOIN images i ON i.sha256 = p.item WHERE p.kind = 'image'"
        " AND EXISTS (SELECT 1 FROM records r WHERE r.sha256 = i.sha256 AND r.missing_since IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM fingerprints f WHERE f.image_sha256 = i.sha256"
        " AND f.method = v.method AND f.version = v.version))",
        [json.dumps([_MATCHES, *versions.FINDING_VERSIONS])],
    )
    db.execute(
        "DELETE FROM method_versions WHERE method = ? AND version <> ?", [_MATCHES, versions.MATCH_VERSION]
    )


def renew_matches(db: Database) -> None:
    """Mark as pending, once, what changed rules of matching, stories or furniture affect; within a transaction."""
    stated = dict(db.execute("SELECT method, version FROM method_versions"))
    for method, version in ((_MATCHES, versions.MATCH_VERSION), *versions.FINDING_VERSIONS.items()):
        if stated.get(method) == version:
            continue
        for kind, items in _FOUND_FROM[method]:
            db.execute(f"INSERT OR IGNORE INTO pending (kind, item) SELECT ?, * FROM ({items})", [kind])
        _state(db, method, version)


_FOUND_FROM: Mapping[str, tuple[tuple[str, str], ...]] = {
    _MATCHES: (("image", "SELECT sha256 FROM images"), ("image-group", "SELECT id FROM image_groups")),
    "stories": (("article", "SELECT id FROM articles"),),
    "furniture": (
        ("furniture", "SELECT '' WHERE EXISTS (SELECT 1 FROM images) OR EXISTS (SELECT 1 FROM captions)"),
    ),
    "credits": (("credits", "SELECT '' WHERE EXISTS (SELECT 1 FROM captions)"),),
}
"""For each method, the kinds of pending items and the items themselves."""


def count_waiting(db: sqlite3.Connection) -> int:
    """Count the pictures of the archive that have only fingerprints of another version and wait to be read again.

    Those that were read without local features, as was asked for, wait for nothing.
    """
    stated = set(db.execute("SELECT method, version FROM method_versions"))
    doubtful = dict(versions.PRINT_VERSIONS.items() - stated)
    if not doubtful:
        return 0
    lacks = [_lacks({method: version}) for method, version in doubtful.items() if method != _PARTS]
    if _PARTS in doubtful:
        has_some = f"EXISTS (SELECT 1 FROM fingerprints f WHERE {_ONE_OF_THEM.format(method=_PARTS)})"
        lacks.append(f"({has_some} AND {_lacks({_PARTS: doubtful[_PARTS]})})")
    row = db.execute(
        f"SELECT count(*) FROM images i WHERE ({' OR '.join(lacks)}) AND EXISTS (SELECT 1 FROM records r"
        " WHERE r.sha256 = i.sha256 AND r.missing_since IS NULL)"
    ).fetchone()
    return int(row[0])


def _lacks(wanted: Mapping[str, int]) -> str:
    """Return an SQL condition that the picture ``i`` lacks one of these."""
    has = "EXISTS (SELECT 1 FROM fingerprints f WHERE {} AND f.version = {:d})"
    each = (has.format(_ONE_OF_THEM.format(method=method), version) for method, version in wanted.items())
    return f"(NOT ({' AND '.join(each)}))"


def _state(db: Database, method: str, version: int) -> None:
    db.execute("INSERT OR REPLACE INTO method_versions (method, version) VALUES (?, ?)", [method, version])
