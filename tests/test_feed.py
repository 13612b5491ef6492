"""Feeds and WordPress exports: articles, pictures and captions of items, and files that are damaged or hostile."""

import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.archives.container import Damage, Member
from media.archives.feed import WordPressExport
from media.archives.feed_items import find_items
from media.archives.open_container import open_container
from media.articles.article import Article
from media.articles.feed import FeedItem, read_item, read_picture
from media.articles.wordpress import to_html
from media.captions.caption import Caption
from media.errors import ArticleError, MissingError
from media.media_type import recognise
from tests.conftest import rows, scan_archive
from tests.containers import photo

WXR = """<?xml version="1.0" encoding="UTF-8"?>
<!-- This is a WordPress eXtended RSS file; it holds <item> elements. -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Avel Post</title><link>https://avel.example</link>
<language>de</language><wp:base_site_url>https://avel.example</wp:base_site_url>
<wp:author><wp:author_id>2</wp:author_id><wp:author_login><![CDATA[jek]]></wp:author_login>
<wp:author_display_name><![CDATA[Jo Ek]]></wp:author_display_name></wp:author>
{items}</channel></rss>"""


def post(content: str, number: int = 5, kind: str = "post", status: str = "publish", more: str = "") -> str:
    return (
        f"<item><title>Harbour &amp; quay {number}</title><link>https://avel.example/{number}/</link>"
        "<pubDate>Tue, 19 Nov 2024 10:00:00 +0000</pubDate><dc:creator><![CDATA[jek]]></dc:creator>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded><wp:post_id>{number}</wp:post_id>"
        f"<wp:post_date_gmt>2024-11-19 09:30:00</wp:post_date_gmt><wp:post_type>{kind}</wp:post_type>"
        f'<wp:status>{status}</wp:status><category domain="category"><![CDATA[Port]]></category>{more}</item>\n'
    )


def attachment(number: int, name: str, caption: str, parent: int = 0, alt: str = "") -> str:
    return (
        f"<item><title>{name}</title><excerpt:encoded><![CDATA[{caption}]]></excerpt:encoded>"
        f"<wp:post_id>{number}</wp:post_id><wp:post_parent>{parent}</wp:post_parent>"
        f"<wp:post_type><![CDATA[attachment]]></wp:post_type><wp:attachment_url><![CDATA[https://avel.example/wp/{name}.jpg]]>"
        f"</wp:attachment_url><wp:postmeta><wp:meta_key><![CDATA[_wp_attachment_image_alt]]></wp:meta_key>"
        f"<wp:meta_value><![CDATA[{alt}]]></wp:meta_value></wp:postmeta></item>\n"
    )


def thumbnail(number: int) -> str:
    return (
        "<wp:postmeta><wp:meta_key><![CDATA[_thumbnail_id]]></wp:meta_key>"
        f"<wp:meta_value><![CDATA[{number}]]></wp:meta_value></wp:postmeta>"
    )


def members(data: bytes, media_type: str = "") -> list[Member | Damage]:
    feed = open_container(io.BytesIO(data), media_type or recognise(data[:4096], "feed.xml"), "feed.xml")
    assert feed is not None
    return [member for span in feed.spans() for member in feed.members(span)]  # type: ignore[arg-type]


def articles(data: str | bytes) -> Iterator[Article]:
    for member in members(data if isinstance(data, bytes) else data.encode()):
        assert isinstance(member, Member)
        item = FeedItem(member.stream.read())
        if item.kind != "attachment" and not item.is_support:
            yield read_item(item)


def only(*items: str) -> Article:
    (article,) = articles(WXR.format(items="".join(items)))
    return article


def shown(article: Article) -> list[tuple[str, Caption | None, str | None]]:
    return [(one.origin, one.caption, one.image_src) for one in article.placements]


CLASSIC = """First paragraph of the harbour,
with a line break.

[caption id="attachment_7" align="left" width="300"]<a href="x"><img src="https://avel.example/wp/crane.jpg" /></a> A
crane lifts a block. Photo: Ilse Maren[/caption]

[sic] Second paragraph, by a [footnote id="3"]person[/footnote].

[ads_here]

[youtube]https://video.example/x[/youtube]Third paragraph."""


