"""Look up a picture or a text in the catalogue."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rapidfuzz import fuzz

from catalog.errors import UsageError
from catalog.find.lookup import find_picture
from catalog.store.catalogue import Catalogue
from catalog.store.usage import Usage, forms_of, read_usage
from media.archives.objects import read_object
from media.archives.open_source import is_elsewhere
from media.archives.stores.address import local_path, read_address
from media.captions.key import caption_key
from media.errors import ImageError, SourceError
from media.pictures.image import Image
from media.pictures.read import read_image
from media.readers import picture_opener

Chosen = tuple[str, tuple[object, ...]]
"""A condition on a record ``r`` and its article ``a``, and its parameters: the part of the archive to search."""
ALL: Chosen = ("1", ())
_MAX_IMAGE_BYTES = 512 << 20
_WORDS = re.compile(r"\w+")
_QUERY_WORDS = 12
_SIMILAR = 60.0
"""Least rapidfuzz ratio of keys (0..100) of a caption that shares words."""


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture of the archive that shows what the given one shows."""

    locator: str
    sha256: str
    kind: str
    """``same-bytes``, or a kind of image_matches."""
    distance_bits: int | None
    aligned_similarity: float | None
    transform: dict[str, object] | None
    """How the found picture (right) shows the given one (left)."""
    width_px: int
    height_px: int
    captions: tuple[str, ...]
    """Captions of the picture and its copies, on pages, in files and in sidecars; the most frequent first."""
    pages: tuple[str, ...]
    """The pages that show the picture in any form: the addresses of captures, the locators of other files."""
    url: str | None = None
    """The address that it was captured from."""
    captured_at: str | None = None
    picture_id: str | None = None
    """The digest of the form that represents the picture."""
    form: str | None = None
    usage: Usage | None = None
    """Where the picture was shown in any form, the first and last date, and its captions."""

    def as_row(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FoundCaption:
    """A caption of the archive that is similar to the given text."""

    locator: str
    caption: str
    credit_line: str | None
    similarity: float
    """0..1 over the normalised texts; 1 is the same caption."""
    image_src: str | None
    image_locator: str | None
    headline: str | None
    origin: str = ""
    """Where the caption is: on a page, in a picture's file (``iptc``, ``xmp``, ``exif``) or in its sidecar."""
    url: str | None = None
    captured_at: str | None = None
    publisher: str | None = None

    def as_row(self) -> dict[str, object]:
        return asdict(self)


def find_image(catalogue: Catalogue, place: str | Path, chosen: Chosen = ALL) -> list[FoundPicture]:
    """Return pictures of the archive that are similar to the one at a path or an address, the most similar first.

    :raises UsageError: the file cannot be read as a picture.
    """
    data = _read(place)
    try:
        image = read_image(data, sha256=hashlib.sha256(data).hexdigest(), opener=picture_opener(data))
    except ImageError as error:
        raise UsageError(f"{place}: {error.reason}. {error.remedy}") from error
    return [each for each in _pictures(catalogue, image) if _passes(catalogue, each, chosen)]


def _passes(catalogue: Catalogue, found: FoundPicture, chosen: Chosen) -> bool:
    """Return whether the file itself, or a page that shows the picture, passes the filters."""
    if chosen == ALL:
        return True
    condition, parameters = chosen
    there = "FROM records r LEFT JOIN articles a ON a.record_id = r.id"
    shown = (
        "SELECT p.record_id FROM placements p JOIN picture_forms f ON f.image_sha256 = p.image_sha256"
        " WHERE p.article_id IS NOT NULL AND f.picture_id = ?"
    )
    return bool(
        catalogue.db.conn.execute(
            f"SELECT EXISTS (SELECT 1 {there} WHERE r.sha256 = ? AND r.locator = ? AND r.missing_since IS NULL"
            f" AND {condition}) OR EXISTS (SELECT 1 {there} WHERE r.id IN ({shown}) AND r.missing_since IS NULL"
            f" AND {condition})",
            (found.sha256, found.locator, *parameters, found.picture_id, *parameters),
        ).fetchone()[0]
    )


def _read(place: str | Path) -> bytes:
    try:
        if isinstance(place, str) and is_elsewhere(place):
            return read_object(read_address(place), _MAX_IMAGE_BYTES)
        path = Path((isinstance(place, str) and local_path(place)) or place)
        if path.stat().st_size > _MAX_IMAGE_BYTES:
            raise UsageError(f"{path} is too large for a picture (over {_MAX_IMAGE_BYTES >> 20} MiB).")
        return path.read_bytes()
    except SourceError as error:
        raise UsageError(f"{error.reason}. {error.remedy}") from error
    except OSError as error:
        raise UsageError(f"{place}: {error.strerror}. Check the path.") from error


def _pictures(catalogue: Catalogue, image: Image) -> Iterator[FoundPicture]:
    matches = find_picture(catalogue, image)
    for match in matches:
        captions = [
            row["caption"]
            for row in catalogue.rows(
                "SELECT c.text AS caption FROM placements p JOIN captions c ON c.id = p.caption_id"
                " JOIN records r ON r.id = p.record_id WHERE p.image_sha256 IN (SELECT ? UNION SELECT o.image_sha256"
                "  FROM image_group_members m JOIN image_group_members o ON o.group_id = m.group_id"
                "  WHERE m.image_sha256 = ?) AND p.origin <> 'alt' AND c.text <> '' AND r.missing_since IS NULL"
                " GROUP BY c.key ORDER BY count(*) DESC, c.text LIMIT 5",
                (match.sha256, match.sha256),
            )
        ]
        forms = forms_of(catalogue.db.conn, match.sha256)
        usage = read_usage(catalogue.db.conn, forms)
        pages = [
            row[0]
            for row in catalogue.rows(
                "SELECT DISTINCT iif(u.captured_at IS NULL, u.locator, coalesce(u.url, u.locator)) AS place"
                " FROM json_each(?) j JOIN picture_uses u ON u.image_sha256 = j.value ORDER BY place LIMIT 20",
                (json.dumps(forms),),
            )
        ]
        for row in catalogue.rows(
            "SELECT r.locator, r.target_uri, r.captured_at, f.width_px, f.height_px, f.picture_id, f.form"
            " FROM records r JOIN picture_forms f ON f.image_sha256 = r.sha256"
            " WHERE r.sha256 = ? AND r.missing_since IS NULL ORDER BY r.locator",
            (match.sha256,),
        ):
            yield FoundPicture(
                row["locator"],
                match.sha256,
                match.kind,
                match.distance_bits,
                match.aligned_similarity,
                json.loads(match.transform) if match.transform else None,
                row["width_px"],
                row["height_px"],
                tuple(captions),
                tuple(pages),
                row["target_uri"],
                row["captured_at"],
                row["picture_id"],
                row["form"],
                usage,
            )


def find_text(catalogue: Catalogue, text: str, limit: int = 20, chosen: Chosen = ALL) -> list[FoundCaption]:
    """Return captions of the archive similar to ``text``: the same normalised text first, then those that share words.

    :raises UsageError: the text has no words.
    """
    key = caption_key(text)
    words = sorted(set(_WORDS.findall(text.casefold())), key=lambda word: (-len(word), word))[:_QUERY_WORDS]
    if not words:
        raise UsageError("The text has no words to look for.")
    query = " OR ".join(f'"{word}"' for word in words)
    scored: dict[int, float] = {
        row["id"]: 1.0 for row in catalogue.rows("SELECT id FROM captions WHERE key = ? LIMIT 1000", (key,))
    }
    for row in catalogue.rows(
        "SELECT c.id, c.key FROM captions_fts f JOIN captions c ON c.id = f.rowid"
        " WHERE captions_fts MATCH ? ORDER BY rank LIMIT 500",
        (query,),
    ):
        similarity = max(fuzz.ratio(key, row["key"]), fuzz.partial_ratio(key, row["key"]) - 5)
        if row["id"] not in scored and similarity >= _SIMILAR:
            scored[row["id"]] = round(similarity / 100, 3)
    best = sorted(scored, key=lambda caption_id: (-scored[caption_id], caption_id))
    found: list[FoundCaption] = []
    for caption_id in best:
        rows = catalogue.rows(
            "SELECT r.locator, c.text AS caption, c.credit_line, p.image_src, p.origin, a.headline,"
            " coalesce(e.url, a.url, r.target_uri) AS url, r.captured_at, e.publisher,"
            " (SELECT min(i.locator) FROM records i WHERE i.sha256 = p.image_sha256 AND i.missing_since IS NULL)"
            "  AS image_locator FROM placements p JOIN captions c ON c.id = p.caption_id"
            " JOIN records r ON r.id = p.record_id LEFT JOIN articles a ON a.id = p.article_id"
            " LEFT JOIN page_captures e ON e.article_id = p.article_id WHERE p.caption_id = ?"
            f" AND p.origin <> 'alt' AND r.missing_since IS NULL AND {chosen[0]}"
            " ORDER BY p.article_id IS NULL, r.locator, p.position LIMIT ?",
            (caption_id, *chosen[1], limit - len(found)),
        )
        found += [
            FoundCaption(
                row["locator"],
                row["caption"],
                row["credit_line"],
                scored[caption_id],
                row["image_src"],
                row["image_locator"],
                row["headline"],
                row["origin"],
                row["url"],
                row["captured_at"],
                row["publisher"],
            )
            for row in rows
        ]
        if len(found) >= limit:
            break
    return found
