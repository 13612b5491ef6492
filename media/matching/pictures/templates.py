"""Tells what two pictures have in common: a photograph, or the frames, panels and letters of one template.

A quotation beside a portrait, an instant print, the page of an app: two of them with different photographs agree in
half of their blocks, and all of these are drawn. A copy under a panel agrees in as few, and these show a photograph.
So the blocks in which both pictures show a photograph say whether it is the same one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media.matching.pictures.orientations import Affine
from media.matching.pictures.verify import (
    BLOCK,
    GRID,
    Box,
    Grey,
    Layers,
    correlate_blocks,
    cut_into_blocks,
    inside_of,
    sample_both,
)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Common:
    """What two pictures have in common, block by block."""

    photographs: int
    """Blocks, of 64, in which both show a photograph."""
    alike: float
    """The share of these that agree."""
    drawn: float
    """The share of the area that agrees which is on two grey levels, as panels with letters are; of the picture in
    which it is less."""

    @property
    def is_template(self) -> bool:
        """Return whether they are one template with different photographs in it."""
        if self.photographs < _FEW:
            return self.drawn > _ALL_DRAWN
        return self.alike < _UNLIKE or (self.drawn > _DRAWN and self.alike < _HARDLY_ALIKE)


_FEW = 6
"""Blocks with photographs in both: of fewer, no share is taken."""
_UNLIKE, _HARDLY_ALIKE, _DRAWN, _ALL_DRAWN = 0.25, 0.65, 0.36, 0.5
"""Of 1,155 pairs of copies that agree least, 4 are taken for templates; of 1,175 pairs of cards, prints, pages and
banners with different photographs, of which each two agree in 0.3 of their blocks or more, 859 are."""


def find_common(left: Layers, right: Layers, affine: Affine, box: Box) -> Common:
    """Return what two pictures have in common; ``box`` is the part of the left picture that the right one shows."""
    ours, theirs = sample_both(left, right, affine, box, GRID)
    blocks = correlate_blocks(ours, theirs, inside_of(affine, box, GRID))
    both = blocks.textured & ~_is_drawn(ours) & ~_is_drawn(theirs)
    agrees = _as_area(blocks.agrees)
    count = int(both.sum())
    return Common(
        count,
        float((blocks.agrees & both).sum() / count) if count else 0.0,
        min(flat_share(grey, agrees, _NEAR_LEVEL) for grey in (ours, theirs)),
    )


_NEAR_LEVEL = 4
_PLAIN_SHARE = 0.35
_PLAIN_LEVELS = 6
"""Of a block that is drawn, at least that share of the samples lies within so many grey levels: the ground between
letters, or one side of an edge."""


def _is_drawn(grey: Grey) -> Mask:
    """Return which blocks hold something drawn, or nothing."""
    ordered = np.sort(cut_into_blocks(grey), axis=1)
    apart = int(_PLAIN_SHARE * BLOCK * BLOCK)
    return np.asarray((ordered[:, apart:] - ordered[:, :-apart]).min(axis=1) <= _PLAIN_LEVELS)


def _as_area(blocks: Mask) -> Mask:
    """Return the samples of some blocks."""
    side = GRID // BLOCK
    return blocks.reshape(side, side).repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)


def flat_share(grey: Grey, place: Mask, near_level: int = 2) -> float:
    """Return the share of a place on its two most frequent grey levels, each with some levels on both sides; 0 of
    none.
    """
    if not place.any():
        return 0.0
    levels = np.clip(np.round(grey[place]), 0, 255).astype(np.int64)
    near = np.convolve(np.bincount(levels, minlength=256), np.ones(2 * near_level + 1), mode="same")
    first = int(near.argmax())
    rest = near.copy()
    rest[max(0, first - 2 * near_level) : first + 2 * near_level + 1] = 0
    return float((near[first] + rest.max()) / len(levels))