def test_classic_post_is_read_with_its_shortcodes() -> None:
    article = only(post(CLASSIC))
    assert article.body.split("\n") == [
        "First paragraph of the harbour,",
        "with a line break.",
        "[sic] Second paragraph, by a person.",
        "Third paragraph.",
    ]
    assert shown(article) == [
        (
            "figcaption",
            Caption("A crane lifts a block.", "Photo: Ilse Maren"),
            "https://avel.example/wp/crane.jpg",
        )
    ]
    assert (article.headline, article.byline, article.language) == ("Harbour & quay 5", "Jo Ek", "de")
    assert (article.published_at, article.url) == ("2024-11-19T09:30:00+00:00", "https://avel.example/5/")
    assert article.fields == {
        "post_id": "5",
        "post_type": "post",
        "status": "publish",
        "categories": ["Port"],
    }


def test_pictures_that_a_post_shows_by_number_are_looked_up_in_the_library() -> None:
    library = (
        attachment(7, "crane", "A crane lifts a block."),
        attachment(8, "nets", "Nets &amp; lines hung to dry.", alt="Nets"),
        attachment(9, "lead", "The quay <em>at</em> dawn."),
        attachment(10, "other", "Shown nowhere."),
    )
    text = 'A paragraph of the harbour.\n\n[gallery columns="2" ids="8, 7"]'
    for items in ((post(text, more=thumbnail(9)), *library), (*library, post(text, more=thumbnail(9)))):
        assert [(one.text if one else None, src) for _, one, src in shown(only(*items))] == [
            ("Nets & lines hung to dry.", "https://avel.example/wp/nets.jpg"),
            ("A crane lifts a block.", "https://avel.example/wp/crane.jpg"),
            ("The quay at dawn.", "https://avel.example/wp/lead.jpg"),
        ]


def test_gallery_without_numbers_shows_the_pictures_of_its_post() -> None:
    library = (
        attachment(7, "crane", "A crane.", parent=5),
        attachment(8, "nets", "Nets.", parent=6),
        attachment(9, "quay", "A quay.", parent=5),
    )
    article = only(*library, post("Text of the post.\n\n[gallery]"))
    assert [one.text for _, one, _ in shown(article) if one] == ["A crane.", "A quay."]


def test_blocks_are_read_as_the_page_shows_them() -> None:
    text = (
        "<!-- wp:paragraph -->\n<p>A paragraph.</p>\n<!-- /wp:paragraph -->\n\n"
        '<!-- wp:image {"id":8} -->\n<figure class="wp-block-image"><img src="https://avel.example/nets.jpg" alt=""/>'
        "<figcaption>Nets hung to dry.</figcaption></figure>\n<!-- /wp:image -->\n\n"
        "<!-- wp:heading -->\n<h2>A heading</h2>\n<!-- /wp:heading -->\n\n<!-- wp:paragraph -->\n<p>An end.</p>"
    )
    article = only(post(text))
    assert article.body == "A paragraph.\nA heading\nAn end."
    assert shown(article) == [("figcaption", Caption("Nets hung to dry."), "https://avel.example/nets.jpg")]


@pytest.mark.parametrize(
    ("kind", "status"),
    [("nav_menu_item", "publish"), ("revision", "inherit"), ("post", "trash"), ("wp_template", "publish")],
)
def test_what_holds_no_article_is_none(kind: str, status: str) -> None:
    assert list(articles(WXR.format(items=post("Words.", kind=kind, status=status)))) == []


@pytest.mark.parametrize(("kind", "status"), [("page", "private"), ("recipe", "publish"), ("post", "draft")])
def test_other_types_of_posts_are_articles(kind: str, status: str) -> None:
    assert only(post("Words of it.", kind=kind, status=status)).body == "Words of it."


def test_picture_of_the_library_is_described_as_by_a_sidecar() -> None:
    (member,) = members(
        WXR.format(items=attachment(7, "crane", "A crane. Photo: Ilse Maren", alt="crane")).encode()
    )
    assert isinstance(member, Member)
    told = read_picture(FeedItem(member.stream.read()))
    assert told is not None
    assert (told.origin, told.caption, told.image_src) == (
        "sidecar",
        Caption("A crane.", "Photo: Ilse Maren"),
        "https://avel.example/wp/crane.jpg",
    )


