"""After any sequence of cleanups, kills and changes by others, nothing is lost, and undoing gives everything back."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalog.cleanup.ledger import read_cleanup
from catalog.store.catalogue import Catalogue
from tests.cleanup_trees import Snapshot, Worker, digest, digests, photo, plan, scan_quickly, snapshot

DID = {"apply": "done", "undo": "undone"}
_WORKERS: list[Worker] = []

CONTENT = [
    photo(1) + b"1",
    photo(1) + b"2",  # as long as the one before, and of the same pixels
    photo(2),
    photo(2, "Ferries leave Avel on Monday."),
    b"no picture",
    b"",
]

NAMES = st.sampled_from(
    [
        b"a.png",
        b"b.png",
        b"-rf.png",
        b"caf\xc3\xa9.png",
        b"caf\xe9.png",
        b"line\nbreak.png",
        b"back\\slash\\x41.png",
        b"percent%20 quote'\".png",
        b"a!b#1.png",
        b"n" * 251 + b".png",
    ]
)
FOLDERS = st.sampled_from([b".", b"sub", b"sub/deep", b"files", b"\xff\xfe"])
PATHS = st.builds(os.path.join, FOLDERS, NAMES)
MEMORY = Path("/dev/shm")  # noqa: S108 - a second file system, and a quick one
KILLS = st.one_of(st.none(), st.integers(0, 70))


class Archive(RuleBasedStateMachine):
    """An archive, its catalogue, whoever else works on it, and the power that fails."""

    @initialize(
        files=st.lists(st.tuples(PATHS, st.integers(0, 5), st.integers(1, 10**18)), min_size=3, max_size=9),
        links=st.lists(st.tuples(st.integers(0, 8), PATHS), max_size=3),
        read_only=st.integers(0, 8),
        disk=st.integers(0, 3),
    )
    def make(
        self, files: list[tuple[bytes, int, int]], links: list[tuple[int, bytes]], read_only: int, disk: int
    ) -> None:
        where = None if disk == 1 or not MEMORY.is_dir() else MEMORY
        self.folder = Path(tempfile.mkdtemp(prefix="cutline-", dir=where))
        self.root = self.folder / "archive"
        self.away = self.folder / "away"
        self.away.mkdir()
        self.top = os.fsencode(self.root)
        for path, content, modified_ns in files:
            self.write(path, CONTENT[content])
            os.utime(self.at(path), ns=(modified_ns, modified_ns))
        for number, path in links:
            if not os.path.lexists(self.at(path)):
                os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
                if number % 3:
                    os.link(self.at(files[number % len(files)][0]), self.at(path))
                else:
                    os.symlink(os.path.basename(files[number % len(files)][0]), self.at(path))
        os.chmod(self.at(files[read_only % len(files)][0]), 0o400)
        self.catalog = self.folder / "catalog.db"
        scan_quickly(self.catalog, self.root)
        self.cleanup: int | None = None
        self.status = "none"
        self.before: Snapshot = {}
        self.others: set[bytes] = set()
        """Names that somebody else took or left since the cleanup began."""
        self.killed = False
        self.content = self.theirs()

    def at(self, path: bytes) -> bytes:
        return os.path.join(self.top, path)

    def held(self) -> set[str]:
        """The digests of all that is in the archive, in quarantine, or where somebody took it."""
        return digests(self.root) | digests(self.away)

    def theirs(self) -> set[str]:
        """What is not a sidecar that a cleanup wrote: undo removes those, and nothing of anybody is lost by it.

        Nobody else here writes sidecars.
        """
        ours = {
            digest(path) for top in (self.root, self.away) for path in top.rglob("*.xmp") if path.is_file()
        }
        return self.held() - ours

    def write(self, path: bytes, content: bytes) -> None:
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        with open(self.at(path), "wb") as out:
            out.write(content)

    @precondition(lambda self: self.status in ("none", "undone", "planned"))
    @rule(
        kinds=st.sampled_from([("same-bytes",), ("same-bytes", "same-pixels")]),
        keep=st.lists(
            st.sampled_from(["largest", "oldest", "captioned", "path=sub/*", "path=a*.png"]), max_size=2
        ),
        action=st.sampled_from(["quarantine", "quarantine", "hardlink", "reflink"]),
        sidecars=st.booleans(),
        rescan=st.booleans(),
    )
    def plan(
        self, kinds: tuple[str, ...], keep: list[str], action: str, sidecars: bool, rescan: bool
    ) -> None:
        if rescan:
            scan_quickly(self.catalog, self.root)
        self.cleanup = plan(
            self.catalog, kinds=kinds, keep=tuple(keep), action=action, write_sidecars=sidecars
        ).id
        self.status = "planned"
        self.kinds = kinds

    @precondition(lambda self: self.status in ("planned", "applying"))
    @rule(kill_at=KILLS, batch=st.sampled_from([1, 2, 64]), renames=st.booleans())
    def apply(self, kill_at: int | None, batch: int, renames: bool) -> None:
        if self.status == "planned":
            self.before = snapshot(self.root)
            self.others = set()
            self.killed = False
        alive = digests(self.root, quarantined=False)
        self.act("apply", kill_at, batch, renames)
        if self.kinds == ("same-bytes",):
            assert alive <= digests(self.root, quarantined=False), "the last copy went"

    @precondition(lambda self: self.status in ("applying", "applied"))
    @rule(kill_at=KILLS, renames=st.booleans())
    def undo(self, kill_at: int | None, renames: bool) -> None:
        self.act("undo", kill_at, 64, renames)

    def act(self, name: str, kill_at: int | None, batch: int, renames: bool) -> None:
        assert self.cleanup is not None
        answer = _WORKERS[0].run(
            name, self.catalog, self.cleanup, kill_at=kill_at, batch=batch, renames=renames
        )
        self.killed |= answer["killed"]
        event(f"{name} {'killed' if answer['killed'] else 'done' if answer[DID[name]] else 'of nothing'}")
        with Catalogue.read(self.catalog) as catalogue:
            self.status = read_cleanup(catalogue, self.cleanup).status
        if not answer["killed"] and name == "undo":
            assert self.status == "undone" or answer["stayed"], "it says that all is undone, and is not"

    @rule(path=PATHS, content=st.integers(0, 5), replace=st.booleans())
    def somebody_writes(self, path: bytes, content: int, replace: bool) -> None:
        if os.path.isdir(self.at(path)):
            return
        if replace and os.path.lexists(self.at(path)):
            os.unlink(self.at(path))
        self.touched(path)
        if not os.path.islink(self.at(path)):
            self.write(path, CONTENT[content])
        self.content = self.theirs()

    @rule(path=PATHS)
    def somebody_removes(self, path: bytes) -> None:
        if os.path.lexists(self.at(path)):
            self.touched(path)
            os.unlink(self.at(path))
            self.content = self.theirs()

    @rule(path=PATHS, to=PATHS)
    def somebody_moves(self, path: bytes, to: bytes) -> None:
        if os.path.lexists(self.at(path)) and not os.path.lexists(self.at(to)):
            os.makedirs(os.path.dirname(self.at(to)), exist_ok=True)
            self.touched(path)
            self.touched(to)
            os.rename(self.at(path), self.at(to))

    @rule(folder=st.sampled_from([b"sub", b"sub/deep"]))
    def somebody_links_a_folder(self, folder: bytes) -> None:
        """A folder moves away, and a symbolic link to it stands in its place."""
        if os.path.isdir(self.at(folder)) and not os.path.islink(self.at(folder)):
            away = os.path.join(os.fsencode(self.away), b"%d" % len(os.listdir(self.away)))
            for below, _, files in os.walk(self.at(folder)):
                for name in files:
                    self.touched(os.path.relpath(os.path.join(below, name), self.top))
            self.others.add(folder)
            os.rename(self.at(folder), away)
            os.symlink(away, self.at(folder))
            self.content = self.theirs()

    def touched(self, path: bytes) -> None:
        """Somebody changed this name, and every other name of its file."""
        self.others.add(os.path.normpath(path))
        if os.path.lexists(self.at(path)):
            own = os.lstat(self.at(path))
            for below, _, files in os.walk(self.top):
                for name in files:
                    other = os.path.join(below, name)
                    if os.path.samestat(own, os.lstat(other)):
                        self.others.add(os.path.relpath(other, self.top))

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "content"):
            assert self.content <= self.held(), "content that existed is nowhere"

    @invariant()
    def undone_is_as_before(self) -> None:
        if getattr(self, "status", "none") != "undone":
            return
        now = snapshot(self.root)
        if not self.others:
            assert self.plain(now) == self.plain(self.before)
            if not self.killed:
                assert now == self.before, "the folders' times did not come back"
        else:
            for path, was in self.plain(self.before).items():
                if was[0] == "file" and not self.is_others(path):
                    assert now.get(path, ())[:4] == was[:4], f"{path!r} is not as it was"

    def is_others(self, path: bytes) -> bool:
        return any(path == each or path.startswith(each + b"/") for each in self.others)

    def plain(self, tree: Snapshot) -> Snapshot:
        """Without the times of folders."""
        return {path: each[:2] if each[0] == "folder" else each for path, each in tree.items()}

    def teardown(self) -> None:
        if not hasattr(self, "status"):
            return
        try:
            if self.status in ("applying", "applied"):
                self.act("undo", None, 64, True)
                self.nothing_is_lost()
                self.undone_is_as_before()
        finally:
            shutil.rmtree(self.folder)


@pytest.mark.parametrize(
    "sequences", [pytest.param(25, id="some"), pytest.param(2500, id="many", marks=pytest.mark.long)]
)
def test_no_sequence_of_cleanups_kills_and_changes_loses_anything(sequences: int) -> None:
    worker = Worker()
    _WORKERS[:] = [worker]
    try:
        run_state_machine_as_test(
            Archive,
            settings=settings(
                max_examples=sequences,
                stateful_step_count=10,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        worker.close()
        _WORKERS.clear()
