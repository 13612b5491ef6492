"""What a command waits for before it begins: nothing that it does not need."""

import subprocess
import sys

import pytest

from benchmarks.measure import ROOT


def _imported(code: str) -> set[str]:
    """Every module that a new interpreter has once it ran this."""
    code = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_scanner_of_pictures_waits_for_no_reader_of_articles_and_no_other_command() -> None:
    modules = _imported("from catalog.cli.app import build_app\nbuild_app('scan')")
    assert "catalog.scan.scan" in modules
    assert not {
        name for name in modules if name.startswith(("media.articles.html.read", "media.articles.text.read"))
    }
    assert modules.isdisjoint(
        {"catalog.cli.cleanup", "catalog.match.captions.repeats", "media.captions.credit", "cv2", "scipy"}
    )


def test_a_worker_that_reads_pictures_waits_for_no_reader_of_pages_nor_for_features_that_are_not_asked_for() -> (
    None
):
    modules = _imported(
        "from catalog.scan.readers.guard import modules_for\nfrom catalog.scan.readers.task import ReadTask\n"
        "from importlib import import_module\n"
        "from media.reading import Options\n"
        "from media.record import Entry\n"
        "from media.archives.source import SourceRef\n"
        "task = ReadTask(1, SourceRef('file:///a', 'folder'), (Entry('a/b.JPG', 1, 1),), Options(parts=False))\n"
        "for name in modules_for(task): import_module(name)"
    )
    assert {"catalog.scan.readers.task", "media.pictures.read", "scipy.fftpack"} <= modules
    assert modules.isdisjoint(
        {"media.articles.html.read", "media.captions.credit", "cv2", "typer", "sqlite_utils"}
    )


@pytest.mark.parametrize("name", ["page.html", "notes"])
def test_a_worker_that_reads_pages_has_their_readers_once_for_all(name: str) -> None:
    from catalog.scan.readers.guard import modules_for
    from catalog.scan.readers.task import ReadTask
    from media.archives.source import SourceRef
    from media.reading import Options
    from media.record import Entry

    task = ReadTask(1, SourceRef("file:///a", "folder"), (Entry(name, 1, 1),), Options())
    assert set(modules_for(task)) == {
        "media.articles.html.read",
        "media.articles.text.read",
        "media.captions.key",
    }
