"""Bodies that JSON keeps as nodes: lists and trees of paragraphs, headings, pictures and galleries.

Arc, Editor.js, Portable Text, ProseMirror, Contentful, Lexical, Slate and Draft.js differ in their names, not in their
shape: a node has a type, and text or nodes inside it. Nodes of other types than text and pictures (adverts, embeds,
links to other stories) are left out.
"""

import re
from collections.abc import Mapping
from typing import Final

from media.articles.markup import Block, Shown, read_fragment
from media.captions.addresses import PICTURE_ADDRESS
from media.decoding.json_fields import PICTURE, load_json, read_words
from media.left_out import leave_out, take

_NODES: Final = 50_000
_DEPTH: Final = 60
_TYPES: Final = (
    "type",
    "_type",
    "nodeType",
    "__typename",
    "blockType",
    "kind",
    "component",
    "subtype",
    "name",
)
_INSIDE: Final = (
    *(
        "content_elements",
        "children",
        "content",
        "items",
        "blocks",
        "nodes",
        "elements",
        "paragraphs",
        "components",
    ),
    *("body", "root", "document", "sections", "images", "slides", "list", "value"),
)
"""Fields that hold the nodes inside a node, or its text."""
_WRAPPERS: Final = ("data", "attrs", "attributes", "fields", "props", "model", "node", "target", "value")
"""Fields that hold what a node says of itself."""
_WRAPPED: Final = 4
"""Levels of these within each other: Contentful's ``data.target.fields``, Strapi's ``data.attributes``."""
_TEXT: Final = ("text", "html", "content", "value", "paragraph", "bodyHtml", "raw")
_PICTURE = re.compile(r"image|picture|photo|figure", re.IGNORECASE)
_GALLERY = re.compile(r"gallery|slideshow|carousel|images|photos|pictures|collage", re.IGNORECASE)
_PARAGRAPH = re.compile(
    r"^(?:p|para|paragraph|h[1-6]|head(?:ing|er|line)?(?:[-_]?[1-6])?|sub-?head(?:ing|er|line)?|cross-?head(?:ing)?|block"
    r"|list-?_?item|li|quote|pull-?quote|line|unstyled|lead|intro|standfirst|text|richtext|normal)$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"interstitial|related|\bads?\b|^ad[-_]|advert|promo|embed|oembed|video|audio|newsletter|social|tweet|script|divider"
    r"|delimiter|raw_?html|custom_embed|podcast|poll|quiz|recirc|sign-?up|table|code",
    re.IGNORECASE,
)


def read_nodes(value: object) -> list[Block]:
    """Return the paragraphs and pictures of a list or tree of nodes, in reading order."""
    blocks: list[Block] = []
    stack: list[tuple[object, int]] = [(value, 0)]
    for _ in range(_NODES):
        if not stack:
            break
        node, depth = stack.pop()
        if isinstance(node, str):
            blocks += _lines(node)
        elif isinstance(node, list):
            stack += [(each, depth + 1) for each in reversed(node)] if depth < _DEPTH else []
        elif isinstance(node, dict) and depth < _DEPTH:
            found, inside = _read_node(node)
            blocks += found
            stack += [(each, depth + 1) for each in reversed(inside)]
    else:
        leave_out(_NODES, "nodes in its text")
    return blocks


def parsed_body(value: object) -> object:
    """Return the nodes of a body that is kept as JSON within a text (Ghost's Lexical); other values unchanged."""
    if not isinstance(value, str) or not _JSON_TEXT.match(value) or len(value) > _TEXT_CHARACTERS:
        return value
    try:
        parsed = load_json(value)
    except (ValueError, RecursionError):
        return value
    if isinstance(parsed, dict) and isinstance(parsed.get("sections"), list) and "cards" in parsed:
        return _of_mobiledoc(parsed)
    return parsed if type_of_any(parsed) else value


