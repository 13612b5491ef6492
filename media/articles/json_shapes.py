"""The fields of systems and corpora for the parts of an article, if names alone do not decide: one function a shape.

A shape is recognised by fields that only it has, and is written again in the plain form that
:mod:`media.articles.jsonlines` reads: ``headline``, ``body`` (a text, paragraphs or nodes), ``images``, and ``lead``,
the pictures that stand before the body.

Sources: WordPress REST API v2, Ghost 5, Arc XP's ANS 0.10, the Guardian's Content API, the New York Times' Archive API,
JSON Feed 1.1, Drupal's JSON:API; the published files of fundus, GoodNews, NYTimes800k, VisualNews, OBELICS and MMC4.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from media.articles.article import MAX_PICTURES
from media.articles.json_nodes import pictures_beside, read_picture
from media.articles.markup import Shown
from media.articles.wordpress import to_html
from media.decoding.json_fields import ARTICLE, read_words
from media.left_out import take

Row = Mapping[str, object]
Shape = Callable[[Row], dict[str, object] | None]
_PICTURES: Final = 500
"""The most pictures of an article: no story has more, and a list of millions is not an article."""


def plain_row(row: Row) -> dict[str, object] | None:
    """Return a row of a known shape in the plain form; None where no shape knows it."""
    for shape in _SHAPES:
        if (found := shape(row)) is not None:
            told = {name: value for name, value in found.items() if value not in (None, "", [], {})}
            if "body" in told:
                usual = ARTICLE.pick(row)
                told = {name: usual[name] for name in _BY_USUAL_NAMES if name in usual} | told
            return told
    return None


_BY_USUAL_NAMES: Final = ("byline", "dateline", "published_at", "language", "url")
"""The fields that a shape may have by their usual names if it does not define them."""


def _object(value: object) -> Row:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _names(value: object) -> str | None:
    """Return the names of people, each an object or a text."""
    named = [one.get("name") if isinstance(one, dict) else one for one in _list(value)]
    return ", ".join(name for one in named if (name := read_words(one))) or None


def _arc(row: Row) -> dict[str, object] | None:
    nodes = row.get("content_elements")
    if not isinstance(nodes, list) or not ("headlines" in row or row.get("type") in ("story", "gallery")):
        return None
    lead = [one for one in _object(row.get("promo_items")).values() if isinstance(one, dict)]
    return {
        "headline": read_words(_object(row.get("headlines")).get("basic")),
        "body": nodes,
        "byline": _names(_object(row.get("credits")).get("by")),
        "published_at": row.get("first_publish_date") or row.get("display_date") or row.get("publish_date"),
        "language": row.get("language"),
        "url": row.get("canonical_url") or row.get("website_url"),
        "lead": [read_picture(one) for one in lead if one.get("type") == "image"][:1],
        "images": nodes if row.get("type") == "gallery" else None,
    }


def _wordpress(row: Row) -> dict[str, object] | None:
    title, content = _object(row.get("title")), _object(row.get("content"))
    if row.get("media_type") == "image" and "source_url" in row:
        shown = _wordpress_media(row)
        return {"src": shown.src, "caption": shown.caption or shown.alt} if shown.src else None
    if "rendered" not in content:
        return None
    if "rendered" not in title:  # what readers say of an article
        return {} if "post" in row and "author_name" in row else None
    beside = _object(row.get("_embedded"))
    media = [one for one in _list(beside.get("wp:featuredmedia")) if isinstance(one, dict)]
    gmt = row.get("date_gmt")
    return {
        "headline": title["rendered"],
        "body": to_html(str(content["rendered"] or ""), {}),
        "byline": _names(beside.get("author")),
        "published_at": f"{gmt}Z" if isinstance(gmt, str) and gmt else row.get("date"),
        "language": row.get("lang"),
        "url": row.get("link"),
        "images": row.get("media"),
        "lead": [_wordpress_media(one) for one in media[:1]]
        or [Shown(one) for one in (row.get("jetpack_featured_media_url"),) if isinstance(one, str) and one],
    }


def _wordpress_media(row: Row) -> Shown:
    return Shown(
        read_words(row.get("source_url")),
        read_words(row.get("caption")),
        alt=read_words(row.get("alt_text")),
        field="caption",
    )


def _ghost(row: Row) -> dict[str, object] | None:
    if not isinstance(row.get("html"), str) or not (
        "feature_image" in row or "mobiledoc" in row or "lexical" in row
    ):
        return None
    lead = Shown(
        _without_ghost(row.get("feature_image")),
        read_words(row.get("feature_image_caption")),
        alt=read_words(row.get("feature_image_alt")),
        field="feature_image_caption",
    )
    return {
        "headline": row.get("title"),
        "body": _without_ghost(row["html"]),
        "byline": _names(row.get("authors")) or read_words(row.get("primary_author")),
        "published_at": row.get("published_at"),
        "url": _without_ghost(row.get("url")) or row.get("canonical_url"),
        "lead": [lead] if lead.src else None,
    }


def _without_ghost(value: object) -> str | None:
    """Return a text whose addresses are relative where Ghost writes the site's own as ``__GHOST_URL__``."""
    return value.replace("__GHOST_URL__", "") if isinstance(value, str) else None


