"""The tags of other languages in a text: Hugo's shortcodes, Liquid, WordPress's captions, components of MDX.

{{< figure src="a.jpg" caption="The caption" >}}            {{% name %}} ... {{% /name %}}       Hugo
{% include figure.html file="a.jpg" %}   {{ page.title }}        Jekyll
{% img a.jpg 300 200 "The caption" %}                             Octopress, Eleventy
[caption width="300"]<img src="a.jpg"> The caption[/caption]                                      WordPress
<Figure src={crane} caption="The caption" />                                                      MDX
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Form = Literal["open", "close", "alone"]

_OPENER = re.compile(
    r"\{\{[<%]|\{%-?|\{\{|\[(?=/?(?i:(?:wp_)?caption)\b)|(?<![\w`])<(?=/?[A-Z]\w*(?:\.\w+)*[\s/>])"
)
_COMPONENT = re.compile(r"/?[A-Z]\w*[a-z]")
"""A component's name begins with a capital and is not all capitals, as tags of the 1990s are."""
_CHARACTERS = 8_000
"""The most characters of a tag. A tag without an end is longer."""


@dataclass(frozen=True, slots=True)
class _Syntax:
    """The end of one kind of tag."""

    name: str
    ends: tuple[str, ...]
    """The signs that close it, the plain one last."""
    signs: re.Pattern[str]
    """Quotation marks, what closes it, and braces where these nest."""


def _syntax(name: str, *ends: str, braces: bool = False) -> _Syntax:
    closing = "|".join(re.escape(end) for end in ends)
    return _Syntax(name, ends, re.compile(rf"{closing}|[\"'`{'{}' if braces else ''}]"))


_SYNTAXES = {
    "{{<": _syntax("hugo", "/>}}", ">}}"),
    "{{%": _syntax("hugo", "/%}}", "%}}"),
    "{%": _syntax("liquid", "-%}", "%}"),
    "{%-": _syntax("liquid", "-%}", "%}"),
    "{{": _syntax("value", "}}"),
    "[": _syntax("wordpress", "]"),
    "<": _syntax("component", "/>", ">", braces=True),
}
_NAME = re.compile(r"\s*(/?)\s*([\w./:-]+)")
_ARGUMENT = re.compile(
    r"""(?:(?P<name>[\w@.-]{1,60})\s*(?:=|:(?=\s|["'`]))\s*)?
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|`(?P<tick>[^`]*)`
      |\{+\s*(?P<braced>[^{}]*?)\s*\}+|(?P<bare>[^\s"'`{},]+))""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class Tag:
    """A tag as it stands in the text."""

    start: int
    end: int
    syntax: str
    name: str
    form: Form
    given: str
    """The text between its name and its end."""
    closed: "Tag | None" = field(default=None, repr=False)
    """The tag that closes it, if one does."""

    def arguments(self) -> tuple[dict[str, str], list[str]]:
        """Return the named arguments by their names in small letters, and the others in order."""
        named: dict[str, str] = {}
        others: list[str] = []
        for found in _ARGUMENT.finditer(self.given):
            value = next(
                (one for one in found.group("double", "single", "tick", "braced", "bare") if one is not None),
                "",
            )
            if found["double"] is not None or found["single"] is not None:
                value = re.sub(r"\\(.)", r"\1", value)
            elif found["braced"] is not None:
                value = _FRAGMENT.sub("", value).strip("\"'`")
            # A name without a text is the name of a variable, which the caller looks up.
            elif found["bare"] is not None and found["name"]:
                value = f"{VARIABLE}{value}"
            if found["braced"] is not None and re.fullmatch(r"[A-Za-z_$][\w.$]*", value):
                value = f"{VARIABLE}{value}"
            value = html.unescape(value)
            if found["name"]:
                named.setdefault(found["name"].lower(), value)
            else:
                others.append(value)
        return named, others


_FRAGMENT = re.compile(r"^<>|</>$")
"""React's element without a name, around words and elements."""
VARIABLE = "\ufdd2"
"""Before a value that may be the name of a variable."""


def find_tags(text: str) -> list[Tag]:
    """Return the tags of ``text`` in order, each opening one with the tag that closes it."""
    tags: list[Tag] = []
    waiting: dict[tuple[str, str], list[Tag]] = {}
    for tag in _scan(text):
        if tag.form == "close":
            opened = waiting.get((tag.syntax, tag.name))
            if opened:
                opened.pop().closed = tag
        elif tag.form == "open":
            waiting.setdefault((tag.syntax, tag.name), []).append(tag)
        tags.append(tag)
    return tags


def _scan(text: str) -> Iterator[Tag]:
    at = 0
    ends = _Ends(text)
    while (opened := _OPENER.search(text, at)) is not None:
        at = opened.end()
        if text[opened.start() - 1 : opened.start()] in ("`", "\\"):
            continue
        syntax = _SYNTAXES[opened[0]]
        if syntax.name == "component" and not _COMPONENT.match(text, opened.end()):
            continue
        end = ends.of(syntax, opened.end())
        if end is None:
            continue
        stop, mark = end
        tag = _read_tag(text, opened.start(), opened.end(), stop, mark, syntax)
        if tag is not None:
            at = tag.end
            yield tag


def _read_tag(text: str, start: int, begin: int, stop: int, mark: str, syntax: _Syntax) -> Tag | None:
    end = stop + len(mark)
    inside = text[begin:stop]
    if syntax.name == "value":
        return Tag(start, end, "value", "", "alone", inside.strip())
    found = _NAME.match(inside)
    if found is None:
        return None  # {{</* an example of a shortcode */>}}
    name = found[2].lower()
    form: Form = "open"
    if found[1]:
        form = "close"
    elif syntax.name == "liquid" and name.startswith("end"):
        name, form = name[3:], "close"
    elif mark.startswith("/"):
        form = "alone"
    return Tag(start, end, syntax.name, name, form, inside[found.end() :])


class _Ends:
    """Finds where tags end; each end is looked for once, not for each tag before it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[str, int] = {}

    def of(self, syntax: _Syntax, at: int) -> tuple[int, str] | None:
        """Return where the tag that begins before ``at`` ends, and with what: the first end outside quotation marks."""
        plain = self._find(syntax.ends[-1], at)
        if plain < 0 or plain - at > _CHARACTERS:
            return None
        quote, depth = "", 0
        for sign in syntax.signs.finditer(self._text, at, min(len(self._text), at + _CHARACTERS)):
            what = sign[0]
            if quote:
                if what == quote and self._text[sign.start() - 1] != "\\":
                    quote = ""
            elif what in "\"'`":
                # An apostrophe inside a word opens nothing.
                if what != "'" or not self._text[sign.start() - 1].isalnum():
                    quote = what
            elif what in "{}":
                depth += 1 if what == "{" else -1
            elif depth <= 0:
                return sign.start(), what
        before = self._text[plain - 1]
        wide = syntax.ends[0]
        if wide != syntax.ends[-1] and wide == before + syntax.ends[-1] and plain > at:
            return plain - 1, wide
        return plain, syntax.ends[-1]

    def _find(self, what: str, at: int) -> int:
        known = self._next.get(what, at - 1)
        if known < at:
            found = self._text.find(what, at)
            known = self._next[what] = found if found >= 0 else len(self._text) + _CHARACTERS
        return known if known < len(self._text) else -1
