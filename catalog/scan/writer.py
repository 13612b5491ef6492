"""Writes readings into the catalogue, one transaction for each batch; writing a batch twice changes nothing."""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlite_utils import Database

from catalog.log import log_problem
from catalog.scan.open_containers import OpenContainers
from catalog.scan.readers.task import Done
from catalog.store.catalogue import Catalogue
from catalog.store.pending import mark_pending
from catalog.store.unread import describe_formats
from catalog.store.versions import find_outdated
from media.archives.warc import REVISIT
from media.articles.article import Article
from media.captions.addresses import picture_name
from media.captions.caption import Caption, Placement
from media.captions.key import caption_key
from media.faults import describe_fault
from media.locator import base_name
from media.pictures.image import Image
from media.pictures.metadata.metadata import Metadata
from media.readers import Limits
from media.reading import Reading
from media.record import Problem, Record

Row = tuple[object, ...]
_KnownRow = tuple[int, str | None, str | None]
"""A record's id, digest, and the name of its picture."""

_LOCATORS_AT_ONCE = 500

_ADDRESSES_TRIED = 12
"""The most addresses kept of those that a page gives for one picture (``srcset`` may give dozens)."""


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

    def __init__(self, catalogue: Catalogue, scan_id: int, wanted: Mapping[str, int] | None = None) -> None:
        """:param wanted: the fingerprints that pictures are read with, and their versions."""
        self.db: Database = catalogue.db
        self.scan_id = scan_id
        self.wanted = wanted or {}
        self.counts: Counter[str] = Counter()
        self.containers = OpenContainers(catalogue.db, scan_id, self.wanted)
        describe_formats(self.db)
        self._next = {
            table: catalogue.value(f"SELECT max(id) FROM {table}") + 1
            for table in ("records", "articles", "placements", "captions")
        }

    def write(
        self, source_id: int, readings: Sequence[Reading], place: tuple[int, int] | None = None
    ) -> None:
        """Record a batch as a whole or not at all; a reading that the catalogue refuses becomes a problem.

        :param place: where the readings are all the members of a container's span, its container's
            record id and its number: it is noted as read with them.
        """
        try:
            with self.db.atomic():
                self._write(source_id, readings)
                if place:
                    self.containers.end_span(*place)
        except (UnicodeEncodeError, sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
            if len(readings) > 1:
                for reading in readings:
                    self.write(source_id, [reading])
                if place:
                    self.write(source_id, [], place)
                return
            if not readings:
                raise
            refused = describe_fault(
                readings[0].record.locator, "parse", error, "its content cannot be recorded"
            )
            kept = replace(readings[0], articles=(), image=None, problems=(*readings[0].problems, refused))
            with self.db.atomic():
                self._write(source_id, [kept])
                if place:
                    self.containers.end_span(*place)

    def spend(self, source_id: int, locator: str, record_id: int, done: Done, limits: Limits) -> None:
        """Add the time that a span of a container took; record a problem if the container's time is up."""
        with self.db.atomic():
            if self.containers.spend(record_id, done.processor_seconds, limits.seconds_for):
                return
            reason = (
                "reading its members took too long; those read until then are kept, the rest was not read"
            )
            remedy = (
                "Look at the file; if it is only large, raise --container-seconds and scan with --reread."
            )
            self._insert_problems(source_id, [Problem(locator, "read", reason, remedy)])

    def note_problems(self, source_id: int | None, problems: Iterable[Problem]) -> None:
        """Record problems that belong to no record that was read."""
        with self.db.atomic():
            self._insert_problems(source_id, problems)

    def _write(self, source_id: int, readings: Sequence[Reading]) -> None:
        rows: dict[str, list[Row]] = {name: [] for name in _INSERTS}
        pending: set[tuple[str, str]] = set()
        counts: Counter[str] = Counter()
        readings = list({reading.record.locator: reading for reading in readings}.values())
        known = self._known(source_id, readings)
        self._drop_outdated_images(readings)
        captions = _Captions(self.db, readings)
        rows["captions"] = captions.rows
        for reading in readings:
            record_id = self._record(source_id, reading, known, rows, pending)
            counts["records"] += 1
            if reading.image is not None:
                counts["images"] += 1
                self._image(record_id, reading.image, captions, rows, pending)
            for article in reading.articles:
                counts["articles"] += 1
                self._article(record_id, article, captions, rows, pending)
            for placement in reading.sidecar:
                self._placement(record_id, None, placement, None, captions, rows, pending)
            if reading.beside is not None:
                rows["sidecar_metadata"].append((record_id, *_described_by(reading.beside)))
            counts["captions"] += sum(p.caption is not None for a in reading.articles for p in a.placements)
            counts["problems"] += len(reading.problems)
        for name, statement in _INSERTS.items():
            if rows[name]:
                self.db.conn.executemany(statement, rows[name])
        for reading in readings:
            if reading.problems:
                self._insert_problems(source_id, reading.problems)
            self.containers.note(known[reading.record.locator][0], reading)
        self.db.conn.executemany("INSERT OR IGNORE INTO pending (kind, item) VALUES (?, ?)", pending)
        self.counts += counts

    def _known(self, source_id: int, readings: Sequence[Reading]) -> dict[str, _KnownRow]:
        """Return the catalogue's rows of the records of a batch, and of their containers, by locator."""
        wanted = {reading.record.locator for reading in readings}
        wanted |= {reading.record.container for reading in readings if reading.record.container}
        locators = sorted(wanted)
        known: dict[str, _KnownRow] = {}
        for start in range(0, len(locators), _LOCATORS_AT_ONCE):
            part = locators[start : start + _LOCATORS_AT_ONCE]
            found = self.db.conn.execute(
                "SELECT locator, id, sha256, picture_name FROM records WHERE source_id = ?"
                f" AND locator IN ({','.join('?' * len(part))})",
                (source_id, *part),
            )
            known |= {row[0]: row[1:] for row in found}
        return known

    def _record(
        self,
        source_id: int,
        reading: Reading,
        known: dict[str, _KnownRow],
        rows: dict[str, list[Row]],
        pending: set[tuple[str, str]],
    ) -> int:
        record = reading.record
        name = picture_name("/" + base_name(record.locator)) if reading.image is not None else None
        if record.target_uri and reading.image is not None:
            name = picture_name(record.target_uri) or name
        if reading.image is not None:
            pending.add(("image", reading.image.sha256))
        if name:
            pending.add(("picture-name", name))
        if record.target_uri:
            pending |= {("picture-name", each) for each in self._names_led_here(reading)}
        container_id = self._container_id(source_id, record.container, known)
        # A container has its digest only once all of its members are in.
        sha256 = None if reading.spans else record.sha256
        found = known.get(record.locator)
        if found is None:
            record_id = self._take_id("records")
            rows["records"].append(
                (
                    record_id,
                    source_id,
                    record.locator,
                    *_described(record, sha256),
                    self.scan_id,
                    self.scan_id,
                    record.inode,
                    name,
                    container_id,
                    reading.unread,
                )
            )
            known[record.locator] = (record_id, sha256, name)
        else:
            record_id, old_sha256, old_name = found
            if old_name:
                pending.add(("picture-name", old_name))
            self._forget(record_id, source_id, record.locator, old_sha256)
            self.db.conn.execute(
                "UPDATE records SET media_type = ?, byte_size = ?, modified_ns = ?, sha256 = ?, target_uri = ?,"
                " captured_at = ?, http_status = ?, redirect_uri = ?, payload_digest = ?, last_scan_id = ?,"
                " inode = ?, picture_name = ?, container_id = ?, unread = ?, missing_since = NULL WHERE id = ?",
                (
                    *_described(record, sha256),
                    self.scan_id,
                    record.inode,
                    name,
                    container_id,
                    reading.unread,
                    record_id,
                ),
            )
            if old_sha256 and old_sha256 != record.sha256:
                self._drop_unused_image(old_sha256)
        return record_id

    def _names_led_here(self, reading: Reading) -> Iterator[str]:
        """Return the names of addresses that redirect to this capture's picture."""
        record = reading.record
        addresses = []
        if record.redirect_uri or record.media_type == REVISIT:
            addresses.append(record.target_uri)
        if reading.image is not None:
            addresses += [
                row[0]
                for row in self.db.conn.execute(
                    "SELECT target_uri FROM records WHERE redirect_uri = ? UNION"
                    " SELECT target_uri FROM records WHERE payload_digest = ? AND media_type = ? LIMIT 100",
                    (record.target_uri, record.payload_digest, REVISIT),
                )
            ]
        for address in addresses:
            if name := picture_name(address or ""):
                yield name

    def _container_id(self, source_id: int, locator: str | None, known: dict[str, _KnownRow]) -> int | None:
        """Return the record of a member's container, which may be recorded after it."""
        if locator is None:
            return None
        if locator not in known:
            record_id = self._take_id("records")
            self.db.conn.execute(
                "INSERT INTO records (id, source_id, locator, media_type, first_scan_id, last_scan_id)"
                " VALUES (?, ?, ?, 'application/octet-stream', ?, ?)",
                (record_id, source_id, locator, self.scan_id, self.scan_id),
            )
            known[locator] = (record_id, None, None)
        return known[locator][0]

    def _forget(self, record_id: int, source_id: int, locator: str, old_sha256: str | None) -> None:
        """Delete everything that an earlier reading of this record yielded."""
        mark_pending(self.db, "r.id = ?", (record_id,))
        execute = self.db.conn.execute
        if old_sha256:
            execute("DELETE FROM image_group_members WHERE record_id = ?", (record_id,))
        execute("DELETE FROM placements WHERE record_id = ?", (record_id,))
        execute("DELETE FROM sidecar_metadata WHERE record_id = ?", (record_id,))
        execute("DELETE FROM articles WHERE record_id = ?", (record_id,))
        execute("DELETE FROM problems WHERE source_id = ? AND locator = ?", (source_id, locator))

    def _drop_unused_image(self, sha256: str) -> None:
        self.db.conn.execute(
            "DELETE FROM images WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM records WHERE sha256 = ?)",
            (sha256, sha256),
        )

    def _drop_outdated_images(self, readings: Sequence[Reading]) -> None:
        """Delete pictures that an older version read and this one cannot read: no reading would renew them.

        Other records with the same bytes, which may be pictures yet (one reads a page's error, another the picture),
        are read again by the next scan that lists them; containers that are being read come to theirs.
        """
        digests = {r.record.sha256 for r in readings if r.image is None and r.record.sha256 is not None}
        for sha256 in sorted(find_outdated(self.db, digests, self.wanted)):
            mark_pending(self.db, "r.sha256 = ?", (sha256,))
            self.db.conn.execute(
                "UPDATE records SET modified_ns = NULL WHERE id IN"
                " (SELECT coalesce(container_id, id) FROM records WHERE sha256 = ?)"
                " AND id NOT IN (SELECT record_id FROM containers)",
                (sha256,),
            )
            self.db.conn.execute("DELETE FROM images WHERE sha256 = ?", (sha256,))

    def _image(
        self,
        record_id: int,
        image: Image,
        captions: "_Captions",
        rows: dict[str, list[Row]],
        pending: set[tuple[str, str]],
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
                image.contents.bits,
                image.contents.channels,
                image.contents.profile,
                json.dumps(image.contents.extras, ensure_ascii=False),
                image.contents.damage,
                image.information,
                said.caption,
                *_described_by(said),
            )
        )
        for print_ in image.fingerprints:
            rows["outdated"].append((image.sha256, print_.method, print_.version))
            rows["fingerprints"].append((image.sha256, print_.method, print_.version, print_.value))
        if image.thumbnail is not None:
            rows["thumbnails"].append((image.sha256, image.thumbnail))
        for placement in image.placements:
            self._placement(record_id, None, placement, image.sha256, captions, rows, pending)

    def _article(
        self,
        record_id: int,
        article: Article,
        captions: "_Captions",
        rows: dict[str, list[Row]],
        pending: set[tuple[str, str]],
    ) -> None:
        article_id = self._take_id("articles")
        pending.add(("article", str(article_id)))
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
                json.dumps(article.fields, ensure_ascii=False) if article.fields else None,
                digest_text(body),
                len(body.split()),
            )
        )
        for placement in article.placements:
            self._placement(record_id, article_id, placement, None, captions, rows, pending)

    def _placement(
        self,
        record_id: int,
        article_id: int | None,
        placement: Placement,
        image_sha256: str | None,
        captions: "_Captions",
        rows: dict[str, list[Row]],
        pending: set[tuple[str, str]],
    ) -> None:
        caption_id = None
        if placement.caption is not None:
            caption_id = self._caption(placement.caption, captions)
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

    def _caption(self, caption: Caption, captions: "_Captions") -> int:
        found = captions.find(caption)
        if found is None:
            found = self._take_id("captions")
            captions.add(found, caption)
        return found

    def _insert_problems(self, source_id: int | None, problems: Iterable[Problem]) -> None:
        problems = list(problems)
        self.db.conn.executemany(
            "INSERT INTO problems (scan_id, source_id, locator, stage, reason, remedy, traceback)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (self.scan_id, source_id, p.locator, p.stage, p.reason, p.remedy, p.traceback)
                for p in problems
            ],
        )
        for each in problems:
            log_problem(each)

    def _take_id(self, table: str) -> int:
        number = self._next[table]
        self._next[table] = number + 1
        return number


