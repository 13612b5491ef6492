"""What a picture's file says about itself, read from real files and from files put together by hand."""

import hashlib
import io
import json
import random
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from media.captions.caption import Placement
from media.pictures.metadata.camera import is_camera_text
from media.pictures.metadata.weigh import Embedded, read_metadata
from tests.conftest import rows, scan_archive
from tests.packets import (
    box,
    described,
    exif,
    heif,
    iim,
    jpeg,
    plain_picture,
    png,
    resource,
    segment,
    webp,
    xmp,
)
from tests.shared_data import SHARED, needs_shared


def texts(embedded: Embedded) -> list[tuple[str, str]]:
    return [(found.origin, found.caption.text) for found in embedded.placements if found.caption]


def origins(placement: Placement) -> object:
    return placement.evidence.get("origins", [placement.origin])


# --- real photographs, as another program reads them


def _expected() -> list[dict[str, str | list[str]]]:
    path = SHARED / "data/metadata/expected.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def _same(found: str, expected: str) -> bool:
    """The list was printed in ASCII: "?" stands for any one character beyond it."""
    folded, wanted = " ".join(found.split()), " ".join(expected.split())
    return len(folded) == len(wanted) and all(
        a == b or (b == "?" and ord(a) > 127) for a, b in zip(folded, wanted, strict=True)
    )


@needs_shared
@pytest.mark.parametrize("wanted", _expected(), ids=lambda wanted: str(wanted["SourceFile"]))
def test_every_caption_of_a_real_photograph_is_found_with_its_origin(
    wanted: dict[str, str | list[str]],
) -> None:
    embedded = read_metadata((SHARED / "data/metadata" / str(wanted["SourceFile"])).read_bytes())
    for field, origin in (
        ("IPTC:Caption-Abstract", "iptc"),
        ("XMP:Description", "xmp"),
        ("EXIF:ImageDescription", "exif"),
    ):
        caption = wanted.get(field)
        if isinstance(caption, str) and caption.strip():
            assert any(
                origin in origins(found) and found.caption and _same(found.caption.text, caption)  # type: ignore[operator]
                for found in embedded.placements
            ), field
    assert embedded.doubts == ()


@needs_shared
@pytest.mark.parametrize("wanted", _expected(), ids=lambda wanted: str(wanted["SourceFile"]))
def test_every_field_of_a_real_photograph_is_what_one_of_its_parts_says(
    wanted: dict[str, str | list[str]],
) -> None:
    metadata = read_metadata((SHARED / "data/metadata" / str(wanted["SourceFile"])).read_bytes()).metadata
    for found, fields in (
        (metadata.headline, ("IPTC:Headline", "XMP:Headline")),
        (metadata.caption, ("EXIF:ImageDescription", "IPTC:Caption-Abstract", "XMP:Description")),
        (metadata.byline, ("EXIF:Artist", "IPTC:By-line", "XMP:Creator")),
        (metadata.credit_line, ("IPTC:Credit", "XMP:Credit")),
        (metadata.copyright_notice, ("EXIF:Copyright", "IPTC:CopyrightNotice", "XMP:Rights")),
        (metadata.city, ("IPTC:City",)),
        (metadata.country, ("IPTC:Country-PrimaryLocationName",)),
    ):
        said = [
            "; ".join(value) if isinstance(value, list) else value
            for value in map(wanted.get, fields)
            if value
        ]
        said = [value for value in said if value.strip()]
        if said and str(wanted["SourceFile"]) != "MWG.jpg":
            assert found is not None and any(_same(found, value) for value in said), (fields, said, found)
    keywords = wanted.get("IPTC:Keywords", [])
    if str(wanted["SourceFile"]) != "MWG.jpg":
        assert metadata.keywords == (tuple(keywords) if isinstance(keywords, list) else (keywords,))


@needs_shared
def test_parts_that_disagree_are_weighed_as_the_metadata_working_group_says() -> None:
    embedded = read_metadata((SHARED / "data/metadata/MWG.jpg").read_bytes())
    metadata = embedded.metadata
    assert metadata.caption == "RIGHT-EXIF-Description"
    assert metadata.byline == "RIGHT1of2-EXIF-Creator; RIGHT2of2-EXIF-Creator"
    assert metadata.copyright_notice == "RIGHT-XMP-Copyright"
    assert metadata.keywords == ("RIGHT1of2-XMP-Keywords", "RIGHT2of2-XMP-Keywords")
    assert (metadata.city, metadata.country) == ("RIGHT-XMP-City", "RIGHT-IPTC-Country")
    assert metadata.created_at == "2001-01-01T01:11:11"
    assert texts(embedded) == [
        ("exif", "RIGHT-EXIF-Description"),
        ("xmp", "WRONG-XMP-Description"),
        ("iptc", "WRONG-IPTC-Description"),
    ]


@needs_shared
def test_place_and_date_of_a_real_photograph() -> None:
    metadata = read_metadata((SHARED / "data/metadata/FujiFilm FinePixS1Pro (4).jpg").read_bytes()).metadata
    assert (metadata.latitude, metadata.longitude) == (pytest.approx(54.9135), pytest.approx(-1.5888333))
    assert metadata.created_at == "2002-09-01T12:03:56"


