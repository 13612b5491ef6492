"""The parts of the pages: words marked, frames laid over each other, addresses, queries, the review's journal."""

import json
import math
import re
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.browse.articles import load_article
from catalog.browse.compare import load_comparison
from catalog.browse.conflicts import load_conflicts
from catalog.browse.corrections import load_corrections
from catalog.browse.credits import load_credits
from catalog.browse.frames import Frame, read_frame
from catalog.browse.functions import hamming, key_of
from catalog.browse.groups import SORTS, load_groups
from catalog.browse.links import web_address
from catalog.browse.originals import _span
from catalog.browse.pictures import load_life, load_picture
from catalog.browse.repeats import load_repeats
from catalog.browse.review import load_sheet, load_skipped
from catalog.browse.search import make_query, search
from catalog.browse.sheets import load_contact_sheet
from catalog.browse.stories import load_stories
from catalog.browse.words import say_date, say_publisher
from catalog.decisions.review import Step, choose_keeper, take_step, undo_last
from catalog.errors import UsageError
from catalog.match.pictures.chosen_keepers import apply_keeper_choices
from catalog.store.catalogue import Catalogue
from catalog.store.schema import SEARCH
from media.captions.word_difference import mark_differences
from tests.conftest import encode, make_photo, rows, scan_archive


def marked(first: str, second: str) -> str:
    signs = {"same": "{}", "new": "[+{}]", "lost": "[-{}]"}
    return "".join(signs[part.mark].format(part.text) for part in mark_differences(first, second))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param("Boats leave.", "Boats leave.", "Boats leave.", id="same"),
        pytest.param("Boats leave", "BOATS leave", "BOATS leave", id="capitals-only"),
        pytest.param(
            "On Feb. 27 boats left", "On Feb. 28 boats left", "On Feb. [-27] [+28] boats left", id="changed"
        ),
        pytest.param("Boats leave.", "Boats leave at dawn.", "Boats leave [+at dawn].", id="added"),
        pytest.param("Boats leave at dawn.", "Boats leave.", "Boats leave [-at dawn].", id="lost"),
        pytest.param("Here boats leave.", "Boats leave.", "[-Here] Boats leave.", id="lost-at-the-front"),
        pytest.param("A boat", "Un bateau dans le port", "Un bateau dans le port", id="nothing-in-common"),
        pytest.param("", "Boats", "Boats", id="from-nothing"),
    ],
)
def test_words_that_differ_are_marked(first: str, second: str, expected: str) -> None:
    assert marked(first, second) == expected


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_is_shown_is_the_second_text_but_for_what_it_lost(first: str, second: str) -> None:
    parts = mark_differences(first, second)
    shown = "".join(part.text for part in parts if part.mark != "lost")
    assert "".join(shown.split()) == "".join(second.split())
    assert all(part.text in first for part in parts if part.mark == "lost")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("https://a.example/b?c=d", True, id="https"),
        pytest.param("http://a.example", True, id="http"),
        pytest.param("javascript:alert(1)", False, id="javascript"),
        pytest.param("JaVaScRiPt://a.example/%0aalert(1)", False, id="javascript-with-host"),
        pytest.param("java\tscript:alert(1)", False, id="javascript-with-tab"),
        pytest.param("\x01https://a.example", False, id="control-character"),
        pytest.param("data:text/html,<script>", False, id="data"),
        pytest.param("//a.example/b", False, id="no-scheme"),
        pytest.param("https:///b", False, id="no-host"),
        pytest.param("http://[bad", False, id="no-address"),
        pytest.param("a.html", False, id="relative"),
        pytest.param("https://a.example/" + "x" * 3000, False, id="endless"),
        pytest.param(None, False, id="none"),
    ],
)
def test_only_addresses_of_the_web_become_links(text: str | None, shown: bool) -> None:
    assert (web_address(text) is not None) is shown


@given(st.text(max_size=60))
def test_every_search_is_a_query_that_fts_takes(text: str) -> None:
    query = make_query(text)
    if query is None:
        return
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE captions (id INTEGER PRIMARY KEY, text TEXT, credit_line TEXT)")
    connection.execute(SEARCH.split(";")[0])
    connection.execute("SELECT rowid FROM captions_fts WHERE captions_fts MATCH ?", (query,)).fetchall()
    connection.close()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("smoke rises", '"smoke" AND "rises"*', id="words"),
        pytest.param("smoke ", '"smoke"', id="finished-word"),
        pytest.param('"grain terminal" fire ', '"grain terminal" AND "fire"', id="phrase"),
        pytest.param("NEAR(a b) OR -c ", '"NEAR a" AND "b" AND "OR" AND "c"', id="operators-are-words"),
        pytest.param('"', None, id="quote-alone"),
        pytest.param("***", None, id="no-word"),
    ],
)
def test_what_is_typed_is_only_words(text: str, query: str | None) -> None:
    assert make_query(text) == query


