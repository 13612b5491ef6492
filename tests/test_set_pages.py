"""Pages that are set: PDF and ALTO, their captions below pictures, and documents that are damaged or hostile."""

import io
import random
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from media.archives.container import Damage, Member, Span
from media.articles.alto import read_alto
from media.articles.article import Article, Hints
from media.articles.layout import Box, Line, Set, SetPage, read_pages
from media.errors import ArticleError, MissingError, ReadError
from tests.conftest import encode, make_photo, rows, scan_archive
from tests.pdfs import Shown, Text, make_pdf

BODY = (
    "The crane stood still all week, and nobody could say when it would",
    "move again. On Friday the harbour master walked out to it with the",
    "keys in his hand and came back without them, said two who saw him.",
)
CAPTION = "A crane lowers a block at Port Avel on Monday."


def text(top: float, *lines: str, size: float = 10, font: str = "R", left: float = 50) -> list[Text]:
    return [(left, top + number * size * 1.2, size, font, line) for number, line in enumerate(lines)]


def page(below: list[Text], *more: Text) -> list[Text]:
    """Set a headline, a byline, a paragraph, room for a picture from 150 to 300, what is below, a paragraph."""
    return [
        *text(40, "Harbour reopens", size=22, font="B"),
        *text(75, "By Ana Ruiz"),
        *text(100, *BODY),
        *below,
        *text(380, *BODY),
        *more,
    ]


PHOTO: Shown = (50, 150, 200, 150, make_photo(1), "jpeg")


def test_a_caption_set_smaller_is_tied_to_the_picture_above(archive: Path, catalog_path: Path) -> None:
    pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (extra: pdf)")
    below = text(304, "A crane lowers a block at Port Avel on", "Monday. Ana Ruiz/Reuters", size=8)
    (archive / "page.pdf").write_bytes(make_pdf([(page(below), [PHOTO])]))
    (archive / "crane.jpg").write_bytes(encode(make_photo(1)))
    scan_archive(catalog_path, archive)
    paragraph = " ".join(BODY)
    assert rows(catalog_path, "SELECT headline, byline, body FROM articles") == [
        ("Harbour reopens", "By Ana Ruiz", f"{paragraph}\n{paragraph}")
    ]
    assert rows(
        catalog_path, "SELECT caption, credit_line, image_src, origin, confidence FROM page_captions"
    ) == [(CAPTION, "Ana Ruiz/Reuters", "page-1/picture-1.jpg", "near-image", 0.9)]
    assert rows(catalog_path, "SELECT kind, size FROM image_groups") == [("same-bytes", 2)]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        pytest.param(text(304, CAPTION, font="I"), CAPTION, id="italics"),
        pytest.param(text(304, CAPTION), CAPTION, id="set-like-the-text-with-room-below"),
        pytest.param(
            [*text(304, CAPTION, size=8), *text(314.5, "Second line of it.", size=8)],
            CAPTION + " Second line of it.",
            id="two-lines",
        ),
        pytest.param(text(345, CAPTION, size=8), None, id="too-far-below"),
        pytest.param(text(304, CAPTION, size=8, left=300), None, id="beside"),
        pytest.param(text(304, "Harbour closes again", size=16, font="B"), None, id="a-headline"),
        pytest.param(text(304, *BODY, *BODY, *BODY), None, id="a-long-paragraph"),
        pytest.param(text(286, CAPTION, size=8, left=258), CAPTION, id="smaller-at-its-foot-beside-it"),
        pytest.param(text(150, CAPTION, font="I", left=258), CAPTION, id="italics-at-its-head-beside-it"),
        pytest.param(text(286, CAPTION, left=258), None, id="beside-it-and-set-like-the-text"),
        pytest.param(
            text(278, "A crane lowers a block", "at Port Avel on Monday.", left=258),
            CAPTION,
            id="beside-it-in-short-lines",
        ),
        pytest.param(text(290, "It rained.", left=258), None, id="one-short-line-beside-it"),
        pytest.param(
            [*text(286, CAPTION, size=8, left=258), *text(304, "It rained all week.")],
            CAPTION,
            id="text-below-beside-it",
        ),
        pytest.param(text(210, CAPTION, size=8, left=258), None, id="beside-its-middle"),
        pytest.param(text(286, CAPTION, size=8, left=300), None, id="far-beside-it"),
        pytest.param(text(139, CAPTION, size=8), CAPTION, id="smaller-above-it"),
        pytest.param(text(139, CAPTION, font="B"), None, id="a-heading-above-it"),
        pytest.param(
            [*text(139, CAPTION, size=8), *text(286, "Another one.", size=8, left=258)],
            None,
            id="two-that-could-be-it",
        ),
        pytest.param([], None, id="nothing"),
    ],
)
def test_what_is_below_a_picture_or_beside_it_is_its_caption_where_it_is_set_so(
    below: list[Text], expected: str | None
) -> None:
    lines = [
        Line(Box(left, top, left + 4.7 * len(words) * size / 10, top + size), words, size, look(font))
        for left, top, size, font, words in page(below)
    ]
    shown = Set(Box(50, 150, 250, 300), "a.jpg")
    article = read_pages([SetPage(600, 800, lines, [shown])])
    assert [each.caption.text if each.caption else None for each in article.placements] == [expected]
    assert article.headline == "Harbour reopens"
    assert (CAPTION in article.body) == (expected is None and any(CAPTION in each for each in below))
    assert article.placements[0].evidence["box"] == [0.083, 0.188, 0.417, 0.375]


