"""Addresses that fsspec reads, by its own file system in memory and by one that fails on purpose."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from catalog.errors import UsageError
from media.archives.objects import ObjectSource, settle_address
from media.archives.stores.address import is_address, local_path, read_address
from media.archives.stores.ranges import RangeFile
from media.archives.stores.store import Changed, Denied, Gone, Passing, StoreError
from media.errors import SourceError
from media.record import Entry, Problem
from tests.conftest import rows, scan_archive
from tests.containers import make_zip, page, photo, small_crawl, write
from tests.stores.test_scan import MEMBERS, give_times_of, told


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    files = MemoryFileSystem()
    files.store.clear()
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def fill(files: MemoryFileSystem, folder: Path) -> None:
    write(folder / "p.zip", make_zip(MEMBERS))
    write(folder / "crawl.warc.gz", small_crawl().data())
    write(folder / "2024/page.html", page("smoke.jpg"))
    write(folder / "2024/smoke.jpg", photo(1))
    write(folder / "2024/.DS_Store", b"x")
    write(folder / "é 写真.txt", b"The ferry sailed.")
    write(folder / "empty.txt", b"")
    for path in folder.rglob("*"):
        if path.is_file():
            files.pipe_file(f"/archive/{path.relative_to(folder)}", path.read_bytes())


def test_the_catalogue_is_that_of_the_folder(memory: MemoryFileSystem, archive: Path, tmp_path: Path) -> None:
    fill(memory, archive)
    stored, folder = tmp_path / "stored.db", tmp_path / "folder.db"
    assert scan_archive(stored, "memory://archive").problems == 1
    give_times_of(stored, archive)
    scan_archive(folder, archive)
    assert told(stored) == told(folder)
    assert rows(stored, "SELECT uri, kind FROM sources") == [("memory://archive/", "folder")]
    assert scan_archive(stored, "memory://archive/").read == 0
    memory.pipe_file("/archive/2024/page.html", page("other.jpg"))
    memory.rm_file("/archive/2024/smoke.jpg")
    result = scan_archive(stored, "memory://archive/")
    assert (result.read, result.vanished) == (1, 1)


def test_one_file_and_a_part_of_a_folder(memory: MemoryFileSystem, archive: Path, catalog_path: Path) -> None:
    fill(memory, archive)
    assert str(settle_address(read_address("memory://archive/p.zip"))) == "memory://archive/p.zip"
    scan_archive(catalog_path, "memory://archive/p.zip")
    assert rows(catalog_path, "SELECT kind FROM sources") == [("zip",)]
    source = ObjectSource(read_address("memory://archive/"), below="2024")
    assert [each.locator for each in source.entries()] == ["2024/page.html", "2024/smoke.jpg"]


def test_nothing_there_is_refused_and_nothing_is_taken_for_gone(
    memory: MemoryFileSystem, archive: Path, catalog_path: Path
) -> None:
    with pytest.raises(UsageError, match="memory://archive/x: there is nothing at this address"):
        scan_archive(catalog_path, "memory://archive/x")
    fill(memory, archive)
    source = ObjectSource(read_address("memory://archive/"))
    assert source.presence("2024/nothing.html") == "gone"
    assert source.presence("p.zip!b.txt") == "there"
    assert source.presence("p.zip!c.txt") == "gone"
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    assert ObjectSource(read_address("memory://archive/")).presence("2024/page.html") == "unknown"


def test_a_locator_leads_nowhere_else(memory: MemoryFileSystem, archive: Path) -> None:
    fill(memory, archive)
    memory.pipe_file("/secret.txt", b"x")
    with (
        pytest.raises(Gone, match="leads out of the archive"),
        ObjectSource(read_address("memory://archive/")).open("../secret.txt"),
    ):
        pass


class FailingFileSystem(MemoryFileSystem):  # type: ignore[misc]
    """Raises what a test says, once it says so."""

    protocol = "failing"
    error: Exception | None = None
    failing_names: tuple[str, ...] = ()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("failing://", "memory://")))

    def _fail(self, path: str) -> None:
        if self.error is not None and any(path.endswith(name) for name in self.failing_names):
            raise self.error

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        self._fail(path)
        return super().ls(path, detail, **options)

    def cat_file(self, path: str, *arguments: Any, **options: Any) -> Any:
        self._fail(path)
        return super().cat_file(path, *arguments, **options)


class WithStatus(Exception):
    """As HTTP clients raise it, with an address in its text."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status}: https://store.example/a?sig=s3cr3t")
        self.status = status


