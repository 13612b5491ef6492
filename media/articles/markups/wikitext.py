"""Articles in MediaWiki's wikitext: pages of Wikinews and wikis like it, and of their exports.

``[[File:a.jpg|thumb|The caption]]``, galleries, and the picture of a box at the top are pictures with captions; without
``thumb`` or ``frame`` the words are not shown, and are an alt text. Templates are not known, so they show nothing, but
for those that stand for words of the text.

mwparserfromhell is not used: tables, references and links inside templates take it time that grows with their square,
16,000 characters half a minute, and nothing can stop it.

Source: MediaWiki's help pages on formatting, images, galleries, tables and templates.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from media.articles.article import MAX_PICTURES, Article, Hints
from media.articles.markdown.plain import plain
from media.articles.markup import Shown
from media.articles.markups.lines import Closings, escape
from media.articles.written import (
    MARK,
    MARKED,
    Written,
    add_picture,
    figure,
    read_written,
    without_comments,
    without_marks,
)
from media.decoding.encoding import decode_text
from media.decoding.json_fields import read_moment
from media.left_out import take

NAMES = re.compile(r"\.(?:wiki|mediawiki|wikitext|mw)$", re.IGNORECASE)
_FILE = (
    r"(?:file|image|media|datei|bild|fichier|archivo|ficheiro|imagem|arquivo|immagine|bestand|afbeelding|plik|grafika|fil"
    r"|tiedosto|kuva|soubor"
    r"|súbor|kép|fájl|dosya|resim|berkas|gambar|tập[ _]tin|hình|fișier|файл|изображение|зображення|слика|датотека"
    r"|αρχείο"
    r"|ملف|صورة|קובץ|تصویر"
    r"|ファイル|画像|파일|그림|文件|图像|檔案|圖像|चित्र|ไฟล์)"
)
_FILE_LINK = re.compile(rf"\s*{_FILE}\s*:\s*([^|\[\]\n]{{1,400}})", re.IGNORECASE)
_SIGNS = re.compile(
    rf"\[\[{_FILE}:[^\[\]|\n]{{1,300}}\||<gallery\b|^==[^=\n]{{1,200}}==\s*$|\{{\{{[^{{}}\n]{{1,300}}\}}\}}|'''[^'\n]{{1,300}}'''|\[\[[^\[\]\n]{{1,300}}\]\]",
    re.IGNORECASE | re.MULTILINE,
)
_OPTION = re.compile(
    r"\s*(?:thumb(?:nail)?|mini(?:atur)?|miniatura|miniaturadeimagen|miniature|vignette|frame(?:d|less)?|enframed|gerahmt|rahmenlos|cadre|sans_cadre|marco|sinmarco"
    r"|borde?r?|left|right|cent(?:er|re)|none|links|rechts|zentriert|gauche|droite|centré|izquierda|derecha|centro|sinistra|destra|esquerda|direita|мини|справа|слева|без"
    r"|\d*\s?x?\d*\s?px|upright(?:\s*[=:]?\s*[\d.]*)?|hochkant(?:=[\d.]*)?|(?:alt|link|page|lang|class|thumb|thumbtime|start|end)\s*=.*"
    r"|baseline|sub|super|top|text-top|middle|bottom|text-bottom)\s*",
    re.IGNORECASE | re.DOTALL,
)
_SHOWS_CAPTION = re.compile(
    r"\s*(?:thumb(?:nail)?(?:=.*)?|mini(?:atur)?|miniatura|miniaturadeimagen|miniature|vignette|frame[d]?|enframed|gerahmt|cadre|marco|мини)\s*",
    re.IGNORECASE,
)
_KEYWORD = re.compile(rf"\s*(?!{_OPTION.pattern}\Z)[^\W\d_]{{2,20}}\s*", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"\[\[|\]\]|\{\{+|\}\}+")
_DROPPED = re.compile(
    r"<(ref|math|score|timeline|templatedata|graph|indicator|references|inputbox|dynamicpagelist)\b([^<>]{0,500})>",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?:w|wikipedia|w-|lang(?:-\w+)?|nowrap|nobr|small|big|abbr|quote|cquote|blockquote|pullquote|rquote"
    r"|citazione|zitat|citation bloc|sic|transl|convert|cvt|ill|interlanguage link"
    r"|date|small caps|sc|smallcaps|angle bracket|not a typo|nihongo|script|nts|url|as of|circa|c\.|audio)$",
    re.IGNORECASE,
)
_SPACES = {
    "nbsp": " ",
    "spaced ndash": " – ",
    "snd": " – ",
    "ndash": "–",
    "mdash": "—",
    "spaced mdash": " — ",
    "'": "'",
    "!": "|",
    "=": "=",
    "-": "",
    "clear": "",
}
_CREDIT = re.compile(
    r"(?:image|photo|picture|file)?[ _-]?(?:source|credit|by|author|attribution)s?|credit line|image[ _]source.*",
    re.IGNORECASE,
)
_BOX_SRC = re.compile(
    r"(?:image|photo|picture|bild|foto|imagen|imagem|immagine|изображение)(?:_?(?:name|file|datei))?\d{0,2}$|изображение$",
    re.IGNORECASE,
)
_BOX_CAPTION = (
    "caption",
    "image_caption",
    "image caption",
    "caption{}",
    "caption_{}",
    "bildunterschrift",
    "légende",
    "pie_imagen",
    "pie",
    "legenda",
    "didascalia",
    "подпись",
)
_PICTURE_NAME = re.compile(r"[^\[\]{}|<>\n]{1,250}\.(?:jpe?g|png|gif|svg|tiff?|webp|xcf)$", re.IGNORECASE)
_DEPTH = 40
_GALLERY = 2_000
"""The most nested templates and links, and lines of a gallery: a hostile page has more."""


def looks_like_wikitext(head: bytes, name: str) -> bool:
    """Return whether a record that begins with ``head`` is wikitext: by its name, or by three of its signs."""
    if b"\0" in head or re.match(rb"\s*<(?:!doctype|html|\?xml|mediawiki)", head, re.IGNORECASE):
        return False
    if NAMES.search(name):
        return True
    if not re.search(r"\.(?:txt|text)$|^[^.]+$", name, re.IGNORECASE):
        return False
    kinds = {
        found[:2].lower() if not found.startswith("[[") else found[:3].lower()
        for found in _SIGNS.findall(head.decode("utf-8", "replace"))
    }
    return len(kinds) >= 3 or (
        len(kinds) >= 2 and re.search(rf"\[\[{_FILE}:".encode(), head, re.IGNORECASE) is not None
    )


def read_wikitext(data: bytes, hints: Hints) -> Article:
    """Return the article of a page; its file's name is its title where the text has none."""
    title = (
        re.sub(r"\.\w{1,10}$", "", hints.name).replace("_", " ").strip() if NAMES.search(hints.name) else ""
    )
    return read_page(decode_text(data).text, title or None)


