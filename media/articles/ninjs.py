"""Articles of the agencies in ninjs, IPTC's News in JSON: versions 1, 2 and 3.

An item of type ``picture`` becomes an article without body, headline and address, whose placement
holds the picture and its caption, as :mod:`media.articles.jsonlines` does with rows of pictures.

Source: ninjs 1.8, 2.4 and 3.3; names are compared without their capitals, which version 3 brought.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from media.articles.article import MAX_PICTURES, Article
from media.articles.markup import Block, Shown, place_blocks, place_shown, read_fragment
from media.captions.caption import Placement
from media.decoding.json_fields import load_json, read_language, read_moment, read_words
from media.errors import ArticleError
from media.left_out import take

_MARKS = re.compile(
    rb'"(?:body_text|body_x?html|description_text|versioncreated|firstcreated|contentcreated|renditions|associations'
    rb'|bodies|headlines|descriptions|pubstatus|representationtype|usageterms|copyrightnotice)"\s*:',
    re.IGNORECASE,
)


def looks_like_ninjs(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is a ninjs item: a ``uri`` and two of its own fields."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{") or re.search(rb'"uri"\s*:', text) is None:
        return False
    return len({found.lower() for found in _MARKS.findall(text)}) >= 2


def read_ninjs(data: bytes) -> Article:
    """Return the article of a ninjs document. Raises :class:`ArticleError` if it is not an article."""
    try:
        document = load_json(data)
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"the JSON cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise ArticleError("the JSON holds no object", "Nothing: it is another kind of document.")
    item = _Item(document)
    if item.kind in ("picture", "graphic"):
        placement = place_shown(_read_picture(item), "ninjs", 0)
        return Article("", placements=(placement,) if placement else ())
    text, placements = place_blocks(_read_body(item), "ninjs")
    headline = item.words("headline") or item.role("headlines", ("main", "")) or item.words("title")
    first, _, rest = text.partition("\n")
    if first == headline:  # some feeds begin the body with it
        text = rest
    url = item.words("uri")
    return Article(
        body=text,
        headline=headline,
        byline=item.words("byline") or item.words("by") or item.words("bylines"),
        dateline=item.words("dateline"),
        published_at=next(
            (moment for name in _DATES if (moment := read_moment(item.fields.get(name)))),
            None,
        ),
        language=read_language(item.fields.get("language")),
        url=url if url and url.startswith("http") else None,
        placements=tuple(_with_associated(placements, item, text)),
    )


_DATES = ("firstcreated", "contentcreated", "versioncreated", "contentmodified")


class _Item:
    """An item, whose field names lose their capitals."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self.fields = {name.casefold(): value for name, value in fields.items()}
        self.kind = (self.words("type") or "text").casefold()

    def words(self, name: str) -> str | None:
        value = self.fields.get(name)
        if isinstance(value, list):  # bylines: {"byline": ...}, {"name": ...}
            value = [
                _first(one, ("byline", "name", "value")) if isinstance(one, dict) else one for one in value
            ]
        return read_words(value)

    def role(self, name: str, roles: tuple[str, ...]) -> str | None:
        """Return the text of the first of ``roles`` in a list such as ``headlines``; ``""`` means any role."""
        values = self.objects(name)
        for role in roles:
            for value in values:
                found = str(value.fields.get("role") or "").casefold().rpartition(":")[2]
                if (found == role or not role) and (text := value.words("value")):
                    return text
        return None

    def objects(self, name: str) -> list["_Item"]:
        """Return the objects of a list, or of an object that names them."""
        value = self.fields.get(name)
        if isinstance(value, dict):
            value = list(value.values())
        return (
            [_Item(one) for one in take(value, MAX_PICTURES, "associated items") if isinstance(one, dict)]
            if isinstance(value, list)
            else []
        )


