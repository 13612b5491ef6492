"""Chooses between two readings, if the catalogue and a shard both hold a file.

A unit is a file, with all of its members if it is a container. Its records come from one catalogue, so that no earlier
member of a container is left. Of two units, a complete one is chosen, then the one seen last (by its last scan, or the
time at which it was found missing), then the one whose columns sort last: the result does not depend on the order of
merging.
"""

from sqlite_utils import Database

from catalog.merge.addresses import Nesting
from catalog.store.pending import mark_pending

_SAID = (
    "json_array({0}.media_type, {0}.byte_size, {0}.modified_ns, {0}.sha256, {0}.target_uri, {0}.captured_at,"
    " {0}.http_status, {0}.redirect_uri, {0}.payload_digest, {0}.picture_name,"
    " {0}.unread)"
)
_RANK = (
    "printf('%d %s %s %d %018d', NOT EXISTS (SELECT 1 FROM {schema}.containers c WHERE c.record_id = r.id),"
    " max(k.started_at, coalesce(r.missing_since, '')), k.rank, r.missing_since IS NOT NULL,"
    " 999999999999999999 - (SELECT count(*) FROM {schema}.container_spans n WHERE n.record_id = r.id))"
)
"""A sort key for units, as text: of two that are being read, the one with fewer spans left comes last."""
_OWN_RANK = (
    f"SELECT {_RANK.format(schema='main')} FROM main.records r"
    " JOIN temp.merge_ranks k ON k.scan_id = r.last_scan_id WHERE r.id = {0}"
)

_ARTICLES = (
    "(SELECT group_concat(said, char(10)) FROM (SELECT json_array(a.url, a.headline, a.byline, a.dateline,"
    " a.published_at, a.language, a.body_positions, a.body_sha256, a.words) AS said FROM {0}.articles a"
    " WHERE a.record_id = p.{1} ORDER BY a.id))"
)
_PLACEMENTS = (
    "(SELECT group_concat(said, char(10)) FROM (SELECT json_array(l.article_id - (SELECT min(a.id)"
    " FROM {0}.articles a WHERE a.record_id = p.{1}), c.key, c.text, c.credit_line, l.image_src, l.position,"
    " l.origin, l.lead, l.confidence, l.evidence, l.paired_by = 'embedded') AS said FROM {0}.placements l"
    " LEFT JOIN {0}.captions c ON c.id = l.caption_id WHERE l.record_id = p.{1} ORDER BY l.id))"
)
_PROBLEMS = (
    "(SELECT group_concat(said, char(10)) FROM (SELECT json_array(b.stage, b.reason, b.remedy) AS said"
    " FROM {0}.problems b WHERE (b.source_id, b.locator) = (SELECT r.source_id, r.locator FROM {0}.records r"
    " WHERE r.id = p.{1}) ORDER BY said))"
)


def compare_units(db: Database, nesting: Nesting) -> int:
    """Choose the units that are taken from the shard (``temp.merge_units``); return the number of its records."""
    execute = db.conn.execute
    source, locator = (
        nesting.source("s.out_id", "r.locator"),
        nesting.locator("s.out_id", "r.locator"),
    )
    execute(
        "CREATE TEMP TABLE merge_units (in_id INTEGER PRIMARY KEY, source_id INTEGER, locator TEXT, rank TEXT,"
        " out_id INTEGER, wins INTEGER)"
    )
    execute(
        "INSERT INTO merge_units SELECT u.*, (SELECT o.id FROM main.records o WHERE o.source_id = u.source_id"
        " AND o.locator = u.locator), 1 FROM"
        f" (SELECT r.id, {source} AS source_id, {locator} AS locator, {_RANK.format(schema='shard')}"
        " FROM shard.records r JOIN temp.merge_sources s ON s.in_id = r.source_id"
        " JOIN temp.merge_scans m ON m.in_id = r.last_scan_id"
        " JOIN temp.merge_ranks k ON k.scan_id = m.out_id WHERE r.container_id IS NULL ORDER BY r.id) u"
    )
    if nesting.outer:
        execute(
            "UPDATE merge_units SET wins = 0 WHERE in_id IN (SELECT in_id FROM (SELECT in_id, row_number() OVER"
            " (PARTITION BY source_id, locator ORDER BY rank DESC, in_id) AS place FROM merge_units) WHERE place > 1)"
        )
    execute(
        "UPDATE merge_units AS u SET wins = 0 WHERE u.out_id IS NOT NULL AND EXISTS (SELECT 1 FROM"
        f" (SELECT u.rank AS theirs, ({_OWN_RANK.format('u.out_id')}) AS ours) WHERE theirs < ours OR (theirs = ours"
        f" AND (SELECT {_SAID.format('i')} FROM shard.records i WHERE i.id = u.in_id)"
        f" <= (SELECT {_SAID.format('o')} FROM main.records o WHERE o.id = u.out_id)))"
    )
    return int(execute("SELECT count(*) FROM shard.records").fetchone()[0])


