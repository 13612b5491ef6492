"""Reading web pages: body, headline, what the page says of itself."""

import pytest

from media.articles.html.read import read_html
from tests.html_pages import PARAGRAPHS, page


def test_the_body_is_the_article_s_own_paragraphs_one_a_line() -> None:
    assert read_html(page()).body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    "furniture",
    [
        pytest.param("<p><a href=/x>Related: Ferries to the islands may be cut</a></p>", id="a-link-alone"),
        pytest.param(
            "<p><b>READ MORE:</b> <a href=/x>Ferries to the islands may be cut</a></p>", id="read-more"
        ),
        pytest.param(
            "<p>Follow us on Facebook and Instagram for more news from the coast.</p>", id="follow-us"
        ),
        pytest.param("<p>Sign up for our newsletter and get the news every morning.</p>", id="newsletter"),
        pytest.param("<div class='share-bar'><span>Share</span><span>Copy link</span></div>", id="share-bar"),
        pytest.param(
            "<div class=related-stories><h3>More</h3><p>The mayor of the islands wants a ferry at night.</p></div>",
            id="related-box",
        ),
        pytest.param(
            "<h2>You may also like</h2><ul><li><a href=/a>Boats</a><li><a href=/b>Nets</a></ul>",
            id="list-of-links",
        ),
        pytest.param(
            "<aside><p>The town has had a harbour since the year 1204, historians say.</p></aside>",
            id="aside",
        ),
        pytest.param("<button>Listen to this article</button>", id="button"),
        pytest.param(
            "<p style='display:none'>This paragraph is not shown to any reader of the page.</p>", id="hidden"
        ),
        pytest.param("<p>Lesen Sie auch: Neues aus dem Hafen</p>", id="lesen-sie-auch"),
        pytest.param("<p>Advertisement</p>", id="advertisement"),
        pytest.param("<p>Anzeige</p>", id="anzeige"),
        pytest.param("<p>© 2024 The Harbour News. All rights reserved.</p>", id="copyright"),
        pytest.param(
            "<div class=info>Das Wichtigste am Abend: Abonniere den Whatsapp-Kanal der Hafenpost.</div>",
            id="a-call-in-a-later-sentence",
        ),
        pytest.param(
            "<p>We welcome comments: see our <a href=/c>community guidelines</a> and the privacy policy.</p>",
            id="terms-of-the-page",
        ),
        pytest.param(
            "<p>Der Beitrag gibt nicht unbedingt die Meinung der Redaktion wieder.</p>",
            id="whose-opinion",
        ),
        pytest.param(
            "<p>Hier gelten die Nutzungsbedingungen und die Datenschutzerklärung der Hafenpost.</p>",
            id="terms-with-an-umlaut",
        ),
        pytest.param(
            "<p>Здесь действуют пользовательское соглашение и политика конфиденциальности газеты.</p>",
            id="terms-in-another-script",
        ),
        pytest.param(
            "<ul><li>MORE HARBOUR</li><li><a href=/1>Six lessons of six months of work on the walls</a></li>"
            "<li><a href=/2>Ferries to the islands may be cut in winter</a></li></ul>",
            id="heading-inside-a-list-of-links",
        ),
    ],
)
def test_furniture_inside_the_article_is_not_body(furniture: str) -> None:
    assert read_html(page(furniture)).body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        pytest.param("<h2>A long wait</h2>", "A long wait", id="heading-over-text"),
        pytest.param("<ul><li>two new walls of stone</li></ul>", "two new walls of stone", id="list-item"),
        pytest.param(
            "<p>She <a href=/follow>followed</a> the work on Facebook every day.</p>",
            "She followed the work on Facebook every day.",
            id="a-sentence-that-names-a-platform",
        ),
        pytest.param(
            "<p>Readers said they shared the news at once, and more of them came.</p>",
            "Readers said they shared the news at once, and more of them came.",
            id="a-sentence-of-sharing",
        ),
        pytest.param("<blockquote>It is a good day.</blockquote>", "It is a good day.", id="quotation"),
        pytest.param("<p>Ja.</p>", "Ja.", id="a-short-paragraph"),
        pytest.param(
            "<p>The ministry has a privacy policy of its own, she said, and nobody reads it.</p>",
            "The ministry has a privacy policy of its own, she said, and nobody reads it.",
            id="a-sentence-of-privacy",
        ),
        pytest.param(
            "<p>Das Amt hat eine Datenschutzerklärung, sagte sie, und niemand liest sie.</p>",
            "Das Amt hat eine Datenschutzerklärung, sagte sie, und niemand liest sie.",
            id="a-sentence-of-privacy-with-an-umlaut",
        ),
        pytest.param(
            "<p>У ведомства есть политика конфиденциальности, сказала она, и никто её не читает.</p>",
            "У ведомства есть политика конфиденциальности, сказала она, и никто её не читает.",
            id="a-sentence-of-privacy-in-another-script",
        ),
        pytest.param(
            "<p>“It is simple: join a union on Facebook,” she said, and laughed at it.</p>",
            "“It is simple: join a union on Facebook,” she said, and laughed at it.",
            id="a-call-that-is-quoted",
        ),
        pytest.param(
            "<ul><li>the old wall</li><li>the <a href=/x>new</a> wall, of stone and of steel</li></ul>",
            "the old wall\nthe new wall, of stone and of steel",
            id="a-list-with-a-link",
        ),
    ],
)
def test_the_article_s_own_lines_stay(markup: str, line: str) -> None:
    assert read_html(page(markup)).body == "\n".join([*PARAGRAPHS[:3], line, *PARAGRAPHS[3:]])


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("The boats came back. (Ann Lee) +++", id="a-sign-of-the-end"),
        pytest.param(
            "<strong>Anyone who saw the boats leave the harbour on Sunday night is asked to call the harbour office"
            " on 555 0100</strong>",
            id="a-long-sentence-in-strong-letters",
        ),
    ],
)
def test_the_last_paragraph_is_kept_though_no_full_stop_ends_it(last: str) -> None:
    body = read_html(page(tail=f"<p>{last}</p>")).body.split("\n")
    assert body == [*PARAGRAPHS, last.removeprefix("<strong>").removesuffix("</strong>")]