def _first(row: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((row[name] for name in names if row.get(name)), None)


def _read_body(item: _Item) -> list[Block]:
    """Return the body's paragraphs and pictures: marked up where the item has it so, else plain."""
    for name in ("body_xhtml", "body_html", "body_html5"):
        if isinstance(html := item.fields.get(name), str) and html.strip():
            return read_fragment(html)
    bodies = item.objects("bodies")
    for kind in ("html", "plain", "text", ""):
        for body in bodies:
            told = f"{body.words('contenttype') or ''} {body.words('role') or ''}".casefold()
            value = body.fields.get("value")
            if kind not in told or not isinstance(value, str) or not value.strip():
                continue
            if "html" in told:
                return read_fragment(value)
            if "xml" not in told:  # NITF and the agencies' own markup come beside a plainer body
                return _paragraphs(value)
    text = item.fields.get("body_text")
    return _paragraphs(text) if isinstance(text, str) else []


def _paragraphs(text: str) -> list[Block]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line]


def _read_picture(item: _Item) -> Shown:
    caption = (
        item.words("description_text")
        or item.role("descriptions", ("caption", "text", "main"))
        or _plain(item.fields.get("description_xhtml") or item.fields.get("description_html"))
    )
    if caption is None:
        others = [one for one in item.objects("descriptions") if "credit" not in str(one.fields.get("role"))]
        caption = next((text for one in others if (text := one.words("value"))), None)
    credit = (
        item.words("creditline")
        or item.role("descriptions", ("creditline", "credit"))
        or item.words("byline")
        or item.words("by")
        or item.words("bylines")
    )
    addresses = list(_addresses(item))
    return Shown(
        addresses[0] if addresses else None,
        caption,
        credit,
        other_srcs=tuple(addresses[1:]),
        field="description",
    )


def _plain(html: object) -> str | None:
    if not isinstance(html, str):
        return None
    return " ".join(block for block in read_fragment(html) if isinstance(block, str)) or None


def _addresses(item: _Item) -> Iterator[str]:
    """Yield the addresses of a picture's renditions, the widest first; of its own, where it has none."""
    renditions = []
    for index, rendition in enumerate(item.objects("renditions")):
        kind = rendition.words("mimetype") or rendition.words("contenttype") or "image/"
        width = rendition.fields.get("width")
        if (href := rendition.words("href")) and kind.startswith("image"):
            renditions.append((-width if isinstance(width, int | float) else 0, index, href))
    yield from dict.fromkeys(href for _, _, href in sorted(renditions))
    if not renditions and (uri := item.words("uri")):
        yield uri


def _with_associated(shown: list[Placement], item: _Item, body: str) -> Iterator[Placement]:
    """Yield the pictures of the body, then those that are only associated with the item.

    The body's copy of an associated picture is a thumbnail: it gets the associated one's addresses.
    """
    associated = [
        placement
        for one in item.objects("associations")
        if one.kind in ("picture", "graphic")
        and (placement := place_shown(_read_picture(one), "ninjs", 0)) is not None
    ]
    for placement in shown:
        double = next((one for one in associated if _is_same(placement, one)), None)
        if double is None:
            yield placement
        else:
            associated.remove(double)
            yield _join(placement, double)
    for position, placement in enumerate(associated, body.count("\n") + 1 + len(shown)):
        yield replace(placement, position=position)


def _is_same(shown: Placement, associated: Placement) -> bool:
    if shown.caption and associated.caption and shown.caption.text == associated.caption.text:
        return True
    return shown.image_src is not None and shown.image_src in _srcs(associated)


def _srcs(placement: Placement) -> list[str]:
    others = placement.evidence.get("image_srcs")
    return [placement.image_src or "", *(others if isinstance(others, list) else [])]


def _join(shown: Placement, associated: Placement) -> Placement:
    """Return the body's placement with the associated one's address, and its caption where it has none."""
    srcs = [src for src in dict.fromkeys(_srcs(associated) + _srcs(shown)) if src]
    has_caption = shown.caption is not None and shown.origin != "alt"
    base = shown if has_caption else replace(associated, position=shown.position)
    caption = base.caption
    if caption is not None and caption.credit_line is None and associated.caption is not None:
        caption = replace(caption, credit_line=associated.caption.credit_line)
    evidence = {**base.evidence, **({"image_srcs": srcs[1:]} if len(srcs) > 1 else {})}
    return replace(base, caption=caption, image_src=srcs[0] if srcs else None, evidence=evidence)
