"""Replaces the tags of a text: by pictures with captions, by words, or by nothing.

A tag of a picture is replaced by a mark, which stands for the picture while the text around it is read. Of every
other tag only the tag goes; the text between an opening and a closing one stays, since it is the article's.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace

from media.articles.article import MAX_PICTURES
from media.articles.markdown.lead import PICTURE_ADDRESS
from media.articles.markdown.plain import plain
from media.articles.markdown.tags import VARIABLE, Tag, find_tags
from media.articles.markup import Shown
from media.articles.shortcodes import read_wordpress_caption
from media.articles.written import MARK
from media.decoding.json_fields import read_words
from media.left_out import leave_out

_PICTURE_WORD = re.compile(r"fig(?:ure)?(?![a-z])|figure|image|img|photo|picture|slide(?!show|r)|lightbox")
_SRC_NAMES = (
    "src", "image_path", "image", "img", "image_url", "url", "file", "filename", "link",
    "path", "href", "photo", "picture", "image_src", "full",
)  # fmt: skip
_CAPTION_NAMES = (
    "caption", "legend", "cutline", "cap", "captiontext", "figcaption", "text", "title", "description",
)  # fmt: skip
_CREDIT_NAMES = (
    "attr", "credit", "attribution", "source", "photographer", "copyright", "credits", "author", "by",
)  # fmt: skip
_INCLUDES = frozenset((
    "include", "include_relative", "include_cached", "include-cached", "render", "partial", "component",
))  # fmt: skip
_LINKS = frozenset((
    "link", "post_url", "asset", "asset_path", "asset_url", "static", "url",
    "ref", "relref", "absurl", "relurl", "baseurl",
))  # fmt: skip
_VERBATIM = frozenset((
    "raw", "verbatim",
))  # fmt: skip
_CODE = frozenset((
    "highlight", "codeblock", "code", "codetabs",
))  # fmt: skip
_WHOLE = _VERBATIM | _CODE | {"capture", "comment"}
"""Tags whose text is read as a whole: code, what is not shown, or not here."""
_CAPTION_TAGS = frozenset((
    "caption", "figcaption", "cutline", "legend",
))  # fmt: skip
_NO_PICTURE = re.compile(r"\.(?:mp4|webm|mov|mp3|ogg|pdf|html?)(?:[?#]|$)", re.IGNORECASE)
_INNER_CHARACTERS = 2_000
"""The most characters between two tags that are a caption."""
_FIGURE_CHARACTERS = 20_000
"""Between a paired shortcode's ends: longer ones hold a story, not a figure."""
_PICTURE_SIGN = re.compile(r"!\[|<(?:img|image|picture)\b|\ufdd0", re.IGNORECASE)
_CALL = re.compile(r"([\w.:]{1,100})\(([^\n]*)\)", re.DOTALL)
"""Zola calls a shortcode like a function: ``{{ figure(src="a.jpg", caption="The caption") }}``."""
_VARIABLES = 1_000
"""The most variables of a page: a hostile one assigns millions."""


