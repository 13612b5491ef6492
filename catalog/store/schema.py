"""The tables and views of a catalogue.

Tables, indexes and triggers are named migrations. One that has landed never changes (a test holds the digest of each):
a change is a new migration at the end. Migrations of other branches may land in any order; what a catalogue lacks is
applied in the order of this file, so that one depends on none but those above it. Foreign keys are not enforced while
migrations run (:func:`catalog.store.upgrade.bring_up_to_date`), so that a table can be made anew
(:func:`remake_table`); one that deletes rows deletes what refers to them too.

Views are no migrations: :data:`VIEWS` is their one text, and a catalogue whose views differ gets these.
"""

from sqlite_utils import Database, Migrations

from catalog.store.statements import columns_to_keep, split_statements

APPLICATION_ID = 0x6375746C
"""``cutl``: SQLite's own mark (``PRAGMA application_id``) of whose file this is."""

migrations = Migrations("cutline")

_UNSEEN = "('json-ld', 'sidecar', 'iptc', 'xmp', 'exif', 'alt')"
"""Origins a reader of the page does not see: :data:`media.captions.caption.UNSEEN_ORIGINS`."""

TABLES = """
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted', 'failed')),
    version TEXT NOT NULL,
    options TEXT NOT NULL CHECK (json_valid(options)),
    records INTEGER NOT NULL DEFAULT 0,
    articles INTEGER NOT NULL DEFAULT 0,
    images INTEGER NOT NULL DEFAULT 0,
    captions INTEGER NOT NULL DEFAULT 0,
    problems INTEGER NOT NULL DEFAULT 0,
    seconds REAL
) STRICT;

CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'zip', 'tar', 'warc', 'wacz', 'file')),
    byte_size INTEGER,
    modified_ns INTEGER,
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    last_scan_id INTEGER REFERENCES scans (id)
) STRICT;

CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    locator TEXT NOT NULL,
    media_type TEXT NOT NULL,
    byte_size INTEGER,
    modified_ns INTEGER,
    sha256 TEXT,
    target_uri TEXT,
    captured_at TEXT,
    first_scan_id INTEGER NOT NULL REFERENCES scans (id),
    last_scan_id INTEGER NOT NULL REFERENCES scans (id),
    missing_since TEXT,
    inode TEXT,
    picture_name TEXT,
    UNIQUE (source_id, locator)
) STRICT;
CREATE INDEX records_sha256 ON records (sha256);
CREATE INDEX records_picture_name ON records (picture_name) WHERE picture_name IS NOT NULL;
CREATE INDEX records_target_uri ON records (target_uri) WHERE target_uri IS NOT NULL;

CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    url TEXT,
    headline TEXT,
    byline TEXT,
    dateline TEXT,
    published_at TEXT,
    language TEXT,
    body TEXT NOT NULL,
    body_positions TEXT CHECK (body_positions IS NULL OR json_valid(body_positions)),
    body_sha256 TEXT NOT NULL,
    words INTEGER NOT NULL
) STRICT;
CREATE INDEX articles_record_id ON articles (record_id);
CREATE INDEX articles_body_sha256 ON articles (body_sha256);

CREATE TABLE images (
    sha256 TEXT PRIMARY KEY,
    format TEXT NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    pixels_sha256 TEXT,
    information TEXT NOT NULL CHECK (information IN ('normal', 'low')),
    headline TEXT,
    caption TEXT,
    byline TEXT,
    credit_line TEXT,
    copyright_notice TEXT,
    keywords TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(keywords)),
    created_at TEXT,
    city TEXT,
    country TEXT,
    latitude REAL,
    longitude REAL
) STRICT;
CREATE INDEX images_pixels_sha256 ON images (pixels_sha256) WHERE pixels_sha256 IS NOT NULL;

CREATE TABLE fingerprints (
    image_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    method TEXT NOT NULL,
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (image_sha256, method, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE thumbnails (
    image_sha256 TEXT PRIMARY KEY REFERENCES images (sha256) ON DELETE CASCADE,
    webp BLOB NOT NULL
) STRICT;

CREATE TABLE captions (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    credit_line TEXT,
    key TEXT NOT NULL,
    date TEXT,
    place TEXT
) STRICT;
CREATE INDEX captions_key ON captions (key);

CREATE TABLE placements (
    id INTEGER PRIMARY KEY,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    article_id INTEGER REFERENCES articles (id) ON DELETE CASCADE,
    caption_id INTEGER REFERENCES captions (id),
    image_sha256 TEXT REFERENCES images (sha256) ON DELETE SET NULL,
    image_src TEXT,
    position INTEGER NOT NULL,
    origin TEXT NOT NULL,
    lead TEXT,
    confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    evidence TEXT NOT NULL CHECK (json_valid(evidence)),
    paired_by TEXT CHECK (paired_by IN ('embedded', 'address', 'name', 'caption'))
) STRICT;
CREATE INDEX placements_record_id ON placements (record_id);
CREATE INDEX placements_article_id ON placements (article_id, position);
CREATE INDEX placements_caption_id ON placements (caption_id);
CREATE INDEX placements_image_sha256 ON placements (image_sha256);

CREATE TABLE placement_names (
    picture_name TEXT NOT NULL,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    PRIMARY KEY (picture_name, placement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX placement_names_placement_id ON placement_names (placement_id);

CREATE TABLE caption_repeats (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN
        ('doubled', 'reused', 'edited', 'extended', 'echoed', 'changed-fact')),
    size INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    caption_id INTEGER NOT NULL REFERENCES captions (id)
) STRICT;
CREATE INDEX caption_repeats_caption_id ON caption_repeats (caption_id);
CREATE INDEX caption_repeats_kind ON caption_repeats (kind, size);
CREATE INDEX caption_repeats_size ON caption_repeats (size);

CREATE TABLE caption_repeat_members (
    repeat_id INTEGER NOT NULL REFERENCES caption_repeats (id) ON DELETE CASCADE,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    similarity REAL,
    difference TEXT,
    PRIMARY KEY (repeat_id, placement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX caption_repeat_members_placement_id ON caption_repeat_members (placement_id);

CREATE TABLE caption_conflict_sets (
    id INTEGER PRIMARY KEY,
    grade TEXT NOT NULL CHECK (grade IN ('credit', 'wording', 'detail', 'fact')),
    size INTEGER NOT NULL,
    image_sha256 TEXT REFERENCES images (sha256) ON DELETE CASCADE
) STRICT;
CREATE INDEX caption_conflict_sets_image ON caption_conflict_sets (image_sha256);
CREATE INDEX caption_conflict_sets_grade ON caption_conflict_sets (grade, size);

CREATE TABLE caption_conflict_members (
    conflict_id INTEGER NOT NULL REFERENCES caption_conflict_sets (id) ON DELETE CASCADE,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    difference TEXT,
    PRIMARY KEY (conflict_id, placement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX caption_conflict_members_placement_id ON caption_conflict_members (placement_id);

CREATE TABLE image_matches (
    left_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    right_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('same-pixels', 'near', 'part', 'related')),
    distance_bits INTEGER,
    aligned_similarity REAL,
    transform TEXT CHECK (transform IS NULL OR json_valid(transform)),
    version INTEGER NOT NULL,
    PRIMARY KEY (left_sha256, right_sha256),
    CHECK (left_sha256 < right_sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_matches_right ON image_matches (right_sha256);

CREATE TABLE image_groups (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('same-bytes', 'same-pixels', 'near', 'part')),
    size INTEGER NOT NULL,
    widest_distance_bits INTEGER,
    reclaimable_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX image_groups_kind ON image_groups (kind, size);
CREATE INDEX image_groups_kind_bytes ON image_groups (kind, reclaimable_bytes);
CREATE INDEX image_groups_size ON image_groups (size);
CREATE INDEX image_groups_bytes ON image_groups (reclaimable_bytes);

CREATE TABLE image_group_members (
    group_id INTEGER NOT NULL REFERENCES image_groups (id) ON DELETE CASCADE,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    image_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    keeper INTEGER NOT NULL CHECK (keeper IN (0, 1)),
    reason TEXT NOT NULL,
    PRIMARY KEY (group_id, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_group_members_keeper ON image_group_members (group_id) WHERE keeper = 1;
CREATE INDEX image_group_members_record_id ON image_group_members (record_id);
CREATE INDEX image_group_members_image_sha256 ON image_group_members (image_sha256);

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different')),
    note TEXT,
    decided_at TEXT NOT NULL,
    UNIQUE (left, right),
    CHECK (left < right)
) STRICT;

CREATE TABLE keeper_choices (
    record_id INTEGER PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    image_sha256 TEXT NOT NULL,
    chosen_at TEXT NOT NULL
) STRICT;

CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL CHECK (queue IN ('pictures', 'captions')),
    place TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('same', 'different', 'skip', 'keeper')),
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    note TEXT,
    previous TEXT CHECK (previous IS NULL OR json_valid(previous)),
    reviewed_at TEXT NOT NULL
) STRICT;
CREATE INDEX reviews_pair ON reviews (left, right);
CREATE INDEX reviews_queue ON reviews (queue, action);

CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL REFERENCES scans (id),
    source_id INTEGER REFERENCES sources (id) ON DELETE CASCADE,
    locator TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('list', 'read', 'decode', 'parse', 'match')),
    reason TEXT NOT NULL,
    remedy TEXT NOT NULL
) STRICT;
CREATE INDEX problems_locator ON problems (source_id, locator);

CREATE TABLE cleanups (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('planned', 'applying', 'applied', 'undone', 'purged')),
    options TEXT NOT NULL CHECK (json_valid(options)),
    quarantine TEXT,
    applied_at TEXT,
    finished_at TEXT
) STRICT;

CREATE TABLE cleanup_actions (
    id INTEGER PRIMARY KEY,
    cleanup_id INTEGER NOT NULL REFERENCES cleanups (id) ON DELETE CASCADE,
    group_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    record_id INTEGER REFERENCES records (id) ON DELETE SET NULL,
    source_id INTEGER REFERENCES sources (id) ON DELETE SET NULL,
    source_uri TEXT NOT NULL,
    locator TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('quarantine', 'hardlink', 'reflink', 'keep', 'sidecar')),
    sha256 TEXT NOT NULL,
    byte_size INTEGER NOT NULL,
    keeper_record_id INTEGER REFERENCES records (id) ON DELETE SET NULL,
    keeper_source_id INTEGER REFERENCES sources (id) ON DELETE SET NULL,
    keeper_locator TEXT,
    keeper_sha256 TEXT,
    reason TEXT NOT NULL,
    lacks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(lacks)),
    freed_bytes INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL CHECK (status IN ('planned', 'done', 'skipped', 'undone', 'purged')),
    detail TEXT
) STRICT;
CREATE INDEX cleanup_actions_cleanup_id ON cleanup_actions (cleanup_id);
CREATE INDEX cleanup_actions_record_id ON cleanup_actions (record_id);
CREATE INDEX cleanup_actions_keeper ON cleanup_actions (keeper_record_id);
CREATE INDEX cleanup_actions_source_id ON cleanup_actions (source_id);
CREATE INDEX cleanup_actions_keeper_source_id ON cleanup_actions (keeper_source_id);

CREATE TABLE carried_captions (
    id INTEGER PRIMARY KEY,
    action_id INTEGER NOT NULL REFERENCES cleanup_actions (id) ON DELETE CASCADE,
    keeper_sha256 TEXT NOT NULL,
    text TEXT NOT NULL,
    credit_line TEXT,
    date TEXT,
    place TEXT,
    origin TEXT NOT NULL,
    from_locator TEXT NOT NULL
) STRICT;
CREATE INDEX carried_captions_action_id ON carried_captions (action_id);
CREATE INDEX carried_captions_keeper_sha256 ON carried_captions (keeper_sha256);

CREATE TABLE pending (
    kind TEXT NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (kind, item)
) STRICT, WITHOUT ROWID;
"""

