"""Takes one act back, from any state in which a crash, or a person, left the files.

Every function here may be run again after it was interrupted anywhere: it checks the present state and
continues from there.
"""

import os
from contextlib import suppress

from catalog.cleanup.files import Name, Refused, explain, hash_file, move, open_file, remove
from catalog.cleanup.journal import Begin
from catalog.cleanup.quarantine import Quarantine

_TIME_ROUNDING_NS = 2_000_000_000
"""The coarsest time resolution of a file system (FAT), in ns: 2 seconds."""


def restore(quarantine: Quarantine, begun: Begin, keeper: os.stat_result | None) -> str:
    """Put back the file that the act removed; return a remark, if there is one.

    :param keeper: what stands at the keeper's name now.
    :raises Refused: it cannot be put back as things stand; nothing is replaced, nothing is lost.
    """
    try:
        if begun.act == "reflink":
            return "its bytes, name and times never changed; the shared blocks stay shared"
        if begun.act == "sidecar":
            return _remove_sidecar(quarantine, begun)
        return _put_back(quarantine, begun, keeper)
    except OSError as error:
        raise Refused(explain(error)) from error


def _put_back(quarantine: Quarantine, begun: Begin, keeper: os.stat_result | None) -> str:
    kept_at = _status_in_quarantine(quarantine, begun.locator)
    if kept_at is None:
        _require_back(quarantine, begun)
        with quarantine.aside(begun.number) as aside:
            _drop_aside(aside)
        return ""
    with (
        quarantine.kept(begun.locator) as kept,
        quarantine.original(begun.locator, make=True) as name,
        quarantine.aside(begun.number) as aside,
    ):
        standing = name.status()
        if standing is not None and os.path.samestat(standing, kept_at):
            remove(kept)  # A move of two steps was interrupted between them.
        elif standing is None:
            move(kept, name)
        elif begun.act == "hardlink" and _is_our_link(standing, begun, keeper):
            _exchange(name, kept, aside, standing)
        else:
            raise Refused("another file has its name; it stays in quarantine")
        _drop_aside(aside)
    quarantine.drop_empty_folders(begun.locator)
    changed = (kept_at.st_size, kept_at.st_mtime_ns) != (begun.byte_size, begun.modified_ns)
    return "it was changed while in quarantine; it is back as it was there" if changed else ""


def _status_in_quarantine(quarantine: Quarantine, locator: str) -> os.stat_result | None:
    with suppress(FileNotFoundError), quarantine.kept(locator) as kept:
        return kept.status()
    return None


def _require_back(quarantine: Quarantine, begun: Begin) -> None:
    """Check that a file that is not in quarantine never left, or is back already."""
    try:
        with quarantine.original(begun.locator) as name:
            standing = name.status()
    except FileNotFoundError:
        standing = None
    if standing is None:
        raise Refused("it is neither in quarantine nor at its name: it was removed")
    known = (begun.byte_size, begun.modified_ns) == (standing.st_size, standing.st_mtime_ns)
    if not known and (begun.device, begun.inode) != (standing.st_dev, standing.st_ino):
        raise Refused("it is not in quarantine, and another file has its name")


def _is_our_link(standing: os.stat_result, begun: Begin, keeper: os.stat_result | None) -> bool:
    if (standing.st_dev, standing.st_ino) == (begun.keeper_device, begun.keeper_inode):
        return True
    return keeper is not None and os.path.samestat(standing, keeper)


def _exchange(name: Name, kept: Name, aside: Name, standing: os.stat_result) -> None:
    """Replace our link by the file; a link that has become the last name of its bytes stays."""
    if standing.st_nlink < 2:
        raise Refused("the keeper is missing, and the link in place of this file is its last name")
    _drop_aside(aside)
    move(name, aside, into_ours=True)
    moved = aside.status()
    if moved is None or not os.path.samestat(moved, standing):
        move(aside, name)
        raise Refused("another file was put at its name at this moment")
    move(kept, name)


def _drop_aside(aside: Name) -> None:
    """Remove a link that we moved aside, unless it has become the last name of its bytes."""
    status = aside.status()
    if status is not None and status.st_nlink >= 2:
        remove(aside)
    elif status is not None:
        raise Refused(f"the last name of its keeper's bytes is in the quarantine ({aside.name})")


def _remove_sidecar(quarantine: Quarantine, begun: Begin) -> str:
    with quarantine.aside(begun.number) as aside:
        if aside.status() is not None:
            remove(aside)
        try:
            with quarantine.original(begun.locator) as name:
                descriptor = open_file(name)
                try:
                    age_ns = abs(os.fstat(descriptor).st_mtime_ns - begun.modified_ns)
                    ours = age_ns <= _TIME_ROUNDING_NS
                    if not ours or hash_file(descriptor) != begun.sha256:
                        raise Refused("it was changed since it was written; it stays")
                    move(name, aside, into_ours=True)
                    if not os.path.samestat(os.fstat(descriptor), aside.status() or os.fstat(name.folder)):
                        move(aside, name)
                        raise Refused("another file was put at its name at this moment")
                finally:
                    os.close(descriptor)
                remove(aside)
        except FileNotFoundError:
            return ""
    return ""