def _of_mobiledoc(document: Mapping[str, object]) -> list[object]:
    """Return the nodes of Mobiledoc, in which Ghost keeps posts: sections are lists that begin with a number.

    Source: Mobiledoc 0.3.2: 1 is a paragraph, 2 a picture, 3 a list, 10 a card.
    """
    cards = document["cards"] if isinstance(document["cards"], list) else []
    nodes: list[object] = []
    for section in document["sections"] if isinstance(document["sections"], list) else []:
        if not isinstance(section, list) or len(section) < 2:
            continue
        kind, told = section[0], section[1]
        if kind == 2:
            nodes.append({"type": "image", "src": told})
        elif kind == 10 and isinstance(told, int) and 0 <= told < len(cards):
            card = cards[told]
            if isinstance(card, list) and len(card) == 2 and isinstance(card[1], dict):
                nodes.append({**card[1], "type": card[0]})
        elif kind in (1, 3) and len(section) > 2:
            lines = [section[2]] if kind == 1 else section[2]
            nodes += [_marked(line) for line in lines if isinstance(line, list)]
    return nodes


def _marked(markers: list[object]) -> str:
    """Return the words of a line of Mobiledoc, each marker a list whose last part is its text."""
    return "".join(one[-1] for one in markers if isinstance(one, list) and one and isinstance(one[-1], str))


_JSON_TEXT: Final = re.compile(r"\s*(?:\{\s*\"|\[\s*\{\s*\")")
_TEXT_CHARACTERS: Final = 8 << 20


def type_of_any(value: object) -> bool:
    """Return whether a value is a node, or the first of a list is, or what an object holds."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return False
    return type_of(first) != "" or any(isinstance(each, dict) and type_of(each) for each in first.values())


def type_of(node: Mapping[str, object]) -> str:
    """Return what a node says that it is; "" where it does not."""
    return next((told for name in _TYPES if isinstance(told := node.get(name), str) and told), "")


def _read_node(node: Mapping[str, object]) -> tuple[list[Block], list[object]]:
    """Return the blocks of a node, and the nodes inside it that are still to be read."""
    kind = type_of(node)
    if _OTHER.search(kind) and not _PICTURE.search(kind):
        shown = embedded_picture(node)
        return ([shown] if shown else []), []
    if _GALLERY.search(kind):
        return [], _inside(node)
    if _PICTURE.search(kind) or (not kind and _is_picture(node)):
        shown = read_picture(node)
        return ([shown] if shown else []), []
    inside = _inside(node)
    if _PARAGRAPH.match(kind) and any(isinstance(each, dict) for each in inside):
        return _lines(_joined(inside)), []
    if inside:
        return [], inside
    flat = _flat(node)
    text = next((told for name in _TEXT if isinstance(told := flat.get(name), str) and told.strip()), "")
    return _lines(text), []


def _inside(node: Mapping[str, object]) -> list[object]:
    for holder in (node, *(node.get(name) for name in _WRAPPERS)):
        if isinstance(holder, dict):
            for name in _INSIDE:
                inner = holder.get(name)
                if isinstance(inner, list) and inner:
                    return inner
                if isinstance(inner, dict) and inner:
                    return [inner]
    return []


def _joined(nodes: list[object]) -> str:
    """Return the text of what stands in one line: words, links, emphasis."""
    parts: list[str] = []
    stack: list[object] = list(reversed(nodes))
    for _ in range(_NODES):
        if not stack:
            break
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, list):
            stack += reversed(node)
        elif isinstance(node, dict):
            kind = type_of(node).casefold()
            if kind in ("br", "hardbreak", "hard_break", "linebreak"):
                parts.append("\n")
            text = next((told for name in _WORDS if isinstance(told := node.get(name), str)), None)
            if text is not None:
                parts.append(text)
            else:
                stack += reversed(_inside(node))
    return "".join(parts)


_WORDS: Final = ("text", "value", "content")
"""Fields that hold the words of a piece of a line."""


def _lines(text: str) -> list[Block]:
    if "<" in text or "&" in text:
        return read_fragment(text if _BLOCK_TAG.search(text) else f"<p>{text}</p>")
    return [line for each in text.splitlines() if (line := " ".join(each.split()))]


_BLOCK_TAG = re.compile(r"<(?:p|div|ul|ol|li|h[1-6]|figure|blockquote|table|section)\b", re.IGNORECASE)


def _flat(node: Mapping[str, object], depth: int = _WRAPPED) -> dict[str, object]:
    """Return a node's own fields with those that it keeps in objects within it."""
    flat: dict[str, object] = {}
    for name in _WRAPPERS:
        inner = node.get(name)
        if isinstance(inner, dict) and depth:
            flat |= _flat(inner, depth - 1)
    return flat | {
        name: value for name, value in node.items() if name not in _WRAPPERS or not isinstance(value, dict)
    }


