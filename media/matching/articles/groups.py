"""Groups of bodies that are nearly the same.

Without chaining: each member was verified against the body that its group is named for, or is clearly one text with a
member that was. A page that holds several unlike stories whole (a digest, a section front) joins none of them.
"""

from collections import defaultdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.matching.articles.near import CLEARLY_HELD, Bodies, Pairs, select
from media.matching.articles.words import Integers
from media.matching.components import Components

_HUBS: Final = 3
_DIGEST_COVER: Final = 0.5
"""A page that holds another whole, and is at least twice as long, may be a digest of several."""
_PIECE: Final = 0.06
_MAIN_PIECE: Final = 0.55
"""The share of a body from which a piece of one text makes it a copy of that text, with furniture around it."""
_MOST_PIECES: Final = 64
_MADE_OF_PIECES: Final = 0.6
"""The least share of a digest that consists of different pieces."""
_UNLIKE: Final = 2
"""Shingles that two texts may share by chance."""


def group_bodies(bodies: Bodies) -> Integers:
    """Return for each body the number of the body that its group is named for: itself where it is like no other."""
    shared = bodies.find_near()
    digests = _find_digests(shared, bodies)
    pairs = select(
        shared, shared.near & ~((digests[shared.left] | digests[shared.right]) & _is_one_sided(shared))
    )
    components = Components(len(bodies))
    components.join(pairs.left, pairs.right)
    roots = components.roots()
    result = np.arange(len(bodies), dtype=np.int64)
    order = np.argsort(roots, kind="stable")
    heads = np.flatnonzero(np.diff(roots[order], prepend=-1))
    sizes = np.diff(np.append(heads, len(order)))
    for size in (2,):  # both were verified against one another
        for head in heads[sizes == size]:
            one, other = order[head], order[head + 1]
            longest = one if bodies.words[one] >= bodies.words[other] else other
            result[[one, other]] = longest
    large = [order[head : head + size] for head, size in zip(heads, sizes, strict=True) if size > 2]
    _verify_groups(large, pairs, bodies, result)
    return result


def _verify_groups(groups: list[Integers], pairs: Pairs, bodies: Bodies, result: Integers) -> None:
    """Name each group for one of its best-linked bodies, and verify all others; what fails forms further groups.

    Three bodies are tried, and the one that most others are like gives the name. What is like one of the other two
    only, and that one like the first, belongs to it as well: of a wire story, one paper prints the beginning, one
    the end. So does what holds most of a text that was verified, or is held by it.
    """
    degrees = np.bincount(pairs.left, minlength=len(bodies)) + np.bincount(pairs.right, minlength=len(bodies))
    clear = select(pairs, pairs.held >= CLEARLY_HELD)
    while groups:
        hubs = [
            group[np.lexsort((bodies.ranks[group], -bodies.words[group], -degrees[group]))[:_HUBS]]
            for group in groups
        ]
        near, whole = _compare_with_hubs(groups, hubs, bodies)
        verified = np.zeros(len(bodies), np.bool_)
        waiting: list[Integers] = []
        for group, tried, alike, complete in zip(groups, hubs, near, whole, strict=True):
            best = int(np.argmax(alike.sum(axis=1)))
            trusted = complete[best][np.searchsorted(group, tried)]
            joined = alike[best] | alike[trusted].any(axis=0)
            result[group[joined]] = tried[best]
            verified[group[joined]] = True
            if not joined.all():
                waiting.append(group[~joined])
        if not waiting:
            return
        _follow_clear_pairs(clear, verified, np.concatenate(waiting), bodies, result)
        groups = [left for group in waiting if len(left := group[~verified[group]]) > 1]


def _follow_clear_pairs(
    clear: Pairs, verified: NDArray[np.bool_], waiting: Integers, bodies: Bodies, result: Integers
) -> None:
    """Join what waits to a verified body that it is clearly one text with: of several the one it shares most with."""
    is_waiting = np.zeros(len(bodies), np.bool_)
    is_waiting[waiting] = True
    forth = np.flatnonzero(is_waiting[clear.left] & verified[clear.right])
    back = np.flatnonzero(verified[clear.left] & is_waiting[clear.right])
    rows = np.concatenate([forth, back])
    joined = np.concatenate([clear.left[forth], clear.right[back]])
    to = np.concatenate([clear.right[forth], clear.left[back]])
    order = np.lexsort((bodies.ranks[to], -clear.covered[rows]))[::-1]
    result[joined[order]] = result[to[order]]  # of several values for one place the last counts
    verified[joined] = True


