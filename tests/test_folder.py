"""A folder is listed whole, once, and never out of itself."""

import os
import socket
from pathlib import Path

import pytest

from media.archives.folder import FolderSource, Selection
from media.errors import ReadError, SourceError
from media.record import Entry, Problem


def locators(source: FolderSource) -> list[str]:
    return [found.locator for found in source.entries() if isinstance(found, Entry)]


def write(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_files_are_listed_in_a_stable_order_with_size_and_time(archive: Path) -> None:
    write(archive / "b/z.txt", b"four")
    write(archive / "a.txt")
    write(archive / "b/a.txt")
    assert locators(FolderSource(archive)) == ["a.txt", "b/a.txt", "b/z.txt"]
    last = list(FolderSource(archive).entries())[-1]
    status = (archive / "b/z.txt").stat()
    assert last == Entry("b/z.txt", 4, status.st_mtime_ns, f"{status.st_dev}:{status.st_ino}")


def test_hidden_files_are_read_but_not_what_systems_leave_behind(archive: Path) -> None:
    for name in (".hidden.txt", ".DS_Store", "._a.jpg", "Thumbs.db", ".git/config", "@eaDir/a.jpg"):
        write(archive / name)
    assert locators(FolderSource(archive)) == [".hidden.txt"]


def test_links_are_not_followed_and_counted(archive: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside/secret.txt")
    write(archive / "a.txt")
    (archive / "link.txt").symlink_to(archive / "a.txt")
    (archive / "folder").symlink_to(tmp_path / "outside")
    source = FolderSource(archive)
    assert locators(source) == ["a.txt"]
    assert source.links_skipped == 2


def test_a_loop_of_links_is_entered_once(archive: Path) -> None:
    write(archive / "a/b.txt")
    (archive / "a/up").symlink_to(archive)
    (archive / "a/self").symlink_to(archive / "a")
    assert locators(FolderSource(archive, follow_links=True)) == ["a/b.txt"]


def test_followed_links_to_elsewhere_are_read(archive: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/c.txt")
    (archive / "e").symlink_to(tmp_path / "elsewhere")
    assert locators(FolderSource(archive, follow_links=True)) == ["e/c.txt"]


def test_pipes_and_sockets_are_no_records(archive: Path) -> None:
    os.mkfifo(archive / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(archive / "s"))
        assert locators(FolderSource(archive)) == []


def test_names_that_are_not_utf_8_or_hold_line_breaks_are_listed_and_opened(archive: Path) -> None:
    for name in (b"caf\xe9.txt", b"two\nlines.txt", b"quote'\".txt", b"back\\slash.txt"):
        Path(os.fsdecode(os.fsencode(archive) + b"/" + name)).write_bytes(name)
    source = FolderSource(archive)
    found = locators(source)
    assert sorted(found) == ["back\\x5cslash.txt", "caf\\xe9.txt", "quote'\".txt", "two\nlines.txt"]
    for locator in found:
        with source.open(locator) as opened:
            assert opened.stream.read().endswith(b".txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_a_problem_and_the_rest_is_listed(archive: Path) -> None:
    write(archive / "closed/a.txt")
    write(archive / "open/b.txt")
    (archive / "closed").chmod(0)
    try:
        found = list(FolderSource(archive).entries())
    finally:
        (archive / "closed").chmod(0o755)
    problems = [each for each in found if isinstance(each, Problem)]
    assert [problem.locator for problem in problems] == ["closed"]
    assert "permission denied" in problems[0].reason
    assert [each.locator for each in found if isinstance(each, Entry)] == ["open/b.txt"]


def test_a_folder_that_cannot_be_listed_is_a_problem(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(archive / "closed/a.txt")
    write(archive / "open/b.txt")
    real_scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real_scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = list(FolderSource(archive).entries())
    assert [each.locator for each in found] == ["closed", "open/b.txt"]
    assert isinstance(found[0], Problem)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        list(FolderSource(tmp_path / "nowhere").entries())


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        pytest.param((), (), ["a.jpg", "b/c.jpg", "b/d.txt"], id="everything"),
        pytest.param(("*.jpg",), (), ["a.jpg", "b/c.jpg"], id="name"),
        pytest.param((), ("*.jpg",), ["b/d.txt"], id="without-name"),
        pytest.param(("b/*",), ("*.txt",), ["b/c.jpg"], id="path-and-without"),
        pytest.param((), ("b",), ["a.jpg"], id="without-a-folder"),
        pytest.param((), ("b/",), ["a.jpg"], id="without-a-folder-with-slash"),
    ],
)
def test_selection(
    archive: Path, include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]
) -> None:
    for name in ("a.jpg", "b/c.jpg", "b/d.txt"):
        write(archive / name)
    assert locators(FolderSource(archive, selection=Selection(include, exclude))) == expected


def test_presence_tells_gone_from_out_of_reach(archive: Path) -> None:
    write(archive / "a.txt")
    source = FolderSource(archive)
    assert source.presence("a.txt") == "there"
    assert source.presence("b.txt") == "gone"
    (archive / "a.txt").unlink()
    archive.rmdir()
    assert source.presence("a.txt") == "unknown"


def test_opening_what_vanished_says_so(archive: Path) -> None:
    source = FolderSource(archive)
    with pytest.raises(ReadError, match="no longer there"), source.open("a.txt"):
        pass
