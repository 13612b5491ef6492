"""Feeds, and exports of WordPress and MediaWiki. A member is an item or a page; its place is its offset in bytes.

The bytes of a member are a feed with only this item: the head of the feed (namespaces, language, address), the item
unchanged, and, in a WordPress export, the pictures of the media library that the item shows by number. So a member can
be read on its own, and its digest covers everything that is read.
"""

import io
from collections.abc import Iterator

from media.archives.compression import read_exactly
from media.archives.container import ByOffset, Damage, File, Member, Span, cut_spans
from media.archives.feed_head import FeedHead, read_head
from media.archives.feed_items import FEED_ITEMS, WIKI_PAGES, Place, find_items
from media.archives.feed_library import LIBRARY_BYTES, Library, library_of
from media.formats import FEED_ITEM, WIKI_PAGE, WORDPRESS
from media.record import Problem

_SPAN_BYTES = 2 << 20
ITEM_BYTES = 32 << 20
"""The most bytes of an item, which is read in memory."""
_NO_ROOM = f"its pictures are not all known: the export's media library is over the limit of {LIBRARY_BYTES >> 20} MiB"


class Feed(ByOffset):
    """The items of a feed, in the order of the file."""

    media_type = "application/rss+xml"
    item_type = FEED_ITEM
    mark = FEED_ITEMS

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator
        self._head: FeedHead | None = None
        self._pictures: Library | None = None

    def spans(self, after: int = 0) -> Iterator[Span]:
        return cut_spans((place.start for place in find_items(self.file, after, mark=self.mark)), _SPAN_BYTES)

    def members(self, span: Span) -> Iterator[Member | Damage]:
        for place in find_items(self.file, span.start, span.end, self.mark):
            yield self._member(place)

    def _member(self, place: Place) -> Member | Damage:
        locator = f"{self.locator}#{place.start}"
        size = place.end - place.start
        if size > ITEM_BYTES:
            reason = f"an item of {size >> 20} MiB is over the limit of {ITEM_BYTES >> 20} MiB"
            return Damage(locator, reason, "Look at the file: no article is so large.")
        item = self._read(place)
        if self._head is None:
            self._head = read_head(self.file, self.mark)
        shown, problems = b"", []
        if self.media_type == WORDPRESS:
            if self._pictures is None:
                self._pictures = library_of(self.file, lambda: map(self._read, find_items(self.file)))
            shown = self._pictures.shown_by(item)
            if not self._pictures.is_whole:
                problems.append(Problem(locator, "read", _NO_ROOM, "Export it in parts, by date."))
        return Member(
            locator, io.BytesIO(self._head.wrap(item, shown)), media_type=self.item_type, problems=problems
        )

    def _read(self, place: Place) -> bytes:
        self.file.seek(place.start)
        return read_exactly(self.file, min(place.end - place.start, ITEM_BYTES))


class AtomFeed(Feed):
    """The entries of an Atom feed."""

    media_type = "application/atom+xml"


class WordPressExport(Feed):
    """The posts of a WordPress export."""

    media_type = WORDPRESS


class WikiExport(Feed):
    """The pages of a wiki, as MediaWiki exports them. A dump may have many GB."""

    media_type = "application/x-mediawiki"
    item_type = WIKI_PAGE
    mark = WIKI_PAGES
