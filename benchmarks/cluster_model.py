"""How long a scan takes on a cluster that is not at hand: a simulation, fed with costs measured here.

    python -m benchmarks.cluster_model plan       # machines and hours for large archives
    python -m benchmarks.cluster_model check      # the simulation beside real scans, run now

The simulation is a network of queues. The coordinator hands out tasks, at most so many in flight a worker; the
scheduler takes a moment for each; a free worker waits for the task's bytes, computes, and sends the result; the
coordinator writes it. Work on one machine shares its cores. Machines fail at random times, lose what they had in
hand, and come back; some machines are slow. What is simulated is event by event, with a seed: the same numbers
give the same answer.

Costs of a task vary as measured (gamma distributed, with the mean and the deviation that were seen). ``check`` runs
``cutline scan`` for real, with worker processes here and on a Dask cluster on this machine, one of whose workers is
killed, and prints what the simulation says of the same run.
"""

import argparse
import heapq
import itertools
import json
import math
import pickle
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image as Pillow

from benchmarks.cluster import scan_apart
from benchmarks.scan import make_pages, make_pictures
from catalog.scan.readers.task import ReadTask, read_task
from catalog.scan.writer import Writer
from catalog.store.catalogue import Catalogue
from media.archives.folder import FolderSource
from media.reading import Options
from media.record import Entry
from tests.clusters import DaskProcesses, kill_all
from tests.shared_data import SHARED

IN_FLIGHT = 2
"""Tasks a worker thread, as `cutline scan` keeps them (catalog/scan/readers)."""
SCHEDULER_SECONDS = 0.001
"""CPU that Dask's scheduler takes for a task: its documentation says a fifth of a millisecond to one."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one task costs: a batch of records of one kind."""

    records: int
    """In a task."""
    worker_seconds: float
    """CPU of a worker, mean."""
    worker_deviation: float
    """Standard deviation of the same from task to task."""
    writer_seconds: float
    """CPU of the coordinator: taking the result, writing it."""
    scheduler_seconds: float
    """CPU of the scheduler."""
    bytes_read: float
    """From the archive."""
    bytes_returned: float
    """From the worker to the coordinator."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The machines."""

    machines: int
    cores: int
    """Of each; as many worker threads run on it."""
    machine_bytes_per_second: float = math.inf
    """Of a machine's network card."""
    store_bytes_per_second: float = math.inf
    """That the archive gives to all machines together."""
    coordinator_bytes_per_second: float = math.inf
    wait_seconds: float = 0.0
    """Before the first byte of a task's records comes."""
    failures_per_hour: float = 0.0
    """Of a machine."""
    back_after_seconds: float = 120.0
    noticed_after_seconds: float = 30.0
    """Until the scheduler takes a silent machine for lost, and its tasks are handed out again."""
    slow_share: float = 0.0
    slowdown: float = 1.0
    """How many times as long everything takes on the slow machines."""
    shares_coordinator: bool = False
    """Whether the coordinator and the scheduler run on the (one) workers' machine, and take of its cores."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the simulation came to."""

    seconds: float
    """From the first task to the last result written."""
    workers_busy: float
    """Share of the workers' time in which they computed or waited for bytes."""
    writer_busy: float
    scheduler_busy: float
    run_again: int
    """Tasks lost with a machine, and done again."""
    tail_seconds: float
    """From the moment when nothing was left to hand out to the end."""


