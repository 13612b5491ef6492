"""Which copy of a group stays: the policies that a person can name, tried in the order given."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.errors import UsageError
from media.archives.folder import Selection
from media.archives.open_source import is_elsewhere
from media.pictures.contents import Contents, name_surplus


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a group of pictures, with what decides whether it stays."""

    group_id: int
    kind: str
    record_id: int
    source_id: int
    source_uri: str
    source_kind: str
    locator: str
    sha256: str
    """Of the record as it was last read."""
    byte_size: int
    modified_ns: int
    inode: str | None
    group_sha256: str
    """Of the picture as the group has it."""
    pixels_sha256: str | None
    keeper: bool
    """The group's own choice, as the report shows it."""
    reason: str
    width_px: int
    height_px: int
    caption: str | None
    credit_line: str | None
    byline: str | None
    copyright_notice: str | None
    created_at: str | None
    located: bool
    keywords: int
    contents: Contents
    """What its file holds beside what is shown."""

    @property
    def is_local(self) -> bool:
        """Whether its archive is in a file system of this machine, not in an object store."""
        return not is_elsewhere(self.source_uri)

    @property
    def is_file(self) -> bool:
        """Whether it is a file of its own, not a member of a container, nor an object of a store."""
        return self.is_local and self.source_kind in ("folder", "file") and self.inode is not None


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule for who stays: the member with the highest score."""

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
    """The policies that ``--keep`` names.

    :raises UsageError: there is no such policy.
    """
    return [_parse(each) for each in given]


def _parse(given: str) -> Policy:
    if given.startswith("path=") and len(given) > len("path="):
        glob = given.removeprefix("path=")
        selection = Selection(include=(glob,))
        return Policy(given, f"it is at {glob}", lambda member: selection.takes(member.locator))
    if given not in _NAMED:
        raise UsageError(f"--keep {given}: no such policy. There are {', '.join(_NAMED)} and path=GLOB.")
    return _NAMED[given]


def elect(members: Sequence[Member], policies: Sequence[Policy]) -> tuple[Member, str]:
    """Who stays, and why.

    Files come before members of containers (a container is never rewritten, and may go as a whole);
    then each policy in its order; then the group's own keeper; then the bytes, and the locator, so that
    the order of what is given never decides.
    """

    def rank(member: Member) -> tuple[object, ...]:
        scores = tuple(-policy.score(member) for policy in policies)
        return (
            not member.is_file,
            *scores,
            not member.keeper,
            -member.width_px * member.height_px,
            -member.byte_size,
            member.locator,
        )

    ordered = sorted(members, key=rank)
    best = ordered[0]
    for policy in policies:
        others = [policy.score(each) for each in members if each is not best and each.is_file == best.is_file]
        if others and policy.score(best) > min(others):
            return best, policy.says
    return best, best.reason if best.keeper else "it stands first among equals"


def find_lacks(member: Member, keeper: Member) -> tuple[str, ...]:
    """What a file has and its keeper lacks."""
    lacks = []
    if member.caption and not keeper.caption:
        lacks.append("embedded caption")
    elif member.caption and member.caption != keeper.caption:
        lacks.append("another embedded caption")
    for noun, own, other in (
        ("credit", member.credit_line, keeper.credit_line),
        ("byline", member.byline, keeper.byline),
        ("copyright notice", member.copyright_notice, keeper.copyright_notice),
        ("date", member.created_at, keeper.created_at),
    ):
        if own and not other:
            lacks.append(noun)
    if member.located and not keeper.located:
        lacks.append("coordinates")
    if member.keywords and not keeper.keywords:
        lacks.append("keywords")
    if member.width_px * member.height_px > keeper.width_px * keeper.height_px:
        lacks.append(f"larger size ({member.width_px}x{member.height_px})")
    return (*lacks, *name_surplus(member.contents, keeper.contents))


def holds_whole(transform: str | None, *, member_is_left: bool) -> bool:
    """Whether the keeper shows all of the member, by the transform that matching found."""
    if not transform:
        return False
    box = json.loads(transform).get("left_box" if member_is_left else "right_box")
    # 0.97: the boxes of matching are as exact as its alignment, a few pixels of 480
    return bool(box) and (box[2] - box[0]) * (box[3] - box[1]) >= 0.97
