"""Ties the pictures that pages show to those that the archive holds."""

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from catalog.store.catalogue import Catalogue
from media.archives.instant import beginning_of
from media.captions.addresses import Candidate, captured_uris, choose, locators_of, picture_name
from media.captions.caption import UNSEEN_ORIGINS
from media.captions.key import has_little_information

Row: TypeAlias = sqlite3.Row | dict[str, Any]
_NAMES_AT_ONCE = 200
_NAMESAKES = 50
"""The most pictures with one name ("image.jpg") for the name to identify a picture."""
_HOPS = 5
"""The most redirects followed from one address."""


def pair_placements(catalogue: Catalogue) -> None:
    """Find the record that each placement's address means, for all changed names and captions.

    An address is looked up as a place in the archive, then as a captured address, then by the
    picture's name where only one picture fits. What has no address, or none that is found, is tied
    to the one picture whose embedded caption says the same.
    """
    if _has_no_picture(catalogue):
        with catalogue.db.atomic():
            catalogue.db.execute("DELETE FROM pending WHERE kind = 'picture-name'")
        return
    crawled = _has_captures(catalogue)
    while names := _next_items(catalogue, "picture-name", _NAMES_AT_ONCE):
        with catalogue.db.atomic():
            for name in names:
                _pair_by_address(catalogue, name, crawled)
            catalogue.db.conn.executemany(
                "DELETE FROM pending WHERE kind = 'picture-name' AND item = ?", [(name,) for name in names]
            )
    last = ""
    while captions := _next_items(catalogue, "caption", _NAMES_AT_ONCE, after=last):
        last = captions[-1]
        with catalogue.db.atomic():
            for caption_id in captions:
                _pair_by_caption(catalogue, int(caption_id))


def pair_captions(catalogue: Catalogue, caption_ids: Iterable[int]) -> None:
    """Tie captions whose text has changed to the one picture whose embedded caption says the same."""
    if not _has_no_picture(catalogue):
        for caption_id in caption_ids:
            _pair_by_caption(catalogue, caption_id)


def _has_no_picture(catalogue: Catalogue) -> bool:
    """Return whether the catalogue has no pictures and no ties: only texts and captions."""
    return not catalogue.value(
        "SELECT EXISTS (SELECT 1 FROM records WHERE picture_name IS NOT NULL)"
        " OR EXISTS (SELECT 1 FROM placements WHERE image_sha256 IS NOT NULL)"
    )


def _has_captures(catalogue: Catalogue) -> bool:
    """Return whether anything was captured on the web. A folder of pages was not, and names thousands of addresses."""
    return bool(
        catalogue.value(
            "SELECT EXISTS (SELECT 1 FROM records WHERE target_uri >= 'http' AND target_uri < 'httq')"
        )
    )


def _next_items(catalogue: Catalogue, kind: str, count: int, after: str = "") -> list[str]:
    sql = "SELECT item FROM pending WHERE kind = ? AND item > ? ORDER BY item LIMIT ?"
    return [row["item"] for row in catalogue.rows(sql, (kind, after, count))]


def _pair_by_address(catalogue: Catalogue, name: str, crawled: bool) -> None:
    namesakes = [
        (row["locator"], row["sha256"], row["source_id"])
        for row in catalogue.rows(
            "SELECT locator, sha256, source_id FROM records WHERE picture_name = ? AND missing_since IS NULL"
            " ORDER BY locator LIMIT ?",
            (name, _NAMESAKES + 1),
        )
    ]
    if len(namesakes) > _NAMESAKES:
        namesakes = []
    placements = catalogue.rows(
        "SELECT p.id, p.image_src, p.image_sha256, p.paired_by, p.evidence, p.caption_id, p.origin, r.locator,"
        " r.source_id, r.target_uri, r.captured_at, a.url FROM placement_names n"
        " JOIN placements p ON p.id = n.placement_id JOIN records r ON r.id = p.record_id"
        " LEFT JOIN articles a ON a.id = p.article_id"
        " WHERE n.picture_name = ?",
        (name,),
    )
    for row in list(placements):
        candidates = [Candidate(loc, sha, source == row["source_id"]) for loc, sha, source in namesakes]
        sha256, paired_by = _resolve(catalogue, row, name, candidates, crawled)
        _note(catalogue, row, sha256, paired_by)


