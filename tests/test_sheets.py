"""What is handed on: contact sheets, lists of usage, a summary for a mail, columns under IPTC's names."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
import typer
from PIL import Image

from catalog.cli.export import SheetFormat, sheets_command
from catalog.decisions.captions import Choice, choose_caption
from catalog.errors import UsageError
from catalog.export import sheets_pdf
from catalog.export.sheets import PER_SHEET, list_frames
from catalog.store.catalogue import Catalogue
from media.pictures.metadata.weigh import read_metadata
from tests.conftest import Run, copy_catalogue, encode, make_photo, rows, scan_archive
from tests.containers import write
from tests.test_caption_desk import BAKERY, BOATS, STORY, first_question, write_photo

ARABIC = "رجال الإطفاء يكافحون الحريق في ميناء الإسكندرية"
LONG = "Fishermen unload their catch at the quay of Port Avel before dawn. " * 12


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty pictures: one in two sizes under two captions, one without any, one in Arabic, one told at length."""
    folder = tmp_path_factory.mktemp("sheets")
    archive = folder / "archive"
    write_photo(archive / "desk/boats.jpg", 1, BOATS, "2021:01:05 10:00:00")
    write(archive / "web/a.jpg", encode(make_photo(1), quality=85))
    write(archive / "web/wrong.html", STORY.format("Shops close", "a.jpg", BAKERY).encode())
    write(archive / "web/right.html", STORY.format("Harbour talks", "a.jpg", BOATS).encode())
    for number in range(2, 30):
        write(archive / f"web/p{number:02}.jpg", encode(make_photo(number)))
        said = {2: "", 3: ARABIC, 4: LONG, 5: '<b>"Quoted" & marked</b>'}.get(
            number, f"The harbour, view {number}."
        )
        if said:
            page = STORY.format(f"Story {number}", f"p{number:02}.jpg", said)
            write(archive / f"web/p{number:02}.html", page.encode())
    scan_archive(folder / "desk.db", archive)
    return folder / "desk.db"


def test_a_picture_stands_once_with_the_caption_that_was_chosen(scanned: Path, tmp_path: Path) -> None:
    catalogue = copy_catalogue(scanned, tmp_path / "copy.db")
    conflict, (_, wrong) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        frames = list(list_frames(opened))
        assert [frame.locator for frame in frames].count("desk/boats.jpg") == 1
        assert len(frames) == 29 and "web/a.jpg" not in {frame.locator for frame in frames}
        assert (frames[0].caption, frames[0].date, frames[0].more) == (BOATS, "2021-01-05", 1)
        assert [frame.locator for frame in frames if frame.caption is None] == ["web/p02.jpg"]
        choose_caption(opened, Choice(conflict, "edited", wrong, "Boats, as said", "AP"))
        first = next(iter(list_frames(opened)))
    assert (first.caption, first.credit, first.more) == ("Boats, as said", "AP", 0)


def test_html_sheets_are_pages_of_two_dozen(scanned: Path, tmp_path: Path, run: Run) -> None:
    done = run("export", "sheets", "-c", scanned, "-o", tmp_path / "sheets.html")
    assert done.returncode == 0 and "29 pictures on 2 sheets." in done.stderr
    text = (tmp_path / "sheets.html").read_text()
    assert [each.count("<li>") for each in text.split("<section")[1:]] == [PER_SHEET, 29 - PER_SHEET]
    assert text.count("data:image/jpeg;base64,") == 29
    assert (
        "&#34;Quoted&#34; &amp; marked" in text
        and "<script" not in text
        and "http" not in text.split("<body>")[1]
    )


def test_filters_leave_only_what_the_chosen_articles_show(scanned: Path, tmp_path: Path, run: Run) -> None:
    run("export", "sheets", "-c", scanned, "-o", tmp_path / "some.html", "--path", "*/p1*.html")
    text = (tmp_path / "some.html").read_text()
    assert set(re.findall(r"web/p\d\d\.jpg|desk/\w+\.jpg", text)) == {f"web/p{n}.jpg" for n in range(10, 20)}


