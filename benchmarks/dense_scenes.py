"""What many frames of one scene cost to match: candidates, as wholes and by their features.

    python -m benchmarks.dense_scenes [--pictures 500 1000 2000 4000]

Drawn: hashes that differ from the scene's in some bits, features most of which are the scene's with some bits
changed, and for every fiftieth frame a copy whose hash and features are within what recompression does. Prints a
JSON object for each size: CPU seconds, peak memory, pairs that were looked at, candidates that are kept, and the
share of the copies that are among these.
"""

import argparse
import json
import resource
import time

import numpy as np
import numpy.typing as npt

from media.matching.pictures.candidate_graph import CandidateGraph, part_likelihood, whole_likelihood
from media.matching.pictures.pairs import WholeHashes, WholeIndex
from media.matching.pictures.part_blobs import Portion
from media.matching.pictures.part_index import find_parts
from media.pictures.local_features import BLOB_BYTES

_BLOBS = 155
_STAYS = 0.7
"""Share of a frame's features that are the scene's."""
_FRAME_BITS = 0.05
"""Of hashes and features, those that the next frame has otherwise; of a copy a fifth of them."""
_A_COPY_EVERY = 50


def draw_scene(count: int, seed: int) -> tuple[WholeHashes, list[bytes], list[tuple[int, int]]]:
    """So many frames: hashes, features as stored, and which two are copies."""
    random = np.random.default_rng(seed)
    scene = random.integers(0, 2**64, 1 + _BLOBS, dtype=np.uint64)
    places = random.integers(0, 256, 3 * _BLOBS, dtype=np.uint8)
    places[2 * _BLOBS :] %= 8
    frames = np.where(
        random.random((count, 1 + _BLOBS)) < _STAYS,
        scene ^ flipped(random, (count, 1 + _BLOBS), _FRAME_BITS),
        random.integers(0, 2**64, (count, 1 + _BLOBS), dtype=np.uint64),
    )
    frames[:, 0] = scene[0] ^ flipped(random, (count,), _FRAME_BITS)
    copies = [(number, number + 1) for number in range(0, count - 1, _A_COPY_EVERY)]
    for one, other in copies:
        frames[other] = frames[one] ^ flipped(random, (1 + _BLOBS,), _FRAME_BITS / 5)
    phash = random.integers(0, 2**64, (count, 8), dtype=np.uint64)
    phash[:, 0] = frames[:, 0]
    hashes = WholeHashes(phash, frames[:, 0] ^ np.uint64(1), np.zeros(count, bool))
    values = [row.astype(">u8").tobytes() + places.tobytes() for row in frames[:, 1:]]
    assert len(values[0]) == BLOB_BYTES * _BLOBS
    return hashes, values, copies


def flipped(random: np.random.Generator, shape: tuple[int, ...], share: float) -> npt.NDArray[np.uint64]:
    """Bits to change, such a share of 64."""
    bits = random.random((*shape, 64)) < share
    return np.asarray(np.packbits(bits, axis=-1).view(">u8").astype(np.uint64)[..., 0])


def measure_scene(count: int, seed: int = 1) -> dict[str, float]:
    """Measure what ``count`` frames cost."""
    hashes, values, copies = draw_scene(count, seed)
    graph = CandidateGraph()
    started = time.process_time()
    whole = 0
    for found in WholeIndex.of(hashes).candidates():
        whole += len(found.left)
        graph.add_pairs(found.left, found.right, whole_likelihood(found.distance_bits))
    between = time.process_time()
    numbers = np.arange(count)
    parts = 0
    for part in find_parts(
        lambda: [Portion(numbers[at : at + 800], values[at : at + 800]) for at in range(0, count, 800)]
    ):
        parts += len(part.left)
        graph.add_pairs(part.left, part.right, part_likelihood(part.votes), part.orientation)
    kept = graph.candidates
    ended = time.process_time()
    return {
        "pictures": count,
        "whole_cpu_seconds": round(between - started, 2),
        "parts_cpu_seconds": round(ended - between, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "whole_pairs": whole,
        "part_pairs": parts,
        "kept": sum(map(len, kept.values())),
        "copies_kept": sum(other in kept[one] for one, other in copies) / len(copies),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for count in options.pictures:
        print(json.dumps(measure_scene(count, options.seed)), flush=True)


if __name__ == "__main__":
    main()