SEARCH = """
CREATE VIRTUAL TABLE captions_fts USING fts5 (
    text, credit_line, content = captions, content_rowid = id,
    tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER captions_fts_insert AFTER INSERT ON captions BEGIN
    INSERT INTO captions_fts (rowid, text, credit_line) VALUES (new.id, new.text, new.credit_line);
END;
CREATE TRIGGER captions_fts_delete AFTER DELETE ON captions BEGIN
    INSERT INTO captions_fts (captions_fts, rowid, text, credit_line)
    VALUES ('delete', old.id, old.text, old.credit_line);
END;
CREATE TRIGGER captions_fts_update AFTER UPDATE OF text, credit_line ON captions BEGIN
    INSERT INTO captions_fts (captions_fts, rowid, text, credit_line)
    VALUES ('delete', old.id, old.text, old.credit_line);
    INSERT INTO captions_fts (rowid, text, credit_line) VALUES (new.id, new.text, new.credit_line);
END;

CREATE VIRTUAL TABLE articles_fts USING fts5 (
    headline, body, content = articles, content_rowid = id,
    tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN
    INSERT INTO articles_fts (rowid, headline, body) VALUES (new.id, new.headline, new.body);
END;
CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, headline, body)
    VALUES ('delete', old.id, old.headline, old.body);
END;
CREATE TRIGGER articles_fts_update AFTER UPDATE OF headline, body ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, headline, body)
    VALUES ('delete', old.id, old.headline, old.body);
    INSERT INTO articles_fts (rowid, headline, body) VALUES (new.id, new.headline, new.body);
END;
"""

_IMAGE_LOCATOR = """
    (SELECT min(i.locator) FROM records i WHERE i.sha256 = p.image_sha256 AND i.missing_since IS NULL)"""