def read_page(text: str, title: str | None, language: str | None = None, url: str | None = None) -> Article:
    """Return the article of a page's wikitext."""
    writer = _Writer()
    html = writer.write(without_marks(text))
    first = re.search(r"<h1>(.*?)</h1>", html)
    return read_written(
        Written(
            html,
            writer.pictures,
            headline=None if first else title,
            byline=writer.byline,
            published_at=writer.published_at,
            language=language,
            url=url,
        )
    )


@dataclass(slots=True)
class _Open:
    """A link or a template that is being read."""

    sign: str
    parts: list[str] = field(default_factory=list)


class _Writer:
    """Writes a page as HTML."""

    def __init__(self) -> None:
        self.pictures: list[Shown] = []
        self.published_at: str | None = None
        self.byline: str | None = None
        self._credits: list[str] = []

    def write(self, text: str) -> str:
        """Return the HTML of the page."""
        text = without_comments(text)
        text = self._take_galleries(_without_dropped(text))
        text = self._resolve(text)
        return _write_lines(text, self.pictures)

    def _take_galleries(self, text: str) -> str:
        parts: list[str] = []
        at = 0
        closings = Closings(text, "</", r"[^<>]{0,20}>")
        for opened in re.finditer(r"<gallery\b[^<>]{0,500}>", text, re.IGNORECASE):
            if opened.start() < at or (closed := closings.of("gallery", opened.end())) is None:
                continue
            parts.append(text[at : opened.start()])
            lines = text[opened.end() : closed[0]].split("\n")
            parts.extend(
                self._gallery_line(line) for line in take(lines, MAX_PICTURES, "pictures in a gallery")
            )
            at = closed[1]
        return "".join((*parts, text[at:]))

    def _gallery_line(self, line: str) -> str:
        name, _, told = line.partition("|")
        name = re.sub(rf"^\s*{_FILE}\s*:\s*", "", name, flags=re.IGNORECASE).strip()
        if not _PICTURE_NAME.fullmatch(name):
            return ""
        # Its description is resolved with the rest of the page; a bar inside a link is not one of its own.
        return f"\n[[File:{name}|thumb|{told.strip()}]]\n"

    def _resolve(self, text: str) -> str:
        """Return the text with every link and template replaced by what it shows, the innermost first."""
        stack = [_Open("")]
        at = 0
        for token in _TOKEN.finditer(text):
            stack[-1].parts.append(text[at : token.start()])
            at = token.end()
            sign = token[0]
            if sign[0] in "[{":
                if len(stack) > _DEPTH:
                    continue
                stack[-1].parts.append("{" * (len(sign) - 2) if sign[0] == "{" else "")
                stack.append(_Open(sign[:2]))
            elif stack[-1].sign and stack[-1].sign == {"]": "[[", "}": "{{"}[sign[0]]:
                closed = "".join(stack.pop().parts)
                stack[-1].parts.append(self._link(closed) if sign[0] == "]" else self._template(closed))
                if sign[0] == "}" and len(sign) >= 4 and stack[-1].sign == "{{":
                    outer = "".join(stack.pop().parts)
                    stack[-1].parts.append(self._template(outer))
        stack[-1].parts.append(text[at:])
        return "".join("".join(each.parts) for each in stack)

    def _link(self, inner: str) -> str:
        found = _FILE_LINK.match(inner)
        if found is not None:
            return self._file(found[1].strip(), inner[found.end() :])
        target, bar, shown = inner.partition("|")
        target = target.strip()
        if re.match(
            r"(?:category|kategorie|catégorie|categoría|categoria|categorie|kategoria|категория|分类|カテゴリ|تصنيف)\s*:",
            target,
            re.I,
        ):
            return ""
        if not bar and re.match(
            r"[a-z]{2,3}(?:-[a-z]{2,8})?:(?!\s)", target
        ):  # the same page in another language
            return ""
        words = shown.rpartition("|")[2] if shown else re.sub(r"^:", "", target)
        return words if bar and words else re.sub(r"^(?:w|wikipedia|wikt|[a-z]{2}):(?=\S)", "", words)

    def _file(self, name: str, given: str) -> str:
        options = given.split("|")[1:]
        if not re.search(r"\.\w{2,5}$", name) or re.search(
            r"\.(?:og[gav]|webm|mp[34]|wav|pdf|mid|flac)$", name, re.I
        ):
            return ""
        words = [option for option in options if not _OPTION.fullmatch(option)]
        alt = next(
            (
                option.partition("=")[2].strip()
                for option in options
                if option.strip().lower().startswith("alt=")
            ),
            "",
        )
        told = words[-1] if words else ""
        credited = re.findall("\ufdd4([^\ufdd4\ufdd5]*)\ufdd5", told)
        caption = _plain(re.sub("\ufdd4[^\ufdd4\ufdd5]*\ufdd5", " ", told))
        credit = _plain(" ".join(credited)) or None
        shown = _shown(name, caption or None, credit if caption else None, _plain(alt) or None)
        # A single word that is neither known nor the caption is another language's name for a thumbnail.
        shows = any(_SHOWS_CAPTION.fullmatch(option) or _KEYWORD.fullmatch(option) for option in options[:-1])
        if caption and not (shows or _SHOWS_CAPTION.fullmatch(options[-1])):
            shown = replace(shown, caption=None, credit_line=None, alt=shown.alt or caption)
        return self._mark(shown)

    def _mark(self, shown: Shown) -> str:
        if not add_picture(self.pictures, shown):
            return ""
        return f"\n{MARK.format(len(self.pictures) - 1)}\n"

    def _template(self, inner: str) -> str:
        name, *arguments = _split_bars(inner)
        name = " ".join(name.replace("_", " ").split())
        key = name.lower()
        if key in _SPACES:
            return _SPACES[key]
        named: dict[str, str] = {}
        others: list[str] = []
        for argument in arguments:
            word, sign, value = argument.partition("=")
            if sign and re.fullmatch(r"[\w .{}-]{1,60}", word.strip()):
                named[word.strip().lower()] = value.strip()
            else:
                others.append(argument.strip())
        if key == "date" or key in ("publication date", "pubdate", "datum"):
            self.published_at = self.published_at or read_moment(
                _plain(" ".join(others) or named.get("date", ""))
            )
            return ""
        if key in ("byline", "author", "by"):
            self.byline = self.byline or _plain(named.get("author", "") or " ".join(others)) or None
            return ""
        if _CREDIT.fullmatch(key) and others:
            return f"\ufdd4{' '.join(others)}\ufdd5"
        if _WORDS.match(key):
            return _words_of(key, named, others)
        return "".join(self._box_pictures(named)) + "".join(
            MARK.format(found) for found in MARKED.findall(inner)
        )

    def _box_pictures(self, named: Mapping[str, str]) -> Iterator[str]:
        """Yield the marks of the pictures that a box or a template of pictures shows."""
        for name, value in named.items():
            if not _BOX_SRC.match(name):
                continue
            value = re.sub(rf"^\s*{_FILE}\s*:\s*", "", value, flags=re.IGNORECASE).partition("|")[0].strip()
            if not _PICTURE_NAME.fullmatch(value):
                continue
            number = re.search(r"\d+$", name)
            keys = [
                key.format(number[0]) if number else key
                for key in _BOX_CAPTION
                if ("{" in key) == bool(number)
            ]
            told = next((named[key] for key in (*keys, "caption") if named.get(key)), "")
            words = _plain(re.sub("\ufdd4[^\ufdd4\ufdd5]*\ufdd5", " ", told)) or None
            alt = _plain(named.get(f"alt{number[0]}" if number else "alt", "")) or None
            yield self._mark(_shown(value, words, None, alt))


