"""What a picture's file holds beside what is shown of it: what two pictures that look the same may differ in.

``pixels_sha256`` covers all of it (:mod:`media.pictures.stored` reads it), so that "same pixels" is said of files
that differ in metadata or packing only. What differs otherwise is named by :func:`name_differences`.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contents:
    """What a picture's file holds."""

    bits: int = 8
    """Of a sample (of one channel of one pixel)."""
    channels: str = "RGB"
    """``grey``, ``RGB``, ``CMYK``, ``LAB``; ``RGB, alpha`` where some of it may be transparent."""
    profile: str | None = None
    """The colour profile, by its own name; None: no profile, which means sRGB."""
    extras: tuple[str, ...] = ()
    """What is in the file and not in the picture, in words: ``a video behind the picture (10,000 bytes)``."""
    damage: str | None = None
    """What is missing of the picture, in words; None: it is whole."""
    frames: int = 1


def name_differences(ours: Contents, theirs: Contents, *, plainly: bool = True) -> list[str]:
    """Name what one file holds and the other does not, from the first one's side; nothing of what is shown.

    Unless ``plainly``, a profile that only says what having none means (sRGB) is passed over.
    """
    return [*_in_samples(ours, theirs, plainly), *_in_file(ours, theirs)]


def name_surplus(ours: Contents, theirs: Contents, *, plainly: bool = True) -> list[str]:
    """Name what the first file holds and the second lacks; ``plainly`` as in :func:`name_differences`."""
    surplus = []
    if ours.bits > theirs.bits:
        surplus.append(f"{ours.bits} bits a channel")
    if _has_alpha(ours) and not _has_alpha(theirs):
        surplus.append("transparency")
    if _without_alpha(ours) != _without_alpha(theirs) and _without_alpha(theirs) == "grey":
        surplus.append("colour")
    meant_the_same = not plainly and _is_screen(ours) and _is_screen(theirs)
    if ours.profile and ours.profile != theirs.profile and not meant_the_same:
        surplus.append(f"colour profile {ours.profile}")
    if ours.frames > theirs.frames:
        surplus.append(f"{ours.frames:,} frames")
    surplus += [extra for extra in ours.extras if extra not in theirs.extras]
    return surplus


def _in_samples(ours: Contents, theirs: Contents, plainly: bool) -> Iterator[str]:
    if ours.bits != theirs.bits:
        yield f"{_count(ours.bits, 'bit')} a channel against {theirs.bits}"
    if _without_alpha(ours) != _without_alpha(theirs):
        yield f"{_without_alpha(ours)} against {_without_alpha(theirs)}"
    if _has_alpha(ours) != _has_alpha(theirs):
        yield "with transparency" if _has_alpha(ours) else "without transparency"
    if ours.profile != theirs.profile and (plainly or not (_is_screen(ours) and _is_screen(theirs))):
        yield f"another colour profile: {ours.profile or 'none'} against {theirs.profile or 'none'}"


def _in_file(ours: Contents, theirs: Contents) -> Iterator[str]:
    if ours.frames != theirs.frames:
        yield f"{_count(ours.frames, 'frame')} against {theirs.frames:,}"
    for extra in ours.extras:
        if extra not in theirs.extras:
            yield f"has {extra}"
    for extra in theirs.extras:
        if extra not in ours.extras:
            yield f"lacks {extra}"
    if ours.damage != theirs.damage:
        yield ours.damage or "whole, where the other is damaged"


def _is_screen(contents: Contents) -> bool:
    return contents.profile is None or contents.profile.startswith("sRGB")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _has_alpha(contents: Contents) -> bool:
    return contents.channels.endswith(_ALPHA)


def _without_alpha(contents: Contents) -> str:
    return contents.channels.removesuffix(_ALPHA)


def is_raw(contents: Contents) -> bool:
    """Whether the file holds a camera's raw data, and what is shown of it is a preview."""
    return any(extra.startswith(RAW_DATA) for extra in contents.extras)


RAW_DATA = "a camera's raw data"
"""How the first of the extras begins, of a file that holds such."""

_ALPHA = ", alpha"
