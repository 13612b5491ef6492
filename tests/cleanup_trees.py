"""Archives to clean up, and what a folder holds at a moment: names, bytes, times, modes, links."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from PIL.PngImagePlugin import PngInfo

from catalog.cleanup.apply import ApplyResult, apply_cleanup
from catalog.cleanup.ledger import Cleanup, read_cleanup
from catalog.cleanup.plan import PlanOptions, make_plan
from catalog.cleanup.purge import PurgeResult, purge_cleanup
from catalog.cleanup.quarantine import FOLDER
from catalog.cleanup.undo import UndoResult, undo_cleanup
from catalog.store.catalogue import Catalogue
from media.reading import Options
from tests.conftest import ROOT, encode, make_photo, rows, scan_archive

Snapshot = dict[bytes, tuple[object, ...]]


@cache
def photo(seed: int, text: str | None = None) -> bytes:
    """A small real picture; with ``text``, the same pixels under other bytes, with a caption inside."""
    picture = make_photo(seed, (96, 72))
    if text is None:
        return encode(picture, "PNG")
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", _XMP.format(text))
    return encode(picture, "PNG", pnginfo=info)


_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>'
)


def snapshot(root: Path, *, folder_times: bool = True) -> Snapshot:
    """Everything below ``root``: what undoing has to give back."""
    found: Snapshot = {}
    for folder, names, files in os.walk(os.fsencode(root)):
        for name in [*names, *files]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            key = os.path.relpath(path, os.fsencode(root))
            mode = stat.S_IMODE(status.st_mode)
            if stat.S_ISLNK(status.st_mode):
                found[key] = ("link", os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                found[key] = ("folder", mode, status.st_mtime_ns if folder_times else 0)
            elif not stat.S_ISREG(status.st_mode):
                found[key] = ("other", mode)
            else:
                identity = (status.st_dev, status.st_ino, status.st_nlink)
                found[key] = ("file", mode, status.st_mtime_ns, digest(path), identity)
    top = os.stat(root)
    found[b"."] = ("folder", stat.S_IMODE(top.st_mode), top.st_mtime_ns if folder_times else 0)
    return found


def digest(path: str | bytes | Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digests(root: Path, *, quarantined: bool = True) -> set[str]:
    """The digests of all regular files below ``root``."""
    found = set()
    for folder, names, files in os.walk(os.fsencode(root)):
        if not quarantined and FOLDER.encode() in names:
            names.remove(FOLDER.encode())
        for name in files:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path) and name not in (b"journal.jsonl", b"room"):
                found.add(digest(path))
    return found


def scan_quickly(catalog: Path, *roots: Path) -> None:
    """Scan in this process, without looking for parts of pictures."""
    scan_archive(catalog, *roots, reading=Options(parts=False))


def plan(catalog: Path, **options: Any) -> Cleanup:
    with Catalogue.open(catalog) as catalogue:
        return make_plan(catalogue, PlanOptions(**options))


def actions(catalog: Path, cleanup: Cleanup) -> dict[str, tuple[str, str]]:
    """Action and reason by locator."""
    found = rows(
        catalog, "SELECT locator, action, reason FROM cleanup_actions WHERE cleanup_id = ?", cleanup.id
    )
    return {str(locator): (str(action), str(reason)) for locator, action, reason in found}


def going(catalog: Path, cleanup: Cleanup) -> set[str]:
    return {locator for locator, (action, _) in actions(catalog, cleanup).items() if action != "keep"}


def apply(catalog: Path, cleanup: Cleanup, **options: Any) -> ApplyResult:
    with Catalogue.open(catalog) as catalogue:
        return apply_cleanup(catalogue, read_cleanup(catalogue, cleanup.id), **options)


def undo(catalog: Path, cleanup: Cleanup) -> UndoResult:
    with Catalogue.open(catalog) as catalogue:
        return undo_cleanup(catalogue, read_cleanup(catalogue, cleanup.id))


def purge(catalog: Path, cleanup: Cleanup) -> PurgeResult:
    with Catalogue.open(catalog) as catalogue:
        return purge_cleanup(catalogue, read_cleanup(catalogue, cleanup.id))


def status(catalog: Path, cleanup: Cleanup) -> str:
    with Catalogue.read(catalog) as catalogue:
        return read_cleanup(catalogue, cleanup.id).status


def execute(catalog: Path, *statements: str) -> None:
    with Catalogue.open(catalog) as catalogue, catalogue.db.atomic():
        for statement in statements:
            catalogue.db.execute(statement)


class Worker:
    """The process that runs steps of a cleanup, and dies in them."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cleanup_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(
        self,
        act: str,
        catalog: Path,
        cleanup: int,
        *,
        kill_at: int | None = None,
        batch: int = 64,
        renames: bool = True,
    ) -> dict[str, Any]:
        """Apply, undo or purge; dies at the ``kill_at``-th change of the disk, if it comes so far."""
        assert self.process.stdin
        assert self.process.stdout
        order = {
            "do": act,
            "catalog": str(catalog),
            "cleanup": cleanup,
            "kill_at": kill_at,
            "batch": batch,
            "renames": renames,
            "answer": str(catalog) + ".answer",
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert not answer["failed"], f"{act} failed with status {answer['failed']}: see stderr"
        return answer

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=120)
        self.process.stdout.close()
