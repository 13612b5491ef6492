"""A person's review of doubtful findings. Each step is in the journal, so that it can be undone or continued.

The journal (``reviews``) records each step and the state before it. The verdicts are decisions as ``cutline decide``
makes them. A keeper that a person chose is recorded by its record.
"""

import json
from dataclasses import dataclass
from typing import Literal, get_args

from catalog.decisions.captions import take_choice_back
from catalog.decisions.decide import withdraw_decision, write_decision
from catalog.decisions.groups import take_back
from catalog.decisions.journal import journal_step
from catalog.errors import UsageError
from catalog.match.pictures.chosen_keepers import CHOSEN, make_keeper
from catalog.store.catalogue import Catalogue, now

Queue = Literal["pictures", "captions"]
QUEUES: tuple[Queue, ...] = get_args(Queue)
"""The queues of pairs. Whole groups, and captions of one picture, have queues of their own in the same journal."""

_KIND = {"pictures": "picture", "captions": "caption"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a review: a verdict on two pictures (digests) or captions (keys), or its postponement."""

    queue: Queue
    place: str
    """The place in the queue at which it was taken."""
    action: str
    """``same``, ``different`` or ``skip``."""
    left: str
    right: str
    note: str | None = None


def take_step(catalogue: Catalogue, step: Step) -> int:
    """Record a step, and return its number in the journal.

    :raises UsageError: the two are the same, or not both are in the catalogue.
    """
    if step.action not in ("same", "different", "skip") or step.left == step.right:
        raise UsageError("There is nothing to decide between a thing and itself.")
    left, right = sorted((step.left, step.right))
    with catalogue.db.atomic():
        if not all(_is_known(catalogue, step.queue, name) for name in (left, right)):
            raise UsageError("One of the two is not in this catalogue any more. Load the page again.")
        row = catalogue.db.execute(
            "SELECT verdict, note FROM decisions WHERE left = ? AND right = ?", [left, right]
        ).fetchone()
        if step.action != "skip":
            write_decision(catalogue, _KIND[step.queue], step.action, left, right, step.note)
        return journal_step(catalogue, step.queue, step.place, step.action, left, right, step.note, row)


def _is_known(catalogue: Catalogue, queue: Queue, name: str) -> bool:
    """Return whether there is a picture with this digest, or a caption with this key."""
    among = "images WHERE sha256 = ?" if queue == "pictures" else "captions WHERE key = ?"
    return bool(catalogue.value(f"SELECT EXISTS (SELECT 1 FROM {among})", (name,)))


def choose_keeper(catalogue: Catalogue, group_id: int, record_id: int, queue: str, place: str) -> int:
    """Make a record the keeper of its group, also in later matches. Return the number of this step in the journal.

    :raises UsageError: the record is not in the group.
    """
    with catalogue.db.atomic():
        found = catalogue.db.execute(
            "SELECT image_sha256, keeper FROM image_group_members WHERE group_id = ? AND record_id = ?",
            [group_id, record_id],
        ).fetchone()
        if found is None:
            raise UsageError("That file is not in this group any more. Load the page again.")
        former = catalogue.db.execute(
            "SELECT record_id, reason FROM image_group_members WHERE group_id = ? AND keeper = 1", [group_id]
        ).fetchone()
        catalogue.db.execute(
            "INSERT OR REPLACE INTO keeper_choices (record_id, image_sha256, chosen_at) VALUES (?, ?, ?)",
            [record_id, found[0], now()],
        )
        number = journal_step(
            catalogue, queue, place, "keeper", f"group {group_id}", f"record {record_id}", None, former
        )
        make_keeper(catalogue, group_id, record_id, CHOSEN)
        return number


def undo_last(catalogue: Catalogue, number: int) -> tuple[str, str] | None:
    """Undo the last step of the journal if it is this one. Return its queue and place, or None if it is not."""
    with catalogue.db.atomic():
        row = catalogue.db.execute(
            "SELECT id, queue, place, action, left, right, previous FROM reviews ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is None or row[0] != number:
            return None
        _, queue, place, action, left, right, previous = row
        before = json.loads(previous) if previous else None
        if action in ("group", "bulk"):
            take_back(catalogue, before or [])
        elif action in ("choose", "dismiss"):
            take_choice_back(catalogue, before or [])
        elif action == "keeper":
            _undo_keeper(catalogue, left, right, before)
        elif action != "skip" and not before:
            withdraw_decision(catalogue, _KIND[queue], left, right)
        elif before and action != "skip":
            write_decision(catalogue, _KIND[queue], before[0], left, right, before[1])
        catalogue.db.execute("DELETE FROM reviews WHERE id = ?", [number])
        return str(queue), str(place)


def _undo_keeper(catalogue: Catalogue, group: str, record: str, before: list[object] | None) -> None:
    catalogue.db.execute("DELETE FROM keeper_choices WHERE record_id = ?", [int(record.split()[1])])
    if before is not None:
        make_keeper(catalogue, int(group.split()[1]), int(str(before[0])), str(before[1]))
