"""Our style sheets and scripts: served by name and digest, so that a browser can cache them for ever."""

import functools
import hashlib
from pathlib import Path

from catalog.browse.datasette_host import Request
from catalog.browse.reply import FOREVER, PAGE_POLICY, Reply, reply_text

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@functools.cache
def _read(name: str) -> tuple[bytes, str]:
    data = (_FOLDER / name).read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:12]


def static_path(name: str) -> str:
    """Return the address of one of our files, below the server's root."""
    return f"/-/cutline/{_read(name)[1]}/{name}"


NAMES = frozenset(path.name for path in _FOLDER.iterdir() if path.suffix in _TYPES)


async def show_static(request: Request) -> Reply:
    name = request.url_vars["name"]
    if name not in NAMES:
        return reply_text("No such file.", 404)
    data, _ = _read(name)
    return Reply(
        data,
        content_type=_TYPES[Path(name).suffix],
        headers={"cache-control": FOREVER, "content-security-policy": PAGE_POLICY},
    )
