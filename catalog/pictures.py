"""The pictures of a catalogue, as matching needs them: hashes in arrays, numbered from the best to the worst."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from catalog.catalogue import Catalogue
from media.fingerprints.local import BLOB_BYTES, BLOBS_VERSION, Blobs
from media.fingerprints.perceptual import DHASH_VERSION, PHASH_VERSION
from media.matching.images import Picture, WholeHashes
from media.matching.part_blobs import Portion

Grey = npt.NDArray[np.uint8]
"""(height, width)"""
Digests = npt.NDArray[np.bytes_]
"""64 hexadecimal digits each; empty for none."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Every picture that a record of the archive still holds, in arrays. Its number says its merit, 0 being the best:
    with an embedded caption, with much information, larger, of more bytes, older."""

    hashes: WholeHashes
    captioned: npt.NDArray[np.bool_]
    sizes_px: npt.NDArray[np.int32]
    """(n, 2): width and height."""
    _pixels: Digests
    _digests: Digests
    """Ascending."""
    _place: npt.NDArray[np.int64]
    """Of each picture among the digests."""
    _number: npt.NDArray[np.int64]
    """Of the picture with each digest."""

    def __len__(self) -> int:
        return len(self._digests)

    def sha256(self, number: int) -> str:
        """The digest of a picture."""
        return bytes(self._digests[self._place[number]]).decode()

    def locate(self, digests: Sequence[str]) -> npt.NDArray[np.int64]:
        """The number of the picture with each digest, or -1 where there is none."""
        asked = np.array(digests, dtype="S64")
        if not len(self) or not len(asked):
            return np.full(len(asked), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._digests, asked), len(self) - 1)
        return np.where(self._digests[place] == asked, self._number[place], -1)

    def number(self, sha256: str) -> int | None:
        """The number of a picture, if there is one."""
        found = int(self.locate((sha256,))[0])
        return None if found < 0 else found

    def take(self, numbers: Sequence[int]) -> "Chosen":
        """Some of them, whole."""
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
            self.captioned[rows],
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """A few of the pictures, numbered anew from the best to the worst."""

    pictures: list[Picture]
    hashes: WholeHashes
    captioned: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pictures)


_SELECT = """
SELECT i.sha256, i.width_px, i.height_px, i.information = 'low', coalesce(i.pixels_sha256, ''),
    coalesce(i.caption, '') <> '', p.value, d.value, r.byte_size, coalesce(r.modified_ns, 1 << 62)
FROM images i
JOIN fingerprints p ON p.image_sha256 = i.sha256 AND p.method = 'phash' AND p.version = ?
JOIN fingerprints d ON d.image_sha256 = i.sha256 AND d.method = 'dhash' AND d.version = ?
JOIN (SELECT sha256, max(coalesce(byte_size, -1)) AS byte_size, min(modified_ns) AS modified_ns FROM records
    WHERE missing_since IS NULL AND sha256 IS NOT NULL GROUP BY sha256) r ON r.sha256 = i.sha256
