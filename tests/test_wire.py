"""Stories of wires (ANPA 1312, IPTC 7901) and NewsML 1: headers, headings, paragraphs, pictures with their captions."""
# ruff: noqa: E501 - stories as they were sent

import pytest

from media.articles.newsml1 import read_newsml1
from media.articles.wire import read_wire
from media.captions.caption import Caption
from media.errors import ArticleError
from media.media_type import recognise

ANPA = (
    b"\x16\x16\x01i0042\x1f----\x13\r\nr i bc-Avel-Harbour   11-19 0420\x02\r\nBC-Avel-Harbour, 1st Ld,420\r\n"
    b"^Harbour opens again<\r\n^AP Photo AVL101, AVL102<\r\n^By JO EK=\r\n^Northern Wire=\r\n"
    b"  AVEL, Valdren (NW) _ The harbour of the old town opened again on Monday after two years\r\nof work.\r\n"
    b"  ``We thought that this day would never come,'' said Ann Lee.\r\n(End optional add)\r\n\x03\r\n"
    b"NW-WS-11-19-24 1012EST\r\n\x04"
)
GERMAN = (
    "\x01bdt0123 3 pl 342  dpa 0456\r\n\r\nHafen/Wirtschaft/\r\n(Zusammenfassung 1530 - neu: Reaktionen)\r\n"
    "Hafen von Avel wieder geöffnet\r\n(Foto - Archiv) =\r\n\x02\r\nAvel (dpx) - Der Hafen der alten Stadt ist nach zwei "
    "Jahren Arbeit\r\nam Montag wieder geöffnet worden.\r\n\r\nDie Fischer fuhren vor dem Morgen aus, wie seit Jahren.\r\n"
    "\r\n# Notizblock\r\n\r\n## Orte\r\n- [Hafenamt](Kaistraße 1)\r\n\r\n- Autor: Jo Ek, +49 30 1111\r\n\x03191530 Nov 24\x04"
).encode("cp1252")


def test_anpa_story() -> None:
    article = read_wire(ANPA)
    assert article.headline == "Harbour opens again"
    assert (article.byline, article.dateline) == ("By JO EK", "AVEL, Valdren (NW)")
    assert article.published_at == "2024-11-19T10:12"
    assert article.body.split("\n") == [
        "AVEL, Valdren (NW) _ The harbour of the old town opened again on Monday after two years of work.",
        "``We thought that this day would never come,'' said Ann Lee.",
    ]


def test_german_story_ends_before_its_notebook() -> None:
    article = read_wire(GERMAN)
    assert (article.headline, article.byline) == ("Hafen von Avel wieder geöffnet", "Jo Ek")
    assert (article.published_at, article.language) == ("2024-11-19T15:30", "de")
    assert article.body.split("\n") == [
        "Avel (dpx) - Der Hafen der alten Stadt ist nach zwei Jahren Arbeit am Montag wieder geöffnet worden.",
        "Die Fischer fuhren vor dem Morgen aus, wie seit Jahren.",
    ]


@pytest.mark.parametrize(
    ("data", "name", "wanted"),
    [
        pytest.param(ANPA, "0042", "application/x-wire-story", id="anpa-without-ending"),
        pytest.param(GERMAN, "a.txt", "application/x-wire-story", id="german"),
        pytest.param(b"a1 is a road\nA b c\n", "a.txt", "text/plain", id="words"),
        pytest.param(b"abc123 is a plate\nwords\n", "a.txt", "text/plain", id="plate"),
    ],
)
def test_recognition(data: bytes, name: str, wanted: str) -> None:
    assert recognise(data, name) == wanted


@pytest.mark.parametrize(
    "data", [b"", b"\x01bdt0123 3 pl 342  dpa 0456\n", b"\x16\x16\x01", b"^" * 9, b"=\n=\n"]
)
def test_header_without_a_story_is_refused(data: bytes) -> None:
    with pytest.raises(ArticleError):
        read_wire(data)


def test_stories_cut_anywhere_are_read_or_refused() -> None:
    for whole in (ANPA, GERMAN):
        for end in range(0, len(whole), 7):
            try:
                assert read_wire(whole[:end]).body
            except ArticleError:
                continue