class _Captions:
    """The captions of a batch: those in the catalogue already, and new ones."""

    def __init__(self, db: Database, readings: Sequence[Reading]) -> None:
        self.rows: list[Row] = []
        self._keys: dict[str, str] = {}
        for reading in readings:
            for each in reading.placements():
                if each.caption is not None and (text := each.caption.text) not in self._keys:
                    self._keys[text] = reading.keys.get(text) or caption_key(text)
        self._ids: dict[tuple[str, str | None], int] = {}
        wanted = sorted((key, text) for text, key in self._keys.items())
        for start in range(0, len(wanted), _LOCATORS_AT_ONCE):
            part = wanted[start : start + _LOCATORS_AT_ONCE]
            found = db.conn.execute(
                "WITH wanted (key, text) AS (VALUES " + ",".join(["(?, ?)"] * len(part)) + ")"
                " SELECT c.text, c.credit_line, c.id FROM wanted w JOIN captions c"
                " ON c.key = w.key AND c.text = w.text",
                [value for pair in part for value in pair],
            )
            self._ids |= {(text, credit_line): caption_id for text, credit_line, caption_id in found}

    def find(self, caption: Caption) -> int | None:
        return self._ids.get((caption.text, caption.credit_line))

    def add(self, caption_id: int, caption: Caption) -> None:
        self._ids[caption.text, caption.credit_line] = caption_id
        key = self._keys[caption.text]
        self.rows.append((caption_id, caption.text, caption.credit_line, key, caption.date, caption.place))


