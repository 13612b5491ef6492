"""Chooses the copy of a group that stays, by policies that a person names, tried in the given order."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from catalog.cleanup.places import Place, Votes, place_of
from catalog.errors import UsageError
from catalog.match.pictures.chosen_keepers import CHOSEN
from media.archives.container import is_discarded
from media.archives.folder import Selection
from media.archives.open_source import is_elsewhere
from media.locator import path_from_uri
from media.pictures.contents import Contents, is_raw, name_surplus
from media.pictures.making import Making


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a group of pictures, with the facts that decide whether it stays."""

    group_id: int
    kind: str
    record_id: int
    source_id: int
    source_uri: str
    source_kind: str
    locator: str
    sha256: str
    """Digest of the record when it was last read."""
    byte_size: int
    modified_ns: int
    inode: str | None
    group_sha256: str
    """Digest of the picture in the group."""
    pixels_sha256: str | None
    keeper: bool
    """Whether it is the group's own choice, the keeper of the report."""
    reason: str
    width_px: int
    height_px: int
    headline: str | None
    caption: str | None
    credit_line: str | None
    byline: str | None
    copyright_notice: str | None
    created_at: str | None
    city: str | None
    country: str | None
    located: bool
    keywords: tuple[str, ...]
    contents: Contents
    """Data in its file besides the shown picture."""
    making: Making
    """How its file came about."""

    @property
    def is_local(self) -> bool:
        """Whether its archive is on a file system, not in an object store."""
        return _root(self.source_uri) is not None

    @property
    def is_file(self) -> bool:
        """Whether it is a file on disk, not a member of a container or an object in a store."""
        return self.is_local and self.source_kind in ("folder", "file") and self.inode is not None

    @property
    def is_discarded(self) -> bool:
        """Whether it is in a trash folder; such a file is never preferred as keeper."""
        folder, _, name = self.locator.rpartition("/")
        return (
            is_discarded(folder)
            or is_discarded(_root(self.source_uri) or "")
            or name.startswith(_THROWN_AWAY)
        )

    @property
    def place(self) -> Place:
        """The folders of its path."""
        return place_of(self.source_id, self.locator)


_THROWN_AWAY = ".trashed-"
"""Names of trashed files on Android, which renames them before it removes them."""


@lru_cache(maxsize=64)
def _root(uri: str) -> str | None:
    """Return a source's path; None if it is in an object store."""
    return None if is_elsewhere(uri) else path_from_uri(uri)


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule for the keeper: the member with the highest score stays."""

    name: str
    says: str
    score: Callable[[Member], float]


_NAMED = {
    policy.name: policy
    for policy in (
        Policy("largest", "it has the most pixels", lambda member: member.width_px * member.height_px),
        Policy("oldest", "it is the oldest file", lambda member: -member.modified_ns),
        Policy("original", "the report's keeper", lambda member: member.keeper),
        Policy("captioned", "it has a caption inside", lambda member: bool(member.caption)),
    )
}


def parse_policies(given: Sequence[str]) -> list[Policy]:
    """Return the policies that ``--keep`` names.

    :raises UsageError: there is no such policy.
    """
    return [_parse(each) for each in given]


def _parse(given: str) -> Policy:
    wanted = given.removeprefix("path=")
    if given.startswith("path=") and wanted.strip("/"):
        return Policy(given, f"it is at {wanted}", _at(wanted))
    if given not in _NAMED:
        raise UsageError(
            f"--keep {given}: no such policy. There are {', '.join(_NAMED)}, path=GLOB and path=FOLDER."
        )
    return _NAMED[given]


def _at(wanted: str) -> Callable[[Member], bool]:
    """Return whether a member matches a glob or is below a folder, by its locator or its whole path."""
    selection = Selection(include=(wanted,))
    folder = "/" + wanted.strip("/") + "/"

    def is_at(member: Member) -> bool:
        if selection.takes(member.locator) or folder in f"/{member.locator}":
            return True
        root = _root(member.source_uri)
        path = "" if root is None else f"{root}/{member.locator}"
        return wanted.startswith("/") and (selection.takes(path) or path.startswith(folder))

    return is_at


@dataclass(slots=True)
class Election:
    """Chooses keepers: by the policies, by what files hold, and by the folders that keep all of their files."""

    policies: Sequence[Policy]
    companions: Callable[[Member], int] = lambda member: 0
    """Returns the number of a member's companions."""
    votes: Votes = field(default_factory=Votes)

    def vote(self, members: Sequence[Member]) -> None:
        """Add a group's votes for the folders of its equal files; call this for all groups before choosing keepers."""
        equals = self._equals(members)
        places = {member.place for member in equals}
        if len(places) > 1 and not _is_chosen(equals[0]):
            # A file with a sidecar or a video of its own is better evidence for its folder than its age.
            winner = max(equals, key=self.companions)
            self.votes.add(places, winner.place)

    def elect(self, members: Sequence[Member]) -> tuple[Member, str]:
        """Return the member that stays, and why.

        What was thrown away comes last, and files before members of containers (a container is never
        rewritten, and may go as a whole); then each policy in its order; then the group's own keeper. In its
        place comes an equal one that holds what it lacks, or that lies in the folder that keeps such files.
        The order of what is given never decides.
        """
        equals = self._equals(members)
        first = best = equals[0]
        if not _is_chosen(first):
            best = self.votes.choose([(member.place, member) for member in equals])[0]
        for policy in self.policies:
            others = [
                policy.score(each)
                for each in members
                if each is not best and _standing(each) == _standing(best)
            ]
            if others and policy.score(best) > min(others):
                return best, policy.says
        if best.keeper:
            return best, best.reason
        if best is not first:
            return best, "its folder keeps all the files that it has in common with another"
        if first.pixels_sha256 and any(each.keeper and find_lacks(first, each) for each in members):
            return best, "it holds what the others lack"
        return best, "it is the first of equal files"

    def _equals(self, members: Sequence[Member]) -> list[Member]:
        """Return the member that stands first, and those that could stand for it with nothing lost, the
        best first.
        """
        ordered = sorted(members, key=self._rank)
        first = ordered[0]
        alike = [
            each
            for each in ordered
            if self._standing(each) == self._standing(first) and _is_same(each, first)
        ]
        if _is_chosen(first):
            return alike
        kinds = {each.sha256: each for each in reversed(alike)}
        if len(kinds) > _COMPARED:
            return [each for each in alike if each.sha256 == first.sha256]
        whole = [
            sha256
            for sha256, each in kinds.items()
            if not any(find_lacks(other, each) for other in kinds.values() if other is not each)
        ]
        return [each for each in alike if each.sha256 in (whole or [first.sha256])]

    def _standing(self, member: Member) -> tuple[object, ...]:
        return *_standing(member), *(-policy.score(member) for policy in self.policies)

    def _rank(self, member: Member) -> tuple[object, ...]:
        return (
            *self._standing(member),
            not member.keeper,
            -member.width_px * member.height_px,
            -member.byte_size,
            member.locator,
            member.record_id,
        )


