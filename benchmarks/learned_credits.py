"""How many credits that no list knows are learned from an archive, and how many captions are cut wrongly.

    python -m benchmarks.learned_credits [--seed 1] [--publishers 12] [--pages 100]

The archive is made here, with planted truth: publishers with house credits and photographers of invented names, some of
their pages with a sign of a credit, others without one; and traps: places, dates, slogans, persons shown, sponsors, and
houses that captions and articles speak of.
"""

import argparse
import json
import random
import resource
import sqlite3
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import cutline, measure

_SYLLABLES = [
    "ba",
    "dor",
    "ek",
    "fin",
    "gar",
    "hol",
    "ivo",
    "jen",
    "kal",
    "lun",
    "mar",
    "nor",
    "osk",
    "pel",
    "rud",
    "sol",
    "tam",
    "ulv",
    "ven",
    "wik",
    "yst",
    "zan",
]
_THINGS = [
    "boats",
    "students",
    "workers",
    "nurses",
    "farmers",
    "drivers",
    "pupils",
    "singers",
    "skaters",
    "bakers",
]
_ACTS = [
    "wait at",
    "walk along",
    "look over",
    "repair",
    "clear",
    "paint",
    "open",
    "leave",
    "cross",
    "measure",
]
_PLACES_OF = [
    "the bridge",
    "the school",
    "the harbour",
    "the market",
    "the old mill",
    "the station",
    "the fields",
    "the town hall",
]
_WHENS = [
    "on Monday",
    "after the storm",
    "in the rain",
    "before dawn",
    "during the strike",
    "in early spring",
    "at noon",
]
_HOUSES = [
    "{} Media",
    "{} Press",
    "{} Bildbüro",
    "Studio {}",
    "{} Desk",
    "{}-Foto",
    "{} Photo Collective",
    "Agentur {}",
]


@dataclass(frozen=True, slots=True)
class Truth:
    """A planted caption: what should be found of it."""

    text: str
    credit: str | None
    plant: str


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def word(self) -> str:
        return "".join(self.random.sample(_SYLLABLES, 2)).capitalize()

    def sentence(self) -> str:
        pick = self.random.choice
        number = self.random.randint(2, 900)
        return f"{number} {pick(_THINGS)} {pick(_ACTS)} {pick(_PLACES_OF)} of {self.word()} {pick(_WHENS)}"

    def page(self, folder: Path, name: str, figure: str, names: list[str]) -> None:
        """Write an article with a picture, whose text names these."""
        said = [*names, *(self.word() for _ in range(5))][:5]
        told = [
            f"<p>{self.sentence()}, said {who}, and {self.sentence().lower()}. {self.sentence()}.</p>"
            for who in said
        ]
        title = f"{self.sentence()} as {self.word()} looks on"
        address = f"https://www.{folder.name}.example/{name}"
        (folder / f"{name}.html").write_text(
            f"<html><head><title>{title}</title><link rel=canonical href='{address}'></head><body><article>"
            f"<h1>{title}</h1>{told[0]}{figure}{''.join(told[1:])}</article></body></html>",
            encoding="utf-8",
        )