# --- one origin at a time


def test_a_picture_that_says_nothing_has_no_captions() -> None:
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"):
        assert read_metadata(plain_picture(kind)) == Embedded(metadata=read_metadata(b"").metadata)


def test_all_fields_of_a_press_photograph() -> None:
    block = iim(
        ("2:105", "Idlib offensive"),
        ("2:120", "A family flees\rBinnish, Syria."),
        ("2:80", "Ghaith Alsayed"),
        ("2:80", "Felipe Dana"),
        ("2:110", "AP"),
        ("2:116", "© 2020 The Associated Press"),
        ("2:25", "syria"),
        ("2:25", "war"),
        ("2:55", "20200227"),
        ("2:60", "104500+0200"),
        ("2:90", "Binnish"),
        ("2:101", "Syria"),
    )
    embedded = read_metadata(jpeg(iptc=block))
    metadata = embedded.metadata
    assert metadata.headline == "Idlib offensive"
    assert metadata.caption == "A family flees\nBinnish, Syria."
    assert metadata.byline == "Ghaith Alsayed; Felipe Dana"
    assert metadata.credit_line == "AP"
    assert metadata.copyright_notice == "© 2020 The Associated Press"
    assert metadata.keywords == ("syria", "war")
    assert metadata.created_at == "2020-02-27T10:45:00+02:00"
    assert (metadata.city, metadata.country) == ("Binnish", "Syria")
    (placement,) = embedded.placements
    assert placement.caption is not None
    assert placement.caption.text == "A family flees Binnish, Syria."
    assert placement.caption.credit_line == "AP"
    assert placement.evidence == {"fields": ["IPTC 2:120"], "found": "A family flees\rBinnish, Syria."}


@pytest.mark.parametrize(
    ("escape", "value", "wanted"),
    [
        pytest.param(b"\x1b%G", "Übergabe – Łódź".encode(), "Übergabe – Łódź", id="utf-8-declared"),
        pytest.param(None, "Übergabe – Łódź".encode(), "Übergabe – Łódź", id="utf-8-undeclared"),
        pytest.param(None, "“Übergabe”".encode("cp1252"), "“Übergabe”", id="windows-undeclared"),
        pytest.param(b"\x1b%G", "Übergabe".encode("cp1252"), "Übergabe", id="utf-8-declared-in-error"),
        pytest.param(b"\x1b-A", "présentait".encode("latin-1"), "présentait", id="latin-1-declared"),
        pytest.param(b"\x1b.A", "présentait".encode("latin-1"), "présentait", id="latin-1-as-g2"),
        pytest.param(b"\x1b-B", "Łódź".encode("iso8859-2"), "Łódź", id="latin-2-declared"),
        pytest.param(b"\x1b-L", "Беслан".encode("iso8859-5"), "Беслан", id="cyrillic-declared"),
        pytest.param(b"\x1b-F", "Αθήνα".encode("iso8859-7"), "Αθήνα", id="greek-declared"),
        pytest.param(b"nonsense", "Übergabe".encode("cp1252"), "Übergabe", id="unknown-declared"),
        pytest.param(
            None, "Zoë Müller in São Tomé".encode("mac-roman"), "Zoë Müller in São Tomé", id="macintosh"
        ),
        pytest.param(None, "L’été à Besançon".encode("mac-roman"), "L’été à Besançon", id="macintosh-french"),
        pytest.param(None, "Łódź: żołnierze".encode("cp1250"), "Łódź: żołnierze", id="central-europe"),
        pytest.param(None, "Příliš žluťoučký kůň".encode("cp1250"), "Příliš žluťoučký kůň", id="czech"),
        pytest.param(None, "Беслан, школа".encode("cp1251"), "Беслан, школа", id="russian-windows"),
        pytest.param(None, "Беслан, школа".encode("koi8-r"), "Беслан, школа", id="russian-unix"),
        pytest.param(None, "Αθήνα, η πόλη".encode("cp1253"), "Αθήνα, η πόλη", id="greek-windows"),
        pytest.param(
            None,
            "Þór, GARCÍA, nº 5, naïve, 5°".encode("cp1252"),
            "Þór, GARCÍA, nº 5, naïve, 5°",
            id="western",
        ),
        pytest.param(None, "“L’Île” – ¿Qué? £5".encode("cp1252"), "“L’Île” – ¿Qué? £5", id="western-signs"),
        pytest.param(
            None,
            "岸壁を離れるフェリー".encode("shift_jis"),
            "岸壁を離れるフェリー",
            id="japanese",
        ),
        pytest.param(None, "渡輪離開碼頭駛往外島".encode("big5"), "渡輪離開碼頭駛往外島", id="chinese"),
        pytest.param(None, b"caf\x81 \xe9", "caf\x81 é".replace("\x81", ""), id="byte-that-windows-lacks"),
    ],
)
def test_charset_of_iptc(escape: bytes | None, value: bytes, wanted: str) -> None:
    sets = [("1:90", escape)] if escape is not None else []
    embedded = read_metadata(jpeg(iptc=iim(*sets, ("2:120", value), charset=None)))
    assert embedded.metadata.caption == wanted


