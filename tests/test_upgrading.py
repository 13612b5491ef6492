"""Catalogues of every earlier schema: opened, brought up to date, and scanned again they say what a fresh one says.

``tests/catalogues/`` keeps a small one of each, as SQL. Where a change of the schema is made, ``python
tests/catalogues/make.py`` keeps one of the new schema, too.
"""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from catalog.cli import main
from catalog.errors import CatalogueUnusable
from catalog.scan.check import CheckResult, check
from catalog.store.catalogue import Catalogue
from catalog.store.statements import tidy
from catalog.store.upgrade import Difference, bring_up_to_date, find_differences, is_current
from tests.catalogues.make import ARCHIVE, digest_schema, dump, make_archive
from tests.conftest import scan_archive
from tests.test_incremental import say

KEPT = sorted((Path(__file__).parent / "catalogues").glob("*.sql"))

COMMANDS = (
    ("report",),
    *(("report", name) for name in ("captions", "images", "conflicts", "orphans", "problems")),
    ("check", "--sample", "0"),
    ("cleanup", "history"),
    ("match",),
)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the kept catalogues, and a fresh catalogue of it."""
    folder = tmp_path_factory.mktemp("scanned")
    make_archive(folder / "archive")
    scan_archive(folder / "fresh.db", folder / "archive")
    return folder


def load(kept: Path, path: Path, archive: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(kept.read_text("utf-8").replace(ARCHIVE, archive.as_uri()))
    connection.commit()
    connection.close()


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Run a command; of one that matches, status 1 says that pictures wait for a scan."""
    monkeypatch.setattr(sys, "argv", ["cutline", *arguments])
    try:
        main()
    except SystemExit as ended:
        assert ended.code in (0, None, *([1] if arguments[0] == "match" else [])), arguments


@pytest.mark.parametrize("kept", KEPT, ids=[each.stem for each in KEPT])
def test_a_catalogue_of_an_earlier_schema_becomes_what_a_fresh_one_is(
    kept: Path,
    scanned: Path,
    catalog_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    load(kept, catalog_path, scanned / "archive")
    with sqlite3.connect(catalog_path) as connection:
        known = connection.execute("SELECT count(*), count(sha256) FROM records").fetchone()
    connection.close()
    with Catalogue.open(catalog_path) as catalogue:
        assert find_differences(catalogue.db) == []
        assert is_current(catalogue.db)
        assert [tuple(row) for row in catalogue.rows("SELECT count(*), count(sha256) FROM records")] == [
            known
        ]
    for command in COMMANDS:
        run_here(monkeypatch, *command, "-c", str(catalog_path))
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("cutline:")]
    # Of pictures that an older version compared, match says that they wait; of the schema, nothing says anything.
    assert all("fingerprinted by an older version" in line for line in said), said
    scan_archive(catalog_path, scanned / "archive")
    scan_archive(catalog_path, scanned / "archive", reread=True)
    assert say(catalog_path) == say(scanned / "fresh.db")
    with Catalogue.read(catalog_path) as catalogue:
        assert list(check(catalogue, CheckResult())) == []


def test_a_catalogue_of_this_schema_is_kept(catalog_path: Path) -> None:
    with Catalogue.open(catalog_path) as catalogue:
        digest = digest_schema(catalogue.db.conn)
    assert digest in {each.stem.rpartition("-")[2] for each in KEPT}, "run python tests/catalogues/make.py"


def test_a_kept_catalogue_is_what_was_dumped(scanned: Path, tmp_path: Path) -> None:
    with sqlite3.connect(scanned / "fresh.db") as connection:
        text = "\n".join(dump(connection))
    connection.close()
    kept = tmp_path / "kept.sql"
    kept.write_text(text, "utf-8")
    load(kept, tmp_path / "again.db", scanned / "archive")
    assert say(tmp_path / "again.db") == say(scanned / "fresh.db")


# --- Repairs, one by one


@pytest.fixture
def changed(scanned: Path, catalog_path: Path) -> Iterator[Database]:
    """A filled catalogue, to be made another by hand."""
    catalog_path.write_bytes((scanned / "fresh.db").read_bytes())
    with sqlite3.connect(catalog_path) as connection:
        yield Database(connection, execute_plugins=False)
    connection.close()


def definition(db: Database, name: str) -> str:
    return str(db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()[0])


