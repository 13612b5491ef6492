"""What stands beside a picture: credits in elements of their own, and texts that are no captions."""

import pytest

from media.articles.html.read import read_html
from tests.html_pages import PARAGRAPHS, page, shown

CAPTION = "Nets dry on the quay of the old harbour."
param = pytest.param


def told(markup: str, **parts: str) -> list[tuple[str, str | None, str | None]]:
    """The captions that a page shows: (text, credit, address of the picture)."""
    article = read_html(page(markup, **parts))
    return [(p.caption.text, p.caption.credit_line, p.image_src) for p in shown(article) if p.caption]


@pytest.mark.parametrize(
    "markup",
    [
        param("<figcaption>{c}</figcaption><p class=credit>{k}</p>", id="line-after-the-caption"),
        param("<div class=image__credit>{k}</div><figcaption>{c}</figcaption>", id="line-before-the-caption"),
        param("<figcaption>{c}</figcaption><footer>{k}</footer>", id="footer"),
        param("<figcaption>{c}</figcaption><figcaption class=below>{k}</figcaption>", id="second-caption"),
        param("<figcaption>{c}</figcaption><div>{k}</div>", id="element-without-a-name"),
        param("<header>{k}</header><figcaption>{c}</figcaption>", id="header"),
        param("<figcaption>{c}<span itemprop=creditText>{k}</span></figcaption>", id="itemprop"),
        param("<figcaption><p>{c}</p><p>{k}</p></figcaption>", id="paragraph-inside"),
    ],
)
@pytest.mark.parametrize("credit", ["Ann Lee/Getty Images", "Foto: Ann Lee", "ASSOCIATED PRESS"])
def test_a_credit_in_an_element_of_its_own_joins_its_caption(markup: str, credit: str) -> None:
    figure = f"<figure><img src=/a.jpg>{markup.format(c=CAPTION, k=credit)}</figure>"
    assert told(figure) == [(CAPTION, credit, "/a.jpg")]


def test_a_bare_name_beside_a_caption_is_its_credit() -> None:
    assert told(f"<figure><img src=/a.jpg><figcaption>{CAPTION}</figcaption><div>Ann Lee</div></figure>") == [
        (CAPTION, "Ann Lee", "/a.jpg")
    ]


def test_two_credits_are_both_kept() -> None:
    figure = (
        f"<div class=pic><img src=/a.jpg><div class=pic-text>{CAPTION} (Foto: dpa)</div>"
        "<div class='pic-text credits'>Foto: Kay Nie</div></div>"
    )
    assert told(figure) == [(CAPTION, "(Foto: dpa) Foto: Kay Nie", "/a.jpg")]


def test_a_label_and_its_credit_alone_are_no_caption() -> None:
    text = "Foto: <span class=credit>Oscar Ruiz Delgado</span>"
    (placement,) = read_html(
        page(f"<figure><img src=/a.jpg><figcaption>{text}</figcaption></figure>")
    ).placements
    assert placement.caption is not None
    assert placement.caption.text == ""
    assert placement.caption.credit_line == "Oscar Ruiz Delgado"


def test_a_copy_of_a_caption_has_its_credit_too() -> None:
    wrapper = (
        f"<div class='section teaser-image'><figure><img src=/a.jpg><figcaption>{CAPTION}</figcaption></figure>"
        f"<div class=image-description>{CAPTION}</div><div class=image-copyright>Atlas/Benno Girard</div></div>"
    )
    assert told("", lead=wrapper) == [(CAPTION, "Atlas/Benno Girard", "/a.jpg")] * 2


def test_a_credit_of_the_page_is_one_at_the_end_of_another_caption() -> None:
    credit = "<span class=credit>Foto: hafenblick</span>"
    marked = f"<figure><img src=/a.jpg><figcaption>{CAPTION}{credit}</figcaption></figure>"
    loose = (
        "<figure><img src=/b.jpg><figcaption>Boats come back with the tide. hafenblick</figcaption></figure>"
    )
    near_miss = "<figure><img src=/c.jpg><figcaption>Boats that belong to hafenblick</figcaption></figure>"
    assert told(marked + loose + near_miss) == [
        (CAPTION, "Foto: hafenblick", "/a.jpg"),
        ("Boats come back with the tide.", "hafenblick", "/b.jpg"),
        ("Boats that belong to hafenblick", None, "/c.jpg"),
    ]


