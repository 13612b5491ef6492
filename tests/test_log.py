"""A fault can be reported: where it happened is kept in the log and in the catalogue, whoever met it."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.cli import app
from tests.conftest import ROOT, encode, make_photo, rows

FAULTY = """
import importlib.util, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name != "media.articles.text.read":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module
        def run_and_change(module):
            run(module)
            def stumble_over_it(data, **rest):
                raise ValueError("no such letter: \\udce9")
            module.read_text = stumble_over_it
        spec.loader.exec_module = run_and_change
        return spec
sys.meta_path.insert(0, Finder())
"""


def scan(archive: Path, catalog: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), str(catalog.parent)])
    return subprocess.run(
        [sys.executable, "-m", "catalog", "scan", archive, "-c", catalog, *options],
        env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("jobs", ["0", "2"])
def test_a_fault_of_a_reader_keeps_its_traceback(archive: Path, catalog_path: Path, jobs: str) -> None:
    (catalog_path.parent / "sitecustomize.py").write_text(FAULTY)
    (archive / "story.txt").write_text("The ferry sailed on time.\n")
    (archive / "photo.jpg").write_bytes(encode(make_photo(1)))
    log = catalog_path.parent / "cutline.log"
    done = scan(archive, catalog_path, "-j", jobs, CUTLINE_LOG=str(log))
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    [(locator, reason, traceback)] = rows(catalog_path, "SELECT locator, reason, traceback FROM problems")
    assert (locator, reason) == ("story.txt", "its reader failed on it (ValueError: no such letter: \\udce9)")
    for kept in (str(traceback), log.read_text()):
        assert "Traceback (most recent call last)" in kept
        assert "in stumble_over_it" in kept
    assert "ERROR cutline: story.txt: parse: its reader failed on it" in log.read_text()


def test_a_damaged_file_is_logged_without_a_traceback(archive: Path, catalog_path: Path) -> None:
    (archive / "empty.jpg").write_bytes(b"")
    done = scan(archive, catalog_path, "-j", "0", "--verbose")
    assert "WARNING cutline: empty.jpg: read: it is empty (0 bytes)" in done.stderr
    assert "DEBUG" not in done.stderr
    assert rows(catalog_path, "SELECT traceback FROM problems") == [(None,)]
    assert "DEBUG" in scan(archive, catalog_path, "-j", "0", "--reread", "-vv").stderr
    assert "cutline: " not in scan(archive, catalog_path, "-j", "0", "--reread").stderr


def test_a_log_is_continued_and_tells_what_was_run(archive: Path, catalog_path: Path) -> None:
    log = catalog_path.parent / "cutline.log"
    for _ in range(2):
        assert scan(archive, catalog_path, "-j", "0", CUTLINE_LOG=str(log)).returncode == 0
    said = log.read_text()
    assert said.count(f"-m catalog scan {archive}"[11:]) == 2
    assert said.count(" complete after ") == 2


def test_a_log_that_cannot_be_written_is_one_line(archive: Path, catalog_path: Path) -> None:
    done = scan(archive, catalog_path, CUTLINE_LOG=str(archive / "none" / "x.log"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "CUTLINE_LOG" in done.stderr
    assert not catalog_path.exists()


@pytest.mark.parametrize("logged", [True, False])
def test_a_fault_that_ends_a_command_is_one_line_and_its_traceback_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logged: bool
) -> None:
    def fail(*names: str) -> None:
        raise TypeError("a list\nis no number")

    log = tmp_path / "cutline.log"
    monkeypatch.setattr(app, "build_app", fail)
    monkeypatch.setattr(sys, "argv", ["cutline", "report"])
    monkeypatch.setattr(app.log, "handlers", [logging.NullHandler()])
    if logged:
        monkeypatch.setenv("CUTLINE_LOG", str(log))
    else:
        monkeypatch.delenv("CUTLINE_LOG", raising=False)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 2
    for handler in app.log.handlers:
        handler.close()
    said = capsys.readouterr().err
    assert said.startswith("cutline: this is a fault of cutline itself (TypeError: a list is no number).")
    assert said.count("\n") == 1
    if logged:
        assert str(log) in said and "in fail" in log.read_text()
    else:
        assert "CUTLINE_LOG=cutline.log" in said
