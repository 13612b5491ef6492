"""A page's machine-readable metadata: JSON-LD, ``meta`` and ``link`` elements."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser

from media.decoding.json_fields import read_moment
from media.left_out import leave_out, take

_ARTICLE_TYPES = re.compile(r"(?:article|posting|report|story|review)$", re.I)
_TELLING = 'script[type*="ld+json"], meta[content], link[rel=canonical], title'
_MAX_SCRIPT = 2_000_000
_MAX_SCRIPTS = 1_000
_MAX_NODES = 20_000
"""Characters of a script, scripts of a page, and objects in them: a hostile page costs no more than a large one."""
_DECODER = json.JSONDecoder(strict=False)
_CONTROL = re.compile(r"[\x00-\x1f]+")


@dataclass(slots=True)
class PageMetadata:
    """The value that the page states, not verified."""

    headlines: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    """Parts of the ``title`` that may be the headline, the likeliest first."""
    authors: list[str] = field(default_factory=list)
    published_at: str | None = None
    language: str | None = None
    url: str | None = None
    descriptions: list[str] = field(default_factory=list)
    article_body: str | None = None
    pictures: list[tuple[str, str | None]] = field(default_factory=list)
    """Captions of JSON-LD ImageObjects, each with its picture's address."""
    lead_picture: str | None = None
    """og:image"""


def read_metadata(tree: LexborHTMLParser, scripts: list[str]) -> PageMetadata:
    """``scripts`` are the texts of the JSON-LD scripts in the page's body."""
    found = PageMetadata()
    head = tree.head
    names: dict[str, str] = {}
    told: list[str] = []
    for node in head.css(_TELLING) if head is not None else ():
        tag = node.tag
        if tag == "script":
            told.append(node.text())
            continue
        if tag == "title":
            found.titles = found.titles or title_parts(_line(node.text()))
            continue
        attributes = node.attributes
        if tag == "link":
            found.url = attributes.get("href")
            continue
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content")
        if name and content:
            names.setdefault(name.lower(), content)
    for script in take([*told, *scripts], _MAX_SCRIPTS, "scripts with data"):
        for thing in _things(script):
            _read_thing(thing, found)
    for name in ("og:title", "twitter:title", "title", "headline"):
        if name in names:
            found.headlines.append(_line(names[name]))
    for name in ("og:description", "description", "twitter:description"):
        if name in names:
            found.descriptions.append(_line(names[name]))
    if found.published_at is None:
        for name in (
            "article:published_time", "og:article:published_time", "datepublished", "date", "pubdate", "publishdate",
            "publish-date", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dc.date", "dcterms.created",
            "article.published", "originalpublicationdate", "cxenseparse:recs:publishtime", "weibo: article:create_at",
        ):  # fmt: skip
            when = read_date(names.get(name)) or read_moment(names.get(name))
            if when:
                found.published_at = when
                break
    if "parsely-page" in names:
        _read_parsely(names["parsely-page"], found)
    for name in (
        *("author", "parsely-author", "article:author", "byl", "dc.creator", "dcterms.creator"),
        *("sailthru.author", "citation_author", "byline"),
    ):
        if name in names and "://" not in names[name]:
            found.authors.append(_line(names[name]))
    root = tree.root
    if root is not None and root.tag == "html":
        found.language = _language(root.attributes.get("lang") or root.attributes.get("xml:lang"))
    if found.language is None:
        found.language = _language(
            names.get("og:locale") or names.get("language") or names.get("content-language")
        )
    found.url = found.url or names.get("og:url")
    found.lead_picture = names.get("og:image") or names.get("twitter:image")
    return found


def _read_parsely(text: str, found: PageMetadata) -> None:
    """Add what Parse.ly's ``parsely-page`` says, an object of JSON in a ``meta`` element."""
    try:
        told = _DECODER.decode(text[:_MAX_SCRIPT])
    except (ValueError, RecursionError):
        return
    if isinstance(told, dict):
        found.published_at = found.published_at or read_moment(told.get("pub_date"))
        found.authors += [_line(s) for s in _strings(told.get("authors") or told.get("author"))]


_BETWEEN = re.compile(r"\s*[|»·•]\s*|\s+(?:[-–—:]|::)\s+")
_STRONG = {"|", "»", "·", "•", "::"}
"""Signs that only part a title, which no headline uses."""
_MAX_TITLE = 500
_SITE_WORDS = 5
"""Words of a site's name after the headline; more are of the headline."""


