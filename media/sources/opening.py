"""Opens a source from its reference: one line a kind."""

from collections.abc import Callable

from media.errors import SourceError
from media.sources.file import FileSource
from media.sources.folder import FolderSource
from media.sources.source import Source, SourceRef

_KINDS: dict[str, Callable[[SourceRef], Source]] = {
    "folder": FolderSource.from_ref,
} | dict.fromkeys(("file", "zip", "tar", "warc", "wacz"), FileSource.from_ref)
"""A container given by itself is a file, as it is in a folder: its records are its members."""


def open_source(ref: SourceRef) -> Source:
    """The source that a reference names.

    :raises SourceError: this version cannot read its kind.
    """
    if ref.kind not in _KINDS:
        raise SourceError(f"{ref.uri}: sources of kind {ref.kind} cannot be read", "Install a later version.")
    return _KINDS[ref.kind](ref)
