"""The sample archive: it is what its script makes, and what its README promises is really in it."""

import hashlib
import importlib
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps, IptcImagePlugin
from selectolax.lexbor import LexborHTMLParser, LexborNode

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ARCHIVE = EXAMPLES / "archive"

UPLOADS = "www.example-herald.example/wp-content/uploads"
FIRE_SENT = "wire/2024-02-27/photos/NW240227-0118.jpg"
FIRE_SHOWN = f"{UPLOADS}/2024/02/port-avel-smoke.jpg"
FIRE_SMALL = f"{UPLOADS}/2024/02/port-avel-smoke-768x512.jpg"
FIRE_LATER = f"{UPLOADS}/2024/02/port-avel-smoke-2.jpg"
FIRE_MIRRORED = "www.courrier-avel.example/images/2024/incendie-port-avel.jpg"
FIRE_ELSEWHERE = "www.marrick-observer.example/photos/refinery-smoke.jpg"
RIDGE = f"{UPLOADS}/2024/03/tessen-ridge.jpg"
RIDGE_CROPPED = "www.brennicker-tagblatt.example/media/tessen-grat.jpg"
LANTERNS_SENT = "wire/2024-03-09/photos/NW240309-0042.jpg"
LANTERNS_SHOWN = f"{UPLOADS}/2024/03/lantern-walk.jpg"
CUT_SHORT = f"{UPLOADS}/2024/03/snow-road-1200.jpg"

FIRE_TEXT = "wire/2024-02-27/nw-port-avel-fire.txt"
NEXT_DAY_TEXT = "wire/2024-02-28/nw-port-avel-2nd-lead.txt"
LANTERN_TEXT = "wire/2024-03-09/nw-port-avel-lanterns.txt"
FIRE_PAGE = "www.example-herald.example/2024/02/port-avel-grain-terminal-fire.html"
SNOW_PAGE = "www.example-herald.example/2024/03/tessen-pass-closed.html"
LANTERN_PAGE = "www.example-herald.example/2024/03/lantern-walk-returns.html"
FRENCH_PAGE = "www.courrier-avel.example/2024/02/28/incendie-silos-port.html"
GERMAN_PAGE = "www.brennicker-tagblatt.example/2024/03/10/nordlicht-ueber-kaldmoor.html"
OLD_PAGE = "www.marrick-observer.example/2021/10/refinery-fire.html"
PAGES = {
    FIRE_PAGE: "utf-8",
    SNOW_PAGE: "utf-8",
    LANTERN_PAGE: "utf-8",
    FRENCH_PAGE: "cp1252",
    GERMAN_PAGE: "utf-8",
    OLD_PAGE: "iso-8859-1",
}
"""Each HTML page and the encoding that it is really in."""

FIRE_CAPTION = (
    "Columns of smoke rise over the grain terminal at Port Avel, in Kaldmoor province, on Feb. 27, 2024."
)
LANTERN_CAPTION = (
    "Thousands carry paper lanterns down Ropewalk Street in Port Avel, Kaldmoor province, March 9, 2024."
)

Pixels = npt.NDArray[np.float32]