CARD = "<figure><picture><img src=/{n}.jpg></picture><figcaption>{text}</figcaption></figure>"


@pytest.mark.parametrize(
    "markup",
    [
        param(CARD.format(n=1, text="<h2><a href=/1>The last net is sold</a></h2>"), id="link-in-a-heading"),
        param("<a href=/1.html>" + CARD.format(n=1, text="The last net is sold") + "</a>", id="card-inside-a-link"),
        param(
            "<figure><a href=/video/1><img src=/1.jpg></a><figcaption><a href=/video/1>The last net is sold</a>"
            "<p>The museum tells how it came by it.</p></figcaption></figure>",
            id="film-with-its-account",
        ),
        param(CARD.format(n=1, text="Slideshow ( 15 images )"), id="counter"),
        param(CARD.format(n=1, text="Ver video"), id="words-of-a-player"),
        param(CARD.format(n=1, text="https://img.example.com/a.jpg"), id="address"),
        param(CARD.format(n=1, text="DSC_0042.jpg"), id="file-name"),
        param(CARD.format(n=1, text="<span hidden>Byline: ANN LEE Slug: HARBOUR Source: HP</span>"), id="hidden-iptc"),
        param(CARD.format(n=1, text="Harbour reopens"), id="headline"),
        param("<figure><blockquote>We could have opened in spring.</blockquote><figcaption>Mira Colt, Institute for"
              " River Affairs</figcaption></figure>", id="speaker-of-a-quotation"),
        param("<p><img src=/gx/ask.gif></p><p><i>Is the gate open?</i></p><p>It is, since Monday, the port said to us"
              " when we asked.</p><p><img src=/gx/ask.gif></p><p><i>And the lock?</i></p>", id="picture-again"),
    ],
)  # fmt: skip
def test_what_is_of_other_stories_people_or_controls_is_no_caption(markup: str) -> None:
    assert told(markup) == []


@pytest.mark.parametrize(
    "markup",
    [
        param(f"<a href=/large/1.jpg>{CARD.format(n=1, text=CAPTION)}</a>", id="link-to-the-picture-itself"),
        param(f"<a href='/photos/2024/77/'>{CARD.format(n=1, text=CAPTION)}</a>", id="link-to-its-gallery"),
        param(
            CARD.format(n=1, text=f"Nets dry on the <a href=/q>quay</a>{CAPTION[20:]}"),
            id="a-word-that-links",
        ),
    ],
)
def test_a_caption_with_a_link_of_its_own_is_kept(markup: str) -> None:
    assert [text for text, _, _ in told(markup)] == [CAPTION]


def test_a_note_on_the_author_beside_a_portrait_is_neither_caption_nor_body() -> None:
    note = "<td><img src=/ann.jpg></td><td><em>Ann is fond of harbours and lives with two cats.</em></td>"
    article = read_html(page(lead="<p class=byline>By Ann Lee</p>", tail=f"<table><tr>{note}</tr></table>"))
    assert shown(article) == []
    assert article.body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    "film",
    [
        "<figure><iframe src=https://video.example.com/x></iframe><figcaption>{}</figcaption></figure>",
        "<div class=video-wrap><video src=/v.mp4></video><p class=caption>{}</p></div>",
        "<figure><table><tr><td>2023</td><td>4m</td></tr></table><figcaption>{}</figcaption></figure>",
        "<figure><blockquote class=twitter-tweet>x</blockquote><figcaption>{}</figcaption></figure>",
    ],
)
def test_the_caption_of_a_film_or_a_table_has_no_picture(film: str) -> None:
    picture = f"<figure><img src=/a.jpg><figcaption>{CAPTION}</figcaption></figure>"
    assert told(picture + film.format("The cost of the repairs by year.")) == [
        (CAPTION, None, "/a.jpg"),
        ("The cost of the repairs by year.", None, None),
    ]


def test_a_picture_for_another_device_is_the_same_picture() -> None:
    figure = (
        "<figure><div class=media-mobile><img src=/m.jpg></div><div class=media-desktop><img src=/d.jpg></div>"
        f"<figcaption>{CAPTION}</figcaption></figure>"
    )
    (placement,) = read_html(page(figure)).placements
    assert (placement.image_src, placement.evidence["image_srcs"]) == ("/d.jpg", ["/m.jpg"])


