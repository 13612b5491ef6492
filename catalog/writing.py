"""Writes what was read into the catalogue: one batch, one transaction, any batch twice with the same result."""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from catalog.catalogue import Catalogue, now
from media.articles.article import Article
from media.captions.caption import Caption, Placement
from media.captions.normalise import caption_key
from media.captions.pairing import picture_name
from media.images.image import Image
from media.locator import base_name
from media.reading import Reading
from media.record import Problem, Record

Row = tuple[object, ...]

_ADDRESSES_TRIED = 8
"""Of the addresses that a page gives for one picture (``srcset`` may give dozens)."""


class Writer:
    """The one writer of a scan.

    Whatever a batch touches is noted in ``pending`` within the same transaction, so that the steps
    after reading (pairing, repeats, groups) know what to look at, also after a crash:

    ``picture-name``  a name that a page asks for, or that a picture has
    ``image``         a digest whose picture, or whose records, changed
    ``image-group``   a group that lost a member
    ``caption``       a caption that gained or lost a placement
    ``repeat``        a repeat that lost a member
    ``conflict``      a conflict that lost a member
    ``image-captions``  a digest whose captions or copies changed
    ``unused-caption``  a caption that may have no placement any more
    """

    def __init__(self, catalogue: Catalogue, scan_id: int) -> None:
        self.db: Database = catalogue.db
        self.scan_id = scan_id
        self.counts: Counter[str] = Counter()
        self._next = {
            table: catalogue.value(f"SELECT max(id) FROM {table}") + 1
            for table in ("records", "articles", "placements", "captions")
        }

    def write(self, source_id: int, readings: Sequence[Reading]) -> None:
        """Record a batch, whole or not at all; a reading that the catalogue refuses becomes a problem."""
        try:
            with self.db.atomic():
                self._write(source_id, readings)
        except (UnicodeEncodeError, sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
            if len(readings) > 1:
                for reading in readings:
                    self.write(source_id, [reading])
                return
            refused = Problem(
                readings[0].record.locator,
                "parse",
                f"what it holds cannot be recorded ({error})",
                "Please report this with the file, if it may be shared.",
            )
            kept = Reading(readings[0].record, problems=(*readings[0].problems, refused))
            with self.db.atomic():
                self._write(source_id, [kept])

    def note_problems(self, source_id: int | None, problems: Iterable[Problem]) -> None:
        """Record problems that belong to no record that was read."""
        with self.db.atomic():
            self._insert_problems(source_id, problems)

    def _write(self, source_id: int, readings: Sequence[Reading]) -> None:
        rows: dict[str, list[Row]] = {name: [] for name in _INSERTS}
        pending: set[tuple[str, str]] = set()
        counts: Counter[str] = Counter()
        for reading in readings:
            record_id = self._record(source_id, reading, pending)
            counts["records"] += 1
            if reading.image is not None:
                counts["images"] += 1
                self._image(record_id, reading.image, rows, pending)
            for article in reading.articles:
                counts["articles"] += 1
                self._article(record_id, article, rows, pending)
            counts["captions"] += sum(p.caption is not None for a in reading.articles for p in a.placements)
            counts["problems"] += len(reading.problems)
        for name, statement in _INSERTS.items():
            if rows[name]:
                self.db.conn.executemany(statement, rows[name])
        for reading in readings:
            self._insert_problems(source_id, reading.problems)
        self.db.conn.executemany("INSERT OR IGNORE INTO pending (kind, item) VALUES (?, ?)", pending)
        self.counts += counts

    def _record(self, source_id: int, reading: Reading, pending: set[tuple[str, str]]) -> int:
        record = reading.record
        found = self.db.conn.execute(
            "SELECT id, sha256, picture_name FROM records WHERE source_id = ? AND locator = ?",
            (source_id, record.locator),
        ).fetchone()
        name = picture_name("/" + base_name(record.locator)) if reading.image is not None else None
        if record.target_uri and reading.image is not None:
            name = picture_name(record.target_uri) or name
        if reading.image is not None:
            pending.add(("image", reading.image.sha256))
        if name:
            pending.add(("picture-name", name))
        if found is None:
            record_id = self._take_id("records")
            self.db.conn.execute(
                "INSERT INTO records (id, source_id, locator, media_type, byte_size, modified_ns, sha256,"
                " target_uri, captured_at, first_scan_id, last_scan_id, inode, picture_name)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record_id,
                    source_id,
                    record.locator,
                    *_described(record),
                    self.scan_id,
                    self.scan_id,
                    record.inode,
                    name,
                ),
            )
            return record_id
        record_id, old_sha256, old_name = found
        if old_name:
            pending.add(("picture-name", old_name))
        self._forget(record_id, source_id, record.locator, old_sha256)
        self.db.conn.execute(
            "UPDATE records SET media_type = ?, byte_size = ?, modified_ns = ?, sha256 = ?, target_uri = ?,"
            " captured_at = ?, last_scan_id = ?, inode = ?, picture_name = ?, missing_since = NULL WHERE id = ?",
            (*_described(record), self.scan_id, record.inode, name, record_id),
        )
        if old_sha256 and old_sha256 != record.sha256:
            self._drop_unused_image(old_sha256)
        return int(record_id)

    def _forget(self, record_id: int, source_id: int, locator: str, old_sha256: str | None) -> None:
        """Take away all that an earlier reading of this record yielded."""
        mark_pending(self.db, "r.id = ?", (record_id,))
        execute = self.db.conn.execute
        if old_sha256:
            execute("DELETE FROM image_group_members WHERE record_id = ?", (record_id,))
        execute("DELETE FROM placements WHERE record_id = ?", (record_id,))
        execute("DELETE FROM articles WHERE record_id = ?", (record_id,))
        execute("DELETE FROM problems WHERE source_id = ? AND locator = ?", (source_id, locator))

    def _drop_unused_image(self, sha256: str) -> None:
        self.db.conn.execute(
            "DELETE FROM images WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM records WHERE sha256 = ?)",
            (sha256, sha256),
        )

    def _image(
        self, record_id: int, image: Image, rows: dict[str, list[Row]], pending: set[tuple[str, str]]
    ) -> None:
        said = image.metadata
        rows["images"].append(
            (
                image.sha256,
                image.format,
                image.width_px,
                image.height_px,
                image.frames,
                image.pixels_sha256,
                image.information,
                said.headline,
                said.caption,
                said.byline,
                said.credit_line,
                said.copyright_notice,
                json.dumps(said.keywords, ensure_ascii=False),
                said.created_at,
                said.city,
                said.country,
                said.latitude,
                said.longitude,
            )
        )
        for print_ in image.fingerprints:
            rows["outdated"].append((image.sha256, print_.method, print_.version))
            rows["fingerprints"].append((image.sha256, print_.method, print_.version, print_.value))
        if image.thumbnail is not None:
            rows["thumbnails"].append((image.sha256, image.thumbnail))
        for placement in image.placements:
            self._placement(record_id, None, placement, image.sha256, rows, pending)

    def _article(
        self, record_id: int, article: Article, rows: dict[str, list[Row]], pending: set[tuple[str, str]]
    ) -> None:
        article_id = self._take_id("articles")
        body = article.body
        rows["articles"].append(
            (
                article_id,
                record_id,
                article.url,
                article.headline,
                article.byline,
                article.dateline,
                article.published_at,
                article.language,
                body,
                json.dumps(article.body_positions, separators=(",", ":")) if article.body_positions else None,
                digest_text(body),
                len(body.split()),
            )
        )
        for placement in article.placements:
            self._placement(record_id, article_id, placement, None, rows, pending)

    def _placement(
        self,
        record_id: int,
        article_id: int | None,
        placement: Placement,
        image_sha256: str | None,
        rows: dict[str, list[Row]],
        pending: set[tuple[str, str]],
    ) -> None:
        caption_id = None
        if placement.caption is not None:
            caption_id = self._caption(placement.caption)
            pending.add(("caption", str(caption_id)))
        placement_id = self._take_id("placements")
        for name in _names(placement):
            pending.add(("picture-name", name))
            rows["placement_names"].append((name, placement_id))
        if image_sha256:
            pending.add(("image-captions", image_sha256))
        rows["placements"].append(
            (
                placement_id,
                record_id,
                article_id,
                caption_id,
                image_sha256,
                placement.image_src,
                placement.position,
                placement.origin,
                placement.lead,
                placement.confidence,
                json.dumps(dict(placement.evidence), ensure_ascii=False, sort_keys=True),
                "embedded" if image_sha256 else None,
            )
        )

    def _caption(self, caption: Caption) -> int:
        key = caption_key(caption.text)
        found = self.db.conn.execute(
            "SELECT id FROM captions WHERE key = ? AND text = ? AND credit_line IS ?",
            (key, caption.text, caption.credit_line),
        ).fetchone()
        if found:
            return int(found[0])
        caption_id = self._take_id("captions")
        self.db.conn.execute(
            "INSERT INTO captions (id, text, credit_line, key, date, place) VALUES (?, ?, ?, ?, ?, ?)",
            (caption_id, caption.text, caption.credit_line, key, caption.date, caption.place),
        )
        return caption_id

    def _insert_problems(self, source_id: int | None, problems: Iterable[Problem]) -> None:
        self.db.conn.executemany(
            "INSERT INTO problems (scan_id, source_id, locator, stage, reason, remedy) VALUES (?, ?, ?, ?, ?, ?)",
            [(self.scan_id, source_id, p.locator, p.stage, p.reason, p.remedy) for p in problems],
        )

    def _take_id(self, table: str) -> int:
        number = self._next[table]
        self._next[table] = number + 1
        return number


