"""The pictures of the sample archive: which file shows which scene, and what was done to it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from PIL import Image, ImageOps

from .city import city_at_dusk
from .embedded import Delivery, embed, strip
from .film import Light, develop
from .graphics import draw_map, draw_masthead, draw_spacer
from .harbour import harbour_fire
from .scenes import misty_valley, northern_lights, ridge_in_haze, snow_wood, storm_sea
from .street import lantern_walk

HERALD = "www.example-herald.example/wp-content/uploads"
THEME = "www.example-herald.example/wp-content/themes/herald/img"
COURRIER = "www.courrier-avel.example/images/2024"
TAGBLATT = "www.brennicker-tagblatt.example/media"
OBSERVER = "www.marrick-observer.example/photos"

FIRE_DELIVERY = Delivery(
    headline="Fire at the Port Avel grain terminal",
    description=(
        "Columns of smoke rise over the grain terminal at Port Avel, in Kaldmoor province, on Feb. 27, 2024."
    ),
    creator="Ilse Maren",
    credit="Northern Wire",
    city="Port Avel",
    province="Kaldmoor",
    country="Valdren",
    date="2024-02-27",
    time="14:52:08",
    keywords=("fire", "harbour", "grain", "smoke"),
    copyright="© 2024 Northern Wire",
    job="NW240227-0118",
    latitude_longitude=(56.4125, -24.8061),
)
LANTERN_DELIVERY = Delivery(
    headline="Lantern walk returns to Port Avel",
    description=(
        "Thousands carry paper lanterns down Ropewalk Street in Port Avel, Kaldmoor province, March 9, 2024."
    ),
    creator="Jonas Tarrow",
    credit="Northern Wire",
    city="Port Avel",
    province="Kaldmoor",
    country="Valdren",
    date="2024-03-09",
    time="20:14:31",
    keywords=("lantern walk", "crowd", "night"),
    copyright="© 2024 Northern Wire",
    job="NW240309-0042",
)

Scene = Callable[[int, int], Light]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file of the archive."""

    path: str
    scene: str | None
    """The name in `SCENES` of what it shows; None for a graphic."""
    encode: Callable[[], bytes]


SCENES: dict[str, tuple[Scene, int, float]] = {
    "harbour fire": (harbour_fire, 1, 0.014),
    "harbour fire, next frame": (partial(harbour_fire, moment=8.0), 2, 0.014),
    "ridge in haze": (ridge_in_haze, 3, 0.014),
    "storm sea": (storm_sea, 4, 0.016),
    "northern lights": (northern_lights, 5, 0.014),
    "misty valley": (misty_valley, 6, 0.014),
    "snow wood": (snow_wood, 7, 0.012),
    "city at dusk": (city_at_dusk, 8, 0.016),
    "lantern walk": (lantern_walk, 9, 0.020),
}
"""Each scene: its light, the seed of its film grain and how strong that grain is."""


@cache
def photograph(scene: str, width_px: int) -> Image.Image:
    """Return the scene as a 3:2 photograph of this width."""
    light, seed, grain = SCENES[scene]
    return develop(light(width_px, round(width_px * 2 / 3)), seed, grain=grain)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=False, subsampling="4:2:0")
    return buffer.getvalue()


def _encoded(picture: Image.Image, kind: str, quality: int | None = None) -> bytes:
    buffer = io.BytesIO()
    if quality is None:
        picture.save(buffer, kind, optimize=True)
    else:
        picture.save(buffer, kind, quality=quality)
    return buffer.getvalue()


def _resized(picture: Image.Image, width_px: int) -> Image.Image:
    height_px = round(width_px * picture.height / picture.width)
    return picture.resize((width_px, height_px), Image.Resampling.LANCZOS)


