"""JSON of systems, interfaces and corpora: what each calls an article's parts, and where a document keeps them."""

import json
from pathlib import Path

import pytest

from media.articles.article import Article, Hints
from media.articles.json_documents import find_rows
from media.articles.json_nodes import read_nodes
from media.articles.json_page import read_page, read_page_data
from media.articles.jsonlines import looks_like_json_articles, read_json_article, read_json_articles
from media.articles.markup import Shown
from media.media_type import recognise
from tests.conftest import rows, scan_archive

LONG = "The harbour of the old town opened again on Monday, after two years of work on its walls and on its lights."
OTHER = (
    "Fishing boats left before dawn, as they had done for generations, and came back with the evening tide."
)
HTML = f"<p>{LONG}</p><figure><img src='b.jpg'><figcaption>A boat.</figcaption></figure><p>It was full.</p>"
BODY = f"{LONG}\nIt was full."


def read(row: object) -> Article:
    article = read_json_article(json.dumps(row).encode())
    assert article is not None
    return article


def captions(article: Article) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (
            one.image_src,
            one.caption.text if one.caption else None,
            one.caption.credit_line if one.caption else None,
        )
        for one in article.placements
    ]


ARC = {
    "type": "story",
    "headlines": {"basic": "Head"},
    "credits": {"by": [{"name": "Jo Ek", "type": "author"}]},
    "display_date": "2024-11-19T10:00:00Z",
    "canonical_url": "https://a.example/1",
    "promo_items": {
        "basic": {
            "type": "image",
            "url": "lead.jpg",
            "caption": "The quay.",
            "credits": {"by": [{"name": "Ann Lee"}], "affiliation": [{"name": "Post"}]},
        }
    },
    "content_elements": [
        {"type": "text", "content": LONG.replace("old", "<b>old</b>")},
        {"type": "image", "url": "b.jpg", "caption": "A boat.", "credits": {"by": [{"name": "Ann Lee"}]}},
        {"type": "interstitial_link", "content": "Read more"},
        {"type": "gallery", "content_elements": [{"type": "image", "url": "g.jpg", "caption": "A crane."}]},
        {"type": "raw_html", "content": "<div>widget</div>"},
        {"type": "list", "items": [{"type": "text", "content": "It was full."}]},
    ],
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            ARC,
            [
                ("lead.jpg", "The quay.", "Ann Lee/Post"),
                ("b.jpg", "A boat.", "Ann Lee"),
                ("g.jpg", "A crane.", None),
            ],
            id="arc",
        ),
        pytest.param(
            {
                "title": {"rendered": "Head"},
                "content": {"rendered": HTML},
                "date_gmt": "2024-11-19T10:00:00",
                "link": "https://a.example/1",
                "_embedded": {
                    "author": [{"name": "Jo Ek"}],
                    "wp:featuredmedia": [
                        {"source_url": "lead.jpg", "caption": {"rendered": "<p>The quay &amp; lights.</p>\n"}}
                    ],
                },
            },
            [("lead.jpg", "The quay & lights.", None), ("b.jpg", "A boat.", None)],
            id="wordpress",
        ),
        pytest.param(
            {
                "title": "Head",
                "html": HTML.replace("b.jpg", "__GHOST_URL__/b.jpg"),
                "feature_image": "__GHOST_URL__/lead.jpg",
                "feature_image_caption": "The <em>quay</em>.",
                "authors": [{"name": "Jo Ek"}],
                "published_at": "2024-11-19T10:00:00.000Z",
                "url": "https://a.example/1",
                "plaintext": "not this",
            },
            [("/lead.jpg", "The quay.", None), ("/b.jpg", "A boat.", None)],
            id="ghost",
        ),
        pytest.param(
            {
                "webTitle": "not this",
                "webUrl": "https://a.example/1",
                "webPublicationDate": "2024-11-19T10:00:00Z",
                "fields": {
                    "headline": "Head",
                    "byline": "Jo Ek",
                    "main": "<figure><img src='lead.jpg'><figcaption>The quay.</figcaption></figure>",
                    "body": HTML,
                },
            },
            [("lead.jpg", "The quay.", None), ("b.jpg", "A boat.", None)],
            id="guardian",
        ),
        pytest.param(
            {
                "webTitle": "Head",
                "webUrl": "https://a.example/1",
                "webPublicationDate": "2024-11-19T10:00:00Z",
                "fields": {"byline": "Jo Ek", "body": f"<p>{LONG}</p><p>It was full.</p>"},
                "elements": [
                    {
                        "type": "image",
                        "assets": [
                            {"file": "s.jpg", "typeData": {"width": "100"}},
                            {
                                "file": "l.jpg",
                                "typeData": {"width": "900", "caption": "A boat.", "credit": "EPA"},
                            },
                        ],
                    },
                    {"type": "video", "assets": [{"file": "v.mp4", "typeData": {"caption": "Film."}}]},
                ],
            },
            [("l.jpg", "A boat.", "EPA")],
            id="guardian-elements",
        ),
        pytest.param(
            {
                "web_url": "https://a.example/1",
                "lead_paragraph": BODY,
                "headline": {"main": "Head"},
                "byline": {"original": "Jo Ek"},
                "pub_date": "2024-11-19T10:00:00+0000",
                "multimedia": [
                    {
                        "type": "image",
                        "subtype": "thumbnail",
                        "url": "i/boat-thumb.jpg",
                        "width": 75,
                        "caption": None,
                    },
                    {
                        "type": "image",
                        "subtype": "xlarge",
                        "url": "i/boat-xl.jpg",
                        "width": 600,
                        "caption": "A boat.",
                    },
                ],
            },
            [("i/boat-xl.jpg", "A boat.", None)],
            id="nyt-archive",
        ),
        pytest.param(
            {
                "web_url": "https://a.example/1",
                "headline": {"main": "Head"},
                "byline": {"original": "Jo Ek"},
                "pub_date": "2024-11-19T10:00:00Z",
                "parsed_section": [
                    {"type": "paragraph", "text": LONG},
                    {"type": "caption", "text": "A boat.", "hash": "ab12"},
                    {"type": "paragraph", "text": "It was full."},
                ],
            },
            [("ab12.jpg", "A boat.", None)],
            id="nytimes800k",
        ),
        pytest.param(
            {
                "title": "Head",
                "authors": ["Jo Ek"],
                "publishing_date": "2024-11-19 10:00:00+00:00",
                "url": "https://a.example/1",
                "body": {"summary": [], "sections": [{"headline": [], "paragraphs": [LONG, "It was full."]}]},
                "images": [
                    {
                        "versions": [
                            {"url": "s.jpg", "size": {"width": 60}},
                            {"url": "l.jpg", "size": {"width": 600}},
                        ],
                        "caption": "A boat.",
                        "authors": ["Ann Lee"],
                        "description": "boat",
                    }
                ],
            },
            [("l.jpg", "A boat.", "Ann Lee")],
            id="fundus",
        ),
        pytest.param(
            {
                "id": "https://a.example/1",
                "title": "Head",
                "content_html": HTML,
                "image": "lead.jpg",
                "authors": [{"name": "Jo Ek"}],
                "date_published": "2024-11-19T10:00:00Z",
            },
            [("lead.jpg", None, None), ("b.jpg", "A boat.", None)],
            id="json-feed",
        ),
        pytest.param(
            {
                "type": "node--article",
                "id": "7",
                "attributes": {
                    "title": "Head",
                    "body": {"value": "not this", "processed": HTML},
                    "author": "Jo Ek",
                    "created": "2024-11-19T10:00:00+00:00",
                    "url": "https://a.example/1",
                },
            },
            [("b.jpg", "A boat.", None)],
            id="json-api",
        ),
        pytest.param(
            {
                "url": "https://a.example/1",
                "title": "Head",
                "author": "Jo Ek",
                "date": "2024-11-19T10:00:00Z",
                "content": HTML,
                "images": [{"src": "https://a.example/b.jpg", "caption": "not this one"}],
            },
            [("b.jpg", "A boat.", None)],
            id="html-body",
        ),
    ],
)
def test_shapes(row: dict[str, object], expected: list[tuple[str | None, str | None, str | None]]) -> None:
    article = read(row)
    assert (article.headline, article.body) == ("Head", BODY)
    assert (article.byline, article.published_at) == ("Jo Ek", "2024-11-19T10:00:00+00:00")
    assert article.url == "https://a.example/1"
    assert captions(article) == expected


