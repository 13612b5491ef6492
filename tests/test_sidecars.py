"""Sidecars: what they say, and whose they are."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.captions.caption import Caption
from media.pictures.metadata.weigh import read_metadata
from media.pictures.sidecars import (
    Sidecar,
    edited_names,
    looks_like_sidecar,
    owner_names,
    read_sidecar,
)
from tests.packets import described, jpeg, xmp
from tests.shared_data import SHARED, needs_shared

_TAKEOUT = {
    "title": "IMG_20200502_154958.jpg",
    "description": "Grandmother in her garden",
    "imageViews": "33",
    "creationTime": {"timestamp": "1588549547", "formatted": "May 3, 2020, 11:45:47 PM UTC"},
    "photoTakenTime": {"timestamp": "1588448998", "formatted": "May 2, 2020, 7:49:58 PM UTC"},
    "geoData": {"latitude": 48.1, "longitude": 11.5, "altitude": 0.0},
    "url": "https://photos.example/1",
}


def read(name: str, content: object) -> Sidecar:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    sidecar = read_sidecar(name, data)
    assert sidecar is not None
    return sidecar


def texts(sidecar: Sidecar) -> list[tuple[str, str]]:
    return [(one.origin, one.caption.text) for one in sidecar.placements if one.caption]


def test_xmp_sidecar_says_what_the_same_packet_says_inside_the_picture() -> None:
    packet = xmp(described("A boat", "Ein Boot", languages=("x-default", "de")))
    sidecar = read("a.xmp", packet)
    assert texts(sidecar) == [("sidecar", "A boat"), ("sidecar", "Ein Boot")]
    assert sidecar.metadata == read_metadata(jpeg(xmp=packet)).metadata
    assert sidecar.placements[0].evidence == {"fields": ["dc:description"]}


@needs_shared
def test_xmp_of_a_real_photograph_reads_the_same_beside_it() -> None:
    data = Path(SHARED / "data/metadata/PhotoMechanic.jpg").read_bytes()
    packet = data[data.index(b"<x:xmpmeta") : data.index(b"</x:xmpmeta>") + 12]
    sidecar = read("PhotoMechanic.xmp", packet)
    assert texts(sidecar) == [("sidecar", "Caption")]
    assert (sidecar.metadata.headline, sidecar.metadata.byline) == ("Headline", "Photographer")


def test_text_sidecar_is_the_caption() -> None:
    assert texts(read("a.txt", b"\xef\xbb\xbfSmoke rises\xe2\x80\xa6\r\n")) == [("sidecar", "Smoke rises…")]


def test_text_sidecar_of_several_lines_holds_as_many_captions() -> None:
    lines = "A dog runs.\nA brown dog is running.\nDog on grass.\n"
    assert [text for _, text in texts(read("1.txt", lines.encode()))] == [
        "A dog runs.",
        "A brown dog is running.",
        "Dog on grass.",
    ]


def test_caption_wrapped_over_lines_is_one_caption() -> None:
    wrapped = (
        "Smoke rises over the market of Idlib after it was hit by shells on\nThursday, Feb. 27, 2020. (AP)\n"
    )
    (placement,) = read("a.txt", wrapped.encode()).placements
    shown = " ".join(wrapped.split()).removesuffix(" (AP)")
    assert placement.caption == Caption(shown, "(AP)", "2020-02-27")
    assert placement.evidence["found"] == " ".join(wrapped.split())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \n\n", id="blank"),
        pytest.param(b"A line.\n" * 40, id="many-lines"),
        pytest.param(b"word " * 2_000, id="one-very-long-line"),
        pytest.param(b"A paragraph of an article. " * 4_000, id="large"),
        pytest.param(b"Shells hit market\n\nBEIRUT (AP) - Shells hit.\n\nMore.\n", id="paragraphs"),
        pytest.param(b"By Jo Ek\n" + b"BEIRUT (AP) - Shells hit a market today. " * 8, id="byline-and-body"),
    ],
)
def test_text_that_is_no_caption_is_no_sidecar(data: bytes) -> None:
    assert read_sidecar("a.txt", data) is None


def test_takeout_sidecar() -> None:
    sidecar = read("IMG_20200502_154958.jpg.json", _TAKEOUT)
    assert texts(sidecar) == [("sidecar", "Grandmother in her garden")]
    assert sidecar.picture_name == "IMG_20200502_154958.jpg"
    assert sidecar.metadata.headline is None
    assert sidecar.metadata.created_at == "2020-05-02T19:49:58+00:00"
    assert (sidecar.metadata.latitude, sidecar.metadata.longitude) == (48.1, 11.5)


def test_takeout_without_description_or_place_says_the_date_only() -> None:
    bare = {**_TAKEOUT, "description": "", "geoData": {"latitude": 0.0, "longitude": 0.0}}
    sidecar = read("IMG_20200502_154958.jpg.json", bare)
    assert sidecar.placements == ()
    assert (sidecar.metadata.latitude, sidecar.metadata.created_at) == (None, "2020-05-02T19:49:58+00:00")


@pytest.mark.parametrize(
    ("row", "caption", "byline", "keywords"),
    [
        pytest.param(
            {"caption": "A boat.", "url": "https://x.org/1.jpg", "key": "000", "width": 4, "exif": "{}"},
            "A boat.",
            None,
            (),
            id="img2dataset",
        ),
        pytest.param(
            {"description": "A boat.", "author": "Jo", "tags": ["sea", "sky"], "filename": "1"},
            "A boat.",
            "Jo",
            ("sea", "sky"),
            id="gallery-downloader",
        ),
        pytest.param(
            [
                {
                    "SourceFile": "a.jpg",
                    "IPTC:Caption-Abstract": "A boat.",
                    "IPTC:By-line": "Jo",
                    "IPTC:Keywords": ["sea"],
                }
            ],
            "A boat.",
            "Jo",
            ("sea",),
            id="exiftool",
        ),
    ],
)
def test_json_sidecars(row: object, caption: str, byline: str | None, keywords: tuple[str, ...]) -> None:
    sidecar = read("a.json", row)
    assert texts(sidecar) == [("sidecar", caption)]
    assert (sidecar.metadata.byline, sidecar.metadata.keywords) == (byline, keywords)


def test_camera_text_in_a_sidecar_is_no_caption() -> None:
    assert read("a.jpg.json", {**_TAKEOUT, "description": "SONY DSC"}).placements == ()
    assert read("a.txt", b"OLYMPUS DIGITAL CAMERA").placements == ()


@pytest.mark.parametrize(
    "row",
    [
        {"headline": "Head", "body": "Body.", "url": "https://example.org"},
        {"title": "Head", "maintext": "Body.", "filename": "x", "image_url": "a.jpg", "description": "Lede"},
        {"name": "package", "version": "1.0", "description": "A library"},
        {"headline": "x", "images": [{"caption": "A boat."}], "caption": "y"},
        [1, 2],
    ],
)
def test_json_of_other_kinds_is_no_sidecar(row: object) -> None:
    data = json.dumps(row).encode()
    assert read_sidecar("a.json", data) is None
    assert not looks_like_sidecar(data, "a.json")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(xmp(described("A boat")), "a.dat", id="xmp"),
        pytest.param(json.dumps(_TAKEOUT, indent=2).encode(), "a.jpg.json", id="takeout"),
        pytest.param(json.dumps(_TAKEOUT).encode()[:90], "a.jpg.supplemental-meta.json", id="takeout-head"),
        pytest.param(b'{"caption": "A boat.", "key": "1"}', "1.json", id="shard"),
    ],
)
def test_sidecars_are_recognised_by_content(data: bytes, name: str) -> None:
    assert looks_like_sidecar(data, name)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(b'{"caption": "a", "url": "b"}\n{"caption": "c"}\n', "x.json", id="several-lines"),
        pytest.param(b'{"caption": "a", "url": "b"}', "x.jsonl", id="json-lines"),
        pytest.param(b"<nitf/>", "x.xmp", id="other-xml"),
        pytest.param(b"A boat.", "x.txt", id="text"),
    ],
)
def test_other_files_are_not_recognised_as_sidecars(data: bytes, name: str) -> None:
    assert not looks_like_sidecar(data, name)


@pytest.mark.parametrize(
    "data", [b"{", b"[" * 50_000, b'{"caption": "\\ud800"', b"{}garbage", b"\xff\xfe{\0"]
)
def test_broken_json_is_a_doubt_or_nothing(data: bytes) -> None:
    sidecar = read_sidecar("a.jpg.json", data)
    assert sidecar is None or (sidecar.placements == () and len(sidecar.doubts) <= 1)


@given(st.binary(max_size=200), st.sampled_from(["a.xmp", "a.txt", "a.json", "a.jpg.json"]))
def test_any_bytes_are_read_or_left(data: bytes, name: str) -> None:
    assert isinstance(read_sidecar(name, data), Sidecar | None)
    assert looks_like_sidecar(data, name) in (True, False)


# --- whose it is

_LONG = "A walk along the river Tessen to the old mill and back.jpg"


@pytest.mark.parametrize(
    ("picture", "sidecar", "title"),
    [
        pytest.param("photo.jpg", "photo.xmp", None, id="stem"),
        pytest.param("photo.tif", "photo.xmp", None, id="stem-of-a-tiff"),
        pytest.param("photo.jpg", "photo.jpg.xmp", None, id="whole-name"),
        pytest.param("photo.JPG", "Photo.XMP", None, id="case"),
        pytest.param("000000017.webp", "000000017.json", None, id="shard-json"),
        pytest.param("IMG_1.jpg", "IMG_1.jpg.json", "IMG_1.jpg", id="takeout"),
        pytest.param("IMG_1(2).jpg", "IMG_1.jpg(2).json", "IMG_1.jpg", id="takeout-counter"),
        pytest.param("IMG_1(2).jpg", "IMG_1(2).jpg.json", "IMG_1(2).jpg", id="uploaded-with-a-counter"),
        pytest.param("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json", "IMG_1.jpg", id="takeout-2024"),
        pytest.param(
            "IMG_1(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json", "IMG_1.jpg", id="takeout-2024-counter"
        ),
        pytest.param(
            "Urlaub in Knaufspesch in der Schneifel (38).JPG",
            "Urlaub in Knaufspesch in der Schneifel (38).JP.json",
            None,
            id="takeout-cut-at-46",
        ),
        pytest.param(
            "PXL_20230518_103349822.PORTRAIT.jpg",
            "PXL_20230518_103349822.PORTRAIT.jpg.supplement.json",
            "PXL_20230518_103349822.PORTRAIT.jpg",
            id="takeout-2024-cut-at-46",
        ),
        pytest.param(_LONG[:47] + ".jpg", _LONG[:46] + ".json", _LONG, id="both-names-cut"),
        pytest.param(_LONG[:47] + "(1).jpg", _LONG[:46] + "(1).json", _LONG, id="both-names-cut-counter"),
        pytest.param(
            "Me _ you_ 2.jpg", "Me _ you_ 2.jpg.json", "Me & you? 2.jpg", id="signs-that-file-systems-refuse"
        ),
        pytest.param("noextension.jpg", "noextension.xmp", None, id="no-extension"),
    ],
)
def test_sidecar_belongs_to_its_picture(picture: str, sidecar: str, title: str | None) -> None:
    assert picture.casefold() in [each.casefold() for each in owner_names(sidecar, title)]


@pytest.mark.parametrize(
    ("picture", "sidecar", "title"),
    [
        pytest.param("IMG_1.jpg", "IMG_10.jpg.json", "IMG_10.jpg", id="longer-number"),
        pytest.param("IMG_1.jpg", "IMG_1.jpg(1).json", "IMG_1.jpg", id="counter-of-another"),
        pytest.param("IMG_1(1).jpg", "IMG_1.jpg.json", "IMG_1.jpg", id="picture-with-a-counter"),
        pytest.param(
            "IMG_1.jpg",
            "IMG_1.jpg.supplemental-metadata(1).json",
            "IMG_1.jpg",
            id="counter-behind-the-supplement",
        ),
        pytest.param("photo.jpg", "photo2.xmp", None, id="other-stem"),
        pytest.param("abc.jpg", "a.jpg.json", "a.jpg", id="beginning-only"),
        pytest.param("a.jpg", "a.jpg.png.xmp", None, id="whole-name-of-another"),
    ],
)
def test_sidecar_of_another_picture(picture: str, sidecar: str, title: str | None) -> None:
    assert picture not in owner_names(sidecar, title)
    assert picture not in edited_names(sidecar, title)


@pytest.mark.parametrize(
    ("edited", "sidecar"),
    [
        ("IMG_1-edited.jpg", "IMG_1.jpg.json"),
        ("IMG_1-bearbeitet.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1-edited(2).jpg", "IMG_1.jpg(2).json"),
    ],
)
def test_edited_copy_shares_the_sidecar(edited: str, sidecar: str) -> None:
    assert edited in edited_names(sidecar, "IMG_1.jpg")
    assert edited not in owner_names(sidecar, "IMG_1.jpg")


def test_only_takeout_has_edited_copies() -> None:
    assert edited_names("photo.xmp") == ()


@given(st.text(max_size=60), st.none() | st.text(max_size=80))
def test_any_name_gives_few_names(name: str, title: str | None) -> None:
    assert len(owner_names(name, title)) <= 24
    assert len(edited_names(name, title)) <= 10


def test_halves_of_surrogate_pairs_do_not_pass() -> None:
    assert texts(read("a.jpg.json", rb'{"caption": "a\ud83d b", "key": "1"}')) == [("sidecar", "a\ufffd b")]
