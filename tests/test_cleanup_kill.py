"""A cleanup killed with SIGKILL at every point where it changes the disk loses nothing, and can be gone on with."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.cleanup.ledger import read_cleanup
from catalog.store.catalogue import Catalogue
from tests.cleanup_trees import Worker, digests, photo, plan, scan_quickly, snapshot
from tests.conftest import rows

EVERY = pytest.mark.parametrize(
    "every", [pytest.param(37, id="some-points"), pytest.param(1, id="every-point", marks=pytest.mark.long)]
)
"""Which of the points where the disk changes the process is killed at."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    started = Worker()
    yield started
    started.close()


def make_tree(root: Path) -> None:
    """Two copies to move, one of them with a second name; one to link; one whose caption is to be carried."""
    (root / "2020/may").mkdir(parents=True)
    (root / "a.png").write_bytes(photo(1))
    (root / "2020/a-copy.png").write_bytes(photo(1))
    os.link(root / "2020/a-copy.png", root / "2020/may/a-again.png")
    (root / "b.png").write_bytes(photo(2))
    (root / "2020/b-linked.png").write_bytes(photo(2))
    (root / "c.png").write_bytes(photo(3))
    (root / "2020/c-told.png").write_bytes(photo(3, "The harbour of Avel at dawn on 4 May 2020."))
    for number, path in enumerate(sorted(root.rglob("*"))):
        os.utime(path, ns=(10**18 + number, 10**18 + 7 * number))
    os.chmod(root / "2020/a-copy.png", 0o440)


def plan_every_act(catalog: Path) -> int:
    """One plan with a move, a link and a sidecar in it."""
    cleanup = plan(catalog, keep=("path=?.png",), write_sidecars=True)
    with Catalogue.open(catalog) as catalogue, catalogue.db.atomic():
        catalogue.db.execute(
            "UPDATE cleanup_actions SET action = 'hardlink' WHERE cleanup_id = ? AND locator = '2020/b-linked.png'",
            [cleanup.id],
        )
    return cleanup.id


def status_of(catalog: Path, cleanup: int) -> str:
    with Catalogue.read(catalog) as catalogue:
        return read_cleanup(catalogue, cleanup).status


@pytest.fixture
def tree(tmp_path: Path) -> tuple[Path, Path]:
    root, catalog = tmp_path / "archive", tmp_path / "catalog.db"
    root.mkdir()
    make_tree(root)
    scan_quickly(catalog, root)
    return root, catalog


@EVERY
@pytest.mark.parametrize("renames", [pytest.param(True, id="renameat2"), pytest.param(False, id="fallback")])
@pytest.mark.parametrize("batch", [pytest.param(64, id="one-batch"), pytest.param(1, id="batches-of-one")])
@pytest.mark.parametrize("then", ["undo", "go on and undo"])
def test_apply_killed_anywhere_is_undone_or_gone_on_with(
    worker: Worker, tree: tuple[Path, Path], renames: bool, batch: int, then: str, every: int
) -> None:
    root, catalog = tree
    before, content = snapshot(root, folder_times=False), digests(root)
    how = {"batch": batch, "renames": renames}
    kill_at = 0
    while True:
        cleanup = plan_every_act(catalog)
        killed = worker.run("apply", catalog, cleanup, kill_at=kill_at, **how)["killed"]
        assert content <= digests(root), f"killed at {kill_at}: content is gone"
        assert {each[3] for each in before.values() if each[0] == "file"} <= digests(root)
        if then == "go on and undo":
            if status_of(catalog, cleanup) != "applied":
                assert not worker.run("apply", catalog, cleanup, **how)["skipped"], f"killed at {kill_at}"
            assert sorted(os.listdir(root)) == [
                ".cutline-quarantine",
                "2020",
                "a.png",
                "b.png",
                "c.png",
                "c.png.xmp",
            ]
            assert (root / "2020/b-linked.png").samefile(root / "b.png")
        result = worker.run("undo", catalog, cleanup, **how)
        assert not result["stayed"], f"killed at {kill_at}"
        assert snapshot(root, folder_times=False) == before, f"killed at {kill_at}"
        assert status_of(catalog, cleanup) in ("planned", "undone")
        if not killed:
            break
        kill_at += every
    assert kill_at > 30, "the points of killing are not where they were thought to be"


@EVERY
@pytest.mark.parametrize("renames", [pytest.param(True, id="renameat2"), pytest.param(False, id="fallback")])
def test_undo_killed_anywhere_is_gone_on_with(
    worker: Worker, tree: tuple[Path, Path], renames: bool, every: int
) -> None:
    root, catalog = tree
    before, content = snapshot(root, folder_times=False), digests(root)
    kill_at = 0
    while True:
        cleanup = plan_every_act(catalog)
        assert worker.run("apply", catalog, cleanup, renames=renames)["done"] == 4
        killed = worker.run("undo", catalog, cleanup, kill_at=kill_at, renames=renames)["killed"]
        assert content <= digests(root), f"killed at {kill_at}: content is gone"
        assert not worker.run("undo", catalog, cleanup, renames=renames)["stayed"]
        assert snapshot(root, folder_times=False) == before, f"killed at {kill_at}"
        if not killed:
            break
        kill_at += every
    assert kill_at > 30


@EVERY
def test_purge_killed_anywhere_is_gone_on_with(worker: Worker, tmp_path: Path, every: int) -> None:
    kill_at, killed = 0, True
    while killed:
        root, catalog = tmp_path / "archive", tmp_path / "catalog.db"
        root.mkdir()
        make_tree(root)
        scan_quickly(catalog, root)
        kept = digests(root) - {digest_of(photo(3, "The harbour of Avel at dawn on 4 May 2020."))}
        cleanup = plan_every_act(catalog)
        worker.run("apply", catalog, cleanup)
        killed = worker.run("purge", catalog, cleanup, kill_at=kill_at)["killed"]
        assert kept <= digests(root, quarantined=False)
        if status_of(catalog, cleanup) != "purged":
            worker.run("purge", catalog, cleanup)
        assert status_of(catalog, cleanup) == "purged"
        assert kept <= digests(root, quarantined=False)
        assert not (root / ".cutline-quarantine").exists(), f"killed at {kill_at}"
        assert rows(
            catalog, "SELECT count(*) FROM cleanup_actions WHERE status = 'done' AND action <> 'keep'"
        ) == [(0,)]
        shutil.rmtree(root)
        for each in tmp_path.glob("catalog.db*"):
            each.unlink()
        kill_at += every
    assert kill_at > 10


def digest_of(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()
