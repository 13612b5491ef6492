"""A store that fails: what passes is waited for, what does not is named, and nothing is taken for gone."""

import itertools
from pathlib import Path

import pytest

from media.archives import objects as object_store
from media.archives.objects import ObjectSource
from media.archives.stores.address import read_address
from media.archives.stores.patience import Patience
from media.archives.stores.ranges import RangeFile
from media.archives.stores.s3 import S3Store
from media.archives.stores.store import Archived, Changed, StoreError
from media.errors import SourceError
from media.reading import Limits, Options, read_record
from media.record import Entry
from tests.conftest import Run, rows, scan_archive
from tests.containers import make_zip, page, photo, small_crawl
from tests.stores.conftest import ACCESS_KEY, SECRET_KEY, Bucket
from tests.stores.proxy import Fault, Request, every
from tests.test_scanning import contents

PASSING = {
    "slow-down": Fault(503, "SlowDown"),
    "internal-error": Fault(500, "InternalError"),
    "bad-gateway": Fault(502, "BadGateway"),
    "too-many-requests": Fault(429, "TooManyRequests"),
    "request-timeout": Fault(400, "RequestTimeout"),
    "reset": Fault(reset=True),
    "cut-at-once": Fault(cut_at=0),
    "cut-in-the-middle": Fault(cut_at=1000),
    "shorter-than-asked-for": Fault(shorter=7),
    "another-range": Fault(replaced=("Content-Range", "bytes 5-10/100")),
}


def fill(bucket: Bucket) -> None:
    bucket.put_all({f"{number}.jpg": photo(number) for number in range(2)})
    bucket.put_all({f"{number}.html": page(f"{number}.jpg", number + 1) for number in range(2)})
    bucket.put("crawl.warc.gz", small_crawl().data())
    bucket.put("p.zip", make_zip({"a.html": page("a.jpg"), "a.jpg": photo(9)}))


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in PASSING])
def test_what_passes_leaves_no_trace(bucket: Bucket, tmp_path: Path, hurried: list[float], name: str) -> None:
    """Every third read fails; the catalogue is that of a store that never does."""
    fill(bucket)
    scan_archive(tmp_path / "whole.db", bucket.url)
    bucket.proxy.forget()
    bucket.proxy.rule = every(3, PASSING[name], of=lambda request: request.reads)
    assert scan_archive(tmp_path / "failing.db", bucket.url).problems == 0
    assert contents(tmp_path / "failing.db") == contents(tmp_path / "whole.db")
    assert len(hurried) >= 2


def test_a_failing_list_is_asked_for_again(bucket: Bucket, catalog_path: Path, hurried: list[float]) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    bucket.proxy.rule = every(2, Fault(503, "SlowDown"), of=lambda request: request.lists)
    assert scan_archive(catalog_path, bucket.url).vanished == 0
    assert len(hurried) == 1


def test_reading_goes_on_from_the_last_byte_that_came(bucket: Bucket, hurried: list[float]) -> None:
    data = bytes(range(250)) * 800
    bucket.put("a.jpg", data)
    bucket.proxy.rule = lambda request: Fault(cut_at=50_000) if request.reads and request.number < 3 else None
    with ObjectSource(read_address(bucket.url)).open("a.jpg") as opened:
        assert opened.stream.read() == data
    assert [request.span[0] for request in bucket.proxy.reads[:4]] == [0, 50_000, 100_000, 150_000]


