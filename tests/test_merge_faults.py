"""What goes wrong around a merge: inputs that cannot be merged, and merges that are stopped."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from catalog.errors import CatalogueUnusable, UsageError
from catalog.merge.merge import merge
from catalog.store.catalogue import Catalogue
from tests.conftest import ROOT, Run, rows, scan_archive
from tests.containers import page, photo, write
from tests.merging import SAID, Silent, assert_same, assert_whole, dump, merge_into
from tests.test_scanning import start_scan, wait_for_records


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Three shards that share a picture."""
    for number in range(3):
        folder = tmp_path / f"part-{number}"
        write(folder / f"{number}.html", page(f"{number}.jpg", number + 1))
        write(folder / f"{number}.jpg", photo(0))
        scan_archive(tmp_path / f"shard-{number}.db", folder)
    return [tmp_path / f"shard-{number}.db" for number in range(3)]


def change(catalog: Path, *statements: str) -> None:
    """Change a catalogue behind its back, keys and checks aside."""
    connection = sqlite3.connect(catalog)
    with connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


# --- Inputs


def of_something_else(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (id INTEGER)")
    connection.close()


def of_a_newer_version(path: Path) -> None:
    change(
        path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cutline', '9999_new', '')",
    )


def cut_short(path: Path) -> None:
    change(path)
    os.truncate(path, path.stat().st_size // 2)


def with_a_damaged_page(path: Path) -> None:
    """The first page of a table is overwritten."""
    change(path)
    connection = sqlite3.connect(path)
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'placements'").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(random.Random(1).randbytes(200))


def with_a_loose_row(path: Path) -> None:
    change(path, "DELETE FROM articles")


def with_a_view_for_a_table(path: Path) -> None:
    change(path, "ALTER TABLE pending RENAME TO hidden", "CREATE VIEW pending AS SELECT * FROM hidden")


def as_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_text(path: Path) -> None:
    path.write_text("not a database at all" * 100)


def as_an_empty_file(path: Path) -> None:
    path.write_bytes(b"")


BAD: list[tuple[Callable[[Path], None], str]] = [
    (Path.unlink, "no such catalogue. Check the path"),
    (as_text, "is not an SQLite file"),
    (as_a_folder, "is a folder"),
    (as_an_empty_file, "empty, no catalogue yet"),
    (of_something_else, "a database of something else"),
    (of_a_newer_version, "newer version of cutline"),
    (cut_short, "is damaged"),
    (with_a_damaged_page, "is damaged"),
    (with_a_loose_row, "is damaged (a row of"),
    (with_a_view_for_a_table, "table pending is something else"),
]


@pytest.mark.parametrize(
    ("spoil", "said"),
    BAD,
    ids=["missing", "text", "folder", "empty", "other", "newer", "cut", "page", "loose", "view"],
)
def test_what_cannot_be_merged_is_named_before_anything_is_written(
    shards: list[Path], tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    for suffix in ("-wal", "-shm"):
        shards[1].with_name(shards[1].name + suffix).unlink(missing_ok=True)
    spoil(shards[1])
    with pytest.raises(CatalogueUnusable) as caught:
        merge_into(tmp_path / "out.db", *shards)
    assert str(shards[1]) in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("out.db*"))
    assert not list(tmp_path.glob(".out.db*"))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param("UPDATE placements SET confidence = 7", id="a-value-out-of-range"),
        pytest.param("UPDATE placements SET evidence = '{'", id="no-json"),
        pytest.param("UPDATE sources SET uri = CAST(x'66ff' AS TEXT)", id="no-utf-8"),
    ],
)
def test_values_that_a_catalogue_refuses_leave_nothing_of_their_shard(
    shards: list[Path], tmp_path: Path, spoil: str
) -> None:
    change(shards[1], spoil)
    with pytest.raises(CatalogueUnusable, match=r"shard-1\.db is damaged"):
        merge_into(tmp_path / "out.db", *shards)
    merge_into(tmp_path / "first.db", shards[0])
    merge_into(tmp_path / "out.db", shards[0])
    assert_same(tmp_path / "out.db", tmp_path / "first.db")


def test_a_catalogue_is_not_merged_into_itself(shards: list[Path], run: Run) -> None:
    done = run("merge", shards[0], shards[0])
    assert done.returncode == 2
    assert "is all there is to merge" in done.stderr
    with pytest.raises(UsageError):
        merge_into(shards[0], shards[0].parent / "part-0/../shard-0.db")
    os.link(shards[0], shards[0].with_name("same.db"))
    with pytest.raises(UsageError):
        merge_into(shards[0], shards[0].with_name("same.db"))


