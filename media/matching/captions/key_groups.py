"""Pairs of keys that say the same -> groups, with the words in which their members differ."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from media.matching.captions.alignment import date_refines
from media.matching.captions.candidates import Series
from media.matching.captions.difference import Difference, Judgement, Wording, compare, judge

Relation = Literal["edited", "extended", "changed-fact"]
Pair = tuple[int, int]
"""Numbers of keys, in the order of the keys; the smaller one first."""
Slot = bytes
"""A digest of what keys that differ in one fact have in common."""

MAX_HELD = 32
"""The most captions that count as held by one: the longest. A text that holds more is a page of captions."""
MAX_NAMES = 10
"""More captions than this that differ in one name are a form letter."""
DECIDED = 2.0
"""The similarity of a pair that a person holds for the same."""
_CLUSTER_PAIRS = 16
"""Before two clusters of edits are joined, this many pairs across them are compared at most."""
_FULLEST = 4
"""The number of captions compared in each of two larger clusters, those with the most information."""
_LEAST_WORDS_EXTENDED = 6
"""Words put in the middle of fewer are as likely another scene."""


@dataclass(frozen=True, slots=True)
class RelatedKey:
    key: str
    similarity: float
    """0..1, to the representative."""
    difference: str
    """From the representative, in words a person reads; "" for the representative itself."""


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that are related to a representative, which comes first."""

    kind: Relation
    members: tuple[RelatedKey, ...]
    cut_short: bool = False
    """Whether the others only add words that were cut off the representative."""
    crowd: int = 0
    """The number of captions that share the words of a member, if it was compared only with the nearest of them."""

    @property
    def representative(self) -> str:
        return self.members[0].key


@dataclass(frozen=True, slots=True)
class Related:
    """The relation found for a pair: an edit, a changed fact with its slot, or (held, holder)."""

    kind: Relation
    left: int
    right: int
    similarity: float = 1.0
    slot: Slot = b""


def related_in_series(series: Series) -> Iterable[Related]:
    """Relate each pair of a series: one date is more exact than the other, or another fact differs."""
    slot = _digest("series", *sorted(series.keys))
    for i, left in enumerate(series.keys):
        for j in range(i + 1, len(series.keys)):
            pair = sort_pair(left, series.keys[j])
            if date_refines(series.words[i], series.words[j]):
                yield Related("edited", *pair)
            else:
                yield Related("changed-fact", *pair, slot=slot)


def relate_pair(left: int, right: int, left_wording: Wording, right_wording: Wording) -> Related | None:
    """Return what two keys that share all but a few words are to one another."""
    judgement = judge(left_wording, right_wording)
    if judgement.verdict == "edited":
        return Related("edited", left, right, judgement.similarity)
    one, other = left_wording.key.split(), right_wording.key.split()
    if judgement.verdict == "extended":
        held, holder, words = (left, right, one) if judgement.adds else (right, left, other)
        return Related("extended", held, holder) if len(words) >= _LEAST_WORDS_EXTENDED else None
    if judgement.verdict == "changed-fact":
        return Related("changed-fact", left, right, slot=_slot(left, right, one, other, judgement))
    return None


def _slot(left: int, right: int, one: list[str], other: list[str], judgement: Judgement) -> Slot:
    """Return what a changed fact has in common with others of the same slot: all words around it."""
    if judgement.changes > 1:
        return _digest("pair", left, right)
    low = 0
    while low < min(len(one), len(other)) and one[low] == other[low]:
        low += 1
    high = 0
    while high < min(len(one), len(other)) - low and one[-1 - high] == other[-1 - high]:
        high += 1
    return _digest("slot", " ".join(one[:low]), " ".join(one[len(one) - high :]))


def _digest(*common: object) -> Slot:
    return hashlib.blake2b(repr(common).encode(), digest_size=16).digest()