def _described_by(said: Metadata) -> Row:
    """Return all of it except the caption, which is a placement."""
    return (
        said.headline,
        said.byline,
        said.credit_line,
        said.copyright_notice,
        said.source,
        said.camera,
        json.dumps(said.keywords, ensure_ascii=False),
        said.created_at,
        said.city,
        said.country,
        said.latitude,
        said.longitude,
    )


_INSERTS = {
    "records": (
        "INSERT INTO records (id, source_id, locator, media_type, byte_size, modified_ns, sha256, target_uri,"
        " captured_at, http_status, redirect_uri, payload_digest, first_scan_id, last_scan_id, inode,"
        " picture_name, container_id, unread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "images": (
        "INSERT INTO images (sha256, format, width_px, height_px, frames, pixels_sha256, bits, channels, profile,"
        " extras, damage, information, caption, headline, byline, credit_line, copyright_notice, source, camera,"
        " keywords, created_at, city, country, latitude, longitude)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET format = excluded.format, width_px = excluded.width_px,"
        " height_px = excluded.height_px, frames = excluded.frames, pixels_sha256 = excluded.pixels_sha256,"
        " bits = excluded.bits, channels = excluded.channels, profile = excluded.profile, extras = excluded.extras,"
        " damage = excluded.damage, information = excluded.information, headline = excluded.headline,"
        " caption = excluded.caption,"
        " byline = excluded.byline, credit_line = excluded.credit_line,"
        " copyright_notice = excluded.copyright_notice, source = excluded.source,"
        " camera = excluded.camera, keywords = excluded.keywords,"
        " created_at = excluded.created_at, city = excluded.city, country = excluded.country,"
        " latitude = excluded.latitude, longitude = excluded.longitude, from_sidecars = '[]'"
    ),
    "sidecar_metadata": (
        "INSERT INTO sidecar_metadata (record_id, headline, byline, credit_line, copyright_notice, source, camera,"
        " keywords, created_at, city, country, latitude, longitude) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "outdated": "DELETE FROM fingerprints WHERE image_sha256 = ? AND method = ? AND version <> ?",
    "fingerprints": "INSERT OR REPLACE INTO fingerprints (image_sha256, method, version, value) VALUES (?, ?, ?, ?)",
    "thumbnails": "INSERT OR REPLACE INTO thumbnails (image_sha256, webp) VALUES (?, ?)",
    "articles": (
        "INSERT INTO articles (id, record_id, url, headline, byline, dateline, published_at, language, body,"
        " body_positions, fields, body_sha256, words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "captions": "INSERT INTO captions (id, text, credit_line, key, date, place) VALUES (?, ?, ?, ?, ?, ?)",
    "placements": (
        "INSERT INTO placements (id, record_id, article_id, caption_id, image_sha256, image_src, position, origin,"
        " lead, confidence, evidence, paired_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "placement_names": "INSERT OR IGNORE INTO placement_names (picture_name, placement_id) VALUES (?, ?)",
}
"""Insert rows in an order in which each refers only to earlier ones."""


def digest_text(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _names(placement: Placement) -> set[str]:
    """Return every name under which the archive may hold the placement's picture."""
    others = placement.evidence.get("image_srcs", ())
    addresses = [placement.image_src, *(others if isinstance(others, list | tuple) else ())]
    names = {picture_name(each) for each in addresses[:_ADDRESSES_TRIED] if isinstance(each, str)}
    return {name for name in names if name}


def _described(record: Record, sha256: str | None) -> Row:
    return (
        record.media_type,
        record.byte_size,
        record.modified_ns,
        sha256,
        record.target_uri,
        record.captured_at,
        record.http_status,
        record.redirect_uri,
        record.payload_digest,
    )