class _Clock:
    """What happens when: a heap of moments."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()

    def at(self, moment: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (moment, next(self._number), happen))

    def run(self, until: Callable[[], bool]) -> None:
        while self._heap and not until():
            self.now, _, happen = heapq.heappop(self._heap)
            happen()


class _Machine:
    """Cores that the work on a machine shares evenly (processor sharing, in virtual time)."""

    def __init__(self, clock: _Clock, cores: float, slowdown: float = 1.0) -> None:
        self._clock = clock
        self._cores = cores
        self._slowdown = slowdown
        self._work: list[tuple[float, int, Callable[[], None]]] = []
        self._virtual = self._since = 0.0
        self._number = itertools.count()
        self._turn = 0

    def do(self, seconds: float, then: Callable[[], None]) -> None:
        """``seconds`` of one core, and then what follows."""
        self._advance()
        heapq.heappush(self._work, (self._virtual + seconds * self._slowdown, next(self._number), then))
        self._plan()

    def drop(self) -> None:
        """Let the machine fail: nothing of its work is ever finished."""
        self._work.clear()
        self._turn += 1

    def _rate(self) -> float:
        return min(1.0, self._cores / len(self._work)) if self._work else 1.0

    def _advance(self) -> None:
        self._virtual += (self._clock.now - self._since) * self._rate()
        self._since = self._clock.now

    def _plan(self) -> None:
        self._turn += 1
        if self._work:
            turn = self._turn
            ends = self._clock.now + max(0.0, self._work[0][0] - self._virtual) / self._rate()
            self._clock.at(ends, lambda: self._finish(turn))

    def _finish(self, turn: int) -> None:
        if turn != self._turn:
            return
        self._advance()
        _, _, then = heapq.heappop(self._work)
        self._plan()
        then()


class _Server:
    """One process that takes one thing at a time: the scheduler, the coordinator."""

    def __init__(self, machine: _Machine) -> None:
        self._machine = machine
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._is_busy = False
        self.seconds = 0.0

    def ask(self, seconds: float, then: Callable[[], None]) -> None:
        self._waiting.append((seconds, then))
        if not self._is_busy:
            self._next()

    def _next(self) -> None:
        self._is_busy = bool(self._waiting)
        if self._is_busy:
            seconds, then = self._waiting.popleft()
            self.seconds += seconds
            self._machine.do(seconds, lambda: self._end(then))

    def _end(self, then: Callable[[], None]) -> None:
        then()
        self._next()


@dataclass(slots=True)
class _Workers:
    """A machine of workers."""

    machine: _Machine
    life: int = 0
    """Raised by every failure: what was begun in an earlier life is lost."""
    in_hand: set[int] = field(default_factory=set)


def _network(clock: _Clock, cluster: Cluster) -> tuple[float, _Machine | None]:
    """Return what one thread gets at the most, and the archive's line, which all that read share; None: no
    limit.
    """
    threads = cluster.machines * cluster.cores
    alone = min(cluster.machine_bytes_per_second / cluster.cores, cluster.store_bytes_per_second)
    if math.isinf(alone):
        return alone, None
    return alone, _Machine(clock, min(threads, cluster.store_bytes_per_second / alone))


class Simulation:
    """One scan of so many tasks, all of the same costs."""

    def __init__(self, tasks: int, costs: Costs, cluster: Cluster, seed: int = 1) -> None:
        self._costs, self._cluster = costs, cluster
        self._random = random.Random(seed)
        self._clock = clock = _Clock()
        self._left, self._in_flight, self._done, self._again = tasks, 0, 0, 0
        self._queue: deque[int] = deque()
        self._free: deque[tuple[_Workers, int]] = deque()
        """A place for each idle thread: its machine, and the life of it that the thread belongs to."""
        self._busy = 0.0
        self._ends_at = 0.0
        own = _Machine(clock, 2)
        """The coordinator's, where it has its own."""
        self._fleet = [self._workers() for _ in range(cluster.machines)]
        if cluster.shares_coordinator:
            own = self._fleet[0].machine
        self._scheduler, self._coordinator = _Server(own), _Server(own)
        self._thread_bytes_per_second, self._store = _network(clock, cluster)
        self._fails_after = (0, 0)
        self._tasks = tasks
        self._most = IN_FLIGHT * cluster.machines * cluster.cores

    def _workers(self) -> _Workers:
        cluster = self._cluster
        slowdown = cluster.slowdown if self._random.random() < cluster.slow_share else 1.0
        workers = _Workers(_Machine(self._clock, cluster.cores, slowdown))
        self._free.extend([(workers, 0)] * cluster.cores)
        self._plan_failure(workers)
        return workers

    def run(self) -> Outcome:
        """Simulate to the end."""
        self._submit()
        self._clock.run(lambda: self._done == self._tasks)
        seconds = self._clock.now
        threads = self._cluster.machines * self._cluster.cores
        return Outcome(
            seconds,
            self._busy / (seconds * threads),
            self._coordinator.seconds / seconds,
            self._scheduler.seconds / seconds,
            self._again,
            seconds - self._ends_at,
        )

    # --- the way of a task

    def _submit(self) -> None:
        while self._left and self._in_flight < self._most:
            self._left -= 1
            self._in_flight += 1
            task = self._left
            if not self._left:
                self._ends_at = self._clock.now
            self._scheduler.ask(self._costs.scheduler_seconds, lambda task=task: self._hand_out(task))  # type: ignore[misc]

    def _hand_out(self, task: int) -> None:
        self._queue.append(task)
        self._start_some()

    def _start_some(self) -> None:
        while self._queue and self._free:
            workers, life = self._free.popleft()
            if life == workers.life:
                self._start(self._queue.popleft(), workers)

    def _start(self, task: int, workers: _Workers) -> None:
        workers.in_hand.add(task)
        life, started = workers.life, self._clock.now

        def compute() -> None:
            self._compute(task, workers, life, started)

        def fetch() -> None:
            if self._store is None:
                compute()
            else:
                self._store.do(self._costs.bytes_read / self._thread_bytes_per_second, compute)

        self._clock.at(started + self._cluster.wait_seconds, fetch)

    def _compute(self, task: int, workers: _Workers, life: int, started: float) -> None:
        if life == workers.life:
            workers.machine.do(self._draw(), lambda: self._give_back(task, workers, life, started))

    def _draw(self) -> float:
        mean, deviation = self._costs.worker_seconds, self._costs.worker_deviation
        if not deviation:
            return mean
        shape = (mean / deviation) ** 2
        return self._random.gammavariate(shape, mean / shape)

    def _give_back(self, task: int, workers: _Workers, life: int, started: float) -> None:
        if life != workers.life:
            return
        self._free.append((workers, life))
        workers.in_hand.discard(task)
        self._busy += self._clock.now - started
        sent = self._costs.bytes_returned / self._cluster.coordinator_bytes_per_second
        self._coordinator.ask(self._costs.writer_seconds + sent, self._written)
        self._start_some()

    def _written(self) -> None:
        self._done += 1
        self._in_flight -= 1
        if self._done == self._fails_after[0]:
            self.fail(self._fleet[self._fails_after[1]])
        self._submit()

    # --- failures

    def _plan_failure(self, workers: _Workers) -> None:
        if self._cluster.failures_per_hour:
            after = self._random.expovariate(self._cluster.failures_per_hour / 3600)
            self._clock.at(self._clock.now + after, lambda: self.fail(workers))

    def fail_at(self, moment: float, machine: int) -> None:
        """Have a machine fail then, whatever else."""
        self._clock.at(moment, lambda: self.fail(self._fleet[machine]))

    def fail_after(self, tasks: int, machine: int) -> None:
        """Have a machine fail when so many tasks are done."""
        self._fails_after = (tasks, machine)

    def fail(self, workers: _Workers) -> None:
        """Lose a machine, and with it what it had in hand."""
        cluster, now = self._cluster, self._clock.now
        workers.life += 1
        workers.machine.drop()
        lost, workers.in_hand = sorted(workers.in_hand), set()
        self._again += len(lost)
        for task in lost:
            self._clock.at(now + cluster.noticed_after_seconds, lambda task=task: self._hand_out(task))  # type: ignore[misc]
        self._clock.at(now + cluster.back_after_seconds, lambda: self._come_back(workers))

    def _come_back(self, workers: _Workers) -> None:
        self._free.extend([(workers, workers.life)] * self._cluster.cores)
        self._plan_failure(workers)
        self._start_some()


