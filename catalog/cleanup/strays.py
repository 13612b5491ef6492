"""Quarantines in its archives that a catalogue does not know, since it was restored from a time before the cleanup."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from catalog.cleanup.journal import NAME as JOURNAL_NAME
from catalog.cleanup.quarantine import FOLDER
from catalog.store.catalogue import Catalogue
from media.archives.open_source import is_elsewhere
from media.locator import path_from_uri, printable


def unknown_quarantines(catalogue: Catalogue) -> Iterator[Path]:
    """Yield the quarantines at the roots of this catalogue's archives with files that it cannot put back."""
    known = {
        f"{row['token']}-{row['source_id']}"
        for row in catalogue.rows(
            "SELECT DISTINCT c.token, a.source_id FROM cleanups c JOIN cleanup_actions a ON a.cleanup_id = c.id"
            " WHERE c.status IN ('applying', 'applied')"
        )
    }
    for row in catalogue.rows("SELECT uri FROM sources WHERE kind = 'folder' ORDER BY uri"):
        if is_elsewhere(row["uri"]):
            continue
        with suppress(OSError):
            for each in sorted((Path(path_from_uri(row["uri"])) / FOLDER).iterdir()):
                if each.name not in known and (each / JOURNAL_NAME).is_file() and _holds_files(each):
                    yield each


def say_unknown(quarantine: Path) -> str:
    """Return the message on such a quarantine: what, where and the remedy."""
    return (
        f"{printable(str(quarantine))} holds files of a cleanup that this catalogue does not know."
        " `cutline cleanup recover` with that folder puts them back."
    )


def _holds_files(quarantine: Path) -> bool:
    return any(files for _, _, files in os.walk(quarantine / "files"))
