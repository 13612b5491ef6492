"""Parts of pictures that workers find are those of one process: turned by quarters, and where too much is shared."""

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow

from catalog.store.catalogue import Catalogue
from media.matching.pictures import part_votes
from tests.conftest import scan_archive
from tests.match_workers import copy_of, found, match_in_shares, match_whole
from tests.pictures import encode, photograph

SIZE = (640, 480)
PAGES = 8


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs with crops of them, turned and mirrored; and others that hold one and the same banner."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "archive").mkdir()
    pictures = {}
    for number, turned in enumerate(
        (Pillow.Transpose.ROTATE_90, Pillow.Transpose.ROTATE_270, Pillow.Transpose.TRANSPOSE)
    ):
        photo = photograph(20 + number, SIZE)
        pictures[f"{number}.jpg"] = photo
        pictures[f"{number}-turned-crop.jpg"] = photo.crop((70, 50, 520, 420)).transpose(turned)
        pictures[f"{number}-crop.jpg"] = photo.crop((90, 60, 600, 460))
    banner = photograph(40, SIZE).crop((0, 100, 640, 300))
    for number in range(PAGES):
        page = photograph(50 + number, SIZE)
        page.paste(banner, (0, 0))
        pictures[f"page{number}.jpg"] = page
    for name, picture in pictures.items():
        (folder / "archive" / name).write_bytes(encode(picture, "JPEG", quality=88))
    path = folder / "catalog.db"
    scan_archive(path, folder / "archive")
    return path


@pytest.mark.parametrize(("shares", "task_bytes"), [(1, 1 << 30), (6, 1)])
@pytest.mark.parametrize("stop", [2000, 2], ids="stop-{}".format)
def test_parts_in_shares_are_as_in_one_process(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int, shares: int, task_bytes: int
) -> None:
    one, other = (copy_of(catalog, f"{name}-{stop}-{shares}.db") for name in ("one", "other"))
    monkeypatch.setattr(part_votes, "STOP", stop)
    match_whole(one)
    match_in_shares(other, shares, task_bytes)
    assert found(other) == found(one)
    shown = matched(one)
    turned = {
        (left, right) for left, right, kind, degrees in shown if kind == "part" and degrees in (90, 270)
    }
    assert {tuple(sorted((f"{number}.jpg", f"{number}-turned-crop.jpg"))) for number in range(3)} <= turned
    pages = [left for left, right, _, _ in shown if left.startswith("page") and right.startswith("page")]
    # Other ways than the banner lead to some: whole pictures are compared, too.
    assert (len(pages) < PAGES) if stop < PAGES else (len(pages) > PAGES)


def matched(catalog: Path) -> list[tuple[str, str, str, int]]:
    """Names in their order, kind, and degrees of the pictures that match."""
    with Catalogue.read(catalog) as catalogue:
        return [
            (
                *sorted((row["one"], row["other"])),
                row["kind"],
                round(json.loads(row["transform"])["rotated_degrees"]),
            )
            for row in catalogue.rows(
                "SELECT l.locator AS one, r.locator AS other, m.kind, m.transform FROM image_matches m"
                " JOIN records l ON l.sha256 = m.left_sha256 JOIN records r ON r.sha256 = m.right_sha256"
            )
        ]
