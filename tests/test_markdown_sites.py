"""Markdown as sites keep it: shortcodes, components, front matter, raw HTML, and what they must not cost."""

import pytest

from media.articles.article import Article
from media.articles.markdown.front_matter import read_yaml, split_front_matter
from media.articles.markdown.read import read_markdown
from media.articles.markdown.recognise import looks_like_markdown
from media.media_type import recognise

BODY = "The ferry to Halvik stays in port until Friday, its owner said."


def read(text: str, name: str = "") -> Article:
    return read_markdown(text.encode(), name=name)


def shown(article: Article) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (one.image_src, one.caption.text, one.caption.credit_line)
        if one.caption
        else (one.image_src, None, None)
        for one in article.placements
        if one.origin != "alt"
    ]


@pytest.mark.parametrize(
    ("text", "src", "caption", "credit"),
    [
        pytest.param(
            '{{< figure src="f.jpg" title="T" caption="Nets dry." attr="Al Oy" >}}',
            "f.jpg",
            "Nets dry.",
            "Al Oy",
            id="hugo",
        ),
        pytest.param(
            "{{< figure src='f.jpg' caption=`Nets \"dry\"\nat dawn.` >}}",
            "f.jpg",
            'Nets "dry" at dawn.',
            None,
            id="hugo-raw-string",
        ),
        pytest.param(
            '{{< figure src="f.jpg" >}}\nNets **dry**.\n{{< /figure >}}',
            "f.jpg",
            "Nets dry.",
            None,
            id="hugo-paired",
        ),
        pytest.param(
            '{{% img src="/m/f.webp" caption="Nets [dry](http://x.org)." %}}',
            "/m/f.webp",
            "Nets dry.",
            None,
            id="hugo-percent",
        ),
        pytest.param(
            '{{< parts/slide image="f.jpg" caption="Nets dry." credit="Al Oy" >}}',
            "f.jpg",
            "Nets dry.",
            "Al Oy",
            id="hugo-other-name",
        ),
        pytest.param('{{< fig "f.jpg" "Nets dry." >}}', "f.jpg", "Nets dry.", None, id="hugo-positional"),
        pytest.param(
            '{% include image.html url="f.jpg" description="Nets dry." %}',
            "f.jpg",
            "Nets dry.",
            None,
            id="jekyll",
        ),
        pytest.param(
            '{% include figure image_path="{{ site.baseurl }}/f.jpg" caption="Nets dry." %}',
            "/f.jpg",
            "Nets dry.",
            None,
            id="jekyll-value-inside",
        ),
        pytest.param(
            "{% capture told %}Nets *dry*.{% endcapture %}\n{% include figure src='f.jpg' caption=told %}",
            "f.jpg",
            "Nets dry.",
            None,
            id="jekyll-capture",
        ),
        pytest.param(
            '{% assign told = "Nets dry." %}\n{% include figure src="f.jpg" caption=told %}',
            "f.jpg",
            "Nets dry.",
            None,
            id="jekyll-assign",
        ),
        pytest.param(
            '{% img left /i/f.jpg 300 200 "Nets dry." "alt" %}', "/i/f.jpg", "Nets dry.", None, id="octopress"
        ),
        pytest.param(
            "{% imgcap /i/f.jpg Nets dry in the yard. %}",
            "/i/f.jpg",
            "Nets dry in the yard.",
            None,
            id="octopress-bare-words",
        ),
        pytest.param(
            '{% figure caption:"Nets dry." %}\n![x](f.jpg)\n{% endfigure %}',
            "f.jpg",
            "Nets dry.",
            None,
            id="jekyll-figure-around",
        ),
        pytest.param(
            '<figure>\n{% image "f.jpg", "alt words" %}\n<figcaption>Nets dry.</figcaption>\n</figure>',
            "f.jpg",
            "Nets dry.",
            None,
            id="eleventy-in-figure",
        ),
        pytest.param(
            '<Figure src="f.jpg" caption={"Nets dry."} credit="Al Oy" />',
            "f.jpg",
            "Nets dry.",
            "Al Oy",
            id="mdx",
        ),
        pytest.param(
            '<Figure src="f.jpg">\n  Nets dry.\n</Figure>', "f.jpg", "Nets dry.", None, id="mdx-children"
        ),
        pytest.param(
            "import nets from './f.jpg'\n\n<Image src={nets} caption='Nets dry.' />",
            "./f.jpg",
            "Nets dry.",
            None,
            id="mdx-import",
        ),
        pytest.param(
            "```{figure} f.jpg\n:alt: x\n:width: 3px\n\nNets dry.\n```", "f.jpg", "Nets dry.", None, id="myst"
        ),
        pytest.param(
            ":::{figure} f.jpg\n:alt: x\n\nNets dry.\n:::", "f.jpg", "Nets dry.", None, id="myst-colons"
        ),
        pytest.param(":::figure\n![](f.jpg)\nNets dry.\n:::", "f.jpg", "Nets dry.", None, id="fenced-div"),
        pytest.param(
            "![Nets dry.](f.jpg){#fig:nets width=50%}", "f.jpg", "Nets dry.", None, id="pandoc-figure"
        ),
        pytest.param(
            "![x](f.jpg){: .left}\n*Nets dry. Photo: Al Oy*\n{: .caption}",
            "f.jpg",
            "Nets dry.",
            "Photo: Al Oy",
            id="kramdown",
        ),
        pytest.param(
            "![x](f.jpg)\n\nNets dry.\n{: .caption}", "f.jpg", "Nets dry.", None, id="kramdown-class"
        ),
        pytest.param("| ![](f.jpg) |\n|:--:|\n| *Nets dry.* |", "f.jpg", "Nets dry.", None, id="table"),
        pytest.param("> ![](f.jpg)\n> Nets dry.", "f.jpg", "Nets dry.", None, id="quotation"),
        pytest.param(
            "![x](f.jpg)\n**Nets dry.** Photo: Al Oy",
            "f.jpg",
            "Nets dry.",
            "Photo: Al Oy",
            id="bold-with-credit",
        ),
        pytest.param("![x](f.jpg)\n<sup>Nets dry.</sup>", "f.jpg", "Nets dry.", None, id="sup"),
        pytest.param(
            "<Figure src={require('./f.jpg').default} caption='Nets dry.' />",
            "./f.jpg",
            "Nets dry.",
            None,
            id="required",
        ),
        pytest.param("![x](f.jpg)\n\nFigure 3: Nets dry.", "f.jpg", "Nets dry.", None, id="numbered"),
        pytest.param(
            '<center>\n<img src="f.jpg">\n<br><small>Nets dry.</small>\n</center>',
            "f.jpg",
            "Nets dry.",
            None,
            id="center",
        ),
        pytest.param(
            '<p align="center"><img src="f.jpg"><br><em>Nets dry.</em></p>',
            "f.jpg",
            "Nets dry.",
            None,
            id="paragraph-of-html",
        ),
        pytest.param(
            '<div class="wp-caption" style="x">![](f.jpg)Nets dry.\n</div>',
            "f.jpg",
            "Nets dry.",
            None,
            id="markdown-in-html",
        ),
        pytest.param(
            '<div class="pic">\n<img src="f.jpg">\n<p class="caption">Nets dry.</p>\n</div>',
            "f.jpg",
            "Nets dry.",
            None,
            id="class",
        ),
        pytest.param(
            "![x](f.jpg)\n*Olander&#8217;s nets &amp; floats dry.*",
            "f.jpg",
            "Olander’s nets & floats dry.",
            None,
            id="entities",
        ),
    ],
)
def test_caption(text: str, src: str, caption: str, credit: str | None) -> None:
    article = read(f"---\ntitle: Head\n---\n\n{BODY}\n\n{text}\n\nThe last paragraph.\n")
    found = shown(article)
    # The number of a figure is its lead-in or a part of its caption, as the captions' own rules have it.
    assert [(one, said.rpartition(": ")[2] if said else said, by) for one, said, by in found] == [
        (src, caption, credit)
    ]
    assert article.body == f"{BODY}\nThe last paragraph."


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{< embed/letter >}}", id="hugo"),
        pytest.param("{{< youtube abc123 >}}\n\n{{< gallery dir='x' />}}", id="hugo-several"),
        pytest.param("{{< box >}}\n\n{{< /box >}}", id="hugo-pair"),
        pytest.param("{% include toc.html %}", id="liquid"),
        pytest.param("{% comment %}\nNot shown.\n{% endcomment %}", id="liquid-comment"),
        pytest.param("{{ page.nothing }}", id="value"),
        pytest.param("<Newsletter kind={{a: 1}} />", id="component"),
        pytest.param("<script>\nvar a = 1;\n\nvar b;\n</script>\n\n<style>\n.a {}\n</style>", id="script"),
        pytest.param("<!-- An old\n\nparagraph -->", id="comment"),
        pytest.param("* TOC\n{:toc}\n".replace("* TOC\n", ""), id="kramdown-toc"),
        pytest.param("import A from './a'\n\nexport const meta = {\n  a: 1\n}", id="mdx-script"),
        pytest.param("{% video a.mp4 %}", id="film"),
        pytest.param('[gallery ids="1,2" columns="2"]', id="gallery-of-wordpress"),
    ],
)
def test_what_shows_nothing_costs_no_text_around_it(text: str) -> None:
    article = read(f"{BODY}\n\n{text}\n\nThe last paragraph.\n")
    assert article.body == f"{BODY}\nThe last paragraph."
    assert article.placements == ()