def look(font: str) -> str:
    return {"R": "", "B": "b", "I": "i"}[font]


def test_words_that_are_parted_at_a_lines_end_are_put_together_and_pages_numbers_left() -> None:
    lines = [
        Line(Box(50, 10, 90, 18), "Port Avel Herald", 8),
        Line(Box(50, 100, 350, 110), "The har-", 10),
        Line(Box(50, 112, 350, 122), "bour of Port", 10),
        Line(Box(50, 124, 350, 134), "Avel re\u00ad", 10),
        Line(Box(50, 136, 350, 146), "opens and", 10),
        Line(Box(300, 785, 310, 793), "7", 8),
    ]
    more = [
        Line(Box(50, 10, 90, 18), "Port Avel Herald", 8),
        Line(Box(50, 100, 350, 110), "stays open.", 10),
        Line(Box(300, 785, 310, 793), "8", 8),
    ]
    article = read_pages([SetPage(600, 800, lines), SetPage(600, 800, more)])
    assert article.body == "The harbour of Port Avel reopens and stays open."


def test_a_picture_that_is_the_page_has_no_caption() -> None:
    lines = [Line(Box(50, 100, 350, 110), "Words of it.", 10), Line(Box(50, 760, 300, 768), "A line.", 8)]
    article = read_pages([SetPage(600, 800, lines, [Set(Box(0, 0, 600, 755), "scan.jpg")])])
    assert [each.caption for each in article.placements] == [None]
    assert article.body == "Words of it.\nA line."


def containers(data: bytes) -> "Pdf":  # noqa: F821
    pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (extra: pdf)")
    from media.archives.pdf import Pdf

    return Pdf(io.BytesIO(data), "a.pdf")


def members(data: bytes) -> list[Member | Damage]:
    container = containers(data)
    return [each for span in container.spans() if isinstance(span, Span) for each in container.members(span)]


def test_a_long_document_is_an_article_a_page_in_spans_and_a_short_one_is_one() -> None:
    one = (text(100, *BODY), [])
    long, short = make_pdf([one] * 40), make_pdf([one] * 3)
    assert [each.locator for each in members(short)] == ["a.pdf!text"]
    assert [each.locator for each in members(long)] == [f"a.pdf!page-{number}" for number in range(1, 41)]
    assert [(each.start, each.end) for each in containers(long).spans()] == [(0, 16), (16, 32), (32, 40)]
    with containers(long).open("!page-40") as member:
        assert b"harbour master" in member.stream.read()
    for inner in ("!page-41", "!text/picture-1.jpg", "!page-1/picture-1.jpg", "#7", "!page-0"):
        with pytest.raises(MissingError), containers(long).open(inner):
            pass


