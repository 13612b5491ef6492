"""`cutline match` by workers gives the catalogue that it gives in one process, whoever dies on the way."""

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from catalog.match.pictures.resolving import Resolved
from catalog.match.workers import (
    Wanted,
    WorkersLost,
    WorkUnusable,
    as_plain,
    of_plain,
    open_workers,
)
from catalog.store.catalogue import Catalogue
from media.matching.pictures.changes import Changes
from media.matching.pictures.grouping import Group
from media.matching.pictures.pairs import Picture, Transform
from media.matching.pictures.resolve import Resolution
from media.matching.pictures.verdicts import ImageMatch
from tests.conftest import ROOT, Run, encode, make_photo, scan_archive
from tests.match_workers import children, copy_of, found, match_in_shares, match_whole, workers_here
from tests.shared_data import SHARED, needs_shared
from tests.test_incremental import do, steps

SAMPLE = ROOT / "examples" / "archive"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive and a few more pictures, scanned; a verdict on them taken."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(SAMPLE, folder / "archive")
    photo = make_photo(5, (640, 480))
    for name, picture in {
        "whole.jpg": photo,
        "small.jpg": photo.resize((320, 240)),
        "mirrored.jpg": photo.transpose(0),  # type: ignore[arg-type]
        "crop.jpg": photo.crop((100, 80, 560, 430)),
        "other.jpg": make_photo(6, (640, 480)),
    }.items():
        (folder / "archive" / name).write_bytes(encode(picture, quality=85))
    (folder / "archive" / "same.png").write_bytes(encode(photo, "PNG"))
    catalog = folder / "catalog.db"
    scan_archive(catalog, folder / "archive")
    match_whole(catalog)
    return catalog


@pytest.mark.parametrize("shares", [1, 7])
def test_the_sample_archive_in_shares_is_as_in_one_process(sample: Path, tmp_path: Path, shares: int) -> None:
    one, other = (Path(shutil.copy(sample, tmp_path / name)) for name in ("one.db", "other.db"))
    match_whole(one)
    match_in_shares(other, shares)
    assert found(other) == found(one)
    assert len(found(one)["image_matches"]) > 15


def test_matching_again_with_other_findings_in_place_renews_them_all(sample: Path, tmp_path: Path) -> None:
    catalog = Path(shutil.copy(sample, tmp_path / "one.db"))
    before = found(catalog)
    with Catalogue.open(catalog) as catalogue, catalogue.db.atomic():
        catalogue.db.execute("DELETE FROM image_groups WHERE kind = 'part'")
        catalogue.db.execute("UPDATE caption_repeats SET kind = 'edited'")
        catalogue.db.execute("DELETE FROM image_matches WHERE kind = 'near'")
    match_in_shares(catalog, 3)
    after = found(catalog)
    for table in ("image_matches", "caption_repeats", "caption_repeat_members"):
        assert after[table] == before[table]
    assert len(after["image_groups"]) == len(before["image_groups"])


