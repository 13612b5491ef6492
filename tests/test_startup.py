"""What a command waits for before it begins: nothing that it does not need."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from benchmarks.measure import ROOT
from catalog.cli.app import COMMANDS, build_app, load_command


def _imported(code: str) -> set[str]:
    """Every module that a new interpreter has once it ran this."""
    code = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {"numpy", "cv2", "PIL", "scipy", "sqlite_utils", "datasette", "pyarrow", "distributed", "selectolax"}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_waits_for_no_command_and_no_library_of_one(argument: str) -> None:
    modules = _imported(
        "import contextlib, io, sys\n"
        f"sys.argv = ['cutline', {argument!r}]\n"
        "from catalog.cli import main\n"
        "shown = io.StringIO()\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(shown): main()\n"
        "assert 'cutline' in shown.getvalue()"
    )
    assert modules.isdisjoint(HEAVY)
    commands = {name for name in modules if name.startswith("catalog.cli.")}
    assert commands == {"catalog.cli.app", "catalog.cli.options"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_the_first_line_of_each_ones_help(name: str) -> None:
    said = load_command(name).help
    assert " ".join(said.split("\n\n")[0].split()).startswith(COMMANDS[name][1])


def test_a_command_that_is_none_is_answered_with_the_one_that_may_be_meant() -> None:
    done = CliRunner().invoke(build_app(), ["reprot"])
    assert done.exit_code == 2
    assert "'report'" in done.output


def test_a_scanner_of_pictures_waits_for_no_reader_of_articles_and_no_other_command() -> None:
    modules = _imported("from catalog.cli.app import load_command\nload_command('scan')")
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
    assert {"catalog.scan.readers.task", "media.pictures.read", "cv2", "scipy.fft"} <= modules
    not_needed = {"media.articles.html.read", "media.captions.credit", "typer", "sqlite_utils"}
    assert modules.isdisjoint({*not_needed, "media.pictures.local_features"})


@pytest.mark.parametrize("name", ["page.html", "notes"])
def test_a_worker_that_reads_pages_has_their_readers_once_for_all(name: str) -> None:
    from catalog.scan.readers.guard import modules_for
    from catalog.scan.readers.task import ReadTask
    from media.archives.source import SourceRef
    from media.reading import Options
    from media.record import Entry

    task = ReadTask(1, SourceRef("file:///a", "folder"), (Entry(name, 1, 1),), Options())
    assert set(modules_for(task)) == {
        "media.articles.json_page",
        "media.articles.text.read",
        "media.captions.key",
    }