@pytest.mark.parametrize(
    ("transform", "sense"),
    [
        pytest.param(None, False, id="none"),
        pytest.param("[]", False, id="no-object"),
        pytest.param("{", False, id="no-json"),
        pytest.param('{"scale": 0, "left_box": [0,0,1,1]}', True, id="no-scale-is-one"),
        pytest.param('{"scale": -1}', False, id="negative-scale"),
        pytest.param('{"left_box": [0.5, 0, 0.5, 1]}', False, id="empty-box"),
        pytest.param('{"left_box": ["a", 0, 1, 1]}', False, id="words-in-a-box"),
        pytest.param('{"left_box": [0, 0, 1]}', False, id="three-edges"),
        pytest.param('{"rotated_degrees": 1e999}', False, id="infinite"),
        pytest.param('{"left_box": [-5, 0, 7, 1]}', True, id="beyond-the-picture"),
    ],
)
def test_a_transform_is_read_or_left(transform: str | None, sense: bool) -> None:
    assert (read_frame(transform) is not None) is sense


def lay(matrix: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


@pytest.mark.parametrize(
    ("frame", "point", "expected"),
    [
        pytest.param(Frame(False, 0, 1, (0, 0, 1, 1), (0, 0, 1, 1)), (10, 20), (20, 40), id="smaller-copy"),
        pytest.param(Frame(True, 0, 1, (0, 0, 1, 1), (0, 0, 1, 1)), (0, 0), (200, 0), id="mirrored"),
        pytest.param(Frame(False, 180, 1, (0, 0, 1, 1), (0, 0, 1, 1)), (0, 0), (200, 100), id="upside-down"),
        pytest.param(Frame(False, 0, 1, (0.5, 0.5, 1, 1), (0, 0, 1, 1)), (0, 0), (100, 50), id="crop"),
        pytest.param(Frame(False, 0, 1, (0, 0, 1, 1), (0.5, 0, 1, 1)), (50, 0), (0, 0), id="framed"),
    ],
)
def test_one_picture_is_laid_over_the_other(
    frame: Frame, point: tuple[float, float], expected: tuple[float, float]
) -> None:
    assert lay(frame.matrix((200, 100), (100, 50)), *point) == pytest.approx(expected, abs=1e-3)


def test_a_picture_turned_left_is_turned_back() -> None:
    """Turned a quarter anticlockwise, the top right corner of the first is the top left one of the second."""
    frame = Frame(False, 90, 1, (0, 0, 1, 1), (0, 0, 1, 1))
    assert lay(frame.matrix((200, 100), (100, 200)), 0, 0) == pytest.approx((200, 0), abs=1e-3)


@given(
    st.booleans(),
    st.sampled_from([0.0, 90.0, 180.0, 270.0]),
    st.floats(0, 0.4),
    st.floats(0.6, 1),
)
def test_turned_twice_is_as_it_was(mirrored: bool, degrees: float, low: float, high: float) -> None:
    frame = Frame(mirrored, degrees, 0.5, (low, low, high, high), (0, 0, 1, 1))
    assert frame.turned().turned() == frame
    there = frame.matrix((300, 200), (120, 90))
    back = frame.turned().matrix((120, 90), (300, 200))
    x, y = lay(back, *lay(there, 30, 40))
    assert math.hypot(x - 30, y - 40) < 0.05


@pytest.mark.parametrize(
    ("left", "right", "bits"),
    [
        pytest.param(b"\x0f", b"\x00", 4, id="bits"),
        pytest.param(b"\xff" * 8, b"\x00" * 8, 64, id="one-hash"),
        pytest.param(b"\x00" * 16, b"\xff" * 8 + b"\x01" + b"\x00" * 7, 1, id="nearest-orientation"),
        pytest.param(b"\x00", b"\x00\x00", None, id="other-length"),
        pytest.param("a", b"a", None, id="text"),
        pytest.param(None, b"a", None, id="null"),
        pytest.param(b"", b"", None, id="empty"),
    ],
)
def test_hamming(left: object, right: object, bits: int | None) -> None:
    assert hamming(left, right) == bits


def test_the_key_of_no_text_is_null() -> None:
    assert (key_of(None), key_of(3), key_of("Boats!")) == (None, None, "boats")


@given(st.text(max_size=30), st.integers(0, 1000))
def test_a_range_is_within_the_file_or_none(asked: str, size: int) -> None:
    for text in (asked, f"bytes={asked}", "bytes=0-", "bytes=-5", "bytes=5-1"):
        span = _span(text, size)
        assert span is None or 0 <= span[0] <= span[1] <= size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024-02-27", "27 Feb 2024"),
        ("2024-02", "Feb 2024"),
        ("2024", "2024"),
        ("2024-02-27T10:00:00Z", "27 Feb 2024"),
        ("2024-13-45", "2024-13-45"),
        ("soon", "soon"),
        (None, ""),
    ],
)
def test_dates_as_they_are_read(text: str | None, said: str) -> None:
    assert say_date(text) == said