_TURNED_TRANSFORM = """CASE WHEN h.transform IS NULL THEN NULL ELSE json_patch(json_patch(json_object(
        'mirrored', json(iif(json_extract(h.transform, '$.mirrored'), 'true', 'false')),
        'rotated_degrees', iif(
            json_extract(h.transform, '$.mirrored') OR json_extract(h.transform, '$.rotated_degrees') = 0,
            json_extract(h.transform, '$.rotated_degrees'), 360.0 - (json_extract(h.transform, '$.rotated_degrees'))),
        'scale', round(1.0 / (json_extract(h.transform, '$.scale')), 4),
        'left_box', json_extract(h.transform, '$.right_box'),
        'right_box', json_extract(h.transform, '$.left_box')),
        CASE WHEN json_extract(h.transform, '$.changed_boxes') IS NULL THEN '{}' ELSE json_object(
            'changed_share', json_extract(h.transform, '$.changed_share'),
            'changed_boxes', json_extract(h.transform, '$.changed_boxes_right'),
            'changed_boxes_right', json_extract(h.transform, '$.changed_boxes')) END),
        json_object('bent', json_extract(h.transform, '$.bent'),
            'negative', iif(json_extract(h.transform, '$.negative'), json('true'), NULL))) END"""
"""A match stored from the member to the keeper, turned round: mirroring is its own inverse, also when turned."""

_KEEPERS_MATCH = """
LEFT JOIN image_matches x ON x.left_sha256 = min(k.image_sha256, m.image_sha256)
    AND x.right_sha256 = max(k.image_sha256, m.image_sha256)"""
"""The match ``x`` of a group's keeper ``k`` and a member ``m``, whichever stands left."""


def _is_part(of_left: str) -> str:
    """Return SQL that says whether only a part of a picture, the left one ``of_left``, is in the other."""
    box = f"iif({of_left}, json_extract(x.transform, '$.left_box'), json_extract(x.transform, '$.right_box'))"
    sides = (f"json_extract({box}, '$[{side}]')" for side in range(4))
    left, top, right, bottom = sides
    return f"({right} - {left} < 0.96 OR {bottom} - {top} < 0.96)"


_FORM = f"""CASE
        WHEN k.image_sha256 IS NULL OR k.image_sha256 = m.image_sha256 THEN 'original'
        WHEN json_array_length(x.transform, '$.changed_boxes') > 0 THEN 'changed'
        WHEN x.kind = 'same-pixels' THEN 'derivative'
        WHEN x.kind = 'part' OR g.kind = 'part' OR {_is_part("k.image_sha256 < m.image_sha256")} THEN 'crop'
        WHEN json_extract(x.transform, '$.mirrored') OR json_extract(x.transform, '$.rotated_degrees') BETWEEN 2 AND 358
            OR json_extract(x.transform, '$.negative') OR json_extract(x.transform, '$.bent') IS NOT NULL
            OR {_is_part("m.image_sha256 < k.image_sha256")} THEN 'edit'
        ELSE 'derivative' END"""
"""What a member is of its group's keeper: a ``derivative`` shows all of it as it is, in another size or packing; a
``crop`` a part of it; an ``edit`` all of it turned, mirrored, bent, as a negative or within something else; in one
that was ``changed`` a part shows something else. Turns of less than two degrees are within what laying one over the
other measures."""

_PICTURE = """coalesce((SELECT k.image_sha256 FROM image_group_members m JOIN image_group_members k
        ON k.group_id = m.group_id AND k.keeper = 1 WHERE m.image_sha256 = p.image_sha256 LIMIT 1), p.image_sha256)"""
"""The picture that a placement shows, whichever form of it: the digest of the form that stands for all."""

_SHOWN_AT = "coalesce(r.captured_at, a.published_at)"

_FIRST_USE = (
    "FROM placements p JOIN articles a ON a.id = p.article_id"
    " JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
    " LEFT JOIN page_captures e ON e.article_id = p.article_id WHERE p.image_sha256 = {picture}"
    f" ORDER BY {_SHOWN_AT} IS NULL, {_SHOWN_AT}, r.locator, a.headline, e.publisher LIMIT 1"
)
"""The page that showed a picture first, whatever was read first."""

_PUBLISHER_OF_HOST = """(SELECT g.publisher FROM (
        SELECT substr(rest, 1, instr(rest || '/', '/') - 1) AS host FROM (
            SELECT lower(substr({url}, instr({url}, '://') + 3)) AS rest WHERE {url} IS NOT NULL)) h
    JOIN pages g ON g.publisher IN (h.host, substr(h.host, instr(h.host, '.') + 1))
    ORDER BY length(g.publisher) DESC LIMIT 1)"""


def _shown_by(url: str, *pictures: str) -> str:
    """Return columns: who published a picture, by its own address or the page that shows it, and that page's headline.

    :param pictures: its digest, and that of a form of it which pages may show instead.
    """
    uses = [_FIRST_USE.format(picture=picture) for picture in pictures]
    publishers = ", ".join(
        [_PUBLISHER_OF_HOST.format(url=url), *(f"(SELECT e.publisher {use})" for use in uses)]
    )
    headlines = ", ".join([*(f"(SELECT a.headline {use})" for use in uses), "NULL"])
    return f"coalesce({publishers}) AS publisher, coalesce({headlines}) AS headline"


