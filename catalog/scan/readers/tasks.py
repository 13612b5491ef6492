"""Runs the tasks of a scan: enough in flight to keep the crew busy, within the memory limit."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from typing import Any

from catalog.scan.readers.crew import Crew, TryAgain, WorkerDied
from catalog.scan.readers.suspects import Job, Suspects
from catalog.scan.readers.task import Done, ReadTask
from catalog.scan.readers.task_size import Window

_TEND_SECONDS = 1.0


def run_tasks(
    take: Callable[[], ReadTask | None], crew: Crew, stopped: Callable[[], bool] = lambda: False
) -> Iterator[tuple[ReadTask, Done]]:
    """Run tasks as readers become free, and yield each with its result, in the order of finishing.

    A task may be yielded in parts, or more than once; the caller has to allow for that.

    :param take: returns the next task; None if there is none now. Results that are yielded may bring new tasks.
    """
    running: dict[Future[Any], Job] = {}
    suspects = Suspects()
    window = Window()
    while True:
        while not stopped() and len(running) < window.size(crew.slots()):
            if any(job.alone for job in running.values()):
                break
            job = _next(take, suspects, idle=not running)
            if job is None:
                break
            running[crew.submit(job.task)] = job
        if not running:
            return
        if stopped():
            crew.wind_up(running)
        done, _ = wait(running, timeout=_TEND_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            job = running.pop(future)
            try:
                given = crew.outcome(future)
            except WorkerDied:
                found = suspects.died(job)
                given = Done([], 0.0)
            except TryAgain:
                suspects.retry(job)
                continue
            else:
                window.learn(given)
                found = suspects.came(job, given.readings)
            if found is not None:
                yield found[0], replace(given, readings=found[1])
        if crew.tend(stopped):
            for job in running.values():
                suspects.retry(job)
            running.clear()


def _next(take: Callable[[], ReadTask | None], suspects: Suspects, *, idle: bool) -> Job | None:
    job = suspects.take(idle=idle)
    if job is not None or suspects.any_alone:
        return job
    task = take()
    return None if task is None else Job(task)
