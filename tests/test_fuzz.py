"""Whatever is broken in an input, a scan ends, and each input is read or named."""

from pathlib import Path

import pytest

from benchmarks.robustness import verify, write_inputs
from tests.conftest import scan_archive


@pytest.mark.parametrize("first", [pytest.param(first, id=f"from-{first}") for first in (0, 1_000_000)])
def test_broken_inputs_are_read_or_named(archive: Path, catalog_path: Path, first: int) -> None:
    write_inputs(archive, seed=6, first=first, count=95)
    assert scan_archive(catalog_path, archive).status == "complete"
    found = verify(archive, catalog_path)
    assert found["inputs"] == 95
    assert 30 < found["with problems"] < 95


@pytest.mark.long
def test_many_broken_inputs_are_read_or_named(archive: Path, catalog_path: Path) -> None:
    write_inputs(archive, seed=7, first=0, count=2000)
    assert scan_archive(catalog_path, archive, jobs=2).status == "complete"
    assert verify(archive, catalog_path)["inputs"] == 2000
