"""Opens a container by its media type: one line a kind."""

from collections.abc import Callable

from media.sources.container import Container, File
from media.sources.jsonlines import JsonLines

_KINDS: dict[str, Callable[[File, str], Container]] = {
    JsonLines.media_type: JsonLines,
}

GROWING_TYPES = frozenset({JsonLines.media_type})
"""Containers that may grow at their end, their members staying where they are."""


def open_container(file: File, media_type: str, locator: str) -> Container | None:
    """The container in ``file``, which must be able to seek; None where a record of this type is none."""
    opened = _KINDS.get(media_type)
    return opened(file, locator) if opened else None