def _resolve(
    catalogue: Catalogue, row: sqlite3.Row, name: str, candidates: list[Candidate], crawled: bool
) -> tuple[str | None, str | None]:
    addresses = list(_addresses(row))
    for address in addresses:
        if sha256 := _at_address(catalogue, row, address, crawled):
            return sha256, "address"
    for address in addresses:
        namesakes = candidates if picture_name(address) == name else _namesakes(catalogue, row, address)
        # A file beside its picture: only the case of names is overlooked. An export gives a whole address.
        if row["origin"] == "sidecar" and "://" not in address:
            namesakes = [each for each in namesakes if _is_beside(each.locator, row["locator"])]
        if found := choose(address, row["locator"], namesakes):
            return found.sha256, "name"
    return None, None


def _is_beside(picture: str, sidecar: str) -> bool:
    """Return whether two files are in one folder, or in the same folder of archives that are parts of one export."""
    if _folder(picture) == _folder(sidecar):
        return True
    archive, _, member = picture.rpartition("!")
    other, _, told = sidecar.rpartition("!")
    return bool(archive and other) and _folder(archive) == _folder(other) and _folder(member) == _folder(told)


def _folder(locator: str) -> str:
    return locator[: max(locator.rfind("/"), locator.rfind("!")) + 1]


def _addresses(row: Row) -> Iterator[str]:
    if row["image_src"]:
        yield row["image_src"]
    others = json.loads(row["evidence"]).get("image_srcs", ())
    yield from (each for each in others[:11] if isinstance(each, str))


def _at_address(catalogue: Catalogue, row: sqlite3.Row, address: str, crawled: bool) -> str | None:
    """Return what a page shows is what was captured at its address, nearest in time; or a file at its
    place.
    """
    is_part = address.startswith(("cid:", "data:"))  # of the message or the page itself
    uris = list(captured_uris(address, row["target_uri"] or row["url"])) if crawled or is_part else []
    if row["target_uri"]:
        for uri in uris:
            if sha256 := _captured(catalogue, uri, row["captured_at"]):
                return sha256
    if found := _file_at(catalogue, row, address):
        return str(found["sha256"])
    for uri in uris if not row["target_uri"] else ():
        if sha256 := _captured(catalogue, uri, None):
            return sha256
    return None


def _file_at(catalogue: Catalogue, row: Row, address: str) -> sqlite3.Row | None:
    """Return the picture at the address that the page of a placement gives."""
    for locator in locators_of(address, row["locator"], row["url"]):
        found = next(
            catalogue.rows(
                "SELECT id, source_id, locator, sha256 FROM records WHERE source_id = ? AND locator = ?"
                " AND missing_since IS NULL AND picture_name IS NOT NULL",
                (row["source_id"], locator),
            ),
            None,
        )
        if found is not None:
            return found
    return None


def files_shown(catalogue: Catalogue, row: Row) -> set[int]:
    """Return the records of the pictures that a placement's page shows at their present place.

    A page may name several (the same picture in other sizes): each counts. Where none lies at its address, that is
    meant which the name is the only clue to.

    :param row: ``image_src``, ``image_sha256``, ``paired_by``, ``evidence`` of the placement; ``locator`` and
        ``source_id`` of its record; ``url`` of its article.
    """
    addresses = list(_addresses(row))
    at = {found["id"] for address in addresses if (found := _file_at(catalogue, row, address)) is not None}
    if at or row["paired_by"] != "name":
        return at
    for address in addresses:
        meant = choose(address, row["locator"], _namesakes(catalogue, row, address))
        if meant is not None and meant.sha256 == row["image_sha256"]:
            return {
                each["id"]
                for each in catalogue.rows(
                    "SELECT id FROM records WHERE locator = ? AND sha256 = ? AND missing_since IS NULL",
                    (meant.locator, meant.sha256),
                )
            }
    return set()


