"""The fields that a text begins with: YAML between ``---``, TOML between ``+++``, or an object of JSON.

Values stay texts, as they were written, and are not parsed as dates. If a part of the front matter is invalid, the rest
is read.

Sources: YAML 1.1 as libyaml reads it, TOML 1.0, RFC 8259; the front matter of Jekyll and Hugo.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from media.decoding.json_fields import mend_value

_CLOSED = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
_FIELD = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*[\"']?[\w@$][\w .$@/-]{0,100}[\"']?[ \t]*[:=](?:\s|$)")
_PARSED_CHARACTERS = 1 << 20
"""Longer front matter is read line by line: a parser of all of YAML takes a second for each half of a megabyte."""
_TOML_CHARACTERS = 1 << 18
_ALIASED = 10_000
"""The most values that aliases may expand to in one text: they could expand to more than any memory holds."""
_DEPTH = 50
"""The most levels of nested fields: more would exhaust the stack."""


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the fields of the front matter, and the text after it; no fields if there is no front matter."""
    opened = re.match(r"(---|\+\+\+)[ \t]*\n", text)
    if opened is None:
        return _split_json(text) if text.startswith("{") else _split_plain(text)
    closed = _CLOSED[opened[1]].search(text, opened.end())
    if closed is None:
        return {}, text
    told = text[opened.end() : closed.start()]
    if told.strip() and not _FIELD.match(told):  # two rules, with text between
        return {}, text
    fields = read_yaml(told) if opened[1] == "---" else read_toml(told)
    return fields, text[closed.end() :].removeprefix("\n")


def _split_json(text: str) -> tuple[dict[str, object], str]:
    try:
        fields, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}, text
    return (mend_value(fields), text[end:]) if text[end:].strip() else ({}, text)  # type: ignore[return-value]


_PLAIN_LINE = re.compile(r"[A-Za-z][\w -]{1,40}:[ \t]+\S[^\n]*\n(?:[ \t]+\S[^\n]*\n)*")
_PLAIN = re.compile(rf"(?:{_PLAIN_LINE.pattern}){{2,60}}(?=[ \t]*\n)")
_PLAIN_TITLE = re.compile(r"^title[ \t]*:", re.IGNORECASE | re.MULTILINE)


def _split_plain(text: str) -> tuple[dict[str, object], str]:
    """Return the fields of MultiMarkdown's metadata: lines of a name, a colon and a value, up to a blank line.

    One of them has to be the title: prose too has lines that begin with a word and a colon. Pelican writes articles so.
    """
    told = _PLAIN.match(text)
    if told is None or not _PLAIN_TITLE.search(told[0]):
        return {}, text
    fields: dict[str, object] = {}
    for line in _PLAIN_LINE.findall(told[0]):
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), " ".join(value.split()))
    return fields, text[told.end() :]


def read_toml(text: str) -> dict[str, object]:
    """Return the fields of TOML."""
    if len(text) <= _TOML_CHARACTERS:
        try:
            return {name: _as_text(value) for name, value in tomllib.loads(text).items()}
        except (tomllib.TOMLDecodeError, RecursionError, ValueError):
            pass
    return _read_lines(text)


def _as_text(value: object, depth: int = _DEPTH) -> object:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if depth and isinstance(value, list):
        return [_as_text(one, depth - 1) for one in value]
    if depth and isinstance(value, dict):
        return {name: _as_text(one, depth - 1) for name, one in value.items()}
    return value


def read_yaml(text: str) -> dict[str, object]:
    """Return the fields of YAML: as the grammar says up to the first fault, and line by line where there is one."""
    if len(text) > _PARSED_CHARACTERS:
        return _read_lines(text)
    builder = _Builder()
    if builder.read(text):
        return builder.fields
    return _read_lines(text) | builder.fields


@dataclass(slots=True)
class _Open:
    """A list or an object that is being read."""

    value: list[object] | dict[str, object]
    anchor: str | None
    key: str | None = None
    size: int = 1
    """Values in it, those that aliases stand for counted each time."""


class _Builder:
    """Makes values of a YAML parser's events."""

    def __init__(self) -> None:
        self.fields: dict[str, object] = {}
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[object, int]] = {}
        self._aliased = 0

    def read(self, text: str) -> bool:
        """Read the first document of ``text``, and return whether it is valid."""
        import yaml  # only texts with front matter wait for it

        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        try:
            for event in yaml.parse(text, Loader=loader):
                if isinstance(event, yaml.ScalarEvent):
                    plain = event.style is None and event.value in ("", "~", "null", "Null", "NULL")
                    self._add(None if plain else event.value, event.anchor)
                elif isinstance(event, yaml.AliasEvent):
                    self._add_alias(event.anchor)
                elif isinstance(event, yaml.CollectionStartEvent):
                    value: list[object] | dict[str, object] = (
                        [] if isinstance(event, yaml.SequenceStartEvent) else {}
                    )
                    self._open.append(_Open(value, event.anchor))
                elif isinstance(event, yaml.CollectionEndEvent):
                    self._close()
                elif isinstance(event, yaml.DocumentEndEvent):
                    break
        except (yaml.YAMLError, ValueError, RecursionError):
            while self._open:
                self._close()
            return False
        return True

    def _close(self) -> None:
        closed = self._open.pop()
        if self._open:
            self._add(closed.value, closed.anchor, closed.size)
        elif isinstance(closed.value, dict):
            self.fields = closed.value

    def _add_alias(self, anchor: str) -> None:
        value, size = self._anchors.get(anchor, (None, 1))
        self._aliased += size
        self._add(value if self._aliased <= _ALIASED else None, None, size)

    def _add(self, value: object, anchor: str | None, size: int = 1) -> None:
        if anchor:
            self._anchors[anchor] = (value, size)
        if not self._open:
            return
        into = self._open[-1]
        into.size += size
        if isinstance(into.value, list):
            into.value.append(value)
        elif into.key is None:
            into.key = value if isinstance(value, str) else ""
        else:
            if into.key == "<<" and isinstance(value, dict):
                into.value.update({name: one for name, one in value.items() if name not in into.value})
            else:
                into.value.setdefault(into.key, value)
            into.key = None


_LINE = re.compile(r"(\s*)[\"']?([\w@$.-]{1,100})[\"']?\s*[:=](?:\s+(.*?))?\s*$")
_ITEM = re.compile(r"\s*-\s+(.*?)\s*$")


def _read_lines(text: str) -> dict[str, object]:
    """Return the fields that can be read line by line: one per line, with lists and one level of objects."""
    fields: dict[str, object] = {}
    key = ""
    for line in _lines(text):
        item = _ITEM.match(line)
        told = _LINE.match(line)
        held = fields.get(key)
        if item is not None and key and isinstance(held, list | None):
            if held is None:
                fields[key] = held = []
            held.append(_read_scalar(item[1]))
        elif told is not None and told[1] and key and isinstance(held, dict | None):
            if held is None:
                fields[key] = held = {}
            held[told[2]] = _read_scalar(told[3] or "")
        elif told is not None and not told[1]:
            key = told[2]
            fields[key] = _read_scalar(told[3]) if told[3] else None
    return fields


def _lines(text: str) -> Iterator[str]:
    return (line[:4000] for line in text.split("\n"))


def _read_scalar(value: str) -> object:
    if value.startswith("[") and value.endswith("]"):
        return [one for part in value[1:-1].split(",") if (one := part.strip().strip("\"'"))]
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1].replace('\\"', '"')
    return value