# --- costs, measured here


def measure_costs(folder: Path, *, records: int, parts: bool = True) -> Costs:
    """Return what tasks of so many records over this folder cost a worker and the writer.

    Reads and writes in this process, as workers and the coordinator do in theirs; what travels is pickled and
    unpickled, as it is between them.
    """
    source = FolderSource(folder)
    entries = [entry for entry in source.entries() if isinstance(entry, Entry)]
    tasks = [
        ReadTask(1, source.ref, tuple(entries[start : start + records]), Options(parts=parts))
        for start in range(0, len(entries) - records + 1, records)
    ]
    read_task(replace(tasks[0], entries=tasks[0].entries[:5]))  # imports what is imported late
    worker, writer, sent = [], [], []
    with tempfile.TemporaryDirectory() as name, Catalogue.open(Path(name) / "catalog.db") as catalogue:
        catalogue.db.execute("INSERT INTO sources (id, uri, kind) VALUES (1, ?, 'folder')", [source.ref.uri])
        written = Writer(catalogue, catalogue.begin_scan({}))
        for task in tasks:
            begun = time.process_time()
            sent.append(pickle.dumps(read_task(task), protocol=5))
            between = time.process_time()
            written.write(1, pickle.loads(sent[-1]).readings)  # noqa: S301 - ours
            worker.append(between - begun)
            writer.append(time.process_time() - between)
    return Costs(
        records,
        statistics.mean(worker),
        statistics.pstdev(worker),
        statistics.mean(writer),
        SCHEDULER_SECONDS,
        sum(entry.byte_size for entry in entries) / len(entries) * records,
        statistics.mean(map(len, sent)),
    )


