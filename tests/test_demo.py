"""The sample archive shows every finding that it promises (examples/README.md)."""

from pathlib import Path

import pytest

from tests.conftest import ROOT, rows, scan_archive

HERALD = "www.example-herald.example"
UPLOADS = f"{HERALD}/wp-content/uploads"
FIRE_WIRE = "wire/2024-02-27/nw-port-avel-fire.txt"
SECOND_LEAD = "wire/2024-02-28/nw-port-avel-2nd-lead.txt"
LANTERN_WIRE = "wire/2024-03-09/nw-port-avel-lanterns.txt"
FIRE_PAGE = f"{HERALD}/2024/02/port-avel-grain-terminal-fire.html"
LANTERN_PAGE = f"{HERALD}/2024/03/lantern-walk-returns.html"
PASS_PAGE = f"{HERALD}/2024/03/tessen-pass-closed.html"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    catalog = tmp_path_factory.mktemp("demo") / "catalog.db"
    scan_archive(catalog, ROOT / "examples/archive")
    return catalog


def repeats(demo: Path, kind: str) -> list[tuple[str, set[str]]]:
    """(beginning of the caption, pages) of each repeat of a kind."""
    found: dict[object, tuple[str, set[str]]] = {}
    sql = (
        "SELECT repeat_id, caption, locator FROM repeated_captions WHERE kind = ? ORDER BY repeat_id, locator"
    )
    for repeat_id, caption, locator in rows(demo, sql, kind):
        found.setdefault(repeat_id, (str(caption)[:20], set()))[1].add(str(locator))
    return list(found.values())


@pytest.mark.parametrize(
    ("kind", "caption", "pages"),
    [
        pytest.param("doubled", "Firefighters enter t", {FIRE_WIRE}, id="doubled-in-text"),
        pytest.param("doubled", "Columns of smoke ris", {FIRE_PAGE}, id="doubled-by-a-lightbox"),
        pytest.param("reused", "Columns of smoke ris", {FIRE_PAGE, LANTERN_PAGE}, id="reused"),
        pytest.param("edited", "Columns of smoke ris", {FIRE_WIRE, SECOND_LEAD}, id="edited"),
        pytest.param("extended", "Thousands carry pape", {LANTERN_WIRE, LANTERN_PAGE}, id="extended"),
        pytest.param("echoed", "Thousands carry pape", {LANTERN_PAGE}, id="echoed-in-a-page"),
        pytest.param("echoed", "Columns of smoke ris", {FIRE_WIRE}, id="echoed-in-text"),
        pytest.param("changed-fact", "Firefighters enter t", {FIRE_WIRE, SECOND_LEAD}, id="changed-fact"),
    ],
)
def test_repeats(demo: Path, kind: str, caption: str, pages: set[str]) -> None:
    assert any(found == caption and pages <= places for found, places in repeats(demo, kind))


def test_a_caption_that_says_only_file_photo_is_a_credit_and_never_grouped(demo: Path) -> None:
    found = rows(demo, "SELECT text FROM captions WHERE credit_line = 'File photo'")
    assert found == [("",)]
    assert rows(demo, "SELECT * FROM repeated_captions WHERE caption IN ('', 'File photo')") == []


def test_copies_with_the_same_bytes(demo: Path) -> None:
    found = rows(demo, "SELECT locator FROM duplicate_images WHERE kind = 'same-bytes' ORDER BY locator")
    assert found == [("wire/2024-03-09/photos/NW240309-0042.jpg",), (f"{UPLOADS}/2024/03/lantern-walk.jpg",)]


def test_the_smoke_picture_and_its_edits_are_one_group_and_the_next_frame_is_not_in_it(demo: Path) -> None:
    group = {
        row[0]
        for row in rows(
            demo,
            "SELECT locator FROM duplicate_images WHERE group_id = (SELECT group_id FROM duplicate_images"
            " WHERE locator LIKE '%NW240227-0118.jpg')",
        )
    }
    assert group == {
        "wire/2024-02-27/photos/NW240227-0118.jpg",
        f"{UPLOADS}/2024/02/port-avel-smoke.jpg",
        f"{UPLOADS}/2024/02/port-avel-smoke-768x512.jpg",
        "www.courrier-avel.example/images/2024/incendie-port-avel.jpg",
        "www.marrick-observer.example/photos/refinery-smoke.jpg",
    }