def test_iptc_split_over_app13_segments_is_joined() -> None:
    stream = resource(0x03ED, b"x" * 16) + resource(
        0x0404, iim(("2:120", "word " * 300), ("2:110", "Reuters"))
    )
    parts = [stream[at : at + 700] for at in range(0, len(stream), 700)]
    assert len(parts) >= 3
    data = jpeg(segments=tuple(segment(0xED, b"Photoshop 3.0\0" + part) for part in parts))
    assert read_metadata(data).metadata.caption == ("word " * 300).strip()
    assert read_metadata(data).metadata.credit_line == "Reuters"


def test_iptc_in_the_second_of_several_app13_segments_is_found() -> None:
    first = segment(0xED, b"Photoshop 3.0\0" + resource(0x03ED, b"resolution, no IPTC"))
    embedded = read_metadata(jpeg(segments=(first,), iptc=iim(("2:120", "A bridge"))))
    assert texts(embedded) == [("iptc", "A bridge")]


@pytest.mark.parametrize("turned", [False, True], ids=["bytes", "32-bit-words-turned-round"])
def test_iptc_and_xmp_in_tiff_are_found(turned: bool) -> None:
    block = iim(("2:120", "A bridge at dawn"))
    block += b"\0" * (-len(block) % 4)
    if turned:
        block = struct.pack(f"<{len(block) // 4}L", *struct.unpack(f">{len(block) // 4}L", block))
    stream = io.BytesIO()
    PillowImage.new("RGB", (8, 8)).save(
        stream, "TIFF", tiffinfo={33723: block, 700: xmp(described("A bridge at noon")), 270: "A bridge"}
    )
    assert texts(read_metadata(stream.getvalue())) == [
        ("exif", "A bridge"),
        ("xmp", "A bridge at noon"),
        ("iptc", "A bridge at dawn"),
    ]


def test_extended_data_set_longer_than_32_kilobytes_is_read() -> None:
    text = "long " * 10_000
    block = b"\x1c\x02\x78\x80\x04" + struct.pack(">L", len(text)) + text.encode() + iim(("2:110", "AFP"))
    picture = b"8BPS\0\1" + b"\0" * 20 + struct.pack(">L", 0)
    resources = resource(0x0404, block)
    metadata = read_metadata(picture + struct.pack(">L", len(resources)) + resources).metadata
    assert (metadata.caption, metadata.credit_line) == (text.strip(), "AFP")


def test_xmp_default_language_is_the_caption_and_the_others_are_kept() -> None:
    packet = xmp(described("Ein Boot", "A boat", "Ein Boot", languages=("x-default", "en-GB", "de")))
    embedded = read_metadata(jpeg(xmp=packet))
    assert embedded.metadata.caption == "Ein Boot"
    assert texts(embedded) == [("xmp", "Ein Boot"), ("xmp", "A boat")]
    assert embedded.placements[1].evidence["languages"] == ["en-GB"]


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param("<dc:description>A boat</dc:description>", id="plain-element"),
        pytest.param(described("A boat"), id="alternatives"),
        pytest.param(described("A boat", languages=("en",)), id="only-a-named-language"),
        pytest.param(
            '<dc:description rdf:parseType="Resource"><rdf:value>A boat</rdf:value></dc:description>',
            id="qualified",
        ),
        pytest.param(
            "<dc:description><rdf:Bag><rdf:li>A boat</rdf:li></rdf:Bag></dc:description>", id="wrong-array"
        ),
    ],
)
def test_shapes_of_an_xmp_description(properties: str) -> None:
    assert texts(read_metadata(jpeg(xmp=xmp(properties)))) == [("xmp", "A boat")]


def test_xmp_properties_written_as_attributes_are_read() -> None:
    packet = xmp("").replace(
        b'rdf:about=""',
        b'rdf:about="" photoshop:Headline="Storm" photoshop:Credit="EPA" photoshop:City="Genoa"'
        b' photoshop:Country="Italy" photoshop:DateCreated="2018-08-14T11:36Z" dc:description="A boat"'
        b' exif:GPSLatitude="44,25.5N" exif:GPSLongitude="8,53,20.4E"',
    )
    metadata = read_metadata(jpeg(xmp=packet)).metadata
    assert (metadata.headline, metadata.credit_line, metadata.caption) == ("Storm", "EPA", "A boat")
    assert (metadata.city, metadata.country) == ("Genoa", "Italy")
    assert metadata.created_at == "2018-08-14T11:36+00:00"
    assert metadata.latitude == pytest.approx(44.425)
    assert metadata.longitude == pytest.approx(8.889)


def test_description_of_an_artwork_inside_the_picture_is_not_its_caption() -> None:
    packet = xmp(
        "<Iptc4xmpExt:ArtworkOrObject><rdf:Bag><rdf:li rdf:parseType='Resource'><dc:description>The Mona Lisa"
        "</dc:description></rdf:li></rdf:Bag></Iptc4xmpExt:ArtworkOrObject>"
        "<xmpMM:DerivedFrom rdf:parseType='Resource'><dc:description>Another picture</dc:description>"
        "</xmpMM:DerivedFrom>"
    )
    assert read_metadata(jpeg(xmp=packet)).placements == ()