def test_a_heading_over_the_first_paragraph_opens_the_body() -> None:
    data = page().replace(b"<p>", b"<p><strong>LOOK WHAT THE SEA BROUGHT US</strong></p><p>", 1)
    assert read_html(data).body.split("\n") == ["LOOK WHAT THE SEA BROUGHT US", *PARAGRAPHS]


@pytest.mark.parametrize("line", ["ANN LEE", "By Ann Lee", "3 March 2024", "VALLETTA"])
def test_a_name_or_a_date_over_the_first_paragraph_does_not(line: str) -> None:
    data = page().replace(b"<p>", f"<p><strong>{line}</strong></p><p>".encode(), 1)
    assert read_html(data).body.split("\n") == PARAGRAPHS


def test_line_breaks_part_paragraphs_where_the_page_has_no_paragraphs() -> None:
    text = "<br><br>".join(PARAGRAPHS)
    data = f"<html><body><h1>Harbour reopens</h1><div>{text}</div></body></html>".encode()
    assert read_html(data).body.split("\n") == PARAGRAPHS


def test_a_wrapper_named_like_furniture_does_not_hide_the_article() -> None:
    data = page().replace(b"<div class=page>", b"<div class='content with-sidebar comments'>")
    assert read_html(data).body.split("\n") == PARAGRAPHS


def test_longer_comments_are_not_taken_for_the_article() -> None:
    comments = "".join(
        f"<p>I have said it before and say it again, number {n}: too late, too little.</p>" for n in range(9)
    )
    data = page().replace(b"</article>", f"</article><section class=comments>{comments}</section>".encode())
    assert read_html(data).body.split("\n") == PARAGRAPHS


def test_what_readers_say_below_the_story_is_not_body() -> None:
    said = "".join(f"<div>Number {n} says that it is too late now, and far too dear.</div>" for n in range(9))
    data = page(tail=f"<h3>9 Comments</h3>{said}")
    assert read_html(data).body.split("\n") == PARAGRAPHS


