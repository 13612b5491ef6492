"""Archives made on the spot, and the command line run as a person runs it."""

import asyncio
import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from PIL import Image as Pillow

from catalog.match.match import Stage
from catalog.scan.scan import ScanOptions, ScanResult, scan
from catalog.store.catalogue import Catalogue
from media.reading import Reading
from tests.forked import Cutline

ROOT = Path(__file__).resolve().parents[1]

# The same commit gives the same verdict, in CI and at a desk; `make test-long` draws new cases each time.
# No case has a deadline: how long one takes depends on what else the machine does.
hypothesis.settings.register_profile("random", deadline=None)
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.load_profile("random" if os.environ.get("CUTLINE_RANDOM_TESTS") else "same")

Run = Callable[..., subprocess.CompletedProcess[str]]


def run_async(work: Coroutine[object, object, None]) -> None:
    """Run it in a thread of its own: a browser that another test has opened keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


class SilentWatcher:
    """Sees a scan at work and says nothing; tests may look at what it saw."""

    def __init__(self) -> None:
        self.total = 0
        self.locators: list[str] = []
        self.stages: list[Stage] = []

    def listing(self, found: int) -> None:
        pass

    def reading(self, total: int, total_bytes: int) -> None:
        self.total = total

    def read(self, readings: Sequence[Reading]) -> None:
        self.locators += [reading.record.locator for reading in readings]

    def stage(self, name: Stage) -> None:
        self.stages.append(name)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An empty folder to put an archive in."""
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


@pytest.fixture
def catalog_path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


@pytest.fixture(scope="session")
def cutline() -> Iterator[Cutline]:
    """Forks commands that need no other environment than the tests'."""
    cutline = Cutline(ROOT)
    yield cutline
    cutline.close()


@pytest.fixture
def run(cutline: Cutline) -> Run:
    """Runs ``cutline`` in a process of its own.

    A scan reads in that process, where ``--jobs`` does not say otherwise: starting readers takes longer than reading
    the archives of tests does.
    """

    def run_cutline(
        *arguments: str | Path, cwd: Path = Path(), env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        words = [os.fspath(argument) for argument in arguments]
        if words[:1] == ["scan"] and not {"--jobs", "--cluster"} & set(words):
            words += ["--jobs", "0"]
        if env is None:
            return cutline.run(words, cwd.absolute(), seconds=600)
        command = [sys.executable, "-m", "catalog", *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=cwd, env=env, timeout=600
        )

    return run_cutline


def scan_archive(catalog: Path, *sources: Path | str, **options: object) -> ScanResult:
    """Scan in this process; what it found is in the catalogue."""
    with Catalogue.open(catalog) as catalogue:
        return scan(catalogue, sources, ScanOptions(**({"jobs": 0} | options)), SilentWatcher())  # type: ignore[arg-type]


def rows(catalog: Path, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    """What a query gives, as tuples."""
    with Catalogue.read(catalog) as catalogue:
        return [tuple(row) for row in catalogue.rows(sql, parameters)]


def copy_catalogue(catalogue: Path, copy: Path) -> Path:
    """A copy of a catalogue; over an earlier copy it makes it as the original is."""
    source, target = sqlite3.connect(catalogue), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    return copy


def make_photo(seed: int, size: tuple[int, int] = (320, 240)) -> Pillow.Image:
    """A picture with structure at every scale, unlike that of any other seed."""
    noise = np.random.default_rng(seed)
    total = np.zeros((size[1], size[0], 3))
    for cells in (2, 4, 8, 16, 32):
        coarse = noise.uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
        layer = Pillow.fromarray(coarse).resize(size, Pillow.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=float) / cells
    total -= total.min()
    return Pillow.fromarray((total / total.max() * 255).astype(np.uint8))


def encode(picture: Pillow.Image, format_name: str = "JPEG", **options: object) -> bytes:
    """The picture's bytes in a format."""
    out = io.BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()
