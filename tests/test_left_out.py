"""What a reader leaves out at a limit is a problem of its record, never passed over."""

import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from media.articles import article
from tests.conftest import rows, scan_archive

BODY = (
    "The harbour office closed the east quay on Tuesday, and the ferries now leave from the old fish market."
)
CAPTION = "Number {} of the boats that lay in the bay when the storm came"


def _json(count: int) -> bytes:
    images = [{"url": f"https://t.example/{n}.jpg", "caption": CAPTION.format(n)} for n in range(count)]
    return json.dumps({"headline": "Quay shut", "body": BODY, "images": images}).encode()


def _wikitext(count: int) -> bytes:
    lines = "\n".join(f"File:Boat {n}.jpg|{CAPTION.format(n)}" for n in range(count))
    return (
        f"== Quay shut ==\n{BODY}\n\n<gallery>\n{lines}\n</gallery>\n\n{BODY}\n[[Category:Boats]]\n".encode()
    )


def _front_matter(count: int) -> bytes:
    lines = "".join(f"  - src: /img/{n}.jpg\n    caption: {CAPTION.format(n)}\n" for n in range(count))
    return f"---\ntitle: Quay shut\ngallery:\n{lines}---\n{BODY}\n".encode()


def _newsml1(count: int) -> bytes:
    text = f"<DataContent><p>{BODY}</p></DataContent><NewsLines><HeadLine>Quay shut</HeadLine></NewsLines>"
    item = f"<NewsItem><NewsComponent><ContentItem>{text}</ContentItem></NewsComponent></NewsItem>"
    return f"<?xml version='1.0'?><NewsML Version='1.2'>{item * count}</NewsML>".encode()


def _text(count: int) -> bytes:
    return "\n".join(f"{BODY} ({n})" for n in range(count)).encode()


def _page(count: int) -> bytes:
    paragraphs = "".join(f"<p>{BODY} ({n})</p>" for n in range(count))
    return (
        f"<!doctype html><title>Quay shut</title><article><h1>Quay shut</h1>{paragraphs}</article>".encode()
    )


def _gallery(count: int) -> bytes:
    items = [{"src": f"https://t.example/{n}.jpg", "caption": CAPTION.format(n)} for n in range(count)]
    told = json.dumps(items).replace('"', "&quot;")
    return (
        f"<!doctype html><title>Quay shut</title><article><h1>Quay shut</h1><p>{BODY}</p>"
        f'<div data-gallery="{told}"></div><p>{BODY} Nobody was hurt.</p></article>'
    ).encode()


def _mail(count: int) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = "Quay shut", "desk@t.example"
    message.set_content(BODY)
    for n in range(count):
        message.add_attachment(b"note", maintype="application", subtype="octet-stream", filename=f"{n}.bin")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("name", "write", "limit", "reason"),
    [
        pytest.param("a.json", _json, "media.articles.jsonlines.MAX_PICTURES", "pictures", id="json"),
        pytest.param(
            "a.wiki",
            _wikitext,
            "media.articles.markups.wikitext.MAX_PICTURES",
            "pictures in a gallery",
            id="wikitext",
        ),
        pytest.param(
            "a.md",
            _front_matter,
            "media.articles.markdown.lead.MAX_PICTURES",
            "pictures in a list of the front matter",
            id="front-matter",
        ),
        pytest.param("a.xml", _newsml1, "media.articles.newsml1._ITEMS", "news items", id="newsml-1"),
        pytest.param(
            "a.html", _page, "media.articles.html.blocks._MAX_ITEMS", "paragraphs and pictures", id="page"
        ),
        pytest.param(
            "a.html",
            _gallery,
            "media.articles.html.told.MAX_PICTURES",
            "captions in the data of a gallery",
            id="gallery",
        ),
        pytest.param("a.eml", _mail, "media.decoding.mime._PARTS", "parts", id="mail"),
    ],
)
def test_what_is_over_a_limit_is_a_problem(
    name: str,
    write: Callable[[int], bytes],
    limit: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limit, 20)
    for count, expected in ((12, []), (60, [(f"it has more than 20 {reason}; the rest was not read",)])):
        archive = tmp_path / str(count)
        archive.mkdir()
        (archive / name).write_bytes(write(count))
        scan_archive(tmp_path / f"{count}.db", archive)
        assert (
            rows(tmp_path / f"{count}.db", "SELECT reason FROM problems WHERE reason LIKE 'it has%'")
            == expected
        )
        assert rows(tmp_path / f"{count}.db", "SELECT count(*) > 0 FROM articles") == [(1,)]


def test_lines_that_are_not_searched_for_captions_are_kept_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.articles.text.read._MOST_LINES", 50)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "long.txt").write_bytes(_text(80))
    scan_archive(tmp_path / "c.db", tmp_path / "a")
    assert rows(tmp_path / "c.db", "SELECT reason FROM problems") == [
        ("it has more than 50 lines; the rest was not searched for captions",)
    ]
    ((body,),) = rows(tmp_path / "c.db", "SELECT body FROM articles")
    assert body.endswith("(79)")


def test_an_article_may_show_thousands_of_pictures(tmp_path: Path) -> None:
    assert article.MAX_PICTURES > 3_000
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.json").write_bytes(_json(3_000))
    scan_archive(tmp_path / "c.db", tmp_path / "a")
    assert rows(tmp_path / "c.db", "SELECT count(*) FROM captions") == [(3_000,)]
    assert rows(tmp_path / "c.db", "SELECT reason FROM problems") == []