def _compare_with_hubs(
    groups: list[Integers], hubs: list[Integers], bodies: Bodies
) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]:
    """For each group: whether each of its hubs (rows) is near each of its bodies (columns), and of similar length."""
    left = np.concatenate([np.repeat(tried, len(group)) for group, tried in zip(groups, hubs, strict=True)])
    right = np.concatenate([np.tile(group, len(tried)) for group, tried in zip(groups, hubs, strict=True)])
    near = left == right
    whole = near.copy()
    apart = ~near
    compared = bodies.compare(left[apart], right[apart])
    near[apart] = compared.near
    whole[apart] = compared.near & ~_is_one_sided(compared)
    ends = np.cumsum([len(group) * len(tried) for group, tried in zip(groups, hubs, strict=True)])

    def by_group(values: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        parts = zip(np.split(values, ends[:-1]), groups, hubs, strict=True)
        return [part.reshape(len(tried), len(group)) for part, group, tried in parts]

    return by_group(near), by_group(whole)


def _is_one_sided(pairs: Pairs) -> NDArray[np.bool_]:
    return pairs.covered < _DIGEST_COVER


def _find_digests(pairs: Pairs, bodies: Bodies) -> NDArray[np.bool_]:
    """Return whether each body is made of pieces of several others that share nothing with one another.

    Only bodies are checked that are not mostly a copy, and that one-sided pairs would join to something.
    """
    lengths = np.maximum(bodies.words, 1)
    digests = np.zeros(len(bodies), np.bool_)
    main = np.zeros(len(bodies))
    of_left, of_right = _shares(pairs, lengths)
    np.maximum.at(main, pairs.left, of_left)
    np.maximum.at(main, pairs.right, of_right)
    joins = pairs.near & _is_one_sided(pairs)
    doubtful = np.unique(np.concatenate([pairs.left[joins], pairs.right[joins]]))
    doubtful = doubtful[main[doubtful] <= _MAIN_PIECE]
    if not len(doubtful):
        return digests
    is_doubtful = np.zeros(len(bodies), np.bool_)
    is_doubtful[doubtful] = True
    found = bodies.compare_sharers(doubtful)
    of_left, of_right = _shares(found, lengths)
    pieces: dict[int, dict[int, float]] = defaultdict(dict)
    for row in np.flatnonzero(found.covered >= _PIECE):
        left, right = int(found.left[row]), int(found.right[row])
        if is_doubtful[left]:
            pieces[left][right] = float(of_left[row])
        if is_doubtful[right]:
            pieces[right][left] = float(of_right[row])
    for body, (count, covered) in _choose_unlike(pieces, bodies).items():
        digests[body] = count > 2 and covered >= _MADE_OF_PIECES
    return digests


def _choose_unlike(pieces: dict[int, dict[int, float]], bodies: Bodies) -> dict[int, tuple[int, float]]:
    """Take the largest piece of each body, leave out all that share text with its owner, and repeat.

    Return the number of pieces taken, and the share of the body that they make up.
    """
    taken = dict.fromkeys(pieces, (0, 0.0))
    left = {
        body: sorted(held, key=lambda other: (-held[other], other))[:_MOST_PIECES]
        for body, held in pieces.items()
    }
    while left:
        rows = [(body, others[0], other) for body, others in left.items() for other in others[1:]]
        for body, others in left.items():
            count, covered = taken[body]
            taken[body] = (count + 1, covered + pieces[body][others[0]])
        first = np.array([first for _, first, _ in rows], np.int64)
        shared = bodies.compare(first, np.array([other for _, _, other in rows], np.int64)).shared
        left = defaultdict(list)
        for (body, _, other), count in zip(rows, shared.tolist(), strict=True):
            if count <= _UNLIKE:
                left[body].append(other)
    return taken


def _shares(pairs: Pairs, lengths: Integers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much of each left, and of each right body the other one has."""
    longer = np.maximum(lengths[pairs.left], lengths[pairs.right])
    return (
        np.minimum(pairs.covered * longer / lengths[pairs.left], 1.0),
        np.minimum(pairs.covered * longer / lengths[pairs.right], 1.0),
    )
