"""Plans a cleanup: an action for every file of the chosen groups, and the reason. Changes nothing.

A file is removed only if all of this is true: its group is of a requested kind; its keeper is a file that
stays, holds everything that the file holds, and is known to show the same; no person decided that the two are
different; the file is not the keeper of another group; no page shows it at its place; it is not protected.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby

from catalog.cleanup.companions import Companion, Companions, take_along
from catalog.cleanup.files import Refused, locate, open_folder, split_locator
from catalog.cleanup.ledger import Cleanup, Planned, What, store_plan
from catalog.cleanup.pages import Shown, find_shown, pages_of
from catalog.cleanup.policy import (
    CAPTION,
    CARRIED,
    Election,
    Member,
    Policy,
    find_lacks,
    is_enlarged,
    parse_policies,
)
from catalog.cleanup.quarantine import root_path
from catalog.cleanup.relation import relate
from catalog.errors import UsageError
from catalog.findings.kinds import IMAGE_KINDS
from catalog.match.pictures.contents import contents_of
from catalog.store.catalogue import Catalogue
from media.archives.folder import Selection
from media.locator import decode_path
from media.pictures.making import MAKING_VERSION, Making

KINDS = IMAGE_KINDS.names
"""Kinds that can be removed, the surest first. Related pictures are never removed: they are not copies."""

DEFAULT_KINDS = ("same-bytes", "same-pixels")

_REASONS = {
    "same-bytes": "same bytes as its keeper",
    "same-pixels": "same pixels as its keeper, other metadata",
    "near": "the keeper's picture, encoded or edited otherwise",
    "part": "part of its keeper's picture",
    "whole": "it shows more than its keeper",
    "changed": "something in it was changed: it differs from its keeper in one area",
    "related": "the same scene as its keeper, not a copy",
    "unknown": "not compared with its keeper",
}

_ENLARGED = "; it was blown up: of its larger size it holds no more detail"

_GROUPS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options of a plan."""

    kinds: tuple[str, ...] = DEFAULT_KINDS
    keep: tuple[str, ...] = ()
    action: What = "quarantine"
    """The action on a copy; links are used only for copies with the same bytes."""
    protect: tuple[str, ...] = ()
    """Globs of files that are never removed."""
    paths: tuple[str, ...] = ()
    """Globs of files that may be removed."""
    min_size: int = 0
    write_sidecars: bool = False
    break_pages: bool = False
    """Whether files that pages show may be removed."""
    allow_lacks: bool = False
    """Whether files may be removed that hold something their keepers lack."""
    quarantine: str | None = None
    """The quarantine (as :func:`media.locator.encode_path` writes it); None: one at each source's root."""


def make_plan(
    catalogue: Catalogue, options: PlanOptions, *, on_progress: Callable[[int], None] = lambda groups: None
) -> Cleanup:
    """Make a plan and store it in the catalogue.

    :raises UsageError: a kind or policy that there is not, or a catalogue that is not matched yet.
    """
    policies = _check(catalogue, options)
    find_shown(catalogue)
    members = _Plan(catalogue, options, policies)
    for group in _groups(catalogue):
        members.election.vote(group)
    for number, group in enumerate(_groups(catalogue), 1):
        members.add(group)
        if number % _GROUPS_AT_ONCE == 0:
            on_progress(number)
    return store_plan(catalogue, asdict(options), options.quarantine, members.actions())


def _check(catalogue: Catalogue, options: PlanOptions) -> list[Policy]:
    for kind in options.kinds:
        if kind == "related":
            raise UsageError(
                "--kind related: related pictures show the same scene but are not copies, and are never removed."
            )
        if kind not in KINDS:
            raise UsageError(f"--kind {kind}: no such kind. There are {', '.join(KINDS)}.")
    if catalogue.is_pending():
        raise UsageError(
            "The records that were read have not been compared yet. Run `cutline match`, then plan again."
        )
    if options.quarantine is not None:
        _require_outside(catalogue, decode_path(options.quarantine))
    return parse_policies(options.keep)


