"""Runs one other tool for duplicate pictures as its user would. Standard library and the tool only.

Each runs with its defaults, but czkawka, which is given a similarity: 10 on its scale from 0 (strictest) to 50.

    PYTHON -m benchmarks.picture_peers TOOL FOLDER RESULT

Writes RESULT: a JSON array of groups, each an array of paths.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tiff", ".bmp"}
Groups = list[list[str]]


def run_czkawka(folder: Path) -> Groups:
    from czkawka import ImageSimilarity

    finder = ImageSimilarity()
    finder.set_directories([folder])
    finder.set_similarity(10)
    return [[str(path) for path in group] for group in finder.find_similar()]


def run_difpy(folder: Path) -> Groups:
    import difPy

    built = difPy.build(str(folder), recursive=True, in_folder=False, show_progress=False)
    found = difPy.search(built, similarity="similar", show_progress=False)
    return [[name, *(str(match[0]) for match in matches)] for name, matches in found.result.items()]


def run_imagededup(folder: Path) -> Groups:
    from imagededup.methods import PHash

    hasher = PHash()
    encodings = hasher.encode_images(image_dir=str(folder), recursive=True)
    found = hasher.find_duplicates(encoding_map=encodings)
    return [[str(folder / name), str(folder / other)] for name, others in found.items() for other in others]


def run_findimagedupes(folder: Path) -> Groups:
    tool = shutil.which("findimagedupes")
    if tool is None:
        raise ModuleNotFoundError("findimagedupes")
    done = subprocess.run([tool, "-R", "-n", "--", str(folder)], capture_output=True, text=True, check=False)
    return [line.split() for line in done.stdout.splitlines()]


TOOLS: dict[str, Callable[[Path], Groups]] = {
    "czkawka": run_czkawka,
    "difpy": run_difpy,
    "imagededup": run_imagededup,
    "findimagedupes": run_findimagedupes,
}


def main() -> None:
    tool, folder, result = sys.argv[1:4]
    Path(result).write_text(json.dumps(TOOLS[tool](Path(folder))))


if __name__ == "__main__":
    main()
