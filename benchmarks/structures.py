"""Reads inputs that are built from their formats' structures, each field right or wrong on purpose.

    python -m benchmarks.structures [--count 100000] [--seed 1]

Where ``benchmarks/robustness.py`` breaks whole files at random places, nothing here is a broken copy: files are put
together from fields (lengths, offsets, counts, flags, dates, sums), of which some lie, and the sums that guard them are
made to fit, so that readers come as far as the lie. All is read in one process, through the functions that a scan's
workers run. Fails where one raises, where an input is neither read nor named, or where a reader failed on it.
"""
# ruff: noqa: E501 - rows of fields, a field a place

import argparse
import base64
import bz2
import gzip
import io
import json
import lzma
import random
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import zstandard

from media.archives.source import Opened, Presence, SourceRef
from media.reading import Limits, Options, read_records
from media.record import Entry

_OPTIONS = Options(Limits(seconds=20), parts=False)
_WORDS = (
    "harbour",
    "ferry",
    "Brest",
    "Monday",
    "3 March 2024",
    "(AP Photo/A. B.)",
    "é",
    "\u202e",
    "PARIS (AP) -",
    "",
)
_NUMBERS = (0, 1, 2, 3, 7, 8, 255, 256, 511, 512, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass
class Maker:
    """Makes fields, each a lie now and then."""

    random: random.Random
    lies: float = 0.06

    def number(self, right: int, bits: int) -> int:
        """Return the right number, or another that its field can hold."""
        if self.random.random() > self.lies:
            return right & ((1 << bits) - 1)
        near = right + self.random.choice((-1, 1, 2, -2, 16))
        return self.random.choice((near, self.random.choice(_NUMBERS), self.random.getrandbits(bits))) & (
            (1 << bits) - 1
        )

    def pick(self, right: bytes, *others: bytes) -> bytes:
        return right if self.random.random() > self.lies else self.random.choice(others or (b"",))

    def shuffle(self, parts: list[bytes]) -> list[bytes]:
        """Return the parts, now and then in another order, one twice or one left out."""
        if parts and self.random.random() < 2 * self.lies:
            at = self.random.randrange(len(parts))
            change = self.random.choice(("swap", "twice", "out"))
            other = self.random.randrange(len(parts))
            if change == "swap":
                parts[at], parts[other] = parts[other], parts[at]
            elif change == "twice":
                parts.insert(other, parts[at])
            else:
                del parts[at]
        return parts

    def text(self, most: int = 12) -> str:
        return " ".join(self.random.choice(_WORDS) for _ in range(self.random.randrange(most)))

    def count(self, most: int = 4) -> int:
        return self.random.randrange(most + 1)


def make_json_value(maker: Maker, depth: int = 0) -> object:
    """Any value that JSON has, also where another kind is expected."""
    kinds = 8 if depth < 3 else 6
    kind = maker.random.randrange(kinds)
    if kind == 6:
        return [make_json_value(maker, depth + 1) for _ in range(maker.count())]
    if kind == 7:
        keys = ("url", "src", "caption", "text", "body", "date", "credit", "@type", "images", "name")
        return {maker.random.choice(keys): make_json_value(maker, depth + 1) for _ in range(maker.count())}
    return (
        None,
        True,
        maker.random.choice((-1, 0, 1e308, 10**30, 0.5)),
        maker.text(),
        "https://e.example/a.jpg",
        "2024-13-45",
    )[kind]


def make_lines(maker: Maker) -> bytes:
    lines = []
    for _ in range(maker.count(5) + 1):
        right: dict[str, object] = {
            "url": "https://e.example/1", "headline": maker.text(), "body": maker.text(40), "date": "2024-03-04",
            "images": [{"src": "a.jpg", "caption": maker.text(), "width": 3}],
        }  # fmt: skip
        for key in list(right):
            if maker.random.random() < 2 * maker.lies:
                right[key] = make_json_value(maker)
        lines.append(json.dumps(right, ensure_ascii=maker.random.random() < 0.5).encode("utf-8", "replace"))
    return maker.pick(b"\n", b"\r\n", b"\r", b"\n\n\0").join(lines)


_TAGS = (
    "p",
    "div",
    "figure",
    "figcaption",
    "img",
    "article",
    "h1",
    "table",
    "td",
    "script",
    "picture",
    "svg",
    "template",
)


def make_page(maker: Maker) -> bytes:
    """Elements in each other, some of which are not closed, or closed twice."""

    def element(depth: int) -> str:
        tag = maker.random.choice(_TAGS)
        attributes = "".join(
            f' {name}="{value}"'
            for name, value in (
                (
                    "src",
                    maker.random.choice(
                        ("a.jpg", "data:image/png;base64,AA", "//[", "http://[::1/a.jpg", "%zz")
                    ),
                ),
                ("class", maker.random.choice(("caption", "wp-caption-text", "credit", "lead"))),
                ("srcset", "a.jpg 1x, b.jpg 99999999999w, ,"),
                ("datetime", "2024-02-30T25:61"),
                ("width", maker.random.choice(("1e99", "-3", "640"))),
            )
            if maker.random.random() < 0.25
        )
        inner = "".join(element(depth + 1) for _ in range(maker.count(3))) if depth < 5 else maker.text()
        close = maker.pick(f"</{tag}>".encode(), b"", f"</{tag}></{tag}>".encode()).decode()
        return f"<{tag}{attributes}>{maker.text()}{inner}{close}"

    head = f'<script type="application/ld+json">{json.dumps(make_json_value(maker))}</script>'
    body = "".join(element(0) for _ in range(maker.count(3) + 1))
    return f"<!doctype html><html><head><title>{maker.text()}</title>{head}</head><body>{body}</body></html>".encode()


def make_png(maker: Maker) -> bytes:
    width, height = maker.number(5, 32), maker.number(4, 32)
    if width * height > 1 << 22:
        width, height = 5, 4
    rows = zlib.compress(b"".join(b"\0" + bytes(3 * 5) for _ in range(4)))

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_ = maker.number(zlib.crc32(kind + data), 32)
        return struct.pack(">L", maker.number(len(data), 32)) + kind + data + struct.pack(">L", sum_)

    header = struct.pack(
        ">LLBBBBB",
        width,
        height,
        maker.number(8, 5),
        maker.number(2, 3),
        maker.number(0, 1),
        0,
        maker.number(0, 1),
    )
    chunks = [
        chunk(b"tEXt", b"Description\0" + maker.text().encode()),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes((maker.number(0, 1), 0)) + b"\0\0" + make_xmp(maker)),
        chunk(b"eXIf", make_tiff(maker)),
        chunk(b"tRNS", bytes(maker.count(8))),
        chunk(b"IDAT", rows),
    ]
    parts = maker.shuffle([chunk(b"IHDR", header), *chunks[maker.count(4) :], chunk(b"IEND", b"")])
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def make_xmp(maker: Maker) -> bytes:
    said = "".join(
        f"<dc:{name}><rdf:{kind}><rdf:li xml:lang='x-default'>{maker.text()}</rdf:li></rdf:{kind}></dc:{name}>"
        for name in ("description", "title", "creator", "subject")
        for kind in (maker.random.choice(("Alt", "Seq", "Bag")),)
        if maker.random.random() < 0.6
    )
    return (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        f"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'>{said}</rdf:Description></rdf:RDF>"
        + maker.pick(b"</x:xmpmeta>", b"", b"</x>").decode()
    ).encode()