def test_good_news_names_its_pictures_by_its_key() -> None:
    document = {
        "4fd1": {
            "images": {"0": "A boat.", "2": "A quay."},
            "headline": {"main": "Head"},
            "article": BODY,
            "article_url": "https://a.example/1",
        }
    }
    (article,) = read_json_articles(json.dumps(document).encode())
    assert captions(article) == [("4fd1_0.jpg", "A boat.", None), ("4fd1_2.jpg", "A quay.", None)]


def test_row_of_visual_news_is_a_picture_and_its_publisher_no_credit() -> None:
    row = {
        "id": 1,
        "caption": "A boat.",
        "topic": "world",
        "source": "guardian",
        "image_path": "./g/1.jpg",
        "article_path": "./g/1.txt",
    }
    article = read(row)
    assert (article.body, captions(article)) == ("", [("./g/1.jpg", "A boat.", None)])
    data = json.dumps([row] * 3).encode()
    assert recognise(data, "data.json") == "application/json"
    assert len(list(read_json_articles(data))) == 3


def test_obelics_keeps_text_and_pictures_side_by_side() -> None:
    row = {
        "images": [None, "https://x.example/b.jpg"],
        "texts": [BODY, None],
        "metadata": json.dumps([None, {"alt_text": "boat at quay"}]),
        "general_metadata": json.dumps({"url": "https://a.example/1"}),
    }
    article = read(row)
    assert (article.body, article.url) == (BODY, "https://a.example/1")
    assert [(one.origin, one.image_src) for one in article.placements] == [("alt", "https://x.example/b.jpg")]