def test_waits_grow_and_vary_and_end() -> None:
    now, waits = 0.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        waits.append(seconds)

    class Failing:
        attempts = 0

        def act(self) -> None:
            self.attempts += 1
            raise S3Fault

    from media.archives.stores.store import Passing, Unreachable

    class S3Fault(Passing):
        def __init__(self) -> None:
            super().__init__("it fails", "Wait.")

    patience = Patience(30, sleep=sleep, clock=lambda: now)
    failing = Failing()
    with pytest.raises(Unreachable, match=r"it fails \(tried \d+ times\)"):
        patience.run(failing.act)
    assert now <= 30
    assert waits[0] < 0.25
    assert all(0.4 < later / earlier < 4.1 for earlier, later in itertools.pairwise(waits))
    assert max(waits) <= 5
    assert len({round(wait, 6) for wait in waits}) == len(waits)
    # It is down: the next read is not waited for as long.
    before = now
    with pytest.raises(Unreachable):
        patience.run(failing.act)
    assert now - before <= 1
    assert patience.run(lambda: "answer") == "answer"
    before = now
    with pytest.raises(Unreachable):
        patience.run(failing.act)
    assert now - before > 10


LASTING = {
    "denied": (Fault(403, "AccessDenied"), "access denied", "AWS_REQUEST_PAYER"),
    "unknown-key": (Fault(403, "InvalidAccessKeyId"), "does not know the access key", "AWS_PROFILE"),
    "wrong-secret": (Fault(403, "SignatureDoesNotMatch"), "does not accept the secret key", "AWS_PROFILE"),
    "expired": (Fault(400, "ExpiredToken"), "credentials have expired", "Get new credentials"),
    "wrong-clock": (Fault(403, "RequestTimeTooSkewed"), "clock is wrong", "Set the clock"),
    "archived": (Fault(403, "InvalidObjectState"), "archived storage class", "Restore it"),
    "vanished": (Fault(404, "NoSuchKey"), "no longer there", "Scan again"),
    "throttled-for-good": (Fault(503, "SlowDown"), "throttling (SlowDown) (tried", "fewer --jobs"),
    "failing-for-good": (Fault(500, "InternalError"), "the store failed (InternalError) (tried", "later"),
    "range-unknown": (Fault(replaced=("Content-Range", "none")), "other bytes than were asked", "ranges"),
    "always-cut-short": (Fault(cut_at=0), "failed (", "Check the network"),
    "always-shorter": (Fault(shorter=10_000_000), "its bytes end before their end (tried", "Scan again"),
    "always-reset": (Fault(reset=True), "the connection to 127.0.0.1:", "Check the network"),
    "another-range": (
        Fault(replaced=("Content-Range", "bytes 5-10/100")),
        "other bytes than were asked",
        "ranges",
    ),
    "unknown-refusal": (Fault(418, "ImATeapot"), "the store refused (ImATeapot)", "credentials"),
    "code-with-rubbish": (Fault(403, "<x>AKIA not a code"), "access denied (403)", "s3:GetObject"),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in LASTING])
def test_what_does_not_pass_is_one_problem_of_the_record(
    bucket: Bucket, catalog_path: Path, hurried: list[float], name: str
) -> None:
    fault, reason, remedy = LASTING[name]
    bucket.put_all({"a.html": page("b.jpg"), "b.jpg": photo(1), "c.html": page("b.jpg")})

    def of_one(request: Request) -> Fault | None:
        return fault if request.reads and request.path.endswith("b.jpg") else None

    bucket.proxy.rule = of_one
    scan_archive(catalog_path, bucket.url)
    ((locator, stage, said, advice),) = rows(
        catalog_path, "SELECT locator, stage, reason, remedy FROM problems"
    )
    assert (locator, stage) == ("b.jpg", "read")
    assert reason in str(said)
    assert remedy in str(advice)
    for text in (said, advice):
        assert "AKIA" not in str(text)
        assert "\n" not in str(text)
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE sha256 IS NOT NULL") == [(2,)]
    bucket.proxy.forget()
    assert scan_archive(catalog_path, bucket.url).read == 1  # it is tried again, and only it
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