@pytest.mark.parametrize(
    "figure",
    [
        param("<figure itemid=https://img.example.com/a.jpg><figcaption>{}</figcaption></figure>", id="stated"),
        param("<figure><div class=delayed data-src=https://img.example.com/a.jpg data-width=600></div>"
              "<figcaption>{}</figcaption></figure>", id="loaded-later"),
        param("<figure><div role=img style='background-image: url(&quot;https://img.example.com/a.jpg&quot;)'></div>"
              "<figcaption>{}</figcaption></figure>", id="background"),
        param("<figure><div style='background:#eee url(https://img.example.com/a.jpg)'><b>1</b></div>"
              "<figcaption>{}</figcaption></figure>", id="background-of-more"),
        param("<figure><link itemprop=contentUrl href=https://img.example.com/a.jpg>"
              "<figcaption>{}</figcaption></figure>", id="property"),
        param("<figure><object data=https://img.example.com/a.jpg type=image/jpeg></object>"
              "<figcaption>{}</figcaption></figure>", id="object"),
        param("<site-picture src=https://img.example.com/a.jpg caption='{}'></site-picture>", id="own-element"),
        param("<div data-props='{{\"src\": \"https://img.example.com/a.jpg\", \"caption\": \"{}\"}}'></div>",
              id="own-component"),
    ],
)  # fmt: skip
def test_a_picture_without_an_img_is_found(figure: str) -> None:
    assert told(figure.format(CAPTION)) == [(CAPTION, None, "https://img.example.com/a.jpg")]


def test_a_caption_that_is_numbered_as_a_figure_is_one() -> None:
    assert told("<p><img src=/a.png width=500></p><p>Figure 1: The crane on the quay.</p>") == [
        ("Figure 1: The crane on the quay.", None, "/a.png")
    ]


def test_a_caption_after_its_credit_is_found() -> None:
    text = f"<div><div class=ssCredit>(The Associated Press)</div>{CAPTION}</div>"
    assert told(f"<div class=inline><img src=/a.jpg>{text}</div>") == [
        (CAPTION, "(The Associated Press)", "/a.jpg")
    ]


QUAY = '<figure><img src="/i/nets.jpg"><figcaption>Nets dry on the quay.</figcaption></figure>'
TITLES = (
    "Bakers open at four in the morning",
    "Trams stop for a day of repairs",
    "A choir sings on old steps",
)


def card(number: int, title: str) -> str:
    return f'<div class="c4"><a href="/s/{number}"><img src="/t/s{number}.jpg"></a><p>{title}</p></div>'


@pytest.mark.parametrize(
    ("middle", "tail"),
    [
        pytest.param(
            "", '<div class="leesook"><h2>Lees ook</h2><ul>'
            '<li><a href="/a"><img src="/t/9.jpg"></a><p>Haven krijgt tweede kade</p></li>'
            '<li><a href="/b"><img src="/t/10.jpg"></a><p>Visser vindt oude munt</p></li></ul></div>',
            id="list-under-a-heading",
        ),
        pytest.param("", f"<div>{''.join(map(card, range(3), TITLES))}</div>", id="row-of-linked-pictures"),
        pytest.param(
            '<figure><img src="/p/a.jpg"><figcaption>Lecture en cours</figcaption></figure>', "", id="player"
        ),
        pytest.param('<div><img src="/i/ear.jpg"><p>Écouter cet article</p></div>', "", id="read-aloud"),
        pytest.param('<div><img src="/i/ear.jpg"><p>Artikel anhören</p></div>', "", id="read-aloud-german"),
        pytest.param(
            '<div class="q"><img src="/p/lee.jpg"><blockquote>“This day would never come”</blockquote></div>', "",
            id="quotation-beside-a-face",
        ),
        pytest.param('<div class="firma"><img src="/p/j.jpg"><span>Juan Paz</span></div>', "", id="author-in-spanish"),
    ],
)  # fmt: skip
def test_lists_players_speakers_and_authors_are_no_captions(middle: str, tail: str) -> None:
    found = shown(read_html(page(QUAY + middle, tail=tail)))
    assert [each.caption.text for each in found if each.caption] == ["Nets dry on the quay."]


