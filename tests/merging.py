"""Whole catalogues compared: every table and view, by what its rows say, their numbers aside."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from catalog.match.match import Stage
from catalog.merge.merge import MergeResult, merge
from catalog.store.catalogue import Catalogue
from tests.conftest import rows

_AT = "s.uri || ' ' || r.locator"
_PLACEMENT = (
    f"(SELECT {_AT} || ' ' || p.position || ' ' || (SELECT count(*) FROM placements q"
    " WHERE q.record_id = p.record_id AND q.id < p.id) FROM placements p JOIN records r ON r.id = p.record_id"
    " JOIN sources s ON s.id = r.source_id WHERE p.id = {0})"
)
_RECORD = f"(SELECT {_AT} FROM records r JOIN sources s ON s.id = r.source_id WHERE r.id = {{0}})"
_SCAN = "(SELECT coalesce(token, started_at) FROM scans WHERE id = {0})"
_MEMBERS = "(SELECT group_concat(said, '; ') FROM (SELECT {0} AS said FROM {1} ORDER BY said))"

SAID = {
    "sources": "SELECT uri, kind, byte_size, modified_ns, complete FROM sources",
    "records": f"SELECT {_RECORD.format('t.id')}, media_type, byte_size, modified_ns, sha256, target_uri, captured_at,"
    f" missing_since IS NULL, inode, picture_name, http_status, redirect_uri, payload_digest,"
    f" {_RECORD.format('t.container_id')} FROM records t",
    "articles": f"SELECT {_RECORD.format('t.record_id')}, (SELECT count(*) FROM articles b"
    " WHERE b.record_id = t.record_id AND b.id < t.id), url, headline, byline, dateline, published_at, language,"
    " body, body_positions, body_sha256, words FROM articles t",
    "images": "SELECT * FROM images",
    "fingerprints": "SELECT image_sha256, method, version, hex(value) FROM fingerprints",
    "thumbnails": "SELECT image_sha256, hex(webp) FROM thumbnails",
    "captions": "SELECT text, credit_line, key, date, place FROM captions",
    "placements": f"SELECT {_PLACEMENT.format('t.id')}, t.article_id - (SELECT min(id) FROM articles a"
    " WHERE a.record_id = t.record_id), c.text, c.credit_line, t.image_sha256, t.image_src, t.origin, t.lead,"
    " t.confidence, t.evidence, t.paired_by FROM placements t LEFT JOIN captions c ON c.id = t.caption_id",
    "placement_names": f"SELECT picture_name, {_PLACEMENT.format('t.placement_id')} FROM placement_names t",
    "caption_repeats": "SELECT t.kind, t.size, t.articles, c.text, c.credit_line, "
    + _MEMBERS.format(
        f"json_array({_PLACEMENT.format('m.placement_id')}, m.similarity, m.difference)",
        "caption_repeat_members m WHERE m.repeat_id = t.id",
    )
    + " FROM caption_repeats t JOIN captions c ON c.id = t.caption_id",
    "conflicts": "SELECT t.grade, t.size, t.settled, t.image_sha256, "
    + _MEMBERS.format(
        f"json_array({_PLACEMENT.format('m.placement_id')}, m.difference)",
        "caption_conflict_members m WHERE m.conflict_id = t.id",
    )
    + " FROM caption_conflict_sets t",
    "image_matches": "SELECT * FROM image_matches",
    "image_groups": "SELECT t.kind, t.size, t.widest_distance_bits, t.reclaimable_bytes, "
    + _MEMBERS.format(
        f"json_array({_RECORD.format('m.record_id')}, m.image_sha256, m.keeper, m.reason)",
        "image_group_members m WHERE m.group_id = t.id",
    )
    + " FROM image_groups t",
    "decisions": "SELECT left, right, verdict, note, decided_at FROM decisions",
    "keeper_choices": f"SELECT {_RECORD.format('t.record_id')}, image_sha256 FROM keeper_choices t",
    "caption_choices": "SELECT t.verdict, t.text, t.credit_line, t.date, t.place, t.keys, t.note, "
    + _MEMBERS.format("q.image_sha256", "caption_choice_pictures q WHERE q.choice_id = t.id")
    + " FROM caption_choices t",
    "problems": "SELECT s.uri, t.locator, stage, reason, remedy FROM problems t LEFT JOIN sources s"
    " ON s.id = t.source_id",
    "pending": "SELECT kind, item FROM pending",
    "containers": f"SELECT {_RECORD.format('t.record_id')}, sha256, (SELECT count(*) FROM container_spans n"
    " WHERE n.record_id = t.record_id) FROM containers t",
}
"""What a catalogue says of the archive: the same, whether it was scanned at once or in parts."""

HISTORY = {
    "scans": "SELECT token, started_at, finished_at, status, version, options, records, articles, images, captions,"
    " problems, seconds FROM scans",
    "scanned": f"SELECT uri, {_SCAN.format('last_scan_id')} FROM sources",
    "seen": f"SELECT {_RECORD.format('t.id')}, missing_since, {_SCAN.format('first_scan_id')},"
    f" {_SCAN.format('last_scan_id')} FROM records t",
    "told": f"SELECT locator, reason, {_SCAN.format('scan_id')} FROM problems",
    "chosen": f"SELECT {_RECORD.format('t.record_id')}, chosen_at FROM keeper_choices t",
    "overruled": "SELECT left, right, verdict, note, decided_at FROM overruled_decisions",
    "reviews": "SELECT queue, action, CASE action WHEN 'keeper' THEN NULL ELSE left END, CASE action WHEN 'keeper'"
    f" THEN {_RECORD.format('CAST(substr(t.right, 8) AS INTEGER)')} WHEN 'choose' THEN NULL WHEN 'dismiss' THEN NULL"
    " ELSE right END, note, reviewed_at FROM reviews t",
    "chosen_at": "SELECT verdict, text, chosen_at FROM caption_choices",
    "cleanups": "SELECT token, created_at, status, options, quarantine, applied_at, finished_at FROM cleanups",
    "actions": f"SELECT (SELECT token FROM cleanups WHERE id = t.cleanup_id), kind, {_RECORD.format('t.record_id')},"
    " (SELECT uri FROM sources WHERE id = t.source_id), source_uri, locator, action, sha256, byte_size,"
    f" {_RECORD.format('t.keeper_record_id')}, (SELECT uri FROM sources WHERE id = t.keeper_source_id),"
    " keeper_locator, keeper_sha256, reason, lacks, freed_bytes, status, detail, pages, companion_of"
    " FROM cleanup_actions t",
    "carried": "SELECT (SELECT locator FROM cleanup_actions WHERE id = t.action_id), keeper_sha256, text, credit_line,"
    " date, place, origin, from_locator FROM carried_captions t",
}
"""How it came to say so: the same, in whatever order parts are merged."""

ALL = SAID | HISTORY


class Silent:
    """Sees a merge at work and says nothing; tests may look at what it saw."""

    def __init__(self) -> None:
        self.merged: list[Path] = []
        self.stages: list[Stage] = []
        self.waited: list[str] = []

    def looking(self, count: int) -> None:
        pass

    def merging(self, path: Path, number: int, count: int) -> None:
        self.merged.append(path)

    def waiting(self, holder: str) -> None:
        self.waited.append(holder)

    def stage(self, name: Stage) -> None:
        self.stages.append(name)


def merge_into(out: Path, *shards: Path) -> MergeResult:
    return merge(out, shards, Silent())


def dump(catalog: Path, queries: dict[str, str] = ALL) -> dict[str, list[str]]:
    """Every table and view of a catalogue, as sorted lines without numbers."""
    with Catalogue.read(catalog) as catalogue:

        def say(sql: str) -> list[str]:
            return sorted(repr(tuple(row)) for row in catalogue.rows(sql))

        found = {name: say(sql) for name, sql in queries.items()}
        views = catalogue.rows("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")
        for view in [row["name"] for row in views]:
            columns = [
                row["name"] for row in catalogue.rows("SELECT name FROM pragma_table_info(?)", (view,))
            ]
            shown = ", ".join(name for name in columns if not name.endswith("_id"))
            found[view] = say(f"SELECT {shown} FROM {view}")
    return found


def assert_same(one: Path, other: Path, queries: dict[str, str] = ALL) -> None:
    left, right = dump(one, queries), dump(other, queries)
    for name in left:
        assert left[name] == right[name], (name, set(left[name]) ^ set(right[name]))


def assert_whole(catalog: Path) -> None:
    """The file is sound, nothing is left to be matched, and searching finds what is there."""
    assert rows(catalog, "PRAGMA integrity_check") == [("ok",)]
    assert rows(catalog, "PRAGMA foreign_key_check") == []
    assert rows(catalog, "SELECT * FROM pending") == []
    assert rows(catalog, "SELECT id FROM captions WHERE id NOT IN (SELECT caption_id FROM placements)") == []
    with Catalogue.open(catalog) as catalogue:
        for index in ("captions_fts", "articles_fts"):
            try:
                catalogue.db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
            except sqlite3.DatabaseError as error:
                raise AssertionError(f"{index}: {error}") from error
            catalogue.db.conn.rollback()


def merge_tree(folder: Path, tree: object, shards: Sequence[Path]) -> Path:
    """Merge as a nested list of shard numbers says: ``[0, [2, 1]]`` merges 2 and 1, and both with 0.

    One is merged after the other, so that what came before is matched already.
    """
    if isinstance(tree, int):
        return shards[tree]
    assert isinstance(tree, list | tuple)
    parts = [merge_tree(folder, each, shards) for each in tree]
    out = folder / f"merged-{len(list(folder.glob('merged-*.db')))}.db"
    for part in parts:
        merge_into(out, part)
    return out
