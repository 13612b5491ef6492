"""Exports of Movable Type and TypePad."""

from pathlib import Path

import pytest

from media.articles.article import Article, Hints
from media.articles.movable_type import read_movable_type
from media.media_type import recognise
from tests.conftest import encode, make_photo, rows, scan_archive

WORDS = "The harbour of the old town opened again on Monday after two years of work on its walls."
MORE = "Fishing boats left before dawn, as they had done for generations, and came back with the tide."
FIGURE = '<div class="caption"><img src="crane.jpg"><p class="caption">A crane lifts a block. Photo: Bo Ek</p></div>'


def entry(body: str, *lines: str, more: str = "", title: str = "Harbour &amp; walls") -> str:
    head = "\n".join(
        (
            "AUTHOR: Ana Ruiz",
            f"TITLE: {title}",
            *lines,
            "DATE: 11/19/2004 04:05:06 PM",
            "PRIMARY CATEGORY: Port",
        )
    )
    sections = (
        f"BODY:\n{body}\n-----\nEXTENDED BODY:\n{more}\n-----\nEXCERPT:\nx\n-----\nKEYWORDS:\n\n-----\n"
    )
    comment = "COMMENT:\nAUTHOR: Somebody\nDATE: 11/20/2004 01:00:00 AM\nNonsense.\n-----\n"
    return f"{head}\n-----\n{sections}{comment}--------\n"


def read(text: str) -> list[Article]:
    return [each for each in read_movable_type(text.encode(), Hints()) if isinstance(each, Article)]


def test_entries_are_articles_with_their_captions(archive: Path, catalog_path: Path) -> None:
    url = "UNIQUE URL: https://n.example/2004/11/harbour.html"
    text = entry(f"{WORDS}\n\n{FIGURE}", "STATUS: Publish", url, more=MORE) + entry("Later.", "STATUS: Draft")
    assert recognise(text.encode(), "export.txt") == "text/x-movable-type"
    (archive / "export.txt").write_text(text.replace("\n", "\r\n"))
    (archive / "crane.jpg").write_bytes(encode(make_photo(1)))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT headline, byline, published_at, url, body FROM articles") == [
        ("Harbour & walls", "Ana Ruiz", "2004-11-19T16:05:06", url.partition(": ")[2], f"{WORDS}\n{MORE}")
    ]
    assert rows(catalog_path, "SELECT caption, credit_line, image_locator FROM page_captions") == [
        ("A crane lifts a block.", "Photo: Bo Ek", "crane.jpg")
    ]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


@pytest.mark.parametrize(
    ("written", "body"),
    [
        pytest.param("1", f"{WORDS}\n\n{MORE}", id="lines"),
        pytest.param("0", f"<p>{WORDS}</p><p>{MORE}</p>", id="html"),
        pytest.param("richtext", f"<p>{WORDS}</p><p>{MORE}</p>", id="rich-text"),
        pytest.param("markdown_with_smartypants", f"{WORDS}\n\n{MORE}", id="markdown"),
    ],
)
def test_a_body_is_read_as_it_was_written(written: str, body: str) -> None:
    (article,) = read(entry(body, f"CONVERT BREAKS: {written}"))
    assert article.body == f"{WORDS}\n{MORE}"


@pytest.mark.parametrize(
    "text",
    [
        "TITLE: A\nBODY: b\n",
        "AUTHOR: A\nTITLE: B\n\nWords of it.\n-----\nBODY:\n",
        "A\n-----\nBODY:\nx\n",
        "MIME-Version: 1.0\nSubject: A\n-----\nBODY:\n",
    ],
)
def test_other_texts_with_such_lines_are_none(text: str) -> None:
    assert recognise(text.encode(), "a.txt") != "text/x-movable-type"


def test_what_is_cut_short_or_damaged_gives_what_is_there() -> None:
    text = entry(WORDS) + entry(MORE, title="Second")
    assert [article.headline for article in read(text[: text.index("Fishing") + 20])] == [
        "Harbour & walls",
        "Second",
    ]
    assert read(entry(WORDS).replace("11/19/2004", "99/99/2004"))[0].published_at is None
    assert list(read_movable_type(b"-----\n--------\n" * 1_000, Hints())) == ["support"]
    assert len(read("A: b\n-----\nBODY:\n" * 20_000)) <= 1
