"""The head of a feed, before its first item: the parts that are needed to read an item on its own."""

import re
from dataclasses import dataclass

from media.archives.compression import read_exactly
from media.archives.container import File
from media.archives.feed_items import FEED_ITEMS, find_items

_HEAD_BYTES = 8 << 20
"""The most bytes of a head. A WordPress export lists its authors, categories and tags in it."""
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]{0,60})((?:\s[^<>]{0,20000})?)>")
_DECLARATION = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(<\?xml[^<>]{0,300}\?>)")
_TOLD = re.compile(
    rb"<(language|link|dc:language|wp:base_site_url|base)>[^<>]{0,2000}</\1>|<link\b[^<>]{0,2000}/>",
    re.IGNORECASE,
)
_MOST_TOLD = 8
_AUTHOR = b"<wp:author>"
_AUTHOR_BYTES = 4_000
_LOGIN = re.compile(
    rb"<(?:wp:author_login|dc:creator)>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,200}?)\s*(?:\]\]>)?\s*</"
)
_PREFIX = re.compile(rb"[<\s/]([A-Za-z_][\w.-]{0,40}):[A-Za-z_]")


@dataclass(frozen=True, slots=True)
class FeedHead:
    """The beginning of a feed."""

    declaration: bytes
    root: bytes
    """The name of the root element."""
    attributes: bytes
    """The attributes of the root element: namespaces, language."""
    told: bytes
    """The elements that name the feed's language and address."""
    authors: dict[bytes, bytes]
    """The elements of a WordPress export that name its authors, by login."""

    def wrap(self, item: bytes, beside: bytes = b"") -> bytes:
        """Return a feed with this item alone; name spaces that nobody declared are declared, so that it can be read."""
        login = _LOGIN.search(item)
        author = self.authors.get(login[1], b"") if login else b""
        used = sorted({found for found in _PREFIX.findall(item + author) if found not in (b"xml", b"xmlns")})
        missing = b"".join(
            b' xmlns:%b="urn:undeclared:%b"' % (prefix, prefix)
            for prefix in used[:_MOST_PREFIXES]
            if b"xmlns:" + prefix + b"=" not in self.attributes.replace(b" =", b"=")
        )
        return b"".join(
            (
                *(self.declaration, b"<", self.root, self.attributes, missing, b">"),
                *(b"<channel>", self.told, author, b"</channel>", item, beside, b"</", self.root, b">"),
            )
        )


_MOST_PREFIXES = 100


def read_head(file: File, mark: re.Pattern[bytes] = FEED_ITEMS) -> FeedHead:
    """Read the part before the first item."""
    first = next(find_items(file, mark=mark), None)
    file.seek(0)
    data = read_exactly(file, min(first.start if first else _HEAD_BYTES, _HEAD_BYTES))
    declared = _DECLARATION.match(data)
    root = _ROOT.match(data, _after_prolog(data))
    authors = {}
    for part in data.split(_AUTHOR)[1:]:
        author, closed, _ = part[:_AUTHOR_BYTES].partition(b"</wp:author>")
        if closed and (login := _LOGIN.search(author)):
            authors[login[1]] = _AUTHOR + author + closed
    told = [found[0] for found in _TOLD.finditer(data)][:_MOST_TOLD]
    return FeedHead(
        declared[1] if declared else b'<?xml version="1.0"?>',
        root[1] if root else b"rss",
        root[2] if root else b"",
        b"".join(told),
        authors,
    )


def _after_prolog(data: bytes) -> int:
    """Return where the root element begins: after the declaration, comments and the document type."""
    at = 0
    while (at := data.find(b"<", at)) >= 0:
        for begins, ends in ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">")):
            if data.startswith(begins, at):
                closed = data.find(ends, at)
                if closed < 0:
                    return len(data)
                at = closed + len(ends)
                break
        else:
            return at
    return len(data)
