"""The sources that the paths and addresses of a command line mean, chosen so that no file is recorded twice.

A place is a path, or the address of an object store. A place inside a known source means that part of it; a
place around known sources leaves their files to them, and scans them, too.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue
from media.archives.file import FileSource
from media.archives.folder import FolderSource, Selection
from media.archives.objects import ObjectSource, settle_address
from media.archives.open_source import is_elsewhere
from media.archives.source import Source
from media.archives.stores.address import is_address, local_path, read_address
from media.errors import SourceError
from media.locator import encode_path, path_from_uri


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
    """Return the sources to scan for ``paths``, each file in one of them only.

    :raises UsageError: a path does not exist; nothing is at an address, or it holds a password.
    """
    given = sorted({find_place(path) for path in paths})
    kinds = {_place(row["uri"]): row["kind"] for row in catalogue.rows("SELECT uri, kind FROM sources")}
    known = set(kinds)
    plan: dict[str, set[str]] = {}
    for path in given:
        around = _innermost(path, known) or path
        known.add(around)
        plan.setdefault(around, set()).add(_part(path, around))
    for path in sorted(known):
        if any("" in parts and _is_inside(path, whole) for whole, parts in plan.items()):
            plan.setdefault(path, set()).add("")
    own = _own_files(catalogue.path)
    roots = []
    for path, parts in plan.items():
        without = own | {each for each in known if _is_inside(each, path)}
        for part in [""] if "" in parts else sorted(parts):
            below = encode_path(part)
            source: Source
            if is_elsewhere(path):
                source = ObjectSource(
                    read_address(path),
                    kind=kinds.get(path),
                    selection=selection,
                    without=without,
                    below=below,
                )
            elif os.path.isfile(path):
                source = FileSource(path, selection=selection)
            else:
                source = FolderSource(
                    path, selection=selection, without=without, follow_links=follow_links, below=below
                )
            roots.append(Root(_source_id(catalogue, source), source, below))
    return roots


def find_place(path: str | Path) -> str:
    """Return the real path, or the recorded form of the address, of a place that a person named.

    :raises UsageError: nothing is there.
    """
    if isinstance(path, str) and is_address(path):
        try:
            local = local_path(path)
            if local is None:
                return str(settle_address(read_address(path)))
        except SourceError as error:
            raise UsageError(f"{error.reason}. {error.remedy}") from error
        path = local
    return _existing(path)


def _place(uri: str) -> str:
    return uri if is_elsewhere(uri) else path_from_uri(uri)


def _part(path: str, around: str) -> str:
    """Return the part of one place that another place is; ``""`` for all of it."""
    if path == around:
        return ""
    return path[len(around) :].removesuffix("/") if is_elsewhere(around) else os.path.relpath(path, around)


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
    if is_elsewhere(folder):
        return path != folder and folder.endswith("/") and path.startswith(folder)
    return path != folder and path.startswith(folder.rstrip(os.sep) + os.sep)


def _own_files(catalogue: Path) -> frozenset[str]:
    path = os.path.realpath(catalogue)
    return frozenset(path + suffix for suffix in ("", "-wal", "-shm", "-journal", ".lock", ".room"))


def _source_id(catalogue: Catalogue, source: Source) -> int:
    ref = source.ref
    with catalogue.db.atomic():
        catalogue.db.execute("INSERT OR IGNORE INTO sources (uri, kind) VALUES (?, ?)", [ref.uri, ref.kind])
    return catalogue.value("SELECT id FROM sources WHERE uri = ?", (ref.uri,))