def make_older(path: Path) -> None:
    """As the version before made it."""
    change(
        path,
        "DROP TABLE overruled_decisions",
        "ALTER TABLE scans DROP COLUMN token",
        "ALTER TABLE cleanups DROP COLUMN merged",
        "DELETE FROM _sqlite_migrations WHERE name = '0005_merging'",
    )


def test_a_catalogue_of_an_older_version_is_merged_from_a_copy(shards: list[Path], tmp_path: Path) -> None:
    merge_into(tmp_path / "now.db", *shards)
    make_older(shards[1])
    before = shards[1].read_bytes()
    merge_into(tmp_path / "out.db", *shards)
    assert_same(tmp_path / "out.db", tmp_path / "now.db", SAID)
    assert shards[1].read_bytes() == before
    assert not list(tmp_path.glob(".out.db*"))
    again = dump(tmp_path / "out.db")
    merge_into(tmp_path / "out.db", shards[1])
    assert dump(tmp_path / "out.db") == again


def test_an_older_catalogue_is_brought_up_to_date_by_merging_into_it(
    shards: list[Path], tmp_path: Path
) -> None:
    merge_into(tmp_path / "now.db", *shards)
    make_older(shards[0])
    merge_into(*shards)
    assert_same(shards[0], tmp_path / "now.db", SAID)


def read_only(folder: Path) -> bool:
    """Make a folder read-only for everybody; False where this system does not let us."""
    bound = subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], capture_output=True, check=False)
    if bound.returncode == 0:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], capture_output=True, check=False)
    with suppress(OSError):
        (folder / "probe").touch()
        (folder / "probe").unlink()
        if bound.returncode == 0:
            subprocess.run(["umount", folder], capture_output=True, check=False)
        folder.chmod(0o555)
        with suppress(OSError):
            (folder / "probe").touch()
            (folder / "probe").unlink()
            folder.chmod(0o755)
            return False
    return True


@pytest.mark.parametrize("unfinished", [False, True], ids=["closed", "with-a-log"])
def test_catalogues_on_a_read_only_disk_are_merged(
    shards: list[Path], tmp_path: Path, unfinished: bool
) -> None:
    merge_into(tmp_path / "expected.db", *shards)
    disk = tmp_path / "disk"
    disk.mkdir()
    for shard in shards:
        change(shard, "DELETE FROM pending")
        # A copy taken while its scan was still open: the last that was written is in the log alone.
        connection = sqlite3.connect(shard)
        if unfinished:
            connection.execute("UPDATE records SET media_type = media_type || '; late' WHERE id = 1")
            connection.commit()
        for path in shard.parent.glob(f"{shard.name}*"):
            if unfinished or path == shard:
                shutil.copy(path, disk / path.name)
        connection.close()
    for log in disk.glob("*-shm"):
        log.unlink()
    if not read_only(disk):
        pytest.skip("this user may write to every folder, and may not mount")
    try:
        merge_into(tmp_path / "out.db", *(disk / shard.name for shard in shards))
    finally:
        subprocess.run(["umount", disk], capture_output=True, check=False)
        disk.chmod(0o755)
    late = rows(tmp_path / "out.db", "SELECT count(*) FROM records WHERE media_type LIKE '%; late'")
    assert late == [(3 if unfinished else 0,)]
    if not unfinished:
        assert_same(tmp_path / "out.db", tmp_path / "expected.db")


def test_a_catalogue_that_is_being_scanned_is_merged_as_it_stands(tmp_path: Path) -> None:
    archive, shard, out = tmp_path / "archive", tmp_path / "shard.db", tmp_path / "out.db"
    for number in range(250):
        write(archive / f"{number}.html", page(f"{number}.jpg", number % 28 + 1))
    process = start_scan(archive, shard, "--jobs", "1")
    try:
        wait_for_records(shard, 30, process)
        for _ in range(3):
            merge_into(out, shard)
            assert_whole(out)
    finally:
        process.communicate(timeout=120)
    assert process.returncode == 0
    merge_into(out, shard)
    assert_same(out, shard)


