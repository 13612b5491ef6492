"""Articles in the form of corpora: JSON with one object per line.

The plain form is ``{"url", "headline", "body", "images": [{"src", "caption", "credit"}]}``; other
fields are recognised by their usual names (:mod:`media.decoding.json_fields`), systems and corpora by their shape
(:mod:`media.articles.json_shapes`). Captions are also searched for in the body, which can be HTML, plain text or nodes.
If it has no captions, the body stays unchanged.

A row of a picture corpus (``{"url": "https://.../x.jpg", "caption": ...}``, img2dataset, LAION) has no
article: it becomes an :class:`Article` with an empty body, no headline and no address, whose one
placement holds the picture's address and its caption.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from media.articles.article import MAX_PICTURES, Article, Hints
from media.articles.article.byline import read_dateline
from media.articles.json_nodes import parsed_body, pictures_beside, read_picture
from media.articles.markup import Block, Shown, place_blocks, place_shown
from media.articles.ninjs import looks_like_ninjs, read_ninjs
from media.captions.addresses import PICTURE_ADDRESS, picture_name
from media.captions.caption import Placement
from media.captions.stated import place_stated
from media.decoding.encoding import decode_text
from media.decoding.json_fields import (
    ARTICLE,
    HTML,
    PICTURE,
    load_json,
    mend_value,
    read_language,
    read_moment,
    read_words,
)
from media.errors import ArticleError
from media.left_out import take

if TYPE_CHECKING:
    from media.articles.story import Story

_MOST_LEFT = 1 << 20
"""Characters of a record's other fields that are kept; of a larger one the largest fields are named only."""
_PICTURES = 2_000
"""The most pictures read from one article."""

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
"""The names that ``fields`` of :func:`read_json_article` accepts."""


