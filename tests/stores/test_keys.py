"""Every key of a bucket comes back exactly as it is, as a locator and as what is read by it."""

from pathlib import Path

import pytest

from catalog.errors import UsageError
from media.archives.folder import Selection
from media.archives.objects import ObjectSource, settle_address
from media.archives.stores.address import read_address
from media.errors import SourceError
from media.record import Entry, Problem
from tests.conftest import rows, scan_archive
from tests.containers import make_zip
from tests.stores.conftest import Bucket
from tests.stores.proxy import Fault

ODD_KEYS = [
    "plain.txt",
    "a//b.txt",
    "/leading.txt",
    "a/../up.txt",
    "./dot.txt",
    "a/",
    "trailing/slash.txt/",
    "uni/é✓ 写真.txt",
    "e\u0301.txt",
    "back\\slash.txt",
    "like\\x41escape.txt",
    "marks#12!b.txt",
    "p.zip!not-a-member.txt",
    "query?x=1&y=2.txt",
    "percent%20%2F.txt",
    "plus+space .txt",
    "both",
    "both/below.txt",
    "'quotes\".txt",
    "tab\tname.txt",
    "very/" + "deep/" * 60 + "x.txt",
]


def test_every_key_is_listed_and_read_by_its_locator(bucket: Bucket) -> None:
    bucket.put_all({key: b"text of " + key.encode() for key in ODD_KEYS})
    source = ObjectSource(read_address(bucket.url))
    entries = [each for each in source.entries() if isinstance(each, Entry)]
    assert len(entries) == len({each.locator for each in entries}) == len(ODD_KEYS)
    read = set()
    for entry in entries:
        with source.open(entry.locator) as opened:
            assert opened.entry == entry
            read.add(opened.stream.read())
        assert source.presence(entry.locator) == "there"
    assert read == {b"text of " + key.encode() for key in ODD_KEYS}


def test_a_scan_of_odd_keys_records_each_once_and_none_again(bucket: Bucket, catalog_path: Path) -> None:
    bucket.put_all({f"p/{key}": b"text of " + key.encode() for key in ODD_KEYS})
    assert scan_archive(catalog_path, f"{bucket.url}p").read == len(ODD_KEYS)
    assert scan_archive(catalog_path, f"{bucket.url}p").read == 0
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE missing_since IS NULL") == [
        (len(ODD_KEYS),)
    ]


def test_markers_of_folders_and_junk_are_no_records(bucket: Bucket) -> None:
    bucket.put_all(
        {
            "a/": b"",
            "a/b/": b"",
            "a/b/c.txt": b"x",
            "a/.DS_Store": b"x",
            "a/._c.txt": b"x",
            "__MACOSX/d.txt": b"x",
        }
    )
    assert [each.locator for each in ObjectSource(read_address(bucket.url)).entries()] == ["a/b/c.txt"]


def test_an_object_named_as_the_prefix_itself_is_named(bucket: Bucket) -> None:
    bucket.put_all({"a/": b"not empty", "a/b.txt": b"x"})
    found = list(ObjectSource(read_address(f"{bucket.url}a/")).entries())
    assert [type(each) for each in found] == [Problem, Entry]


@pytest.mark.parametrize(
    ("objects", "given", "meant"),
    [
        pytest.param({"a/b.txt": b"x"}, "a", "a/", id="folder"),
        pytest.param({"a/b.txt": b"x"}, "a/", "a/", id="folder-with-slash"),
        pytest.param({"a": b"x"}, "a", "a", id="object"),
        pytest.param({"a": b"x", "a/b.txt": b"x"}, "a", "a", id="both-without-slash"),
        pytest.param({"a": b"x", "a/b.txt": b"x"}, "a/", "a/", id="both-with-slash"),
        pytest.param({"a": b"", "a/b.txt": b"x"}, "a", "a/", id="empty-object-as-folder"),
        pytest.param({"a": b""}, "a", "a", id="empty-object"),
        pytest.param({"a/b.txt": b"x"}, "", "", id="bucket"),
        pytest.param({"a//b.txt": b"x"}, "a/", "a/", id="double-slash-below"),
        pytest.param({"a//b.txt": b"x"}, "a//", "a//", id="double-slash"),
    ],
)
def test_what_an_address_means(bucket: Bucket, objects: dict[str, bytes], given: str, meant: str) -> None:
    bucket.put_all(objects)
    assert str(settle_address(read_address(bucket.url + given))) == bucket.url + meant


