"""Companions: files beside a picture that belong to it: a sidecar, the video of a live photo, a converter's settings.

A companion is moved with its picture and returns with it. It is found on the disk, whether or not the scan read it.
"""

import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from catalog.cleanup.files import Refused, enter, hash_file, locate, open_file, open_folder, split_locator
from catalog.cleanup.ledger import Planned
from catalog.cleanup.quarantine import root_path
from catalog.store.catalogue import Catalogue
from media.locator import decode_path, encode_path
from media.pictures.sidecars import Sidecar, read_sidecar, tie_companions

_FOLDERS = 1024
_NAMES = 200_000
"""The most folders and names kept in memory."""
_SIDECAR_BYTES = 1 << 20
"""The largest text or JSON file that can be the sidecar of one picture."""


class Picture(Protocol):
    """A picture's file."""

    @property
    def record_id(self) -> int | None: ...
    @property
    def source_id(self) -> int: ...
    @property
    def source_uri(self) -> str: ...
    @property
    def source_kind(self) -> str: ...
    @property
    def locator(self) -> str: ...
    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that belongs to pictures of its folder."""

    locator: str
    byte_size: int
    owners: tuple[str, ...]
    """Locators of the pictures that it belongs to."""


@dataclass(slots=True)
class _Folder:
    names: int
    companions: dict[str, list[Companion]] = field(default_factory=dict)
    """By the picture's locator."""


_NOTHING = _Folder(0)


class Companions:
    """Finds companions of pictures; keeps the latest folders in memory."""

    def __init__(self) -> None:
        self._folders: OrderedDict[tuple[str, str], _Folder] = OrderedDict()
        self._names = 0
        self._digests: dict[tuple[str, str], str | None] = {}

    def of(self, picture: Picture) -> list[Companion]:
        """Return what lies beside a picture and belongs to it, by name; nothing where its folder is out of
        reach.
        """
        key = picture.source_uri, picture.locator.rpartition("/")[0]
        folder = self._folders.get(key)
        if folder is None:
            try:
                folder = _look(root_path(picture.source_uri, picture.source_kind), picture.locator)
            except (OSError, Refused):
                folder = _NOTHING
            self._folders[key] = folder
            self._names += folder.names
            while len(self._folders) > 1 and (len(self._folders) > _FOLDERS or self._names > _NAMES):
                self._names -= self._folders.popitem(last=False)[1].names
        else:
            self._folders.move_to_end(key)
        return folder.companions.get(picture.locator, [])

    def find_twin(self, companion: Companion, picture: Picture, keeper: Picture) -> Companion | None:
        """Return what lies beside the keeper, belongs to it, and has the very bytes of the picture's
        companion.
        """
        for other in self.of(keeper):
            if other.byte_size == companion.byte_size:
                digest = self.digest(picture, companion)
                if digest is not None and digest == self.digest(keeper, other):
                    return other
        return None

    def digest(self, picture: Picture, companion: Companion) -> str | None:
        """Return the SHA-256 of a companion's present bytes; None if it cannot be read."""
        key = picture.source_uri, companion.locator
        if key not in self._digests:
            root = root_path(picture.source_uri, picture.source_kind)
            self._digests[key] = _digest(root, companion.locator)
        return self._digests[key]


def take_along(
    catalogue: Catalogue,
    companions: Companions,
    picture: Picture,
    keeper: Picture,
    group_id: int,
    leaves: Callable[[int, str], bool],
) -> Iterator[Planned]:
    """Yield the actions that move a picture's companions with it.

    :param leaves: whether the file at a source and locator goes: what belongs to one that stays, stays.
    """
    beside = companions.of(picture)
    own = {companion.locator for companion in beside}
    for companion in beside:
        if leaves(picture.source_id, companion.locator):
            continue  # It is a picture itself: its own group decides about it.
        if not all(owner in own or leaves(picture.source_id, owner) for owner in companion.owners):
            continue
        digest = companions.digest(picture, companion)
        if digest is None:
            continue
        twin = companions.find_twin(companion, picture, keeper)
        locator = twin.locator if twin else keeper.locator
        yield Planned(
            group_id,
            "same-bytes" if twin else COMPANION,
            _record_id(catalogue, picture.source_id, companion.locator),
            picture.source_id,
            picture.source_uri,
            companion.locator,
            "quarantine",
            digest,
            companion.byte_size,
            "it goes with its picture" + ("" if twin else "; nothing beside the keeper is the same"),
            keeper_record_id=_record_id(catalogue, keeper.source_id, locator),
            keeper_source_id=keeper.source_id,
            keeper_locator=locator,
            keeper_sha256=digest if twin else keeper.sha256,
            lacks=() if twin else (f"the file {companion.locator.rpartition('/')[2]} beside it",),
            freed_bytes=companion.byte_size,
            companion_of=picture.locator,
        )


COMPANION = "companion"
"""The kind of a companion without an equal beside the keeper."""


def belongs(locator: str, picture: str, descriptor: int) -> bool:
    """Return whether a file belongs to a picture of its folder, by its name and, if need be, its content."""
    if locator.rpartition("/")[0] != picture.rpartition("/")[0]:
        return False
    name, owner = (decode_path(each.rpartition("/")[2]) for each in (locator, picture))
    between = name.rpartition(".")[0]  # The sidecar of a live photo's video: a.mov.json.

    def read(name: str) -> Sidecar | None:
        with open(os.dup(descriptor), "rb") as stream:
            stream.seek(0)
            return read_sidecar(name, stream.read(_SIDECAR_BYTES))

    return owner in tie_companions((name, between, owner), read).get(name, ())


def _record_id(catalogue: Catalogue, source_id: int, locator: str) -> int | None:
    found = catalogue.value(
        "SELECT id FROM records WHERE source_id = ? AND locator = ?", (source_id, locator)
    )
    return found or None


def _look(root: str, locator: str) -> _Folder:
    above = open_folder(root)
    try:
        with enter(above, split_locator(locator)[:-1]) as folder:
            names = os.listdir(folder)
            tied = tie_companions(names, lambda name: _read(folder, name))
            return _tie(folder, locator.rpartition("/")[0], len(names), tied)
    finally:
        os.close(above)


def _tie(folder: int, at: str, names: int, tied: dict[str, tuple[str, ...]]) -> _Folder:
    found = _Folder(names)
    for name, owners in sorted(tied.items()):
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        companion = Companion(_below(at, name), status.st_size, tuple(_below(at, each) for each in owners))
        for owner in companion.owners:
            found.companions.setdefault(owner, []).append(companion)
    return found


def _below(folder: str, name: str) -> str:
    own = encode_path(name)
    return f"{folder}/{own}" if folder else own


def _read(folder: int, name: str) -> Sidecar | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return None
    with open(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _SIDECAR_BYTES:
            return None
        return read_sidecar(name, stream.read(_SIDECAR_BYTES))


def _digest(root: str, locator: str) -> str | None:
    try:
        above = open_folder(root)
        try:
            with locate(above, split_locator(locator)) as name:
                descriptor = open_file(name)
        finally:
            os.close(above)
        try:
            return hash_file(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, Refused):
        return None
