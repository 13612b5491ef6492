"""Resolves sets of connected pictures into matches and groups, in this process or on a worker."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from catalog.match.pictures.stored import (
    Chosen,
    Grey,
    Pictures,
    best_first,
    load_blobs,
    load_looks,
    load_making,
    load_thumbnail,
    open_thumbnail,
)
from catalog.store.catalogue import Catalogue
from media.matching.pictures.candidate_graph import CandidateGraph
from media.matching.pictures.framing import is_framed
from media.matching.pictures.pairs import Picture
from media.matching.pictures.resolve import Resolution, Resolver
from media.matching.pictures.verdicts import first_of_pixels
from media.matching.pictures.verify import Layers
from media.matching.runner import Runner
from media.pictures.local_features import Blobs
from media.pictures.making import Making, is_nearer

_BATCH_PICTURES = 400
"""Pictures in a task that is sent to a worker: about 10 KB each with thumbnail and features."""
_THUMBNAILS_KEPT = 4096
"""Some 27 KB each."""

PicturePairs = frozenset[tuple[int, int]]
"""Pairs of picture numbers, the smaller one first."""


@dataclass(frozen=True, slots=True)
class PictureDecisions:
    """A person's decisions on pairs of pictures."""

    same: PicturePairs
    different: PicturePairs

    @classmethod
    def load(cls, catalogue: Catalogue, number: Callable[[str], int | None]) -> "PictureDecisions":
        """Load all decisions; ``number`` returns the number of a digest."""
        found: dict[str, set[tuple[int, int]]] = {"same": set(), "different": set()}
        for row in catalogue.rows("SELECT left, right, verdict FROM decisions"):
            left, right = number(row["left"]), number(row["right"])
            if left is not None and right is not None:
                found[row["verdict"]].add((min(left, right), max(left, right)))
        return cls(frozenset(found["same"]), frozenset(found["different"]))


@dataclass(frozen=True, slots=True)
class Connected:
    """Pictures that are connected by candidates, renumbered from the best to the worst."""

    pictures: Chosen
    candidates: Mapping[int, Mapping[int, float]]
    orientations: Mapping[tuple[int, int], Sequence[int]]
    decided: PictureDecisions


@dataclass(frozen=True, slots=True)
class Looks:
    """Returns the stored data of a picture, by its digest."""

    thumbnail: Callable[[str], Grey | None]
    blobs: Callable[[str], Blobs | None]
    making: Callable[[str], Making]


@dataclass(frozen=True, slots=True)
class Batch:
    """The pictures resolved in one task."""

    connected: list[Connected]
    looks: Looks


@dataclass(frozen=True, slots=True)
class Resolved:
    """The result for connected pictures, by their index in ``pictures``."""

    pictures: Sequence[Picture]
    framed: Sequence[bool]
    resolution: Resolution


def batches(
    catalogue: Catalogue,
    pictures: Pictures,
    decided: PictureDecisions,
    graph: CandidateGraph,
    components: Iterable[Sequence[int]],
    runner: Runner,
) -> Iterator[Batch]:
    """Yield batches to resolve; if they are sent to workers, with the data of their pictures."""
    connected = _connected(pictures, decided, graph, components)
    if runner.task_bytes is None:
        looks = Looks(
            partial(load_thumbnail, catalogue),
            partial(load_blobs, catalogue),
            partial(load_making, catalogue),
        )
        yield from (Batch([each], looks) for each in connected)
        return
    batch: list[Connected] = []
    for each in connected:
        batch.append(each)
        if sum(len(one.pictures) for one in batch) >= _BATCH_PICTURES:
            yield Batch(batch, _pack(catalogue, batch))
            batch = []
    if batch:
        yield Batch(batch, _pack(catalogue, batch))


def _connected(
    pictures: Pictures,
    decided: PictureDecisions,
    graph: CandidateGraph,
    components: Iterable[Sequence[int]],
) -> Iterator[Connected]:
    known, ways = graph.candidates, graph.orientations
    same, different = (_by_first(pairs) for pairs in (decided.same, decided.different))
    for component in components:
        if len(component) < 2:
            continue
        own = {number: place for place, number in enumerate(component)}
        pairs = {(min(n, other), max(n, other)) for n in component for other in known.get(n, ())}
        yield Connected(
            pictures.take(component),
            {own[n]: {own[o]: likely for o, likely in known[n].items()} for n in component if n in known},
            {
                (own[one], own[other]): ways[one, other]
                for one, other in sorted(pairs)
                if (one, other) in ways
            },
            PictureDecisions(_renumbered(same, own), _renumbered(different, own)),
        )


