"""Lists the licences of what is installed; exit status 1 where a required package is under the GPL, or names none.

python -m supply.licences
"""

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions

from packaging.requirements import Requirement

ROOT = "cutline"

# "LGPL" and "Lesser" are other licences: what uses such a library is not bound by it.
_STRONG = re.compile(r"\bA?GPL|(?<!Lesser )General Public License|Affero", re.IGNORECASE)
_WEAK = re.compile(r"LGPL|Lesser General Public|Library General Public|exception", re.IGNORECASE)


def main() -> int:
    required = set(find_required(ROOT))
    wrong = 0
    for name, installed in sorted(find_installed().items()):
        licence = read_licence(installed)
        refused = name in required and (not licence or is_strong(licence))
        wrong += refused
        mark = "REFUSED " if refused else "required" if name in required else "        "
        print(f"{mark}  {name:<28} {installed.version:<16} {licence or 'none named'}")
    print(f"\n{len(required)} required packages, {wrong} of them under the GPL or without a licence.")
    return 1 if wrong else 0


def find_installed() -> Mapping[str, Distribution]:
    return {normalise(each.metadata["Name"]): each for each in distributions() if each.metadata["Name"]}


def find_required(name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield what a package cannot be installed without, and what that needs, on this machine."""
    try:
        requires = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for line in requires:
        wanted = Requirement(line)
        needed = normalise(wanted.name)
        if needed not in seen and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            yield needed
            yield from find_required(needed, seen | {needed})


def read_licence(installed: Distribution) -> str:
    """Return what a package says of its licence: the expression, else its classifiers, else the first line
    of the field.
    """
    data = installed.metadata
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in data.get_all("Classifier") or []
        if each.startswith("License ::") and not each.endswith("OSI Approved")
    ]
    field = (data.get("License") or "").strip().partition("\n")[0]
    return data.get("License-Expression") or "; ".join(classifiers) or field[:80]


def is_strong(licence: str) -> bool:
    """Whether each choice that a licence leaves is the GPL, version whichever."""
    choices = re.split(r"\bOR\b|;", licence)
    return all(_STRONG.search(each) and not _WEAK.search(each) for each in choices)


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
