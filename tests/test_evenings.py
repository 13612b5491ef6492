"""The worked evenings of the docs, command by command, on the sample archive."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from catalog.decisions.captions import Choice, choose_caption
from catalog.store.catalogue import Catalogue
from tests.conftest import Run
from tests.test_caption_desk import first_question

ROOT = Path(__file__).resolve().parents[1]
_TEXT = (ROOT / "docs/evenings.md").read_text("utf-8")
_EVENINGS = [each.partition("\n")[0] for each in _TEXT.split("\n## ")[1:]]


@pytest.mark.parametrize("evening", _EVENINGS)
def test_every_command_of_an_evening_runs(
    evening: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples/archive", tmp_path / "examples/archive")
    section = _TEXT.split(f"\n## {evening}\n")[1].split("\n## ")[0]
    commands = re.findall(r"^\$ cutline (.+)$", section, re.MULTILINE)
    assert len(commands) > 5
    for command in commands:
        words = shlex.split(command)
        if words[0] == "browse":
            _choose_first(tmp_path / words[words.index("-c") + 1])
            continue
        if words[0] == "merge":
            shutil.copy(tmp_path / "corpus.db", tmp_path / "desk.db")
        done = run(*words, cwd=tmp_path)
        # 1: done, with the problem that the archive is there to show.
        assert done.returncode in (0, 1), f"cutline {command}\n{done.stderr}"


def _choose_first(catalogue: Path) -> None:
    """Do what a person does in the browser: settle one conflict."""
    conflict, (first, *_) = first_question(catalogue)
    with Catalogue.open(catalogue) as opened:
        choose_caption(opened, Choice(conflict, "chosen", first))


def test_every_picture_of_the_docs_is_there_and_made_by_the_script() -> None:
    script = (ROOT / "docs/screenshots.py").read_text()
    for page in (*ROOT.glob("docs/*.md"), ROOT / "README.md"):
        for name in re.findall(r"screenshots/([\w-]+)\.png", page.read_text("utf-8")):
            assert (ROOT / f"docs/screenshots/{name}.png").exists(), f"{page.name}: {name}"
            assert f'"{name}"' in script
