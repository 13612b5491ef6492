"""Copies the chosen records with their pictures, captions, articles, placements and problems.

Ids of articles and placements are shifted beyond those that the catalogue has used; captions are looked up, since each
wording exists once; pictures are identified by their digests.
"""

from dataclasses import dataclass

from sqlite_utils import Database

from catalog.merge.addresses import Nesting
from catalog.merge.pictures import copy_pictures, qualified
from catalog.store.pending import mark_pending
from catalog.store.unread import describe_formats
from media.captions.addresses import picture_name

_RECORD = (
    "media_type, byte_size, modified_ns, sha256, target_uri, captured_at, missing_since, inode, picture_name,"
    " http_status, redirect_uri, payload_digest, unread"
)
_ARTICLE = "url, headline, byline, dateline, published_at, language, body, body_positions, fields, body_sha256, words"
_BESIDE = (
    "headline, byline, credit_line, copyright_notice, source, camera, keywords, created_at, city, country, latitude,"
    " longitude"
)
_HOPS = 5
"""The most hops, as in :mod:`catalog.match.pairing`."""


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """The counts of a shard's rows that were new to the catalogue."""

    records: int
    pictures: int
    captions: int


def copy_records(db: Database, nesting: Nesting) -> CopyCounts:
    """Copy the records in ``temp.merge_records`` with everything read from them, and mark it as pending."""
    execute = db.conn.execute
    records = execute("SELECT count(*) FROM temp.merge_records").fetchone()[0]
    describe_formats(db)
    _copy_records(db)
    pictures = copy_pictures(db)
    captions = _copy_captions(db)
    _copy_articles(db)
    _copy_sidecar_metadata(db)
    _copy_problems(db, nesting)
    _copy_containers(db)
    mark_pending(db, "r.id IN (SELECT out_id FROM temp.merge_records)")
    _mark_names_led_here(db)
    return CopyCounts(records, pictures, captions)


def _copy_records(db: Database) -> None:
    execute = db.conn.execute
    joined = (
        f"SELECT p.out_id, p.source_id, p.locator, {qualified(_RECORD, 'i')}, f.out_id, l.out_id, c.out_id"
        " FROM temp.merge_records p CROSS JOIN shard.records i ON i.id = p.in_id"
        " CROSS JOIN temp.merge_scans f ON f.in_id = i.first_scan_id"
        " CROSS JOIN temp.merge_scans l ON l.in_id = i.last_scan_id"
        " LEFT JOIN temp.merge_records c ON c.in_id = i.container_id"
    )
    columns = f"id, source_id, locator, {_RECORD}, first_scan_id, last_scan_id, container_id"
    for members in ("IS NULL", "IS NOT NULL"):  # A container comes before its members, which refer to it.
        execute(
            f"INSERT INTO main.records ({columns}) {joined} WHERE NOT p.known AND i.container_id {members}"
            " ORDER BY p.in_id"
        )
    if execute("SELECT EXISTS (SELECT 1 FROM temp.merge_records WHERE known)").fetchone()[0]:
        marks = ", ".join("?" * len(columns.split(",")))
        rows = execute(f"{joined} WHERE p.known ORDER BY p.in_id")
        while some := rows.fetchmany(1000):
            db.conn.executemany(
                f"UPDATE main.records SET ({columns}) = ({marks}) WHERE id = ?",
                [(*row, row[0]) for row in some],
            )


