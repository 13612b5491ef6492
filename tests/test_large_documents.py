"""Dumps too large to be held: JSON and exports of wikis are read an object or a page at a time."""

import bz2
import gzip
import io
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from media.archives import json_items, open_container
from media.archives.container import Damage, Member, Span
from media.archives.feed import WikiExport
from media.archives.json_items import JsonItems
from media.errors import MissingError
from media.record import Problem
from tests.conftest import rows, scan_archive

WORDS = "Harbour officials said on Tuesday that the work on the breakwater would be put off until spring. "


def item(number: int, **more: object) -> dict[str, object]:
    return {
        "headline": f"Story {number}",
        "body": f"{WORDS}({number})",
        "url": f"https://t.example/{number}",
        **more,
    }


def read(data: bytes) -> tuple[list[bytes], list[Problem]]:
    """Return the members of a document, and its problems."""
    spans = list(JsonItems(io.BytesIO(data), "a.json").spans())
    found = [
        each.stream.read()
        for span in spans
        if isinstance(span, Span)
        for each in JsonItems(io.BytesIO(data), "a.json").members(span)
        if isinstance(each, Member)
    ]
    return found, [span for span in spans if isinstance(span, Problem)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "around",
    [
        pytest.param(lambda items: items, id="list"),
        pytest.param(lambda items: {"status": "ok", "response": {"n": 3, "docs": items}}, id="answer"),
        pytest.param(lambda items: {"db": [{"meta": {"v": 1}, "data": {"posts": items}}]}, id="export"),
        pytest.param(lambda items: {f"id{n}": each for n, each in enumerate(items)}, id="by-name"),
    ],
)
def test_each_object_is_a_document_of_its_own(
    around, indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [item(number, text='é\\"]},{[' * 3) for number in range(700)]
    monkeypatch.setattr(json_items, "ITEM_BYTES", 1 << 10)
    monkeypatch.setattr(json_items, "_CHUNK_BYTES", 1 << 9)
    data = json.dumps(around(items), indent=indent, ensure_ascii=False).encode()
    found, problems = read(data)
    assert problems == []
    assert [json.loads(each) for each in found] == [
        around_one(around, each, n) for n, each in enumerate(items)
    ]


def around_one(around, one: dict[str, object], number: int) -> object:
    whole = around([one])
    if "status" in whole:
        return {"response": {"docs": [one]}}
    if "db" in whole:
        return {"db": [{"data": {"posts": [one]}}]}
    return {f"id{number}": one} if isinstance(whole, dict) else whole


def test_a_large_document_is_read_and_opened_by_item(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.reading.LARGE_BYTES", 10_000)
    monkeypatch.setattr(open_container, "LARGE_BYTES", 10_000)
    data = json.dumps([item(number) for number in range(300)]).encode()
    (archive / "dump.json").write_bytes(data)
    (archive / "small.json").write_bytes(json.dumps([item(7)]).encode())
    (archive / "dump.json.gz").write_bytes(gzip.compress(data.replace(b"Story", b"Tale")))
    (archive / "places.json").write_bytes(
        json.dumps({"features": [{"type": "x", "at": [1, 2]}] * 900}).encode()
    )
    scan_archive(catalog_path, archive)
    counts = rows(catalog_path, "SELECT substr(headline, 1, 4), count(*) FROM articles GROUP BY 1 ORDER BY 1")
    assert counts == [("Stor", 301), ("Tale", 300)]
    assert rows(catalog_path, "SELECT locator, reason FROM problems") == [
        ("places.json", "it is too large to be read as one, and no list of articles is found in it")
    ]
    (locator,) = rows(
        catalog_path, "SELECT locator FROM records WHERE locator LIKE 'dump.json#%' LIMIT 1 OFFSET 200"
    )
    container = JsonItems(io.BytesIO(data), "dump.json")
    with container.open(str(locator[0]).removeprefix("dump.json")) as member:
        assert json.loads(member.stream.read())[0]["headline"].startswith("Story ")
    with pytest.raises(MissingError), container.open("#3"):
        pass
    assert scan_archive(catalog_path, archive).read == 0


# --- damage


def test_a_damaged_object_is_named_and_the_next_ones_are_read() -> None:
    data = json.dumps([item(number) for number in range(50)]).encode()
    found, problems = read(data.replace(b'"Story 20"', b'"Story 20'))
    assert len(found) == 49
    assert len(problems) == 1
    assert "the JSON breaks at byte" in problems[0].reason


def test_a_document_that_breaks_off_gives_what_came_before() -> None:
    data = json.dumps({"docs": [item(number) for number in range(50)]}).encode()
    found, problems = read(data[:-120])
    assert len(found) == 49
    assert len(problems) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'[{"a":"' + b"},{" * 400_000, id="text-that-never-ends"),
        pytest.param(b"[" * 300_000, id="lists"),
        pytest.param(b'{"a":' * 300_000, id="objects"),
        pytest.param(b"[{},{},,{]" * 50_000, id="rubbish"),
        pytest.param(b'{"a" 1}' * 50_000, id="no-colons"),
        pytest.param(b"[" + b"1," * 500_000, id="numbers"),
        pytest.param(b"\xff\xfe" * 500_000, id="no-json"),
    ],
)
def test_hostile_documents_end(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_items, "ITEM_BYTES", 1 << 16)
    found, problems = read(data)
    assert found == []
    assert problems
    assert len(problems) <= 101


