"""Bodies that JSON keeps as nodes: lists and trees of paragraphs, headings, pictures and galleries.

Arc, Editor.js, Portable Text, ProseMirror, Contentful, Lexical, Slate and Draft.js differ in their names, not in their
shape: a node has a type, and text or nodes inside it. Nodes of other types than text and pictures (adverts, embeds,
links to other stories) are left out.
"""

import re
from collections.abc import Mapping
from typing import Final

from media.articles.markup import Block, Shown, read_fragment
from media.decoding.json_fields import PICTURE, read_words
from media.left_out import leave_out

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
_WRAPPERS: Final = ("data", "attrs", "attributes", "fields", "props", "model", "node", "target")
"""Fields that hold what a node says of itself."""
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


def type_of(node: Mapping[str, object]) -> str:
    """Return what a node says that it is; "" where it does not."""
    return next((told for name in _TYPES if isinstance(told := node.get(name), str) and told), "")


def _read_node(node: Mapping[str, object]) -> tuple[list[Block], list[object]]:
    """Return the blocks of a node, and the nodes inside it that are still to be read."""
    kind = type_of(node)
    if _OTHER.search(kind) and not _PICTURE.search(kind):
        return [], []
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
            text = next((told for name in ("text", "value") if isinstance(told := node.get(name), str)), None)
            if text is not None:
                parts.append(text)
            else:
                stack += reversed(_inside(node))
    return "".join(parts)


def _lines(text: str) -> list[Block]:
    if "<" in text or "&" in text:
        return read_fragment(text if _BLOCK_TAG.search(text) else f"<p>{text}</p>")
    return [line for each in text.splitlines() if (line := " ".join(each.split()))]


_BLOCK_TAG = re.compile(r"<(?:p|div|ul|ol|li|h[1-6]|figure|blockquote|table|section)\b", re.IGNORECASE)


def _flat(node: Mapping[str, object]) -> dict[str, object]:
    """Return a node's own fields with those that it keeps in an object beside."""
    flat: dict[str, object] = {}
    for name in _WRAPPERS:
        inner = node.get(name)
        if isinstance(inner, dict):
            flat |= inner
    return flat | {name: value for name, value in node.items() if name not in _WRAPPERS}


def _is_picture(node: Mapping[str, object]) -> bool:
    said = PICTURE.pick(_flat(node))
    return isinstance(said.get("src"), str) and ("caption" in said or "alt" in said)


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
    caption = read_words(said.get("caption"), " ")
    credit = _credit(flat) or read_words(said.get("credit"))
    others = _other_addresses(flat, address)
    if not address and not caption:
        return None
    return Shown(address, caption, credit, read_words(said.get("alt"), " "), others, "caption")


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
