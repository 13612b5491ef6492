"""Describes how two pictures of one photograph differ: how one is bent, and the areas that show something else."""

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in fractions."""

BENDS = {"perspective": "seen at an angle", "lens": "bent as by a wide lens"}
"""Words for how a picture is bent, by what is kept in ``transform``."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The places where two pictures of one photograph show something else."""

    left_boxes: tuple[Box, ...]
    """The places in fractions of the left picture, the largest first."""
    right_boxes: tuple[Box, ...]
    """The same places in the right one."""
    share: float
    """Their part of the area that both show, 0 to 1."""

    def turned(self) -> "Changes":
        """Return the same from the right picture."""
        return Changes(self.right_boxes, self.left_boxes, self.share)

    def words(self) -> str:
        """``differs in 6 % at lower left``, of the left picture."""
        places = list(dict.fromkeys(name_place(box) for box in self.left_boxes))
        return f"differs in {max(1, round(100 * self.share))} % at {' and '.join(places)}"


def name_place(box: Box) -> str:
    """Return where in a picture a box is, by its middle: ``lower left``."""
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    column = "left" if across < 0.38 else "right" if across > 0.62 else ""
    row = "upper" if down < 0.38 else "lower" if down > 0.62 else ""
    if row and column:
        return f"{row} {column}"
    return {"upper": "the top", "lower": "the bottom"}.get(row) or (
        f"the {column}" if column else "the middle"
    )
