"""Pairs of picture and caption, each once: copies of a picture count as one, and so do repeats of a caption."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.store.catalogue import Catalogue
from catalog.store.iptc import IPTC_COLUMNS


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture and its caption."""

    caption: str
    credit_line: str | None
    date: str | None
    place: str | None
    image_source: str
    image_locator: str
    image_url: str | None
    """The picture's address on a page, or in a web archive."""
    image_sha256: str
    image_format: str
    width_px: int
    height_px: int
    byte_size: int | None
    article_locator: str | None
    article_url: str | None
    headline: str | None
    published_at: str | None
    origin: str
    confidence: float
    captured_at: str | None
    publisher: str | None
    showings: int
    """How often the pair was found, including copies and repeats."""
    choice: str | None
    """``chosen`` or ``edited``: a person chose this caption, and no other one of the picture is exported."""
    creator: str | None
    """This field and the following ones are the picture file's metadata, under IPTC's names."""
    date_created: str | None
    city: str | None
    country: str | None
    keywords: str | None
    """Separated by semicolons."""
    copyright: str | None
    image_headline: str | None
    description: str | None
    """What the file says, or what a person chose; ``caption`` is the pair's."""
    credit: str | None
    source: str | None


_SAME_PICTURE = """
CREATE TEMP TABLE same_picture AS
SELECT DISTINCT m.image_sha256 AS sha256, k.image_sha256 AS keeper
FROM image_group_members m
JOIN image_group_members k ON k.group_id = m.group_id AND k.keeper = 1
LEFT JOIN image_matches l ON l.left_sha256 = m.image_sha256 AND l.right_sha256 = k.image_sha256
LEFT JOIN image_matches h ON h.left_sha256 = k.image_sha256 AND h.right_sha256 = m.image_sha256
WHERE m.image_sha256 <> k.image_sha256 AND coalesce(l.kind, h.kind, 'same-pixels') IN ('same-pixels', 'near')
"""

_KEPT_RECORD = """
CREATE TEMP TABLE kept_record AS
SELECT sha256, id FROM (
    SELECT r.sha256, r.id, row_number() OVER (PARTITION BY r.sha256
        ORDER BY coalesce((SELECT max(m.keeper) FROM image_group_members m WHERE m.record_id = r.id), 0) DESC,
            r.container_id IS NOT NULL, r.locator, r.id) AS place
    FROM records r JOIN images i ON i.sha256 = r.sha256 WHERE r.missing_since IS NULL
) WHERE place = 1
"""

_CHOSEN = """
CREATE TEMP TABLE chosen_here AS
SELECT image_sha256 AS sha256, caption, credit_line, date, place, verdict, choice_id FROM chosen_captions
"""

_PAIRS = """
WITH said AS (
    SELECT coalesce(s.keeper, p.image_sha256) AS sha256,
        CASE WHEN h.sha256 IS NULL THEN c.key ELSE 'choice ' || h.choice_id END AS key,
        coalesce(h.caption, c.text) AS text, iif(h.sha256 IS NULL, c.credit_line, h.credit_line) AS credit_line,
        iif(h.sha256 IS NULL, c.date, h.date) AS date, iif(h.sha256 IS NULL, c.place, h.place) AS place,
        h.verdict AS choice, h.sha256 IS NOT NULL AND c.text <> h.caption AS rejected,
        p.image_src, p.origin, p.confidence, p.article_id, p.id, p.record_id,
        p.origin IN ('iptc', 'xmp', 'exif', 'sidecar', 'json-ld') AS unseen
    FROM placements p JOIN captions c ON c.id = p.caption_id
    JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL
    LEFT JOIN articles a ON a.id = p.article_id
    LEFT JOIN temp.same_picture s ON s.sha256 = p.image_sha256
    LEFT JOIN temp.chosen_here h ON h.sha256 = p.image_sha256
    WHERE p.image_sha256 IS NOT NULL AND p.origin <> 'alt' AND {chosen}
    UNION ALL
    SELECT cc.keeper_sha256, coalesce(k.key, cc.text), cc.text, cc.credit_line, cc.date, cc.place, NULL, 0,
        NULL, cc.origin, 1.0, NULL, cc.id, NULL, 1
    FROM carried_captions cc LEFT JOIN captions k ON k.text = cc.text
    WHERE {all} AND cc.keeper_sha256 NOT IN (SELECT sha256 FROM temp.chosen_here)
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY sha256, key
        ORDER BY rejected, unseen, confidence DESC, credit_line IS NULL, length(text) DESC, id) AS place_in_pair,
        count(*) OVER (PARTITION BY sha256, key) AS showings
    FROM said
)
SELECT q.text AS caption, q.credit_line, q.date, q.place, s.uri AS image_source, r.locator AS image_locator,
    coalesce(CASE WHEN q.image_src GLOB 'http*://*' THEN q.image_src END, r.target_uri) AS image_url,
    i.sha256 AS image_sha256, i.format AS image_format, i.width_px, i.height_px, r.byte_size,
    ar.locator AS article_locator, a.url AS article_url, a.headline, a.published_at, q.origin, q.confidence,
    ar.captured_at, e.publisher, q.showings, q.choice,
    {iptc}
FROM ranked q
JOIN images i ON i.sha256 = q.sha256
LEFT JOIN chosen_captions h ON h.image_sha256 = i.sha256
JOIN temp.kept_record kr ON kr.sha256 = q.sha256
JOIN records r ON r.id = kr.id
JOIN sources s ON s.id = r.source_id
LEFT JOIN articles a ON a.id = q.article_id
LEFT JOIN records ar ON ar.id = a.record_id
LEFT JOIN page_captures e ON e.article_id = q.article_id
WHERE q.place_in_pair = 1
ORDER BY r.locator, q.sha256, q.id
"""


def export_pairs(catalogue: Catalogue, chosen: tuple[str, tuple[object, ...]] = ("1", ())) -> Iterator[Pair]:
    """Yield every pair whose picture the archive holds, the keeper of a group standing for its copies.

    A crop is a picture of its own; alt texts are no captions.

    :param chosen: a condition on a record ``r`` with its article ``a`` that shows the pair, and its parameters.
    """
    for table, statement in (
        ("same_picture", _SAME_PICTURE),
        ("kept_record", _KEPT_RECORD),
        ("chosen_here", _CHOSEN),
    ):
        catalogue.db.conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        catalogue.db.conn.execute(statement)
        catalogue.db.conn.execute(f"CREATE UNIQUE INDEX temp.{table}_sha256 ON {table} (sha256)")
    condition, parameters = chosen
    # What a cleanup carried over to a picture is of no page: it goes out only where all does.
    pairs = _PAIRS.format(chosen=condition, all=int(condition == "1"), iptc=IPTC_COLUMNS)
    for row in catalogue.rows(pairs, parameters):
        yield Pair(**dict(row))
