"""ninjs of every version: texts with their associated pictures, pictures alone, other JSON."""

import json

import pytest

from media.articles.article import Article
from media.articles.ninjs import looks_like_ninjs, read_ninjs
from media.captions.caption import Caption
from media.errors import ArticleError

_VERSION_1 = {
    "uri": "http://ninjs.example.com/newsitems/20130709cplx123",
    "type": "composite",
    "versioncreated": "2013-07-09T10:37:00Z",
    "language": "en",
    "byline": "Paulo Santalucia and Frances d'Emilio",
    "located": "Grossetto, Italy",
    "headline": "Captain of wrecked cruise ship on trial",
    "body_text": "The trial has begun. The defendant made no comment.",
    "body_xhtml": "<p>The trial has <b>begun</b>.</p><p>The defendant made no comment.</p>",
    "associations": {
        "mainpic": {
            "uri": "http://ninjs.example.com/newsitems/20130709simpPh123",
            "type": "picture",
            "byline": "Paulo Santalucia",
            "headline": "Costa Concordia cruise ship",
            "description_text": "The Costa Concordia cruise ship lies on its side. ",
            "renditions": {
                "small": {"href": "http://x.org/small.jpg", "mimetype": "image/jpg", "width": 179},
                "main": {"href": "http://x.org/big.jpg", "mimetype": "image/jpg", "width": 429},
            },
        },
        "sound": {"uri": "http://x.org/1.mp3", "type": "audio", "description_text": "A sound."},
    },
}
_FIGURE = (
    '<figure><img src="http://x.org/thumb.jpg" alt="En övning"/><div class="byline">Karl Melander/TT</div>'
    "<figcaption>En övning planeras 2023.</figcaption></figure>"
)
_VERSION_2 = {
    "uri": "http://tt.example/media/text/210526",
    "type": "text",
    "versioncreated": "2021-05-26T13:40:18+02:00",
    "language": "sv",
    "headlines": [{"role": "sub", "value": "Underrubrik"}, {"role": "main", "value": "Övning hålls 2023"}],
    "bodies": [
        {"role": "text", "contenttype": "text/plain", "value": "Övning hålls 2023\nPandemin satte stopp."},
        {
            "role": "html5",
            "contenttype": "text/html",
            "value": "<html><head><title>x</title></head><body><h1>Övning hålls 2023</h1><div class='dat'>TT</div>"
            f"<p>Pandemin satte stopp.</p>{_FIGURE}<blockquote><p>Citat.</p></blockquote></body></html>",
        },
        {"role": "ttnitf", "contenttype": "application/xml", "value": "<TTNITF/>"},
    ],
    "associations": [
        {
            "name": "a001",
            "by": "Karl Melander/TT",
            "description_text": "En övning planeras 2023.",
            "type": "picture",
            "renditions": [
                {"href": "http://x.org/hires.jpg", "mimetype": "image/jpeg", "width": 4724},
                {"href": "http://x.org/thumb.jpg", "mimetype": "image/jpeg", "width": 256},
            ],
        }
    ],
}
_VERSION_3 = {
    "uri": "http://api.example/media/b2b6",
    "type": "picture",
    "firstCreated": "2019-11-15T13:39:59Z",
    "pubStatus": "usable",
    "descriptions": [
        {"role": "creditline", "value": "ASSOCIATED PRESS"},
        {"role": "caption", "value": "FILE - A man stands in a no man's land. (DHA via AP, File)"},
    ],
    "headlines": [{"role": "main", "value": "Turkey Islamic State"}],
    "renditions": [
        {"name": "main", "href": "http://x.org/full.jpg", "width": 3000, "contentType": "image/jpeg"},
        {"name": "caption_nitf", "href": "http://x.org/caption.xml", "contentType": "text/xml"},
    ],
}


def read(document: object) -> Article:
    return read_ninjs(json.dumps(document).encode())