@pytest.mark.parametrize(
    ("text", "body"),
    [
        pytest.param("{{< notice >}}\nMind the gap.\n{{< /notice >}}", "Mind the gap.", id="hugo"),
        pytest.param("{% quote Al Oy %}\nWe wait.\n{% endquote %}", "We wait.", id="liquid"),
        pytest.param("{% if a %}Yes.{% else %}No.{% endif %}", "Yes.No.", id="liquid-condition"),
        pytest.param("<Note kind='a'>\n\nMind the gap.\n\n</Note>", "Mind the gap.", id="component"),
        pytest.param(":::tip Mind\n\nMind the gap.\n\n:::", "Mind the gap.", id="fenced-div"),
        pytest.param("```{note}\nMind the *gap*.\n```", "Mind the gap.", id="myst"),
        pytest.param(
            '<div class="related social-impact">\n\nMind the gap, the offer ends.\n\n</div>',
            "Mind the gap, the offer ends.",
            id="class-of-furniture",
        ),
        pytest.param('<aside class="poll-results">Mind the gap.</aside>', "Mind the gap.", id="aside"),
        pytest.param("<nav>\nMind the gap.", "Mind the gap.", id="unclosed-nav"),
        pytest.param("<!-- Mind the gap.", "Mind the gap.", id="unclosed-comment"),
        pytest.param(
            "- [a](/a)\n- [b](/b)\n- [c](/c)\n- [d](/d)\n- [e](/e)\n- [f](/f)",
            "a\nb\nc\nd\ne\nf",
            id="list-of-links",
        ),
        pytest.param("[[Tessen|The town]] of [[Orrin]]", "The town of Orrin", id="wiki-links"),
        pytest.param(
            "Write `{{< figure src=a.jpg >}}` here.",
            "Write {{< figure src=a.jpg >}} here.",
            id="shortcode-in-code",
        ),
        pytest.param("![](f.jpg)\n\n**A crosshead**", "A crosshead", id="crosshead"),
        pytest.param("![](f.jpg)\nPlain text.", "Plain text.", id="plain-line"),
        pytest.param(
            "Stevens &amp; Lee said&nbsp;&ldquo;no&rdquo;.", "Stevens & Lee said “no”.", id="entities"
        ),
    ],
)
def test_text_stays(text: str, body: str) -> None:
    article = read(f"{BODY}\n\n{text}\n")
    assert article.body == f"{BODY}\n{body}"
    assert all(one.caption is None for one in article.placements)