VIEWS = f"""
CREATE VIEW page_captions AS
SELECT r.locator, coalesce(e.url, a.url) AS url, a.headline, p.position, c.text AS caption, c.credit_line, c.date,
    c.place, p.image_src, p.image_sha256, {_IMAGE_LOCATOR} AS image_locator, p.origin, p.confidence,
    p.lead, r.captured_at, e.publisher, a.published_at, p.id AS placement_id, p.article_id, r.source_id
FROM placements p
JOIN captions c ON c.id = p.caption_id
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
WHERE p.origin NOT IN {_UNSEEN} AND c.text <> '' AND r.missing_since IS NULL;

CREATE VIEW repeated_captions AS
SELECT m.repeat_id, cr.kind, cr.size, r.locator, a.headline, p.position, c.text AS caption,
    c.credit_line, p.origin, p.image_src, p.image_sha256, m.similarity, m.difference,
    cr.repeat_scope, m.scope,
    EXISTS (SELECT 1 FROM stock_captions u WHERE u.key = c.key) AS is_stock,
    coalesce(e.url, a.url) AS url, r.captured_at, e.publisher, t.story_id, cr.articles, cr.pictures,
    p.id AS placement_id, p.article_id, r.source_id
FROM caption_repeat_members m
JOIN caption_repeats cr ON cr.id = m.repeat_id
JOIN placements p ON p.id = m.placement_id
JOIN captions c ON c.id = p.caption_id
JOIN records r ON r.id = p.record_id
LEFT JOIN articles a ON a.id = p.article_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
LEFT JOIN story_members t ON t.article_id = p.article_id
WHERE r.missing_since IS NULL;

CREATE VIEW duplicate_images AS
SELECT m.group_id, g.kind, g.size, r.locator, i.sha256, i.width_px, i.height_px, r.byte_size,
    m.keeper, m.reason,
    CASE WHEN i.sha256 = k.image_sha256 THEN 0 ELSE coalesce(l.distance_bits, h.distance_bits) END
        AS distance_bits,
    CASE WHEN i.sha256 = k.image_sha256 THEN 1.0
        ELSE coalesce(l.aligned_similarity, h.aligned_similarity) END AS aligned_similarity,
    coalesce(l.transform, {_TURNED_TRANSFORM}) AS transform, k.image_sha256 AS picture_id, {_FORM} AS form,
    (SELECT u.reason FROM furniture u WHERE u.image_sha256 = m.image_sha256) AS furniture,
    r.target_uri AS url, r.captured_at, {_shown_by("r.target_uri", "m.image_sha256", "k.image_sha256")},
    r.id AS record_id, r.source_id
FROM image_group_members m
JOIN image_groups g ON g.id = m.group_id
JOIN image_group_members k ON k.group_id = m.group_id AND k.keeper = 1
JOIN images i ON i.sha256 = m.image_sha256
JOIN records r ON r.id = m.record_id
LEFT JOIN image_matches l ON l.left_sha256 = k.image_sha256 AND l.right_sha256 = m.image_sha256
LEFT JOIN image_matches h ON h.left_sha256 = m.image_sha256 AND h.right_sha256 = k.image_sha256{_KEEPERS_MATCH}
WHERE r.missing_since IS NULL;

CREATE VIEW changed_images AS
SELECT m.left_sha256 || ' ' || m.right_sha256 AS pair, m.kind, side.column1 AS side, r.locator, i.sha256,
    i.width_px, i.height_px, r.byte_size, m.aligned_similarity, json_extract(m.transform, '$.changed_share') AS share,
    json_extract(m.transform, iif(side.column1 = 'left', '$.changed_boxes', '$.changed_boxes_right'))
        AS changed_boxes,
    r.target_uri AS url, r.captured_at, {_shown_by("r.target_uri", "i.sha256")}, r.id AS record_id, r.source_id
FROM image_matches m
JOIN (VALUES ('left'), ('right')) side
JOIN images i ON i.sha256 = iif(side.column1 = 'left', m.left_sha256, m.right_sha256)
JOIN records r ON r.sha256 = i.sha256
WHERE instr(m.transform, '"changed_boxes"') AND r.missing_since IS NULL;

CREATE VIEW picture_forms AS
SELECT coalesce(k.image_sha256, i.sha256) AS picture_id, i.sha256 AS image_sha256, {_FORM} AS form, i.format,
    i.width_px, i.height_px, m.group_id
FROM images i
LEFT JOIN image_group_members m ON m.image_sha256 = i.sha256 AND m.record_id = (
    SELECT min(o.record_id) FROM image_group_members o WHERE o.image_sha256 = i.sha256)
LEFT JOIN image_groups g ON g.id = m.group_id
LEFT JOIN image_group_members k ON k.group_id = m.group_id AND k.keeper = 1{_KEEPERS_MATCH}
WHERE EXISTS (SELECT 1 FROM records r WHERE r.sha256 = i.sha256 AND r.missing_since IS NULL);

CREATE VIEW picture_uses AS
SELECT {_PICTURE} AS picture_id, p.image_sha256, {_SHOWN_AT} AS shown_at, c.text AS caption, c.credit_line,
    a.headline, coalesce(e.url, a.url) AS url, e.publisher, r.captured_at, a.published_at, a.language, r.locator,
    p.position, p.origin, e.page_id, t.story_id, p.id AS placement_id, p.article_id, r.source_id
FROM placements p
JOIN records r ON r.id = p.record_id
JOIN articles a ON a.id = p.article_id
LEFT JOIN captions c ON c.id = p.caption_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
LEFT JOIN story_members t ON t.article_id = p.article_id
WHERE p.image_sha256 IS NOT NULL AND p.origin NOT IN {_UNSEEN} AND r.missing_since IS NULL;

CREATE VIEW caption_conflicts AS
SELECT m.conflict_id AS group_id, r.locator, c.text AS caption, c.credit_line, c.date, c.place,
    p.image_sha256, m.difference, s.grade, s.size, a.headline, coalesce(e.url, a.url) AS url, p.origin,
    r.captured_at, e.publisher, t.story_id, {_PICTURE} AS picture_id,
    p.id AS placement_id, p.article_id, r.source_id
FROM caption_conflict_members m
JOIN caption_conflict_sets s ON s.id = m.conflict_id AND s.settled = 0
JOIN placements p ON p.id = m.placement_id
JOIN captions c ON c.id = p.caption_id
JOIN records r ON r.id = p.record_id
LEFT JOIN articles a ON a.id = p.article_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
LEFT JOIN story_members t ON t.article_id = p.article_id
WHERE r.missing_since IS NULL;

CREATE VIEW chosen_captions AS
SELECT q.image_sha256, h.text AS caption, h.credit_line, h.date, h.place, h.verdict, h.note, h.chosen_at,
    h.id AS choice_id
FROM caption_choice_pictures q
JOIN caption_choices h ON h.id = q.choice_id
WHERE h.verdict <> 'dismissed' AND h.id = (SELECT n.id FROM caption_choice_pictures o
    JOIN caption_choices n ON n.id = o.choice_id
    WHERE o.image_sha256 = q.image_sha256 AND n.verdict <> 'dismissed'
    ORDER BY n.chosen_at DESC, n.text DESC, coalesce(n.credit_line, '') DESC, n.id DESC LIMIT 1);

CREATE VIEW uncaptioned_images AS
SELECT r.locator, r.target_uri AS url, r.captured_at, i.sha256, i.format, i.width_px, i.height_px, r.byte_size,
    (SELECT u.reason FROM furniture u WHERE u.image_sha256 = i.sha256) AS furniture,
    (SELECT count(DISTINCT p.article_id) FROM placements p JOIN records q ON q.id = p.record_id
     WHERE p.image_sha256 = i.sha256 AND q.missing_since IS NULL) AS articles,
    {_shown_by("r.target_uri", "i.sha256")}, r.id AS record_id, r.source_id
FROM records r
JOIN images i ON i.sha256 = r.sha256
WHERE r.missing_since IS NULL AND NOT EXISTS (
    SELECT 1 FROM placements p JOIN captions c ON c.id = p.caption_id JOIN records q ON q.id = p.record_id
    WHERE p.image_sha256 = i.sha256 AND c.text <> '' AND q.missing_since IS NULL
        AND p.origin <> 'alt');

CREATE VIEW orphan_captions AS
SELECT r.locator, coalesce(e.url, a.url) AS url, a.headline, p.position, c.text AS caption, c.credit_line,
    p.image_src, p.origin, r.captured_at, e.publisher, p.id AS placement_id, p.article_id, r.source_id
FROM placements p
JOIN captions c ON c.id = p.caption_id
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
WHERE p.image_sha256 IS NULL AND p.origin NOT IN {_UNSEEN} AND c.text <> '' AND r.missing_since IS NULL;

CREATE VIEW missing_images AS
SELECT r.locator, coalesce(e.url, a.url) AS url, a.headline, min(p.position) AS position, p.image_src,
    count(*) AS placements, r.captured_at, e.publisher, p.article_id, r.source_id
FROM placements p
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
WHERE p.image_src IS NOT NULL AND p.image_sha256 IS NULL AND r.missing_since IS NULL
GROUP BY p.article_id, p.image_src;

CREATE VIEW page_furniture AS
SELECT f.*, {_shown_by("f.url", "f.picture_id")}
FROM (
    SELECT u.reason AS kind, u.picture_id, i.width_px, i.height_px, min(r.locator) AS locator, min(r.target_uri) AS url,
        count(DISTINCT r.id) AS files, sum(r.byte_size) AS bytes, min(r.captured_at) AS first_captured_at,
        max(r.captured_at) AS last_captured_at, NULL AS caption, u.evidence, min(r.source_id) AS source_id
    FROM furniture u
    CROSS JOIN images i ON i.sha256 = u.picture_id
    CROSS JOIN records r ON r.sha256 = u.image_sha256 AND r.missing_since IS NULL
    GROUP BY u.picture_id) f
UNION ALL
SELECT 'caption', NULL, NULL, NULL, min(r.locator), min(r.target_uri), count(DISTINCT p.id), NULL, min(r.captured_at),
    max(r.captured_at), s.text, s.evidence, min(r.source_id), min(e.publisher), min(a.headline)
FROM stock_captions s
CROSS JOIN captions c ON c.key = s.key
CROSS JOIN placements p ON p.caption_id = c.id AND p.article_id IS NOT NULL AND p.origin <> 'alt'
CROSS JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL
LEFT JOIN articles a ON a.id = p.article_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
GROUP BY s.key;

CREATE VIEW learned_credit_captions AS
SELECT l.key, l.name, l.state, l.captions, l.evidence, c.text AS caption, c.credit_line,
    json_extract(p.evidence, '$.learned_credit.caption') AS caption_before, r.locator, coalesce(e.url, a.url) AS url,
    a.headline, p.position, p.origin, r.captured_at, e.publisher, p.id AS placement_id, p.article_id, r.source_id
FROM learned_credits l
LEFT JOIN placements p ON instr(p.evidence, '"learned_credit"')
    AND json_extract(p.evidence, '$.learned_credit.key') = l.key
LEFT JOIN records r ON r.id = p.record_id
LEFT JOIN captions c ON c.id = p.caption_id
LEFT JOIN articles a ON a.id = p.article_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
WHERE r.missing_since IS NULL;

CREATE VIEW named_problems AS
SELECT p.locator, p.stage, p.reason, p.remedy, s.uri AS source, p.scan_id, p.media_type, p.count, p.traceback,
    r.target_uri AS url, r.captured_at,
    coalesce(e.publisher, {_PUBLISHER_OF_HOST.format(url="r.target_uri")}) AS publisher, a.headline,
    p.source_id, p.id AS problem_id
FROM problems p
LEFT JOIN sources s ON s.id = p.source_id
LEFT JOIN records r ON r.source_id = p.source_id AND r.locator = p.locator
LEFT JOIN articles a ON a.record_id = r.id AND a.id = (SELECT min(b.id) FROM articles b WHERE b.record_id = r.id)
LEFT JOIN page_captures e ON e.article_id = a.id;

CREATE VIEW caption_corrections AS
SELECT x.page_id, x.grade, coalesce(e.url, a.url) AS url, e.publisher, a.headline, b.text AS before,
    b.credit_line AS before_credit_line, c.text AS caption, c.credit_line, x.difference,
    br.captured_at AS before_captured_at, x.captured_at, p.image_sha256, p.image_src, br.locator AS before_locator,
    r.locator, bp.article_id AS before_article_id, p.article_id, x.after_id AS placement_id, r.source_id,
    x.before_id AS before_placement_id
FROM caption_changes x
JOIN placements bp ON bp.id = x.before_id
JOIN captions b ON b.id = bp.caption_id
JOIN records br ON br.id = bp.record_id
JOIN placements p ON p.id = x.after_id
JOIN captions c ON c.id = p.caption_id
JOIN records r ON r.id = p.record_id
LEFT JOIN articles a ON a.id = p.article_id
LEFT JOIN page_captures e ON e.article_id = p.article_id
WHERE r.missing_since IS NULL AND br.missing_since IS NULL;

CREATE VIEW captures AS
SELECT c.page_id, g.canonical_url, c.url, c.publisher, c.captured_at, c.change, a.headline, a.published_at, r.locator,
    c.article_id, r.id AS record_id, r.source_id
FROM page_captures c
JOIN pages g ON g.id = c.page_id
JOIN articles a ON a.id = c.article_id
JOIN records r ON r.id = a.record_id
WHERE r.missing_since IS NULL;

CREATE VIEW article_stories AS
SELECT m.story_id, s.pages, s.articles, s.publishers, m.kind, m.similarity, a.headline, coalesce(c.url, a.url) AS url,
    c.publisher, a.published_at, r.captured_at, a.language, a.words, r.locator, m.evidence,
    m.article_id, r.id AS record_id, r.source_id
FROM story_members m
JOIN stories s ON s.id = m.story_id
JOIN articles a ON a.id = m.article_id
JOIN records r ON r.id = a.record_id
LEFT JOIN page_captures c ON c.article_id = m.article_id
WHERE r.missing_since IS NULL;
"""
"""What the views say now: change them here. A catalogue gets them when it is next opened for writing."""


