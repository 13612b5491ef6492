"""Planning, applying and undoing, each rule with its near miss; what happens in between is skipped and named."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.cleanup.apply import apply_cleanup
from catalog.cleanup.files import Refused, split_locator
from catalog.cleanup.journal import Begin, Journal, JournalDamaged, Mark
from catalog.cleanup.ledger import read_cleanup
from catalog.cleanup.plan import PlanOptions, make_plan
from catalog.cleanup.plan_file import take_edited_plan, write_plan_csv, write_plan_json
from catalog.cleanup.purge import purgeable
from catalog.cleanup.sidecars import render_sidecar
from catalog.cleanup.undo import undo_cleanup
from catalog.errors import CatalogueBusy, UsageError
from catalog.scan.relocate import relocate
from catalog.store.catalogue import Catalogue
from media.pictures.metadata.xmp import read_xmp
from tests.cleanup_trees import (
    actions,
    apply,
    execute,
    going,
    photo,
    plan,
    purge,
    scan_quickly,
    snapshot,
    status,
    undo,
)
from tests.conftest import Run, encode, make_photo, rows

CAPTION = "The harbour of Avel at dawn on 4 May 2020."
MEMORY = Path("/dev/shm")  # noqa: S108 - a second file system


def two_file_systems(folder: Path) -> bool:
    return MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and MEMORY.stat().st_dev != folder.stat().st_dev


@pytest.fixture
def pair(archive: Path, catalog_path: Path) -> Path:
    """Two copies of one picture, the keeper ``a.png`` the older; and another picture."""
    (archive / "sub").mkdir()
    (archive / "a.png").write_bytes(photo(1))
    (archive / "sub/copy.png").write_bytes(photo(1))
    (archive / "other.png").write_bytes(photo(2))
    os.utime(archive / "a.png", (10**9, 10**9))
    scan_quickly(catalog_path, archive)
    return catalog_path


# --- plan


def test_a_copy_goes_and_its_keeper_and_strangers_stay(pair: Path) -> None:
    cleanup = plan(pair)
    assert actions(pair, cleanup) == {
        "a.png": ("keep", "keeper: the oldest of the same bytes"),
        "sub/copy.png": ("quarantine", "same bytes as its keeper"),
    }
    assert rows(pair, "SELECT freed_bytes FROM cleanup_actions WHERE action = 'quarantine'") == [
        (len(photo(1)),)
    ]


def test_planning_changes_nothing_in_the_archive(archive: Path, pair: Path) -> None:
    before = snapshot(archive)
    plan(pair)
    assert snapshot(archive) == before


@pytest.mark.parametrize(
    ("kinds", "goes"),
    [
        pytest.param(("same-bytes", "same-pixels"), False, id="near-is-not-the-default"),
        pytest.param(("near",), True, id="near-by-name"),
    ],
)
def test_near_duplicates_go_only_by_name(
    archive: Path, catalog_path: Path, kinds: tuple[str, ...], goes: bool
) -> None:
    (archive / "a.jpg").write_bytes(encode(make_photo(1), quality=95))
    (archive / "b.jpg").write_bytes(encode(make_photo(1), quality=50))
    scan_quickly(catalog_path, archive)
    assert rows(catalog_path, "SELECT kind FROM image_groups") == [("near",)]
    cleanup = plan(catalog_path, kinds=kinds)
    assert len(going(catalog_path, cleanup)) == goes
    if not goes:
        assert any("only with --kind near" in reason for _, reason in actions(catalog_path, cleanup).values())


VIDEO = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("keep", "goes"),
    [
        pytest.param(("path=b-still.jpg",), False, id="keeper-without"),
        pytest.param((), True, id="keeper-with"),
    ],
)
def test_nothing_goes_that_holds_what_its_keeper_lacks(
    archive: Path, catalog_path: Path, keep: tuple[str, ...], goes: bool
) -> None:
    still = encode(make_photo(1), quality=95)
    (archive / "a-motion.jpg").write_bytes(still + VIDEO)
    (archive / "b-still.jpg").write_bytes(still)
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path, keep=keep)) == set(), "not by default, whoever is kept"
    cleanup = plan(catalog_path, kinds=("near",), keep=keep)
    assert going(catalog_path, cleanup) == ({"b-still.jpg"} if goes else set())
    if not goes:
        assert actions(catalog_path, cleanup)["a-motion.jpg"] == (
            "keep",
            "its keeper lacks a video behind the picture (10,252 bytes)",
        )


def test_exact_copies_in_a_group_of_near_duplicates_go_by_default(archive: Path, catalog_path: Path) -> None:
    (archive / "large.jpg").write_bytes(encode(make_photo(1), quality=95))
    for name in ("small.jpg", "small-copy.jpg"):
        (archive / name).write_bytes(encode(make_photo(1), quality=50))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    assert len(going(catalog_path, cleanup) & {"small.jpg", "small-copy.jpg"}) == 1
    assert actions(catalog_path, cleanup)["large.jpg"][0] == "keep"


@pytest.mark.parametrize("kind", ["related", "everything"])
def test_kinds_that_are_no_copies_are_refused(pair: Path, kind: str) -> None:
    with pytest.raises(UsageError, match=f"--kind {kind}"):
        plan(pair, kinds=(kind,))


def test_a_catalogue_that_is_not_matched_yet_is_refused(pair: Path) -> None:
    execute(pair, "INSERT INTO pending VALUES ('image', 'x')")
    with pytest.raises(UsageError, match="cutline match"):
        plan(pair)


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        pytest.param((), "b-told.png", id="the-reports-keeper"),
        pytest.param(("oldest",), "a-old.png", id="oldest"),
        pytest.param(("captioned",), "b-told.png", id="captioned"),
        pytest.param(("path=sub/*",), "sub/c.png", id="path"),
        pytest.param(("path=none/*", "oldest"), "a-old.png", id="the-next-where-the-first-says-nothing"),
    ],
)
def test_policies(archive: Path, catalog_path: Path, keep: tuple[str, ...], kept: str) -> None:
    (archive / "sub").mkdir()
    (archive / "a-old.png").write_bytes(photo(1))
    os.utime(archive / "a-old.png", (10**8, 10**8))
    (archive / "b-told.png").write_bytes(photo(1, CAPTION))
    (archive / "sub/c.png").write_bytes(photo(1))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, keep=keep, write_sidecars=True)
    assert {"a-old.png", "b-told.png", "sub/c.png"} - going(catalog_path, cleanup) == {kept}


def test_an_unknown_policy_is_refused_with_those_there_are(pair: Path) -> None:
    with pytest.raises(UsageError, match=r"--keep prettiest.*largest.*path=GLOB"):
        plan(pair, keep=("prettiest",))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        pytest.param({"protect": ("sub/*",)}, "protected", id="protected"),
        pytest.param({"protect": ("copy.*",)}, "protected", id="protected-by-name"),
        pytest.param({"paths": ("elsewhere/*",)}, "outside --path", id="outside-path"),
        pytest.param({"min_size": 10**9}, "smaller than --min-size", id="small"),
    ],
)
def test_files_that_are_not_to_go_stay_and_say_why(pair: Path, options: dict[str, Any], why: str) -> None:
    assert actions(pair, plan(pair, **options))["sub/copy.png"] == ("keep", why)


def test_a_persons_verdict_keeps_a_file(archive: Path, catalog_path: Path) -> None:
    (archive / "a.png").write_bytes(photo(1))
    (archive / "b.png").write_bytes(photo(1, CAPTION))
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path)) == {"a.png"}
    execute(
        catalog_path,
        "INSERT INTO decisions (left, right, verdict, decided_at) SELECT min(sha256), max(sha256), 'different', ''"
        " FROM images",
    )
    cleanup = plan(catalog_path)
    assert actions(catalog_path, cleanup)["a.png"] == ("keep", "decided: different from its keeper")


def test_a_hard_link_of_the_keeper_stays_and_says_that_it_frees_nothing(archive: Path, pair: Path) -> None:
    os.link(archive / "a.png", archive / "link.png")
    scan_quickly(pair, archive)
    cleanup = plan(pair)
    assert actions(pair, cleanup)["link.png"] == (
        "keep",
        "a hard link of its keeper: removing it would free nothing",
    )
    assert going(pair, cleanup) == {"sub/copy.png"}


def test_a_copy_with_a_name_outside_the_archive_frees_nothing(
    archive: Path, pair: Path, tmp_path: Path
) -> None:
    os.link(archive / "sub/copy.png", tmp_path / "outside.png")
    cleanup = plan(pair)
    action, reason = actions(pair, cleanup)["sub/copy.png"]
    assert action == "quarantine"
    assert "frees nothing on its own" in reason
    assert rows(pair, "SELECT sum(freed_bytes) FROM cleanup_actions") == [(0,)]


def test_members_of_containers_are_reported_only(pair: Path) -> None:
    execute(pair, "UPDATE records SET inode = NULL WHERE locator = 'sub/copy.png'")
    assert actions(pair, plan(pair))["sub/copy.png"] == ("keep", "it is inside a container: reported only")


def test_the_last_file_outside_containers_stays(pair: Path) -> None:
    execute(pair, "UPDATE records SET inode = NULL WHERE locator = 'a.png'")
    cleanup = plan(pair, keep=("oldest",))
    assert going(pair, cleanup) == set()
    assert actions(pair, cleanup)["a.png"][1] == "it is inside a container: reported only"


def test_a_file_that_alone_has_a_caption_inside_stays_unless_it_is_carried(
    archive: Path, catalog_path: Path
) -> None:
    (archive / "a.png").write_bytes(photo(1))
    (archive / "told.png").write_bytes(photo(1, CAPTION))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, keep=("path=a.png",))
    assert going(catalog_path, cleanup) == set()
    assert "its keeper has no caption inside" in actions(catalog_path, cleanup)["told.png"][1]
    cleanup = plan(catalog_path, keep=("path=a.png",), write_sidecars=True)
    assert going(catalog_path, cleanup) == {"told.png", "a.png.xmp"}
    lacks = rows(catalog_path, "SELECT lacks FROM cleanup_actions WHERE action = 'quarantine'")
    assert json.loads(str(lacks[0][0])) == ["embedded caption"]


def test_groups_that_disagree_take_nobody(archive: Path, catalog_path: Path) -> None:
    """``b`` is the keeper of ``c``, and a copy by the group of ``a``; ``a`` does not hold ``c``."""
    for number, name in enumerate("abc", 1):
        (archive / f"{name}.png").write_bytes(photo(number))
    scan_quickly(catalog_path, archive)
    near = "INSERT INTO image_matches SELECT min(l.sha256, r.sha256), max(l.sha256, r.sha256), 'near', 1, 1, NULL, 1"
    sides = " FROM records l, records r WHERE l.locator = '{}.png' AND r.locator = '{}.png'"
    member = (
        "INSERT INTO image_group_members SELECT {}, id, sha256, {}, '' FROM records WHERE locator = '{}.png'"
    )
    execute(
        catalog_path,
        near + sides.format("a", "b"),
        near + sides.format("b", "c"),
        "INSERT INTO image_groups VALUES (1, 'near', 2, 1, 0), (2, 'near', 2, 1, 0)",
        *(member.format(*each) for each in ((1, 1, "a"), (1, 0, "b"), (2, 1, "b"), (2, 0, "c"))),
    )
    cleanup = plan(catalog_path, kinds=("near",))
    assert going(catalog_path, cleanup) == {"c.png"}, "b stays, so that c may go"
    assert actions(catalog_path, cleanup)["b.png"][1] == (
        "groups disagree: the keeper of group 2 would go by group 1"
    )


@pytest.mark.parametrize(
    ("box", "goes"),
    [
        pytest.param([0.0, 0.0, 1.0, 1.0], True, id="the-keeper-shows-all-of-it"),
        pytest.param([0.0, 0.0, 0.8, 1.0], False, id="it-shows-more-than-its-keeper"),
        pytest.param(None, False, id="nobody-knows"),
    ],
)
def test_a_part_goes_only_where_its_keeper_shows_all_of_it(
    archive: Path, catalog_path: Path, box: list[float] | None, goes: bool
) -> None:
    (archive / "whole.png").write_bytes(photo(1))
    (archive / "part.png").write_bytes(photo(2))
    scan_quickly(catalog_path, archive)
    sha = dict(rows(catalog_path, "SELECT locator, sha256 FROM records"))
    left, right = sorted((sha["whole.png"], sha["part.png"]))
    side = "left_box" if left == sha["part.png"] else "right_box"
    transform = f"'{json.dumps({side: box})}'" if box else "NULL"
    execute(
        catalog_path,
        f"INSERT INTO image_matches VALUES ('{left}', '{right}', 'part', 9, 0.9, {transform}, 1)",
        "INSERT INTO image_groups VALUES (1, 'part', 2, 9, 0)",
        "INSERT INTO image_group_members SELECT 1, id, sha256, locator = 'whole.png', '' FROM records",
    )
    assert going(catalog_path, plan(catalog_path, kinds=("part",))) == ({"part.png"} if goes else set())


# --- the plan as a file


def test_a_plan_comes_back_from_csv_with_its_edits(pair: Path, tmp_path: Path) -> None:
    cleanup = plan(pair)
    path = tmp_path / "plan.csv"
    with Catalogue.open(pair) as catalogue:
        with path.open("w", newline="") as out:
            write_plan_csv(catalogue, cleanup, out)
        assert take_edited_plan(catalogue, path).actions == 0
        edited = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
        for row in edited:
            row["action"] = "keep"
        with path.open("w", newline="") as out:  # as spreadsheets of some countries write it
            writer = csv.DictWriter(out, edited[0], delimiter=";")
            writer.writeheader()
            writer.writerows(edited)
        assert take_edited_plan(catalogue, path).actions == 1
    assert going(pair, cleanup) == set()


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        pytest.param({"a.png": {"action": "quarantine"}}, "no keeper", id="the-keeper-is-to-go"),
        pytest.param(
            {
                "a.png": {"action": "quarantine", "keeper": "sub/copy.png"},
                "sub/copy.png": {"action": "quarantine"},
            },
            "lose its keeper",
            id="both-lean-on-each-other",
        ),
        pytest.param(
            {"sub/copy.png": {"keeper": "other.png"}}, "not another file of the group", id="a-stranger"
        ),
        pytest.param({"sub/copy.png": {"action": "delete"}}, "no such action", id="no-action"),
        pytest.param({"sub/copy.png": {"sha256": "0" * 64}}, "does not match a plan", id="another-digest"),
    ],
)
def test_unsafe_edits_are_refused_whole(
    pair: Path, tmp_path: Path, edit: dict[str, dict[str, str]], why: str
) -> None:
    cleanup = plan(pair)
    before = actions(pair, cleanup)
    path = tmp_path / "plan.json"
    with Catalogue.open(pair) as catalogue:
        with path.open("w") as out:
            write_plan_json(catalogue, cleanup, out)
        written = json.loads(path.read_text())
        for row in written["actions"]:
            row.update(edit.get(row["locator"], {}))
        path.write_text(json.dumps(written))
        with pytest.raises(UsageError, match=why):
            take_edited_plan(catalogue, path)
    assert actions(pair, cleanup) == before


def test_an_edit_may_swap_keeper_and_copy(archive: Path, pair: Path, tmp_path: Path) -> None:
    cleanup = plan(pair)
    path = tmp_path / "plan.json"
    with Catalogue.open(pair) as catalogue:
        with path.open("w") as out:
            write_plan_json(catalogue, cleanup, out)
        written = json.loads(path.read_text())
        swap = {
            "a.png": {"action": "quarantine", "keeper": "sub/copy.png"},
            "sub/copy.png": {"action": "keep", "keeper": None},
        }
        for row in written["actions"]:
            row.update(swap[row["locator"]])
        path.write_text(json.dumps(written))
        assert take_edited_plan(catalogue, path).actions == 2
    assert apply(pair, cleanup).done == 1
    assert not (archive / "a.png").exists()
    assert (archive / "sub/copy.png").exists()


# --- apply: what changed since the plan


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _to_link(path: Path) -> None:
    shutil.move(path, path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def _folder_to_link(path: Path) -> None:
    away = path.parent.parent.parent / "away"
    shutil.move(path.parent, away)
    path.parent.symlink_to(away)


def _rewrite_keeping_time(path: Path) -> None:
    times = path.stat()
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(lambda a: _write(a / "sub/copy.png", b"x"), "its size has changed", id="other-size"),
        pytest.param(lambda a: _rewrite_keeping_time(a / "sub/copy.png"), "its bytes have", id="one-bit"),
        pytest.param(lambda a: (a / "sub/copy.png").unlink(), "not there any more", id="gone"),
        pytest.param(lambda a: _to_link(a / "sub/copy.png"), "symbolic link", id="became-a-link"),
        pytest.param(
            lambda a: _folder_to_link(a / "sub/copy.png"), "symbolic link|not there", id="its-folder-a-link"
        ),
        pytest.param(
            lambda a: _rewrite_keeping_time(a / "a.png"), "keeper a.png have changed", id="keeper-one-bit"
        ),
        pytest.param(lambda a: (a / "a.png").unlink(), "keeper a.png: it is not there", id="keeper-gone"),
        pytest.param(
            lambda a: _to_link(a / "a.png"), "keeper a.png.*symbolic link", id="keeper-became-a-link"
        ),
        pytest.param(
            lambda a: ((a / "a.png").unlink(), os.link(a / "sub/copy.png", a / "a.png")),
            "hard link of its keeper",
            id="keeper-became-its-hard-link",
        ),
        pytest.param(
            lambda a: ((a / "sub/copy.png").unlink(), os.mkfifo(a / "sub/copy.png")),
            "no longer a regular file",
            id="became-a-pipe",
        ),
    ],
)
@pytest.mark.parametrize("action", ["quarantine", "hardlink"])
def test_what_does_not_match_the_plan_is_skipped_and_named(
    archive: Path, pair: Path, change: Callable[[Path], object], why: str, action: str
) -> None:
    cleanup = plan(pair, action=action)
    change(archive)
    before = snapshot(archive)
    result = apply(pair, cleanup)
    assert result.done == 0
    assert [locator for locator, _ in result.skipped.files] == ["sub/copy.png"]
    assert re.search(why, result.skipped.files[0][1]), result.skipped.files
    assert snapshot(archive) == before
    assert status(pair, cleanup) == "applied"


def test_a_keeper_that_changes_between_hashing_and_moving_takes_nothing(
    archive: Path, pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody removes the keeper at the very moment that the copy has been moved."""
    from catalog.cleanup import apply as applying

    def move_and_lose(*arguments: Any, **options: Any) -> None:
        move(*arguments, **options)
        (archive / "a.png").unlink(missing_ok=True)

    move = applying.move
    cleanup = plan(pair)
    monkeypatch.setattr(applying, "move", move_and_lose)
    result = apply(pair, cleanup)
    assert result.done == 0
    assert "keeper" in result.skipped.files[0][1]
    assert (archive / "sub/copy.png").read_bytes() == photo(1)


