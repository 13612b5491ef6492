"""Makes the pictures of the sample archive; its pages and wire copy are written by hand.

    python examples/make_archive.py [FOLDER]

The same scenes come out on every machine. Compressed bytes may differ with the versions of the codecs,
so what is in git stays until a scene changes.
"""

import sys
from pathlib import Path

from sample.pictures import PICTURES

ARCHIVE = Path(__file__).parent / "archive"


def make_pictures(folder: Path) -> int:
    """Write every picture under `folder`; gives the number of bytes written."""
    total = 0
    for picture in PICTURES:
        path = folder / picture.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = picture.encode()
        path.write_bytes(content)
        total += len(content)
        print(f"{len(content) / 1000:7.1f} kB  {picture.path}")
    return total


if __name__ == "__main__":
    print(f"{make_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else ARCHIVE) / 1000:7.1f} kB in all")
