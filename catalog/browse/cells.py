"""Cells of Datasette's own tables: thumbnails and links where the catalogue holds digests and ids."""

import re
import sqlite3
from collections.abc import Callable
from html import escape

from catalog.browse.frames import read_frame
from catalog.browse.links import Links, web_address

_DIGEST = re.compile(r"[0-9a-f]{64}")

_PICTURES = frozenset({"image_sha256", "left_sha256", "right_sha256"})
_ROOMS: dict[str, Callable[[Links, int], str]] = {
    "article_id": Links.article,
    "repeat_id": Links.repeat,
    "conflict_id": Links.conflict,
}
_OWN_IDS: dict[str, Callable[[Links, int], str]] = {
    "articles": Links.article,
    "caption_repeats": Links.repeat,
    "image_groups": Links.group,
    "caption_conflict_sets": Links.conflict,
}
_NAMED = frozenset(
    {
        ("articles", "headline"),
        ("caption_repeats", "kind"),
        ("image_groups", "kind"),
        ("caption_conflict_sets", "grade"),
        ("images", "format"),
    }
)
"""Columns that link to our pages. Datasette links a table's key to its row, so the next column gets our link."""
_ADDRESSES = frozenset({"url", "target_uri", "image_src"})


def render(links: Links, row: sqlite3.Row, value: object, column: str, table: str | None) -> str | None:
    """Return a cell as safe HTML; None to leave it to Datasette."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return _thumbnail(links, row) if column == "webp" else None
    if isinstance(value, str):
        if (table, column) in _NAMED:
            return _named(links, row, value, table or "")
        is_picture = column in _PICTURES or (
            column == "sha256"
            and table in ("images", "duplicate_images", "changed_images", "uncaptioned_images")
        )
        if is_picture and _DIGEST.fullmatch(value):
            return _picture(links, value, value[:8])
        if column == "transform":
            frame = read_frame(value)
            return _safe(escape(", ".join(frame.words()) or "as it is")) if frame else None
        if column in _ADDRESSES:
            address = web_address(value)
            return _link(address, value, outside=True) if address else _safe(escape(value))
        return None
    if isinstance(value, int):
        if column == "group_id":
            return _link((links.conflict if table == "caption_conflicts" else links.group)(value), str(value))
        if column in _ROOMS:
            return _link(_ROOMS[column](links, value), str(value))
        if column == "byte_size":
            return _safe(f"{value:,}")
    return None


def _named(links: Links, row: sqlite3.Row, value: str, table: str) -> str | None:
    try:
        key = row["sha256" if table == "images" else "id"]
    except (IndexError, KeyError):
        return None
    if table == "images":
        return _picture(links, key, value) if isinstance(key, str) and _DIGEST.fullmatch(key) else None
    return _link(_OWN_IDS[table](links, key), value) if isinstance(key, int) else None


def _picture(links: Links, sha256: str, text: str) -> str:
    return _safe(
        f'<a class="cutline-picture" href="{escape(links.picture(sha256))}">'
        f'<img src="{escape(links.thumbnail(sha256))}" alt="" loading="lazy">{escape(text)}</a>'
    )


def _thumbnail(links: Links, row: sqlite3.Row) -> str | None:
    try:
        sha256 = row["image_sha256"]
    except (IndexError, KeyError):
        return None
    if not isinstance(sha256, str) or not _DIGEST.fullmatch(sha256):
        return None
    return _safe(
        f'<img class="cutline-thumbnail" src="{escape(links.thumbnail(sha256))}" alt="" loading="lazy">'
    )


def _link(address: str, text: str, *, outside: bool = False) -> str:
    rel = ' rel="noopener noreferrer nofollow"' if outside else ""
    return _safe(f'<a href="{escape(address)}"{rel}>{escape(text)}</a>')


def _safe(html: str) -> str:
    """Mark HTML as escaped already, for templates."""
    from markupsafe import Markup

    marked: str = Markup(html)  # noqa: S704 - each part was escaped where it was put in
    return marked