def test_pictures_that_lead_to_their_own_pages_keep_their_captions() -> None:
    """A gallery after the last paragraph, whose pictures link to larger forms of themselves."""
    row = "".join(
        f'<div class="c4"><a href="/view/quay-{number}.html"><img src="/t/quay-{number}.jpg"></a><p>{title}</p></div>'
        for number, title in enumerate(TITLES)
    )
    found = shown(read_html(page(QUAY, tail=f"<div>{row}</div>")))
    assert [each.caption.text for each in found if each.caption] == ["Nets dry on the quay.", *TITLES]


@pytest.mark.parametrize(
    "inside",
    [
        'Nets dry on the quay.<span style="display:none">https://img.example/i/nets.jpg?w=900</span>',
        '<span class="vh">Image caption</span>Nets dry on the quay.<span>Crédito</span>',
        "Nets dry on the quay.<span>Fuente:</span>",
        "Nets dry on the quay. <span hidden>/upload/2024/nets.jpg</span>",
    ],
)
def test_addresses_and_labels_left_at_a_caption_are_no_part_of_it(inside: str) -> None:
    [found] = shown(
        read_html(page(f'<figure><img src="/i/nets.jpg"><figcaption>{inside}</figcaption></figure>'))
    )
    assert found.caption
    assert (found.caption.text, found.caption.credit_line) == ("Nets dry on the quay.", None)


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="/i/nets.jpg" data-legenda="Nets dry on the quay.">',
        '<img src="/i/nets.jpg" data-bildunterschrift="Nets dry on the quay.">',
        '<a href="/i/nets.jpg" data-pswp-caption="Nets dry on the quay."><img src="/i/nets.jpg"></a>',
        '<a href="/i/nets.jpg" data-title="Nets dry on the quay."><img src="/i/nets.jpg"></a>',
        '<div data-slides=\'[{"url": "/i/nets.jpg", "bildtext": "Nets dry on the quay."}]\'></div>',
        '<div data-items=\'[{"image": {"src": "/i/nets.jpg"}, "caption": "Nets dry on the quay."}]\'></div>',
        '<div><img src="/i/nets.jpg"><div class="leyenda">Nets dry on the quay.</div></div>',
    ],
)
def test_captions_in_attributes_and_classes_of_many_languages(picture: str) -> None:
    [found] = shown(read_html(page(picture)))
    assert found.caption and found.image_src
    assert (found.caption.text, found.image_src.endswith("/i/nets.jpg")) == ("Nets dry on the quay.", True)


@pytest.mark.parametrize(
    ("links", "found"),
    [
        ('<a href="https://net.example/s">Teilen</a><a href="#">Drucken</a>', ["Nets dry on the quay."]),
        ('<a href="/story/9">The bakers of the old town open at four in the morning again</a>', []),
    ],
    ids=["to-share", "to-a-story"],
)
def test_a_head_with_links_to_share_keeps_its_picture(links: str, found: list[str]) -> None:
    caption = '<div class="leyenda">Nets dry on the quay.</div>'
    head = f'<div class="head social"><img src="/i/nets.jpg">{caption}{links}</div>'
    read = shown(read_html(page(lead=head)))
    assert [each.caption.text for each in read if each.caption] == found


def test_a_title_of_a_link_to_a_page_is_no_caption() -> None:
    linked = '<a href="/story/nets" data-title="Why nets dry on the quay"><img src="/i/nets.jpg"></a>'
    assert shown(read_html(page(linked))) == []


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Share", id="button"),
        pytest.param("Image 1 of 3", id="counter"),
        pytest.param("Harbour reopens", id="headline"),
    ],
)
@pytest.mark.parametrize(
    "figure",
    [
        "<figure><img src=a.jpg><figcaption>{}</figcaption></figure>",
        "<figure><img src=a.jpg><p>{}</p></figure>",
    ],
)
def test_a_picture_above_words_of_the_interface_is_shown_without_a_caption(figure: str, words: str) -> None:
    article = read_html(page(figure.format(words)))
    assert [(each.image_src, each.caption) for each in article.placements] == [("a.jpg", None)]


