"""WordPress's shortcode of a picture with its caption, in texts and exports.

[caption id="x" align="left" width="300"]<img src="a.jpg" /> The caption[/caption]
[caption width="300" caption="The caption"]<img src="a.jpg" />[/caption]          before WordPress 3.4
"""

import html
import re
from dataclasses import replace

from media.articles.markup import Shown, read_fragment

_ATTRIBUTE = re.compile(r"""([\w-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'>]+))""")


def read_wordpress_caption(given: str, content: str) -> Shown | None:
    """Return the picture of ``[caption given]content[/caption]``; None where it holds nothing."""
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


def _attributes(given: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(given):
        value = re.sub(r"\\(.)", r"\1", double or single or bare)
        found.setdefault(name.lower(), " ".join(re.sub(r"<[^<>]{0,500}>", "", html.unescape(value)).split()))
    return found
