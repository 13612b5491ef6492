"""The commands on an archive in a store: what they do there, what they refuse, and how they say so."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.browse.originals import Copy, Unavailable, _copy_verified
from catalog.cleanup.apply import apply_cleanup
from catalog.cleanup.ledger import read_cleanup
from catalog.cleanup.plan import PlanOptions, make_plan
from catalog.cleanup.undo import undo_cleanup
from catalog.errors import UsageError
from catalog.scan.check import CheckResult, check
from catalog.scan.relocate import relocate
from catalog.store.catalogue import Catalogue
from tests.browsing import serving
from tests.conftest import ROOT, Run, rows, scan_archive
from tests.containers import make_zip, page, photo, small_crawl, write
from tests.stores.conftest import ACCESS_KEY, SECRET_KEY, Bucket, Said
from tests.stores.proxy import Fault, Proxy


def fill(bucket: Bucket) -> None:
    bucket.put_all({"a.jpg": photo(1), "copy/a.jpg": photo(1), "b.jpg": photo(2), "page.html": page("a.jpg")})
    bucket.put("p.zip", make_zip({"c.jpg": photo(3), "c.html": page("c.jpg")}))
    bucket.put("crawl.warc.gz", small_crawl().data())


Command = Callable[..., Said]


def faults(catalog: Path, percent: float = 100) -> list[tuple[str, str]]:
    with Catalogue.read(catalog) as catalogue:
        return [
            (each.fault, each.locator)
            for each in check(catalogue, CheckResult(), sample_percent=percent, seed=1)
        ]


def test_check_reads_again_and_names_what_is_not_as_recorded(bucket: Bucket, catalog_path: Path) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    assert faults(catalog_path) == []
    assert faults(catalog_path, 50) == []
    bucket.put("b.jpg", photo(4))
    bucket.put("p.zip", make_zip({"c.jpg": photo(5), "c.html": page("c.jpg")}))
    bucket.delete("page.html")
    assert set(faults(catalog_path)) == {
        ("changed", "b.jpg"),
        ("changed", "p.zip"),
        ("changed", "p.zip!c.jpg"),
        ("missing", "page.html"),
    }


def test_check_calls_nothing_missing_while_the_store_is_out_of_reach(
    bucket: Bucket, catalog_path: Path, hurried: list[float]
) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    bucket.proxy.rule = lambda request: Fault(503, "SlowDown")
    found = [each for each in faults(catalog_path) if "!" not in each[1] and "#" not in each[1]]
    assert {fault for fault, _ in found} == {"unreadable"}
    assert len(found) == 6


def test_originals_are_read_on_demand_and_verified(
    bucket: Bucket, catalog_path: Path, tmp_path: Path
) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    for locator in ("b.jpg", "p.zip!c.jpg"):
        ((sha256, kind),) = rows(
            catalog_path,
            "SELECT r.sha256, s.kind FROM records r JOIN sources s ON s.id = r.source_id WHERE locator = ?",
            locator,
        )
        copy = Copy(bucket.url, str(kind), locator, False)
        with (tmp_path / "kept").open("w+b") as kept:
            assert _copy_verified(copy, str(sha256), kept) == kept.tell()
        assert (tmp_path / "kept").read_bytes() == photo(2 if locator == "b.jpg" else 3)
    bucket.put("b.jpg", photo(4))
    with (tmp_path / "kept").open("w+b") as kept:
        for locator, why in (("b.jpg", "changed since"), ("../b.jpg", "no longer there")):
            with pytest.raises(Unavailable, match=why):
                _copy_verified(Copy(bucket.url, "folder", locator, False), "0" * 64, kept)


def test_the_browser_shows_thumbnails_from_the_catalogue_and_originals_from_the_store(
    bucket: Bucket, catalog_path: Path
) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    ((sha256,),) = rows(catalog_path, "SELECT sha256 FROM records WHERE locator = 'b.jpg'")
    bucket.proxy.forget()
    with serving(catalog_path) as server:
        assert f"/original/{sha256}" in server.ask(f"/picture/{sha256}").text
        assert bucket.proxy.requests == []
        assert server.ask(f"/original/{sha256}").body == photo(2)
        assert len(bucket.proxy.reads) == 1


def test_find_takes_an_address(bucket: Bucket, catalog_path: Path, command: Command) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    found = command("find", f"{bucket.url}copy/a.jpg", "-c", catalog_path)
    assert found.returncode == 0
    assert "a.jpg" in found.stdout
    absent = command("find", f"{bucket.url}nothing.jpg", "-c", catalog_path)
    assert (absent.returncode, absent.stdout) == (2, "")
    assert absent.stderr.startswith(f"cutline: {bucket.url}nothing.jpg: there is nothing at this address.")


def test_an_archive_moves_from_a_folder_to_a_store_and_on(
    bucket: Bucket, archive: Path, catalog_path: Path, command: Command
) -> None:
    write(archive / "a.jpg", photo(1))
    write(archive / "page.html", page("a.jpg"))
    scan_archive(catalog_path, archive)
    bucket.put_folder(archive, "old/")
    bucket.put_folder(archive, "new/")
    moved = command("relocate", archive, f"{bucket.url}old", "-c", catalog_path)
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout.startswith(f"{bucket.url}old/: 2 records.")
    shutil.rmtree(archive)
    assert faults(catalog_path) == []
    assert command("relocate", f"{bucket.url}old", f"{bucket.url}new/", "-c", catalog_path).returncode == 0
    assert faults(catalog_path) == []
    assert rows(catalog_path, "SELECT uri FROM sources") == [(f"{bucket.url}new/",)]
    scan_archive(catalog_path, f"{bucket.url}new/")
    assert scan_archive(catalog_path, f"{bucket.url}new/").read == 0


@pytest.mark.parametrize(
    ("new", "message"),
    [
        pytest.param("nothing/", "nothing at this address", id="nothing-there"),
        pytest.param("one.jpg", "is an object", id="another-kind"),
    ],
)
def test_an_archive_is_not_said_to_be_where_it_is_not(
    bucket: Bucket, archive: Path, catalog_path: Path, new: str, message: str
) -> None:
    write(archive / "a.jpg", photo(1))
    bucket.put("one.jpg", photo(1))
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue, pytest.raises(UsageError, match=message):
        relocate(catalogue, str(archive), bucket.url + new)
    with (
        Catalogue.open(catalog_path) as catalogue,
        pytest.raises(UsageError, match="user's name or password"),
    ):
        relocate(catalogue, str(archive), "s3://key:s3cr3t@archive/a")


def test_cleanup_reports_objects_and_touches_none(
    bucket: Bucket, archive: Path, catalog_path: Path, command: Command
) -> None:
    fill(bucket)
    write(archive / "local.jpg", photo(1))
    scan_archive(catalog_path, bucket.url, archive)
    planned = command("cleanup", "plan", "-c", catalog_path)
    assert planned.returncode == 0, planned.stderr
    assert set(
        rows(catalog_path, "SELECT action, reason FROM cleanup_actions WHERE source_uri = ?", bucket.url)
    ) == {("keep", "it is in an object store: reported only")}
    assert rows(catalog_path, "SELECT action FROM cleanup_actions WHERE locator = 'local.jpg'") == [("keep",)]
    plan = archive.parent / "plan.csv"
    assert command("cleanup", "plan", "-c", catalog_path, "--format", "csv", "-o", plan).returncode == 0
    text = plan.read_text()
    line = next(line for line in text.splitlines() if ",copy/a.jpg,keep," in line)
    plan.write_text(text.replace(line, line.replace(",keep,", ",quarantine,")))
    edited = command("cleanup", "plan", "--edited", plan, "-c", catalog_path)
    assert edited.returncode == 2
    assert "object store" in edited.stderr
    bucket.proxy.forget()
    assert command("cleanup", "apply", "--yes", "-c", catalog_path).returncode == 0
    assert {request.method for request in bucket.proxy.requests} <= {"GET", "HEAD"}
    assert (archive / "local.jpg").exists()


def test_a_cleanup_of_a_folder_that_moved_into_a_store_is_refused_and_named(
    bucket: Bucket, archive: Path, catalog_path: Path
) -> None:
    write(archive / "a.jpg", photo(1))
    write(archive / "copy.jpg", photo(1))
    os.utime(archive / "a.jpg", (10**9, 10**9))
    scan_archive(catalog_path, archive)
    bucket.put_folder(archive)
    with Catalogue.open(catalog_path) as catalogue:
        first = make_plan(catalogue, PlanOptions())
        apply_cleanup(catalogue, read_cleanup(catalogue, first.id))
        relocate(catalogue, str(archive), bucket.url)
        undone = undo_cleanup(catalogue, read_cleanup(catalogue, first.id))
        assert [why for _, why in undone.stayed.files] == [
            "its archive is in an object store now: nothing is done there"
        ]
        again = make_plan(catalogue, PlanOptions())
    assert (
        rows(
            catalog_path,
            "SELECT action FROM cleanup_actions WHERE cleanup_id = ? AND action <> 'keep'",
            again.id,
        )
        == []
    )
    assert not (archive / "copy.jpg").exists()


def test_exports_read_pictures_from_the_store(
    bucket: Bucket, catalog_path: Path, tmp_path: Path, command: Command
) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    out = tmp_path / "out.tar"
    done = command("export", "pairs", "--format", "webdataset", "-o", out, "-c", catalog_path)
    assert done.returncode == 0, done.stderr
    assert photo(1) in out.read_bytes()


def refused(command: Command, *arguments: str | Path) -> str:
    """What a command that cannot run says: one line, and nothing else."""
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("cutline: ")
    assert done.stderr.count("\n") == 1
    for secret in (ACCESS_KEY, SECRET_KEY, "s3cr3t"):
        assert secret not in done.stderr
    return done.stderr.removeprefix("cutline: ").strip()


def test_no_such_bucket(proxy: Proxy, catalog_path: Path, command: Command) -> None:
    assert refused(command, "scan", "s3://no-such-bucket/a", "-c", catalog_path) == (
        "s3://no-such-bucket/a: no such bucket. Check its name, and AWS_ENDPOINT_URL where it is not Amazon's."
    )


def test_no_name_of_a_bucket(proxy: Proxy, catalog_path: Path, command: Command) -> None:
    said = refused(command, "scan", "s3://No such bucket!/a", "-c", catalog_path)
    assert said == "s3://No such bucket!/a: no bucket or object can have this name. Check the address."


def test_nothing_there(bucket: Bucket, catalog_path: Path, command: Command) -> None:
    assert refused(command, "scan", f"{bucket.url}a", "-c", catalog_path) == (
        f"{bucket.url}a: there is nothing at this address. Check it; names are told apart by case."
    )


def test_access_denied(bucket: Bucket, catalog_path: Path, command: Command) -> None:
    bucket.proxy.rule = lambda request: Fault(403, "AccessDenied")
    assert "access denied. Check that these credentials may list" in refused(
        command, "scan", f"{bucket.url}a", "-c", catalog_path
    )


def test_no_credentials(
    bucket: Bucket, catalog_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    said = refused(command, "scan", bucket.url, "-c", catalog_path)
    assert said.startswith(f"{bucket.url}: no credentials for the store were found. Set AWS_PROFILE, or")


def test_half_of_the_credentials(
    bucket: Bucket, catalog_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "no credentials for the store were found" in refused(
        command, "scan", bucket.url, "-c", catalog_path
    )


def test_no_such_profile(
    proxy: Proxy, catalog_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    said = refused(command, "scan", "s3://archive/", "-c", catalog_path)
    assert "the AWS configuration cannot be used (ProfileNotFound)" in said


def test_an_endpoint_that_is_none(
    proxy: Proxy, catalog_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for none in ("user:s3cr3t@store", "http://store:port", "http://"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", none)
        assert "AWS_ENDPOINT_URL" in refused(command, "scan", "s3://archive/", "-c", catalog_path)


def test_connection_refused(
    proxy: Proxy, catalog_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://user:s3cr3t@127.0.0.1:9")
    said = refused(command, "scan", "s3://archive/", "-c", catalog_path)
    assert said.startswith("s3://archive/: no connection to 127.0.0.1:9 (tried ")


def test_no_tls_where_tls_is_asked_for(
    bucket: Bucket, catalog_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.proxy.url.replace("http:", "https:"))
    said = refused(command, "scan", bucket.url, "-c", catalog_path)
    assert "is not trusted, or it speaks no TLS. Set AWS_CA_BUNDLE" in said


def test_no_such_scheme(catalog_path: Path, command: Command) -> None:
    said = refused(command, "scan", "nonsense://archive/a", "-c", catalog_path)
    assert said.startswith("nonsense://archive/a: there is no store of kind nonsense://. Stores are s3://,")


def test_a_secret_in_an_address(catalog_path: Path, command: Command) -> None:
    said = refused(command, "scan", "s3://key:s3cr3t@archive/a", "-c", catalog_path)
    assert said.startswith(
        "s3://archive/a: a user's name or password is before its host. Give keys and passwords by"
    )


@pytest.mark.parametrize(
    ("missing", "address", "expected"),
    [
        pytest.param("botocore", "s3://archive/a", "Run: pip install 'cutline[s3]'", id="s3"),
        pytest.param("fsspec", "gs://archive/a", "Run: pip install fsspec gcsfs", id="fsspec"),
        pytest.param("gcsfs", "gs://archive/a", "Run: pip install fsspec gcsfs", id="package"),
        pytest.param(
            "gcsfs", "nonsense://archive/a", "there is no store of kind nonsense://", id="no-scheme"
        ),
    ],
)
def test_a_missing_package_is_named_with_how_to_install_it(
    catalog_path: Path, tmp_path: Path, run: Run, missing: str, address: str, expected: str
) -> None:
    blocked = tmp_path / "blocked" / missing
    write(blocked / "__init__.py", f"raise ModuleNotFoundError('no {missing}', name={missing!r})".encode())
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(blocked.parent), str(ROOT)]),
        "COLUMNS": "80",
    }
    done = run("scan", address, "-c", catalog_path, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert expected in done.stderr
