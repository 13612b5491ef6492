"""The caption that a person chooses for a picture, among wordings that disagree."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.decisions.journal import journal_step
from catalog.errors import UsageError
from catalog.match.captions.choices import WEIGHED, mark_settled
from catalog.store.catalogue import Catalogue, now

ChoiceVerdict = Literal["chosen", "edited", "dismissed"]

MOST_TEXT = 10_000
"""Most characters of an edited caption. IPTC's field holds 2,000 bytes; XMP's has no limit."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision which caption is right, or that none has to be chosen."""

    conflict_id: int
    verdict: ChoiceVerdict
    caption_id: int | None = None
    """The wording that was chosen or edited."""
    text: str | None = None
    """The edited text."""
    credit_line: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Weighed:
    keys: list[str]
    pictures: list[str]
    captions: dict[int, tuple[str, str | None, str | None, str | None]]


def choose_caption(catalogue: Catalogue, choice: Choice) -> int:
    """Record a choice for all pictures of a conflict, and settle it. Return its number in the journal.

    :raises UsageError: the conflict or the caption is not there any more, or an edited caption is empty or too long.
    """
    with catalogue.db.atomic():
        weighed = _weigh(catalogue, choice.conflict_id)
        said = _said(choice, weighed)
        former = _drop_former(catalogue, weighed.pictures) if choice.verdict != "dismissed" else []
        number = draw_number()
        keys = json.dumps(weighed.keys, ensure_ascii=False)
        told = [choice.verdict, *said, keys, choice.note, now()]
        _write_choice(catalogue, number, told, weighed.pictures)
        mark_settled(catalogue)
        action = "dismiss" if choice.verdict == "dismissed" else "choose"
        return journal_step(
            catalogue,
            "wordings",
            f"{choice.conflict_id}-0",
            action,
            weighed.pictures[0],
            f"choice {number}",
            choice.note,
            [number, former],
        )


def draw_number() -> int:
    """Draw a random number for a choice, so that choices in catalogues that are merged later have different ones.

    It has 53 bits, which a JSON number holds exactly.
    """
    return secrets.randbits(53)


def take_choice_back(catalogue: Catalogue, before: Sequence[object]) -> None:
    """Undo a choice; what it replaced counts again."""
    number, former = before
    catalogue.db.execute("DELETE FROM caption_choices WHERE id = ?", [number])
    for (drawn, *said), pictures in former:  # type: ignore[attr-defined]
        taken = catalogue.value("SELECT EXISTS (SELECT 1 FROM caption_choices WHERE id = ?)", (drawn,))
        _write_choice(catalogue, draw_number() if taken else drawn, said, pictures)
    mark_settled(catalogue)


def _weigh(catalogue: Catalogue, conflict_id: int) -> _Weighed:
    rows = list(
        catalogue.rows(
            f"SELECT {WEIGHED} AS weighed, p.image_sha256, c.id, c.text, c.credit_line, c.date, c.place"
            " FROM caption_conflict_members m JOIN placements p ON p.id = m.placement_id"
            " JOIN captions c ON c.id = p.caption_id WHERE m.conflict_id = ? ORDER BY m.placement_id",
            (conflict_id,),
        )
    )
    shown = sorted({row["image_sha256"] for row in rows if row["image_sha256"]})
    if not rows or not shown:
        raise UsageError("That conflict is not there any more. Load the page again.")
    return _Weighed(
        sorted({row["weighed"] for row in rows}),
        _with_copies(catalogue, shown),
        {row["id"]: (row["text"], row["credit_line"], row["date"], row["place"]) for row in rows},
    )


def _with_copies(catalogue: Catalogue, pictures: Sequence[str]) -> list[str]:
    """Return the pictures and all others of their groups: a caption belongs to all sizes of a photograph."""
    found = set(pictures)
    for row in catalogue.rows(
        "SELECT o.image_sha256 FROM json_each(?) j JOIN image_group_members m ON m.image_sha256 = j.value"
        " JOIN image_group_members o ON o.group_id = m.group_id",
        (json.dumps(list(pictures)),),
    ):
        found.add(row["image_sha256"])
    return sorted(found)


def _said(choice: Choice, weighed: _Weighed) -> tuple[str | None, str | None, str | None, str | None]:
    """Return the text, credit, date and place that were chosen."""
    if choice.verdict == "dismissed":
        return None, None, None, None
    found = weighed.captions.get(choice.caption_id or 0)
    if found is None:
        raise UsageError("That caption is not in this conflict any more. Load the page again.")
    if choice.verdict == "chosen":
        return found
    text = (choice.text or "").strip()
    if not text or len(text) > MOST_TEXT:
        raise UsageError(f"An edited caption has 1 to {MOST_TEXT:,} characters.")
    return text, (choice.credit_line or "").strip()[:500] or None, found[2], found[3]


def _drop_former(catalogue: Catalogue, pictures: Sequence[str]) -> list[tuple[list[object], list[str]]]:
    """Remove earlier choices for any of the pictures, and return them with their pictures."""
    former: list[tuple[list[object], list[str]]] = []
    for row in list(
        catalogue.rows(
            "SELECT DISTINCT h.id, h.verdict, h.text, h.credit_line, h.date, h.place, h.keys, h.note, h.chosen_at"
            " FROM json_each(?) j JOIN caption_choice_pictures q ON q.image_sha256 = j.value"
            " JOIN caption_choices h ON h.id = q.choice_id WHERE h.verdict <> 'dismissed'",
            (json.dumps(list(pictures)),),
        )
    ):
        tied = [
            each["image_sha256"]
            for each in catalogue.rows(
                "SELECT image_sha256 FROM caption_choice_pictures WHERE choice_id = ?", (row["id"],)
            )
        ]
        former.append((list(row), tied))
        catalogue.db.execute("DELETE FROM caption_choices WHERE id = ?", [row["id"]])
    return former


def _write_choice(catalogue: Catalogue, number: int, told: Sequence[object], pictures: Sequence[str]) -> None:
    catalogue.db.execute(
        "INSERT INTO caption_choices (id, verdict, text, credit_line, date, place, keys, note, chosen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [number, *told],
    )
    catalogue.db.conn.executemany(
        "INSERT OR IGNORE INTO caption_choice_pictures (image_sha256, choice_id) VALUES (?, ?)",
        ((each, number) for each in pictures),
    )