def test_mmc4_places_pictures_at_their_sentences() -> None:
    row = {
        "url": "https://a.example/1",
        "text_list": [LONG, "It was full."],
        "image_info": [
            {"image_name": "ab.jpg", "raw_url": "https://x.example/b.jpg", "matched_text_index": 1}
        ],
    }
    article = read(row)
    assert (article.body, captions(article)) == (BODY, [("ab.jpg", None, None)])
    assert article.placements[0].position == 1


def test_what_readers_say_is_no_article() -> None:
    row = {
        "id": 1,
        "post": 7,
        "author_name": "x",
        "content": {"rendered": f"<p>{LONG}</p>"},
        "link": "https://a.example/#1",
    }
    assert list(read_json_articles(json.dumps([row]).encode(), loosely=False)) == []


def test_page_in_a_line_is_read_as_a_page() -> None:
    page = (
        "<!doctype html><html lang=en><head><title>x</title></head><body><nav><a href=/>Home</a></nav><article><h1>Head"
        f"</h1><p>{LONG}</p><p>{LONG[::-1]}.</p><figure><img src=b.jpg><figcaption>A boat.</figcaption></figure>"
    )
    article = read({"url": "https://a.example/1", "html": page})
    assert (article.headline, article.language) == ("Head", "en")
    assert article.body.startswith(LONG) and "Home" not in article.body
    assert captions(article) == [("b.jpg", "A boat.", None)]


def test_plain_body_beside_html_gives_way_where_the_html_shows_pictures() -> None:
    row = {"title": "Head", "text": BODY, "html": HTML}
    assert (read(row).body, captions(read(row))) == (BODY, [("b.jpg", "A boat.", None)])
    assert read({"title": "Head", "text": BODY, "html": "<p>x</p>"}).body == BODY


CAPTIONED = (
    "Fishing boats leave the harbour of Avel, Valdren, Feb. 27, 2020. (AP Photo/Ann Lee)\n"
    "Fishing boats leave the harbour of Avel, Valdren, Feb. 27, 2020. (AP Photo/Ann Lee)\n\n"
    "AVEL, Valdren (AP) - The harbour of the old town opened again on Monday, the council said in a statement.\n\n"
    "The council had spent twelve million on the repairs, three more than it had planned when the work began.\n\n"
    "What comes next\n\n"
    "A second harbour, for ferries to the islands, is to follow in the spring, if the money can be found.\n\n"
    "More Coverage"
)


def test_plain_body_is_searched_for_captions() -> None:
    article = read({"title": "Head", "text": CAPTIONED})
    assert [(one.origin, one.caption and one.caption.credit_line) for one in article.placements] == [
        ("text-line", "(AP Photo/Ann Lee)"),
        ("text-line", "(AP Photo/Ann Lee)"),
    ]
    assert article.body.split("\n")[0].startswith("AVEL, Valdren (AP)")
    assert article.body.split("\n")[2:] == [
        "What comes next",
        "A second harbour, for ferries to the islands, is to follow in the spring, if the money can be found.",
    ]
    assert article.dateline == "AVEL, Valdren (AP)"