def test_more_sheets_than_a_file_holds_need_a_number_in_its_name(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("catalog.export.sheets.MOST_SHEETS", 1)

    def export(name: str) -> int:
        with pytest.raises(typer.Exit) as end:
            sheets_command(scanned, SheetFormat.html, tmp_path / name)
        return int(end.value.exit_code)

    assert export("one.html") == 1 and "-o sheets-%03d.html" in capsys.readouterr().err
    assert export("part-%02d.html") == 0 and "29 pictures on 2 sheets." in capsys.readouterr().err
    parts = sorted(tmp_path.glob("part-*"))
    assert [(part.name, part.read_text().count("<li>")) for part in parts] == [
        ("part-01.html", PER_SHEET), ("part-02.html", 29 - PER_SHEET),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="write the number as in"):
        sheets_command(scanned, SheetFormat.html, tmp_path / "50%.html")


def test_pdf_sheets_hold_pictures_and_letters_of_every_script(
    scanned: Path, tmp_path: Path, run: Run
) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    pytest.importorskip("fpdf")
    done = run("export", "sheets", "-c", scanned, "--format", "pdf", "-o", tmp_path / "sheets.pdf")
    if done.returncode == 2 and "No font" in done.stderr:
        pytest.skip("no font on this machine")
    document = pdfium.PdfDocument((tmp_path / "sheets.pdf").read_bytes())
    assert len(document) == 2
    text = document[0].get_textpage().get_text_bounded()
    assert "fishermen in Port" in text and "desk/boats.jpg" in text and "No caption." in text
    assert "…" in text, "a long caption is cut"
    pictures = [each for each in document[0].get_objects() if each.type == 3]
    assert len(pictures) == PER_SHEET
    if done.returncode == 0:
        assert "?" not in text
    else:
        assert "No font here has" in done.stderr


def test_letters_that_no_font_has_are_said(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fpdf")
    latin = next((path for path in sheets_pdf._find_fonts() if path.name.startswith("Liberation")), None)
    if latin is None:
        pytest.skip("no font of few letters on this machine")
    monkeypatch.setattr(sheets_pdf, "_find_fonts", lambda: iter(()))
    place = tmp_path / "sheets.pdf"
    with Catalogue.read(scanned) as catalogue:
        frames = list(list_frames(catalogue))
    count, lacking = sheets_pdf.write_pdf_sheets(frames, place, "desk.db", [latin])
    assert count == 29 and set(lacking) == set(ARABIC) - {" "}
    for fonts, why in (([], "No font was found"), ([scanned], "is no font that can be used")):
        with pytest.raises(UsageError, match=why):
            sheets_pdf.write_pdf_sheets(frames, place, "desk.db", fonts)


def test_usage_lists_every_showing_with_its_caption_and_day(scanned: Path, run: Run) -> None:
    found = list(csv.DictReader(io.StringIO(run("report", "usage", "-c", scanned, "--format", "csv").stdout)))
    boats = [row for row in found if row["image_locator"] == "desk/boats.jpg"]
    assert sorted((row["locator"], row["caption"]) for row in boats) == [
        ("web/right.html", BOATS), ("web/wrong.html", BAKERY),
    ]  # fmt: skip
    assert len(found) == 2 + 27
    one = run(
        "report", "usage", "-c", scanned, "--format", "jsonl", "--path", "*wrong.html"
    ).stdout.splitlines()
    assert [len(json.loads(line)["members"]) for line in one] == [2]
    page = run("report", "usage", "-c", scanned, "--format", "html").stdout
    assert page.count("<img") == 28 and "bakery" in page
    assert "on 2 pages" in run("report", "usage", "-c", scanned).stdout


def test_the_summary_for_a_mail_is_plain_and_narrow(scanned: Path, run: Run) -> None:
    text = run("report", "--format", "text", "-c", scanned).stdout
    assert max(map(len, text.splitlines())) <= 76
    assert "\x1b" not in text and "\t" not in text
    assert (
        "It holds 29 articles, 30 pictures and 29 captions on pages, 1 in metadata, from 1 source."
        in " ".join(text.split())
    )
    assert re.search(r"^To look at\n  \d pictures? with captions that disagree", text, re.MULTILINE)
    listed = run("report", "conflicts", "--format", "text", "-c", scanned).stdout
    assert max(map(len, listed.splitlines())) <= 80 and "The captions disagree on a fact" in listed


def test_columns_under_the_names_of_iptc(tmp_path: Path, run: Run) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ilse Maren"
    data = io.BytesIO()
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Source="Northern Wire"'
        ' photoshop:Headline="Fire at the port" photoshop:Credit="NW" photoshop:City="Port Avel"'
        ' photoshop:Country="Kaldmoor"/></rdf:RDF></x:xmpmeta>'
    )
    make_photo(1).save(data, "JPEG", exif=exif, xmp=xmp.encode())
    write(tmp_path / "archive/a.jpg", data.getvalue())
    write(tmp_path / "archive/b.jpg", data.getvalue())
    write(tmp_path / "archive/a.html", STORY.format("Fire", "a.jpg", BOATS).encode())
    scan_archive(tmp_path / "a.db", tmp_path / "archive")
    said = {
        "image_headline": "Fire at the port", "creator": "Ilse Maren", "credit": "NW", "source": "Northern Wire",
        "city": "Port Avel", "country": "Kaldmoor",
    }  # fmt: skip
    assert rows(tmp_path / "a.db", "SELECT source FROM images") == [("Northern Wire",)]
    for command in (
        ("export", "pairs", "--format", "csv"), ("report", "images", "--iptc", "--format", "csv"),
        ("report", "usage", "--iptc", "--format", "csv"),
    ):  # fmt: skip
        row = next(csv.DictReader(io.StringIO(run(*command, "-c", tmp_path / "a.db").stdout)))
        assert {name: row[name] for name in said} == said
        assert {"description", "date_created", "keywords", "copyright"} <= set(row)
    refused = run("report", "articles", "--iptc", "--format", "csv", "-c", tmp_path / "a.db")
    assert refused.returncode == 2 and "--iptc is for pictures" in refused.stderr
    assert run("report", "images", "--iptc", "-c", tmp_path / "a.db").returncode == 2


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        pytest.param("NIKON CORPORATION", "NIKON Z 9", "NIKON Z 9", id="the-model-names-its-make"),
        pytest.param("FUJIFILM", "X-T4", "FUJIFILM X-T4", id="it-does-not"),
        pytest.param(None, "iPhone 12", "iPhone 12", id="no-make"),
        pytest.param("  ", "", None, id="nothing"),
    ],
)
def test_the_camera_is_told_once(make: str | None, model: str, camera: str | None) -> None:
    exif = Image.Exif()
    if make is not None:
        exif[0x010F] = make
    exif[0x0110] = model
    assert read_metadata(encode(make_photo(1), exif=exif)).metadata.camera == camera
