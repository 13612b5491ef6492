"""Words in a class or id, and pages of the 1990s: what names and layout say is weighed against what is there."""

import pytest

from media.articles.html.read import read_html
from tests.html_pages import PARAGRAPHS, page

TOLD = (
    "The first survey of the quays found that one family in three had lost its income while the harbour was closed.",
    "Most of them had lived from fishing for longer than anybody could remember, the authors of the survey wrote.",
)
LONG = "Harbour - a view from the quay of the old town by night"
PROSE = "".join(f"<p>{text}</p>" for text in TOLD)


@pytest.mark.parametrize(
    "name",
    ["social-unrest", "poll-findings", "banner-dispute", "read-more", "offers-rejected", "comment-from-union",
     "related-closures", "latest-figures", "sponsor-row", "video-games", "author-rights", "date-of-closure",
     "source-of-money"],
)  # fmt: skip
@pytest.mark.parametrize(
    "markup", ['<section id="{}"><h2>What it meant</h2>{}</section>', "<div class={}>{}</div>"]
)
def test_a_word_in_a_name_costs_no_paragraphs(name: str, markup: str) -> None:
    body = read_html(page(markup.format(name, PROSE))).body.split("\n")
    assert [line for line in body if line in (*PARAGRAPHS, *TOLD)] == [
        *PARAGRAPHS[:3],
        *TOLD,
        *PARAGRAPHS[3:],
    ]


@pytest.mark.parametrize(
    "furniture",
    [
        pytest.param(
            "<div class=newsletter><p>Sign up for our newsletter and get stories of the harbour each day.</p></div>",
            id="newsletter",
        ),
        pytest.param(
            "<div class=related-stories><h3>Related stories</h3><p><a href=/1>The ferries that nobody wanted to pay for"
            " in all those years.</a></p><p><a href=/2>The last of the old nets is sold to a museum.</a></p></div>",
            id="related",
        ),
        pytest.param(f"<aside class=facts>{PROSE}</aside>", id="a-tag-that-says-so"),
        pytest.param(f"<div class=facts role=complementary>{PROSE}</div>", id="a-role-that-says-so"),
    ],
)
def test_furniture_that_holds_sentences_stays_furniture(furniture: str) -> None:
    assert read_html(page(furniture)).body.split("\n") == PARAGRAPHS


def test_comments_after_the_article_are_no_part_of_it() -> None:
    comments = f"<div class=comments><h3>Comments</h3>{PROSE}{PROSE.replace('The', 'A')}</div>"
    assert read_html(page(tail=comments)).body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    "line",
    [
        "To view this content, please accept the cookies of its owner in the settings of this page.",
        "An dieser Stelle finden Sie einen externen Inhalt, der den Artikel ergänzt und von uns empfohlen wird.",
        "Download our app and read the news of the harbour wherever you are, at sea or on the quay.",
    ],
)
def test_consent_and_adverts_for_apps_are_no_text(line: str) -> None:
    assert read_html(page(f"<p>{line}</p>")).body.split("\n") == PARAGRAPHS


def test_a_note_on_the_author_after_the_article_is_no_part_of_it() -> None:
    note = "<p>Ann Lee has written about harbours, boats and nets for this paper since 2009.</p>"
    assert read_html(page(tail=f"<div class=author-bio>{note}</div>")).body.split("\n") == PARAGRAPHS


def test_where_all_paragraphs_have_such_names_the_names_say_nothing() -> None:
    names = ("gdpr-intro", "comment-text", "related-para", "teaser-p", "offer-text")
    text = "".join(f"<p class={name}>{text}</p>" for name, text in zip(names, PARAGRAPHS, strict=True))
    data = f"<article><h1>Harbour reopens</h1>{text}</article>".encode()
    assert read_html(data).body.split("\n") == PARAGRAPHS


def test_a_paragraph_that_a_page_shows_twice_is_told_once() -> None:
    twice = page(f"<p>{PARAGRAPHS[0]}</p>")
    assert read_html(twice).body.split("\n") == PARAGRAPHS


def test_an_anchor_that_names_its_place_is_no_link() -> None:
    text = "".join(f'<a name="{n}"><h3>Part {n}</h3><p>{text}</p>' for n, text in enumerate(PARAGRAPHS))
    data = f"<html><head><title>Harbour</title></head><body>{text}</body></html>".encode()
    assert [line for line in read_html(data).body.split("\n") if not line.startswith("Part ")] == PARAGRAPHS


@pytest.mark.parametrize(
    ("title", "top", "headline"),
    [
        pytest.param("Harbour reopens", "", "Harbour reopens", id="title"),
        pytest.param("Harbour reopens | Post", "", "Harbour reopens", id="site-after-a-bar"),
        pytest.param(
            "Post - Harbour reopens", "<font size=5><b>Harbour reopens</b></font><br>", "Harbour reopens", id="shown"
        ),
        pytest.param(LONG, "", LONG, id="a-dash-of-its-own"),
    ],
)  # fmt: skip
def test_a_page_without_heading_is_headed_by_its_title(title: str, top: str, headline: str) -> None:
    text = "<p>".join(PARAGRAPHS)
    data = f"<html><head><title>{title}</title></head><body><table><tr><td>{top}{text}</table></body></html>"
    article = read_html(data.encode())
    assert article.headline == headline
    assert article.body.split("\n") == PARAGRAPHS


def test_ruby_is_read_with_the_word_that_it_stands_over() -> None:
    word = "<ruby><rb>港町</rb><rp>（</rp><rt>みなとまち</rt><rp>）</rp></ruby>"
    text = f"<p>二年の工事を終えた{word}の港が月曜日に再び開かれ、漁船は夜明け前に出港して夕方に戻った。</p>"
    assert "港町（みなとまち）の港が" in read_html(page(text)).body
