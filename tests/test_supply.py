"""What is installed: locked, licensed, and of this project's choosing."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from catalog.match.pictures.stored import open_thumbnail
from supply.licences import find_required, is_strong, normalise
from tests.conftest import encode, make_photo

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"dev": ("dev",), "browser": ("dev", "browse", "browser")}


def read_lock(name: str) -> dict[str, set[Version]]:
    """Versions by package: more than one where they differ between versions of Python."""
    found: dict[str, set[Version]] = {}
    for line in (ROOT / "supply" / f"{name}.lock").read_text().splitlines():
        if match := re.match(r"([a-z0-9][\w.-]*)==([^\s;\\]+)", line):
            found.setdefault(normalise(match[1]), set()).add(Version(match[2]))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_what_the_project_asks_for(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in LOCKS[lock] for each in project["optional-dependencies"][extra]),
    ]
    locked = read_lock(lock)
    unfit = [
        line
        for line in wanted
        if not (versions := locked.get(normalise(Requirement(line).name)))
        or not all(Requirement(line).specifier.contains(version) for version in versions)
    ]
    assert not unfit, "run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes_and_none_its_place(lock: str) -> None:
    text = (ROOT / "supply" / f"{lock}.lock").read_text()
    assert "://" not in text
    assert not re.search(
        r"^\s*-", re.sub(r"^    --hash=sha256:[0-9a-f]{64}", "", text, flags=re.MULTILINE), re.MULTILINE
    )
    packages = re.split(r"\n(?=[a-z0-9])", text)
    assert [each.splitlines()[0] for each in packages if "--hash=sha256:" not in each] == []


def test_what_cutline_needs_is_not_what_its_extras_need() -> None:
    required = set(find_required("cutline"))
    if not required:
        pytest.skip("cutline is not installed here: what it needs cannot be looked up")
    assert {"numpy", "pillow", "rich", "markdown-it-py"} <= required
    assert not {"datasette", "pytest", "pyarrow", "dask"} & required


@pytest.mark.parametrize(
    ("licence", "strong"),
    [
        ("GPL-3.0-or-later", True),
        ("GNU General Public License v2 (GPLv2)", True),
        ("GNU Affero General Public License v3", True),
        ("AGPL-3.0-only", True),
        ("MIT AND GPL-2.0-only", True),
        ("LGPL-2.1-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("MIT OR GPL-2.0-or-later", False),
        ("Apache Software License; BSD License", False),
        ("MIT-CMU", False),
    ],
)
def test_which_licences_bind_whoever_uses_them(licence: str, strong: bool) -> None:
    assert is_strong(licence) is strong


CALLED = {
    "GaussianBlur",
    "Sobel",
    "blur",
    "boxFilter",
    "connectedComponents",
    "countNonZero",
    "cvtColor",
    "dilate",
    "erode",
    "imdecode",
    "intersectConvexConvex",
    "matchTemplate",
    "morphologyEx",
    "remap",
    "resize",
    "setNumThreads",
    "warpAffine",
}


def test_no_more_of_opencv_is_called_than_is_said() -> None:
    """Its functions for video and addresses lead to an OpenSSL that nobody mends."""
    used = {
        name
        for room in ("media", "catalog")
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"\bcv2\.(\w+)", path.read_text("utf-8"))
    }
    assert {name for name in used if not name.isupper() and "_" not in name} == CALLED


def test_opencv_decodes_thumbnails_of_ours_and_nothing_else() -> None:
    photo = make_photo(1, (64, 48))
    for format_ in ("JPEG", "WEBP"):
        kept = open_thumbnail(encode(photo, format_))
        assert kept is not None
        assert kept.shape == (48, 64)
    for other in (
        encode(photo, "PNG"),
        encode(photo, "TIFF"),
        b"",
        b"RIFF",
        b"RIFF0000WEBP",
    ):
        assert open_thumbnail(other) is None


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.name
)
def test_actions_are_pinned_to_a_commit(path: Path) -> None:
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert action.startswith("./") or re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), action
