"""JSON Lines articles: the plain form, the usual names, picture corpora, and lines that are wrong."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.articles.article import Article
from media.articles.jsonlines import (
    looks_like_json_articles,
    looks_like_json_lines,
    read_json_article,
    read_json_articles,
)
from media.captions.caption import Caption, Placement
from media.captions.credit import split_credit
from media.errors import ArticleError
from tests.shared_data import SHARED, needs_shared


def read(row: object, fields: dict[str, str] | None = None) -> Article:
    article = read_json_article(json.dumps(row).encode(), fields=fields)
    assert article is not None
    return article


def captions(article: Article) -> list[tuple[str | None, str | None]]:
    return [(one.image_src, one.caption.text if one.caption else None) for one in article.placements]


def test_plain_form_is_read_as_it_is() -> None:
    row = {
        "url": "https://example.org/a",
        "headline": "Shells hit the market",
        "body": "First paragraph.\n\nSecond  paragraph. ",
        "images": [
            {
                "src": "smoke.jpg",
                "caption": "Smoke rises\nover the market.",
                "credit": "AP Photo/Felipe Dana",
            },
            {"src": "street.jpg", "caption": "A street."},
            {"src": "bare.jpg"},
        ],
    }
    assert read(row) == Article(
        body="First paragraph.\n\nSecond  paragraph. ",
        headline="Shells hit the market",
        url="https://example.org/a",
        placements=(
            Placement(
                "jsonl",
                Caption("Smoke rises over the market.", "AP Photo/Felipe Dana"),
                "smoke.jpg",
                evidence={"found": "Smoke rises\nover the market."},
            ),
            Placement("jsonl", Caption("A street."), "street.jpg", 1),
            Placement("jsonl", None, "bare.jpg", 2),
        ),
    )


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(
            {
                "link": "https://example.org/a",
                "title": "Head",
                "text": "Body.",
                "author": "Jo Ek",
                "date": "2020-02-27",
                "lang": "en",
                "pictures": [{"url": "a.jpg", "description": "A boat."}],
            },
            id="link-title-text",
        ),
        pytest.param(
            {
                "url": "https://example.org/a",
                "title": "Head",
                "maintext": "Body.",
                "authors": ["Jo Ek"],
                "date_publish": "2020-02-27",
                "language": "en",
                "image_url": "a.jpg",
                "image_caption": "A boat.",
            },
            id="news-please-like",
        ),
        pytest.param(
            {
                "@type": "NewsArticle",
                "url": "https://example.org/a",
                "headline": "Head",
                "articleBody": "Body.",
                "author": [{"@type": "Person", "name": "Jo Ek"}],
                "datePublished": "2020-02-27",
                "inLanguage": "en",
                "image": {"@type": "ImageObject", "contentUrl": "a.jpg", "caption": "A boat."},
            },
            id="schema-org",
        ),
        pytest.param(
            {
                "link": "https://example.org/a",
                "title": {"rendered": "Head"},
                "content": {"rendered": "Body."},
                "creator": "Jo Ek",
                "date": "2020-02-27",
                "language": "en",
                "media": [{"source": "x", "src": "a.jpg", "caption": {"rendered": "A boat."}}],
            },
            id="wordpress-like",
        ),
        pytest.param(
            {
                "canonicalUrl": "https://example.org/a",
                "url": "https://example.org/a?utm=1",
                "Headline": "Head",
                "Full-Text": "Body.",
                "BYLINE": "Jo Ek",
                "published_at": "2020-02-27",
                "locale": "en",
                "images": {"lead": {"href": "a.jpg", "legend": "A boat."}},
            },
            id="other-spellings",
        ),
        pytest.param(
            {
                "url": "https://example.org/a",
                "headline": {"main": "Head"},
                "paragraphs": ["Body."],
                "byline": "Jo Ek",
                "pub_date": "2020-02-27",
                "language": "en",
                "images": ["a.jpg"],
                "captions": ["A boat."],
            },
            id="lists-side-by-side",
        ),
    ],
)
def test_usual_names_are_recognised(row: dict[str, object]) -> None:
    article = read(row)
    assert (article.url, article.headline, article.body) == ("https://example.org/a", "Head", "Body.")
    assert (article.byline, article.published_at, article.language) == ("Jo Ek", "2020-02-27", "en")
    assert captions(article) == [("a.jpg", "A boat.")]


def test_other_names_are_mapped() -> None:
    row = {
        "page": {"address": "https://example.org/a"},
        "kop": "Head",
        "tekst": "Body.",
        "text": "not this",
        "beelden": [{"bestand": "a.jpg", "onderschrift": "A boat.", "maker": "ANP"}],
    }
    fields = {
        "url": "page.address",
        "headline": "kop",
        "body": "tekst",
        "images": "beelden",
        "src": "bestand",
        "caption": "onderschrift",
        "credit": "maker",
    }
    article = read(row, fields)
    assert (article.url, article.headline, article.body) == ("https://example.org/a", "Head", "Body.")
    assert article.placements == (Placement("jsonl", Caption("A boat.", "ANP"), "a.jpg"),)


@pytest.mark.parametrize(
    ("row", "src", "caption"),
    [
        pytest.param(
            {"url": "https://x.org/1.jpg", "caption": "A boat.", "key": "000000001", "width": 9},
            "https://x.org/1.jpg",
            "A boat.",
            id="img2dataset",
        ),
        pytest.param(
            {"URL": "https://x.org/1.jpg?w=3", "TEXT": "A boat.", "WIDTH": 400, "HEIGHT": 300},
            "https://x.org/1.jpg?w=3",
            "A boat.",
            id="laion",
        ),
        pytest.param(
            {"url": "https://x.org/17", "caption": "A boat."}, "https://x.org/17", "A boat.", id="bare"
        ),
        pytest.param(
            {"image_path": "a/1.jpg", "caption": "A boat.", "id": 7}, "a/1.jpg", "A boat.", id="path"
        ),
        pytest.param({"file_name": "1.jpg", "text": "A boat."}, "1.jpg", "A boat.", id="image-folder"),
    ],
)
def test_row_of_a_picture_corpus_has_no_article(row: dict[str, object], src: str, caption: str) -> None:
    article = read(row)
    assert (article.body, article.headline, article.url) == ("", None, None)
    assert captions(article) == [(src, caption)]


def test_article_with_its_lead_picture_is_no_picture() -> None:
    article = read({"headline": "Head", "text": "A story.", "image": "a.jpg"})
    assert (article.body, captions(article)) == ("A story.", [("a.jpg", None)])


def test_article_with_an_address_and_a_text_is_no_picture() -> None:
    article = read({"url": "https://example.org/story", "text": "A long story."})
    assert (article.url, article.body, article.placements) == (
        "https://example.org/story",
        "A long story.",
        (),
    )


def test_captions_by_number_and_by_address() -> None:
    assert captions(read({"article": "Body.", "images": {"0": "A boat.", "1": "A quay."}})) == [
        (None, "A boat."),
        (None, "A quay."),
    ]
    assert captions(read({"article": "Body.", "images": {"a.jpg": "A boat."}})) == [("a.jpg", "A boat.")]


@pytest.mark.parametrize(
    "row", [{"media": "Reuters"}, {"photo": "Jo Ek"}, {"image": "yes"}, {"images": ["", None, 3]}]
)
def test_word_in_a_field_for_pictures_is_no_picture(row: dict[str, object]) -> None:
    assert read({"body": "x", **row}).placements == ()


def test_source_of_a_picture_is_its_address_or_its_credit() -> None:
    images = [{"source": "http://x.org/a", "caption": "A boat."}, {"source": "EPA", "caption": "A quay."}]
    assert [(one.image_src, one.caption) for one in read({"body": "x", "images": images}).placements] == [
        ("http://x.org/a", Caption("A boat.")),
        (None, Caption("A quay.", "EPA")),
    ]


def test_credit_inside_the_caption_is_parted_and_the_whole_is_kept() -> None:
    whole = "Smoke rises over Idlib. (AP Photo/Ghaith Alsayed)"
    (placement,) = read({"body": "x", "images": [{"src": "a.jpg", "caption": whole}]}).placements
    assert placement.caption == Caption("Smoke rises over Idlib.", "(AP Photo/Ghaith Alsayed)")
    assert placement.evidence["found"] == whole


def test_credit_inside_the_caption_says_more_than_the_credit_beside_it() -> None:
    whole = "Smoke rises over Idlib. (AP Photo/Ghaith Alsayed)"
    (placement,) = read(
        {"body": "x", "images": [{"src": "a.jpg", "caption": whole, "credit": "AP"}]}
    ).placements
    assert placement.caption == Caption("Smoke rises over Idlib.", "(AP Photo/Ghaith Alsayed)")
    assert placement.evidence["found"] == whole


def test_caption_that_is_a_credit_alone_is_kept_unless_a_label_says_that_it_is_one() -> None:
    (placement,) = read({"body": "x", "images": [{"src": "a.jpg", "caption": "Getty Images"}]}).placements
    assert placement.caption == Caption("Getty Images")
    labelled = {"src": "a.jpg", "caption": "Photo credit: Ana Ruiz"}
    (placement,) = read({"body": "x", "images": [labelled]}).placements
    assert placement.caption == Caption("", "Photo credit: Ana Ruiz")


@needs_shared
def test_captions_spared_the_split_have_nothing_to_part() -> None:
    """The sign that is looked for first is a saving, not a second opinion."""
    lines = Path(SHARED / "data/repeats/captions.tsv").read_text("utf-8").splitlines()[::40]
    spared = changed = 0
    for line in lines:
        caption = line.split("\t")[2].replace("\\n", "\n")
        (placement,) = read({"body": "x", "images": [{"src": "a.jpg", "caption": caption}]}).placements
        parts = split_credit(caption)
        assert placement.caption is not None
        if placement.caption.credit_line is None and placement.lead is None:
            spared += 1
            changed += parts.credit_line is not None and parts.text != ""
    assert spared > 100
    assert changed <= spared // 100


def test_alt_text_alone_is_no_caption_of_the_desk() -> None:
    (placement,) = read({"body": "x", "images": [{"src": "a.jpg", "alt": "A boat."}]}).placements
    assert (placement.origin, placement.caption) == ("alt", Caption("A boat."))
    (placement,) = read(
        {"body": "x", "images": [{"src": "a.jpg", "alt": "boat", "caption": "A boat."}]}
    ).placements
    assert (placement.origin, placement.evidence) == ("jsonl", {"alt": "boat"})


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("2020-02-27", "2020-02-27", id="date"),
        pytest.param("2020-02-27T10:45:00Z", "2020-02-27T10:45:00+00:00", id="utc"),
        pytest.param("2020-02-27 10:45:00+0200", "2020-02-27T10:45:00+02:00", id="space-and-offset"),
        pytest.param("2020-02-27T10:45:00.123-05", "2020-02-27T10:45:00-05:00", id="fraction"),
        pytest.param("20200227", "2020-02-27", id="digits"),
        pytest.param("Thu, 27 Feb 2020 10:45:00 +0000", "2020-02-27T10:45:00+00:00", id="mail"),
        pytest.param("Thu, 99 Feb 2020 10:45:00 +0000", None, id="mail-no-such-day"),
        pytest.param(1582800300, "2020-02-27T10:45:00+00:00", id="epoch"),
        pytest.param(1582800300000, "2020-02-27T10:45:00+00:00", id="epoch-milliseconds"),
        pytest.param("1582800300", "2020-02-27T10:45:00+00:00", id="epoch-as-text"),
        pytest.param("February 27, 2020", "2020-02-27", id="words"),
        pytest.param({"$date": "2020"}, None, id="unknown-object"),
        pytest.param("0000-00-00", None, id="zeros"),
        pytest.param(float("inf"), None, id="infinite"),
        pytest.param(-1, None, id="negative"),
        pytest.param(True, None, id="boolean"),
        pytest.param("soon", None, id="no-date"),
    ],
)
def test_publication_date(value: object, wanted: str | None) -> None:
    assert read({"body": "x", "date": value}).published_at == wanted


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b'{"body": "x", }', "column 15", id="comma"),
        pytest.param(b'{"body": "x"', "column 13", id="cut-short"),
        pytest.param(b"not json", "column 1", id="words"),
        pytest.param(b'{"body": "\xff \xc3\xa5r"}', "byte 11", id="damaged-utf-8"),
        pytest.param(b"[" * 100_000, "cannot be read", id="brackets"),
        pytest.param(b'{"body": ' + b"9" * 5_000 + b"}", "cannot be read", id="number"),
        pytest.param(b'{"body": "x"} {"body": "y"}', "column 15", id="two-objects"),
    ],
)
def test_bad_line_says_where_it_breaks(data: bytes, message: str) -> None:
    with pytest.raises(ArticleError, match=message) as caught:
        read_json_article(data)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "data", [b"", b" \r\n", b"null", b"17", b"[1, 2]", b'"text"', b"{}", b'{"status": "failed", "id": 3}']
)
def test_line_without_an_article_is_none(data: bytes) -> None:
    assert read_json_article(data) is None


def test_halves_of_surrogate_pairs_and_nuls_do_not_pass() -> None:
    article = read_json_article(rb'{"body": "a\ud83d b\u0000 \ud83d\ude00 \u00e9", "images": ["\udc00.jpg"]}')
    assert article is not None
    assert article.body == "a\ufffd b \U0001f600 é"
    assert article.placements[0].image_src == "\ufffd.jpg"


def test_backslash_before_an_escape_is_kept() -> None:
    article = read_json_article(rb'{"body": "C:\\u0000 \ud83d"}')
    assert article is not None
    assert article.body == "C:\\u0000 \ufffd"


def test_deep_objects_for_texts_are_no_text() -> None:
    deep = b'{"body": "x", "headline": ' + b'{"text": [' * 300 + b'"y"' + b"]}" * 300 + b"}"
    article = read_json_article(deep)
    assert article is not None and article.headline is None


_LETTERS = st.text("ab .:/é写\0\ud83d", max_size=12)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _LETTERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_LETTERS, inner, max_size=4),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    [
        "url",
        "headline",
        "body",
        "text",
        "images",
        "caption",
        "captions",
        "src",
        "date",
        "author",
        "credit",
        "image",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(_NAMES, _VALUES, max_size=8))
def test_any_object_is_read_or_left(row: dict[str, object]) -> None:
    article = read_json_article(json.dumps(row).encode())
    if article is not None:
        repr(article).encode("utf-8")
        assert all(isinstance(one.caption, Caption | None) for one in article.placements)


def test_documents_of_one_article_and_of_several() -> None:
    one = {"headline": "Head", "body": "Body."}
    pretty = json.dumps(one, indent=2).encode()
    assert [article.headline for article in read_json_articles(pretty)] == ["Head"]
    assert len(list(read_json_articles(json.dumps([one, 3, one]).encode()))) == 2


@pytest.mark.parametrize(
    ("head", "name", "lines", "document"),
    [
        pytest.param(b'{"url": "a", "body": "b"}\n{"url": "c"', "x.dat", True, True, id="two-lines"),
        pytest.param(b'{"url": "a", "body": "b"}\n', "x", True, True, id="one-line"),
        pytest.param(b'\xef\xbb\xbf{"url": "a", "body": "b"}\n', "x", True, True, id="mark"),
        pytest.param(b'{"url": "a", "body": "very long', "x.jsonl", True, True, id="long-line-by-name"),
        pytest.param(b'{"url": "a", "body": "very long', "x.json", False, True, id="long-line-of-a-document"),
        pytest.param(b'{\n  "headline": "a",\n  "body": "b"\n}', "x.jsonl", False, True, id="pretty"),
        pytest.param(b'[{"title": "a", "text": "b"}]', "x.json", False, True, id="list"),
        pytest.param(b'{"width": 3, "height": 4}', "x.json", False, False, id="other-json"),
        pytest.param(b"{ not json }\n{", "x.jsonl", False, False, id="braces"),
        pytest.param(b"<html>", "x.jsonl", False, False, id="html-named-jsonl"),
    ],
)
def test_recognition(head: bytes, name: str, lines: bool, document: bool) -> None:
    assert looks_like_json_lines(head, name) is lines
    assert looks_like_json_articles(head, name) is document


@pytest.mark.parametrize(
    ("more", "date"),
    [
        pytest.param({}, "2023-02-08", id="named"),
        pytest.param({"date": "2023-02-07"}, "2023-02-07", id="stated"),
    ],
)
def test_the_date_and_place_that_a_stated_caption_names(more: dict[str, str], date: str) -> None:
    picture = {"src": "a.jpg", "caption": "A boat leaves the quay at Ostrey, Feb. 8, 2023.", **more}
    article = read_json_article(json.dumps({"headline": "x", "body": "y", "images": [picture]}).encode())
    assert article is not None
    (placement,) = article.placements
    assert placement.caption is not None
    assert (placement.caption.date, placement.caption.place) == (date, "Ostrey")
