"""SQL functions for users who write their own queries."""

import sqlite3

from media.captions.key import caption_key


def hamming(left: object, right: object) -> int | None:
    """Return the number of bits in which two fingerprints differ; NULL unless both have the same length.

    A phash holds the picture in eight orientations, 64 bits each. For values of several 64-bit hashes, the first of
    ``left`` is compared with each of ``right``, and the least distance is returned.
    """
    if not isinstance(left, bytes) or not isinstance(right, bytes) or len(left) != len(right) or not left:
        return None
    if len(left) % 8 or len(left) == 8:
        return _bits(left, right)
    return min(_bits(left[:8], right[start : start + 8]) for start in range(0, len(right), 8))


def _bits(left: bytes, right: bytes) -> int:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).bit_count()


def key_of(text: object) -> str | None:
    """Return the key by which captions are compared; NULL for an empty text."""
    return caption_key(text) if isinstance(text, str) else None


def register_functions(connection: sqlite3.Connection) -> None:
    """Register ``hamming(a, b)`` and ``caption_key(text)`` with a connection."""
    connection.create_function("hamming", 2, hamming, deterministic=True)
    connection.create_function("caption_key", 1, key_of, deterministic=True)
