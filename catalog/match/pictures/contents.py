"""The data in a picture's file besides the shown picture, as the catalogue stores it."""

import json
import sqlite3

from media.pictures.contents import Contents

CONTENTS = "bits, channels, profile, extras, damage, frames"
"""Columns of ``images`` that :func:`contents_of` reads."""


def contents_of(row: sqlite3.Row) -> Contents:
    """Return what a picture's file holds beside what is shown; of one read by an older version, what most
    hold.
    """
    return Contents(
        row["bits"] or 8,
        row["channels"] or "RGB",
        row["profile"],
        tuple(json.loads(row["extras"])),
        row["damage"],
        row["frames"],
    )
