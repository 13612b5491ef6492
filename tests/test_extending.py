"""Another package adds formats to cutline: the example is installed as a person installs it, and used."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, make_photo

NOTE = (
    b"FIELDNOTE\nHeadline: The crane stood still\nBy: Ines Tessen\n"
    b"Picture: crane.pnm | The crane at the harbour on Monday.\n\nThe crane stood still all week.\n"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example package as pip installs it."""
    folder = tmp_path_factory.mktemp("extension")
    source = folder / "source"
    subprocess.run(["cp", "-r", str(ROOT / "examples/extension"), str(source)], check=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", "--target", str(folder / "site"), str(source)]
    subprocess.run(command, check=True, timeout=600)
    return folder / "site"


def cutline(*arguments: str, folder: Path, installed: Path | None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, filter(None, (ROOT, installed))))
    return subprocess.run(
        [sys.executable, "-m", "catalog", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def pnm(seed: int) -> bytes:
    out = io.BytesIO()
    make_photo(seed, (320, 240)).save(out, "PPM")
    return out.getvalue()


def ar(members: dict[str, bytes]) -> bytes:
    archive = b"!<arch>\n"
    for name, data in members.items():
        archive += f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{'644':<8}{len(data):<10}`\n".encode() + data
        archive += b"\n" * (len(data) % 2)
    return archive


def write_archive(folder: Path) -> None:
    (folder / "archive").mkdir()
    (folder / "archive/monday.note").write_bytes(NOTE)
    (folder / "archive/crane.pnm").write_bytes(pnm(1))
    (folder / "archive/old.ar").write_bytes(
        ar({"copy.pnm": pnm(1), "a.txt": b"A headline\n\nThe ferry left at nine, as it does."})
    )


def captions(folder: Path, installed: Path | None) -> object:
    done = cutline("export", "pairs", folder=folder, installed=installed)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_installed_package_adds_an_article_format_a_container_a_picture_format_and_a_report(
    tmp_path: Path, installed: Path
) -> None:
    write_archive(tmp_path)
    done = cutline("scan", "archive", folder=tmp_path, installed=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    articles = cutline("export", "articles", folder=tmp_path, installed=installed).stdout.splitlines()
    said = {row["locator"]: row for row in map(json.loads, articles)}
    assert said["monday.note"]["headline"] == "The crane stood still"
    assert said["monday.note"]["body"] == "The crane stood still all week."
    assert "old.ar!a.txt" in said
    groups = json.loads(
        cutline("report", "images", "--format", "json", folder=tmp_path, installed=installed).stdout
    )
    members = {member["locator"] for group in groups for member in group["members"]}
    assert members == {"crane.pnm", "old.ar!copy.pnm"}
    written = cutline("report", "bylines", "--format", "json", folder=tmp_path, installed=installed).stdout
    assert [(row["byline"], row["articles"]) for row in json.loads(written)] == [("Ines Tessen", 1)]
    page = cutline("report", "bylines", "--format", "html", folder=tmp_path, installed=installed).stdout
    assert "Ines Tessen · 1 article" in page
    assert "bylines" in cutline("report", "--help", folder=tmp_path, installed=installed).stdout
    found = cutline("find", "archive/crane.pnm", folder=tmp_path, installed=installed)
    assert "crane.pnm" in found.stdout


def test_what_was_passed_over_before_a_package_was_installed_is_read_by_the_next_scan(
    tmp_path: Path, installed: Path
) -> None:
    write_archive(tmp_path)
    before = cutline("scan", "archive", folder=tmp_path, installed=None)
    assert before.returncode == 1
    assert "PNM picture" in before.stdout
    after = cutline("scan", "archive", folder=tmp_path, installed=installed)
    assert after.returncode == 0, after.stdout + after.stderr
    assert cutline("scan", "archive", folder=tmp_path, installed=installed).stdout.startswith(
        "Read 0 records"
    )


def test_a_damaged_container_of_a_package_is_a_problem_of_its_own(tmp_path: Path, installed: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/cut.ar").write_bytes(
        ar({"a.txt": b"The ferry left at nine.", "b.txt": b"x" * 99})[:-40]
    )
    (tmp_path / "archive/monday.note").write_bytes(NOTE.partition(b"\n\n")[0])
    done = cutline("scan", "archive", folder=tmp_path, installed=installed)
    assert done.returncode == 1
    problems = json.loads(
        cutline("report", "problems", "--format", "json", folder=tmp_path, installed=installed).stdout
    )
    assert {(row["locator"], row["reason"]) for row in problems} == {
        ("cut.ar!b.txt", "it is cut short"),
        ("monday.note", "the field note has no story after its blank line"),
    }


def test_a_package_that_cannot_be_loaded_is_named_in_one_line(tmp_path: Path) -> None:
    write_archive(tmp_path)
    info = tmp_path / "site/broken-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cutline.formats]\nbroken = nowhere:FORMATS\n")
    done = cutline("scan", "archive", folder=tmp_path, installed=tmp_path / "site")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "cutline: the formats of the package broken cannot be loaded (ModuleNotFoundError: No module named"
        " 'nowhere'). Update it, or uninstall it."
    ]