def _copy_captions(db: Database) -> int:
    execute = db.conn.execute
    execute("CREATE TEMP TABLE merge_captions (in_id INTEGER PRIMARY KEY, out_id INTEGER)")
    execute(
        "INSERT OR IGNORE INTO merge_captions SELECT c.id, (SELECT o.id FROM main.captions o WHERE o.key = c.key"
        " AND o.text = c.text AND o.credit_line IS c.credit_line ORDER BY o.id LIMIT 1)"
        " FROM (SELECT DISTINCT l.caption_id FROM temp.merge_records p"
        "  CROSS JOIN shard.placements l ON l.record_id = p.in_id WHERE l.caption_id IS NOT NULL) l"
        " CROSS JOIN shard.captions c ON c.id = l.caption_id"
    )
    # A format may name the date or the place of a caption beside it: then two shards may differ in it.
    execute(
        "UPDATE main.captions AS o SET date = CASE WHEN o.date IS NULL OR c.date < o.date THEN c.date ELSE o.date END,"
        " place = CASE WHEN o.place IS NULL OR c.place < o.place THEN c.place ELSE o.place END"
        " FROM temp.merge_captions m CROSS JOIN shard.captions c ON c.id = m.in_id WHERE o.id = m.out_id"
        " AND (o.date IS NULL AND c.date IS NOT NULL OR c.date < o.date"
        " OR o.place IS NULL AND c.place IS NOT NULL OR c.place < o.place)"
    )
    offset = execute("SELECT coalesce(max(id), 0) FROM main.captions").fetchone()[0]
    new = execute(
        "INSERT INTO main.captions (id, text, credit_line, key, date, place)"
        " SELECT c.id + ?, c.text, c.credit_line, c.key, c.date, c.place FROM temp.merge_captions m"
        " CROSS JOIN shard.captions c ON c.id = m.in_id WHERE m.out_id IS NULL ORDER BY c.id",
        (offset,),
    ).rowcount
    execute("UPDATE merge_captions SET out_id = in_id + ? WHERE out_id IS NULL", (offset,))
    return int(new)


def _copy_articles(db: Database) -> None:
    execute = db.conn.execute
    articles, placements = (
        execute(f"SELECT coalesce(max(id), 0) FROM main.{table}").fetchone()[0]
        for table in ("articles", "placements")
    )
    execute(
        f"INSERT INTO main.articles (id, record_id, {_ARTICLE}) SELECT a.id + ?, p.out_id, {qualified(_ARTICLE, 'a')}"
        " FROM temp.merge_records p CROSS JOIN shard.articles a ON a.record_id = p.in_id",
        (articles,),
    )
    # What its address, its name or its caption ties to a picture is found anew; what a picture carries is its own.
    execute(
        "INSERT INTO main.placements (id, record_id, article_id, caption_id, image_sha256, image_src, position, origin,"
        " lead, confidence, evidence, paired_by) SELECT l.id + ?, p.out_id, l.article_id + ?, c.out_id,"
        " CASE WHEN l.paired_by = 'embedded' THEN l.image_sha256 END, l.image_src, l.position, l.origin, l.lead,"
        " l.confidence, l.evidence, CASE WHEN l.paired_by = 'embedded' THEN l.paired_by END"
        " FROM temp.merge_records p CROSS JOIN shard.placements l ON l.record_id = p.in_id"
        " LEFT JOIN temp.merge_captions c ON c.in_id = l.caption_id",
        (placements, articles),
    )
    execute(
        "INSERT INTO main.placement_names (picture_name, placement_id) SELECT n.picture_name, n.placement_id + ?"
        " FROM temp.merge_records p CROSS JOIN shard.placements l ON l.record_id = p.in_id"
        " CROSS JOIN shard.placement_names n ON n.placement_id = l.id",
        (placements,),
    )


def _copy_sidecar_metadata(db: Database) -> None:
    db.conn.execute(
        f"INSERT OR REPLACE INTO main.sidecar_metadata (record_id, {_BESIDE})"
        f" SELECT p.out_id, {qualified(_BESIDE, 's')} FROM temp.merge_records p"
        " CROSS JOIN shard.sidecar_metadata s ON s.record_id = p.in_id"
    )


