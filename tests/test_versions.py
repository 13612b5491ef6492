"""What an older version made of a catalogue is brought up to date by the next scan, and only that is read again."""

import os
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from catalog.cli.app import build_app
from catalog.match.match import match_again
from catalog.match.pictures import duplicates
from catalog.match.pictures import stored as pictures
from catalog.scan.scan import ScanOptions, ScanResult, scan
from catalog.store.catalogue import Catalogue
from media import versions
from media.pictures import phash as perceptual
from media.reading import Options, Reading
from tests.conftest import Run, SilentWatcher, encode, make_photo, rows, scan_archive
from tests.containers import Crawl, make_zip, page, photo, write
from tests.merging import merge_into
from tests.test_scanning import contents, start_scan

RULES = {("matches", versions.MATCH_VERSION), *versions.FINDING_VERSIONS.items()}
PRINTS = tuple(versions.PRINT_VERSIONS)
STATED = {*versions.PRINT_VERSIONS.items(), *RULES}


class Reader(SilentWatcher):
    """Sees what is read; asks to stop, as Ctrl-C does, after so many batches."""

    def __init__(self, batches: int | None = None) -> None:
        super().__init__()
        self.batches = batches

    def read(self, readings: Sequence[Reading]) -> None:
        super().read(readings)
        if self.batches is not None:
            self.batches -= 1
            if self.batches == 0:
                os.kill(os.getpid(), signal.SIGINT)


def scan_seen(
    catalog: Path, *sources: Path, parts: bool = True, batches: int | None = None
) -> tuple[ScanResult, set[str]]:
    """Scan, and give the locators that were read."""
    watcher = Reader(batches)
    with Catalogue.open(catalog) as catalogue:
        options = ScanOptions(jobs=0, reading=Options(parts=parts))
        return scan(catalogue, sources, options, watcher), set(watcher.locators)


def make_archive(folder: Path) -> Path:
    """A page, three pictures (one a copy of another), a ZIP and a crawl with pictures, a ZIP without."""
    write(folder / "a.html", page("a.jpg"))
    write(folder / "a.jpg", photo(1))
    write(folder / "b.jpg", encode(make_photo(1, (160, 120)), quality=60))
    write(folder / "c.jpg", photo(2))
    write(
        folder / "p.zip", make_zip({"in.html": page("in.jpg", 5), "in.jpg": photo(3), "also.jpg": photo(2)})
    )
    crawl = Crawl()
    crawl.add("https://avel.example/", page("/d.jpg", 6))
    crawl.add("https://avel.example/d.jpg", photo(4), "image/jpeg")
    write(folder / "w.warc.gz", crawl.data())
    write(folder / "texts.zip", make_zip({"note.txt": b"Nothing to see here, and nothing to show."}))
    return folder


def age(catalog: Path, condition: str = "1", *, stated: bool = False) -> None:
    """Make fingerprints those of an older version, that found nothing like what this one finds."""
    with Catalogue.open(catalog) as catalogue, catalogue.db.atomic():
        catalogue.db.execute(
            f"UPDATE fingerprints SET version = version - 1, value = zeroblob(length(value)) WHERE {condition}"
        )
        if stated:
            catalogue.db.execute(f"UPDATE method_versions SET version = version - 1 WHERE method IN {PRINTS}")
        else:
            catalogue.db.execute(f"DELETE FROM method_versions WHERE method IN {PRINTS}")


def stated(catalog: Path) -> set[tuple[object, ...]]:
    return set(rows(catalog, "SELECT method, version FROM method_versions"))


def digest(catalog: Path, locator: str) -> str:
    return str(rows(catalog, "SELECT sha256 FROM records WHERE locator = ?", locator)[0][0])


CONTAINERS = {"p.zip", "p.zip!in.html", "p.zip!in.jpg", "p.zip!also.jpg"}


def pictures_and_their_containers(catalog: Path) -> set[object]:
    return {
        row[0]
        for row in rows(
            catalog,
            "WITH holders AS (SELECT coalesce(r.container_id, r.id) AS id FROM records r"
            " JOIN images i ON i.sha256 = r.sha256)"
            " SELECT locator FROM records WHERE id IN holders OR container_id IN holders",
        )
    }


def test_a_new_catalogue_states_its_versions_and_a_second_scan_reads_nothing(
    archive: Path, catalog_path: Path
) -> None:
    make_archive(archive)
    assert scan_seen(catalog_path, archive)[0].status == "complete"
    assert stated(catalog_path) == STATED
    assert scan_seen(catalog_path, archive)[1] == set()


