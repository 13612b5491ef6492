"""Runs one other tool for duplicate pictures as its user would. Standard library and the tool only.

    PYTHON -m benchmarks.picture_peers TOOL FOLDER RESULT
    PYTHON -m benchmarks.picture_peers TOOL          says which version there is, or exits with 3: not installed

Writes RESULT: a JSON array of groups, each an array of absolute paths. `make peers` installs the tools.

Each tool runs with its defaults, but for what finds nothing in its way: czkawka is given a similarity (10 of 0, the
strictest, to 50: what its own example uses), and difPy is asked for similar pictures of any size (by default it
wants the same bytes in effect, and the same width and height).
"""

import contextlib
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

Groups = list[list[str]]

NOT_INSTALLED = 3
"""Exit status: the tool is not here, which is no failure."""


def run_czkawka(folder: Path) -> Groups:
    from czkawka import ImageSimilarity

    finder = ImageSimilarity()
    finder.set_directories([folder])
    finder.set_similarity(10)
    return [[str(path) for path in group] for group in finder.find_similar()]


def run_czkawka_distances(folder: Path) -> Groups:
    """Return what its hash could find: every pair within its similarity, the files that it cannot read left out.

    czkawka puts each picture into one group only, so that a photograph of which there are many versions is spread
    over several. No user gets at these pairs in reasonable time: only what is found counts here, not what it costs.
    """
    from czkawka import ImageSimilarity

    finder, hashes = ImageSimilarity(), {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            hashes[str(path)] = finder.hash_image(path)
    pairs = itertools.combinations(hashes.items(), 2)
    return [[one, other] for (one, left), (other, right) in pairs if finder.compare_hashes(left, right) <= 10]


def run_difpy(folder: Path) -> Groups:
    import difPy

    built = difPy.build(str(folder), show_progress=False)
    found = difPy.search(built, similarity="similar", same_dim=False, show_progress=False)
    return [[name, *(str(match[0]) for match in matches)] for name, matches in found.result.items()]


def run_imagededup(folder: Path) -> Groups:
    """Pairs, since it gives each picture its own list of duplicates."""
    from imagededup.methods import PHash

    hasher = PHash()
    encodings = hasher.encode_images(image_dir=str(folder), recursive=True)
    found = hasher.find_duplicates(encoding_map=encodings)
    return [[str(folder / name), str(folder / other)] for name, others in found.items() for other in others]


def run_findimagedupes(folder: Path) -> Groups:
    """Its own listing parts names by blanks: here each name ends in a NUL, and each group in one more."""
    show = r"""VIEW() { printf '%s\0' "$@"; printf '\0'; }"""
    command = ["findimagedupes", "--recurse", "--quiet", "--include", show, "--", str(folder)]
    done = subprocess.run(command, capture_output=True, check=True)
    groups = done.stdout.decode("utf-8", "surrogateescape").split("\0\0")
    return [group.split("\0") for group in groups if group]


TOOLS: dict[str, Callable[[Path], Groups]] = {
    "czkawka": run_czkawka,
    "czkawka-distances": run_czkawka_distances,
    "imagededup": run_imagededup,
    "difpy": run_difpy,
    "findimagedupes": run_findimagedupes,
}


def installed_version(tool: str) -> str | None:
    """Return the version of the tool, None where it is not installed."""
    if tool == "findimagedupes":
        path = shutil.which(tool)
        if path is None:
            return None
        return subprocess.run([path, "--version"], capture_output=True, text=True).stdout.split()[-1]
    try:
        return version(tool.removesuffix("-distances"))
    except PackageNotFoundError:
        return None


def main() -> int:
    tool, *rest = sys.argv[1:]
    found = installed_version(tool)
    if found is None:
        print(f"{tool} is not installed here: run `make peers`.", file=sys.stderr)
        return NOT_INSTALLED
    if not rest:
        print(found)
        return 0
    folder, result = Path(rest[0]).resolve(), Path(rest[1])
    result.write_text(json.dumps(TOOLS[tool](folder)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
