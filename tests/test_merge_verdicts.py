"""What people decided is kept by merging, and of two verdicts on the same two the later one stands."""

import itertools
import shutil
from pathlib import Path

import pytest

from catalog.cleanup.apply import apply_cleanup
from catalog.cleanup.ledger import Cleanup, read_cleanup
from catalog.cleanup.plan import PlanOptions, make_plan
from catalog.cleanup.undo import undo_cleanup
from catalog.decisions.decide import decide
from catalog.decisions.review import Step, choose_keeper, take_step, undo_last
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue
from tests.conftest import Run, rows, scan_archive
from tests.containers import page, photo, write
from tests.merging import SAID, assert_same, assert_whole, dump, merge_into
from tests.test_merge_overlap import merge_both_ways

GROUPS = "SELECT locator, keeper, reason FROM duplicate_images ORDER BY locator"


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Two parts with a picture in common, each scanned into a catalogue beside it."""
    for name, day in (("one", 4), ("two", 5)):
        write(tmp_path / name / f"{name}.html", page(f"{name}.jpg", day))
        write(tmp_path / name / f"{name}.jpg", photo(1))
        write(tmp_path / name / f"{name}-small.jpg", photo(1, (120, 90)))
        scan_archive(tmp_path / f"{name}.db", tmp_path / name)
    return [tmp_path / "one.db", tmp_path / "two.db"]


def digests(catalog: Path) -> list[str]:
    return [str(row[0]) for row in rows(catalog, "SELECT sha256 FROM images ORDER BY 1")]


def say(catalog: Path, verdict: str, at: str, note: str | None = None) -> None:
    """Decide on the two pictures, as of a moment."""
    left, right = digests(catalog)[:2]
    with Catalogue.open(catalog) as catalogue:
        decide(catalogue, verdict, left, right, note)
        with catalogue.db.atomic():
            catalogue.db.execute("UPDATE decisions SET decided_at = ?", [at])


def test_a_decision_is_kept_and_respected_across_parts(parts: list[Path], tmp_path: Path) -> None:
    say(parts[0], "different", "2024-01-01T00:00:00Z", "another day")
    merged = merge_both_ways(tmp_path, *parts)
    assert rows(merged, "SELECT verdict, note FROM decisions") == [("different", "another day")]
    kinds = {str(row[0]) for row in rows(merged, "SELECT kind FROM image_groups")}
    assert kinds == {"same-bytes"}
    scan_archive(tmp_path / "all.db", tmp_path / "one", tmp_path / "two")
    say(tmp_path / "all.db", "different", "2024-01-01T00:00:00Z", "another day")
    assert_same(merged, tmp_path / "all.db", SAID)


def test_a_decision_that_comes_alone_is_respected_at_once(parts: list[Path], tmp_path: Path) -> None:
    merge_into(tmp_path / "out.db", *parts)
    assert "near" in {row[0] for row in rows(tmp_path / "out.db", "SELECT kind FROM image_groups")}
    say(parts[1], "different", "2024-01-01T00:00:00Z")
    (merged,) = merge_into(tmp_path / "out.db", parts[1]).merged
    assert (merged.decisions.new, merged.records.new) == (1, 0)
    assert {row[0] for row in rows(tmp_path / "out.db", "SELECT kind FROM image_groups")} == {"same-bytes"}


def test_a_decision_on_captions_is_kept(parts: list[Path], tmp_path: Path) -> None:
    merge_into(tmp_path / "out.db", *parts)
    edited = "SELECT count(*) FROM caption_repeats WHERE kind = 'edited'"
    assert rows(tmp_path / "out.db", edited) == [(0,)]
    keys = rows(tmp_path / "out.db", "SELECT text FROM captions WHERE text LIKE '%March%' ORDER BY 1")
    with Catalogue.open(tmp_path / "out.db") as catalogue:
        decide(catalogue, "same", str(keys[0][0]), str(keys[1][0]))
    assert rows(tmp_path / "out.db", edited) == [(1,)]
    merged = merge_both_ways(tmp_path, *parts, tmp_path / "out.db")
    assert_same(merged, tmp_path / "out.db")


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        pytest.param(
            ("same", "2024-01-01T00:00:00Z"),
            ("different", "2024-01-02T00:00:00Z"),
            "different",
            id="the-later",
        ),
        pytest.param(
            ("same", "2024-01-03T00:00:00Z"),
            ("different", "2024-01-02T00:00:00Z"),
            "same",
            id="the-later-first",
        ),
        pytest.param(
            ("different", "2024-01-01T00:00:00Z"), ("same", "2024-01-01T00:00:00Z"), "same", id="at-once"
        ),
    ],
)
def test_of_two_verdicts_one_stands_and_the_other_is_noted(
    parts: list[Path], tmp_path: Path, first: tuple[str, str], second: tuple[str, str], stands: str
) -> None:
    say(parts[0], *first)
    say(parts[1], *second)
    merged = merge_both_ways(tmp_path, *parts)
    overruled = first if stands == second[0] else second
    assert rows(merged, "SELECT verdict FROM decisions") == [(stands,)]
    assert rows(merged, "SELECT verdict, decided_at FROM overruled_decisions") == [overruled]


def test_three_verdicts_come_to_the_same_in_every_order(parts: list[Path], tmp_path: Path) -> None:
    third = Path(shutil.copy(parts[0], tmp_path / "three.db"))
    say(parts[0], "same", "2024-01-01T00:00:00Z")
    say(parts[1], "different", "2024-01-02T00:00:00Z")
    say(third, "same", "2024-01-03T00:00:00Z", "sure")
    merged = merge_both_ways(tmp_path, *parts, third)
    for number, (first, *rest) in enumerate(list(itertools.permutations([*parts, third]))[::2]):
        merge_into(tmp_path / f"step-{number}.db", *rest)
        merge_into(tmp_path / f"whole-{number}.db", tmp_path / f"step-{number}.db", first)
        assert_same(merged, tmp_path / f"whole-{number}.db")
    assert rows(merged, "SELECT count(*) FROM overruled_decisions") == [(2,)]


def test_an_overruled_decision_is_said_once(parts: list[Path], tmp_path: Path, run: Run) -> None:
    say(parts[0], "same", "2024-01-01T00:00:00Z")
    say(parts[1], "different", "2024-01-02T00:00:00Z")
    done = run("merge", tmp_path / "out.db", *parts)
    assert done.returncode == 0
    assert "different (2024-01-02T00:00:00Z) stands, same (2024-01-01T00:00:00Z) is noted" in done.stderr
    assert "1 decision" in done.stdout
    assert "noted" not in run("merge", tmp_path / "out.db", *parts).stderr


def choose(catalog: Path, locator: str, at: str) -> int:
    """Choose a keeper, as of a moment; gives the journal's number."""
    ((group, record),) = rows(
        catalog, "SELECT group_id, record_id FROM duplicate_images WHERE locator = ?", locator
    )
    with Catalogue.open(catalog) as catalogue:
        number = choose_keeper(catalogue, int(str(group)), int(str(record)), "pictures", f"{group}-{record}")
        with catalogue.db.atomic():
            catalogue.db.execute("UPDATE keeper_choices SET chosen_at = ? WHERE record_id = ?", [at, record])
    return number


