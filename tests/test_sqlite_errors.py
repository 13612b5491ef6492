"""What SQLite refuses is one line with the remedy and exit status 2, whichever command meets it."""

import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from catalog.cli import main
from catalog.errors import CatalogError, CatalogueBusy, CatalogueUnusable
from catalog.store import catalogue as opening
from catalog.store.catalogue import Catalogue
from catalog.store.sqlite_errors import explain, explained
from tests.conftest import encode, make_photo, scan_archive

Trouble = Callable[[Path, pytest.MonkeyPatch], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of duplicates, more files to read, its catalogue, and a cleanup that is planned."""
    folder = tmp_path_factory.mktemp("scanned")
    archive = folder / "archive"
    archive.mkdir()
    photo = encode(make_photo(1))
    for name in ("a.jpg", "b.jpg"):
        (archive / name).write_bytes(photo)
    (archive / "c.jpg").write_bytes(encode(make_photo(2)))
    (archive / "p.html").write_text(
        "<article><h1>Boats</h1><p>They came back late, with little to show for it.</p>"
        "<figure><img src=a.jpg><figcaption>Boats come home to the harbour</figcaption></figure></article>"
    )
    scan_archive(folder / "catalog.db", archive)
    scan_archive(folder / "other.db", archive)
    for number in range(30):
        (archive / f"new-{number}.txt").write_text(f"Headline {number}\n\n" + "More of the same. " * 100)
    return folder


@pytest.fixture
def place(scanned: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    shutil.copytree(scanned, folder)
    with Catalogue.open(folder / "catalog.db") as catalogue, catalogue.db.atomic():
        catalogue.db.execute(
            "UPDATE sources SET uri = replace(uri, ?, ?)", [scanned.as_uri(), folder.as_uri()]
        )
    return folder


def run_here(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str | Path
) -> str:
    """Run a command in this process; what it says on stderr, where its exit status is 2."""
    monkeypatch.setattr(sys, "argv", ["cutline", *map(str, arguments)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    return said


@contextmanager
def locked(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another program has begun to write, and does not end."""
    monkeypatch.setattr(opening, "_BUSY_SECONDS", 0)
    connection = sqlite3.connect(catalog, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.rollback()
    connection.close()


@contextmanager
def held(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another program lets nobody even read."""
    monkeypatch.setattr(opening, "_BUSY_SECONDS", 0)
    connection = sqlite3.connect(catalog, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA user_version = 1")
    yield
    connection.close()


@contextmanager
def full(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite says so itself: it may take no more pages than there are."""
    with sqlite3.connect(catalog) as connection:
        # What is free inside the file would be used first.
        connection.execute("VACUUM")
    connection.close()

    def connect(uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    monkeypatch.setattr(opening, "_connect_writable", connect)
    yield


@contextmanager
def read_only(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(opening, "_connect_writable", lambda uri: sqlite3.connect(f"{uri}?mode=ro", uri=True))
    yield


@contextmanager
def damaged(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything behind the first page, which holds what the file is, has been written over."""
    with sqlite3.connect(catalog) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with catalog.open("r+b") as file:
        length = file.seek(0, 2)
        file.seek(size)
        file.write(random.Random(1).randbytes(length - size))
    yield


WRITING = {
    "scan": ("scan", "{archive}", "--jobs", "0"),
    "match": ("match",),
    "decide": ("decide", "same", "a.jpg", "c.jpg"),
    "relocate": ("relocate", "{archive}", "{folder}/moved"),
    "merge": ("merge", "{catalog}", "{folder}/other.db"),
    "plan": ("cleanup", "plan", "-o", "{folder}/plan.csv"),
    "apply": ("cleanup", "apply", "--yes"),
    "undo": ("cleanup", "undo"),
    "purge": ("cleanup", "purge", "--yes"),
}
READING = {
    "report": ("report",),
    "captions": ("report", "captions", "--format", "json"),
    "find": ("find", "{archive}/a.jpg"),
    "check": ("check",),
    "history": ("cleanup", "history"),
    "export": ("export", "pairs", "-o", "{folder}/pairs.jsonl"),
}


def arguments(command: tuple[str, ...], place: Path) -> list[str]:
    places = {"folder": place, "archive": place / "archive", "catalog": place / "catalog.db"}
    filled = [each.format(**places) for each in command]
    return filled if filled[0] == "merge" else [*filled, "-c", str(place / "catalog.db")]


@pytest.mark.parametrize(
    "command", [pytest.param(WRITING[name], id=name) for name in ("scan", "match", "decide")]
)
@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        pytest.param(locked, "is locked by another program", id="locked"),
        pytest.param(held, "is locked by another program", id="held"),
        pytest.param(read_only, "cannot be written to (read-only)", id="read-only"),
        pytest.param(damaged, "Restore it from a backup", id="damaged"),
    ],
)
def test_what_stands_in_the_way_of_writing_is_said_in_one_line(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Trouble,
    remedy: str,
    command: tuple[str, ...],
) -> None:
    with trouble(place / "catalog.db", monkeypatch):
        said = run_here(capsys, monkeypatch, *arguments(command, place))
    assert said.splitlines()[-1].startswith(f"cutline: {place / 'catalog.db'}")
    assert remedy in said.splitlines()[-1]
    assert "Traceback" not in said


def test_a_full_disk_is_said_in_one_line(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with full(place / "catalog.db", monkeypatch):
        said = run_here(capsys, monkeypatch, *arguments(WRITING["scan"], place))
    assert said.splitlines()[-1].startswith(f"cutline: {place / 'catalog.db'}: the disk is full")
    assert "make room, and run again" in said.splitlines()[-1]


@pytest.mark.parametrize("command", [pytest.param(each, id=name) for name, each in WRITING.items()])
def test_every_writing_command_says_that_the_catalogue_is_damaged(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    with damaged(place / "catalog.db", monkeypatch):
        said = run_here(capsys, monkeypatch, *arguments(command, place))
    assert f"cutline: {place / 'catalog.db'} is damaged" in said.splitlines()[-1]


@pytest.mark.parametrize("command", [pytest.param(each, id=name) for name, each in READING.items()])
@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        pytest.param(held, "is locked by another program", id="held"),
        pytest.param(damaged, "Restore it from a backup", id="damaged"),
    ],
)
def test_what_stands_in_the_way_of_reading_is_said_in_one_line(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Trouble,
    remedy: str,
    command: tuple[str, ...],
) -> None:
    with trouble(place / "catalog.db", monkeypatch):
        said = run_here(capsys, monkeypatch, *arguments(command, place))
    assert said.splitlines()[-1].startswith(f"cutline: {place / 'catalog.db'}")
    assert remedy in said.splitlines()[-1]


@pytest.mark.parametrize(
    "command", [pytest.param(READING[name], id=name) for name in ("report", "check", "find")]
)
@pytest.mark.parametrize("trouble", [locked, full, read_only])
def test_who_only_reads_is_not_in_the_way_of_a_writer(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Trouble,
    command: tuple[str, ...],
) -> None:
    with trouble(place / "catalog.db", monkeypatch):
        monkeypatch.setattr(sys, "argv", ["cutline", *arguments(command, place)])
        try:
            main()
        except SystemExit as ended:
            assert ended.code in (0, None)
    assert capsys.readouterr().err == ""


def test_the_lock_holds_where_it_cannot_say_whose_it_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk takes the name of the lock, and not a byte into it."""

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(opening.os, "pwrite", refuse)
    with (
        Catalogue.open(place / "catalog.db"),
        pytest.raises(CatalogueBusy, match="another process"),
        Catalogue.open(place / "catalog.db", wait_seconds=0),
    ):
        pass


def error_of(connection: sqlite3.Connection, statement: str) -> sqlite3.Error:
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute(statement).fetchall()
    return caught.value


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param(
            "SELECT * FROM gone",
            r"lacks tables or rows .*no such table: gone.*cutline check -c c\.db",
            id="table",
        ),
        pytest.param("SELECT CAST(x'66ff' AS TEXT)", "lacks tables or rows .*decode", id="no-utf-8"),
        pytest.param("INSERT INTO kept VALUES (1), (1)", "lacks tables or rows .*UNIQUE", id="constraint"),
    ],
)
def test_what_a_catalogue_should_hold_and_does_not_is_no_matter_of_disks(statement: str, said: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY)")
    with pytest.raises(CatalogueUnusable, match=said) as caught:
        raise explain("c.db", error_of(connection, statement))
    connection.close()
    assert "disk" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_misuse_of_sqlite_stays_what_it_is() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.ProgrammingError), explained("c.db"):
        connection.execute("SELECT ?", ())
    connection.close()


def test_an_error_that_is_said_already_stays_as_it_is() -> None:
    with pytest.raises(CatalogError, match=r"^as said$"), explained("c.db"):
        raise CatalogError("as said")
