"""The caption desk: what speaks for a wording, what a choice settles, what is written beside pictures, and undone."""

import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from catalog.browse.desk import load_question, read_queue
from catalog.cleanup.apply import apply_cleanup
from catalog.cleanup.captions import name_sidecar, plan_captions
from catalog.cleanup.ledger import list_actions, read_cleanup
from catalog.cleanup.undo import undo_cleanup
from catalog.decisions.captions import Choice, choose_caption
from catalog.decisions.review import undo_last
from catalog.decisions.support import Told, day_of, is_before, weigh
from catalog.errors import UsageError
from catalog.export.pairs import export_pairs
from catalog.match.match import match_pending
from catalog.show.conflicts import CONFLICTS
from catalog.show.formats import FORMATS
from catalog.store.catalogue import Catalogue
from media.captions.key import caption_key
from media.matching.captions.difference import Wording
from media.pictures.metadata.weigh import read_metadata
from media.pictures.metadata.xmp_packet import PictureText, render_xmp
from tests.conftest import Run, copy_catalogue, make_photo, rows, scan_archive

BOATS = "Mara Ellison speaks to fishermen in Port Avel, Jan. 5, 2021."
BAKERY = "Tom Reddy walks past a shuttered bakery in Lowick, June 22, 2022."
STORY = (
    "<article><h1>{0}</h1><p>The council met on the matter for the third time this month, and went home late.</p>"
    "<figure><img src={1}><figcaption>{2}</figcaption></figure></article>"
)