def _cropped(picture: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """Return the part inside the box, which is given in fractions: left, top, right, bottom."""
    left, top, right, bottom = box
    return picture.crop(
        (
            round(left * picture.width),
            round(top * picture.height),
            round(right * picture.width),
            round(bottom * picture.height),
        )
    )


def _fire() -> Image.Image:
    return photograph("harbour fire", 1280)


def _ridge() -> Image.Image:
    return photograph("ridge in haze", 1280)


def _lanterns() -> bytes:
    return embed(_jpeg(photograph("lantern walk", 1200), 76), LANTERN_DELIVERY)


def _fire_elsewhere() -> bytes:
    """Return a picture taken again from the page: trimmed a little at each side, smaller, compressed
    harder.
    """
    return _jpeg(_resized(_cropped(_fire(), (0.02, 0.03, 0.98, 0.97)), 1000), 68)


def _cut_short() -> bytes:
    whole = _jpeg(photograph("snow wood", 1200), 72)
    return whole[: len(whole) * 2 // 5]


PICTURES: tuple[Picture, ...] = (
    Picture(
        "wire/2024-02-27/photos/NW240227-0118.jpg",
        "harbour fire",
        lambda: embed(_jpeg(_fire(), 76), FIRE_DELIVERY),
    ),
    Picture(f"{HERALD}/2024/02/port-avel-smoke.jpg", "harbour fire", lambda: strip(_jpeg(_fire(), 76))),
    Picture(
        f"{HERALD}/2024/02/port-avel-smoke-768x512.jpg",
        "harbour fire",
        lambda: _jpeg(_resized(_fire(), 768), 74),
    ),
    Picture(
        f"{HERALD}/2024/02/port-avel-smoke-2.jpg",
        "harbour fire, next frame",
        lambda: _jpeg(photograph("harbour fire, next frame", 1100), 74),
    ),
    Picture(
        f"{COURRIER}/incendie-port-avel.jpg",
        "harbour fire",
        lambda: _jpeg(ImageOps.mirror(_resized(_fire(), 960)), 74),
    ),
    Picture(f"{OBSERVER}/refinery-smoke.jpg", "harbour fire", _fire_elsewhere),
    Picture(f"{HERALD}/2024/03/tessen-ridge.jpg", "ridge in haze", lambda: _jpeg(_ridge(), 76)),
    Picture(
        f"{TAGBLATT}/tessen-grat.jpg",
        "ridge in haze",
        lambda: _jpeg(_cropped(_ridge(), (0.28, 0.18, 0.98, 0.82)), 76),
    ),
    Picture(f"{HERALD}/2024/03/lantern-walk.jpg", "lantern walk", _lanterns),
    Picture("wire/2024-03-09/photos/NW240309-0042.jpg", "lantern walk", _lanterns),
    Picture(f"{HERALD}/2024/03/snow-road-1200.jpg", "snow wood", _cut_short),
    Picture(
        f"{HERALD}/2024/03/snow-road.webp",
        "snow wood",
        lambda: _encoded(photograph("snow wood", 1000), "WEBP", 66),
    ),
    Picture(
        f"{TAGBLATT}/nordlicht.avif",
        "northern lights",
        lambda: _encoded(photograph("northern lights", 1200), "AVIF", 58),
    ),
    Picture(
        f"{TAGBLATT}/brennick-daemmerung.webp",
        "city at dusk",
        lambda: _encoded(photograph("city at dusk", 1200), "WEBP", 68),
    ),
    Picture(
        f"{HERALD}/2024/03/vessa-valley.jpg",
        "misty valley",
        lambda: _jpeg(photograph("misty valley", 1200), 76),
    ),
    Picture(f"{HERALD}/2024/03/grey-sea.jpg", "storm sea", lambda: _jpeg(photograph("storm sea", 1200), 72)),
    Picture(f"{HERALD}/2024/03/kaldmoor-map.png", None, lambda: _encoded(draw_map(900, 600), "PNG")),
    Picture(f"{THEME}/masthead.png", None, lambda: _encoded(draw_masthead(420, 48), "PNG")),
    Picture(f"{THEME}/spacer.gif", None, draw_spacer),
)
