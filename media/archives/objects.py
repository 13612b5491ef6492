"""An archive in an object store: the objects below an address, or one object, read by ranges.

A locator is the object's key behind the address, as a file's is its path behind its folder. Nothing is
written, nothing is copied here, and no more is read than is asked for.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import BinaryIO, cast

from media.archives.container import JUNK
from media.archives.folder import Selection
from media.archives.open_container import open_container, open_within
from media.archives.source import Opened, Presence, SourceKind, SourceRef
from media.archives.stores.address import Address, read_address
from media.archives.stores.open_store import open_store
from media.archives.stores.patience import Patience
from media.archives.stores.ranges import FIRST_BYTES, JUMP_BYTES, RangeFile
from media.archives.stores.store import Archived, Denied, Gone, NoStore, Store, Stored, StoreError, Unlisted
from media.errors import MediaError, MissingError, SourceError
from media.formats import format_of
from media.locator import decode_path, encode_path
from media.media_type import HEAD_BYTES, recognise
from media.record import Entry, Problem

_MEMBER_MARK = re.compile(r"[!#]")
_NOTHING = ("there is nothing at this address", "Check it; names are told apart by case.")
_FIRST_SECONDS = 5.0
"""For how long an address that a person has just given is tried."""


@cache
def _patience(scheme: str, host: str) -> Patience:
    """Return what this process has for a store: one that is down is so for all that is read of it."""
    return Patience()


class ObjectSource:
    """The objects of a store below an address that ends with a slash, or the one object at another."""

    def __init__(
        self,
        address: Address,
        *,
        kind: SourceKind | None = None,
        selection: Selection | None = None,
        without: Collection[str] = (),
        below: str = "",
    ) -> None:
        """:param kind: what it is known to be; None: found out when it is asked for.
        :param without: addresses that are left out: other sources; one ending with a slash with all below it.
        :param below: only this part of it (a locator), the rest being taken as unchanged.
        """
        self.address = address
        self.selection = selection or Selection()
        self.below = below
        self._known_kind = kind
        self._without = tuple(without)
        self._patience = _patience(address.scheme, address.host)

    @classmethod
    def from_ref(cls, ref: SourceRef) -> "ObjectSource":
        return cls(read_address(ref.uri), kind=ref.kind)

    @property
    def ref(self) -> SourceRef:
        return SourceRef(str(self.address), self._kind)

    @property
    def is_folder(self) -> bool:
        return not self.address.path or self.address.path.endswith("/")

    @cached_property
    def _store(self) -> Store:
        return open_store(self.address)

    @cached_property
    def _prefix(self) -> str:
        """What the key of every record begins with."""
        root = self._store.root
        if not self.is_folder:
            return root.removesuffix(self.address.name)
        return root if not root or root.endswith("/") else root + "/"

    @cached_property
    def _kind(self) -> SourceKind:
        if self._known_kind is not None:
            return self._known_kind
        if self.is_folder:
            return "folder"
        locator = encode_path(self.address.name)
        try:
            with self.open(locator) as opened:
                found = recognise(opened.stream.read(HEAD_BYTES), self.address.name)
                container = open_container(opened.stream, found, locator)
        except MediaError:
            return "file"
        return format_of(container.media_type).source_kind if container else "file"

    def entries(self) -> Iterator[Entry | Problem]:
        try:
            if self.is_folder and not self.below:
                yield from self._listed(self._prefix)
            elif self.is_folder:
                yield from self._part()
            elif self.selection.takes(encode_path(self.address.name)):
                stored = self._stat(encode_path(self.address.name))
                yield _entry(encode_path(self.address.name), stored)
        except StoreError as error:
            raise SourceError(f"{self.address}: {error.reason}", error.remedy) from error

    def _part(self) -> Iterator[Entry | Problem]:
        """Yield what is at and below a locator: a key may be an object, and the beginning of others."""
        try:
            itself = self._stat(self.below)
        except Gone:
            yield from self._listed(self._key(self.below) + "/")
            return
        if self.selection.takes(self.below):
            yield _entry(self.below, itself)
        try:
            yield from self._listed(self._key(self.below) + "/")
        except Gone:
            return

    def _listed(self, prefix: str) -> Iterator[Entry | Problem]:
        found = False
        for each in self._store.objects(prefix, self._patience):
            found = True
            if isinstance(each, Unlisted):
                locator = self._locator(each.key)
                yield Problem(locator, "list", each.error.reason, each.error.remedy)
            elif each.key == self._prefix and each.byte_size:
                reason = "it is named as the folder that it is in, and cannot be told from it"
                yield Problem(".", "list", reason, "Give it another name in the store.")
            elif self._takes(each):
                yield _entry(self._locator(each.key), each)
        if not found:
            raise Gone(*_NOTHING)

    def _takes(self, stored: Stored) -> bool:
        if stored.key.endswith("/") and not stored.byte_size:
            return False  # how consoles and other programs make a folder
        locator = self._locator(stored.key)
        return not self._is_elsewhere(locator) and self._is_wanted(locator)

    def _is_wanted(self, locator: str) -> bool:
        names = locator.split("/")
        if not JUNK.isdisjoint(names) or any(name.startswith("._") for name in names):
            return False
        return not self._is_below_excluded(locator) and self.selection.takes(locator)

    def _is_elsewhere(self, locator: str) -> bool:
        """Return whether another source has it."""
        if not self._without:
            return False
        address = str(self.address) + decode_path(locator)
        return any(
            address == each or (each.endswith("/") and address.startswith(each)) for each in self._without
        )

    def _is_below_excluded(self, locator: str) -> bool:
        if not self.selection.exclude:
            return False
        at = locator.find("/", len(self.below) + 1 if self.below else 0)
        while at >= 0:
            if self.selection.excludes(locator[:at]):
                return True
            at = locator.find("/", at + 1)
        return False

    @contextmanager
    def open(self, locator: str) -> Iterator[Opened]:
        """Open an object, or a member of a container by its locator."""
        with self._open_around(locator) as opened:
            if opened.entry.locator == locator:
                yield opened
            else:
                with open_within(opened, locator) as member:
                    yield member

    @contextmanager
    def _open_around(self, locator: str) -> Iterator[Opened]:
        """Give the object at a locator, or else the container that holds it."""
        marks = _member_marks(locator)
        error: StoreError | None = None
        for at in (len(locator), *marks):
            try:
                file = RangeFile(
                    self._store, self._key(locator[:at]), self._patience, JUMP_BYTES if marks else FIRST_BYTES
                )
            except (Gone, Denied) as failed:
                # Who may not list a bucket is denied what is not there: the container may be there yet.
                error = failed if error is None or not isinstance(failed, Gone) else error
                continue
            with file:
                yield Opened(cast("BinaryIO", file), _entry(locator[:at], file.described))
            return
        raise error or Gone("no object can have this name", "Scan again.")

    def presence(self, locator: str) -> Presence:
        if self._is_elsewhere(locator):
            return "gone"
        if not self._is_wanted(locator):
            return "unknown"  # it was left out: to ask for it would cost a request for each such record
        try:
            self._stat(locator)
        except Archived:
            return "there"
        except Gone:
            return self._presence_within(locator) if _member_marks(locator) else self._gone()
        except StoreError:
            return "unknown"
        return "there"

    def _presence_within(self, locator: str) -> Presence:
        try:
            with self.open(locator):
                return "there"
        except StoreError as error:
            return self._gone() if isinstance(error, Gone) else "unknown"
        except MissingError:
            return "gone"
        except MediaError:
            return "there"

    def _gone(self) -> Presence:
        """Return what it means that an object is not found: nothing, where the whole archive is not."""
        return "gone" if self._answers else "unknown"

    @cached_property
    def _answers(self) -> bool:
        """Whether anything is at the address at all."""
        if not self.is_folder:
            return True
        try:
            return next(iter(self._store.objects(self._prefix, self._patience)), None) is not None
        except StoreError:
            return False

    def _stat(self, locator: str) -> Stored:
        return self._patience.run(lambda: self._store.stat(self._key(locator)))

    def _key(self, locator: str) -> str:
        return self._prefix + decode_path(locator)

    def _locator(self, key: str) -> str:
        return encode_path(key[len(self._prefix) :])


def _member_marks(locator: str) -> list[int]:
    """Return where in a locator the name of a container may end."""
    return [match.start() for match in _MEMBER_MARK.finditer(locator) if match.start()]


def _entry(locator: str, stored: Stored) -> Entry:
    return Entry(locator, stored.byte_size, stored.modified_ns)


def settle_address(address: Address) -> Address:
    """Return the address as it is recorded, once something is found there: a folder's ends with a slash.

    Without a slash it means the object of that name; what is below the name, where there is no such
    object, or an empty one as some programs make folders of.

    :raises SourceError: nothing is there, or the store does not answer or does not let us.
    """
    try:
        return _settle(address, Patience(_FIRST_SECONDS))
    except Gone as error:
        raise SourceError(f"{address}: {_NOTHING[0]}", _NOTHING[1]) from error
    except StoreError as error:
        raise SourceError(f"{address}: {error.reason}", error.remedy) from error


def _settle(address: Address, patience: Patience) -> Address:
    refused: StoreError | None = None
    is_empty = False
    if address.path and not address.path.endswith("/"):
        store = open_store(address)
        try:
            is_empty = not patience.run(lambda: store.stat(store.root)).byte_size
        except Archived:
            return address
        except (Gone, Denied) as error:
            refused = error
        else:
            if not is_empty:
                return address
    folder = ObjectSource(address.as_folder())
    try:
        if next(folder._store.objects(folder._prefix, patience), None) is not None:
            return folder.address
    except (Gone, NoStore):
        if refused is None and not is_empty:
            raise
    if is_empty:
        return address
    raise refused or Gone(*_NOTHING)


def read_object(address: Address, most_bytes: int) -> bytes:
    """Return the whole of one object.

    :raises SourceError: it cannot be read, or is larger than ``most_bytes``.
    """
    locator = encode_path(address.name)
    try:
        with ObjectSource(address).open(locator) as opened:
            if opened.entry.byte_size > most_bytes:
                raise SourceError(f"{address}: it is over {most_bytes >> 20} MiB", "Name a smaller one.")
            return opened.stream.read()
    except Gone as error:
        raise SourceError(f"{address}: {_NOTHING[0]}", _NOTHING[1]) from error
    except StoreError as error:
        raise SourceError(f"{address}: {error.reason}", error.remedy) from error
