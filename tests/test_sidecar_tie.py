"""What a sidecar says is tied to the picture beside it, in folders and in containers alike."""

from pathlib import Path

import pytest

from tests.conftest import rows, scan_archive
from tests.containers import make_tar, make_zip, photo, write

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