def choose_records(db: Database) -> None:
    """Fill ``temp.merge_records`` with the records to copy, those of the chosen units.

    Where the shard read just what the catalogue has, nothing is copied: it is noted when it was seen. What a unit
    takes the place of is taken away here, with all that it yielded.
    """
    execute = db.conn.execute
    execute(
        "CREATE TEMP TABLE merge_records (in_id INTEGER PRIMARY KEY, out_id INTEGER, unit INTEGER,"
        " source_id INTEGER, locator TEXT, known INTEGER)"
    )
    execute(
        "INSERT INTO merge_records SELECT in_id, out_id, in_id, source_id, locator, out_id IS NOT NULL"
        " FROM temp.merge_units WHERE wins = 1"
    )
    execute(
        "INSERT INTO merge_records SELECT m.id, o.id, m.unit, m.source_id, m.locator, o.id IS NOT NULL FROM"
        " (SELECT r.id, u.in_id AS unit, u.source_id, u.locator || substr(r.locator, length(k.locator) + 1) AS locator"
        " FROM shard.records r CROSS JOIN temp.merge_units u ON u.in_id = r.container_id AND u.wins = 1"
        " CROSS JOIN shard.records k ON k.id = u.in_id WHERE r.container_id IS NOT NULL) m"
        " LEFT JOIN main.records o ON o.source_id = m.source_id AND o.locator = m.locator"
    )
    if execute("SELECT EXISTS (SELECT 1 FROM temp.merge_records WHERE known)").fetchone()[0]:
        _note_seen(db)
        _take_away_replaced(db)
    offset = execute("SELECT coalesce(max(id), 0) FROM main.records").fetchone()[0]
    execute("UPDATE merge_records SET out_id = in_id + ? WHERE out_id IS NULL", (offset,))


def _note_seen(db: Database) -> None:
    execute = db.conn.execute
    execute("CREATE INDEX temp.merge_records_unit ON merge_records (unit)")
    same = " AND ".join(
        f"{each.format('shard', 'in_id')} IS {each.format('main', 'out_id')}"
        for each in (_ARTICLES, _PLACEMENTS, _PROBLEMS)
    )
    execute("CREATE TEMP TABLE merge_same (unit INTEGER PRIMARY KEY)")
    execute(
        "INSERT INTO merge_same SELECT u.in_id FROM temp.merge_units u WHERE u.wins = 1 AND u.out_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM main.containers c WHERE c.record_id = u.out_id)"
        " AND NOT EXISTS (SELECT 1 FROM shard.containers c WHERE c.record_id = u.in_id)"
        " AND (SELECT count(*) FROM main.records m WHERE m.container_id = u.out_id)"
        " = (SELECT count(*) FROM shard.records m WHERE m.container_id = u.in_id)"
        " AND NOT EXISTS (SELECT 1 FROM temp.merge_records p LEFT JOIN shard.records i ON i.id = p.in_id"
        " LEFT JOIN main.records o ON o.id = p.out_id WHERE p.unit = u.in_id"
        f" AND (o.id IS NULL OR {_SAID.format('i')} <> {_SAID.format('o')} OR NOT ({same})))"
    )
    execute("CREATE TEMP TABLE merge_turned (id INTEGER PRIMARY KEY)")
    execute(
        "INSERT INTO merge_turned SELECT o.id FROM temp.merge_same u JOIN temp.merge_records p ON p.unit = u.unit"
        " JOIN shard.records i ON i.id = p.in_id JOIN main.records o ON o.id = p.out_id"
        " WHERE (i.missing_since IS NULL) <> (o.missing_since IS NULL)"
    )
    mark_pending(db, "r.id IN (SELECT id FROM temp.merge_turned)")
    execute(
        "UPDATE main.records AS o SET (missing_since, inode, first_scan_id, last_scan_id) = (i.missing_since, i.inode,"
        " f.out_id, l.out_id) FROM temp.merge_same u JOIN temp.merge_records p ON p.unit = u.unit"
        " JOIN shard.records i ON i.id = p.in_id JOIN temp.merge_scans f ON f.in_id = i.first_scan_id"
        " JOIN temp.merge_scans l ON l.in_id = i.last_scan_id WHERE o.id = p.out_id"
    )
    # Their problems say the same, and of which scan they are told.
    execute(
        "UPDATE main.problems AS b SET scan_id = (SELECT max(m.out_id) FROM shard.records i JOIN shard.problems c"
        " ON c.source_id = i.source_id AND c.locator = i.locator AND c.stage = b.stage AND c.reason = b.reason"
        " JOIN temp.merge_scans m ON m.in_id = c.scan_id WHERE i.id = p.in_id)"
        " FROM temp.merge_same u JOIN temp.merge_records p ON p.unit = u.unit"
        " WHERE b.source_id = p.source_id AND b.locator = p.locator"
    )
    execute("DELETE FROM merge_records WHERE unit IN (SELECT unit FROM temp.merge_same)")