def test_a_box_of_other_stories_inside_the_article_does_not_end_it() -> None:
    box = "<div><h3>Related stories</h3><p><a href=/x>Ferries to the islands may be cut</a></p></div>"
    assert read_html(page(box)).body.split("\n") == PARAGRAPHS


def test_the_summary_under_the_headline_opens_the_body() -> None:
    summary = (
        "After two years of work the old town has its harbour back, at a price that nobody wants to name."
    )
    article = read_html(page(lead=f"<p class=standfirst>{summary}</p>"))
    assert article.body.split("\n") == [summary, *PARAGRAPHS]


def test_a_caption_that_says_what_the_body_says_leaves_the_body_whole() -> None:
    sentence = PARAGRAPHS[0]
    article = read_html(page(f"<figure><img src=/a.jpg><figcaption>{sentence}</figcaption></figure>"))
    assert article.body.split("\n") == PARAGRAPHS
    assert any(p.caption and p.caption.text == sentence for p in article.placements)


def test_the_page_s_own_account_is_read() -> None:
    head = (
        '<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle",'
        '"headline":"Harbour reopens","datePublished":"2024-05-06T07:08:09+0200",'
        '"author":{"name":"Ann Lee"}}]}</script>'
        '<link rel=canonical href="https://example.org/harbour"><meta property="og:locale" content="en_GB">'
    )
    article = read_html(page(head=head))
    assert article.headline == "Harbour reopens"
    assert article.published_at == "2024-05-06T07:08:09+02:00"
    assert article.byline == "Ann Lee"
    assert article.language == "en"
    assert article.url == "https://example.org/harbour"


@pytest.mark.parametrize(
    ("shown", "byline"),
    [
        ("By Ann Lee and Bo Ek", "By Ann Lee and Bo Ek"),
        ("By Ann Lee, Bo Ek and the Gang", "By Ann Lee, Bo Ek and the Gang"),
        ("By Ann Lee and others", "By Ann Lee"),
    ],
)
def test_the_byline_is_given_as_shown(shown: str, byline: str) -> None:
    head = '<meta name=author content="Online Desk">'
    article = read_html(page(head=head, lead=f"<div class=byline>{shown}</div>"))
    assert article.byline == byline


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "The Caf&amp;eacute; opened, and Ek&amp;#8217;s bar &amp;amp; grill too.",
            "The Café opened, and Ek’s bar & grill too.",
        ),
        ("&amp;ldquo;We wait,&amp;rdquo; said Ann&amp;nbsp;Lee.", "“We wait,” said Ann\xa0Lee."),
        (
            "Write &amp;eacute; for it, and &amp;lt;b&amp;gt; for bold.",
            "Write &eacute; for it, and &lt;b&gt; for bold.",
        ),
        ("The R&amp;D; AT&amp;T; a&amp;b.", "The R&D; AT&T; a&b."),
    ],
)
def test_characters_that_were_escaped_twice_are_shown_and_names_of_characters_stay(
    written: str, shown: str
) -> None:
    data = page().replace(PARAGRAPHS[0].encode(), f"{PARAGRAPHS[0]} {written}".encode())
    assert f"{PARAGRAPHS[0]} {shown}" in read_html(data).body