def test_pictures_that_are_not_stored_as_jpeg_are_given_as_png_and_ornaments_are_left() -> None:
    shown: list[Shown] = [
        (50, 100, 100, 80, make_photo(1), "plain"),
        (50, 300, 100, 80, make_photo(2), "jpeg"),
        (50, 500, 10, 8, make_photo(3, (20, 16)), "plain"),
    ]
    data = make_pdf([([], shown)])
    found = [each for each in members(data) if isinstance(each, Member)]
    assert [each.locator for each in found[1:]] == [
        "a.pdf!page-1/picture-1.png",
        "a.pdf!page-1/picture-2.jpg",
    ]
    assert found[2].stream.read() == encode(make_photo(2))
    with containers(data).open("!page-1/picture-1.png") as member:
        assert member.stream.read().startswith(b"\x89PNG")


def test_without_its_extra_a_pdf_is_counted_with_what_to_install(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "a.pdf").write_bytes(make_pdf([(text(100, *BODY), [])]))
    find = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("media.formats.find_spec", lambda name: None if name == "pypdfium2" else find(name))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT reason, count, remedy FROM problems") == [
        ("1 PDF document: not read", 1, "Run: pip install 'cutline[pdf]'. Then scan again.")
    ]
    monkeypatch.undo()
    pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (extra: pdf)")
    assert scan_archive(catalog_path, archive).problems == 0
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(1,)]


# --- Damage, and hostility


def test_a_document_that_is_none_is_named(archive: Path, catalog_path: Path) -> None:
    pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (extra: pdf)")
    (archive / "rubbish.pdf").write_bytes(b"%PDF-1.4\nrubbish")
    lost = make_pdf([(text(100, *BODY), [])]).replace(b"startxref\n", b"startxref\n9")
    (archive / "lost.pdf").write_bytes(lost)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT locator, stage FROM problems") == [("rubbish.pdf", "read")]
    assert rows(catalog_path, "SELECT body FROM articles") == [(" ".join(BODY),)], (
        "without the place of its table"
    )


