"""Stories as wires carried them: ANPA 1312 and IPTC 7901, a header of a few lines, text, and a trailer.

^Breakwater repairs delayed<        a line of the heading: headline, pictures, who wrote it
  TESSEN, Valdren (NW) _ Harbour    a paragraph begins with blanks
NW-WS-11-19-24 1012EST              the trailer

German agencies end the heading with ``=`` and add a notebook for editors (``# Notizblock``), which is not text.
"""

import re
from typing import Final

from media.articles.article import Article, Hints
from media.articles.article.byline import read_byline, read_dateline
from media.articles.article.language import guess_language
from media.articles.story import read_plain_story
from media.decoding.encoding import decode_text
from media.errors import ArticleError

_STX, _ETX = "\x02", "\x03"
"""Signs around the text."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HEADING = re.compile(r"\^(.{1,500}?)\s*[<=]?\s*$")
_INDENT = re.compile(r"(?:\s{2,}|\t)\S")
_TRAILER = re.compile(
    r"\s*(?:\(End optional add\)|(?:\(Schluss\)|\(FIN\)|\(END\))?\s*[a-z]{2,4}(?:[/-][a-z]{2,4}){1,3}"
    r"|\d{6} (?:[A-Z]{3,4} )?[^\W\d]{3} \d\d|[A-Z]{2,4}-[A-Z]{2,4}-\d\d-\d\d-\d\d \d{4}\S*|-?\s?30\s?-)\s*$"
)
_STAMP: Final = (
    re.compile(r"\b(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d) (?P<hour>\d\d)(?P<minute>\d\d)"),
    re.compile(
        r"\b(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d) (?:[A-Z]{3,4} )?(?P<name>[^\W\d]{3}) (?P<year>\d\d)\b"
    ),
)
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            *("jan ene gen", "feb fev fév", "mar mär mrz", "apr avr abr", "may mai mag mei", "jun jui giu"),
            *("jul lug", "aug aoû aou ago", "sep set", "oct okt out ott", "nov", "dec dez déc dic"),
        ),
        1,
    )
    for name in names.split()
}
"""The months by the first three letters of their names. French June and July share theirs: June stands for both."""
_NOTEBOOK = re.compile(r"#\s*Notizblock|(?:dpa|apa|afp)-Notizblock|-{3,}\s*$", re.IGNORECASE)
_AUTHOR = re.compile(r"-?\s*(?:Autor(?:in|en)?|By|Von):\s*([^,;<\n]{3,80})", re.IGNORECASE)
_NO_HEADLINE = re.compile(r"(?:\w{2,8} )?(?:Photo|Graphic|Video)s?\b|By |Eds?:|\(|.*\bWire$", re.IGNORECASE)


def read_record(data: bytes, hints: Hints) -> Article:
    """:func:`read_wire`, of a record."""
    return read_wire(data)


def read_wire(data: bytes) -> Article:
    """Return the article of a wire story. Raises :class:`ArticleError` if there is no text below its header."""
    text = decode_text(data).text
    before, begun, after = text.partition(_ETX)[0].partition(_STX)
    lines = _CONTROLS.sub("", before + after).strip().split("\n")[1:]
    if _ends_heading(lines):
        headline, byline, paragraphs = _read_german(lines)
    elif begun and not any(line.startswith("^") for line in lines):
        headline, byline, paragraphs = _read_iptc(_CONTROLS.sub("", after).strip("\r\n").split("\n"))
    else:
        headline, byline, paragraphs = _read_anpa(lines)
    if not paragraphs:
        raise ArticleError("the wire story has a header and no text")
    story = read_plain_story("\n".join(paragraphs))
    first = story.text.partition("\n")[0]
    author = next((found[1].strip() for line in lines if (found := _AUTHOR.match(line))), None)
    return Article(
        body=story.text,
        headline=headline,
        byline=byline or author,
        dateline=read_dateline(first.replace(" _ ", " -- ", 1)),
        published_at=_stamp(text[-400:]) or _stamp(text),
        language=guess_language(story.text[:2000]),
        placements=story.placements,
        body_positions=story.positions,
    )


def _ends_heading(lines: list[str]) -> bool:
    """Return whether the heading ends with a line that ends with ``=``, and no line is marked otherwise."""
    return any(line.rstrip().endswith("=") for line in lines[:20]) and not any(
        line.startswith("^") for line in lines[:40]
    )


def _read_anpa(lines: list[str]) -> tuple[str | None, str | None, list[str]]:
    """Return headline, byline and paragraphs of a story whose heading is marked by ``^``."""
    heading = [found[1].strip() for line in lines if (found := _HEADING.match(line))]
    byline = next((told for line in heading if (told := read_byline(line))), None)
    headline = next((line for line in heading if not _NO_HEADLINE.match(line)), None)
    last = max((at for at, line in enumerate(lines[:200]) if line.startswith("^")), default=-1)
    return headline, byline, _join_paragraphs(lines[last + 1 :])


def _read_iptc(lines: list[str]) -> tuple[str | None, str | None, list[str]]:
    """Return headline, byline and paragraphs of the text of IPTC 7901, whose paragraphs are indented.

    Source: IPTC 7901, The text transmission format.
    """
    first = next((at for at, line in enumerate(lines[:20]) if _INDENT.match(line)), 0)
    heading = [line.strip() for line in lines[:first] if line.strip()]
    byline = next((told for line in heading if (told := read_byline(line))), None)
    headline = next((line for line in heading if not _NO_HEADLINE.match(line)), None)
    return headline, byline, _join_paragraphs(lines[first:])


def _join_paragraphs(lines: list[str]) -> list[str]:
    """Return the paragraphs of lines: where some are indented, each indented line begins one."""
    paragraphs: list[str] = []
    is_indented = any(_INDENT.match(line) for line in lines)
    for line in lines:
        if not line.strip() or _TRAILER.match(line):
            continue
        if paragraphs and is_indented and not _INDENT.match(line):
            paragraphs[-1] += " " + " ".join(line.split())
        else:
            paragraphs.append(" ".join(line.split()))
    return paragraphs


def _read_german(lines: list[str]) -> tuple[str | None, str | None, list[str]]:
    """Return headline, byline and paragraphs of a story whose heading ends with ``=``."""
    end = next(at for at, line in enumerate(lines[:20]) if line.rstrip().endswith("="))
    heading = [line.strip(" =") for line in lines[: end + 1]]
    titles = [line for line in heading if line and not line.endswith("/") and not line.startswith("(")]
    told = "\n".join(lines[end + 1 :])
    notebook = re.search(rf"^(?:{_NOTEBOOK.pattern})", told, re.MULTILINE | re.IGNORECASE)
    story = told[: notebook.start()] if notebook else told
    lines = story.split("\n")
    if sum(_INDENT.match(line) is not None for line in lines) > 1:
        paragraphs = _join_paragraphs(lines)
    else:
        paragraphs = [line for each in re.split(r"\n\s*\n", story) if (line := " ".join(each.split()))]
    byline = next((told_by for line in heading if (told_by := read_byline(line))), None)
    return " ".join(line for line in titles if line != byline) or None, byline, paragraphs


def _stamp(text: str) -> str | None:
    """Return the last time stamp of a story. Its offset is not a number, and is left out."""
    for pattern in _STAMP:
        for found in reversed(list(pattern.finditer(text[-2000:]))):
            said = found.groupdict()
            month = int(said["month"]) if "month" in said else _MONTHS.get(said["name"].casefold(), 0)
            year = int(said["year"]) + (2000 if int(said["year"]) < 70 else 1900)
            if not (1 <= month <= 12 and 1 <= int(said["day"]) <= 31):
                continue
            if int(said["hour"]) < 24 and int(said["minute"]) < 60:
                return f"{year}-{month:02}-{said['day']}T{said['hour']}:{said['minute']}"
    return None