@pytest.mark.parametrize(
    ("front", "src", "caption", "credit"),
    [
        pytest.param(
            "image: f.jpg\nimage-caption: Nets dry.\nimage-credit: Al Oy",
            "f.jpg",
            "Nets dry.",
            "Al Oy",
            id="beside",
        ),
        pytest.param(
            "hero_image: /i/f.jpg\nhero_caption: Nets dry.\nhero_credit: Al Oy",
            "/i/f.jpg",
            "Nets dry.",
            "Al Oy",
            id="same-beginning",
        ),
        pytest.param(
            "featuredImage: ./f.jpg\nfeaturedImageCaption: Nets dry.",
            "./f.jpg",
            "Nets dry.",
            None,
            id="camel",
        ),
        pytest.param(
            "photo: f.jpg\nphoto_caption: Nets dry.\nphotographer: Al Oy",
            "f.jpg",
            "Nets dry.",
            "Al Oy",
            id="photographer",
        ),
        pytest.param(
            "cover:\n  image: f.jpg\n  alt: x\n  caption: Nets dry.", "f.jpg", "Nets dry.", None, id="object"
        ),
        pytest.param(
            "lead-image:\n  path: f.jpg\n  cutline: Nets dry.\n  credit: Al Oy",
            "f.jpg",
            "Nets dry.",
            "Al Oy",
            id="cutline",
        ),
        pytest.param(
            "header:\n  overlay_image: /f.jpg\n  caption: Nets **dry**.",
            "/f.jpg",
            "Nets dry.",
            None,
            id="header",
        ),
        pytest.param(
            "images:\n  - src: f.jpg\n    caption: Nets dry.", "f.jpg", "Nets dry.", None, id="list"
        ),
        pytest.param(
            "image: f.jpg\nimage_caption: |\n  Nets\n  dry.", "f.jpg", "Nets dry.", None, id="block-scalar"
        ),
        pytest.param(
            "said: &said Nets dry.\nimage: f.jpg\ncaption: *said", "f.jpg", "Nets dry.", None, id="alias"
        ),
        pytest.param(
            'extra: "a" b: c\nimage: f.jpg\nimage_caption: Nets dry.',
            "f.jpg",
            "Nets dry.",
            None,
            id="wrong-yaml",
        ),
    ],
)
def test_picture_of_the_front_matter(front: str, src: str, caption: str, credit: str | None) -> None:
    article = read(f"---\ntitle: Head\nauthor:\n  name: Al\n  avatar: al.jpg\n{front}\n---\n{BODY}\n")
    assert shown(article) == [(src, caption, credit)]
    assert (article.headline, article.body) == ("Head", BODY)


