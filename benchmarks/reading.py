"""What reading one picture costs, step by step, beside the floor: milliseconds of processor time.

    python -m benchmarks.reading [--photographs 8]

Photographs of the shared data are saved in several sizes and formats, and read some times over; of each step the least
counts, since others may use the machine. The floor digests the file, decodes it at the smallest scale that will do and
takes imagehash.phash.
"""

import argparse
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import imagehash
from PIL import Image as Pillow

from media.pictures.decode import decode_picture
from media.pictures.information import measure_information
from media.pictures.local_features import describe_blobs
from media.pictures.making import measure_making
from media.pictures.metadata.weigh import read_metadata
from media.pictures.phash import hash_picture
from media.pictures.read import read_image
from media.pictures.thumbnail import make_thumbnail
from tests.shared_data import SHARED

SHAPES = {
    "JPEG, 0.8 Mpx": ("JPEG", 1024),
    "JPEG, 1.9 Mpx": ("JPEG", 1600),
    "JPEG, 4.3 Mpx": ("JPEG", 2400),
    "PNG, 0.8 Mpx": ("PNG", 1024),
    "WebP, 0.8 Mpx": ("WEBP", 1024),
}
"""Format, and longer side in pixels."""
_TIMES = 7


def draw_files(photographs: Sequence[Path], format_: str, side_px: int) -> list[bytes]:
    """Return photographs in a format and size."""
    files = []
    for path in photographs:
        with Pillow.open(path) as opened:
            scale = side_px / max(opened.size)
            size = round(opened.width * scale), round(opened.height * scale)
            stored = io.BytesIO()
            opened.convert("RGB").resize(size, Pillow.Resampling.LANCZOS).save(stored, format_, quality=85)
            files.append(stored.getvalue())
    return files


def measure_steps(data: bytes) -> dict[str, float]:
    """Return the milliseconds of each step for one file."""
    decoded, embedded = decode_picture(data, in_full=True), read_metadata(data)
    grey = decoded.picture.convert("L")
    information = measure_information(grey, decoded.width_px, decoded.height_px)
    steps: dict[str, Callable[[], object]] = {
        "digest": lambda: hashlib.sha256(data).hexdigest(),
        "decode": lambda: decode_picture(data, in_full=True),
        "hashes": lambda: hash_picture(grey),
        "features": lambda: describe_blobs(grey),
        "making": lambda: measure_making(data, decoded, embedded),
        "thumbnail": lambda: make_thumbnail(decoded.picture, information),
        "all": lambda: read_image(data, sha256=hashlib.sha256(data).hexdigest()),
        "all but features": lambda: read_image(data, sha256=hashlib.sha256(data).hexdigest(), parts=False),
        "floor": lambda: (
            hashlib.sha256(data).hexdigest(),
            imagehash.phash(decode_picture(data).picture),
        ),
    }
    return {name: _least(step) for name, step in steps.items()}


def _least(step: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_TIMES):
        started = time.process_time()
        step()
        seconds.append(time.process_time() - started)
    return 1000 * min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photographs", type=int, default=8)
    options = parser.parse_args()
    if not (SHARED / "data").is_dir():
        print("The photographs are not beside this checkout (CUTLINE_SHARED): nothing measured.")
        return
    chosen = []
    for path in sorted((SHARED / "data/photos/distinct").iterdir()):
        with Pillow.open(path) as opened:
            if max(opened.size) >= 1000:
                chosen.append(path)
    for name, (format_, side_px) in SHAPES.items():
        files = draw_files(chosen[: options.photographs], format_, side_px)
        measured = [measure_steps(data) for data in files]
        mean = {step: sum(each[step] for each in measured) / len(measured) for step in measured[0]}
        ratios = {f"{step}, of floor": mean[step] / mean["floor"] for step in ("all", "all but features")}
        print(json.dumps({name: {step: round(value, 2) for step, value in (mean | ratios).items()}}))


if __name__ == "__main__":
    main()
