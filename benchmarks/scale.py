"""What matching costs in large catalogues: the hash join and the feature index, with planted pairs.

    python -m benchmarks.scale whole --pictures 1000000
    python -m benchmarks.scale parts --pictures 100000 [--orientations 2]
    python -m benchmarks.scale asking --pictures 100000

Hashes are random but as phashes are: half of their bits set, and drawn from a mixture, so that some bits go
together. Planted: copies whose hashes differ in 0 to 8 bits, and mirrored ones in 0 to 4; for parts, pictures that
show 40 % of another's blobs with some bits of each code flipped. Prints one JSON object: CPU seconds, peak memory,
recall of what was planted, and (on paper) what a hundred million pictures would need: memory in proportion, and
candidate pairs, whose number grows with the square.

``asking`` makes a catalogue of pictures that hold the same random features and asks it for one: whether a copy is
in it, whether a picture is that is not, and what adding one picture costs to bring the groups up to date.
"""

import argparse
import hashlib
import io
import json
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from catalog.find.lookup import find_picture
from catalog.match.pictures.duplicates import update_duplicates
from catalog.store.catalogue import Catalogue
from media.matching.pictures.pairs import RADIUS_BITS, TURNED_RADIUS_BITS, WholeHashes, WholeIndex
from media.matching.pictures.part_blobs import Portion, Stream
from media.matching.pictures.part_index import ORIENTATIONS_TRIED, find_parts
from media.pictures.image import Image
from media.pictures.local_features import BLOB_BYTES
from media.pictures.read import read_image
from media.versions import PRINT_VERSIONS

_BLOBS = 155
"""Features a picture: the mean of 1,257 photographs, edited and not."""
_LARGE = 100_000_000


def draw_phashes(random: np.random.Generator, count: int) -> npt.NDArray[np.uint64]:
    """(count, 8) hashes: 32 of 64 bits set, from 64 tendencies."""
    tendencies = random.normal(0, 0.5, (64, 64))
    hashes = np.empty((count, 8), dtype=np.uint64)
    for start in range(0, count, 20_000):
        some = min(20_000, count - start)
        level = random.normal(size=(some, 64)) + tendencies[random.integers(64, size=some)]
        bits = level > np.median(level, axis=1, keepdims=True)
        upright = np.packbits(bits, axis=1).view(">u8").astype(np.uint64).reshape(-1)
        hashes[start : start + some, 0] = upright
    for orientation in range(1, 8):  # as unlike the upright one as a mirrored photograph's
        hashes[:, orientation] = hashes[:, 0] ^ random.integers(0, 2**64, count, dtype=np.uint64)
    return hashes


def flip(random: np.random.Generator, value: int, bits: int) -> int:
    for place in random.choice(64, bits, replace=False):
        value ^= 1 << int(place)
    return value