def _execute_script(db: Database, script: str) -> None:
    """Run statements one by one: ``executescript`` would commit the migration's transaction."""
    for statement in split_statements(script):
        db.execute(statement)


def remake_table(db: Database, name: str, script: str) -> None:
    """Make a table anew, with its rows, for what ``ALTER TABLE`` cannot do, such as to widen a ``CHECK``.

    ``script`` creates the table ``NAME_anew``, and nothing else; its rows, further columns (which a later migration
    or somebody else added), indexes and triggers are kept. See "Making Other Kinds Of Table Schema Changes" in SQLite's
    documentation of ``ALTER TABLE``.
    """
    kept = db.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        [name],
    ).fetchall()
    _execute_script(db, script)
    for column in columns_to_keep(_definition(db, name), _definition(db, f"{name}_anew")):
        db.execute(f"ALTER TABLE {name}_anew ADD COLUMN {column}")
    both = ", ".join(
        column
        for (column,) in db.execute(
            "SELECT name FROM pragma_table_info(?) INTERSECT SELECT name FROM pragma_table_info(?)",
            [f"{name}_anew", name],
        ).fetchall()
    )
    db.execute(f"INSERT INTO {name}_anew ({both}) SELECT {both} FROM {name}")
    db.execute(f"DROP TABLE {name}")
    db.execute(f"ALTER TABLE {name}_anew RENAME TO {name}")
    for (sql,) in kept:
        db.execute(sql)


def _definition(db: Database, table: str) -> str:
    found = db.conn.execute("SELECT sql FROM sqlite_master WHERE name = ? AND type = 'table'", [table])
    return str(found.fetchone()[0])


@migrations(name="0001_tables")
def _create_tables(db: Database) -> None:
    _execute_script(db, TABLES)


@migrations(name="0002_search")
def _create_search(db: Database) -> None:
    _execute_script(db, SEARCH)


@migrations(name="0003_views")
def _create_views(db: Database) -> None:
    """Do nothing: views were migrations once, and every catalogue has this name. See :data:`VIEWS`."""


