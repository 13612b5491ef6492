"""``cutline doctor``: list what this machine and this installation can do."""

import importlib.metadata
import os
import platform
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from catalog.cli.options import DEFAULT_CATALOG, Catalog
from catalog.show.words import count_noun, size_text
from catalog.store.catalogue import Catalogue
from media import __version__

_PURPOSES = {
    "archives": "7z, RAR, CAB, LHA, cpio",
    "browse": "cutline browse",
    "cluster": "match --jobs, and scans on a Dask cluster",
    "heic": "HEIC and HEIF pictures",
    "jxl": "JPEG XL pictures",
    "parquet": "exports as Parquet",
    "pdf": "PDF pages",
    "raw": "camera RAW pictures",
    "s3": "object stores",
    "sheets": "contact sheets as PDF",
    "video": "first frames of films",
}
_OF_DEVELOPERS = ("bench", "browser", "dev")
_LIBRARIES = ("pillow", "opencv-python-headless", "typer", "sqlite-utils")
_FEW_FILES = 1024


def doctor_command(catalog: Catalog = DEFAULT_CATALOG) -> None:
    """List what this installation and machine can do: versions, extras, limits.

    Paste the output into a bug report. It names no file of an archive.
    """
    for heading, lines in (
        ("Versions", _versions()),
        ("Extras", _extras()),
        ("This machine", _machine()),
        ("Catalogue", _catalogue(catalog)),
    ):
        typer.echo(heading)
        for line in lines:
            typer.echo(f"  {line}")


def _versions() -> Iterator[str]:
    yield f"cutline {__version__}, Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield f"SQLite {sqlite3.sqlite_version}" + (
        "" if _has_fts() else ": lacks full-text search, which cutline needs"
    )
    yield ", ".join(f"{name} {version}" for name in _LIBRARIES if (version := _version(name)))


def _has_fts() -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (word)")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def _extras() -> Iterator[str]:
    needed = _packages_of_extras()
    if not needed:
        yield "not known: cutline is not installed as a package"
    for extra, packages in sorted(needed.items()):
        if extra in _OF_DEVELOPERS:
            continue
        purpose = _PURPOSES.get(extra, ", ".join(packages))
        lacking = [name for name in packages if _version(name) is None]
        if lacking:
            yield f"missing {extra:9} {purpose}: pip install 'cutline[{extra}]'"
        else:
            yield f"there   {extra:9} {purpose}"


def _packages_of_extras() -> dict[str, list[str]]:
    try:
        requires = importlib.metadata.requires("cutline") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    found: dict[str, list[str]] = {}
    for line in requires:
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        name = re.match(r"[\w.-]+", line)
        if extra and name:
            found.setdefault(extra[1], []).append(name[0])
    return found


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _machine() -> Iterator[str]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield f"{count_noun(usable, 'processor')} for this process"
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        yield f"{size_text(os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE'))} of memory"
    yield f"{size_text(shutil.disk_usage('.').free)} free where you are"
    if sys.platform != "win32":
        import resource

        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        hint = ": few for many jobs; `ulimit -n 4096` allows more" if files < _FEW_FILES else ""
        yield f"{files:,} open files" + hint


def _catalogue(path: Path) -> Iterator[str]:
    if not path.exists():
        yield f"{path}: none yet. `cutline scan FOLDER` makes one."
        return
    yield f"{path}: {size_text(path.stat().st_size)}"
    with Catalogue.read(path) as catalogue:
        last = next(catalogue.rows("SELECT status, version FROM scans ORDER BY id DESC LIMIT 1"), None)
        if last is not None:
            yield f"last scan {last['status']}, by cutline {last['version']}"
        if catalogue.is_pending():
            yield "records were read but not compared yet: run `cutline match`"
