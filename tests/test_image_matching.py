"""Candidates and verification of whole pictures: copies match and say how, other pictures do not."""

import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter, ImageOps

from media.matching.pictures.framing import is_framed
from media.matching.pictures.orientations import IDENTITY, ORIENTATIONS
from media.matching.pictures.pairs import (
    Picture,
    Transform,
    Verdict,
    WholeHashes,
    WholeIndex,
    describe,
    verify,
)
from media.matching.pictures.resolve import Resolution, Resolver
from media.matching.pictures.verdicts import ImageMatch
from media.matching.pictures.verify import Layers, align, shared_boxes, shared_boxes_of
from media.pictures.image import Image
from media.pictures.read import read_image
from tests.pictures import encode, photograph


def layers_of(picture: Pillow.Image) -> Layers:
    thumbnail = read_image(encode(picture, "PNG"), sha256="0" * 64).thumbnail
    assert thumbnail is not None
    with Pillow.open(io.BytesIO(thumbnail)) as opened:
        return Layers(np.asarray(opened.convert("L"), dtype=np.float32))


class Shelf:
    """Pictures numbered in the order given, the best first, and what matching makes of them."""

    def __init__(self, pictures: list[Pillow.Image], format_: str = "PNG") -> None:
        self.images = [
            read_image(encode(picture, format_), sha256=f"{number:064x}")
            for number, picture in enumerate(pictures)
        ]
        self.hashes = WholeHashes.of(
            [self.print_of(image, "phash") for image in self.images],
            [self.print_of(image, "dhash") for image in self.images],
            [image.information == "low" for image in self.images],
        )
        self.pictures = [
            Picture(i.sha256, i.width_px, i.height_px, i.information, i.pixels_sha256) for i in self.images
        ]

    @staticmethod
    def print_of(image: Image, method: str) -> bytes:
        return next(each.value for each in image.fingerprints if each.method == method)

    def layers(self, number: int) -> Layers:
        webp = self.images[number].thumbnail
        assert webp is not None
        with Pillow.open(io.BytesIO(webp)) as opened:
            return Layers(np.asarray(opened.convert("L"), dtype=np.float32))

    def pairs(self, asked: list[int] | None = None) -> set[tuple[int, int]]:
        wanted = None if asked is None else np.array(asked, dtype=np.int64)
        return {
            (int(left), int(right))
            for found in WholeIndex.of(self.hashes).candidates(wanted)
            for left, right in zip(found.left, found.right, strict=True)
        }

    def resolve(self) -> Resolution:
        every = range(len(self.images))
        candidates = {one: {other: 0.0 for other in every if other != one} for one in every}
        return Resolver(self.pictures, self.hashes, self.layers).resolve(list(every), candidates)

    def match(self) -> ImageMatch | None:
        matches = self.resolve().matches
        assert len(matches) <= 1
        return matches[0] if matches else None


def bar_over(picture: Pillow.Image, share: float) -> Pillow.Image:
    barred = picture.copy()
    draw = ImageDraw.Draw(barred)
    draw.rectangle((0, picture.height * (1 - share), picture.width, picture.height), fill=(10, 10, 40))
    draw.text((20, picture.height * (1 - share / 2)), "COUNCIL VOTES TONIGHT", fill="white")
    return barred


def crop(picture: Pillow.Image, left: float, top: float, right: float, bottom: float) -> Pillow.Image:
    width, height = picture.size
    return picture.crop((int(width * left), int(height * top), int(width * right), int(height * bottom)))


@pytest.mark.parametrize(
    ("edit", "mirrored", "degrees", "left_box"),
    [
        pytest.param(lambda p: p.resize((320, 240)), False, 0, (0, 0, 1, 1), id="scaled"),
        pytest.param(lambda p: p.resize((400, 400)), False, 0, (0, 0, 1, 1), id="squeezed"),
        pytest.param(ImageOps.mirror, True, 0, (0, 0, 1, 1), id="mirrored"),
        pytest.param(ImageOps.flip, True, 180, (0, 0, 1, 1), id="upside-down-mirrored"),
        pytest.param(lambda p: p.rotate(90, expand=True), False, 90, (0, 0, 1, 1), id="quarter-turn"),
        pytest.param(lambda p: p.rotate(180), False, 180, (0, 0, 1, 1), id="half-turn"),
        pytest.param(lambda p: p.rotate(270, expand=True), False, 270, (0, 0, 1, 1), id="three-quarter-turn"),
        pytest.param(
            lambda p: crop(p, 0.03, 0.03, 0.97, 0.97), False, 0, (0.03, 0.03, 0.97, 0.97), id="trimmed"
        ),
        pytest.param(lambda p: p.filter(ImageFilter.GaussianBlur(2)), False, 0, (0, 0, 1, 1), id="blurred"),
        pytest.param(
            lambda p: ImageOps.equalize(p.convert("L")), False, 0, (0, 0, 1, 1), id="equalised-grey"
        ),
    ],
)
def test_edit_of_the_whole_picture_is_near_and_named(edit, mirrored, degrees, left_box):
    picture = photograph(seed=21)
    match = Shelf([picture, edit(picture)]).match()
    assert match is not None
    assert match.kind == "near"
    assert match.transform.mirrored is mirrored
    assert abs((match.transform.rotated_degrees - degrees + 180) % 360 - 180) < 2
    assert match.transform.left_box == pytest.approx(left_box, abs=0.02)
    assert match.aligned_similarity > 0.85