def _guardian(row: Row) -> dict[str, object] | None:
    if "webTitle" not in row or not ("fields" in row or "blocks" in row):
        return None
    fields, blocks = _object(row.get("fields")), _object(row.get("blocks"))
    parts = [_object(one).get("bodyHtml") for one in _list(blocks.get("body"))]
    body = fields.get("body") or "\n".join(one for one in parts if isinstance(one, str))
    main = fields.get("main") or _object(blocks.get("main")).get("bodyHtml")
    has_figures = "<figure" in str(main) or "<figure" in str(body)
    return {
        "headline": fields.get("headline") or row["webTitle"],
        "body": f"{main or ''}{body}" if body else fields.get("bodyText"),
        "byline": read_words(fields.get("byline")),
        "published_at": row.get("webPublicationDate"),
        "language": fields.get("lang"),
        "url": row.get("webUrl"),
        "images": None
        if has_figures
        else list(filter(None, map(_guardian_picture, _list(row.get("elements"))))),
    }


def _guardian_picture(element: object) -> Shown | None:
    row = _object(element)
    assets = [one for one in _list(row.get("assets")) if isinstance(one, dict)]
    if row.get("type") != "image" or not assets:
        return None
    widest = max(assets, key=lambda one: _number(_object(one.get("typeData")).get("width")))
    said = _object(widest.get("typeData"))
    return Shown(
        read_words(widest.get("file")),
        read_words(said.get("caption")),
        read_words(said.get("credit")),
        read_words(said.get("altText")),
        field="caption",
    )


def _number(value: object) -> int:
    return int(text) if (text := str(value or "")).isascii() and text.isdigit() and len(text) < 8 else 0


def _nyt(row: Row) -> dict[str, object] | None:
    if (
        "web_url" not in row
        or not ("lead_paragraph" in row or "multimedia" in row)
        or "parsed_section" in row
    ):
        return None
    return {
        "headline": read_words(row.get("headline")),
        "body": row.get("lead_paragraph") or row.get("abstract") or row.get("snippet"),
        "byline": read_words(_object(row.get("byline")).get("original")),
        "published_at": row.get("pub_date"),
        "url": row["web_url"],
        "images": _nyt_pictures(row.get("multimedia")),
    }


def _nyt_pictures(media: object) -> list[Shown]:
    """Return the pictures of an item, each once: the Archive API lists one picture in some seventy sizes."""
    if isinstance(media, dict):
        default = _object(media.get("default"))
        src = read_words(default.get("url"))
        shown = Shown(src, read_words(media.get("caption")), read_words(media.get("credit")), field="caption")
        return [shown] if src or shown.caption else []
    found: dict[str, list[Row]] = {}
    for one in take(_list(media), MAX_PICTURES, "pictures"):
        row = _object(one)
        if row.get("type") in (None, "image") and (url := read_words(row.get("url"))):
            name = re.sub(r"-[A-Za-z0-9]+(?:-v\d+)?(?=\.\w+$)", "", url) if "subtype" in row else url
            found.setdefault(name, []).append(row)
    pictures = []
    for rows in found.values():
        rows.sort(key=lambda one: -_number(one.get("width")))
        srcs = [str(one["url"]) for one in rows]
        caption = next((text for one in rows if (text := read_words(one.get("caption")))), None)
        credit = next((text for one in rows if (text := read_words(one.get("credit")))), None)
        pictures.append(Shown(srcs[0], caption, credit, other_srcs=tuple(srcs[1:12]), field="caption"))
    return pictures


def _nyt800k(row: Row) -> dict[str, object] | None:
    sections = row.get("parsed_section")
    if not isinstance(sections, list):
        return None
    body: list[object] = []
    for one in sections:
        said = _object(one)
        text = read_words(said.get("text"), " ")
        if said.get("type") == "caption":
            name = read_words(said.get("hash"))
            body.append(Shown(f"{name}.jpg" if name else None, text, field="parsed_section"))
        elif text:
            body.append(text)
    return {
        "headline": read_words(row.get("headline")),
        "body": body,
        "byline": read_words(_object(row.get("byline")).get("original")) or read_words(row.get("byline")),
        "published_at": row.get("pub_date"),
        "language": row.get("language"),
        "url": row.get("web_url"),
    }


def _goodnews(row: Row) -> dict[str, object] | None:
    images = row.get("images")
    if "article" not in row or "article_url" not in row or not isinstance(images, dict):
        return None
    name = read_words(row.get("_id"))
    return {
        "headline": read_words(row.get("headline")),
        "body": row["article"],
        "url": row["article_url"],
        "images": [
            Shown(f"{name}_{number}.jpg" if name else None, read_words(caption), field="images")
            for number, caption in images.items()
        ],
    }


