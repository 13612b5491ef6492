"""Articles as corpora keep them: JSON, one object a line.

The plain form is ``{"url", "headline", "body", "images": [{"src", "caption", "credit"}]}``; other
fields are recognised by their usual names (:mod:`media.decoding.json_fields`). The body is taken as it is:
whoever wrote the line has cleaned it.

A row of a picture corpus (``{"url": "https://.../x.jpg", "caption": ...}``, img2dataset, LAION) has no
article: it becomes an :class:`Article` with an empty body, no headline and no address, whose one
placement holds the picture's address and its caption.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from media.articles.article import Article, Hints
from media.articles.ninjs import looks_like_ninjs, read_ninjs
from media.captions.caption import Placement
from media.captions.stated import place_stated
from media.decoding.json_fields import ARTICLE, PICTURE, load_json, read_language, read_moment, read_words
from media.errors import ArticleError

_MOST_LEFT = 1 << 20
"""Characters of a record's other fields that are kept; of a larger one the largest fields are named only."""
_PICTURES = 2_000
"""Most pictures read from one article."""

FIELDS: Final = (
    "headline",
    "body",
    "byline",
    "dateline",
    "published_at",
    "language",
    "url",
    "images",
    "src",
    "caption",
    "alt",
    "credit",
    "date",
    "place",
)
"""What ``fields`` of :func:`read_json_article` may name."""