def test_library_pictures_are_paired_with_their_files(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads/crane.jpg").write_bytes(photo())
    items = post('Words of the post.\n\n[gallery ids="7"]') + attachment(7, "crane", "A crane lifts a block.")
    (tmp_path / "export.xml").write_text(WXR.format(items=items), "utf-8")
    catalog = tmp_path.parent / "library.db"
    scan_archive(catalog, tmp_path)
    pairs = rows(catalog, "SELECT origin, image_sha256 IS NOT NULL FROM placements ORDER BY id")
    assert pairs == [("figcaption", 1), ("sidecar", 1)]


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Post</title><link>https://a.example</link>
<language>en-us</language><image><url>https://a.example/logo.png</url></image>{items}</channel></rss>"""


def rss(item: str) -> Article:
    (article,) = articles(RSS.format(items=f"<item><title>Head</title>{item}</item>"))
    return article


def test_rss_item_with_its_pictures() -> None:
    article = rss(
        "<link>https://a.example/1</link><pubDate>Tue, 19 Nov 2024 10:00:00 GMT</pubDate>"
        "<author>desk@a.example (Jo Ek)</author><description>Short.</description>"
        "<content:encoded><![CDATA[<p>One.</p><figure><img src='b.jpg'><figcaption>A boat.</figcaption></figure>"
        '<p>Two.</p><p>The post <a href="x">Head</a> appeared first on <a href="y">Post</a>.</p>]]></content:encoded>'
        '<media:content url="https://a.example/c.jpg?w=1" medium="image"><media:description>A crane.'
        "</media:description>"
        "<media:credit>Ilse Maren</media:credit></media:content>"
        '<media:content url="https://a.example/v.mp4" medium="video"><media:description>Film.</media:description>'
        "</media:content>"
        '<enclosure url="https://a.example/d.jpg" type="image/jpeg" length="1"/>'
    )
    assert article.body.startswith("One.\nTwo.")
    assert (article.url, article.byline, article.language) == ("https://a.example/1", "Jo Ek", "en-us")
    assert article.published_at == "2024-11-19T10:00:00+00:00"
    assert shown(article) == [
        ("figcaption", Caption("A boat."), "b.jpg"),
        ("feed", Caption("A crane.", "Ilse Maren"), "https://a.example/c.jpg?w=1"),
        ("feed", None, "https://a.example/d.jpg"),
    ]


def test_group_of_sizes_is_one_picture_with_its_caption() -> None:
    article = rss(
        "<description>Words of it.</description><media:group>"
        '<media:content url="s.jpg" width="100" type="image/jpeg"/>'
        '<media:content url="l.jpg" width="900" type="image/jpeg"/>'
        "<media:description>A crane.</media:description><media:credit role='author'>Jo Ek</media:credit></media:group>"
    )
    assert shown(article) == [("feed", Caption("A crane.", "Jo Ek"), "l.jpg")]
    assert article.placements[0].evidence["image_srcs"] == ["s.jpg"]


def test_picture_beside_the_body_lends_its_caption_to_the_same_one_in_it() -> None:
    article = rss(
        "<content:encoded><![CDATA[<p>One.</p><img src='https://a.example/c.jpg'><p>Two.</p>]]></content:encoded>"
        '<media:content url="https://a.example/c-300x200.jpg" medium="image"><media:description>A crane.'
        "</media:description></media:content>"
    )
    assert shown(article) == [("feed", Caption("A crane."), "https://a.example/c.jpg")]


@pytest.mark.parametrize(
    "described",
    [
        "<![CDATA[<p>One &amp; two.</p><p>Three.</p>]]>",
        "&lt;p&gt;One &amp;amp; two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;",
        "&amp;lt;p&amp;gt;One &amp;amp;amp; two.&amp;lt;/p&amp;gt;&amp;lt;p&amp;gt;Three.&amp;lt;/p&amp;gt;",
        "<![CDATA[&lt;p&gt;One &amp;amp; two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;]]>",
    ],
    ids=["cdata", "escaped", "escaped-twice", "escaped-in-cdata"],
)
def test_description_however_it_is_escaped(described: str) -> None:
    assert rss(f"<description>{described}</description>").body == "One & two.\nThree."


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Courrier</title>
<entry><title type="html">L&amp;#8217;écluse</title><link rel="self" href="s"/><link href="https://c.example/1"/>
<id>urn:x</id><updated>2024-11-20T10:00:00Z</updated><published>2024-11-19T10:00:00Z</published>
<author><name>Jo Ek</name><email>a@b.example</email></author><summary>Court.</summary>
{content}</entry></feed>"""


@pytest.mark.parametrize(
    "content",
    [
        '<content type="html">&lt;p&gt;Un.&lt;/p&gt;&lt;figure&gt;&lt;img src="b.jpg"&gt;&lt;figcaption&gt;Un bateau.'
        "&lt;/figcaption&gt;&lt;/figure&gt;&lt;p&gt;Deux.&lt;/p&gt;</content>",
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Un.</p><figure><img src="b.jpg"/>'
        "<figcaption>Un bateau.</figcaption></figure><p>Deux.</p></div></content>",
    ],
    ids=["html", "xhtml"],
)
def test_atom_entry(content: str) -> None:
    (article,) = articles(ATOM.format(content=content))
    assert (article.headline, article.byline, article.url) == ("L’écluse", "Jo Ek", "https://c.example/1")
    assert (article.published_at, article.language) == ("2024-11-19T10:00:00+00:00", "fr")
    assert article.body == "Un.\nDeux."
    assert shown(article) == [("figcaption", Caption("Un bateau."), "b.jpg")]


def test_rss_1_has_its_items_beside_the_channel() -> None:
    data = (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>P'
        '</title><dc:language>nl</dc:language><items><rdf:Seq><rdf:li resource="1"/></rdf:Seq></items></channel>'
        '<item rdf:about="1"><title>Head</title><link>https://n.example/1</link><description>Words.</description>'
        "<dc:date>2024-11-19</dc:date><dc:creator>Jo Ek</dc:creator></item></rdf:RDF>"
    )
    (article,) = articles(data)
    assert (article.headline, article.body, article.byline) == ("Head", "Words.", "Jo Ek")
    assert (article.published_at, article.language) == ("2024-11-19", "nl")


def test_undeclared_prefixes_and_names_of_html_do_not_stop_an_item() -> None:
    assert rss("<foo:bar>x</foo:bar><description>Caf&eacute; &nbsp;open.</description>").body.split() == [
        "Café",
        "open.",
    ]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("windows-1251", "Порт открыт."), ("iso-8859-1", "Café."), ("shift_jis", "港が再開。")],
)
def test_encodings_of_feeds(encoding: str, text: str) -> None:
    data = RSS.format(items=f"<item><title>{text}</title><description>{text}</description></item>")
    data = data.replace('version="1.0"?>', f'version="1.0" encoding="{encoding}"?>', 1)
    (article,) = articles(data.encode(encoding))
    assert (article.headline, article.body) == (text, text)


# --- damage


def test_marks_of_items_in_text_and_comments_are_none() -> None:
    data = (
        b"<rss><!-- <item> --><item><![CDATA[</item><item>]]></item><items/><item/><item a='1'>x</item></rss>"
    )
    assert [data[each.start : each.end] for each in find_items(io.BytesIO(data))] == [
        b"<item><![CDATA[</item><item>]]></item>",
        b"<item a='1'>x</item>",
    ]


def test_marks_across_the_ends_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"<rss>" + b"".join(b"<item>%d <![CDATA[ </item> ]]></item >\n" % n for n in range(40)) + b"</rss>"
    whole = list(find_items(io.BytesIO(data)))
    for size in (65, 70, 99, 128):
        monkeypatch.setattr("media.archives.feed_items._CHUNK_BYTES", size)
        assert list(find_items(io.BytesIO(data))) == whole
    assert len(whole) == 40 and all(each.closed for each in whole)


def test_feed_that_breaks_off_gives_what_came_before() -> None:
    data = RSS.format(
        items="<item><title>One</title></item><item><title>Two</title><description>Half a st"
    ).encode()
    data = data[: data.index(b"</channel>")]
    one, two = members(data)
    assert isinstance(one, Member) and isinstance(two, Member)
    assert read_item(FeedItem(one.stream.read())).headline == "One"
    item = FeedItem(two.stream.read())
    assert item.fault is not None
    assert (read_item(item).headline, read_item(item).body) == ("Two", "Half a st")


def test_broken_item_is_named_and_the_next_one_is_read(tmp_path: Path) -> None:
    items = "<item><title>One</title><description>Broken <b> text.</description></item><item><title>Two</title></item>"
    (tmp_path / "feed.rss").write_text(RSS.format(items=items))
    catalog = tmp_path.parent / "broken.db"
    scan_archive(catalog, tmp_path)
    assert rows(catalog, "SELECT headline FROM articles ORDER BY id") == [("One",), ("Two",)]
    ((reason,),) = rows(catalog, "SELECT reason FROM problems WHERE stage = 'parse'")
    assert "mismatched tag" in reason


def test_entities_declared_in_a_feed_unfold_to_nothing() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    data = RSS.format(items="<item><title>One</title><description>&b;&b; x</description></item>")
    (article,) = articles(data.replace("<rss", bomb + "<rss", 1))
    assert article.body == "&b;&b; x"


@pytest.mark.parametrize(
    "data", [b"<rss></rss>", b"<rss><item", b"<rss><![CDATA[<item>", b"<rss><item/></rss>"]
)
def test_feed_without_a_whole_item_has_none(data: bytes) -> None:
    for member in members(data, "application/rss+xml"):
        assert isinstance(member, Member)
        with pytest.raises(ArticleError):
            FeedItem(member.stream.read())


def test_deep_elements_are_read_or_named() -> None:
    data = RSS.format(
        items="<item><title>One</title><description>"
        + "<b>" * 20_000
        + "x"
        + "</b>" * 20_000
        + "</description></item>"
    )
    for member in members(data.encode()):
        assert isinstance(member, Member)
        assert read_item(FeedItem(member.stream.read())).headline == "One"


def test_item_over_the_limit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.archives.feed.ITEM_BYTES", 1 << 10)
    big, small = members(
        RSS.format(items=f"<item><title>{'x' * 2000}</title></item><item><title>y</title></item>").encode()
    )
    assert isinstance(big, Damage) and "over the limit" in big.reason
    assert isinstance(small, Member)


def test_hostile_shortcodes_take_time_that_grows_with_their_number() -> None:
    for text in ("[caption ", "[a b=", '[gallery ids="1" ', "[x]", "[caption]", "[/caption]"):
        assert isinstance(to_html(text * 40_000, {}), str)


def test_members_open_by_their_place() -> None:
    data = WXR.format(items=post("One.", 1) + post("Two.", 2)).encode()
    feed = WordPressExport(io.BytesIO(data), "e.xml")
    for member in members(data):
        assert isinstance(member, Member)
        with feed.open(member.locator.removeprefix("feed.xml")) as again:
            assert again.stream.read() == member.stream.read()
    for wrong in ("#7", "!x", "#x", f"#{len(data) + 5}"):
        with pytest.raises(MissingError), feed.open(wrong):
            pass


def test_bytes_that_are_no_item_are_refused() -> None:
    for data in (b"", b"<", b"<rss></rss>", os.urandom(64)):
        with pytest.raises(ArticleError):
            FeedItem(data)


class _Endless(io.RawIOBase):
    """An export that is made while it is read: 96 MB of posts and pictures."""

    def __init__(self, unit: bytes, count: int) -> None:
        self.unit, self.size, self.at = unit, len(unit) * count, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1) -> bytes:
        size = min(size if size >= 0 else self.size, self.size - self.at)
        if size <= 0:
            return b""
        begin = self.at % len(self.unit)
        data = (self.unit * ((begin + size) // len(self.unit) + 1))[begin : begin + size]
        self.at += size
        return data


def test_large_export_is_never_held() -> None:
    unit = (post("Words. " * 2_000) + attachment(7, "crane", "A crane.")).encode()
    file = _Endless(unit, 96_000_000 // len(unit))
    tracemalloc.start()
    feed = WordPressExport(file, "e.xml")
    count = sum(1 for span in feed.spans() for _ in feed.members(span))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2 * (96_000_000 // len(unit))
    assert peak < 16 << 20


def test_text_and_copyright_of_a_medium_are_its_caption_and_credit() -> None:
    item = FeedItem(
        b"<rss xmlns:media='http://search.yahoo.com/mrss/'><channel><item><title>Quay</title>"
        b"<media:content url='q.jpg' medium='image'><media:title>boat</media:title>"
        b"<media:text>A boat at the quay.</media:text><media:copyright>Jo Ek</media:copyright></media:content>"
        b"<media:content url='r.jpg' medium='image'/></item></channel></rss>"
    )
    first, second = read_item(item).placements
    assert first.caption == Caption("A boat at the quay.", "Jo Ek")
    assert second.caption is None


@pytest.mark.parametrize(
    ("mark", "is_support"),
    [
        pytest.param(
            "<category scheme='http://schemas.google.com/g/2005#kind' term='x#settings'/>", True, id="old"
        ),
        pytest.param(
            "<category scheme='http://schemas.google.com/g/2005#kind' term='x#post'/>", False, id="post"
        ),
        pytest.param("<blogger:type>COMMENT</blogger:type>", True, id="comment"),
        pytest.param("<blogger:type>POST</blogger:type>", False, id="new-post"),
        pytest.param("<category term='settings'/>", False, id="other-feeds"),
    ],
)
def test_blogger_s_settings_and_comments_are_no_articles(mark: str, is_support: bool) -> None:
    entry = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'><entry>"
        f"{mark}<title>Quay</title><content>A boat.</content></entry></feed>"
    )
    assert FeedItem(entry.encode()).is_support is is_support


def test_the_picture_of_a_podcast_s_item() -> None:
    item = FeedItem(
        b"<rss xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><item><title>Quay</title>"
        b"<itunes:image href='q.jpg'/><description>A boat.</description></item></channel></rss>"
    )
    assert [one.image_src for one in read_item(item).placements] == ["q.jpg"]