def _take_away_replaced(db: Database) -> None:
    execute = db.conn.execute
    execute("CREATE TEMP TABLE merge_replaced (id INTEGER PRIMARY KEY)")
    execute("INSERT OR IGNORE INTO merge_replaced SELECT out_id FROM temp.merge_records WHERE known")
    execute(
        "INSERT OR IGNORE INTO merge_replaced SELECT m.id FROM temp.merge_records p"
        " JOIN main.records m ON m.container_id = p.out_id WHERE p.known"
    )
    take_away(db, "temp.merge_replaced")
    execute(
        "DELETE FROM main.records WHERE id IN (SELECT id FROM temp.merge_replaced EXCEPT"
        " SELECT out_id FROM temp.merge_records)"
    )


def take_away(db: Database, ids: str) -> None:
    """Delete everything that was read from some records; the records themselves stay.

    :param ids: a table whose ``id`` names them.
    """
    execute = db.conn.execute
    chosen = f"(SELECT id FROM {ids})"
    mark_pending(db, f"r.id IN {chosen}")
    execute(
        f"INSERT OR IGNORE INTO temp.merge_digests SELECT sha256 FROM main.records WHERE id IN {chosen}"
        " AND sha256 IS NOT NULL"
    )
    for table in ("image_group_members", "placements", "articles", "containers", "sidecar_metadata"):
        execute(f"DELETE FROM main.{table} WHERE record_id IN {chosen}")
    execute(
        "DELETE FROM main.problems WHERE (source_id, locator) IN"
        f" (SELECT source_id, locator FROM main.records WHERE id IN {chosen})"
    )


def drop_unused_images(db: Database) -> None:
    """Delete those of the pictures that no record holds any more."""
    db.conn.execute(
        "DELETE FROM main.images WHERE sha256 IN (SELECT sha256 FROM temp.merge_digests)"
        " AND NOT EXISTS (SELECT 1 FROM main.records r WHERE r.sha256 = images.sha256)"
    )


def move_inside(db: Database, nesting: Nesting) -> None:
    """Move the catalogue's records to inner sources that the shard added."""
    if not nesting.outer:
        return
    execute = db.conn.execute
    outer = ", ".join(map(str, nesting.outer))
    source, locator = (
        nesting.source("{0}.source_id", "{0}.locator"),
        nesting.locator("{0}.source_id", "{0}.locator"),
    )
    execute(
        "CREATE TEMP TABLE merge_moved (id INTEGER PRIMARY KEY, source_id INTEGER, locator TEXT, other INTEGER)"
    )
    execute(
        "INSERT INTO merge_moved SELECT m.id, m.source_id, m.locator, o.id FROM (SELECT r.id, r.source_id AS outer,"
        f" {source.format('r')} AS source_id, {locator.format('r')} AS locator FROM main.records r"
        f" WHERE r.source_id IN ({outer})) m LEFT JOIN main.records o"
        " ON o.source_id = m.source_id AND o.locator = m.locator WHERE m.source_id <> m.outer"
    )
    _drop_doubles(db)
    mark_pending(db, "r.id IN (SELECT id FROM temp.merge_moved)")
    execute(
        "UPDATE main.records AS r SET (source_id, locator) = (m.source_id, m.locator) FROM temp.merge_moved m"
        " WHERE m.id = r.id"
    )
    execute(
        f"UPDATE main.problems AS b SET (source_id, locator) = ({source.format('b')}, {locator.format('b')})"
        f" WHERE b.source_id IN ({outer}) AND b.count IS NULL"
    )


def _drop_doubles(db: Database) -> None:
    """Keep only the chosen one of two records of a file, under its old and its new address."""
    execute = db.conn.execute
    execute("CREATE TEMP TABLE merge_doubles (id INTEGER PRIMARY KEY)")
    doubles = execute(
        "SELECT m.id, m.other FROM temp.merge_moved m JOIN main.records r ON r.id = m.id"
        " WHERE m.other IS NOT NULL AND r.container_id IS NULL"
    ).fetchall()
    for pair in doubles:
        ranks = [execute(_OWN_RANK.format("?"), (each,)).fetchone()[0] for each in pair]
        loser, winner = pair if ranks[0] < ranks[1] else pair[::-1]
        execute("INSERT INTO merge_doubles VALUES (?)", (loser,))
        execute("INSERT INTO merge_doubles SELECT id FROM main.records WHERE container_id = ?", (loser,))
        execute("UPDATE OR IGNORE main.keeper_choices SET record_id = ? WHERE record_id = ?", (winner, loser))
        for column in ("record_id", "keeper_record_id"):
            execute(f"UPDATE main.cleanup_actions SET {column} = ? WHERE {column} = ?", (winner, loser))
    take_away(db, "temp.merge_doubles")
    execute("DELETE FROM main.records WHERE id IN (SELECT id FROM temp.merge_doubles)")
    execute("DELETE FROM temp.merge_moved WHERE id IN (SELECT id FROM temp.merge_doubles)")
