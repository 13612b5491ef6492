"""What a catalogue of the held-out archive says, against what is true of it."""

import itertools
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.held_out.archive import Truth
from benchmarks.picture_scores import Pair, catalogue_pairs

BOX_TOLERANCE = 0.06
"""Of each edge of a crop, in fractions of the photograph, as the shared scoring tool has it."""


@dataclass(slots=True)
class Share:
    """So many of so many."""

    right: int = 0
    of: int = 0

    def count(self, right: bool) -> None:
        self.right += right
        self.of += 1

    @property
    def value(self) -> float:
        return self.right / self.of if self.of else 0.0


@dataclass(slots=True)
class HeldOutScore:
    """How well the archive was understood."""

    found: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    """By edit: variants called duplicates of their photograph."""
    related: Counter[str] = field(default_factory=Counter)
    """By edit: those that are not, but are shown as related to it."""
    named: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    """Of the found ones: mirrored and turned said so; crops whose box is right. A variant that only shares a group with
    its photograph has no transform with it: that counts as wrong, but where it says ``matched itself``."""
    wrong_matches: list[tuple[str, str]] = field(default_factory=list)
    """Files that show different photographs and are matched with each other (look-alikes of one set left out)."""
    wrong_in_groups: Counter[str] = field(default_factory=Counter)
    """Photographs that are not matched, but share a group: how many pairs of their files do."""
    duplicates: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    """By kind of look-alikes: pairs of one set that are called duplicates, which they are not."""
    related_look_alikes: Counter[str] = field(default_factory=Counter)
    """By kind: pairs of one set called related, which is right."""

    manipulations: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    """By kind: changed copies whose changed place is told, and is the right one."""
    plain_copies: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    """By kind of picture with little information: smaller copies that are found."""
    false_changes: Share = field(default_factory=Share)
    """Variants of edits that change no content, and are said to show something else in one place."""

    @property
    def recall(self) -> float:
        """Mean over the edits."""
        return sum(share.value for share in self.found.values()) / max(1, len(self.found))


def summarise(score: HeldOutScore) -> dict[str, object]:
    """Return the score as plain values, in the order of the edits."""
    return {
        "found": {edit: asdict(share) for edit, share in score.found.items()},
        "related": dict(score.related),
        "named": {what: asdict(share) for what, share in sorted(score.named.items())},
        "wrong_matches": score.wrong_matches,
        "wrong_in_groups": dict(score.wrong_in_groups),
        "duplicates": {kind: asdict(share) for kind, share in score.duplicates.items()},
        "related_look_alikes": dict(score.related_look_alikes),
        "manipulations": {kind: asdict(share) for kind, share in score.manipulations.items()},
        "plain_copies": {kind: asdict(share) for kind, share in score.plain_copies.items()},
        "false_changes": asdict(score.false_changes),
    }


@dataclass(frozen=True, slots=True)
class _Match:
    kind: str
    mirrored: bool
    rotated_degrees: float
    left_box: list[float]
    changed_boxes: list[list[float]]
    """Of the first file."""


def score_catalogue(catalog: Path, truth: Mapping[str, Truth]) -> HeldOutScore:
    """Score a catalogue; the definitions of duplicates are those of :mod:`benchmarks.picture_scores`."""
    result = HeldOutScore()
    called, matches = catalogue_pairs(catalog), _matches(catalog)
    for name, true in truth.items():
        if true.changed:
            match = matches.get((f"distinct/{true.shows[0]}.jpg", name))
            told = match is not None and any(
                _overlap(box, true.changed) >= 0.5 for box in match.changed_boxes
            )
            result.manipulations[name.split("/")[1]].count(told)
        if true.copy_of:
            result.plain_copies[name.split("/")[1]].count(frozenset((name, true.copy_of)) in called)
        if true.edit:
            _score_variant(name, true, called, matches, result)
    for left, right in sorted(map(sorted, called)):
        one, other = truth[left], truth[right]
        together = one.look_alike and one.look_alike == other.look_alike
        if together or set(one.shows) & set(other.shows):
            continue
        match = matches.get((left, right))
        if match is not None and match.kind != "related":
            result.wrong_matches.append((left, right))
        else:
            result.wrong_in_groups[" ".join(sorted((one.shows[0], other.shows[0])))] += 1
    _score_look_alikes(truth, called, matches, result)
    return result


def _score_variant(
    name: str,
    true: Truth,
    called: set[Pair],
    matches: Mapping[tuple[str, str], _Match],
    result: HeldOutScore,
) -> None:
    base = f"distinct/{true.shows[0]}.jpg"
    match = matches.get((base, name))
    found = frozenset((base, name)) in called
    result.found[true.edit].count(found)
    result.false_changes.count(match is not None and bool(match.changed_boxes))
    if not found:
        result.related[true.edit] += match is not None and match.kind == "related"
        return
    if true.mirrored:
        result.named["mirrored"].count(match is not None and match.mirrored)
    if true.rotated_degrees:
        quarters = round((match.rotated_degrees if match else 0) / 90) % 4
        result.named["turned"].count(quarters == true.rotated_degrees // 90)
    if true.box:
        right = match is not None and all(
            abs(one - other) <= BOX_TOLERANCE for one, other in zip(match.left_box, true.box, strict=True)
        )
        result.named["crop boxes"].count(right)
        if match is not None:
            result.named["crop boxes, where matched itself"].count(right)


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Shared area of two boxes, of the area that either has."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def _score_look_alikes(
    truth: Mapping[str, Truth],
    called: set[Pair],
    matches: Mapping[tuple[str, str], _Match],
    result: HeldOutScore,
) -> None:
    sets = defaultdict(list)
    for name, true in truth.items():
        if true.look_alike:
            sets[true.look_alike].append(name)
    for each, names in sets.items():
        kind = each.split("/")[0]
        if kind in ("changed", "plain", "product_shot"):
            continue  # copies, of which something is to be told or nothing
        for left, right in itertools.combinations(sorted(names), 2):
            wrong = frozenset((left, right)) in called
            result.duplicates[kind].count(wrong)
            match = matches.get((left, right))
            result.related_look_alikes[kind] += not wrong and match is not None and match.kind == "related"


def _matches(catalog: Path) -> dict[tuple[str, str], _Match]:
    """By pair of files, both ways round: as the second shows the first."""
    found = {}
    with sqlite3.connect(f"file:{catalog}?mode=ro", uri=True) as db:
        locators = defaultdict(list)
        for digest, locator in db.execute("SELECT sha256, locator FROM records WHERE sha256 IS NOT NULL"):
            locators[digest].append(locator)
        query = "SELECT left_sha256, right_sha256, kind, transform FROM image_matches"
        for left, right, kind, text in db.execute(query):
            how = json.loads(text)
            mirrored, degrees = how["mirrored"], how["rotated_degrees"]
            changed = [how.get(name, []) for name in ("changed_boxes", "changed_boxes_right")]
            back = degrees if mirrored else (360 - degrees) % 360
            for one, other in itertools.product(locators[left], locators[right]):
                found[one, other] = _Match(kind, mirrored, degrees, how["left_box"], changed[0])
                found[other, one] = _Match(kind, mirrored, back, how["right_box"], changed[1])
    return found
