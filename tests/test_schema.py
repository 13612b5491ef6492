"""The tables, views and columns that others read."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlite_utils import Database

from catalog.errors import CatalogueUnusable
from catalog.store.catalogue import Catalogue
from catalog.store.schema import VIEWS, migrations, remake_table
from catalog.store.statements import columns_to_keep
from catalog.store.upgrade import bring_up_to_date, find_differences, is_current
from media.captions.caption import UNSEEN_ORIGINS
from tests.conftest import rows

CONTRACT = {
    "scans": "id started_at finished_at status version options records articles images captions problems seconds",
    "sources": "id uri kind byte_size modified_ns complete last_scan_id",
    "records": "id source_id locator media_type byte_size modified_ns sha256 target_uri captured_at first_scan_id"
    " last_scan_id missing_since",
    "articles": "id record_id url headline byline dateline published_at language body body_positions body_sha256 words",
    "images": "sha256 format width_px height_px frames pixels_sha256 information headline caption byline credit_line"
    " copyright_notice keywords created_at city country latitude longitude",
    "fingerprints": "image_sha256 method version value",
    "thumbnails": "image_sha256 webp",
    "captions": "id text credit_line key date place",
    "placements": "id record_id article_id caption_id image_sha256 image_src position origin lead confidence evidence",
    "caption_repeats": "id kind size articles caption_id",
    "caption_repeat_members": "repeat_id placement_id similarity difference",
    "image_matches": "left_sha256 right_sha256 kind distance_bits aligned_similarity transform version",
    "image_groups": "id kind size widest_distance_bits reclaimable_bytes",
    "image_group_members": "group_id record_id image_sha256 keeper reason",
    "decisions": "id left right verdict note decided_at",
    "overruled_decisions": "left right verdict note decided_at",
    "problems": "id scan_id source_id locator stage reason remedy media_type count traceback",
    "formats": "media_type singular plural remedy",
    "stories": "id headline first_published_at pages articles publishers",
    "story_members": "article_id story_id kind similarity evidence",
    "pages": "id canonical_url publisher first_captured_at last_captured_at captures",
    "captures": "page_id canonical_url url publisher captured_at change headline",
    "article_stories": "story_id kind similarity headline url publisher published_at captured_at language locator",
    "captions_fts": "text credit_line",
    "articles_fts": "headline body",
    "page_captions": "locator url headline position caption credit_line date place image_src image_sha256"
    " image_locator origin confidence",
    "repeated_captions": "repeat_id kind size locator headline position caption credit_line origin image_src"
    " image_sha256 similarity difference repeat_scope scope url captured_at publisher story_id",
    "changed_images": "pair kind side locator sha256 width_px height_px byte_size aligned_similarity share"
    " changed_boxes record_id source_id",
    "duplicate_images": "group_id kind size locator sha256 width_px height_px byte_size keeper reason distance_bits"
    " aligned_similarity transform",
    "caption_conflicts": "group_id locator caption credit_line date place image_sha256 difference",
    "uncaptioned_images": "locator",
    "orphan_captions": "locator caption",
    "missing_images": "locator image_src",
}


@pytest.mark.parametrize(("table", "columns"), CONTRACT.items(), ids=CONTRACT)
def test_the_contract_of_tables_and_views(catalog_path: Path, table: str, columns: str) -> None:
    with Catalogue.open(catalog_path) as catalogue:
        found = [row["name"] for row in catalogue.rows(f"SELECT name FROM pragma_table_info('{table}')")]
    assert [name for name in found if name in columns.split()] == columns.split()


def test_every_table_is_strict(catalog_path: Path) -> None:
    with Catalogue.open(catalog_path) as catalogue:
        tables = {
            row["name"]: row["strict"]
            for row in catalogue.rows("PRAGMA table_list")
            if row["type"] == "table"
        }
    loose = {
        name for name, strict in tables.items() if not strict and not name.startswith(("sqlite_", "_sqlite"))
    }
    assert loose == set()


def test_a_value_of_the_wrong_type_is_refused(catalog_path: Path) -> None:
    with Catalogue.open(catalog_path) as catalogue, pytest.raises(sqlite3.IntegrityError):
        catalogue.db.execute("INSERT INTO captions (text, key, date) VALUES (x'00', 'k', NULL)")


def test_a_row_that_refers_to_nothing_is_refused(catalog_path: Path) -> None:
    with (
        Catalogue.open(catalog_path) as catalogue,
        pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"),
    ):
        catalogue.db.execute("INSERT INTO thumbnails (image_sha256, webp) VALUES ('none', x'00')")


def test_views_leave_out_what_readers_do_not_see() -> None:
    db = Database(memory=True)
    bring_up_to_date(db)
    definition = db.execute("SELECT sql FROM sqlite_master WHERE name = 'page_captions'").fetchone()[0]
    assert all(f"'{origin}'" in definition for origin in UNSEEN_ORIGINS)


def test_search_follows_the_captions_and_folds_accents(catalog_path: Path) -> None:
    with Catalogue.open(catalog_path) as catalogue:
        db = catalogue.db
        with db.atomic():
            db.execute(
                "INSERT INTO captions (id, text, key) VALUES (1, 'Menschen in Köln', 'menschen in koln')"
            )
        query = "SELECT rowid FROM captions_fts WHERE captions_fts MATCH ?"
        assert db.execute(query, ["koln"]).fetchall() == [(1,)]
        with db.atomic():
            db.execute("UPDATE captions SET text = 'Menschen in Bonn' WHERE id = 1")
        assert db.execute(query, ["koln"]).fetchall() == []
        with db.atomic():
            db.execute("DELETE FROM captions")
        assert db.execute(query, ["bonn"]).fetchall() == []


def test_opening_again_changes_nothing(catalog_path: Path) -> None:
    with Catalogue.open(catalog_path):
        pass
    before = rows(catalog_path, "SELECT name, applied_at FROM _sqlite_migrations")
    with Catalogue.open(catalog_path):
        pass
    assert rows(catalog_path, "SELECT name, applied_at FROM _sqlite_migrations") == before


# --- Migrations and views

LANDED = {
    "0001_tables": "81cd7cf91d06b61a",
    "0002_search": "081e1b8d8941c2d9",
    "0003_views": "e3b0c44298fc1c14",
    "0004_containers": "cb059ed85492034f",
    "0005_merging": "e24ae7c3a9abdfcb",
    "0006_method_versions": "95f9f2d99d562093",
    "0007_unread": "4adb9309b5b86c3b",
    "0008_contents": "8c308454a3c26b58",
    "0008_sidecar_metadata": "74c171fde4e97230",
    "0009_beside_cleanups": "998e434796c1ef62",
    "0011_fields": "69dcf3e55dff962b",
    "0015_stories": "4216014974ef2b71",
    "0016_format_versions": "ffae140d1161df88",
    "0016_one_caption": "cfd0d93ab461f7de",
    "0018_furniture": "bd68cf24ce04214b",
    "0019_corrections": "02887571fe351bd3",
    "0020_desk": "6fcac0d9d219d148",
    "0021_source": "39b615d6dd26c35b",
    "0022_pages_in_order": "9312b551e1429ada",
    "0023_camera": "132745ebc8696149",
    "0024_learned_credits": "7f9bd3df486fa927",
    "0025_one_picture": "bed71d218dcd9104",
}
"""What each migration does, as a digest of its statements. Add a line for a new one; never change one."""


class Recorder(Database):
    """Notes what is executed."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        super().__init__(memory=True, execute_plugins=False)

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:  # type: ignore[override]
        self.statements.append(" ".join(sql.split()).rstrip("; "))
        return super().execute(sql, *parameters)  # type: ignore[arg-type]