@pytest.mark.parametrize("is_stated", [True, False], ids=["stated", "from-before-statements"])
def test_pictures_of_an_older_version_are_read_again_and_pages_are_not(
    archive: Path, catalog_path: Path, tmp_path: Path, is_stated: bool
) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    age(catalog_path, stated=is_stated)
    result, read = scan_seen(catalog_path, archive)
    assert read == pictures_and_their_containers(catalog_path)
    assert {"a.jpg", "p.zip!in.html"} <= read and read.isdisjoint(
        {"a.html", "texts.zip", "texts.zip!note.txt"}
    )
    assert result.listed == rows(catalog_path, "SELECT count(*) FROM records")[0][0]
    scan_archive(tmp_path / "fresh.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")
    assert stated(catalog_path) == STATED
    assert scan_seen(catalog_path, archive)[1] == set()


@pytest.mark.parametrize(
    ("method", "locator", "expected"),
    [
        ("phash", "a.jpg", {"a.jpg"}),
        ("dhash", "b.jpg", {"b.jpg"}),
        ("blobs", "p.zip!in.jpg", CONTAINERS),
        ("phash", "c.jpg", CONTAINERS | {"c.jpg"}),
    ],
    ids=["a-file", "another-method", "a-member", "a-picture-in-two-places"],
)
def test_only_what_lacks_a_fingerprint_is_read_again(
    archive: Path, catalog_path: Path, method: str, locator: str, expected: set[str]
) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    before = contents(catalog_path)
    age(catalog_path, f"method = '{method}' AND image_sha256 = '{digest(catalog_path, locator)}'")
    assert scan_seen(catalog_path, archive)[1] == expected
    assert contents(catalog_path) == before
    assert stated(catalog_path) == STATED


def test_a_changed_method_replaces_its_own_values_and_no_others(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    values = (
        "SELECT image_sha256, method, version, value FROM fingerprints WHERE method <> 'phash' ORDER BY 1, 2"
    )
    before, groups = rows(catalog_path, values), contents(catalog_path)["duplicate_images"]
    newer = versions.PRINT_VERSIONS["phash"] + 1
    monkeypatch.setitem(versions.PRINT_VERSIONS, "phash", newer)
    for module in (perceptual, pictures):
        monkeypatch.setattr(module, "PHASH_VERSION", newer)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, values) == before
    assert rows(catalog_path, "SELECT DISTINCT version FROM fingerprints WHERE method = 'phash'") == [
        (newer,)
    ]
    assert contents(catalog_path)["duplicate_images"] == groups
    assert ("phash", newer) in stated(catalog_path)
    assert scan_seen(catalog_path, archive)[1] == set()


def test_decisions_and_the_chosen_keeper_stay(archive: Path, catalog_path: Path) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    left, right = sorted((digest(catalog_path, "a.jpg"), digest(catalog_path, "b.jpg")))
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
        catalogue.db.execute(
            "INSERT INTO decisions (left, right, verdict, decided_at) VALUES (?, ?, 'different', '2024-03-04')",
            [left, right],
        )
        catalogue.db.execute(
            "INSERT INTO keeper_choices (record_id, image_sha256, chosen_at)"
            " SELECT id, sha256, '2024-03-04' FROM records WHERE locator = 'p.zip!also.jpg'"
        )
    with Catalogue.open(catalog_path) as catalogue:
        match_again(catalogue)
    before, ids = contents(catalog_path), rows(catalog_path, "SELECT id, locator FROM records ORDER BY id")
    kept = "SELECT locator FROM duplicate_images WHERE keeper = 1"
    assert rows(catalog_path, kept) == [("p.zip!also.jpg",)]  # a.jpg and b.jpg are no group any more
    age(catalog_path)
    scan_archive(catalog_path, archive)
    assert contents(catalog_path) == before
    assert rows(catalog_path, "SELECT id, locator FROM records ORDER BY id") == ids
    assert len(rows(catalog_path, "SELECT * FROM decisions")) == 1
    assert len(rows(catalog_path, "SELECT * FROM keeper_choices")) == 1


