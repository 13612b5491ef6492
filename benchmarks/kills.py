"""Kills cleanups and scans with SIGKILL at random moments: nothing is lost, and the next run completes what was begun.

    python -m benchmarks.kills [apply] [undo] [purge] [scan] [--count 200] [--seed 1] [--full]

Only kills that met a running command count. After each, every file's content is looked for by its digest; then the same
command is run again, and what it leaves is compared with what a run that nobody killed leaves. With ``--full`` a
cleanup works on a small disk of its own (needs the right to mount one) with some kilobytes left, so that it also meets
a full disk at any point; half of these runs are not killed.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NoReturn

from typer.main import get_command

from catalog.cleanup import apply
from catalog.cleanup.ledger import read_cleanup
from catalog.cli.app import build_app
from catalog.cli.app import main as main_of_cutline
from catalog.store.catalogue import Catalogue
from tests.cleanup_trees import Snapshot, digests, execute, photo, plan, scan_quickly, snapshot
from tests.cleanup_trees import apply as apply_here
from tests.cleanup_trees import undo as undo_here
from tests.disks import memory_disk
from tests.test_crash import make_mixed_archive, prove
from tests.test_scanning import contents, start_scan

GROUPS = 15
BATCH_FILES = 3
RECORDS = 100
DISK_MEGABYTES = 24
MOST_LEFT = 192 << 10
GROWTH = {"apply": 520, "undo": 155, "purge": 110}
"""Bytes that the journal grows by for each group, about."""
CAPTION = "The harbour of Avel at dawn on {} May 2020."


def after(seconds: float) -> Callable[[], bool]:
    """Return whether so much time has passed from now."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


def run_killed(arguments: list[str], output: Path, due: Callable[[], bool] | None = None) -> int:
    """Run ``cutline`` in a forked process to its end, or kill it; its exit status, -9 where it was killed.

    Forked, so that what is killed is at work and not still importing.

    :param due: whether it is to be killed now; None: never.
    """
    child = os.fork()
    if child == 0:
        _run_command(arguments, output)
    hangs = after(600)
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if hangs() or (due is not None and due()):
            os.kill(child, signal.SIGKILL)
            ended = os.waitpid(child, 0)
            break
        time.sleep(0.0002)
    said = output.read_text()
    assert "Traceback" not in said, said
    assert "fault of cutline" not in said, said
    status = os.waitstatus_to_exitcode(ended[1])
    assert not hangs(), "it did not end"
    return status


def _run_command(arguments: list[str], output: Path) -> NoReturn:
    status = 1
    try:
        apply._BATCH_FILES = BATCH_FILES  # some lines in the journal, for an archive this small
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for standard in (1, 2):
            os.dup2(descriptor, standard)
        sys.argv = ["cutline", *arguments]
        main_of_cutline()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