@pytest.fixture
def failing(memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> type[FailingFileSystem]:
    fsspec.register_implementation("failing", FailingFileSystem, clobber=True)
    monkeypatch.setattr(FailingFileSystem, "error", None)
    memory.pipe_file("/archive/a.txt", b"The ferry sailed.")
    memory.pipe_file("/archive/b/c.txt", b"It was late.")
    return FailingFileSystem


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        pytest.param(FileNotFoundError("s3cr3t"), Gone, "no longer there", id="gone"),
        pytest.param(PermissionError("s3cr3t"), Denied, "access denied", id="denied"),
        pytest.param(WithStatus(403), Denied, "access denied", id="status-denied"),
        pytest.param(WithStatus(404), Gone, "no longer there", id="status-gone"),
        pytest.param(WithStatus(503), Passing, "the store failed (503)", id="status-failing"),
        pytest.param(WithStatus(400), StoreError, "the store refused (400)", id="status-refused"),
        pytest.param(ConnectionResetError("s3cr3t"), Passing, "connection to the store failed", id="reset"),
        pytest.param(TimeoutError("s3cr3t"), Passing, "connection to the store failed", id="timeout"),
        pytest.param(OSError(errno.EIO, "s3cr3t"), Passing, "connection to the store failed", id="io"),
        pytest.param(OSError(errno.EISDIR, "s3cr3t"), Gone, "no longer there", id="folder"),
        pytest.param(OSError(errno.EINVAL, "s3cr3t"), StoreError, "the store failed (Invalid", id="os"),
        pytest.param(NotImplementedError("s3cr3t"), StoreError, "its package failed on it", id="package"),
    ],
)
def test_what_packages_raise_is_told_by_its_kind_and_not_in_their_words(
    failing: type[FailingFileSystem], monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type, said: str
) -> None:
    monkeypatch.setattr(failing, "error", error)
    monkeypatch.setattr(failing, "failing_names", ("a.txt",))
    store = ObjectSource(read_address("failing://archive/"))._store
    with pytest.raises(kind) as raised, store.read("/archive/a.txt", 0, 10) as part:
        list(part.chunks)
    assert said in str(raised.value)
    assert "s3cr3t" not in str(raised.value)


def test_a_folder_that_cannot_be_listed_is_named(
    failing: type[FailingFileSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failing, "error", PermissionError())
    monkeypatch.setattr(failing, "failing_names", ("/b",))
    entry, problem = ObjectSource(read_address("failing://archive/")).entries()
    assert isinstance(entry, Entry)
    assert problem == Problem(
        "b", "list", "access denied", "Check the credentials that the environment gives for this store."
    )
    monkeypatch.setattr(failing, "failing_names", ("archive",))
    with pytest.raises(SourceError, match="access denied"):
        list(ObjectSource(read_address("failing://archive/")).entries())


def test_a_file_that_changes_while_it_is_read_is_named(memory: MemoryFileSystem) -> None:
    memory.pipe_file("/archive/a.bin", bytes(1_000_000))
    source = ObjectSource(read_address("memory://archive/"))
    with source.open("a.bin") as opened:
        assert isinstance(opened.stream, RangeFile)
        memory.pipe_file("/archive/a.bin", bytes(999_999))
        with pytest.raises(Changed):
            opened.stream.read()


def test_a_web_server_is_asked_for_files_only() -> None:
    from media.archives.stores.filesystem import FilesystemStore
    from media.archives.stores.patience import Patience

    store = FilesystemStore.__new__(FilesystemStore)
    store.scheme = "https"
    with pytest.raises(StoreError, match="lists no folders"):
        next(store.objects("https://example.org/", Patience()))


@pytest.mark.parametrize(
    ("text", "is_one", "local"),
    [
        pytest.param("s3://archive/a", True, None, id="s3"),
        pytest.param("S3A://archive/a", True, None, id="other-case"),
        pytest.param("file:///archive/a%20b", True, "/archive/a b", id="file"),
        pytest.param("file://localhost/archive", True, "/archive", id="file-on-localhost"),
        pytest.param("local:///archive", True, "/archive", id="local"),
        pytest.param("/archive/a", False, None, id="path"),
        pytest.param("archive", False, None, id="relative-path"),
        pytest.param("Smoke rises over the port: a ferry", False, None, id="text"),
        pytest.param("See https://example.org/a", False, None, id="text-with-address"),
    ],
)
def test_what_is_an_address(text: str, is_one: bool, local: str | None) -> None:
    assert is_address(text) is is_one
    assert local_path(text) == local


def test_a_file_address_is_the_path(archive: Path, catalog_path: Path) -> None:
    write(archive / "a b/page.html", page("smoke.jpg"))
    scan_archive(catalog_path, archive)
    assert scan_archive(catalog_path, (archive / "a b").as_uri()).read == 0
    assert rows(catalog_path, "SELECT uri FROM sources") == [(archive.as_uri(),)]
