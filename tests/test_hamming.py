"""The join finds every pair within the radius, once, and no other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.matching.pictures import hamming
from media.matching.pictures.hamming import Pairs, join_across, join_within


def triples(found: list[Pairs]) -> list[tuple[int, int, int]]:
    return sorted(
        (int(a), int(b), int(d))
        for pairs in found
        for a, b, d in zip(pairs.left, pairs.right, pairs.distance_bits, strict=True)
    )


def brute_force_within(hashes: np.ndarray, radius: int) -> list[tuple[int, int, int]]:
    distances = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    return sorted(
        (int(a), int(b), int(distances[a, b])) for a, b in np.argwhere(distances <= radius) if a < b
    )


def clustered(seed: int, size: int) -> np.ndarray:
    """Random hashes, some of them copies of others with a few bits flipped."""
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 2**64, size, dtype=np.uint64)
    for at in range(size // 2, size):
        flips = random.choice(64, random.integers(0, 14), replace=False)
        hashes[at] = hashes[random.integers(max(1, at))] ^ np.uint64(sum(1 << int(b) for b in flips))
    return hashes


@pytest.mark.parametrize("radius", [0, 1, 4, 8, 10, 12])
@pytest.mark.parametrize("size", [0, 1, 2, 300, 2000])
def test_join_within_is_brute_force(size: int, radius: int):
    hashes = clustered(radius, size)
    assert triples(list(join_within(hashes, radius))) == brute_force_within(hashes, radius)


@pytest.mark.parametrize("in_bulk", [False, True])
@pytest.mark.parametrize("radius", [0, 4, 8, 12])
@pytest.mark.parametrize(("left", "right"), [(0, 5), (5, 0), (1, 700), (700, 40), (800, 900)])
def test_join_across_is_brute_force(
    left: int, right: int, radius: int, in_bulk: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hamming, "_BRUTE_WORK", 0.0 if in_bulk else 1e9)
    both = clustered(radius + left, left + right)
    distances = np.bitwise_count(both[:left, None] ^ both[None, left:])
    expected = sorted((int(a), int(b), int(distances[a, b])) for a, b in np.argwhere(distances <= radius))
    assert triples(list(join_across(both[:left], both[left:], radius))) == expected


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 255), max_size=60), radius=st.integers(0, 10)
)
def test_join_is_exact_on_any_hashes(values: list[int], radius: int):
    hashes = np.array(values, dtype=np.uint64)
    assert triples(list(join_within(hashes, radius))) == brute_force_within(hashes, radius)


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_pairs_are_compared_some_at_a_time(at_once: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hamming, "_PAIRS_AT_ONCE", at_once)
    hashes = clustered(3, 120)
    assert triples(list(join_within(hashes, 8))) == brute_force_within(hashes, 8)
    assert triples(list(join_across(hashes[:50], hashes[50:], 8))) == [
        (a, b - 50, d) for a, b, d in brute_force_within(hashes, 8) if a < 50 <= b
    ]