def test_alt_text_is_told_from_the_caption() -> None:
    packet = xmp(
        described("Crowds at the Trevi fountain")
        + "<Iptc4xmpCore:AltTextAccessibility><rdf:Alt><rdf:li xml:lang='x-default'>"
        "Many people before a fountain</rdf:li></rdf:Alt></Iptc4xmpCore:AltTextAccessibility>"
    )
    embedded = read_metadata(jpeg(xmp=packet))
    assert texts(embedded) == [
        ("xmp", "Crowds at the Trevi fountain"),
        ("alt", "Many people before a fountain"),
    ]
    assert embedded.metadata.caption == "Crowds at the Trevi fountain"


def test_extended_xmp_named_by_the_main_packet_is_read_and_an_unnamed_one_is_not() -> None:
    name = hashlib.md5(b"one", usedforsecurity=False).hexdigest().upper().encode()
    extension = xmp(described("Said in the extension"))
    head, tail = extension[:500], extension[500:]

    def part(text: bytes, offset: int) -> bytes:
        sizes = struct.pack(">LL", len(extension), offset)
        return segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + name + sizes + text)

    named = xmp(f"<xmpNote:HasExtendedXMP>{name.decode()}</xmpNote:HasExtendedXMP>")
    parts = (part(tail, 500), part(head, 0))
    assert texts(read_metadata(jpeg(xmp=named, segments=parts))) == [("xmp", "Said in the extension")]
    assert read_metadata(jpeg(xmp=xmp("<dc:format>x</dc:format>"), segments=parts)).placements == ()


def test_exif_fields() -> None:
    embedded = read_metadata(
        jpeg(
            exif=exif(
                "Un café à Łódź".encode(),
                artist="Ana Gomes",
                copyright_notice=b"Ana Gomes\0Lusa\0",
                taken_at="2019:05:04 12:30:59",
                latitude=("N", (51.0, 46.0, 37.2)),
                longitude=("W", (19.0, 27.0, 0.0)),
            )
        )
    )
    metadata = embedded.metadata
    assert metadata.caption == "Un café à Łódź"
    assert (metadata.byline, metadata.copyright_notice) == ("Ana Gomes", "Ana Gomes; Lusa")
    assert metadata.created_at == "2019-05-04T12:30:59"
    assert (metadata.latitude, metadata.longitude) == (pytest.approx(51.777), pytest.approx(-19.45))


@pytest.mark.parametrize(
    ("comment", "wanted"),
    [
        pytest.param(b"ASCII\0\0\0A flooded street\0\0\0", "A flooded street", id="ascii"),
        pytest.param(b"UNICODE\0" + "Eine Straße".encode("utf-16-le"), "Eine Straße", id="utf-16-little"),
        pytest.param(b"UNICODE\0" + "Eine Straße".encode("utf-16-be"), "Eine Straße", id="utf-16-big"),
        pytest.param(b"JIS\0\0\0\0\0" + "洪水の街".encode("iso2022_jp"), "洪水の街", id="jis"),
        pytest.param(b"\0\0\0\0\0\0\0\0A flooded street", "A flooded street", id="undefined"),
        pytest.param(b"ASCII\0\0\0" + b" " * 100, None, id="blank"),
        pytest.param(b"\0" * 200, None, id="zeros"),
    ],
)
def test_user_comment(comment: bytes, wanted: str | None) -> None:
    assert read_metadata(jpeg(exif=exif(comment=comment))).metadata.caption == wanted


@pytest.mark.parametrize(
    ("taken_at", "wanted"),
    [
        pytest.param("0000:00:00 00:00:00", None, id="clock-never-set"),
        pytest.param("    :  :     :  :  ", None, id="blank"),
        pytest.param("2019:13:40 12:00:00", None, id="no-such-day"),
        pytest.param("2019-05-04 12:30:59", "2019-05-04T12:30:59", id="dashes"),
    ],
)
def test_date_of_exif(taken_at: str, wanted: str | None) -> None:
    assert read_metadata(jpeg(exif=exif("A boat", taken_at=taken_at))).metadata.created_at == wanted


@pytest.mark.parametrize(
    ("number", "time_of_day", "wanted"),
    [
        pytest.param("20200227", None, "2020-02-27", id="date"),
        pytest.param("20200200", None, "2020-02", id="day-unknown"),
        pytest.param("20200000", None, "2020", id="month-unknown"),
        pytest.param("00000000", None, None, id="nothing-known"),
        pytest.param("20200227", "104500", "2020-02-27T10:45:00", id="no-zone"),
        pytest.param("20200227", "996100+0200", "2020-02-27", id="no-such-time"),
        pytest.param("yesterday", "104500", None, id="words"),
    ],
)
def test_date_of_iptc(number: str, time_of_day: str | None, wanted: str | None) -> None:
    sets = [("2:55", number), *([("2:60", time_of_day)] if time_of_day else [])]
    assert read_metadata(jpeg(iptc=iim(*sets))).metadata.created_at == wanted


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        pytest.param(("N", (0.0, 0.0, 0.0)), ("E", (0.0, 0.0, 0.0)), id="no-fix"),
        pytest.param(("N", (99.0, 0.0, 0.0)), ("E", (8.0, 0.0, 0.0)), id="beyond-the-pole"),
    ],
)
def test_a_place_that_is_none_is_unknown(
    latitude: tuple[str, tuple[float, float, float]], longitude: tuple[str, tuple[float, float, float]]
) -> None:
    metadata = read_metadata(jpeg(exif=exif("x y", latitude=latitude, longitude=longitude))).metadata
    assert (metadata.latitude, metadata.longitude) == (None, None)