_EXIF_TAGS = (0x010E, 0x013B, 0x8298, 0x0132, 0x8769, 0x8825, 0x9003, 0x9286, 0x9C9C, 0x83BB, 0x02BC, 0x0112)


def make_tiff(maker: Maker) -> bytes:
    """Return a directory of tags whose types, counts and offsets may be of something else, or lead in
    circles.
    """
    order = maker.random.choice("<>")
    entries = maker.count(8)
    place = 8 + 2 + 12 * entries + 4
    directory, data = b"", b""
    for _ in range(entries):
        value = maker.text().encode() + b"\0"
        tag, kind = maker.random.choice(_EXIF_TAGS), maker.number(maker.random.choice((2, 2, 3, 4, 5, 7)), 4)
        offset = maker.number(place + len(data), 32) if maker.random.random() < 0.9 else 8
        directory += struct.pack(order + "HHLL", tag, kind, maker.number(len(value), 32), offset)
        data += value
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HL", 42, maker.number(8, 32))
    following = struct.pack(order + "L", maker.random.choice((0, 0, 8, place)))
    return head + struct.pack(order + "H", maker.number(entries, 16)) + directory + following + data


_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8Q"
    "EBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q=="
)


def make_jpeg(maker: Maker) -> bytes:
    """Segments before a picture of one pixel, their lengths and contents right or wrong."""

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, maker.number(min(len(data) + 2, 0xFFFF), 16)) + data

    records = b"".join(
        struct.pack(">BBBH", 0x1C, maker.number(2, 8), maker.random.choice((5, 25, 55, 80, 90, 105, 110, 120)), maker.number(len(value), 16)) + value
        for value in (maker.text().encode() for _ in range(maker.count(6)))
    )  # fmt: skip
    block = b"8BIM" + struct.pack(">HBBL", 0x0404, 0, 0, maker.number(len(records), 32)) + records
    parts = maker.shuffle(
        [
            segment(0xE1, b"Exif\0\0" + make_tiff(maker)),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + make_xmp(maker)),
            segment(0xED, b"Photoshop 3.0\0" + block),
            segment(0xFE, maker.text().encode()),
            segment(0xE2, b"MPF\0" + make_tiff(maker)),
        ]
    )
    return _JPEG[:2] + b"".join(parts[maker.count(4) :]) + _JPEG[2:]