# --- memory


class Repeated(io.RawIOBase):
    """A file that says the same many times over, and is never held."""

    def __init__(self, parts: Sequence[bytes], times: int) -> None:
        self.head, self.unit, self.tail = parts
        self.size = len(self.head) + times * len(self.unit) + len(self.tail)
        self.times, self.at = times, 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.at = offset if whence == 0 else self.size + offset
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1, /) -> bytes:
        size = self.size - self.at if size < 0 else min(size, max(0, self.size - self.at))
        out = b""
        while len(out) < size:
            inside = self.at - len(self.head)
            if inside < 0:
                more = self.head[self.at :]
            elif inside < self.times * len(self.unit):
                more = (self.unit * (2 + size // len(self.unit)))[inside % len(self.unit) :]
                more = more[: self.times * len(self.unit) - inside]
            else:
                more = self.tail[inside - self.times * len(self.unit) :]
            more = more[: size - len(out)]
            out += more
            self.at += len(more)
        return out


PAGE = f"<page><title>A</title><ns>0</ns><revision><text>{WORDS * 40}</text></revision></page>".encode()
UNIT = json.dumps(item(1, text=WORDS * 40)).encode()


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        pytest.param(JsonItems, (b"[", UNIT + b",", UNIT + b"]"), id="json"),
        pytest.param(WikiExport, (b'<mediawiki xml:lang="en">', PAGE, b"</mediawiki>"), id="wiki"),
    ],
)
def test_a_dump_is_never_held(kind, parts: tuple[bytes, bytes, bytes]) -> None:
    times = 20_000_000 // len(parts[1])
    file = Repeated(parts, times)
    tracemalloc.start()
    dump = kind(file, "a")
    count = sum(1 for span in dump.spans() for each in dump.members(span) if not isinstance(each, Damage))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == times + (kind is JsonItems)
    assert peak < 12 << 20


def test_pages_of_a_wiki_are_records_and_its_other_pages_no_problem(
    archive: Path, catalog_path: Path
) -> None:
    other = "<page><title>Talk:A</title><ns>1</ns><revision><text>No.</text></revision></page>"
    base = "<siteinfo><base>https://w.example/wiki/Main</base></siteinfo>"
    pages = "".join(PAGE.decode().replace("<title>A", f"<title>A {number}") for number in range(20))
    root = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="en">'
    data = f"{root}{base}{pages}{other}</mediawiki>"
    (archive / "wiki.xml.bz2").write_bytes(bz2.compress(data.encode()))
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT count(*), min(url), min(language) FROM articles") == [
        (20, "https://w.example/wiki/A_0", "en")
    ]
    assert rows(catalog_path, "SELECT count(*) FROM records WHERE locator LIKE 'wiki.xml.bz2#%'") == [(21,)]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]
