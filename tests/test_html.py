"""Reading web pages: captions, pictures, body and what frames them."""

import pytest

from media.articles.article import Article
from media.articles.html import read_html
from media.captions.caption import UNSEEN_ORIGINS, Placement

PARAGRAPHS = [
    f"Paragraph {n} of the story says something about the council, the harbour and the people who work there, "
    f"at enough length to be a paragraph."
    for n in range(1, 6)
]


def page(middle: str = "", head: str = "", lead: str = "") -> bytes:
    """A plain article page, with markup before and within its text."""
    text = (
        "".join(f"<p>{p}</p>" for p in PARAGRAPHS[:3])
        + middle
        + "".join(f"<p>{p}</p>" for p in PARAGRAPHS[3:])
    )
    return (
        f"<!doctype html><html lang=en><head><title>Harbour reopens</title>{head}</head><body>"
        f"<div class=page><article><h1>Harbour reopens</h1>{lead}<div class=article-body>{text}</div></article></div>"
    ).encode()


def shown(article: Article) -> list[Placement]:
    return [p for p in article.placements if p.caption and p.origin not in UNSEEN_ORIGINS]


@pytest.mark.parametrize(
    ("markup", "origin"),
    [
        pytest.param(
            "<figure><img src=/a.jpg><figcaption>Boats leave the harbour. (Ann Lee/Reuters)</figcaption></figure>",
            "figcaption",
            id="figcaption",
        ),
        pytest.param(
            "<div class=photo><img src=/a.jpg><p class=photo-caption>Boats leave the harbour. (Ann Lee/Reuters)</p></div>",
            "class",
            id="caption-class",
        ),
        pytest.param(
            '<div class="wp-caption alignnone"><a href=/a-full.jpg><img src=/a.jpg></a>'
            '<p class="wp-caption-text">Boats leave the harbour. (Ann Lee/Reuters)</p></div>',
            "class",
            id="wordpress",
        ),
        pytest.param(
            "<table><tr><td><img src=/a.jpg></td></tr><tr><td><em>Boats leave the harbour. (Ann Lee/Reuters)</em></td></tr></table>",
            "near-image",
            id="table-cell",
        ),
    ],
)
def test_a_displayed_caption_is_paired_with_its_picture(markup: str, origin: str) -> None:
    article = read_html(page(markup))
    (placement,) = shown(article)
    assert placement.caption is not None
    assert placement.caption.text == "Boats leave the harbour."
    assert placement.caption.credit_line == "(Ann Lee/Reuters)"
    assert placement.origin == origin
    assert placement.image_src == "/a.jpg"
    assert article.body.split("\n") == PARAGRAPHS


def test_a_paragraph_after_a_picture_is_no_caption() -> None:
    article = read_html(page("<p><img src=/a.jpg width=600></p>"))
    assert shown(article) == []
    assert [p.image_src for p in article.placements] == ["/a.jpg"]
    assert article.body.split("\n") == PARAGRAPHS
