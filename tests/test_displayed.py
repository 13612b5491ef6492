"""Captions as pages display them: found, paired, parted from credit and interface words, copies apart."""

import pytest

from media.articles.html.read import read_html
from tests.html_pages import PARAGRAPHS, page, shown

CAPTION = "Boats leave the harbour at dawn."
CREDIT = "(Ann Lee/Reuters)"


@pytest.mark.parametrize(
    ("markup", "origin"),
    [
        pytest.param(
            f"<figure><img src=/a.jpg><figcaption>{CAPTION} {CREDIT}</figcaption></figure>",
            "figcaption",
            id="figcaption",
        ),
        pytest.param(
            f"<figure><img src=/a.jpg><figcaption>{CAPTION} <span class=credit>{CREDIT}</span></figcaption></figure>",
            "figcaption",
            id="credit-in-a-span",
        ),
        pytest.param(
            f"<figure><figcaption>{CAPTION} {CREDIT}</figcaption><img src=/a.jpg></figure>",
            "figcaption",
            id="above",
        ),
        pytest.param(
            f"<div class=photo><img src=/a.jpg><p class=photo-caption>{CAPTION} {CREDIT}</p></div>",
            "class",
            id="class",
        ),
        pytest.param(
            f"<div class=photo><img src=/a.jpg><p class=caption>{CAPTION}</p><p class=credit>{CREDIT}</p></div>",
            "class",
            id="credit-beside",
        ),
        pytest.param(
            f"<div class=photo><img src=/a.jpg><p class=credit>{CREDIT}</p><p class=caption>{CAPTION}</p></div>",
            "class",
            id="credit-before",
        ),
        pytest.param(
            '<div class="wp-caption alignnone"><a href=/a-full.jpg><img src=/a.jpg></a>'
            f'<p class="wp-caption-text">{CAPTION} {CREDIT}</p></div>',
            "class",
            id="wordpress",
        ),
        pytest.param(
            f"<table><tr><td><img src=/a.jpg></td></tr><tr><td><em>{CAPTION} {CREDIT}</em></td></tr></table>",
            "near-image",
            id="table-cell",
        ),
        pytest.param(
            f"<p><img src=/a.jpg></p><p align=center><i>{CAPTION} {CREDIT}</i></p>",
            "near-image",
            id="centred-italics",
        ),
        pytest.param(
            f"<div><img src=/a.jpg><div>{CAPTION} {CREDIT}</div></div>",
            "near-image",
            id="alone-with-the-picture",
        ),
        pytest.param(
            f"<center><img src=/a.jpg><br><small>{CAPTION} {CREDIT}</small></center>",
            "near-image",
            id="after-a-break",
        ),
        pytest.param(
            f"<div><img src=/a.jpg><h1>{CAPTION}</h1><p>{CREDIT}</p></div>", "near-image", id="heading"
        ),
    ],
)
def test_a_displayed_caption_is_parted_and_paired(markup: str, origin: str) -> None:
    article = read_html(page(markup))
    (placement,) = shown(article)
    assert placement.caption is not None
    assert placement.caption.text == CAPTION
    assert placement.caption.credit_line == CREDIT
    assert placement.origin == origin
    assert placement.image_src == "/a.jpg"
    assert article.body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<p><img src=/a.jpg width=600></p>", id="a-paragraph-follows"),
        pytest.param("<figure><img src=/a.jpg></figure><h2>A long wait</h2>", id="a-heading-follows"),
        pytest.param("<div class=author><img src=/ann.jpg><span>Ann Lee</span></div>", id="avatar"),
        pytest.param("<div><img src=/a.jpg><div>6 May 2024</div></div>", id="date"),
        pytest.param(
            "<div><img src=/share-icon.png width=24 height=24><div>Share this</div></div>", id="icon"
        ),
        pytest.param(
            "<article><a href=/x><img src=/x.jpg></a><h3><a href=/x>Ferries may be cut</a></h3>"
            "<p class=caption><a href=/x>A ferry</a></p></article>",
            id="another-story",
        ),
        pytest.param(
            "<aside><figure><img src=/x.jpg><figcaption>A ferry.</figcaption></figure>"
            "<p>The ferries to the islands may be cut in winter.</p></aside>",
            id="aside",
        ),
        pytest.param(
            "<figure><img src=/a.jpg><figcaption>(Ann Lee/Reuters)</figcaption></figure>", id="credit-alone"
        ),
    ],
)
def test_what_stands_by_a_picture_without_telling_it_is_no_caption(markup: str) -> None:
    assert shown(read_html(page(markup))) == []