def test_a_migration_that_has_landed_never_changes() -> None:
    db = Recorder()
    found = {}
    for migration in migrations._migrations:
        db.statements.clear()
        migration.fn(db)
        found[migration.name] = hashlib.sha256(";\n".join(db.statements).encode()).hexdigest()[:16]
    assert list(found) == sorted(found), "migrations stand in the order of their numbers"
    new = [f'"{name}": "{digest}",' for name, digest in found.items() if name not in LANDED]
    assert not new, f"add to LANDED: {' '.join(new)}"
    assert found == LANDED, "leave what has landed as it was; a change is a migration of its own"


@pytest.fixture
def older(catalog_path: Path) -> Iterator[Database]:
    """A catalogue of this version, to be made one of another."""
    with Catalogue.open(catalog_path):
        pass
    with sqlite3.connect(catalog_path) as connection:
        yield Database(connection)
    connection.close()


def schema_of(path: Path) -> dict[str, str]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL").fetchall()
    connection.close()
    return dict(found)


def test_migrations_of_other_branches_are_applied_in_any_order(older: Database, catalog_path: Path) -> None:
    wanted = schema_of(catalog_path)
    older.execute("DROP TABLE overruled_decisions")
    older.execute("ALTER TABLE scans DROP COLUMN token")
    older.execute("ALTER TABLE cleanups DROP COLUMN merged")
    older.execute("DELETE FROM _sqlite_migrations WHERE name = '0005_merging'")
    older.conn.commit()
    assert [each.name for each in migrations.pending(older)] == ["0005_merging"]
    with pytest.raises(CatalogueUnusable, match="older version"), Catalogue.read(catalog_path):
        pass
    with Catalogue.open(catalog_path) as catalogue:
        assert is_current(catalogue.db)
        assert catalogue.value("PRAGMA foreign_keys") == 1
    assert schema_of(catalog_path) == wanted
    assert rows(catalog_path, "SELECT name FROM _sqlite_migrations ORDER BY id")[-1] == ("0005_merging",)