def test_the_dateline_is_that_of_the_first_paragraph() -> None:
    data = page().replace(PARAGRAPHS[0].encode(), ("OLD TOWN (AP) — " + PARAGRAPHS[0]).encode())
    assert read_html(data).dateline == "OLD TOWN (AP)"
    assert read_html(page()).dateline is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2024-05-06", "2024-05-06", id="date"),
        pytest.param("2024-05-06T07:08Z", "2024-05-06T07:08:00Z", id="minutes"),
        pytest.param("2024-05-06 07:08:09.123+01:00", "2024-05-06T07:08:09+01:00", id="fraction"),
        pytest.param("2024-13-06", None, id="no-such-month"),
        pytest.param("6 May 2024", "2024-05-06", id="in-words"),
        pytest.param("20240506", "2024-05-06", id="digits"),
        pytest.param("03/04/2024", None, id="day-or-month"),
    ],
)
def test_dates_of_the_page_are_iso_8601_or_nothing(value: str, expected: str | None) -> None:
    article = read_html(page(head=f'<meta property="article:published_time" content="{value}">'))
    assert article.published_at == expected


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        pytest.param("<meta charset=utf-8>Größe und Wärme am Morgen.".encode(), None, id="utf-8"),
        pytest.param("Größe und Wärme am Morgen.".encode("latin-1"), "iso-8859-1", id="declared"),
        pytest.param(
            "<meta charset=windows-1252>Größe und Wärme am Morgen.".encode("cp1252"), None, id="meta"
        ),
        pytest.param("\ufeffGröße und Wärme am Morgen.".encode("utf-16"), None, id="utf-16"),
        pytest.param("<meta charset=latin1>Größe und Wärme am Morgen.".encode(), None, id="mislabelled"),
        pytest.param("<meta charset=utf-8>Größe und Wärme am Morgen.".encode("cp1252"), None, id="damaged"),
    ],
)
def test_pages_of_any_encoding_are_read(data: bytes, charset: str | None) -> None:
    assert "Größe und Wärme am Morgen." in read_html(data, charset=charset).body


def test_soft_hyphens_and_zero_width_spaces_are_no_text() -> None:
    data = page("<p>Die Hafen\u00adbehörde\u200b hat geöffnet.</p>")
    assert "Die Hafenbehörde hat geöffnet." in read_html(data).body


@pytest.mark.parametrize(
    ("declared", "language"),
    [
        pytest.param(b"<html lang=de-at>", "de-AT", id="as-declared"),
        pytest.param(b"<html>", "en", id="told-by-the-text"),
    ],
)
def test_language_is_the_declared_one_else_that_of_the_text(declared: bytes, language: str) -> None:
    assert read_html(page().replace(b"<html lang=en>", declared)).language == language


def test_page_without_a_text_has_no_language() -> None:
    assert read_html(b"<html><body><h1>x</h1></body></html>").language is None


TEASERS = [
    ("Bakers open at four in the morning", "The ovens of the lower town were cold for a week."),
    ("Trams stop for a day of repairs", "The rails on the bridge were worn to half of their height."),
]


def teasers(count: int = 2) -> str:
    return "".join(
        f'<div class=t7><a href=/s/{number}><img src=/t/{number}.jpg></a><div><h4><a href=/s/{number}>{title}</a></h4>'
        f"<p>{line}</p></div></div>"
        for number, (title, line) in enumerate(TEASERS[:count])
    )  # fmt: skip


def test_teasers_in_any_element_are_not_body() -> None:
    assert read_html(page(f"<div>{teasers()}</div>")).body.split("\n") == PARAGRAPHS


def test_a_page_of_nothing_but_teasers_keeps_them() -> None:
    rows = f"<div class=list>{teasers()}</div>"
    body = read_html(f"<title>News</title><main><h1>News</h1>{rows}</main>".encode()).body
    assert all(line in body for _, line in TEASERS)


def test_a_heading_that_links_above_long_text_is_no_teaser() -> None:
    part = f"<img src=/1.jpg><h3><a href=/s>The walls</a></h3><p>{'Stone by stone they rose. ' * 20}</p>"
    body = read_html(page(f"<div>{part}</div><div>{part.replace('walls', 'lights')}</div>")).body
    assert body.count("Stone by stone") >= 20


@pytest.mark.parametrize("tag", ["person", "location", "hl2", "nitf-org"])
def test_elements_that_html_does_not_know_do_not_part_a_paragraph(tag: str) -> None:
    line = (
        f"The gates were painted by <{tag}>Mira Colt</{tag}> in a green that nobody had seen on them before."
    )
    told = "The gates were painted by Mira Colt in a green that nobody had seen on them before."
    assert told in read_html(page(f"<p>{line}</p>")).body.split("\n")


