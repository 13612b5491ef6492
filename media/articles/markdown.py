"""Articles in Markdown, with the front matter, figures and shortcodes that sites add to it.

What is a caption: the title of an image, the text of ``figure`` or of a shortcode, and a line in
italics under an image that stands alone. Other text beside an image stays in the body; an image's
bracketed text is its alt text.

Sources: CommonMark 0.31; the front matter of Jekyll and Hugo, read as far as lines go.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from media.articles.article import Article, Hints
from media.articles.markup import Shown, place_shown, read_fragment
from media.articles.shortcodes import find_shortcodes
from media.captions.caption import Origin, Placement
from media.decoding.encoding import decode_text
from media.decoding.json_fields import ARTICLE, PICTURE, read_language, read_moment, read_words

_CAPTION_CHARACTERS = 1_500
"""Most that a line in italics under an image may hold to be its caption."""

_FRONT = re.compile(r"(---|\+\+\+)[ \t]*\n(.{0,20000}?)\n\1[ \t]*(?:\n|$)", re.DOTALL)
_IMAGE = re.compile(
    r"""!\[(?P<alt>(?:[^\[\]\n]|\[[^\[\]\n]{0,300}\]){0,2000})\]
    (?:\(\s*<?(?P<src>[^\s<>()]{1,2000}(?:\([^\s()]{0,200}\)[^\s<>()]{0,200})?)>?
       (?:\s+(?:"(?P<title>[^"]{0,2000})"|'(?P<title2>[^']{0,2000})'|\((?P<title3>[^()]{0,2000})\)))?\s*\)
    |\[(?P<label>[^\[\]\n]{0,300})\])
    (?:\{[^{}\n]{0,500}\})?""",
    re.VERBOSE,
)
_EMBED = re.compile(
    r"!\[\[([^\[\]|\n]{1,500}\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?))(?:\|([^\[\]\n]{0,1500}))?\]\]", re.I
)
_LINKED = re.compile(r"\[\s*(\x00\d+\x00)\s*\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,300}\])")
_DEFINITION = re.compile(
    r"^ {0,3}\[(?!\^)([^\[\]\n]{1,300})\]:\s*<?(\S{1,2000}?)>?(?:\s+[\"'(](.{0,1000}?)[\"')])?[ \t]*$",
    re.MULTILINE,
)
_FOOTNOTE = re.compile(r"^ {0,3}\[\^[^\]\n]{1,100}\]:.*(?:\n(?: {4}|\t).*)*$", re.MULTILINE)
_ITALIC = re.compile(
    r"(?:(?P<sign>\*|_)(?![*_\s])(?P<text>.+?)(?<![*_\s\\])(?P=sign)|<(?P<tag>em|i|small|sub|figcaption)\b[^<>]{0,200}>"
    r"(?P<html>.+?)</(?P=tag)>)",
    re.DOTALL | re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:[-*_][ \t]*){3,}|[\s|:-]+")
"""A rule, or the line under a table's head."""
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(.*)")
_HTML_BLOCK = re.compile(r"\s*<(?:p|div|table|ul|ol|h\d|blockquote|center|section)\b", re.IGNORECASE)
_MARK = re.compile(r"\x00(\d+)\x00")
"""What stands for a picture while the text around it is read: the picture's number."""


def looks_like_markdown(head: bytes, name: str) -> bool:
    """Tell whether a record that begins with ``head`` is Markdown, or text with WordPress's captions.

    Its own signs decide: an image, a shortcode, front matter, or two of heading, link and emphasis;
    with a name that says so, any text that is no page.
    """
    if b"\0" in head or re.match(rb"\s*(?:<!doctype|<html|<\?xml|[{\[]\s*[\"{])", head, re.IGNORECASE):
        return False
    text = head.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    if re.search(r"\.(?:md|markdown|mdown|mkdn?|mdx|rmd|qmd)$", name, re.IGNORECASE):
        return True
    if _IMAGE.search(text) or re.search(r"\[(?:wp_)?caption\b[^\]]{0,500}\]", text):
        return True
    if re.match(r"---\n(?:[\w-]+:.*\n)+", text):
        return True
    signs = (
        r"^#{1,6} \S",
        r"\[[^\[\]\n]{1,300}\]\([^()\s]{3,1000}\)",
        r"(?<!\w)\*\*[^*\n]{1,200}\*\*(?!\w)",
        r"^```",
    )
    return sum(re.search(sign, text, re.MULTILINE) is not None for sign in signs) >= 2


def read_document(data: bytes, hints: Hints) -> Article:
    """:func:`read_markdown`, of a record."""
    return read_markdown(data)


def read_markdown(data: bytes) -> Article:
    """Return the article of a Markdown document; every text is one."""
    text = decode_text(data).text.replace("\x00", "")
    fields, text = _split_front_matter(text)
    story = _Story(text)
    lines, placements = [], []
    for position, block in enumerate(story.blocks):
        if isinstance(block, str):
            lines.append(block)
        elif (placement := _place(block, position)) is not None:
            placements.append(placement)
    found = ARTICLE.pick(fields)
    headline = read_words(found.get("headline"), " ") or story.headline
    if lines and lines[0] == headline:
        del lines[0]
    url = read_words(found.get("url"))
    lead = _lead_picture(found)
    if lead is not None and all(placement.image_src != lead.image_src for placement in placements):
        placements.insert(0, lead)
    return Article(
        body="\n".join(lines),
        headline=headline,
        byline=read_words(found.get("byline")),
        dateline=read_words(found.get("dateline")),
        published_at=read_moment(found.get("published_at")),
        language=read_language(found.get("language")),
        url=url if url and re.match(r"https?://", url) else None,
        placements=tuple(placements),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A picture with how its caption was told."""

    shown: Shown
    origin: Origin
    confidence: float = 1.0


def _place(told: _Told, position: int) -> Placement | None:
    placement = place_shown(told.shown, told.origin, position)
    if placement is None or placement.origin == "alt" or placement.caption is None:
        return placement
    return replace(placement, confidence=told.confidence)


class _Story:
    """The blocks of a document, read from top to bottom.

    Pictures are first taken out of the text and a mark is left in the place of each, so that the
    paragraphs around them can be read as lines.
    """

    def __init__(self, text: str) -> None:
        self.headline: str | None = None
        self.blocks: list[str | _Told] = []
        self._pictures: list[_Told] = []
        self._definitions: dict[str, tuple[str, str | None]] = {}
        parts = list(_split_code(text))
        for label, src, title in (
            found for is_code, part in parts if not is_code for found in _DEFINITION.findall(part)
        ):
            self._definitions.setdefault(label.casefold(), (src, title or None))
        for is_code, part in parts:
            if is_code:
                self.blocks.extend(line.rstrip() for line in part.splitlines() if line.strip())
            else:
                self._read(part)

    def _read(self, text: str) -> None:
        text = _without_comments(text)
        text = _FOOTNOTE.sub("", _DEFINITION.sub("", text))
        text = self._take_shortcodes(text)
        text = self._take_figures(text)
        text = _IMAGE.sub(self._take_image, text)
        text = _EMBED.sub(self._take_embed, text)
        text = _LINKED.sub(r"\1", text)
        for paragraph in re.split(r"\n[ \t]*\n", text):
            self._read_paragraph(paragraph.strip("\n"))

    def _mark(self, told: _Told) -> str:
        self._pictures.append(told)
        return f"\x00{len(self._pictures) - 1}\x00"

    def _take_shortcodes(self, text: str) -> str:
        parts, at = [], 0
        for start, end, shown in find_shortcodes(text):
            parts += [text[at:start], "\n\n", self._mark(_Told(shown, "shortcode")), "\n\n"]
            at = end
        return "".join((*parts, text[at:]))

    def _take_figures(self, text: str) -> str:
        parts, at = [], 0
        for opened in re.finditer(r"<(figure|img|picture)\b", text, re.IGNORECASE):
            if opened.start() < at:
                continue
            end = _end_of_element(text, opened)
            blocks = read_fragment(text[opened.start() : end])
            marks = [self._mark(_Told(one, "figcaption")) for one in blocks if isinstance(one, Shown)]
            # A figure is a block; around an inline image the paragraph goes on.
            space = "\n\n" if opened[1].lower() == "figure" else ""
            parts += [text[at : opened.start()], *(space + mark + space for mark in marks)]
            at = end
        return "".join((*parts, text[at:]))

    def _take_image(self, found: re.Match[str]) -> str:
        src, title = found["src"], found["title"] or found["title2"] or found["title3"]
        if src is None:
            src, title = self._definitions.get((found["label"] or found["alt"]).casefold(), (None, None))
            if src is None:
                return found[0]
        alt = _plain(found["alt"]) or None
        return self._mark(
            _Told(Shown(src, _plain(title or "") or None, alt=alt, field="title"), "near-image", 0.9)
        )

    def _take_embed(self, found: re.Match[str]) -> str:
        told = (found[2] or "").strip()
        caption = None if re.fullmatch(r"\d*(?:x\d+)?", told) else told
        return self._mark(_Told(Shown(found[1], caption, field="embed"), "near-image", 0.8))

    def _read_paragraph(self, paragraph: str) -> None:
        if not paragraph.strip():
            return
        lines = paragraph.split("\n")
        while lines and (heading := re.match(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$", lines[0])):
            self._add_heading(len(heading[1]), heading[2])
            lines = lines[1:]
        if len(lines) >= 2 and re.fullmatch(r" {0,3}(?:=+|-{2,})[ \t]*", lines[1]):
            self._add_heading(1 if "=" in lines[1] else 2, lines[0])
            lines = lines[2:]
        if not lines:
            return
        marks = _MARK.findall("\n".join(lines))
        text = _MARK.sub(" ", "\n".join(lines))
        if not marks:
            self._add_text(lines)
            return
        alone = not _MARK.sub("", lines[0]).strip()
        for mark in marks:
            self.blocks.append(self._pictures[int(mark)])
        # Under an image that stands alone, a line in italics is its caption.
        if alone and text.strip() and self._add_caption(text):
            return
        if text.strip():
            self._add_text(text.split("\n"))

    def _add_heading(self, level: int, text: str) -> None:
        plain = _plain(_MARK.sub(" ", text))
        if level == 1 and self.headline is None and plain:
            self.headline = plain
        if plain:
            self.blocks.append(plain)
        self.blocks.extend(self._pictures[int(mark)] for mark in _MARK.findall(text))

    def _add_text(self, lines: list[str]) -> None:
        joined = "\n".join(lines)
        if self._add_caption(joined):
            return
        if _HTML_BLOCK.match(joined):
            self.blocks.extend(block for block in read_fragment(joined) if isinstance(block, str))
            return
        items: list[str] = []
        for line in (re.sub(r"^\s*(?:>\s?)+", "", line) for line in lines):
            if _RULE.fullmatch(line):
                continue
            item = _LIST_ITEM.match(line)
            if item or not items or line.lstrip().startswith("|"):
                items.append((item[1] if item else line).strip())
            else:
                items[-1] += " " + line.strip()
        self.blocks.extend(plain for one in items if (plain := _plain(one)))

    def _add_caption(self, text: str) -> bool:
        """Give the picture just above the caption ``text``, if it is one line in italics."""
        last = self.blocks[-1] if self.blocks else None
        if not isinstance(last, _Told) or last.origin != "near-image" or last.shown.caption is not None:
            return False
        stripped = text.strip()
        if len(stripped) > _CAPTION_CHARACTERS:
            return False
        found = _ITALIC.fullmatch(stripped)
        if found is None or (found["sign"] and re.search(rf"(?<!\\)\{found['sign']}\s", found["text"])):
            return False
        shown = replace(
            last.shown, caption=_plain(found["text"] or found["html"]), field="italics under the image"
        )
        self.blocks[-1] = _Told(shown, "near-image", 0.8)
        return True


def _split_code(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the text between fences and the code inside them: an image in code is none."""
    kept: list[str] = []
    fence: str | None = None
    for line in text.split("\n"):
        found = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if found is None or (fence is not None and not line.strip().startswith(fence)):
            kept.append(line)
            continue
        yield fence is not None, "\n".join(kept)
        kept = []
        fence = found[1] if fence is None else None
    yield fence is not None, "\n".join(kept)


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join((*parts, text[at:]))


def _end_of_element(text: str, opened: re.Match[str]) -> int:
    """Return where the element that opens at ``opened`` ends; one that is not closed ends at its blank line."""
    name = opened[1].lower()
    if name == "img":
        end = text.find(">", opened.end(), opened.end() + 20_000)
        return end + 1 if end >= 0 else opened.end()
    closed = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, opened.end(), opened.end() + 50_000)
    if closed is not None:
        return closed.end()
    blank = text.find("\n\n", opened.end())
    return blank if blank >= 0 else len(text)


_TIDY: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"`{1,3}([^`\n]{1,2000})`{1,3}"), r"\1"),
    (re.compile(r"\[\^[^\]\n]{1,100}\]"), ""),
    (re.compile(r"\[([^\[\]\n]{1,1000})\]\([^()\n]{0,1000}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)"), r"\1"),
    (re.compile(r"\[([^\[\]\n]{1,1000})\]\[[^\[\]\n]{0,300}\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^<>\s]{1,1000})>"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>]{0,1000}>"), ""),
    (re.compile(r"\{:[^{}\n]{0,300}\}"), ""),
    (re.compile(r"(?<![\w\\*])(\*{1,3})(?=[^\s*])([^\n*]{1,2000}?)(?<=[^\s\\])\1(?!\w)"), r"\2"),
    (re.compile(r"(?<![\w\\_])(_{1,3})(?=[^\s_])([^\n_]{1,2000}?)(?<=[^\s\\])\1(?!\w)"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
    (re.compile(r"\s+"), " "),
)


def _plain(text: str) -> str:
    """Return the text as it is read, without the signs of its markup."""
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text.strip()


def _split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the fields of the front matter, YAML or TOML, and the text after it."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    if found[1] == "---":
        return _read_yaml(found[2]), text[found.end() :]
    try:
        return tomllib.loads(found[2]), text[found.end() :]
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}, text[found.end() :]


def _read_yaml(text: str) -> dict[str, object]:
    """Return the fields of YAML as front matter has it: one a line, with lists and one level of objects."""
    fields: dict[str, object] = {}
    key = ""
    for line in text.split("\n"):
        item = re.match(r"\s*-\s+(.*?)\s*$", line)
        told = re.match(r"(\s*)([\w.-]{1,100})\s*:(?:\s+(.*?))?\s*$", line)
        held = fields.get(key)
        if item is not None and key and isinstance(held, list | None):
            fields[key] = [*(held or ()), _read_scalar(item[1])]
        elif told is not None and told[1] and key and isinstance(held, dict | None):
            fields[key] = {**(held or {}), told[2]: _read_scalar(told[3] or "")}
        elif told is not None and not told[1]:
            key = told[2]
            fields[key] = _read_scalar(told[3]) if told[3] else None
    return fields


def _read_scalar(value: str) -> object:
    if value.startswith("[") and value.endswith("]"):
        return [one for part in value[1:-1].split(",") if (one := part.strip().strip("\"'"))]
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1].replace('\\"', '"')
    return value


def _lead_picture(found: dict[str, object]) -> Placement | None:
    """Return the picture that the front matter names for the top of the article."""
    src = found.get("src")
    if isinstance(src, dict):
        said = PICTURE.pick(src)
    else:
        said = {"src": src, **{name: found[name] for name in ("caption", "credit", "alt") if name in found}}
    address = read_words(said.get("src"))
    if address is None:
        return None
    words = {name: read_words(said.get(name)) for name in ("caption", "credit", "alt")}
    shown = Shown(address, words["caption"], words["credit"], words["alt"], field="front matter")
    return _place(_Told(shown, "near-image", 0.9), 0)