def test_a_file_swapped_between_hashing_and_moving_comes_back(
    archive: Path, pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.cleanup import apply as applying

    def swap_and_move(old: Any, new: Any, **options: Any) -> None:
        if options:
            (archive / "sub/copy.png").unlink()
            (archive / "sub/copy.png").write_bytes(b"something new")
        move(old, new, **options)

    move = applying.move
    cleanup = plan(pair)
    monkeypatch.setattr(applying, "move", swap_and_move)
    result = apply(pair, cleanup)
    assert result.done == 0
    assert "another file was put at its name" in result.skipped.files[0][1]
    assert (archive / "sub/copy.png").read_bytes() == b"something new"


def test_an_applied_cleanup_is_not_applied_again(pair: Path) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    with pytest.raises(UsageError, match="is applied"):
        apply(pair, cleanup)


def test_a_stopped_run_is_gone_on_with(archive: Path, pair: Path) -> None:
    cleanup = plan(pair)
    assert apply(pair, cleanup, stopped=lambda: True).interrupted
    assert status(pair, cleanup) == "applying"
    assert (archive / "sub/copy.png").exists()
    assert apply(pair, cleanup).done == 1
    assert status(pair, cleanup) == "applied"


def test_what_went_is_missing_and_the_quarantine_is_not_scanned(archive: Path, pair: Path) -> None:
    apply(pair, plan(pair))
    assert rows(pair, "SELECT count(*) FROM duplicate_images") == [(0,)]
    scan_quickly(pair, archive)
    live = rows(pair, "SELECT locator FROM records WHERE missing_since IS NULL ORDER BY locator")
    assert live == [("a.png",), ("other.png",)]


# --- links, blocks, file systems


def test_a_hard_link_stands_for_the_copy_until_undone(archive: Path, pair: Path) -> None:
    before = snapshot(archive)
    cleanup = plan(pair, action="hardlink")
    assert apply(pair, cleanup).done == 1
    assert (archive / "sub/copy.png").samefile(archive / "a.png")
    assert undo(pair, cleanup).undone == 1
    assert snapshot(archive) == before


def test_pictures_of_other_bytes_are_never_linked(archive: Path, catalog_path: Path) -> None:
    (archive / "a.png").write_bytes(photo(1))
    (archive / "b.png").write_bytes(photo(1, CAPTION))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, action="hardlink", write_sidecars=True)
    assert going(catalog_path, cleanup) == set()
    assert any(
        "a hardlink would change its bytes" in why for _, why in actions(catalog_path, cleanup).values()
    )


