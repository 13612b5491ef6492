"""Markdown: captions of images in all their spellings, and what only looks like one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.articles.article import Article
from media.articles.markdown.read import read_markdown
from media.articles.markdown.recognise import looks_like_markdown
from media.captions.caption import Caption


def read(text: str) -> Article:
    return read_markdown(text.encode())


def captions(article: Article) -> list[tuple[str, str | None, str | None]]:
    return [
        (one.origin, one.image_src, one.caption.text if one.caption else None) for one in article.placements
    ]


@pytest.mark.parametrize(
    ("text", "origin", "src", "caption"),
    [
        pytest.param('![smoke](a.jpg "Smoke rises.")', "near-image", "a.jpg", "Smoke rises.", id="title"),
        pytest.param(
            "![smoke](a.jpg 'Smoke \"rises\".')", "near-image", "a.jpg", 'Smoke "rises".', id="title-single"
        ),
        pytest.param("![](<a b.jpg>)", "near-image", "a b.jpg", None, id="address-with-a-space"),
        pytest.param("![](a b.jpg)", "near-image", "a b.jpg", None, id="address-with-a-bare-space"),
        pytest.param("![](a_(1).jpg)", "near-image", "a_(1).jpg", None, id="brackets-in-the-address"),
        pytest.param(
            "![smoke](a.jpg)\n*Smoke rises.*", "near-image", "a.jpg", "Smoke rises.", id="italics-next-line"
        ),
        pytest.param(
            "![smoke](a.jpg)\n\n_Smoke rises._",
            "near-image",
            "a.jpg",
            "Smoke rises.",
            id="italics-next-paragraph",
        ),
        pytest.param(
            "![](a.jpg)\n<small>Smoke rises.</small>", "near-image", "a.jpg", "Smoke rises.", id="small"
        ),
        pytest.param(
            "![](a.jpg)\n*Smoke [rises](http://x.org) over Idlib.*",
            "near-image",
            "a.jpg",
            "Smoke rises over Idlib.",
            id="link-inside",
        ),
        pytest.param(
            '[![smoke](a.jpg "Smoke rises.")](big.jpg)', "near-image", "a.jpg", "Smoke rises.", id="linked"
        ),
        pytest.param(
            '![smoke][1]\n\n[1]: a.jpg "Smoke rises."', "near-image", "a.jpg", "Smoke rises.", id="reference"
        ),
        pytest.param("![[a.jpg|Smoke rises.]]", "near-image", "a.jpg", "Smoke rises.", id="embed"),
        pytest.param("![[a.jpg|300x200]]", "near-image", "a.jpg", None, id="embed-size"),
        pytest.param(
            '<figure>\n<img src="a.jpg" alt="x">\n\n<figcaption>Smoke rises.</figcaption>\n</figure>',
            "figcaption",
            "a.jpg",
            "Smoke rises.",
            id="figure",
        ),
        pytest.param(
            '[caption id="attachment_1" width="300"]<a href="x"><img src="a.jpg" alt="x" /></a> Smoke rises.[/caption]',
            "shortcode",
            "a.jpg",
            "Smoke rises.",
            id="wordpress",
        ),
        pytest.param(
            '[caption width="300" caption="Smoke &quot;rises&quot;."]<img src="a.jpg" />[/caption]',
            "shortcode",
            "a.jpg",
            'Smoke "rises".',
            id="wordpress-before-3.4",
        ),
        pytest.param(
            "[caption]![x](a.jpg) Smoke rises.[/caption]",
            "shortcode",
            "a.jpg",
            "Smoke rises.",
            id="wordpress-markdown",
        ),
        pytest.param(
            '{{< figure src="a.jpg" caption="Smoke rises." >}}',
            "shortcode",
            "a.jpg",
            "Smoke rises.",
            id="hugo",
        ),
        pytest.param(
            '{% include figure.html src="a.jpg" caption="Smoke *rises*." %}',
            "shortcode",
            "a.jpg",
            "Smoke rises.",
            id="jekyll",
        ),
        pytest.param("![A bridge](a.jpg)", "alt", "a.jpg", "A bridge", id="alt-alone"),
    ],
)
def test_caption_of_an_image(text: str, origin: str | None, src: str | None, caption: str | None) -> None:
    article = read(f"# Head\n\nFirst.\n\n{text}\n\nLast.\n")
    assert captions(article) == ([(origin, src, caption)] if origin else [])
    assert article.headline == "Head"
    if origin:
        assert article.body == "First.\nLast."


def test_credit_inside_a_caption_is_parted() -> None:
    (placement,) = read("![](a.jpg)\n*Smoke rises over Idlib. (AP Photo/Ghaith Alsayed)*\n").placements
    assert placement.caption == Caption("Smoke rises over Idlib.", "(AP Photo/Ghaith Alsayed)")
    (placement,) = read('{{< figure src="a.jpg" caption="Smoke." attr="Jo Ek" >}}').placements
    assert placement.caption == Caption("Smoke.", "Jo Ek")


@pytest.mark.parametrize(
    ("text", "body"),
    [
        pytest.param("![x](a.jpg)\n\nPlain text follows.", "Plain text follows.", id="plain-paragraph"),
        pytest.param("![x](a.jpg)\nPlain text follows.", "Plain text follows.", id="plain-line"),
        pytest.param("![x](a.jpg)\n\n*One* word and *another*", "One word and another", id="two-emphases"),
        pytest.param("![x](a.jpg)\n\n**A crosshead**", "A crosshead", id="bold"),
        pytest.param(
            "A sentence.\n\n*An aside in italics.*", "A sentence.\nAn aside in italics.", id="no-image"
        ),
        pytest.param(
            "Text ![x](a.jpg) goes on.\n\n*An aside.*", "Text goes on.\nAn aside.", id="image-in-a-sentence"
        ),
    ],
)
def test_text_near_an_image_that_is_no_caption(text: str, body: str) -> None:
    article = read(text)
    assert article.body == body
    assert all(one.caption is None or one.origin == "alt" for one in article.placements)


def test_reference_defined_behind_code_is_found() -> None:
    article = read('![x][a]\n\n```\n[a]: wrong.jpg\n```\n\n[a]: a.jpg "Smoke rises."\n')
    assert captions(article) == [("near-image", "a.jpg", "Smoke rises.")]


def test_image_in_code_is_none() -> None:
    article = read('Write:\n\n```md\n![x](a.jpg "No caption")\n```\n\nDone.')
    assert article.placements == ()
    assert article.body == 'Write:\n![x](a.jpg "No caption")\nDone.'


def test_body_is_the_text_without_its_signs() -> None:
    article = read(
        "Shells hit\n==========\n\n> A *quoted* line\n> goes on\n\n"
        "- One\n- Two [link](http://x.org/a_(b))\n  more\n\n"
        "1. First\n2. Second\n\n***\n\nA snake_case_name, 3 * 4 * 5, `code` and a note[^1].\\*\n\n"
        "[^1]: The note.\n\n<!-- hidden -->\n| a | b |\n|---|---|\n| c | d |\n\n"
        "## Next ##\n<div><p>In <b>HTML</b></p></div>"
    )
    assert article.headline == "Shells hit"
    assert article.body.split("\n") == [
        "A quoted line goes on",
        "One",
        "Two link more",
        "First",
        "Second",
        "A snake_case_name, 3 * 4 * 5, code and a note.*",
        "a",
        "b",
        "c",
        "d",
        "Next",
        "In HTML",
    ]


@pytest.mark.parametrize(
    "front",
    [
        pytest.param(
            '---\ntitle: "Shells: a report"\nauthor:\n  - Jo Ek\n  - Al Oy\ndate: 2020-02-27 10:45:00 +0100\nlang: en\n'
            "canonical_url: https://example.org/a\nimage: lead.jpg\nimage_caption: The lead.\n---\n",
            id="yaml",
        ),
        pytest.param(
            "---\ntitle: 'Shells: a report'\nauthors: [Jo Ek, Al Oy]\ndate: 2020-02-27T10:45:00+01:00\nlanguage: en\n"
            "url: https://example.org/a\nimage:\n  src: lead.jpg\n  caption: The lead.\n---\n",
            id="yaml-nested",
        ),
        pytest.param(
            '+++\ntitle = "Shells: a report"\nauthors = ["Jo Ek", "Al Oy"]\ndate = "2020-02-27T10:45:00+01:00"\n'
            'lang = "en"\nurl = "https://example.org/a"\n[image]\nsrc = "lead.jpg"\ncaption = "The lead."\n+++\n',
            id="toml",
        ),
    ],
)
def test_front_matter(front: str) -> None:
    article = read(front + "\nFirst.\n\n![x](b.jpg)\n")
    assert (article.headline, article.byline, article.language) == ("Shells: a report", "Jo Ek, Al Oy", "en")
    assert (article.published_at, article.url) == ("2020-02-27T10:45:00+01:00", "https://example.org/a")
    assert article.body == "First."
    assert captions(article) == [("near-image", "lead.jpg", "The lead."), ("alt", "b.jpg", "x")]


def test_rule_at_the_top_is_no_front_matter() -> None:
    assert read("---\n\nFirst.\n").body == "First."


def test_toml_that_is_wrong_is_passed_over() -> None:
    assert read("+++\ntitle = \n+++\nFirst.").body == "First."


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("![" * 100_000, id="open-images"),
        pytest.param("[caption " * 50_000, id="open-shortcodes"),
        pytest.param("[caption]" * 50_000, id="shortcodes-without-end"),
        pytest.param("<figure>" * 20_000, id="open-figures"),
        pytest.param("<img " * 50_000, id="open-img"),
        pytest.param("*" * 200_000, id="stars"),
        pytest.param("*a " * 70_000, id="open-emphases"),
        pytest.param("_" * 1000 + "a_" * 50_000, id="underscores"),
        pytest.param("{{< figure " * 30_000, id="open-figures-of-hugo"),
        pytest.param("[a](" * 50_000, id="open-links"),
        pytest.param("`" * 100_000, id="ticks"),
        pytest.param("---\n" * 50_000, id="rules"),
        pytest.param("> " * 100_000, id="quotes"),
        pytest.param("<!--" * 50_000, id="open-comments"),
        pytest.param("[^1]: a\n" + "    b\n" * 50_000, id="footnote"),
    ],
)
def test_hostile_text_ends_in_time(text: str) -> None:
    """A quadratic reading of these takes minutes."""
    assert len(read(text).placements) <= 1


@pytest.mark.parametrize(
    "text", ["<!a *b*\n\nWords.", "<table>\n<tr *x*\n</table>\n\nWords.", "<![CDATA[ *a* ]\n\nWords."]
)
def test_html_that_is_broken_is_read_once(text: str) -> None:
    assert len(read(text).body) < 30


@settings(deadline=None)
@given(st.text("ab *_[]()!<>#-`\n\"'{}%=|:./\\figurecaption", max_size=200))
def test_any_text_is_an_article(text: str) -> None:
    article = read(text)
    assert "\x00" not in article.body
    assert all("\x00" not in (one.caption.text if one.caption else "") for one in article.placements)


@pytest.mark.parametrize(
    ("head", "name", "wanted"),
    [
        pytest.param(b"Just text.", "story.md", True, id="by-name"),
        pytest.param(b"Text\n\n![a](b.jpg)\n", "story.txt", True, id="image"),
        pytest.param(b"Text [caption width=3]<img src=x> a[/caption]", "story.txt", True, id="shortcode"),
        pytest.param(b"---\ntitle: A\n---\nText", "story", True, id="front-matter"),
        pytest.param(b"# Head\n\nA [link](http://x.org).", "story.txt", True, id="heading-and-link"),
        pytest.param(b"# Head only\n\nText", "story.txt", False, id="one-sign"),
        pytest.param(b"Ghaith Alsayed took it. [1] See (a).", "story.txt", False, id="brackets"),
        pytest.param(b"<!DOCTYPE html><p>![a](b.jpg)", "story.md", False, id="page-named-md"),
        pytest.param(b'{"a": "![a](b.jpg)"}', "story.md", False, id="json-named-md"),
        pytest.param(b"\x89PNG\0", "story.md", False, id="picture-named-md"),
    ],
)
def test_recognition(head: bytes, name: str, wanted: bool) -> None:
    assert looks_like_markdown(head, name) is wanted


@pytest.mark.parametrize("title", ["Share", "Image 1 of 3"])
def test_a_title_of_interface_words_is_no_caption_of_its_picture(title: str) -> None:
    (placement,) = read(
        f'# Quay\n\nThe quay is shut until the storm is over.\n\n![](a.jpg "{title}")\n'
    ).placements
    assert (placement.image_src, placement.caption) == ("a.jpg", None)
