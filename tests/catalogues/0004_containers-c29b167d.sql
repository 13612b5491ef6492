PRAGMA application_id = 1668641900;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO _sqlite_migrations VALUES (1, 'cutline', '0001_tables', '2026-11-29 06:10:50.499548+00:00');
INSERT INTO _sqlite_migrations VALUES (2, 'cutline', '0002_search', '2026-11-29 06:10:50.500631+00:00');
INSERT INTO _sqlite_migrations VALUES (3, 'cutline', '0003_views', '2026-11-29 06:10:50.505619+00:00');
INSERT INTO _sqlite_migrations VALUES (4, 'cutline', '0004_containers', '2026-11-29 06:10:50.507898+00:00');
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
INSERT INTO scans VALUES (1, '2026-11-29T06:10:50Z', '2026-11-29T06:10:50Z', 'failed', '0.1.0', '{"exclude": [], "follow_links": false, "include": [], "jobs": 0, "paths": ["/tmp/tmplkwbd6tr/archive"], "reading": {"limits": {"article_bytes": 33554432, "image_bytes": 536870912, "seconds": 60.0}, "parts": true}, "reread": false}', 0, 0, 0, 0, 0, 0.001);
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'zip', 'tar', 'warc', 'wacz', 'file')),
    byte_size INTEGER,
    modified_ns INTEGER,
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    last_scan_id INTEGER REFERENCES scans (id)
) STRICT;
INSERT INTO sources VALUES (1, 'file:///ARCHIVE', 'folder', NULL, NULL, 0, 1);
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
    picture_name TEXT, container_id INTEGER REFERENCES records (id) ON DELETE CASCADE, http_status INTEGER, redirect_uri TEXT, payload_digest TEXT,
    UNIQUE (source_id, locator)
) STRICT;
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
    body_sha256 TEXT NOT NULL,
    words INTEGER NOT NULL
) STRICT;
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
CREATE TABLE placement_names (
    picture_name TEXT NOT NULL,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    PRIMARY KEY (picture_name, placement_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE caption_repeats (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN
        ('doubled', 'reused', 'edited', 'extended', 'echoed', 'changed-fact')),
    size INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    caption_id INTEGER NOT NULL REFERENCES captions (id)
) STRICT;
CREATE TABLE caption_repeat_members (
    repeat_id INTEGER NOT NULL REFERENCES caption_repeats (id) ON DELETE CASCADE,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    similarity REAL,
    difference TEXT,
    PRIMARY KEY (repeat_id, placement_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE caption_conflict_sets (
    id INTEGER PRIMARY KEY,
    grade TEXT NOT NULL CHECK (grade IN ('credit', 'wording', 'detail', 'fact')),
    size INTEGER NOT NULL,
    image_sha256 TEXT REFERENCES images (sha256) ON DELETE CASCADE
) STRICT;
CREATE TABLE caption_conflict_members (
    conflict_id INTEGER NOT NULL REFERENCES caption_conflict_sets (id) ON DELETE CASCADE,
    placement_id INTEGER NOT NULL REFERENCES placements (id) ON DELETE CASCADE,
    difference TEXT,
    PRIMARY KEY (conflict_id, placement_id)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE image_groups (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('same-bytes', 'same-pixels', 'near', 'part')),
    size INTEGER NOT NULL,
    widest_distance_bits INTEGER,
    reclaimable_bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE image_group_members (
    group_id INTEGER NOT NULL REFERENCES image_groups (id) ON DELETE CASCADE,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    image_sha256 TEXT NOT NULL REFERENCES images (sha256) ON DELETE CASCADE,
    keeper INTEGER NOT NULL CHECK (keeper IN (0, 1)),
    reason TEXT NOT NULL,
    PRIMARY KEY (group_id, record_id)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL REFERENCES scans (id),
    source_id INTEGER REFERENCES sources (id) ON DELETE CASCADE,
    locator TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('list', 'read', 'decode', 'parse', 'match')),
    reason TEXT NOT NULL,
    remedy TEXT NOT NULL
) STRICT;
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
CREATE TABLE pending (
    kind TEXT NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (kind, item)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE captions_fts USING fts5 (
    text, credit_line, content = captions, content_rowid = id,
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO captions_fts (captions_fts) VALUES ('rebuild');
CREATE VIRTUAL TABLE articles_fts USING fts5 (
    headline, body, content = articles, content_rowid = id,
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO articles_fts (articles_fts) VALUES ('rebuild');
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
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX records_sha256 ON records (sha256);
CREATE INDEX records_picture_name ON records (picture_name) WHERE picture_name IS NOT NULL;
CREATE INDEX records_target_uri ON records (target_uri) WHERE target_uri IS NOT NULL;
CREATE INDEX articles_record_id ON articles (record_id);
CREATE INDEX articles_body_sha256 ON articles (body_sha256);
CREATE INDEX images_pixels_sha256 ON images (pixels_sha256) WHERE pixels_sha256 IS NOT NULL;
CREATE INDEX captions_key ON captions (key);
CREATE INDEX placements_record_id ON placements (record_id);
CREATE INDEX placements_article_id ON placements (article_id, position);
CREATE INDEX placements_caption_id ON placements (caption_id);
CREATE INDEX placements_image_sha256 ON placements (image_sha256);
CREATE INDEX placement_names_placement_id ON placement_names (placement_id);
CREATE INDEX caption_repeats_caption_id ON caption_repeats (caption_id);
CREATE INDEX caption_repeats_kind ON caption_repeats (kind, size);
CREATE INDEX caption_repeat_members_placement_id ON caption_repeat_members (placement_id);
CREATE INDEX caption_conflict_sets_image ON caption_conflict_sets (image_sha256);
CREATE INDEX caption_conflict_members_placement_id ON caption_conflict_members (placement_id);
CREATE INDEX image_matches_right ON image_matches (right_sha256);
CREATE INDEX image_group_members_record_id ON image_group_members (record_id);
CREATE INDEX image_group_members_image_sha256 ON image_group_members (image_sha256);
CREATE INDEX problems_locator ON problems (source_id, locator);
CREATE INDEX cleanup_actions_cleanup_id ON cleanup_actions (cleanup_id, status);
CREATE INDEX cleanup_actions_record_id ON cleanup_actions (record_id);
CREATE INDEX cleanup_actions_keeper ON cleanup_actions (keeper_record_id);
CREATE INDEX cleanup_actions_source_id ON cleanup_actions (source_id);
CREATE INDEX cleanup_actions_keeper_source_id ON cleanup_actions (keeper_source_id);
CREATE INDEX carried_captions_action_id ON carried_captions (action_id);
CREATE INDEX carried_captions_keeper_sha256 ON carried_captions (keeper_sha256);
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
CREATE VIEW page_captions AS
SELECT r.locator, a.url, a.headline, p.position, c.text AS caption, c.credit_line, c.date, c.place,
    p.image_src, p.image_sha256, 
    (SELECT min(i.locator) FROM records i WHERE i.sha256 = p.image_sha256 AND i.missing_since IS NULL) AS image_locator, p.origin, p.confidence,
    p.lead, p.id AS placement_id, p.article_id, r.source_id
FROM placements p
JOIN captions c ON c.id = p.caption_id
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
WHERE p.origin NOT IN ('json-ld', 'sidecar', 'iptc', 'xmp', 'exif', 'alt') AND r.missing_since IS NULL;
CREATE VIEW repeated_captions AS
SELECT m.repeat_id, cr.kind, cr.size, r.locator, a.headline, p.position, c.text AS caption,
    c.credit_line, p.origin, p.image_src, p.image_sha256, m.similarity, m.difference,
    p.id AS placement_id, p.article_id, r.source_id
FROM caption_repeat_members m
JOIN caption_repeats cr ON cr.id = m.repeat_id
JOIN placements p ON p.id = m.placement_id
JOIN captions c ON c.id = p.caption_id
JOIN records r ON r.id = p.record_id
LEFT JOIN articles a ON a.id = p.article_id
WHERE r.missing_since IS NULL;
CREATE VIEW duplicate_images AS
SELECT m.group_id, g.kind, g.size, r.locator, i.sha256, i.width_px, i.height_px, r.byte_size,
    m.keeper, m.reason,
    CASE WHEN i.sha256 = k.image_sha256 THEN 0 ELSE coalesce(l.distance_bits, h.distance_bits) END
        AS distance_bits,
    CASE WHEN i.sha256 = k.image_sha256 THEN 1.0
        ELSE coalesce(l.aligned_similarity, h.aligned_similarity) END AS aligned_similarity,
    coalesce(l.transform, h.transform) AS transform, r.id AS record_id, r.source_id
FROM image_group_members m
JOIN image_groups g ON g.id = m.group_id
JOIN image_group_members k ON k.group_id = m.group_id AND k.keeper = 1
JOIN images i ON i.sha256 = m.image_sha256
JOIN records r ON r.id = m.record_id
LEFT JOIN image_matches l ON l.left_sha256 = k.image_sha256 AND l.right_sha256 = m.image_sha256
LEFT JOIN image_matches h ON h.left_sha256 = m.image_sha256 AND h.right_sha256 = k.image_sha256
WHERE r.missing_since IS NULL;
CREATE VIEW caption_conflicts AS
SELECT m.conflict_id AS group_id, r.locator, c.text AS caption, c.credit_line, c.date, c.place,
    p.image_sha256, m.difference, s.grade, s.size, a.headline, a.url, p.origin,
    p.id AS placement_id, p.article_id, r.source_id
FROM caption_conflict_members m
JOIN caption_conflict_sets s ON s.id = m.conflict_id
JOIN placements p ON p.id = m.placement_id
JOIN captions c ON c.id = p.caption_id
JOIN records r ON r.id = p.record_id
LEFT JOIN articles a ON a.id = p.article_id
WHERE r.missing_since IS NULL;
CREATE VIEW uncaptioned_images AS
SELECT r.locator, i.sha256, i.format, i.width_px, i.height_px, r.byte_size,
    (SELECT count(DISTINCT p.article_id) FROM placements p JOIN records q ON q.id = p.record_id
     WHERE p.image_sha256 = i.sha256 AND q.missing_since IS NULL) AS articles,
    r.id AS record_id, r.source_id
FROM records r
JOIN images i ON i.sha256 = r.sha256
WHERE r.missing_since IS NULL AND NOT EXISTS (
    SELECT 1 FROM placements p JOIN records q ON q.id = p.record_id
    WHERE p.image_sha256 = i.sha256 AND p.caption_id IS NOT NULL AND q.missing_since IS NULL
        AND p.origin <> 'alt');
CREATE VIEW orphan_captions AS
SELECT r.locator, a.url, a.headline, p.position, c.text AS caption, c.credit_line, p.image_src,
    p.origin, p.id AS placement_id, p.article_id, r.source_id
FROM placements p
JOIN captions c ON c.id = p.caption_id
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
WHERE p.image_sha256 IS NULL AND p.origin NOT IN ('json-ld', 'sidecar', 'iptc', 'xmp', 'exif', 'alt') AND r.missing_since IS NULL;
CREATE VIEW missing_images AS
SELECT r.locator, a.url, a.headline, min(p.position) AS position, p.image_src,
    count(*) AS placements, p.article_id, r.source_id
FROM placements p
JOIN articles a ON a.id = p.article_id
JOIN records r ON r.id = p.record_id
WHERE p.image_src IS NOT NULL AND p.image_sha256 IS NULL AND r.missing_since IS NULL
GROUP BY p.article_id, p.image_src;
CREATE INDEX records_container_id ON records (container_id) WHERE container_id IS NOT NULL;
CREATE INDEX records_payload_digest ON records (payload_digest) WHERE payload_digest IS NOT NULL;