def test_a_publisher_is_a_host_or_a_folder() -> None:
    assert say_publisher("https://www.a.example/b", "c/d.html") == "a.example"
    assert say_publisher(None, "www.a.example/d.html") == "a.example"
    assert say_publisher("http://[bad", "d.html") == ""


@pytest.fixture
def reviewed(archive: Path, catalog_path: Path) -> Path:
    """Two pictures in a group, the larger one to keep."""
    (archive / "large.jpg").write_bytes(encode(make_photo(1), quality=95))
    (archive / "small.jpg").write_bytes(encode(make_photo(1), quality=60))
    (archive / "other.jpg").write_bytes(encode(make_photo(2)))
    scan_archive(catalog_path, archive)
    if not rows(catalog_path, "SELECT 1 FROM image_groups"):
        with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
            catalogue.db.execute("INSERT INTO image_groups VALUES (1, 'near', 2, 2, 0)")
            catalogue.db.execute(
                "INSERT INTO image_group_members SELECT 1, id, sha256, locator = 'large.jpg', '' FROM records"
                " WHERE locator <> 'other.jpg'"
            )
    return catalog_path


def digests(catalogue: Path) -> tuple[str, str]:
    found = rows(
        catalogue, "SELECT sha256 FROM records WHERE locator IN ('large.jpg', 'small.jpg') ORDER BY locator"
    )
    return str(found[0][0]), str(found[1][0])


def test_a_step_is_a_decision_with_its_note_and_can_be_taken_back(reviewed: Path) -> None:
    left, right = digests(reviewed)
    with Catalogue.open(reviewed) as catalogue:
        first = take_step(catalogue, Step("pictures", "1-2", "same", left, right, "by the crop"))
        second = take_step(catalogue, Step("pictures", "1-2", "different", right, left))
        assert undo_last(catalogue, first) is None, "only the last step can be taken back"
        assert undo_last(catalogue, second) == ("pictures", "1-2")
    kept = rows(reviewed, "SELECT verdict, note FROM decisions")
    assert kept == [("same", "by the crop")]
    with Catalogue.open(reviewed) as catalogue:
        assert undo_last(catalogue, first) == ("pictures", "1-2")
        assert undo_last(catalogue, first) is None
        assert catalogue.is_pending()
    assert rows(reviewed, "SELECT * FROM decisions") == []
    assert rows(reviewed, "SELECT * FROM reviews") == []


def test_putting_off_decides_nothing(reviewed: Path) -> None:
    left, right = digests(reviewed)
    with Catalogue.open(reviewed) as catalogue:
        number = take_step(catalogue, Step("pictures", "1-2", "skip", left, right))
        assert rows(reviewed, "SELECT * FROM decisions") == []
        assert undo_last(catalogue, number) == ("pictures", "1-2")


@pytest.mark.parametrize("action", ["same", "nonsense"])
def test_a_thing_is_not_compared_with_itself(reviewed: Path, action: str) -> None:
    left, right = digests(reviewed)
    other = left if action == "same" else right
    with Catalogue.open(reviewed) as catalogue, pytest.raises(UsageError):
        take_step(catalogue, Step("pictures", "1-2", action, left, other))


def keepers(catalogue: Path) -> list[tuple[object, ...]]:
    return rows(
        catalogue,
        "SELECT r.locator FROM image_group_members m JOIN records r ON r.id = m.record_id WHERE m.keeper = 1",
    )