def _words_of(key: str, named: Mapping[str, str], others: Sequence[str]) -> str:
    """Return the words that a template produces in its sentence."""
    if key in ("convert", "cvt"):
        return " ".join(others[:2])
    if key in ("quote", "cquote", "blockquote", "pullquote", "rquote", "citazione", "zitat", "citation bloc"):
        words = named.get("text") or named.get("quote") or (others[0] if others else "")
        return f"\n\n{words}\n\n"
    if key in ("ill", "interlanguage link", "abbr", "nihongo"):
        return others[0] if others else ""
    return others[-1] if others else ""


def _split_bars(inner: str) -> list[str]:
    return inner.split("|")


def _shown(name: str, caption: str | None, credit: str | None, alt: str | None) -> Shown:
    """Return a picture by its name: a wiki writes blanks as underscores, and the first letter large."""
    name = " ".join(name.replace("_", " ").split())
    stored = name.replace(" ", "_")
    names = list(dict.fromkeys((stored, stored[:1].upper() + stored[1:], name)))
    return Shown(names[0], caption, credit, alt, tuple(names[1:]), field="figure")


def _plain(text: str) -> str:
    text = re.sub(r"\[(?:https?:)?//[^\s\[\]]{1,1500}\s?([^\[\]]{0,1000})\]", r"\1", MARKED.sub(" ", text))
    text = re.sub(r"'{2,5}", "", re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE))
    text = re.sub(r"[\ufdd4\ufdd5]", " ", re.sub(r"</?[a-zA-Z][^<>]{0,500}>", "", text))
    return (
        " ".join(plain(re.sub(r"([\\*_`~\[\]])", r"\\\1", text)).split())
        if re.search(r"[&*_`~\[\]\\]", text)
        else " ".join(text.split())
    )


