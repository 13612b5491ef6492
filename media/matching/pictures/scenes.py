"""Many pictures of one scene: a burst, a fixed camera, the frames of a video.

Every frame is related to every other. So the result is one row for each picture and not for each pair: the most similar
earlier picture, and the scene of both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from media.matching.components import Components
from media.matching.pictures.verdicts import ImageMatch

CROWD = 24
"""Related pictures: of more, rows are folded. A photographer's burst has fewer; those of a video have thousands."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Pictures that are related to one another, and too many to report each pair."""

    first: int
    """The best of them."""
    pictures: int


def fold_scenes(matches: Sequence[ImageMatch]) -> Iterator[tuple[ImageMatch, Scene | None]]:
    """Return the matches that are reported, each with the scene that it represents.

    Pictures are numbered from the best to the worst. All copies are reported.
    """
    related = [match for match in matches if match.kind == "related"]
    yield from ((match, None) for match in matches if match.kind != "related")
    if not related:
        return
    pairs = np.array([(match.left, match.right) for match in related], dtype=np.int64)
    numbers, places = np.unique(pairs, return_inverse=True)
    components = Components(len(numbers))
    components.join(*places.reshape(-1, 2).T)
    roots = components.roots()
    sizes = np.bincount(roots, minlength=len(numbers))
    told: dict[int, ImageMatch] = {}
    scenes: dict[int, Scene] = {}
    for match, root in zip(related, roots[places.reshape(-1, 2)[:, 0]].tolist(), strict=True):
        if sizes[root] <= CROWD:
            yield match, None
            continue
        later = max(match.left, match.right)
        scenes[later] = Scene(int(numbers[root]), int(sizes[root]))
        known = told.get(later)
        if known is None or _likeness(match) > _likeness(known):
            told[later] = match
    yield from ((match, scenes[later]) for later, match in told.items())


def _likeness(match: ImageMatch) -> tuple[float, int]:
    return match.aligned_similarity, -min(match.left, match.right)