# --- several origins


def test_equal_captions_are_one_placement_that_names_every_origin() -> None:
    embedded = read_metadata(
        jpeg(
            exif=exif("A  boat"),
            xmp=xmp(described("A boat")),
            iptc=iim(("2:120", "A boat "), ("2:80", "Jo Ek")),
        )
    )
    (placement,) = embedded.placements
    assert placement.origin == "iptc"
    assert placement.evidence["origins"] == ["iptc", "xmp", "exif"]
    assert placement.caption is not None and placement.caption.credit_line == "Jo Ek"


def test_different_captions_stay_apart_in_the_order_of_trust() -> None:
    packets = {
        "exif": exif("EXIF boat"),
        "xmp": xmp(described("XMP boat")),
        "iptc": iim(("2:120", "IPTC boat")),
    }
    assert texts(read_metadata(jpeg(**packets))) == [  # type: ignore[arg-type]
        ("exif", "EXIF boat"),
        ("xmp", "XMP boat"),
        ("iptc", "IPTC boat"),
    ]


def test_iptc_changed_after_the_xmp_is_trusted_more() -> None:
    block, packet = iim(("2:120", "Corrected")), xmp(described("Outdated"))
    untouched = hashlib.md5(block, usedforsecurity=False).digest()
    assert read_metadata(jpeg(iptc=block, xmp=packet, digest=untouched)).metadata.caption == "Outdated"
    assert read_metadata(jpeg(iptc=block, xmp=packet, digest=b"1" * 16)).metadata.caption == "Corrected"
    assert read_metadata(jpeg(iptc=block, xmp=packet)).metadata.caption == "Outdated"


def test_caption_that_iptc_cuts_off_is_the_same_as_the_whole_one() -> None:
    whole = "A sentence of the caption. " * 100
    block = iim(("2:120", whole[:2000]))
    embedded = read_metadata(jpeg(iptc=block, xmp=xmp(described(whole)), digest=b"1" * 16))
    assert embedded.metadata.caption == whole.strip()
    unlike = read_metadata(jpeg(iptc=iim(("2:120", whole[:1000])), xmp=xmp(described(whole))))
    assert len(unlike.placements) == 2


def test_notice_that_is_its_label_only_yields_to_one_that_says_more() -> None:
    label = exif("x", copyright_notice="Copyright,")
    assert read_metadata(
        jpeg(exif=label, iptc=iim(("2:116", "© 2003 J. Colson")))
    ).metadata.copyright_notice == ("© 2003 J. Colson")
    assert read_metadata(jpeg(exif=label)).metadata.copyright_notice == "Copyright,"


def windows_tags(comment: str = "", author: str = "", keywords: str = "", **others: bytes) -> bytes:
    """EXIF with Windows' tags, and with UserComment."""
    tags = PillowImage.Exif()
    for number, text in ((40092, comment), (40093, author), (40094, keywords)):
        if text:
            tags[number] = text.encode("utf-16-le") + b"\0\0"
    if others:
        tags.get_ifd(34665)[37510] = others["user_comment"]
    return bytes(tags.tobytes()).removeprefix(b"Exif\0\0")


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param({"iptc": iim(("2:120", "A boat"), ("2:80", "Jo Ames"), ("2:25", "sea"))}, id="iptc"),
        pytest.param(
            {
                "xmp": xmp(
                    described("A boat")
                    + "<dc:creator><rdf:Seq><rdf:li>Jo Ames</rdf:li></rdf:Seq></dc:creator>"
                    + "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>"
                )
            },
            id="xmp",
        ),
    ],
)
def test_remarks_of_users_and_of_windows_come_after_what_is_meant_for_captions(
    packets: dict[str, bytes],
) -> None:
    remarks = windows_tags("seen by the desk", "www.wire.example", "done", user_comment=b"ASCII\0\0\0card 2")
    embedded = read_metadata(jpeg(exif=remarks, **packets))  # type: ignore[arg-type]
    said = embedded.metadata
    assert (said.caption, said.byline, said.keywords) == ("A boat", "Jo Ames", ("sea",))
    assert [text for _, text in texts(embedded)] == ["A boat", "card 2", "seen by the desk"]
    alone = read_metadata(jpeg(exif=remarks)).metadata
    assert (alone.caption, alone.byline, alone.keywords) == ("card 2", "www.wire.example", ("done",))