def test_they_part_what_stands_outside_of_paragraphs() -> None:
    lines = "<x-line>The gates are green.</x-line><x-line>The lamps are red.</x-line>"
    assert "The gates are green.\nThe lamps are red." in read_html(page(f"<div>{lines}</div>")).body


THAI = "เมื่อวันจันทร์ที่ผ่านมา ท่าเรือเก่าของเมืองเปิดอีกครั้งหลังจากซ่อมกำแพงและโคมไฟนานสองปี"
ARMENIAN = (
    "Երկուշաբթի օրը հին քաղաքի նավահանգիստը կրկին բացվեց՝ պատերի և լույսերի երկամյա վերանորոգումից հետո։"
)
BURMESE = "မြို့ဟောင်း၏ ဆိပ်ကမ်းသည် နှစ်နှစ်ကြာ ပြင်ဆင်ပြီးနောက် တနင်္လာနေ့တွင် ပြန်လည်ဖွင့်လှစ်ခဲ့သည်။"


@pytest.mark.parametrize("text", [THAI, ARMENIAN, BURMESE], ids=["thai", "armenian", "burmese"])
def test_paragraphs_of_scripts_with_other_signs_or_none_are_the_body(text: str) -> None:
    lines = [f"{sign} {text}" for sign in "123"]
    rows = "".join(f"<p>{line}</p>" for line in lines)
    note = "<div><div><p>All rights are reserved. Nothing on this page may be printed without leave.</p></div></div>"
    data = f"<title>X</title><div><h1>{text[:20]}</h1><div>{rows}</div></div>{note}".encode()
    assert read_html(data).body.split("\n") == lines


def test_the_heading_of_a_box_of_links_is_not_body() -> None:
    link = "<a href=/q>A quay of oak was found under the new one</a>"
    box = f"<hr><div class=k3><div><p class=b>Of the same week</p></div>{link}</div><hr>"
    assert read_html(page(box)).body.split("\n") == PARAGRAPHS


def test_a_short_line_beside_a_word_that_links_stays() -> None:
    line = "<div>It cost more <a href=/q>than planned</a>.</div>"
    assert "It cost more than planned." in read_html(page(line)).body.split("\n")


@pytest.mark.parametrize(
    ("shown", "published"),
    [
        pytest.param(
            "<time datetime='2023-02-08T09:00:00Z'>an hour ago</time>", "2023-02-08T09:00:00+00:00", id="time"
        ),
        pytest.param("<time>8 February 2023</time>", "2023-02-08", id="time-in-words"),
        pytest.param("<p class=fecha>8 de febrero de 2023 09:00</p>", "2023-02-08", id="spanish"),
        pytest.param("<p>Updated 10:15 AM EST, Wed February 8, 2023</p>", "2023-02-08", id="line"),
        pytest.param("<p>Published 8 Feb 2023 | Updated 9 Feb 2023</p>", "2023-02-08", id="the-earlier"),
        pytest.param("<meta itemprop=datePublished content=2023-02-08>", "2023-02-08", id="microdata"),
        pytest.param(
            "<abbr class=published title=2023-02-08>Wednesday</abbr>", "2023-02-08", id="microformat"
        ),
        pytest.param("<b data-timestamp=1675846800>now</b>", "2023-02-08T09:00:00+00:00", id="seconds"),
        pytest.param("<aside><time datetime=2023-02-08>8 Feb</time></aside>", None, id="of-another-story"),
        pytest.param("<ul><li>8 February 2023: ferry strike</ul>", None, id="teaser"),
        pytest.param(
            "<p>On 8 February 2023 the council of the town met to speak of it at length.</p>",
            None,
            id="prose",
        ),
        pytest.param("<p>February 2023</p>", None, id="month"),
    ],
)
def test_the_date_around_the_headline_where_the_head_has_none(shown: str, published: str | None) -> None:
    paragraphs = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    data = f"<html><body><article><h1>Quay</h1>{shown}{paragraphs}</article></body></html>"
    assert read_html(data.encode()).published_at == published


