"""However an archive came to be what it is, its catalogue says the same as one made afresh."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import encode, make_photo, rows, scan_archive
from tests.test_scanning import PAGE

PHOTOS = {number: encode(make_photo(number, (160, 120))) for number in range(3)}
PHOTOS[3] = encode(make_photo(0, (160, 120)).resize((120, 90)), quality=70)
PHOTOS[4] = encode(make_photo(1, (160, 120)), "PNG")
PHOTOS[5] = PHOTOS[2][:900]
CAPTIONS = (
    "Smoke rises over the port of Avel on Monday, March 4, 2024.",
    "Smoke rises over the port of Avel on Tuesday, March 5, 2024.",
    "Smoke rising over the port of Avel on Monday, March 4, 2024.",
    "Smoke rises over the port of Avel on Monday, March 4, 2024. Three ships left the harbour.",
    "File photo",
    "A ferry crosses the sound of Brest in the first light of a summer morning.",
)
NAMES = ("a", "b/a", "b/c", "d/e/f")

put_page = st.tuples(
    st.just("page"),
    st.sampled_from(NAMES),
    st.integers(0, 5),
    st.sampled_from(("a.jpg", "/b/a.jpg", "../f.jpg", "c.jpg")),
)
put_photo = st.tuples(st.just("photo"), st.sampled_from(NAMES), st.integers(0, 5), st.just(""))
remove = st.tuples(st.just("remove"), st.sampled_from(NAMES), st.integers(0, 1), st.just(""))
move = st.tuples(st.just("move"), st.sampled_from(NAMES), st.integers(0, 3), st.just(""))
steps = st.lists(
    st.lists(st.one_of(put_page, put_photo, remove, move), min_size=1, max_size=4), min_size=2, max_size=4
)

VIEWS = {
    "records": "SELECT locator, media_type, byte_size, sha256 FROM records WHERE missing_since IS NULL",
    "page_captions": "SELECT locator, position, caption, credit_line, date, image_src, image_sha256, image_locator,"
    " origin FROM page_captions",
    "repeated_captions": "SELECT kind, size, locator, position, caption, similarity, difference FROM repeated_captions",
    "repeats": "SELECT kind, group_concat(place, '|') FROM (SELECT repeat_id, kind, locator || ':' || position AS place"
    " FROM repeated_captions ORDER BY repeat_id, place) GROUP BY repeat_id",
    "duplicate_images": "SELECT kind, size, locator, keeper, reason, distance_bits, transform FROM duplicate_images",
    "groups": "SELECT kind, group_concat(locator, '|') FROM (SELECT group_id, kind, locator FROM duplicate_images"
    " ORDER BY group_id, locator) GROUP BY group_id",
    "conflicts": "SELECT grade, locator, caption, difference FROM caption_conflicts",
    "orphans": "SELECT locator, caption, image_src FROM orphan_captions",
    "missing": "SELECT locator, image_src FROM missing_images",
    "uncaptioned": "SELECT locator FROM uncaptioned_images",
    "problems": "SELECT p.locator, p.reason FROM problems p JOIN records r ON r.locator = p.locator"
    " WHERE r.missing_since IS NULL",
    "reclaimable": "SELECT kind, size, widest_distance_bits, reclaimable_bytes FROM image_groups",
}


def say(catalog: Path) -> dict[str, list[str]]:
    return {name: sorted(map(repr, rows(catalog, sql))) for name, sql in VIEWS.items()}


def do(archive: Path, action: str, name: str, number: int, source: str) -> None:
    page, photo = archive / f"{name}.html", archive / f"{name}.jpg"
    page.parent.mkdir(parents=True, exist_ok=True)
    if action == "page":
        page.write_text(PAGE.replace(CAPTIONS[0], CAPTIONS[number]).format(src=source))
    elif action == "photo":
        photo.write_bytes(PHOTOS[number])
    elif action == "remove":
        (page, photo)[number].unlink(missing_ok=True)
    elif photo.exists():
        target = archive / f"{NAMES[number]}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        photo.rename(target)


def follow(history: list[list[tuple[str, str, int, str]]]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        archive = folder / "archive"
        archive.mkdir()
        for batch in history:
            for step in batch:
                do(archive, *step)
            scan_archive(folder / "grown.db", archive)
        scan_archive(folder / "fresh.db", archive)
        assert say(folder / "grown.db") == say(folder / "fresh.db")
        assert rows(folder / "grown.db", "SELECT * FROM pending") == []
        assert rows(folder / "grown.db", "PRAGMA foreign_key_check") == []
    finally:
        shutil.rmtree(folder)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(steps)
def test_a_catalogue_that_grew_says_what_a_fresh_one_says(
    history: list[list[tuple[str, str, int, str]]],
) -> None:
    follow(history)


def test_a_conflict_goes_with_the_picture_that_made_it() -> None:
    follow(
        [
            [
                ("page", "a", 0, "c.jpg"),
                ("photo", "a", 0, ""),
                ("page", "b/a", 0, "a.jpg"),
                ("photo", "b/c", 1, ""),
            ],
            [("remove", "a", 1, "")],
        ]
    )


def test_captions_are_compared_again_where_a_copy_became_another_picture() -> None:
    follow(
        [
            [
                ("photo", "a", 1, ""),
                ("photo", "b/c", 4, ""),
                ("page", "a", 1, "a.jpg"),
                ("page", "b/a", 0, "a.jpg"),
            ],
            [("photo", "b/c", 0, "")],
        ]
    )


@pytest.mark.long
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_a_catalogue_that_grew_says_what_a_fresh_one_says_always(
    history: list[list[tuple[str, str, int, str]]],
) -> None:
    follow(history)