def test_plain_body_without_a_caption_stays_as_it_is() -> None:
    body = f" {LONG}\n\n\nIt was full. \n{OTHER}\n"
    assert read({"title": "Head", "text": body}).body == body


@pytest.mark.parametrize(
    "nodes",
    [
        pytest.param(
            {
                "blocks": [
                    {"type": "paragraph", "data": {"text": "One <b>and</b> two."}},
                    {"type": "image", "data": {"file": {"url": "b.jpg"}, "caption": "A boat."}},
                    {"type": "header", "data": {"text": "Three"}},
                ]
            },
            id="editor.js",
        ),
        pytest.param(
            [
                {
                    "_type": "block",
                    "children": [{"_type": "span", "text": "One "}, {"_type": "span", "text": "and two."}],
                },
                {"_type": "image", "asset": {"url": "b.jpg"}, "caption": "A boat."},
                {"_type": "block", "style": "h2", "children": [{"_type": "span", "text": "Three"}]},
            ],
            id="portable-text",
        ),
        pytest.param(
            {
                "type": "doc",
                "content": [
                    {
                        "type": "paragraph",
                        "content": [
                            {"type": "text", "text": "One "},
                            {"type": "text", "marks": [{"type": "bold"}], "text": "and"},
                            {"type": "text", "text": " two."},
                        ],
                    },
                    {"type": "image", "attrs": {"src": "b.jpg", "caption": "A boat."}},
                    {
                        "type": "heading",
                        "attrs": {"level": 2},
                        "content": [{"type": "text", "text": "Three"}],
                    },
                ],
            },
            id="prosemirror",
        ),
        pytest.param(
            {
                "root": {
                    "type": "root",
                    "children": [
                        {
                            "type": "paragraph",
                            "children": [
                                {"type": "text", "text": "One and "},
                                {"type": "link", "url": "x", "children": [{"type": "text", "text": "two."}]},
                            ],
                        },
                        {"type": "image", "src": "b.jpg", "caption": "A boat."},
                        {"type": "heading", "tag": "h2", "children": [{"type": "text", "text": "Three"}]},
                    ],
                }
            },
            id="lexical",
        ),
        pytest.param(
            {
                "nodeType": "document",
                "content": [
                    {
                        "nodeType": "paragraph",
                        "content": [
                            {"nodeType": "text", "value": "One and "},
                            {
                                "nodeType": "hyperlink",
                                "data": {"uri": "x"},
                                "content": [{"nodeType": "text", "value": "two."}],
                            },
                        ],
                    },
                    {"nodeType": "picture", "src": "b.jpg", "caption": "A boat."},
                    {"nodeType": "heading-2", "content": [{"nodeType": "text", "value": "Three"}]},
                ],
            },
            id="contentful",
        ),
        pytest.param(
            {
                "blocks": [
                    {"type": "unstyled", "text": "One and two."},
                    {"type": "photo", "data": {"src": "b.jpg", "caption": "A boat."}},
                    {"type": "header-two", "text": "Three"},
                ],
                "entityMap": {},
            },
            id="draft.js",
        ),
    ],
)
def test_nodes_of_editors(nodes: object) -> None:
    found = [(one.src, one.caption) if isinstance(one, Shown) else one for one in read_nodes(nodes)]
    assert found == ["One and two.", ("b.jpg", "A boat."), "Three"]
    assert read({"title": "Head", "body": nodes}).body == "One and two.\nThree"


@pytest.mark.parametrize(
    "around",
    [
        lambda row: {"response": {"docs": [row], "meta": {"hits": 1}}, "status": "OK"},
        lambda row: {"data": {"article": row}},
        lambda row: {"title": "All", "content": [row], "page": 1},
        lambda row: {"items": [{"kind": "x", "payload": {"deep": row}}]},
        lambda row: [[row]],
        lambda row: {"ROOT_QUERY": {"x": 1}, "Story:1": {**row, "image": {"__ref": "Image:5"}},
                     "Image:5": {"url": "r.jpg", "caption": "A quay."}},
    ],
)  # fmt: skip
def test_articles_are_found_in_whatever_is_around_them(around: object) -> None:
    document = around({"headline": "Head", "body": BODY, "url": "https://a.example/1"})  # type: ignore[operator]
    (article,) = read_json_articles(json.dumps(document).encode(), loosely=False)
    assert (article.headline, article.body) == ("Head", BODY)
    if "ROOT_QUERY" in document:
        assert captions(article) == [("r.jpg", "A quay.", None)]