@pytest.mark.parametrize("given", ["nothing", "nothing/", "a/b", "A/"])
def test_an_address_with_nothing_at_it_is_refused(bucket: Bucket, given: str) -> None:
    bucket.put("a/bc.txt", b"x")
    with pytest.raises(SourceError, match="nothing at this address"):
        settle_address(read_address(bucket.url + given))


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        pytest.param((), (), ["a.jpg", "b/c.jpg", "b/d.txt"], id="all"),
        pytest.param(("*.jpg",), (), ["a.jpg", "b/c.jpg"], id="by-name"),
        pytest.param(("b/*",), ("*.txt",), ["b/c.jpg"], id="path-and-without"),
        pytest.param((), ("b",), ["a.jpg"], id="without-a-folder"),
        pytest.param((), ("b/",), ["a.jpg"], id="without-a-folder-with-slash"),
    ],
)
def test_selection_is_that_of_folders(
    bucket: Bucket, include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]
) -> None:
    bucket.put_all(dict.fromkeys(("a.jpg", "b/c.jpg", "b/d.txt"), b"x"))
    source = ObjectSource(read_address(bucket.url), selection=Selection(include, exclude))
    assert [each.locator for each in source.entries()] == expected


def test_a_key_that_holds_a_mark_is_preferred_to_a_member_of_that_name(bucket: Bucket) -> None:
    bucket.put("p.zip", make_zip({"a.txt": b"the member", "b.txt": b"the other member"}))
    bucket.put("p.zip!a.txt", b"the object")
    source = ObjectSource(read_address(bucket.url))
    with source.open("p.zip!a.txt") as opened:
        assert opened.stream.read() == b"the object"
    with source.open("p.zip!b.txt") as opened:
        assert opened.stream.read() == b"the other member"
    assert source.presence("p.zip!b.txt") == "there"
    assert source.presence("p.zip!c.txt") == "gone"


def test_more_objects_than_a_page_are_all_listed_page_by_page(bucket: Bucket) -> None:
    for number in range(25):
        bucket.put(f"{number:04}.txt", b"x")
    bucket.proxy.rule = lambda request: Fault(asked_too="&max-keys=10") if request.lists else None
    entries = ObjectSource(read_address(bucket.url)).entries()
    asked = []
    for number, entry in enumerate(entries):
        assert isinstance(entry, Entry)
        assert entry.locator == f"{number:04}.txt"
        asked.append(len(bucket.proxy.listings))
    assert asked == [1] * 10 + [2] * 10 + [3] * 5


def test_a_part_of_a_known_source_means_that_part(bucket: Bucket, catalog_path: Path) -> None:
    bucket.put_all({"a/b.txt": b"The ferry sailed.", "a/c/d.txt": b"It was late.", "e.txt": b"It came."})
    scan_archive(catalog_path, bucket.url)
    for key in ("a/b.txt", "a/c/d.txt", "e.txt"):
        bucket.delete(key)
    bucket.put_all({"a/c/new.txt": b"It was early.", "f.txt": b"It went."})
    scan_archive(catalog_path, f"{bucket.url}a/c/")
    assert rows(catalog_path, "SELECT uri FROM sources") == [(bucket.url,)]
    assert rows(catalog_path, "SELECT locator FROM records WHERE missing_since IS NOT NULL") == [
        ("a/c/d.txt",)
    ]
    scan_archive(catalog_path, f"{bucket.url}a/c/new.txt")
    assert rows(catalog_path, "SELECT count(*) FROM records") == [(4,)]


def test_a_source_around_known_ones_leaves_their_objects_to_them(bucket: Bucket, catalog_path: Path) -> None:
    bucket.put_all({"a/b.txt": b"The ferry sailed.", "ab.txt": b"It was late.", "c.txt": b"It came."})
    scan_archive(catalog_path, f"{bucket.url}a/")
    scan_archive(catalog_path, f"{bucket.url}c.txt")
    scan_archive(catalog_path, bucket.url)
    assert rows(
        catalog_path,
        "SELECT s.uri, s.kind, r.locator FROM records r JOIN sources s ON s.id = r.source_id ORDER BY 1",
    ) == [
        (bucket.url, "folder", "ab.txt"),
        (f"{bucket.url}a/", "folder", "b.txt"),
        (f"{bucket.url}c.txt", "file", "c.txt"),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "s3://AKIAKEY:s3cr3t@archive/a",
        "s3://s3cr3t@archive/a",
        "s3://archive/a?X-Amz-Signature=s3cr3t",
        "https://user:s3cr3t@example.org/a.warc.gz",
        "https://s3cr3t@example.org/a.warc.gz",
        "https://example.org/a.warc.gz?token=s3cr3t",
        "https://example.org/a.warc.gz?s3cr3t",
        "az://container/a?sig=s3cr3t",
        "sftp://user:s3cr3t@example.org/a",
        "simplecache::s3://archive/s3cr3t",
        "s3:///archive",
    ],
)
def test_an_address_with_a_secret_is_refused_and_the_secret_not_repeated(
    catalog_path: Path, address: str
) -> None:
    with pytest.raises(UsageError) as refused:
        scan_archive(catalog_path, address)
    assert "\n" not in str(refused.value)
    assert "s3cr3t" not in str(refused.value)
    assert b"s3cr3t" not in catalog_path.read_bytes()
