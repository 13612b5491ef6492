"""Finds captions that say the same in other words, that contain one another, or that differ in a fact.

Works on distinct keys; who shows them where is :mod:`media.matching.captions.repeats`. The result depends on
the keys alone, not on their order, and only on what each is compared with: finding it anew for the
keys that were touched gives what finding it anew for all would give.
"""

import bisect
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from media.matching.captions.candidates import Candidates, Mask
from media.matching.captions.containment import MAX_HOLDERS
from media.matching.captions.difference import Wording
from media.matching.captions.edits import MOST_COMPARED, Pairs, runs_of
from media.matching.captions.key_batches import KeyBatch, PairBatch, group_batch, relate_batch
from media.matching.captions.key_groups import (
    DECIDED,
    MAX_HELD,
    MAX_NAMES,
    KeyGroup,
    Pair,
    Related,
    Slot,
    related_in_series,
    sort_pair,
)
from media.matching.components import Components
from media.matching.runner import HERE, Runner

_Item = TypeVar("_Item")

_BATCH_PAIRS = 10_000
"""Compared in one task: some megabytes with their texts."""
_BATCH_GROUPED = 500
_BATCH_GROUPS = 125
"""Captions, and groups, in a task."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """A person's decisions on pairs of keys (each pair sorted)."""

    same: frozenset[tuple[str, str]] = frozenset()
    different: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Relations:
    """The groups found, and the groups that they replace."""

    groups: tuple[KeyGroup, ...]
    renewed: frozenset[str]
    """Keys whose groups were found anew: earlier edits and changed facts with such a member are void."""
    holders_renewed: frozenset[str]
    """Keys whose earlier group of holders is void, if they are its representative."""
    outgrown: tuple[frozenset[str], ...] = ()
    """Keys that differ in one fact and got company: earlier changed facts among them alone are void."""
    crowd: "Crowd | None" = None


CROWD_SHOWN = 8
"""The number of a crowd's keys by which its words are determined."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Keys that share their words with so many others that they were compared with the nearest only."""

    keys: int
    size: int
    """Keys that share the words of the largest crowd."""
    words: str
    """The words that they share."""

    @classmethod
    def of(cls, keys: int, size: int, some: Iterable[str]) -> "Crowd | None":
        """Return the crowd; None if there is no crowd. ``some`` are keys of the largest one."""
        if not keys:
            return None
        first, *others = (key.split() for key in some)
        shared = set(first).intersection(*others)
        return cls(
            int(keys), int(size), " ".join(word for word in dict.fromkeys(first) if word in shared)[:200]
        )

    def __str__(self) -> str:
        words = f" (“{self.words}”)" if self.words else ""
        return (
            f"{self.keys:,} captions were not compared with all that share their words; {self.size:,} share the"
            f" words of one{words}. Each was compared with {MOST_COMPARED} neighbours on either side."
        )


WordingsOf = Callable[[Iterable[str]], Mapping[str, Wording]]


def relate_keys(
    keys: Sequence[str],
    wordings_of: WordingsOf,
    *,
    cut_short: Collection[str] = (),
    touched: Collection[str] | None = None,
    gone: Collection[str] = (),
    decisions: Decisions | None = None,
    runner: Runner = HERE,
) -> Relations:
    """Return the groups of related keys.

    :param keys: distinct and sorted, without those that say too little.
    :param wordings_of: gives a text for each of some keys.
    :param cut_short: keys whose text ends in "..." or the like.
    :param touched: if given, return only groups with these keys, now or (if `gone`) before, and the groups connected
        with them.
    :param gone: keys among `keys` that are in the archive no more.
    :param runner: takes the joins, the comparisons and the groups.
    """
    return _Relating(keys, wordings_of, cut_short, gone, decisions or Decisions(), runner).relate(touched)