CONTAINERS = """
ALTER TABLE records ADD COLUMN container_id INTEGER REFERENCES records (id) ON DELETE CASCADE;
ALTER TABLE records ADD COLUMN http_status INTEGER;
ALTER TABLE records ADD COLUMN redirect_uri TEXT;
ALTER TABLE records ADD COLUMN payload_digest TEXT;
CREATE INDEX records_container_id ON records (container_id) WHERE container_id IS NOT NULL;
CREATE INDEX records_redirect_uri ON records (redirect_uri) WHERE redirect_uri IS NOT NULL;
DROP INDEX records_target_uri;
CREATE INDEX records_target_uri ON records (target_uri, captured_at) WHERE target_uri IS NOT NULL;
CREATE INDEX records_payload_digest ON records (payload_digest) WHERE payload_digest IS NOT NULL;

CREATE TABLE containers (
    record_id INTEGER PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    begun_in INTEGER NOT NULL REFERENCES scans (id)
) STRICT;

CREATE TABLE container_spans (
    record_id INTEGER NOT NULL REFERENCES containers (record_id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    within TEXT NOT NULL,
    repeated TEXT NOT NULL CHECK (json_valid(repeated)),
    PRIMARY KEY (record_id, number)
) STRICT, WITHOUT ROWID;
"""
"""``containers`` are those being read, ``container_spans`` what is left of each to read. A container's
record gets its digest when nothing is left, so that a scan that was stopped goes on with the rest."""


@migrations(name="0004_containers")
def _create_containers(db: Database) -> None:
    _execute_script(db, CONTAINERS)


MERGING = """
ALTER TABLE scans ADD COLUMN token TEXT;
ALTER TABLE cleanups ADD COLUMN merged INTEGER NOT NULL DEFAULT 0 CHECK (merged IN (0, 1));

CREATE TABLE overruled_decisions (
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different')),
    note TEXT,
    decided_at TEXT NOT NULL,
    CHECK (left < right)
) STRICT;
CREATE INDEX overruled_decisions_pair ON overruled_decisions (left, right);
"""
"""A scan's ``token`` tells it from every other one, in whatever catalogue (those made before have none);
``merged`` cleanups are another catalogue's history; ``overruled_decisions`` are verdicts that met a later
one on the same two when catalogues were merged."""


@migrations(name="0005_merging")
def _prepare_merging(db: Database) -> None:
    _execute_script(db, MERGING)


UNREAD = """
ALTER TABLE records ADD COLUMN unread TEXT CHECK (unread IN ('unread', 'empty', 'support'));
CREATE INDEX records_missing ON records (missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX records_unread ON records (unread, media_type) WHERE unread IS NOT NULL;

CREATE TABLE formats (
    media_type TEXT PRIMARY KEY,
    singular TEXT NOT NULL,
    plural TEXT NOT NULL,
    remedy TEXT NOT NULL
) STRICT, WITHOUT ROWID;

UPDATE records SET modified_ns = NULL WHERE container_id IS NULL AND sha256 IS NOT NULL
    AND id NOT IN (SELECT record_id FROM containers)
    AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.record_id = records.id AND a.body <> '')
    AND NOT EXISTS (SELECT 1 FROM images i WHERE i.sha256 = records.sha256)
    AND NOT EXISTS (SELECT 1 FROM placements p WHERE p.record_id = records.id)
    AND NOT EXISTS (SELECT 1 FROM problems p WHERE p.source_id = records.source_id AND p.locator = records.locator);
"""
"""``unread`` says why a record yields nothing; ``formats`` what its media type is called. What an older version passed
over without a word is read once again, by the next scan, which says what it is."""

UNREAD_PROBLEMS = """
CREATE TABLE problems_anew (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL REFERENCES scans (id),
    source_id INTEGER REFERENCES sources (id) ON DELETE CASCADE,
    locator TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('list', 'read', 'decode', 'parse', 'match', 'unread', 'empty')),
    reason TEXT NOT NULL,
    remedy TEXT NOT NULL,
    media_type TEXT,
    count INTEGER CHECK ((count IS NOT NULL) = (stage IN ('unread', 'empty'))),
    traceback TEXT
) STRICT;
"""

_PLACE_OF_UNREAD = """CASE
        WHEN {0}.container_id IS NULL
            THEN iif(instr({0}.locator, '/'), substr({0}.locator, 1, instr({0}.locator, '/')), './')
        WHEN instr({0}.locator, '/') BETWEEN 1
                AND min(instr({0}.locator || '!', '!'), instr({0}.locator || '#', '#'))
            THEN substr({0}.locator, 1, instr({0}.locator, '/'))
        ELSE substr({0}.locator, 1, min(instr({0}.locator || '!', '!'), instr({0}.locator || '#', '#'))) END"""
"""Where a record that is not read is counted: the top folder of its source, or the archive there that holds it. It ends
with a mark, so that it is no record's locator."""

_SAID_OF_UNREAD = """printf('%,d', count) || ' '
        || coalesce((SELECT iif(problems.count = 1, f.singular, f.plural) FROM formats f
            WHERE f.media_type = problems.media_type), problems.media_type)
        || iif(stage = 'unread', ': not read', ': nothing was found in ' || iif(count = 1, 'it', 'them'))"""

_OF_UNREAD = (
    "source_id = {0}.source_id AND locator = {1} AND media_type = {0}.media_type AND stage = {0}.unread"
)


def _unread_triggers() -> str:
    """Keep the rows of ``problems`` that count what is not read: whatever changes records changes them with it."""
    new, old = _PLACE_OF_UNREAD.format("new"), _PLACE_OF_UNREAD.format("old")
    add = f"""
    INSERT INTO problems (scan_id, source_id, locator, stage, reason, remedy, media_type, count)
    SELECT new.last_scan_id, new.source_id, {new}, new.unread, '', iif(new.unread = 'empty',
        'Look at some of them: they may be drawn by a script, or be of another form than was expected.',
        coalesce((SELECT f.remedy FROM formats f WHERE f.media_type = new.media_type), '')), new.media_type, 0
    WHERE NOT EXISTS (SELECT 1 FROM problems WHERE {_OF_UNREAD.format("new", new)});
    UPDATE problems SET count = count + 1 WHERE {_OF_UNREAD.format("new", new)};
    UPDATE problems SET reason = {_SAID_OF_UNREAD} WHERE {_OF_UNREAD.format("new", new)};"""
    drop = f"""
    UPDATE problems SET count = count - 1 WHERE {_OF_UNREAD.format("old", old)};
    UPDATE problems SET reason = {_SAID_OF_UNREAD} WHERE {_OF_UNREAD.format("old", old)};
    DELETE FROM problems WHERE {_OF_UNREAD.format("old", old)} AND count = 0;"""
    counts = "{0}.unread IN ('unread', 'empty') AND {0}.missing_since IS NULL"
    changed = "unread, media_type, missing_since, source_id, locator, container_id"
    differs = " OR ".join(f"old.{column} IS NOT new.{column}" for column in changed.split(", "))
    return f"""
CREATE UNIQUE INDEX problems_unread ON problems (source_id, locator, media_type, stage) WHERE count IS NOT NULL;
CREATE TRIGGER records_unread_insert AFTER INSERT ON records WHEN {counts.format("new")} BEGIN{add}
END;
CREATE TRIGGER records_unread_delete AFTER DELETE ON records WHEN {counts.format("old")} BEGIN{drop}
END;
CREATE TRIGGER records_unread_leave AFTER UPDATE OF {changed} ON records
WHEN {counts.format("old")} AND ({differs}) BEGIN{drop}
END;
CREATE TRIGGER records_unread_enter AFTER UPDATE OF {changed} ON records
WHEN {counts.format("new")} AND ({differs}) BEGIN{add}
END;
"""


