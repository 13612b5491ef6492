"""The tags of a TIFF structure: a TIFF file, or the EXIF packet that other formats carry.

Only the tags asked for are read, and an offset is never followed further than its caller asks,
so that a file of loops and lies costs no more than a good one. Source: TIFF 6.0, section 2.
"""

import math
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_UNIT_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
"""Bytes a value takes by its field type; 129 is the UTF-8 of Exif 3.0."""
_BIG_UNIT_BYTES = {**_UNIT_BYTES, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}


@dataclass(frozen=True, slots=True)
class Tag:
    """One entry of a directory, with its value as stored."""

    type: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Tiff:
    """A TIFF structure whose header was understood."""

    data: bytes
    order: str
    """``<`` or ``>``, as :mod:`struct` writes byte orders."""
    big: bool
    """BigTIFF: offsets of 8 bytes."""
    first: int
    """Offset of the first directory."""

    def read_tags(self, offset: int, wanted: Collection[int]) -> Mapping[int, Tag]:
        """Return the ``wanted`` tags of the directory at ``offset``; what is cut short is left out."""
        count_format, entry_format, inline_bytes = ("Q", "HHQ8s", 8) if self.big else ("H", "HHL4s", 4)
        count_format, entry_format = self.order + count_format, self.order + entry_format
        start = offset + struct.calcsize(count_format)
        if offset <= 0 or start > len(self.data):
            return {}
        (count,) = struct.unpack_from(count_format, self.data, offset)
        entry_bytes = struct.calcsize(entry_format)
        end = min(start + count * entry_bytes, len(self.data))
        end -= (end - start) % entry_bytes
        units = _BIG_UNIT_BYTES if self.big else _UNIT_BYTES
        tags: dict[int, Tag] = {}
        for number, kind, values, inline in struct.iter_unpack(entry_format, self.data[start:end]):
            if number not in wanted or number in tags:
                continue
            size = units.get(kind, 0) * values
            if size <= inline_bytes:
                tags[number] = Tag(kind, inline[:size])
                continue
            (at,) = struct.unpack(self.order + ("Q" if self.big else "L"), inline)
            if at < len(self.data):
                tags[number] = Tag(kind, self.data[at : at + size])
        return tags

    def read_integer(self, tag: Tag | None) -> int | None:
        """Return the first integer of ``tag``."""
        code = _INTEGERS.get(tag.type) if tag else None
        if tag is None or code is None or len(tag.value) < struct.calcsize(self.order + code):
            return None
        return int(struct.unpack_from(self.order + code, tag.value)[0])

    def read_integers(self, tag: Tag | None) -> tuple[int, ...]:
        """Return every integer of ``tag``, at most a million."""
        code = _INTEGERS.get(tag.type) if tag else None
        if tag is None or code is None:
            return ()
        size = struct.calcsize(self.order + code)
        count = min(len(tag.value) // size, 1_000_000)
        return struct.unpack_from(f"{self.order}{count}{code}", tag.value)

    def _read_floats(self, tag: Tag | None) -> tuple[float, ...]:
        code = {11: "f", 12: "d"}.get(tag.type) if tag else None
        if tag is None or code is None:
            return ()
        size = struct.calcsize(code)
        found: tuple[float, ...] = struct.unpack_from(
            f"{self.order}{len(tag.value[:64]) // size}{code}", tag.value
        )
        return found if all(math.isfinite(each) for each in found) else ()

    def read_ratios(self, tag: Tag | None) -> tuple[float, ...]:
        """Return the ratios of ``tag`` up to the first that divides by zero; or its numbers, if it holds those."""
        if tag is None or tag.type not in (5, 10):
            return self._read_floats(tag)
        pair = self.order + ("LL" if tag.type == 5 else "ll")
        ratios = []
        for above, below in struct.iter_unpack(pair, tag.value[: len(tag.value) // 8 * 8][:64]):
            if below == 0:
                break
            ratios.append(above / below)
        return tuple(ratios)


def open_tiff(data: bytes) -> Tiff | None:
    """Return the TIFF structure that ``data`` holds; None where it holds none."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return None
    magic, first = struct.unpack_from(order + "HL", data, 2)
    if magic == 43 and len(data) >= 16:
        return Tiff(data, order, True, struct.unpack_from(order + "Q", data, 8)[0])
    return Tiff(data, order, False, first) if magic == 42 else None
