"""XML from strangers: a tree of elements, with no way for the document to make it grow.

The document type is removed before the parser sees it, so that no entity can be declared. An entity bomb cannot expand,
and nothing outside the document is ever requested.
"""

import contextlib
import html.entities
import re
from xml.etree import ElementTree

from media.decoding.encoding import decode_text

_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_DOCTYPE_MARK = re.compile(r"""[\[\]>"']|<!--""")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{0,31}|#[0-9]{1,8}|#x[0-9A-Fa-f]{1,8});")
_BUILT_IN = frozenset(("amp", "lt", "gt", "quot", "apos"))
_INVALID = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def parse_xml(data: bytes) -> tuple[ElementTree.Element | None, str | None]:
    """Return the root of the document, and its fault.

    Of a document that is cut short or not well-formed, the root has the elements before the fault. It is None if
    nothing can be read.
    """
    text = _decode(data)
    text = _INVALID.sub("", text).strip()
    text = _cut_doctype(text)
    text = _ENTITY.sub(_resolve_entity, text)
    # Text, not bytes: the encoding declared inside no longer counts.
    try:
        return ElementTree.fromstring(text), None  # noqa: S314
    except ElementTree.ParseError as error:
        return _read_partly(text), str(error)


def _decode(data: bytes) -> str:
    if data[:1] not in b"\xef\xfe\xff\0" and data[1:2] != b"\0":  # without a mark it is not UTF-16
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-8")
    return decode_text(data, html=True).text


def local_name(element: ElementTree.Element) -> str:
    """Return the element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _cut_doctype(text: str) -> str:
    """Return ``text`` without its document type and the declarations in it."""
    found = _DOCTYPE.search(text)
    # Only ahead of the root element: further down it is text or a fault.
    if found is None or re.search(r"<[A-Za-z_]", text[: found.start()]):
        return text
    depth, at = 0, found.end()
    while (mark := _DOCTYPE_MARK.search(text, at)) is not None:
        at = mark.end()
        if mark[0] == "[":
            depth += 1
        elif mark[0] == "]":
            depth -= 1
        elif mark[0] == ">":
            if depth <= 0:
                return text[: found.start()] + text[at:]
        else:  # a quoted text or a comment, in which the other marks mean nothing
            close = "-->" if mark[0] == "<!--" else mark[0]
            end = text.find(close, at)
            if end < 0:
                return ""
            at = end + len(close)
    return ""


def _resolve_entity(found: re.Match[str]) -> str:
    """Resolve the names of HTML, which news feeds use without declaring them; write out other names.

    A number that is not a character of XML is dropped, so that the rest can be read.
    """
    name = found[1]
    if name in _BUILT_IN:
        return found[0]
    if name[0] == "#":
        number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
        return "" if number > 0x10FFFF or _INVALID.match(chr(number)) else found[0]
    code = html.entities.name2codepoint.get(name)
    return chr(code) if code is not None else f"&amp;{name};"


def _read_partly(text: str) -> ElementTree.Element | None:
    """Return the root with the elements before the fault."""
    builder = ElementTree.TreeBuilder()
    with contextlib.suppress(ElementTree.ParseError):
        ElementTree.XMLParser(target=builder).feed(text)  # noqa: S314
    with contextlib.suppress(IndexError):  # where everything was closed
        builder.end("")  # closes the innermost open element, with the text that it has so far
    return builder.close()