def make(folder: Path, seed: int, publishers: int, pages: int) -> dict[str, Truth]:
    """Write the archive; return the truth of each caption by the address of its picture."""
    maker = _Maker(seed)
    pick, chance = maker.random.choice, maker.random.random
    truth: dict[str, Truth] = {}
    freelancers = [f"{maker.word()} {maker.word()}" for _ in range(publishers)]
    for number in range(publishers):
        site = folder / f"site{number}"
        site.mkdir(parents=True)
        house = pick(_HOUSES).format(maker.word())
        slogan = f"{maker.word()} {maker.word()} Always Near"
        politician, sponsor, town = (f"{maker.word()} {maker.word()}" for _ in range(3))
        bare = chance() < 0.5
        for page in range(pages):
            credit = house if chance() < 0.7 else pick(freelancers)
            text = maker.sentence()
            names: list[str] = []
            plant = pick(
                [
                    "element",
                    "label",
                    "label",
                    "dash",
                    "bar",
                    "brackets",
                    "sentence",
                    "bare",
                    "both",
                    "alone",
                    "place",
                    "date",
                    "slogan",
                    "shown",
                    "portrait",
                    "sponsor",
                    "columnist",
                    "plain",
                    "plain",
                    "plain",
                ]
            )
            plant = "subject" if chance() < 0.02 else plant
            caption, beside, wanted = text, "", credit
            match plant:
                case "element":
                    beside = credit
                case "label":
                    caption = (
                        f"{text}. {pick(('Photo: {}', 'Foto: {}', '© {}', 'Photo by {}')).format(credit)}"
                    )
                case "dash":
                    caption = f"{text} – {credit}"
                case "bar":
                    caption = f"{text} | {credit}"
                case "brackets":
                    caption = f"{text} ({credit})"
                case "sentence":
                    caption = f"{text}. {credit}."
                case "bare":
                    credit = wanted = house
                    caption = f"{text} {credit}" if bare else f"{text} – {credit}"
                case "both":
                    caption = f"{text} – {pick(freelancers)}/{house}"
                    wanted = caption.removeprefix(f"{text} – ")
                case "alone":
                    caption, text = credit, ""
                case _:
                    wanted = ""
                    endings = {
                        "place": f" in {town}",
                        "date": f", {maker.random.randint(1, 28)} May 2020",
                        "slogan": f". {slogan}",
                        "shown": f" with minister {politician}",
                        "sponsor": f", a day paid for by {sponsor}",
                        "subject": f" outside the offices of {house}",
                        "columnist": f", as seen by columnist {pick(freelancers)}",
                    }
                    caption = text = text + endings.get(plant, "")
                    if plant == "portrait":
                        caption = text = politician
                    if plant == "shown":
                        names = [politician]
                        if chance() < 0.5:  # "Foto:" before who is shown, as some desks write it
                            beside, wanted = f"Foto: {politician}", f"Foto: {politician}"
                    if plant == "subject" and chance() < 0.3:
                        names = [house]
            picture = f"/i/{maker.random.getrandbits(48):x}.jpg"
            truth[picture] = Truth(text, wanted or None, plant)
            beside = f"<span class=credit>{beside}</span>" if beside else ""
            figure = f"<figure><img src={picture}><figcaption>{caption}{beside}</figcaption></figure>"
            maker.page(site, f"story-{page}", figure, names)
    return truth


def score(catalog: Path, truth: dict[str, Truth]) -> dict[str, object]:
    """Count the learned credits that are right and wrong, and those that were missed, by plant."""
    right: Counter[str] = Counter()
    wrong: list[tuple[str, str, str]] = []
    missed: Counter[str] = Counter()
    with sqlite3.connect(catalog) as db:
        learned = db.execute("SELECT name, captions FROM learned_credits ORDER BY captions DESC").fetchall()
        for src, text, credit, is_learned in db.execute(
            "SELECT p.image_src, c.text, c.credit_line, instr(p.evidence, 'learned_credit') FROM placements p"
            " JOIN captions c ON c.id = p.caption_id WHERE p.article_id IS NOT NULL"
        ):
            wanted = truth.get(src[src.find("/i/") :] if src else "")
            if wanted is None:
                continue
            same = text.rstrip(".") == wanted.text.rstrip(".")
            if is_learned and same and wanted.credit and wanted.credit in (credit or ""):
                right[wanted.plant] += 1
            elif is_learned:
                wrong.append((wanted.plant, text, credit or ""))
            elif wanted.credit and (not same or (wanted.credit and wanted.credit not in (credit or ""))):
                missed[wanted.plant] += 1
    found, all_ = right.total(), right.total() + missed.total()
    return {
        "learned": len(learned),
        "right": dict(right),
        "missed": dict(missed),
        "wrong": wrong[:20],
        "precision": round(found / max(1, found + len(wrong)), 4),
        "recall": round(found / max(1, all_), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--publishers", type=int, default=12)
    parser.add_argument("--pages", type=int, default=100, help="of each publisher")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        archive, catalog = Path(name) / "archive", Path(name) / "catalog.db"
        truth = make(archive, options.seed, options.publishers, options.pages)
        measure(cutline("scan", archive, "-c", catalog))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        measure(cutline("match", "-c", catalog))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = score(catalog, truth)
    found["match_cpu_seconds"] = round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