def test_the_day_of_the_visit_above_the_headline_is_not_that_of_the_story() -> None:
    paragraphs = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    data = f"<html><body><p>9 March 2024</p><h1>Quay</h1><p>8 February 2023</p>{paragraphs}</body></html>"
    assert read_html(data.encode()).published_at == "2023-02-08"


@pytest.mark.parametrize(
    ("shown", "byline"),
    [
        pytest.param("<a rel=author href=/a>Ana Ruiz</a>", "Ana Ruiz", id="link"),
        pytest.param(
            "<div itemprop=author><img src=a.jpg><span itemprop=name>Ana Ruiz</span></div>",
            "Ana Ruiz",
            id="microdata",
        ),
        pytest.param("<aside><a rel=author href=/a>Ana Ruiz</a></aside>", None, id="of-another-story"),
        pytest.param(
            "<p class='author vcard'><b class=fn>Ana Ruiz</b> in Avel</p>", "Ana Ruiz", id="microformat"
        ),
        pytest.param(
            "<div class=byline><b>Ana de la Ruiz</b> | Avel</div>", "Ana de la Ruiz", id="name-alone"
        ),
        pytest.param("<div class=byline>our staff</div>", None, id="no-name"),
        pytest.param(
            "<div class=author>Ana Ruiz has covered the harbour.</div>", None, id="what-is-said-of-her"
        ),
    ],
)
def test_the_author_that_an_element_names(shown: str, byline: str | None) -> None:
    paragraphs = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    data = f"<html><body><article><h1>Quay</h1>{shown}{paragraphs}</article></body></html>"
    assert read_html(data.encode()).byline == byline


def test_a_date_after_the_byline_is_no_name() -> None:
    paragraphs = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    data = f"<html><body><h1>Quay</h1><p>By Ana Ruiz December 28, 2016</p>{paragraphs}</body></html>"
    article = read_html(data.encode())
    assert (article.byline, article.published_at) == ("By Ana Ruiz", "2016-12-28")


@pytest.mark.parametrize(
    ("head", "heading", "headline"),
    [
        pytest.param(
            "<title>Avel Post | Ferries sail less in winter</title>",
            "",
            "Ferries sail less in winter",
            id="site",
        ),
        pytest.param(
            "<title>Ferries sail less » Avel Post » News</title>", "", "Ferries sail less", id="sections"
        ),
        pytest.param(
            "<title>x</title>",
            "<h1>Ferries<br>sail less</h1>",
            "Ferries sail less",
            id="break",
        ),
        pytest.param(
            "<meta property=og:title content='Ferries sail less'>",
            "<h1><span>Transport</span> Ferries sail less</h1>",
            "Ferries sail less",
            id="section-in-the-heading",
        ),
        pytest.param("<title>Ferry strike | Avel Post</title>", "", "Ferry strike", id="site-last"),
    ],
)
def test_the_headline_without_the_site_s_words(head: str, heading: str, headline: str) -> None:
    paragraphs = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    data = f"<html><head>{head}</head><body>{heading}{paragraphs}</body></html>"
    assert read_html(data.encode()).headline == headline


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        pytest.param("<font size=+2>Ferries sail less</font>", "Ferries sail less", id="relative"),
        pytest.param("<font face=arial size=6>Ferries sail less</font>", "Ferries sail less", id="size"),
        pytest.param(
            "<span style='color:red;font-size: 24px'>Ferries sail less</span>",
            "Ferries sail less",
            id="style",
        ),
        pytest.param("<font size=2>Ferries sail less</font>", "Avel Post Online", id="small"),
        pytest.param("<font size=6>Avel Post</font>", "Avel Post Online", id="the-site-s-name"),
        pytest.param("<a href=/><font size=6>Read Avel Post</font></a>", "Avel Post Online", id="link"),
    ],
)
def test_a_line_in_large_letters_is_the_headline_of_an_old_page(line: str, headline: str) -> None:
    paragraphs = "<br><br>".join(PARAGRAPHS)
    data = f"<html><title>Avel Post Online</title><body><center>{line}</center><br>{paragraphs}</body></html>"
    assert read_html(data.encode()).headline == headline