def test_export_of_ghost_joins_its_tables() -> None:
    data = {
        "posts": [{"id": "1", "title": "Head", "html": HTML, "feature_image": "lead.jpg", "slug": "h"}],
        "posts_meta": [{"post_id": "1", "feature_image_caption": "The quay."}],
        "posts_authors": [{"post_id": "1", "author_id": "9"}],
        "users": [{"id": "9", "name": "Jo Ek"}],
    }
    (article,) = read_json_articles(json.dumps({"db": [{"meta": {}, "data": data}]}).encode(), loosely=False)
    assert (article.byline, captions(article)[0]) == ("Jo Ek", ("lead.jpg", "The quay.", None))


@pytest.mark.parametrize(
    "document",
    [
        {"title": "Shop", "items": [{"name": "x", "text": "short"}]},
        {"menu": [{"title": "Home", "url": "/", "content": "Home"}]},
        {"errors": [{"message": "x"}]},
        [1, 2, [3]],
        {"a": {"b": {"c": []}}},
    ],
)
def test_other_json_holds_no_article(document: object) -> None:
    assert list(find_rows(document, loosely=False)) == []


# --- pages whose article is data

EMPTY = '<!doctype html><html lang="en"><head><title>Head</title>%s</head><body><div id="root"></div>%s</body></html>'
ROW = {"headline": "Head", "body": [{"type": "p", "text": LONG}, {"type": "p", "text": OTHER}],
       "image": {"url": "b.jpg", "caption": "A boat.", "credit": "Ann Lee"}}  # fmt: skip
WHOLE = f"{LONG}\n{OTHER}"


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{"props": {"pageProps": {"article": %s}}}</script>',
        "<script>window.__PRELOADED_STATE__ = {\"story\": %s};</script>",
        "<script>window.Fusion=window.Fusion||{};Fusion.globalContent=%s;Fusion.x=1</script>",
        "<script>var a=1;window.__APOLLO_STATE__={\"Story:1\": %s};</script>",
    ],
)  # fmt: skip
def test_article_in_a_script_is_read_where_the_page_has_no_text(script: str) -> None:
    article = read_page((EMPTY % ("", script % json.dumps(ROW))).encode(), Hints())
    assert (article.headline, article.body, article.language) == ("Head", WHOLE, "en")
    assert captions(article) == [("b.jpg", "A boat.", "Ann Lee")]


def test_article_in_a_script_that_parses_a_text() -> None:
    script = f"<script>window.__INITIAL_STATE__=JSON.parse({json.dumps(json.dumps({'a': ROW}))})</script>"
    assert read_page((EMPTY % ("", script)).encode(), Hints()).body == WHOLE


def test_article_for_machines_is_read_where_the_page_has_no_text() -> None:
    told = {"@type": "NewsArticle", "headline": "Head", "articleBody": WHOLE, "datePublished": "2024-11-19",
            "image": {"@type": "ImageObject", "url": "b.jpg", "caption": "A boat."}}  # fmt: skip
    page = EMPTY % (f'<script type="application/ld+json">{json.dumps({"@graph": [told]})}</script>', "")
    article = read_page(page.encode(), Hints())
    assert (article.body, article.published_at) == (WHOLE, "2024-11-19")
    assert captions(article) == [("b.jpg", "A boat.", None)]


def related(kind: str, number: str, **meta: str) -> dict[str, object]:
    return {"data": {"type": kind, "id": number, **({"meta": meta} if meta else {})}}


