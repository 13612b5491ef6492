"""A scan on a Dask cluster records what one on this machine does, whatever dies meanwhile."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.robustness import descendants
from catalog.cluster.cluster import Cluster, open_cluster
from catalog.errors import CatalogError
from catalog.scan.scan import ScanOptions, ScanResult, scan
from catalog.store.catalogue import Catalogue
from media.reading import Limits, Options
from tests.clusters import DaskProcesses, kill_all, until
from tests.conftest import SilentWatcher, rows, scan_archive
from tests.containers import make_zip, write
from tests.test_crash import make_mixed_archive
from tests.test_scanning import contents, start_scan

LOST = "reading it ended the worker process (out of memory, out of time, or a fault in a decoder)"


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskProcesses]:
    processes = DaskProcesses(tmp_path_factory.mktemp("dask"))
    processes.start_workers(2)
    yield processes
    processes.close()


@pytest.fixture(scope="module")
def cluster(dask: DaskProcesses) -> Iterator[Cluster]:
    with open_cluster(dask.address, lambda line: None) as opened:
        yield opened


def scan_on(cluster: Cluster, catalog: Path, *sources: Path, **options: object) -> ScanResult:
    with Catalogue.open(catalog) as catalogue:
        return scan(catalogue, sources, ScanOptions(**options), SilentWatcher(), cluster)  # type: ignore[arg-type]


def test_a_cluster_records_what_one_machine_does(cluster: Cluster, archive: Path, tmp_path: Path) -> None:
    make_mixed_archive(archive, 200)
    here, there = tmp_path / "here.db", tmp_path / "there.db"
    scan_archive(here, archive)
    result = scan_on(cluster, there, archive)
    assert (result.status, result.problems) == ("complete", 0)
    assert contents(there) == contents(here)
    assert scan_on(cluster, there, archive).read == 0
    assert contents(there) == contents(here)


def test_faults_cost_their_own_records_wherever_they_are(
    cluster: Cluster, archive: Path, tmp_path: Path
) -> None:
    faults = {"segfault.txt": b"x", "hang.txt": b"y"}
    texts = {f"{number:02}.txt": b"BREST - Ferry %d sailed." % number for number in range(20)}
    for name, data in (texts | faults).items():
        write(archive / name, data)
    write(archive / "p.zip", make_zip(texts | faults))
    catalog = tmp_path / "catalog.db"
    scan_on(cluster, catalog, archive, reading=Options(Limits(seconds=1)))
    late = "it took longer than 1 seconds"
    assert rows(catalog, "SELECT locator, reason FROM problems ORDER BY 1") == [
        ("hang.txt", late),
        ("p.zip!hang.txt", late),
        ("p.zip!segfault.txt", LOST),
        ("segfault.txt", LOST),
    ]
    assert rows(catalog, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL") == [(41,)]


def test_a_record_that_ends_its_whole_worker_each_time_is_found(
    cluster: Cluster, archive: Path, tmp_path: Path
) -> None:
    texts = {f"{number:02}.txt": b"BREST - Ferry %d sailed." % number for number in range(20)}
    for name, data in (texts | {"ends-worker.txt": b"z"}).items():
        write(archive / name, data)
    write(archive / "p.zip", make_zip(texts | {"ends-worker.txt": b"z"}))
    catalog = tmp_path / "catalog.db"
    scan_on(cluster, catalog, archive)
    assert rows(catalog, "SELECT locator, reason FROM problems ORDER BY 1") == [
        ("ends-worker.txt", LOST),
        ("p.zip!ends-worker.txt", LOST),
    ]
    assert rows(catalog, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL") == [(41,)]


def test_nothing_of_the_address_is_kept(cluster: Cluster, archive: Path, catalog_path: Path) -> None:
    write(archive / "a.txt", b"BREST - The ferry sailed.")
    scan_on(cluster, catalog_path, archive)
    kept = str(rows(catalog_path, "SELECT options FROM scans"))
    assert '"cluster": "tcp"' in kept
    assert "127.0.0.1" not in kept


def make_slow_archive(folder: Path, count: int = 150) -> Path:
    """Texts that workers take a while for, as files and in a ZIP."""
    for number in range(count):
        write(folder / f"{number % 7}/{number}.txt", b"BREST - Ferry %d sailed." % number)
    members = {f"{number}.txt": b"BREST - Ferry %d sailed." % number for number in range(count // 3)}
    write(folder / "p.zip", make_zip(members))
    return folder


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_slow_archive(tmp_path_factory.mktemp("slow"))


@pytest.fixture(scope="module")
def expected(slow: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    catalog = tmp_path_factory.mktemp("expected") / "catalog.db"
    scan_archive(catalog, slow)
    return contents(catalog)


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[DaskProcesses]:
    """A cluster to break, whose workers take a twentieth of a second for a text."""
    processes = DaskProcesses(tmp_path)
    yield processes
    processes.close()


def recorded(catalog: Path) -> int:
    with suppress(CatalogError, sqlite3.Error):
        return int(str(rows(catalog, "SELECT count(*) FROM records")[0][0]))
    return 0


def test_workers_that_are_killed_and_replaced_change_nothing(
    breakable: DaskProcesses, slow: Path, expected: dict[str, object], catalog_path: Path
) -> None:
    first = breakable.start_workers(2, SECONDS_A_TEXT="0.05")
    process = start_scan(slow, catalog_path, "--cluster", breakable.address)
    until(lambda: recorded(catalog_path) > 20 or process.poll() is not None, "nothing is read")
    assert process.poll() is None
    worker = next(pid for pid in descendants(first.pid) if b"spawn_main" in command_line(pid))
    os.kill(worker, signal.SIGKILL)  # its nanny starts another
    read = recorded(catalog_path)
    until(lambda: recorded(catalog_path) > read + 20 or process.poll() is not None, "it does not go on")
    assert process.poll() is None
    kill_all(first)
    breakable.start_workers(2)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert contents(catalog_path) == expected


def test_a_scheduler_that_is_killed_and_restarted_changes_nothing(
    breakable: DaskProcesses, slow: Path, expected: dict[str, object], catalog_path: Path
) -> None:
    workers = breakable.start_workers(2, SECONDS_A_TEXT="0.05")
    process = start_scan(slow, catalog_path, "--cluster", breakable.address)
    until(lambda: recorded(catalog_path) > 20 or process.poll() is not None, "nothing is read")
    assert process.poll() is None
    kill_all(breakable.scheduler)
    kill_all(workers)
    breakable.start_scheduler()
    breakable.start_workers(2)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "Lost the scheduler" in err
    assert contents(catalog_path) == expected


def test_a_scan_that_loses_its_scheduler_or_is_killed_is_completed_by_the_next(
    breakable: DaskProcesses,
    slow: Path,
    expected: dict[str, object],
    catalog_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "2s")
    breakable.start_workers(2, SECONDS_A_TEXT="0.1")
    process = start_scan(slow, catalog_path, "--cluster", breakable.address)
    until(lambda: recorded(catalog_path) > 10 or process.poll() is not None, "nothing is read")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    killed = recorded(catalog_path)
    process = start_scan(slow, catalog_path, "--cluster", breakable.address)
    until(lambda: recorded(catalog_path) > killed + 10 or process.poll() is not None, "nothing is read")
    kill_all(breakable.scheduler)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2, err
    assert err.splitlines()[-1] == (
        f"cutline: {breakable.address}: the scheduler is gone. What was recorded is kept; "
        "start it again with its workers, and run the same command."
    )
    assert "Traceback" not in err
    kept = recorded(catalog_path)
    assert scan_archive(catalog_path, slow).read <= 201 - kept
    assert contents(catalog_path) == expected


def command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def test_ctrl_c_keeps_what_was_read_and_leaves_the_cluster_running(
    dask: DaskProcesses, archive: Path, catalog_path: Path
) -> None:
    make_slow_archive(archive, 3000)
    process = start_scan(archive, catalog_path, "--cluster", dask.address)
    until(lambda: recorded(catalog_path) > 20 or process.poll() is not None, "nothing is read")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "What was read is kept" in out
    assert "Traceback" not in err
    assert 20 < recorded(catalog_path) < 4001
    with open_cluster(dask.address, lambda line: None) as cluster:
        assert scan_on(cluster, catalog_path, archive).status == "complete"
    assert recorded(catalog_path) == 4001


@pytest.mark.long
def test_a_decoder_that_hangs_in_c_costs_its_record(cluster: Cluster, archive: Path, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "spin.txt"):
        write(archive / name, b"BREST - The ferry sailed.")
    catalog = tmp_path / "catalog.db"
    scan_on(cluster, catalog, archive, reading=Options(Limits(seconds=0.5)))
    assert rows(catalog, "SELECT locator, reason FROM problems") == [("spin.txt", LOST)]
    assert rows(catalog, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL") == [(2,)]