class Case:
    """An archive with copies of every kind, its catalogue, and commands that are killed on it."""

    def __init__(self, folder: Path, seed: int, disk: bool) -> None:
        self.root, self.catalog = folder / "archive", folder / "catalog.db"
        self.output = Path(f"{folder}.output")
        self.random = random.Random(seed)
        self.disk = folder if disk else None
        self.before: Snapshot = {}
        self.content: set[str] = set()
        self.lasts: dict[str, list[float]] = {}
        self.make()
        self.plan()

    def make(self) -> None:
        """Write and scan the archive anew: a keeper and a copy each, to move, to link, or with a caption to carry."""
        shutil.rmtree(self.root, ignore_errors=True)
        for each in self.catalog.parent.glob("catalog.db*"):
            each.unlink()
        (self.root / "2020/may").mkdir(parents=True)
        for number in range(GROUPS):
            kind = ("moved", "linked", "told")[number % 3]
            text = CAPTION.format(number + 1) if kind == "told" else None
            (self.root / f"{number:02}.png").write_bytes(photo(number))
            copy = self.root / "2020" / ("may" if number % 2 else ".") / f"{number:02}-{kind}.png"
            copy.write_bytes(photo(number, text))
            os.utime(copy, ns=(10**18 + number, 10**18 + 7 * number))
        scan_quickly(self.catalog, self.root)
        self.before, self.content = snapshot(self.root, folder_times=False), digests(self.root)

    def plan(self) -> None:
        self.planned = plan(self.catalog, keep=("path=??.png",), write_sidecars=True)
        execute(
            self.catalog,
            "UPDATE cleanup_actions SET action = 'hardlink' WHERE status = 'planned' AND locator LIKE '%-linked.png'",
        )

    @property
    def status(self) -> str:
        with Catalogue.read(self.catalog) as catalogue:
            return read_cleanup(catalogue, self.planned.id).status

    def run(self, act: str, due: Callable[[], bool] | None = None) -> int:
        """Run a command of cleanup to its end, or kill it; its exit status, -9 where it was killed."""
        options = {"apply": ["--yes"], "undo": [], "purge": ["--yes", "--older-than", "0"]}[act]
        arguments = ["cleanup", act, str(self.planned.id), *options, "-c", str(self.catalog)]
        began = time.monotonic()
        status = run_killed(arguments, self.output, due)
        if due is None:
            self.lasts.setdefault(act, []).append(time.monotonic() - began)
        return status

    def complete(self, act: str) -> None:
        """Run a command as a person would, to its end."""
        status = self.run(act)
        assert status == 0, (act, status, self.output.read_text())

    def kill(self, act: str) -> int:
        """Run a command and kill it at a random moment; its exit status."""
        if self.disk is None:
            return self.run(act, self.moment(act))
        with self.almost_full(self.disk):
            return self.run(act, self.random.choice((self.moment(act), after(300))))

    def moment(self, act: str) -> Callable[[], bool]:
        """Return a moment of the time that the command takes or, as often, of the journal's growth."""
        if self.random.random() < 0.5:
            lasts = sorted(self.lasts[act][-9:])
            return after(self.random.uniform(0, lasts[len(lasts) // 2]))
        least = self.journal_bytes() + self.random.uniform(0, GROWTH[act]) * GROUPS
        pause = self.random.uniform(0, 0.002)

        def due() -> bool:
            if self.journal_bytes() < least:
                return False
            time.sleep(pause)
            return True

        return due

    def journal_bytes(self) -> int:
        with suppress(FileNotFoundError):
            return sum(path.stat().st_size for path in self.root.glob(".cutline-quarantine/*/journal.jsonl"))
        return 0

    @contextmanager
    def almost_full(self, disk: Path) -> Iterator[None]:
        """Leave a random number of bytes on the disk."""
        filler = disk / "filler"
        state = os.statvfs(disk)
        left = self.random.choice((0, self.random.randrange(MOST_LEFT)))
        with filler.open("wb") as out:
            os.posix_fallocate(out.fileno(), 0, max(1, state.f_bfree * state.f_bsize - left))
        try:
            yield
        finally:
            filler.unlink()

    def require_all(self, *, kept_only: bool = False) -> None:
        """See that every content is there still; after a purge, that of the keepers."""
        if kept_only:
            wanted = {
                str(each[3]) for path, each in self.before.items() if b"/" not in path and len(each) > 3
            }
            found = digests(self.root, quarantined=False)
        else:
            wanted, found = self.content, digests(self.root)
        assert wanted <= found, f"{len(wanted - found)} contents are gone"

    def require_as_before(self) -> None:
        assert snapshot(self.root, folder_times=False) == self.before


def kill_apply(case: Case) -> tuple[int, str]:
    """Kill an apply; it is gone on with and undone, or undone at once."""
    case.plan()
    status = case.kill("apply")
    case.require_all()
    where = state_of(case)
    if case.random.random() < 0.5:
        if case.status != "applied":
            case.complete("apply")
        if case.disk is None:
            assert not any(path.name.endswith(("-moved.png", "-told.png")) for path in standing(case))
        case.require_all()
    if case.status != "planned":
        case.complete("undo")
    case.require_as_before()
    return status, where


def kill_undo(case: Case) -> tuple[int, str]:
    """Kill an undo; the next one puts the rest back."""
    case.plan()
    case.complete("apply")
    status = case.kill("undo")
    case.require_all()
    where = state_of(case)
    case.complete("undo")
    case.require_as_before()
    return status, where


def kill_purge(case: Case) -> tuple[int, str]:
    """Kill a purge; the next one removes the rest and the quarantine, and each keeper stays."""
    case.make()
    case.plan()
    case.complete("apply")
    status = case.kill("purge")
    case.require_all(kept_only=True)
    where = state_of(case)
    if case.status != "purged":
        case.complete("purge")
    assert case.status == "purged"
    case.require_all(kept_only=True)
    assert not (case.root / ".cutline-quarantine").exists()
    return status, where


def standing(case: Case) -> list[Path]:
    """Return the archive's own files."""
    return [path for path in case.root.rglob("*.png") if ".cutline-quarantine" not in path.parts]


def state_of(case: Case) -> str:
    """Say how far the killed command had come, by what its journal says last."""
    journals = list((case.root / ".cutline-quarantine").glob("*/journal.jsonl"))
    if not journals:
        return f"{case.status}, no journal"
    lines = [each for each in journals[0].read_bytes().split(b"\n") if each]
    try:
        last = json.loads(lines[-1].partition(b" ")[2])[-1].get("step", "begin") if lines else "empty"
    except ValueError:
        last = "torn line"
    return f"{case.status}, last {last}"


KINDS: dict[str, Callable[[Case], tuple[int, str]]] = {
    "apply": kill_apply,
    "undo": kill_undo,
    "purge": kill_purge,
}


def kill_cleanups(kind: str, count: int, seed: int, disk: bool) -> None:
    """Kill commands of one kind until ``count`` were met while they ran, or met a full disk."""
    ended: Counter[str] = Counter()
    states: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as top, small_disk(Path(top) / "disk", mounted=disk) as folder:
        case = Case(folder, seed, disk)
        warm_up(case)
        while ended["killed"] + ended["refused"] < count:
            status, where = KINDS[kind](case)
            ended["killed" if status < 0 else "refused" if status else "ended before"] += 1
            if status:
                states[where] += 1
    print(
        f"{kind}{' on a full disk' if disk else ''}: {dict(ended)}; {dict(states.most_common())}", flush=True
    )


def warm_up(case: Case) -> None:
    """Import here what commands need, once and not in each fork, and see how long each command takes."""
    get_command(build_app("cleanup", "scan"))
    case.plan()
    apply_here(case.catalog, case.planned)
    undo_here(case.catalog, case.planned)
    case.plan()
    case.complete("apply")
    case.complete("undo")
    case.plan()
    case.complete("apply")
    case.complete("purge")
    case.lasts = {act: took[-1:] for act, took in case.lasts.items()}
    case.make()


@contextmanager
def small_disk(folder: Path, *, mounted: bool) -> Iterator[Path]:
    """Give a folder, on a disk of its own where that is asked for."""
    folder.mkdir()
    with memory_disk(folder, DISK_MEGABYTES) if mounted else nullcontext(folder) as disk:
        yield disk


def kill_scans(count: int, seed: int) -> None:
    """Kill scans until ``count`` were met while they ran; the next one completes each to what a whole scan gives.

    One of four is a scanner with its readers, of which by turns all or one are killed; the others read by themselves.
    """
    with tempfile.TemporaryDirectory() as top:
        folder, archive = Path(top), Path(top) / "archive"
        archive.mkdir()
        make_mixed_archive(archive, RECORDS)
        for part in range(10):
            alone = count * 3 // 40
            _kill_lone_scans(archive, folder, alone, seed * 1000 + part)
            _kill_crews(archive, folder, count // 10 - alone, seed * 1000 + part)
            print(
                f"scan: {(part + 1) * (count // 10)} killed, each completed to the same catalogue", flush=True
            )


def _kill_lone_scans(archive: Path, folder: Path, count: int, seed: int) -> None:
    random_, catalog = random.Random(seed), folder / "lone.db"
    arguments = ["scan", str(archive), "-c", str(catalog), "--jobs", "0", "--no-parts"]
    began = time.monotonic()
    assert run_killed(arguments, folder / "said") == 0
    lasts, expected = time.monotonic() - began, contents(catalog)
    while count:
        for each in folder.glob("lone.db*"):
            each.unlink()
        count -= run_killed(arguments, folder / "said", after(random_.uniform(0, lasts))) < 0
        if catalog.exists():
            with Catalogue.open(catalog) as catalogue:
                assert [row[0] for row in catalogue.rows("PRAGMA integrity_check")] == ["ok"]
                assert not list(catalogue.rows("PRAGMA foreign_key_check"))
        assert run_killed(arguments, folder / "said") == 0, (folder / "said").read_text()
        found = contents(catalog)
        for name in expected:
            assert found[name] == expected[name], (seed, count, name)


def _kill_crews(archive: Path, folder: Path, count: int, seed: int) -> None:
    began = time.monotonic()
    start_scan(archive, folder / "timed.db", "--jobs", "2").communicate()
    longest = time.monotonic() - began
    for each in folder.glob("timed.db*"):
        each.unlink()
    while count > 0:
        within = folder / "crews"
        within.mkdir()
        count -= prove(archive, within, count, longest, seed + 500 * count)
        shutil.rmtree(within)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, "scan"], default=[*KINDS, "scan"])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    for kind in options.kinds:
        if kind == "scan":
            kill_scans(options.count, options.seed)
        else:
            kill_cleanups(kind, options.count, options.seed, options.full)


if __name__ == "__main__":
    main()
