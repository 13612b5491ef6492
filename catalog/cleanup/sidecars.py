"""Writes captions into a sidecar: those of copies that went, beside their keeper, and those that a person chose.

Never into the picture, never over a file that is there.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from catalog.cleanup.captions import is_of_captions, read_text
from catalog.cleanup.files import Name, Refused, explain, move
from catalog.cleanup.journal import Begin, Mark
from catalog.cleanup.ledger import Action, Cleanup, Outcome, list_actions
from catalog.cleanup.settle import Quarantines
from catalog.cleanup.xmp import PictureText, render_xmp
from catalog.store.catalogue import Catalogue


def write_sidecars(catalogue: Catalogue, cleanup: Cleanup, quarantines: Quarantines) -> Iterator[Outcome]:
    """Write the sidecars that the plan names; yields what became of each."""
    for action in list_actions(catalogue, cleanup.id, ["planned"], ["sidecar"]):
        content = _content(catalogue, cleanup, action)
        if content is None:
            yield Outcome(action.id, "skipped", "no caption had to be carried")
            continue
        try:
            _write(action, quarantines, content)
        except Refused as refused:
            yield Outcome(action.id, "skipped", str(refused))
        except OSError as error:
            yield Outcome(action.id, "skipped", explain(error))
        else:
            yield Outcome(action.id, "done")


def _content(catalogue: Catalogue, cleanup: Cleanup, action: Action) -> str | None:
    if is_of_captions(cleanup):
        said = read_text(catalogue, action)
        return render_xmp(said) if said else None
    captions = _captions(catalogue, cleanup, action)
    return render_sidecar(captions) if captions else None


def render_sidecar(captions: Sequence[tuple[str, str | None]]) -> str:
    """Return an XMP packet of captions and their credits (IPTC Photo Metadata: Description, Credit Line).

    Several captions become paragraphs of the one description, each followed by its own credit.
    """
    named = {credit for _, credit in captions if credit}
    single = named.pop() if len(named) == 1 else None
    paragraphs = [text if not credit or credit == single else f"{text} {credit}" for text, credit in captions]
    return render_xmp(PictureText("\n".join(dict.fromkeys(paragraphs)), credit=single))


def _captions(catalogue: Catalogue, cleanup: Cleanup, action: Action) -> list[tuple[str, str | None]]:
    rows = catalogue.rows(
        "SELECT c.text, c.credit_line FROM carried_captions c JOIN cleanup_actions a ON a.id = c.action_id"
        " WHERE a.cleanup_id = ? AND a.keeper_record_id = ? GROUP BY c.text, c.credit_line ORDER BY min(c.id)",
        (cleanup.id, action.keeper_record_id),
    )
    return [(row["text"], row["credit_line"]) for row in rows]


def _write(action: Action, quarantines: Quarantines, content: str) -> None:
    quarantine = quarantines.of(action.source_id)
    with quarantine.original(action.keeper_locator) as keeper:
        kept = keeper.status()
    if kept is None:
        raise Refused("its keeper is not there any more")
    with quarantine.aside(action.id) as aside, quarantine.original(action.locator) as name:
        if name.status() is not None:
            raise Refused("a file of this name is there already; the captions are kept in the catalogue")
        data = content.encode()
        begun = Begin(
            action.id,
            "sidecar",
            action.locator,
            kept.st_dev,
            0,
            len(data),
            time.time_ns(),
            hashlib.sha256(data).hexdigest(),
            action.keeper_locator,
            kept.st_dev,
            kept.st_ino,
        )
        quarantine.journal.append([begun])
        _write_aside(aside, data, begun.modified_ns)
        before = os.fstat(name.folder).st_mtime_ns
        try:
            move(aside, name)
        except OSError as error:
            with suppress(OSError):
                os.unlink(aside.name, dir_fd=aside.folder)
            quarantine.journal.append([Mark(action.id, "back", explain(error))])
            raise
        after = os.fstat(name.folder).st_mtime_ns
        quarantine.end([Mark(action.id, "done", "", (before, after))], [action.locator])


def _write_aside(aside: Name, data: bytes, modified_ns: int) -> None:
    """Write the file whole before it gets its name; its time is the one that undoing knows it by."""
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(aside.name, flags, 0o666, dir_fd=aside.folder)
    with open(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.utime(descriptor, ns=(modified_ns, modified_ns))
        os.fsync(descriptor)
