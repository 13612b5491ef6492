"""How the members of a group show one another, each of which was verified against the keeper already."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from media.matching.pictures.changes import Changes
from media.matching.pictures.differences import Judgement, judge_differences, show_changes
from media.matching.pictures.grouping import Apart, Group
from media.matching.pictures.hamming import Hashes
from media.matching.pictures.orientations import IDENTITY
from media.matching.pictures.pairs import Kind, Picture, Verdict, describe_all, is_whole
from media.matching.pictures.verdicts import ImageMatch, Verdicts
from media.matching.pictures.verify import Box, Layers, chain, compare_laid, invert, shared_boxes_of

PAIRS_AMONG = 96
"""Within a group every pair of the best so many is recorded; what follows only against the keeper."""
_WHOLE = (0.0, 0.0, 1.0, 1.0)


def match_members(
    group: Group,
    verdicts: Verdicts,
    pictures: Sequence[Picture],
    hashes: Hashes,
    apart: Apart | None = None,
) -> Iterator[ImageMatch]:
    """Yield pairs of members, each verified against the keeper already, compared where they lie on it."""
    if len(group.members) < 2:
        return
    keeper = verdicts.layers(group.keeper)
    laid: list[tuple[int, Layers, Verdict]] = []
    rows: dict[int, int] = {}
    for member in group.members[:PAIRS_AMONG]:
        layers, verdict = verdicts.layers(member), verdicts.verdict(group.keeper, member)
        if layers is not None:
            rows.setdefault(verdicts.first_of[member], len(laid))
            laid.append((member, layers, verdict))
    if keeper is None or len(laid) < 2:
        return
    # What has the same pixels lies on the keeper in the same way: it is looked at once.
    shown = sorted(rows.values())
    place = {first: shown.index(row) for first, row in rows.items()}
    of = np.array([place[verdicts.first_of[member]] for member, _, _ in laid])
    agreement, similarity, textured = (
        values[np.ix_(of, of)]
        for values in compare_laid([(laid[row][1], laid[row][2].affine) for row in shown])
    )
    numbers = np.array([number for number, _, _ in laid])
    second, first = np.nonzero(np.tri(len(laid), k=-1, dtype=bool) & (textured >= 6) & (agreement >= 0.5))
    swap = numbers[first] > numbers[second]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    to_keeper = np.stack([invert(verdict.affine) for _, _, verdict in laid])[first]
    onwards = np.stack([verdict.affine for _, _, verdict in laid])[second]
    affines = onwards[:, :, :2] @ to_keeper
    affines[:, :, 2] += onwards[:, :, 2]
    left_boxes, right_boxes, shared = shared_boxes_of(affines)
    same = of[first] == of[second]
    affines[same], left_boxes[same], right_boxes[same] = IDENTITY, _WHOLE, _WHOLE
    alike = np.where(same, 1.0, similarity[first, second])
    of_left, of_right = numbers[first], numbers[second]
    bits = np.bitwise_count(hashes[of_left] ^ hashes[of_right, :1]).min(axis=1)
    pairs = zip(
        of_left.tolist(), of_right.tolist(), same.tolist(), bits.tolist(), alike.tolist(), strict=True
    )
    described = describe_all(
        affines,
        left_boxes,
        right_boxes,
        [pictures[left] for left in of_left.tolist()],
        [pictures[right] for right in of_right.tolist()],
    )
    changed = _changed_members(group, verdicts, [number for number, _, _ in laid])
    for (left, right, equal, distance, similar), transform, usable in zip(
        pairs, described, (shared | same).tolist(), strict=True
    ):
        if not usable or (left, right) in verdicts.known or (apart is not None and apart(left, right)):
            continue
        whole = is_whole(transform.left_box, transform.right_box)
        kind: Kind = "same-pixels" if equal else "near" if whole else "part"
        if not equal and left in changed and right in changed:
            judged = _judge(verdicts, left, right, group.keeper, transform.left_box)
            transform = replace(transform, changes=judged.changes)
            kind = "related" if judged.moved or judged.twins else kind
        elif not equal and left in changed:
            affine = verdicts.verdict(group.keeper, right).affine
            transform = replace(transform, changes=show_changes(changed[left], affine))
        elif not equal and right in changed:
            affine = verdicts.verdict(group.keeper, left).affine
            changes = show_changes(changed[right], affine)
            transform = replace(transform, changes=None if changes is None else changes.turned())
        yield ImageMatch(left, right, kind, distance, round(similar, 4), transform)


def _changed_members(group: Group, verdicts: Verdicts, members: Sequence[int]) -> dict[int, Changes]:
    """Return the members that show something else than the others do, with what differs from the keeper.

    Where another copy shows what such a member does, it is the keeper that was changed.
    """
    found = {member: verdicts.verdict(group.keeper, member) for member in members}
    witness = next((each for each in members if verdicts.shows_all(group.keeper, each)), None)
    changed = {member: verdict.changes for member, verdict in found.items() if verdict.changes}
    if witness is None:
        return changed
    return {
        member: changes
        for member, changes in changed.items()
        if _judge(verdicts, member, witness, group.keeper, found[member].right_box).changes
    }


def _judge(verdicts: Verdicts, left: int, right: int, keeper: int, box: Box) -> Judgement:
    """Return where two members differ, of which one shows something else than the keeper."""
    ours, theirs = verdicts.layers(left), verdicts.layers(right)
    if ours is None or theirs is None:
        return Judgement()
    affine = chain(verdicts.verdict(left, keeper).affine, verdicts.verdict(keeper, right).affine)
    return judge_differences(ours, theirs, affine, box)
