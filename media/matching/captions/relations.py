"""Which captions say the same in other words, which one holds which, and which differ in a fact.

Works on distinct keys; who shows them where is :mod:`media.matching.captions.repeats`. The result depends on
the keys alone, not on their order, and only on what each is compared with: finding it anew for the
keys that were touched gives what finding it anew for all would give.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from media.matching.captions.candidates import Candidates, Mask
from media.matching.captions.containment import MAX_HOLDERS
from media.matching.captions.difference import Wording
from media.matching.captions.edits import MOST_COMPARED, Pairs, runs_of
from media.matching.captions.key_groups import (
    DECIDED,
    MAX_HELD,
    MAX_NAMES,
    KeyGroup,
    KeyGrouper,
    Related,
    Slot,
    relate_pair,
    related_in_series,
    sort_pair,
)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person has decided about pairs of keys (each pair sorted)."""

    same: frozenset[tuple[str, str]] = frozenset()
    different: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Relations:
    """What was found, and what it replaces."""

    groups: tuple[KeyGroup, ...]
    renewed: frozenset[str]
    """Keys whose groups were found anew: earlier edits and changed facts with such a member are void."""
    holders_renewed: frozenset[str]
    """Keys whose earlier group of holders is void, if they are its representative."""
    outgrown: tuple[frozenset[str], ...] = ()
    """Keys that differ in one fact and got company: earlier changed facts among them alone are void."""
    crowd: "Crowd | None" = None


CROWD_SHOWN = 8
"""So many keys of a crowd say what its words are."""


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
        """Return the crowd; None where there is none. ``some`` are keys of the largest."""
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
) -> Relations:
    """Return the groups of related keys.

    :param keys: distinct and sorted, without those that say too little.
    :param wordings_of: gives a text for each of some keys.
    :param cut_short: keys whose text ends in "..." or the like.
    :param touched: if given, only groups that these keys take part in, now or (if `gone`) before, and
        whatever hangs together with them.
    :param gone: keys among `keys` that are in the archive no more.
    """
    return _Relating(keys, wordings_of, cut_short, gone, decisions or Decisions()).relate(touched)