def test_a_remark_is_in_conflict_with_no_caption(archive: Path, catalog_path: Path) -> None:
    note = windows_tags(user_comment=b"ASCII\0\0\0second card, frame 12, for the night desk")
    said = "Firefighters reach the harbour of Port Avel on Monday."
    (archive / "noted.jpg").write_bytes(jpeg(exif=note, iptc=iim(("2:120", said))))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*) FROM caption_conflict_sets") == [(0,)]
    kept = rows(
        catalog_path, "SELECT origin, json_extract(evidence, '$.remark') FROM placements ORDER BY origin"
    )
    assert kept == [("exif", 1), ("iptc", None)]


def test_image_description_goes_before_iptc_as_the_metadata_working_group_says() -> None:
    embedded = read_metadata(jpeg(exif=exif("A boat"), iptc=iim(("2:120", "A ship"))))
    assert embedded.metadata.caption == "A boat"


def directory(*entries: tuple[int, int, int, bytes]) -> bytes:
    return (
        struct.pack("<H", len(entries))
        + b"".join(
            struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
            for tag, kind, count, value in entries
        )
        + bytes(4)
    )


def test_place_that_the_other_directory_points_to_and_that_is_written_in_floating_point() -> None:
    pointer = directory((34665, 4, 1, struct.pack("<I", 26)))
    within = directory((34853, 4, 1, struct.pack("<I", 44)))
    gps = directory(
        (1, 2, 2, b"S\0"),
        (2, 12, 1, struct.pack("<I", 98)),
        (3, 2, 2, b"E\0"),
        (4, 12, 1, struct.pack("<I", 106)),
    )
    tiff = b"II*\0" + struct.pack("<I", 8) + pointer + within + gps + struct.pack("<dd", 33.5, 151.25)
    metadata = read_metadata(jpeg(exif=tiff)).metadata
    assert (metadata.latitude, metadata.longitude) == (-33.5, 151.25)


def test_decimal_degrees_of_xmp_are_read_and_impossible_ones_are_not() -> None:
    place = "<exif:GPSLatitude>{}</exif:GPSLatitude><exif:GPSLongitude>{}</exif:GPSLongitude>"
    metadata = read_metadata(jpeg(xmp=xmp(place.format("-33.5", "151.25")))).metadata
    assert (metadata.latitude, metadata.longitude) == (-33.5, 151.25)
    assert read_metadata(jpeg(xmp=xmp(place.format("133.5", "1.5")))).metadata.latitude is None


# --- what cameras write


@pytest.mark.parametrize(
    "text",
    [
        "OLYMPUS DIGITAL CAMERA         ",
        "SONY DSC",
        "KONICA MINOLTA DIGITAL CAMERA",
        "Exif_JPEG_PICTURE",
        "DCF 1.0",
        "SAMSUNG CAMERA PICTURES",
        "<KENOX S630  / Samsung S630>",
        "Created with GIMP",
        "Processed with VSCO with a6 preset",
        "CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90",
        "DSC_0001.JPG",
        "IMG-20200227-WA0003",
        "P1010023",
        "my holiday 3.jpeg",
        "oznorWO",
        "hdr_",
        "Canon EOS 5D",
        "EOS 5D",
        "d41d8cd98f00b204e9800998ecf8427e",
        "2020-02-27 10:45",
        "....",
        "EPSON DSC picture",
        "Konica Minolta Digital Camera",
        "Samsung Digital Camera pictures",
        "Hewlett-Packard ScanJet",
        "Adobe Photoshop CC 2019 (Windows)",
        "Picasa 3.0",
        "Edited with Polarr Photo Editor",
        "Shot on OnePlus 7T Pro",
        "Screenshot 2020-01-02 at 10.22.33",
        "Bildschirmfoto 2019-03-02 um 10.22.33",
        '{"uid":"6E1A","source":"other"}',
        "filter: 0; fileterIntensity: 0.0; captureOrientation: 0;",
        "hw-remosaic: false; touch: (-1.0, -1.0); modeInfo: ; sceneMode: Night; AI_Scene: (-1, -1);",
        "f/2.8 1/250s ISO100",
        "Untitled-1",
        "C:\\Photos\\boat 1.jpg",
        "https://photos.example/1",
    ],
)
def test_camera_text_is_no_caption(text: str) -> None:
    for packets in (
        {"exif": exif(text, make="Canon", model="EOS 5D")},
        {"exif": exif(make="Canon", model="EOS 5D"), "xmp": xmp(described(text.replace("<", "&lt;")))},
        {"exif": exif(make="Canon", model="EOS 5D"), "iptc": iim(("2:120", text))},
    ):
        embedded = read_metadata(jpeg(**packets))  # type: ignore[arg-type]
        assert embedded.placements == ()
        assert embedded.metadata.caption is None