def _require_outside(catalogue: Catalogue, quarantine: str) -> None:
    """Refuse a quarantine that the next scan would read as part of an archive."""
    for row in catalogue.rows("SELECT uri, kind FROM sources WHERE kind = 'folder' AND uri LIKE 'file:%'"):
        root = root_path(row["uri"], row["kind"])
        if os.path.commonpath([quarantine, root]) == root:
            raise UsageError(
                f"--quarantine {quarantine} is inside the archive {root}. Name a folder outside it."
            )


_MEMBERS = f"""
SELECT m.group_id, g.kind, m.record_id, r.source_id, s.uri AS source_uri, s.kind AS source_kind, r.locator,
    coalesce(r.sha256, '') AS sha256, coalesce(r.byte_size, 0) AS byte_size,
    coalesce(r.modified_ns, 0) AS modified_ns, r.inode, m.image_sha256 AS group_sha256, i.pixels_sha256,
    m.keeper, m.reason, i.width_px, i.height_px, i.headline, i.caption, i.credit_line, i.byline, i.copyright_notice,
    i.created_at, i.city, i.country, i.latitude IS NOT NULL AS located, i.keywords,
    i.bits, i.channels, i.profile, i.extras, i.damage, i.frames, (SELECT value FROM fingerprints f
    WHERE f.image_sha256 = i.sha256 AND f.method = 'making' AND f.version = {MAKING_VERSION:d}) AS making
FROM image_groups g
JOIN image_group_members m ON m.group_id = g.id
JOIN records r ON r.id = m.record_id AND r.missing_since IS NULL
JOIN sources s ON s.id = r.source_id
JOIN images i ON i.sha256 = m.image_sha256
ORDER BY {IMAGE_KINDS.order_sql("g.kind")}, g.id, m.keeper DESC, r.locator, r.id
"""


def _groups(catalogue: Catalogue) -> Iterator[list[Member]]:
    rows = (_member(row) for row in catalogue.rows(_MEMBERS))
    for _, group in groupby(rows, lambda member: member.group_id):
        yield list(group)