def replace_table(db: Database, name: str, old: str, new: str) -> None:
    """Make a table another, with its rows, as a version that nobody knows of might have."""
    columns = ", ".join(row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", [name]))
    sql = definition(db, name).replace(old, new, 1)
    assert old in definition(db, name)
    db.execute("PRAGMA legacy_alter_table = ON")
    db.execute(f"ALTER TABLE {name} RENAME TO _old")
    for (index,) in db.execute(
        "SELECT name FROM sqlite_master WHERE tbl_name = '_old' AND type = 'index' AND sql NOT NULL"
    ).fetchall():
        db.execute(f"DROP INDEX {index}")
    db.execute(sql)
    there = {row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", [name])}
    both = ", ".join(each for each in columns.split(", ") if each in there)
    db.execute(f"INSERT INTO {name} ({both}) SELECT {both} FROM _old")
    db.execute("DROP TABLE _old")


DIFFERENCES = [
    pytest.param(
        ["DROP TABLE keeper_choices"], [Difference("table", "keeper_choices", "missing")], id="no-table"
    ),
    pytest.param(
        ["ALTER TABLE articles DROP COLUMN body_positions"],
        [Difference("table", "articles", "lacks", "column body_positions")],
        id="no-column",
    ),
    pytest.param(
        ["DROP INDEX images_pixels_sha256"],
        [Difference("index", "images_pixels_sha256", "missing")],
        id="no-index",
    ),
    pytest.param(
        ["DROP INDEX captions_key", "CREATE INDEX captions_key ON captions (text)"],
        [Difference("index", "captions_key", "differs")],
        id="another-index",
    ),
    pytest.param(
        ["DROP TRIGGER captions_fts_insert"],
        [Difference("trigger", "captions_fts_insert", "missing")],
        id="no-trigger",
    ),
    pytest.param(
        [
            "DROP TRIGGER captions_fts_insert",
            "CREATE TRIGGER captions_fts_insert AFTER INSERT ON captions BEGIN SELECT 1; END",
        ],
        [Difference("trigger", "captions_fts_insert", "differs")],
        id="another-trigger",
    ),
    pytest.param(
        ["DROP TABLE captions_fts"], [Difference("table", "captions_fts", "missing")], id="no-search"
    ),
    pytest.param(
        ["DROP TABLE captions_fts", "CREATE VIRTUAL TABLE captions_fts USING fts5 (text, credit_line)"],
        [Difference("table", "captions_fts", "differs")],
        id="another-search",
    ),
    pytest.param(
        ["DROP VIEW orphan_captions"], [Difference("view", "orphan_captions", "missing")], id="no-view"
    ),
]


@pytest.mark.parametrize(("statements", "differences"), DIFFERENCES)
def test_what_is_missing_is_named_and_made(
    changed: Database,
    scanned: Path,
    catalog_path: Path,
    statements: list[str],
    differences: list[Difference],
) -> None:
    for statement in statements:
        changed.execute(statement)
    changed.conn.commit()
    assert find_differences(changed) == differences
    with (
        pytest.raises(CatalogueUnusable, match=r"another version .*cutline match"),
        Catalogue.read(catalog_path),
    ):
        pass
    with Catalogue.read(catalog_path, whatever_differs=True) as catalogue:
        found = list(check(catalogue, CheckResult(), sample_percent=0))
    assert [(each.fault, each.locator) for each in found] == [("catalogue", differences[0].name)]
    with Catalogue.open(catalog_path) as catalogue:
        assert find_differences(catalogue.db) == []
        assert list(check(catalogue, CheckResult(), sample_percent=0)) == []
        assert catalogue.value("SELECT count(*) FROM captions_fts WHERE captions_fts MATCH 'harbour'") == 1
    scan_archive(catalog_path, scanned / "archive")
    assert say(catalog_path) == say(scanned / "fresh.db")


@pytest.mark.parametrize(
    ("table", "old", "new", "part"),
    [
        pytest.param("placements", " CHECK (paired_by IN ('embedded', 'address', 'name', 'caption'))", "",
                     "column paired_by", id="no-check"),
        pytest.param("placements", "'caption'))", "'caption', 'guess'))", "column paired_by", id="another-check"),
        pytest.param("records", "UNIQUE (source_id, locator)", "UNIQUE (source_id, locator, id)",
                     "UNIQUE(source_id,locator)", id="another-constraint"),
        pytest.param("records", "ON DELETE CASCADE,", ",", "column source_id", id="another-reference"),
        pytest.param("pending", " STRICT,", "", "kind of table", id="not-strict"),
        pytest.param("cleanups", " UNIQUE", "", "column token", id="not-unique"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_altered_is_made_anew_with_all_that_refers_to_it(
    changed: Database, scanned: Path, catalog_path: Path, table: str, old: str, new: str, part: str
) -> None:
    replace_table(changed, table, old, new)
    changed.execute("CREATE VIEW my_captions AS SELECT caption FROM page_captions")
    changed.conn.commit()
    assert {(each.change, each.part) for each in find_differences(changed) if each.name == table} >= {
        ("lacks" if part.startswith("UNIQUE") else "differs", part)
    }
    with Catalogue.open(catalog_path) as catalogue:
        assert find_differences(catalogue.db) == []
        assert catalogue.value("PRAGMA foreign_keys") == 1
        assert catalogue.value("PRAGMA legacy_alter_table") == 0
        assert list(check(catalogue, CheckResult(), sample_percent=0)) == []
        assert catalogue.value("SELECT count(*) FROM my_captions") == 4
    assert say(catalog_path) == say(scanned / "fresh.db")


def test_rows_that_do_not_fit_are_said_plainly_and_nothing_is_changed(
    changed: Database, catalog_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replace_table(changed, "cleanups", "token TEXT NOT NULL UNIQUE,", "token TEXT,")
    changed.execute("INSERT INTO cleanups (created_at, status, options) VALUES ('', 'planned', '{}')")
    changed.conn.commit()
    before = "\n".join(dump(changed.conn))
    monkeypatch.setattr(sys, "argv", ["cutline", "match", "-c", str(catalog_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "NOT NULL constraint failed: cleanups_anew.token" in said
    assert "cutline scan ARCHIVE -c NEW.db" in said
    assert len(said.splitlines()) == 1
    assert "\n".join(dump(changed.conn)) == before


def test_a_name_that_something_else_has_is_said_plainly(changed: Database, catalog_path: Path) -> None:
    changed.execute("DROP VIEW missing_images")
    changed.execute("CREATE TABLE missing_images (note TEXT)")
    changed.conn.commit()
    with (
        pytest.raises(CatalogueUnusable, match="view missing_images is something else"),
        Catalogue.open(catalog_path),
    ):
        pass
    assert definition(changed, "missing_images") == "CREATE TABLE missing_images (note TEXT)"


OWN = (
    "CREATE TABLE my_notes (record_id INTEGER, note TEXT)",
    "ALTER TABLE records ADD COLUMN shelf TEXT",
    "CREATE INDEX records_shelf ON records (shelf)",
    "CREATE VIEW my_captions AS SELECT caption FROM page_captions",
    "CREATE TRIGGER my_trigger AFTER INSERT ON decisions BEGIN DELETE FROM my_notes WHERE 0; END",
)


def test_what_others_have_added_is_no_difference_and_stays(
    changed: Database, scanned: Path, catalog_path: Path
) -> None:
    for statement in OWN:
        changed.execute(statement)
    changed.conn.commit()
    assert find_differences(changed) == []
    with Catalogue.read(catalog_path):
        pass
    changed.execute("DROP TABLE keeper_choices")
    changed.conn.commit()
    with Catalogue.open(catalog_path) as catalogue:
        left = {row["name"] for row in catalogue.rows("SELECT name FROM sqlite_master")}
        assert {"my_notes", "records_shelf", "my_captions", "my_trigger", "keeper_choices"} <= left
    scan_archive(catalog_path, scanned / "archive", reread=True)
    assert say(catalog_path) == say(scanned / "fresh.db")


def test_a_column_that_nobody_fills_is_taken_out(
    changed: Database, scanned: Path, catalog_path: Path
) -> None:
    replace_table(changed, "decisions", "note TEXT,", "note TEXT, weight INTEGER NOT NULL,")
    changed.conn.commit()
    assert [str(each) for each in find_differences(changed)] == [
        "table decisions has column weight, which this version does not fill"
    ]
    with Catalogue.open(catalog_path) as catalogue:
        assert find_differences(catalogue.db) == []


def test_what_reading_fills_is_read_again_where_it_was_missing(
    changed: Database, scanned: Path, catalog_path: Path
) -> None:
    changed.execute("DROP TABLE placement_names")
    changed.conn.commit()
    with Catalogue.open(catalog_path):
        pass
    assert scan_archive(catalog_path, scanned / "archive").read == 9
    assert scan_archive(catalog_path, scanned / "archive").read == 0


def test_what_no_reading_fills_is_no_reason_to_read_again(
    changed: Database, scanned: Path, catalog_path: Path
) -> None:
    changed.execute("DROP TABLE keeper_choices")
    changed.execute("DROP INDEX records_sha256")
    changed.conn.commit()
    assert scan_archive(catalog_path, scanned / "archive").read == 0


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("CREATE TABLE t(a TEXT,b INTEGER  CHECK(b IN('x',\n'y')))", id="spaces"),
        pytest.param('CREATE TABLE "t" ("a" TEXT, "b" INTEGER CHECK ("b" IN (\'x\', \'y\')));', id="quotes"),
        pytest.param(
            "CREATE TABLE t (\n a TEXT, -- one\n b INTEGER CHECK (b IN ('x', 'y'))\n)", id="comments"
        ),
    ],
)
def test_how_a_statement_is_written_makes_no_difference(sql: str) -> None:
    assert tidy(sql) == tidy("CREATE TABLE t (a TEXT, b INTEGER CHECK (b IN ('x', 'y')))")
    assert tidy(sql) != tidy("CREATE TABLE t (a TEXT, b INTEGER CHECK (b IN ('x', 'z')))")


def test_columns_may_stand_in_any_order() -> None:
    """Migrations of two branches are applied in the order in which a catalogue meets them."""
    one = Database(memory=True, execute_plugins=False)
    bring_up_to_date(one)
    for column in ("token", "seconds"):
        sql = next(
            part
            for part in definition(one, "scans").replace("\n", " ").split(",")
            if part.split()[0] == column
        ).removesuffix(") STRICT")
        one.execute(f"ALTER TABLE scans DROP COLUMN {column}")
        one.execute(f"ALTER TABLE scans ADD COLUMN {sql}")
    assert find_differences(one) == []
    one.close()