def test_an_archived_object_is_named_and_not_taken_for_gone(bucket: Bucket, catalog_path: Path) -> None:
    bucket.put("cold.jpg", photo(1), StorageClass="GLACIER")
    bucket.put("warm.jpg", photo(2))
    scan_archive(catalog_path, bucket.url)
    assert rows(catalog_path, "SELECT locator, reason FROM problems") == [
        ("cold.jpg", "it is in an archived storage class (Glacier), from which it must be restored first")
    ]
    source = ObjectSource(read_address(bucket.url))
    assert source.presence("cold.jpg") == "there"
    assert source.presence("cold.jpg!member.jpg") == "unknown"
    with pytest.raises(Archived), source.open("cold.jpg!member.jpg"):
        pass


def test_a_bucket_whose_requester_pays_is_read_by_whoever_says_so(
    bucket: Bucket, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("a.html", page("b.jpg"))
    bucket.proxy.rule = lambda request: (
        None if request.headers.get("x-amz-request-payer") == "requester" else Fault(403, "AccessDenied")
    )
    with pytest.raises(Exception, match="AWS_REQUEST_PAYER=requester"):
        scan_archive(catalog_path, bucket.url)
    monkeypatch.setenv("AWS_REQUEST_PAYER", "requester")
    assert scan_archive(catalog_path, bucket.url).problems == 0


def test_a_public_bucket_is_read_without_credentials(
    bucket: Bucket, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("a.html", page("b.jpg"), ACL="public-read")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "yes")
    assert scan_archive(catalog_path, bucket.url).problems == 0
    assert not any("Authorization" in request.headers for request in bucket.proxy.requests)


def test_an_object_that_changes_while_it_is_read_is_named(bucket: Bucket) -> None:
    data = bytes(6_000_000)
    bucket.put("a.bin", data)
    source = ObjectSource(read_address(bucket.url))
    (entry,) = source.entries()
    assert isinstance(entry, Entry)

    def overwrite(request: Request) -> None:
        if request.reads and request.span[0] > 0:
            bucket.proxy.rule = lambda request: None
            bucket.put("a.bin", b"1" + data[1:])

    bucket.proxy.rule = overwrite
    reading = read_record(source, entry)
    assert [problem.reason for problem in reading.problems] == ["it changed while it was being read"]
    assert reading.record.sha256 is None


@pytest.mark.parametrize("new", [pytest.param(b"", id="emptied"), pytest.param(bytes(300_000), id="cut")])
def test_an_object_that_is_cut_while_it_is_read_is_named(bucket: Bucket, new: bytes) -> None:
    bucket.put("a.bin", bytes(6_000_000))
    file = RangeFile(S3Store(read_address(bucket.url)), "a.bin", Patience())
    bucket.put("a.bin", new)
    with file, pytest.raises(Changed):
        file.read()


def test_a_store_that_gives_no_ranges_is_read_from_the_beginning_only(
    bucket: Bucket, hurried: list[float]
) -> None:
    data = bytes(range(256)) * 4000
    bucket.put("a.bin", data)
    bucket.proxy.rule = lambda request: Fault(whole=True) if request.reads else None
    source = ObjectSource(read_address(bucket.url))
    with source.open("a.bin") as opened:
        assert opened.stream.read(1000) == data[:1000]
        with pytest.raises(StoreError, match="other bytes than were asked for"):
            opened.stream.read()


def test_an_outage_takes_nothing_away(bucket: Bucket, catalog_path: Path, hurried: list[float]) -> None:
    fill(bucket)
    scan_archive(catalog_path, bucket.url)
    bucket.delete("0.jpg")
    source = ObjectSource(read_address(bucket.url))
    assert source.presence("0.jpg") == "gone"
    for fault in (
        Fault(503, "SlowDown"),
        Fault(reset=True),
        Fault(403, "AccessDenied"),
        Fault(404, "NoSuchBucket"),
    ):
        bucket.proxy.rule = lambda request, fault=fault: fault  # type: ignore[misc]
        assert source.presence("0.jpg") == "unknown"
        assert source.presence("1.jpg") == "unknown"
        assert source.presence("p.zip!a.jpg") == "unknown"
    # The list is begun and then fails: what was not listed is not taken for gone.
    bucket.proxy.forget()
    bucket.proxy.rule = lambda request: Fault(503, "SlowDown") if request.number > 0 else None
    scan_archive(catalog_path, bucket.url)
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NOT NULL") == [(0,)]
    assert rows(catalog_path, "SELECT locator, stage FROM problems") == [(".", "list")]
    bucket.proxy.forget()
    assert scan_archive(catalog_path, bucket.url).vanished == 1


def test_a_store_that_is_down_costs_each_record_little(
    bucket: Bucket, catalog_path: Path, hurried: list[float]
) -> None:
    bucket.put_all({f"{number}.txt": b"The ferry sailed." for number in range(12)})
    bucket.proxy.rule = lambda request: Fault(503, "SlowDown") if request.reads else None
    scan_archive(catalog_path, bucket.url)
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(12,)]
    # One record is waited for as long as it takes, the others for a second at most.
    assert sum(hurried) < 30 + 11


