"""Opens a source from its reference: one line a kind, and one for what is not on this machine."""

from collections.abc import Callable

from media.archives.file import FileSource
from media.archives.folder import FolderSource
from media.archives.objects import ObjectSource
from media.archives.source import Source, SourceRef
from media.archives.stores.address import is_address, local_path
from media.errors import SourceError

_KINDS: dict[str, Callable[[SourceRef], Source]] = {
    "folder": FolderSource.from_ref,
} | dict.fromkeys(("file", "zip", "tar", "warc", "wacz"), FileSource.from_ref)
"""A container given by itself is a file, as it is in a folder: its records are its members."""


def is_elsewhere(uri: str) -> bool:
    """Return whether a source is in an object store, not in a file system of this machine."""
    return is_address(uri) and local_path(uri) is None


def open_source(ref: SourceRef) -> Source:
    """Return the source that a reference names.

    :raises SourceError: this version cannot read its kind, or its address.
    """
    if ref.kind not in _KINDS:
        raise SourceError(f"{ref.uri}: sources of kind {ref.kind} cannot be read", "Install a later version.")
    return ObjectSource.from_ref(ref) if is_elsewhere(ref.uri) else _KINDS[ref.kind](ref)