def test_the_picture_of_another_story_above_a_button_is_not_shown() -> None:
    teaser = (
        '<div class="related"><a href="/news/2024/11/other-story"><figure><img src="b.jpg">'
        '<figcaption><a href="/news/2024/11/other-story">Watch</a></figcaption></figure></a></div>'
    )
    assert read_html(page(teaser)).placements == ()


LINKED = '<figcaption><div class="caption">Nets dry on the quay.</div><a href="/g">{beside}</a></figcaption>'


@pytest.mark.parametrize(
    ("picture", "beside", "expected"),
    [
        param("<img src=/a.jpg>", "All pictures of the feast", ("Nets dry on the quay.", None), id="gallery"),
        param("<img src=/a.jpg>", "Ann Lee", ("Nets dry on the quay.", "Ann Lee"), id="who-took-it"),
        param("<a href=/large/a.jpg><img src=/a.jpg></a>", "Ann Lee", ("Nets dry on the quay.", None), id="link"),
    ],
)  # fmt: skip
def test_a_link_beside_the_marked_line_of_a_caption_is_no_part_of_it(
    picture: str, beside: str, expected: tuple[str, str | None]
) -> None:
    found = told(f"<figure>{picture}{LINKED.format(beside=beside)}</figure>")
    assert [(text, credit) for text, credit, _ in found] == [expected]


TEASERS = "".join(
    f'<div class="t7"><a href="/s/{number}"><img src="/t/s{number}.jpg"></a><div>'
    f'<h4><a href="/s/{number}">{title}</a></h4>'
    f"<p>{line}</p></div></div>"
    for number, (title, line) in enumerate(
        zip(TITLES, ("The ovens were cold.", "The rails were worn.", "The steps were wet."), strict=True)
    )
)  # fmt: skip


def test_lines_of_teasers_after_the_article_are_no_captions() -> None:
    lines = TEASERS.replace("<p>", '<p class="caption">')
    found = shown(read_html(page(QUAY, tail=f"<div>{lines}</div>")))
    assert [each.caption.text for each in found if each.caption] == ["Nets dry on the quay."]


NAMED_AFTER = "<title>Harbour reopens</title><div class='node {name}'><h1>Harbour reopens</h1>{text}</div>"


@pytest.mark.parametrize("name", ["", "published author-name", "node-date byline-above"])
def test_the_name_of_the_element_around_the_article_says_nothing_of_its_pictures(name: str) -> None:
    picture = f"<div class=inline><img src=/a.jpg><em>{CAPTION} Photo: Ann Lee</em></div>"
    text = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    middle = text.replace(f"<p>{PARAGRAPHS[3]}", f"{picture}<p>{PARAGRAPHS[3]}")
    [found] = shown(read_html(NAMED_AFTER.format(name=name, text=middle).encode()))
    assert found.caption
    assert (found.caption.text, found.caption.credit_line) == (CAPTION, "Photo: Ann Lee")


def test_the_name_of_an_element_inside_the_article_does() -> None:
    note = "Ann Lee has written on harbours for ten years. Photo: Mira Colt"
    assert told(f"<div class=author-name><img src=/a.jpg><em>{note}</em></div>") == []


def test_a_credit_of_two_lines_before_its_caption_is_found() -> None:
    lines = f"<div>Photo by:</div><div>Ann Lee/Getty Images</div><p>{CAPTION}</p>"
    [(text, credit, _)] = told(f"<div class=inline><img src=/a.jpg>{lines}</div>")
    assert text == CAPTION
    assert credit and "Ann Lee/Getty Images" in credit


@pytest.mark.parametrize(
    "figure",
    [
        "<figure><img src=/a.jpg><div style='background:url(/b.jpg)'></div><figcaption>{}</figcaption></figure>",
        "<figure><meta itemprop=url content=/logo.png><img src=/a.jpg><figcaption>{}</figcaption></figure>",
        "<figure><img src=/static/spinner.gif data-original=/a.jpg><figcaption>{}</figcaption></figure>",
        "<figure><img src=/static/turns.gif data-src=/a.jpg><figcaption>{}</figcaption></figure>",
    ],
)
def test_the_picture_itself_is_preferred_to_what_stands_in_for_it(figure: str) -> None:
    assert told(figure.format(CAPTION)) == [(CAPTION, None, "/a.jpg")]


