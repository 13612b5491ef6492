"""How fast the pages answer on a large catalogue: ``python -m benchmarks.browse [--images N] [--placements N]``.

Makes a catalogue of 100,000 pictures and 1,000,000 placements with 100,000 groups, 120,000 repeats, 20,000 conflicts,
80,000 stories, 20,000 corrections and 1,000 pieces of furniture (kept in ``build/`` for the next run), serves it as
``cutline browse --review`` does, and asks for every kind of page over HTTP, one request at a time. Then it decides as
a reviewer does, and asks again. Reported are the median and the slowest of the requests after the first, the first one
itself (what is counted once is counted then), the server's processor time for one of them, which other work of the
machine does not lengthen, and the ratio to Datasette's own table page of the images.
"""

import argparse
import json
import os
import random
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.store.catalogue import Catalogue
from media.pictures.thumbnail import make_thumbnail
from tests.browsing import Server, serving
from tests.conftest import make_photo

GOAL_MS = {100_000: 100.0, 1_000_000: 300.0}
"""For the median, by how many pictures there are."""
_TEXT = """
fire harbour grain terminal smoke rises over port minister walks lantern street snow road pass
valley crew  ridge winter market protest bridge river boat fishermen flood school children king
court trial stadium goal
"""
_WORDS = _TEXT.split()
_KINDS = ("doubled", "reused", "edited", "extended", "echoed", "changed-fact")


def make_catalogue(path: Path, images: int, placements: int, groups: int) -> None:
    """Fill a catalogue by SQL, in proportions like those of a newspaper's archive."""
    choose = random.Random(7)
    thumbnails = [make_thumbnail(make_photo(seed)) for seed in range(20)]
    articles = placements // 4
    captions = placements // 3
    with Catalogue.open(path) as catalogue:
        connection = catalogue.db.conn
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = OFF")
        insert = _Inserter(connection)
        with catalogue.db.atomic():
            insert(
                "scans",
                [
                    (
                        1,
                        "2024-03-09T00:00:00Z",
                        "2024-03-09T05:00:00Z",
                        "complete",
                        "1",
                        "{}",
                        0,
                        0,
                        0,
                        0,
                        0,
                        9.0,
                    )
                ],
            )
            insert("sources", [(1, "file:///archive/that/is/elsewhere", "folder", 1, 1)])
            insert(
                "problems",
                ((1, 1, f"photos/{n}.bad", "decode", "is cut short", "Copy it again.") for n in range(2000)),
            )
            insert("records", _records(images, articles))
            insert("images", ((_digest(n), "JPEG", 1200, 800, 1, "normal") for n in range(images)))
            insert("thumbnails", ((_digest(n), thumbnails[n % 20]) for n in range(images)))
            insert("articles", _articles(images, articles, choose))
            insert("captions", _captions(captions, choose))
            insert("placements", _placements(images, articles, captions, placements, choose))
            _make_groups(insert, images, groups, choose)
            _make_repeats(insert, captions, placements, choose)
            _make_stories(insert, articles)
            _make_corrections(insert, articles, placements)
            _make_furniture(insert, images, captions)
        connection.execute("ANALYZE")


_COLUMNS = {
    "scans": "id started_at finished_at status version options records articles images captions problems seconds",
    "sources": "id uri kind complete last_scan_id",
    "records": "id source_id locator media_type byte_size modified_ns sha256 captured_at first_scan_id last_scan_id",
    "images": "sha256 format width_px height_px frames information",
    "thumbnails": "image_sha256 webp",
    "articles": "id record_id url headline byline published_at language body body_positions body_sha256 words",
    "captions": "id text credit_line key date",
    "placements": "id record_id article_id caption_id image_sha256 image_src position origin confidence evidence"
    " paired_by",
    "image_groups": "id kind size widest_distance_bits reclaimable_bytes",
    "image_group_members": "group_id record_id image_sha256 keeper reason",
    "image_matches": "left_sha256 right_sha256 kind distance_bits aligned_similarity transform version",
    "caption_repeats": "id kind size articles caption_id",
    "caption_repeat_members": "repeat_id placement_id similarity difference",
    "caption_conflict_sets": "id grade size image_sha256",
    "caption_conflict_members": "conflict_id placement_id difference",
    "problems": "scan_id source_id locator stage reason remedy",
    "pages": "id canonical_url publisher first_captured_at last_captured_at captures",
    "page_captures": "article_id page_id url address publisher captured_at change",
    "stories": "id headline first_published_at pages articles publishers",
    "story_members": "article_id story_id kind similarity evidence",
    "caption_changes": "before_id after_id page_id grade difference",
    "furniture": "image_sha256 picture_id reason evidence",
    "stock_captions": "key text reason evidence",
}