class KeyGrouper:
    """Makes groups of pairs.

    :param wording: gives the text of a key.
    :param same: pairs that a person holds for the same, and that are in the archive.
    :param is_different: whether a person holds a pair for different.
    :param cut_short: keys whose text ends in "..." or the like.
    :param crowd: how many share the words of a key, where it was compared with the nearest of them only.
    """

    def __init__(
        self,
        wording: Callable[[int], Wording],
        *,
        same: Iterable[Pair] = (),
        is_different: Callable[[int, int], bool] = lambda left, right: False,
        cut_short: AbstractSet[int] = frozenset(),
        crowd: Callable[[int], int] = lambda number: 0,
    ) -> None:
        self._wording = wording
        self._is_different = is_different
        self._cut_short = cut_short
        self._crowd = crowd
        self._same: dict[int, set[int]] = {}
        for left, right in same:
            self._same.setdefault(left, set()).add(right)
            self._same.setdefault(right, set()).add(left)

    def edited(self, edited: Mapping[Pair, float]) -> Iterable[KeyGroup]:
        """Yield the groups of edits, by their smallest member."""
        for cluster in self._clusters(edited):
            yield self._group("edited", cluster)

    def extended(self, held: int, holders: Iterable[int]) -> KeyGroup:
        """Return a key and the keys that hold it."""
        holders = sorted(holders)
        key = self._wording(held).key
        related = [RelatedKey(key, 1.0, "")]
        for holder in holders:
            difference = self._compare(held, holder)
            shown = str(difference)
            if held in self._cut_short:
                shown = f"not cut short; {shown}" if shown else "not cut short"
            related.append(RelatedKey(self._wording(holder).key, difference.similarity, shown))
        crowd = max(map(self._crowd, (held, *holders)))
        return KeyGroup("extended", tuple(related), held in self._cut_short, crowd)

    def changed_fact(self, members: Iterable[int]) -> KeyGroup:
        """Keys that differ in one fact."""
        return self._group("changed-fact", members)

    def _fullness(self, number: int) -> tuple[int, str]:
        key = self._wording(number).key
        return len(key), key

    def _group(self, kind: Relation, members: Iterable[int]) -> KeyGroup:
        members = set(members)
        representative = max(members, key=self._fullness)
        related = [RelatedKey(self._wording(representative).key, 1.0, "")]
        for other in sorted(members - {representative}):
            difference = self._compare(representative, other)
            related.append(RelatedKey(self._wording(other).key, difference.similarity, str(difference)))
        return KeyGroup(kind, tuple(related), crowd=max(map(self._crowd, members)))

    def _compare(self, left: int, right: int) -> Difference:
        return compare(self._wording(left), self._wording(right))

    def _clusters(self, edited: Mapping[Pair, float]) -> Iterable[tuple[int, ...]]:
        """Clusters of edits, nearest pairs first; two are joined only if their members, too, are edits."""
        cluster_of: dict[int, _Cluster] = {}
        for (left, right), similarity in sorted(edited.items(), key=lambda item: (-item[1], item[0])):
            one, other = (
                cluster_of.get(number) or _Cluster([number], [(*self._fullness(number), number)])
                for number in (left, right)
            )
            if one is other:
                continue
            if similarity < DECIDED and not self._are_edits(one, other, edited):
                continue
            # The smaller one moves, so that a cluster that grows to thousands is not written anew each time.
            small, large = sorted((one, other), key=lambda cluster: len(cluster.members))
            large.members += small.members
            large.fullest = sorted(large.fullest + small.fullest)[-_FULLEST:]
            for number in (*small.members, left, right):
                cluster_of[number] = large
        seen: set[int] = set()
        for number in sorted(cluster_of):
            members = cluster_of[number].members
            if len(members) > 1 and number not in seen:
                seen.update(members)
                yield tuple(sorted(members))

    def _are_edits(self, one: "_Cluster", other: "_Cluster", edited: Mapping[Pair, float]) -> bool:
        lefts, rights = one.members, other.members
        if len(lefts) * len(rights) > _CLUSTER_PAIRS:
            lefts, rights = ([number for *_, number in cluster.fullest] for cluster in (one, other))
        return all(
            any(
                self._may_join(*sort_pair(a, b), edited)
                for a in self._decided_same(left)
                for b in self._decided_same(right)
            )
            for left in lefts
            for right in rights
        )

    def _decided_same(self, number: int) -> list[int]:
        """Return the key and those that a person holds for the same: one of them stands for all."""
        found, waiting = {number}, [number]
        while waiting:
            others = self._same.get(waiting.pop(), set()) - found
            found |= others
            waiting += others
        return sorted(found)

    def _may_join(self, left: int, right: int, edited: Mapping[Pair, float]) -> bool:
        if (left, right) in edited:
            return True
        if self._is_different(left, right):
            return False
        return judge(self._wording(left), self._wording(right)).verdict == "edited"


@dataclass(slots=True)
class _Cluster:
    members: list[int]
    fullest: list[tuple[int, str, int]]
    """Those of the longest keys, the longest last: length, key, number."""


def sort_pair(left: int, right: int) -> Pair:
    """Return the pair with the smaller number first."""
    return (left, right) if left < right else (right, left)