@pytest.mark.parametrize(
    "text",
    [
        "A man holds a digital camera",
        "Made in Italy, sold in Japan",
        "Captured by soldiers near Kabul",
        "Created with love by the school choir",
        "Samsung headquarters in Seoul",
        "Paris 2019",
        "MH370 search",
        "Norway",
        "The Canon EOS 5D on show in Cologne",
        "写真",
        "Picture of the day",
        "Boat",
        "Taken with President Arlen in 2009",
        "Shot by police in Paris",
        "Photoshop workshop in Leeds",
        "Left: John Smith; right: Mary Jones",
        "He said: 1; she said: 2;",
        "Date: 2 May 1945; Place: London; Photo: unknown",
        "[Left to right] John, Mary and Paul: the winners",
        "[Photo: AP]",
        "Screenshot of the video that shows the attack",
        "Scanned by customs officers in Rotterdam: 40 containers",
        "London, 2 May 1945",
        "Image released by the agency on Jan. 3",
        "第 3 回 大会 2019 年",
        "Caption",
    ],
)
def test_caption_that_resembles_camera_text_is_kept(text: str) -> None:
    packets = exif(text.encode(), make="Canon", model="EOS 5D")
    assert read_metadata(jpeg(exif=packets)).metadata.caption == text


def test_what_a_camera_wrote_is_told_in_good_time_whatever_it_is() -> None:
    """Patterns that go back and forth take hours for these."""
    for text in (
        "a: 1;" * 50_000,
        "{" * 100_000,
        "<a " * 50_000 + ">",
        "Created with " + "A " * 140,
        " 1/2" * 50_000,
    ):
        assert isinstance(is_camera_text(text), bool)


def test_caption_beside_camera_text_is_found() -> None:
    embedded = read_metadata(jpeg(exif=exif("SONY DSC"), iptc=iim(("2:120", "A boat"))))
    assert (embedded.metadata.caption, texts(embedded)) == ("A boat", [("iptc", "A boat")])


# --- containers


_BOAT, _QUAY = exif("A boat"), xmp(described("A quay"))
_XMP_KEYWORD = b"XML:com.adobe.xmp\0"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png((b"eXIf", _BOAT), (b"iTXt", _XMP_KEYWORD + b"\0\0\0\0" + _QUAY)), id="png"),
        pytest.param(
            png((b"eXIf", _BOAT), (b"iTXt", _XMP_KEYWORD + b"\1\0\0\0" + zlib.compress(_QUAY))),
            id="png-compressed",
        ),
        pytest.param(
            png(
                (
                    b"zTXt",
                    b"Raw profile type exif\0\0"
                    + zlib.compress(b"\nexif\n  99\n" + (b"Exif\0\0" + _BOAT).hex().encode()),
                ),
                (b"tEXt", b"Raw profile type xmp\0\nxmp\n  99\n" + _QUAY.hex().encode()),
            ),
            id="png-raw-profiles",
        ),
        pytest.param(webp((b"EXIF", _BOAT), (b"XMP ", _QUAY)), id="webp"),
        pytest.param(heif(_BOAT, _QUAY), id="heif"),
        pytest.param(
            box(b"JXL ", b"\r\n\x87\n") + box(b"Exif", b"\0\0\0\0", _BOAT) + box(b"xml ", _QUAY), id="jpeg-xl"
        ),
        pytest.param(
            box(b"jP  ", b"\r\n\x87\n")
            + box(b"uuid", b"JpgTiffExif->JP2", _BOAT)
            + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), _QUAY),
            id="jpeg-2000",
        ),
    ],
)
def test_containers(data: bytes) -> None:
    assert texts(read_metadata(data)) == [("exif", "A boat"), ("xmp", "A quay")]


def test_xmp_of_a_gif_is_found() -> None:
    picture = plain_picture("GIF")
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    block = b"\x21\xff\x0bXMP DataXMP" + xmp(described("A boat")) + trailer
    assert texts(read_metadata(picture[:-1] + block + b";")) == [("xmp", "A boat")]


def test_picture_that_pillow_opened_gives_what_the_walk_does_not_find() -> None:
    stream = io.BytesIO()
    PillowImage.new("RGB", (16, 16)).save(
        stream, "AVIF", exif=b"Exif\0\0" + exif("A boat"), xmp=xmp(described("A quay"))
    )
    data = stream.getvalue()
    wanted = [("exif", "A boat"), ("xmp", "A quay")]
    assert texts(read_metadata(data)) == wanted
    with PillowImage.open(io.BytesIO(data)) as picture:
        assert texts(read_metadata(data, picture)) == wanted
        assert texts(read_metadata(b"", picture)) == wanted


# --- damage


def _rich() -> bytes:
    tags = exif(
        "EXIF boat",
        artist="Jo",
        comment=b"ASCII\0\0\0More of it",
        latitude=("N", (1.0, 2.0, 3.0)),
        longitude=("E", (1.0, 2.0, 3.0)),
    )
    block = iim(("2:120", "IPTC boat"), ("2:25", "sea"), ("2:55", "20200227"))
    return jpeg(exif=tags, xmp=xmp(described("XMP boat", "Boot", languages=("x-default", "de"))), iptc=block)