def test_views_that_differ_are_made_anew_and_those_of_others_are_kept(
    older: Database, catalog_path: Path
) -> None:
    wanted = schema_of(catalog_path)
    older.execute("DROP VIEW orphan_captions")
    older.execute("DROP VIEW missing_images")
    older.execute("CREATE VIEW missing_images AS SELECT 1 AS placements")
    older.execute("CREATE VIEW my_captions AS SELECT caption FROM page_captions")
    older.conn.commit()
    with (
        pytest.raises(CatalogueUnusable, match=r"another version .*orphan_captions.*cutline match"),
        Catalogue.read(catalog_path),
    ):
        pass
    with Catalogue.open(catalog_path):
        pass
    mine = {"my_captions": "CREATE VIEW my_captions AS SELECT caption FROM page_captions"}
    assert schema_of(catalog_path) == wanted | mine
    with Catalogue.read(catalog_path):
        pass


def test_a_view_whose_lines_are_broken_otherwise_is_the_same(older: Database, catalog_path: Path) -> None:
    statement = next(each for each in VIEWS.split(";") if "missing_images" in each)
    older.execute("DROP VIEW missing_images")
    older.execute(statement.replace("\n", "\n    "))
    older.conn.commit()
    before = schema_of(catalog_path)
    with Catalogue.read(catalog_path):
        pass
    with Catalogue.open(catalog_path):
        pass
    assert schema_of(catalog_path) == before


def test_an_upgrade_that_fails_leaves_the_catalogue_as_it_was(older: Database, catalog_path: Path) -> None:
    older.execute("DELETE FROM _sqlite_migrations WHERE name IN ('0002_search', '0006_method_versions')")
    older.execute("DROP TABLE method_versions")
    older.conn.commit()
    before = schema_of(catalog_path)
    with pytest.raises(CatalogueUnusable, match="captions_fts"), Catalogue.open(catalog_path):
        pass
    assert schema_of(catalog_path) == before


def test_a_table_that_is_made_anew_keeps_its_rows_its_indexes_and_what_refers_to_it(
    catalog_path: Path,
) -> None:
    with Catalogue.open(catalog_path) as catalogue:
        db = catalogue.db
        indexes = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'caption_repeats' AND type = 'index'"
        before = db.execute(indexes).fetchall()
        with db.atomic():
            db.execute("INSERT INTO captions (id, text, key) VALUES (7, 'A boat', 'a boat')")
            db.execute(
                "INSERT INTO caption_repeats (id, kind, size, articles, caption_id) VALUES (5, 'reused', 2, 2, 7)"
            )
            db.execute(
                "INSERT INTO scans (id, started_at, status, version, options) VALUES (1, '', 'running', '0', '{}')"
            )
            db.execute("INSERT INTO sources (id, uri, kind) VALUES (1, 'file:///a', 'folder')")
            db.execute(
                "INSERT INTO records (id, source_id, locator, media_type, first_scan_id, last_scan_id)"
                " VALUES (3, 1, 'a', '', 1, 1)"
            )
            db.execute(
                "INSERT INTO placements (id, record_id, position, origin, confidence, evidence)"
                " VALUES (4, 3, 0, 'alt', 1, '[]')"
            )
            db.execute("INSERT INTO caption_repeat_members (repeat_id, placement_id) VALUES (5, 4)")
        db.execute("PRAGMA foreign_keys = OFF")
        with db.atomic():
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
                db.execute(f"DROP VIEW {name}")
            sql = db.execute("SELECT sql FROM sqlite_master WHERE name = 'caption_repeats'").fetchone()[0]
            wider = sql.replace("caption_repeats", "caption_repeats_anew").replace(
                "'doubled'", "'doubled', 'tripled'"
            )
            remake_table(db, "caption_repeats", f"{wider};\n")
        db.execute("PRAGMA foreign_keys = ON")
        assert db.execute("SELECT id, kind, size, articles, caption_id FROM caption_repeats").fetchall() == [
            (5, "reused", 2, 2, 7)
        ]
        assert db.execute("SELECT count(*) FROM caption_repeat_members").fetchone() == (1,)
        assert db.execute(indexes).fetchall() == before
        with db.atomic():
            db.execute(
                "INSERT INTO caption_repeats (id, kind, size, articles, caption_id) VALUES (6, 'tripled', 2, 2, 7)"
            )
            db.execute("DELETE FROM caption_repeats WHERE id = 5")
        assert db.execute("SELECT count(*) FROM caption_repeat_members").fetchone() == (0,)
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            db.execute(
                "INSERT INTO caption_repeats (id, kind, size, articles, caption_id) VALUES (8, 'often', 2, 2, 7)"
            )


