"""Captions that people chose are kept by merging: all of them, the later one stands, and the other is named."""

import sqlite3
from pathlib import Path

import pytest

from catalog.browse.desk import load_question, read_queue
from catalog.decisions.captions import Choice, ChoiceVerdict, choose_caption
from catalog.decisions.review import undo_last
from catalog.store.catalogue import Catalogue
from tests.conftest import Run, copy_catalogue, rows, scan_archive
from tests.containers import photo, write
from tests.merging import merge_into
from tests.test_caption_desk import BAKERY, BOATS, STORY
from tests.test_merge_overlap import merge_both_ways

COURT = "Hugh Barlow leaves the courthouse in Kilnsea, Nov. 19, 2023."
CHOSEN = "SELECT DISTINCT caption FROM chosen_captions"
OPEN = "SELECT count(*) FROM caption_conflict_sets WHERE settled = 0"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two parts; in each the one photograph that both hold is shown under the same two captions."""
    folder = tmp_path_factory.mktemp("parts")
    for name in ("one", "two"):
        for number, said in enumerate((BOATS, BAKERY)):
            text = STORY.format(f"Story {name} {number}", "a.jpg", said)
            write(folder / name / f"{name}-{number}.html", text.encode())
        write(folder / name / "a.jpg", photo(1))
        scan_archive(folder / f"{name}.db", folder / name)
    return folder


@pytest.fixture
def parts(scanned: Path, tmp_path: Path) -> list[Path]:
    return [copy_catalogue(scanned / f"{name}.db", tmp_path / f"{name}.db") for name in ("one", "two")]


def choose(catalog: Path, said: str, at: str, verdict: ChoiceVerdict = "chosen") -> int:
    """Choose the wording that says this, as of a moment; gives the journal's number."""
    connection = sqlite3.connect(catalog)
    question = load_question(connection, read_queue(connection)[0].id)
    connection.close()
    assert question is not None
    caption = next((each.caption_id for each in question.versions if each.text == said), None)
    with Catalogue.open(catalog) as catalogue:
        step = choose_caption(catalogue, Choice(question.id, verdict, caption))
        with catalogue.db.atomic():
            catalogue.db.execute("UPDATE caption_choices SET chosen_at = ?", [at])
            catalogue.db.execute("UPDATE reviews SET reviewed_at = ? WHERE id = ?", [at, step])
    return step


def test_a_choice_of_one_part_settles_what_all_parts_say(parts: list[Path], tmp_path: Path) -> None:
    choose(parts[0], BOATS, "2024-01-01T00:00:00Z")
    merged = merge_both_ways(tmp_path, *parts)
    assert rows(merged, CHOSEN) == [(BOATS,)]
    assert rows(merged, "SELECT count(*), min(settled) FROM caption_conflict_sets") == [(1, 1)]


