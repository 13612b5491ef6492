"""What is on the disk before what, as the system sees it: a power cut at any moment leaves a way back."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cleanup_trees import photo, plan, scan_quickly
from tests.conftest import ROOT

_CALLS = "fsync,fdatasync,syncfs,sync,renameat2,rename,renameat,linkat,link,unlinkat,unlink,write,pwrite64"
_QUARANTINE = ".cutline-quarantine"


def trace(folder: Path, *arguments: str) -> list[tuple[str, str]]:
    """Run a command under strace; what it did to the archive, in order: the call and the names in it."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    log = folder / "strace.txt"
    command = ["strace", "-f", "-y", "-e", f"trace={_CALLS}", "-o", str(log), sys.executable, "-m", "catalog"]
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    if "ptrace" in done.stderr or not log.exists():
        pytest.skip(f"strace may not trace here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr
    found = []
    for line in log.read_text().splitlines():
        call = re.match(r"\d+ +(\w+)\((.*)\) += (\d+)", line)
        if call and f"{folder}/archive" in call[2]:
            found.append((call[1], call[2].replace(f"{folder}/archive", "")))
    return found


@pytest.fixture
def archive_to_clean(tmp_path: Path) -> Path:
    root, catalog = tmp_path / "archive", tmp_path / "c.db"
    (root / "sub").mkdir(parents=True)
    for number in range(3):
        (root / f"{number}.png").write_bytes(photo(number))
        (root / "sub" / f"{number}-copy.png").write_bytes(photo(number))
    scan_quickly(catalog, root)
    plan(catalog, keep=("path=?.png",))
    return catalog


def places(calls: list[tuple[str, str]], name: str, what: str) -> list[int]:
    """Where among the calls one of this name has ``what`` in it."""
    return [at for at, (call, said) in enumerate(calls) if call == name and re.search(what, said)]


JOURNAL = r"journal\.jsonl>"


def test_apply_has_its_journal_on_the_disk_before_a_file_moves_and_the_folders_before_it_says_so(
    archive_to_clean: Path, tmp_path: Path
) -> None:
    calls = trace(tmp_path, "cleanup", "apply", "--yes", "-c", str(archive_to_clean))
    moves = places(calls, "renameat2", r"copy\.png")
    begun, ended = places(calls, "fsync", JOURNAL)
    assert len(moves) == 3
    assert places(calls, "write", JOURNAL)[0] < begun < moves[0]
    named = places(calls, "fsync", rf"/{_QUARANTINE}/[^/>]+>")
    assert named[0] < begun, "the journal's own name comes first"
    said = places(calls, "write", JOURNAL)[1]
    for folder in (r"^\d+</sub>", rf"^\d+</{_QUARANTINE}/[^/]+/files/sub>"):
        synced = places(calls, "fsync", folder)
        assert any(moves[-1] < each < said for each in synced), folder
    assert moves[-1] < said < ended


def test_undo_has_all_files_back_on_the_disk_before_its_journal_goes(
    archive_to_clean: Path, tmp_path: Path
) -> None:
    trace(tmp_path, "cleanup", "apply", "--yes", "-c", str(archive_to_clean))
    calls = trace(tmp_path, "cleanup", "undo", "-c", str(archive_to_clean))
    moves, journal = places(calls, "renameat2", r"copy\.png"), places(calls, "fsync", JOURNAL)
    assert len(moves) == 3
    assert journal[0] < moves[0]
    assert any(moves[-1] < each < journal[1] for each in places(calls, "fsync", r"^\d+</sub>"))
    (synced,), (gone,) = places(calls, "syncfs", ""), places(calls, "unlink", r"journal\.jsonl")
    assert moves[-1] < journal[1] < synced < gone


def test_purge_has_the_keepers_on_the_disk_before_it_removes_their_copies(
    archive_to_clean: Path, tmp_path: Path
) -> None:
    trace(tmp_path, "cleanup", "apply", "--yes", "-c", str(archive_to_clean))
    calls = trace(tmp_path, "cleanup", "purge", "--yes", "--older-than", "0", "-c", str(archive_to_clean))
    removed = places(calls, "unlinkat", r"copy\.png")
    journal = places(calls, "fsync", JOURNAL)
    assert len(removed) == 3
    assert places(calls, "syncfs", r"png>")[0] < journal[0] < removed[0]
    assert removed[-1] < journal[1] < places(calls, "unlink", r"journal\.jsonl")[0]
