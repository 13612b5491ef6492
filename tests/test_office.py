"""Documents of word processors (DOCX, ODT): articles, captions, pictures, and what is damaged or hostile."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from media.archives.container import Member, Span
from media.archives.office import OpenDocument, WordDocument
from media.archives.wacz import open_zip
from media.articles.article import Article, Hints
from media.articles.office.opendocument import read_opendocument
from media.articles.office.word import read_word
from media.decoding.parts import join_parts, split_parts
from media.errors import ArticleError
from tests.conftest import encode, make_photo, rows, scan_archive

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TEXT = (
    "The crane stood still all week, and nobody could say when it would move again.",
    "On Friday the harbour master walked out to it with the keys in his hand.",
)
CAPTION = "A crane lowers a block at Port Avel on Monday."


def paragraph(inner: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{inner}</w:p>"


def run(text: str, properties: str = "") -> str:
    told = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{told}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def picture(number: str = "rId5", kind: str = "inline") -> str:
    return (
        f'<w:r><w:drawing><wp:{kind}><wp:docPr id="1" name="x" descr="A crane"/><a:graphic><pic:pic>'
        f'<a:blip r:embed="{number}"/></pic:pic></a:graphic></wp:{kind}></w:drawing></w:r>'
    )


def word(*paragraphs: str) -> bytes:
    spaces = f'xmlns:w="{W}" xmlns:r="{R}" xmlns:wp="x:wp" xmlns:a="x:a" xmlns:pic="x:pic" xmlns:mc="x:mc"'
    return f"<w:document {spaces}><w:body>{''.join(paragraphs)}</w:body></w:document>".encode()


RELATIONS = (
    b"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
    b"<Relationship Id='rId5' Type='http://x/image' Target='media/image1.jpeg'/>"
    b"<Relationship Id='rId6' Type='http://x/image' Target='/word/media/image2.jpeg'/>"
    b"<Relationship Id='rId7' Type='http://x/image' Target='https://n.example/c.jpg' TargetMode='External'/>"
    b"<Relationship Id='rId8' Type='http://x/hyperlink' Target='https://n.example/'/></Relationships>"
)
STYLES = (
    f"<w:styles xmlns:w='{W}'><w:style w:type='paragraph' w:styleId='Beschriftung'><w:name w:val='caption'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='Unter'><w:name w:val='Mine'/><w:basedOn w:val='Beschriftung'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='Round'><w:name w:val='A'/><w:basedOn w:val='Round'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='Titel'><w:name w:val='Title'/></w:style></w:styles>"
).encode()


def package(document: bytes, **more: bytes) -> bytes:
    members = {
        "[Content_Types].xml": b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
        "word/document.xml": document,
        "word/_rels/document.xml.rels": RELATIONS,
        "word/styles.xml": STYLES,
        "docProps/thumbnail.jpeg": encode(make_photo(9)),
        "word/media/image1.jpeg": encode(make_photo(1)),
        **more,
    }
    return zipped(members)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def read(*paragraphs: str) -> Article:
    parts = {
        "word/document.xml": word(*paragraphs),
        "word/_rels/document.xml.rels": RELATIONS,
        "word/styles.xml": STYLES,
    }
    return read_word(join_parts(parts), Hints())


def shown(article: Article) -> list[tuple[str | None, str | None]]:
    return [(each.image_src, each.caption.text if each.caption else None) for each in article.placements]


BODY = tuple(paragraph(run(text)) for text in TEXT)


def test_a_documents_article_its_caption_and_its_picture_are_tied(archive: Path, catalog_path: Path) -> None:
    paragraphs = [
        paragraph(run("Harbour reopens"), "Titel"),
        paragraph(run("By Ana Ruiz")),
        BODY[0],
        paragraph(picture()),
        paragraph(run(CAPTION + " Ana Ruiz/Reuters"), "Beschriftung"),
        BODY[1],
    ]
    (archive / "story.docx").write_bytes(package(word(*paragraphs)))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT headline, byline, body FROM articles") == [
        ("Harbour reopens", "By Ana Ruiz", "\n".join(TEXT))
    ]
    assert rows(catalog_path, "SELECT locator, caption, credit_line, image_locator FROM page_captions") == [
        ("story.docx!word/document.xml", CAPTION, "Ana Ruiz/Reuters", "story.docx!word/media/image1.jpeg")
    ]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]
    assert rows(catalog_path, "SELECT count(*) FROM images") == [(1,)], (
        "the preview of its first page is none"
    )
    kind = "SELECT media_type FROM records WHERE locator = 'story.docx'"
    assert rows(catalog_path, kind) == [(WordDocument.media_type,)]


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        pytest.param(
            [BODY[0], paragraph(picture()), paragraph(run(CAPTION), "Unter"), BODY[1]],
            [("media/image1.jpeg", CAPTION)],
            id="style-based-on-caption",
        ),
        pytest.param(
            [BODY[0], paragraph(run(CAPTION), "Caption"), paragraph(picture()), BODY[1]],
            [("media/image1.jpeg", CAPTION)],
            id="caption-above",
        ),
        pytest.param(
            [BODY[0], paragraph(picture() + run(CAPTION)), BODY[1]],
            [("media/image1.jpeg", CAPTION)],
            id="in-the-pictures-paragraph",
        ),
        pytest.param(
            [BODY[0], paragraph(picture("rId5", "anchor") + run(TEXT[1]))],
            [("media/image1.jpeg", "A crane")],
            id="a-picture-aside-has-only-its-alt-text",
        ),
        pytest.param(
            [
                BODY[0],
                paragraph(
                    "<w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:anchor><w:txbxContent>"
                    + paragraph(picture())
                    + paragraph(run(CAPTION), "Caption")
                    + "</w:txbxContent></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
                    + paragraph(run(CAPTION), "Caption")
                    + "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
                ),
                BODY[1],
            ],
            [("media/image1.jpeg", CAPTION)],
            id="text-box-once",
        ),
        pytest.param(
            [
                BODY[0],
                "<w:tbl><w:tr><w:tc>"
                + paragraph(picture())
                + "</w:tc></w:tr><w:tr><w:tc>"
                + paragraph(run(CAPTION), "Caption")
                + "</w:tc></w:tr></w:tbl>",
                BODY[1],
            ],
            [("media/image1.jpeg", CAPTION)],
            id="in-a-table",
        ),
        pytest.param(
            [BODY[0], paragraph(picture("rId6")), paragraph(run(CAPTION), "Caption")],
            [("media/image2.jpeg", CAPTION)],
            id="absolute-target",
        ),
        pytest.param(
            [BODY[0], paragraph(picture("rId7")), paragraph(run(CAPTION), "Caption")],
            [("https://n.example/c.jpg", CAPTION)],
            id="linked-picture",
        ),
        pytest.param([BODY[0], paragraph(picture("rId8"))], [], id="no-picture-behind-the-number"),
    ],
)
def test_captions_of_word_are_found_where_people_put_them(
    paragraphs: list[str], expected: list[tuple[str | None, str | None]]
) -> None:
    assert shown(read(*paragraphs)) == expected


def test_deleted_and_hidden_words_and_codes_of_fields_are_no_text() -> None:
    inner = (
        run("The crane ")
        + "<w:del>"
        + "<w:r><w:delText>never </w:delText></w:r></w:del>"
        + "<w:ins>"
        + run("now ")
        + "</w:ins>"
        + "<w:r><w:fldChar/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>"
        + run("secretly ", "<w:vanish/>")
        + run("stands", '<w:vanish w:val="0"/>')
        + "<w:r><w:tab/><w:footnoteReference/></w:r>"
        + run("still.")
    )
    assert read(paragraph(inner)).body == "The crane now stands still."


def test_a_first_line_that_is_no_sentence_is_the_headline_and_a_sentence_is_not() -> None:
    assert read(paragraph(run("Harbour reopens")), *BODY).headline == "Harbour reopens"
    assert read(*BODY).headline is None
    assert read(*BODY).body == "\n".join(TEXT)


def test_two_paragraphs_under_two_pictures_keep_their_own() -> None:
    paragraphs = [
        BODY[0],
        paragraph(picture()), paragraph(run(CAPTION), "Caption"),
        paragraph(picture("rId6")), paragraph(run("A ferry in fog."), "Caption"),
    ]  # fmt: skip
    assert shown(read(*paragraphs)) == [
        ("media/image1.jpeg", CAPTION),
        ("media/image2.jpeg", "A ferry in fog."),
    ]


OPEN = (
    '<office:document-content xmlns:office="o" xmlns:text="t" xmlns:draw="d" xmlns:svg="s" xmlns:xlink="l"'
    ' xmlns:style="y" xmlns:fo="f"><office:automatic-styles><style:style style:name="P1"'
    ' style:parent-style-name="Illustration"/></office:automatic-styles><office:body><office:text>{}'
    "</office:text></office:body></office:document-content>"
)
FRAME = (
    '<draw:frame text:anchor-type="as-char"><draw:image xlink:href="Pictures/a.jpg"/><svg:desc>A crane</svg:desc>'
    "</draw:frame>"
)


def open_text(inner: str) -> Article:
    return read_opendocument(join_parts({"content.xml": OPEN.format(inner).encode()}), Hints())


def test_an_opendocument_text_with_a_caption_in_a_frame() -> None:
    article = open_text(
        '<text:h text:outline-level="1">Harbour<text:s text:c="1"/>reopens</text:h><text:p>By Ana Ruiz</text:p>'
        f"<text:p>{TEXT[0]}<text:note><text:p>A note.</text:p></text:note></text:p>"
        '<text:p><draw:frame text:anchor-type="paragraph"><draw:text-box><text:p text:style-name="P1">'
        f"{FRAME}{CAPTION}</text:p></draw:text-box></draw:frame></text:p><text:p>{TEXT[1]}</text:p>"
    )
    assert (article.headline, article.byline) == ("Harbour reopens", "By Ana Ruiz")
    assert article.body == "\n".join(TEXT)
    assert shown(article) == [("Pictures/a.jpg", CAPTION)]


def test_an_opendocument_package_is_read_with_its_pictures(archive: Path, catalog_path: Path) -> None:
    inner = (
        f"<text:p>{TEXT[0]}</text:p><text:p>{FRAME}</text:p><text:p text:style-name='P1'>{CAPTION}</text:p>"
    )
    members = {
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "content.xml": OPEN.format(inner).encode(),
        "Pictures/a.jpg": encode(make_photo(2)),
        "Thumbnails/thumbnail.png": encode(make_photo(3), "PNG"),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in members.items():
            package.writestr(name, data)
    (archive / "story.odt").write_bytes(out.getvalue())
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT caption, image_locator FROM page_captions") == [
        (CAPTION, "story.odt!Pictures/a.jpg")
    ]
    assert rows(catalog_path, "SELECT media_type FROM records WHERE locator = 'story.odt'") == [
        (OpenDocument.media_type,)
    ]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not installed")
@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_what_pandoc_writes_is_read(archive: Path, catalog_path: Path, kind: str) -> None:
    (archive / "a.jpg").write_bytes(encode(make_photo(1)))
    figure = f'<figure><img src="a.jpg"><figcaption>{CAPTION}</figcaption></figure>'
    page = f"<h1>Harbour reopens</h1><p>{TEXT[0]}</p>{figure}<p>{TEXT[1]}</p>"
    command = ["pandoc", "-f", "html", "-o", f"story.{kind}"]
    subprocess.run(command, input=page, text=True, check=True, cwd=archive, capture_output=True)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT headline, body FROM articles") == [("Harbour reopens", "\n".join(TEXT))]
    assert rows(catalog_path, "SELECT caption, size FROM page_captions JOIN image_groups") == [(CAPTION, 2)]


# --- Damage, and hostility


def test_a_document_in_another_zip_is_opened_and_a_damaged_part_costs_only_what_it_says(
    archive: Path, catalog_path: Path
) -> None:
    data = package(word(BODY[0], paragraph(picture()), paragraph(run(CAPTION), "Caption")), **{
        "word/styles.xml": b"<w:styles", "docProps/core.xml": b"\xff\xfe<",
    })  # fmt: skip
    (archive / "desk.zip").write_bytes(zipped({"in/story.docx": data}))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT locator, caption, image_locator FROM page_captions") == [
        (
            "desk.zip!in/story.docx!word/document.xml",
            CAPTION,
            "desk.zip!in/story.docx!word/media/image1.jpeg",
        )
    ]


def test_a_text_that_is_cut_short_gives_what_is_there_and_one_of_rubbish_is_named(
    archive: Path, catalog_path: Path
) -> None:
    whole = word(*BODY)
    (archive / "cut.docx").write_bytes(package(whole[: whole.index(b"On Friday")]))
    (archive / "rubbish.docx").write_bytes(package(b"\0\1\2 no xml"))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT body FROM articles") == [(TEXT[0],)]
    assert [(str(row[0]), row[1]) for row in rows(catalog_path, "SELECT locator, stage FROM problems")] == [
        ("rubbish.docx!word/document.xml", "parse")
    ]


def test_the_pieces_of_a_record_are_parted_as_they_were_joined() -> None:
    parts = {"a": b"1\n2", "b": b"", "ü": b"\xff"}
    assert split_parts(join_parts(parts)) == parts
    for other in (b"", b"no json\nx", b"[1]\n", b'{"a": -1}\nx', b'{"a": "x"}\nx', b"[" * 100_000):
        assert split_parts(other) == {}
    for reader in (read_word, read_opendocument):
        with pytest.raises(ArticleError, match="cannot be read"):
            reader(b"no json", Hints())


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param("<w:tbl><w:tr><w:tc>", id="tables"),
        pytest.param("<w:p><w:r><w:txbxContent>", id="text-boxes"),
        pytest.param("<w:ins>", id="wrappers"),
        pytest.param("<w:p><w:r><w:drawing>", id="drawings"),
        pytest.param("<w:p><w:r><w:t>x</w:t></w:r></w:p>", id="paragraphs"),
        pytest.param(f"<w:p>{picture()}</w:p>", id="pictures"),
        pytest.param(f"<w:p>{picture()}<w:r><w:t>A crane lowers a block</w:t></w:r>", id="nested-pictures"),
    ],
)
def test_hostile_shapes_end(shape: str) -> None:
    read(shape * 3_000)
    open_text("<text:section>" * 3_000 + "<table:table><table:table-row><table:table-cell>" * 3_000)
    open_text("<text:p><draw:frame><draw:text-box>" * 3_000)


def test_a_zip_that_only_looks_like_a_document_is_a_zip() -> None:
    container = open_zip(io.BytesIO(zipped({"word/other.xml": b"<a/>"})), "a.docx")
    assert container.media_type == "application/zip"
    huge = {f"n/{number}": b"" for number in range(1_500)} | {"word/document.xml": b"<a/>"}
    assert open_zip(io.BytesIO(zipped(huge)), "a.zip").media_type == "application/zip"
    document = WordDocument(io.BytesIO(package(word(*BODY))), "a.docx")
    spans = [each for each in document.spans() if isinstance(each, Span)]
    names = [each.locator for span in spans for each in document.members(span) if isinstance(each, Member)]
    assert "a.docx!word/media/image1.jpeg" in names and "a.docx!docProps/thumbnail.jpeg" not in names
