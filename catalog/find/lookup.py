"""Compare one picture with the catalogue, without writing to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from catalog.findings.kinds import MATCH_KINDS
from catalog.match.pictures.stored import load_thumbnail, open_thumbnail, stream_blobs
from catalog.store.catalogue import Catalogue
from media.matching.pictures.pairs import (
    LOW_RADIUS_BITS,
    NEGATIVES,
    RADIUS_BITS,
    TURNED_RADIUS_BITS,
    Picture,
    WholeHashes,
    negated,
)
from media.matching.pictures.part_blobs import Portion
from media.matching.pictures.part_index import find_parts_of
from media.matching.pictures.resolve import Resolver
from media.matching.pictures.verdicts import ImageMatch
from media.matching.pictures.verify import Layers
from media.pictures.image import Image
from media.pictures.local_features import BLOBS_VERSION, Blobs
from media.pictures.phash import DHASH_VERSION, PHASH_VERSION

LOOKED_AT = 40
"""The number of candidates verified, the most similar first."""
_READ_AT_ONCE = 5000
_WHOLE = ("same-bytes", "same-pixels", "near")
_KINDS = MATCH_KINDS.names


@dataclass(frozen=True, slots=True)
class Found:
    """A picture that matches, by its digest, with the evidence."""

    sha256: str
    kind: str
    distance_bits: int | None
    aligned_similarity: float | None
    transform: str | None
    """JSON, as in image_matches: how the found picture (right) shows the given one (left)."""


def find_picture(catalogue: Catalogue, image: Image) -> list[Found]:
    """Return pictures of the catalogue that show what ``image`` shows, the most similar first.

    If a picture shows all of it, the matches of that picture are compared, too. Only if no picture does, the local
    features of the whole catalogue are searched for parts.
    """
    found = [
        Found(row["sha256"], "same-bytes", 0, 1.0, None)
        for row in catalogue.rows("SELECT sha256 FROM images WHERE sha256 = ?", (image.sha256,))
    ]
    alike = _likeliest(_look_alikes(catalogue, image), {image.sha256})
    found += _verify(catalogue, image, alike)
    wholes = [each.sha256 for each in found if each.kind in _WHOLE]
    others = _matched_with(catalogue, wholes) if wholes else _sharing_blobs(catalogue, image)
    found += _verify(catalogue, image, _likeliest(others, {image.sha256, *alike})[: LOOKED_AT - len(alike)])
    return sorted(
        found, key=lambda each: (_KINDS.index(each.kind), -(each.aligned_similarity or 0.0), each.sha256)
    )


def _likeliest(pictures: Iterable[tuple[str, float]], known: set[str]) -> list[str]:
    """Return at most :data:`LOOKED_AT` of the pictures that were not compared yet, the most similar first."""
    likely: dict[str, float] = {}
    for sha256, likelihood in pictures:
        if sha256 not in known:
            likely[sha256] = max(likelihood, likely.get(sha256, likelihood))
    return sorted(likely, key=lambda sha256: (-likely[sha256], sha256))[:LOOKED_AT]


def _matched_with(catalogue: Catalogue, digests: list[str]) -> Iterator[tuple[str, float]]:
    """Return the pictures that the scan matched with any of these, and how similar they are."""
    marks = ",".join("?" * len(digests))
    for row in catalogue.rows(
        f"SELECT left_sha256 AS sha256, aligned_similarity AS likeness FROM image_matches"
        f" WHERE right_sha256 IN ({marks}) UNION ALL"
        f" SELECT right_sha256, aligned_similarity FROM image_matches WHERE left_sha256 IN ({marks})",
        (*digests, *digests),
    ):
        yield row["sha256"], float(row["likeness"])


def _look_alikes(catalogue: Catalogue, image: Image) -> Iterator[tuple[str, float]]:
    """Return the pictures with a similar hash."""
    shown = np.frombuffer(_value(image, "phash"), dtype=">u8").astype(np.uint64)
    asked = np.concatenate([shown, negated(shown[: len(NEGATIVES)])])
    limits = np.array([RADIUS_BITS, *[TURNED_RADIUS_BITS] * (len(asked) - 1)])
    near: list[tuple[str, int]] = []
    cursor = catalogue.db.conn.execute(
        "SELECT image_sha256, value FROM fingerprints WHERE method = 'phash' AND version = ?", [PHASH_VERSION]
    )
    while rows := cursor.fetchmany(_READ_AT_ONCE):
        joined = b"".join([value[:8] for _, value in rows])
        distances = np.bitwise_count(np.frombuffer(joined, dtype=">u8")[:, None] ^ asked[None, :])
        found = np.flatnonzero((distances <= limits).any(axis=1)).tolist()
        near += [(rows[row][0], int(distances[row].min())) for row in found]
    low = _of_little_information(catalogue, [sha256 for sha256, _ in near])
    for sha256, bits in near:
        if image.information == "low" or sha256 in low:
            bits = max(bits, _dhash_distance(catalogue, image, sha256))
            if bits > LOW_RADIUS_BITS:
                continue
        yield sha256, 100.0 - bits


def _of_little_information(catalogue: Catalogue, digests: list[str]) -> set[str]:
    return {
        sha256
        for start in range(0, len(digests), 500)
        for (sha256,) in catalogue.db.conn.execute(
            "SELECT sha256 FROM images WHERE information = 'low'"
            f" AND sha256 IN ({','.join('?' * len(digests[start : start + 500]))})",
            digests[start : start + 500],
        )
    }


def _dhash_distance(catalogue: Catalogue, image: Image, sha256: str) -> int:
    row = catalogue.db.conn.execute(
        "SELECT value FROM fingerprints WHERE image_sha256 = ? AND method = 'dhash' AND version = ?",
        [sha256, DHASH_VERSION],
    ).fetchone()
    if row is None:
        return 64
    return (int.from_bytes(row[0]) ^ int.from_bytes(_value(image, "dhash"))).bit_count()


def _sharing_blobs(catalogue: Catalogue, image: Image) -> Iterator[tuple[str, float]]:
    """Return the pictures that share local features with it, and how many."""
    value = next((each.value for each in image.fingerprints if each.method == "blobs"), None)
    if not value:
        return
    digests: list[str] = []

    def stream() -> Iterator[Portion]:
        digests.clear()  # each time it streams past, the pictures have the same numbers
        for some, values in stream_blobs(catalogue):
            yield Portion(np.arange(len(digests), len(digests) + len(some)), values)
            digests.extend(some)

    for found in find_parts_of(Portion(np.array([_ASKED]), [value]), stream, range(8)):
        for number, votes in zip(found.left.tolist(), found.votes.tolist(), strict=True):
            yield digests[number], float(votes)


_ASKED = (1 << 30) - 1
"""The number of the given picture, above all numbers of the catalogue."""


def _verify(catalogue: Catalogue, image: Image, digests: list[str]) -> Iterator[Found]:
    rows = {
        row["sha256"]: row
        for row in catalogue.rows(
            "SELECT i.sha256, i.width_px, i.height_px, i.information, i.pixels_sha256, p.value AS phash,"
            " d.value AS dhash, b.value AS blobs FROM images i"
            " JOIN fingerprints p ON p.image_sha256 = i.sha256 AND p.method = 'phash' AND p.version = ?"
            " JOIN fingerprints d ON d.image_sha256 = i.sha256 AND d.method = 'dhash' AND d.version = ?"
            " LEFT JOIN fingerprints b ON b.image_sha256 = i.sha256 AND b.method = 'blobs' AND b.version = ?"
            f" WHERE i.sha256 IN ({','.join('?' * len(digests))})",
            (PHASH_VERSION, DHASH_VERSION, BLOBS_VERSION, *digests),
        )
    }
    others = [rows[sha256] for sha256 in digests if sha256 in rows]
    pictures = [
        Picture(image.sha256, image.width_px, image.height_px, image.information, image.pixels_sha256)
    ]
    pictures += [
        Picture(row["sha256"], row["width_px"], row["height_px"], row["information"], row["pixels_sha256"])
        for row in others
    ]
    hashes = WholeHashes.of(
        [_value(image, "phash"), *(row["phash"] for row in others)],
        [_value(image, "dhash"), *(row["dhash"] for row in others)],
        [picture.information == "low" for picture in pictures],
    )

    def load(number: int) -> Layers | None:
        thumbnail = (
            (open_thumbnail(image.thumbnail) if image.thumbnail else None)
            if number == 0
            else load_thumbnail(catalogue, pictures[number].sha256)
        )
        return None if thumbnail is None else Layers(thumbnail.astype(np.float32))

    def load_blobs(number: int) -> Blobs | None:
        value = (
            next((each.value for each in image.fingerprints if each.method == "blobs"), None)
            if number == 0
            else others[number - 1]["blobs"]
        )
        return Blobs.from_bytes(value) if value is not None else None

    resolver = Resolver(pictures, hashes, load, load_blobs)
    for number in range(1, len(pictures)):
        match: ImageMatch | None = resolver.match(0, number, range(8))
        if match is not None:
            yield Found(
                pictures[number].sha256,
                match.kind,
                match.distance_bits,
                match.aligned_similarity,
                match.transform.as_json(),
            )


def _value(image: Image, method: str) -> bytes:
    return next(each.value for each in image.fingerprints if each.method == method)