def _member(row: sqlite3.Row) -> Member:
    said = {name: row[name] for name in Member.__dataclass_fields__ if name not in ("contents", "making")}
    said |= {"keeper": bool(row["keeper"]), "located": bool(row["located"])}
    said["keywords"] = tuple(map(str, json.loads(row["keywords"])))
    making = Making.from_bytes(row["making"]) if row["making"] else Making()
    return Member(**said, contents=contents_of(row), making=making)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The verdict of one group on one of its members."""

    member: Member
    keeper: Member
    kind: str
    """How the member relates to the keeper: a group of near-duplicates holds exact copies, too."""
    reason: str
    goes: bool
    group: frozenset[int]
    """Records of the members among which the keeper was chosen."""


class _Plan:
    """Collects the verdicts of all groups on their members, then decides which files are removed."""

    def __init__(self, catalogue: Catalogue, options: PlanOptions, policies: Sequence[Policy]) -> None:
        self.catalogue = catalogue
        self.options = options
        companions = self.companions = Companions()
        # Not through self: a plan that refers to itself would stay in memory beyond its end.
        self.election = Election(policies, lambda member: len(companions.of(member)) if member.is_file else 0)
        self.protected = Selection(include=options.protect) if options.protect else None
        self.wanted = Selection(include=options.paths) if options.paths else None
        self.verdicts: dict[int, list[_Verdict]] = {}
        self.files: dict[int, _File] = {}

    def add(self, group: Sequence[Member]) -> None:
        """Add a group. Members that are not removed for its keeper may still be copies of one another."""
        if len(group) < 2:
            return
        keeper, why = self.election.elect(group)
        records = frozenset(member.record_id for member in group)
        alike: dict[str, list[Member]] = {}
        refusals: dict[int, tuple[str, str]] = {}
        for member in group:
            if member is keeper:
                continue
            kind = relate(self.catalogue, member.sha256, keeper.sha256) or "unknown"
            refusal = self._refuse(member, keeper, kind)
            if refusal is None:
                reason = _REASONS[kind] + (_ENLARGED if is_enlarged(member, keeper) else "")
                self._say(_Verdict(member, keeper, kind, reason, True, records))
            else:
                refusals[member.record_id] = (kind, refusal)
                alike.setdefault(member.pixels_sha256 or member.sha256, []).append(member)
        self._say(
            _Verdict(keeper, keeper, keeper.kind, f"keeper: {why.removeprefix('keep: ')}", False, records)
        )
        for members in alike.values():
            if len(members) > 1 and len(members) < len(group):
                self.add(members)
            for member in members:
                kind, refusal = refusals[member.record_id]
                self._say(_Verdict(member, keeper, kind, refusal, False, records))

    def _say(self, verdict: _Verdict) -> None:
        self.verdicts.setdefault(verdict.member.record_id, []).append(verdict)

    def _refuse(self, member: Member, keeper: Member, kind: str) -> str | None:
        """Return why this member stays, by its group alone; None: it may be removed."""
        if not member.is_local:
            return "it is in an object store: reported only"
        if not member.is_file:
            return "it is inside a container: reported only"
        if not keeper.is_local:
            return "its other copies are in an object store: reported only"
        if keeper.is_discarded:
            return "its other copies are in trash folders"
        if not keeper.is_file:
            return "its other copies are inside containers: reported only"
        if len(member.sha256) != 64 or len(keeper.sha256) != 64:
            return "it was never read whole: no digest to compare"
        if member.sha256 != member.group_sha256 or keeper.sha256 != keeper.group_sha256:
            return "it was read again since its group was found: run `cutline match`"
        if member.inode == keeper.inode:
            return "a hard link of its keeper: removing it would free nothing"
        if self.protected and self.protected.takes(member.locator):
            return "protected"
        if self._decided_different(member, keeper):
            return "decided: different from its keeper"
        if kind not in KINDS:
            return _REASONS[kind]
        if kind not in self.options.kinds:
            return f"{_REASONS[kind]}: only with --kind {kind}"
        if self.options.action == "quarantine" and not self.options.break_pages:
            shown = pages_of(self.catalogue, member.record_id)
            if shown.count:
                return f"shown on a page, only with --break-pages: {shown}"
        if self.options.action in ("hardlink", "reflink") and kind != "same-bytes":
            return f"{_REASONS[kind]}: a {self.options.action} would change its bytes"
        if self.wanted and not self.wanted.takes(member.locator):
            return "outside --path"
        if member.byte_size < self.options.min_size:
            return "smaller than --min-size"
        return self._lacking(member, keeper) or self._unfit(member, keeper) or self._bereft(member, keeper)

    def _lacking(self, member: Member, keeper: Member) -> str | None:
        """Return what the file holds and its keeper lacks, as a reason to stay."""
        lacks = find_lacks(member, keeper)
        if self.options.write_sidecars:
            lacks = tuple(each for each in lacks if each not in CARRIED)
        if not lacks or self.options.allow_lacks:
            return None
        if CAPTION in lacks:
            return "its keeper has no caption inside: --keep captioned, or --write-sidecars"
        return f"its keeper lacks {', '.join(lacks)}"

    def _bereft(self, member: Member, keeper: Member) -> str | None:
        """Return the companion of the file that has no equal beside its keeper, as a reason to stay."""
        if self.options.allow_lacks or self.options.action != "quarantine":
            return None
        for companion in self._beside(member):
            if self.companions.find_twin(companion, member, keeper) is None:
                return f"its keeper lacks the file {companion.locator.rpartition('/')[2]} beside it"
        return None

    def _beside(self, member: Member) -> list[Companion]:
        if not member.is_file:
            return []
        return self.companions.of(member)

    def _decided_different(self, member: Member, keeper: Member) -> bool:
        pair = tuple(sorted((member.sha256, keeper.sha256)))
        return bool(
            self.catalogue.value(
                "SELECT EXISTS (SELECT 1 FROM decisions WHERE left = ? AND right = ? AND verdict = 'different')",
                pair,
            )
        )

    def _unfit(self, member: Member, keeper: Member) -> str | None:
        """Return why the files in their present state must not be acted on."""
        own, other = self._look(member), self._look(keeper)
        if own is None:
            return "it is not where it was read: scan again"
        if other is None:
            return "its keeper is not where it was read: scan again"
        if (own.device, own.inode) == (other.device, other.inode):
            return "a hard link of its keeper: removing it would free nothing"
        if self.options.action == "hardlink" and own.device != other.device:
            return "its keeper is on another file system: no hard link can join them"
        return None

    def _look(self, member: Member) -> "_File | None":
        if member.record_id not in self.files:
            try:
                root = open_folder(root_path(member.source_uri, member.source_kind))
                try:
                    with locate(root, split_locator(member.locator)) as name:
                        status = name.status()
                finally:
                    os.close(root)
            except (OSError, Refused):
                return None
            if status is None:
                return None
            self.files[member.record_id] = _File(status.st_dev, status.st_ino, status.st_nlink)
        return self.files[member.record_id]

    def actions(self) -> Iterator[Planned]:
        """Yield one action for each file, group by group; the sidecars last."""
        staying = self._settle()
        chosen = [self._choose(record_id, staying) for record_id in self.verdicts]
        chosen.sort(
            key=lambda each: (each.member.group_id, each.goes, each.member.locator, each.member.record_id)
        )
        freed = self._freed(chosen)
        leaving = {(each.member.source_id, each.member.locator) for each in chosen if each.goes}
        taken: set[tuple[int, str]] = set()
        sidecars: dict[int, Member] = {}
        for each in chosen:
            member, keeper = each.member, each.keeper
            if not each.goes:
                reason = staying[member.record_id]
                kept = _planned(member, "keep", reason, None if member is keeper else keeper)
                yield replace(kept, pages=pages_of(self.catalogue, member.record_id).pages)
                continue
            reason, free = each.reason, freed.get(member.record_id, 0)
            if not free:
                reason += "; frees nothing on its own: the same file has other names (hard links)"
            lacks = find_lacks(member, keeper)
            shown = self._broken(member)
            if shown.count:
                reason += f"; breaks {shown}"
            planned = _planned(member, self.options.action, reason, keeper, lacks, free)
            yield replace(planned, kind=each.kind, pages=shown.pages)
            for companion in self._take_along(member, keeper, leaving):
                own = companion.source_id, companion.locator
                if own not in taken:  # It may belong to several pictures that are removed.
                    taken.add(own)
                    yield companion
            if self.options.write_sidecars and self._says_more(member, keeper):
                sidecars[keeper.record_id] = keeper
        for keeper in sidecars.values():
            sidecar = _planned(keeper, "sidecar", "captions of the removed copies", keeper)
            yield replace(sidecar, record_id=None, locator=sidecar.locator + ".xmp", sha256="", byte_size=0)

    def _broken(self, member: Member) -> Shown:
        """Return the pages that would lose the file; a link in its place breaks none."""
        if self.options.action != "quarantine":
            return Shown((), 0)
        return pages_of(self.catalogue, member.record_id)

    def _take_along(self, member: Member, keeper: Member, leaving: set[tuple[int, str]]) -> Iterator[Planned]:
        if self.options.action != "quarantine":
            return iter(())
        return take_along(
            self.catalogue, self.companions, member, keeper, member.group_id, lambda *file: file in leaving
        )

    def _settle(self) -> dict[int, str]:
        """Return who stays, and why: those whom no group lets go, those on whom groups disagree, and, until
        nothing changes, those left without a keeper that stays.
        """
        staying: dict[int, str] = {}
        for record_id, own in self.verdicts.items():
            refusal = self._stays(own)
            if refusal:
                staying[record_id] = refusal
        while alone := [
            record_id
            for record_id, own in self.verdicts.items()
            if record_id not in staying
            and not any(each.goes and self._final_keeper(each, staying) for each in own)
        ]:
            staying.update(dict.fromkeys(alone, "groups disagree: its keeper goes by another group"))
        return staying

    def _stays(self, own: list[_Verdict]) -> str | None:
        """Return why a file stays by the verdicts of its groups; None: it may be removed."""
        leaving = [each for each in own if each.goes]
        if not leaving:
            return max(own, key=lambda each: len(each.group)).reason
        same_bytes = any(each.member.sha256 == each.keeper.sha256 for each in leaving)
        for each in own:
            if each.goes or each.member is not each.keeper:
                continue
            # The others of that group depend on it: its own keeper must hold them, or have its very bytes.
            if not same_bytes and not any(each.group <= other.group for other in leaving):
                return (
                    f"groups disagree: the keeper of group {each.member.group_id} would go by"
                    f" group {leaving[0].member.group_id}"
                )
        return None

    def _final_keeper(self, verdict: _Verdict, staying: dict[int, str]) -> Member | None:
        """Return the keeper, or the one with its very bytes for which the keeper goes; None: neither
        stays.
        """
        keeper = verdict.keeper
        if keeper.record_id in staying:
            return keeper
        for each in self.verdicts.get(keeper.record_id, ()):
            same = each.goes and each.keeper.sha256 == keeper.sha256
            if (
                same
                and each.keeper.record_id in staying
                and each.keeper.record_id != verdict.member.record_id
            ):
                return each.keeper
        return None

    def _choose(self, record_id: int, staying: dict[int, str]) -> _Verdict:
        """Return the verdict that counts: that of the surest group that removes the file, else the first."""
        own = self.verdicts[record_id]
        if record_id in staying:
            return replace(max(own, key=lambda each: len(each.group)), goes=False)
        for each in own:
            keeper = self._final_keeper(each, staying) if each.goes else None
            if keeper is not None:
                return replace(each, keeper=keeper)
        raise AssertionError("who goes has a keeper")

    def _freed(self, chosen: Sequence[_Verdict]) -> dict[int, int]:
        """Return the bytes freed by each record: a file with several names frees its bytes with the last of them."""
        if self.options.action == "reflink":
            return {each.member.record_id: each.member.byte_size for each in chosen if each.goes}
        names: dict[_File, list[Member]] = {}
        for each in chosen:
            if each.goes:
                names.setdefault(self.files[each.member.record_id], []).append(each.member)
        return {
            members[-1].record_id: members[-1].byte_size
            for file, members in names.items()
            if len(members) >= file.links
        }

    def _says_more(self, member: Member, keeper: Member) -> bool:
        """Return whether the file has a caption, inside it or on a page, that its keeper lacks."""
        return member.sha256 != keeper.sha256 and bool(
            self.catalogue.value(
                "SELECT EXISTS (SELECT 1 FROM placements p JOIN captions c ON c.id = p.caption_id"
                " WHERE p.image_sha256 = ? AND p.origin <> 'alt' AND NOT EXISTS (SELECT 1 FROM placements q"
                " JOIN captions d ON d.id = q.caption_id WHERE q.image_sha256 = ? AND d.text = c.text))",
                (member.sha256, keeper.sha256),
            )
        )


@dataclass(frozen=True, slots=True)
class _File:
    device: int
    inode: int
    links: int


def _planned(
    member: Member,
    action: What,
    reason: str,
    keeper: Member | None,
    lacks: tuple[str, ...] = (),
    freed_bytes: int = 0,
) -> Planned:
    planned = Planned(
        member.group_id,
        member.kind,
        member.record_id,
        member.source_id,
        member.source_uri,
        member.locator,
        action,
        member.sha256,
        member.byte_size,
        reason,
        lacks=lacks,
        freed_bytes=freed_bytes,
    )
    if keeper is None:
        return planned
    return replace(
        planned,
        keeper_record_id=keeper.record_id,
        keeper_source_id=keeper.source_id,
        keeper_locator=keeper.locator,
        keeper_sha256=keeper.sha256,
    )
