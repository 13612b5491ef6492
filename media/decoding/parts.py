"""Joins several pieces of bytes into one record, for a document whose text is in several members of its file.

A first line of JSON gives the name and the length of each piece; the pieces follow, one after the other.
"""

import json
from collections.abc import Mapping


def join_parts(parts: Mapping[str, bytes]) -> bytes:
    r"""Return the pieces joined into one.

    >>> join_parts({"a": b"1", "b": b"23"})
    b'{"a": 1, "b": 2}\n123'
    """
    sizes = {name: len(part) for name, part in parts.items()}
    return json.dumps(sizes).encode() + b"\n" + b"".join(parts.values())


def split_parts(data: bytes) -> dict[str, bytes]:
    """Return the pieces by their names; nothing if there is no such first line."""
    head, _, rest = data.partition(b"\n")
    try:
        sizes = json.loads(head)
    except (ValueError, RecursionError):
        return {}
    parts: dict[str, bytes] = {}
    at = 0
    for name, size in sizes.items() if isinstance(sizes, dict) else ():
        if not isinstance(size, int) or size < 0:
            return {}
        parts[name] = rest[at : at + size]
        at += size
    return parts
