"""File systems whose files share blocks: what sharing gives, and what removing a copy frees."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.cleanup.shared_blocks import shared_bytes
from tests.cleanup_trees import apply, execute, photo, plan, purge, scan_quickly, snapshot, undo
from tests.disks import image_disk

BYTES = 1 << 20


@pytest.fixture(params=["btrfs", "xfs"])
def sharing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """An archive of one picture and two copies on a disk whose files may share blocks."""
    with image_disk(tmp_path / "disk", request.param, 400) as disk:
        root = disk / "archive"
        (root / "sub").mkdir(parents=True)
        data = photo(1) + os.urandom(BYTES)
        for name in ("a.png", "sub/b.png", "sub/c.png"):
            (root / name).write_bytes(data)
        os.sync()
        yield root


def shared(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return shared_bytes(descriptor)
    finally:
        os.close(descriptor)


def test_copies_share_the_blocks_of_their_keeper_and_stay_what_they_are(
    sharing: Path, catalog_path: Path
) -> None:
    scan_quickly(catalog_path, sharing)
    before = snapshot(sharing)
    size = (sharing / "a.png").stat().st_size
    assert shared(sharing / "a.png") == 0
    cleanup = plan(catalog_path, action="reflink", keep=("path=a.png",))
    result = apply(catalog_path, cleanup)
    assert (result.done, result.freed_bytes, result.skipped.files) == (2, 2 * size, [])
    os.sync()
    assert [shared(sharing / name) for name in ("a.png", "sub/b.png", "sub/c.png")] == [size] * 3
    assert {path: each for path, each in snapshot(sharing).items() if path in before} == before
    assert undo(catalog_path, cleanup).undone == 2
    assert snapshot(sharing) == before
    again = apply(catalog_path, plan(catalog_path, action="reflink", keep=("path=a.png",)))
    assert (again.done, again.freed_bytes) == (2, 0)


def test_a_copy_that_shares_its_blocks_frees_nothing_when_it_is_purged(
    sharing: Path, catalog_path: Path
) -> None:
    (sharing / "sub/b.png").unlink()
    subprocess.run(["cp", "--reflink=always", sharing / "a.png", sharing / "sub/b.png"], check=True)
    os.sync()
    scan_quickly(catalog_path, sharing)
    size = (sharing / "a.png").stat().st_size
    cleanup = plan(catalog_path, keep=("path=a.png",))
    result = apply(catalog_path, cleanup)
    assert (result.done, result.freed_bytes) == (2, size)
    execute(catalog_path, "UPDATE cleanups SET applied_at = '2020-01-01T00:00:00Z'")
    free = shutil.disk_usage(sharing).free
    purged = purge(catalog_path, cleanup)
    assert (purged.purged, purged.byte_size) == (2, size)
    os.sync()
    assert shutil.disk_usage(sharing).free - free < 2 * size


def test_a_program_that_writes_to_one_copy_leaves_the_other(sharing: Path, catalog_path: Path) -> None:
    scan_quickly(catalog_path, sharing)
    apply(catalog_path, plan(catalog_path, action="reflink", keep=("path=a.png",)))
    kept = (sharing / "a.png").read_bytes()
    with (sharing / "sub/b.png").open("r+b") as out:
        out.write(b"another")
    os.sync()
    assert (sharing / "a.png").read_bytes() == kept == (sharing / "sub/c.png").read_bytes()