def test_a_picture_without_a_caption_is_kept_with_its_place() -> None:
    article = read_html(page("<p><img src=/a.jpg width=600></p>"))
    (placement,) = article.placements
    assert (placement.caption, placement.image_src) == (None, "/a.jpg")


@pytest.mark.parametrize(
    "furniture",
    [
        pytest.param("<img src=/logo.png>", id="logo"),
        pytest.param("<img src=/t.gif width=1 height=1>", id="tracking-pixel"),
        pytest.param("<div class=author-bio><img src=/ann.jpg></div>", id="author"),
        pytest.param("<div class=ad><img src=/buy.jpg></div>", id="advert"),
        pytest.param(
            "<div class=related><a href=/x><img src=/x.jpg></a><a href=/x>More</a></div>", id="teaser"
        ),
    ],
)
def test_furniture_is_no_picture_of_the_article(furniture: str) -> None:
    assert read_html(page(furniture)).placements == ()


def test_every_displayed_copy_of_a_caption_is_a_placement() -> None:
    figure = f"<figure><img src=/a.jpg><figcaption>{CAPTION}</figcaption>"
    copies = (
        f"{figure}<div class='lightbox-overlay' hidden><p class=caption>{CAPTION}</p></div></figure>"
        f"<figcaption class=sr-only>{CAPTION}</figcaption>"
    )
    placements = shown(read_html(page(copies)))
    assert [p.caption.text for p in placements if p.caption] == [CAPTION] * len(placements)
    assert len(placements) == 3
    assert [p.evidence.get("copy") for p in placements] == [None, "lightbox", "screen-reader"]
    assert len({p.position for p in placements}) == 3


def test_a_cut_short_copy_beside_the_whole_caption_is_a_copy() -> None:
    markup = (
        "<div><img src=/a.jpg><div class=caption><p class=caption-full>Boats leave the harbour at dawn, as ever.</p>"
        "<p class=caption-truncated>Boats leave the harbour at dawn ...</p></div></div>"
    )
    texts = [p.caption.text for p in shown(read_html(page(markup))) if p.caption]
    assert texts[0] == "Boats leave the harbour at dawn, as ever."
    assert len(texts) == 2


def test_interface_words_are_no_part_of_a_caption_and_survive_in_the_evidence() -> None:
    markup = (
        f"<figure><img src=/a.jpg><figcaption>Open this photo in gallery: {CAPTION}</figcaption></figure>"
    )
    (placement,) = shown(read_html(page(markup)))
    assert placement.caption is not None
    assert placement.caption.text == CAPTION
    assert placement.evidence["found"] == f"Open this photo in gallery: {CAPTION}"


def test_a_gallery_pairs_each_caption_with_its_own_picture() -> None:
    items = "".join(
        f"<li><figure><img src=/{n}.jpg><figcaption>Boat number {n} of the fleet.</figcaption></figure></li>"
        for n in range(1, 6)
    )
    pairs = [(p.image_src, p.caption.text) for p in shown(read_html(page(f"<ul>{items}</ul>"))) if p.caption]
    assert pairs == [(f"/{n}.jpg", f"Boat number {n} of the fleet.") for n in range(1, 6)]


def test_a_hero_before_the_headline_is_of_the_article() -> None:
    figure = f"<figure><img src=/hero.jpg><figcaption>{CAPTION}</figcaption></figure>"
    data = page().replace(b"<h1>", figure.encode() + b"<h1>")
    (placement,) = shown(read_html(data))
    assert placement.image_src == "/hero.jpg"


