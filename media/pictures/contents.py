"""The data in a picture's file besides the shown picture, in which pictures that look the same may differ.

``pixels_sha256`` covers all of it (:mod:`media.pictures.stored` reads it), so that files with "same pixels" differ only
in metadata or encoding. :func:`name_differences` names the other differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a picture's file."""

    bits: int = 8
    """Bits of a sample (of one channel of one pixel)."""
    channels: str = "RGB"
    """``grey``, ``RGB``, ``CMYK``, ``LAB``; ``RGB, alpha`` if a part may be transparent."""
    profile: str | None = None
    """The colour profile, by its own name; None: no profile, which means sRGB."""
    extras: tuple[str, ...] = ()
    """Data in the file that is not in the picture, in words: ``a video behind the picture (10,000 bytes)``."""
    damage: str | None = None
    """The missing part of the picture, in words; None if it is complete."""
    frames: int = 1


def name_differences(ours: Contents, theirs: Contents, *, plainly: bool = True) -> list[str]:
    """Name the differences between two files, seen from the first, without those of the shown pictures.

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
    """Return whether the file is a camera's raw file, of which a preview is shown."""
    return any(extra.startswith(RAW_DATA) for extra in contents.extras)


RAW_DATA = "a camera's raw data"
"""The beginning of the first of the extras of such a file."""

_ALPHA = ", alpha"