@pytest.mark.skipif(not MEMORY.is_dir(), reason="no tmpfs at /dev/shm")
def test_a_file_system_without_shared_blocks_says_so(catalog_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        for name in ("a.png", "b.png"):
            (Path(folder) / name).write_bytes(photo(1))
        scan_quickly(catalog_path, Path(folder))
        before = snapshot(Path(folder))
        result = apply(catalog_path, plan(catalog_path, action="reflink"))
        assert result.skipped.files == [("b.png", "its file system cannot share blocks (reflink)")]
        assert snapshot(Path(folder)) == before


def test_a_quarantine_on_another_file_system_is_named_and_takes_nothing(archive: Path, pair: Path) -> None:
    if not two_file_systems(archive):
        pytest.skip("there is no second file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        before = snapshot(archive)
        result = apply(pair, plan(pair, quarantine=folder))
        assert "on another file system than the quarantine" in result.skipped.files[0][1]
        assert snapshot(archive) == before
        assert os.listdir(folder) == []


def test_each_file_system_has_its_own_quarantine(archive: Path, catalog_path: Path) -> None:
    if not two_file_systems(archive):
        pytest.skip("there is no second file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        other = Path(folder)
        (archive / "a.png").write_bytes(photo(1))
        (other / "copy.png").write_bytes(photo(1))
        (other / "b.png").write_bytes(photo(2))
        (archive / "b-copy.png").write_bytes(photo(2))
        scan_quickly(catalog_path, archive, other)
        before = snapshot(archive), snapshot(other)
        linked = plan(catalog_path, action="hardlink", keep=("path=?.png",))
        assert going(catalog_path, linked) == set()
        cleanup = plan(catalog_path, keep=("path=?.png",))
        assert apply(catalog_path, cleanup).done == 2
        assert not (archive / "b-copy.png").exists()
        assert not (other / "copy.png").exists()
        assert undo(catalog_path, cleanup).undone == 2
        assert (snapshot(archive), snapshot(other)) == before


def test_a_quarantine_inside_an_archive_is_refused(archive: Path, pair: Path) -> None:
    with pytest.raises(UsageError, match="inside the archive"):
        plan(pair, quarantine=str(archive / "away"))


def test_a_chosen_quarantine_is_used_and_left_empty(archive: Path, pair: Path, tmp_path: Path) -> None:
    before = snapshot(archive)
    cleanup = plan(pair, quarantine=str(tmp_path / "away"))
    assert apply(pair, cleanup).done == 1
    assert not (archive / ".cutline-quarantine").exists()
    assert len(list((tmp_path / "away").rglob("copy.png"))) == 1
    assert undo(pair, cleanup).undone == 1
    assert snapshot(archive) == before
    assert os.listdir(tmp_path / "away") == []


# --- captions


def test_captions_are_carried_to_the_keeper_and_its_sidecar(archive: Path, catalog_path: Path) -> None:
    (archive / "a.png").write_bytes(photo(1))
    (archive / "told.png").write_bytes(photo(1, CAPTION))
    scan_quickly(catalog_path, archive)
    before = snapshot(archive)
    cleanup = plan(catalog_path, keep=("path=a.png",), write_sidecars=True)
    result = apply(catalog_path, cleanup)
    assert (result.done, result.sidecars) == (1, 1)
    carried = rows(catalog_path, "SELECT text, from_locator FROM carried_captions")
    assert carried == [(CAPTION, "told.png")]
    assert read_xmp([(archive / "a.png.xmp").read_bytes()]).metadata.caption == CAPTION
    assert (archive / "a.png").read_bytes() == photo(1)
    assert undo(catalog_path, cleanup).undone == 2
    assert rows(catalog_path, "SELECT count(*) FROM carried_captions") == [(0,)]
    assert snapshot(archive) == before


def test_a_sidecar_that_is_there_is_never_written_over(archive: Path, catalog_path: Path) -> None:
    (archive / "a.png").write_bytes(photo(1))
    (archive / "told.png").write_bytes(photo(1, CAPTION))
    scan_quickly(catalog_path, archive)
    (archive / "a.png.xmp").write_text("somebody's own")
    result = apply(catalog_path, plan(catalog_path, keep=("path=a.png",), write_sidecars=True))
    assert result.sidecars == 0
    assert "exists already" in result.skipped.files[0][1]
    assert (archive / "a.png.xmp").read_text() == "somebody's own"


def test_a_sidecar_that_was_edited_stays_when_undone(archive: Path, catalog_path: Path) -> None:
    (archive / "a.png").write_bytes(photo(1))
    (archive / "told.png").write_bytes(photo(1, CAPTION))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, keep=("path=a.png",), write_sidecars=True)
    apply(catalog_path, cleanup)
    (archive / "a.png.xmp").write_text("edited")
    result = undo(catalog_path, cleanup)
    assert (result.undone, result.stayed.count) == (1, 1)
    assert (archive / "a.png.xmp").read_text() == "edited"


@pytest.mark.parametrize(
    "caption",
    [
        pytest.param('<script>alert("x")</script> & ]]> done', id="markup"),
        pytest.param("control\x01 \x0bcharacters\ufffe", id="characters-that-xml-lacks"),
        pytest.param("Ünï cödé 写真", id="letters"),
    ],
)
def test_a_sidecar_is_xml_whatever_its_caption(caption: str) -> None:
    found = read_xmp([render_sidecar([(caption, None)]).encode()]).metadata.caption
    wanted = "".join(each for each in caption if each >= " " and each != "\ufffe")
    assert found == " ".join(wanted.split())


# --- undo


def test_undoing_gives_every_byte_name_time_and_link_back(archive: Path, pair: Path) -> None:
    os.link(archive / "sub/copy.png", archive / "sub/second name.png")
    os.chmod(archive / "sub/copy.png", 0o604)
    scan_quickly(pair, archive)
    before = snapshot(archive)
    cleanup = plan(pair)
    assert apply(pair, cleanup).done == 2
    assert os.listdir(archive / "sub") == []
    assert undo(pair, cleanup).undone == 2
    assert snapshot(archive) == before
    assert undo(pair, cleanup).undone == 0
    assert snapshot(archive) == before
    assert status(pair, cleanup) == "undone"


def test_a_name_that_is_taken_is_never_replaced(archive: Path, pair: Path) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    (archive / "sub/copy.png").write_bytes(b"a new file")
    result = undo(pair, cleanup)
    assert result.stayed.files == [("sub/copy.png", "another file has its name; it stays in quarantine")]
    assert (archive / "sub/copy.png").read_bytes() == b"a new file"
    assert photo(1) in {
        each.read_bytes() for each in archive.rglob(".cutline-quarantine/*/files/sub/copy.png")
    }
    assert status(pair, cleanup) == "applied"
    (archive / "sub/copy.png").unlink()
    assert undo(pair, cleanup).undone == 1
    assert (archive / "sub/copy.png").read_bytes() == photo(1)
    assert status(pair, cleanup) == "undone"


def test_a_move_back_that_the_power_took_is_done_again(archive: Path, pair: Path) -> None:
    """The journal says that it is undone, and yet the file lies in quarantine: its move never reached the disk."""
    (archive / "sub/third.png").write_bytes(photo(1))
    scan_quickly(pair, archive)
    cleanup = plan(pair)
    assert apply(pair, cleanup).done == 2
    (archive / "sub/third.png").write_bytes(b"in the way, so that the journal stays")
    assert undo(pair, cleanup).undone == 1
    kept = next(archive.rglob("files/sub/third.png")).parent / "copy.png"
    (archive / "sub/copy.png").rename(kept)
    assert undo(pair, cleanup).undone == 1
    assert (archive / "sub/copy.png").read_bytes() == photo(1)


def test_a_folder_that_was_removed_is_made_again(archive: Path, pair: Path) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    (archive / "sub").rmdir()
    assert undo(pair, cleanup).undone == 1
    assert (archive / "sub/copy.png").read_bytes() == photo(1)


def test_an_archive_that_moved_is_undone_where_it_is(archive: Path, pair: Path, tmp_path: Path) -> None:
    before = {path: each[:4] for path, each in snapshot(archive, folder_times=False).items()}
    cleanup = plan(pair, action="hardlink")
    apply(pair, cleanup)
    shutil.copytree(archive, tmp_path / "moved")  # other inodes, and the link is two files now
    shutil.rmtree(archive)
    with Catalogue.open(pair) as catalogue:
        relocate(catalogue, str(archive), str(tmp_path / "moved"))
    result = undo(pair, cleanup)
    assert result.stayed.count == 1, "the link has become a file of its own: it is not replaced"
    (tmp_path / "moved/sub/copy.png").unlink()
    assert undo(pair, cleanup).undone == 1
    after = {path: each[:4] for path, each in snapshot(tmp_path / "moved", folder_times=False).items()}
    assert after == before


def test_a_file_changed_in_quarantine_comes_back_as_it_is_and_is_named(archive: Path, pair: Path) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    next(archive.rglob("files/sub/copy.png")).write_bytes(b"changed there")
    result = undo(pair, cleanup)
    assert result.remarks.files == [
        ("sub/copy.png", "it was changed while in quarantine; it is back as it was there")
    ]
    assert (archive / "sub/copy.png").read_bytes() == b"changed there"


# --- purge


def test_purging_frees_the_copies_and_ends_the_cleanup(archive: Path, pair: Path) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    result = purge(pair, cleanup)
    assert (result.purged, result.byte_size, result.held.count) == (1, len(photo(1)), 0)
    assert not (archive / ".cutline-quarantine").exists()
    assert status(pair, cleanup) == "purged"
    with pytest.raises(UsageError, match="purged"):
        undo(pair, cleanup)


@pytest.mark.parametrize("lost", ["removed", "changed"])
def test_a_file_whose_keeper_is_lost_is_not_purged(archive: Path, pair: Path, lost: str) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    (archive / "a.png").unlink()
    if lost == "changed":
        (archive / "a.png").write_bytes(photo(2))
    result = purge(pair, cleanup)
    assert (result.purged, result.held.count) == (0, 1)
    assert undo(pair, cleanup).undone == 1
    assert (archive / "sub/copy.png").read_bytes() == photo(1)


def test_a_file_that_was_edited_in_quarantine_is_not_purged(archive: Path, pair: Path, run: Run) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    kept = next((archive / ".cutline-quarantine").rglob("copy.png"))
    edited = photo(1)[:-1] + b"x"  # of the same size
    kept.write_bytes(edited)
    done = run("cleanup", "purge", str(cleanup.id), "-c", pair, "--older-than", "0", "--yes")
    assert done.returncode == 1
    assert "it was changed in quarantine" in done.stdout + done.stderr
    assert kept.read_bytes() == edited
    assert undo(pair, cleanup).undone == 1
    assert (archive / "sub/copy.png").read_bytes() == edited


def test_another_file_in_the_place_of_a_quarantined_one_is_not_purged(archive: Path, pair: Path) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    kept = next((archive / ".cutline-quarantine").rglob("copy.png"))
    kept.rename(kept.with_name("moved-away.png"))
    kept.write_bytes(photo(1))
    result = purge(pair, cleanup)
    assert (result.purged, result.held.count) == (0, 1)
    assert kept.exists()


_WRITER = """
import sys
file = open(sys.argv[1], "r+b")
print("open", flush=True)
sys.stdin.readline()
file.seek(0)
file.write(b"written on")
file.flush()
print("written", flush=True)
sys.stdin.readline()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
@pytest.mark.parametrize("wrote", [True, False], ids=["has-written", "has-it-open"])
def test_a_file_that_a_program_still_has_open_is_not_purged(archive: Path, pair: Path, wrote: bool) -> None:
    """A program opens a file, the file is moved into quarantine, the program writes on: what it wrote is kept."""
    cleanup = plan(pair)
    command = [sys.executable, "-c", _WRITER, str(archive / "sub/copy.png")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin
        assert program.stdout
        assert program.stdout.readline() == "open\n"
        apply(pair, cleanup)
        if wrote:
            program.stdin.write("go\n")
            program.stdin.flush()
            assert program.stdout.readline() == "written\n"
        result = purge(pair, cleanup)
        assert (result.purged, result.held.count) == (0, 1)
        kept = next((archive / ".cutline-quarantine").rglob("copy.png"))
        assert kept.read_bytes().startswith(b"written on") == wrote
        program.stdin.write("end\nend\n")
        program.stdin.flush()


@pytest.mark.parametrize("how", ["copied", "linked"])
def test_two_applies_at_once_lose_no_file(
    archive: Path, catalog_path: Path, tmp_path: Path, how: str
) -> None:
    """Two processes apply one plan, through copies of its catalogue or a link to it: undo brings every file back."""
    for number in range(60):
        for name in ("a", "b"):
            (archive / f"{number:02d}-{name}.png").write_bytes(photo(1) + b"%d" % number)
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    before = snapshot(archive)
    other = tmp_path / "elsewhere" / "other.db"
    other.parent.mkdir()
    if how == "copied":
        shutil.copy(catalog_path, other)
    else:
        other.symlink_to(catalog_path)
    command = [sys.executable, "-m", "catalog", "cleanup", "apply", str(cleanup.id), "--yes", "-c"]
    started = [
        subprocess.Popen([*command, str(each)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for each in (catalog_path, other)
    ]
    said = [process.communicate() for process in started]
    assert all(process.returncode in (0, 1, 2) for process in started)
    assert all("Traceback" not in err for _, err in said)
    for each in (catalog_path, other):
        with Catalogue.open(each) as catalogue:
            found = read_cleanup(catalogue, cleanup.id)
            if found.status in ("applying", "applied"):
                undo_cleanup(catalogue, found)
    after = snapshot(archive)
    assert {path for path in before if path.endswith(b".png")} == {
        path for path in after if path.endswith(b".png")
    }
    assert not any(b"quarantine" in path for path in after)


def test_an_archive_that_is_not_mounted_is_out_of_reach(
    archive: Path, pair: Path, run: Run, tmp_path: Path
) -> None:
    """An empty folder stands where the disk was mounted: nothing is consumed, and all goes on once it is back."""
    disk = tmp_path / "disk"
    cleanup = plan(pair)

    def unmount() -> None:
        archive.rename(disk)
        archive.mkdir()

    def mount() -> None:
        archive.rmdir()
        disk.rename(archive)

    def do(act: str, *options: str) -> tuple[int, str]:
        done = run("cleanup", act, str(cleanup.id), "-c", pair, *options)
        return done.returncode, done.stdout + done.stderr

    unmount()
    code, said = do("apply", "--yes")
    assert code == 1
    assert "cannot be reached" in said
    assert status(pair, cleanup) == "planned"
    mount()
    assert do("apply", "--yes")[0] == 0
    unmount()
    for act, options in (("purge", ("--older-than", "0", "--yes")), ("undo", ())):
        code, said = do(act, *options)
        assert code == 1, act
        assert "cannot be reached" in said
        assert status(pair, cleanup) == "applied"
    mount()
    assert do("undo")[0] == 0
    assert (archive / "sub/copy.png").read_bytes() == photo(1)


def test_files_come_back_without_the_catalogue_that_moved_them(archive: Path, pair: Path, run: Run) -> None:
    """The catalogue is restored from before the plan: scan and check name the quarantine, recover empties it."""
    backup = pair.with_name("backup.db")
    shutil.copy(pair, backup)
    before = snapshot(archive)
    apply(pair, plan(pair))
    assert not (archive / "sub/copy.png").exists()
    said = run("scan", archive, "-c", backup)
    assert "a cleanup that this catalogue does not know" in said.stderr
    checked = run("check", "-c", backup)
    assert checked.returncode == 1
    assert "quarantine: " in checked.stdout
    shown = run("cleanup", "recover", archive)
    assert "1 file" in shown.stderr
    assert not (archive / "sub/copy.png").exists()
    done = run("cleanup", "recover", archive, "--yes")
    assert done.returncode == 0, done.stderr
    assert {path: each[:4] for path, each in snapshot(archive).items()} == {
        path: each[:4] for path, each in before.items()
    }
    assert run("cleanup", "recover", archive, "--yes").returncode == 2
    assert "does not know" not in run("scan", archive, "-c", backup).stderr


def test_recovering_replaces_nothing(archive: Path, pair: Path, run: Run) -> None:
    apply(pair, plan(pair))
    (archive / "sub/copy.png").write_bytes(b"something else now")
    done = run("cleanup", "recover", archive / ".cutline-quarantine", "--yes")
    assert done.returncode == 1
    assert "another file has its name" in done.stdout + done.stderr
    assert (archive / "sub/copy.png").read_bytes() == b"something else now"
    (archive / "sub/copy.png").unlink()
    assert run("cleanup", "recover", archive, "--yes").returncode == 0
    assert (archive / "sub/copy.png").read_bytes() == photo(1)


def test_a_catalogue_knows_what_was_recovered(archive: Path, pair: Path, run: Run) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    assert run("cleanup", "recover", archive, "--yes").returncode == 0
    done = run("cleanup", "undo", str(cleanup.id), "-c", pair)
    assert "Traceback" not in done.stderr
    assert (archive / "sub/copy.png").read_bytes() == photo(1)


def test_a_journal_is_one_process_at_a_time(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    journal = Journal(folder, create=True)
    with pytest.raises(CatalogueBusy, match="Wait for it"):
        Journal(folder, create=False)
    journal.close()
    Journal(folder, create=False).close()
    os.close(folder)


def test_a_young_cleanup_is_not_purged(pair: Path) -> None:
    cleanup = plan(pair)
    with Catalogue.open(pair) as catalogue:
        with pytest.raises(UsageError, match="only an applied one"):
            purgeable(catalogue, read_cleanup(catalogue, cleanup.id), 0)
        apply_cleanup(catalogue, read_cleanup(catalogue, cleanup.id))
        with pytest.raises(UsageError, match="less than 30 days ago"):
            purgeable(catalogue, read_cleanup(catalogue, cleanup.id), 30)
        assert purgeable(catalogue, read_cleanup(catalogue, cleanup.id), 0) == (1, len(photo(1)))


# --- the journal


BEGIN = Begin(1, "quarantine", "a\nb \\xe9.png", 1, 2, 3, 4, "0" * 64, "/k", 5, 6)


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_a_journal_gives_back_what_was_written(folder: int) -> None:
    journal = Journal(folder, create=True)
    journal.append([BEGIN, Mark(1, "undo")])
    journal.append([Mark(1, "done", "why", (1, 2))])
    offsets, entries = zip(*journal.read(), strict=True)
    assert [list(each) for each in entries] == [[BEGIN, Mark(1, "undo")], [Mark(1, "done", "why", [1, 2])]]  # type: ignore[arg-type]
    assert journal.read_at(offsets[1]) == entries[1]
    journal.close()


@pytest.mark.parametrize("cut", [1, 5, 40, 150])
def test_a_torn_end_is_dropped_and_the_rest_stands(folder: int, tmp_path: Path, cut: int) -> None:
    journal = Journal(folder, create=True)
    journal.append([BEGIN])
    journal.append([BEGIN])
    journal.close()
    path = tmp_path / "journal.jsonl"
    os.truncate(path, path.stat().st_size - cut)
    journal = Journal(folder, create=False)
    journal.append([Mark(1, "back")])
    assert [entries for _, entries in journal.read()] == [[BEGIN], [Mark(1, "back")]]
    journal.close()


def test_a_flipped_byte_is_named_and_nothing_is_done(archive: Path, pair: Path) -> None:
    cleanup = plan(pair)
    apply(pair, cleanup)
    path = next(archive.rglob("journal.jsonl"))
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    path.write_bytes(data)
    before = snapshot(archive)
    with pytest.raises(JournalDamaged, match="files/"):
        undo(pair, cleanup)
    assert snapshot(archive) == before


@pytest.mark.parametrize("locator", ["../a.png", "/etc/passwd", "a/../../b", "a//b", "a\\x00b", ""])
def test_a_locator_never_leads_out_of_its_source(locator: str) -> None:
    with pytest.raises(Refused):
        split_locator(locator)


# --- the command line


def test_without_a_terminal_apply_only_shows_what_it_would_do(archive: Path, pair: Path, run: Run) -> None:
    plan(pair)
    before = snapshot(archive)
    done = run("cleanup", "apply", "-c", pair)
    assert done.returncode == 0
    assert "sub/copy.png" in done.stderr
    assert "Nothing was changed: add --yes" in done.stderr
    assert snapshot(archive) == before


def test_the_whole_way_by_the_command_line(archive: Path, pair: Path, run: Run) -> None:
    before = snapshot(archive)
    planned = run("cleanup", "plan", "-c", pair, "--format", "json")
    assert json.loads(planned.stdout)["actions"][1]["action"] == "quarantine"
    applied = run("cleanup", "apply", "--yes", "-c", pair, "--format", "json")
    assert applied.returncode == 0, applied.stderr
    assert json.loads(applied.stdout)["done"] == 1
    assert run("cleanup", "purge", "-c", pair, "--yes").returncode == 2
    undone = run("cleanup", "undo", "-c", pair)
    assert (undone.returncode, undone.stdout) == (0, "Cleanup 1: 1 file put back.\n")
    assert snapshot(archive) == before
    history = json.loads(run("cleanup", "history", "-c", pair, "--format", "json").stdout)
    assert [(each["cleanup"], each["status"], each["undone"]) for each in history] == [(1, "undone", 1)]


def test_skipped_files_make_exit_status_1(archive: Path, pair: Path, run: Run) -> None:
    plan(pair)
    (archive / "a.png").unlink()
    done = run("cleanup", "apply", "--yes", "-c", pair)
    assert done.returncode == 1
    assert "skipped: sub/copy.png: its keeper a.png: it is not there any more" in done.stderr


def test_plan_options_name_what_is_wrong(pair: Path, run: Run) -> None:
    done = run("cleanup", "plan", "-c", pair, "--kind", "related")
    assert done.returncode == 2
    assert "related pictures show the same scene" in done.stderr


def test_make_plan_is_the_same_whatever_the_order_of_rows(pair: Path) -> None:
    with Catalogue.open(pair) as catalogue:
        first = make_plan(catalogue, PlanOptions())
        catalogue.db.execute("PRAGMA reverse_unordered_selects = ON")
        second = make_plan(catalogue, PlanOptions())
    assert actions(pair, first) == actions(pair, second)