@pytest.mark.parametrize(
    ("image", "src"),
    [
        pytest.param("<img src=/a.jpg srcset='/a-2.jpg 2x'>", "/a.jpg", id="src-before-srcset"),
        pytest.param("<img src='data:image/gif;base64,R0' data-src=/a.jpg>", "/a.jpg", id="lazy-data-src"),
        pytest.param("<img src=/placeholder.png data-original=/a.jpg>", "/a.jpg", id="placeholder"),
        pytest.param("<img srcset='/s.jpg 300w, /l.jpg 900w'>", "/l.jpg", id="largest-of-srcset"),
        pytest.param(
            "<picture><source srcset='/a.webp 900w'><img></picture>", "/a.webp", id="picture-source"
        ),
        pytest.param(
            "<img src='data:image/gif;base64,R0' class=lazy><noscript><img src=/a.jpg></noscript>",
            "/a.jpg",
            id="noscript",
        ),
        pytest.param("<amp-img src=/a.jpg width=600 height=400></amp-img>", "/a.jpg", id="amp"),
        pytest.param(
            "<img srcset='/c_fill,w_900/a.jpg 900w, /c_fill,w_300/a.jpg 300w'>",
            "/c_fill,w_900/a.jpg",
            id="commas",
        ),
    ],
)
def test_the_address_of_a_picture_is_the_best_that_the_page_gives(image: str, src: str) -> None:
    (placement,) = shown(read_html(page(f"<figure>{image}<figcaption>{CAPTION}</figcaption></figure>")))
    assert placement.image_src == src


def test_other_addresses_of_a_picture_are_evidence() -> None:
    image = "<img src=/a.jpg srcset='/a-2.jpg 2x, /a-3.jpg 3x'>"
    (placement,) = shown(read_html(page(f"<figure>{image}<figcaption>{CAPTION}</figcaption></figure>")))
    assert placement.evidence["image_srcs"] == ["/a-3.jpg", "/a-2.jpg"]


def test_captions_for_machines_are_placements_that_readers_do_not_see() -> None:
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","image":{"@type":"ImageObject",'
        '"url":"https://example.org/a.jpg","caption":"Boats leave the harbour. (Ann Lee/Reuters)"}}</script>'
    )
    article = read_html(page("<p><img src=/b.jpg alt='Two boats and a gull in the fog'></p>", head=head))
    assert shown(article) == []
    unseen = {p.origin: p for p in article.placements if p.caption}
    assert unseen["json-ld"].caption is not None
    assert unseen["json-ld"].caption.text == "Boats leave the harbour."
    assert unseen["json-ld"].image_src == "https://example.org/a.jpg"
    assert unseen["alt"].caption is not None
    assert unseen["alt"].caption.text == "Two boats and a gull in the fog"
    assert unseen["alt"].image_src == "/b.jpg"


def test_date_and_place_of_a_caption_are_read() -> None:
    caption = "Boats leave port in Essaouira, Morocco, May 6, 2024."
    markup = f"<figure><img src=/a.jpg><figcaption>{caption}</figcaption></figure>"
    (placement,) = shown(read_html(page(markup)))
    assert placement.caption is not None
    assert (placement.caption.date, placement.caption.place) == ("2024-05-06", "Essaouira, Morocco")


SENTENCE = "Boats leave the harbour at dawn on Monday"


@pytest.mark.parametrize(
    ("picture", "attribute"),
    [
        pytest.param(f"<img src=/a.jpg data-caption='{SENTENCE}.'>", "data-caption", id="own"),
        pytest.param(
            f"<a href=/a.jpg data-caption='{SENTENCE}.'><img src=/a.jpg></a>", "data-caption", id="link"
        ),
        pytest.param(
            f"<a href=/a.jpg data-sub-html='&lt;p&gt;{SENTENCE}.&lt;/p&gt;'><img src=/a.jpg></a>",
            "data-sub-html",
            id="with-markup",
        ),
        pytest.param(
            f"<a href=/a.jpg data-lightbox=one data-title='{SENTENCE}.'><img src=/a.jpg></a>",
            "data-title",
            id="title-in-a-lightbox",
        ),
    ],
)
def test_caption_in_an_attribute_stands_where_the_page_shows_none(picture: str, attribute: str) -> None:
    article = read_html(page(f"<p>{picture}</p>"))
    told = [p for p in article.placements if p.evidence.get("attribute")]
    assert [(p.origin, p.caption.text if p.caption else None, p.image_src) for p in told] == [
        ("class", f"{SENTENCE}.", "/a.jpg")
    ]
    assert told[0].evidence["attribute"] == attribute
    assert told[0].evidence["copy"] == "lightbox"