def test_a_file_cut_short_anywhere_gives_what_came_before() -> None:
    data = _rich()
    found = [len(read_metadata(data[:end]).placements) for end in range(0, len(data), 7)]
    assert found[0] == 0
    assert found[-1] == 5
    assert read_metadata(data[: data.index(b"xmpmeta") + 900]).metadata.caption == "EXIF boat"


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["jpeg", "png", "webp", "heif", "tiff", "psd"]))
def test_damaged_metadata_never_raises(chance: random.Random, kind: str) -> None:
    data = bytearray(_DAMAGED[kind])
    for _ in range(chance.randint(1, 12)):
        at, length = chance.randrange(len(data)), chance.choice((1, 1, 4))
        data[at : at + length] = bytes(
            chance.choice((0, 1, 128, 255, chance.randrange(256))) for _ in range(length)
        )
    end = chance.choice((len(data), chance.randrange(len(data) + 1)))
    assert isinstance(read_metadata(bytes(data[:end])), Embedded)


@given(st.binary(max_size=300), st.sampled_from(["exif", "xmp", "iptc"]))
@settings(deadline=None)
def test_rubbish_for_a_packet_never_raises(rubbish: bytes, name: str) -> None:
    assert isinstance(read_metadata(jpeg(**{name: rubbish or b"\0"})), Embedded)  # type: ignore[arg-type]


def test_bomb_of_entities_does_not_unfold() -> None:
    declared = "".join(f'<!ENTITY b{n + 1} "{f"&b{n};" * 10}">' for n in range(30))
    bomb = f'<!DOCTYPE x [<!ENTITY b0 "boom">{declared}]>'.encode()
    packet = xmp(described("&b30; A boat"))
    packet = packet.replace(b"<x:xmpmeta", bomb + b"<x:xmpmeta", 1)
    (caption,) = (text for _, text in texts(read_metadata(jpeg(xmp=packet))))
    assert caption == "&b30; A boat"


def test_entity_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for captions")
    packet = xmp(described("&leak; A boat")).replace(
        b"<x:xmpmeta", f'<!DOCTYPE x [<!ENTITY leak SYSTEM "{secret.as_uri()}">]><x:xmpmeta'.encode(), 1
    )
    assert all("not for captions" not in text for _, text in texts(read_metadata(jpeg(xmp=packet))))


def test_ill_formed_xmp_gives_what_came_before_the_fault_and_a_doubt() -> None:
    packet = xmp(described("A boat") + "<photoshop:Credit>AP & others</photoshop:Credit>")
    embedded = read_metadata(jpeg(xmp=packet))
    assert texts(embedded) == [("xmp", "A boat")]
    assert embedded.doubts and embedded.doubts[0].startswith("XMP: ")


def test_cut_short_data_set_gives_its_beginning_and_a_doubt() -> None:
    block = iim(("2:110", "AP"), ("2:120", "A boat in the harbour"))[:-8]
    embedded = read_metadata(jpeg(iptc=block))
    assert embedded.metadata.credit_line == "AP"
    assert embedded.metadata.caption == "A boat in the"
    assert embedded.doubts == ("IPTC: data set 2:120 is cut short",)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xd8\xff" + b"\xe0\0\2\xff" * 2_000_000, id="millions-of-empty-segments"),
        pytest.param(
            plain_picture("PNG")[:33] + b"\0\0\0\0tEXt\0\0\0\0" * 1_000_000, id="millions-of-chunks"
        ),
        pytest.param(jpeg(iptc=b"\x1c\x02\x78\0\1x" * 10_000), id="thousands-of-captions"),
        pytest.param(
            jpeg(xmp=xmp("<dc:description><rdf:Alt>" + "<rdf:li xml:lang='a'>a</rdf:li>" * 1_500)),
            id="thousands-of-items",
        ),
        pytest.param(
            b"MM\0*\0\0\0\x08\xff\xff" + b"\1\x0e\0\2\xff\xff\xff\xff\0\0\0\0" * 65535, id="directory-of-lies"
        ),
        pytest.param(webp(*[(b"EXIF", b"")] * 100_000), id="thousands-of-empty-packets"),
    ],
)
def test_hostile_sizes_are_bounded(data: bytes) -> None:
    """A quadratic or endless walk of these takes hours."""
    embedded = read_metadata(data)
    assert len(embedded.placements) <= 32
    assert len(embedded.doubts) <= 8


def _damaged() -> dict[str, bytes]:
    packets = exif("EXIF boat", comment=b"UNICODE\0" + "More".encode("utf-16-le")), xmp(described("XMP boat"))
    tiff = io.BytesIO()
    PillowImage.new("RGB", (8, 8)).save(
        tiff, "TIFF", tiffinfo={33723: iim(("2:120", "x")), 700: packets[1], 270: "A boat"}
    )
    resources = resource(0x0404, iim(("2:120", "IPTC boat"))) + resource(0x0424, packets[1])
    return {
        "jpeg": _rich(),
        "png": png(
            (b"eXIf", packets[0]), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(packets[1]))
        ),
        "webp": webp((b"EXIF", packets[0]), (b"XMP ", packets[1])),
        "heif": heif(*packets),
        "tiff": tiff.getvalue(),
        "psd": b"8BPS\0\1" + b"\0" * 20 + struct.pack(">LL", 0, len(resources)) + resources,
    }


_DAMAGED = _damaged()
