"""A scan killed at any moment, or one whose workers are killed, is completed to the same catalogue."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.robustness import descendants
from catalog.errors import CatalogError
from catalog.store.catalogue import Catalogue
from tests.conftest import rows, scan_archive
from tests.containers import Crawl, make_tar, make_zip, page, photo, write
from tests.test_scanning import contents, start_scan


def make_mixed_archive(folder: Path, count: int) -> None:
    """``count`` records, half of them pictures: in a crawl, in a ZIP, in a TAR, as lines and as files."""
    each = count // 10
    crawl = Crawl()
    for number in range(each * 2):
        crawl.add(f"http://e.example/{number}/", page(f"{number}.jpg", number % 28 + 1))
        crawl.add(f"http://e.example/{number}/{number}.jpg", photo(number // 2, (64, 48)), "image/jpeg")
    write(folder / "crawl.warc.gz", crawl.data())
    members = {f"{n}.html": page(f"{n}.jpg", n % 28 + 1) for n in range(each)}
    members |= {f"{n}.jpg": photo(n // 3, (64, 48)) for n in range(each)}
    write(folder / "p.zip", make_zip(members))
    write(folder / "p.tar", make_tar(members))
    lines = [
        b'{"url": "http://e.example/l%d", "headline": "Ferry %d", "body": "It sailed."}\n' % (n, n)
        for n in range(each)
    ]
    write(folder / "l.jsonl", b"".join(lines))
    for n in range(each // 2):
        write(folder / f"{n % 5}/{n}.html", page(f"{n}.jpg", n % 28 + 1))
        write(folder / f"{n % 5}/{n}.jpg", photo(n, (64, 48)))


def kill_scanner(process: "subprocess.Popen[str]", random_: random.Random) -> None:
    with suppress(ProcessLookupError):  # it may just have finished
        os.killpg(process.pid, signal.SIGKILL)


def kill_worker(process: "subprocess.Popen[str]", random_: random.Random) -> None:
    below = [pid for pid in descendants(process.pid) if pid != process.pid]
    if below:
        try:
            os.kill(random_.choice(below), signal.SIGKILL)
        except ProcessLookupError:
            return


def prove(archive: Path, folder: Path, kills: int, longest: float, seed: int) -> int:
    """Kill ``kills`` scans at random moments; each catalogue is completed to what a whole scan gives."""
    whole = folder / "whole.db"
    scan_archive(whole, archive)
    expected = contents(whole)
    random_ = random.Random(seed)
    hit = 0
    for number in range(kills):
        broken = folder / f"broken-{number}.db"
        kill: Callable[..., None] = (kill_scanner, kill_worker)[number % 2]
        process = start_scan(archive, broken, "--jobs", "2")
        time.sleep(random_.uniform(0.3, longest))
        hit += process.poll() is None
        kill(process, random_)
        process.communicate(timeout=300)
        if broken.exists() and broken.stat().st_size:
            with Catalogue.open(broken) as catalogue:
                assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
                assert not list(catalogue.rows("PRAGMA foreign_key_check"))
        scan_archive(broken, archive)
        found = contents(broken)
        for name in expected:
            assert found[name] == expected[name], (number, kill.__name__, name)
        assert rows(broken, "SELECT count(*) FROM containers") == [(0,)]
    return hit


def test_a_scan_killed_among_containers_is_completed_to_the_same(archive: Path, tmp_path: Path) -> None:
    make_mixed_archive(archive, 300)
    prove(archive, tmp_path, kills=2, longest=1.5, seed=3)


@pytest.mark.long
def test_twenty_five_killed_scans_are_completed_to_the_same(archive: Path, tmp_path: Path) -> None:
    make_mixed_archive(archive, 2000)
    assert prove(archive, tmp_path, kills=25, longest=4, seed=4) > 12


def test_a_container_begun_is_gone_on_with_and_not_begun_anew(archive: Path, catalog_path: Path) -> None:
    members = {f"{number}.txt": b"BREST - The ferry %d sailed." % number for number in range(1000)}
    write(archive / "p.zip", make_zip(members))
    process = start_scan(archive, catalog_path, "--jobs", "1")
    deadline = time.monotonic() + 300
    done = 0
    while time.monotonic() < deadline and process.poll() is None and not done:
        time.sleep(0.002)
        with suppress(CatalogError, sqlite3.Error):
            done = int(str(rows(catalog_path, "SELECT count(*) FROM records WHERE container_id = 1")[0][0]))
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = int(str(rows(catalog_path, "SELECT count(*) FROM records WHERE container_id IS NOT NULL")[0][0]))
    result = scan_archive(catalog_path, archive)
    assert result.read == 1000 - kept
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NULL") == [(1001,)]
    assert scan_archive(catalog_path, archive).read == 0


def test_a_container_that_changes_between_two_scans_of_it_is_read_anew(
    archive: Path, catalog_path: Path
) -> None:
    members = {f"{number}.txt": b"BREST - The ferry %d sailed." % number for number in range(1000)}
    path = write(archive / "p.zip", make_zip(members))
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
        catalogue.db.execute("UPDATE records SET sha256 = NULL WHERE container_id IS NULL")
        catalogue.db.execute("INSERT INTO containers (record_id, sha256, begun_in) VALUES (1, 'old', 1)")
        catalogue.db.execute("INSERT INTO container_spans VALUES (1, 0, 0, 10, '', '[]')")
    write(path, make_zip(members | {"new.txt": b"BREST - New."}))
    assert scan_archive(catalog_path, archive).read == 1002
    assert rows(catalog_path, "SELECT count(*) FROM containers") == [(0,)]


def test_a_member_that_ends_its_worker_costs_itself_alone(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    members = {f"{number:04}.txt": b"BREST - The ferry %d sailed." % number for number in range(600)}
    write(archive / "p.zip", make_zip(members))
    write(
        archive / "small.zip",
        make_zip({"a.txt": b"BREST - x.", "0400.txt": b"deadly", "c.txt": b"BREST - y."}),
    )
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util, os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name != 'media.articles.text.read':\n"
        "            return None\n"
        "        sys.meta_path.remove(self)\n"
        "        spec = importlib.util.find_spec(name)\n"
        "        run = spec.loader.exec_module\n"
        "        def run_and_change(module):\n"
        "            run(module)\n"
        "            read = module.read_text\n"
        "            def deadly(data, **rest):\n"
        "                if rest.get('name') == '0400.txt':\n"
        "                    os.kill(os.getpid(), 11)\n"
        "                return read(data, **rest)\n"
        "            module.read_text = deadly\n"
        "        spec.loader.exec_module = run_and_change\n"
        "        return spec\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    environment = os.environ | {"PYTHONPATH": f"{Path(__file__).parents[1]}{os.pathsep}{tmp_path}"}
    command = [sys.executable, "-m", "catalog", "scan", archive, "-c", catalog_path, "-j", "2"]
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert rows(catalog_path, "SELECT locator FROM problems ORDER BY 1") == [
        ("p.zip!0400.txt",),
        ("small.zip!0400.txt",),
    ]
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL") == [(603,)]
