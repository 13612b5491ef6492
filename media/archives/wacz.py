"""WACZ: a web archive in a ZIP, its WARCs stored as they are beside an index and a list of pages.

Read as https://specs.webrecorder.net/wacz/1.1.1/ says. A WARC is read where it lies, by the offset of
its data, and split over workers like any other; the list of pages gives titles.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from media.archives.compression import Slice
from media.archives.container import Damage, File, Member, Span
from media.archives.office import Document, open_document
from media.archives.warc import Warc
from media.archives.zip import Zip
from media.errors import ReadError
from media.record import Problem

_WARC_NAME = re.compile(r"archive/.*\.warc(\.gz|\.zst)?", re.IGNORECASE)
_PAGES = ("pages/pages.jsonl", "pages/extraPages.jsonl")
_PAGES_BYTES = 64 << 20
_ENTRIES_LOOKED_AT = 1000
"""Of the list of pages; and names by which a ZIP is seen to be one."""


class Wacz:
    """The records of the WARCs, and the other members as they are."""

    media_type = "application/wacz"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        self.zip = Zip(file, locator)
        self._titles: dict[str, str] | None = None

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        names = dict.fromkeys(name for name in self.zip.names() if _WARC_NAME.fullmatch(name))
        for name in names:
            warc = self._warc(name)
            if warc is not None:
                for each in warc.spans():
                    yield replace(each, within=name) if isinstance(each, Span) else each
        yield from self.zip.spans()

    def members(self, span: Span) -> Iterator[Member | Damage]:
        if span.within:
            warc = self._warc(span.within)
            for found in warc.members(span) if warc else ():
                yield self._titled(found) if isinstance(found, Member) else found
            return
        for found in self.zip.members(span):
            name = found.locator.removeprefix(self.locator + "!")
            if isinstance(found, Damage):
                yield found
            elif not _WARC_NAME.fullmatch(name):
                found.media_type = "application/x-cdx"
                yield found
            elif self._warc(name) is None:
                yield found  # compressed once more: read as a container within a container

    @contextmanager
    def open(self, inner: str) -> Iterator[Member]:
        name, mark, offset = inner.removeprefix("!").rpartition("#")
        warc = self._warc(name) if mark else None
        with warc.open(mark + offset) if warc else self.zip.open(inner) as member:
            yield member

    def _warc(self, name: str) -> Warc | None:
        try:
            place = self.zip.find(name)
        except ReadError:
            return None
        return Warc(Slice(self.file, *place), f"{self.locator}!{name}") if place else None

    def _titled(self, member: Member) -> Member:
        if self._titles is None:
            self._titles = dict(self._pages())
        if member.capture and member.capture.target_uri in self._titles:
            member.capture = replace(member.capture, title=self._titles[member.capture.target_uri])
        return member

    def _pages(self) -> Iterator[tuple[str, str]]:
        """Addresses and titles, as far as the lists can be read."""
        for name in _PAGES:
            data = b""
            try:
                with self.zip.open("!" + name) as member:
                    while len(data) < _PAGES_BYTES and (more := member.stream.read(1 << 20)):
                        data += more
            except ReadError:
                continue
            for line in data.splitlines():
                try:
                    page = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(page, dict):
                    url, title = page.get("url"), page.get("title")
                    if isinstance(url, str) and isinstance(title, str) and title.strip():
                        yield url, " ".join(title.split())


def open_zip(file: File, locator: str) -> Zip | Wacz | Document:
    """Open a ZIP, or the web archive or the document that it is."""
    archive = Zip(file, locator)
    if is_wacz(archive):
        return Wacz(file, locator)
    return open_document(archive) or archive


def is_wacz(archive: Zip) -> bool:
    """Return whether a ZIP is one, by its name or by what its directory begins with."""
    if archive.locator.lower().endswith(".wacz"):
        return True
    found = set()
    for number, name in enumerate(archive.names()):
        if number >= _ENTRIES_LOOKED_AT:
            return False
        found.add("package" if name == "datapackage.json" else bool(_WARC_NAME.fullmatch(name)))
        if {"package", True} <= found:
            return True
    return False