def _copy_problems(db: Database, nesting: Nesting) -> None:
    """Copy the problems of records with the records; problems of places without a record, with their source.

    Those that count what is not read come with the records that they count.
    """
    execute = db.conn.execute
    execute(
        "INSERT INTO main.problems (scan_id, source_id, locator, stage, reason, remedy, traceback)"
        " SELECT m.out_id, p.source_id, p.locator, b.stage, b.reason, b.remedy, b.traceback FROM shard.problems b"
        " CROSS JOIN shard.records r ON r.source_id = b.source_id AND r.locator = b.locator"
        " CROSS JOIN temp.merge_records p ON p.in_id = r.id"
        " JOIN temp.merge_scans m ON m.in_id = b.scan_id ORDER BY b.id"
    )
    of_no_record = (
        "b.count IS NULL AND NOT EXISTS (SELECT 1 FROM {0}.records r"
        " WHERE r.source_id = b.source_id AND r.locator = b.locator)"
    )
    execute(
        "DELETE FROM main.problems AS b WHERE b.source_id IN (SELECT out_id FROM temp.merge_sources WHERE newer = 1)"
        f" AND {of_no_record.format('main')}"
    )
    source, locator = nesting.source("s.out_id", "b.locator"), nesting.locator("s.out_id", "b.locator")
    execute(
        "INSERT INTO main.problems (scan_id, source_id, locator, stage, reason, remedy, traceback)"
        " SELECT m.out_id, w.at_source, w.at, w.stage, w.reason, w.remedy, w.traceback FROM (SELECT b.id, b.scan_id,"
        f"  b.stage, b.reason, b.remedy, b.traceback, {source} AS at_source, {locator} AS at FROM shard.problems b"
        "  LEFT JOIN temp.merge_sources s ON s.in_id = b.source_id"
        f"  WHERE (s.newer IS NULL OR s.newer) AND {of_no_record.format('shard')}) w"
        " JOIN temp.merge_scans m ON m.in_id = w.scan_id WHERE NOT EXISTS (SELECT 1 FROM main.problems b"
        "  WHERE b.source_id IS w.at_source AND b.locator = w.at AND b.stage = w.stage"
        "  AND b.reason = w.reason AND b.remedy = w.remedy) ORDER BY w.id"
    )


def _copy_containers(db: Database) -> None:
    execute = db.conn.execute
    execute(
        "INSERT INTO main.containers (record_id, sha256, begun_in) SELECT p.out_id, c.sha256, m.out_id"
        " FROM shard.containers c JOIN temp.merge_records p ON p.in_id = c.record_id"
        " JOIN temp.merge_scans m ON m.in_id = c.begun_in"
    )
    execute(
        "INSERT INTO main.container_spans (record_id, number, start, end, within, repeated)"
        " SELECT p.out_id, n.number, n.start, n.end, n.within, n.repeated FROM shard.containers c"
        " JOIN temp.merge_records p ON p.in_id = c.record_id JOIN shard.container_spans n ON n.record_id = c.record_id"
    )


def _mark_names_led_here(db: Database) -> None:
    """Mark the names of captures that lead to a picture: redirects to it, revisits of it."""
    db.conn.create_function(
        "picture_name", 1, lambda address: picture_name(address or ""), deterministic=True
    )
    db.conn.execute(
        "INSERT OR IGNORE INTO pending (kind, item) SELECT 'picture-name', name FROM (WITH RECURSIVE"
        " came (uri, payload_digest) AS MATERIALIZED (SELECT r.target_uri, r.payload_digest FROM temp.merge_records p"
        "  CROSS JOIN main.records r ON r.id = p.out_id WHERE r.target_uri IS NOT NULL AND (r.picture_name IS NOT NULL"
        "  OR r.redirect_uri IS NOT NULL OR r.media_type = 'application/warc-revisit')),"
        " led (uri, hops) AS (SELECT uri, 0 FROM came"
        "  UNION SELECT r.target_uri, 0 FROM came CROSS JOIN main.records r ON r.payload_digest = came.payload_digest"
        "   WHERE r.media_type = 'application/warc-revisit'"
        "  UNION SELECT r.target_uri, led.hops + 1 FROM led CROSS JOIN main.records r ON r.redirect_uri = led.uri"
        f"   WHERE led.hops < {_HOPS})"
        " SELECT picture_name(uri) AS name FROM led) WHERE name IS NOT NULL"
    )