METHOD_VERSIONS = """
CREATE TABLE method_versions (
    method TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO method_versions (method, version) VALUES ('matches', 1);
"""
"""All results of a ``method`` that the catalogue has of the archive are of this ``version``: see
:mod:`catalog.store.versions`. Matches had no other version before this table; fingerprints are looked up."""


@migrations(name="0006_method_versions")
def _create_method_versions(db: Database) -> None:
    _execute_script(db, METHOD_VERSIONS)


@migrations(name="0007_unread")
def _count_unread(db: Database) -> None:
    _execute_script(db, UNREAD)
    remake_table(db, "problems", UNREAD_PROBLEMS)
    _execute_script(db, _unread_triggers())


CONTENTS = """
ALTER TABLE images ADD COLUMN bits INTEGER;
ALTER TABLE images ADD COLUMN channels TEXT;
ALTER TABLE images ADD COLUMN profile TEXT;
ALTER TABLE images ADD COLUMN extras TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(extras));
ALTER TABLE images ADD COLUMN damage TEXT;

INSERT OR IGNORE INTO pending (kind, item) SELECT 'image', sha256 FROM images WHERE pixels_sha256 IS NOT NULL
    AND pixels_sha256 IN (SELECT pixels_sha256 FROM images GROUP BY pixels_sha256 HAVING count(*) > 1);
UPDATE images SET pixels_sha256 = NULL;
"""
"""What a picture's file holds beside what is shown, which ``pixels_sha256`` covers since. Digests of before, which
covered less, are forgotten: until the next scan has read the pictures again, none is called "same pixels"."""


@migrations(name="0008_contents")
def _add_contents(db: Database) -> None:
    _execute_script(db, CONTENTS)


SIDECAR_METADATA = """
CREATE TABLE sidecar_metadata (
    record_id INTEGER PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    headline TEXT,
    byline TEXT,
    credit_line TEXT,
    copyright_notice TEXT,
    keywords TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(keywords)),
    created_at TEXT,
    city TEXT,
    country TEXT,
    latitude REAL,
    longitude REAL
) STRICT;

ALTER TABLE images ADD COLUMN from_sidecars TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(from_sidecars));
CREATE INDEX images_from_sidecars ON images (sha256) WHERE from_sidecars <> '[]';
CREATE INDEX placements_image_record ON placements (image_sha256, record_id) WHERE origin = 'sidecar';
"""
"""What a sidecar says of its picture beside captions, and which columns of ``images`` were filled from it because the
picture itself says nothing (:mod:`catalog.match.pictures.beside`)."""


@migrations(name="0008_sidecar_metadata")
def _add_sidecar_metadata(db: Database) -> None:
    _execute_script(db, SIDECAR_METADATA)


BESIDE_CLEANUPS = """
ALTER TABLE cleanup_actions ADD COLUMN pages TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(pages));
ALTER TABLE cleanup_actions ADD COLUMN companion_of TEXT;
"""
"""``pages`` show the file from where it lies; ``companion_of`` is the locator of the picture that a file goes with."""


@migrations(name="0009_beside_cleanups")
def _add_pages_and_companions(db: Database) -> None:
    _execute_script(db, BESIDE_CLEANUPS)


FIELDS = """
ALTER TABLE articles ADD COLUMN fields TEXT CHECK (fields IS NULL OR json_valid(fields));
"""
"""Of an article that was read from JSON: what its record says beside what is known, so that an export can give it
back. Articles that an older version read have it once they are read again."""


@migrations(name="0011_fields")
def _add_fields(db: Database) -> None:
    _execute_script(db, FIELDS)


STORIES = """
CREATE TABLE article_prints (
    body_sha256 TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    canonical_url TEXT NOT NULL UNIQUE,
    publisher TEXT,
    first_captured_at TEXT,
    last_captured_at TEXT,
    captures INTEGER NOT NULL
) STRICT;
CREATE INDEX pages_publisher ON pages (publisher);

CREATE TABLE page_captures (
    article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    url TEXT,
    address TEXT,
    publisher TEXT,
    captured_at TEXT,
    change TEXT
) STRICT;
CREATE INDEX page_captures_page ON page_captures (page_id, captured_at);

CREATE TABLE stories (
    id INTEGER PRIMARY KEY,
    headline TEXT,
    first_published_at TEXT,
    pages INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    publishers INTEGER NOT NULL
) STRICT;

CREATE TABLE story_members (
    article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    story_id INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('original', 'capture', 'version', 'copy')),
    similarity REAL NOT NULL,
    evidence TEXT NOT NULL CHECK (json_valid(evidence))
) STRICT;
CREATE INDEX story_members_story ON story_members (story_id);

ALTER TABLE caption_repeats ADD COLUMN scope TEXT
    CHECK (scope IN ('recapture', 'variant', 'syndicated', 'other-story'));
ALTER TABLE caption_repeat_members ADD COLUMN scope TEXT
    CHECK (scope IN ('recapture', 'variant', 'syndicated', 'other-story'));

INSERT OR IGNORE INTO pending (kind, item) SELECT 'article', id FROM articles;
INSERT OR IGNORE INTO pending (kind, item) SELECT 'scope', id FROM caption_repeats;
"""
"""``pages`` are addresses, ``page_captures`` the articles found there, each with the address that was asked for;
``stories`` are articles of one text. The next match finds them in what an older version read."""


@migrations(name="0015_stories")
def _create_stories(db: Database) -> None:
    _execute_script(db, STORIES)


FORMAT_VERSIONS = """
ALTER TABLE formats ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
"""
"""``version`` is that of the reader by which records of the media type were read; where another one is at hand, they
are read again."""


@migrations(name="0016_format_versions")
def _add_format_versions(db: Database) -> None:
    _execute_script(db, FORMAT_VERSIONS)


ONE_CAPTION = """
CREATE TABLE caption_conflict_sets_anew (
    id INTEGER PRIMARY KEY,
    grade TEXT NOT NULL CHECK (grade IN ('credit', 'wording', 'detail', 'fact', 'picture')),
    size INTEGER NOT NULL,
    image_sha256 TEXT REFERENCES images (sha256) ON DELETE CASCADE
) STRICT;
"""
"""``picture``: one caption, and pictures that do not show the same."""

_CONFLICTS_AGAIN = """
INSERT OR IGNORE INTO pending (kind, item) SELECT 'conflict', id FROM caption_conflict_sets;
INSERT OR IGNORE INTO pending (kind, item)
    SELECT 'image-captions', image_sha256 FROM placements WHERE image_sha256 IS NOT NULL AND caption_id IS NOT NULL;
"""