def _load(name: str) -> ModuleType:
    """A module of examples/, as its script sees it."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(EXAMPLES))


pictures = _load("sample.pictures")
embedded = _load("sample.embedded")


def read(path: str) -> bytes:
    return (ARCHIVE / path).read_bytes()


def text_of(path: str) -> str:
    return read(path).decode(PAGES.get(path, "utf-8"))


def open_picture(path: str) -> Image.Image:
    with Image.open(ARCHIVE / path) as image:
        return image.convert("RGB")


def small(image: Image.Image, width_px: int = 192) -> Pixels:
    """The picture reduced to a 3:2 sheet of floats, 0..255."""
    return np.asarray(image.resize((width_px, width_px * 2 // 3), Image.Resampling.BOX), dtype=np.float32)


def difference(left: Image.Image, right: Image.Image) -> float:
    """Mean difference of two pictures, in levels of 255."""
    return float(np.abs(small(left) - small(right)).mean())


def part_of(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = image.size
    return image.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )


def one(page: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    """The first node that the selector finds; there must be one."""
    node = page.css_first(selector)
    assert node is not None, selector
    return node


# The script


def test_the_archive_holds_the_pictures_that_the_script_makes_and_no_others() -> None:
    suffixes = {".jpg", ".png", ".webp", ".avif", ".gif"}
    stored = {path.relative_to(ARCHIVE).as_posix() for path in ARCHIVE.rglob("*") if path.suffix in suffixes}
    assert {picture.path for picture in pictures.PICTURES} == stored


@pytest.fixture(scope="module")
def rendered() -> dict[str, Image.Image]:
    """Every scene, rendered now, at a third of its size."""
    return {scene: pictures.photograph(scene, 420) for scene in pictures.SCENES}


@pytest.mark.parametrize(
    ("path", "scene"),
    [
        pytest.param(FIRE_SHOWN, "harbour fire", id="harbour-fire"),
        pytest.param(FIRE_LATER, "harbour fire, next frame", id="next-frame"),
        pytest.param(RIDGE, "ridge in haze", id="ridge"),
        pytest.param(f"{UPLOADS}/2024/03/grey-sea.jpg", "storm sea", id="sea"),
        pytest.param(f"{UPLOADS}/2024/03/vessa-valley.jpg", "misty valley", id="valley"),
        pytest.param(f"{UPLOADS}/2024/03/snow-road.webp", "snow wood", id="snow-wood"),
        pytest.param(LANTERNS_SHOWN, "lantern walk", id="lanterns"),
        pytest.param("www.brennicker-tagblatt.example/media/nordlicht.avif", "northern lights", id="aurora"),
        pytest.param(
            "www.brennicker-tagblatt.example/media/brennick-daemmerung.webp", "city at dusk", id="city"
        ),
    ],
)
def test_a_stored_picture_is_the_scene_that_the_script_renders(
    rendered: dict[str, Image.Image], path: str, scene: str
) -> None:
    distances = {name: difference(open_picture(path), image) for name, image in rendered.items()}
    assert min(distances, key=lambda name: distances[name]) == scene
    assert distances[scene] < 10
    # Two frames of a burst are alike; other scenes are far.
    assert all(far > 14 for name, far in distances.items() if name.split(",")[0] != scene.split(",")[0])


def test_a_scene_rendered_twice_is_the_same_picture() -> None:
    first = pictures.photograph("northern lights", 150)
    pictures.photograph.cache_clear()
    assert pictures.photograph("northern lights", 150).tobytes() == first.tobytes()


@pytest.mark.parametrize(
    ("path", "kind", "size"),
    [
        pytest.param(FIRE_SENT, "JPEG", (1280, 853), id="jpeg"),
        pytest.param(FIRE_SMALL, "JPEG", (768, 512), id="resized"),
        pytest.param(f"{UPLOADS}/2024/03/kaldmoor-map.png", "PNG", (900, 600), id="png"),
        pytest.param(f"{UPLOADS}/2024/03/snow-road.webp", "WEBP", (1000, 667), id="webp"),
        pytest.param("www.brennicker-tagblatt.example/media/nordlicht.avif", "AVIF", (1200, 800), id="avif"),
        pytest.param(
            "www.example-herald.example/wp-content/themes/herald/img/spacer.gif", "GIF", (1, 1), id="gif"
        ),
    ],
)
def test_a_picture_has_the_format_and_size_that_its_page_expects(
    path: str, kind: str, size: tuple[int, int]
) -> None:
    with Image.open(ARCHIVE / path) as image:
        assert (image.format, image.size) == (kind, size)


def test_the_graphics_are_drawn_again_alike() -> None:
    graphics = _load("sample.graphics")
    drawn = graphics.draw_map(900, 600).convert("RGB")
    assert difference(drawn, open_picture(f"{UPLOADS}/2024/03/kaldmoor-map.png")) < 2
    masthead = open_picture("www.example-herald.example/wp-content/themes/herald/img/masthead.png")
    assert difference(graphics.draw_masthead(420, 48).convert("RGB"), masthead) < 8
    assert np.asarray(masthead).mean() > 225  # nearly all of it is paper


def test_the_archive_stays_small() -> None:
    assert sum(path.stat().st_size for path in ARCHIVE.rglob("*") if path.is_file()) < 3_000_000


# Repeated pictures


def test_the_lantern_picture_lies_in_two_folders_byte_for_byte() -> None:
    assert hashlib.sha256(read(LANTERNS_SENT)).digest() == hashlib.sha256(read(LANTERNS_SHOWN)).digest()


def test_no_other_two_files_have_the_same_bytes() -> None:
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in ARCHIVE.rglob("*") if path.is_file()]
    assert len(digests) - len(set(digests)) == 1


def test_the_page_shows_the_pixels_that_the_agency_sent_without_their_metadata() -> None:
    assert read(FIRE_SENT) != read(FIRE_SHOWN)
    assert open_picture(FIRE_SENT).tobytes() == open_picture(FIRE_SHOWN).tobytes()
    assert embedded.strip(read(FIRE_SENT)) == read(FIRE_SHOWN)
    assert FIRE_CAPTION.encode() not in read(FIRE_SHOWN)


def test_the_resized_picture_is_a_copy() -> None:
    assert difference(open_picture(FIRE_SMALL), open_picture(FIRE_SHOWN)) < 2


def test_the_mirrored_picture_is_a_copy_only_when_mirrored_back() -> None:
    whole, mirrored = open_picture(FIRE_SHOWN), open_picture(FIRE_MIRRORED)
    assert difference(ImageOps.mirror(mirrored), whole) < 2
    assert difference(mirrored, whole) > 20


def test_the_picture_of_another_town_is_a_trimmed_copy() -> None:
    whole, elsewhere = open_picture(FIRE_SHOWN), open_picture(FIRE_ELSEWHERE)
    assert difference(part_of(whole, 0.02, 0.03, 0.98, 0.97), elsewhere) < 2.5
    assert difference(whole, elsewhere) > 4


def test_the_crop_is_part_of_the_ridge() -> None:
    whole, crop = open_picture(RIDGE), open_picture(RIDGE_CROPPED)
    assert difference(part_of(whole, 0.28, 0.18, 0.98, 0.82), crop) < 2
    assert difference(whole, crop) > 12


def test_the_next_frame_is_no_copy_however_it_is_shifted() -> None:
    whole, later = small(open_picture(FIRE_SHOWN), 384), small(open_picture(FIRE_LATER), 384)
    copy = small(open_picture(FIRE_SMALL), 384)
    frame = min(float(np.abs(whole[:, shift:] - later[:, : 384 - shift]).mean()) for shift in range(30))
    assert np.abs(whole - copy).mean() * 2 < frame < 20


# Embedded captions


@pytest.mark.parametrize(
    ("path", "caption", "creator", "page"),
    [
        pytest.param(FIRE_SENT, FIRE_CAPTION, "Ilse Maren", FIRE_PAGE, id="fire"),
        pytest.param(LANTERNS_SHOWN, LANTERN_CAPTION, "Jonas Tarrow", LANTERN_PAGE, id="lanterns"),
    ],
)
def test_the_caption_is_in_iptc_xmp_and_exif_and_on_the_page(
    path: str, caption: str, creator: str, page: str
) -> None:
    with Image.open(ARCHIVE / path) as image:
        iptc = IptcImagePlugin.getiptcinfo(image)
        exif, xmp = image.getexif(), image.info["xmp"]
    assert iptc is not None
    assert iptc[(2, 120)] == caption.encode()
    assert iptc[(2, 80)] == creator.encode()
    assert iptc[(2, 110)] == b"Northern Wire"
    assert iptc[(2, 116)] == "© 2024 Northern Wire".encode()
    assert iptc[(1, 90)] == b"\x1b%G"
    assert (exif[270], exif[315]) == (caption, creator)
    assert f'<rdf:li xml:lang="x-default">{caption}</rdf:li>'.encode() in xmp
    assert caption in text_of(page)


def test_the_agency_says_where_the_fire_is() -> None:
    with Image.open(ARCHIVE / FIRE_SENT) as image:
        place = image.getexif().get_ifd(0x8825)
    assert (place[1], place[3]) == ("N", "W")
    degrees, minutes, seconds = (float(part) for part in place[2])
    assert degrees + minutes / 60 + seconds / 3600 == pytest.approx(56.4125, abs=1e-4)


def test_stripping_takes_away_all_that_embedding_adds() -> None:
    bare = read(FIRE_SMALL)
    assert embedded.strip(embedded.embed(bare, pictures.FIRE_DELIVERY)) == embedded.strip(bare)


# Damage


def test_the_cut_short_jpeg_opens_and_then_fails_to_decode() -> None:
    with Image.open(ARCHIVE / CUT_SHORT) as image:
        assert image.size == (1200, 800)
        with pytest.raises(OSError, match="truncated"):
            image.load()


@pytest.mark.parametrize(
    "path", [pytest.param(p.path, id=Path(p.path).name) for p in pictures.PICTURES if p.path != CUT_SHORT]
)
def test_every_other_picture_decodes(path: str) -> None:
    assert open_picture(path).getbbox() is not None or path.endswith("spacer.gif")


def test_the_french_page_is_not_in_the_encoding_that_it_declares() -> None:
    assert b'<meta charset="utf-8">' in read(FRENCH_PAGE)
    with pytest.raises(UnicodeDecodeError):
        read(FRENCH_PAGE).decode("utf-8")
    assert "De la fumée s’élève au-dessus des silos à grains de Port-Avel" in text_of(FRENCH_PAGE)


@pytest.mark.parametrize("path", [page for page in PAGES if page != FRENCH_PAGE])
def test_every_other_page_is_in_the_encoding_that_it_declares(path: str) -> None:
    declared = re.search(rb'charset="?([\w-]+)', read(path))
    assert declared is not None
    assert declared[1].decode() == PAGES[path]
    assert "�" not in text_of(path)


# Captions


def test_the_wire_copy_has_the_shape_of_an_unmarked_page() -> None:
    lines = text_of(FIRE_TEXT).split("\n")
    assert lines[0] == lines[1]
    assert lines[0].endswith("Feb. 27, 2024.")
    assert lines[2] == ""
    assert lines[3].startswith("BRENNICK - Fire crews backed by navy tugs Tuesday reached the burning")
    middle = [at for at, line in enumerate(lines) if line.startswith("Columns of smoke rise after")]
    assert len(middle) == 1
    assert 8 < middle[0] < len(lines) - 20
    assert "Fire crews backed by navy tugs reached the burning terminal" in lines[middle[0]]
    assert [line for line in lines if line][-2:] == ["Harbour Watch", "More From Kaldmoor"]
    assert not text_of(FIRE_TEXT).endswith("\n")


def test_the_next_day_has_crlf_line_ends_only() -> None:
    content = read(NEXT_DAY_TEXT)
    assert content.count(b"\n") == content.count(b"\r\n") > 10
    assert b"\r" not in read(FIRE_TEXT)


def test_the_next_day_changes_the_date_of_one_caption_and_the_wording_of_another() -> None:
    first, second = text_of(FIRE_TEXT), text_of(NEXT_DAY_TEXT)
    entering = (
        "Firefighters enter the harbour district of Port Avel in Kaldmoor province, Valdren, Feb. {}, 2024."
    )
    assert first.count(entering.format(27)) == 2
    assert second.count(entering.format(28)) == 1
    assert entering.format(28) not in first
    assert "smoke rise after an explosion hit the grain terminal at Port Avel, in Kaldmoor" in first
    assert "smoke rising after an explosion hit the grain terminal in Port Avel, Kaldmoor" in second


def test_the_fire_page_repeats_its_caption_in_a_hidden_lightbox() -> None:
    page = LexborHTMLParser(text_of(FIRE_PAGE))
    shown, hidden = one(page, "figure figcaption"), one(page, ".lightbox .lightbox-caption")
    assert shown.text() == hidden.text()
    assert one(page, ".lightbox").attributes["aria-hidden"] == "true"


def test_the_fire_caption_is_used_again_in_another_article() -> None:
    again = [node.text() for node in LexborHTMLParser(text_of(LANTERN_PAGE)).css("figcaption")]
    assert sum(caption.startswith(FIRE_CAPTION) for caption in again) == 1


def test_the_lantern_caption_is_extended_structured_and_echoed() -> None:
    page = LexborHTMLParser(text_of(LANTERN_PAGE))
    captions = [node.text() for node in page.css("figcaption")]
    assert captions[0].startswith(f"{LANTERN_CAPTION} The walk had been cancelled since 2020.")
    data = json.loads(one(page, 'script[type="application/ld+json"]').text())
    assert data["image"][0]["caption"] == LANTERN_CAPTION
    assert data["image"][0]["contentUrl"].endswith("/wp-content/uploads/2024/03/lantern-walk.jpg")
    assert f"\n{LANTERN_CAPTION} (Jonas Tarrow/Northern Wire)\n" in text_of(LANTERN_TEXT)
    echo = "Thousands carried paper lanterns down Ropewalk Street in Port Avel on Saturday night"
    assert sum(echo in node.text() for node in page.css("p")) == 1


@pytest.mark.parametrize(
    ("path", "picture", "caption"),
    [
        pytest.param(FIRE_PAGE, "port-avel-smoke.jpg", FIRE_CAPTION, id="port-avel-2024"),
        pytest.param(
            OLD_PAGE,
            "refinery-smoke.jpg",
            "Smoke rises over the oil refinery at Marrick, Oct. 14, 2021.",
            id="marrick-2021",
        ),
        pytest.param(
            SNOW_PAGE,
            "tessen-ridge.jpg",
            "The Tessen ridge seen from the Lower Tessen road, March 5, 2024.",
            id="ridge-2024",
        ),
        pytest.param(
            GERMAN_PAGE,
            "tessen-grat.jpg",
            "Der Tessengrat, aufgenommen von der Straße nach Lower Tessen am 5. März 2023.",
            id="ridge-2023",
        ),
    ],
)
def test_captions_that_contradict_each_other_stand_beside_their_picture(
    path: str, picture: str, caption: str
) -> None:
    page = text_of(path)
    assert 0 < page.rindex(picture, 0, page.index(caption)) < page.index(caption)


def test_the_pass_page_loads_its_pictures_lazily() -> None:
    page = LexborHTMLParser(text_of(SNOW_PAGE))
    lazy = page.css("img.lazyload")
    assert len(lazy) == 2
    for image in lazy:
        assert (image.attributes["src"] or "").endswith("spacer.gif")
    assert "?w=1280&quality=80" in (lazy[0].attributes["data-src"] or "")
    assert CUT_SHORT.rsplit("/", 1)[1] in (lazy[1].attributes["data-srcset"] or "")


def addresses(path: str) -> set[str]:
    """Every picture that a page names in an img or source, as a path in the archive."""
    found: set[str] = set()
    for node in LexborHTMLParser(text_of(path)).css("img, source"):
        attributes = node.attributes
        for name in ("src", "data-src"):
            if attributes.get(name):
                found.add(attributes[name] or "")
        for name in ("srcset", "data-srcset"):
            found.update(part.split()[0] for part in (attributes.get(name) or "").split(",") if part.strip())
    base = (ARCHIVE / path).parent
    return {(base / address.split("?")[0]).resolve().relative_to(ARCHIVE).as_posix() for address in found}


def test_one_page_names_a_picture_that_the_archive_lacks() -> None:
    lacking = {
        (page, address) for page in PAGES for address in addresses(page) if not (ARCHIVE / address).is_file()
    }
    assert lacking == {(SNOW_PAGE, f"{UPLOADS}/2024/03/plough-crew.jpg")}


def test_only_the_wire_and_the_next_frame_are_shown_by_no_page() -> None:
    shown = {address for page in PAGES for address in addresses(page)}
    unshown = {picture.path for picture in pictures.PICTURES} - shown
    assert unshown == {FIRE_SENT, LANTERNS_SENT, FIRE_LATER}


def test_one_picture_is_shown_without_a_caption_and_one_only_as_a_file_photo() -> None:
    page = LexborHTMLParser(text_of(LANTERN_PAGE))
    bare = [figure for figure in page.css("article figure") if figure.css_first("figcaption") is None]
    assert len(bare) == 1
    assert (one(bare[0], "img").attributes["src"] or "").endswith("vessa-valley.jpg")
    for path in (LANTERN_PAGE, SNOW_PAGE):
        captions = [node.text() for node in LexborHTMLParser(text_of(path)).css("figcaption")]
        assert captions.count("File photo") == 1


# The README


def test_the_readme_names_every_file_and_no_others() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:wire|herald|uploads|www\.[\w.-]+)/[^`\s]*\.\w+)`", readme))
    long = {
        re.sub(r"^herald/", "www.example-herald.example/", re.sub(r"^uploads/", f"{UPLOADS}/", name))
        for name in named
    }
    assert long == {path.relative_to(ARCHIVE).as_posix() for path in ARCHIVE.rglob("*") if path.is_file()}
