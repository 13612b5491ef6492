"""The rules of the house, checked on the code itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted(path for package in ("media", "catalog") for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.is_relative_to(ROOT / "media")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_media_never_imports_the_catalogue_nor_sql_nor_the_terminal(path: Path) -> None:
    assert not {package_of(name) for name in imported(path)} & {
        "catalog",
        "sqlite3",
        "sqlite_utils",
        "typer",
        "rich",
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_command_line_prints(path: Path) -> None:
    if path.is_relative_to(ROOT / "catalog/cli"):
        return
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def room_of(name: str) -> str | None:
    """The folder that a module is in; of those at the top, the module itself. None: it is none of ours."""
    path = ROOT.joinpath(*name.split("."))
    if path.is_dir():
        path = path / "__init__"
    if not path.with_suffix(".py").is_file():
        return None
    folder = path.parent if len(path.relative_to(ROOT).parts) > 2 else path
    return str(folder.relative_to(ROOT))


def test_no_two_rooms_import_each_other() -> None:
    rooms: dict[str, set[str]] = {}
    for path in MODULES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        room = room_of(name.removesuffix(".__init__"))
        assert room is not None
        for found in filter(None, map(room_of, imported(path))):
            if found != room:
                rooms.setdefault(room, set()).add(found)
    assert "media/captions" in rooms["media/articles/html"]
    assert [(one, two) for one in rooms for two in rooms[one] if one in rooms.get(two, ())] == []


def test_media_can_be_used_without_the_catalogue() -> None:
    code = "import sys, media.reading; sys.exit(any(name.split('.')[0] == 'catalog' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=300, check=False).returncode == 0