"""
_ROWS_AT_ONCE = 5000


def load_pictures(catalogue: Catalogue) -> Pictures:
    """All pictures with fingerprints of this version; those of an older one wait until they are read again."""
    parts: list[tuple[npt.NDArray[Any], ...]] = [_columns([])]
    cursor = catalogue.db.conn.execute(_SELECT, (PHASH_VERSION, DHASH_VERSION))
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        parts.append(_columns(rows))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    digests, sizes_px, low, pixels, captioned, phash, dhash, byte_size, modified_ns = columns
    area = sizes_px[:, 0].astype(np.int64) * sizes_px[:, 1]
    best_first = np.lexsort((digests, modified_ns, -byte_size, -area, low, ~captioned))
    by_digest = np.argsort(digests)
    number = np.empty(len(digests), dtype=np.int64)
    number[best_first] = np.arange(len(digests))
    place = np.empty_like(number)
    place[number[by_digest]] = np.arange(len(digests))
    return Pictures(
        WholeHashes(phash[best_first], dhash[best_first], low[best_first]),
        captioned[best_first],
        sizes_px[best_first],
        pixels[best_first],
        digests[by_digest],
        place,
        number[by_digest],
    )


def _columns(rows: list[tuple[Any, ...]]) -> tuple[npt.NDArray[Any], ...]:
    digests, widths, heights, low, pixels, captioned, phashes, dhashes, byte_size, modified_ns = (
        zip(*rows, strict=True) if rows else ((),) * 10
    )
    return (
        np.array(digests, dtype="S64"),
        np.array([widths, heights], dtype=np.int32).T,
        np.array(low, dtype=bool),
        np.array(pixels, dtype="S64"),
        np.array(captioned, dtype=bool),
        np.frombuffer(b"".join(phashes), dtype=">u8").astype(np.uint64).reshape(-1, 8),
        np.frombuffer(b"".join(dhashes), dtype=">u8").astype(np.uint64),
        np.array(byte_size, dtype=np.int64),
        np.array(modified_ns, dtype=np.int64),
    )


def load_thumbnail(catalogue: Catalogue, sha256: str) -> Grey | None:
    """The grey levels of a picture's thumbnail; None where there is none."""
    row = catalogue.db.execute("SELECT webp FROM thumbnails WHERE image_sha256 = ?", [sha256]).fetchone()
    return open_thumbnail(row[0]) if row else None


def open_thumbnail(webp: bytes) -> Grey | None:
    """The grey levels of a thumbnail; None where a catalogue was damaged and it is none."""
    decoded = cv2.imdecode(np.frombuffer(webp, dtype=np.uint8), cv2.IMREAD_GRAYSCALE) if webp else None
    return None if decoded is None else np.asarray(decoded, dtype=np.uint8)


def best_first(chosen: Chosen, framed: Sequence[bool]) -> list[int]:
    """The order in which connected pictures are to be keepers: as numbered, but framed copies later."""

    def merit(number: int) -> tuple[bool, bool, bool, int]:
        low = bool(chosen.hashes.low[number])
        return not chosen.captioned[number], low, framed[number], number

    return sorted(range(len(chosen)), key=merit)


def load_blobs(catalogue: Catalogue, sha256: str) -> Blobs | None:
    """The local features of a picture; None where it was read without."""
    value = load_value(catalogue, sha256)
    return None if value is None else Blobs.from_bytes(value)


def load_portion(catalogue: Catalogue, digests: Sequence[str]) -> Portion:
    """The local features of some pictures, numbered in the order given."""
    values = {each: load_value(catalogue, each) for each in digests}
    return Portion(
        np.array([number for number, each in enumerate(digests) if values[each]], dtype=np.int64),
        [value for value in values.values() if value],
    )


def load_value(catalogue: Catalogue, sha256: str) -> bytes | None:
    """The local features of a picture as stored; None where it was read without."""
    row = catalogue.db.execute(
        "SELECT value FROM fingerprints WHERE image_sha256 = ? AND method = 'blobs' AND version = ?",
        [sha256, BLOBS_VERSION],
    ).fetchone()
    return bytes(row[0]) if row else None


def stream_blobs(catalogue: Catalogue) -> Iterator[tuple[list[str], list[bytes]]]:
    """The local features of all pictures as stored, some digests with their values at a time."""
    cursor = catalogue.db.conn.execute(
        "SELECT image_sha256, value FROM fingerprints WHERE method = 'blobs' AND version = ?", [BLOBS_VERSION]
    )
    while rows := cursor.fetchmany(_PICTURES_AT_ONCE):
        digests, values = zip(*rows, strict=True)
        yield list(digests), list(values)


_PICTURES_AT_ONCE = 800


class PartStream:
    """The local features of some pictures, to be gone through again and again.

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
        """All of it, always in the same order."""
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
