"""Related keys -> groups, a batch of keys that hang together at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from media.matching.captions.difference import Wording
from media.matching.captions.key_groups import KeyGroup, KeyGrouper, Pair, sort_pair


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


def group_batch(batch: KeyBatch) -> list[PlacedGroup]:
    """Return the groups of a batch."""
    return list(_groups(batch))


def _groups(batch: KeyBatch) -> Iterator[PlacedGroup]:
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