def _without_dropped(text: str) -> str:
    """Return the text without references and other parts that are not text."""
    parts: list[str] = []
    at = 0
    closings = Closings(text, "</", r"[^<>]{0,20}>")
    for opened in _DROPPED.finditer(text):
        if opened.start() < at:
            continue
        parts.append(text[at : opened.start()])
        at = opened.end()
        if (
            not opened[2].rstrip().endswith("/")
            and (closed := closings.of(opened[1].lower(), at)) is not None
        ):
            at = closed[1]
    return "".join((*parts, text[at:]))


_EXTERNAL = re.compile(
    r"\[(?:https?:|mailto:|ftp:)?//[^\s\[\]]{1,1500}\s+([^\[\]]{1,1000})\]|\[(?:https?:)?//[^\s\[\]]{1,1500}\]"
)
_HEADING = re.compile(r"(={1,6})\s*(.*?)\s*\1\s*$")
_MAGIC = re.compile(
    r"__[A-Z]{3,20}__|^#(?:redirect|weiterleitung|redirection|redirección|перенаправление)\b.*",
    re.IGNORECASE | re.MULTILINE,
)


def _write_lines(text: str, pictures: Sequence[Shown]) -> str:
    """Return the HTML of wikitext whose links and templates are resolved."""
    out: list[str] = []
    pending: list[str] = []  # headings that no text has followed yet
    paragraph: list[str] = []
    in_table = 0

    def flush() -> None:
        if paragraph:
            out.extend(pending)
            pending.clear()
            out.append(f"<p>{_emphasise(' '.join(paragraph))}</p>")
            paragraph.clear()

    for line in _MAGIC.sub("", text).split("\n"):
        line = re.sub(r"[\ufdd4\ufdd5]", "", line).strip()
        mark = MARKED.fullmatch(line)
        if mark is not None:
            flush()
            out.append(figure(pictures, int(mark[1])))
        elif not line or line.startswith("----"):
            flush()
        elif (heading := _HEADING.fullmatch(line)) is not None and heading[2]:
            flush()
            level = "h1" if len(heading[1]) == 1 else "h2"
            if level == "h1":
                out.append(f"<h1>{_emphasise(heading[2])}</h1>")
            else:
                pending[:] = [f"<h2>{_emphasise(heading[2])}</h2>"]
        elif line.startswith(("{|", "|}", "|-", "|+")):
            flush()
            in_table += 1 if line.startswith("{|") else -1 if line.startswith("|}") else 0
        elif in_table > 0 and line[0] in "|!":
            flush()
            for cell in re.split(r"\|\||!!", line[1:]):
                words = (
                    cell.rpartition("|")[2].strip()
                    if re.match(r"[^|\[\]]{0,300}=[^|\[\]]{0,300}\|", cell)
                    else cell.strip(" |")
                )
                if words:
                    paragraph.append(words)
                    flush()
        elif line[0] in "*#:;":
            flush()
            paragraph.append(line.lstrip("*#:; "))
            if paragraph[-1]:
                flush()
            else:
                paragraph.clear()
        else:
            paragraph.append(line)
    flush()
    return "\n".join(out)


def _emphasise(text: str) -> str:
    text = _EXTERNAL.sub(lambda found: found[1] or "", text)
    parts = re.split(r"(</?[a-zA-Z][^<>]{0,500}>)", text)
    text = "".join(
        part if index % 2 else escape(part).replace("&amp;", "&") for index, part in enumerate(parts)
    )
    text = re.sub(r"'{5}([^'\n]{1,2000}(?:'[^'\n]{1,2000}){0,20})'{5}", r"<b><i>\1</i></b>", text)
    text = re.sub(r"'{3}([^'\n]{1,2000}(?:'[^'\n]{1,2000}){0,20})'{3}", r"<b>\1</b>", text)
    text = re.sub(r"''([^'\n]{1,2000}(?:'[^'\n]{1,2000}){0,20})''", r"<i>\1</i>", text)
    return MARKED.sub(lambda found: f'<img src="{found[0]}">', re.sub(r"'{2,5}", "", text))