def test_what_an_answer_of_json_api_refers_to_belongs_to_its_articles() -> None:
    """As Drupal answers: pictures and authors are objects of their own."""
    relations = {
        "field_image": related("file--file", "9", alt="crane", title="A crane."),
        "field_lead": related("media--image", "7"),
        "uid": related("user--user", "3"),
        "field_lost": related("file--file", "404"),
        "field_none": {"data": None},
    }
    row = {"type": "node--article", "id": "1", "attributes": {"title": "Head", "body": {"value": HTML}}}
    included = [
        {"type": "file--file", "id": "9", "attributes": {"uri": {"url": "/files/a.jpg"}}},
        {
            "type": "media--image",
            "id": "7",
            "attributes": {"field_caption": "Nets.", "field_credit": "Ana Ruiz"},
            "relationships": {"field_media_image": related("file--file", "8")},
        },
        {"type": "file--file", "id": "8", "attributes": {"url": "https://n.example/c.jpg"}},
        {"type": "user--user", "id": "3", "attributes": {"display_name": "Jo Ek"}},
    ]
    document = {"data": [{**row, "relationships": relations}], "included": included}
    (article,) = read_json_articles(json.dumps(document).encode())
    assert (article.headline, article.byline, article.body) == ("Head", "Jo Ek", BODY)
    assert sorted(captions(article), key=str) == [
        ("/files/a.jpg", "A crane.", None),
        ("b.jpg", "A boat.", None),
        ("https://n.example/c.jpg", "Nets.", "Ana Ruiz"),
    ]
    without = {
        "data": {**row, "relationships": {"field_image": [], "x": {"data": [7, None]}}},
        "included": "none",
    }
    (article,) = read_json_articles(json.dumps(without).encode())
    assert captions(article) == [("b.jpg", "A boat.", None)]


def test_text_of_the_page_counts_before_its_data() -> None:
    shown = f"<article><h1>Head</h1><p>{LONG}</p><p>{LONG[:-1]} and its quays, and its boats.</p></article>"
    script = f'<script type="application/json">{json.dumps(ROW)}</script>'
    assert "Fishing" not in read_page((EMPTY % ("", shown + script)).encode(), Hints()).body


@pytest.mark.parametrize(
    "page",
    [
        "<script type=application/json>" + "[" * 200_000,
        "<script type=application/json>{" * 50_000,
        "<script>" + "__X_STATE__={" * 100_000,
        '<script type="application/json">' + '{"body":' * 5_000,
        "<script type=application/json>" + json.dumps({"a": [{"title": "x", "body": "y"}] * 20_000}),
    ],
    ids=["brackets", "scripts", "names", "objects", "teasers"],
)
def test_hostile_scripts_hold_no_article(page: str) -> None:
    assert read_page_data(page) is None


def test_deep_nodes_end_somewhere() -> None:
    deep: object = "x"
    for _ in range(500):
        deep = {"type": "section", "children": [deep]}
    assert read_nodes(deep) == []
    assert read_nodes([{"type": "p", "text": "x"}] * 60_000)[:2] == ["x", "x"]


def test_heads_of_known_shapes_are_recognised() -> None:
    for row in (ARC, {"id": 1, "caption": "x", "image_path": "a", "article_path": "b"}):
        assert looks_like_json_articles(json.dumps(row).encode(), "x.json")


def test_documents_of_systems_are_scanned(tmp_path: Path, catalog_path: Path) -> None:
    (tmp_path / "posts.json").write_text(
        json.dumps({"posts": [{"title": "Head", "html": HTML, "mobiledoc": None}]})
    )
    (tmp_path / "menu.json").write_text('{"menu": [{"title": "Home", "url": "/"}]}')
    scan_archive(catalog_path, tmp_path)
    assert rows(catalog_path, "SELECT headline, body FROM articles") == [("Head", BODY)]
    assert rows(catalog_path, "SELECT unread FROM records WHERE locator = 'menu.json'") == [("empty",)]


PARTS = [{"type": "paragraph", "data": {"text": LONG}}, {"type": "paragraph", "data": {"text": OTHER}}]


