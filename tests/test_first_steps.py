"""What somebody reads who never saw cutline: each says what to do next."""

import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.cli import doctor
from catalog.cli.app import build_app, main
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue


def run(*arguments: str, **environment: str) -> str:
    return CliRunner().invoke(build_app(), arguments, env=environment, prog_name="cutline").output


def test_cutline_alone_says_where_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cutline"])
    main()
    said = capsys.readouterr().out
    assert "Begin with\n  cutline scan FOLDER" in said and "cutline --help" in said
    with Catalogue.open(tmp_path / "catalog.db"):
        pass
    main()
    said = capsys.readouterr().out
    assert "This folder has a catalogue: catalog.db. Next\n  cutline report" in said and "scan" not in said


def test_a_scan_of_nothing_says_what_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(build_app(), ["scan"])
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == "Name a folder, a file or an address: cutline scan FOLDER."
    (tmp_path / "old news").mkdir()
    assert "No article and no picture was found: name the folder" in run("scan", "old news", "-j", "0")
    result = CliRunner().invoke(build_app(), ["scan"])
    assert str(result.exception).endswith(
        f"To scan the sources of catalog.db again: cutline scan '{tmp_path}/old news'"
    )


def test_doctor_says_what_is_there_and_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("doctor")
    for heading in ("Versions", "Extras", "This machine", "Catalogue"):
        assert f"{heading}\n  " in said
    assert "catalog.db: none yet. `cutline scan FOLDER` makes one." in said
    monkeypatch.setattr(
        "catalog.cli.doctor._packages_of_extras", lambda: {"pdf": ["no-such-package"], "s3": ["pytest"]}
    )
    said = run("doctor")
    assert "missing pdf       PDF pages: pip install 'cutline[pdf]'" in said and "there   s3" in said
    with Catalogue.open(tmp_path / "catalog.db"):
        pass
    assert "catalog.db: " in run("doctor") and "none yet" not in run("doctor")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param("cutline sc", "scan", id="command"),
        pytest.param("cutline cleanup un", "undo", id="command-of-a-group"),
        pytest.param("cutline report --for", "--format", id="option"),
    ],
)
def test_the_shell_completes_commands(typed: str, offered: str) -> None:
    words = typed.split(" ")
    said = run(_CUTLINE_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1))
    assert offered in said.split()


def test_doctor_knows_every_extra_that_the_project_offers() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]) == {*doctor._PURPOSES, *doctor._OF_DEVELOPERS}


def test_a_catalogue_without_its_option_is_told_where_it_goes() -> None:
    for command in ("browse", "match", "check"):
        said = run(command, "old news.db")
        assert f"To name the catalogue: cutline {command} -c 'old news.db'" in " ".join(said.split())
    assert "Unexpected argument: x." in run("cleanup", "list", "y", "x") + run("doctor", "x")
