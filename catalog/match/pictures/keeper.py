"""Chooses the copy of a group to keep, and gives the reason, and the relation of the others to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from media.archives.container import is_discarded
from media.matching.pictures.changes import BENDS
from media.matching.pictures.pairs import WHOLE_COPIES, Kind, Transform
from media.matching.pictures.verify import box_area
from media.pictures.contents import Contents, is_raw, name_differences, name_surplus
from media.pictures.making import Making, is_duller


@dataclass(frozen=True, slots=True)
class Copy:
    """A record that holds a picture of a group."""

    record_id: int
    sha256: str
    locator: str
    byte_size: int
    modified_ns: int | None
    inode: str | None
    removable: bool
    """True for a file on disk, which could be removed; false for a member of an archive."""


@dataclass(frozen=True, slots=True)
class Merits:
    """The merits of a picture."""

    caption: str | None
    """A caption embedded in the file."""
    low: bool
    framed: bool
    width_px: int
    height_px: int
    contents: Contents = field(default_factory=Contents)
    making: Making = field(default_factory=Making)

    @property
    def detail_px(self) -> float:
        """Pixels with real detail: fewer than all if the picture was enlarged."""
        return self.width_px * self.height_px * self.making.detail**2

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width_px, self.height_px

    def is_duller(self, other: "Merits") -> bool:
        """Return whether it holds less detail than another copy that shows the same."""
        if self.detail_px < other.detail_px and sorted(self.size) != sorted(other.size):
            return True
        return is_duller(self.making, other.making, self.size, other.size)


@dataclass(frozen=True, slots=True)
class Showing:
    """How a picture relates to the keeper."""

    kind: Kind
    transform: Transform
    """How it shows the keeper."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A member of a group as it is recorded."""

    copy: Copy
    keeper: bool
    reason: str


def describe_group(
    keeper: str, copies: Sequence[Copy], merits: Mapping[str, Merits], showings: Mapping[str, Showing]
) -> list[Kept]:
    """Return the members with the reason for each; ``keeper`` is the picture to keep, of which the best
    copy is kept.
    """
    own = sorted((copy for copy in copies if copy.sha256 == keeper), key=_copy_order)
    kept, rest = own[0], own[1:]
    others = sorted(
        (copy for copy in copies if copy.sha256 != keeper), key=lambda copy: (copy.sha256, copy.locator)
    )
    described = [Kept(kept, True, _why_kept(kept, rest, others, merits, showings))]
    described += [Kept(copy, False, _same_bytes(copy, kept)) for copy in rest]
    described += [Kept(copy, False, _what(copy, kept, merits, showings[copy.sha256])) for copy in others]
    return described


def reclaimable_bytes(members: Iterable[Kept]) -> int:
    """Return what removing all but the keeper would free: each inode once, and none that the keeper
    shares.
    """
    members = list(members)
    counted = {member.copy.inode for member in members if member.keeper and member.copy.inode}
    total = 0
    for member in members:
        copy = member.copy
        if member.keeper or not copy.removable or (copy.inode is not None and copy.inode in counted):
            continue
        if copy.inode is not None:
            counted.add(copy.inode)
        total += copy.byte_size
    return total


def _copy_order(copy: Copy) -> tuple[bool, bool, int, int, str]:
    """Return what was not thrown away, a file before a member of an archive, then the oldest, then the
    shortest name.
    """
    age = copy.modified_ns if copy.modified_ns is not None else 1 << 63
    discarded = is_discarded(copy.locator.rpartition("/")[0])
    return discarded, not copy.removable, age, len(copy.locator), copy.locator


def _why_kept(
    kept: Copy,
    same: Sequence[Copy],
    others: Sequence[Copy],
    merits: Mapping[str, Merits],
    showings: Mapping[str, Showing],
) -> str:
    if not others:
        if any((copy.modified_ns or 0) < (kept.modified_ns or 0) for copy in same):
            return "keep: the copy that was not thrown away"
        older = [copy for copy in same if (copy.modified_ns or 0) != (kept.modified_ns or 0)]
        return "keep: the oldest of the same bytes" if older else "keep: first of the same bytes"
    ours = merits[kept.sha256]
    theirs = [merits[copy.sha256] for copy in others]
    size = f"{ours.width_px} x {ours.height_px}"
    if not ours.contents.damage and all(each.contents.damage for each in theirs):
        return f"keep: the one that is whole ({size})"
    if is_raw(ours.contents) and not any(is_raw(each.contents) for each in theirs):
        return "keep: a camera's raw data, from which the others were developed"
    if ours.caption and not all(each.caption for each in theirs):
        rivals = [copy for copy in others if merits[copy.sha256].caption]
        among = _why_kept(kept, same, rivals, merits, showings).removeprefix("keep: ") if rivals else ""
        return "keep: has an embedded caption" + (f"; among those with one: {among}" if among else "")
    if any(each.low for each in theirs) and not ours.low:
        return f"keep: shows the most ({size})"
    if any(each.framed for each in theirs) and not ours.framed:
        return f"keep: without a frame ({size})"
    if made := _better_made(ours, theirs, [_shows_all(showings[copy.sha256]) for copy in others]):
        return f"keep: {made} ({size})"
    if held := _alone_holds(ours, theirs):
        return f"keep: holds what the others lack ({held}; {size})"
    if all(kept.byte_size > copy.byte_size for copy in others):
        return f"keep: the most bytes of the largest ({size})"
    if any(ours.width_px * ours.height_px < each.width_px * each.height_px for each in theirs):
        return f"keep: the one that the others show ({size})"
    return f"keep: the best of the largest ({size})"