@pytest.mark.parametrize(
    ("row", "src", "caption", "credit"),
    [
        pytest.param(
            {"fields": {"title": "Quay", "body": {"nodeType": "document", "content": [
                {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": LONG}]},
                {"nodeType": "embedded-asset-block", "data": {"target": {"fields": {
                    "description": "A boat at the quay.", "file": {"url": "//x.example/q.jpg"}}}}},
            ]}}, "sys": {"id": "1"}},
            "//x.example/q.jpg", "A boat at the quay.", None, id="asset-three-objects-down",
        ),
        pytest.param(
            {"title": "Quay", "blocks": [*PARTS, {"type": "image", "data": {
                "file": {"url": "q.jpg"}, "caption": "A boat at the quay."}}]},
            "q.jpg", "A boat at the quay.", None, id="blocks-are-the-body",
        ),
        pytest.param(
            {"title": "Quay", "elements": [{"kind": "text", "value": f"<p>{LONG}</p>"}, {
                "kind": "picture", "value": {"href": "q.jpg", "legend": "A boat.", "copyright": "Jo Ek"}}]},
            "q.jpg", "A boat.", "Jo Ek", id="elements-with-values",
        ),
        pytest.param(
            {"title": "Quay", "lexical": json.dumps({"root": {"type": "root", "children": [
                {"type": "paragraph", "children": [{"type": "text", "text": LONG}]},
                {"type": "image", "src": "q.jpg", "caption": "<span>A <i>boat</i>.</span>"}]}})},
            "q.jpg", "A boat.", None, id="json-within-a-text",
        ),
        pytest.param(
            {"id": 4, "attributes": {"title": "Quay", "content": LONG, "cover": {"data": {"attributes": {
                "url": "/u/q.jpg", "caption": "A boat at the quay."}}}}},
            "/u/q.jpg", "A boat at the quay.", None, id="cover-of-any-name",
        ),
        pytest.param(
            {"title": "Quay", "text": LONG, "opening_shot": {"file": "q.jpg", "caption": "A boat."}},
            "q.jpg", "A boat.", None, id="picture-under-a-name-of-its-own",
        ),
        pytest.param(
            {"title": "Quay", "text": LONG, "image_url": "https://x.example/q.jpg", "img_caption": "A boat."},
            "https://x.example/q.jpg", "A boat.", None, id="img-caption",
        ),
        pytest.param(
            {"title": "Quay", "content": LONG, "featuredImage": {"node": {
                "sourceUrl": "https://x.example/q.jpg", "caption": "<p>A boat.</p>"}}},
            "https://x.example/q.jpg", "A boat.", None, id="graphql",
        ),
        pytest.param(
            {"post_title": "Quay", "post_content": f"<p>{LONG}</p><figure><img src=q.jpg><figcaption>A boat."},
            "q.jpg", "A boat.", None, id="rows-of-a-table-of-posts",
        ),
    ],
)  # fmt: skip
def test_pictures_of_systems_that_no_shape_names(
    row: object, src: str, caption: str, credit: str | None
) -> None:
    (found,) = find_rows(row)
    article = read(found)
    assert article.headline == "Quay"
    assert article.body.startswith(LONG)
    assert captions(article) == [(src, caption, credit)]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"title": "Menu", "elements": [{"kind": "link", "value": "Home"}]}, id="menu"),
        pytest.param({"title": "Form", "components": [{"type": "field", "label": "Name"}]}, id="form"),
    ],
)
def test_lists_without_a_paragraph_are_no_articles(row: object) -> None:
    assert list(find_rows({"page": {"parts": [row]}}, loosely=False)) == []


def test_pictures_of_authors_are_none_of_the_article_s() -> None:
    row = {
        "title": "Quay",
        "text": LONG,
        "author": {"name": "Jo Ek", "image": "jo.jpg", "alt": "Jo Ek smiles"},
    }
    assert captions(read(row)) == []


def test_quotes_of_pieces_are_body() -> None:
    body = read_nodes([{"type": "quote", "content_elements": [{"type": "text", "content": LONG}]}])
    assert body == [LONG]


def test_captions_in_a_table_of_their_own() -> None:
    document = {
        "images": [{"id": 7, "file_name": "q.jpg"}, {"id": 8, "file_name": "r.jpg"}],
        "annotations": [{"image_id": 8, "caption": "A boat."}, {"image_id": 9, "caption": "A net."}],
    }
    assert [captions(read(row)) for row in find_rows(document)] == [
        [("r.jpg", "A boat.", None)],
        [(None, "A net.", None)],
    ]


def test_objects_on_many_lines_one_after_the_other() -> None:
    data = "\n".join(json.dumps({"title": f"Quay {number}", "text": LONG}, indent=2) for number in (1, 2))
    assert [one.headline for one in read_json_articles(data.encode())] == ["Quay 1", "Quay 2"]


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        pytest.param("latin-1", "Färjorna går mer sällan", id="latin-1"),
        pytest.param("cp1251", "Паромы будут ходить реже", id="cyrillic"),
        pytest.param("utf-16", "Färjorna går mer sällan", id="utf-16"),
    ],
)
def test_json_in_other_encodings(encoding: str, title: str) -> None:
    data = json.dumps({"title": title, "text": LONG}, ensure_ascii=False).encode(encoding)
    assert [one.headline for one in read_json_articles(data)] == [title]


