"""The measure by publisher keeps the pages of a publisher together."""

import pytest

from benchmarks.by_publisher import measure, part_by_publisher
from tests.shared_data import needs_shared


@pytest.mark.parametrize("count", [2, 5, 10])
def test_a_publisher_is_in_one_fold_only(count: int) -> None:
    labels = [{"id": str(n), "publisher": f"house {n % 7 if n < 30 else n}"} for n in range(60)]
    folds = part_by_publisher(labels, count)
    assert sorted(str(label["id"]) for fold in folds for label in fold) == sorted(map(str, range(60)))
    for publisher in {str(label["publisher"]) for label in labels}:
        assert sum(any(label["publisher"] == publisher for label in fold) for fold in folds) == 1
    assert max(map(len, folds)) - min(map(len, folds)) <= 5


@needs_shared
def test_few_pages_are_measured_fold_by_fold() -> None:
    import json

    from tests.shared_data import SHARED

    lines = (SHARED / "data/captions/labels.jsonl").read_text(encoding="utf-8").splitlines()[:12]
    rows = measure([json.loads(line) for line in lines], 3)
    assert 0 <= rows["caption_f1"]["worst"] <= rows["caption_f1"]["mean"] <= 1
