"""Checks whether a worker on another machine would read the same records with the same results."""

import sys
from dataclasses import dataclass
from functools import cache

from media import __version__
from media.archives.open_source import open_source
from media.archives.source import SourceRef
from media.errors import MediaError
from media.formats import known
from media.record import Entry
from media.versions import PRINT_VERSIONS


@dataclass(frozen=True, slots=True)
class Build:
    """The versions that decide what is found in a record."""

    cutline: str
    python: str
    """Major and minor version of Python: one version's pickles may not be readable by another."""
    fingerprints: tuple[tuple[str, int], ...]
    formats: tuple[str, ...] = ()
    """Media types that are read, those of other packages too, each with its reader's version."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A record of a source that can be read now: a worker that can read it can read the source."""

    source: SourceRef
    entry: Entry


@cache
def this_build() -> Build:
    """Return the versions of this process."""
    prints = tuple(PRINT_VERSIONS.items())
    read = (f"{each.media_type} {each.results_version}" for each in known() if each.is_read)
    return Build(__version__, f"{sys.version_info[0]}.{sys.version_info[1]}", prints, tuple(sorted(read)))


def unfit_for(build: Build, probes: tuple[Probe, ...]) -> str | None:
    """Return why this process cannot do the work of one with the versions ``build``; None if it can."""
    here = this_build()
    if here.cutline != build.cutline:
        return f"it has cutline {here.cutline}, and the scan runs {build.cutline}. Install the same version there."
    if here.python != build.python:
        return (
            f"it runs Python {here.python}, and the scan runs {build.python}. Start it with the same version."
        )
    if here.fingerprints != build.fingerprints:
        found = ", ".join(f"{name} {version}" for name, version in here.fingerprints)
        return f"its fingerprints are not the scan's ({found}). Install the same cutline there."
    if lacking := set(build.formats) - set(here.formats):
        return f"it does not read {', '.join(sorted(lacking))}. Install there what adds these formats here."
    return next(filter(None, map(out_of_reach, probes)), None)


def out_of_reach(probe: Probe) -> str | None:
    """Return why a source cannot be read from here; None if it can."""
    try:
        with open_source(probe.source).open(probe.entry.locator) as opened:
            if opened.entry.byte_size == probe.entry.byte_size:
                return None
            reason = "another file is there"
    except MediaError as error:
        reason = error.reason
    except OSError as error:
        reason = error.strerror or str(error)
    remedy = "Mount the archive there under the same path."
    if not probe.source.uri.startswith("file:"):
        remedy = "Give the worker what it needs to read it, as it was given here."
    return f"it does not see {probe.source.uri} as it is here ({probe.entry.locator}: {reason}). {remedy}"
