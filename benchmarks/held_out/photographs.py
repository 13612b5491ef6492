"""The photographs that are held out: of Debian packages that the labelled data knows nothing of.

``photographs.tsv`` names each by its package, its path in it and its digest: nothing of them is in this repository.
Chosen by eye from contact sheets: photographs (no drawings, renderings or textures), each another one, and none like
those the thresholds were set on (their phashes are 14 bits or more from any of those, mirrored too). The rows of kind
``same_scene`` are frames of one video.
"""

import csv
import hashlib
import io
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

_LIST = Path(__file__).with_name("photographs.tsv")


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


def fetch_photographs(folder: Path) -> list[Photograph]:
    """Return the photographs, their packages downloaded into ``folder`` and unpacked there where they are not yet.

    One that is not what it was when it was chosen (another release of its package) is left out and said so.

    :raises FileNotFoundError: this is no Debian system.
    :raises subprocess.CalledProcessError: a package cannot be had.
    """
    with _LIST.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for package in sorted({row["debian_package"] for row in rows}):
        _unpack(package, folder)
    found = []
    for row in rows:
        path = folder / row["debian_package"] / row["path"]
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
            print(f"{path}: not the photograph that was chosen; left out.", file=sys.stderr)
            continue
        found.append(Photograph(row["name"], row["kind"], path))
    return found


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