def embedded_picture(node: Mapping[str, object]) -> Shown | None:
    """Return the picture that an object of any name describes: it has a picture's address, and words about it."""
    shown = read_picture(node)
    if shown is None or shown.src is None or not PICTURE_ADDRESS.search(shown.src):
        return None
    return shown if shown.caption or shown.alt else None


def _is_picture(node: Mapping[str, object]) -> bool:
    said = PICTURE.pick(_flat(node))
    return isinstance(said.get("src"), str) and ("caption" in said or "alt" in said)


def pictures_beside(row: Mapping[str, object], found: Mapping[str, object]) -> list[Shown]:
    """Return the pictures that an article's other fields hold (``cover``, ``lead_media``), whatever their names.

    ``found`` are the values that are read as something else.
    """
    taken = {id(value) for value in found.values()}
    shown: list[Shown] = []
    for value in take(row.values(), _FIELDS, "fields"):
        if id(value) in taken:
            continue
        ones = value[:_PICTURES] if isinstance(value, list) else [value]
        described = (embedded_picture(one) for one in ones if isinstance(one, dict) and _is_captioned(one))
        shown += [picture for picture in described if picture is not None]
    return shown


def _is_captioned(node: Mapping[str, object]) -> bool:
    """Return whether an object has a caption or an alt text by name: a title or a description may be that of another
    story, or of an author.
    """
    return any(_CAPTION_NAME.search(name) for name in _flat(node))


_CAPTION_NAME: Final = re.compile(r"caption|cutline|legend|^alt(?:$|_?text|ernative)", re.IGNORECASE)
_FIELDS: Final = 1_000
_PICTURES: Final = 500
_ADDRESS_HOLDERS: Final = ("file", "image", "asset", "media", "original", "photo", "picture", "resource")


def read_picture(node: Mapping[str, object]) -> Shown | None:
    """Return the picture that a node describes; None where it has neither an address nor a caption."""
    flat = _flat(node)
    for name in _ADDRESS_HOLDERS:
        inner = flat.get(name)
        if isinstance(inner, dict):
            flat = {**_flat(inner), **{key: value for key, value in flat.items() if key != name and value}}
    said = PICTURE.pick({key: value for key, value in flat.items() if key not in _TYPES})
    src = said.get("src")
    address = src if isinstance(src, str) else read_words(src)
    caption = _plain(read_words(said.get("caption"), " "))
    credit = _credit(flat) or read_words(said.get("credit"))
    others = _other_addresses(flat, address)
    if not address and not caption:
        return None
    return Shown(address, caption, credit, read_words(said.get("alt"), " "), others, "caption")


def _plain(text: str | None) -> str | None:
    """Return a text that may be HTML as words in one line."""
    if text is None or not ("<" in text or "&" in text):
        return text
    return " ".join(block for block in _lines(text) if isinstance(block, str)) or None


def _credit(flat: Mapping[str, object]) -> str | None:
    """Return who made a picture, and for whom, of Arc's credits."""
    credits_ = flat.get("credits")
    if not isinstance(credits_, dict):
        return None
    names = [read_words(credits_.get(name)) for name in ("by", "affiliation")]
    return "/".join(dict.fromkeys(name for name in names if name)) or None


def _other_addresses(flat: Mapping[str, object], address: str | None) -> tuple[str, ...]:
    more = flat.get("additional_properties")
    found = (
        [more.get(name) for name in ("originalUrl", "fullSizeResizeUrl")] if isinstance(more, dict) else []
    )
    return tuple(each for each in found if isinstance(each, str) and each and each != address)
