"""Which captions say the same in other words, which one holds which, and which differ in a fact.

Works on distinct keys; who shows them where is :mod:`media.matching.captions`. The result depends on
the keys alone, not on their order, and only on what each is compared with: finding it anew for the
keys that were touched gives what finding it anew for all would give.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from media.matching.alignment import date_refines
from media.matching.candidates import Candidates, Mask
from media.matching.difference import Difference, Judgement, Wording, compare, judge

Relation = Literal["edited", "extended", "changed-fact"]

MAX_HOLDERS = 200
"""A caption that more others hold is a phrase, not a caption that was added to."""
_MAX_NAMES = 10
"""More captions than this that differ in one name are a form letter."""
_CLUSTER_PAIRS = 64
"""Before two clusters of edits are joined, this many pairs across them are compared at most."""
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
    """Whether all that the others have more is what was cut off the representative."""

    @property
    def representative(self) -> str:
        return self.members[0].key


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
    """The groups of related keys.

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
        self._edited: dict[tuple[int, int], float] = {}
        self._held: set[tuple[int, int]] = set()
        self._phrases: set[int] = set()
        self._facts: dict[tuple[object, ...], set[tuple[int, int]]] = {}
        """Pairs that differ in one fact, by what they have in common."""

    def relate(self, touched: Collection[str] | None) -> Relations:
        if touched is None:
            self._find(None)
            everything = frozenset(self._keys)
            return Relations(tuple(self._groups(None)), everything, everything)
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
        for left, right in self._held:
            beside[left] |= renewed[right]
            beside[right] |= renewed[left]
        for pairs in self._facts.values():
            members = sorted({number for pair in pairs for number in pair})
            if renewed[members].any():
                beside[members] = True
        if (beside & ~found).any():
            self._find(beside & ~found)
        owners = renewed.copy()
        for held, holder in self._held:
            owners[held] |= renewed[holder]
        return Relations(
            tuple(self._groups((renewed, owners))),
            frozenset(self._keys[number] for number in np.flatnonzero(renewed).tolist()),
            frozenset(self._keys[number] for number in np.flatnonzero(owners).tolist()),
            tuple(self._outgrown(renewed)),
        )

    def _outgrown(self, renewed: Mask) -> Iterable[frozenset[str]]:
        """The slots of changed facts that renewed keys came into: smaller groups of theirs hold no more."""
        for pairs in self._facts.values():
            members = sorted({number for pair in pairs for number in pair})
            new = int(renewed[members].sum())
            if new and 1 < len(members) - new <= max(_MAX_NAMES, 2):
                yield frozenset(self._keys[number] for number in members)

    def _mask(self, keys: Collection[str]) -> Mask:
        wanted = set(keys)
        return np.fromiter((key in wanted for key in self._keys), bool, len(self._keys))

    # --- Pairs

    def _find(self, touched: Mask | None) -> None:
        """Compare all candidates, or those of the touched keys, and keep what comes of it."""
        for pair in self._same:
            if touched is None or touched[list(pair)].any():
                self._edited[_sorted(*pair)] = 2.0
        for series in self._candidates.series(touched):
            self._find_series(series.keys, series.words)
        for pairs in self._candidates.edits(touched):
            for start in range(0, len(pairs), 50_000):
                chunk = [_sorted(*pair) for pair in pairs[start : start + 50_000].tolist()]
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
        for held, holder in holders.tolist():
            self._find_holder(held, holder)

    def _find_series(self, keys: tuple[int, ...], words: tuple[str, ...]) -> None:
        for i, left in enumerate(keys):
            for j in range(i + 1, len(keys)):
                pair = _sorted(left, keys[j])
                if self._is_different(*pair):
                    continue
                if date_refines(words[i], words[j]):
                    self._edited.setdefault(pair, 1.0)
                else:
                    self._facts.setdefault(("series", *sorted(keys)), set()).add(pair)

    def _find_edit(self, left: int, right: int) -> None:
        if self._is_different(left, right):
            return
        judgement = judge(self._wording(left), self._wording(right))
        if judgement.verdict == "edited":
            self._edited.setdefault((left, right), judgement.similarity)
        elif judgement.verdict == "extended":
            held, holder = (left, right) if judgement.adds else (right, left)
            if len(self._keys[held].split()) >= _LEAST_WORDS_EXTENDED:
                self._held.add((held, holder))
        elif judgement.verdict == "changed-fact":
            self._facts.setdefault(self._slot(left, right, judgement), set()).add((left, right))

    def _find_holder(self, held: int, holder: int) -> None:
        if not self._is_different(*_sorted(held, holder)) and self._candidates.is_cut_from(held, holder):
            self._held.add((held, holder))

    def _slot(self, left: int, right: int, judgement: Judgement) -> tuple[object, ...]:
        """What a changed fact has in common with others of the same slot: all words around it."""
        if judgement.changes > 1:
            return ("pair", left, right)
        one, other = self._keys[left].split(), self._keys[right].split()
        low = 0
        while low < min(len(one), len(other)) and one[low] == other[low]:
            low += 1
        high = 0
        while high < min(len(one), len(other)) - low and one[-1 - high] == other[-1 - high]:
            high += 1
        return ("slot", " ".join(one[:low]), " ".join(one[len(one) - high :]))

    def _is_different(self, left: int, right: int) -> bool:
        return bool(self._different) and (self._keys[left], self._keys[right]) in self._different

    def _compare(self, left: int, right: int) -> Difference:
        return compare(self._wording(left), self._wording(right))

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
        """The groups that the pairs make; of a part, those of renewed keys."""
        alive = [pair for pair in self._edited if not self._gone.intersection(pair)]
        edited = {
            pair: self._edited[pair] for pair in alive if renewed is None or renewed[0][list(pair)].all()
        }
        for cluster in self._clusters(edited):
            yield self._group("edited", max(cluster, key=self._fullness), cluster)
        stars: dict[int, list[int]] = {}
        for held, holder in self._held:
            if not self._gone.intersection((held, holder)) and (renewed is None or renewed[1][held]):
                stars.setdefault(held, []).append(holder)
        for held, holders in sorted(stars.items()):
            if len(holders) <= MAX_HOLDERS and held not in self._phrases:
                yield self._star(held, holders)
        done: set[tuple[int, ...]] = set()
        for pairs in self._facts.values():
            told_apart = [pair for pair in pairs if not self._gone.intersection(pair)]
            members = tuple(sorted({number for pair in told_apart for number in pair}))
            if not 1 < len(members) <= max(_MAX_NAMES, 2) or members in done:
                continue
            if renewed is not None and not renewed[0][list(members)].any():
                continue
            done.add(members)
            yield self._group("changed-fact", max(members, key=self._fullness), members)

    def _fullness(self, number: int) -> tuple[int, str]:
        key = self._keys[number]
        return len(key), key

    def _group(self, kind: Relation, representative: int, members: Iterable[int]) -> KeyGroup:
        others = sorted(set(members) - {representative})
        self._load([representative, *others])
        related = [RelatedKey(self._keys[representative], 1.0, "")]
        for other in others:
            difference = self._compare(representative, other)
            related.append(RelatedKey(self._keys[other], difference.similarity, str(difference)))
        return KeyGroup(kind, tuple(related))

    def _star(self, held: int, holders: list[int]) -> KeyGroup:
        related = [RelatedKey(self._keys[held], 1.0, "")]
        self._load([held, *holders])
        for holder in sorted(holders):
            difference = self._compare(held, holder)
            shown = str(difference)
            if held in self._cut_short:
                shown = f"not cut short; {shown}" if shown else "not cut short"
            related.append(RelatedKey(self._keys[holder], difference.similarity, shown))
        return KeyGroup("extended", tuple(related), held in self._cut_short)

    def _clusters(self, edited: dict[tuple[int, int], float]) -> Iterable[tuple[int, ...]]:
        """Clusters of edits, nearest pairs first; two are joined only if their members, too, are edits."""
        cluster_of: dict[int, list[int]] = {}
        for (left, right), similarity in sorted(edited.items(), key=lambda item: (-item[1], item[0])):
            one, other = cluster_of.setdefault(left, [left]), cluster_of.setdefault(right, [right])
            if one is other:
                continue
            if similarity <= 1 and not self._are_edits(one, other):
                continue
            merged = sorted(one + other)
            for number in merged:
                cluster_of[number] = merged
        seen: set[int] = set()
        for number in sorted(cluster_of):
            cluster = cluster_of[number]
            if len(cluster) > 1 and number not in seen:
                seen.update(cluster)
                yield tuple(cluster)

    def _are_edits(self, one: list[int], other: list[int]) -> bool:
        if len(one) * len(other) > _CLUSTER_PAIRS:
            one = sorted(one, key=self._fullness)[-8:]
            other = sorted(other, key=self._fullness)[-8:]
        self._load([*one, *other])
        return all(
            any(
                self._may_join(*_sorted(a, b))
                for a in self._decided_same(left)
                for b in self._decided_same(right)
            )
            for left in one
            for right in other
        )

    def _decided_same(self, number: int) -> list[int]:
        """The key and those that a person holds for the same: one of them stands for all."""
        found, waiting = {number}, [number]
        while waiting:
            at = waiting.pop()
            for pair in self._same:
                if at in pair and not self._gone.intersection(pair):
                    waiting += set(pair) - found
                    found.update(pair)
        return sorted(found)

    def _may_join(self, left: int, right: int) -> bool:
        if (left, right) in self._edited:
            return True
        if self._is_different(left, right):
            return False
        return judge(self._wording(left), self._wording(right)).verdict == "edited"


def _sorted(left: int, right: int) -> tuple[int, int]:
    return (left, right) if left < right else (right, left)
