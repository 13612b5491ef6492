"""A disk without one free block: one line, nothing lost, and a purge that frees it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cleanup_trees import photo, snapshot
from tests.conftest import Run
from tests.disks import memory_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB, in memory."""
    with memory_disk(tmp_path / "disk", 24) as mount:
        yield mount


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "fill").open("ab", buffering=0) as out:
        while True:
            out.write(bytes(4096))
    assert os.statvfs(disk).f_bfree == 0


@pytest.mark.parametrize("where", ["same-disk", "another-disk"])
def test_a_full_disk_is_said_in_one_line_and_purged(disk: Path, tmp_path: Path, run: Run, where: str) -> None:
    archive = disk / "archive"
    (archive / "copies").mkdir(parents=True)
    for number in range(40):
        data = photo(1) + b"%04d" % number
        (archive / f"{number}.png").write_bytes(data)
        (archive / f"copies/{number}.png").write_bytes(data)
    catalog = (disk if where == "same-disk" else tmp_path) / "catalog.db"
    run("scan", archive, "-c", catalog)
    run("cleanup", "plan", "-c", catalog)
    before = snapshot(archive)

    def full(*arguments: str) -> "subprocess.CompletedProcess[str]":
        fill(disk)
        try:
            done = run(*arguments, "-c", catalog)
        finally:
            (disk / "fill").unlink()
        assert "Traceback" not in done.stderr
        assert "fault of cutline" not in done.stderr
        return done

    done = full("cleanup", "apply", "--yes")
    assert done.returncode in (1, 2)
    if where == "same-disk":
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert full("scan", str(archive)).returncode == 2
    if run("cleanup", "history", "-c", catalog).stdout.find("applied") < 0:
        assert run("cleanup", "apply", "--yes", "-c", catalog).returncode == 0
        assert full("cleanup", "undo").returncode == 0
        assert {path: each[:2] for path, each in snapshot(archive).items()} == {
            path: each[:2] for path, each in before.items()
        }
        run("cleanup", "plan", "-c", catalog)
        run("cleanup", "apply", "--yes", "-c", catalog)
    purged = full("cleanup", "purge", "--yes", "--older-than", "0")
    assert purged.returncode == 0, purged.stderr
    assert len(list(archive.rglob("*.png"))) == 40
    assert not catalog.with_name("catalog.db.room").exists()