def test_version_1() -> None:
    article = read(_VERSION_1)
    assert article.headline == "Captain of wrecked cruise ship on trial"
    assert article.byline == "Paulo Santalucia and Frances d'Emilio"
    assert article.published_at == "2013-07-09T10:37:00+00:00"
    assert article.body == "The trial has begun.\nThe defendant made no comment."
    (placement,) = article.placements
    assert (placement.origin, placement.image_src, placement.position) == ("ninjs", "http://x.org/big.jpg", 2)
    assert placement.caption == Caption(
        "The Costa Concordia cruise ship lies on its side.", "Paulo Santalucia"
    )
    assert placement.evidence["image_srcs"] == ["http://x.org/small.jpg"]


def test_version_2_shows_the_associated_picture_where_the_body_does() -> None:
    article = read(_VERSION_2)
    assert article.headline == "Övning hålls 2023"
    assert article.body == "Pandemin satte stopp.\nCitat."
    (placement,) = article.placements
    assert placement.caption == Caption("En övning planeras 2023.", "Karl Melander/TT")
    assert placement.image_src == "http://x.org/hires.jpg"
    assert placement.evidence["image_srcs"] == ["http://x.org/thumb.jpg"]
    assert placement.position == 2


def test_plain_body_is_taken_where_there_is_no_marked_up_one() -> None:
    article = read({**_VERSION_2, "bodies": _VERSION_2["bodies"][:1]})  # type: ignore[index]
    assert article.body == "Pandemin satte stopp."


def test_version_3_names_its_markup_by_media_type() -> None:
    bodies = [
        {"role": "text", "contentType": "text/plain", "value": "One. Two."},
        {"role": "nitf", "contentType": "application/nitf+xml", "value": "<nitf/>"},
        {"role": "text", "contentType": "application/xhtml+xml", "value": "<p>One.</p> <p>Two.</p>"},
    ]
    assert read({"uri": "x", "bodies": bodies}).body == "One.\nTwo."
    assert read({"uri": "x", "bodies": bodies[:2]}).body == "One. Two."
    assert read({"uri": "x", "bodies": bodies[1:2]}).body == ""


def test_version_3_picture_is_a_caption_without_an_article() -> None:
    article = read(_VERSION_3)
    assert (article.body, article.headline, article.url) == ("", None, None)
    (placement,) = article.placements
    assert placement.image_src == "http://x.org/full.jpg"
    assert placement.caption == Caption(
        "A man stands in a no man's land.", "(DHA via AP, File) ASSOCIATED PRESS"
    )
    assert placement.lead == "FILE"


def test_picture_without_renditions_goes_by_its_own_address() -> None:
    (placement,) = read({**_VERSION_3, "renditions": []}).placements
    assert placement.image_src == "http://api.example/media/b2b6"


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'"x"', b"[" * 100_000])
def test_what_is_no_item_is_an_error(data: bytes) -> None:
    with pytest.raises(ArticleError):
        read_ninjs(data)


@pytest.mark.parametrize(
    "odd",
    [
        {"associations": [1, None, {"type": "picture"}], "bodies": "text", "headlines": {"a": 3}},
        {"associations": {"a": {"type": "picture", "renditions": "x", "uri": 7}}, "body_xhtml": 9},
        {"type": ["picture"], "renditions": [{"href": {"a": 1}, "width": "wide"}]},
        {"descriptions": [{"role": None, "value": ["A boat."]}], "type": "picture", "uri": "x.jpg"},
    ],
)
def test_fields_of_the_wrong_kind_are_passed_over(odd: dict[str, object]) -> None:
    assert isinstance(read({"uri": "x", "body_text": "Body.", **odd}), Article)


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        pytest.param(_VERSION_1, True, id="version-1"),
        pytest.param(_VERSION_2, True, id="version-2"),
        pytest.param(_VERSION_3, True, id="version-3"),
        pytest.param({"url": "a", "headline": "b", "body": "c", "images": []}, False, id="plain-article"),
        pytest.param({"uri": "a", "headline": "b", "text": "c"}, False, id="uri-alone"),
    ],
)
def test_recognition(document: object, wanted: bool) -> None:
    assert looks_like_ninjs(json.dumps(document).encode()[:4096], "x.json") is wanted


def test_halves_of_surrogate_pairs_do_not_pass() -> None:
    article = read_ninjs(rb'{"uri": "x", "headline": "a\ud83d b", "body_text": "c\u0000d"}')
    assert (article.headline, article.body) == ("a\ufffd b", "cd")