def test_the_copy_with_the_embedded_caption_is_kept(demo: Path) -> None:
    assert rows(
        demo, "SELECT reason FROM duplicate_images WHERE keeper = 1 AND locator LIKE '%NW240227-0118.jpg'"
    ) == [("keep: has an embedded caption",)]


def test_a_crop_is_part_of_its_picture_and_so_is_what_is_left_of_one_that_is_cut_short(demo: Path) -> None:
    found: dict[object, set[object]] = {}
    for group, locator in rows(demo, "SELECT group_id, locator FROM duplicate_images WHERE kind = 'part'"):
        found.setdefault(group, set()).add(locator)
    crop = {f"{UPLOADS}/2024/03/tessen-ridge.jpg", "www.brennicker-tagblatt.example/media/tessen-grat.jpg"}
    cut = {f"{UPLOADS}/2024/03/snow-road.webp", f"{UPLOADS}/2024/03/snow-road-1200.jpg"}
    assert sorted(found.values(), key=sorted) == sorted((crop, cut), key=sorted)
    kept = rows(demo, "SELECT locator FROM duplicate_images WHERE keeper = 1 AND locator LIKE '%snow-road%'")
    assert kept == [(f"{UPLOADS}/2024/03/snow-road.webp",)]


def test_the_caption_of_a_page_is_tied_to_the_picture_that_carries_it(demo: Path) -> None:
    found = rows(
        demo,
        "SELECT DISTINCT v.image_locator FROM page_captions v WHERE v.locator = ? AND caption LIKE 'Columns of smoke%'",
        FIRE_PAGE,
    )
    assert found == [(f"{UPLOADS}/2024/02/port-avel-smoke.jpg",)]


def test_conflicts_of_town_and_year(demo: Path) -> None:
    found = rows(demo, "SELECT group_id, locator FROM caption_conflicts WHERE grade = 'fact'")
    groups: dict[object, set[object]] = {}
    for group_id, locator in found:
        groups.setdefault(group_id, set()).add(locator)
    marrick = "www.marrick-observer.example/2021/10/refinery-fire.html"
    north = "www.brennicker-tagblatt.example/2024/03/10/nordlicht-ueber-kaldmoor.html"
    assert any({marrick, FIRE_PAGE} <= pages for pages in groups.values())
    assert any({north, PASS_PAGE} <= pages for pages in groups.values())


def test_what_lacks_its_other_half(demo: Path) -> None:
    assert [row[0] for row in rows(demo, "SELECT image_src FROM missing_images")] == [
        row[0]
        for row in rows(demo, "SELECT image_src FROM missing_images WHERE image_src LIKE '%plough-crew%'")
    ]
    orphans = rows(demo, "SELECT locator FROM orphan_captions WHERE image_src LIKE '%plough-crew%'")
    assert set(orphans) == {(PASS_PAGE,)}
    uncaptioned = {row[0] for row in rows(demo, "SELECT locator FROM uncaptioned_images")}
    assert {f"{UPLOADS}/2024/03/vessa-valley.jpg", f"{UPLOADS}/2024/02/port-avel-smoke-2.jpg"} <= uncaptioned


def test_the_only_problem_is_the_picture_that_is_cut_short(demo: Path) -> None:
    assert rows(demo, "SELECT locator, stage FROM problems") == [
        (f"{UPLOADS}/2024/03/snow-road-1200.jpg", "decode")
    ]


def test_the_page_that_lies_about_its_encoding_is_read_right(demo: Path) -> None:
    (body,) = rows(
        demo, "SELECT body FROM articles a JOIN records r ON r.id = a.record_id WHERE locator LIKE '%silos%'"
    )
    assert "é" in str(body[0])
    assert "\ufffd" not in str(body[0])


def test_captions_and_boilerplate_are_not_in_the_body(demo: Path) -> None:
    (found,) = rows(
        demo,
        "SELECT body FROM articles a JOIN records r ON r.id = a.record_id WHERE locator = ?",
        FIRE_WIRE,
    )
    lines = (ROOT / "examples/archive" / FIRE_WIRE).read_text(encoding="utf-8").splitlines()
    body = str(found[0])
    assert lines[0] not in body
    assert "Columns of smoke rise after" not in body
    assert lines[-1] not in body.splitlines()
    assert (
        sum(line in body for line in lines if len(line) > 100) >= len([x for x in lines if len(x) > 100]) - 2
    )
