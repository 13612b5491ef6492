"""How one picture shows another: read from a match, in words, and as a drawing."""

import json
import math
from dataclasses import dataclass, replace

from media.matching.pictures.changes import BENDS, Changes

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """How the second picture shows the first; see ``transform`` in docs/fields.md."""

    mirrored: bool
    rotated_degrees: float
    scale: float
    left_box: Box
    right_box: Box
    changed_boxes: tuple[Box, ...] = ()
    """Areas of the first picture that differ from the second."""
    changed_boxes_right: tuple[Box, ...] = ()
    """The same areas in the second picture."""
    changed_share: float = 0.0
    bent: str = ""
    """``perspective``, ``lens``, or nothing."""
    negative: bool = False

    def turned(self) -> "Frame":
        """Return the frame with the two pictures swapped."""
        degrees = self.rotated_degrees if self.mirrored else -self.rotated_degrees % 360
        return replace(
            self,
            rotated_degrees=degrees,
            scale=1 / self.scale,
            left_box=self.right_box,
            right_box=self.left_box,
            changed_boxes=self.changed_boxes_right,
            changed_boxes_right=self.changed_boxes,
        )

    @property
    def is_cropped(self) -> bool:
        return _area(self.left_box) < 0.985

    @property
    def is_framed(self) -> bool:
        """Whether the second picture has a margin around the part that it shows of the first."""
        return _area(self.right_box) < 0.985

    def words(self) -> tuple[str, ...]:
        """Return what was done to the first picture, in a few words each."""
        said = []
        if self.negative:
            said.append("negative")
        if self.mirrored:
            said.append("mirrored")
        degrees = round(self.rotated_degrees, 1) % 360
        if min(degrees, 360 - degrees) >= 1:
            said.append(f"turned {degrees:g}° anticlockwise")
        if self.bent:
            said.append(BENDS.get(self.bent, "bent"))
        if self.is_cropped:
            said.append(f"shows {_area(self.left_box):.0%} of it")
        if self.is_framed:
            said.append(f"inside a larger picture ({_area(self.right_box):.0%})")
        if self.changed_boxes:
            said.append(Changes(self.changed_boxes, self.changed_boxes_right, self.changed_share).words())
        return tuple(said)

    def matrix(self, left: tuple[int, int], right: tuple[int, int]) -> tuple[float, ...]:
        """SVG's ``matrix(a b c d e f)`` that lays the second picture over the first, both in pixels.

        Points go from the second picture's shared box to the middle, are unscaled, turned and mirrored back, and
        go to the first picture's shared box.
        """
        theirs = _pixels(self.right_box, right)
        ours = _pixels(self.left_box, left)
        angle = math.radians(self.rotated_degrees)
        cos, sin = math.cos(angle), math.sin(angle)
        quarter = round(self.rotated_degrees / 90) % 2
        shown = (ours[3], ours[2]) if quarter else (ours[2], ours[3])
        straight = abs(self.rotated_degrees / 90 - round(self.rotated_degrees / 90)) < 0.02
        if straight:
            scale_x, scale_y = shown[0] / theirs[2], shown[1] / theirs[3]
        else:
            scale_x = scale_y = math.sqrt((ours[2] * ours[3]) / (theirs[2] * theirs[3]))
        flip = -1.0 if self.mirrored else 1.0
        a, c = flip * cos * scale_x, flip * -sin * scale_y
        b, d = sin * scale_x, cos * scale_y
        middle_x, middle_y = theirs[0] + theirs[2] / 2, theirs[1] + theirs[3] / 2
        e = ours[0] + ours[2] / 2 - a * middle_x - c * middle_y
        f = ours[1] + ours[3] / 2 - b * middle_x - d * middle_y
        return tuple(round(value, 6) + 0.0 for value in (a, b, c, d, e, f))


def read_frame(transform: str | None) -> Frame | None:
    """Return the frame in a match's JSON; None if there is none or it is invalid."""
    try:
        told = json.loads(transform) if transform else None
        if not isinstance(told, dict):
            return None
        frame = Frame(
            bool(told.get("mirrored")),
            float(told.get("rotated_degrees") or 0.0),
            float(told.get("scale") or 1.0),
            _box(told.get("left_box")),
            _box(told.get("right_box")),
            tuple(map(_box, told.get("changed_boxes") or ())),
            tuple(map(_box, told.get("changed_boxes_right") or ())),
            float(told.get("changed_share") or 0.0),
            str(told.get("bent") or ""),
            bool(told.get("negative")),
        )
    except (ValueError, TypeError):
        return None
    numbers = (frame.rotated_degrees, frame.scale, frame.changed_share, *frame.left_box, *frame.right_box)
    sensible = all(math.isfinite(number) for number in numbers) and frame.scale > 0
    return frame if sensible and min(_area(frame.left_box), _area(frame.right_box)) > 1e-6 else None


def _box(told: object) -> Box:
    if told is None:
        return WHOLE
    left, top, right, bottom = (min(1.0, max(0.0, float(edge))) for edge in told)  # type: ignore[attr-defined]
    return left, top, right, bottom


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _pixels(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return a box in pixels: left, top, width, height."""
    return (
        box[0] * size[0],
        box[1] * size[1],
        (box[2] - box[0]) * size[0],
        (box[3] - box[1]) * size[1],
    )
