"""The pictures of a catalogue, as matching needs them: hashes in arrays, numbered from the best to the worst."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from catalog.catalogue import Catalogue
from media.fingerprints.local import BLOB_BYTES, BLOBS_VERSION, Blobs
from media.fingerprints.perceptual import DHASH_VERSION, PHASH_VERSION
from media.matching.images import Picture, WholeHashes
from media.matching.part_index import PartIndex

Grey = npt.NDArray[np.uint8]
"""(height, width)"""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Every picture that a record of the archive still holds. Its number says its merit, 0 being the best:
    with an embedded caption, with much information, larger, of more bytes, older."""

    pictures: list[Picture]
    hashes: WholeHashes
    captioned: npt.NDArray[np.bool_]
    number: dict[str, int]
    """By digest."""

    def __len__(self) -> int:
        return len(self.pictures)


_SELECT = """
SELECT i.sha256, i.width_px, i.height_px, i.information, i.pixels_sha256,
    coalesce(i.caption, '') <> '' AS captioned, p.value AS phash, d.value AS dhash,
    max(r.byte_size) AS byte_size, min(r.modified_ns) AS modified_ns
FROM images i
JOIN fingerprints p ON p.image_sha256 = i.sha256 AND p.method = 'phash' AND p.version = ?
JOIN fingerprints d ON d.image_sha256 = i.sha256 AND d.method = 'dhash' AND d.version = ?
JOIN records r ON r.sha256 = i.sha256 AND r.missing_since IS NULL
GROUP BY i.sha256
ORDER BY captioned DESC, i.information DESC, i.width_px * i.height_px DESC, byte_size DESC,
    coalesce(modified_ns, 9e18), i.sha256
"""


def picture_rows(catalogue: Catalogue) -> Iterator[sqlite3.Row]:
    """All pictures with fingerprints of this version, from the best to the worst; those of an older one wait until
    they are read again."""
    return catalogue.rows(_SELECT, (PHASH_VERSION, DHASH_VERSION))


def load_pictures(catalogue: Catalogue) -> Pictures:
    """All pictures (:func:`picture_rows`)."""
    pictures: list[Picture] = []
    phashes: list[bytes] = []
    dhashes: list[bytes] = []
    captioned: list[bool] = []
    for row in picture_rows(catalogue):
        pictures.append(
            Picture(
                row["sha256"], row["width_px"], row["height_px"], row["information"], row["pixels_sha256"]
            )
        )
        phashes.append(row["phash"])
        dhashes.append(row["dhash"])
        captioned.append(bool(row["captioned"]))
    low = [picture.information == "low" for picture in pictures]
    return Pictures(
        pictures,
        WholeHashes.of(phashes, dhashes, low),
        np.array(captioned, dtype=bool),
        {picture.sha256: number for number, picture in enumerate(pictures)},
    )


def load_thumbnail(catalogue: Catalogue, sha256: str) -> Grey | None:
    """The grey levels of a picture's thumbnail; None where there is none."""
    row = catalogue.db.execute("SELECT webp FROM thumbnails WHERE image_sha256 = ?", [sha256]).fetchone()
    return open_thumbnail(row[0]) if row else None


def open_thumbnail(webp: bytes) -> Grey | None:
    """The grey levels of a thumbnail; None where a catalogue was damaged and it is none."""
    decoded = cv2.imdecode(np.frombuffer(webp, dtype=np.uint8), cv2.IMREAD_GRAYSCALE) if webp else None
    return None if decoded is None else np.asarray(decoded, dtype=np.uint8)


def best_first(pictures: Pictures, component: list[int], framed: dict[int, bool]) -> list[int]:
    """The order in which connected pictures are to be keepers: as numbered, but framed copies later."""

    def merit(number: int) -> tuple[bool, bool, bool, int]:
        low = bool(pictures.hashes.low[number])
        return not pictures.captioned[number], low, framed.get(number, False), number

    return sorted(component, key=merit)


def load_blobs(catalogue: Catalogue, sha256: str) -> Blobs | None:
    """The local features of a picture; None where it was read without."""
    row = catalogue.db.execute(
        "SELECT value FROM fingerprints WHERE image_sha256 = ? AND method = 'blobs' AND version = ?",
        [sha256, BLOBS_VERSION],
    ).fetchone()
    return Blobs.from_bytes(row[0]) if row else None


def load_part_index(catalogue: Catalogue, pictures: Pictures, wanted: npt.NDArray[np.int64]) -> PartIndex:
    """The local features of these pictures (numbers, ascending), ready to be looked up."""
    among = set(wanted.tolist())
    codes: dict[int, bytes] = {}
    for row in catalogue.rows(
        "SELECT image_sha256, value FROM fingerprints WHERE method = 'blobs' AND version = ?",
        (BLOBS_VERSION,),
    ):
        number = pictures.number.get(row["image_sha256"])
        if number in among and number is not None:
            codes[number] = row["value"][: 8 * (len(row["value"]) // BLOB_BYTES)]
    numbers = sorted(codes)
    joined = np.frombuffer(b"".join(codes[number] for number in numbers), dtype=">u8").astype(np.uint64)
    counts = [len(codes[number]) // 8 for number in numbers]
    return PartIndex(joined, np.repeat(np.array(numbers, dtype=np.int64), counts))