_COMPARED = 30
"""The most files with the same pixels and different bytes whose contents are compared with one another."""


def _standing(member: Member) -> tuple[bool, bool]:
    return member.is_discarded, not member.is_file


def _is_chosen(member: Member) -> bool:
    return member.keeper and member.reason == CHOSEN


def _is_same(one: Member, other: Member) -> bool:
    return one.sha256 == other.sha256 or bool(one.pixels_sha256 and one.pixels_sha256 == other.pixels_sha256)


def find_lacks(member: Member, keeper: Member) -> tuple[str, ...]:
    """Return what a file has and its keeper lacks."""
    if member.sha256 == keeper.sha256:
        return ()
    lacks = [
        noun if not other else f"another {noun}"
        for noun, own, other in (
            (CAPTION, member.caption, keeper.caption),
            ("headline", member.headline, keeper.headline),
            (CREDIT, member.credit_line, keeper.credit_line),
            ("byline", member.byline, keeper.byline),
            ("copyright notice", member.copyright_notice, keeper.copyright_notice),
            ("date", member.created_at, keeper.created_at),
            ("city", member.city, keeper.city),
            ("country", member.country, keeper.country),
        )
        # A less exact date is contained in the keeper's.
        if own and own != other and not (noun == "date" and other and other.startswith(own))
    ]
    if member.located and not keeper.located:
        lacks.append("coordinates")
    if not set(member.keywords) <= set(keeper.keywords):
        lacks.append("keywords" if not keeper.keywords else "other keywords")
    if member.width_px * member.height_px > keeper.width_px * keeper.height_px and not is_enlarged(
        member, keeper
    ):
        lacks.append(f"larger size ({member.width_px}x{member.height_px})")
    if keeper.contents.damage and not member.contents.damage:
        lacks.append("the whole picture")
    if is_raw(keeper.contents) and not is_raw(member.contents):
        lacks.append("a form that is shown without being developed")
    return (*lacks, *name_surplus(member.contents, keeper.contents, plainly=False))


def is_enlarged(member: Member, keeper: Member) -> bool:
    """Return whether a larger file shows no more than its keeper: it was blown up, and holds detail for fewer pixels.

    Its spectrum, or the wider grid of an earlier JPEG in it, must say so (:mod:`media.pictures.making`).
    """
    shown = member.width_px * member.height_px
    kept = keeper.width_px * keeper.height_px * keeper.making.detail**2
    return shown > keeper.width_px * keeper.height_px and shown * member.making.detail**2 < kept


CAPTION, CREDIT = "embedded caption", "credit"
CARRIED = frozenset({CAPTION, f"another {CAPTION}", CREDIT, f"another {CREDIT}"})
"""Lacks that a sidecar of captions makes up for."""


def is_changed(transform: str | None) -> bool:
    """Return whether two pictures differ in a connected area: something was removed, added or replaced."""
    return bool(transform) and bool(json.loads(transform or "{}").get("changed_boxes"))


def holds_whole(transform: str | None, *, member_is_left: bool) -> bool:
    """Return whether the keeper shows all of the member, by the transform that matching found."""
    if not transform:
        return False
    box = json.loads(transform).get("left_box" if member_is_left else "right_box")
    # 0.97: the boxes of matching are exact to a few pixels of 480, like its alignment.
    return bool(box) and (box[2] - box[0]) * (box[3] - box[1]) >= 0.97