LATER = [each.name for each in migrations._migrations if each.name > "0003"]


@pytest.mark.parametrize("late", LATER)
def test_whichever_migration_comes_last_the_catalogue_is_the_same(late: str) -> None:
    db = Database(memory=True, execute_plugins=False)
    migrations.ensure_migrations_table(db)
    for migration in migrations._migrations:
        if migration.name != late:
            # One that needs the late one comes after it.
            with suppress(sqlite3.OperationalError), db.atomic():
                migration.fn(db)
                db["_sqlite_migrations"].insert(
                    {"migration_set": "cutline", "name": migration.name, "applied_at": ""}
                )
    assert late in [each.name for each in migrations.pending(db)]
    bring_up_to_date(db)
    assert find_differences(db) == []


def test_a_table_that_is_made_anew_keeps_the_columns_that_others_added() -> None:
    db = Database(memory=True, execute_plugins=False)
    db.execute("CREATE TABLE boats (id INTEGER PRIMARY KEY, name TEXT) STRICT")
    db.execute("ALTER TABLE boats ADD COLUMN quay TEXT NOT NULL DEFAULT 'a, b' CHECK (quay <> '')")
    db.execute("CREATE INDEX boats_quay ON boats (quay)")
    db.execute("INSERT INTO boats VALUES (7, 'Anna', 'low'), (9, NULL, 'a, b')")
    before = db.execute("SELECT id, name, quay FROM boats").fetchall()
    remake_table(
        db, "boats", "CREATE TABLE boats_anew (id INTEGER PRIMARY KEY, size REAL, name TEXT) STRICT;\n"
    )
    assert db.execute("SELECT id, name, quay FROM boats").fetchall() == before
    assert db.execute("SELECT size FROM boats").fetchall() == [(None,), (None,)]
    assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'boats_quay'").fetchone()
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        db.execute("INSERT INTO boats (id, quay) VALUES (10, '')")


def test_a_column_that_every_row_must_fill_is_let_go_where_a_table_is_made_anew() -> None:
    old = "CREATE TABLE t (a TEXT, b INTEGER NOT NULL, c TEXT UNIQUE, d TEXT DEFAULT 'x', CHECK (a <> ''))"
    assert columns_to_keep(old, "CREATE TABLE t_anew (a TEXT)") == ["d TEXT DEFAULT 'x'"]


# --- What the views say


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_transform_is_shown_from_the_keeper_to_the_member_whichever_way_it_is_stored(
    catalog_path: Path, mirrored: bool
) -> None:
    stored = {
        "mirrored": mirrored,
        "rotated_degrees": 90.0,
        "scale": 0.5,
        "left_box": [0.1, 0.2, 0.9, 0.8],
        "right_box": [0.0, 0.0, 1.0, 1.0],
    }
    with Catalogue.open(catalog_path) as catalogue:
        execute = catalogue.db.execute
        with catalogue.db.atomic():
            execute(
                "INSERT INTO scans (id, started_at, status, version, options) VALUES (1, 'now', 'complete', '0', '{}')"
            )
            execute("INSERT INTO sources (id, uri, kind) VALUES (1, 'file:///a', 'folder')")
            execute("INSERT INTO image_groups VALUES (1, 'near', 2, 0, 0)")
            for number, digest in enumerate(("a", "b"), start=1):
                execute(
                    "INSERT INTO images (sha256, format, width_px, height_px, frames, information)"
                    " VALUES (?, 'JPEG', 1, 1, 1, 'normal')",
                    [digest],
                )
                execute(
                    "INSERT INTO records (id, source_id, locator, media_type, sha256, first_scan_id, last_scan_id)"
                    " VALUES (?, 1, ?, 'image/jpeg', ?, 1, 1)",
                    [number, digest, digest],
                )
                execute(
                    "INSERT INTO image_group_members VALUES (1, ?, ?, ?, 'r')",
                    [number, digest, int(digest == "b")],
                )
            execute("INSERT INTO image_matches VALUES ('a', 'b', 'near', 0, 1.0, ?, 1)", [json.dumps(stored)])
        found = catalogue.db.execute("SELECT transform FROM duplicate_images WHERE keeper = 0").fetchone()[0]
    assert json.loads(found) == {
        "mirrored": mirrored,
        "rotated_degrees": 90.0 if mirrored else 270.0,
        "scale": 2.0,
        "left_box": [0.0, 0.0, 1.0, 1.0],
        "right_box": [0.1, 0.2, 0.9, 0.8],
    }
