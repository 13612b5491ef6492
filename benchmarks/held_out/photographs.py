"""The photographs that are held out: of Debian packages that the labelled data knows nothing of.

``photographs.tsv`` names each by its package, its path in it and its digest: nothing of them is in this repository.
Chosen by eye from contact sheets: photographs (no drawings, renderings or textures), each another one, and none like
those the thresholds were set on (their phashes are 14 bits or more from any of those, mirrored too). The rows of kind
``same_scene`` are frames of one video.

``photographs_2.tsv`` names a second set, chosen in the same way when results of the first had been looked at: nothing
was set on it. Some of its packages hold photographs of the labelled data too, but not these. A picture inside a Qt
resource file (``.rcc``) is found by its digest.
"""

import csv
import hashlib
import io
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

_LISTS = {number: Path(__file__).with_name(f"photographs{end}.tsv") for number, end in ((1, ""), (2, "_2"))}


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph on disk."""

    name: str
    kind: str
    """``distinct`` or ``same_scene``."""
    path: Path

    def as_jpeg(self) -> bytes:
        """Return the file itself where it is a JPEG, otherwise its pixels as one."""
        data = self.path.read_bytes()
        if self.path.suffix.lower() in (".jpg", ".jpeg"):
            return data
        out = io.BytesIO()
        Image.open(io.BytesIO(data)).convert("RGB").save(out, "JPEG", quality=95)
        return out.getvalue()

    def picture(self, longest_px: int = 1280) -> Image.Image:
        """RGB, upright, no larger than that. Do not draw on it: copies are kept."""
        return _opened(self.path, longest_px)


@lru_cache(maxsize=512)
def _opened(path: Path, longest_px: int) -> Image.Image:
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    picture.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return picture


def fetch_photographs(folder: Path, which: int = 1) -> list[Photograph]:
    """Return a set of photographs, their packages downloaded into ``folder`` and unpacked there where they are not yet.

    One that is not what it was when it was chosen (another release of its package) is left out and said so.

    :raises FileNotFoundError: this is no Debian system.
    :raises subprocess.CalledProcessError: a package cannot be had.
    """
    with _LISTS[which].open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for package in sorted({row["debian_package"] for row in rows}):
        _unpack(package, folder)
    found = []
    for row in rows:
        path = folder / row["debian_package"] / row["path"]
        if path.suffix == ".rcc" and path.exists():
            path = _take_out(path, row["sha256"])
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
            print(f"{path}: not the photograph that was chosen; left out.", file=sys.stderr)
            continue
        found.append(Photograph(row["name"], row["kind"], path))
    return found


def _take_out(resources: Path, sha256: str) -> Path:
    """Write the WebP picture with this digest, of those in a Qt resource file, beside it."""
    kept = resources.with_name(f"{sha256}.webp")
    if not kept.exists():
        data = resources.read_bytes()
        for found in re.finditer(rb"RIFF(.{4})WEBP", data, re.DOTALL):
            size = 8 + int.from_bytes(found[1], "little")
            picture = data[found.start() : found.start() + size]
            if hashlib.sha256(picture).hexdigest() == sha256:
                kept.write_bytes(picture)
                break
    return kept


def _unpack(package: str, folder: Path) -> None:
    if (folder / package).exists():
        return
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise FileNotFoundError(f"{tool} is not here: the photographs are in Debian packages.")
    downloading = folder / f"{package}.downloading"
    shutil.rmtree(downloading, ignore_errors=True)
    downloading.mkdir(parents=True)
    subprocess.run(["apt-get", "download", "-qq", package], cwd=downloading, check=True)
    archive = next(downloading.glob("*.deb"))
    subprocess.run(["dpkg-deb", "--extract", str(archive), str(downloading / "files")], check=True)
    (downloading / "files").rename(folder / package)
    shutil.rmtree(downloading)
