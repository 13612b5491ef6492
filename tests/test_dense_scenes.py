"""Many frames of one scene: work and rows in proportion to the frames, and their copies still found."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from benchmarks.dense_scenes import measure_scene
from catalog.show.summary import summarise, summary_lines
from catalog.store.catalogue import Catalogue
from media.matching.pictures import part_votes
from media.matching.pictures.candidate_graph import CANDIDATES_KEPT, CandidateGraph
from media.matching.pictures.scenes import CROWD
from tests.conftest import rows, scan_archive
from tests.pictures import encode, photograph
from tests.test_duplicates import put, state

FRAMES = CROWD + 12


def frame(number: int) -> Pillow.Image:
    """A street, and things in it that are elsewhere in each frame."""
    picture = photograph(500, (480, 360)).copy()
    random = np.random.default_rng(number)
    for thing in range(9):
        passing = photograph(600 + thing, (480, 360)).crop((0, 0, 90, 110))
        picture.paste(passing, (int(random.integers(0, 390)), int(random.integers(0, 250))))
    return picture


def scan_frames(archive: Path, catalog_path: Path) -> None:
    for number in range(FRAMES):
        put(archive, f"{number:02}.jpg", encode(frame(number), "JPEG", quality=90), age_days=90 - number)
    for number in (20, 30):
        small = frame(number).resize((384, 288))
        put(archive, f"copy-{number}.jpg", encode(small, "JPEG", quality=80), age_days=1)
    scan_archive(catalog_path, archive)


def test_a_row_for_each_frame_tells_of_the_scene_and_copies_are_found(
    archive: Path, catalog_path: Path
) -> None:
    scan_frames(archive, catalog_path)
    groups = rows(catalog_path, "SELECT group_id, locator FROM duplicate_images ORDER BY locator")
    assert [locator for _, locator in groups] == ["20.jpg", "30.jpg", "copy-20.jpg", "copy-30.jpg"]
    assert groups[0][0] == groups[2][0] != groups[1][0]
    related = rows(
        catalog_path,
        "SELECT count(*), count(transform ->> '$.scene.first'), count(DISTINCT transform ->> '$.scene.first'),"
        " min(transform ->> '$.scene.pictures') FROM image_matches WHERE kind = 'related'",
    )
    ((count, of_scenes, scenes, pictures),) = related
    assert scenes == 1
    assert CROWD < pictures <= FRAMES + 2
    assert of_scenes < pictures
    assert count < FRAMES
    with Catalogue.open(catalog_path) as catalogue:
        said = dict(summary_lines(summarise(catalogue)))
    assert said["Pictures of one scene"] == f"{pictures} of 1 scene, each compared with its likeliest few"


def test_a_scene_that_loses_frames_is_as_if_they_had_never_been(archive: Path, catalog_path: Path) -> None:
    scan_frames(archive, catalog_path)
    for name in ("05.jpg", "35.jpg", "copy-30.jpg"):
        (archive / name).unlink()
    scan_archive(catalog_path, archive)
    again = catalog_path.with_name("again.db")
    scan_archive(again, archive)
    assert state(catalog_path) == state(again)


def test_what_is_compared_grows_with_the_frames_and_not_with_their_pairs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(part_votes, "STOP", 25)
    small, large = measure_scene(100), measure_scene(400)
    for found in (small, large):
        assert found["kept"] <= CANDIDATES_KEPT * found["pictures"]
        assert found["copies_kept"] == 1.0
    assert large["part_pairs"] < 5 * small["part_pairs"]  # 16 times, were each compared with each


def test_candidates_do_not_depend_on_the_order_in_which_pairs_come() -> None:
    random = np.random.default_rng(8)
    count = 200
    left, right = (side.astype(np.int64) for side in np.triu_indices(count, 1))
    likelihood = random.integers(0, 30, len(left)) / 10
    found = []
    for order in (np.arange(len(left)), random.permutation(len(left))):
        graph = CandidateGraph()
        graph.tell(150, 199)
        for some in np.array_split(order, 7):
            graph.add_pairs(left[some], right[some], likelihood[some])
            assert len(graph.candidates) <= count  # chooses what is kept so far
        found.append(graph.candidates)
        assert 199 in graph.candidates[150]
        assert max(map(len, graph.candidates.values())) <= CANDIDATES_KEPT + 1
        assert len(list(graph.components())) == 1
    assert found[0] == found[1]