class _Relating:
    def __init__(
        self,
        keys: Sequence[str],
        wordings_of: WordingsOf,
        cut_short: Collection[str],
        gone: Collection[str],
        decisions: Decisions,
        runner: Runner,
    ) -> None:
        self._keys = keys
        self._runner = runner
        self._wordings_of = wordings_of
        self._cut_short = set(self._numbers_of(cut_short))
        self._gone = set(self._numbers_of(gone))
        self._same, self._different = (
            frozenset(pair for pair in map(tuple, map(self._numbers_of, sorted(pairs))) if len(pair) == 2)
            for pairs in (decisions.same, decisions.different)
        )
        self._candidates = Candidates(keys, self._cut_short, self._gone, runner)
        self._wordings: dict[str, Wording] = {}
        self._edited: dict[tuple[int, int], float] = {}
        self._extended: set[tuple[int, int]] = set()
        """Pairs (held, holder) among the edits."""
        self._holders = np.zeros((0, 2), np.int64)
        """Pairs (held, holder) of which one holds the other whole."""
        self._phrases: set[int] = set()
        self._facts: dict[Slot, set[tuple[int, int]]] = {}
        """Pairs that differ in one fact, by what they have in common."""

    def _numbers_of(self, keys: Iterable[str]) -> Iterator[int]:
        """Yield the numbers of those that there are."""
        for key in keys:
            number = bisect.bisect_left(self._keys, key)
            if number < len(self._keys) and self._keys[number] == key:
                yield number

    def relate(self, touched: Collection[str] | None) -> Relations:
        if touched is None:
            self._find(None)
            everything = frozenset(self._keys)
            return Relations(self._groups(None), everything, everything, crowd=self._crowd())
        renewed = self._mask(touched)
        found = np.zeros(len(self._keys), bool)
        # Edits are transitive: all captions connected by them are computed again as a whole.
        while (renewed & ~found).any():
            self._find(renewed & ~found)
            found |= renewed
            for left, right in self._edited:
                renewed[left] |= renewed[right]
                renewed[right] |= renewed[left]
        beside = renewed.copy()
        held, holder = self._held().T
        beside[held[renewed[holder]]] = True
        beside[holder[renewed[held]]] = True
        for pairs in self._facts.values():
            members = sorted({number for pair in pairs for number in pair})
            if renewed[members].any():
                beside[members] = True
        if (beside & ~found).any():
            self._find(beside & ~found)
        owners = renewed.copy()
        held, holder = self._held().T
        owners[held[renewed[holder]]] = True
        return Relations(
            self._groups((renewed, owners)),
            frozenset(self._keys[number] for number in np.flatnonzero(renewed).tolist()),
            frozenset(self._keys[number] for number in np.flatnonzero(owners).tolist()),
            tuple(self._outgrown(renewed)),
            self._crowd(),
        )

    def _crowd(self) -> "Crowd | None":
        crowds = self._candidates.crowds
        largest = np.flatnonzero(crowds == crowds.max(initial=0))[:CROWD_SHOWN]
        return Crowd.of(
            int(np.count_nonzero(crowds)),
            int(crowds.max(initial=0)),
            (self._keys[number] for number in largest),
        )

    def _outgrown(self, renewed: Mask) -> Iterable[frozenset[str]]:
        """Yield the slots of changed facts that renewed keys came into: smaller groups of theirs hold no
        more.
        """
        for pairs in self._facts.values():
            members = sorted({number for pair in pairs for number in pair})
            new = int(renewed[members].sum())
            if new and 1 < len(members) - new <= max(MAX_NAMES, 2):
                yield frozenset(self._keys[number] for number in members)

    def _mask(self, keys: Collection[str]) -> Mask:
        wanted = set(keys)
        return np.fromiter((key in wanted for key in self._keys), bool, len(self._keys))

    # --- Pairs

    def _find(self, touched: Mask | None) -> None:
        """Compare all candidates, or those of the touched keys, and keep what comes of it."""
        for pair in sorted(self._same):
            if touched is None or touched[list(pair)].any():
                self._edited[sort_pair(*pair)] = DECIDED
        for series in self._candidates.series(touched):
            for related in related_in_series(series):
                if not self._is_different(related.left, related.right):
                    self._keep(related)
        batches = self._pair_batches(self._candidates.edits(touched), keep=touched is not None)
        for related in self._runner.run("relate_keys", relate_batch, batches):
            self._keep(related)
        holders = self._candidates.holders(touched)
        if touched is None:  # unknown if only part of the holders are present
            many = np.bincount(holders[:, 0], minlength=1) > MAX_HOLDERS
            self._phrases.update(np.flatnonzero(many).tolist())
            holders = holders[~many[holders[:, 0]]]
        kept = ~self._candidates.is_cut[holders[:, 0]]
        for place in np.flatnonzero(~kept).tolist():
            kept[place] = self._candidates.is_cut_from(*holders[place].tolist())
        self._holders = np.concatenate([self._holders, holders[kept]])

    def _held(self) -> Pairs:
        """Return pairs (held, holder), each once, except those that a person told apart."""
        extended = np.array(sorted(self._extended), np.int64).reshape(-1, 2)
        pairs = np.unique(np.concatenate([extended, self._holders]), axis=0)
        if self._different:
            pairs = pairs[[not self._is_different(*sort_pair(*pair)) for pair in pairs.tolist()]]
        return pairs

    def _pair_batches(self, pairs: Pairs, *, keep: bool) -> Iterable[PairBatch]:
        """Yield pairs with their texts, except those that a person told apart; with ``keep``, cache the texts."""
        for start in range(0, len(pairs), _BATCH_PAIRS):
            chunk = [sort_pair(*pair) for pair in pairs[start : start + _BATCH_PAIRS].tolist()]
            chunk = [pair for pair in chunk if not self._is_different(*pair)]
            yield PairBatch(tuple(chunk), self._wordings_for(number for pair in chunk for number in pair))
            if not keep:
                self._wordings.clear()

    def _keep(self, related: Related) -> None:
        pair = related.left, related.right
        if related.kind == "edited":
            self._edited.setdefault(pair, related.similarity)
        elif related.kind == "extended":
            self._extended.add(pair)
        else:
            self._facts.setdefault(related.slot, set()).add(pair)

    def _is_different(self, left: int, right: int) -> bool:
        return (left, right) in self._different

    def _wordings_for(self, numbers: Iterable[int]) -> dict[int, Wording]:
        keys = {number: self._keys[number] for number in numbers}
        missing = {key for key in keys.values() if key not in self._wordings}
        if missing:
            self._wordings.update(self._wordings_of(sorted(missing)))
        # A key that is gone may have no text any more; its words do.
        return {number: self._wordings.get(key) or Wording(key, key) for number, key in keys.items()}

    # --- Groups

    def _groups(self, renewed: tuple[Mask, Mask] | None) -> tuple[KeyGroup, ...]:
        """Return the groups that the pairs make; of a part, those of renewed keys."""
        groups = list(self._runner.run("group_keys", group_batch, self._key_batches(renewed)))
        return tuple(placed.group for placed in sorted(groups, key=lambda placed: placed.place))

    def _key_batches(self, renewed: tuple[Mask, Mask] | None) -> Iterable[KeyBatch]:
        edited = [
            pair
            for pair in sorted(self._edited)
            if not self._gone.intersection(pair) and (renewed is None or renewed[0][list(pair)].all())
        ]
        for pairs in self._together(edited):
            yield self._batch({pair: self._edited[pair] for pair in pairs}, (), ())
        stars = (
            (held, tuple(holders)) for held, holders in self._stars() if renewed is None or renewed[1][held]
        )
        for extended in _some(stars, _BATCH_GROUPS):
            yield self._batch({}, extended, ())
        slots = (
            members
            for members in sorted({self._told_apart(pairs) for pairs in self._facts.values()})
            if 1 < len(members) <= max(MAX_NAMES, 2) and (renewed is None or renewed[0][list(members)].any())
        )
        for changed in _some(slots, _BATCH_GROUPS):
            yield self._batch({}, (), changed)

    def _together(self, edited: Sequence[Pair]) -> Iterable[list[Pair]]:
        """Yield pairs in batches: all that hang together are in one."""
        if not edited:
            return
        pairs = np.array(edited, np.int64)
        components = Components(len(self._keys))
        components.join(*pairs.T)
        roots = components.roots()[pairs[:, 0]]
        order = np.argsort(roots, kind="stable")
        batch: list[Pair] = []
        for start, size in zip(*(each.tolist() for each in runs_of(roots[order])), strict=True):
            batch += [edited[place] for place in order[start : start + size].tolist()]
            if len(batch) >= _BATCH_GROUPED:
                yield batch
                batch = []
        if batch:
            yield batch

    def _batch(
        self,
        edited: dict[Pair, float],
        extended: tuple[tuple[int, tuple[int, ...]], ...],
        changed: tuple[tuple[int, ...], ...],
    ) -> KeyBatch:
        numbers = {number for pair in edited for number in pair}
        numbers |= {number for held, holders in extended for number in (held, *holders)}
        numbers |= {number for members in changed for number in members}
        crowds = self._candidates.crowds
        here = numbers - self._gone
        return KeyBatch(
            edited,
            extended,
            changed,
            self._wordings_for(sorted(numbers)),
            frozenset(numbers & self._cut_short),
            frozenset(pair for pair in self._same if here.issuperset(pair)),
            frozenset(pair for pair in self._different if numbers.issuperset(pair)),
            {number: int(crowds[number]) for number in numbers if crowds[number]},
        )

    def _stars(self) -> Iterable[tuple[int, list[int]]]:
        """Yield the keys that others hold, with their holders, ascending."""
        pairs = self._held()
        void = np.zeros(len(self._keys), bool)
        void[[*self._phrases]] = True
        pairs = pairs[~void[pairs[:, 0]]]
        void[[*self._gone]] = True
        pairs = pairs[~void[pairs].any(axis=1)]
        # Of each holder the longest that it holds.
        chars = np.fromiter(
            (len(self._keys[number]) for number in pairs[:, 0].tolist()), np.int64, len(pairs)
        )
        order = np.lexsort((pairs[:, 0], -chars, pairs[:, 1]))
        starts, sizes = runs_of(pairs[order, 1])
        order = order[np.arange(len(order)) - np.repeat(starts, sizes) < MAX_HELD]
        pairs = pairs[np.sort(order)]
        starts, sizes = runs_of(pairs[:, 0])
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            if size <= MAX_HOLDERS:
                yield int(pairs[start, 0]), pairs[start : start + size, 1].tolist()

    def _told_apart(self, pairs: Iterable[tuple[int, int]]) -> tuple[int, ...]:
        """Return all keys in these pairs that are in the archive, ascending."""
        here = [pair for pair in pairs if not self._gone.intersection(pair)]
        return tuple(sorted({number for pair in here for number in pair}))


def _some(items: Iterable[_Item], count: int) -> Iterator[tuple[_Item, ...]]:
    waiting = iter(items)
    while some := tuple(itertools.islice(waiting, count)):
        yield some
