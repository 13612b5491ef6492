"""An object as a seekable file. It is read by ranges, partly ahead, and keeps a limited part of it in memory."""

import io
from collections import OrderedDict

from media.archives.stores.patience import Patience, Trial
from media.archives.stores.store import Changed, Passing, Store, Stored

FIRST_BYTES = 256 << 10
"""The bytes of the first request for an object that is read whole: enough for most pages and pictures."""
JUMP_BYTES = 64 << 10
"""The bytes of a request after a jump: enough for a directory, a header or a page."""
BLOCK_BYTES = 2 << 20
"""The most bytes of a request in sequential reading. More would save requests, but would read more beyond the end of a
worker's part. Outside a store's own network, bytes cost more than requests."""
_GROWTH = 4
_BLOCKS = 3
"""The most bytes kept, for reading alternately in a ZIP's directory and its members."""
_CUT_SHORT = ("its bytes end before their end", "Scan again; if it stays so, look at the store or a proxy.")


class RangeFile(io.RawIOBase):
    """The bytes of an object, all from the version that existed when it was opened.

    A read returns all requested bytes, or all that the object has.

    :raises media.archives.stores.store.StoreError: at any read; :class:`Changed` if the object has been
        overwritten since.
    """

    def __init__(self, store: Store, key: str, patience: Patience, first_bytes: int = FIRST_BYTES) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._patience = patience
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._position = 0
        self._next = 0
        """Where the last fetched block ends: a read from there is sequential, any other is a jump."""
        self._window = first_bytes
        self.stored: Stored | None = None
        self._fetch(0, first_bytes)

    @property
    def described(self) -> Stored:
        """The store's description of the object when it was opened."""
        assert self.stored is not None  # noqa: S101 - __init__ has fetched
        return self.stored

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.described.byte_size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self.described.byte_size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        parts: list[bytes] = []
        while wanted:
            part = self._some(wanted)
            parts.append(part)
            self._position += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._blocks.clear()
        super().close()

    def _some(self, wanted: int) -> bytes:
        """Return the bytes from here to the end of the block, at least one."""
        for start, block in reversed(self._blocks.items()):
            at = self._position - start
            if 0 <= at < len(block):
                self._blocks.move_to_end(start)
                return block[at : at + wanted]
        if 0 <= self._position - self._next <= JUMP_BYTES:
            self._window = min(self._window * _GROWTH, BLOCK_BYTES)
        else:
            self._window = JUMP_BYTES
        end = self._position + min(max(self._window, wanted), BLOCK_BYTES)
        held = [start for start in self._blocks if self._position < start < end]
        return self._fetch(self._position, min(held, default=end))[:wanted]

    def _fetch(self, start: int, end: int) -> bytes:
        """Fetch a block. After a response that was cut short, continue from its last byte."""
        data = bytearray()
        trial = Trial(self._patience)
        while True:
            had = len(data)
            try:
                self._fetch_rest(start + had, end, data)
                if self.stored is None or start + len(data) >= min(end, self.stored.byte_size):
                    break
                raise Passing(*_CUT_SHORT)
            except Passing as error:
                trial.failed(error, progressed=len(data) > had)
        self._patience.is_down = False
        block = bytes(data[: end - start])
        self._next = start + len(block)
        if block:
            self._blocks[start] = block
        while len(self._blocks) > _BLOCKS:
            self._blocks.popitem(last=False)
        return block

    def _fetch_rest(self, start: int, end: int, data: bytearray) -> None:
        wanted = end - start
        version = self.stored.version if self.stored else None
        with self._store.read(self._key, start, end, version) as part:
            if self.stored is None:
                self.stored = part.stored
            elif (part.stored.byte_size, part.stored.modified_ns) != (
                self.stored.byte_size,
                self.stored.modified_ns,
            ):
                raise Changed
            for chunk in part.chunks:
                data += chunk[:wanted]
                wanted -= min(wanted, len(chunk))
                if not wanted:
                    return
