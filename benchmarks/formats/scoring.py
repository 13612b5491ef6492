"""What a catalogue says of planted articles, as shares of what was planted."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from benchmarks.formats.planted import Planted


@dataclass(frozen=True, slots=True)
class Score:
    """Shares, 0 to 1, and how much was planted."""

    articles: int
    captions: int
    found: float
    """Of the captions, those that are in the catalogue word for word."""
    paired: float
    """Of the captions, those that are tied to their own picture."""
    whole: float
    """Of the bodies, those that hold every paragraph and no caption."""
    spurious: int
    """Captions in the catalogue that nobody planted."""


def score_catalogue(catalog: Path, planted: list[Planted]) -> Score:
    """Compare a catalogue with what was planted."""
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as db:
        shown = db.execute(
            "SELECT caption, image_src, image_locator, image_sha256 FROM page_captions"
        ).fetchall()
        files = dict(db.execute("SELECT sha256, locator FROM records WHERE inode IS NOT NULL"))
        # A program that packs a picture anew gives another file, which the scan finds to be the same picture.
        groups: dict[object, list[str]] = {}
        for group, sha256 in db.execute("SELECT group_id, image_sha256 FROM image_group_members"):
            groups.setdefault(group, []).append(sha256)
        for members in groups.values():
            told = next((files[each] for each in members if each in files), None)
            files |= {each: told for each in members if told and each not in files}
        bodies = {
            _letters(headline or ""): _letters(body or "")
            for headline, body in db.execute("SELECT headline, body FROM articles")
        }
    pairs = {
        (_words(caption), _name(address))
        for caption, src, locator, sha256 in shown
        for address in (src, locator, files.get(sha256))
        if address
    }
    texts = {_words(caption) for caption, *_ in shown}
    wanted = [picture for article in planted for picture in article.pictures]
    captions = {_words(picture.caption) for picture in wanted}
    return Score(
        len(planted),
        len(wanted),
        sum(_words(picture.caption) in texts for picture in wanted) / len(wanted),
        sum((_words(picture.caption), picture.name) in pairs for picture in wanted) / len(wanted),
        sum(_is_whole(article, bodies) for article in planted) / len(planted),
        len(texts - captions),
    )


def _is_whole(article: Planted, bodies: dict[str, str]) -> bool:
    body = bodies.get(_letters(article.headline), "")
    return all(_letters(text) in body for text in article.paragraphs) and not any(
        _letters(picture.caption) in body for picture in article.pictures
    )


def _name(address: str) -> str:
    return (
        PurePosixPath(unquote(urlsplit(re.split("[!#]", address)[-1]).path)).name.replace(" ", "_").casefold()
    )


def _words(text: str) -> str:
    """Return the text with one kind of quotation mark and white space: tools set these as they like."""
    return " ".join(re.sub("[“”„]", '"', re.sub("[‘’]", "'", text)).split())


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
