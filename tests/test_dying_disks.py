"""Disks that go away, break, or run into a quota while an archive on them is scanned or cleaned up."""

import os
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from catalog.store.catalogue import Catalogue
from media.reading import Options
from tests.cleanup_trees import digests, photo
from tests.conftest import Run, rows, scan_archive
from tests.containers import make_zip, write
from tests.disks import image_disk, memory_disk
from tests.test_scanning import contents, start_scan, wait_for_records

REACH = "SELECT locator, reason FROM problems WHERE stage = 'list'"
MISSING = "SELECT count(*), count(missing_since) FROM records"


def fill(folder: Path, count: int) -> None:
    """Different small pictures, some kilobytes each."""
    for number in range(count):
        write(folder / f"{number % 7}/{number}.png", photo(number % 5) + b"%d" % number + os.urandom(9000))
    os.sync()


@pytest.mark.parametrize("below", [pytest.param("", id="all-of-it"), pytest.param("2020/disk", id="a-part")])
def test_what_is_on_a_disk_that_is_not_mounted_is_out_of_reach(
    archive: Path, catalog_path: Path, run: Run, below: str
) -> None:
    (archive / below).mkdir(parents=True, exist_ok=True)
    if below:
        write(archive / "2020/here.png", photo(99))
    with memory_disk(archive / below, 8) as disk:
        fill(disk, 10)
        scan_archive(catalog_path, archive)
        before = contents(catalog_path)
    done = run("scan", archive, "-c", catalog_path)
    assert done.returncode == 1, done.stderr
    assert rows(catalog_path, MISSING) == [(10 + bool(below), 0)]
    assert rows(catalog_path, REACH) == [
        (
            below or ".",
            "this folder is empty, and the files that were below it (10) were on another disk",
        )
    ]
    found = contents(catalog_path)
    for name in ("images", "placements", "duplicate_images"):
        assert found[name] == before[name]
    write(archive / below / "put-there.txt", b"The disk is gone for good.")
    assert scan_archive(catalog_path, archive).vanished == 10
    assert rows(catalog_path, REACH) == []


def test_a_folder_that_was_emptied_on_its_own_disk_has_lost_its_files(
    archive: Path, catalog_path: Path
) -> None:
    fill(archive, 7)
    scan_archive(catalog_path, archive)
    for path in archive.rglob("*.png"):
        path.unlink()
    assert scan_archive(catalog_path, archive).vanished == 7
    for path in archive.iterdir():
        path.rmdir()
    assert scan_archive(catalog_path, archive).vanished == 0
    assert rows(catalog_path, REACH) == []


