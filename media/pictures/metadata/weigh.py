"""The metadata in a picture's file, weighed by the fields that hold them.

The order of trust is that of the Metadata Working Group's Guidelines 2.0, section 3: EXIF first for
description, creator, copyright and date; then XMP, unless the file's digest of its IPTC shows that
somebody changed the IPTC afterwards; then the other one. EXIF's UserComment and Windows' XP tags, which the
guidelines do not mention, come last. Different texts are all kept: every text that describes the picture is a
placement with its own origin.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import PIL.Image

from media.captions.caption import Origin, Placement
from media.captions.stated import place_embedded
from media.pictures.metadata.camera import is_bare_label, is_camera_text
from media.pictures.metadata.exif import read_exif
from media.pictures.metadata.iptc import read_iptc
from media.pictures.metadata.metadata import Metadata
from media.pictures.metadata.packets import find_packets
from media.pictures.metadata.statement import Description, Statement, fold_space
from media.pictures.metadata.xmp import read_xmp

_DOUBTS = 8
"""The most doubts reported for one file: the first ones explain the others."""

_IIM_OCTETS = {
    "caption": 2000,
    "byline": 32,
    "credit_line": 32,
    "copyright_notice": 128,
    "source": 32,
    "headline": 256,
}
"""Length at which IIM cuts a field off, so that its XMP counterpart is the whole of it."""

_REMARKS = {"EXIF UserComment": 0.6, "EXIF XPComment": 0.7}
"""Fields that hold a caption now and then, among remarks of other kinds, and how far each is believed."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The metadata that a file has about its picture."""

    metadata: Metadata
    """One value a field, the most trusted."""
    placements: tuple[Placement, ...] = ()
    """Every caption (origins ``exif``, ``xmp``, ``iptc``) and alt text (``alt``), the most trusted first."""
    doubts: tuple[str, ...] = ()
    """The parts that could not be read, in words for a person."""
    camera: bool = False
    """Whether the file has a camera's make or model, and an exposure."""
    edited: bool = False
    """Whether the file names a picture editor as the program that wrote it."""


NOTHING = Embedded(Metadata())


def read_metadata(data: bytes, picture: PIL.Image.Image | None = None) -> Embedded:
    """Return what the picture file ``data`` says about itself.

    ``picture`` is the same file as Pillow opened it, if it is open already; its pixels are not
    decoded. Damaged metadata gives what could be read, and a doubt: nothing is raised.
    """
    packets = find_packets(data, picture)
    if not (packets.exif or packets.xmp or packets.iptc):
        return Embedded(Metadata(), doubts=tuple(packets.doubts[:_DOUBTS])) if packets.doubts else NOTHING
    exif, remarks = read_exif(packets.exif) if packets.exif else (Statement(), Statement())
    xmp = read_xmp(packets.xmp) if packets.xmp else Statement()
    iptc = read_iptc(packets.iptc) if packets.iptc else Statement()

    tool = exif.creator_tool
    exif, xmp, iptc, remarks = (_drop_camera_text(said, tool) for said in (exif, xmp, iptc, remarks))
    # Without a digest nobody has vouched for the IPTC: the XMP is the younger standard.
    changed = packets.iptc_digest is not None and packets.iptc_digest != _digest(packets.iptc)
    metadata = _weigh(exif.metadata, iptc.metadata, xmp.metadata, remarks.metadata, changed)
    order = (exif, iptc, xmp, remarks) if changed else (exif, xmp, iptc, remarks)
    doubts = (*packets.doubts, *(doubt for said in order for doubt in said.doubts))
    return Embedded(
        metadata,
        tuple(_join_descriptions(order, metadata)),
        doubts[:_DOUBTS],
        camera=tool is not None and exif.exposed,
        edited=_names_editor(exif.software, packets.xmp),
    )


_EDITOR = re.compile(
    r"photoshop|lightroom|gimp|affinity|capture one|darktable|rawtherapee|pixelmator|paint|picasa|snapseed|picsart"
    r"|acdsee|irfanview|imagemagick|xnview|faststone|photofiltre|photoscape|fotor|canva|luminar|dxo|corel|photo editor",
    re.IGNORECASE,
)
_CREATOR_TOOL = re.compile(rb"(?:CreatorTool|softwareAgent)(?:=[\"']|>)([^<\"']{1,80})")