def test_the_background_of_a_film_is_not_the_picture_of_its_caption() -> None:
    film = "<div class=video-player style='background-image:url(/still.jpg)'></div>"
    found = told(f"<figure class=video>{film}<figcaption>{CAPTION}</figcaption></figure>")
    assert [src for _, _, src in found] == [None]


def test_a_caption_and_a_credit_in_attributes_of_a_picture_are_read() -> None:
    assert told(f"<img src=/a.jpg cutline='{CAPTION}' credit='Ann Lee'>") == [(CAPTION, "Ann Lee", "/a.jpg")]


def test_the_captions_of_other_stories_in_a_component_s_data_are_not_the_page_s() -> None:
    story = '{"src": "/b.jpg", "caption": "Bakers open at four in the morning."}'
    data = f'{{"title": "More", "stories": [{story}]}}'
    assert told(f"<div data-props='{data}'></div>") == []


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        param("<p align=center>{p}</p>", "<p align=center><i>{c}</i></p>", id="align"),
        param(
            "<p style='text-align: center'>{p}</p>",
            "<p style='text-align: center'>{c}</p>",
            id="style, upright",
        ),
    ],
)
def test_a_paragraph_in_the_middle_below_a_picture_in_the_middle_is_its_caption(
    picture: str, text: str
) -> None:
    caption = "Nets dry on the quay · the old harbour · two boats"
    assert told(picture.format(p="<img src=/a.jpg>") + text.format(c=caption)) == [(caption, None, "/a.jpg")]


def test_where_all_paragraphs_are_in_the_middle_the_next_one_is_text() -> None:
    paragraphs = [f"<p align=center>{text}</p>" for text in PARAGRAPHS]
    paragraphs.insert(2, "<p align=center><img src=/a.jpg></p>")
    article = read_html(f"<h1>Nets</h1><article>{''.join(paragraphs)}</article>".encode())
    assert not [p for p in article.placements if p.caption]
    assert PARAGRAPHS[2] in article.body


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        param(
            "Nets dry on the quay.<br>A gull waits", [("Nets dry on the quay. A gull waits", None, "/a.jpg")]
        ),
        param(
            "Nets dry on the quay.<br>Foto: Ann Lee", [("Nets dry on the quay.", "Foto: Ann Lee", "/a.jpg")]
        ),
    ],
)
def test_lines_in_italics_below_a_picture_are_one_caption(
    lines: str, found: list[tuple[str, str | None, str | None]]
) -> None:
    assert told(f"<div><img src=/a.jpg><br><i>{lines}</i></div>") == found


def test_more_lines_than_a_caption_has_are_not_joined() -> None:
    lines = "<br>".join(f"Verse {number} of the net-makers' song" for number in range(9))
    found = told(f"<div><img src=/a.jpg><br><i>{lines}</i></div>")
    assert "Verse 1 " not in str(found)


def test_a_numbered_caption_may_have_an_upright_stroke() -> None:
    figure = "<p><img src=/a.jpg></p><p><b>Figure 4</b> | Nets made and nets lost, by quarter</p>"
    assert told(figure) == [("Figure 4 | Nets made and nets lost, by quarter", None, "/a.jpg")]


def test_a_slide_s_background_is_the_picture_of_its_caption() -> None:
    slides = "".join(
        f'<div class=slide style="background-image: url(/{name}.jpg)"><p class=caption>{text}</p></div>'
        for name, text in (("a", CAPTION), ("b", "A gull waits on a post."))
    )
    assert told(f"<div class=slider>{slides}</div>") == [
        (CAPTION, None, "/a.jpg"),
        ("A gull waits on a post.", None, "/b.jpg"),
    ]


def test_a_page_s_background_is_the_picture_of_no_caption() -> None:
    (found,) = told(
        "</article><article style='background: url(/paper.jpg)'>"
        + "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
        + f"<div class=caption>{CAPTION}</div>"
    )
    assert found == (CAPTION, None, None)