class _Inserter:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __call__(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        columns = _COLUMNS[table].split()
        marks = ", ".join("?" * len(columns))
        self.connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _digest(number: int) -> str:
    return f"{number * 2654435761 % (1 << 64):016x}" * 4


def _records(images: int, articles: int) -> Iterator[tuple[object, ...]]:
    for number in range(images):
        locator = f"photos/{number // 1000}/{number}.jpg"
        yield number + 1, 1, locator, "image/jpeg", 90_000 + number, 1, _digest(number), None, 1, 1
    for number in range(articles):
        locator = f"www.paper{number % 40}.example/{number}.html"
        when = f"20{10 + number % 15}-{number % 12 + 1:02}-05T00:00:00Z"
        yield images + number + 1, 1, locator, "text/html", 9000, 1, None, when, 1, 1


def _sentence(choose: random.Random, words: int) -> str:
    return " ".join(choose.choices(_WORDS, k=words))


def _articles(images: int, articles: int, choose: random.Random) -> Iterator[tuple[object, ...]]:
    for number in range(articles):
        body = "\n".join(_sentence(choose, 40) for _ in range(4))
        url = f"https://www.paper{number % 40}.example/{number}"
        day = f"20{10 + number % 15}-{number % 12 + 1:02}-04"
        yield (
            number + 1, images + number + 1, url, _sentence(choose, 7), "A. Writer", day, "en", body,
            "[1,3,5,7]", f"{number:064x}", 160,
        )  # fmt: skip


def _captions(captions: int, choose: random.Random) -> Iterator[tuple[object, ...]]:
    for number in range(captions):
        text = f"{_sentence(choose, 18).capitalize()}, {number}."
        yield number + 1, text, "A. Photographer", f"key {number}", f"20{10 + number % 15}-03-05"


def _placements(
    images: int, articles: int, captions: int, placements: int, choose: random.Random
) -> Iterator[tuple[object, ...]]:
    for number in range(placements):
        article = number % articles
        # A few captions and pictures stand in thousands of places.
        caption = choose.randrange(20) if number % 50 == 0 else number * 7 % captions
        image = choose.randrange(5) if number % 60 == 0 else number * 13 % images
        yield (
            number + 1, images + article + 1, article + 1, caption + 1, _digest(image), f"/p/{image}.jpg",
            2 * (number % 4), "figcaption", 0.9, "{}", "address",
        )  # fmt: skip


def _make_groups(insert: _Inserter, images: int, groups: int, choose: random.Random) -> None:
    kinds = ("near", "part", "near", "same-pixels", "same-bytes")
    transform = json.dumps({"mirrored": False, "rotated_degrees": 0, "scale": 1, "left_box": [0.1, 0, 1, 1]})
    members: list[tuple[object, ...]] = []
    matches: dict[tuple[str, str], tuple[object, ...]] = {}
    rows: list[tuple[object, ...]] = []
    for group in range(1, groups + 1):
        size = 3000 if group == 1 else choose.choice((2, 2, 2, 3, 4))
        start = group * 3 % images
        rows.append((group, kinds[group % 5], size, 4, choose.randrange(10**6)))
        for place in range(size):
            number = (start + place) % images
            members.append((group, number + 1, _digest(number), int(place == 0), "the largest"))
            if place:
                pair = tuple(sorted((_digest(start), _digest(number))))
                matches[pair[0], pair[1]] = (*pair, "near", 3, 0.98, transform, 1)
    insert("image_groups", rows)
    insert("image_group_members", members)
    insert("image_matches", list(matches.values()))


def _make_repeats(insert: _Inserter, captions: int, placements: int, choose: random.Random) -> None:
    repeats = placements * 12 // 100
    rows: list[tuple[object, ...]] = []
    members: list[tuple[object, ...]] = []
    for repeat in range(1, repeats + 1):
        size = 5000 if repeat == 1 else choose.choice((2, 2, 3, 5))
        start = choose.randrange(placements)
        rows.append((repeat, _KINDS[repeat % 6], size, size, start * 7 % captions + 1))
        members += [(repeat, (start + place) % placements + 1, 0.9, "a word") for place in range(size)]
    insert("caption_repeats", rows)
    insert("caption_repeat_members", members)
    conflicts = range(1, placements // 50 + 1)
    grades = ("fact", "detail", "wording", "credit")
    insert("caption_conflict_sets", [(each, grades[each % 4], 3, _digest(each)) for each in conflicts])
    insert(
        "caption_conflict_members",
        [(each, (each * 31 + place) % placements + 1, "a date") for each in conflicts for place in range(3)],
    )


def _make_stories(insert: _Inserter, articles: int) -> None:
    """Pages of four captures each, in stories of three articles; one story and one page have thousands."""
    many = min(2000, articles // 10)
    publishers = [f"paper{number}.example" for number in range(40)]
    pages, captures, stories, members = [], [], [], []
    for number in range(articles):
        page = 1 if number < many else 2 + (number - many) // 4
        story = 1 if number < many else 2 + (number - many) // 3
        when, publisher = f"20{10 + number % 15}-{number % 12 + 1:02}-05T00:00:00Z", publishers[page % 40]
        url = f"https://www.{publisher}/page/{page}"
        new_page, new_story = number == 0 or (number >= many and (number - many) % 4 == 0), False
        new_story = number == 0 or (number >= many and (number - many) % 3 == 0)
        size, told = (many, many) if page == 1 else (4, 3)
        if new_page:
            pages.append((page, url, publisher, when, when, size))
        if new_story:
            stories.append((story, f"Story {story} of the harbour", when[:10], 2, told, 1 + story % 5))
        captures.append((number + 1, page, url, url, publisher, when, None if new_page else "text"))
        kind = "original" if new_story else ("capture", "version", "copy")[number % 3]
        members.append((number + 1, story, kind, 0.97, "{}"))
    insert("pages", pages)
    insert("page_captures", captures)
    insert("stories", stories)
    insert("story_members", members)


def _make_corrections(insert: _Inserter, articles: int, placements: int) -> None:
    """One caption in fifty was changed from one capture to the next."""
    grades = ("fact", "detail", "wording", "credit")
    insert(
        "caption_changes",
        (
            (
                each * 37 % placements + 1,
                (each * 37 + 1) % placements + 1,
                1 + each % (articles // 4),
                grades[each % 4],
                "a name",
            )
            for each in range(placements // 50)
        ),
    )


def _make_furniture(insert: _Inserter, images: int, captions: int) -> None:
    """Set the last pictures apart: a thousand in three forms each, whatever the size of the archive; and captions."""
    reasons = ("logo", "icon", "portrait", "advert")
    last = range(images - min(3000, images // 30), images)
    insert(
        "furniture",
        ((_digest(n), _digest(n - n % 3), reasons[n // 3 % 4], '{"publishers": 7}') for n in last),
    )
    insert(
        "stock_captions",
        (
            (f"key {n * 7}", f"A caption of stock, {n}.", "often", '{"pictures": 40}')
            for n in range(min(300, captions // 7))
        ),
    )


def pages(images: int, groups: int) -> dict[str, str]:
    """Return what is asked for: a name, and a path below the catalogue's first page."""
    one, other = _digest(3), _digest(4)
    return {
        "overview": "",
        "stories": "/stories",
        "stories, far on": "/stories?after=2-2-3-9000",
        "a story": "/story/99",
        "a story of 2,000": "/story/1",
        "a page's captures": "/page/99",
        "a page of 2,000 captures": "/page/1",
        "corrections": "/corrections",
        "corrections of a grade": "/corrections?grade=detail",
        "corrections, far on": "/corrections?after=371740-371741",
        "furniture": "/furniture",
        "furniture, far on": "/furniture?page=10",
        "furniture of a kind": "/furniture?kind=logo",
        "inbox": "/inbox",
        "inbox, far on": "/inbox?page=3",
        "desk": "/desk",
        "desk, credits": "/desk?only=credit",
        "review of groups": "/review/groups",
        "review of one group": "/review/groups?group=77",
        "rules": "/review/rules",
        "captions": "/captions",
        "captions of a kind": "/captions?kind=edited",
        "captions, far on": "/captions?after=2-60000",
        "a repeat of 5,000": "/captions/1",
        "pictures": "/pictures",
        "pictures of a kind": "/pictures?kind=part",
        "pictures by bytes": "/pictures?sort=reclaimable_bytes",
        "pictures, far on": f"/pictures?after=2-{groups // 2}",
        "a group of 3,000": "/pictures/1",
        "conflicts": "/conflicts",
        "conflicts, far on": "/conflicts?grade=fact&after=3-9000",
        "a conflict": "/conflicts/5",
        "an article": "/article/77",
        "a picture": f"/picture/{_digest(images - images // 10)}",
        "a picture of 3,000 forms": f"/picture/{one}",
        "a picture in 3,000 places": f"/picture/{_digest(0)}",
        "compare": f"/compare/{one}/{other}",
        "search, common word": "/search?q=smoke",
        "search, two words": "/search?q=smoke+lantern",
        "search, phrase": "/search?q=%22grain+terminal+smoke%22",
        "search, a facet": "/search?q=smoke&publisher=paper3.example&year=2019",
        "search, rare word": "/search?q=4711",
        "search in articles": "/search?q=smoke+rises&in=articles",
        "find a picture": "/similar",
        "review": "/review",
        "review of pictures": "/review/pictures",
        "review, far on": f"/review/pictures?after={groups - 50}-1",
        "review of captions": "/review/captions",
        "a thumbnail": f"/thumbnail/{one}",
    }


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of the first request, of those after it, and of the server's processor time for one of these."""

    first: float
    others: list[float]
    cpu: float


def cpu_ms(pid: int) -> float:
    """Processor time of a process so far (proc(5), utime and stime), in steps of some 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure(server: Server, path: str, times: int, *, raw: bool = False) -> Took:
    took = []
    used = 0.0
    for number in range(times + 1):
        if number == 1:
            used = cpu_ms(server.pid)
        start = time.perf_counter()
        answer = server.ask(path, raw=raw)
        took.append((time.perf_counter() - start) * 1000)
        assert answer.status == 200, f"{path}: {answer.status}"
    return Took(took[0], took[1:], (cpu_ms(server.pid) - used) / times)


def decide(server: Server, times: int) -> Iterator[tuple[str, Took]]:
    """Yield what each step of a reviewer took: a form that is sent, and the next page."""
    for name, path, fields in (
        ("a group accepted, and the next", "/review/groups", _group_fields),
        ("a caption settled, and the next", "/desk", _caption_fields),
    ):
        took, page, used = [], server.ask(path), 0.0
        for number in range(times + 1):
            if number == 1:
                used = cpu_ms(server.pid)
            start = time.perf_counter()
            sent = server.send(path, page, **fields(page.text))
            assert sent.status == 303, f"{path}: {sent.status} {sent.text[:300]}"
            page = server.ask(sent.headers["location"], raw=True)
            took.append((time.perf_counter() - start) * 1000)
        yield name, Took(took[0], took[1:], (cpu_ms(server.pid) - used) / times)
    for name, path in (("overview after decisions", ""), ("pictures after decisions", "/pictures")):
        took, used = [], 0.0
        for _ in range(times):
            page = server.ask("/desk")
            server.send("/desk", page, **_caption_fields(page.text))
            before, start = cpu_ms(server.pid), time.perf_counter()
            server.ask(path)
            took.append((time.perf_counter() - start) * 1000)
            used += cpu_ms(server.pid) - before
        yield name, Took(took[0], took, used / times)


def _group_fields(page: str) -> dict[str, object]:
    hidden = dict(re.findall(r'name="(group|left|seen|back)" value="([^"]*)"', page))
    return {**hidden, "action": "accept"}


def _caption_fields(page: str) -> dict[str, object]:
    hidden = dict(re.findall(r'name="(conflict|only)" value="([^"]*)"', page))
    return {**hidden, "action": "dismiss"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--placements", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--only", help="pages whose name holds this")
    parser.add_argument("--folder", type=Path, default=Path("build"))
    chosen = parser.parse_args()
    path = chosen.folder / f"browse-{chosen.images}-{chosen.placements}.db"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        start = time.perf_counter()
        make_catalogue(path, chosen.images, chosen.placements, chosen.groups)
        print(
            f"Made {path} ({path.stat().st_size >> 20} MiB) in {time.perf_counter() - start:.0f} s",
            flush=True,
        )
    with Catalogue.open(path):
        pass  # brings what an earlier commit made up to date
    goal = GOAL_MS[min(GOAL_MS, key=lambda size: abs(size - chosen.images))]
    slow = []
    with serving(path, "--review") as server:
        table = measure(server, f"/{server.name}/images", chosen.times, raw=True)
        floor = statistics.median(table.others)
        print("| page | first, ms | median, ms | slowest, ms | CPU, ms | to Datasette's table |")
        print("|---|---:|---:|---:|---:|---:|")

        def report(name: str, took: Took) -> None:
            median = statistics.median(took.others)
            said = f"{took.first:.0f} | {median:.1f} | {max(took.others):.1f} | {took.cpu:.1f} | {median / floor:.2f}"
            print(f"| {name} | {said} |", flush=True)
            if median > goal:
                slow.append(f"{name} ({took.cpu:.0f} ms of CPU)")

        for name, page in pages(chosen.images, chosen.groups).items():
            if not chosen.only or chosen.only in name:
                report(name, measure(server, page, chosen.times))
        if not chosen.only:
            for name, took in decide(server, chosen.times):
                report(name, took)
        print(f"Datasette's own table of images: {floor:.1f} ms, {table.cpu:.1f} ms of CPU")
    print(f"Median over {goal:g} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