def looks_like_json_lines(head: bytes, name: str) -> bool:
    """Tell whether a record that begins with ``head`` holds one JSON object a line.

    Where the first line is longer than ``head``, its beginning and the name must do.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return False
    line, ended, rest = text.partition(b"\n")
    if not ended:
        return re.search(r"\.(?:jsonl|jsonlines|ndjson|jl)(?:\.\w+)?$", name, re.IGNORECASE) is not None
    return _is_object(line) and (not rest.strip() or rest.lstrip().startswith(b"{"))


def looks_like_json_articles(head: bytes, name: str) -> bool:
    """Tell whether ``head`` begins one JSON document with an article, or a list of them."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not re.match(rb"[\[\s]*\{", text):
        return False
    names = {found.decode("ascii", "replace") for found in re.findall(rb'"([A-Za-z_-]{2,30})"\s*:', text)}
    picked = ARTICLE.pick(dict.fromkeys(names, 1))
    return "body" in picked and ("headline" in picked or "url" in picked)


def read_line(data: bytes, hints: Hints) -> Article | None:
    """:func:`read_json_article`, of a record."""
    return read_json_article(data, fields=hints.fields)


def read_document(data: bytes, hints: Hints) -> Iterable[Article]:
    """Read the articles of a JSON document: one of ninjs, or what :func:`read_json_articles` finds."""
    head = data[:_HEAD_BYTES]
    if looks_like_ninjs(head, hints.name):
        return (read_ninjs(data),)
    if looks_like_json_articles(head, hints.name):
        return read_json_articles(data, fields=hints.fields)
    return ()


_HEAD_BYTES: Final = 4096


def read_json_article(data: bytes, *, fields: Mapping[str, str] | None = None) -> Article | None:
    """Return the article of one JSON object; None where the line is blank or says nothing of an article.

    ``fields`` maps what is meant (one of :data:`FIELDS`) to the field that holds it, as a path with
    dots where it lies deeper. Raises :class:`ArticleError` with the column where the JSON is wrong.
    """
    if not data or data.isspace():
        return None
    row = _load(data)
    return _read_row(row, fields) if isinstance(row, dict) else None


def read_json_articles(data: bytes, *, fields: Mapping[str, str] | None = None) -> Iterator[Article]:
    """Yield the articles of a whole JSON document: an object, or a list of objects."""
    document = _load(data)
    for row in document if isinstance(document, list) else [document]:
        if isinstance(row, dict) and (article := _read_row(row, fields)):
            yield article


def _load(data: bytes) -> object:
    try:
        return load_json(data)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ArticleError(
            f"the JSON breaks at {where}: {error.msg}", "Correct the line, or write it again."
        ) from error
    except UnicodeDecodeError as error:
        raise ArticleError(
            f"the JSON is no UTF-8 at byte {error.start + 1}", "Convert it to UTF-8."
        ) from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or thousands of brackets inside each other.
        raise ArticleError(
            f"the JSON cannot be read: {error}", "Correct the line, or write it again."
        ) from error


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _read_row(row: dict[str, object], fields: Mapping[str, str] | None) -> Article | None:
    found = ARTICLE.pick(row, fields)
    body, headline = _read_body(found.get("body")), read_words(found.get("headline"), " ")
    url = read_words(found.get("url"))
    if (src := _only_picture(found, row, url)) is not None:
        # The text or the title of a picture corpus is the caption, its address the picture's.
        caption = found.get("caption") or body or headline
        picture = {"src": src, "caption": caption, "alt": found.get("alt"), "credit": found.get("credit")}
        return Article("", placements=tuple(_place_pictures([picture], fields)))
    placements = tuple(_place_pictures(_list_pictures(found), fields))
    if not (body or headline or placements):
        return None
    return Article(
        body=body,
        headline=headline,
        byline=read_words(found.get("byline")),
        dateline=read_words(found.get("dateline")),
        published_at=read_moment(found["published_at"]) if "published_at" in found else None,
        language=read_language(found["language"]) if "language" in found else None,
        url=url,
        placements=placements,
        fields=_leave(row, found),
    )


def _leave(row: Mapping[str, object], found: Mapping[str, object]) -> dict[str, object] | None:
    """Return the fields of a record that were not taken for a part of its article; None where there are none."""
    taken = {id(value) for value in found.values()}
    left = {name: _finite(value) for name, value in row.items() if id(value) not in taken or value is None}
    if len(json.dumps(left)) <= _MOST_LEFT:
        return left or None
    for name in sorted(left, key=lambda name: (-len(json.dumps(left[name])), name)):
        left[name] = f"left out: {len(json.dumps(left[name])):,} characters"
        if len(json.dumps(left)) <= _MOST_LEFT:
            break
    return left or None


def _finite(value: object) -> object:
    """Return a value as JSON has it: Python reads NaN and Infinity, which JSON does not know."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_finite(each) for each in value]
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return value


def _read_body(value: object) -> str:
    """Return the body as it is; paragraphs in a list become lines."""
    if isinstance(value, str):
        return value
    return read_words(value, "\n") or ""


_PICTURE_ADDRESS = re.compile(r"\.(?:jpe?g|png|gif|webp|tiff?|bmp|avif|heic)(?:[?#].*)?$", re.IGNORECASE)


def _only_picture(found: Mapping[str, object], row: Mapping[str, object], url: str | None) -> str | None:
    """Return the address of the picture that a row describes, and nothing else; None for an article."""
    if "images" in found or (url is not None and "src" in found):
        return None
    told = [name for name in ("caption", "body", "headline") if name in found]
    if url is None:
        src = found.get("src")
        if not isinstance(src, str) or told not in (["caption"], ["body"]):
            return None
        return src if told == ["caption"] or _is_address(src) else None
    if told == ["caption"] or (told == ["caption", "headline"] and _PICTURE_ADDRESS.search(url)):
        return url
    measured = any(name in row for name in ("width", "WIDTH", "original_width"))
    return url if len(told) == 1 and (measured or _PICTURE_ADDRESS.search(url)) else None


def _list_pictures(found: Mapping[str, object]) -> Iterator[object]:
    """Yield the pictures of an article, each an object or an address."""
    images, captions, src = found.get("images"), found.get("caption"), found.get("src")
    if isinstance(images, dict):
        images = _list_values(images)
    elif images is not None and not isinstance(images, list):
        images = [images]
    if images is None and (src is not None or captions is not None):
        images = src if isinstance(src, list) else [src]
    beside = captions if isinstance(captions, list) else [captions]
    for index, image in enumerate((images or ())[:_PICTURES]):
        if isinstance(image, dict):
            yield image
        elif index < len(beside) and beside[index] is not None:  # lists side by side
            yield {
                "src": image,
                "caption": beside[index],
                "alt": found.get("alt"),
                "credit": found.get("credit"),
            }
        else:
            yield image


def _list_values(images: Mapping[str, object]) -> list[object]:
    """Return pictures kept by name: their objects, or captions by number or address."""
    if any(name in images for name in ("src", "url", "caption", "href")):
        return [images]
    return [
        {"src": None if name.isdigit() else name, "caption": value}
        if isinstance(value, str) and (" " in value.strip() or not name.isdigit())
        else value
        for name, value in images.items()
    ]


def _place_pictures(pictures: Iterable[object], fields: Mapping[str, str] | None) -> Iterator[Placement]:
    for position, picture in enumerate(pictures):
        if isinstance(picture, dict):
            said = PICTURE.pick(picture, fields)
            placement = _place(said, position)
        else:
            src = read_words(picture)
            placement = (
                Placement("jsonl", image_src=src, position=position) if src and _is_address(src) else None
            )
        if placement is not None:
            yield placement


def _is_address(text: str) -> bool:
    """Tell whether ``text`` names a picture: ``{"media": "Reuters"}`` and ``{"photo": "Jo Ek"}`` do not."""
    return ("/" in text and not re.search(r"\s", text)) or _PICTURE_ADDRESS.search(text) is not None


def _place(said: dict[str, object], position: int) -> Placement | None:
    src = said.get("src")
    if src is not None and src is said.get("credit"):  # "source" says where it is, or whose it is
        del said["credit" if isinstance(src, str) and _is_address(src) else "src"]
        src = said.get("src")
    return place_stated(
        "jsonl",
        src.strip() or None if isinstance(src, str) else read_words(src),
        read_words(said.get("caption"), " "),
        credit_line=read_words(said["credit"]) if "credit" in said else None,
        alt=read_words(said["alt"], " ") if "alt" in said else None,
        position=position,
        date=read_moment(said["date"]) if "date" in said else None,
        place=read_words(said["place"]) if "place" in said else None,
    )