NEWSML = """<?xml version="1.0"?><NewsML Version="1.2"><NewsEnvelope><DateAndTime>20241119T100000Z</DateAndTime>
</NewsEnvelope><NewsItem xml:lang="en"><NewsComponent><NewsLines><HeadLine>Harbour opens again</HeadLine><ByLine>Jo Ek
</ByLine></NewsLines><NewsComponent><Role FormalName="Main"/><ContentItem><MediaType FormalName="Text"/><DataContent>
{text}</DataContent></ContentItem></NewsComponent><NewsComponent><Role FormalName="Summary"/><ContentItem><DataContent>
<p>A summary, which is longer than all of the text of the article that it sums up, and is none of it.</p>
</DataContent></ContentItem></NewsComponent>{pictures}</NewsComponent></NewsItem></NewsML>"""
TEXT = "<p>Fishing boats left before dawn.</p><p>They came back with the evening tide.</p>"
PICTURE = """<NewsComponent><Role FormalName="Photo"/><NewsLines><CreditLine>NW/Ann Lee</CreditLine></NewsLines>
<NewsComponent><Role FormalName="Caption"/><ContentItem><DataContent><p>{caption}</p></DataContent></ContentItem>
</NewsComponent><NewsComponent><Role FormalName="Thumbnail"/><ContentItem Href="t-{name}"><MediaType FormalName="Photo"/>
<Characteristics><Property FormalName="Width" Value="100"/></Characteristics></ContentItem></NewsComponent>
<NewsComponent><Role FormalName="Quicklook"/><ContentItem Href="{name}"><MediaType FormalName="Photo"/><Characteristics>
<Property FormalName="Width" Value="900"/></Characteristics></ContentItem></NewsComponent></NewsComponent>"""


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "<nitf><body><body.head><hedline><hl1>x</hl1></hedline></body.head><body.content>" + TEXT + "</body.content></body></nitf>",
        "<![CDATA[" + TEXT + "]]>",
        "  Fishing boats\nleft before dawn.\n  They came back with the evening tide.",
    ],
    ids=["paragraphs", "nitf", "cdata", "plain"],
)  # fmt: skip
def test_newsml_1_item(text: str) -> None:
    pictures = PICTURE.format(caption="A boat.", name="b.jpg") + PICTURE.format(
        caption="A quay.", name="q.jpg"
    )
    (article,) = read_newsml1(NEWSML.format(text=text, pictures=pictures).encode())
    assert (article.headline, article.byline, article.language) == ("Harbour opens again", "Jo Ek", "en")
    assert article.published_at == "2024-11-19T10:00:00+00:00"
    assert article.body == "Fishing boats left before dawn.\nThey came back with the evening tide."
    assert [(one.image_src, one.caption, one.evidence["image_srcs"]) for one in article.placements] == [
        ("b.jpg", Caption("A boat.", "NW/Ann Lee"), ["t-b.jpg"]),
        ("q.jpg", Caption("A quay.", "NW/Ann Lee"), ["t-q.jpg"]),
    ]


def test_newsml_1_pictures_without_a_text() -> None:
    data = f"<NewsML><NewsItem>{PICTURE.format(caption='A boat.', name='b.jpg')}</NewsItem></NewsML>".encode()
    assert recognise(data, "x.xml") == "application/x-newsml-1"
    (article,) = read_newsml1(data)
    assert (article.body, article.headline, article.placements[0].image_src) == ("", None, "b.jpg")


@pytest.mark.parametrize("data", [b"", b"<NewsML>", b"<NewsML></NewsML>", b"<x/>"])
def test_newsml_1_without_an_item_is_refused(data: bytes) -> None:
    with pytest.raises(ArticleError):
        read_newsml1(data)


def test_newsml_1_of_any_depth_and_cut_anywhere() -> None:
    deep = (
        "<NewsML><NewsItem>"
        + "<NewsComponent>" * 3_000
        + "x"
        + "</NewsComponent>" * 3_000
        + "</NewsItem></NewsML>"
    )
    assert read_newsml1(deep.encode()) == ()
    whole = NEWSML.format(text=TEXT, pictures=PICTURE.format(caption="A boat.", name="b.jpg")).encode()
    for end in range(200, len(whole), 41):
        try:
            read_newsml1(whole[:end])
        except ArticleError:
            continue


IPTC = (
    b"\x01KWS0042 4 I 0128 KOR /KWS-XY12\r\n\r\nFerry-winter\r\n\x02Ferries to sail less often\r\n"
    b"   KORVALE, Feb 8, 2023 (KWS) - Ferry owners said on Wednesday that\r\nthe timetable would be cut by a third.\r\n"
    b"   The regional assembly had promised a subsidy, but the money has not arrived, and two companies have\r\n"
    b"laid off their crews.\r\n"
    b"   Nobody on the outer islands can plan a hospital visit any more, said Runa Feldt, who teaches there.\r\n"
    b"   pa/ri\r\n\x03 080900 GMT FEV 23\r\n\x04"
)


def test_story_of_iptc_7901_of_any_agency() -> None:
    assert recognise(IPTC, "0042.txt") == "application/x-wire-story"
    article = read_wire(IPTC)
    assert (article.headline, article.published_at) == ("Ferries to sail less often", "2023-02-08T09:00")
    first, second, _ = article.body.split("\n")
    assert first.endswith("said on Wednesday that the timetable would be cut by a third.")
    assert second.endswith("have laid off their crews.")


def test_german_heading_over_paragraphs_that_are_indented() -> None:
    data = (
        "\x01apx0042 4 CI 0128 XI\r\n\r\nFähren/\r\nFähren fahren seltener =\r\n\r\n\x02"
        "   Korvale (apx) - Die Reedereien in Korvale teilten am Mittwoch mit, der Fahrplan\r\nwerde gekürzt.\r\n"
        "   Die Landesregierung hatte einen Zuschuss versprochen, doch das Geld ist nicht gekommen.\r\n(Schluss) pa/ri\r\n"
        "080900 feb 23\r\n\x03"
    ).encode("cp1252")
    assert recognise(data, "a.txt") == "application/x-wire-story"
    article = read_wire(data)
    assert article.headline == "Fähren fahren seltener"
    assert article.body == (
        "Korvale (apx) - Die Reedereien in Korvale teilten am Mittwoch mit, der Fahrplan werde gekürzt.\n"
        "Die Landesregierung hatte einen Zuschuss versprochen, doch das Geld ist nicht gekommen."
    )
    assert article.published_at == "2023-02-08T09:00"


def test_prose_that_begins_with_numbers_is_no_wire_story() -> None:
    assert recognise(b"ABC 7 1 x 2 apples a day\nand more.\n", "a.txt") == "text/plain"