def measure_whole(count: int, seed: int) -> dict[str, object]:
    random = np.random.default_rng(seed)
    hashes = draw_phashes(random, count)
    planted: set[tuple[int, int]] = set()
    chosen = random.permutation(count)[:2000].reshape(-1, 2)
    for number, (one, other) in enumerate(np.sort(chosen, axis=1).tolist()):
        turned = number % 4 == 3
        bits = int(random.integers(0, (TURNED_RADIUS_BITS if turned else RADIUS_BITS) + 1))
        orientation = int(random.integers(1, 5)) if turned else 0
        hashes[other, 0] = flip(random, int(hashes[one, orientation]), bits)
        planted.add((one, other))
    whole = WholeHashes(
        hashes, random.integers(0, 2**64, count, dtype=np.uint64), np.zeros(count, dtype=bool)
    )
    started = time.process_time()
    found, candidates = set(), 0
    for pairs in WholeIndex.of(whole).candidates():
        candidates += len(pairs.left)
        found |= planted & set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    seconds = time.process_time() - started
    return {
        "pictures": count,
        "cpu_seconds": round(seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "planted": len(planted),
        "recall": len(found) / len(planted),
        "candidates": candidates,
        "on_paper_for_1e8": {
            "arrays_gb": round(_LARGE * (8 * 8 + 8 + 1) / 2**30),
            "candidates": round(candidates * (_LARGE / count) ** 2),
        },
    }


def draw_codes(random: np.random.Generator, count: int) -> npt.NDArray[np.uint64]:
    """Codes in which some bits go together. Of unlike photographs 1 pair of codes in 2 ** 21.3 agrees in the bits of a
    table, and then 6 in 10 in 48 of the 64; of these 1 in 2 ** 21, and then 7 in 10.
    """
    noise = [random.integers(0, 2**64, count, dtype=np.uint64) for _ in range(2)]
    return _TENDENCIES[random.integers(32, size=count)] ^ (noise[0] & noise[1])


_TENDENCIES = np.random.default_rng(32).integers(0, 2**64, 32, dtype=np.uint64)
"""The same for all codes that are drawn, whenever."""


def draw_blobs(random: np.random.Generator, count: int) -> npt.NDArray[np.uint8]:
    """(count, bytes): fingerprints of so many pictures."""
    codes = draw_codes(random, count * _BLOBS).astype(">u8").view(np.uint8).reshape(count, -1)
    places = random.integers(0, 256, (count, 2 * _BLOBS), dtype=np.uint8)
    levels = random.integers(0, 8, (count, _BLOBS), dtype=np.uint8)
    return np.concatenate([codes, places, levels], axis=1)


def draw_archive(random: np.random.Generator, count: int, shown: Iterable[int] = ()) -> npt.NDArray[np.uint8]:
    """Return the same, drawn some at a time; of pictures that are ``shown`` the next one shows a part."""
    stored = np.empty((count, BLOB_BYTES * _BLOBS), dtype=np.uint8)
    for start in range(0, count, _DRAWN_AT_ONCE):
        stored[start : start + _DRAWN_AT_ONCE] = draw_blobs(random, min(_DRAWN_AT_ONCE, count - start))
    for number in shown:
        _plant_part(random, stored[number], stored[number + 1])
    return stored


def stream_of(stored: npt.NDArray[np.uint8]) -> Stream:
    """Return the pictures, by their rows."""

    def stream() -> Iterator[Portion]:
        for start in range(0, len(stored), _READ_AT_ONCE):
            some = stored[start : start + _READ_AT_ONCE]
            yield Portion(np.arange(start, start + len(some)), [row.tobytes() for row in some])

    return stream


def stream_file(file: IO[bytes], count: int) -> Stream:
    """Return so many pictures, by their rows, from a file, as a catalogue is one."""

    def stream() -> Iterator[Portion]:
        for start in range(0, count, _READ_AT_ONCE):
            numbers = np.arange(start, min(start + _READ_AT_ONCE, count))
            file.seek(start * BLOB_BYTES * _BLOBS)
            yield Portion(numbers, [file.read(BLOB_BYTES * _BLOBS) for _ in numbers])

    return stream


def measure_parts(count: int, seed: int, orientations: int) -> dict[str, object]:
    with tempfile.TemporaryFile() as file:
        return _measure_parts(file, count, seed, orientations)


def _measure_parts(file: IO[bytes], count: int, seed: int, orientations: int) -> dict[str, object]:
    random = np.random.default_rng(seed)
    stored = draw_archive(random, count)
    planted: set[tuple[int, int]] = set()
    chosen = random.permutation(count)[: min(1000, count // 2 * 2)].reshape(-1, 2)
    for one, other in np.sort(chosen, axis=1).tolist():
        _plant_part(random, stored[one], stored[other])
        planted.add((one, other))
    file.write(stored.data)
    archive_mb = stored.nbytes >> 20
    del stored
    started = time.process_time()
    found, candidates = set(), 0
    for pairs in find_parts(stream_file(file, count), orientations=tuple(range(orientations))):
        candidates += len(pairs.left)
        found |= planted & set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    seconds = time.process_time() - started
    return {
        "pictures": count,
        "orientations": orientations,
        "cpu_seconds": round(seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "archive_mb": archive_mb,
        "planted": len(planted),
        "recall": len(found) / len(planted),
        "candidates": candidates,
        "on_paper_for_1e8": {
            "stored_gb": round(_LARGE * _BLOBS * BLOB_BYTES / 2**30),
            "accidental_candidates": round((candidates - len(found)) * (_LARGE / count) ** 2),
        },
    }


_READ_AT_ONCE = 800
_DRAWN_AT_ONCE = 5000
_SHOWN = round(0.4 * _BLOBS)


def _plant_part(
    random: np.random.Generator, one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]
) -> None:
    """Make the other picture show 40 % of the blobs of the one, where they are; some bits of each are flipped."""
    for blob in range(_SHOWN):
        bits = min(24, int(random.gamma(1.3, 6.5)))  # of copies: median 7, one in ten over 19
        code = int.from_bytes(one[8 * blob : 8 * blob + 8].tobytes(), "big")
        other[8 * blob : 8 * blob + 8] = np.frombuffer(flip(random, code, bits).to_bytes(8, "big"), np.uint8)
        for place in (8, 9, 10):
            other[place * _BLOBS + blob] = one[place * _BLOBS + blob]


def measure_asking(count: int, seed: int) -> dict[str, object]:
    """Return the questions a person asks, of a catalogue of this many pictures."""
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder, Catalogue.open(Path(folder) / "many.db") as catalogue:
        images = [_draw_image(random, number) for number in range(2)]
        _fill(catalogue, random, count, images[0])
        figures: dict[str, object] = {"pictures": count, "catalogue_mb": catalogue.path.stat().st_size >> 20}
        for name, image in (("find_copy", images[0]), ("find_unknown", images[1])):
            started = time.process_time()
            found = find_picture(catalogue, image)
            figures[f"{name}_seconds"] = round(time.process_time() - started, 2)
            figures[f"{name}_found"] = len(found)
        catalogue.db.execute("DELETE FROM pending")
        catalogue.db.execute("INSERT INTO pending (kind, item) VALUES ('image', ?)", [_digest(count)])
        catalogue.db.conn.commit()
        started = time.process_time()
        update_duplicates(catalogue)
        figures["update_for_one_seconds"] = round(time.process_time() - started, 2)
        figures["looked_at_for_one"] = catalogue.value("SELECT count(*) FROM temp.touched")
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return figures


def _digest(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def _draw_image(random: np.random.Generator, number: int) -> Image:
    """Return a picture of noise, as read from its file."""
    noise = random.integers(0, 256, (6, 8), dtype=np.uint8)
    stored = io.BytesIO()
    Pillow.fromarray(noise).resize((640, 480), Pillow.Resampling.BICUBIC).save(stored, "PNG")
    return read_image(stored.getvalue(), sha256=hashlib.sha256(b"asked %d" % number).hexdigest())


def _fill(catalogue: Catalogue, random: np.random.Generator, count: int, copied: Image) -> None:
    """``count`` pictures of random features, and one more with those of ``copied``."""
    db = catalogue.db
    scan_id = catalogue.begin_scan({})
    db.execute("INSERT INTO sources (id, uri, kind) VALUES (1, 'file:///many', 'folder')")
    phashes = draw_phashes(random, count).astype(">u8")
    own = {each.method: each.value for each in copied.fingerprints}
    for start in range(0, count + 1, 5000):
        numbers = range(start, min(start + 5000, count + 1))
        blobs = draw_blobs(random, len(numbers))
        prints: list[tuple[str, str, int, bytes]] = []
        for row, number in enumerate(numbers):
            values = own
            if number < count:
                values = {
                    "phash": phashes[number].tobytes(),
                    "dhash": random.bytes(8),
                    "blobs": blobs[row].tobytes(),
                    "making": own["making"],
                }
            prints += [(_digest(number), each, PRINT_VERSIONS[each], value) for each, value in values.items()]
        with db.atomic():
            db.conn.executemany(
                "INSERT INTO images (sha256, format, width_px, height_px, frames, information)"
                " VALUES (?, 'JPEG', 640, 480, 1, 'normal')",
                [(_digest(number),) for number in numbers],
            )
            db.conn.executemany(
                "INSERT INTO records (source_id, locator, media_type, byte_size, sha256, first_scan_id,"
                " last_scan_id) VALUES (1, ?, 'image/jpeg', 1000, ?, ?, ?)",
                [(f"{number}.jpg", _digest(number), scan_id, scan_id) for number in numbers],
            )
            db.conn.executemany("INSERT INTO fingerprints VALUES (?, ?, ?, ?)", prints)
            db.conn.executemany(
                "INSERT INTO thumbnails VALUES (?, ?)",
                [(_digest(number), copied.thumbnail) for number in numbers],
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("whole", "parts", "asking"))
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--orientations", type=int, choices=(1, 2, 8), default=len(ORIENTATIONS_TRIED), help="for parts"
    )
    options = parser.parse_args()
    if options.what == "whole":
        figures = measure_whole(options.pictures, options.seed)
    elif options.what == "parts":
        figures = measure_parts(options.pictures, options.seed, options.orientations)
    else:
        figures = measure_asking(options.pictures, options.seed)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
