"""The command line as a person meets it."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run, encode, make_photo, rows, scan_archive
from tests.test_scanning import PAGE, make_archive


def test_a_scan_says_what_it_found_and_what_to_run_next(archive: Path, catalog_path: Path, run: Run) -> None:
    done = run("scan", make_archive(archive), "-c", catalog_path)
    assert done.returncode == 0, done.stderr
    assert re.match(
        r"Read 5 records in \d+\.\d s\.\nThe catalogue holds 2 articles, 2 pictures, 1 caption on pages\.\n",
        done.stdout,
    )
    assert f"cutline report images -c {catalog_path}" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if "cutline" not in line)


def test_a_scan_with_problems_exits_1_and_names_the_report(
    archive: Path, catalog_path: Path, run: Run
) -> None:
    (make_archive(archive) / "cut.jpg").write_bytes(encode(make_photo(3))[:900])
    done = run("scan", archive, "-c", catalog_path)
    assert done.returncode == 1
    assert "what could not be read (1)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["scan", "nowhere"], "nowhere: no such file or folder", id="no-such-folder"),
        pytest.param(["report"], "no such catalogue", id="no-catalogue"),
        pytest.param(["find", "smoke"], "no such catalogue", id="find-without-catalogue"),
        pytest.param(["relocate", "a", "b"], "no such catalogue", id="relocate-without-catalogue"),
    ],
)
def test_what_cannot_run_is_one_line_and_exit_2(
    tmp_path: Path, run: Run, arguments: list[str], said: str
) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert done.stderr.startswith("cutline: ")


def test_a_read_only_folder_is_said_so(tmp_path: Path, run: Run, archive: Path) -> None:
    make_archive(archive)
    done = run("scan", archive, "-c", "/proc/catalog.db")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_version(run: Run) -> None:
    assert re.fullmatch(r"cutline \d+\.\d+\.\d+\n", run("--version").stdout)


def test_find_a_picture_by_its_file_and_its_captions(
    archive: Path, catalog_path: Path, run: Run, tmp_path: Path
) -> None:
    scan_archive(catalog_path, make_archive(archive))
    shutil.copy(archive / "2024/smoke.jpg", tmp_path / "mine.jpg")
    done = run("find", tmp_path / "mine.jpg", "-c", catalog_path)
    assert done.returncode == 0, done.stderr
    assert "same-bytes" in done.stdout
    assert "2024/page.html" in done.stdout
    (tmp_path / "other.jpg").write_bytes(encode(make_photo(77)))
    other = run("find", tmp_path / "other.jpg", "-c", catalog_path)
    assert (other.returncode, other.stdout) == (1, "The catalogue holds nothing similar.\n")


def test_find_a_resized_picture(archive: Path, catalog_path: Path, run: Run, tmp_path: Path) -> None:
    scan_archive(catalog_path, make_archive(archive))
    (tmp_path / "small.jpg").write_bytes(encode(make_photo(1).resize((200, 150)), quality=60))
    done = run("find", tmp_path / "small.jpg", "-c", catalog_path)
    assert done.returncode == 0, done.stderr
    assert "near" in done.stdout


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("Smoke rises over the port of Avel on Monday, March 4, 2024.", 0, id="same"),
        pytest.param("smoke rising over the port of Avel", 0, id="similar"),
        pytest.param("A cat sleeps on a wall in the sun.", 1, id="unlike"),
        pytest.param(
            'NEAR("AND OR NOT * ^ port" -- \'; DROP TABLE captions', 1, id="query-syntax-is-only-text"
        ),
    ],
)
def test_find_a_caption(archive: Path, catalog_path: Path, run: Run, text: str, status: int) -> None:
    scan_archive(catalog_path, make_archive(archive))
    done = run("find", text, "-c", catalog_path)
    assert (done.returncode, done.stderr) == (status, "")
    assert ("2024/page.html" in done.stdout) == (status == 0)


def test_check_names_what_changed_vanished_or_cannot_be_read(
    archive: Path, catalog_path: Path, run: Run
) -> None:
    scan_archive(catalog_path, make_archive(archive))
    assert run("check", "-c", catalog_path).stdout.endswith("all as recorded.\n")
    path = archive / "2024/smoke.jpg"
    times = path.stat()
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (archive / "wire.txt").unlink()
    done = run("check", "-c", catalog_path)
    assert done.returncode == 1
    assert "changed: 2024/smoke.jpg" in done.stdout
    assert "missing: wire.txt" in done.stdout
    assert done.stdout.endswith("2 faults.\n")


def test_check_finds_a_damaged_catalogue(archive: Path, catalog_path: Path, run: Run) -> None:
    scan_archive(catalog_path, make_archive(archive))
    data = bytearray(catalog_path.read_bytes())
    for at in range(4096 * 3, len(data), 4096):
        data[at : at + 8] = b"\xff" * 8
    catalog_path.write_bytes(data)
    done = run("check", "-c", catalog_path, "--sample", "0%")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr


@pytest.mark.parametrize("share", ["110%", "five", "-1"])
def test_check_refuses_a_share_that_is_none(catalog_path: Path, run: Run, share: str) -> None:
    done = run("check", "-c", catalog_path, f"--sample={share}")
    assert done.returncode == 2
    assert "between 0 and 100" in done.stderr


def test_relocate_moves_a_source_without_reading_it(
    archive: Path, catalog_path: Path, run: Run, tmp_path: Path
) -> None:
    scan_archive(catalog_path, make_archive(archive))
    archive.rename(tmp_path / "moved")
    done = run("relocate", archive, tmp_path / "moved", "-c", catalog_path)
    assert done.returncode == 0, done.stderr
    assert run("check", "-c", catalog_path).returncode == 0
    again = run("scan", tmp_path / "moved", "-c", catalog_path)
    assert again.stdout.startswith("Read 0 records")
    assert run("relocate", "/nowhere", tmp_path, "-c", catalog_path).returncode == 2


def test_decide_records_a_verdict_once(archive: Path, catalog_path: Path, run: Run) -> None:
    make_archive(archive)
    (archive / "other.jpg").write_bytes(encode(make_photo(2)))
    scan_archive(catalog_path, archive)
    assert run("decide", "different", "other.jpg", "2024/smoke.jpg", "-c", catalog_path).returncode == 0
    assert (
        run("decide", "same", "2024/copy.jpg", "other.jpg", "-c", catalog_path, "--note", "seen").returncode
        == 0
    )
    assert rows(catalog_path, "SELECT verdict, note, left < right FROM decisions") == [("same", "seen", 1)]
    for left, right in (
        ("2024/smoke.jpg", "2024/copy.jpg"),
        ("2024/smoke.jpg", "nothing"),
        ("other.jpg", "1"),
    ):
        refused = run("decide", "same", left, right, "-c", catalog_path)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


def test_match_finds_the_same_again(archive: Path, catalog_path: Path, run: Run) -> None:
    for name in ("a", "b"):
        (archive / f"{name}.html").write_text(PAGE.format(src=f"{name}.jpg"))
        (archive / f"{name}.jpg").write_bytes(encode(make_photo(1), quality=80 + ord(name) % 3))
    scan_archive(catalog_path, archive)
    queries = ("SELECT kind, size, locator, caption FROM repeated_captions ORDER BY 1, 2, 3",
               "SELECT kind, size, locator, keeper FROM duplicate_images ORDER BY 1, 2, 3")  # fmt: skip
    before = [rows(catalog_path, sql) for sql in queries]
    assert all(before)
    assert run("match", "-c", catalog_path).returncode == 0
    assert [rows(catalog_path, sql) for sql in queries] == before


def test_progress_is_plain_lines_where_there_is_no_terminal(
    archive: Path, catalog_path: Path, run: Run
) -> None:
    done = run("scan", make_archive(archive), "-c", catalog_path)
    assert "\x1b" not in done.stderr + done.stdout
    assert "Reading 5 records" in done.stderr


def test_the_generated_docs_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", ["mandoc -T lint -W warning", "groff -man -Tutf8 -ww -z"])
def test_the_manual_page_is_sound_roff(checker: str) -> None:
    command = checker.split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([*command, "docs/cutline.1"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_manual_page_describes_every_command_and_is_in_the_wheel() -> None:
    page = (ROOT / "docs/cutline.1").read_text(encoding="utf-8")
    told = set(re.findall(r"^\.SS (.+)$", page, re.MULTILINE))
    helped = set(
        re.findall(r"^## cutline (.+)$", (ROOT / "docs/cli.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert told == helped
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    shared = wheel["targets"]["wheel"]["shared-data"]
    assert shared == {"docs/cutline.1": "share/man/man1/cutline.1"}


def test_fields_say_where_json_articles_keep_what(archive: Path, catalog_path: Path, run: Run) -> None:
    (archive / "wire.jsonl").write_text(
        '{"kopf": "Fire out", "mat": {"txt": "The fire at the port is out."}, "url": "https://a.example/1",'
        ' "images": [{"src": "a.jpg", "zeile": "Smoke over the port of Avel on Monday."}]}\n'
    )
    done = run(
        "scan",
        archive,
        "-c",
        catalog_path,
        "--fields",
        "headline=kopf,body=mat.txt",
        "--fields",
        "caption=zeile",
    )
    assert done.returncode == 0, done.stderr
    assert rows(catalog_path, "SELECT headline, body FROM articles") == [
        ("Fire out", "The fire at the port is out.")
    ]
    assert rows(catalog_path, "SELECT caption FROM page_captions") == [
        ("Smoke over the port of Avel on Monday.",)
    ]
    refused = run("scan", archive, "-c", catalog_path, "--fields", "colour=red")
    assert refused.returncode == 2
    assert "NAME is one of" in refused.stderr


def test_a_reader_that_has_gone_leaves_no_trace(archive: Path, catalog_path: Path) -> None:
    """As `cutline cleanup plan | head` does, in the middle of the rows of a query."""
    for number in range(80):
        picture = encode(make_photo(number, (64, 48)))
        for copy in ("a", "b"):
            (archive / f"a-rather-long-name-{number:03}-{copy}.jpg").write_bytes(picture)
    scan_archive(catalog_path, archive)
    read, write = os.pipe()
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        pytest.skip("the size of a pipe can be set on Linux only")
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    command = [sys.executable, "-m", "catalog", "cleanup", "plan", "-c", str(catalog_path)]
    with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        os.close(write)
        assert os.read(read, 100)
        os.close(read)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0