def test_the_keeper_that_was_chosen_last_is_kept(parts: list[Path], tmp_path: Path) -> None:
    choose(parts[0], "one-small.jpg", "2024-01-02T00:00:00Z")
    choose(parts[1], "two-small.jpg", "2024-01-01T00:00:00Z")
    merged = merge_both_ways(tmp_path, *parts)
    assert rows(merged, "SELECT count(*) FROM keeper_choices") == [(2,)]
    assert rows(
        merged, "SELECT locator, reason FROM duplicate_images WHERE keeper = 1 AND kind = 'near'"
    ) == [("one-small.jpg", "chosen by a person")]


def test_a_choice_made_later_for_the_same_file_goes_before(parts: list[Path], tmp_path: Path) -> None:
    shutil.copy(parts[0], tmp_path / "later.db")
    choose(parts[0], "one-small.jpg", "2024-01-01T00:00:00Z")
    choose(tmp_path / "later.db", "one-small.jpg", "2024-01-03T00:00:00Z")
    merged = merge_both_ways(tmp_path, parts[0], tmp_path / "later.db")
    assert rows(merged, "SELECT chosen_at FROM keeper_choices") == [("2024-01-03T00:00:00Z",)]


def test_reviews_are_kept_and_the_last_can_be_taken_back(parts: list[Path], tmp_path: Path) -> None:
    left, right = digests(parts[0])[:2]
    with Catalogue.open(parts[0]) as catalogue:
        take_step(catalogue, Step("pictures", "1-2", "different", left, right, "no"))
    choose(parts[1], "two-small.jpg", "2024-01-02T00:00:00Z")
    merged = merge_both_ways(tmp_path, *parts)
    assert sorted(rows(merged, "SELECT action FROM reviews")) == [("different",), ("keeper",)]
    out = tmp_path / "out.db"
    merge_into(out, parts[0])
    merge_into(out, parts[1])
    ((number,),) = rows(out, "SELECT max(id) FROM reviews")
    with Catalogue.open(out) as catalogue:
        assert undo_last(catalogue, int(str(number))) == ("pictures", "0-0")
    assert rows(out, "SELECT count(*) FROM keeper_choices") == [(0,)]
    assert rows(out, "SELECT count(*) FROM decisions") == [(1,)]


