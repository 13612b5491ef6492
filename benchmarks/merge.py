"""What merging costs: shards of random articles and pictures, put into one catalogue.

    python -m benchmarks.merge --records 10000
    python -m benchmarks.merge --records 100000 --shards 4

Seven in ten records are articles (some 400 words, two captions), the rest pictures with their fingerprints and a
thumbnail; one caption in twenty, and one picture in twenty, is in the shard before too. Each merge runs in a process
of its own. Prints one JSON object: for the first merge, CPU seconds of each step (looking the shards over, copying,
matching), records a second and CPU seconds per million records copied, peak memory; the same for merging all of it
again, and for adding one more small shard.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.scale import draw_codes, draw_phashes
from catalog.match.match import Stage, match_pending
from catalog.merge.merge import merge
from catalog.scan.writer import digest_text
from catalog.store.catalogue import Catalogue
from media.pictures.making import Making
from media.versions import PRINT_VERSIONS

_BLOBS = 155
_WORDS = 400
_CAPTION_WORDS = 18
_THUMBNAIL_BYTES = 6_000
_AT_ONCE = 2_000


class Clock:
    """CPU seconds of each step of a merge."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.copied_mb = 0
        self.last, self.step = time.process_time(), "start"

    def _enter(self, step: str) -> None:
        now = time.process_time()
        if self.step == "copying":
            self.copied_mb = _peak_mb()
        self.seconds[self.step] = self.seconds.get(self.step, 0.0) + now - self.last
        self.last, self.step = now, step

    def looking(self, count: int) -> None:
        self._enter("looking")

    def merging(self, path: Path, number: int, count: int) -> None:
        self._enter("copying")

    def waiting(self, holder: str) -> None:
        pass

    def stage(self, name: Stage) -> None:
        self._enter(name)

    def end(self) -> dict[str, float]:
        self._enter("end")
        return {step: round(seconds, 2) for step, seconds in self.seconds.items() if step != "start"}