@settings(
    max_examples=3,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(history=steps)
def test_any_small_archive_in_shares_is_as_in_one_process(
    history: list[list[tuple[str, str, int, str]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive, catalog = Path(folder) / "archive", Path(folder) / "catalog.db"
        archive.mkdir()
        for step in history:
            for action in step:
                do(archive, *action)
        scan_archive(catalog, archive)
        other = copy_of(catalog, "other.db")
        match_whole(catalog)
        match_in_shares(other, 5)
        assert found(other) == found(catalog)


# --- real data


@needs_shared
def test_twenty_thousand_real_captions_are_as_in_one_process(tmp_path: Path) -> None:
    catalog = captions_catalogue(tmp_path)
    other = copy_of(catalog, "other.db")
    match_whole(catalog)
    match_in_shares(other, 7)
    assert found(other) == found(catalog)
    assert len(found(catalog)["caption_repeats"]) > 2000


@needs_shared
@pytest.mark.long
def test_attacked_photographs_are_as_in_one_process(tmp_path: Path) -> None:
    tool, photos = SHARED / "tools" / "score_pictures.py", SHARED / "data" / "photos"
    command = [
        sys.executable,
        tool,
        "make",
        "--photos",
        photos,
        "--out",
        tmp_path / "archive",
        "--bases",
        "2",
    ]
    subprocess.run(command, check=True, capture_output=True)
    catalog = tmp_path / "catalog.db"
    scan_archive(catalog, tmp_path / "archive", jobs=2)
    for shares in (1, 7):
        one, other = copy_of(catalog, f"one{shares}.db"), copy_of(catalog, f"other{shares}.db")
        match_whole(one)
        match_in_shares(other, shares)
        assert found(other) == found(one)
        assert len(found(one)["image_matches"]) > 4000


def captions_catalogue(folder: Path) -> Path:
    """The labelled captions in a catalogue, everything pending."""
    from benchmarks.repeats import write

    tool = SHARED / "tools" / "score_repeats.py"
    archive, catalog = folder / "captions.jsonl", folder / "catalog.db"
    command = [sys.executable, tool, "make", "--data", SHARED / "data" / "repeats", "--out", archive]
    subprocess.run(command, check=True, capture_output=True)
    write(archive, catalog)
    return catalog


# --- the command


def test_jobs_give_what_one_process_gives(sample: Path, tmp_path: Path, run: Run) -> None:
    pytest.importorskip("distributed")
    results = []
    for options in ((), ("--jobs", "2", "--work", tmp_path / "work")):
        catalog = Path(shutil.copy(sample, tmp_path / "catalog.db"))
        done = run("match", "-c", catalog, *options)
        assert done.returncode == 0, done.stderr
        results.append((done.stdout, found(catalog)))
    assert results[1] == results[0]
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--work", "somewhere"), "give --jobs or --cluster", id="work-without-workers"),
        pytest.param(("--jobs", "2", "--cluster", "local:2"), "give one of them", id="both"),
        pytest.param(
            ("--jobs", "2", "--work", "/proc/nowhere"), "Name another folder with --work", id="no-folder"
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(sample: Path, run: Run, options: tuple[str, ...], said: str) -> None:
    before = found(sample)
    done = run("match", "-c", sample, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert found(sample)["image_groups"] == before["image_groups"]


def test_without_dask_the_install_is_named(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['distributed'] = None\n")
    command = [sys.executable, "-m", "catalog", "match", "-c", str(sample), "--jobs", "1"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert "pip install 'cutline[cluster]'" in done.stderr


def test_a_full_disk_is_one_line_and_leaves_the_catalogue_as_it_was(sample: Path, tmp_path: Path) -> None:
    catalog = Path(shutil.copy(sample, tmp_path / "catalog.db"))
    work = tmp_path / "small"
    work.mkdir()
    before = found(catalog)
    script = (
        f"mount -t tmpfs -o size=24k none {work} || exit 77;"
        f" exec {sys.executable} -m catalog match -c {catalog} --jobs 1 --work {work}"
    )
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode in (1, 77):
        pytest.skip("no file system can be mounted here")
    assert done.returncode == 2
    assert "full" in done.stderr
    assert done.stderr.count("\n") <= 4
    assert "Traceback" not in done.stderr
    assert {name: rows for name, rows in found(catalog).items() if name != "pending"} == {
        name: rows for name, rows in before.items() if name != "pending"
    }


# --- deaths


def start(catalog: Path, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "catalog", "match", "-c", str(catalog), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for(what: Callable[[], bool], process: "subprocess.Popen[str]") -> bool:
    """Whether it came about before the process ended."""
    while process.poll() is None:
        if what():
            return True
        time.sleep(0.005)
    return what()


def files_of(catalog: Path, pattern: str = "*") -> int:
    return len(list(catalog.with_name(f"{catalog.name}.match").rglob(pattern)))


def test_workers_that_are_killed_cost_nothing(sample: Path, tmp_path: Path) -> None:
    expected, catalog = (Path(shutil.copy(sample, tmp_path / name)) for name in ("one.db", "other.db"))
    match_whole(expected)
    process = start(catalog, "--jobs", "2")
    killed = 0
    for begun in ("shared/whole-*", "shared/rows-*"):
        assert wait_for(lambda made=begun: files_of(catalog, made) > 0, process)  # type: ignore[misc]
        for child in workers_of(process.pid)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                killed += 1
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert killed >= 1
    assert found(catalog) == found(expected)


def workers_of(process: int) -> list[int]:
    """The processes that run tasks: neither servers that fork nor trackers of resources."""
    with contextlib.suppress(OSError):
        return [
            child
            for child in children(process)
            if b"resource_tracker" not in cmdline(child) and not _serves(child)
        ]
    return []


def cmdline(process: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def _serves(process: int) -> bool:
    return b"forkserver" in cmdline(process) and bool(children(process))


def test_a_match_that_is_killed_is_completed_by_the_next(sample: Path, tmp_path: Path) -> None:
    expected, catalog = (Path(shutil.copy(sample, tmp_path / name)) for name in ("one.db", "other.db"))
    match_whole(expected)
    process = start(catalog, "--jobs", "2")
    assert wait_for(lambda: files_of(catalog, "kept/join_parts/*.json") > 0, process)
    workers = workers_of(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with contextlib.closing(sqlite3.connect(catalog)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM pending").fetchone()[0] > 0
    assert files_of(catalog) >= 1
    again = start(catalog, "--jobs", "2")
    _, said = again.communicate(timeout=300)
    assert again.returncode == 0, said
    assert found(catalog) == found(expected)
    assert not catalog.with_name("other.db.match").exists()
    for worker in workers:  # none outlives its coordinator
        assert not Path(f"/proc/{worker}").exists() or b"python" not in cmdline(worker)


def fail_once(folder: str) -> list[str]:
    """Dies the first time it is run."""
    mark = Path(folder) / "died"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [folder]


def always_die(_: str) -> list[str]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def test_a_task_whose_worker_died_is_run_again_and_one_that_ends_them_all_is_given_up_in_one_line(
    tmp_path: Path,
) -> None:
    dask = pytest.importorskip("dask")
    pytest.importorskip("distributed")
    folders = [str(tmp_path / name) for name in ("a", "b")]
    for folder in folders:
        Path(folder).mkdir()
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 2}),
        open_workers(tmp_path / "c.db", Wanted(jobs=1), print) as workers,
    ):
        assert list(workers.run("fail", fail_once, folders)) == folders
        with pytest.raises(WorkersLost, match="Workers died time and again"):
            list(workers.run("die", always_die, ["a"]))


# --- the folder that workers share


@dataclass(frozen=True)
class Inner:
    names: npt.NDArray[np.str_]
    nothing: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outer:
    many: npt.NDArray[np.int64]
    inner: Inner
    flags: npt.NDArray[np.bool_]


def test_arrays_come_back_from_the_folder_as_they_were(tmp_path: Path) -> None:
    value = Outer(np.arange(100_000), Inner(np.array(["a", "bc"]), np.zeros(0, np.int64)), np.array([True]))
    got = workers_here(tmp_path, 2).share("outer", value)()
    assert got.many.tolist() == value.many.tolist()
    assert got.inner.names.tolist() == ["a", "bc"]
    assert got.inner.nothing.dtype == np.int64
    assert got.flags.tolist() == [True]


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    shared = workers_here(tmp_path / "one", 2).share("inner", Inner(np.array(["a"]), np.zeros(0, np.int64)))
    (tmp_path / "one").rename(tmp_path / "other")
    with pytest.raises(WorkUnusable, match="Name a folder that every worker sees"):
        shared()


@dataclass(frozen=True)
class Told:
    number: int
    said: str | None


def tell(folder: str, number: int) -> list[Told]:
    with (Path(folder) / "told").open("a") as file:
        file.write(f"{number}\n")
    return [Told(number, None), Told(-number, "twice")]


def test_what_is_kept_is_not_made_again_unless_it_was_cut_short_or_is_of_other_data(tmp_path: Path) -> None:
    def run(*numbers: int) -> list[int]:
        workers = workers_here(tmp_path / "work", 2)
        found = list(workers.run("tell", partial(tell, str(tmp_path)), numbers, Told))
        assert found == [Told(sign * n, said) for n in numbers for sign, said in ((1, None), (-1, "twice"))]
        told = [int(line) for line in (tmp_path / "told").read_text().splitlines()]
        (tmp_path / "told").write_text("")
        return told

    assert run(1, 2) == [1, 2]
    assert run(1, 2, 3) == [3]
    for file in (tmp_path / "work").rglob("*.json"):
        file.write_bytes(file.read_bytes()[:-5])
    assert run(2) == [2]


def test_pictures_that_were_resolved_come_back_from_a_file_as_they_were() -> None:
    changes = Changes(((0.1, 0.2, 0.3, 0.4),), ((0.5, 0.6, 0.7, 0.8),), 0.01)
    transform = Transform(True, 90.0, 0.1 + 0.2, (0.0, 0.0, 1.0, 1.0), (0.0, 0.1, 1.0, 1.0), changes)
    for told in (transform, dataclasses.replace(transform, changes=None)):
        match = ImageMatch(0, 1, "near", 3, 0.9876, told)
        resolution = Resolution((match,), (Group(0, (1,)),), frozenset([1]))
        pictures = [Picture("aa", 640, 480, "normal", None), Picture("bb", 320, 240, "low", "cc")]
        resolved = Resolved(pictures, [False, True], resolution)
        assert of_plain(Resolved, json.loads(json.dumps(as_plain(resolved)))) == resolved


# --- a cluster that is lost


@contextlib.contextmanager
def scheduler(port: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """A real scheduler and a worker over loopback; both are ended, whatever became of them."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    address = f"tcp://127.0.0.1:{port}"
    commands = (
        ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        ["worker", address, "--nthreads", "1", "--no-dashboard", "--death-timeout", "60"],
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for command in commands
    ]
    try:
        yield processes
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for_listener(port: int) -> None:
    for _ in range(2_400):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60):
            return
        time.sleep(0.05)
    raise AssertionError("the scheduler does not come up")


def test_a_scheduler_that_is_killed_is_one_line_and_the_next_match_goes_on(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    # How long a client looks for a scheduler that is gone; one that is there answers at once.
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "10s")
    expected, catalog = (Path(shutil.copy(sample, tmp_path / name)) for name in ("one.db", "other.db"))
    match_whole(expected)
    port = free_port()
    options = ("--cluster", f"tcp://127.0.0.1:{port}")
    with scheduler(port) as (head, _):
        wait_for_listener(port)
        process = start(catalog, *options)
        assert wait_for(lambda: files_of(catalog, "shared/whole-*") > 0, process)
        os.kill(head.pid, signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "lost" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert files_of(catalog) >= 1
    with scheduler(port):
        wait_for_listener(port)
        again = start(catalog, *options)
        _, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert found(catalog) == found(expected)
