"""Lightweight markups: the same article in each, as tools write it, and each one's own ways."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.articles.article import Article, Hints
from media.articles.markdown.read import read_markdown
from media.articles.markups.mediawiki import read_mediawiki
from media.captions.caption import Caption
from media.errors import ArticleError
from media.formats import format_of, load
from media.media_type import recognise

SAMPLES = Path(__file__).parent / "markups"
"""One article, written by pandoc 2.17 from HTML; ``ferry.adoc`` and ``ferry.bb`` after the manuals."""

BODY = [
    "The ferry to Halvik stays in port until Friday, its owner said on Monday.",
    "Waiting",
    "“Nobody asked us,” said Marit Olander, who sells fish on the quay.",
    "Boats go at noon.",
    "Buses go at one.",
    "We wait.",
]
CAPTIONS = [
    ("ferry.jpg", Caption("The ferry lies at the quay of Tessen & waits.")),
    ("pier.jpg", Caption("Passengers on the pier.", "Photo: Ilse Maren")),
]
MEDIA_TYPES = {
    "rst": "text/x-rst",
    "adoc": "text/asciidoc",
    "org": "text/x-org",
    "textile": "text/x-textile",
    "wiki": "text/x-wiki",
    "bb": "text/x-bbcode",
    "qmd": "text/markdown",
}


def read_markup(media_type: str, data: bytes, name: str = "") -> Article:
    article = load(format_of(media_type).reader)(data, Hints(name))
    assert isinstance(article, Article)
    return article


def read_sample(ending: str, data: bytes) -> Article:
    if ending == "qmd":
        return read_markdown(data, name="ferry.qmd")
    return read_markup(MEDIA_TYPES[ending], data, name=f"ferry.{ending}")


def read(ending: str, text: str) -> Article:
    return read_markup(MEDIA_TYPES[ending], text.encode(), name=f"story.{ending}")


def shown(article: Article) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (one.image_src, one.caption.text, one.caption.credit_line)
        if one.caption
        else (one.image_src, None, None)
        for one in article.placements
        if one.origin != "alt"
    ]


@pytest.mark.parametrize("ending", MEDIA_TYPES)
def test_the_same_article_in_each_markup(ending: str) -> None:
    data = (SAMPLES / f"ferry.{ending}").read_bytes()
    assert recognise(data[:4096], f"ferry.{ending}") == MEDIA_TYPES[ending]
    article = read_sample(ending, data)
    assert article.headline == "Ferry to Halvik stays in port"
    # Quotation marks are what each markup makes of them.
    assert [line.replace('"', "“", 1).replace('"', "”") for line in article.body.split("\n")] == BODY
    found = [(one.image_src, one.caption) for one in article.placements if one.origin != "alt"]
    assert [((src or "").removeprefix("pictures/"), caption) for src, caption in found] == CAPTIONS


@pytest.mark.parametrize("ending", MEDIA_TYPES)
def test_a_text_cut_short_gives_what_came_before(ending: str) -> None:
    data = (SAMPLES / f"ferry.{ending}").read_bytes()
    for size in range(0, len(data), 7):
        article = read_sample(ending, data[:size])
        assert len(article.placements) <= 4
    assert "stays in port until Friday" in read_sample(ending, data[: len(data) * 2 // 3]).body


@pytest.mark.parametrize("ending", MEDIA_TYPES)
def test_flipped_bytes_are_text(ending: str) -> None:
    data = bytearray((SAMPLES / f"ferry.{ending}").read_bytes())
    for place in range(0, len(data), 11):
        data[place] ^= 0x80
    article = read_sample(ending, bytes(data))
    assert "\0" not in article.body


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(MEDIA_TYPES.values())),
    st.text("ab *_[]{}()!<>#-`\n|'=~+/:.\\^@%filejpgthumb", max_size=150),
)
def test_any_text_is_an_article(media_type: str, text: str) -> None:
    article = read_markup(media_type, text.encode())
    assert all("\ufdd0" not in (one.image_src or "") for one in article.placements)
    assert "\ufdd0" not in article.body


@pytest.mark.parametrize(
    ("ending", "text", "src", "caption", "credit"),
    [
        pytest.param(
            "rst",
            ".. figure:: f.jpg\n   :alt: x\n\n   Nets *dry*.\n\n   Photo: Al Oy",
            "f.jpg",
            "Nets dry.",
            "Photo: Al Oy",
            id="rst-legend-is-a-credit",
        ),
        pytest.param("rst", ".. image:: f.jpg\n   :alt: Nets that dry", "f.jpg", None, None, id="rst-image"),
        pytest.param(
            "rst",
            ".. thumbnail:: /i/f.jpg\n\n   Nets `dry <http://x.org>`_.",
            "/i/f.jpg",
            "Nets dry.",
            None,
            id="rst-nikola",
        ),
        pytest.param("rst", ".. |n| image:: f.jpg\n\n|n|", "f.jpg", None, None, id="rst-substitution"),
        pytest.param(
            "rst",
            ".. raw:: html\n\n   <figure><img src='f.jpg'><figcaption>Nets dry.</figcaption></figure>",
            "f.jpg",
            "Nets dry.",
            None,
            id="rst-raw-html",
        ),
        pytest.param(
            "adoc",
            ".Nets *dry*.\n[[nets]]\nimage::f.jpg[x]",
            "f.jpg",
            "Nets dry.",
            None,
            id="adoc-title-anchor-image",
        ),
        pytest.param(
            "adoc", 'image::f.jpg[x,title="Nets, dry."]', "f.jpg", "Nets, dry.", None, id="adoc-attribute"
        ),
        pytest.param(
            "org",
            "#+CAPTION: Nets /dry/.\n#+ATTR_HTML: :alt x\n[[file:f.jpg]]",
            "f.jpg",
            "Nets dry.",
            None,
            id="org",
        ),
        pytest.param(
            "org",
            "#+caption: Nets\n#+caption: dry.\n#+name: n\n[[./f.jpg]]",
            "./f.jpg",
            "Nets dry.",
            None,
            id="org-two-lines",
        ),
        pytest.param(
            "textile", "!>f.jpg(Nets dry.)!:http://x.org", "f.jpg", "Nets dry.", None, id="textile-link"
        ),
        pytest.param(
            "textile", "!f.jpg!\n\np(caption). Nets _dry_.", "f.jpg", "Nets dry.", None, id="textile-class"
        ),
        pytest.param("textile", "!f.jpg!\n_Nets dry._", "f.jpg", "Nets dry.", None, id="textile-italics"),
        pytest.param(
            "bb",
            "[img width=300]http://x.org/f.jpg[/img]\n[i]Nets dry.[/i]",
            "http://x.org/f.jpg",
            "Nets dry.",
            None,
            id="bbcode",
        ),
        pytest.param(
            "wiki",
            "[[Datei:f.jpg|mini|hochkant|Nets [[Net|dry]]. {{image source|Al Oy}}]]",
            "f.jpg",
            "Nets dry.",
            "Al Oy",
            id="wiki-german",
        ),
        pytest.param(
            "wiki",
            "[[File:My net.jpg|thumb|left|200px|alt=x|Nets ''dry''.<ref>A book.</ref>]]",
            "My_net.jpg",
            "Nets dry.",
            None,
            id="wiki-blank",
        ),
        pytest.param(
            "wiki", "[[Plik:f.jpg|mały|prawo|250px|Nets dry.]]", "f.jpg", "Nets dry.", None, id="wiki-polish"
        ),
        pytest.param("wiki", "[[File:f.jpg|Nets]]", "f.jpg", None, None, id="wiki-one-word"),
        pytest.param("wiki", "[[File:f.jpg|200px|Nets dry.]]", "f.jpg", None, None, id="wiki-without-frame"),
        pytest.param(
            "wiki",
            '<gallery mode="packed">\nFile:f.jpg|Nets [[a|dry]].\n</gallery>',
            "f.jpg",
            "Nets dry.",
            None,
            id="wiki-gallery",
        ),
        pytest.param(
            "wiki",
            "{{Infobox ship\n| name = A\n| image = f.jpg\n| caption = Nets {{w|Net|dry}}.\n}}",
            "f.jpg",
            "Nets dry.",
            None,
            id="wiki-box",
        ),
    ],
)
def test_caption(ending: str, text: str, src: str, caption: str | None, credit: str | None) -> None:
    article = read(ending, f"The ferry stays in port.\n\n{text}\n\nThe last paragraph.\n")
    assert shown(article) == [(src, caption, credit)] or (caption is None and shown(article) == [])
    assert [one.image_src for one in article.placements][:1] == [src]
    assert article.body.split("\n") == ["The ferry stays in port.", "The last paragraph."]


@pytest.mark.parametrize(
    ("ending", "text", "body"),
    [
        pytest.param(
            "rst",
            "A ``b`` :doc:`c <d>` e_ [1]_ \\*f\\*.\n\n.. [1] A note.\n\n.. _e: http://x.org\n\n.. A comment.\n   More.",
            "A b c e *f*.",
            id="rst-inline",
        ),
        pytest.param(
            "rst",
            ".. note:: Mind\n\n   the gap.\n\n- One\n  more\n- Two\n\nterm\n   A definition.",
            "Mind\nthe gap.\nOne more\nTwo\nterm\nA definition.",
            id="rst-blocks",
        ),
        pytest.param(
            "rst",
            ".. include:: /etc/passwd\n\nCode::\n\n  a = 1",
            "Code:\na = 1",
            id="rst-include-shows-nothing",
        ),
        pytest.param("rst", "+---+---+\n| a | b |\n+---+---+", "a\nb", id="rst-table"),
        pytest.param(
            "adoc",
            "include::a.adoc[]\n\n----\na = 1\n----\n\n////\nHidden.\n////\n\n"
            "NOTE: Mind http://x.org[the gap].",
            "a = 1\nNOTE: Mind the gap.",
            id="adoc-blocks",
        ),
        pytest.param(
            "adoc",
            "|===\n|a |b\n\n|c\n|===\n\nSee <<x,there>>. {set}\n",
            "a\nb\nc\nSee there. {set}",
            id="adoc-table",
        ),
        pytest.param(
            "org",
            "* TODO A task :tag:\n:PROPERTIES:\n:ID: 1\n:END:\n"
            "#+begin_src sh\na = 1\n#+end_src\n# A comment\n| a | b |\n|---+---|\nSee [[http://x.org][there]].[fn:1]",
            "a = 1\na\nb\nSee there.",
            id="org-blocks",
        ),
        pytest.param(
            "textile",
            'bq. We wait.\n\n* One\n* Two\n\nbc. a = 1\n\nSee "there":http://x.org/a_b.',
            "We wait.\nOne\nTwo\na = 1\nSee there.",
            id="textile-blocks",
        ),
        pytest.param(
            "bb",
            "[quote=Al]We wait.[/quote]\n[code]a = [i]1[/i][/code]\n[youtube]abc[/youtube]\nA [sic] note.",
            "We wait.\na = [i]1[/i]\nA [sic] note.",
            id="bbcode-blocks",
        ),
        pytest.param(
            "wiki",
            "{{date|November 19, 2024}}\n'''A''' {{w|B|b}} [http://x.org c] {{nowrap|d}}.<ref name=a />\n\n"
            "== Sources ==\n* {{source|url=x}}\n[[Category:A]]\n[[de:B]]",
            "A b c d.",
            id="wiki-inline",
        ),
        pytest.param(
            "wiki",
            '{| class="a"\n|-\n! H\n|-\n| style="x" | a || b\n|}\n: Indented\n__NOTOC__',
            "H\na\nb\nIndented",
            id="wiki-table",
        ),
    ],
)
def test_text(ending: str, text: str, body: str) -> None:
    article = read(ending, text)
    assert article.body == body
    assert article.placements == ()


def test_what_each_markup_says_of_the_article() -> None:
    article = read("rst", "Head\n####\n\n:date: 2024-11-19 10:20\n:authors: Al Oy, Jo Ek\n:lang: en\n\nText.")
    assert (article.headline, article.published_at, article.byline) == (
        "Head",
        "2024-11-19T10:20",
        "Al Oy, Jo Ek",
    )
    article = read("rst", ".. title: Head\n.. date: 2024-11-19\n.. author: Al Oy\n\nText.")
    assert (article.headline, article.published_at, article.body) == ("Head", "2024-11-19", "Text.")
    article = read("adoc", "= Head\nAl Oy; Jo Ek\nv1.0, 2024-11-19\n:lang: en\n\nText.")
    assert (article.byline, article.published_at, article.language) == ("Al Oy, Jo Ek", "2024-11-19", "en")
    article = read("org", "#+TITLE: Head\n#+AUTHOR: Al Oy\n#+DATE: 2024-11-19\n\nText.")
    assert (article.headline, article.byline, article.published_at) == ("Head", "Al Oy", "2024-11-19")
    article = read("textile", "---\ntitle: Head\ndate: 2024-11-19\n---\n\nText.")
    assert (article.headline, article.published_at, article.body) == ("Head", "2024-11-19", "Text.")
    article = read("wiki", "{{byline|author=Al Oy}}\n{{date|19 November 2024}}\nText.")
    assert (article.headline, article.byline, article.published_at) == ("story", "Al Oy", "2024-11-19")


DUMP = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="de">
<siteinfo><base>https://de.wiki.example/wiki/Hauptseite</base></siteinfo>
<page><title>Die Fähre</title><ns>0</ns>
<revision><timestamp>2024-01-02T00:00:00Z</timestamp><text>Neu. [[Datei:F.jpg|mini|Netze.]]</text></revision>
<revision><timestamp>2024-01-01T00:00:00Z</timestamp><text>Alt.</text></revision></page>
<page><title>Diskussion:Die Fähre</title><ns>1</ns><revision><text>Nein.</text></revision></page>
<page><title>Fähre</title><ns>0</ns><redirect title="Die Fähre"/><revision><text>#REDIRECT</text></revision></page>
"""


