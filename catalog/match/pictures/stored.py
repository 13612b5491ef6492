"""The pictures of a catalogue for matching: hashes in arrays, numbered from the best to the worst."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from catalog.store.catalogue import Catalogue
from media.matching.pictures.pairs import Picture, WholeHashes
from media.matching.pictures.part_blobs import Portion
from media.pictures.local_features import BLOB_BYTES, BLOBS_VERSION, Blobs
from media.pictures.making import KEY_BYTES, MAKING_VERSION, Making
from media.pictures.phash import DHASH_VERSION, PHASH_VERSION
from media.pictures.raw import RAW_PREVIEW

Grey = npt.NDArray[np.uint8]
"""(height, width)"""
Digests = npt.NDArray[np.bytes_]
"""64 hexadecimal digits each; empty for none."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Every picture that a record of the archive still holds, in arrays. Its number says its merit, 0 being the best:
    whole, with an embedded caption, with much information, made with less copying (more detail, from a camera, without
    added noise, saved once, finely: :mod:`media.pictures.making`), holding more (bits, a video), of more bytes, older.
    """

    hashes: WholeHashes
    standing: npt.NDArray[np.int8]
    """The first criterion: 1 with an embedded caption, 0 without, -1 if a part of the picture is missing."""
    sizes_px: npt.NDArray[np.int32]
    """(n, 2): width and height."""
    _pixels: Digests
    _digests: Digests
    """All digests, ascending, including those of pictures that no record holds any more."""
    _place: npt.NDArray[np.int64]
    """The index of each picture among the digests."""
    _number: npt.NDArray[np.int64]
    """The number of the picture with each digest, or -1."""

    def __len__(self) -> int:
        return len(self.standing)

    def sha256(self, number: int) -> str:
        """Return the digest of a picture."""
        return bytes(self._digests[self._place[number]]).decode()

    def locate(self, digests: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the number of the picture with each digest; -1 if there is none."""
        place, known = _find(self._digests, np.array(digests, dtype="S64"))
        numbers = np.full(len(digests), -1, dtype=np.int64)
        numbers[known] = self._number[place]
        return numbers

    def number(self, sha256: str) -> int | None:
        """Return the number of a picture, if there is one."""
        found = int(self.locate((sha256,))[0])
        return None if found < 0 else found

    def take(self, numbers: Sequence[int]) -> "Chosen":
        """Return some of the pictures with all their data."""
        rows = np.array(numbers, dtype=np.int64)
        hashes = self.hashes
        low = hashes.low[rows]
        return Chosen(
            [
                Picture(
                    digest.decode(), width, height, "low" if is_low else "normal", pixels.decode() or None
                )
                for digest, (width, height), is_low, pixels in zip(
                    self._digests[self._place[rows]].tolist(),
                    self.sizes_px[rows].tolist(),
                    low.tolist(),
                    self._pixels[rows].tolist(),
                    strict=True,
                )
            ],
            WholeHashes(hashes.phash[rows], hashes.dhash[rows], low),
            self.standing[rows],
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of the pictures, renumbered from the best to the worst."""

    pictures: list[Picture]
    hashes: WholeHashes
    standing: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, numbers: Sequence[int]) -> "Chosen":
        """Return some of these pictures."""
        rows = np.array(numbers, dtype=np.int64)
        hashes = self.hashes
        return Chosen(
            [self.pictures[number] for number in numbers],
            WholeHashes(hashes.phash[rows], hashes.dhash[rows], hashes.low[rows]),
            self.standing[rows],
        )


def load_pictures(catalogue: Catalogue) -> Pictures:
    """Load all pictures with fingerprints of this version; those of an older version wait until they are read again."""
    # Table by table, put together here: a join in SQL takes six times as long.
    digests, values = _load_prints(
        catalogue, {"phash": PHASH_VERSION, "dhash": DHASH_VERSION, "making": MAKING_VERSION}
    )
    phash, dhash, making = (values[name] for name in ("phash", "dhash", "making"))
    count = len(digests)
    sizes_px, pixels = np.zeros((count, 2), np.int32), np.zeros(count, "S64")
    low, held = np.zeros(count, bool), np.zeros(count, bool)
    standing, richness = np.zeros(count, np.int8), np.zeros(count, np.int32)
    byte_size, modified_ns = np.full(count, -1), np.full(count, np.iinfo(np.int64).max)
    for columns in _columns(catalogue, _IMAGES):
        place, known = _find(digests, np.array(columns[0], dtype="S64"))
        sizes_px[place] = np.array(columns[1:3], dtype=np.int32).T[known]
        low[place] = np.array(columns[3], dtype=bool)[known]
        standing[place] = np.array(columns[4], dtype=np.int8)[known]
        richness[place] = np.array(columns[6], dtype=np.int32)[known]
        pixels[place] = np.array(columns[5], dtype="S64")[known]
    for columns in _columns(catalogue, _RECORDS):
        place, known = _find(digests, np.array(columns[0], dtype="S64"))
        held[place] = True
        np.maximum.at(byte_size, place, np.array(columns[1], dtype=np.int64)[known])
        np.minimum.at(modified_ns, place, np.array(columns[2], dtype=np.int64)[known])
    best_first = np.lexsort((np.arange(count), modified_ns, -byte_size, -richness, ~making, low, -standing))
    best_first = best_first[held[best_first]]
    number = np.full(count, -1, dtype=np.int64)
    number[best_first] = np.arange(len(best_first))
    return Pictures(
        WholeHashes(phash.reshape(-1, 8)[best_first], dhash[best_first], low[best_first]),
        standing[best_first],
        sizes_px[best_first],
        pixels[best_first],
        digests,
        best_first,
        number,
    )


_STANDING = (
    f"CASE WHEN i.damage IS NOT NULL THEN -1 WHEN i.format = '{RAW_PREVIEW}' THEN 2"
    " ELSE coalesce(i.caption, '') <> '' END"
)
"""A camera's raw file is the original of all pictures made from it, even of those with a caption."""
_RICHNESS = (
    "coalesce(i.bits, 8) + (coalesce(i.channels, '') LIKE '%alpha') + (i.profile IS NOT NULL)"
    " + 8 * json_array_length(i.extras) + 8 * (i.frames > 1)"
)
"""The data in a file besides the shown picture: of pictures of the same size, more data comes before more bytes."""
_IMAGES = (
    f"SELECT sha256, width_px, height_px, information = 'low', {_STANDING}, coalesce(pixels_sha256, ''), {_RICHNESS}"
    " FROM images i"
)
_RECORDS = (
    "SELECT sha256, coalesce(byte_size, -1), coalesce(modified_ns, 9223372036854775807) FROM records"
    " WHERE missing_since IS NULL AND sha256 IS NOT NULL"
)
_ROWS_AT_ONCE = 5000


def _columns(
    catalogue: Catalogue, sql: str, parameters: Sequence[object] = ()
) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """Yield the rows of a query, some thousand at a time."""
    cursor = catalogue.db.conn.execute(sql, parameters)
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield tuple(zip(*rows, strict=True))


def _load_prints(
    catalogue: Catalogue, versions: Mapping[str, int]
) -> tuple[Digests, dict[str, npt.NDArray[np.uint64]]]:
    """Digests, ascending, of the pictures that have all these fingerprints, and for each method its hashes, a picture's
    one after the other.
    """
    found = {method: _load_hashes(catalogue, method, version) for method, version in versions.items()}
    common = reduce(np.intersect1d, (digests for digests, _ in found.values()))
    values = {}
    for method, (digests, hashes) in found.items():
        rows = hashes.reshape(len(digests), -1) if len(digests) else hashes.reshape(0, 1)
        values[method] = rows[np.isin(digests, common, assume_unique=True)].reshape(-1)
    return common, values


def _load_hashes(catalogue: Catalogue, method: str, version: int) -> tuple[Digests, npt.NDArray[np.uint64]]:
    """Return the digests, ascending, and the hashes of each, concatenated."""
    digests: list[Digests] = [np.zeros(0, "S64")]
    values: list[bytes] = []
    for some, hashes in _columns(
        catalogue,
        f"SELECT image_sha256, {_HASHED.get(method, 'value')} FROM fingerprints WHERE method = ? AND version = ?"
        " ORDER BY image_sha256",
        (method, version),
    ):
        digests.append(np.array(some, dtype="S64"))
        values.append(b"".join(hashes))
    return np.concatenate(digests), np.frombuffer(b"".join(values), dtype=">u8").astype(np.uint64)


_HASHED = {"making": f"substr(value, 1, {KEY_BYTES})"}


def _find(digests: Digests, asked: Digests) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the positions of the values that exist, and which values these are."""
    if not len(digests):
        return np.zeros(0, np.int64), np.zeros(len(asked), bool)
    place = np.minimum(np.searchsorted(digests, asked), len(digests) - 1)
    known = digests[place] == asked
    return place[known], known


def load_thumbnail(catalogue: Catalogue, sha256: str) -> Grey | None:
    """Return the grey levels of a picture's thumbnail; None if there is none."""
    row = catalogue.db.execute("SELECT webp FROM thumbnails WHERE image_sha256 = ?", [sha256]).fetchone()
    return open_thumbnail(row[0]) if row else None


def open_thumbnail(stored: bytes) -> Grey | None:
    """Return the grey levels of a thumbnail; None if it is damaged."""
    if not stored.startswith(b"\xff\xd8\xff") and (stored[:4] != b"RIFF" or stored[8:12] != b"WEBP"):
        return None  # From a stranger, it may be in a format for which OpenCV would use another decoder.
    decoded = cv2.imdecode(np.frombuffer(stored, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    return None if decoded is None else np.asarray(decoded, dtype=np.uint8)


def best_first(chosen: Chosen, framed: Sequence[bool]) -> list[int]:
    """Return the order in which connected pictures are to be keepers: as numbered, but framed copies
    later.
    """

    def merit(number: int) -> tuple[int, bool, bool, int]:
        low = bool(chosen.hashes.low[number])
        return -int(chosen.standing[number]), low, framed[number], number

    return sorted(range(len(chosen)), key=merit)


def load_blobs(catalogue: Catalogue, sha256: str) -> Blobs | None:
    """Return the local features of a picture; None if it was read without them."""
    value = load_value(catalogue, sha256)
    return None if value is None else Blobs.from_bytes(value)


def load_making(catalogue: Catalogue, sha256: str) -> Making:
    """Return how a picture was made; what is usual if that is not known."""
    row = catalogue.db.execute(_MAKING.format("?"), [sha256]).fetchone()
    return Making.from_bytes(row[1]) if row else Making()


def load_looks(
    catalogue: Catalogue, digests: Sequence[str]
) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """Return the thumbnails, the local features and the making of pictures as stored, by their digests."""
    found: tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]] = {}, {}, {}
    for low in range(0, len(digests), 500):
        some = digests[low : low + 500]
        for kept, query in zip(found, (_THUMBNAILS, _BLOBS, _MAKING), strict=True):
            kept.update(catalogue.db.conn.execute(query.format(",".join("?" * len(some))), some).fetchall())
    return found


_THUMBNAILS = "SELECT image_sha256, webp FROM thumbnails WHERE image_sha256 IN ({})"
_BLOBS = (
    "SELECT image_sha256, value FROM fingerprints WHERE method = 'blobs'"
    f" AND version = {BLOBS_VERSION} AND image_sha256 IN ({{}})"
)
_MAKING = (
    "SELECT image_sha256, value FROM fingerprints WHERE method = 'making'"
    f" AND version = {MAKING_VERSION} AND image_sha256 IN ({{}})"
)


def load_portion(catalogue: Catalogue, digests: Sequence[str]) -> Portion:
    """Return the local features of some pictures, numbered in the order given."""
    values = {each: load_value(catalogue, each) for each in digests}
    return Portion(
        np.array([number for number, each in enumerate(digests) if values[each]], dtype=np.int64),
        [value for value in values.values() if value],
    )


def load_value(catalogue: Catalogue, sha256: str) -> bytes | None:
    """Return the local features of a picture as stored; None if it was read without them."""
    row = catalogue.db.execute(
        "SELECT value FROM fingerprints WHERE image_sha256 = ? AND method = 'blobs' AND version = ?",
        [sha256, BLOBS_VERSION],
    ).fetchone()
    return bytes(row[0]) if row else None


def stream_blobs(catalogue: Catalogue) -> Iterator[tuple[list[str], list[bytes]]]:
    """Yield the local features of all pictures as stored, some digests with their values at a time."""
    cursor = catalogue.db.conn.execute(
        "SELECT image_sha256, value FROM fingerprints WHERE method = 'blobs' AND version = ?", [BLOBS_VERSION]
    )
    while rows := cursor.fetchmany(_PICTURES_AT_ONCE):
        digests, values = zip(*rows, strict=True)
        yield list(digests), list(values)


_PICTURES_AT_ONCE = 800


class PartStream:
    """The local features of some pictures, which can be iterated several times.

    What does not take more than :data:`_KEPT_BYTES` is read from the catalogue once.
    """

    def __init__(self, catalogue: Catalogue, pictures: Pictures, wanted: npt.NDArray[np.int64]) -> None:
        """``wanted`` holds the pictures' numbers."""
        self._catalogue = catalogue
        self._pictures = pictures
        self._wanted = np.zeros(len(pictures), dtype=bool)
        self._wanted[wanted] = True
        self._kept: list[Portion] | None = None

    def __call__(self) -> Iterator[Portion]:
        """Yield all features, always in the same order."""
        if self._kept is not None:
            yield from self._kept
            return
        kept, size = list[Portion](), 0
        for digests, values in stream_blobs(self._catalogue):
            portion = self._portion(digests, values)
            yield portion
            size += len(portion.codes) * (BLOB_BYTES + portion.codes.itemsize)
            if size <= _KEPT_BYTES:
                kept.append(portion)
            else:
                kept.clear()
        if size <= _KEPT_BYTES:
            self._kept = kept

    def _portion(self, digests: list[str], values: list[bytes]) -> Portion:
        numbers = self._pictures.locate(digests)
        rows = np.flatnonzero(numbers >= 0)
        rows = rows[self._wanted[numbers[rows]]]
        return Portion(numbers[rows], [values[row] for row in rows.tolist()])


_KEPT_BYTES = 1 << 29
