"""Which caption of a picture the others are measured by, and what never disagrees."""

import pytest

from media.captions.key import caption_key
from media.matching.captions.conflicts import find_conflict
from media.matching.captions.uses import CaptionUse

RIGHT = "Mara Ellison greets supporters in Valdren, Feb. 3, 2024."
WRONG = "Jonas Tarrow opens the rebuilt pool in Lowick, March 9, 2021."


def use(number: int, text: str, origin: str, *, article: int | None = None, image: str = "aa") -> CaptionUse:
    return CaptionUse(number, number, article, image, text, caption_key(text), None, 0, origin, "{}")


@pytest.mark.parametrize(
    "uses",
    [
        pytest.param(
            [use(1, WRONG, "figcaption", article=1), use(2, RIGHT, "iptc")], id="original-against-a-page"
        ),
        pytest.param(
            [
                use(1, WRONG, "figcaption", article=1),
                use(2, WRONG, "figcaption", article=2),
                use(3, RIGHT, "sidecar"),
            ],
            id="original-against-pages",
        ),
        pytest.param(
            [
                use(1, WRONG, "iptc"),
                use(2, RIGHT, "iptc", image="bb"),
                use(3, RIGHT, "xmp", image="cc"),
            ],
            id="originals-that-agree",
        ),
        pytest.param(
            [
                use(1, WRONG, "figcaption", article=1),
                use(2, RIGHT, "figcaption", article=2),
                use(3, RIGHT, "text-line", article=3),
            ],
            id="pages-that-agree",
        ),
        pytest.param(
            # Two placements of one page, and many copies of one file, say it once each.
            [
                use(1, WRONG, "figcaption", article=1),
                use(2, WRONG, "class", article=1),
                use(3, RIGHT, "figcaption", article=2),
                use(4, RIGHT, "figcaption", article=3),
            ],
            id="one-page-counts-once",
        ),
    ],
)
def test_captions_are_measured_by_the_one_with_most_support(uses: list[CaptionUse]) -> None:
    conflict = find_conflict(uses)
    assert conflict is not None
    assert conflict.grade == "fact"
    said = {use.placement_id: use.text for use in uses}
    assert {said[number] for number, difference in conflict.members if not difference} == {RIGHT}
    assert {said[number] for number, difference in conflict.members if difference} == {WRONG}
