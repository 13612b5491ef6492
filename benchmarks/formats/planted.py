"""Articles whose words, pictures and captions are known, for any tool to write in any format."""

import html
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ARTICLES = 24
"""Articles of an archive."""

_PLACES = ("Tessen", "Orrin Bay", "Halvik", "Mirenz", "Caldor", "Östhamn", "Pelgrim's Rest", "Sank Ulrich")
_NAMES = (
    "Marit Olander",
    "Jonas Tarrow",
    "Ilse Maren",
    "Wim de Roos",
    "Zofia Żak",
    "Ben O'Hare",
    "Aysel Kaya",
)
_THINGS = (
    "breakwater",
    "ferry pier",
    "tram depot",
    "grain silo",
    "lighthouse",
    "fish market",
    "lock gate",
    "old mill",
)
_DEEDS = (
    "would be rebuilt before the winter storms return",
    "had been closed again after cracks were found in its footing",
    "was sold for less than half of what the town once paid",
    "is to be moved stone by stone to the other bank",
    "drew more visitors last summer than in the ten years before",
)
_SEEN = (
    "A crane lowers a block beside the {thing} at {place} on a grey morning.",
    "{name} looks out over the {thing} in {place}, which has stood empty since spring.",
    "Workers & volunteers clear the yard of the {thing} at {place}.",
    'The sign at the {thing} reads "Closed until further notice" in {place}.',
    "Boats lie three deep along the quay at {place}, near the {thing}.",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of an article with its caption."""

    name: str
    caption: str


@dataclass(frozen=True, slots=True)
class Planted:
    """An article as its reader would see it."""

    number: int
    headline: str
    byline: str
    published: str
    """ISO 8601."""
    parts: tuple[str | Picture, ...]
    """Paragraphs and pictures in reading order."""

    @property
    def paragraphs(self) -> list[str]:
        return [part for part in self.parts if isinstance(part, str)]

    @property
    def pictures(self) -> list[Picture]:
        return [part for part in self.parts if isinstance(part, Picture)]

    def to_html(self) -> str:
        """Return the article as plain HTML 5, from which other tools make their formats."""
        parts = [
            f"<p>{html.escape(part, quote=False)}</p>"
            if isinstance(part, str)
            else f'<figure><img src="{part.name}" alt=""><figcaption>{html.escape(part.caption, quote=False)}'
            "</figcaption></figure>"
            for part in self.parts
        ]
        return f"<h1>{html.escape(self.headline, quote=False)}</h1>\n" + "\n".join(parts)


Writer = Callable[[list[Planted], Path], str]
"""Writes the articles into a folder, and says which tool did; raises :class:`NoTool` where it is not installed."""


class NoTool(Exception):
    """The tool that writes a format is not installed; the message says which."""


def plant(count: int = ARTICLES, seed: int = 17) -> list[Planted]:
    """Make articles up. The same seed makes the same ones."""
    draw = random.Random(seed)
    return [_plant(number, draw) for number in range(count)]


def _plant(number: int, draw: random.Random) -> Planted:
    place, thing = draw.choice(_PLACES), draw.choice(_THINGS)
    paragraphs = [_paragraph(draw, place, thing, number) for _ in range(draw.randint(4, 7))]
    parts: list[str | Picture] = list(paragraphs)
    for index in range(draw.randint(1, 3)):
        caption = draw.choice(_SEEN).format(thing=thing, place=place, name=draw.choice(_NAMES))
        caption = f"{caption[:-1]}, seen {number * 3 + index + 2} days after the vote."
        parts.insert(draw.randint(1, len(parts)), Picture(f"picture-{number:02}-{index}.jpg", caption))
    return Planted(
        number,
        f"{thing.capitalize()} of {place}: report {number + 1}",
        draw.choice(_NAMES),
        f"2024-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        tuple(parts),
    )


def _paragraph(draw: random.Random, place: str, thing: str, number: int) -> str:
    sentences = [
        f"Officials in {place} said on day {draw.randint(100, 999)} that the {thing} {draw.choice(_DEEDS)}.",
        f"“We cannot wait for yet another year,” said {draw.choice(_NAMES)}, who lives {draw.randint(2, 90)} metres"
        f" from the {draw.choice(_THINGS)} and has kept every letter of the council since file {number}.",
        f"The council of {draw.choice(_PLACES)} approved {draw.randint(2, 80)} million for it after a debate that"
        f" lasted until {draw.randint(1, 11)} o'clock.",
    ]
    return " ".join(draw.sample(sentences, 2))


def write_pictures(articles: list[Planted], folder: Path) -> None:
    """Put every picture of the articles into the folder, as small JPEGs that differ."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in articles:
        for index, picture in enumerate(article.pictures):
            colour = (article.number * 10 % 256, index * 80, 120)
            data = io.BytesIO()
            Image.effect_noise((160, 120), 60 + article.number).convert("RGB").point(
                lambda value, shift=colour[0]: (value + shift) % 256
            ).save(data, "JPEG")
            (folder / picture.name).write_bytes(data.getvalue())
