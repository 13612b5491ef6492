"""Which sources a command line's paths mean, so that no file is ever recorded twice.

A path inside a source that is known already means that part of it; a path around known sources
leaves their files to them, and scans them along.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.errors import UsageError
from media.locator import encode_path, path_from_uri
from media.sources.file import FileSource
from media.sources.folder import FolderSource, Selection
from media.sources.source import Source


@dataclass(frozen=True, slots=True)
class Root:
    """A source to scan, or a part of one."""

    source_id: int
    source: Source
    below: str = ""


def resolve_roots(
    catalogue: Catalogue,
    paths: Sequence[str | Path],
    *,
    selection: Selection | None = None,
    follow_links: bool = False,
) -> list[Root]:
    """The sources to scan for ``paths``, each file in one of them only.

    :raises UsageError: a path does not exist.
    """
    given = sorted({_existing(path) for path in paths})
    known = {path_from_uri(row["uri"]) for row in catalogue.rows("SELECT uri FROM sources")}
    plan: dict[str, set[str]] = {}
    for path in given:
        around = _innermost(path, known) or path
        known.add(around)
        plan.setdefault(around, set()).add("" if around == path else os.path.relpath(path, around))
    for path in sorted(known):
        if any("" in parts and _is_inside(path, whole) for whole, parts in plan.items()):
            plan.setdefault(path, set()).add("")
    own = _own_files(catalogue.path)
    roots = []
    for path, parts in plan.items():
        without = own | {each for each in known if _is_inside(each, path)}
        for part in [""] if "" in parts else sorted(parts):
            source: Source
            if os.path.isfile(path):
                source = FileSource(path, selection=selection)
            else:
                source = FolderSource(
                    path,
                    selection=selection,
                    without=without,
                    follow_links=follow_links,
                    below=encode_path(part),
                )
            roots.append(Root(_source_id(catalogue, source), source, encode_path(part)))
    return roots


def _existing(path: str | Path) -> str:
    if not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder. Check the path, or mount the disk that holds it.")
    real = os.path.realpath(path)
    if not os.path.exists(real):
        raise UsageError(f"{path}: a link to something that does not exist. Check where it leads.")
    return real


def _innermost(path: str, folders: Iterable[str]) -> str | None:
    around = [folder for folder in folders if folder == path or _is_inside(path, folder)]
    return max(around, key=len, default=None)


def _is_inside(path: str, folder: str) -> bool:
    return path != folder and path.startswith(folder.rstrip(os.sep) + os.sep)


def _own_files(catalogue: Path) -> frozenset[str]:
    path = os.path.realpath(catalogue)
    return frozenset(path + suffix for suffix in ("", "-wal", "-shm", "-journal", ".lock"))


def _source_id(catalogue: Catalogue, source: Source) -> int:
    ref = source.ref
    with catalogue.db.atomic():
        catalogue.db.execute("INSERT OR IGNORE INTO sources (uri, kind) VALUES (?, ?)", [ref.uri, ref.kind])
    return catalogue.value("SELECT id FROM sources WHERE uri = ?", (ref.uri,))