def _by_first(pairs: PicturePairs) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one, other in sorted(pairs):
        found.setdefault(one, []).append(other)
    return found


def _renumbered(pairs: Mapping[int, list[int]], own: Mapping[int, int]) -> PicturePairs:
    return frozenset((own[one], own[other]) for one in own for other in pairs.get(one, ()) if other in own)


def _pack(catalogue: Catalogue, batch: Sequence[Connected]) -> Looks:
    digests = [picture.sha256 for each in batch for picture in each.pictures.pictures]
    webp, blobs, making = load_looks(catalogue, digests)
    return Looks(
        partial(_unpack_thumbnail, webp), partial(_unpack_blobs, blobs), partial(_unpack_making, making)
    )


def _unpack_thumbnail(webp: Mapping[str, bytes], sha256: str) -> Grey | None:
    return open_thumbnail(webp[sha256]) if sha256 in webp else None


def _unpack_blobs(values: Mapping[str, bytes], sha256: str) -> Blobs | None:
    return Blobs.from_bytes(values[sha256]) if sha256 in values else None


def _unpack_making(values: Mapping[str, bytes], sha256: str) -> Making:
    return Making.from_bytes(values[sha256]) if sha256 in values else Making()


def resolve_batch(batch: Batch) -> Iterator[Resolved]:
    """Yield the result for each set of connected pictures."""
    for connected in batch.connected:
        yield _Resolving(batch.looks).resolve(connected)


class _Resolving:
    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._thumbnails: dict[str, Grey | None] = {}
        self._making = cache(looks.making)

    def resolve(self, connected: Connected) -> Resolved:
        pictures = connected.pictures.pictures
        framed = self._framed(pictures)
        resolver = Resolver(
            pictures,
            connected.pictures.hashes,
            lambda number: self._load(pictures[number].sha256),
            lambda number: self._looks.blobs(pictures[number].sha256),
            same=connected.decided.same,
            different=connected.decided.different,
            is_nearer=partial(self._is_nearer, connected.pictures, framed),
        )
        resolution = resolver.resolve(
            best_first(connected.pictures, framed), connected.candidates, connected.orientations
        )
        framed = [each or number in resolution.containers for number, each in enumerate(framed)]
        return Resolved(pictures, framed, resolution)

    def _is_nearer(self, chosen: Chosen, framed: Sequence[bool], one: int, other: int) -> bool:
        """Return whether the other picture is nearer to the original, of two of which none outranks the other."""
        if chosen.standing[one] != chosen.standing[other] or framed[one] != framed[other]:
            return False
        first, second = (chosen.pictures[number] for number in (one, other))
        return is_nearer(
            self._making(first.sha256),
            self._making(second.sha256),
            (first.width_px, first.height_px),
            (second.width_px, second.height_px),
        )

    def _load(self, sha256: str) -> Layers | None:
        thumbnail = self._thumbnail(sha256)
        return None if thumbnail is None else Layers(thumbnail.astype(np.float32))

    def _thumbnail(self, sha256: str) -> Grey | None:
        if sha256 not in self._thumbnails:
            if len(self._thumbnails) >= _THUMBNAILS_KEPT:
                self._thumbnails.clear()
            self._thumbnails[sha256] = self._looks.thumbnail(sha256)
        return self._thumbnails[sha256]

    def _framed(self, pictures: Sequence[Picture]) -> list[bool]:
        """Return the frames of pictures; the first of those with the same pixels represents them."""
        framed: list[bool] = []
        for number, first in enumerate(first_of_pixels(pictures)):
            if first == number:
                thumbnail = self._thumbnail(pictures[number].sha256)
                framed.append(thumbnail is not None and is_framed(thumbnail.astype(np.float32)))
            else:
                framed.append(framed[first])
        return framed
