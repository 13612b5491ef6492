"""Batches for tasks that compare keys, or group related ones, with all data that they need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from media.matching.captions.difference import Wording
from media.matching.captions.key_groups import (
    KeyGroup,
    KeyGrouper,
    Pair,
    Related,
    relate_pair,
    sort_pair,
)


@dataclass(frozen=True, slots=True)
class KeyBatch:
    """Pairs to make groups of, and all that is to be known of their keys: what travels to a worker."""

    edited: dict[Pair, float]
    """All that hang together with one another."""
    extended: tuple[tuple[int, tuple[int, ...]], ...]
    """Held keys with their holders."""
    changed: tuple[tuple[int, ...], ...]
    """Keys that differ in one fact."""
    wordings: dict[int, Wording]
    cut_short: frozenset[int] = frozenset()
    same: frozenset[Pair] = frozenset()
    different: frozenset[Pair] = frozenset()
    crowds: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlacedGroup:
    """A group, and the place it has among all: by kind, then by numbers of keys."""

    place: tuple[int, ...]
    group: KeyGroup


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Pairs of keys to compare, with their texts."""

    pairs: tuple[Pair, ...]
    wordings: dict[int, Wording]


def relate_batch(batch: PairBatch) -> Iterator[Related]:
    """Yield what the pairs of a batch are to one another, where they are anything."""
    for left, right in batch.pairs:
        related = relate_pair(left, right, batch.wordings[left], batch.wordings[right])
        if related is not None:
            yield related


def group_batch(batch: KeyBatch) -> Iterator[PlacedGroup]:
    """Yield the groups of a batch."""
    grouper = KeyGrouper(
        batch.wordings.__getitem__,
        same=sorted(batch.same),
        is_different=lambda left, right: sort_pair(left, right) in batch.different,
        cut_short=batch.cut_short,
        crowd=lambda number: batch.crowds.get(number, 0),
    )
    number = {wording.key: key for key, wording in batch.wordings.items()}
    for group in grouper.edited(batch.edited):
        yield PlacedGroup((0, min(number[member.key] for member in group.members)), group)
    for held, holders in batch.extended:
        yield PlacedGroup((1, held), grouper.extended(held, holders))
    for members in batch.changed:
        yield PlacedGroup((2, *members), grouper.changed_fact(members))