@migrations(name="0016_one_caption")
def _widen_conflicts(db: Database) -> None:
    remake_table(db, "caption_conflict_sets", ONE_CAPTION)
    _execute_script(db, _CONFLICTS_AGAIN)


FURNITURE = """
CREATE TABLE furniture (
    image_sha256 TEXT PRIMARY KEY REFERENCES images (sha256) ON DELETE CASCADE,
    picture_id TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('logo', 'icon', 'portrait', 'advert', 'sprite', 'pixel', 'decided')),
    evidence TEXT NOT NULL CHECK (json_valid(evidence))
) STRICT, WITHOUT ROWID;
CREATE INDEX furniture_picture ON furniture (picture_id, reason);

CREATE TABLE stock_captions (
    key TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('little', 'often', 'decided')),
    evidence TEXT NOT NULL CHECK (json_valid(evidence))
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO pending (kind, item) VALUES ('furniture', '');
"""
"""Pictures that are a page's furniture, in all of their forms, and captions that say nothing of a picture."""


@migrations(name="0018_furniture")
def _set_furniture_apart(db: Database) -> None:
    _execute_script(db, FURNITURE)


CORRECTIONS = """
CREATE TABLE caption_changes (
    before_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    after_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    page_id INTEGER NOT NULL,
    grade TEXT NOT NULL CHECK (grade IN ('credit', 'wording', 'detail', 'fact')),
    difference TEXT NOT NULL,
    PRIMARY KEY (before_id, after_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX caption_changes_after ON caption_changes (after_id);
CREATE INDEX caption_changes_page ON caption_changes (page_id);
CREATE INDEX caption_changes_grade ON caption_changes (grade);

INSERT OR IGNORE INTO pending (kind, item) VALUES ('correction', '');
"""
"""What a page said of a picture, and what it said when it was captured the next time."""


@migrations(name="0019_corrections")
def _keep_corrections(db: Database) -> None:
    _execute_script(db, CORRECTIONS)


REVIEWS_OF_THE_DESK = """
CREATE TABLE reviews_anew (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL CHECK (queue IN ('pictures', 'captions', 'groups', 'wordings')),
    place TEXT NOT NULL,
    action TEXT NOT NULL
        CHECK (action IN ('same', 'different', 'skip', 'keeper', 'group', 'bulk', 'choose', 'dismiss')),
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    note TEXT,
    previous TEXT CHECK (previous IS NULL OR json_valid(previous)),
    reviewed_at TEXT NOT NULL
) STRICT;
"""
CHOICES = """
CREATE TABLE caption_choices (
    id INTEGER PRIMARY KEY,
    verdict TEXT NOT NULL CHECK (verdict IN ('chosen', 'edited', 'dismissed')),
    text TEXT,
    credit_line TEXT,
    date TEXT,
    place TEXT,
    keys TEXT NOT NULL CHECK (json_valid(keys)),
    note TEXT,
    chosen_at TEXT NOT NULL
) STRICT;

CREATE TABLE caption_choice_pictures (
    image_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    choice_id INTEGER NOT NULL REFERENCES caption_choices (id) ON DELETE CASCADE,
    PRIMARY KEY (image_sha256, choice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX caption_choice_pictures_choice ON caption_choice_pictures (choice_id);

ALTER TABLE caption_conflict_sets ADD COLUMN settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1));
CREATE INDEX caption_conflict_sets_open ON caption_conflict_sets (settled, grade, size);
"""
"""What a person says is the caption of a picture; ``keys`` are the captions that were weighed. A conflict is settled
while all of its captions were."""


@migrations(name="0020_desk")
def _settle_captions(db: Database) -> None:
    remake_table(db, "reviews", REVIEWS_OF_THE_DESK)
    _execute_script(db, CHOICES)


@migrations(name="0021_source")
def _keep_source(db: Database) -> None:
    for table in ("images", "sidecar_metadata"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN source TEXT")


PAGES_IN_ORDER = """
ALTER TABLE caption_changes ADD COLUMN captured_at TEXT;
UPDATE caption_changes SET captured_at = (SELECT r.captured_at FROM placements p JOIN records r ON r.id = p.record_id
    WHERE p.id = caption_changes.after_id);
CREATE INDEX caption_changes_order ON caption_changes (grade, captured_at, after_id, before_id);
DROP INDEX caption_changes_grade;
CREATE INDEX stories_order ON stories (publishers, pages, articles, id);
CREATE INDEX caption_repeats_scope ON caption_repeats (scope, kind);
CREATE INDEX caption_repeats_scope_size ON caption_repeats (scope, size);
"""
"""``captured_at`` is when the changed caption was captured. Lists of corrections and stories are read in their order,
a page at a time, however many there are."""


@migrations(name="0022_pages_in_order")
def _keep_pages_in_order(db: Database) -> None:
    _execute_script(db, PAGES_IN_ORDER)


@migrations(name="0023_camera")
def _keep_camera(db: Database) -> None:
    for table in ("images", "sidecar_metadata"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN camera TEXT")


LEARNED_CREDITS = """
CREATE TABLE learned_credits (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('learned', 'decided', 'off')),
    captions INTEGER NOT NULL,
    evidence TEXT NOT NULL CHECK (json_valid(evidence))
) STRICT, WITHOUT ROWID;
CREATE INDEX placements_learned_credit ON placements (json_extract(evidence, '$.learned_credit.key'))
    WHERE instr(evidence, '"learned_credit"');

INSERT OR IGNORE INTO pending (kind, item) SELECT 'credits', '' WHERE EXISTS (SELECT 1 FROM captions);
"""
"""Names that the archive shows to be credits, though no list has them. A placement whose caption ended in one says so
in its ``evidence``, with the caption as the reader left it."""


@migrations(name="0024_learned_credits")
def _learn_credits(db: Database) -> None:
    _execute_script(db, LEARNED_CREDITS)


ONE_PICTURE = """
ALTER TABLE caption_repeats ADD COLUMN pictures INTEGER;
ALTER TABLE caption_repeats ADD COLUMN repeat_scope TEXT GENERATED ALWAYS AS
    (iif(kind = 'reused' AND pictures = 1 AND articles <= 1, 'one-picture', scope)) VIRTUAL;
DROP INDEX caption_repeats_scope;
DROP INDEX caption_repeats_scope_size;
CREATE INDEX caption_repeats_scope ON caption_repeats (repeat_scope, kind);
CREATE INDEX caption_repeats_scope_size ON caption_repeats (repeat_scope, size);
INSERT OR IGNORE INTO pending (kind, item) SELECT 'scope', id FROM caption_repeats;
"""
"""``pictures`` counts the pictures of a repeat's places, all copies of one picture once; NULL if the picture of a place
is not in the archive. The copies of a picture hold its caption, as does a page that shows it: that is no reuse, and has
a scope of its own."""


@migrations(name="0025_one_picture")
def _tell_one_picture(db: Database) -> None:
    _execute_script(db, ONE_PICTURE)