def _better_made(ours: Merits, theirs: Sequence[Merits], whole: Sequence[bool]) -> str:
    """Return, in words, how the keeper was better made than all others; "" if it was not.

    ``whole`` says which of the others show all of it.
    """
    largest = max(each.width_px * each.height_px for each in theirs)
    equals = [
        each
        for each, shows_all in zip(theirs, whole, strict=True)
        if not (each.is_duller(ours) if shows_all else each.detail_px < ours.detail_px)
    ]
    if not equals:
        if ours.width_px * ours.height_px > largest:
            return "the most pixels"
        return "the most detail, where what is as large or larger was blown up or blurred"
    made, others = ours.making, [each.making for each in equals]
    if any(ours.is_duller(each) for each in equals):
        # It holds what those of more detail do not, or these are noisy.
        return (
            "without the noise of the others" if all(each.is_noisy > made.is_noisy for each in others) else ""
        )
    if made.camera and all(made.camera > each.camera for each in others):
        return "as the camera wrote it" if made.camera == 2 else "from a camera, by its metadata"
    if not made.is_noisy and all(each.is_noisy for each in others):
        return "without the noise of the others"
    if not made.saved_again and all(each.saved_again for each in others):
        return "saved once, the others again"
    if all((made.saved_again, -made.quality) < (each.saved_again, -each.quality) for each in others):
        return f"the least compressed (quality {made.quality})"
    faults = [
        words
        for words, is_so in (
            ("noisy", any(each.is_noisy for each in others)),
            ("saved again", any(each.saved_again for each in others)),
            ("more compressed", any(each.quality < made.quality for each in others)),
        )
        if is_so
    ]
    if faults and all(
        (-each.is_noisy, not each.saved_again, each.quality)
        < (-made.is_noisy, not made.saved_again, made.quality)
        for each in others
    ):
        return f"nearest to the original, where the others are {' or '.join(faults)}"
    return ""


def _shows_all(showing: Showing) -> bool:
    return showing.kind in WHOLE_COPIES


def _alone_holds(ours: Merits, theirs: Sequence[Merits]) -> str:
    """Return, in words, the data in the keeper's file that no other copy has."""
    surplus = [name_surplus(ours.contents, each.contents) for each in theirs]
    return ", ".join(each for each in surplus[0] if all(each in others for others in surplus[1:]))


def _same_bytes(copy: Copy, kept: Copy) -> str:
    if copy.inode is not None and copy.inode == kept.inode:
        return "the keeper itself under another name (hardlink)"
    return "same bytes as the keeper"


def _what(copy: Copy, kept: Copy, merits: Mapping[str, Merits], showing: Showing) -> str:
    ours, theirs = merits[copy.sha256], merits[kept.sha256]
    changes = showing.transform.changes
    said = "; ".join(
        [
            _showing(ours, theirs, showing),
            *([f"review: {changes.words()}"] if changes else []),
            *_made_worse(ours, theirs, whole=_shows_all(showing)),
            *_differences(ours, theirs, showing),
        ]
    )
    if ours.caption and ours.caption != theirs.caption:
        said += "; review: no copy kept has its embedded caption"
    return said


def _made_worse(copy: Merits, keeper: Merits, *, whole: bool) -> list[str]:
    """Return, in words, how a copy is farther from the camera's original than the keeper."""
    said, ours, theirs = list[str](), copy.making, keeper.making
    compared = whole and copy.width_px * copy.height_px >= keeper.width_px * keeper.height_px
    if ours.detail < theirs.detail or (compared and is_duller(ours, theirs, copy.size, keeper.size)):
        said.append("blown up or blurred")
    if ours.is_noisy and not theirs.is_noisy:
        said.append("with noise")
    if ours.saved_again and not theirs.saved_again:
        said.append("saved again")
    if ours.camera < theirs.camera:
        said.append("edited since the camera wrote it" if ours.camera else "without the camera's metadata")
    return said


def _differences(ours: Merits, theirs: Merits, showing: Showing) -> list[str]:
    """Return the data in a copy's file, besides the shown picture, that the keeper's lacks."""
    if showing.kind == "same-pixels":
        return []
    same_size = (ours.width_px, ours.height_px) == (theirs.width_px, theirs.height_px)
    return name_differences(ours.contents, theirs.contents, plainly=same_size)


def _showing(ours: Merits, theirs: Merits, showing: Showing) -> str:
    if showing.kind == "same-pixels":
        return "same pixels as the keeper, other metadata"
    turned = _turned(showing.transform)
    size = f"{ours.width_px} x {ours.height_px}"
    if showing.kind == "near":
        same = (ours.width_px, ours.height_px) == (theirs.width_px, theirs.height_px)
        if same and not turned:
            # The differences are named; whether it was also encoded again is not known.
            return "the same picture" + ("" if _differences(ours, theirs, showing) else ", encoded anew")
        return f"the same picture{turned} at {size}"
    share, within = box_area(showing.transform.left_box), box_area(showing.transform.right_box)
    if within < 0.9 and share >= 0.9:
        return f"shows the keeper{turned} inside a larger picture ({size})"
    return f"shows {share:.0%} of the keeper{turned} ({size})"


def _turned(transform: Transform) -> str:
    said = " mirrored" if transform.mirrored else ""
    if 2 <= transform.rotated_degrees <= 358:
        said += f" turned by {transform.rotated_degrees:.0f} degrees"
    if transform.bend is not None:
        said += f" {BENDS[transform.bend]}"
    if transform.negative:
        said += " as a negative"
    return said
