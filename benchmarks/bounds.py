"""Hostile captions, articles and scenes, at a size and at twice it: what matching costs grows with them, not faster.

    python -m benchmarks.bounds
    python -m benchmarks.bounds --size 30000 --shapes "two words" "other orders"

Each shape is written into a new catalogue, and matched by a process of its own: CPU seconds (user and system) and the
most memory it held, both less what matching an empty catalogue costs. The frames of one scene are drawn in memory
(:mod:`benchmarks.dense_scenes`), and their candidates found. Twice the input may take a little more than twice
the time (sorting; groups that are not full yet at the smaller size), never four times. Prints a Markdown table.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.measure import Cost, measure
from catalog.match.match import match_pending
from catalog.store.catalogue import Catalogue
from media.captions.key import normalise
from media.matching.captions.vocabulary import FUNCTION_WORDS

_WORDS: Final = (
    "harbour",
    "lantern",
    "walnut",
    "compass",
    "meadow",
    "thunder",
    "orchard",
    "granite",
    "velvet",
    "cinnamon",
    "saddle",
    "whisper",
    "marble",
    "canyon",
    "ferry",
    "pepper",
    "violet",
    "copper",
)
_SMALL: Final = sorted(word for word in FUNCTION_WORDS if word.isascii())[:20]
_HEADER: Final = "| shape | captions | CPU s | of twice as many | ratio | MB | of twice as many | ratio |"


@dataclass(frozen=True, slots=True)
class Story:
    """An article, as far as matching looks at it."""

    captions: tuple[str, ...]
    body: str = ""


def main() -> None:
    """Measure every shape, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=2_000)
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=list(SHAPES), metavar="SHAPE")
    parser.add_argument("--frames", type=int, default=1_000, help="of one scene; 0: none (1000)")
    parser.add_argument("--match", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.match:
        with Catalogue.open(options.match) as catalogue:
            match_pending(catalogue)
        return
    with tempfile.TemporaryDirectory() as folder:
        nothing = _match(Path(folder) / "nothing.db", iter(()))
        print(f"{_HEADER}\n|{'---|' * 8}")
        for shape in options.shapes:
            costs = [
                _match(Path(folder) / f"{shape}-{size}.db", SHAPES[shape](size, random.Random(5)))
                for size in (options.size, 2 * options.size)
            ]
            cpu = [cost.cpu_seconds - nothing.cpu_seconds for cost in costs]
            memory = [max(1.0, cost.peak_mb - nothing.peak_mb) for cost in costs]
            print(
                f"| {shape} | {options.size:,} | {cpu[0]:.1f} | {cpu[1]:.1f} | {cpu[1] / max(cpu[0], 0.1):.1f}"
                f" | {memory[0]:.0f} | {memory[1]:.0f} | {memory[1] / memory[0]:.1f} |",
                flush=True,
            )
    if options.frames:
        command = [sys.executable, "-m", "benchmarks.dense_scenes", "--pictures"]
        subprocess.run([*command, str(options.frames), str(2 * options.frames)], check=True)


def _match(path: Path, stories: Iterator[Story]) -> Cost:
    _write(path, stories)
    try:
        return measure([sys.executable, "-m", "benchmarks.bounds", "--match", str(path)])
    finally:
        path.unlink()


def _write(path: Path, stories: Iterator[Story]) -> None:
    """Write stories into a new catalogue, everything pending."""
    with Catalogue.open(path) as catalogue, catalogue.db.atomic():
        run = catalogue.db.conn.execute
        scan_id = catalogue.begin_scan({})
        run("INSERT INTO sources (id, uri, kind) VALUES (1, 'file:///stories', 'file')")
        captions: dict[str, int] = {}
        placement = 0
        for number, story in enumerate(stories, 1):
            place = f"stories.jsonl#{number}"
            run(
                "INSERT INTO records (id, source_id, locator, media_type, first_scan_id, last_scan_id)"
                " VALUES (?, 1, ?, 'application/jsonl', ?, ?)",
                (number, place, scan_id, scan_id),
            )
            run(
                "INSERT INTO articles (id, record_id, url, headline, body, body_sha256, words)"
                " VALUES (?, ?, ?, 'Headline', ?, ?, ?)",
                (number, number, f"https://{number}.example/a", story.body, story.body and place, 9),
            )
            run("INSERT INTO pending (kind, item) VALUES ('article', ?)", (number,))
            for position, text in enumerate(story.captions):
                if text not in captions:
                    captions[text] = len(captions) + 1
                    normal = normalise(text)
                    row = (captions[text], text, normal.credit, normal.key)
                    run("INSERT INTO captions (id, text, credit_line, key) VALUES (?, ?, ?, ?)", row)
                    run("INSERT INTO pending (kind, item) VALUES ('caption', ?)", (captions[text],))
                placement += 1
                run(
                    "INSERT INTO placements (id, record_id, article_id, caption_id, image_src, position, origin,"
                    " confidence, evidence) VALUES (?, ?, ?, ?, ?, ?, 'jsonl', 1, '{}')",
                    (placement, number, number, captions[text], f"{placement}.jpg", position),
                )


# --- Shapes: so many captions (or bodies), drawn by the same dice each time


def _distinct(draw: Callable[[random.Random], str]) -> Callable[[int, random.Random], Iterator[Story]]:
    """Articles with a caption each, no two alike."""

    def stories(size: int, dice: random.Random) -> Iterator[Story]:
        seen: set[str] = set()
        while len(seen) < size:
            text = draw(dice)
            if text not in seen:
                seen.add(text)
                yield Story((text,))

    return stories


def _two_words(dice: random.Random) -> str:
    return " ".join(dice.choices(("lantern", "walnut"), k=dice.randrange(18, 50)))


def _other_orders(dice: random.Random) -> str:
    return " ".join(dice.sample(_WORDS[:12], 12))


def _pool_of_words(dice: random.Random) -> str:
    return " ".join(f"w{dice.randrange(60)}x" for _ in range(3))


def _small_words(dice: random.Random) -> str:
    return " ".join(f"{word} {dice.choice(_SMALL)}" if dice.random() < 0.4 else word for word in _WORDS[:12])


def _slips(dice: random.Random) -> str:
    words = list(_WORDS[:12])
    for at in dice.sample(range(12), 2):
        letters = list(words[at])
        letters[dice.randrange(len(letters))] = dice.choice("abcdefghijklmnop")
        letters[dice.randrange(len(letters))] = dice.choice("abcdefghijklmnop")
        words[at] = "".join(letters)
    return " ".join(words)


def _form(dice: random.Random) -> str:
    return (
        f"Horoscope for Name{dice.randrange(10**9)} and what the stars say in {dice.randrange(1900, 2026)}."
    )


def _dated_edits(dice: random.Random) -> str:
    end = f"granite w{dice.randrange(10**9)}x" if dice.random() < 0.5 else "granite velvet"
    return f"Harbour lantern walnut compass meadow thunder {dice.randrange(10**7)} orchard {end}"


def _numbers(dice: random.Random) -> str:
    return "Harbour lantern walnut " + " ".join(str(dice.randrange(3)) for _ in range(80))


def _windows(dice: random.Random) -> str:
    return " ".join(dice.choices(("aa", "bb"), k=dice.choice((6, 8, 10, 12, 14, 16, 200))))


def _nested(dice: random.Random) -> str:
    return " ".join(["aa"] * dice.randrange(1, 300) + ["bb"] * dice.randrange(1, 300))


def _cut_short(dice: random.Random) -> str:
    if dice.random() < 0.5:
        return f"Harbour lantern walnut compass meadow thunder x{dice.randrange(10**9)} ..."
    return f"Harbour lantern walnut compass meadow thunder orchard granite w{dice.randrange(10**9)}x velvet copper"


def _held_by_many(size: int, dice: random.Random) -> Iterator[Story]:
    """Blocks of 50 captions, each of which stands in the same 150 longer ones."""
    for number in range(size):
        block, place = divmod(number, 200)
        held = [" ".join(f"p{block}q{caption}w{word}" for word in range(6)) for caption in range(50)]
        yield Story((held[place] if place < 50 else f"{' '.join(held)} z{place}",))


def _one_caption(size: int, dice: random.Random) -> Iterator[Story]:
    """One caption of every article."""
    for _ in range(size):
        yield Story(("A ferry leaves the harbour in the fog of an early morning",))


def _one_article(size: int, dice: random.Random) -> Iterator[Story]:
    """One caption, time and again in one article."""
    yield Story(("A ferry leaves the harbour in the fog of an early morning",) * size)


def _body_of_captions(size: int, dice: random.Random) -> Iterator[Story]:
    """One article whose body says nearly what each of its captions says."""
    captions = [" ".join(dice.choices(_WORDS, k=14)).capitalize() for _ in range(size)]
    yield Story(tuple(captions), " ".join(f"{' '.join(dice.choices(_WORDS, k=14))}." for _ in captions))


def _form_letters(size: int, dice: random.Random) -> Iterator[Story]:
    """Articles made from one form, with two names and a figure filled in."""
    form = " ".join(dice.choices([*_WORDS, *_SMALL], k=160))
    for _ in range(size):
        names = f"Name{dice.randrange(10**9)}", f"Name{dice.randrange(10**9)}", dice.randrange(10**6)
        yield Story((), f"Weather for {names[0]}: {form} {names[1]} saw {names[2]} degrees. {form}")


def _bodies_of_two_words(size: int, dice: random.Random) -> Iterator[Story]:
    for _ in range(size):
        yield Story((), " ".join(dice.choices(("lantern", "walnut"), k=200)))


SHAPES: Final[dict[str, Callable[[int, random.Random], Iterator[Story]]]] = {
    "two words": _distinct(_two_words),
    "other orders": _distinct(_other_orders),
    "a pool of words": _distinct(_pool_of_words),
    "small words": _distinct(_small_words),
    "slips of the pen": _distinct(_slips),
    "a form": _distinct(_form),
    "edits of a dated caption": _distinct(_dated_edits),
    "rows of numbers": _distinct(_numbers),
    "windows of two words": _distinct(_windows),
    "nested": _distinct(_nested),
    "cut short": _distinct(_cut_short),
    "held by many": _held_by_many,
    "one caption": _one_caption,
    "one caption in one article": _one_article,
    "one body of captions": _body_of_captions,
    "form letters": _form_letters,
    "bodies of two words": _bodies_of_two_words,
}


if __name__ == "__main__":
    main()
