"""Photoshop files: the picture that all layers make, where the file holds it.

Source: Adobe Photoshop File Formats Specification (2019): a header of 26 bytes, then four sections, each with its
length in front but the last: colour mode data, image resources, layers and masks, the merged picture.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER_BYTES = 26
_VERSION_INFO = 0x0421
"""The resource that says whether the merged picture is real or blank."""
_RESOURCES = 10_000
"""The most resources that are skipped in one file."""


@dataclass(frozen=True, slots=True)
class Photoshop:
    """The properties that a file states."""

    bits: int
    """A channel: 1, 8, 16 or 32."""
    layers: memoryview
    """The section of layers and masks."""
    is_merged: bool
    """Whether the file has the merged picture; Photoshop can leave it blank to save space."""


def why_not_photoshop(data: bytes) -> str | None:
    """Return what makes a Photoshop file one that is not read; None where it is read, or no such file."""
    if not data.startswith(b"8BPS") or len(data) < _HEADER_BYTES:
        return None
    version, bits = struct.unpack_from(">H", data, 4)[0], struct.unpack_from(">H", data, 22)[0]
    if version != 1:
        return "for large documents (PSB)"
    return f"of {bits} bits a channel" if bits not in (1, 8) else None


def read_photoshop(data: bytes) -> Photoshop:
    """Read the header and the sections of a file that begins as Photoshop's do; what is cut off is empty."""
    (bits,) = struct.unpack_from(">H", data, 22)
    at = _HEADER_BYTES
    sections = []
    for _ in range(3):
        length = int.from_bytes(data[at : at + 4], "big")
        sections.append(memoryview(data)[at + 4 : at + 4 + length])
        at += 4 + length
    resources = dict(_resources(bytes(sections[1][: 1 << 24])))
    info = resources.get(_VERSION_INFO)
    return Photoshop(bits, sections[2], is_merged=info is None or len(info) < 5 or info[4] != 0)


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the data of each image resource."""
    at = 0
    for _ in range(_RESOURCES):
        if data[at : at + 4] != b"8BIM" or at + 12 > len(data):
            return
        (number,) = struct.unpack_from(">H", data, at + 4)
        at += 6 + (data[at + 6] + 2 & ~1)  # a name of Pascal's kind, padded to an even length
        length = int.from_bytes(data[at : at + 4], "big")
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + (length + 1 & ~1)