def enlarge(folder: Path, source: Path, count: int) -> None:
    """Photographs as cameras give them, from smaller ones: 16 megapixels, JPEG of quality 90."""
    folder.mkdir(parents=True)
    for number, path in zip(range(count), sorted(source.iterdir()), strict=False):
        with Pillow.open(path) as opened:
            picture = opened.convert("RGB").resize((4928, 3264), Pillow.Resampling.BICUBIC)
        picture.save(folder / f"{number:04}.jpg", "JPEG", quality=90)


# --- the simulation beside what happened


def check(folder: Path, count: int = 3000) -> list[dict[str, object]]:
    """Real scans on a Dask cluster on this machine, and what the simulation says of each.

    One worker's run says how much longer a task takes there than its CPU time (bytes that go from process to process,
    processors that share their caches); the other runs are what is checked.
    """
    make_pictures(folder / "archive", count)
    costs = measure_costs(folder / "archive", records=100)
    rows: list[dict[str, object]] = []
    longer = 1.0
    for name, workers, is_killed in (
        ("one worker", 1, False),
        ("two workers", 2, False),
        ("two workers, one of which is killed when half is read", 2, True),
    ):
        dask = DaskProcesses(folder)
        try:
            started = [dask.start_workers(1, sound=True) for _ in range(workers)]
            scan_apart(folder / "archive", folder / "warm.db", dask.address)
            (folder / "catalog.db").unlink(missing_ok=True)
            if is_killed:
                kill = threading.Thread(target=_kill_at, args=(folder / "catalog.db", count // 2, started[0]))
                kill.start()
            run = scan_apart(folder / "archive", folder / "catalog.db", dask.address)
        finally:
            dask.close()
        tasks = int(run["tasks"])
        simulated = _simulate(costs, count, tasks, workers, longer, is_killed=is_killed).seconds
        if workers == 1:
            longer = run["reading_seconds"] / simulated
            simulated = run["reading_seconds"]
        rows.append(
            {
                "run": name,
                "tasks": tasks,
                "seconds": round(run["reading_seconds"], 1),
                "simulated": round(simulated, 1),
                "ratio": round(simulated / run["reading_seconds"], 2),
            }
        )
    return [*rows, {"elapsed_to_cpu": round(longer, 2)}]


def _simulate(
    costs: Costs, count: int, tasks: int, workers: int, longer: float, *, is_killed: bool
) -> Outcome:
    share = count / tasks / costs.records
    costs = replace(
        costs,
        worker_seconds=costs.worker_seconds * share * longer,
        worker_deviation=costs.worker_deviation * math.sqrt(share) * longer,
        writer_seconds=costs.writer_seconds * share * longer,
    )
    cluster = Cluster(
        machines=workers,
        cores=1,
        shares_coordinator=True,
        noticed_after_seconds=0,
        back_after_seconds=math.inf,
    )
    simulation = Simulation(tasks, costs, cluster)
    if is_killed:
        simulation.fail_after(tasks // 2, machine=workers - 1)
    return simulation.run()


def _kill_at(catalog: Path, records: int, worker: "subprocess.Popen[bytes]") -> None:
    """Kill a worker once so many records are in the catalogue."""
    while True:
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as db:
            if db.execute("SELECT count(*) FROM records").fetchone()[0] >= records:
                kill_all(worker)
                return
        time.sleep(0.1)


# --- what is asked of the simulation


def saturation(costs: dict[str, Costs], threads: tuple[int, ...] = (8, 16, 32, 64, 128, 256)) -> str:
    """Return the records a second that one catalogue takes in, by worker threads, as a Markdown table."""
    rows = [["worker threads", *(f"{name}, a second | writer busy" for name in costs)]]
    for count in threads:
        row = [str(count)]
        for each in costs.values():
            outcome = Simulation(4000, each, Cluster(machines=count // 8, cores=8)).run()
            row.append(f"{4000 * each.records / outcome.seconds:,.0f} | {outcome.writer_busy:.0%}")
        rows.append(row)
    return _table(rows)


def weather(costs: Costs, *, machines: int = 8, tasks: int = 40_000) -> str:
    """Return what failing and slow machines add to a scan of some hours, as a Markdown table."""
    rows = [["machines fail", "slow machines", "longer by", "tasks run again", "last task handed out to end"]]
    calm = Simulation(tasks, costs, Cluster(machines=machines, cores=8)).run().seconds
    for rate, slow in ((0.0, 0.0), (0.1, 0.0), (1.0, 0.0), (10.0, 0.0), (0.0, 0.1), (1.0, 0.1)):
        cluster = Cluster(machines=machines, cores=8, failures_per_hour=rate, slow_share=slow, slowdown=3.0)
        outcomes = [Simulation(tasks, costs, cluster, seed).run() for seed in range(5)]
        seconds = statistics.mean(each.seconds for each in outcomes)
        rows.append(
            [
                f"{rate:g} times an hour each" if rate else "never",
                f"{slow:.0%}, 3 x slower" if slow else "none",
                f"{seconds / calm - 1:.1%}",
                f"{statistics.mean(each.run_again for each in outcomes):,.0f} of {tasks:,}",
                f"{statistics.mean(each.tail_seconds for each in outcomes):.1f} s",
            ]
        )
    return _table(rows)


def _table(rows: list[list[str]]) -> str:
    head, *body = (" | ".join(row) for row in rows)
    marks = " | ".join("---:" for _ in head.split(" | "))
    return "\n".join(f"| {line} |" for line in (head, marks, *body))


def plan(folder: Path) -> str:
    """Where one catalogue's writer is full, and what failures cost, from costs measured now."""
    photos = SHARED / "data/photos/distinct"
    make_pictures(folder / "news", 800)
    make_pages(folder / "pages", 800)
    enlarge(folder / "large", photos, 96)
    costs = {
        "pictures of the web": measure_costs(folder / "news", records=200),
        "pictures of 16 megapixels": measure_costs(folder / "large", records=24),
        "pages": measure_costs(folder / "pages", records=200),
    }
    shown = [["", "ms a record, worker", "ms, writer", "bytes read", "bytes returned"]]
    for name, each in costs.items():
        figures = (each.worker_seconds * 1e3, each.writer_seconds * 1e3, each.bytes_read, each.bytes_returned)
        a_record = [value / each.records for value in figures]
        shown.append(
            [name, *(f"{value:,.2f}" for value in a_record[:2]), *(f"{value:,.0f}" for value in a_record[2:])]
        )
    return "\n\n".join([_table(shown), saturation(costs), weather(costs["pictures of 16 megapixels"])])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("plan", "check"))
    options = parser.parse_args()
    if not (SHARED / "data").is_dir():
        print("The photographs and pages are not beside this checkout (CUTLINE_SHARED): nothing measured.")
        return 0
    with tempfile.TemporaryDirectory() as name:
        if options.what == "plan":
            print(plan(Path(name)))
        else:
            print(json.dumps(check(Path(name)), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