def title_parts(title: str) -> list[str]:
    """Return what of a page's title may be its headline, the likeliest first: without the site's name, the whole."""
    title = title[:_MAX_TITLE]
    cuts = list(_BETWEEN.finditer(title))[:8]
    fronts = [title[: cut.start()] for cut in reversed(cuts) if cut.start()]
    ends = [title[cut.end() :] for cut in cuts]
    whole = [title] if title else []
    signs = {cut[0].strip() for cut in cuts}
    starts = (0, *(cut.end() for cut in cuts))
    stops = (*(cut.start() for cut in cuts), len(title))
    parts = [title[start:stop] for start, stop in zip(starts, stops, strict=True)]
    if len(signs) == 1 and signs <= _STRONG:
        lengths = [len(part.split()) for part in parts]
        if len(parts) == 2 and lengths[0] < _SITE_WORDS and lengths[1] >= 2 * lengths[0]:  # "Site | Headline"
            return [*reversed(parts), *whole]
        if (
            len(parts) > 2 and lengths[0] > 2 and max(lengths[1:]) <= _SITE_WORDS
        ):  # "Headline | Section | Site"
            return [parts[0], *whole, *fronts, *ends]
    if cuts and len(ends[-1].split()) <= _SITE_WORDS and len(fronts[:1] and fronts[0].split()) > 1:
        return [*fronts, *whole, *ends]
    return [*whole, *fronts, *ends]


_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)


def read_date(value: str | None) -> str | None:
    """Return an ISO 8601 date, with its time and offset where given; None for other shapes and impossible
    dates.
    """
    match = _DATE.match(value.strip()) if value else None
    if not match:
        return None
    year, month, day, hour, minute, second, offset = match.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    date = f"{year}-{month}-{day}"
    if hour is None or int(hour) > 23 or int(minute) > 59:
        return date
    if offset and offset != "Z" and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    return f"{date}T{hour}:{minute}:{second or '00'}{offset or ''}"


def _things(text: str) -> Iterator[dict[str, object]]:
    """Yield the objects of a JSON-LD script, those of its graphs included."""
    if len(text) > _MAX_SCRIPT or not text.strip():
        return
    text = (
        text.strip()
        .removeprefix("<!--")
        .removesuffix("-->")
        .removeprefix("//<![CDATA[")
        .removesuffix("//]]>")
    )
    try:
        data = _DECODER.decode(text)
    except (ValueError, RecursionError):
        try:
            data = _DECODER.decode(_CONTROL.sub(" ", text).strip().rstrip(";"))
        except (ValueError, RecursionError):
            return
    pending = [data]
    seen = 0
    while pending and seen < _MAX_NODES:
        at = pending.pop()
        seen += 1
        if isinstance(at, list):
            pending.extend(reversed(at))
        elif isinstance(at, dict):
            if "@type" in at:
                yield at
            pending.extend(reversed([v for v in at.values() if isinstance(v, (dict, list))]))
    if pending:
        leave_out(_MAX_NODES, "objects in the data of a script")


def _read_thing(thing: dict[str, object], found: PageMetadata) -> None:
    kinds = _strings(thing.get("@type"))
    if "ImageObject" in kinds:
        caption = next((_line(s) for s in _strings(thing.get("caption"))), "")
        if caption:
            address = next(iter(_strings(thing.get("url")) + _strings(thing.get("contentUrl"))), None)
            found.pictures.append((caption, address))
        return
    if not any(_ARTICLE_TYPES.search(kind) for kind in kinds):
        return
    found.headlines += [_line(s) for s in _strings(thing.get("headline"))]
    found.descriptions += [_line(s) for s in _strings(thing.get("description"))]
    if found.published_at is None:
        found.published_at = next(
            (d for s in _strings(thing.get("datePublished")) if (d := read_date(s))), None
        )
    if found.article_body is None:
        found.article_body = next((s for s in _strings(thing.get("articleBody")) if len(s) > 200), None)
    authors = thing.get("author")
    for author in authors if isinstance(authors, list) else [authors]:
        if isinstance(author, dict):
            author = author.get("name")
        found.authors += [_line(s) for s in _strings(author) if len(s) < 200 and "://" not in s]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [v for v in value if isinstance(v, str)]
    return []


_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?![A-Za-z])")


def _language(value: str | None) -> str | None:
    """BCP 47, in its usual letter case."""
    match = _LANGUAGE.match(value.strip()) if value else None
    if not match:
        return None
    language, script, region = match.groups()
    return "-".join(
        part for part in (language.lower(), script and script.title(), region and region.upper()) if part
    )


def _line(text: str) -> str:
    return " ".join(text.split())