def test_text_under_a_caption_in_one_paragraph_stays() -> None:
    article = read(f"![x](f.jpg)  \n*Nets dry.*  \n{BODY}\n")
    assert shown(article) == [("f.jpg", "Nets dry.", None)]
    assert article.body == BODY


def test_front_matter_of_any_length_is_none_of_the_text() -> None:
    long = "".join(f"key{number}: a value of some length\n" for number in range(5_000))
    article = read(f"---\ntitle: Head\n{long}---\n{BODY}\n")
    assert (article.headline, article.body) == ("Head", BODY)


@pytest.mark.parametrize(
    ("front", "published"),
    [
        pytest.param("+++\ndate = 2024-11-19T10:00:00-04:00\n+++\n", "2024-11-19T10:00:00-04:00", id="toml"),
        pytest.param("+++\ndate = 2024-11-19\n+++\n", "2024-11-19", id="toml-day"),
        pytest.param("---\ndate: 2024-11-19\n---\n", "2024-11-19", id="yaml"),
        pytest.param("---\ndate: 2024-99-19\n---\n", None, id="no-such-month"),
        pytest.param('{\n  "date": "2024-11-19"\n}\n', "2024-11-19", id="json"),
    ],
)
def test_date(front: str, published: str | None) -> None:
    assert read(front + BODY).published_at == published
    assert read(front + BODY).body == BODY


def test_date_in_the_name_of_the_file() -> None:
    assert read(BODY, "2023-04-05-a-ferry.md").published_at == "2023-04-05"
    assert read(f"---\ndate: 2024-11-19\n---\n{BODY}", "2023-04-05-a-ferry.md").published_at == "2024-11-19"
    assert read(BODY, "a-ferry.md").published_at is None


def test_aliases_that_stand_for_too_much_stand_for_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]" for number in range(1, 30)]
    fields = read_yaml("\n".join([*lines, "title: Head"]))
    assert fields["title"] == "Head"
    assert fields["a29"] == [None] * 10


def test_yaml_is_never_more_than_texts() -> None:
    fields = read_yaml("title: !!python/object/apply:os.system ['true']\ndraft: yes\nwhen: 2024-01-01")
    assert fields == {"title": ["true"], "draft": "yes", "when": "2024-01-01"}


