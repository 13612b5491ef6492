"""NITF and NewsML-G2: texts, pictures, messages of both, and XML that means harm."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.articles.article import Article
from media.articles.newsml import looks_like_newsml, read_newsml
from media.captions.caption import Caption
from media.errors import ArticleError

_NITF = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nitf SYSTEM "http://www.nitf.org/IPTC/NITF/3.2/dtd/nitf-3-2.dtd">
<nitf xml:lang="en-US">
  <head>
    <title>Title of the file</title>
    <docdata><doc-id id-string="urn:x:1"/><date.issue norm="20200227T104500Z"/></docdata>
    <pubdata type="web" ex-ref="https://example.org/idlib"/>
  </head>
  <body>
    <body.head>
      <hedline><hl1>Shells hit <em>market</em> in Idlib</hl1><hl2>Many flee</hl2></hedline>
      <byline>By Zeina Karam<byttl>Associated Press</byttl></byline>
      <dateline><location>BEIRUT</location><story.date norm="20200228">Feb. 28</story.date></dateline>
      <abstract><p>A summary that is no body.</p></abstract>
    </body.head>
    <body.content>
      <block>
        <p>First&nbsp;paragraph with <org>NATO</org>, it says.</p>
        <media media-type="image">
          <media-reference mime-type="image/jpeg" source="small.jpg" width="200" alternate-text="smoke"/>
          <media-reference mime-type="image/jpeg" source="large.jpg" width="2000"/>
          <media-caption><p>Smoke rises over the market.</p><p>It was shelled twice.</p></media-caption>
          <media-producer>Ghaith Alsayed/AP</media-producer>
        </media>
        <hl2>What comes next</hl2>
        <p>Second paragraph<fn>a footnote</fn>.</p>
        <media media-type="video"><media-reference source="v.mp4"/><media-caption>A video.</media-caption></media>
        <ul><li>One</li><li><p>Two</p></li></ul>
      </block>
    </body.content>
    <body.end><tagline>The AP contributed.</tagline></body.end>
  </body>
</nitf>"""


def one(document: str | bytes) -> Article:
    (article,) = read_newsml(document if isinstance(document, bytes) else document.encode())
    return article


def test_nitf() -> None:
    article = one(_NITF)
    assert article.headline == "Shells hit market in Idlib"
    assert article.byline == "By Zeina Karam Associated Press"
    assert article.dateline == "BEIRUT"
    assert article.published_at == "2020-02-27T10:45:00+00:00"
    assert (article.language, article.url) == ("en-US", "https://example.org/idlib")
    assert article.body.split("\n") == [
        "First paragraph with NATO, it says.",
        "What comes next",
        "Second paragraph.",
        "One",
        "Two",
    ]
    (placement,) = article.placements
    assert placement.origin == "nitf"
    assert placement.image_src == "large.jpg"
    assert placement.caption == Caption(
        "Smoke rises over the market. It was shelled twice.", "Ghaith Alsayed/AP"
    )
    assert placement.position == 1
    assert placement.evidence == {"field": "media-caption", "image_srcs": ["small.jpg"], "alt": "smoke"}


def test_nitf_in_a_namespace_and_another_charset() -> None:
    document = _NITF.replace("<nitf ", '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/" ')
    document = document.replace("First", "Łódź").replace('encoding="UTF-8"', 'encoding="ISO-8859-2"')
    assert one(document.encode("iso8859-2")).body.startswith("Łódź")


def test_nitf_caption_with_its_credit_inside_is_parted() -> None:
    document = _NITF.replace("<media-producer>Ghaith Alsayed/AP</media-producer>", "").replace(
        "It was shelled twice.", "It was shelled twice. (AP Photo/Ghaith Alsayed)"
    )
    (placement,) = one(document).placements
    assert placement.caption == Caption(
        "Smoke rises over the market. It was shelled twice.", "(AP Photo/Ghaith Alsayed)"
    )