def test_a_chosen_keeper_stays_when_groups_are_found_anew(reviewed: Path) -> None:
    (group, former), (chosen,) = (
        rows(reviewed, "SELECT group_id, record_id FROM image_group_members WHERE keeper = 1")[0],
        rows(reviewed, "SELECT record_id FROM image_group_members WHERE keeper = 0")[0],
    )
    before = keepers(reviewed)
    with Catalogue.open(reviewed) as catalogue:
        number = choose_keeper(catalogue, int(str(group)), int(str(chosen)), "pictures", "1-2")
    assert keepers(reviewed) != before
    with Catalogue.open(reviewed) as catalogue, catalogue.db.atomic():
        catalogue.db.execute("UPDATE image_group_members SET keeper = (record_id = ?)", [former])
    with Catalogue.open(reviewed) as catalogue:
        apply_keeper_choices(catalogue)
    assert keepers(reviewed) != before
    with Catalogue.open(reviewed) as catalogue:
        undo_last(catalogue, number)
        apply_keeper_choices(catalogue)
    assert keepers(reviewed) == before
    with Catalogue.open(reviewed) as catalogue, pytest.raises(UsageError):
        choose_keeper(catalogue, int(str(group)), 10**9, "pictures", "1-2")


def test_positions_of_paragraphs_are_recorded(archive: Path, catalog_path: Path) -> None:
    first, second, third = (
        f"<p>{words} of the harbour, as the port authority said in a statement on Friday.</p>"
        for words in ("The ferries sailed out", "Nobody had seen the lights", "A tug waited at the mouth")
    )
    figure = "<figure><img src=a.jpg><figcaption>Boats leave at dawn.</figcaption></figure>"
    (archive / "a.html").write_text(f"<article><h1>Head</h1>{first}{second}{figure}{third}</article>")
    scan_archive(catalog_path, archive)
    ((body, positions, position),) = rows(
        catalog_path,
        "SELECT a.body, a.body_positions, p.position FROM articles a JOIN placements p ON p.article_id = a.id"
        " WHERE p.origin = 'figcaption'",
    )
    *before, after = json.loads(str(positions))
    assert len(str(body).split("\n")) == len(before) + 1 > 2
    assert max(before) < int(str(position)) < after


def test_no_page_scans_a_large_table(catalog_path: Path) -> None:
    """Pages that are made for each request find their rows by index, whatever the table holds."""
    asked: list[str] = []
    digest = "0" * 64
    with Catalogue.open(catalog_path):
        pass
    connection = sqlite3.connect(catalog_path)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO captions (id, text, key) VALUES (1, 'boats', 'boats')")
    connection.execute(
        "INSERT INTO images (sha256, format, width_px, height_px, frames, information)"
        " VALUES (?, 'JPEG', 9, 9, 1, 'normal')",
        (digest,),
    )
    connection.execute(
        "INSERT INTO caption_repeats (id, kind, size, articles, caption_id) VALUES (1, 'edited', 2, 2, 1)"
    )
    connection.execute("INSERT INTO image_groups VALUES (1, 'near', 2, 2, 0)")
    connection.execute("INSERT INTO caption_conflict_sets (id, grade, size) VALUES (1, 'fact', 2)")
    connection.set_trace_callback(asked.append)
    for kind in (None, "edited"):
        load_repeats(connection, kind, (3, 5))
    for kind in (None, "near"):
        for sort in SORTS:
            load_groups(connection, kind, sort, (3, 5))
    load_conflicts(connection, "fact", (3, 5))
    load_picture(connection, digest, 5)
    load_life(connection, digest)
    load_stories(connection, (2, 3, 4, 5))
    for state in (None, "learned"):
        load_credits(connection, state, 0)
    for grade in (None, "detail"):
        load_corrections(connection, grade, None)
    load_contact_sheet(connection, 1)
    load_article(connection, 1)
    load_comparison(connection, digest, digest)
    for queue in ("pictures", "captions"):
        load_sheet(connection, queue, (1, 5))
        load_skipped(connection, queue, 5)
    for scope in ("captions", "articles"):
        search(connection, scope, "boats", {}, 1)
    connection.set_trace_callback(None)
    assert len(asked) > 30
    scanned = [
        (detail, sql)
        for sql in asked
        if sql.startswith("SELECT")
        for _, _, _, detail in connection.execute("EXPLAIN QUERY PLAN " + sql)
        if detail.startswith("SCAN")
        and "json_each" not in detail
        and "_fts_" not in detail
        and "VIRTUAL TABLE" not in detail
        and not re.search(
            r"caption_repeats|image_groups|conflict_sets|reviews|learned_credits|\bSCAN [jv]\b", detail
        )
    ]
    lists = r" FROM (caption_repeats|image_groups|stories|caption_conflict_sets|caption_corrections) WHERE .* LIMIT "
    put_in_order = [
        sql
        for sql in asked
        if re.search(lists, sql)
        for _, _, _, detail in connection.execute("EXPLAIN QUERY PLAN " + sql)
        if detail.startswith("USE TEMP B-TREE")
    ]
    connection.close()
    assert scanned == []
    assert put_in_order == [], "a page of a list is read in the order of an index"