_SMALL: tuple[tuple[str, Callable[[Maker], bytes]], ...] = (
    ("page.html", make_page),
    ("lines.jsonl", make_lines),
    ("a.png", make_png),
    ("a.jpg", make_jpeg),
    ("a.tif", make_tiff),
    ("a.xmp", make_xmp),
    ("a.txt", lambda maker: maker.text(60).encode()),
)


def _members(maker: Maker) -> list[tuple[str, bytes]]:
    return [maker.random.choice(_SMALL) for _ in range(maker.count(3) + 1)] and [
        (f"{number}/{name}", make(maker))
        for number, (name, make) in enumerate(maker.random.choice(_SMALL) for _ in range(maker.count(3) + 1))
    ]


def make_zip(maker: Maker) -> bytes:
    out, directory, count = b"", b"", 0
    for name_text, data in _members(maker):
        name = maker.pick(name_text.encode(), b"", b"../x", b"\x82\xa0.txt", name_text.encode() * 50)
        method = maker.random.choice((0, 8, 8, 12, 14, 93, 95))
        packed = _pack(method, data)
        later = maker.random.random() < 0.2
        flags = maker.number(8 if later else 0, 12)
        sum_ = maker.number(zlib.crc32(data), 32)
        extra = b"".join(maker.shuffle(_extras(maker, name, len(data), len(packed))))
        when = (maker.number(0x6000, 16), maker.number(0x5864, 16))
        sizes = (0, 0, 0) if later else (sum_, maker.number(len(packed), 32), maker.number(len(data), 32))
        header = struct.pack(
            "<4s5H3L2H",
            b"PK\3\4",
            20,
            flags,
            maker.number(method, 8),
            *when,
            *sizes,
            len(name),
            maker.number(len(extra), 16),
        )
        entry = struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", maker.number(0x031E, 16), 20, flags, method, *when, sum_,
            maker.number(len(packed), 32), maker.number(len(data), 32), maker.number(len(name), 16), maker.number(len(extra), 16),
            0, 0, 0, maker.number(0x81A40000, 32), maker.number(len(out), 32),
        )  # fmt: skip
        out += header + name + extra + packed
        if later:
            out += maker.pick(b"PK\7\x08", b"") + struct.pack("<3L", sum_, len(packed), len(data))
        directory += entry + name + extra
        count += 1
    end = struct.pack(
        "<4s4H2LH",
        b"PK\5\6",
        maker.number(0, 16),
        0,
        maker.number(count, 16),
        maker.number(count, 16),
        maker.number(len(directory), 32),
        maker.number(len(out), 32),
        0,
    )
    return b"".join(maker.shuffle([out, directory, end]))


