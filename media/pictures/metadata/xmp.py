"""XMP: the RDF packet in which photographs carry their descriptions today.

Sources: ISO 16684-1 (XMP), IPTC Photo Metadata Standard 2023.2, MWG 2.0. Only properties of the
picture itself are read, never those of the artworks or ingredients that the packet nests.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from media.captions.caption import Origin
from media.decoding.xmltree import parse_xml
from media.pictures.metadata.metadata import Metadata
from media.pictures.metadata.statement import Description, Statement, tidy_value

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_CORE = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
_EXTENSION = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_DESCRIPTION = _DC + "description"
_ALT_TEXT, _EXTENDED_ALT_TEXT = _CORE + "AltTextAccessibility", _CORE + "ExtDescrAccessibility"
_DESCRIPTIONS: tuple[tuple[str, Origin, str], ...] = (
    (_DESCRIPTION, "xmp", "dc:description"),
    (_ALT_TEXT, "alt", "Iptc4xmpCore:AltTextAccessibility"),
    (_EXTENDED_ALT_TEXT, "alt", "Iptc4xmpCore:ExtDescrAccessibility"),
)
_WANTED = re.compile(
    rb"description|creator|rights|subject|Headline|Credit|Source|DateCreated|City|Country|AltText|ExtDescr|GPSL"
)
"""Most packets hold an editing history only: they are not parsed."""

_ITEMS = 1_000
"""The most items read from one list."""
_LANGUAGES = 32
"""The most languages kept of one text."""

Property = Sequence[tuple[str | None, str]]
"""The items of a property, each with its language."""


def read_xmp(packets: Sequence[bytes]) -> Statement:
    """Return what the ``packets`` of one file say: the main one, then what extends it."""
    doubts: list[str] = []
    properties: dict[str, Property] = {}
    for packet in packets:
        # UTF-16 packets have a zero in every other byte: they are rare, and parsed in any case.
        if b"\0" not in packet[:64] and _WANTED.search(packet) is None:
            continue
        root, fault = parse_xml(trim_packet(packet))
        if fault is not None:
            doubts.append(f"XMP: {fault}")
        if root is not None:
            for name, items in _properties(root):
                properties.setdefault(name, items)
    if not properties:
        return Statement(doubts=tuple(doubts))
    return Statement(_describe(properties), tuple(_descriptions(properties)), doubts=tuple(doubts))


def trim_packet(packet: bytes) -> bytes:
    """Return the packet without its padding and without what stands before its first element."""
    packet = packet.rstrip(b"\0 \t\r\n")
    end = packet.rfind(b"</")
    tail = packet.find(b">", end)
    # Zeros or rubbish after the last element would make the whole packet ill-formed.
    return packet[: tail + 1] if 0 <= end < tail and b"\0" not in packet[:64] else packet


def _describe(properties: Mapping[str, Property]) -> Metadata:
    def first(*names: str) -> str | None:
        values = (tidy_value(_default(properties[name])) for name in names if name in properties)
        return next((value for value in values if value), None)

    def every(name: str) -> tuple[str, ...]:
        values = (tidy_value(text) for _, text in properties.get(name, ()))
        return tuple(value for value in values if value)

    return Metadata(
        headline=first(_PHOTOSHOP + "Headline"),
        caption=first(_DESCRIPTION),
        byline="; ".join(every(_DC + "creator")) or None,
        credit_line=first(_PHOTOSHOP + "Credit"),
        copyright_notice=first(_DC + "rights"),
        source=first(_PHOTOSHOP + "Source"),
        keywords=every(_DC + "subject"),
        created_at=_read_date(first(_PHOTOSHOP + "DateCreated")),
        city=first(_PHOTOSHOP + "City", _EXTENSION + "City"),
        country=first(_PHOTOSHOP + "Country", _EXTENSION + "CountryName"),
        latitude=_read_degrees(first(_EXIF + "GPSLatitude"), "NS", 90),
        longitude=_read_degrees(first(_EXIF + "GPSLongitude"), "EW", 180),
    )


def _descriptions(properties: Mapping[str, Property]) -> Iterator[Description]:
    for name, origin, field in _DESCRIPTIONS:
        items = properties.get(name, ())
        default = _default(items)
        if tidy_value(default):
            yield Description(origin, field, default)
        for language, text in items[:_LANGUAGES]:
            if text != default and tidy_value(text):
                yield Description(origin, field, text, language)


def _default(items: Property) -> str:
    """Return the text of ``x-default``, else the first one that says something."""
    for language, text in items:
        if language == "x-default" and text.strip():
            return text
    return next((text for _, text in items if text.strip()), "")


def _properties(root: Element) -> Iterator[tuple[str, Property]]:
    """Yield the top-level properties of the packet, written as attributes or as elements."""
    tree = root if root.tag == _RDF + "RDF" else root.find(f".//{_RDF}RDF")
    for resource in tree if tree is not None else ():
        for name, value in resource.attrib.items():
            if not name.startswith(_RDF):
                yield name, ((None, value),)
        for element in resource:
            if element.tag in (_EXTENSION + "LocationShown", _EXTENSION + "LocationCreated"):
                yield from _location(element)
            elif isinstance(element.tag, str):
                yield element.tag, tuple(_items(element))


def _items(element: Element) -> Iterator[tuple[str | None, str]]:
    """Yield the items of a property: plain text, a qualified value, or an array of either."""
    array = next((child for child in element if child.tag in _ARRAYS), None)
    for item in (element,) if array is None else array[:_ITEMS]:
        value = item.find(f"{_RDF}value")
        if value is None:
            value = item.find(f"{_RDF}Description/{_RDF}value")
        holder = item if value is None else value
        if text := holder.text or item.get(_RDF + "value") or "":
            yield item.get(_LANGUAGE), text


_ARRAYS = frozenset((_RDF + "Alt", _RDF + "Seq", _RDF + "Bag"))


def _location(element: Element) -> Iterator[tuple[str, Property]]:
    """Yield city and country of the first place in ``LocationShown`` or ``LocationCreated``."""
    for name in (_EXTENSION + "City", _EXTENSION + "CountryName"):
        for holder in element.iter():
            if holder.tag == name and (items := tuple(_items(holder))):
                yield name, items
                break
            if value := holder.get(name):
                yield name, ((None, value),)
                break


_DATE = re.compile(
    r"(\d{4})(?:[-:](\d\d)(?:[-:](\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?)?)?"
)


def _read_date(text: str | None) -> str | None:
    """Return ISO 8601, as far as ``text`` knows it; some writers keep EXIF's colons."""
    found = _DATE.match(text or "")
    if found is None or found[1] == "0000":
        return None
    year, month, day, clock, zone = found.groups()
    if month is None or not "01" <= month <= "12":
        return year
    if day is None or not "01" <= day <= "31":
        return f"{year}-{month}"
    return f"{year}-{month}-{day}" + (f"T{clock}{(zone or '').replace('Z', '+00:00')}" if clock else "")


_DEGREES = re.compile(r"(\d{1,3})(?:,(\d{1,2}(?:\.\d+)?))?(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])")


_DECIMAL = re.compile(r"[+-]?\d{1,3}\.\d{1,20}")


def _read_degrees(text: str | None, signs: str, most: int) -> float | None:
    """Return degrees of ``54,54.81N`` or ``54,54,48.6N`` (XMP Part 2, "GPSCoordinate")."""
    if text and _DECIMAL.fullmatch(text.strip()):  # as some writers have it, against the standard
        return round(float(text), 7) if abs(float(text)) <= most else None
    found = _DEGREES.fullmatch(text or "")
    if found is None or found[4] not in signs:
        return None
    degrees = int(found[1]) + float(found[2] or 0) / 60 + float(found[3] or 0) / 3600
    if degrees > most:
        return None
    return round(-degrees if found[4] == signs[1] else degrees, 7)