@pytest.mark.parametrize(("share", "kind"), [(0.15, "near"), (0.35, "near"), (0.7, None)])
def test_bar_over_a_third_of_a_copy_leaves_it_a_copy(share: float, kind: str | None):
    picture = photograph(seed=23)
    verdict = verify(layers_of(picture), layers_of(bar_over(picture, share)), IDENTITY)
    assert verdict.kind in ((kind,) if kind else (None, "related"))


def test_stripped_metadata_is_same_pixels():
    picture = photograph(seed=22)
    plain, tagged = encode(picture, "JPEG"), encode(picture, "JPEG", comment=b"by A. Nobody")
    shelf = Shelf([picture, picture])
    shelf.images = [read_image(data, sha256=f"{k:064x}") for k, data in enumerate((plain, tagged))]
    shelf.pictures = [
        Picture(i.sha256, i.width_px, i.height_px, i.information, i.pixels_sha256) for i in shelf.images
    ]
    match = shelf.match()
    assert match is not None
    assert (match.kind, match.distance_bits, match.aligned_similarity) == ("same-pixels", 0, 1.0)


def next_frame(picture: Pillow.Image, share: float) -> Pillow.Image:
    """The picture a moment later: a thing in the middle has moved by this share of the width."""
    pixels = np.asarray(picture)
    height, width = pixels.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = 0.22 * min(width, height)
    weight = np.exp(-((xs - width / 2) ** 2 + (ys - height / 2) ** 2) / (2 * radius**2)).astype(np.float32)
    moved = cv2.remap(
        pixels, xs + share * width * weight, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return Pillow.fromarray(moved)


@pytest.mark.parametrize("seed", range(30, 36))
def test_next_frame_of_a_burst_is_related_and_no_duplicate(seed: int):
    picture = photograph(seed)
    match = Shelf([picture, next_frame(picture, 0.04)], "JPEG").match()
    assert match is not None
    assert match.kind == "related"


@pytest.mark.parametrize("seed", range(30, 36))
def test_other_picture_does_not_match(seed: int):
    assert Shelf([photograph(seed), photograph(seed + 50)]).match() is None


def window(text: str) -> Pillow.Image:
    """A dialogue window: most of it the same as of any other."""
    shown = Pillow.new("RGB", (500, 360), (240, 240, 240))
    draw = ImageDraw.Draw(shown)
    draw.rectangle((0, 0, 500, 30), fill=(40, 60, 120))
    draw.rectangle((380, 310, 480, 340), fill=(200, 200, 210), outline="black")
    draw.multiline_text((30, 60), text, fill="black", font_size=22)
    return shown


def test_screenshots_that_differ_in_their_text_do_not_match():
    one, other = (
        window("Delete 12 files?\nThis cannot be undone."),
        window("Save 4 changes?\nPress OK to go on."),
    )
    assert Shelf([one, other]).match() is None


def test_screenshot_matches_its_copy():
    one = window("Delete 12 files?\nThis cannot be undone.")
    match = Shelf([one, Pillow.open(io.BytesIO(encode(one, "JPEG", quality=85)))]).match()
    assert match is not None
    assert match.kind == "near"


def test_blank_pictures_are_no_candidates_of_photographs():
    shelf = Shelf(
        [photograph(41), Pillow.new("RGB", (640, 480), "white"), Pillow.new("RGB", (640, 480), "navy")]
    )
    assert not [pair for pair in shelf.pairs() if 0 in pair]


def test_candidates_asked_for_are_those_of_all():
    picture = photograph(42)
    shelf = Shelf(
        [picture, picture.resize((300, 220)), ImageOps.mirror(picture), picture.rotate(90, expand=True)]
        + [photograph(seed) for seed in range(43, 48)]
    )
    every = shelf.pairs()
    assert {(0, 1), (0, 2), (0, 3)} <= every
    for number in range(len(shelf.images)):
        assert {pair for pair in shelf.pairs([number]) if number in pair} == {
            pair for pair in every if number in pair
        }


def test_many_copies_are_paired_with_the_first():
    hashes = WholeHashes(
        np.tile(np.arange(8, dtype=np.uint64) * np.uint64(0x0123456789ABCDEF), (10_000, 1)),
        np.zeros(10_000, dtype=np.uint64),
        np.zeros(10_000, dtype=bool),
    )
    pairs = [
        pair
        for found in WholeIndex.of(hashes).candidates()
        for pair in zip(found.left.tolist(), found.right.tolist(), strict=True)
    ]
    assert len(pairs) < 100_000
    assert {right for left, right in pairs if left == 0} == set(range(1, 10_000))


@pytest.mark.parametrize("orientation", range(8))
def test_transform_turned_round_is_that_of_the_inverse(orientation: int):
    left, right = Picture("a", 600, 400, "normal"), Picture("b", 400, 600, "normal")
    verdict = Verdict("near", 1.0, ORIENTATIONS[orientation], (0, 0, 1, 0.5), (0.1, 0, 1, 1))
    there, back = describe(verdict, left, right).turned(), describe(verdict.turned(), right, left)
    assert there.mirrored == back.mirrored
    assert there.rotated_degrees == pytest.approx(back.rotated_degrees, abs=1e-6)
    assert there.scale == pytest.approx(back.scale)
    assert (there.left_box, there.right_box) == (back.left_box, back.right_box)


def test_alignment_finds_a_shift_and_a_turn():
    picture = photograph(51)
    turned = crop(picture.rotate(3, resample=Pillow.Resampling.BICUBIC), 0.06, 0.06, 0.94, 0.94)
    left, right = layers_of(picture), layers_of(turned)
    found, seen = align(left, right, IDENTITY)
    degrees = describe(
        Verdict("near", 1.0, found),
        Picture("a", *picture.size, "normal"),
        Picture("b", *turned.size, "normal"),
    ).rotated_degrees
    assert degrees == pytest.approx(3, abs=0.4)
    assert seen is not None
    assert seen.agreement > 0.95
    assert seen.movement < 0.005


@pytest.mark.parametrize(
    "picture", [Pillow.new("RGB", (300, 200), "white"), Pillow.new("L", (1, 1)), photograph(3, (1, 900))]
)
def test_alignment_of_next_to_nothing_does_no_harm(picture: Pillow.Image):
    layers = layers_of(picture)
    _, seen = align(layers, layers_of(photograph(52)), IDENTITY)
    assert seen is None or seen.agreement < 0.5


@pytest.mark.parametrize(
    ("edit", "framed"),
    [
        pytest.param(lambda p: ImageOps.expand(p, (0, 60, 0, 60), "black"), True, id="letterbox"),
        pytest.param(lambda p: ImageOps.expand(p, (90, 0, 90, 0), "black"), True, id="pillarbox"),
        pytest.param(lambda p: ImageOps.expand(p, 30, "white"), True, id="frame"),
        pytest.param(lambda p: p, False, id="as-it-is"),
        pytest.param(lambda p: bar_over(p, 0.2), False, id="caption-bar-on-one-side"),
        pytest.param(lambda p: Pillow.new("RGB", p.size, "black"), False, id="nothing-but-black"),
    ],
)
def test_framed_picture_is_told(edit, framed: bool):
    assert is_framed(layers_of(edit(photograph(53))).grey[0]) is framed


@pytest.mark.parametrize("orientation", range(8))
def test_boxes_of_many_maps_are_those_of_each(orientation: int):
    crop_of = np.array([[1.6, 0.0, -0.3], [0.0, 1.25, -0.1]])
    affine = crop_of[:, :2] @ ORIENTATIONS[orientation]
    affine[:, 2] += crop_of[:, 2]
    left, right, shared = shared_boxes_of(affine[None])
    one = shared_boxes(affine)
    assert one is not None
    assert shared.all()
    assert left[0] == pytest.approx(one[0], abs=1e-5)
    assert right[0] == pytest.approx(one[1], abs=1e-5)


def test_transform_is_json():
    transform = Transform(True, 359.97, 0.5, (0.0, 0.25, 1.0, 0.75), (0.0, 0.0, 1.0, 1.0))
    assert json.loads(transform.as_json()) == {
        "mirrored": True,
        "rotated_degrees": 0.0,
        "scale": 0.5,
        "left_box": [0.0, 0.25, 1.0, 0.75],
        "right_box": [0.0, 0.0, 1.0, 1.0],
    }