def _captured(catalogue: Catalogue, uri: str, when: str | None, hops: int = 0) -> str | None:
    """Return the picture captured at an address, nearest to a time: also by a redirect or a revisit."""
    captures = [
        found
        for side in (("(captured_at <= ? OR captured_at IS NULL)", "DESC"), ("captured_at > ?", "ASC"))
        if (
            found := catalogue.db.execute(
                "SELECT captured_at, sha256, picture_name, redirect_uri, payload_digest FROM records"
                f" WHERE target_uri = ? AND {side[0]} AND missing_since IS NULL AND (picture_name IS NOT NULL"
                " OR redirect_uri IS NOT NULL OR media_type = 'application/warc-revisit')"
                f" ORDER BY captured_at {side[1]}, sha256, redirect_uri, payload_digest LIMIT 1",
                [uri, when or ""],
            ).fetchone()
        )
    ]
    for _, sha256, picture_name_, redirect_uri, payload_digest in sorted(
        captures, key=lambda capture: _seconds_between(capture[0], when)
    ):
        if picture_name_ is not None:
            return str(sha256)
        if redirect_uri is not None:
            target = _captured(catalogue, redirect_uri, when, hops + 1) if hops < _HOPS else None
            if target:
                return target
        elif payload_digest and (original := _original(catalogue, payload_digest)):
            return original
    return None


def _original(catalogue: Catalogue, payload_digest: str) -> str | None:
    found = catalogue.db.execute(
        "SELECT sha256 FROM records WHERE payload_digest = ? AND picture_name IS NOT NULL"
        " AND missing_since IS NULL ORDER BY sha256 LIMIT 1",
        [payload_digest],
    ).fetchone()
    return str(found[0]) if found else None


def _seconds_between(moment: str | None, when: str | None) -> float:
    if when is None:
        return 0.0
    left, right = beginning_of(moment or ""), beginning_of(when)
    return abs((left - right).total_seconds()) if left and right else math.inf


def _namesakes(catalogue: Catalogue, row: Row, address: str) -> list[Candidate]:
    found = [
        Candidate(each["locator"], each["sha256"], each["source_id"] == row["source_id"])
        for each in catalogue.rows(
            "SELECT locator, sha256, source_id FROM records WHERE picture_name = ? AND missing_since IS NULL"
            " ORDER BY locator LIMIT ?",
            (picture_name(address), _NAMESAKES + 1),
        )
    ]
    return found if len(found) <= _NAMESAKES else []


def _note(catalogue: Catalogue, row: sqlite3.Row, sha256: str | None, paired_by: str | None) -> None:
    if row["caption_id"] is not None and sha256 is None:
        catalogue.db.execute(
            "INSERT OR IGNORE INTO pending (kind, item) VALUES ('caption', ?)", [str(row["caption_id"])]
        )
    if (sha256, paired_by) == (row["image_sha256"], row["paired_by"]):
        return
    # Its caption may be in conflict with that of another picture, which nothing else would lead to.
    catalogue.db.execute(
        "INSERT OR IGNORE INTO pending (kind, item) SELECT 'conflict', conflict_id FROM caption_conflict_members"
        " WHERE placement_id = ?",
        [row["id"]],
    )
    catalogue.db.execute(
        "UPDATE placements SET image_sha256 = ?, paired_by = ? WHERE id = ?", [sha256, paired_by, row["id"]]
    )
    changed = [("image-captions", each) for each in (sha256, row["image_sha256"]) if each]
    if row["caption_id"] is not None:
        changed.append(("caption", str(row["caption_id"])))
    catalogue.db.conn.executemany("INSERT OR IGNORE INTO pending (kind, item) VALUES (?, ?)", changed)


def _pair_by_caption(catalogue: Catalogue, caption_id: int) -> None:
    found = catalogue.db.execute("SELECT key FROM captions WHERE id = ?", [caption_id]).fetchone()
    if found is None or has_little_information(found[0]):
        return
    unseen = json.dumps(UNSEEN_ORIGINS)
    placements = list(
        catalogue.rows(
            "SELECT p.id, p.caption_id, p.image_sha256, p.paired_by FROM captions c"
            " JOIN placements p ON p.caption_id = c.id WHERE c.key = ? AND p.article_id IS NOT NULL"
            " AND (p.image_sha256 IS NULL OR p.paired_by = 'caption')"
            " AND p.origin NOT IN (SELECT value FROM json_each(?))",
            (found[0], unseen),
        )
    )
    if not placements:
        return
    pictures = [
        row["image_sha256"]
        for row in catalogue.rows(
            "SELECT DISTINCT p.image_sha256 FROM captions c JOIN placements p ON p.caption_id = c.id"
            " JOIN records r ON r.id = p.record_id WHERE c.key = ? AND p.paired_by = 'embedded'"
            " AND r.missing_since IS NULL LIMIT 2",
            (found[0],),
        )
    ]
    sha256 = pictures[0] if len(pictures) == 1 else None
    for row in placements:
        _note(catalogue, row, sha256, "caption" if sha256 else None)