def test_documents_that_are_damaged_are_read_or_named() -> None:
    data = make_pdf([(page(text(304, CAPTION, size=8)), [PHOTO])] * 2)
    draw = random.Random(17)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(draw.randint(1, 12)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        try:
            for each in members(bytes(broken[: draw.choice((None, draw.randrange(len(broken))))])):
                if isinstance(each, Member):
                    each.stream.read()
        except ReadError:
            continue


def test_a_locked_document_is_named() -> None:
    data = make_pdf([(text(100, *BODY), [])])
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O(" + b"x" * 32 + b")/U(" + b"y" * 32 + b")/P -4>>/ID[(a)(a)]"
    with pytest.raises(ReadError, match="locked by a password"):
        members(data.replace(b"trailer<<", b"trailer<<" + lock))


def test_many_pictures_lines_and_pages_are_bounded() -> None:
    small: Shown = (0, 0, 50, 40, make_photo(1, (48, 40)), "jpeg")
    data = make_pdf([(text(100, *BODY), [small] * 400)])
    assert len(members(data)) == 301
    lines = [Line(Box(0, number, 10, number + 1), "x", 1.0) for number in range(30_000)]
    pictures = [Set(Box(100, 100, 300, 300), "a")] * 3_000
    assert len(read_pages([SetPage(600, 800, lines, pictures)]).placements) == 500


# --- ALTO


def alto(blocks: str, head: str = "") -> Article:
    data = (
        f'<alto xmlns="http://www.loc.gov/standards/alto/ns-v3#">{head}<Layout><Page WIDTH="2000" HEIGHT="3000">'
        f'<TopMargin><TextBlock><TextLine HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"><String CONTENT="Herald"/></TextLine>'
        f"</TextBlock></TopMargin><PrintSpace>{blocks}</PrintSpace></Page></Layout></alto>"
    )
    found = list(read_alto(data.encode(), Hints("0007.xml")))
    assert len(found) == 1 and isinstance(found[0], Article)
    return found[0]


def block(top: int, *lines: str, height: int = 40, style: str = "") -> str:
    written = ""
    for number, line in enumerate(lines):
        words = "<SP/>".join(f"<String CONTENT={quoteattr(word)}/>" for word in line.split())
        words = words.replace('-"/>', '"/><HYP CONTENT="-"/>')
        place = f'HPOS="200" VPOS="{top + number * 50}" WIDTH="900" HEIGHT="{height}"'
        written += f"<TextLine {place}>{words}</TextLine>"
    return f'<TextBlock STYLEREFS="{style}">{written}</TextBlock>'


ILLUSTRATION = '<Illustration HPOS="200" VPOS="500" WIDTH="900" HEIGHT="600"/>'
STYLES = (
    "<Description><sourceImageInformation><fileName>scans\\0007.tif</fileName></sourceImageInformation></Description>"
    '<Styles><TextStyle ID="T1" FONTSIZE="10"/><TextStyle ID="T2" FONTSIZE="8"/><TextStyle ID="T3" FONTSIZE="24"/>'
    "</Styles>"
)


@pytest.mark.parametrize("has_styles", [True, False])
def test_the_blocks_of_a_scanned_page_and_the_caption_below_its_illustration(has_styles: bool) -> None:
    sizes = {"T1": 40, "T2": 30, "T3": 90}
    blocks = (
        block(100, "Harbour reopens", height=90, style="T3")
        + block(250, "The crane stood still all har-", "bour week.", style="T1")
        + ILLUSTRATION
        + block(1110, CAPTION, height=sizes["T2"], style="T2")
        + block(1300, "On Friday it moved.", "And on Saturday too.", style="T1")
    )
    article = alto(blocks, STYLES if has_styles else "")
    assert article.headline == "Harbour reopens"
    assert article.body == "The crane stood still all harbour week.\nOn Friday it moved. And on Saturday too."
    (shown,) = article.placements
    assert shown.caption is not None and shown.caption.text == CAPTION
    assert shown.image_src == ("0007.tif" if has_styles else "0007.jpg")
    assert shown.evidence["box"] == [0.1, 0.167, 0.55, 0.367]


def test_a_scanned_page_is_tied_to_the_file_beside_it(archive: Path, catalog_path: Path) -> None:
    blocks = block(250, "The crane stood still all week.") + ILLUSTRATION + block(1110, CAPTION, height=30)
    page_xml = f'<alto><Layout><Page WIDTH="2000" HEIGHT="3000">{blocks}</Page></Layout></alto>'
    (archive / "0007.xml").write_text(page_xml)
    (archive / "0007.png").write_bytes(encode(make_photo(1), "PNG"))
    (archive / "mets.xml").write_text("<mets:mets xmlns:mets='http://www.loc.gov/METS/'/>")
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT caption, image_locator FROM page_captions") == [(CAPTION, "0007.png")]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


def test_a_damaged_scan_gives_what_is_there() -> None:
    whole = f"<alto><Layout><Page>{block(250, 'The crane stood still.')}"
    for data in (
        whole.encode(),
        whole.replace("250", "x").encode(),
        whole.replace("200", "9" * 400).encode(),
    ):
        (found,) = read_alto(data, Hints("a.xml"))
        assert isinstance(found, Article) and found.body == "The crane stood still."
    with pytest.raises(ArticleError):
        list(read_alto(b"\0", Hints("a.xml")))
    assert list(read_alto(b"<alto/>", Hints("a.xml"))) == []