def _peak_mb() -> int:
    """Largest resident set of this program alone: what getrusage gives counts its parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) >> 10


def run_one(out: Path, shards: list[Path]) -> None:
    """One merge, in this process; prints what it cost."""
    clock, before = Clock(), _peak_mb()
    result = merge(out, shards, clock)
    steps = clock.end()
    new = sum(each.records.new for each in result.merged)
    print(
        json.dumps(
            {
                "records_copied": new,
                "cpu_seconds": steps,
                "copying_cpu_seconds_per_million": round(steps["copying"] / new * 1e6) if new else None,
                "records_per_second_copied": round(new / steps["copying"]) if new else None,
                "matching_cpu_seconds": round(
                    sum(steps.get(each, 0) for each in ("pairing", "pictures", "captions", "conflicts")), 2
                ),
                "start_mb": before,
                "peak_mb_copying": clock.copied_mb,
                "peak_mb": _peak_mb(),
            }
        )
    )


def make_shard(path: Path, number: int, count: int) -> None:
    """Make a shard as a scan would leave it, matched within itself."""
    random = np.random.default_rng(number)
    words = np.array([_word(each) for each in range(30_000)])
    articles = count * 7 // 10
    with Catalogue.open(path) as catalogue:
        scan_id = catalogue.begin_scan({"shard": number})
        catalogue.db.execute(
            "INSERT INTO sources (id, uri, kind, last_scan_id) VALUES (1, ?, 'folder', ?)",
            [f"file:///archive/part-{number}", scan_id],
        )
        for start in range(0, articles, _AT_ONCE):
            _write_articles(catalogue, random, words, number, range(start, min(start + _AT_ONCE, articles)))
        for start in range(articles, count, _AT_ONCE):
            _write_pictures(catalogue, random, number, range(start, min(start + _AT_ONCE, count)), count)
        catalogue.finish_scan(scan_id, "complete", {"records": count}, 1.0)
        match_pending(catalogue)


def _word(number: int) -> str:
    return (
        hashlib.md5(b"%d" % number, usedforsecurity=False).hexdigest().translate(_LETTERS)[: 3 + number % 8]
    )


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def _draw_words(
    random: np.random.Generator, words: "np.typing.NDArray[np.str_]", shape: tuple[int, int]
) -> list[str]:
    """Lines of words, the common ones often."""
    drawn = (len(words) * random.random(shape) ** 3).astype(int)
    return [" ".join(row) for row in words[drawn]]


def _write_articles(
    catalogue: Catalogue,
    random: np.random.Generator,
    words: "np.typing.NDArray[np.str_]",
    shard: int,
    numbers: range,
) -> None:
    bodies = _draw_words(random, words, (len(numbers), _WORDS))
    captions = _draw_words(random, words, (2 * len(numbers), _CAPTION_WORDS))
    shared = np.random.default_rng([shard, numbers.start])
    for place, text in enumerate(_draw_words(shared, words, (len(captions) // 20, _CAPTION_WORDS))):
        captions[20 * place] = text
    again = np.random.default_rng([shard + 1, numbers.start])
    for place, text in enumerate(_draw_words(again, words, (len(captions) // 20, _CAPTION_WORDS))):
        captions[20 * place + 1] = text
    execute = catalogue.db.conn.executemany
    with catalogue.db.atomic():
        execute(
            "INSERT INTO records (id, source_id, locator, media_type, byte_size, modified_ns, sha256, first_scan_id,"
            " last_scan_id, inode) VALUES (?, 1, ?, 'text/html', 20000, ?, ?, 1, 1, ?)",
            [
                (n + 1, f"2024/{n % 365:03}/{n}.html", n, _digest(shard, n), f"1:{shard * 10**7 + n}")
                for n in numbers
            ],
        )
        execute(
            "INSERT INTO articles (id, record_id, url, headline, published_at, language, body, body_sha256, words)"
            " VALUES (?, ?, ?, ?, '2024-03-04', 'en', ?, ?, ?)",
            [
                (n + 1, n + 1, f"https://e.example/{shard}/{n}", body[:60], body, digest_text(body), _WORDS)
                for n, body in zip(numbers, bodies, strict=True)
            ],
        )
        rows = [(2 * (n - numbers.start) + each, n, each) for n in numbers for each in range(2)]
        execute(
            "INSERT INTO captions (id, text, credit_line, key) VALUES (?, ?, '(Adel Hana/Northern Wire)', ?)",
            [(2 * n + each + 1, captions[at].capitalize() + ".", captions[at]) for at, n, each in rows],
        )
        execute(
            "INSERT INTO placements (id, record_id, article_id, caption_id, image_src, position, origin, confidence,"
            " evidence) VALUES (?, ?, ?, ?, ?, ?, 'figcaption', 1.0, '{\"tag\": \"figcaption\"}')",
            [
                (2 * n + each + 1, n + 1, n + 1, 2 * n + each + 1, f"../img/{shard}-{n}-{each}.jpg", each + 1)
                for _, n, each in rows
            ],
        )
        execute(
            "INSERT INTO placement_names VALUES (?, ?)",
            [(f"{shard}-{n}-{each}.jpg", 2 * n + each + 1) for _, n, each in rows],
        )
        execute(
            "INSERT OR IGNORE INTO pending VALUES ('caption', ?)", [(str(2 * n + e + 1),) for _, n, e in rows]
        )


def _digest(shard: int, number: int) -> str:
    return hashlib.sha256(b"%d %d" % (shard, number)).hexdigest()


def _write_pictures(
    catalogue: Catalogue, random: np.random.Generator, shard: int, numbers: range, count: int
) -> None:
    phashes = draw_phashes(random, len(numbers)).astype(">u8")
    codes = draw_codes(random, len(numbers) * _BLOBS).astype(">u8").reshape(-1, _BLOBS)
    rest = random.integers(0, 8, (len(numbers), 3 * _BLOBS), dtype=np.uint8)
    # One in twenty has the bytes of one in the shard before.
    digests = [_digest(shard - 1, n + 1) if n % 20 == 0 else _digest(shard, n) for n in numbers]
    prints = [
        (digest, method, PRINT_VERSIONS[method], value)
        for row, digest in enumerate(digests)
        for method, value in (
            ("phash", phashes[row].tobytes()),
            ("dhash", random.bytes(8)),
            ("blobs", codes[row].tobytes() + rest[row].tobytes()),
            ("making", Making().as_bytes(1200, 800)),
        )
    ]
    execute = catalogue.db.conn.executemany
    with catalogue.db.atomic():
        execute(
            "INSERT INTO images (sha256, format, width_px, height_px, frames, pixels_sha256, information)"
            " VALUES (?, 'JPEG', 1200, 800, 1, ?, 'normal')",
            [(digest, digest[::-1]) for digest in digests],
        )
        execute(
            "INSERT INTO records (id, source_id, locator, media_type, byte_size, modified_ns, sha256, first_scan_id,"
            " last_scan_id, inode, picture_name) VALUES (?, 1, ?, 'image/jpeg', 150000, ?, ?, 1, 1, ?, ?)",
            [
                (n + 1, f"img/{shard}-{at}-0.jpg", n, digest, f"1:{shard * 10**7 + n}", f"{shard}-{at}-0.jpg")
                for at, (n, digest) in enumerate(
                    zip(numbers, digests, strict=True), start=numbers.start - count * 7 // 10
                )
            ],
        )
        execute("INSERT INTO fingerprints VALUES (?, ?, ?, ?)", prints)
        execute(
            "INSERT INTO thumbnails VALUES (?, ?)",
            [(each, random.bytes(_THUMBNAIL_BYTES)) for each in digests],
        )
        execute("INSERT OR IGNORE INTO pending VALUES ('image', ?)", [(digest,) for digest in digests])
        execute(
            "INSERT OR IGNORE INTO pending SELECT 'picture-name', picture_name FROM records WHERE id = ?",
            [(n + 1,) for n in numbers],
        )


def measure_merge(out: Path, shards: list[Path]) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.merge", "--one", *map(str, [out, *shards])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=10_000, help="in all shards together")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--one", nargs="+", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run_one(options.one[0], options.one[1:])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shards = [folder / f"shard-{number}.db" for number in range(options.shards)]
        for number, shard in enumerate(shards):
            make_shard(shard, number, options.records // options.shards)
        more = folder / "more.db"
        make_shard(more, options.shards, options.records // 100)
        out = folder / "out.db"
        figures = {
            "records": options.records,
            "shards": options.shards,
            "shards_mb": sum(shard.stat().st_size for shard in shards) >> 20,
            "all": measure_merge(out, shards),
            "again": measure_merge(out, shards),
            "one_in_a_hundred_more": measure_merge(out, [more]),
            "merged_mb": out.stat().st_size >> 20,
        }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