_INSERTS = {
    "images": (
        "INSERT INTO images (sha256, format, width_px, height_px, frames, pixels_sha256, information, headline,"
        " caption, byline, credit_line, copyright_notice, keywords, created_at, city, country, latitude, longitude)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET format = excluded.format, width_px = excluded.width_px,"
        " height_px = excluded.height_px, frames = excluded.frames, pixels_sha256 = excluded.pixels_sha256,"
        " information = excluded.information, headline = excluded.headline, caption = excluded.caption,"
        " byline = excluded.byline, credit_line = excluded.credit_line,"
        " copyright_notice = excluded.copyright_notice, keywords = excluded.keywords,"
        " created_at = excluded.created_at, city = excluded.city, country = excluded.country,"
        " latitude = excluded.latitude, longitude = excluded.longitude"
    ),
    "outdated": "DELETE FROM fingerprints WHERE image_sha256 = ? AND method = ? AND version <> ?",
    "fingerprints": "INSERT OR REPLACE INTO fingerprints (image_sha256, method, version, value) VALUES (?, ?, ?, ?)",
    "thumbnails": "INSERT OR REPLACE INTO thumbnails (image_sha256, webp) VALUES (?, ?)",
    "articles": (
        "INSERT INTO articles (id, record_id, url, headline, byline, dateline, published_at, language, body,"
        " body_positions, body_sha256, words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "placements": (
        "INSERT INTO placements (id, record_id, article_id, caption_id, image_sha256, image_src, position, origin,"
        " lead, confidence, evidence, paired_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "placement_names": "INSERT OR IGNORE INTO placement_names (picture_name, placement_id) VALUES (?, ?)",
}
"""In the order in which rows refer to one another."""


def mark_pending(db: Database, condition: str, parameters: tuple[object, ...] = ()) -> None:
    """Note as pending all that the records ``r`` under ``condition`` take part in.

    Called before they lose what they yielded, and where they vanish or come back.
    """
    chosen = f"FROM records r JOIN placements p ON p.record_id = r.id WHERE {condition}"
    for kind, item in (
        ("caption", f"SELECT p.caption_id {chosen} AND p.caption_id IS NOT NULL"),
        ("unused-caption", f"SELECT p.caption_id {chosen} AND p.caption_id IS NOT NULL"),
        (
            "picture-name",
            "SELECT n.picture_name FROM records r JOIN placements p ON p.record_id = r.id"
            f" JOIN placement_names n ON n.placement_id = p.id WHERE {condition}",
        ),
        ("image-captions", f"SELECT p.image_sha256 {chosen} AND p.image_sha256 IS NOT NULL"),
        (
            "repeat",
            "SELECT m.repeat_id FROM records r JOIN placements p ON p.record_id = r.id"
            f" JOIN caption_repeat_members m ON m.placement_id = p.id WHERE {condition}",
        ),
        (
            "conflict",
            "SELECT m.conflict_id FROM records r JOIN placements p ON p.record_id = r.id"
            f" JOIN caption_conflict_members m ON m.placement_id = p.id WHERE {condition}",
        ),
        (
            "picture-name",
            f"SELECT r.picture_name FROM records r WHERE {condition} AND r.picture_name IS NOT NULL",
        ),
        ("image", f"SELECT i.sha256 FROM records r JOIN images i ON i.sha256 = r.sha256 WHERE {condition}"),
        (
            "image-group",
            f"SELECT m.group_id FROM records r JOIN image_group_members m ON m.record_id = r.id WHERE {condition}",
        ),
    ):
        db.execute(f"INSERT OR IGNORE INTO pending (kind, item) SELECT '{kind}', * FROM ({item})", parameters)


def mark_missing(db: Database, record_ids: Sequence[int]) -> None:
    """Note that records are no longer where they were; what they yielded is kept."""
    for record_id in record_ids:
        mark_pending(db, "r.id = ?", (record_id,))
        db.execute("UPDATE records SET missing_since = ? WHERE id = ?", [now(), record_id])


def mark_returned(db: Database, record_id: int, scan_id: int) -> None:
    """Note that a vanished record is back, unchanged."""
    mark_pending(db, "r.id = ?", (record_id,))
    db.execute("UPDATE records SET missing_since = NULL, last_scan_id = ? WHERE id = ?", [scan_id, record_id])


def digest_text(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _names(placement: Placement) -> set[str]:
    """Every name by which the placement's picture may be kept."""
    others = placement.evidence.get("image_srcs", ())
    addresses = [placement.image_src, *(others if isinstance(others, list | tuple) else ())]
    names = {picture_name(each) for each in addresses[:_ADDRESSES_TRIED] if isinstance(each, str)}
    return {name for name in names if name}


def _described(record: Record) -> Row:
    return (
        record.media_type,
        record.byte_size,
        record.modified_ns,
        record.sha256,
        record.target_uri,
        record.captured_at,
    )
