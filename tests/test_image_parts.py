"""Local features: coded alike in every orientation, found in parts of a picture, silent on other pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageFilter, ImageOps

from media.matching.pictures.features import ENOUGH, agree
from media.matching.pictures.orientations import UNDOES
from media.matching.pictures.pairs import verify
from media.matching.pictures.part_blobs import Portion
from media.matching.pictures.part_index import find_parts
from media.matching.pictures.part_votes import find_telling
from media.matching.pictures.verify import shared_boxes
from media.pictures.local_features import BLOB_BYTES, Blobs, describe_blobs, find_blobs, turn_codes
from tests.pictures import photograph
from tests.test_fingerprints import AS_SHOWN
from tests.test_image_matching import layers_of

SIZE = (768, 576)


def blobs_of(picture: Pillow.Image) -> Blobs:
    return Blobs.from_bytes(describe_blobs(picture.convert("L")).value)


def as_shown(picture: Pillow.Image, orientation: int) -> Pillow.Image:
    return picture.transpose(AS_SHOWN[orientation + 1]) if orientation else picture


def test_features_are_compact_and_survive_being_stored():
    print_ = describe_blobs(photograph(70, SIZE).convert("L"))
    blobs = find_blobs(photograph(70, SIZE).convert("L"))
    stored = Blobs.from_bytes(print_.value)
    assert print_.method == "blobs"
    assert len(print_.value) == len(blobs) * BLOB_BYTES <= 2000
    assert (stored.codes == blobs.codes).all()
    assert (stored.levels == blobs.levels).all()
    assert np.abs(stored.points - blobs.points).max() <= 1 / 256


@pytest.mark.parametrize("orientation", range(8))
def test_turned_codes_are_those_of_the_turned_picture(orientation: int):
    picture = photograph(71, (768, 768)).convert("L")
    codes = turn_codes(find_blobs(picture).codes, orientation)
    turned = find_blobs(as_shown(picture, orientation)).codes
    distances = np.bitwise_count(codes[:, None] ^ turned[None, :]).min(axis=1)
    assert np.median(distances) <= 1
    if orientation:
        others = np.bitwise_count(find_blobs(picture).codes[:, None] ^ turned[None, :]).min(axis=1)
        assert np.median(others) >= 10


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20), st.integers(0, 7))
def test_turning_back_gives_the_code_again(values: list[int], orientation: int):
    codes = np.array(values, dtype=np.uint64)
    assert (turn_codes(turn_codes(codes, orientation), UNDOES[orientation]) == codes).all()


@pytest.mark.parametrize(
    ("edit", "box"),
    [
        pytest.param(lambda p: p.crop((384, 0, 768, 576)), (0.5, 0, 1, 1), id="right-half"),
        pytest.param(lambda p: p.crop((200, 150, 584, 438)), (0.26, 0.26, 0.76, 0.76), id="quarter"),
        pytest.param(lambda p: ImageOps.expand(p, 80, "black"), (0, 0, 1, 1), id="framed"),
        pytest.param(lambda p: p.resize((260, 195)), (0, 0, 1, 1), id="third-of-the-size"),
        pytest.param(lambda p: p.filter(ImageFilter.GaussianBlur(2)), (0, 0, 1, 1), id="blurred"),
        pytest.param(lambda p: ImageOps.equalize(p.convert("L")), (0, 0, 1, 1), id="equalised"),
        pytest.param(lambda p: p.rotate(5), (0, 0, 1, 1), id="tilted"),
    ],
)
def test_features_say_where_one_picture_lies_on_another(edit, box):
    picture = photograph(72, SIZE)
    edited = edit(picture)
    guess = agree(blobs_of(picture), blobs_of(edited), picture.size, edited.size)
    assert guess is not None
    assert guess.pairs >= 2 * ENOUGH
    boxes = shared_boxes(guess.affine)
    assert boxes is not None
    assert boxes[0] == pytest.approx(box, abs=0.06)


def test_mirrored_crop_is_found_as_mirrored():
    picture = photograph(73, SIZE)
    edited = ImageOps.mirror(picture.crop((0, 0, 500, 500)))
    guess = agree(blobs_of(picture), blobs_of(edited), picture.size, edited.size)
    assert guess is not None
    assert np.linalg.det(guess.affine[:, :2]) < 0


@pytest.mark.parametrize("seed", range(74, 82))
def test_unlike_pictures_do_not_match_even_where_features_agree_by_chance(seed: int):
    picture, other = photograph(seed, SIZE), photograph(seed + 30, SIZE)
    guess = agree(blobs_of(picture), blobs_of(other), SIZE, SIZE)
    if guess is not None:
        verdict = verify(layers_of(picture), layers_of(other), guess.affine)
        assert verdict.kind in (None, "related")


@pytest.mark.parametrize(
    "picture", [Pillow.new("L", (1, 1)), Pillow.new("L", (640, 480), 255), photograph(3, (1, 900))]
)
def test_pictures_without_features_agree_with_nothing(picture: Pillow.Image):
    nothing = blobs_of(picture)
    assert agree(nothing, blobs_of(photograph(72, SIZE)), picture.size, SIZE) is None
    assert agree(nothing, nothing, picture.size, picture.size) is None


def pairs_of(pictures: list[Blobs], asked: list[int] | None = None) -> set[tuple[int, int, int, int]]:
    portion = Portion(np.arange(len(pictures)), [each.as_bytes() for each in pictures])
    return {
        row
        for found in find_parts(lambda: [portion], None if asked is None else np.array(asked))
        for row in zip(
            found.left.tolist(),
            found.right.tolist(),
            found.orientation.tolist(),
            found.votes.tolist(),
            strict=True,
        )
    }


@pytest.fixture(scope="module")
def shelf() -> list[Blobs]:
    """Five pictures, then parts of the first four."""
    pictures = [photograph(seed, SIZE) for seed in range(85, 90)]
    parts = [
        pictures[0].crop((0, 0, 400, 576)),
        ImageOps.mirror(pictures[1].crop((200, 100, 768, 500))),
        ImageOps.expand(pictures[2], 90, "white"),
        pictures[3].crop((100, 50, 600, 500)).transpose(Pillow.Transpose.ROTATE_90),
    ]
    return [blobs_of(each) for each in (*pictures, *parts)]


def test_index_proposes_parts_and_nothing_else(shelf: list[Blobs]):
    found = pairs_of(shelf)
    assert {(left, right) for left, right, _, votes in found if votes > 7} == {
        (0, 5),
        (1, 6),
        (2, 7),
        (3, 8),
    }
    assert (1, 6, 1) in {pair[:3] for pair in found}, "mirrored"
    assert (3, 8, 7) in {pair[:3] for pair in found}, "turned"


def test_what_a_picture_repeats_says_nothing_of_it():
    windows = Pillow.new("L", (768, 576), 200)
    for x in range(16, 768, 48):
        for y in range(16, 576, 48):
            windows.paste(40, (x, y, x + 20, y + 20))
    blobs = blobs_of(windows)
    telling = find_telling(blobs.codes, np.array([len(blobs)]))
    assert len(blobs) > 50
    assert telling.mean() < 0.2
    photo = blobs_of(photograph(72, SIZE))
    assert find_telling(photo.codes, np.array([len(photo)])).mean() > 0.85


def test_empty_archive_has_no_parts():
    assert pairs_of([]) == set()
    assert pairs_of([Blobs.from_bytes(b"")]) == set()