def _names_editor(software: str | None, packets: Sequence[bytes]) -> bool:
    """Return whether an editor of pictures says that it wrote the file, in EXIF or in the history of the XMP."""
    if software and _EDITOR.search(software):
        return True
    tools = (tool for packet in packets for tool in _CREATOR_TOOL.findall(packet)[:64])
    return any(_EDITOR.search(tool.decode("utf-8", "replace")) for tool in tools)


def _digest(iptc: bytes) -> bytes:
    return hashlib.md5(iptc, usedforsecurity=False).digest()


def _drop_camera_text(said: Statement, creator_tool: str | None) -> Statement:
    """Drop captions that a camera wrote, in all three parts: editors copy EXIF's into IPTC and XMP."""
    metadata = said.metadata
    kept = tuple(one for one in said.descriptions if not is_camera_text(one.text, creator_tool))
    if len(kept) < len(said.descriptions):
        first = next((one for one in kept if one.origin != "alt"), None)
        metadata = replace(metadata, caption=first.text.strip() if first else None)
    return said if metadata is said.metadata else replace(said, metadata=metadata, descriptions=kept)


def _weigh(exif: Metadata, iptc: Metadata, xmp: Metadata, remarks: Metadata, changed: bool) -> Metadata:
    """Return the most trusted value of every field; ``changed``: the IPTC is younger than the XMP."""

    def choose(name: str) -> str | None:
        older: str | None = getattr(iptc, name)
        newer: str | None = getattr(xmp, name)
        if changed and older and not _is_cut(older, newer, name):
            return older
        return newer or older

    notices = [notice for notice in (exif.copyright_notice, choose("copyright_notice")) if notice]
    located = exif if exif.latitude is not None else xmp
    keywords = (iptc.keywords or xmp.keywords) if changed else (xmp.keywords or iptc.keywords)
    return Metadata(
        headline=choose("headline"),
        caption=exif.caption or choose("caption") or remarks.caption,
        byline=exif.byline or choose("byline") or remarks.byline,
        credit_line=choose("credit_line"),
        # Cameras are sold with "Copyright," filled in: a notice that says more goes before it.
        copyright_notice=next(
            (notice for notice in notices if not is_bare_label(notice)), next(iter(notices), None)
        ),
        source=choose("source"),
        keywords=keywords or remarks.keywords,
        created_at=exif.created_at or choose("created_at"),
        city=choose("city"),
        country=choose("country"),
        latitude=located.latitude,
        longitude=located.longitude,
        camera=exif.camera,
    )


def _is_cut(iim: str, xmp: str | None, name: str) -> bool:
    """Return whether the IIM text is the XMP text, cut off at the length that IIM allows."""
    limit = _IIM_OCTETS.get(name)
    if limit is None or xmp is None or len(iim) >= len(xmp) or not xmp.startswith(iim):
        return False
    # A few octets less than the limit: no character is cut in two, white space at the end is gone.
    return len(iim.encode("utf-8", "replace")) >= limit - 8 or len(iim) >= limit - 8


def _join_descriptions(order: Sequence[Statement], metadata: Metadata) -> Iterator[Placement]:
    """Yield one placement for each different text; equal ones name all the fields that hold them."""
    joined: dict[tuple[bool, str], list[Description]] = {}
    for one in (one for said in order for one in said.descriptions):
        text = fold_space(unicodedata.normalize("NFC", one.text))
        is_alt = one.origin == "alt"
        cut = next((key for key in joined if key[0] is is_alt and _is_cut(text, key[1], "caption")), None)
        joined.setdefault(cut or (is_alt, text), []).append(one)
    credit = metadata.credit_line or metadata.byline
    for (is_alt, _), told in joined.items():
        origins = [origin for origin in _ORIGINS if any(one.origin == origin for one in told)]
        evidence: dict[str, object] = {"fields": [one.field for one in told]}
        if len(origins) > 1:
            evidence["origins"] = origins
        languages = sorted({one.language for one in told if one.language and one.language != "x-default"})
        if languages:
            evidence["languages"] = languages
        if all(one.field in _REMARKS for one in told):
            evidence["remark"] = True
        confidence = 0.5 if is_alt else max(_REMARKS.get(one.field, 1.0) for one in told)
        yield place_embedded(origins[0], told[0].text, credit, confidence, evidence)


_ORIGINS: tuple[Origin, ...] = ("iptc", "xmp", "exif", "alt")
"""A joined text goes by the first of these that holds it: the field made for captions before the others."""