def test_an_interrupted_shard_is_merged_and_its_scan_completed_in_the_merged_one(tmp_path: Path) -> None:
    archive, shard, out = tmp_path / "archive", tmp_path / "shard.db", tmp_path / "out.db"
    for number in range(150):
        write(archive / f"{number}.html", page(f"{number}.jpg", number % 28 + 1))
        write(archive / f"{number}.jpg", photo(number % 3, (64, 48)))
    process = start_scan(archive, shard, "--jobs", "1")
    wait_for_records(shard, 30, process)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    merge_into(out, shard)
    assert_whole(out)
    assert rows(out, "SELECT status FROM scans") == [("interrupted",)]
    scan_archive(out, archive)
    scan_archive(tmp_path / "whole.db", archive)
    assert_same(out, tmp_path / "whole.db", SAID)


def test_a_catalogue_that_another_process_writes_to_is_waited_for(shards: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    merge_into(out, shards[0])
    watcher = Silent()
    with Catalogue.open(out):
        merging = threading.Thread(target=merge, args=(out, shards, watcher))
        merging.start()
        deadline = time.monotonic() + 300
        while not watcher.waited and time.monotonic() < deadline:
            time.sleep(0.01)
        assert rows(out, "SELECT count(*) FROM sources") == [(1,)]
    merging.join()
    assert watcher.waited == [f"process {os.getpid()}"]
    assert rows(out, "SELECT count(*) FROM sources") == [(3,)]


# --- Merges that are stopped


class Stopping(Silent):
    """Sends Ctrl-C to this very process as the second shard begins."""

    def merging(self, path: Path, number: int, count: int) -> None:
        super().merging(path, number, count)
        if number == 2:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_leaves_the_shard_in_hand_out_and_the_same_again_completes(
    shards: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.db"
    result = merge(out, shards, Stopping())
    assert result.interrupted
    assert rows(out, "SELECT count(*) FROM sources") == [(len(result.merged),)]
    assert len(result.merged) < 3
    assert rows(out, "SELECT count(*) FROM pending") != [(0,)]
    merge_into(out, *shards)
    merge_into(tmp_path / "whole.db", *shards)
    assert_same(out, tmp_path / "whole.db")
    assert_whole(out)


def start_merge(out: Path, shards: list[Path]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "catalog", "merge", *map(os.fspath, [out, *shards])]
    environment = os.environ | {"PYTHONPATH": os.fspath(ROOT)}
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def prove(folder: Path, pages: int, kills: int, seed: int) -> int:
    """Kill merges at random moments; each, done again, gives what one that was not killed gives."""
    shards = []
    for number in range(3):
        for each in range(pages):
            write(folder / f"part-{number}/{each}.html", page(f"{each}.jpg", each % 28 + 1))
            write(folder / f"part-{number}/{each}.jpg", photo(each % 7, (64, 48)))
        shards.append(folder / f"shard-{number}.db")
        scan_archive(shards[-1], folder / f"part-{number}")
    started = time.monotonic()
    process = start_merge(folder / "whole.db", shards)
    assert "Merging" in process.communicate(timeout=300)[1]
    longest = time.monotonic() - started
    random_, killed = random.Random(seed), 0
    for number in range(kills):
        out = folder / f"out-{number}.db"
        process = start_merge(out, shards)
        time.sleep(random_.uniform(0.4 * longest, longest))
        killed += process.poll() is None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=300)
        if out.exists() and out.stat().st_size:
            with Catalogue.open(out) as catalogue:
                assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
                assert not list(catalogue.rows("PRAGMA foreign_key_check"))
        merge_into(out, *shards)
        assert_same(out, folder / "whole.db")
        assert_whole(out)
    return killed


def test_a_merge_killed_at_any_moment_is_completed_by_the_same_command(tmp_path: Path) -> None:
    prove(tmp_path, pages=30, kills=2, seed=2)


@pytest.mark.long
def test_twenty_five_killed_merges_are_completed_by_the_same_command(tmp_path: Path) -> None:
    assert prove(tmp_path, pages=300, kills=25, seed=3) > 12


def test_a_full_disk_leaves_what_was_merged_and_the_same_again_completes(
    shards: list[Path], tmp_path: Path, run: Run
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=620k", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount")
    try:
        done = run("merge", disk / "out.db", *shards)
        assert done.returncode == 2
        assert "full" in done.stderr
        assert done.stderr.splitlines()[-1].startswith("cutline: ")
        subprocess.run(["mount", "-o", "remount,size=30m", disk], check=True)
        merge_into(disk / "out.db", *shards)
        merge_into(tmp_path / "whole.db", *shards)
        assert_same(disk / "out.db", tmp_path / "whole.db")
        assert_whole(disk / "out.db")
    finally:
        subprocess.run(["umount", disk], check=False)