def _visualnews(row: Row) -> dict[str, object] | None:
    if not {"image_path", "article_path", "caption"} <= row.keys():
        return None
    return {"src": row["image_path"], "caption": row["caption"]}


def _fundus(row: Row) -> dict[str, object] | None:
    body = _object(row.get("body"))
    if not isinstance(body.get("sections"), list):
        return None
    lines: list[object] = _list(body.get("summary"))[:]
    for section in _list(body["sections"]):
        lines += _list(_object(section).get("headline")) + _list(_object(section).get("paragraphs"))
    return {
        "headline": row.get("title"),
        "body": [one for one in lines if isinstance(one, str)],
        "byline": _names(row.get("authors")),
        "published_at": row.get("publishing_date"),
        "language": row.get("lang"),
        "url": row.get("url") or _object(row.get("html")).get("responded_url"),
        "images": [
            _fundus_picture(one)
            for one in take(_list(row.get("images")), MAX_PICTURES, "pictures")
            if isinstance(one, dict)
        ],
    }


def _fundus_picture(row: Row) -> Shown:
    versions = [one for one in _list(row.get("versions")) if isinstance(one, dict)]
    versions.sort(key=lambda one: -_number(_object(one.get("size")).get("width")))
    srcs = [src for one in versions if (src := read_words(one.get("url")))]
    return Shown(
        srcs[0] if srcs else read_words(row.get("url")),
        read_words(row.get("caption")),
        _names(row.get("authors")),
        read_words(row.get("description")),
        tuple(srcs[1:12]),
        "caption",
    )


def _obelics(row: Row) -> dict[str, object] | None:
    images, texts = row.get("images"), row.get("texts")
    if not isinstance(images, list) or not isinstance(texts, list) or len(images) != len(texts):
        return None
    body: list[object] = []
    said = [_object(one) for one in _list(_loaded(row.get("metadata")))]
    for index, (image, text) in enumerate(zip(images, texts, strict=True)):
        if isinstance(text, str):
            body += [line for line in text.splitlines() if line.strip()]
        elif isinstance(image, str):
            about = said[index] if index < len(said) else {}
            body.append(Shown(image, alt=read_words(about.get("alt_text")), field="alt_text"))
    general = _object(_loaded(row.get("general_metadata")))
    return {"body": body, "url": general.get("url") or row.get("url")}


def _loaded(value: object) -> object:
    """Return the JSON value in a text; return other values unchanged."""
    if not isinstance(value, str) or len(value) > _NESTED_JSON:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


_NESTED_JSON: Final = 8 << 20
"""Bytes of a page's data that stand in a string, and are parsed once more."""


def _mmc4(row: Row) -> dict[str, object] | None:
    lines, pictures = row.get("text_list"), row.get("image_info")
    if not isinstance(lines, list) or not isinstance(pictures, list):
        return None
    body: list[object] = list(lines)
    placed = [
        (_number(_object(one).get("matched_text_index")), _object(one))
        for one in take(pictures, MAX_PICTURES, "pictures")
    ]
    for at, one in sorted(placed, key=lambda pair: -pair[0]):
        srcs = [src for name in ("image_name", "raw_url") if (src := read_words(one.get(name)))]
        if srcs:
            body.insert(at, Shown(srcs[0], other_srcs=tuple(srcs[1:])))
    return {"body": body, "url": row.get("url")}


def _jsonfeed(row: Row) -> dict[str, object] | None:
    if "content_html" not in row and not ("content_text" in row and "id" in row):
        return None
    attached = [_object(one) for one in _list(row.get("attachments"))]
    return {
        "headline": row.get("title"),
        "body": row.get("content_html") or row.get("content_text"),
        "byline": _names(row.get("authors")) or read_words(row.get("author")),
        "published_at": row.get("date_published"),
        "language": row.get("language"),
        "url": row.get("url") or row.get("id"),
        "lead": [Shown(src) for name in ("image", "banner_image") if (src := read_words(row.get(name)))][:1],
        "images": [
            one["url"] for one in attached if str(one.get("mime_type")).startswith("image/") and "url" in one
        ],
    }


def _nested(row: Row) -> dict[str, object] | None:
    """Return what JSON:API (Drupal, Strapi) and Contentful keep one object deeper."""
    inner = (
        row.get("attributes") if "type" in row or "id" in row else row.get("fields") if "sys" in row else None
    )
    if not isinstance(inner, dict) or not ("title" in inner or "headline" in inner):
        return None
    body = inner.get("body") or inner.get("content") or inner.get("field_body")
    if isinstance(body, dict) and ("processed" in body or "value" in body):
        body = body.get("processed") or body.get("value")
    if not body:
        return None
    found = ARTICLE.pick({**inner, "body": body})
    return (
        found if "images" in found or "src" in found else {**found, "images": pictures_beside(inner, found)}
    )


_SHAPES: tuple[Shape, ...] = (
    *(_arc, _wordpress, _ghost, _guardian, _nyt, _nyt800k, _goodnews, _visualnews, _fundus, _obelics, _mmc4),
    *(_jsonfeed, _nested),
)