def test_lines_of_json_in_utf_16_are_read_together() -> None:
    lines = "\r\n".join(json.dumps({"title": f"Quay {number}", "text": LONG}) for number in (1, 2))
    data = lines.encode("utf-16")
    assert recognise(data[:4096], "quay.jsonl") == "application/json"
    assert [one.headline for one in read_json_articles(data)] == ["Quay 1", "Quay 2"]


def test_dates_of_databases() -> None:
    row = {"title": "Quay", "text": LONG, "pub_date": {"$date": {"$numberLong": "1675846800000"}}}
    assert read(row).published_at == "2023-02-08T09:00:00+00:00"


def test_page_whose_article_is_in_an_attribute() -> None:
    held = json.dumps({"props": {"article": {"title": "Quay", "body": f"{HTML}<p>{OTHER}</p>"}}}).replace(
        '"', "&quot;"
    )
    other = json.dumps({"props": {"menu": [{"title": "Home", "url": "/"}] * 20}}).replace('"', "&quot;")
    page = f'<html><body><div data-props="{other}"></div><div id=app data-page="{held}"></div></body></html>'
    article = read_page(page.encode(), Hints())
    assert (article.headline, article.body) == ("Quay", f"{BODY}\n{OTHER}")


def nuxt(values: list[object]) -> bytes:
    return f'<html><body><script type="application/json" id="__NUXT_DATA__">{json.dumps(values)}</script>'.encode()


def test_page_whose_article_is_in_a_list_of_values() -> None:
    article = {"title": 3, "body": 4, "image": 5, "self": 2}
    image = {"url": 6, "caption": 7}
    words = ["Quay", f"<p>{LONG}</p><p>{OTHER}</p>", image, "q.jpg", "A boat."]
    found = read_page(nuxt([["Reactive", 1], {"data": 2}, article, *words]), Hints())
    assert (found.headline, found.body) == ("Quay", f"{LONG}\n{OTHER}")
    assert captions(found) == [("q.jpg", "A boat.", None)]


def test_list_whose_parts_stand_in_each_other_many_times_ends() -> None:
    doubled: list[object] = [[place + 1, place + 1] for place in range(60)]
    assert read_page(nuxt([*doubled, "Quay"]), Hints()).body == ""


def test_body_in_mobiledoc() -> None:
    document = {
        "version": "0.3.2",
        "cards": [["image", {"src": "q.jpg", "caption": "A <em>boat</em>."}], ["hr", {}]],
        "sections": [[1, "p", [[0, [], 0, LONG[:20]], [0, [0], 1, LONG[20:]]]], [10, 0], [10, 1], [10, 9], [1], 7,
                     [3, "ul", [[[0, [], 0, "One."]], [[0, [], 0, "Two."]]]], [2, "r.jpg"]],
    }  # fmt: skip
    article = read({"title": "Quay", "mobiledoc": json.dumps(document)})
    assert article.body == f"{LONG}\nOne.\nTwo."
    assert captions(article) == [("q.jpg", "A boat.", None), ("r.jpg", None, None)]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"related": [{"title": "Another story", "image": "r.jpg"}]}, id="another-story"),
        pytest.param(
            {"contributor": {"photo": "jo.jpg", "description": "Jo Ek writes of boats."}}, id="author"
        ),
    ],
)
def test_pictures_of_other_stories_and_of_people_are_none_of_the_article_s(more: dict[str, object]) -> None:
    assert captions(read({"title": "Quay", "text": LONG, **more})) == []


def test_page_whose_article_is_among_what_a_script_keeps() -> None:
    nodes = [{"type": "text", "content": text} for text in (LONG, OTHER)]
    kept = {"story": {"x": {"data": {"headlines": {"basic": "Quay"}, "content_elements": nodes}}}}
    script = f"Fusion.contentCache={json.dumps(kept)};"
    article = read_page(f"<html><body><script>{script}</script></body></html>".encode(), Hints())
    assert (article.headline, article.body) == ("Quay", f"{LONG}\n{OTHER}")


def test_page_whose_article_is_an_answer_within_a_text() -> None:
    answer = json.dumps({"status": 200, "body": json.dumps({"title": "Quay", "text": f"{LONG}\n{OTHER}"})})
    page = (
        f'<html><body><script type="application/json" data-sveltekit-fetched>{answer}</script></body></html>'
    )
    article = read_page(page.encode(), Hints())
    assert (article.headline, article.body) == ("Quay", f"{LONG}\n{OTHER}")
