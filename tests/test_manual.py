"""The manual page: of every command, in what troff understands, put where ``man`` looks by the wheel."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from catalog.cli.app import COMMANDS, load_command

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/cutline.1"


def test_every_command_stands_in_it() -> None:
    headings = re.findall(r"^\.SS cutline (.+?)(?: \[| [A-Z]|$)", PAGE.read_text(), re.MULTILINE)
    wanted = [
        f"{name} {inner}".strip()
        for name in COMMANDS
        for inner in getattr(load_command(name), "commands", {"": None})
    ]
    assert [each.replace("\\-", "-") for each in headings] == wanted


def test_the_wheel_puts_it_where_man_looks() -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["shared-data"] == {"docs/cutline.1": "share/man/man1/cutline.1"}


def test_troff_has_nothing_to_complain_of() -> None:
    troff = shutil.which("groff")
    if troff is None:
        pytest.skip("groff is not installed")
    done = subprocess.run([troff, "-man", "-ww", "-Tutf8", PAGE], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "cutline export sheets" in re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout)
