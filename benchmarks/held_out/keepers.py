"""Copies of one photograph, of which it is known which is the original: the one to keep.

Each original is a JPEG as a camera or a desk saves it, half of them with a camera's EXIF. The copies have more pixels,
more bytes, or as many: whoever keeps the largest or the heaviest keeps a copy.
"""

import io
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.held_out.edits import Picture

_SIDE_PX = 1000


@dataclass(frozen=True, slots=True)
class Saved:
    """A file of a set."""

    name: str
    """What was done; ``original`` for none."""
    data: bytes
    extension: str = "jpg"


def make_set(rng: random.Random, picture: Picture, *, with_camera: bool) -> Iterator[Saved]:
    """Yield the original, then its copies."""
    picture = picture.convert("RGB")
    # Made smaller in any case: what it was saved as before leaves no trace.
    side = min(_SIDE_PX, round(max(picture.size) * 0.87))
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    exif = _exif(None) if with_camera else b""
    first = _jpeg(picture, rng.randint(84, 95), exif)
    yield Saved("original", first)
    shown = Image.open(io.BytesIO(first)).convert("RGB")
    for name, copy in _COPIES.items():
        yield Saved(name, copy(rng, shown))
    yield Saved("as_png", _png(shown), "png")
    if with_camera:  # nothing but the metadata tells which of two tones is the camera's
        yield Saved("edited", _jpeg(_lighter(shown), 97, _exif("Adobe Photoshop 25.0")))


def _jpeg(picture: Picture, quality: int, exif: bytes = b"") -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=quality, exif=exif)
    return kept.getvalue()


def _png(picture: Picture) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def _exif(software: str | None) -> bytes:
    exif = Image.Exif()
    exif[271], exif[272] = "NIKON CORPORATION", "NIKON D5"
    if software:
        exif[305] = software
    exif.get_ifd(34665)[33434] = (1, 250)
    return exif.tobytes()


def _lighter(picture: Picture) -> Picture:
    return picture.point([min(255, round(255 * (level / 255) ** 0.85)) for level in range(256)] * 3)


def _enlarged(by: float) -> Callable[[random.Random, Picture], bytes]:
    def enlarge(rng: random.Random, picture: Picture) -> bytes:
        filters = (Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
        size = (round(picture.width * by), round(picture.height * by))
        return _jpeg(picture.resize(size, rng.choice(filters)), rng.randint(85, 93))

    return enlarge


def _noisy(rng: random.Random, picture: Picture) -> bytes:
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 20, (picture.height, picture.width, 3))
    return _jpeg(Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8)), 95)


def _salted(rng: random.Random, picture: Picture) -> bytes:
    chance = np.random.default_rng(rng.getrandbits(32)).random((picture.height, picture.width))
    pixels = np.asarray(picture).copy()
    pixels[chance < 0.02], pixels[chance > 0.98] = 0, 255
    return _jpeg(Image.fromarray(pixels), 95)


def _generations(rng: random.Random, picture: Picture) -> bytes:
    """Pass it on four times: each hand saves it anew, the last in the best quality."""
    data = b""
    for quality in (rng.randint(70, 85), rng.randint(70, 85), rng.randint(80, 90), 96):
        data = _jpeg(picture, quality)
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    return data


def _there_and_back(rng: random.Random, picture: Picture) -> bytes:
    """Make it small, and bring it to the size of the original again."""
    small = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    return _jpeg(small.resize(picture.size, Image.Resampling.BICUBIC), 96)


def _smaller(rng: random.Random, picture: Picture) -> bytes:
    return _jpeg(picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS), 90)


_COPIES: dict[str, Callable[[random.Random, Picture], bytes]] = {
    "enlarged_150": _enlarged(1.5),
    "enlarged_200": _enlarged(2),
    "enlarged_300": _enlarged(3),
    "noisy": _noisy,
    "salted": _salted,
    "saved_97": lambda rng, picture: _jpeg(picture, 97),
    "saved_70": lambda rng, picture: _jpeg(picture, 70),
    "generations": _generations,
    "there_and_back": _there_and_back,
    "smaller": _smaller,
}


def make_keepers(pictures: Iterable[tuple[str, Picture]], folder: Path) -> None:
    """Write a set for each photograph, as ``folder/photograph/what_was_done.jpg``; every other with a camera's EXIF."""
    for number, (name, picture) in enumerate(pictures):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        for each in make_set(random.Random(f"keeper|{name}"), picture, with_camera=number % 2 == 0):
            (place / f"{each.name}.{each.extension}").write_bytes(each.data)


@dataclass(slots=True)
class KeeperScore:
    """Which file of each set is the keeper of the original's group."""

    sets: int = 0
    original: int = 0
    """Sets of which it is the original."""
    instead: dict[str, int] = field(default_factory=dict)
    """What is kept in its place, by what was done to it."""


def score_keepers(catalog: Path) -> KeeperScore:
    """Score a catalogue of such sets."""
    score = KeeperScore()
    with sqlite3.connect(f"file:{catalog}?mode=ro", uri=True) as db:
        keepers = dict(
            db.execute(
                "SELECT o.locator, k.locator FROM records o LEFT JOIN image_group_members m ON m.record_id = o.id"
                " LEFT JOIN image_group_members n ON n.group_id = m.group_id AND n.keeper = 1"
                " LEFT JOIN records k ON k.id = n.record_id WHERE o.locator LIKE '%/original.jpg'"
            )
        )
    for original, keeper in keepers.items():
        score.sets += 1
        score.original += keeper == original
        if keeper != original:
            what = Path(keeper).stem if keeper else "no group"
            score.instead[what] = score.instead.get(what, 0) + 1
    return score