class _Relating:
    def __init__(
        self,
        keys: Sequence[str],
        wordings_of: WordingsOf,
        cut_short: Collection[str],
        gone: Collection[str],
        decisions: Decisions,
    ) -> None:
        self._keys = keys
        self._wordings_of = wordings_of
        self._index = (
            {key: number for number, key in enumerate(keys)} if cut_short or gone or decisions.same else {}
        )
        self._cut_short = {self._index[key] for key in cut_short if key in self._index}
        self._gone = {self._index[key] for key in gone if key in self._index}
        self._different = decisions.different
        self._same = [
            (self._index[left], self._index[right])
            for left, right in sorted(decisions.same)
            if left in self._index and right in self._index
        ]
        self._candidates = Candidates(keys, self._cut_short, self._gone)
        self._wordings: dict[str, Wording] = {}
        self._grouper = KeyGrouper(
            self._wording,
            self._load,
            same=[pair for pair in self._same if not self._gone.intersection(pair)],
            is_different=self._is_different,
            cut_short=self._cut_short,
            crowd=lambda number: int(self._candidates.crowds[number]),
        )
        self._edited: dict[tuple[int, int], float] = {}
        self._extended: set[tuple[int, int]] = set()
        """Pairs (held, holder) among the edits."""
        self._holders = np.zeros((0, 2), np.int64)
        """Pairs (held, holder) of which one holds the other whole."""
        self._phrases: set[int] = set()
        self._facts: dict[Slot, set[tuple[int, int]]] = {}
        """Pairs that differ in one fact, by what they have in common."""

    def relate(self, touched: Collection[str] | None) -> Relations:
        if touched is None:
            self._find(None)
            everything = frozenset(self._keys)
            return Relations(tuple(self._groups(None)), everything, everything, crowd=self._crowd())
        renewed = self._mask(touched)
        found = np.zeros(len(self._keys), bool)
        # Edits hang together: whatever is reached through them is found anew as a whole.
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
            tuple(self._groups((renewed, owners))),
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
        for pair in self._same:
            if touched is None or touched[list(pair)].any():
                self._edited[sort_pair(*pair)] = DECIDED
        for series in self._candidates.series(touched):
            for related in related_in_series(series):
                if not self._is_different(related.left, related.right):
                    self._keep(related)
        for pairs in self._candidates.edits(touched):
            for start in range(0, len(pairs), 50_000):
                chunk = [sort_pair(*pair) for pair in pairs[start : start + 50_000].tolist()]
                self._load(number for pair in chunk for number in pair)
                for left, right in chunk:
                    self._find_edit(left, right)
                if touched is None:
                    self._wordings.clear()
        holders = self._candidates.holders(touched)
        if touched is None:  # of part of the holders it cannot be told
            many = np.bincount(holders[:, 0], minlength=1) > MAX_HOLDERS
            self._phrases.update(np.flatnonzero(many).tolist())
            holders = holders[~many[holders[:, 0]]]
        kept = ~self._candidates.is_cut[holders[:, 0]]
        for place in np.flatnonzero(~kept).tolist():
            kept[place] = self._candidates.is_cut_from(*holders[place].tolist())
        self._holders = np.concatenate([self._holders, holders[kept]])

    def _held(self) -> Pairs:
        """Return pairs (held, holder), each once, less what a person told apart."""
        extended = np.array(sorted(self._extended), np.int64).reshape(-1, 2)
        pairs = np.unique(np.concatenate([extended, self._holders]), axis=0)
        if self._different:
            pairs = pairs[[not self._is_different(*sort_pair(*pair)) for pair in pairs.tolist()]]
        return pairs

    def _find_edit(self, left: int, right: int) -> None:
        if self._is_different(left, right):
            return
        related = relate_pair(left, right, self._wording(left), self._wording(right))
        if related is not None:
            self._keep(related)

    def _keep(self, related: Related) -> None:
        pair = related.left, related.right
        if related.kind == "edited":
            self._edited.setdefault(pair, related.similarity)
        elif related.kind == "extended":
            self._extended.add(pair)
        else:
            self._facts.setdefault(related.slot, set()).add(pair)

    def _is_different(self, left: int, right: int) -> bool:
        return bool(self._different) and (self._keys[left], self._keys[right]) in self._different

    def _load(self, numbers: Iterable[int]) -> None:
        missing = {key for number in numbers if (key := self._keys[number]) not in self._wordings}
        if missing:
            self._wordings.update(self._wordings_of(sorted(missing)))

    def _wording(self, number: int) -> Wording:
        key = self._keys[number]
        if key not in self._wordings:
            self._wordings.update(self._wordings_of([key]))
        # A key that is gone may have no text any more; its words do.
        return self._wordings.get(key) or Wording(key, key)

    # --- Groups

    def _groups(self, renewed: tuple[Mask, Mask] | None) -> Iterable[KeyGroup]:
        """Yield the groups that the pairs make; of a part, those of renewed keys."""
        alive = [pair for pair in self._edited if not self._gone.intersection(pair)]
        yield from self._grouper.edited(
            {pair: self._edited[pair] for pair in alive if renewed is None or renewed[0][list(pair)].all()}
        )
        for held, holders in self._stars():
            if renewed is None or renewed[1][held]:
                yield self._grouper.extended(held, holders)
        for members in sorted({self._told_apart(pairs) for pairs in self._facts.values()}):
            if 1 < len(members) <= max(MAX_NAMES, 2) and (renewed is None or renewed[0][list(members)].any()):
                yield self._grouper.changed_fact(members)

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
        """All who take part in pairs, ascending, as far as they are in the archive."""
        here = [pair for pair in pairs if not self._gone.intersection(pair)]
        return tuple(sorted({number for pair in here for number in pair}))