def test_what_was_read_without_parts_is_read_for_them_once_they_are_asked_for(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    make_archive(archive)
    scan_seen(catalog_path, archive, parts=False)
    without = {each for each in STATED if each[0] != "blobs"}
    assert stated(catalog_path) == without
    assert scan_seen(catalog_path, archive, parts=False)[1] == set()
    assert scan_seen(catalog_path, archive)[1] == pictures_and_their_containers(catalog_path)
    assert stated(catalog_path) == STATED
    scan_archive(tmp_path / "fresh.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")
    write(archive / "new.jpg", photo(9))
    scan_seen(catalog_path, archive, parts=False)
    assert stated(catalog_path) == without
    assert scan_seen(catalog_path, archive)[1] == {"new.jpg"}
    assert stated(catalog_path) == STATED


def test_an_interrupted_renewal_states_nothing_and_the_next_scan_reads_the_rest(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    for number in range(40):
        write(archive / f"{number:02}.jpg", photo(number))
    scan_archive(catalog_path, archive)
    age(catalog_path, stated=True)
    result, first = scan_seen(catalog_path, archive, batches=1)
    assert result.status == "interrupted" and 0 < len(first) < 40
    assert stated(catalog_path) == RULES
    result, rest = scan_seen(catalog_path, archive)
    assert result.status == "complete" and len(rest) == 40 - len(first) and rest.isdisjoint(first)
    assert stated(catalog_path) == STATED
    scan_archive(tmp_path / "fresh.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")


def test_what_an_interrupted_scan_read_without_parts_is_read_for_them_too(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    for number in range(40):
        write(archive / f"{number:02}.jpg", photo(number))
    result, first = scan_seen(catalog_path, archive, parts=False, batches=1)
    assert result.status == "interrupted" and 0 < len(first) < 40
    assert scan_seen(catalog_path, archive)[1] == {f"{number:02}.jpg" for number in range(40)}
    assert stated(catalog_path) == STATED
    scan_archive(tmp_path / "fresh.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")


def test_a_killed_renewal_is_completed(archive: Path, catalog_path: Path, tmp_path: Path) -> None:
    for number in range(40):
        write(archive / f"{number:02}.jpg", photo(number, (640, 480)))
    write(
        archive / "p.zip", make_zip({f"{number}.jpg": photo(number, (320, 240)) for number in range(40, 60)})
    )
    scan_archive(tmp_path / "fresh.db", archive)
    shutil.copy(tmp_path / "fresh.db", catalog_path)
    age(catalog_path, stated=True)
    current = f"SELECT count(*) FROM fingerprints WHERE version = {versions.PRINT_VERSIONS['phash']}"
    for some in (1, 30, 90):
        process = start_scan(archive, catalog_path, "--jobs", "2")
        while process.poll() is None and int(str(rows(catalog_path, current)[0][0])) < some:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=300)
        lacks = int(str(rows(catalog_path, current)[0][0])) < 180
        assert not (lacks and stated(catalog_path) == STATED)
    scan_archive(catalog_path, archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")
    assert stated(catalog_path) == STATED


def test_a_record_that_comes_back_is_read_again_where_its_picture_is_of_an_older_version(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    for name in ("b.jpg", "p.zip"):
        (archive / name).rename(tmp_path / name)
    scan_archive(catalog_path, archive)
    age(catalog_path)
    assert {"a.jpg", "c.jpg"} <= scan_seen(catalog_path, archive)[1]
    assert stated(catalog_path) == STATED  # what is missing keeps nothing back
    for name in ("b.jpg", "p.zip"):
        (tmp_path / name).rename(archive / name)
    assert scan_seen(catalog_path, archive)[1] == CONTAINERS | {"b.jpg"}
    assert stated(catalog_path) == STATED
    scan_archive(tmp_path / "fresh.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")


def test_a_container_that_moved_is_read_again_where_its_pictures_are_of_an_older_version(
    archive: Path, catalog_path: Path
) -> None:
    crawl = Crawl()
    crawl.add("https://avel.example/1.jpg", photo(1), "image/jpeg")
    for number in range(600):  # of several spans: its members are taken over where it moves
        crawl.add(f"https://avel.example/{number}", b"x" * 10, "text/plain")
    write(archive / "w.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    (archive / "w.warc.gz").rename(archive / "v.warc.gz")
    assert scan_seen(catalog_path, archive)[1] == {"v.warc.gz"}
    age(catalog_path)
    (archive / "v.warc.gz").rename(archive / "u.warc.gz")
    assert "u.warc.gz#0" in scan_seen(catalog_path, archive)[1]
    assert stated(catalog_path) == STATED


def test_pictures_out_of_reach_keep_the_statement_back_until_they_are_read(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other/x.jpg", photo(7)).parent
    make_archive(archive)
    scan_archive(catalog_path, archive, other)
    age(catalog_path)
    scan_archive(catalog_path, archive)
    assert stated(catalog_path) == RULES
    assert scan_seen(catalog_path, archive)[1] == set()
    assert scan_seen(catalog_path, other)[1] == {"x.jpg"}
    assert stated(catalog_path) == STATED


def test_a_file_that_a_cleanup_puts_back_is_read_again_where_its_picture_is_of_an_older_version(
    archive: Path, catalog_path: Path, run: Run
) -> None:
    for level in (1, 9):
        write(archive / f"{level}.png", encode(make_photo(1), "PNG", compress_level=level))
    write(archive / "other.jpg", photo(2))
    scan_archive(catalog_path, archive)
    assert run("cleanup", "plan", "-c", catalog_path).returncode == 0
    assert run("cleanup", "apply", "--yes", "-c", catalog_path).returncode == 0
    gone = str(rows(catalog_path, "SELECT locator FROM records WHERE missing_since IS NOT NULL")[0][0])
    age(catalog_path)
    scan_archive(catalog_path, archive)
    assert stated(catalog_path) == STATED
    assert run("cleanup", "undo", "-c", catalog_path).returncode == 0
    assert stated(catalog_path) == RULES
    assert scan_seen(catalog_path, archive)[1] == {gone}
    assert stated(catalog_path) == STATED


def test_a_picture_that_this_version_cannot_read_is_none_and_is_not_read_for_ever(
    archive: Path, catalog_path: Path
) -> None:
    write(archive / "a.jpg", photo(1))
    write(archive / "b.jpg", photo(2))
    broken = write(archive / "broken.jpg", b"\xff\xd8\xff\xe0 and no more")
    shutil.copy(broken, archive / "copy.jpg")
    scan_archive(catalog_path, archive)
    sha256 = digest(catalog_path, "broken.jpg")
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():  # an older version could read it
        catalogue.db.execute(
            "INSERT INTO images (sha256, format, width_px, height_px, frames, information) VALUES (?, 'JPEG', 1, 1, 1,"
            " 'low')",
            [sha256],
        )
        catalogue.db.execute("INSERT INTO fingerprints VALUES (?, 'phash', 1, zeroblob(64))", [sha256])
        catalogue.db.execute(f"DELETE FROM method_versions WHERE method IN {PRINTS}")
    assert scan_seen(catalog_path, archive)[1] == {"broken.jpg", "copy.jpg"}
    assert rows(catalog_path, "SELECT count(*) FROM images") == [(2,)]
    scan_archive(catalog_path, archive)
    assert stated(catalog_path) == STATED
    assert scan_seen(catalog_path, archive)[1] == set()


def test_a_picture_of_which_one_record_is_an_error_page_is_read_where_it_is_one(
    archive: Path, catalog_path: Path
) -> None:
    crawl = Crawl()
    crawl.add("https://avel.example/gone.jpg", photo(1), "image/jpeg", status="404 Not Found")
    write(archive / "w.warc.gz", crawl.data())
    write(archive / "z.jpg", photo(1))
    scan_archive(catalog_path, archive)
    before = contents(catalog_path)
    age(catalog_path)
    scan_archive(catalog_path, archive)
    scan_archive(catalog_path, archive)
    assert contents(catalog_path) == before
    assert stated(catalog_path) == STATED
    assert scan_seen(catalog_path, archive)[1] == set()


def test_a_grown_crawl_of_an_older_version_is_read_from_its_beginning(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    crawl = Crawl()
    for number in range(4):
        crawl.add(f"https://avel.example/{number}.jpg", photo(number), "image/jpeg")
    write(archive / "w.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    age(catalog_path)
    crawl.add("https://avel.example/4.jpg", photo(4), "image/jpeg")
    write(archive / "w.warc.gz", crawl.data())
    scan_archive(catalog_path, archive)
    scan_archive(tmp_path / "fresh.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "fresh.db")
    assert stated(catalog_path) == STATED


def test_changed_rules_of_matching_match_once_and_read_nothing(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_archive(archive)
    scan_archive(catalog_path, archive)
    before = contents(catalog_path)
    assert rows(catalog_path, "SELECT DISTINCT version FROM image_matches") == [(versions.MATCH_VERSION,)]
    newer = versions.MATCH_VERSION + 1
    monkeypatch.setattr(versions, "MATCH_VERSION", newer)
    monkeypatch.setattr(duplicates, "MATCH_VERSION", newer)
    watcher = SilentWatcher()
    for stages in (True, False):
        with Catalogue.open(catalog_path) as catalogue:
            scan(catalogue, [archive], ScanOptions(jobs=0), watcher := SilentWatcher())
        assert watcher.locators == []
        assert ("pictures" in watcher.stages) is stages
    assert rows(catalog_path, "SELECT DISTINCT version FROM image_matches") == [(newer,)]
    assert contents(catalog_path) == before
    assert ("matches", newer) in stated(catalog_path)


def test_match_reports_and_scans_say_how_many_pictures_wait_to_be_read_again(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    runner, app = CliRunner(), build_app()

    def run(command: str, *given: object) -> Result:
        return runner.invoke(app, [command, *map(str, given), "-c", str(catalog_path)])

    make_archive(archive)
    scan_seen(catalog_path, archive, parts=False)
    assert "older version" not in run("match").stderr
    age(
        catalog_path,
        f"image_sha256 IN ('{digest(catalog_path, 'a.jpg')}', '{digest(catalog_path, 'c.jpg')}')",
    )
    said = "fingerprinted by an older version and compared by their bytes only"
    whole = f"2 pictures {said}: run `cutline scan` on their sources again."
    done = run("match")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == f"cutline: {whole}"
    (line,) = (each for each in run("report").stdout.splitlines() if "waiting" in each)
    assert line.split() == ["Pictures", "waiting", "for", "a", "scan", "2,", *said.split()]
    assert whole in run("report", "--format", "html").stdout
    # A scan of something else does not bring them up to date, and says so; one of the archive does.
    other = write(tmp_path / "other/x.jpg", photo(7)).parent
    assert whole in " ".join(run("scan", other, "--jobs", "0", "--no-parts").stdout.split())
    assert said not in " ".join(run("scan", archive, "--jobs", "0", "--no-parts").stdout.split())
    assert run("match").exit_code == 0


@pytest.mark.parametrize("outdated", [True, False], ids=["one-outdated", "all-current"])
@pytest.mark.parametrize("into_new", [True, False], ids=["into-a-new-one", "into-one-with-pictures"])
def test_a_merge_states_what_is_true_of_what_it_brought(
    archive: Path, catalog_path: Path, tmp_path: Path, outdated: bool, into_new: bool
) -> None:
    make_archive(archive)
    other = write(tmp_path / "other/x.jpg", photo(7)).parent
    scan_archive(tmp_path / "1.db", archive)
    scan_archive(tmp_path / "2.db", other)
    if outdated:
        age(tmp_path / "2.db", "method = 'blobs'", stated=True)
    if not into_new:
        shutil.copy(tmp_path / "1.db", catalog_path)
    merge_into(catalog_path, tmp_path / "1.db", tmp_path / "2.db")
    expected = {each for each in STATED if each[0] != "blobs" or not outdated}
    assert stated(catalog_path) == expected
    assert scan_seen(catalog_path, archive, other)[1] == ({"x.jpg"} if outdated else set())
    assert stated(catalog_path) == STATED


@pytest.mark.parametrize("method", versions.FINDING_VERSIONS)
def test_other_rules_of_stories_and_furniture_find_them_anew_once_by_a_scan_that_reads_nothing(
    method: str, archive: Path, catalog_path: Path
) -> None:
    page = "<article><h1>Fire</h1><figure><img src='{}'><figcaption>A harbour at dusk.</figcaption></figure>"
    for name in ("one", "two"):
        (archive / f"{name}.html").write_text(
            page.format("a.jpg") + f"<p>{'The harbour burnt all night. ' * 9}</p>"
        )
    scan_archive(catalog_path, archive)
    table = {"stories": "stories", "credits": "learned_credits"}.get(method, "stock_captions")
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
        catalogue.db.execute("UPDATE method_versions SET version = 0 WHERE method = ?", [method])
        if method == "stories":
            catalogue.db.execute("DELETE FROM story_members")
            catalogue.db.execute("DELETE FROM stories")
        elif method == "credits":
            catalogue.db.execute(
                "INSERT INTO learned_credits (key, name, state, captions, evidence)"
                " VALUES ('x', 'X', 'learned', 1, '{}')"
            )
        else:
            catalogue.db.execute(
                "INSERT INTO stock_captions (key, text, reason, evidence) VALUES ('x', 'x', 'often', '{}')"
            )
    before = rows(catalog_path, f"SELECT count(*) FROM {table}")
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, f"SELECT count(*) FROM {table}") != before
    assert (method, versions.FINDING_VERSIONS[method]) in stated(catalog_path)