def _extras(maker: Maker, name: bytes, size: int, packed: int) -> list[bytes]:
    fields = [
        (0x5455, b"\1" + struct.pack("<L", maker.number(1709553600, 32))),
        (0x7075, b"\1" + struct.pack("<L", maker.number(zlib.crc32(name), 32)) + "caf\u00e9.txt".encode()),
        (0x0001, struct.pack("<3Q", maker.number(size, 64), maker.number(packed, 64), maker.number(0, 64))),
    ]
    return [
        struct.pack("<HH", kind, maker.number(len(data), 16)) + data
        for kind, data in fields
        if maker.random.random() < 0.3
    ]


def _pack(method: int, data: bytes) -> bytes:
    if method == 8:
        return zlib.compress(data, wbits=-15)
    if method == 12:
        return bz2.compress(data)
    if method == 14:
        raw = lzma.compress(data, lzma.FORMAT_ALONE)
        return struct.pack("<BBH", 9, 4, 5) + raw[:5] + raw[13:]
    return {93: zstandard.ZstdCompressor().compress, 95: lzma.compress}.get(method, bytes)(data)


def make_tar(maker: Maker) -> bytes:
    out = b""
    for name, data in _members(maker):
        kind = maker.pick(b"0", b"S", b"x", b"L", b"g", b"5", b"\0", b"K")
        if maker.random.random() < 0.3:
            out += _tar_member(maker, "pax", _pax(maker, name, len(data)), b"x")
        out += _tar_member(maker, name, data, kind)
    return out + bytes(512 * maker.random.choice((2, 2, 2, 1, 0)))


def _pax(maker: Maker, name: str, size: int) -> bytes:
    pairs = [
        ("path", name + "é"), ("size", str(maker.number(size, 64))), ("mtime", maker.random.choice(("1e9", "-99999999999.5", "1" * 30, "nan"))),
        ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", str(maker.number(size, 40))), ("GNU.sparse.map", f"0,{size},{maker.number(size, 40)},0"),
        ("GNU.sparse.size", str(maker.number(size, 40))), ("GNU.sparse.name", "real.txt"), ("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", str(size)),
    ]  # fmt: skip
    out = b""
    for key, value in pairs:
        if maker.random.random() < 0.3:
            body = f" {key}={value}\n".encode()
            length = len(body) + 2 + (len(body) + 2 > 99)
            out += str(maker.number(length, 16)).encode() + body
    return out


