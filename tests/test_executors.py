"""Tasks: sized by what they cost, split until the one record is found that ends workers, recorded once."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest import param

from catalog.cluster.cluster import _settle
from catalog.match.match import match_pending
from catalog.scan.readers.crew import TryAgain, WorkerDied
from catalog.scan.readers.guard import (
    NoReaders,
    ReaderDied,
    Readers,
    ReadersClosed,
    fork_reader,
    spawn_reader,
)
from catalog.scan.readers.local import local_crew, unpack
from catalog.scan.readers.reader import READY
from catalog.scan.readers.task import Done, ReadTask, read_task
from catalog.scan.readers.task_size import TaskSize, Window
from catalog.scan.readers.tasks import run_tasks
from catalog.scan.writer import Writer
from catalog.store.catalogue import Catalogue
from media.archives.folder import FolderSource
from media.reading import Options
from media.record import Entry
from tests.conftest import ROOT, run_async, scan_archive
from tests.containers import make_zip, write
from tests.test_crash import make_mixed_archive
from tests.test_scanning import contents

TEXT = b"BREST - The ferry sailed on time."


def task_of(folder: Path) -> ReadTask:
    """One task that reads all of a folder."""
    source = FolderSource(folder)
    entries = tuple(each for each in source.entries() if isinstance(each, Entry))
    return ReadTask(1, source.ref, entries, Options())


def locators(done: Done) -> list[str]:
    return [reading.record.locator for reading in done.readings]


class DeadlyCrew:
    """Reads in this process; workers die on any task that would read a deadly record, and on those beside it."""

    def __init__(self, deadly: Collection[str], failures: int = 0, *, opening: Collection[str] = ()) -> None:
        """
        :param opening: containers that end workers when they are but opened.
        """
        self.deadly = deadly
        self.opening = opening
        self.failures = failures
        self.in_flight: list[tuple[Future[Any], ReadTask]] = []
        self.read: list[tuple[str, ...]] = []

    def slots(self) -> int:
        return 2

    def submit(self, task: ReadTask) -> Future[Any]:
        future: Future[Any] = Future()
        self.in_flight.append((future, task))
        return future

    def tend(self, stopped: Callable[[], bool]) -> bool:
        return False

    def wind_up(self, running: Collection[Future[Any]]) -> None:
        pass

    def outcome(self, future: Future[Any]) -> Done:
        result: Done = future.result()
        return result

    def work(self) -> None:
        """Finish what is in flight: where one task is deadly, all that are beside it die with it."""
        outcomes = [(future, self._read(task)) for future, task in self.in_flight]
        dies = any(outcome is None for _, outcome in outcomes)
        self.in_flight.clear()
        for future, outcome in outcomes:
            if self.failures:
                self.failures -= 1
                future.set_exception(TryAgain())
            elif dies or outcome is None:
                future.set_exception(WorkerDied())
            else:
                future.set_result(outcome)

    def _read(self, task: ReadTask) -> Done | None:
        met: list[str] = []
        done = read_task(task, on_record=met.append)
        deadly = {*self.opening, *(self.deadly if task.options.contents else ())}
        return None if deadly.intersection(met) else done


def run_all(
    tasks: list[ReadTask], crew: DeadlyCrew, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[ReadTask, Done]]:
    """Run tasks on a crew that works whenever it is waited for."""
    from catalog.scan.readers import tasks as running

    wait = running.wait

    def work_and_wait(*arguments: Any, **named: Any) -> Any:
        crew.work()
        return wait(*arguments, **named)

    monkeypatch.setattr(running, "wait", work_and_wait)
    left = iter(tasks)
    return list(run_tasks(lambda: next(left, None), crew))


def test_the_one_record_that_ends_workers_is_found_and_its_neighbours_are_read(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {f"{number:02}.txt": TEXT for number in range(70)}
    for number in range(80):
        write(archive / f"{number:02}.txt", TEXT)
    write(archive / "p.zip", make_zip(members | {"inner.zip": make_zip({"a.txt": TEXT, "b.txt": TEXT})}))
    whole = task_of(archive)
    halves = [replace(whole, entries=whole.entries[:40]), replace(whole, entries=whole.entries[40:])]
    deadly = {"33.txt", "p.zip!07.txt", "p.zip!inner.zip!b.txt"}
    given = run_all(halves, DeadlyCrew(deadly), monkeypatch)
    readings = [reading for _, done in given for reading in done.readings]
    assert {each.record.locator for each in readings if each.problems} == deadly
    expected = {reading.record.locator for reading in read_task(whole).readings}
    assert {reading.record.locator for reading in readings} == expected
    assert len(readings) == len(expected)
    zipped = next(done for _, done in given if len(done.readings) > 40)
    assert locators(zipped)[-1] == "p.zip"  # which says that all its members are in


def test_a_container_that_ends_workers_by_itself_is_lost_alone(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "a.txt", TEXT)
    write(archive / "p.zip", make_zip({"a.txt": TEXT}))
    crew = DeadlyCrew((), opening={"p.zip"})
    given = run_all([task_of(archive)], crew, monkeypatch)
    readings = [each for _, done in given for each in done.readings]
    assert {each.record.locator: len(each.problems) for each in readings} == {"a.txt": 0, "p.zip": 1}
    assert {task.options.contents for task, _ in given} == {True}


def test_what_failed_through_no_fault_of_its_own_is_read_again(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "a.txt", TEXT)
    task = task_of(archive)
    given = run_all([task] * 3, DeadlyCrew((), failures=4), monkeypatch)
    assert [locators(done) for _, done in given] == [["a.txt"]] * 3


def test_a_batch_that_is_delivered_twice_changes_nothing(archive: Path, tmp_path: Path) -> None:
    make_mixed_archive(archive, 60)
    write(archive / "bad.jpg", b"\xff\xd8\xff\xe0 cut short")
    task = task_of(archive)
    once, twice = tmp_path / "once.db", tmp_path / "twice.db"
    for path, times in ((once, 1), (twice, 2)):
        with Catalogue.open(path) as catalogue:
            catalogue.db.execute(
                "INSERT INTO sources (id, uri, kind) VALUES (1, ?, 'folder')", [task.source.uri]
            )
            writer = Writer(catalogue, catalogue.begin_scan({}))
            for _ in range(times):
                writer.write(1, read_task(task).readings)
            match_pending(catalogue, lambda stage: None, lambda: False)
    assert contents(twice) == contents(once)


@pytest.mark.parametrize("start", [param(fork_reader, id="forked"), param(spawn_reader, id="spawned")])
def test_a_reader_that_is_killed_while_it_reads_costs_nothing(
    archive: Path, start: Callable[[ReadTask], Any]
) -> None:
    write(archive / "a.txt", TEXT)
    task = task_of(archive)
    readers = Readers(start)
    try:
        assert locators(unpack(readers.read(task))) == ["a.txt"]
        readers._idle[0].kill()
        assert locators(unpack(readers.read(task))) == ["a.txt"]
    finally:
        readers.close()
    with pytest.raises(ReadersClosed):
        readers.read(task)


def test_readers_that_cannot_be_started_are_no_fault_of_records(archive: Path) -> None:
    write(archive / "a.txt", TEXT)

    def start(task: ReadTask) -> Any:
        reader = fork_reader(task)
        reader.kill()
        return reader

    with pytest.raises(NoReaders, match="end as soon as they are started"):
        Readers(start).read(task_of(archive))


def test_a_reader_says_what_it_had_in_hand(archive: Path) -> None:
    write(archive / "a.txt", TEXT)
    os.mkfifo(archive / "pipe")
    reader = spawn_reader()
    assert reader.connection.recv_bytes() == READY
    fifo = Entry("pipe", 1, 1)
    reader.connection.send((replace(task_of(archive), entries=(*task_of(archive).entries, fifo)), True))
    assert reader.connection.recv_bytes() == b"na.txt"
    reader.kill()
    with pytest.raises(ReaderDied):
        reader.ask(task_of(archive))


def test_readers_end_with_whoever_started_them() -> None:
    code = (
        "from catalog.scan.readers.guard import spawn_reader\n"
        "import time, subprocess\n"
        "reader = spawn_reader()\n"
        "print('started', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.send_signal(signal.SIGKILL)
    # The reader holds the other end of our pipe: it is closed once the reader has ended too.
    process.communicate(timeout=300)


def test_tasks_take_about_a_second_or_two_whatever_records_cost() -> None:
    def settled(seconds: float, byte_size: int = 100) -> int:
        size = TaskSize()
        for _ in range(30):
            count = size.records(1_000_000, 8)
            size.learn(count, Done([], count * seconds, count * byte_size))
        return size.records(1_000_000, 8)

    assert TaskSize().records(1_000_000, 8) == 16
    assert settled(0.01) == pytest.approx(150, abs=1)
    assert settled(10) == 1
    assert settled(0) == 512 or settled(0.000001) == 512
    assert settled(0.01, 1 << 20) == 4  # results of 4 MiB
    assert TaskSize().records(40, 2) == 5  # the last ones are shared out
    assert TaskSize().records(0, 2) == 1


def test_large_results_leave_fewer_tasks_in_flight_and_each_reader_one() -> None:
    window = Window()
    assert window.size(100) == 200
    for _ in range(20):
        window.learn(Done([], 1.0, 2 << 20))
    assert window.size(100) == 128
    for _ in range(20):
        window.learn(Done([], 1.0, 64 << 20))
    assert window.size(100) == 100
    assert window.size(0) == 1


def test_a_scan_that_is_stopped_hands_out_no_more(archive: Path) -> None:
    for number in range(10):
        write(archive / f"{number}.txt", TEXT)
    whole = task_of(archive)
    asked: list[bool] = []

    def tasks() -> Iterator[ReadTask]:
        for entry in whole.entries:
            yield replace(whole, entries=(entry,))

    left = tasks()
    with local_crew(1) as crew:
        read = 0
        for _, done in run_tasks(lambda: next(left, None), crew, lambda: bool(asked)):
            read += len(done.readings)
            asked.append(True)
    assert 1 <= read <= 3
    assert len(list(left)) >= 7


def test_jobs_make_no_difference(archive: Path, tmp_path: Path) -> None:
    make_mixed_archive(archive, 60)
    scan_archive(tmp_path / "0.db", archive, jobs=0)
    scan_archive(tmp_path / "3.db", archive, jobs=3)
    assert contents(tmp_path / "3.db") == contents(tmp_path / "0.db")


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        param("finished", OSError("no connection"), OSError, id="result-not-fetched"),
        param("error", ValueError("died before it was fetched"), ValueError, id="worker-gone"),
        param("cancelled", ValueError("connection lost"), CancelledError, id="scheduler-gone"),
    ],
)
def test_a_result_that_does_not_come_is_told(
    status: str, error: Exception, expected: type[BaseException]
) -> None:
    class Client:
        async def gather(self, futures: list[object], *, asynchronous: bool) -> list[object]:
            raise error

    here: Future[object] = Future()
    run_async(_settle(Client(), SimpleNamespace(status=status), here))  # type: ignore[arg-type]
    with pytest.raises(expected):
        here.result(0)