def test_a_disk_unmounted_in_mid_scan_loses_no_record(archive: Path, catalog_path: Path) -> None:
    with ExitStack() as mounted:
        disk = mounted.enter_context(image_disk(archive, "ext4", 32))
        fill(disk, 300)
        process = start_scan(archive, catalog_path, "--jobs", "1", "--no-parts")
        wait_for_records(catalog_path, 10, process)
        subprocess.run(["umount", "-l", str(archive)], check=True)
        out, err = process.communicate(timeout=300)
        assert process.returncode in (0, 1), err
        assert "Traceback" not in out + err
        read = rows(catalog_path, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL")[0][0]
        named = rows(catalog_path, "SELECT count(*) FROM problems WHERE stage = 'read'")[0][0]
        assert int(str(read)) + int(str(named)) == 300
        again = start_scan(archive, catalog_path, "--jobs", "1", "--no-parts")
        again.communicate(timeout=300)
        assert again.returncode == 1
        assert rows(catalog_path, MISSING) == [(300, 0)]
        subprocess.run(
            ["mount", "-o", "loop", str(archive.with_name("archive.img")), str(archive)], check=True
        )
        result = scan_archive(catalog_path, archive, reading=Options(parts=False))
        assert (result.problems, result.read) == (0, 300 - int(str(read)))
        assert rows(catalog_path, "SELECT count(*) FROM records WHERE sha256 IS NULL") == [(0,)]


def test_a_disk_that_breaks_in_mid_scan_is_named_file_by_file(archive: Path, catalog_path: Path) -> None:
    with image_disk(archive, "ext4", 32) as disk:
        fill(disk, 300)
        process = start_scan(archive, catalog_path, "--jobs", "1", "--no-parts")
        wait_for_records(catalog_path, 10, process)
        os.truncate(archive.with_name("archive.img"), 1 << 20)
        with suppress(OSError):
            Path("/proc/sys/vm/drop_caches").write_text("3")
        out, err = process.communicate(timeout=300)
        assert process.returncode in (0, 1), err
        assert "Traceback" not in out + err
        with Catalogue.read(catalog_path) as catalogue:
            assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
        unread = (
            "SELECT count(*) FROM records r WHERE sha256 IS NULL AND NOT EXISTS (SELECT 1 FROM problems p"
        )
        assert rows(catalog_path, f"{unread} WHERE p.locator = r.locator)") == [(0,)]
        assert rows(catalog_path, MISSING) == [(300, 0)]


def test_a_container_cut_in_mid_scan_is_named_and_read_again(archive: Path, catalog_path: Path) -> None:
    members = {f"{number}.txt": b"BREST - The ferry %d sailed." % number * 200 for number in range(900)}
    whole = make_zip(members)
    write(archive / "p.zip", whole)
    process = start_scan(archive, catalog_path, "--jobs", "1")
    wait_for_records(catalog_path, 10, process)
    os.truncate(archive / "p.zip", len(whole) // 2)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 1, err
    assert "Traceback" not in out + err
    assert rows(catalog_path, "SELECT count(*) > 0 FROM problems WHERE locator LIKE 'p.zip%'") == [(1,)]
    write(archive / "p.zip", whole)
    scan_archive(catalog_path, archive)
    assert rows(
        catalog_path, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL AND missing_since IS NULL"
    ) == [(901,)]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


def test_a_quota_is_a_full_disk(tmp_path: Path, catalog_path: Path, run: Run) -> None:
    with image_disk(tmp_path / "disk", "btrfs", 200) as disk:

        def btrfs(*arguments: str) -> str:
            done = subprocess.run(["btrfs", *arguments], capture_output=True, text=True, check=True)
            return done.stdout

        def limit(left: int | None) -> None:
            os.sync()
            btrfs("quota", "rescan", "-w", str(disk))
            shown = btrfs("qgroup", "show", "--raw", str(disk)).splitlines()
            used = next(int(line.split()[1]) for line in shown if line.startswith("0/256"))
            btrfs("qgroup", "limit", "none" if left is None else str(used + left), "0/256", str(disk))

        btrfs("subvolume", "create", str(disk / "volume"))
        btrfs("quota", "enable", str(disk))
        archive = disk / "volume/archive"
        for number in range(20):
            data = photo(1) + b"%d" % number + os.urandom(20_000)
            write(archive / f"{number}.png", data)
            write(archive / f"copies/{number}.png", data)
        content = digests(archive)
        assert run("scan", archive, "-c", catalog_path, "--no-parts").returncode == 0
        run("cleanup", "plan", "-c", catalog_path)
        limit(40_000)
        done = run("cleanup", "apply", "--yes", "-c", catalog_path)
        assert done.returncode == 1
        assert "Disk quota exceeded" in done.stderr
        assert digests(archive) == content
        limit(None)
        run("cleanup", "undo", "-c", catalog_path)
        run("cleanup", "plan", "-c", catalog_path)
        assert run("cleanup", "apply", "--yes", "-c", catalog_path).returncode == 0
        limit(40_000)
        purged = run("cleanup", "purge", "--yes", "--older-than", "0", "-c", catalog_path)
        assert purged.returncode == 0, purged.stderr
        assert digests(archive) == content
        assert len(list(archive.rglob("*.png"))) == 20
