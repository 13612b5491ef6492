"""The pages of a TIFF after the first. Each is a record of its own, at the offset of its directory.

The first page is the picture of the file. Small copies and masks in the file are not pages.
"""

import io
import struct
from collections.abc import Iterator, Mapping
from typing import Final

from media.archives.compression import read_exactly
from media.archives.container import ByWalk, Damage, File, Member, Span
from media.pictures.metadata.tiff import Tag, Tiff, open_tiff
from media.record import Problem

_FILE_BYTES: Final = 512 << 20
_MOST: Final = 2_000
"""The most pages of one file."""

_KIND, _OLD_KIND, _COMPRESSION = 254, 255, 259
_BESIDE: Final = 1 | 4
"""The bits of ``NewSubfileType`` for a smaller copy of another page and for a mask."""
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
_JPEG, _JPEG_BYTES = 513, 514
_ELSEWHERE: Final = frozenset({330, 34665, 34853, 40965, _JPEG, _JPEG_BYTES})
"""Tags whose values are offsets in the file. A page on its own does not need the data at these offsets."""
_NARROW: Final = {16: 4, 17: 9, 18: 4}
"""Field types of BigTIFF, and the types that hold the same numbers in other TIFFs."""
_UNITS: Final = {3: 2, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 4: 4, 13: 4}
_REMEDY: Final = "Open the file in a program that shows its pages, and save it anew, or each page by itself."


class TiffPages(ByWalk):
    """The pages of a TIFF from the second on."""

    media_type = "image/tiff"
    part = "page"

    def __init__(self, file: File, locator: str) -> None:
        self.file = file
        self.locator = locator

    def spans(self, after: int = 0) -> Iterator[Span | Problem]:
        """Yield the file as one span."""
        yield Span(0, max(1, self.file.seek(0, io.SEEK_END)))

    def members(self, span: Span) -> Iterator[Member | Damage]:
        self.file.seek(0)
        tiff = open_tiff(read_exactly(self.file, _FILE_BYTES))
        if tiff is None:
            return
        left = 2 * len(tiff.data)  # pages that share their bytes must not cost more than others
        for number, offset in enumerate(_directories(tiff)):
            locator = f"{self.locator}#{offset}"
            if number == 0:
                continue
            if number == _MOST or left < 0:
                reason = "what follows of its pages was not read: there are too many, or they are damaged"
                yield Damage(locator, reason, _REMEDY)
                return
            tags = tiff.read_tags(offset, range(1 << 16))
            if not tags:
                reason = f"page {number + 1} and what follows are lost: the file is damaged or cut short"
                yield Damage(locator, reason, "Restore it from its source or a backup.")
                return
            if _is_beside(tiff, tags):
                continue
            page = _page(tiff, tags)
            left -= len(page or b"")
            if page is None:
                yield Damage(locator, f"page {number + 1} has no pixels that can be found", _REMEDY)
            else:
                yield Member(locator, io.BytesIO(page))


def _directories(tiff: Tiff) -> Iterator[int]:
    """Yield the offset of each directory, that of the first page first; stop at one that leads back."""
    count_format, pointer_format = (tiff.order + each for each in (("Q", "Q") if tiff.big else ("H", "L")))
    entry_bytes = 20 if tiff.big else 12
    seen: set[int] = set()
    offset = tiff.first
    while offset and offset not in seen:
        seen.add(offset)
        yield offset
        if offset + struct.calcsize(count_format) > len(tiff.data):
            return
        (count,) = struct.unpack_from(count_format, tiff.data, offset)
        end = offset + struct.calcsize(count_format) + count * entry_bytes
        if end + struct.calcsize(pointer_format) > len(tiff.data):
            return
        (offset,) = struct.unpack_from(pointer_format, tiff.data, end)


def _is_beside(tiff: Tiff, tags: Mapping[int, Tag]) -> bool:
    return bool((tiff.read_integer(tags.get(_KIND)) or 0) & _BESIDE) or (
        tiff.read_integer(tags.get(_OLD_KIND)) == 2
    )


def _page(tiff: Tiff, tags: Mapping[int, Tag]) -> bytes | None:
    """Return a page as a file of its own, with its pixels still compressed; None if it has no pixels."""
    if _JPEG in tags:  # The old JPEG of TIFF 6.0 is a whole file, which readers support better than this tag.
        start, size = (tiff.read_integer(tags.get(tag)) or 0 for tag in (_JPEG, _JPEG_BYTES))
        found = tiff.data[start : start + size]
        return found if found.startswith(b"\xff\xd8\xff") else None
    places, sizes = (_TILES, _TILE_BYTES) if _TILES in tags else (_STRIPS, _STRIP_BYTES)
    starts, lengths = (tiff.read_integers(tags.get(tag)) for tag in (places, sizes))
    if not starts or len(starts) != len(lengths) or sum(lengths) > 2 * len(tiff.data):
        return None
    pixels = [tiff.data[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    if not any(pixels):
        return None
    kept = {number: _narrow(tiff, tag) for number, tag in tags.items() if number not in _ELSEWHERE}
    kept[sizes] = Tag(4, struct.pack(f"{tiff.order}{len(lengths)}L", *lengths))
    kept[places] = Tag(4, bytes(4 * len(starts)))
    entries = 8 + 2 + 12 * len(kept) + 4
    behind = sum(len(tag.value) + len(tag.value) % 2 for tag in kept.values() if len(tag.value) > 4)
    offsets = [entries + behind]
    for strip in pixels[:-1]:
        offsets.append(offsets[-1] + len(strip))
    kept[places] = Tag(4, struct.pack(f"{tiff.order}{len(offsets)}L", *offsets))
    return b"".join((_directory(tiff.order, kept, entries), *pixels))


def _narrow(tiff: Tiff, tag: Tag) -> Tag:
    """Return a tag in the form of a TIFF that is not a BigTIFF."""
    if tag.type not in _NARROW:
        return tag
    numbers = [min(number, 0xFFFFFFFF) for number in tiff.read_integers(tag)]
    return Tag(_NARROW[tag.type], struct.pack(f"{tiff.order}{len(numbers)}L", *numbers))


def _directory(order: str, tags: Mapping[int, Tag], behind: int) -> bytes:
    """Return the head of a file of one page: its header, its directory, and the values after it."""
    mark = b"II" if order == "<" else b"MM"
    head = bytearray(mark + struct.pack(order + "HLH", 42, 8, len(tags)))
    values = bytearray()
    for number, tag in sorted(tags.items()):
        head += struct.pack(order + "HHL", number, tag.type, len(tag.value) // _UNITS.get(tag.type, 1))
        if len(tag.value) <= 4:
            head += tag.value.ljust(4, b"\0")
        else:
            head += struct.pack(order + "L", behind + len(values))
            values += tag.value + bytes(len(tag.value) % 2)
    return bytes(head + bytes(4) + values)
