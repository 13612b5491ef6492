"""One file given by itself."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from media.archives.folder import FolderSource, Selection
from media.archives.open_container import open_container
from media.archives.source import Opened, Presence, SourceKind, SourceRef
from media.errors import MediaError, SourceError
from media.formats import format_of
from media.locator import encode_path, path_from_uri
from media.media_type import HEAD_BYTES, recognise
from media.record import Entry, Problem, far_time


class FileSource:
    """A single file, and its members: its folder, of which only this one name is seen."""

    def __init__(self, path: str | Path, *, selection: Selection | None = None) -> None:
        self.path = os.path.realpath(path)
        self.locator = encode_path(os.path.basename(self.path))
        self._folder = FolderSource(os.path.dirname(self.path))
        self._selection = selection or Selection()

    @classmethod
    def from_ref(cls, ref: SourceRef) -> "FileSource":
        return cls(path_from_uri(ref.uri))

    @property
    def ref(self) -> SourceRef:
        return SourceRef(Path(self.path).as_uri(), self._kind())

    def _kind(self) -> SourceKind:
        """Return what kind of container it is, if any."""
        try:
            with self._folder.open(self.locator) as opened:
                found = recognise(opened.stream.read(HEAD_BYTES), os.path.basename(self.path))
                container = open_container(opened.stream, found, self.locator)
        except (MediaError, OSError):
            return "file"
        return format_of(container.media_type).source_kind if container else "file"

    def entries(self) -> Iterator[Entry | Problem]:
        if not os.path.exists(self.path):
            raise SourceError(
                f"{self.path}: no such file", "Check the path, or mount the disk that holds it."
            )
        if self._selection.takes(self.locator):
            with self._folder.open(self.locator) as opened:
                yield opened.entry
                if strange := far_time(self.locator, "list", opened.entry.modified_ns):
                    yield strange

    def open(self, locator: str) -> AbstractContextManager[Opened]:
        return self._folder.open(locator)

    def presence(self, locator: str) -> Presence:
        return self._folder.presence(locator)