def test_a_connection_that_falls_silent_is_given_up(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, hurried: list[float]
) -> None:
    monkeypatch.setattr("media.archives.stores.s3._SILENT_SECONDS", 0.3)
    monkeypatch.setenv("AWS_TEST", "a client of its own")
    bucket.put("a.txt", b"The ferry sailed.")
    bucket.proxy.rule = lambda request: Fault(silent_seconds=1.0) if request.number < 2 else None
    with ObjectSource(read_address(bucket.url)).open("a.txt") as opened:
        assert opened.stream.read() == b"The ferry sailed."
    assert len(hurried) == 2


def test_a_record_has_its_time_whatever_the_store_does(bucket: Bucket) -> None:
    bucket.put("a.txt", b"The ferry sailed.")
    bucket.proxy.rule = lambda request: Fault(503, "SlowDown")
    reading = read_record(
        ObjectSource(read_address(bucket.url)), Entry("a.txt", 17, 1), Options(Limits(seconds=0.5))
    )
    assert [problem.reason for problem in reading.problems] == ["it took longer than 0.5 seconds"]


def test_an_answer_of_something_that_is_no_store_is_named(bucket: Bucket, hurried: list[float]) -> None:
    bucket.put("a.txt", b"x")
    bucket.proxy.rule = lambda request: Fault(body=b"<html>Please log in.")
    with pytest.raises(SourceError, match="the store failed"):
        list(ObjectSource(read_address(bucket.url)).entries())
    bucket.proxy.rule = lambda request: Fault(body=b"<html>Please log in.", without=("etag",))
    with pytest.raises(StoreError, match="what answers is no store"):
        ObjectSource(read_address(bucket.url)).open("a.txt").__enter__()


def test_no_key_and_no_secret_is_written_anywhere(bucket: Bucket, tmp_path: Path, run: Run) -> None:
    """A scan that goes well, one with every record failing, and their reports: not a word of a secret."""
    fill(bucket)
    bucket.proxy.rule = every(2, Fault(403, "SignatureDoesNotMatch"), of=lambda request: request.reads)
    catalog = tmp_path / "catalog.db"
    said = [run("scan", bucket.url, "-c", catalog)]
    said += [run("report", "problems", "-c", catalog, "--format", "json"), run("check", "-c", catalog)]
    assert [each.returncode for each in said] == [1, 0, 1]
    texts = [each.stdout + each.stderr for each in said]
    texts += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    for text in texts:
        for secret in (ACCESS_KEY, SECRET_KEY, "AKIAFAULTYKEY"):
            assert secret not in text


def test_the_patience_of_a_process_is_shared_by_its_sources(bucket: Bucket) -> None:
    one, other = (ObjectSource(read_address(bucket.url)) for _ in range(2))
    assert one._patience is other._patience is object_store._patience("s3", bucket.name)