def test_an_export_of_a_wiki_holds_its_pages_newest_revisions() -> None:
    data = (DUMP + "</mediawiki>").encode()
    assert recognise(data, "wiki.xml") == "application/x-mediawiki"
    (article,) = read_mediawiki(data, Hints())
    assert (article.headline, article.body, article.language) == ("Die Fähre", "Neu.", "de")
    assert article.url == "https://de.wiki.example/wiki/Die_F%C3%A4hre"
    assert shown(article) == [("F.jpg", "Netze.", None)]


@pytest.mark.parametrize("base", ["http://[not/an/address", "ftp://x.example", ""])
def test_a_wiki_without_an_address_gives_none(base: str) -> None:
    data = (DUMP + "</mediawiki>").replace("https://de.wiki.example/wiki/Hauptseite", base).encode()
    (article,) = read_mediawiki(data, Hints())
    assert isinstance(article, Article) and article.url is None


def test_an_export_cut_short_gives_the_pages_before_and_one_that_is_none_is_named() -> None:
    article, fault = read_mediawiki(DUMP.encode(), Hints())
    assert isinstance(article, Article) and article.headline == "Die Fähre"
    assert isinstance(fault, ArticleError)
    with pytest.raises(ArticleError):
        list(read_mediawiki(b"\xff\xfe no XML", Hints()))