@pytest.mark.parametrize(
    "text",
    ["---\nJust words.\n---\nMore.", "+++\n", "---\n", "{ not json", '{"a": 1}', "---\na: b\nno end"],
)
def test_what_is_no_front_matter_is_text(text: str) -> None:
    assert split_front_matter(text) == ({}, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("![a](a.jpg)\n*b*\n\n" * 5_000, id="pictures"),
        pytest.param("---\ntitle: a\n" + "k: v.jpg\n" * 200_000 + "---\ntext", id="front-matter"),
        pytest.param("---\na: " + "[" * 50_000 + "\n---\ntext", id="deep-yaml"),
        pytest.param("+++\na = " + "[" * 50_000 + "\n+++\ntext", id="deep-toml"),
        pytest.param("{{< a >}}" * 30_000 + "{{< /a >}}" * 30_000, id="nested-shortcodes"),
        pytest.param("{{< figure >}}" * 20_000 + "![](a)" + "{{< /figure >}}" * 20_000, id="nested-figures"),
        pytest.param('{{< figure src="a.jpg" caption=\' >}}' * 20_000, id="quotes"),
        pytest.param("[caption]a[/caption]" * 4_000, id="captions"),
        pytest.param("<Figure>" * 30_000 + "</Figure>" * 30_000, id="components"),
        pytest.param("{% capture a %}" * 30_000, id="captures"),
        pytest.param(":::a\n" * 50_000, id="fenced-divs"),
        pytest.param("```{note}\n" * 30_000, id="directives"),
        pytest.param("<nav>" * 50_000, id="unclosed-elements"),
        pytest.param("<table>" + "<tr><td>" * 30_000, id="cells"),
        pytest.param("\ufdd01\ufdd1" * 50_000, id="marks"),
    ],
)
def test_hostile_text_ends_in_time(text: str) -> None:
    """A quadratic reading of these takes minutes."""
    assert read(text).body is not None


@pytest.mark.parametrize(
    ("head", "name", "wanted"),
    [
        pytest.param(b'{\n  "title": "A"\n}\n\nText.', "a.md", True, id="json-front-matter"),
        pytest.param(b'{"title": "A"}', "a.md", False, id="json"),
        pytest.param(b"+++\ntitle = 'A'\n+++\nText", "a", True, id="toml-front-matter"),
        pytest.param(b"<Figure src='a.jpg' />", "a.mdx", True, id="mdx"),
    ],
)
def test_recognition(head: bytes, name: str, wanted: bool) -> None:
    assert looks_like_markdown(head, name) is wanted


@pytest.mark.parametrize(
    ("text", "src", "caption", "credit"),
    [
        pytest.param('{{ figure(src="k.jpg", caption="A boat.") }}', "k.jpg", "A boat.", None, id="zola"),
        pytest.param(
            '{% figure "k.jpg", "boat" %}A *boat* leaves.{% endfigure %}', "k.jpg", "A boat leaves.", None, id="paired"
        ),
        pytest.param(
            '<Figure src={"k.jpg"} caption={<>A <em>boat</em>.</>} />', "k.jpg", "A boat.", None, id="fragment"
        ),
        pytest.param(
            "---\ntitle: x\nimagen: k.jpg\nimagen_pie: A boat leaves the quay.\nimagen_pos: top\n---\n",
            "k.jpg", "A boat leaves the quay.", None, id="names-of-any-language",
        ),
        pytest.param("![](k.jpg)\n\n/// caption\nA *boat*.\n///", "k.jpg", "A boat.", None, id="caption-block"),
        pytest.param(
            "---\ntitle: x\nresources:\n- src: k.jpg\n  title: Cover\n  params:\n    caption: A boat.\n"
            "    credit: Jo Ek\n---\n",
            "k.jpg", "A boat.", "Jo Ek", id="params",
        ),
    ],
)  # fmt: skip
def test_caption_of_other_site_generators(text: str, src: str, caption: str, credit: str | None) -> None:
    article = read(f"{text}\n\n{BODY}\n")
    assert shown(article) == [(src, caption, credit)]
    assert article.body == BODY


def test_fields_without_a_fence_are_front_matter_where_one_is_the_title() -> None:
    article = read(f"Title: Ferries\nDate: 2023-02-08 10:20\nAuthor: Jo Ek\n\n{BODY}\n")
    assert (article.headline, article.byline, article.published_at) == (
        "Ferries",
        "Jo Ek",
        "2023-02-08T10:20",
    )
    assert article.body == BODY
    assert read(f"Question: why?\nAnswer: because.\n\n{BODY}\n").body.startswith("Question")


def test_front_matter_of_json_with_a_picture_is_no_sidecar() -> None:
    data = (
        '{"title": "x", "publishedAt": "2023-02-08", "cover": {"url": "k.jpg", "caption": "A boat."}}\n\n'
        + BODY
    )
    assert recognise(data.encode(), "ferry.md") == "text/markdown"
    assert shown(read(data)) == [("k.jpg", "A boat.", None)]


def test_a_first_line_that_only_signs_is_the_byline() -> None:
    article = read(f"Ferries\n=======\n\n*By Jo Ek | 8 February 2023*\n\n{BODY}\n")
    assert (article.byline, article.published_at) == ("By Jo Ek", "2023-02-08")
    assert article.body == BODY
    assert read(f"# Ferries\n\nBy Friday the ferry was full.\n\n{BODY}\n").byline is None
