"""Clocks that go back, or were wrong: what changed is read, what was kept is kept, and no age is made up."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cleanup_trees import photo, snapshot
from tests.conftest import Run, rows

At = Callable[..., CompletedProcess[str]]


@pytest.fixture
def at(run: Run, monkeypatch: pytest.MonkeyPatch) -> At:
    """Runs ``cutline`` in a process whose clock shows another time."""
    library = next(
        (path for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")),
        Path("/usr/local/lib/faketime/libfaketime.so.1"),
    )
    if not library.exists() or shutil.which("faketime") is None:
        pytest.skip("needs libfaketime")

    def run_at(time: str, *arguments: str | Path) -> CompletedProcess[str]:
        with monkeypatch.context() as changed:
            changed.setenv("LD_PRELOAD", str(library))
            changed.setenv("FAKETIME", f"@{time}")
            changed.setenv("NO_FAKE_STAT", "1")
            return run(*arguments)

    return run_at


@pytest.fixture
def pair(archive: Path, catalog_path: Path) -> Path:
    (archive / "sub").mkdir()
    (archive / "a.png").write_bytes(photo(1))
    (archive / "sub/copy.png").write_bytes(photo(1))
    (archive / "b.png").write_bytes(photo(2))
    return catalog_path


def test_what_changes_while_the_clock_is_back_is_read_again(archive: Path, pair: Path, at: At) -> None:
    os.utime(archive / "b.png", (2_208_988_800, 2_208_988_800))  # 2040
    scan = ("scan", archive, "-c", pair, "--no-parts", "--jobs", "1")
    assert at("2030-05-01 12:00:00", *scan).returncode == 0
    data = bytearray(photo(1))
    data[-1] ^= 1
    (archive / "sub/copy.png").write_bytes(data)
    os.utime(archive / "sub/copy.png", (10**9, 10**9))  # written when the clock showed 2001
    done = at("2001-05-01 12:00:00", *scan)
    assert done.returncode == 0, done.stderr
    assert "Read 1 record" in done.stdout
    assert rows(pair, "SELECT status FROM scans") == [("complete",)] * 2
    assert "Read 0 records" in at("1975-05-01 12:00:00", *scan).stdout


def test_a_cleanup_of_a_time_to_come_is_undone_but_not_purged_by_its_age(
    archive: Path, pair: Path, at: At, run: Run
) -> None:
    at("2030-05-01 12:00:00", "scan", archive, "-c", pair, "--no-parts", "--jobs", "1")
    before = snapshot(archive)
    at("2030-05-01 12:00:00", "cleanup", "plan", "-c", pair)
    assert at("2030-05-01 12:00:00", "cleanup", "apply", "--yes", "-c", pair).returncode == 0
    refused = run("cleanup", "purge", "--yes", "-c", pair)
    assert refused.returncode == 2
    assert "which is in the future" in refused.stderr
    assert at("1975-05-01 12:00:00", "cleanup", "undo", "-c", pair).returncode == 0
    assert snapshot(archive) == before
    run("cleanup", "plan", "-c", pair)
    at("2030-05-01 12:00:00", "cleanup", "apply", "--yes", "-c", pair)
    assert run("cleanup", "purge", "--yes", "--older-than", "0", "-c", pair).returncode == 0
