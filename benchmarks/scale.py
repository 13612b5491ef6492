"""What matching costs in large catalogues: the hash join and the feature index, with planted pairs.

    python -m benchmarks.scale whole --pictures 1000000
    python -m benchmarks.scale parts --pictures 100000

Hashes are random but as phashes are: half of their bits set, and drawn from a mixture, so that some bits go
together. Planted: copies whose hashes differ in 0 to 8 bits, and mirrored ones in 0 to 4; for parts, pictures that
show 40 % of another's blobs with some bits of each code flipped. Prints one JSON object: CPU seconds, peak memory,
recall of what was planted, and (on paper) what a hundred times as many would need.
"""

import argparse
import json
import resource
import time

import numpy as np
import numpy.typing as npt

from media.fingerprints.local import BLOB_BYTES
from media.matching.images import RADIUS_BITS, TURNED_RADIUS_BITS, WholeHashes, WholeIndex
from media.matching.part_index import PartIndex

_BLOBS = 155
"""Features a picture: the mean of 1,257 photographs, edited and not."""


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
    for pairs in WholeIndex(whole).candidates():
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
    }


def draw_codes(random: np.random.Generator, count: int) -> npt.NDArray[np.uint64]:
    """Codes in which some bits go together, as in those of photographs (2 in 2 ** 20 agree in 24 bits)."""
    tendencies = random.integers(0, 2**64, 4096, dtype=np.uint64)
    noise = [random.integers(0, 2**64, count, dtype=np.uint64) for _ in range(2)]
    return tendencies[random.integers(4096, size=count)] ^ (noise[0] & noise[1])


def measure_parts(count: int, seed: int) -> dict[str, object]:
    random = np.random.default_rng(seed)
    codes = draw_codes(random, count * _BLOBS)
    owners = np.repeat(np.arange(count), _BLOBS)
    planted: set[tuple[int, int]] = set()
    shown = round(0.4 * _BLOBS)
    chosen = random.permutation(count)[:1000].reshape(-1, 2)
    for one, other in np.sort(chosen, axis=1).tolist():
        for blob in range(shown):
            bits = min(24, int(random.gamma(1.3, 6.5)))  # of copies: median 7, one in ten over 19
            codes[other * _BLOBS + blob] = flip(random, int(codes[one * _BLOBS + blob]), bits)
        planted.add((one, other))
    started = time.process_time()
    index = PartIndex(codes, owners)
    built = time.process_time() - started
    found, candidates = set(), 0
    for pairs in index.candidates():
        candidates += len(pairs.left)
        found |= planted & set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    return {
        "pictures": count,
        "cpu_seconds_built": round(built, 1),
        "cpu_seconds": round(time.process_time() - started, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "index_mb": round(len(codes) * (8 + 8 + 4 * 8) / 2**20),
        "stored_mb": round(len(codes) * BLOB_BYTES / 2**20),
        "planted": len(planted),
        "recall": len(found) / len(planted),
        "candidates": candidates,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("whole", "parts"))
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    measure = measure_whole if options.what == "whole" else measure_parts
    print(json.dumps(measure(options.pictures, options.seed), indent=1))


if __name__ == "__main__":
    main()