def test_a_choice_that_comes_alone_settles_at_once(parts: list[Path], tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out.db"
    merge_into(out, *parts)
    assert rows(out, OPEN) == [(1,)]
    choose(parts[1], BOATS, "2024-01-01T00:00:00Z")
    done = run("merge", out, parts[1])
    assert "1 caption choice;" in done.stdout and "stands" not in done.stderr
    assert rows(out, OPEN) == [(0,)]


def test_a_caption_that_was_not_weighed_keeps_the_conflict_open(
    parts: list[Path], scanned: Path, tmp_path: Path
) -> None:
    write(tmp_path / "three/c.html", STORY.format("A verdict", "a.jpg", COURT).encode())
    write(tmp_path / "three/a.jpg", photo(1))
    scan_archive(tmp_path / "three.db", tmp_path / "three")
    choose(parts[0], BOATS, "2024-01-01T00:00:00Z")
    merged = merge_both_ways(tmp_path, parts[0], tmp_path / "three.db")
    assert rows(merged, OPEN) == [(1,)]
    assert rows(merged, CHOSEN) == [(BOATS,)]


@pytest.mark.parametrize(
    ("boats_at", "stands"),
    [
        pytest.param("2024-01-01T00:00:00Z", BAKERY, id="the-later"),
        pytest.param("2024-01-03T00:00:00Z", BOATS, id="the-later-first"),
        pytest.param("2024-01-02T00:00:00Z", BAKERY, id="of-one-second-the-last-by-its-text"),
    ],
)
def test_of_two_choices_the_later_stands_and_the_other_is_kept(
    parts: list[Path], tmp_path: Path, run: Run, boats_at: str, stands: str
) -> None:
    choose(parts[0], BOATS, boats_at)
    choose(parts[1], BAKERY, "2024-01-02T00:00:00Z")
    merged = merge_both_ways(tmp_path, *parts)
    assert rows(merged, CHOSEN) == [(stands,)]
    assert sorted(rows(merged, "SELECT text FROM caption_choices")) == sorted([(BOATS,), (BAKERY,)])
    told = run("captions", "history", "-c", merged).stdout.splitlines()
    other = BOATS if stands == BAKERY else BAKERY
    assert [line.endswith("; replaced by a later choice") for line in told if stands in line] == [False]
    assert [line.endswith("; replaced by a later choice") for line in told if other in line] == [True]


def test_an_overruled_choice_is_said_once(parts: list[Path], tmp_path: Path, run: Run) -> None:
    choose(parts[0], BOATS, "2024-01-01T00:00:00Z")
    choose(parts[1], BAKERY, "2024-01-02T00:00:00Z")
    said = run("merge", tmp_path / "out.db", *parts).stderr
    assert said.endswith(
        f"a.jpg: the caption “{BAKERY}” (2024-01-02T00:00:00Z) stands, “{BOATS}” (2024-01-01T00:00:00Z) is kept"
        " in `cutline captions history`.\n"
    )
    assert "stands" not in run("merge", tmp_path / "out.db", *parts).stderr


def test_the_same_words_chosen_twice_contradict_nothing(parts: list[Path], tmp_path: Path) -> None:
    choose(parts[0], BOATS, "2024-01-01T00:00:00Z")
    choose(parts[1], BOATS, "2024-01-02T00:00:00Z")
    assert not [
        each for merged in merge_into(tmp_path / "out.db", *parts).merged for each in merged.overruled
    ]
    assert rows(merge_both_ways(tmp_path, *parts), CHOSEN) == [(BOATS,)]


def test_dismissed_in_one_part_and_chosen_in_another(parts: list[Path], tmp_path: Path) -> None:
    choose(parts[0], BOATS, "2024-01-01T00:00:00Z")
    choose(parts[1], BOATS, "2024-01-02T00:00:00Z", "dismissed")
    merged = merge_both_ways(tmp_path, *parts)
    assert rows(merged, CHOSEN) == [(BOATS,)] and rows(merged, OPEN) == [(0,)]


def test_merged_steps_are_undone_one_after_the_other(parts: list[Path], tmp_path: Path) -> None:
    """Numbers that two catalogues gave at the same time, as they did before numbers were drawn, do not mix."""
    choose(parts[0], BOATS, "2024-01-01T00:00:00Z")
    choose(parts[1], BAKERY, "2024-01-02T00:00:00Z")
    for part in parts:
        connection = sqlite3.connect(part)
        with connection:
            connection.execute("UPDATE caption_choices SET id = 1")
            connection.execute("UPDATE caption_choice_pictures SET choice_id = 1")
            connection.execute("UPDATE reviews SET right = 'choice 1', previous = '[1, []]'")
        connection.close()
    out = tmp_path / "out.db"
    merge_into(out, parts[0])
    merge_into(out, parts[1])
    merge_into(out, parts[0])
    assert rows(out, "SELECT count(*) FROM reviews") == [(2,)]
    for left in ([(BOATS,)], []):
        ((number,),) = rows(out, "SELECT max(id) FROM reviews")
        with Catalogue.open(out) as catalogue:
            assert undo_last(catalogue, int(str(number))) == ("wordings", "0-0")
        assert rows(out, CHOSEN) == left
    assert rows(out, OPEN) == [(1,)]


def test_a_choice_that_replaced_another_comes_back_after_a_merge(parts: list[Path], tmp_path: Path) -> None:
    choose(parts[0], BOATS, "2024-01-01T00:00:00Z")
    connection = sqlite3.connect(parts[0])
    with connection:
        connection.execute("UPDATE caption_conflict_sets SET settled = 0")
    connection.close()
    choose(parts[0], BAKERY, "2024-01-02T00:00:00Z")
    out = tmp_path / "out.db"
    merge_into(out, *parts)
    ((number,),) = rows(out, "SELECT max(id) FROM reviews")
    with Catalogue.open(out) as catalogue:
        undo_last(catalogue, int(str(number)))
    assert rows(out, CHOSEN) == [(BOATS,)]
