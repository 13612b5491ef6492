"""Opens a container by its media type: one line a kind."""

from collections.abc import Callable
from typing import BinaryIO

from media.sources.container import Container
from media.sources.jsonlines import JsonLines

_KINDS: dict[str, Callable[[BinaryIO, str], Container]] = {
    JsonLines.media_type: JsonLines,
}


def open_container(file: BinaryIO, media_type: str, locator: str) -> Container | None:
    """The container in ``file``, which must be able to seek; None where a record of this type is none."""
    opened = _KINDS.get(media_type)
    return opened(file, locator) if opened else None