def _item(guid: str, kind: str, meta: str, story: str) -> str:
    return f"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{guid}" standard="NewsML-G2" xml:lang="en">
      <itemMeta><itemClass qcode="ninat:{kind}"/><versionCreated>2018-10-12T06:42:04Z </versionCreated>
      <firstCreated>2010-10-20T20:58:00Z</firstCreated></itemMeta>
      <contentMeta>{meta}</contentMeta><contentSet>{story}</contentSet></newsItem>"""


_PICTURE = _item(
    "tag:example.com,2010:1",
    "picture",
    """<creator role="crol:photographer"><name>Spencer Platt</name></creator><creditline>Getty Images</creditline>
    <headline>Las Vegas</headline><description role="drol:summary">Not the caption.</description>
    <description role="drol:caption">A general view of
        downtown. </description>""",
    """<remoteContent rendition="rnd:thumb" href="thumb.gif" contenttype="image/gif" width="80"/>
    <remoteContent rendition="rnd:highRes" href="./high.jpg" contenttype="image/jpeg" width="1500"/>
    <remoteContent rendition="rnd:x" href="caption.xml" contenttype="text/xml"/>""",
)
_TEXT = _item(
    "https://example.org/fed",
    "text",
    """<by>Meredith Jameson</by><dateline>NEW YORK</dateline><language tag="en-US"/>
    <headline> Fed to halt QE</headline>""",
    """<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body>
    <p>First.</p><figure><img src="a.jpg" alt="a"/><figcaption>A boat. <cite>Jo Ek/EPA</cite></figcaption></figure>
    <p>Second.</p></body></html></inlineXML>""",
)


def test_picture_item_is_a_caption_without_an_article() -> None:
    article = one(_PICTURE)
    assert (article.body, article.headline, article.url) == ("", None, None)
    (placement,) = article.placements
    assert (placement.origin, placement.image_src) == ("newsml", "./high.jpg")
    assert placement.caption == Caption("A general view of downtown.", "Getty Images")
    assert placement.evidence == {"field": "description", "image_srcs": ["thumb.gif"]}


def test_text_item() -> None:
    article = one(_TEXT)
    assert (article.headline, article.byline, article.dateline) == (
        "Fed to halt QE",
        "Meredith Jameson",
        "NEW YORK",
    )
    assert (article.language, article.url) == ("en-US", "https://example.org/fed")
    assert article.published_at == "2010-10-20T20:58:00+00:00"
    assert article.body == "First.\nSecond."
    (placement,) = article.placements
    assert (placement.image_src, placement.position) == ("a.jpg", 1)
    assert placement.caption == Caption("A boat.", "Jo Ek/EPA")


def test_text_item_that_carries_nitf() -> None:
    nitf = _NITF[_NITF.index("<nitf") :]
    article = one(
        _item("urn:x", "text", "<headline>Outer</headline>", f"<inlineXML>{nitf}</inlineXML>").replace(
            "&nbsp;", " "
        )
    )
    assert (article.headline, article.byline) == ("Outer", "By Zeina Karam Associated Press")
    assert article.body.startswith("First paragraph")
    assert [placement.origin for placement in article.placements] == ["nitf"]


@pytest.mark.parametrize(
    ("story", "body"),
    [
        pytest.param("<inlineData>First.\n\nSecond.</inlineData>", "First.\nSecond.", id="plain"),
        pytest.param(
            '<inlineData contenttype="text/html">&lt;p&gt;First.&lt;p&gt;Second.</inlineData>',
            "First.\nSecond.",
            id="escaped-html",
        ),
        pytest.param("<inlineXML><x><y>First.</y></x></inlineXML>", "First.", id="unknown-markup"),
    ],
)
def test_stories_of_other_kinds(story: str, body: str) -> None:
    assert one(_item("urn:x", "text", "<headline>H</headline>", story)).body == body


def _message(*items: str) -> str:
    return f"<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><itemSet>{''.join(items)}</itemSet></newsMessage>"


def test_pictures_of_a_message_belong_to_its_only_text() -> None:
    article = one(_message(_PICTURE, _TEXT))
    assert [(placement.image_src, placement.position) for placement in article.placements] == [
        ("a.jpg", 1),
        ("./high.jpg", 3),
    ]


def test_pictures_of_a_message_with_several_texts_belong_to_the_one_that_links_to_them() -> None:
    linking = _TEXT.replace("<headline>", '<link residref="tag:example.com,2010:1"/><headline>')
    other = _PICTURE.replace("2010:1", "2010:2").replace("general view", "second view")
    articles = read_newsml(_message(_TEXT, linking, _PICTURE, other).encode())
    assert [len(article.placements) for article in articles] == [1, 2, 1]
    assert articles[2].body == ""


def test_picture_that_the_text_shows_itself_is_not_shown_twice() -> None:
    same = _PICTURE.replace("./high.jpg", "a.jpg")
    assert len(one(_message(_TEXT, same)).placements) == 1


def test_video_item_is_left() -> None:
    video = _PICTURE.replace("ninat:picture", "ninat:video")
    assert len(read_newsml(_message(_TEXT, video).encode())) == 1
    assert read_newsml(video.encode()) == ()


# --- harm


def test_bomb_of_entities_does_not_unfold() -> None:
    declared = "".join(f'<!ENTITY b{n + 1} "{f"&b{n};" * 10}">' for n in range(40))
    bomb = f'<!DOCTYPE nitf [<!ENTITY b0 "boom">{declared}]>'
    document = bomb + "<nitf><body><body.content><p>&b40; A paragraph.</p></body.content></body></nitf>"
    assert one(document).body == "&b40; A paragraph."


def test_entity_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for articles")
    document = f"""<!DOCTYPE nitf [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>
    <nitf><body><body.content><p>&leak; A paragraph.</p></body.content></body></nitf>"""
    assert one(document).body == "&leak; A paragraph."


def test_document_cut_short_gives_what_came_before() -> None:
    article = one(_NITF[: _NITF.index("<hl2>What")])
    assert article.body == "First paragraph with NATO, it says."
    assert len(article.placements) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<rss><channel/></rss>", id="other-xml"),
        pytest.param(b"<nit", id="cut-in-its-name"),
        pytest.param(b"<newsMessage></newsMessage>", id="no-item"),
        pytest.param(b"<!DOCTYPE nitf [", id="doctype-without-end"),
        pytest.param(b"\xff\xfe\x00", id="half-utf-16"),
    ],
)
def test_what_holds_no_article_is_an_error(data: bytes) -> None:
    with pytest.raises(ArticleError):
        read_newsml(data)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("<nitf><body><body.content>" + "<block>" * 100_000 + "<p>A", id="deep-blocks"),
        pytest.param("<newsItem>" * 20_000, id="items-inside-items"),
        pytest.param("<nitf><body><body.content>" + "<media>" * 20_000, id="media-inside-media"),
        pytest.param("<nitf><body><body.content>" + "<li><p>" * 20_000, id="lists-inside-lists"),
        pytest.param("<nitf><body><body.content>" + "<figure>" * 20_000, id="figures-inside-figures"),
        pytest.param("<nitf " + "a='' " * 50_000, id="attributes"),
    ],
)
def test_deep_documents_end_in_time(document: str) -> None:
    """A quadratic walk of these takes minutes."""
    try:
        articles = read_newsml(document.encode())
    except ArticleError:
        return
    assert len(articles) <= 1


@settings(deadline=None)
@given(
    st.integers(0, len(_NITF)),
    st.integers(0, len(_NITF)),
    st.sampled_from(["", "<", ">", "&", "<p>", "\0", "]]>"]),
)
def test_damaged_documents_give_articles_or_an_error(start: int, end: int, piece: str) -> None:
    document = _NITF[:start] + piece + _NITF[end:]
    try:
        articles = read_newsml(document.encode())
    except ArticleError:
        return
    assert all(isinstance(article, Article) for article in articles)


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        pytest.param(_NITF.encode()[:400], True, id="nitf"),
        pytest.param(_TEXT.encode()[:400], True, id="item"),
        pytest.param(_message(_TEXT).encode()[:400], True, id="message"),
        pytest.param(
            b'<?xml version="1.0"?><n:newsItem xmlns:n="http://iptc.org/std/nar/2006-10-01/">',
            True,
            id="prefix",
        ),
        pytest.param(_NITF.encode("utf-16")[:400], True, id="utf-16"),
        pytest.param(b"<html><body><nitf>quoted</nitf>", False, id="page-that-quotes-it"),
        pytest.param(b"<rss><channel><title>nitf</title>", False, id="feed"),
        pytest.param(b"nitf.dtd", False, id="text"),
        pytest.param(b'{"newsItem": 1}', False, id="json"),
    ],
)
def test_recognition(head: bytes, wanted: bool) -> None:
    assert looks_like_newsml(head, "story.xml") is wanted
