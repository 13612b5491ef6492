"""Writes captions into sidecars: those of removed copies, beside their keeper, and those that a person chose.

Chosen captions are also written into copies of pictures. No picture of the archive is written to, and no existing file
is replaced.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from catalog.cleanup.captions import COPIES_TO, is_of_captions, read_text
from catalog.cleanup.files import Name, Refused, explain, locate, move, open_file, open_folder, split_locator
from catalog.cleanup.journal import Begin, Mark
from catalog.cleanup.ledger import Action, Cleanup, Outcome, list_actions
from catalog.cleanup.quarantine import root_path
from catalog.cleanup.settle import Quarantines
from catalog.store.catalogue import Catalogue
from media.pictures.embed import CannotEmbedError, embed_caption
from media.pictures.metadata.xmp_packet import PictureText, render_xmp

_MOST_BYTES = 512 << 20
"""The largest picture that is copied; a copy is made in memory."""


def write_sidecars(
    catalogue: Catalogue, cleanup: Cleanup, quarantines: Quarantines
) -> Iterator[tuple[Action, Outcome]]:
    """Write the sidecars that the plan names; yield the outcome of each."""
    for action in list_actions(catalogue, cleanup.id, ["planned"], ["sidecar"]):
        try:
            content = _content(catalogue, cleanup, action)
            if content is None:
                yield action, Outcome(action.id, "skipped", "no caption had to be carried")
                continue
            _write(action, quarantines, content)
        except Refused as refused:
            yield action, Outcome(action.id, "skipped", str(refused))
        except OSError as error:
            yield action, Outcome(action.id, "skipped", explain(error))
        else:
            yield action, Outcome(action.id, "done")


def _content(catalogue: Catalogue, cleanup: Cleanup, action: Action) -> bytes | None:
    """Return the content of the file; None if there is no caption.

    :raises Refused: the picture is not as it was, or the caption cannot be put into it.
    """
    if not is_of_captions(cleanup):
        captions = _captions(catalogue, cleanup, action)
        return render_sidecar(captions).encode() if captions else None
    said = read_text(catalogue, action)
    if said is None:
        return None
    return _embed(action, said) if COPIES_TO in cleanup.options else render_xmp(said).encode()


def _embed(action: Action, said: PictureText) -> bytes:
    if action.byte_size > _MOST_BYTES:
        raise Refused(f"it is larger than {_MOST_BYTES >> 20} MB")
    with _keeper(action) as name:
        descriptor = open_file(name)
    with open(descriptor, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if hashlib.sha256(data).hexdigest() != action.keeper_sha256:
        raise Refused("its bytes have changed since it was read")
    try:
        return embed_caption(data, said.description or "", said.credit)
    except CannotEmbedError as error:
        raise Refused(str(error)) from error


@contextmanager
def _keeper(action: Action) -> Iterator[Name]:
    root = open_folder(root_path(action.keeper_uri, action.keeper_kind))
    try:
        with locate(root, split_locator(action.keeper_locator)) as name:
            yield name
    finally:
        os.close(root)


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


def _write(action: Action, quarantines: Quarantines, data: bytes) -> None:
    quarantine = quarantines.of(action.source_id)
    with _keeper(action) as keeper:
        kept = keeper.status()
    if kept is None:
        raise Refused("its keeper is no longer there")
    with (
        quarantine.aside(action.id) as aside,
        quarantine.original(action.locator, make=quarantines.is_of_copies) as name,
    ):
        if name.status() is not None:
            raise Refused("a file with this name exists already; the captions are kept in the catalogue")
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
    """Write the complete file before it gets its name; undoing recognises it by its time."""
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(aside.name, flags, 0o666, dir_fd=aside.folder)
    with open(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.utime(descriptor, ns=(modified_ns, modified_ns))
        os.fsync(descriptor)