def _tar_member(maker: Maker, name: str, data: bytes, kind: bytes) -> bytes:
    def octal(value: int, width: int) -> bytes:
        if maker.random.random() < maker.lies:
            return b"\x80" + bytes(3) + value.to_bytes(width - 4, "big")
        return f"{value:0{width - 1}o}".encode()[-width + 1 :] + b"\0"

    fields = bytearray(512)
    fields[:100] = name.encode()[:100].ljust(100, b"\0")
    fields[100:124] = b"0000644\0" * 3
    fields[124:136] = octal(maker.number(len(data), 33), 12)
    fields[136:148] = octal(maker.number(1709553600, 64) & 0x1FFFFFFFF, 12)
    fields[156:157] = kind
    fields[257:265] = maker.pick(b"ustar\00000", b"ustar  \0", bytes(8))
    if kind == b"S":
        for number in range(4):
            fields[386 + 24 * number : 410 + 24 * number] = octal(maker.number(512 * number, 33), 12) + octal(
                maker.number(len(data) // 4, 33), 12
            )
        fields[482:483] = maker.pick(b"\0", b"\1")
        fields[483:495] = octal(maker.number(2048, 33), 12)
    fields[148:156] = b" " * 8
    fields[148:156] = f"{maker.number(sum(fields), 17):06o}\0 ".encode()[:8]
    return bytes(fields) + data + bytes(-len(data) % 512)


def make_response(maker: Maker, name: str, data: bytes) -> bytes:
    headers = [
        b"Content-Type: "
        + maker.random.choice((b"text/html", b"image/jpeg", b"text/html; charset=shift-jis-x"))
    ]
    for encoding, pack in (
        (b"gzip", gzip.compress),
        (b"deflate", zlib.compress),
        (b"zstd", zstandard.ZstdCompressor().compress),
    ):
        if maker.random.random() < 0.15:
            data = pack(data)
            headers.append(b"Content-Encoding: " + encoding)
    headers.append(b"Content-Length: %d" % maker.number(len(data), 40))
    if maker.random.random() < 0.3:
        at = len(data) // 2
        data = b"".join(
            b"%x\r\n%s\r\n" % (maker.number(len(part), 32), part) for part in (data[:at], data[at:], b"")
        )
        headers.append(b"Transfer-Encoding: chunked")
    if maker.random.random() < 0.1:
        headers.append(b"Location: //[" + name.encode())
    line_end = maker.pick(b"\r\n", b"\n", b"\r")
    status = maker.pick(b"HTTP/1.1 200 OK", b"HTTP/1.1 999999999999", b"HTTP/2 200", b"")
    return line_end.join([status, *maker.shuffle(headers), b"", data])


def make_warc(maker: Maker, pack: Callable[[bytes], bytes] = bytes) -> bytes:
    out = b""
    for name, data in _members(maker):
        block = make_response(maker, name, data)
        end = maker.pick(b"\r\n", b"\n")
        headers = [
            b"WARC-Type: "
            + maker.pick(b"response", b"resource", b"revisit", b"continuation", b"conversion", b"x"),
            b"WARC-Target-URI: "
            + maker.pick(b"<https://e.example/%s>" % name.encode(), b"http://[", b"x" * 9000),
            b"WARC-Date: "
            + maker.pick(b"2024-03-04T12:00:00Z", b"2024", b"99999-01-01", b"0000-00-00T00:00:00Z"),
            b"Content-Type: " + maker.pick(b"application/http; msgtype=response", b"text/dns", b"text/html"),
            b"WARC-Payload-Digest: " + maker.pick(b"sha1:AAAA", b"md5:zz", b":"),
            b"Content-Length: %d" % maker.number(len(block), 62),
        ]
        record = end.join(
            [
                maker.pick(b"WARC/1.0", b"WARC/0.17", b"WARC/9.99"),
                *maker.shuffle(headers),
                b"",
                block,
                b"",
                b"",
            ]
        )
        out += pack(record)
    return out


def make_zstd_crawl(maker: Maker) -> bytes:
    first = struct.pack("<LL", maker.number(0x184D2A5D, 32), maker.number(4, 32)) + maker.pick(
        b"\x37\xa4\x30\xec", b"abcd"
    )
    return (first if maker.random.random() < 0.5 else b"") + make_warc(
        maker, zstandard.ZstdCompressor().compress
    )


def make_arc(maker: Maker) -> bytes:
    out = b""
    for name, data in _members(maker):
        block = make_response(maker, name, data)
        date = maker.pick(b"20050607080910", b"2005", b"99999999999999", b"00000000000000")
        line = b"http://e.example/%s 192.0.2.1 %s text/html %d" % (
            name.encode(),
            date,
            maker.number(len(block), 40),
        )
        out += line + maker.pick(b"\n", b"\r\n", b" x\n") + block + maker.pick(b"\n", b"", b"\n\n")
    return out


def make_splice(maker: Maker) -> bytes:
    """Return the beginning of one file and the end of another."""
    first, second = (maker.random.choice(KINDS)[1](maker) for _ in range(2))
    return first[: maker.random.randrange(len(first) + 1)] + second[maker.random.randrange(len(second) + 1) :]


KINDS: tuple[tuple[str, Callable[[Maker], bytes]], ...] = (
    *_SMALL,
    ("p.zip", make_zip),
    ("p.tar", make_tar),
    ("p.tar.gz", lambda maker: gzip.compress(make_tar(maker))),
    ("c.warc", make_warc),
    ("c.warc.gz", lambda maker: make_warc(maker, gzip.compress)),
    ("c.warc.zst", make_zstd_crawl),
    ("c.arc", make_arc),
    (
        "page.html.gz",
        lambda maker: b"".join(maker.shuffle([gzip.compress(make_page(maker)) for _ in range(2)])),
    ),
    ("lines.jsonl.xz", lambda maker: b"".join(lzma.compress(make_lines(maker)) for _ in range(2))),
)


@dataclass
class Memory:
    """A source that holds one record."""

    name: str
    data: bytes
    ref: SourceRef = field(default_factory=lambda: SourceRef("memory:", "folder"))

    @property
    def entry(self) -> Entry:
        return Entry(self.name, len(self.data), 0)

    def entries(self) -> Iterator[Entry]:
        yield self.entry

    @contextmanager
    def open(self, locator: str) -> Iterator[Opened]:
        yield Opened(io.BytesIO(self.data), self.entry)

    def presence(self, locator: str) -> Presence:
        return "there"


def make_input(seed: int, number: int) -> tuple[str, bytes]:
    """Return the name and bytes of an input, always the same ones."""
    maker = Maker(random.Random(f"structures/{seed}/{number}"))
    maker.lies = maker.random.choice((0.0, 0.02, 0.06, 0.2))
    name, make = (*KINDS, ("spliced", make_splice))[number % (len(KINDS) + 1)]
    if name == "spliced":
        name = maker.random.choice(KINDS)[0]
    return name, make(maker)


def read_input(name: str, data: bytes) -> list[str]:
    """Read an input as a scan's worker does; the reasons of its problems.

    :raises AssertionError: it is neither read nor named, or a reader failed on it.
    """
    source = Memory(name, data)
    readings = list(read_records(source, source.entry, _OPTIONS))
    assert readings, "nothing came of it"
    assert readings[-1].record.locator == name, readings[-1].record.locator
    for reading in readings:
        assert reading.record.sha256 or reading.problems, reading.record.locator
    reasons = [problem.reason for reading in readings for problem in reading.problems]
    for reason in reasons:
        assert "reader failed" not in reason and "changed while" not in reason, reason
    return reasons


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600, help="of processor time, at most")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    slowest, began = (0.0, ""), time.process_time()
    for number in range(options.first, options.first + options.count):
        if time.process_time() - began > options.seconds:
            break
        name, data = make_input(options.seed, number)
        started = time.process_time()
        try:
            reasons = read_input(name, data)
        except Exception as error:
            found["findings"] += 1
            print(f"{number} {name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
            continue
        slowest = max(slowest, (time.process_time() - started, f"{number} {name}"))
        found["inputs"] += 1
        found["bytes"] += len(data)
        found["with problems"] += bool(reasons)
    print(f"{dict(found)}, slowest {slowest}, {time.process_time() - began:,.0f} s of processor time")
    raise SystemExit(1 if found["findings"] else 0)


if __name__ == "__main__":
    main()
