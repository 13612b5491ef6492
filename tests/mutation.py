"""Inputs broken on purpose, the same ones for the same seed: flipped, cut, spliced, stretched."""

import gzip
import random
import struct
from collections.abc import Callable, Mapping

from tests.conftest import encode, make_photo
from tests.containers import COMPRESSORS, make_tar, make_wacz, make_zip, page, photo, small_crawl

_NUMBERS = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]


def make_originals() -> dict[str, bytes]:
    """One whole input of each kind, by a name that suits it."""
    members = {
        "a/page.html": page("smoke.jpg"),
        "a/smoke.jpg": photo(1),
        "b/notes.txt": b"The ferry sailed.\n",
    }
    picture = make_photo(1, (160, 120))
    lines = b"".join(
        b'{"url": "https://e.example/%d", "headline": "The ferry", "body": "It sailed on time.",'
        b' "images": [{"src": "a.jpg", "caption": "The ferry on Monday, March %d, 2024."}]}\n' % (n, n)
        for n in range(1, 9)
    )
    crawl = small_crawl()
    crawl.add(
        "https://avel.example/z",
        gzip.compress(page("/img/smoke.jpg")),
        headers=[("Content-Encoding", "gzip")],
    )
    originals = {
        "page.html": page("smoke.jpg"),
        "wire.txt": b"BREST - The ferry sailed on time.\n\nThe ferry leaves Brest on Monday. (AP Photo/A. B.)\n"
        * 4,
        "smoke.jpg": encode(picture, "JPEG", exif=_exif()),
        "smoke.png": encode(picture, "PNG"),
        "smoke.webp": encode(picture, "WEBP"),
        "smoke.tif": encode(picture, "TIFF"),
        "smoke.gif": encode(picture, "GIF"),
        "p.zip": make_zip(members),
        "nested.zip": make_zip({"in.zip": make_zip(members), "t.tar": make_tar(members)}),
        "p.tar": make_tar(members),
        "crawl.warc": small_crawl(compressed=False).data(),
        "crawl.warc.gz": crawl.data(),
        "site.wacz": make_wacz(
            {"x.warc.gz": crawl.data()}, b'{"url": "https://avel.example/port/", "title": "T"}\n'
        ),
        "captions.jsonl": lines,
        "captions.jsonl.gz": gzip.compress(lines),
    }
    return originals | {f"p.tar{each}": COMPRESSORS[each](originals["p.tar"]) for each in COMPRESSORS if each}


def _exif() -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "Smoke rises over the port of Avel on Monday, March 4, 2024."
    return exif.tobytes()


def mutate(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    """``data`` with one to four changes."""
    for _ in range(random_.choice((1, 1, 2, 4))):
        change: Callable[[bytes, Mapping[str, bytes], random.Random], bytes] = random_.choice(_CHANGES)
        data = change(data, others, random_)
    return data


def _flip(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random_.choice((1, 3, 30)) if data else 0):
        changed[random_.randrange(len(changed))] ^= 1 << random_.randrange(8)
    return bytes(changed)


def _flip_early(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    """Headers are at the beginning."""
    return _flip(data[:64], others, random_) + data[64:]


def _flip_late(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    """Directories are at the end."""
    return data[:-100] + _flip(data[-100:], others, random_)


def _number(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    value = random_.choice(_NUMBERS)
    packed = struct.pack(random_.choice("<>") + "L", value)[: random_.choice((1, 2, 4))]
    at = random_.randrange(len(data) + 1)
    return data[:at] + packed + data[at + len(packed) :]


def _cut_end(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    return data[: random_.randrange(len(data) + 1)]


def _cut_start(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    return data[random_.randrange(min(len(data), 200) + 1) :]


def _cut_out(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    start, end = sorted(random_.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[min(end, start + 2000) :]


def _splice(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    other = others[random_.choice(sorted(others))]
    start, end = sorted(random_.randrange(len(other) + 1) for _ in range(2))
    at = random_.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at:]


def _repeat(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    start, end = sorted(random_.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] * random_.choice((1, 2, 20)) + data[end:]


def _zeros(data: bytes, others: Mapping[str, bytes], random_: random.Random) -> bytes:
    at = random_.randrange(len(data) + 1)
    count = random_.choice((1, 16, 512, 4096))
    return data[:at] + bytes(count) + data[at + count :]


_CHANGES = (
    _flip, _flip_early, _flip_late, _number, _cut_end, _cut_start, _cut_out, _splice, _repeat, _zeros,
)  # fmt: skip