# --- Cleanups


def clean(catalog: Path) -> Cleanup:
    with Catalogue.open(catalog) as catalogue:
        cleanup = make_plan(catalogue, PlanOptions(kinds=("same-bytes", "near")))
        apply_cleanup(catalogue, read_cleanup(catalogue, cleanup.id))
        return read_cleanup(catalogue, cleanup.id)


def undo(catalog: Path, cleanup_id: int) -> None:
    with Catalogue.open(catalog) as catalogue:
        undo_cleanup(catalogue, read_cleanup(catalogue, cleanup_id))


def test_what_a_cleanup_moved_away_is_missing_with_its_history(parts: list[Path], tmp_path: Path) -> None:
    shutil.copy(parts[0], tmp_path / "before.db")
    cleanup = clean(parts[0])
    gone = rows(parts[0], "SELECT locator FROM records WHERE missing_since IS NOT NULL")
    assert gone == [("one-small.jpg",)]
    merged = merge_both_ways(tmp_path, parts[0], tmp_path / "before.db", parts[1])
    assert rows(merged, "SELECT locator FROM records WHERE missing_since IS NOT NULL") == gone
    assert rows(merged, "SELECT token, status, merged FROM cleanups") == [(cleanup.token, "applied", 1)]
    assert rows(merged, "SELECT locator, status FROM cleanup_actions WHERE action = 'quarantine'") == [
        ("one-small.jpg", "done")
    ]


def test_a_cleanup_undone_later_is_undone_whichever_comes_first(parts: list[Path], tmp_path: Path) -> None:
    cleanup = clean(parts[0])
    shutil.copy(parts[0], tmp_path / "applied.db")
    undo(parts[0], cleanup.id)
    merged = merge_both_ways(tmp_path, parts[0], tmp_path / "applied.db", parts[1])
    assert rows(merged, "SELECT status FROM cleanups") == [("undone",)]
    assert rows(merged, "SELECT count(*) FROM records WHERE missing_since IS NOT NULL") == [(0,)]
    merge_into(tmp_path / "applied.db", parts[0])
    assert rows(tmp_path / "applied.db", "SELECT status, merged FROM cleanups") == [("undone", 0)]


def test_a_merged_cleanup_is_undone_only_where_it_was_made(
    parts: list[Path], tmp_path: Path, run: Run
) -> None:
    cleanup = clean(parts[0])
    out = tmp_path / "out.db"
    merge_into(out, *parts)
    before = dump(out)
    ((number,),) = rows(out, "SELECT id FROM cleanups")
    with pytest.raises(
        UsageError, match=f"{cleanup.token}.*came from another catalogue.*Go on with it there"
    ):
        undo(out, int(str(number)))
    done = run("cleanup", "undo", "-c", out)
    assert done.returncode == 2
    assert "came from another catalogue" in done.stderr
    assert dump(out) == before
    assert not (tmp_path / "one/one-small.jpg").exists()
    undo(parts[0], cleanup.id)
    merge_into(out, *parts)
    assert rows(out, "SELECT count(*) FROM records WHERE missing_since IS NOT NULL") == [(0,)]
    assert_whole(out)


def test_a_plan_that_nobody_applied_is_left_out(parts: list[Path], tmp_path: Path) -> None:
    with Catalogue.open(parts[0]) as catalogue:
        make_plan(catalogue, PlanOptions())
    merged = merge_both_ways(tmp_path, *parts)
    assert rows(merged, "SELECT count(*) FROM cleanups") == [(0,)]
    merge_into(parts[0], parts[1])
    assert rows(parts[0], "SELECT status, merged FROM cleanups") == [("planned", 0)]
