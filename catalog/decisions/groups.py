"""Settles whole groups of pictures in one step: all are the same as the keeper, except those that a person took out.

A step is one line in the journal, however many pairs it settles, so that one undo reverts all of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.decisions.decide import BY_RULE, withdraw_decision, write_decision
from catalog.decisions.journal import journal_step
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue, now

_CHANGED = "This group has changed meanwhile. Load the page again."


@dataclass(frozen=True, slots=True)
class Settlement:
    """A person's verdict on a group."""

    group_id: int
    keeper: str
    """The digest of the picture that the others were compared with."""
    seen: tuple[str, ...]
    """The digests of the other pictures shown."""
    out: frozenset[str] = frozenset()
    """The digests of those that are not the same picture."""
    note: str | None = None


def settle_group(catalogue: Catalogue, said: Settlement) -> int:
    """Record a verdict on a group's pictures, and return its number in the journal.

    :raises UsageError: the group, its keeper or its pictures are no longer those that were shown.
    """
    with catalogue.db.atomic():
        keeper, others = pictures_of(catalogue, said.group_id)
        if (
            keeper != said.keeper
            or not said.seen
            or not set(said.seen) <= others
            or not said.out <= set(said.seen)
        ):
            raise UsageError(_CHANGED)
        before = [
            _settle(catalogue, keeper, other, "different" if other in said.out else "same", said.note)
            for other in said.seen
        ]
        return _journal(catalogue, "group", said.group_id, keeper, said.note, before)


def put_off(catalogue: Catalogue, group_id: int) -> int:
    """Postpone a group until all others are settled, and return the number of this step in the journal."""
    with catalogue.db.atomic():
        keeper, others = pictures_of(catalogue, group_id)
        if keeper is None or not others:
            raise UsageError(_CHANGED)
        left, right = sorted((keeper, min(others)))
        return journal_step(catalogue, "groups", _place(group_id), "skip", left, right, None, None)


def settle_by_rule(catalogue: Catalogue, groups: Iterable[int], rule: str) -> int:
    """Record every picture of some groups as the same as its keeper, unless a person has decided otherwise.

    Return the number of this step in the journal.
    """
    with catalogue.db.atomic():
        before: list[list[object]] = []
        first = 0
        for group_id in groups:
            first = first or group_id
            keeper, others = pictures_of(catalogue, group_id)
            if keeper is not None:
                before += [
                    _settle(catalogue, keeper, other, "same", BY_RULE + rule)
                    for other in sorted(others)
                    if _decided(catalogue, keeper, other) is None
                ]
        if not before:
            raise UsageError("There is nothing left to accept by this rule. Load the page again.")
        return _journal(catalogue, "bulk", first, rule, BY_RULE + rule, before)


def pictures_of(catalogue: Catalogue, group_id: int) -> tuple[str | None, set[str]]:
    """Return the digest of a group's keeper, and the digests of its other pictures."""
    rows = catalogue.rows(
        "SELECT image_sha256, keeper FROM image_group_members WHERE group_id = ?", (group_id,)
    )
    found = [(row["image_sha256"], row["keeper"]) for row in rows]
    keeper = next((sha256 for sha256, kept in found if kept), None)
    return keeper, {sha256 for sha256, _ in found} - {keeper}


def _decided(catalogue: Catalogue, keeper: str, other: str) -> tuple[str, str | None] | None:
    found: tuple[str, str | None] | None = catalogue.db.execute(
        "SELECT verdict, note FROM decisions WHERE left = ? AND right = ?", sorted((keeper, other))
    ).fetchone()
    return found


def _settle(catalogue: Catalogue, keeper: str, other: str, verdict: str, note: str | None) -> list[object]:
    """Record a verdict, and return the pair with its earlier verdict."""
    before = _decided(catalogue, keeper, other)
    if verdict == "different" or (before and before[0] == "different"):
        write_decision(catalogue, "picture", verdict, keeper, other, note)
    else:
        # They share a group already, so this verdict changes no group and nothing has to be matched again.
        left, right = sorted((keeper, other))
        catalogue.db.execute(
            "INSERT INTO decisions (left, right, verdict, note, decided_at) VALUES (?, ?, 'same', ?, ?)"
            " ON CONFLICT (left, right) DO UPDATE SET verdict = 'same', note = excluded.note,"
            " decided_at = excluded.decided_at",
            [left, right, note, now()],
        )
    return [keeper, other, *(before or (None, None))]


def take_back(catalogue: Catalogue, before: Sequence[Sequence[str | None]]) -> None:
    """Restore the verdicts on pairs to those before a step."""
    for keeper, other, verdict, note in before:
        if keeper is None or other is None:
            continue
        if verdict is None:
            withdraw_decision(catalogue, "picture", keeper, other)
        else:
            write_decision(catalogue, "picture", verdict, keeper, other, note)


def _place(group_id: int) -> str:
    return f"{group_id}-0"


def _journal(
    catalogue: Catalogue, action: str, group_id: int, left: str, note: str | None, before: list[list[object]]
) -> int:
    right = f"group {group_id}" if action == "group" else f"{len(before)} pictures"
    return journal_step(catalogue, "groups", _place(group_id), action, left, right, note, before)
