"""What a sidecar says is tied to the picture beside it, in folders and in containers alike."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import rows, scan_archive
from tests.containers import make_tar, make_zip, photo, write
from tests.packets import iim, jpeg

SAYS = "Smoke rises over the port of Avel on Monday."
XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
<rdf:li xml:lang="x-default">{SAYS}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()
JSON = f'{{"caption": "{SAYS}", "url": "https://e.example/1.jpg", "key": "0001", "width": 160, "height": 120}}'.encode()


def tied(catalog: Path) -> list[tuple[object, ...]]:
    return rows(
        catalog,
        "SELECT r.locator, c.text, i.locator FROM placements p JOIN records r ON r.id = p.record_id"
        " JOIN captions c ON c.id = p.caption_id LEFT JOIN records i ON i.sha256 = p.image_sha256"
        " WHERE p.origin = 'sidecar'",
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a b.xmp", XMP, id="xmp-by-stem"),
        pytest.param("a b.jpg.xmp", XMP, id="xmp-by-name"),
        pytest.param("a b.json", JSON, id="json"),
    ],
)
def test_a_sidecar_is_tied_to_its_picture(archive: Path, catalog_path: Path, name: str, data: bytes) -> None:
    write(archive / "x/a b.jpg", photo(1))
    write(archive / "x/other.jpg", photo(2))
    write(archive / "y/a b.jpg", photo(3))
    write(archive / f"x/{name}", data)
    scan_archive(catalog_path, archive)
    assert tied(catalog_path) == [(f"x/{name}", SAYS, "x/a b.jpg")]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(0,)]


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_shards_of_pictures_and_captions_are_tied(archive: Path, catalog_path: Path, make: object) -> None:
    write(archive / "00000.shard", make({"0001.jpg": photo(1), "0001.json": JSON, "0002.jpg": photo(2)}))  # type: ignore[operator]
    scan_archive(catalog_path, archive)
    assert tied(catalog_path) == [("00000.shard!0001.json", SAYS, "00000.shard!0001.jpg")]


def test_a_sidecar_without_its_picture_is_tied_to_none(archive: Path, catalog_path: Path) -> None:
    write(archive / "a.xmp", XMP)
    write(archive / "b.jpg", photo(1))
    scan_archive(catalog_path, archive)
    assert tied(catalog_path) == [("a.xmp", SAYS, None)]


# --- Google Takeout


def takeout(title: str, says: str, **more: object) -> bytes:
    described = {
        "title": title,
        "description": says,
        "imageViews": "3",
        "photoTakenTime": {"timestamp": "1583000000"},
    }
    return json.dumps(described | more).encode()


def test_takeout_sidecars_are_tied_to_the_pictures_that_takeout_means(
    archive: Path, catalog_path: Path
) -> None:
    write(archive / "t/IMG_1.jpg", photo(1))
    write(archive / "t/IMG_1(1).jpg", photo(2))
    write(archive / "t/IMG_1-edited.jpg", photo(3))
    write(archive / "t/IMG_1.jpg.json", takeout("IMG_1.jpg", "The keeper paints the lighthouse of Tessen."))
    write(archive / "t/IMG_1.jpg(1).json", takeout("IMG_1.jpg", "Fishermen mend nets on the quay of Avel."))
    scan_archive(catalog_path, archive)
    found = {(sidecar, picture) for sidecar, _, picture in tied(catalog_path) if picture is not None}
    assert found == {
        ("t/IMG_1.jpg.json", "t/IMG_1.jpg"),
        ("t/IMG_1.jpg.json", "t/IMG_1-edited.jpg"),
        ("t/IMG_1.jpg(1).json", "t/IMG_1(1).jpg"),
    }
    assert rows(catalog_path, "SELECT * FROM repeated_captions") == [], "each is said once"
    assert rows(catalog_path, "SELECT * FROM caption_conflicts") == []


def test_a_sidecar_whose_picture_is_gone_is_not_given_to_its_namesake(
    archive: Path, catalog_path: Path
) -> None:
    write(archive / "t/IMG_1.jpg", photo(1))
    write(archive / "u/IMG_1(1).jpg", photo(2))
    write(archive / "t/IMG_1.jpg(1).json", takeout("IMG_1.jpg", "Fishermen mend nets on the quay of Avel."))
    scan_archive(catalog_path, archive)
    assert {picture for _, _, picture in tied(catalog_path)} == {None}


def test_case_of_names_is_overlooked_beside_the_picture_only(archive: Path, catalog_path: Path) -> None:
    write(archive / "x/Photo.JPG", photo(1))
    write(archive / "y/photo.JPG", photo(2))
    write(archive / "x/photo.xmp", XMP)
    scan_archive(catalog_path, archive)
    assert tied(catalog_path) == [("x/photo.xmp", SAYS, "x/Photo.JPG")]


# --- what it says beside captions

BESIDE = XMP.replace(
    b"<dc:description>",
    b"<dc:subject><rdf:Bag><rdf:li>lantern</rdf:li></rdf:Bag></dc:subject><dc:description>",
).replace(
    b"<rdf:Description ",
    b'<rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Northern Wire"'
    b' photoshop:City="Port Avel" photoshop:DateCreated="2024-02-27" ',
)
_SAID = "credit_line, keywords, created_at, city, from_sidecars"
FILLED = (
    "Northern Wire",
    '["lantern"]',
    "2024-02-27",
    "Port Avel",
    '["credit_line", "keywords", "created_at", "city"]',
)
EMPTY = (None, "[]", None, None, "[]")


def said(catalog: Path, locator: str) -> list[tuple[object, ...]]:
    return rows(
        catalog,
        f"SELECT {_SAID} FROM images i JOIN records r ON r.sha256 = i.sha256 WHERE locator = ?",
        locator,
    )


@pytest.mark.parametrize("captioned", [True, False])
def test_what_a_picture_leaves_empty_its_sidecar_fills_until_it_goes(
    archive: Path, catalog_path: Path, captioned: bool
) -> None:
    packet = (
        BESIDE if captioned else re.sub(rb"<dc:description>.*</dc:description>", b"", BESIDE, flags=re.DOTALL)
    )
    write(archive / "a.jpg", photo(1))
    write(archive / "b.jpg", photo(2))
    sidecar = write(archive / "a.xmp", packet)
    scan_archive(catalog_path, archive)
    assert said(catalog_path, "a.jpg") == [FILLED]
    assert said(catalog_path, "b.jpg") == [EMPTY]
    write(archive / "a.jpg", photo(3))
    scan_archive(catalog_path, archive)
    assert said(catalog_path, "a.jpg") == [FILLED], "another picture of the name"
    sidecar.unlink()
    scan_archive(catalog_path, archive)
    assert said(catalog_path, "a.jpg") == [EMPTY]
    write(archive / "a.xmp", packet)
    scan_archive(catalog_path, archive)
    assert said(catalog_path, "a.jpg") == [FILLED]


def test_what_a_picture_says_itself_stays(archive: Path, catalog_path: Path) -> None:
    own = jpeg(iptc=iim(("2:110", "Avel Desk"), ("2:90", "Tessen")))
    write(archive / "a.jpg", own)
    write(archive / "a.xmp", BESIDE)
    scan_archive(catalog_path, archive)
    assert said(catalog_path, "a.jpg") == [
        ("Avel Desk", '["lantern"]', "2024-02-27", "Tessen", '["keywords", "created_at"]')
    ]


def test_a_sidecar_in_another_part_of_an_export_is_tied(archive: Path, catalog_path: Path) -> None:
    pictures = {"Takeout/F/IMG_1.jpg": photo(1), "Takeout/G/IMG_2.jpg": photo(2)}
    write(archive / "takeout-1.zip", make_zip(pictures))
    told = {f"Takeout/F/IMG_{number}.jpg.json": takeout(f"IMG_{number}.jpg", SAYS) for number in (1, 2)}
    write(archive / "takeout-2.zip", make_zip(told))
    scan_archive(catalog_path, archive)
    assert {(one, picture) for one, _, picture in tied(catalog_path) if picture} == {
        ("takeout-2.zip!Takeout/F/IMG_1.jpg.json", "takeout-1.zip!Takeout/F/IMG_1.jpg")
    }