def test_what_a_plug_in_keeps_in_an_attribute_is_not_shown() -> None:
    article = read_html(page(f"<p><img src=/a.jpg data-image-description='{SENTENCE}.'></p>"))
    assert [p.origin for p in article.placements if p.evidence.get("attribute")] == ["alt"]
    assert shown(article) == []


GALLERY = (
    '[{"src": "/1.jpg", "caption": "<p>Nets dry on the quay.</p>", "credit": "Ann Lee/AP"},'
    ' {"src": "/2.jpg", "caption": "Boats come back with the tide. (Jo Ek)"}, {"src": "/3.jpg", "caption": ""}]'
)


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param(f"<div data-gallery='{GALLERY}'></div>", id="attribute"),
        pytest.param(
            f"<div class=gallery data-images='{GALLERY}'><p>Pictures</p></div>", id="attribute-around-text"
        ),
    ],
)
def test_captions_of_a_gallery_that_a_script_fills_are_read(markup: str) -> None:
    found = [(p.image_src, p.caption) for p in shown(read_html(page(markup))) if p.caption]
    assert [(src, caption.text, caption.credit_line) for src, caption in found] == [
        ("/1.jpg", "Nets dry on the quay.", "Ann Lee/AP"),
        ("/2.jpg", "Boats come back with the tide.", "(Jo Ek)"),
    ]


def test_captions_in_a_page_s_data_are_kept_and_not_shown() -> None:
    article = read_html(page(f'<script type="application/json">{{"items": {GALLERY}}}</script>'))
    assert [(p.origin, p.image_src) for p in article.placements] == [
        ("json-ld", "/1.jpg"),
        ("json-ld", "/2.jpg"),
    ]
    assert shown(article) == []


@pytest.mark.parametrize(
    "data", ["[{", "[" * 5000, '{"caption": 1, "src": 2}', '[{"src": "/1.jpg", "caption": "Save"}]']
)
def test_data_that_is_no_gallery_is_left(data: str) -> None:
    assert shown(read_html(page(f"<div data-gallery='{data}'></div>"))) == []


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(f"<img src=/a.jpg data-title='{SENTENCE}.'>", id="title-without-a-lightbox"),
        pytest.param("<img src=/a.jpg data-caption='true'>", id="a-setting"),
        pytest.param("<img src=/a.jpg data-caption='Photo: Ann Lee / Reuters'>", id="a-credit-alone"),
        pytest.param(f"<img src=/icon.svg width=16 height=16 data-caption='{SENTENCE}.'>", id="icon"),
        pytest.param(f"<img src=/a.jpg alt='{SENTENCE}.' data-caption='{SENTENCE}.'>", id="the-alt-again"),
    ],
)
def test_other_attributes_say_no_caption(picture: str) -> None:
    article = read_html(page(f"<p>{picture}</p>"))
    assert not [p for p in article.placements if p.evidence.get("attribute")]


def test_attribute_that_repeats_the_displayed_caption_is_evidence_and_no_placement() -> None:
    told = f"{SENTENCE}. (Ann Lee/Reuters)"
    figure = f"<figure><img src=/a.jpg data-caption='{told}'><figcaption>{told}</figcaption></figure>"
    article = read_html(page(figure))
    assert len([p for p in article.placements if p.caption]) == 1
    assert shown(article)[0].evidence["copies"] == ["data-caption"]


def test_attribute_that_says_something_else_is_no_copy() -> None:
    picture = "<img src=/a.jpg data-caption='The market hall at noon.'>"
    article = read_html(page(f"<figure>{picture}<figcaption>{SENTENCE}.</figcaption></figure>"))
    assert "copies" not in shown(article)[0].evidence
