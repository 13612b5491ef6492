"""Other tools for duplicate pictures are run and read rightly, where they are installed (`make peers`)."""

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measure import ROOT
from benchmarks.picture_peers import NOT_INSTALLED, TOOLS
from benchmarks.picture_scores import group_pairs, score
from tests.pictures import encode, photograph

PYTHON = ROOT / "build/peers/pictures/bin/python"
ARRANGED = {
    frozenset(("a one.jpg", "sub dir/a two.jpg")),
    frozenset(("a one.jpg", "sub dir/a, three.png")),
    frozenset(("sub dir/a two.jpg", "sub dir/a, three.png")),
    frozenset(("b1.jpg", "b's 2.jpg")),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three copies of a picture, two of another, one alone, under names that are easily misread."""
    home = tmp_path / "my pictures"
    (home / "sub dir").mkdir(parents=True)
    first, second, alone = (photograph(seed) for seed in (1, 2, 3))
    (home / "a one.jpg").write_bytes(encode(first, "JPEG", quality=90))
    (home / "sub dir/a two.jpg").write_bytes(encode(first, "JPEG", quality=60))
    (home / "sub dir/a, three.png").write_bytes(encode(first.resize((320, 240)), "PNG"))
    (home / "b1.jpg").write_bytes(encode(second, "JPEG", quality=90))
    (home / "b's 2.jpg").write_bytes(encode(second, "JPEG", quality=50))
    (home / "single d.jpg").write_bytes(encode(alone, "JPEG", quality=90))
    return home


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_finds_the_copies_that_were_arranged(tool: str, folder: Path, tmp_path: Path) -> None:
    python = str(PYTHON) if PYTHON.exists() else sys.executable
    result = tmp_path / "groups.json"
    command = [python, "-m", "benchmarks.picture_peers", tool, str(folder), str(result)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == NOT_INSTALLED:
        pytest.skip(f"{tool} is not installed (`make peers`)")
    assert done.returncode == 0, done.stderr
    assert group_pairs(json.loads(result.read_text()), folder) == ARRANGED


def test_a_tool_that_is_not_installed_is_said_to_be_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.picture_peers", "imagededup", str(tmp_path), "unused.json"]
    if shutil.which("findimagedupes") is None:
        command[3] = "findimagedupes"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == NOT_INSTALLED
    assert "make peers" in done.stderr


def test_scores_count_copies_by_edit_and_wrong_pairs_by_photograph(tmp_path: Path) -> None:
    names = ["distinct/a.jpg", "distinct/b.jpg", "attacked/mirror/a.jpg", "attacked/mirror/b.png"]
    names += ["attacked/gray/a.jpg", "look_alike/h1.jpg", "look_alike/h2.jpg", "same_scene/s0.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    groups = [
        ["distinct/a.jpg", "attacked/mirror/a.jpg"],
        ["distinct/b.jpg", "attacked/gray/a.jpg", "attacked/mirror/a.jpg"],
        ["look_alike/h1.jpg", "look_alike/h2.jpg"],
    ]
    pairs = {frozenset(pair) for group in groups for pair in itertools.combinations(group, 2)}
    found = score(pairs, tmp_path)
    assert found.by_edit == {"gray": 0.0, "mirror": 0.5}
    assert found.recall == 0.25
    assert (found.wrong_pairs, found.wrong_photographs, found.look_alike_pairs, found.scene_pairs) == (
        2,
        1,
        1,
        0,
    )
