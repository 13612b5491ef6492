"""Shortcodes that show a picture with its caption: WordPress's, Hugo's, Jekyll's.

[caption id="x" align="left" width="300"]<img src="a.jpg" /> The caption[/caption]
[caption width="300" caption="The caption"]<img src="a.jpg" />[/caption]          before WordPress 3.4
{{< figure src="a.jpg" caption="The caption" attr="The credit" >}}
{% include figure.html src="a.jpg" caption="The caption" %}
"""

import html
import re
from collections.abc import Iterator
from dataclasses import replace

from media.articles.markup import Shown, read_fragment

_CHARACTERS = 20_000
"""Most that one shortcode holds: one that is not closed ends nowhere near."""

_OPEN = re.compile(
    r"""
    \[(?P<wordpress>caption|wp_caption)\b (?P<given>[^\[\]]{0,4000}) \]
    | \{\{[<%]\s*(?:[\w/-]*(?:figure|image|img|photo|picture)[\w/-]*)\s (?P<hugo>[^{}]{0,4000}?) /?\s*[>%]\}\}
    | \{%-?\s*(?:include(?:_relative)?\s+)?[\w/.-]*(?:figure|image|img|photo|picture|caption)[\w/.-]*\s
      (?P<jekyll>[^{}]{0,4000}?) -?%\}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([\w-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'>]+))""")
_SRC_NAMES = ("src", "image_path", "image", "url", "file", "link", "path")
_CAPTION_NAMES = ("caption", "legend", "description")
_CREDIT_NAMES = ("attr", "credit", "attribution", "source", "photographer", "copyright")


def find_shortcodes(text: str) -> Iterator[tuple[int, int, Shown]]:
    """Yield where each picture's shortcode starts and ends in ``text``, and what it shows."""
    ended = 0
    closed: dict[
        str, int
    ] = {}  # where the next closing of each name is: looked for once, not for each opening
    for opened in _OPEN.finditer(text):
        if opened.start() < ended:
            continue
        if opened["wordpress"] is None:
            shown, end = _read_attributes(opened["hugo"] or opened["jekyll"] or ""), opened.end()
        else:
            close = f"[/{opened['wordpress']}]"
            if closed.get(close, 0) < opened.end():
                found = text.find(close, opened.end())
                closed[close] = found if found >= 0 else len(text) + _CHARACTERS
            stop = closed[close]
            if stop - opened.end() > _CHARACTERS or stop > len(text):
                continue
            shown = _read_wordpress(opened["given"], text[opened.end() : stop])
            end = stop + len(close)
        if shown is not None:
            ended = end
            yield opened.start(), end, shown


def _read_wordpress(given: str, content: str) -> Shown | None:
    blocks = read_fragment(content)
    shown = next((block for block in blocks if isinstance(block, Shown)), None)
    texts = " ".join(block for block in blocks if isinstance(block, str))
    if shown is None and (found := re.search(r"!\[[^\]]{0,500}\]\(\s*([^\s)]+)[^)]{0,500}\)", texts)):
        shown = Shown(found[1])  # Markdown inside the shortcode
        texts = texts.replace(found[0], " ")
    caption = _attributes(given).get("caption") or texts
    if shown is None and not caption.strip():
        return None
    return replace(shown or Shown(None), caption=" ".join(caption.split()) or None, field="caption shortcode")


def _read_attributes(given: str) -> Shown | None:
    attributes = _attributes(given)
    src = next((attributes[name] for name in _SRC_NAMES if attributes.get(name)), None)
    caption = next((attributes[name] for name in _CAPTION_NAMES if attributes.get(name)), None)
    credit = next((attributes[name] for name in _CREDIT_NAMES if attributes.get(name)), None)
    if src is None:
        return None
    return Shown(
        src, caption or attributes.get("title"), credit, attributes.get("alt"), field="figure shortcode"
    )


def _attributes(given: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(given):
        value = re.sub(r"\\(.)", r"\1", double or single or bare)
        found.setdefault(name.lower(), " ".join(re.sub(r"<[^<>]{0,500}>", "", html.unescape(value)).split()))
    return found