@pytest.mark.parametrize(
    ("head", "name", "wanted"),
    [
        pytest.param(
            b"[b]Head[/b]\n\n[img]http://x.org/a.jpg[/img]\n", "post.txt", "text/x-bbcode", id="bbcode"
        ),
        pytest.param(b"A [b]word[/b] in bold.", "post.txt", "text/plain", id="one-tag"),
        pytest.param(
            b"{{date|May 1}}\n[[File:a.jpg|thumb|b]]\n'''A''' [[b]]", "page.txt", "text/x-wiki", id="wikitext"
        ),
        pytest.param(b"See [[a]] there.", "page.txt", "text/plain", id="one-link"),
        pytest.param(b"Head\n====\n\n.. figure:: a.jpg\n", "story.txt", "text/x-rst", id="rst"),
        pytest.param(b"#+TITLE: A\n#+CAPTION: b\n[[a.jpg]]", "story.txt", "text/x-org", id="org"),
        pytest.param(b"= Head\n:lang: en\n\nText", "story.txt", "text/asciidoc", id="asciidoc"),
        pytest.param(b"<!doctype html><p>a", "story.rst", "text/html", id="page-named-rst"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "story.org", "image/png", id="picture-named-org"),
    ],
)
def test_recognition(head: bytes, name: str, wanted: str) -> None:
    assert recognise(head, name) == wanted


HOSTILE = {
    "rst": ("*a ", "`a <", "|a|\n\n", "- ", ".. note::\n\n   ", "a\n---\n\n", ".. |a| image:: b\n", "::\n\n"),
    "adoc": ("*a ", "image::a.jpg[", ".a\n", "----\n", "....\n", "link:a[", "<<a,", "|a|b\n"),
    "org": ("/a ", "[[a][", "#+begin_src\n", ":a:\n", "#+caption: a\n", "{{{a", "[fn:1"),
    "textile": ("*a ", "!a.jpg(b", '"a', "p((((", "|a|b|\n", "!{a}"),
    "bb": ("[b]", "[img]", "[youtube]", "[code]", "[url=", "[*]"),
    "wiki": ("[[File:a.jpg|thumb|", "{{a|", "[[a|{{b|", "{|\n", "<ref>", "<gallery>", "'''a", "<!--", "}}}}"),
}


@pytest.mark.parametrize(
    ("ending", "unit"), [(ending, unit) for ending, units in HOSTILE.items() for unit in units]
)
def test_hostile_text_ends_in_time(ending: str, unit: str) -> None:
    """A quadratic reading of these takes minutes."""
    assert read(ending, unit * (60_000 // len(unit))).body is not None