def test_a_table_of_pictures_and_nothing_else_names_them_in_its_caption() -> None:
    table = f"<table><caption align=bottom>{CAPTION}</caption><tr><td><img src=/a.jpg></td></tr></table>"
    assert told(table) == [(CAPTION, None, "/a.jpg")]
    rows = "".join(
        f"<tr><td><img src=/{n}.jpg></td><td>Harbour {n}, with {n} hundred nets</td></tr>" for n in range(9)
    )
    assert CAPTION not in str(told(f"<table><caption>{CAPTION}</caption>{rows}</table>"))


def test_a_link_in_brackets_to_the_larger_picture_is_no_part_of_a_caption() -> None:
    figure = "<figure><a href=/big.jpg><img src=/a.jpg></a><figcaption>{}</figcaption></figure>"
    large = f"{CAPTION} (<a href=/big.jpg>Larger size</a>)"
    assert told(figure.format(large)) == [(CAPTION, None, "/a.jpg")]
    signed = f"{CAPTION} (<a href=/ann>Ann Lee</a>)"
    assert "Ann Lee" in str(told(figure.format(signed)))


def test_a_title_beside_a_cover_that_leads_to_a_shop_is_no_caption() -> None:
    shop = "href=https://shop.test/item?id=7"
    cells = f"<td><a {shop}><img src=/cover.jpg></a></td><td><a {shop}>Of Nets</a> - Ann Lee, Quay Press</td>"
    assert not told(f"<table><tr>{cells}</tr></table>")


def test_the_first_paragraph_below_a_credit_is_no_caption_in_a_short_article() -> None:
    article = read_html(
        b"<article><h1>Nets</h1><img src=/a.jpg><p class=sign>(Foto: Ann Lee)</p>"
        b"<p class=text>The nets of the old harbour are made by four people, who learned it from their parents.</p>"
        b"<p class=text>They mend about sixty of them in a year, and sell the rest to a museum.</p></article>"
    )
    assert not [p for p in article.placements if p.caption and p.caption.text]


def test_the_opening_of_an_agency_s_story_in_chinese_is_no_caption() -> None:
    text = "新华社海港6月12日电 题：渔网与码头"
    assert not told(f"<p align=center><img src=/a.jpg></p><p>{text}</p><p>新华社记者</p>")


def test_italics_in_the_middle_below_a_picture_are_its_caption() -> None:
    text = "<p style='text-align:center'><em>Nets of every colour and size</em></p>"
    assert told(f"<p><img src=/a.jpg></p>{text}") == [("Nets of every colour and size", None, "/a.jpg")]


@pytest.mark.parametrize("tag", ["em", "i", "strong"])
def test_the_name_of_italics_right_after_a_picture_says_that_they_are_its_caption(tag: str) -> None:
    markup = (
        "<div class=text><span><img src=/a.jpg><{0} class=img_desc>{1}</{0}></span><br>{2}<br><br>{3}</div>"
    )
    article = read_html(page(markup.format(tag, "(Foto: Ann Lee)", *PARAGRAPHS[:2])))
    assert [p.caption.credit_line for p in article.placements if p.caption] == ["(Foto: Ann Lee)"]
    assert not [p for p in article.placements if p.caption and p.caption.text]


def test_a_count_beside_an_icon_is_no_caption() -> None:
    assert not told("<div><img src=/star.svg width=20><p class=caption>12</p></div>")
    (year,) = told("<figure><img src=/a.jpg><figcaption>1912</figcaption></figure>")
    assert year == ("1912", None, "/a.jpg")


def test_an_entry_without_a_link_in_a_list_of_links_is_no_caption() -> None:
    linked = "<li><a href=/{0}><img src=/{0}.jpg><p class=caption>Add {0}</p></a></li>"
    entries = linked.format("harbours") + "<li><img src=/own.jpg><p class=caption>My data</p></li>"
    assert "My data" not in str(told(f"<ul>{entries}</ul>"))


def test_text_that_a_block_editor_sets_beside_a_picture_is_the_article_s() -> None:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:2])
    block = (
        "<div class='wp-block-media-text alignwide'><figure class=wp-block-media-text__media><img src=/a.jpg></figure>"
        f"<div class=wp-block-media-text__content>{text}</div></div>"
    )
    article = read_html(page(block))
    assert all(paragraph in article.body for paragraph in PARAGRAPHS[:2])
    assert not [p for p in article.placements if p.caption]