class Shortcodes:
    """Replaces the tags of a document's parts; what they show is collected in ``pictures``."""

    def __init__(self, pictures: list[Shown], fields: Mapping[str, object]) -> None:
        self._pictures = pictures
        self._fields = fields
        self._variables: dict[str, str] = {}
        self._signs: list[int] = []
        """The fields in which the text declares that it shows a picture."""

    def learn(self, name: str, value: str) -> None:
        """Store the value of a variable: an imported picture, a captured caption."""
        if len(self._variables) < _VARIABLES:
            self._variables[name] = value

    def replace(self, text: str) -> str:
        """Return the text without its tags, with marks for the pictures that they show."""
        tags = find_tags(text)
        if not tags:
            return text
        self._signs = sorted(
            [found.start() for found in _PICTURE_SIGN.finditer(text)]
            + [tag.start for tag in tags if tag.form != "close" and _PICTURE_WORD.search(tag.name)]
        )
        parts: list[str] = []
        at = 0
        closing: dict[int, str] = {}  # what a closing tag leaves, by where it starts
        for tag in tags:
            if tag.start < at:
                continue
            parts.append(text[at : tag.start])
            at = tag.end
            if tag.form == "close":
                parts.append(closing.get(tag.start, ""))
                continue
            left, at = self._read(tag, text)
            if tag.closed is not None and isinstance(left, tuple):
                closing[tag.closed.start] = left[1]
                left = left[0]
            parts.append(left if isinstance(left, str) else left[0])
        parts.append(text[at:])
        return "".join(parts)

    def _read(self, tag: Tag, text: str) -> tuple[str | tuple[str, str], int]:
        """Return what the tag leaves (with a pair: it and its closing tag), and where to read on."""
        if tag.syntax == "value":
            called = _CALL.fullmatch(tag.given)
            if called is None or not _PICTURE_WORD.search(called[1]):
                return self._value(tag.given), tag.end
            tag = replace(tag, syntax="call", name=called[1].lower(), given=called[2])
        if len(self._pictures) >= MAX_PICTURES:
            leave_out(MAX_PICTURES, "pictures")
            return "", tag.end
        if tag.syntax == "wordpress":
            return self._read_wordpress(tag, text)
        closed = tag.closed
        if closed is not None and tag.name in _WHOLE:
            inner = text[tag.end : closed.start]
            if tag.name in _VERBATIM:
                return inner, closed.end
            if tag.name in _CODE:
                return f"\n\n```\n{inner.strip(chr(10))}\n```\n\n", closed.end
            if tag.name == "capture":
                self.learn(tag.given.strip(), inner.strip())
            return "", closed.end
        if tag.syntax == "liquid" and tag.name == "assign":
            self._assign(tag.given)
            return "", tag.end
        return self._read_picture(tag, text)

    def _read_wordpress(self, tag: Tag, text: str) -> tuple[str, int]:
        if tag.closed is None:
            return text[tag.start : tag.end], tag.end
        shown = read_wordpress_caption(tag.given, text[tag.end : tag.closed.start])
        if shown is None:
            return "", tag.end
        return self._block(self._mark(shown)), tag.closed.end

    def _read_picture(self, tag: Tag, text: str) -> tuple[str | tuple[str, str], int]:
        named, others = tag.arguments()
        name = tag.name
        if name in _INCLUDES and others:
            name = others.pop(0).lower()
        named = {key: self._resolve(value) for key, value in named.items()}
        others = [self._resolve(value) for value in others]
        if tag.syntax in ("hugo", "liquid") and name in _LINKS:
            return (others[0] if others else next(iter(named.values()), "")), tag.end
        is_picture = _PICTURE_WORD.search(name) is not None
        src, others = _find_address(named, others, is_picture)
        shown = _describe(name, src, named, others) if src else None
        closed = tag.closed
        if closed is None:
            return (self._block_of(tag, tag.end, text, shown) if shown else ""), tag.end
        size = closed.start - tag.end
        holds_picture = self._holds_picture(tag.end, closed.start)
        if shown is not None and not holds_picture:
            inner = text[tag.end : closed.start] if size <= _INNER_CHARACTERS else ""
            words = plain(re.sub(r"</?[a-zA-Z][^<>]{0,500}>", " ", inner))
            if words and shown.caption and not any(named.get(key) for key in _CAPTION_NAMES):
                # A text without a name is the caption only if nothing else is.
                shown = replace(shown, caption=None, alt=shown.alt or shown.caption)
            if words and not shown.caption:
                return self._block_of(tag, closed.end, text, replace(shown, caption=words)), closed.end
            if shown.caption and words:  # its text beside its caption is the article's
                return self._block(self._mark(shown)), tag.end
            if size <= _INNER_CHARACTERS and not words:
                return self._block_of(tag, closed.end, text, shown), closed.end
        if shown is not None:
            return self._block(self._mark(shown)), tag.end
        if name.rpartition("/")[2] in _CAPTION_TAGS and size <= _INNER_CHARACTERS:
            return ("\n\n<figcaption>\n\n", "\n\n</figcaption>\n\n"), tag.end
        if is_picture and holds_picture and size <= _FIGURE_CHARACTERS:
            caption = next((plain(named[key]) for key in _CAPTION_NAMES if named.get(key)), "")
            told = f"\n\n<figcaption>\n\n{caption}\n\n</figcaption>" if caption else ""
            return ("\n\n<figure>\n\n", f"{told}\n\n</figure>\n\n"), tag.end
        return "", tag.end

    def _holds_picture(self, start: int, end: int) -> bool:
        at = bisect_left(self._signs, start)
        return at < len(self._signs) and self._signs[at] < end

    def _mark(self, shown: Shown) -> str:
        self._pictures.append(shown)
        return MARK.format(len(self._pictures) - 1)

    def _block_of(self, tag: Tag, end: int, text: str, shown: Shown) -> str:
        """Return the mark; as a paragraph of its own where the tag stands alone on its lines, or has a caption."""
        begun = text.rfind("\n", 0, tag.start) + 1
        ended = text.find("\n", end)
        alone = (
            not text[begun : tag.start].strip() and not text[end : ended if ended >= 0 else len(text)].strip()
        )
        mark = self._mark(shown)
        return self._block(mark) if alone or shown.caption else mark

    @staticmethod
    def _block(mark: str) -> str:
        return f"\n\n{mark}\n\n"

    def _value(self, given: str) -> str:
        """Return what ``{{ given }}`` shows, as far as it is known: a text, a variable, a field of the front matter."""
        said = given.partition("|")[0].strip()
        if len(said) >= 2 and said[0] in "\"'" and said[-1] == said[0]:
            return said[1:-1]
        return self._look_up(said) or ""

    def _assign(self, given: str) -> None:
        name, sign, value = given.partition("=")
        if sign:
            self.learn(name.strip(), self._value(value))

    def _resolve(self, value: str) -> str:
        if value.startswith(VARIABLE):
            value = value.removeprefix(VARIABLE)
            return self._look_up(value) or ("" if value.startswith(("page.", "site.")) else value)
        return (
            re.sub(r"\{\{([^{}]{0,200})\}\}", lambda found: self._value(found[1]), value)
            if "{{" in value
            else value
        )

    def _look_up(self, name: str) -> str | None:
        if name in self._variables:
            return self._variables[name]
        kind, _, key = name.rpartition(".")
        if kind in ("page", "frontmatter", "page.header", "$frontmatter"):
            holder = self._fields
            if kind == "page.header":
                inner = self._fields.get("header")
                holder = inner if isinstance(inner, dict) else {}
            return read_words(holder.get(key))
        return None


