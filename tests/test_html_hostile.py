"""Pages that are broken, hostile or huge: something is read, nothing hangs, memory stays in proportion."""

import pytest

from media.articles.html.bounds import MAX_DEPTH, MAX_FORMATTING, bound_page
from media.articles.html.read import read_html
from tests.html_pages import PARAGRAPHS, page, shown

STORY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS).encode()
FIGURE = b"<figure><img src=a.jpg><figcaption>Boats leave the harbour at dawn.</figcaption></figure>"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<table><tr><td>" * 10_000 + STORY, id="nested-tables"),
        pytest.param(b"<div>" * 50_000 + STORY, id="unclosed-divs"),
        pytest.param(b"<div>" * 30_000 + STORY + b"</div>" * 30_000, id="closed-divs"),
        pytest.param(b"<div class=share>" * 10_000 + STORY, id="nested-furniture"),
        pytest.param(b"".join(b"<b id=%d><p>" % n for n in range(10_000)) + STORY, id="open-formatting"),
        pytest.param(
            b"<div " + b" ".join(b"a%d=1" % n for n in range(50_000)) + b">" + STORY, id="attributes"
        ),
        pytest.param(
            b"<script>" + b'var a = "<div>";\n' * 1_200_000 + b"</script>" + STORY, id="20-MB-of-script"
        ),
        pytest.param(
            b"<script type='application/ld+json'>" + b"[" * 100_000 + b"</script>" + STORY, id="deep-json"
        ),
        pytest.param(b"<!--" * 100_000 + b"-->" + STORY, id="comments"),
        pytest.param(b"\0" * 10 + STORY.replace(b"<p>", b"<p>\0"), id="nul"),
        pytest.param(STORY.replace(b"</p>", b""), id="unclosed-paragraphs"),
        pytest.param(b"</div></p></table>" * 1000 + STORY, id="stray-closing-tags"),
        pytest.param(STORY + b"<figure><img src='a.jpg", id="cut-short-in-a-tag"),
        pytest.param(STORY + b"<ul>" + b"<li><a href=x>y</a>" * 20_000, id="endless-list"),
    ],
)
def test_the_story_of_a_hostile_page_is_still_read(data: bytes) -> None:
    body = read_html(data).body
    assert all(text in body for text in PARAGRAPHS)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0\0\0\0", id="zeros"),
        pytest.param(b"<" * 200_000, id="angles"),
        pytest.param(b'<a href="' * 20_000, id="quotes"),
        pytest.param(b"<script>" + b"a<b " * 100_000, id="unclosed-script"),
        pytest.param(b"\xff\xfe\xfd" * 1000, id="no-text"),
        pytest.param(b"<html><head></head></html>", id="no-body"),
    ],
)
def test_a_page_without_a_story_has_no_captions(data: bytes) -> None:
    assert shown(read_html(data)) == []


def test_a_text_of_a_hundred_kilobytes_is_no_caption() -> None:
    long = "word " * 20_000
    article = read_html(page(f"<figure><img src=/a.jpg><figcaption>{long}</figcaption></figure>"))
    assert shown(article) == []
    assert "/a.jpg" in {placement.image_src for placement in article.placements}


def test_many_captions_are_all_kept() -> None:
    assert len(shown(read_html(STORY + FIGURE * 2000))) == 2000


def test_many_addresses_of_a_picture_are_cut_to_a_few() -> None:
    srcset = ", ".join(f"/a-{n}.jpg {n}w" for n in range(1, 20_000))
    article = read_html(
        page(f'<figure><img srcset="{srcset}"><figcaption>Boats at dawn.</figcaption></figure>')
    )
    (placement,) = shown(article)
    others = placement.evidence["image_srcs"]
    assert isinstance(others, list)
    assert len(others) < 100


def test_right_to_left_marks_do_not_change_what_a_caption_says() -> None:
    marks = "\u200f\u202bBoats leave the harbour at dawn.\u202c\u200f"
    (placement,) = shown(
        read_html(page(f"<figure><img src=/a.jpg><figcaption>{marks}</figcaption></figure>"))
    )
    assert placement.caption is not None
    assert placement.caption.text == "Boats leave the harbour at dawn."


def test_stray_bytes_of_another_encoding_cost_only_themselves() -> None:
    data = (
        b"<meta charset=utf-8>" + "<p>Größe über alles, sagte sie.</p>".encode() + b"<p>caf\xe9</p>" + STORY
    )
    body = read_html(data).body
    assert "Größe über alles, sagte sie." in body
    assert "\ufffd" not in body


def test_ordinary_pages_pass_the_bounds_as_they_are() -> None:
    data = page("<br>" * 1000 + "<p><b>x</b></p>" * 800)
    assert bound_page(data) is data


def test_tags_beyond_the_bounds_go_and_their_text_stays() -> None:
    bounded = bound_page(b"<div>" * (MAX_DEPTH + 3000) + b"text")
    assert bounded.count(b"<div>") == MAX_DEPTH
    assert bounded.endswith(b"text")
    formatted = bound_page(b"".join(b"<font color=%d><p>x" % n for n in range(3000)))
    assert formatted.count(b"<font") == MAX_FORMATTING
    assert formatted.count(b"<p>x") == 3000
