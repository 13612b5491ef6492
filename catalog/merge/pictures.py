"""Copies pictures: they are identified by their digest; if both catalogues have one, the newer reading is kept."""

from sqlite_utils import Database

_IMAGE = (
    "format, width_px, height_px, frames, pixels_sha256, bits, channels, profile, extras, damage, information,"
    " headline, caption, byline, credit_line, copyright_notice, source, camera, keywords, created_at, city, country,"
    " latitude, longitude, from_sidecars"
)
_OF_METHOD = (
    "printf('%09d', coalesce((SELECT max(f.version) FROM {{0}}.fingerprints f WHERE f.image_sha256 = i.sha256"
    " AND f.method = '{0}'), 0))"
)
_VERSION = " || ".join(_OF_METHOD.format(method) for method in ("phash", "pixels"))
"""The versions of a picture's hash and of its digest, those of its reading: as text that sorts as the numbers do."""


def copy_pictures(db: Database) -> int:
    """Copy the pictures that the records in ``temp.merge_records`` hold; return how many were new."""
    _choose(db)
    new = db.conn.execute(
        "SELECT count(*) FROM temp.merge_images m WHERE NOT EXISTS (SELECT 1 FROM main.images WHERE sha256 = m.sha256)"
    ).fetchone()[0]
    _copy(db)
    return int(new)


def qualified(columns: str, table: str) -> str:
    """Return the columns, each qualified with a table's name."""
    return ", ".join(f"{table}.{name.strip()}" for name in columns.split(","))


def _choose(db: Database) -> None:
    """Fill ``temp.merge_images``: the pictures to copy, and whether the shard's reading is the newer one."""
    execute = db.conn.execute
    execute("CREATE TEMP TABLE merge_images (sha256 TEXT PRIMARY KEY, newer INTEGER) WITHOUT ROWID")
    told = f"json_array({_VERSION}, {qualified(_IMAGE, 'i')})"
    ours = f"(SELECT {told.format('main')} FROM main.images i WHERE i.sha256 = o.sha256)"
    execute(
        "INSERT INTO merge_images SELECT i.sha256, CASE WHEN o.sha256 IS NULL THEN 1"
        f" ELSE (SELECT {told.format('shard')}) > {ours} END"
        " FROM (SELECT DISTINCT r.sha256 FROM temp.merge_records p CROSS JOIN shard.records r ON r.id = p.in_id"
        "  WHERE r.sha256 IS NOT NULL) r"
        " CROSS JOIN shard.images i ON i.sha256 = r.sha256 LEFT JOIN main.images o ON o.sha256 = i.sha256"
    )
    # Pictures whose record was not copied, but which the shard read with a newer method.
    execute(
        f"INSERT OR IGNORE INTO merge_images SELECT i.sha256, (SELECT {told.format('shard')}) > {ours} AS newer"
        " FROM shard.images i CROSS JOIN main.images o ON o.sha256 = i.sha256 WHERE newer OR EXISTS (SELECT 1"
        "  FROM shard.fingerprints f WHERE f.image_sha256 = i.sha256 AND NOT EXISTS (SELECT 1 FROM main.fingerprints g"
        "  WHERE g.image_sha256 = f.image_sha256 AND g.method = f.method"
        "  AND (g.version, g.value) >= (f.version, f.value)))"
    )


def _copy(db: Database) -> None:
    execute = db.conn.execute
    updates = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in _IMAGE.split(","))
    execute(
        f"INSERT INTO main.images (sha256, {_IMAGE}) SELECT i.sha256, {qualified(_IMAGE, 'i')}"
        " FROM temp.merge_images m CROSS JOIN shard.images i ON i.sha256 = m.sha256 WHERE m.newer"
        f" ON CONFLICT (sha256) DO UPDATE SET {updates}"
    )
    execute(
        "INSERT INTO main.fingerprints (image_sha256, method, version, value) SELECT f.image_sha256, f.method,"
        " f.version, f.value FROM temp.merge_images m CROSS JOIN shard.fingerprints f ON f.image_sha256 = m.sha256"
        " WHERE true ON CONFLICT (image_sha256, method, version) DO UPDATE SET value = excluded.value"
        " WHERE excluded.value > value"
    )
    execute(
        "DELETE FROM main.fingerprints WHERE image_sha256 IN (SELECT sha256 FROM temp.merge_images)"
        " AND EXISTS (SELECT 1 FROM main.fingerprints f WHERE f.image_sha256 = fingerprints.image_sha256"
        " AND f.method = fingerprints.method AND f.version > fingerprints.version)"
    )
    execute(
        "INSERT INTO main.thumbnails (image_sha256, webp) SELECT t.image_sha256, t.webp FROM temp.merge_images m"
        " CROSS JOIN shard.thumbnails t ON t.image_sha256 = m.sha256"
        " WHERE true ON CONFLICT (image_sha256) DO UPDATE SET webp = excluded.webp WHERE excluded.webp > webp"
    )
    execute("INSERT OR IGNORE INTO pending (kind, item) SELECT 'image', sha256 FROM temp.merge_images")