def _find_address(
    named: Mapping[str, str], others: list[str], is_picture: bool
) -> tuple[str | None, list[str]]:
    """Return the picture's address among a tag's arguments, and the arguments after it."""
    for name in _SRC_NAMES:
        value = named.get(name)
        if value and (PICTURE_ADDRESS.match(value) or (is_picture and _may_be_address(value))):
            return value, others
    for name, value in named.items():
        if name not in _CAPTION_NAMES and PICTURE_ADDRESS.match(value) and " " not in value:
            return value, others
    for index, value in enumerate(others):
        if PICTURE_ADDRESS.match(value) and len(value) < 2_000:
            return value, others[index + 1 :]
    return None, others


def _may_be_address(value: str) -> bool:
    return not _NO_PICTURE.search(value) and " " not in value and not value.isdigit()


def _describe(name: str, src: str, named: Mapping[str, str], others: list[str]) -> Shown:
    """Return the picture of a tag. The meaning of an argument without a name follows from its place."""
    caption = next((named[key] for key in _CAPTION_NAMES if named.get(key)), "")
    credit = next((named[key] for key in _CREDIT_NAMES if named.get(key)), "")
    alt = named.get("alt") or named.get("alttext") or ""
    texts = [text for text in others if text.strip() and not re.fullmatch(r"[\d.]+(?:px|%|r?em|vw)?", text)]
    # Words without quotation marks come one by one: {% imgcap a.jpg A crane lifts a block %}
    if len(texts) > 2 and all(" " not in text for text in texts):
        texts = [" ".join(texts)]
    if (
        texts
        and not caption
        and not re.fullmatch(r"(?:[\w/.-]*/)?(?:image|picture|photo|respimg)(?:\.\w+)?", name)
    ):
        caption = texts.pop(0)
    if texts and not alt:
        alt = texts[0]
    return Shown(
        src.strip(),
        plain(caption) or None,
        plain(credit) or None,
        plain(alt) or None,
        field="figure shortcode",
    )