def write_photo(path: Path, seed: int, caption: str, taken: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = caption
    exif.get_ifd(0x8769)[0x9003] = taken
    path.parent.mkdir(parents=True, exist_ok=True)
    make_photo(seed).save(path, "JPEG", quality=95, exif=exif)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photographs with captions inside; a page shows the first under the second's caption, one under its own."""
    folder = tmp_path_factory.mktemp("desk")
    archive = folder / "archive"
    write_photo(archive / "Desk/boats.jpg", 1, BOATS, "2021:01:05 10:00:00")
    write_photo(archive / "Desk/bakery.jpg", 2, BAKERY, "2022:06:22 10:00:00")
    (archive / "web").mkdir()
    make_photo(1).save(archive / "web/a.jpg", "JPEG", quality=85)
    (archive / "web/wrong.html").write_text(STORY.format("Shops close", "a.jpg", BAKERY))
    (archive / "web/right.html").write_text(STORY.format("Harbour talks", "a.jpg", BOATS))
    scan_archive(folder / "desk.db", archive)
    return folder / "desk.db"


@pytest.fixture
def catalogue(scanned: Path, tmp_path: Path) -> Path:
    return copy_catalogue(scanned, tmp_path / "copy.db")


def first_question(path: Path) -> tuple[int, list[int]]:
    """The first conflict, and its wordings in their order."""
    connection = sqlite3.connect(path)
    question = load_question(connection, read_queue(connection)[0].id)
    connection.close()
    assert question is not None
    return question.id, [version.caption_id for version in question.versions]


def test_the_original_leads_and_the_wrong_caption_says_why_it_is_wrong(catalogue: Path) -> None:
    connection = sqlite3.connect(catalogue)
    queue = read_queue(connection)
    question = load_question(connection, queue[0].id)
    connection.close()
    assert question is not None and queue[0].severity > 100
    assert [version.text for version in question.versions] == [BOATS, BAKERY]
    right, wrong = (version.support for version in question.versions)
    assert right.said_for == (
        "written into the original file",
        "shown by 1 source: web",
        "its date is when the picture was taken (2021-01-05)",
    )
    assert not right.said_against
    assert wrong.said_against[0] == "written into 1 file of another picture"
    assert wrong.said_against[1].startswith("other facts than the original file: ")


def test_a_choice_settles_reports_and_rescans_and_is_undone(catalogue: Path, scanned: Path) -> None:
    before = rows(catalogue, "SELECT grade, size, settled FROM caption_conflict_sets ORDER BY id")
    conflict, (right, _) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        step = choose_caption(opened, Choice(conflict, "chosen", right))
    assert rows(catalogue, "SELECT count(*) FROM caption_conflicts") == [(0,)], (
        "both conflicts were of that caption"
    )
    chosen = rows(
        catalogue,
        "SELECT r.locator, h.caption FROM chosen_captions h JOIN records r ON r.sha256 = h.image_sha256 ORDER BY 1",
    )
    assert ("Desk/boats.jpg", BOATS) in chosen and ("web/a.jpg", BOATS) in chosen
    scan_archive(catalogue, scanned.parent / "archive")
    with Catalogue.open(catalogue) as opened, opened.db.atomic():
        opened.db.execute("INSERT OR IGNORE INTO pending SELECT 'conflict', id FROM caption_conflict_sets")
    with Catalogue.open(catalogue) as opened:
        match_pending(opened)
    assert rows(catalogue, "SELECT count(*) FROM caption_conflicts") == [(0,)]
    with Catalogue.open(catalogue) as opened:
        undo_last(opened, step)
    assert rows(catalogue, "SELECT count(*) FROM caption_choices") == [(0,)]
    after = rows(catalogue, "SELECT grade, size, settled FROM caption_conflict_sets ORDER BY id")
    assert sorted(after) == sorted(before)


def test_a_wording_that_was_not_weighed_opens_the_conflict_again(
    catalogue: Path, scanned: Path, tmp_path: Path
) -> None:
    conflict, (right, _) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(opened, Choice(conflict, "chosen", right))
    later = tmp_path / "later"
    later.mkdir()
    (later / "a.jpg").write_bytes((scanned.parent / "archive/web/a.jpg").read_bytes())
    said = "Hugh Barlow leaves the courthouse in Kilnsea, Nov. 19, 2023."
    (later / "third.html").write_text(STORY.format("A verdict", "a.jpg", said))
    scan_archive(catalogue, later)
    assert rows(catalogue, f"SELECT count(*) FROM caption_conflicts WHERE caption = '{said}'") == [(1,)]


def test_an_edited_caption_replaces_a_chosen_one_and_gives_way_to_it_again(catalogue: Path) -> None:
    conflict, (right, wrong) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(opened, Choice(conflict, "chosen", wrong))
        step = choose_caption(opened, Choice(conflict, "edited", right, " Fishermen in Port Avel. ", "NW"))
        assert rows(catalogue, "SELECT DISTINCT caption, credit_line FROM chosen_captions") == [
            ("Fishermen in Port Avel.", "NW")
        ]
        undo_last(opened, step)
    assert rows(catalogue, "SELECT DISTINCT caption FROM chosen_captions") == [(BAKERY,)]


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param({"conflict_id": 10**9}, id="no-such-conflict"),
        pytest.param({"caption_id": 10**9}, id="no-such-caption"),
        pytest.param({"verdict": "edited", "text": "  "}, id="edited-to-nothing"),
        pytest.param({"verdict": "edited", "text": "x" * 10_001}, id="edited-too-long"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(catalogue: Path, choice: dict[str, object]) -> None:
    conflict, (right, _) = first_question(catalogue)
    said = {"conflict_id": conflict, "verdict": "chosen", "caption_id": right} | choice
    with Catalogue.open(catalogue) as opened, pytest.raises(UsageError):
        choose_caption(opened, Choice(**said))  # type: ignore[arg-type]
    assert rows(catalogue, "SELECT count(*) FROM caption_choices") == [(0,)]


def test_an_export_gives_the_chosen_caption_and_none_that_was_rejected(catalogue: Path) -> None:
    conflict, (right, _) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        before = {(pair.image_locator, pair.caption, pair.choice) for pair in export_pairs(opened)}
        assert ("Desk/boats.jpg", BAKERY, None) in before
        choose_caption(opened, Choice(conflict, "chosen", right))
        pairs = list(export_pairs(opened))
    of_boats = [pair for pair in pairs if pair.image_locator == "Desk/boats.jpg"]
    assert [(pair.caption, pair.choice, pair.date_created) for pair in of_boats] == [
        (BOATS, "chosen", "2021-01-05T10:00:00")
    ]
    assert of_boats[0].article_locator == "web/right.html"
    assert ("Desk/bakery.jpg", BAKERY, None) in {
        (pair.image_locator, pair.caption, pair.choice) for pair in pairs
    }


def test_json_lines_hold_the_objects_of_json(catalogue: Path) -> None:
    with Catalogue.read(catalogue) as opened:
        array, lines = io.StringIO(), io.StringIO()
        FORMATS["json"](opened, CONFLICTS, array, None)
        FORMATS["jsonl"](opened, CONFLICTS, lines, None)
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert found == json.loads(array.getvalue()) and len(found) == 2


def test_a_dismissed_conflict_chooses_nothing(catalogue: Path) -> None:
    conflict, _ = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(opened, Choice(conflict, "dismissed"))
    assert rows(catalogue, "SELECT * FROM chosen_captions") == []
    assert rows(catalogue, f"SELECT settled FROM caption_conflict_sets WHERE id = {conflict}") == [(1,)]


@pytest.mark.parametrize("naming", ["adobe", "digikam"])
def test_chosen_captions_are_written_beside_the_picture_and_taken_away_again(
    catalogue: Path, scanned: Path, naming: str
) -> None:
    archive = scanned.parent / "archive"
    before = {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    conflict, (right, _) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(
            opened, Choice(conflict, "edited", right, "Boats & <nets> of Port Avel", "Northern Wire")
        )
        plan = plan_captions(opened, naming, all_files=False)  # type: ignore[arg-type]
        assert {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()} == before
        names = [each.locator for each in list_actions(opened, plan.id, ["planned"], ["sidecar"])]
        assert names == [name_sidecar("Desk/boats.jpg", naming)]  # type: ignore[arg-type]
        result = apply_cleanup(opened, plan)
        assert (result.sidecars, result.skipped.count) == (1, 0)
    text = (archive / names[0]).read_text()
    assert "Boats &amp; &lt;nets&gt; of Port Avel" in text and "<photoshop:Credit>Northern Wire<" in text
    assert "<photoshop:DateCreated>2021-01-05T10:00:00<" in text
    with Catalogue.open(catalogue) as opened:
        undo_cleanup(opened, read_cleanup(opened, plan.id))
    assert {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()} == before


def test_a_sidecar_that_is_there_is_never_replaced(catalogue: Path, scanned: Path) -> None:
    there = scanned.parent / "archive/Desk/boats.jpg.xmp"
    there.write_text("<mine/>")
    try:
        conflict, (right, _) = first_question(catalogue)
        with Catalogue.open(catalogue) as opened:
            choose_caption(opened, Choice(conflict, "chosen", right))
            result = apply_cleanup(opened, plan_captions(opened, "digikam", all_files=False))
        assert result.sidecars == 0 and result.skipped.count == 1
        assert there.read_text() == "<mine/>"
    finally:
        there.unlink()


def test_copies_hold_the_chosen_caption_and_the_same_pixels_and_are_taken_away_again(
    catalogue: Path, scanned: Path, tmp_path: Path, run: Run
) -> None:
    archive = scanned.parent / "archive"
    before = {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    conflict, (right, _) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(opened, Choice(conflict, "edited", right, "Boats & nets, São Tomé", "Northern Wire"))
    write = ("captions", "write", "-c", catalogue, "--embed", "--to", tmp_path / "out/copies", "--all-files")
    assert not (tmp_path / "out").exists() and "Nothing was written" in run(*write).stderr
    done = run(*write, "--yes")
    assert done.returncode == 0 and "2 copies written, 0 skipped." in done.stdout
    copies = sorted(path for path in (tmp_path / "out").rglob("*.jpg"))
    assert [str(path.relative_to(tmp_path / "out/copies")) for path in copies] == [
        "Desk/boats.jpg",
        "web/a.jpg",
    ]
    for copy in copies:
        original = archive / copy.relative_to(tmp_path / "out/copies")
        said = read_metadata(copy.read_bytes()).metadata
        assert (said.caption, said.credit_line) == ("Boats & nets, São Tomé", "Northern Wire")
        assert said.created_at == read_metadata(original.read_bytes()).metadata.created_at
        assert Image.open(copy).tobytes() == Image.open(original).tobytes()
    copies[1].write_bytes(b"mine")
    assert run("cleanup", "undo", "-c", catalogue).returncode == 1, "what was changed since stays"
    assert list((tmp_path / "out").rglob("*.jpg")) == [copies[1]]
    assert {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()} == before


def test_copies_are_taken_away_with_their_folders(catalogue: Path, tmp_path: Path, run: Run) -> None:
    conflict, (right, _) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(opened, Choice(conflict, "chosen", right))
    (tmp_path / "out/mine").mkdir(parents=True)
    assert (
        run("captions", "write", "-c", catalogue, "--embed", "--to", tmp_path / "out", "-y").returncode == 0
    )
    assert run("cleanup", "undo", "-c", catalogue).returncode == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def test_pictures_that_get_no_copy_are_named(tmp_path: Path, run: Run) -> None:
    write_photo(tmp_path / "archive/boats.jpg", 1, BOATS, "2021:01:05 10:00:00")
    make_photo(1).save(tmp_path / "archive/web.webp", quality=90)
    with zipfile.ZipFile(tmp_path / "archive/old.zip", "w") as packed:
        packed.write(tmp_path / "archive/boats.jpg", "boats.jpg")
    (tmp_path / "archive/wrong.html").write_text(STORY.format("Shops close", "web.webp", BAKERY))
    scan_archive(tmp_path / "a.db", tmp_path / "archive")
    conflict, (right, _) = first_question(tmp_path / "a.db")
    with Catalogue.open(tmp_path / "a.db") as opened:
        choose_caption(opened, Choice(conflict, "chosen", right))
    write = (
        "captions",
        "write",
        "-c",
        tmp_path / "a.db",
        "--embed",
        "--to",
        tmp_path / "out",
        "--all-files",
        "-y",
    )
    done = run(*write)
    assert done.returncode == 1 and "1 copy written, 2 skipped." in done.stdout
    assert "left out: web.webp: captions are not put into WEBP pictures" in done.stderr
    assert "left out: old.zip!boats.jpg: it is in a container or an object store" in done.stderr
    assert "skipped boats.jpg: a file with this name exists already" in run(*write).stderr
    (tmp_path / "archive/boats.jpg").write_bytes(b"changed since")
    done = run(*write[:6], tmp_path / "other", *write[7:])
    assert "skipped boats.jpg: its bytes have changed since it was read" in done.stderr
    for half in (("--embed",), ("--to", tmp_path / "out")):
        assert run("captions", "write", "-c", tmp_path / "a.db", *half).returncode == 2


@pytest.mark.parametrize("folder", ["archive", "archive/Desk/new", ""])
def test_no_copies_are_made_in_or_around_an_archive(
    catalogue: Path, scanned: Path, run: Run, folder: str
) -> None:
    conflict, (right, _) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(opened, Choice(conflict, "chosen", right))
    done = run("captions", "write", "-c", catalogue, "--embed", "--to", scanned.parent / folder, "--yes")
    assert done.returncode == 2 and "one inside the other" in done.stderr
    assert not (scanned.parent / "archive/Desk/new").exists()


def test_without_a_choice_there_is_nothing_to_write(catalogue: Path) -> None:
    with Catalogue.open(catalogue) as opened, pytest.raises(UsageError, match="No caption was chosen yet"):
        plan_captions(opened, "adobe", all_files=False)


def test_fields_stand_where_others_look_for_them() -> None:
    said = PictureText("D", "H", "C", "K", "R", "2021-01-05", "Avel", "Nordland", ("a", "b"))
    text = render_xmp(said)
    for name in ("dc:description", "dc:rights", "dc:creator", "dc:subject"):
        assert f"<{name}>" in text
    for name, value in (("Headline", "H"), ("Credit", "K"), ("City", "Avel"), ("Country", "Nordland")):
        assert f"<photoshop:{name}>{value}</photoshop:{name}>" in text
    assert "<dc:rights>" not in render_xmp(PictureText("D"))


def told(text: str, **said: object) -> Told:
    given = {
        "in_original": False, "files": 0, "beside": 0, "sources": frozenset(), "published_at": None, "elsewhere": 0,
    }  # fmt: skip
    return Told(Wording(caption_key(text), text, str(said.pop("credit", "")) or None), **(given | said))  # type: ignore[arg-type]


def test_what_pages_agree_on_does_not_outweigh_the_original() -> None:
    pages = told(BAKERY, sources=frozenset("abcdefg"), credit="Reuters")
    support = weigh([pages, told(BOATS, in_original=True, files=1)], "2021-01-05T10:00:00")
    assert support[1].score > support[0].score
    assert "credited to an agency: Reuters" in support[0].said_for


def test_a_date_after_publication_speaks_against_a_caption() -> None:
    (support,) = weigh([told(BAKERY, published_at="2022-06-01", sources=frozenset(["a"]))], None)
    assert support.said_against == ("its date, 2022-06-22, is after it was published (2022-06-01)",)
    (support,) = weigh([told(BAKERY, published_at="2022-06-22T05:00:00Z", sources=frozenset(["a"]))], None)
    assert not support.said_against


@pytest.mark.parametrize(
    ("date", "taken", "before"),
    [
        pytest.param("2020-01-05", "2021-01-05T10:00:00", True, id="a-year-mistyped"),
        pytest.param("2021-01-05", "2021-01-05T10:00:00", False, id="that-day"),
        pytest.param("2021-01-06", "2021-01-05", False, id="later"),
        pytest.param("1989-11-09", "2019-11-09", False, id="an-anniversary"),
        pytest.param(None, "2019-11-09", False, id="no-date"),
        pytest.param("2020-01-05", None, False, id="not-known-when"),
        pytest.param("2020-01-05", "0000-00-00", False, id="no-day"),
    ],
)
def test_a_day_shortly_before_the_picture_was_taken_is_wrong(
    date: str | None, taken: str | None, before: bool
) -> None:
    assert is_before(date, taken) is before


def test_only_one_whole_day_is_the_day_of_a_caption() -> None:
    assert day_of(BOATS) == "2021-01-05"
    assert day_of("The wall on Nov. 9, 1989, and on Nov. 9, 2019.") is None
    assert day_of("The wall in 1989.") is None