def looks_like_json_lines(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` holds one JSON object per line.

    If the first line is longer than ``head``, its beginning and the name decide.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return False
    line, ended, rest = text.partition(b"\n")
    if not ended:
        return re.search(r"\.(?:jsonl|jsonlines|ndjson|jl)(?:\.\w+)?$", name, re.IGNORECASE) is not None
    return _is_object(line) and (not rest.strip() or rest.lstrip().startswith(b"{"))


def looks_like_json_articles(head: bytes, name: str) -> bool:
    """Return whether ``head`` begins a JSON document with an article, or a list of articles."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not re.match(rb"[\[\s]*\{", text):
        return False
    names = {found.decode("ascii", "replace") for found in re.findall(rb'"([A-Za-z_-]{2,30})"\s*:', text)}
    if any(marks <= names for marks in _SHAPES):
        return True
    picked = ARTICLE.pick(dict.fromkeys(names, 1))
    return "body" in picked and ("headline" in picked or "url" in picked)


_SHAPES: Final = tuple(
    frozenset(names.split())
    for names in (
        *(
            "image_path article_path caption",
            "article_url article",
            "content_elements headlines",
            "parsed_section",
        ),
        *(
            "web_url multimedia",
            "webTitle webUrl",
            "text_list image_info",
            "db meta data",
            "source_url media_type",
        ),
    )
)
"""Names that stand together in known shapes only, however far on the text is."""


def read_line(data: bytes, hints: Hints) -> Article | None:
    """:func:`read_json_article`, of a record."""
    return read_json_article(data, fields=hints.fields)


def read_document(data: bytes, hints: Hints) -> Iterable[Article]:
    """Read the articles of a JSON document: one of ninjs, or what :func:`read_json_articles` finds."""
    head = data[:_HEAD_BYTES]
    if looks_like_ninjs(head, hints.name):
        return (read_ninjs(data),)
    if looks_like_json_articles(head, hints.name):
        return read_json_articles(data, fields=hints.fields, loosely=True)
    try:
        return tuple(read_json_articles(data, fields=hints.fields, loosely=False))
    except (ArticleError, ArithmeticError, AssertionError, LookupError, RecursionError, ValueError):
        return ()  # It is not known to hold articles, so its errors are not reported.


_HEAD_BYTES: Final = 4096


def read_json_article(data: bytes, *, fields: Mapping[str, str] | None = None) -> Article | None:
    """Return the article of one JSON object; None where the line is blank or says nothing of an article.

    ``fields`` maps what is meant (one of :data:`FIELDS`) to the field that holds it, as a path with
    dots where it lies deeper. Raises :class:`ArticleError` with the column where the JSON is wrong.
    """
    if not data or data.isspace():
        return None
    row = _load(data)
    return read_row(row, fields) if isinstance(row, dict) else None


def read_json_articles(
    data: bytes, *, fields: Mapping[str, str] | None = None, loosely: bool = True
) -> Iterator[Article]:
    """Yield the articles of a JSON document: an object, a list of objects, or objects inside other values.

    ``loosely`` also takes an object at the top for one that has less than an article's body and headline.
    """
    from media.articles.json_documents import find_rows

    document = _load(data, several=True)
    rows = find_rows(document, loosely=loosely)
    if fields:  # the caller said where everything is: nothing has to be searched
        rows = (
            row for row in (document if isinstance(document, list) else [document]) if isinstance(row, dict)
        )
    for row in rows:
        if article := read_row(row, fields):
            yield article


def _load(data: bytes, *, several: bool = False) -> object:
    try:
        return load_json(data)
    except json.JSONDecodeError as error:
        if several and error.msg == "Extra data" and (values := _load_several(data)):
            return values
        where = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ArticleError(
            f"the JSON breaks at {where}: {error.msg}", "Correct the line, or write it again."
        ) from error
    except UnicodeDecodeError as error:
        return _load_decoded(data, error)
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or thousands of brackets inside each other.
        raise ArticleError(
            f"the JSON cannot be read: {error}", "Correct the line, or write it again."
        ) from error


def _load_decoded(data: bytes, error: UnicodeDecodeError) -> object:
    """Return the value of JSON in an old encoding, if one is recognised; JSON itself knows UTF-8 only."""
    decoded = decode_text(data)
    is_damaged = decoded.evidence == "fallback" and _UTF8_LETTER.search(data)
    if decoded.replaced == 0 and not is_damaged:
        try:
            return load_json(decoded.text)
        except (ValueError, RecursionError):
            pass
    raise ArticleError(f"the JSON is no UTF-8 at byte {error.start + 1}", "Convert it to UTF-8.") from error


_UTF8_LETTER: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")


def _load_several(data: bytes) -> list[object] | None:
    """Return the objects of a file that holds several one after the other, each on many lines; None if it does not.

    Databases export so (mongoexport, jq).
    """
    text = data.decode(json.detect_encoding(data))
    values: list[object] = []
    at = 0
    while (begin := _BLANK.match(text, at)) and (at := begin.end()) < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        values.append(mend_value(value))
    return values


_DECODER: Final = json.JSONDecoder()
_BLANK: Final = re.compile(r"[\s,]*")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def read_row(row: dict[str, object], fields: Mapping[str, str] | None = None) -> Article | None:
    """Return the article of an object; None where it says nothing of one."""
    from media.articles.json_shapes import plain_row

    shaped = None if fields else plain_row(row)
    found = shaped if shaped is not None else ARTICLE.pick(row, fields)
    url = read_words(found.get("url"))
    if (picture := _only_picture(found, row, url)) is not None:
        return Article("", placements=tuple(_place_pictures([picture], fields)))
    page = _read_page(found, url)
    headline = _read_headline(found.get("headline")) or (page.headline if page else None)
    story = _read_body(found, row if shaped is None and not fields else None, url)
    lead = list(_place_pictures(_listed(found.get("lead")), fields))
    listed = [*_list_pictures(found)]
    if shaped is None and not fields and not listed:
        listed += pictures_beside(row, found)
    beside = _place_pictures(listed, fields)
    placements = join_pictures(lead, story.placements, beside, story.text.count("\n") + 1)
    if not (story.text or headline or placements):
        return None
    published, language = found.get("published_at"), found.get("language")
    return Article(
        body=story.text,
        headline=headline,
        byline=read_words(found.get("byline")) or (page.byline if page else None),
        dateline=read_words(found.get("dateline")) or read_dateline(story.text),
        published_at=(read_moment(published) if published is not None else None)
        or (page.published_at if page else None),
        language=(read_language(language) if language is not None else None)
        or (page.language if page else None),
        url=url or (page.url if page else None),
        placements=tuple(placements),
        fields=_leave(row, found) if shaped is None else None,
        body_positions=story.positions,
    )


def _leave(row: Mapping[str, object], found: Mapping[str, object]) -> dict[str, object] | None:
    """Return the fields of a record that are not part of its article; None if there are none."""
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


def _read_headline(value: object) -> str | None:
    text = read_words(value, " ")
    if text is None or not _MARKUP.search(text):
        return text
    from media.articles.story import plain_line

    return plain_line(text)


_MARKUP = re.compile(r"<[a-zA-Z/][^<>]{0,1000}>|&(?:[a-zA-Z]{2,10}|#\d{2,6}|#[xX][0-9a-fA-F]{2,5});")


def _read_page(found: Mapping[str, object], url: str | None) -> Article | None:
    """Return the whole page that a row holds; None if its body is not a page."""
    body = found.get("body")
    if not isinstance(body, str) or not _PAGE.match(body):
        return None
    from media.articles.story import read_whole_page

    return read_whole_page(body, url)


_PAGE = re.compile(r"\s*<(?:!doctype|html|\?xml)\b", re.IGNORECASE)


def _read_body(found: Mapping[str, object], row: Mapping[str, object] | None, url: str | None) -> "Story":
    """Return the body, searched for captions; a plain one gives way to the HTML beside it that shows pictures."""
    from media.articles.story import Story, read_story

    value = parsed_body(found.get("body"))
    told = value if isinstance(value, str) else read_words(value, "\n")
    if isinstance(value, list | dict) and (blocks := _blocks(value, told)) is not None:
        text, placements = place_blocks(blocks, "jsonl")
        searched = read_story(text)
        # Positions of captions in plain lines count lines; those of the nodes' pictures count nodes.
        return replace(searched, placements=(*placements, *searched.placements))
    if row is not None and "<" not in (told or "") and (markup := HTML.pick(row).get("body")) is not None:
        marked = read_story(read_words(markup) or "", url=url)
        if marked.placements or not told:
            return marked
    return read_story(told, url=url) if told else Story("")


def _blocks(value: object, told: str | None) -> list[Block] | None:
    """Return the paragraphs and pictures of a body in nodes; None where it is a text, or a list of texts."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return None
    if isinstance(value, dict) and told is not None:
        return None
    from media.articles.json_nodes import read_nodes

    nodes = value if isinstance(value, list) else [value]
    blocks: list[Block] = []
    for node in nodes:
        blocks += [node] if isinstance(node, Shown) else read_nodes(node)
    return blocks or None


def _only_picture(
    found: Mapping[str, object], row: Mapping[str, object], url: str | None
) -> dict[str, object] | None:
    """Return the picture that a row describes, and nothing else; None for an article."""
    src = _only_address(found, row, url)
    if src is None:
        return None
    # The text or the title of a picture corpus is the caption, its address the picture's.
    told = read_words(found.get("body"), "\n"), read_words(found.get("headline"), " ")
    caption = found.get("caption") or told[0] or told[1]
    return {"src": src, "caption": caption, "alt": found.get("alt"), "credit": found.get("credit")}


def _only_address(found: Mapping[str, object], row: Mapping[str, object], url: str | None) -> str | None:
    if "images" in found or (url is not None and "src" in found):
        return None
    told = [name for name in ("caption", "body", "headline") if name in found]
    if url is None:
        src = found.get("src")
        if not isinstance(src, str) or told not in (["caption"], ["body"]):
            return None
        return src if told == ["caption"] or _is_address(src) else None
    if told == ["caption"] or (told == ["caption", "headline"] and PICTURE_ADDRESS.search(url)):
        return url
    measured = any(name in row for name in ("width", "WIDTH", "original_width"))
    return url if len(told) == 1 and (measured or PICTURE_ADDRESS.search(url)) else None


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
    for index, image in enumerate(take(images or (), MAX_PICTURES, "pictures")):
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


def _listed(pictures: object) -> list[object]:
    return pictures if isinstance(pictures, list) else []


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
        placement: Placement | None
        if isinstance(picture, Shown):
            placement = _place_plainly(picture, position)
        elif isinstance(picture, dict):
            said = PICTURE.pick(picture, fields)
            if "src" in said or "caption" in said or (described := read_picture(picture)) is None:
                placement = _place(said, position)
            else:  # one object deeper: {"node": {...}}, {"data": {"attributes": {...}}}
                placement = _place_plainly(described, position)
        else:
            src = read_words(picture)
            placement = (
                Placement("jsonl", image_src=src, position=position) if src and _is_address(src) else None
            )
        if placement is not None:
            yield placement


def _place_plainly(shown: Shown, position: int) -> Placement | None:
    caption = _read_headline(shown.caption)
    return place_shown(
        replace(shown, caption=caption, credit_line=_read_headline(shown.credit_line)), "jsonl", position
    )


def join_pictures(
    lead: list[Placement], shown: Iterable[Placement], beside: Iterable[Placement], end: int
) -> list[Placement]:
    """Return the pictures of an article in order: before the body, in it, and those that are only listed with it.

    What is shown in the body is shown once: the same picture of a list lends it the caption that it lacks there.
    """
    placements = [*shown]
    names = {name: at for at, one in reversed(list(enumerate(placements))) if (name := _name(one))}
    before: list[Placement] = []
    for one in (*lead, *beside):
        name = _name(one)
        at = names.get(name) if name else None
        if at is None:
            is_lead = any(one is each for each in lead)
            moved = replace(one, position=0 if is_lead else one.position + (end if shown or lead else 0))
            (before if is_lead else placements).append(moved)
            if name and not is_lead:
                names[name] = len(placements) - 1
        elif placements[at].caption is None and one.caption is not None:
            placements[at] = replace(one, position=placements[at].position)
    return before + placements


def _name(placement: Placement) -> str | None:
    return picture_name(placement.image_src) if placement.image_src else None


def _is_address(text: str) -> bool:
    """Return whether ``text`` names a picture: ``{"media": "Reuters"}`` and ``{"photo": "Jo Ek"}`` do not."""
    return ("/" in text and not re.search(r"\s", text)) or PICTURE_ADDRESS.search(text) is not None


def _place(said: dict[str, object], position: int) -> Placement | None:
    src = said.get("src")
    if src is not None and src is said.get("credit"):  # "source" says where it is, or whose it is
        del said["credit" if isinstance(src, str) and _is_address(src) else "src"]
        src = said.get("src")
    return place_stated(
        "jsonl",
        src.strip() or None if isinstance(src, str) else read_words(src),
        _read_headline(said.get("caption")),
        credit_line=read_words(said["credit"]) if "credit" in said else None,
        alt=read_words(said["alt"], " ") if "alt" in said else None,
        position=position,
        date=read_moment(said["date"]) if "date" in said else None,
        place=read_words(said["place"]) if "place" in said else None,
    )
