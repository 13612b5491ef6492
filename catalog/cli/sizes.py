"""Sizes as people write them on a command line."""

import re

import typer

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}


def parse_size(text: str) -> int:
    """Return the bytes of a size: ``500``, ``500kB``, ``2.5 MB``, ``1GiB``.

    :raises typer.BadParameter: the text is not a size.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?\s*", text, re.IGNORECASE)
    unit = (match[2] or "").lower() if match else ""
    if match is None or unit not in _UNITS:
        raise typer.BadParameter(f"{text} is not a size; give bytes, or 500kB, 2MB, 1GB")
    return int(float(match[1]) * _UNITS[unit])
