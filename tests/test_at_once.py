"""Scan, match, decide and cleanup by processes of their own at once, on one catalogue: each waits its turn."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.store.catalogue import Catalogue
from tests.cleanup_trees import digests, photo, snapshot
from tests.conftest import ROOT, Run, rows, scan_archive
from tests.test_scanning import contents


def start(catalog: Path, *arguments: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "catalog", *map(os.fspath, arguments), "-c", os.fspath(catalog)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    "rounds", [pytest.param(2, id="few"), pytest.param(20, id="many", marks=pytest.mark.long)]
)
def test_all_commands_at_once_lose_nothing_and_agree(
    archive: Path, catalog_path: Path, tmp_path: Path, run: Run, rounds: int
) -> None:
    (archive / "sub").mkdir()
    for number in range(8):
        (archive / f"{number}.png").write_bytes(photo(number))
        (archive / f"sub/{number}-copy.png").write_bytes(photo(number))
    scan_archive(catalog_path, archive)
    before, content = snapshot(archive, folder_times=False), digests(archive)
    left, right = (str(row[0]) for row in rows(catalog_path, "SELECT sha256 FROM images ORDER BY 1 LIMIT 2"))
    random_ = random.Random(5)
    for number in range(rounds):
        run("match", "-c", catalog_path)
        assert run("cleanup", "plan", "-c", catalog_path).returncode == 0
        commands: list[tuple[str | Path, ...]] = [
            ("scan", archive, "--jobs", "1"),
            ("scan", archive, "--jobs", "1", "--reread"),
            ("match",),
            ("decide", ("same", "different")[number % 2], left, right),
            ("cleanup", "apply", "--yes"),
            ("cleanup", "undo"),
            ("cleanup", "plan"),
            ("check",),
            ("report", "images", "--format", "json"),
        ]
        random_.shuffle(commands)
        for process in [start(catalog_path, *command) for command in commands]:
            out, err = process.communicate(timeout=600)
            assert process.returncode in (0, 1, 2), (process.args, err)
            assert "Traceback" not in out + err, err
            assert "fault of cutline" not in err, err
            if process.returncode == 2:  # nothing to apply or undo, when its turn came
                assert re.search("No cleanup is|is being written to by|has not been compared yet", err), err
        assert content <= digests(archive)
        for cleanup, status in rows(catalog_path, "SELECT id, status FROM cleanups ORDER BY id DESC"):
            if status in ("applying", "applied"):
                assert run("cleanup", "undo", str(cleanup), "-c", catalog_path).returncode == 0
        assert snapshot(archive, folder_times=False) == before
    with Catalogue.read(catalog_path) as catalogue:
        assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
        assert not list(catalogue.rows("PRAGMA foreign_key_check"))
    scan_archive(catalog_path, archive)
    assert run("check", "-c", catalog_path).returncode == 0
    fresh = tmp_path / "fresh.db"
    run("decide", "same", left, right, "-c", catalog_path)
    scan_archive(fresh, archive)
    found, expected = contents(catalog_path), contents(fresh)
    for name in ("records", "images", "fingerprints"):
        assert found[name] == expected[name], name
