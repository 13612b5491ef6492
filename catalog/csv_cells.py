"""CSV that is safe to open in a spreadsheet: no cell is read as a formula, and every text is restored exactly.

Excel, LibreOffice and Google Sheets compute cells that begin with ``=``, ``+``, ``-``, ``@``, a tab or a line break
(OWASP, "CSV Injection"), and captions and file names come from strangers. Such a text gets an apostrophe in front,
which :func:`read_cell` removes again.
"""

import csv
import re
from collections.abc import Iterable
from typing import TextIO

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\0＝＋－＠]")
"""A cell that needs an apostrophe in front. It may already begin with some: ``'=a`` is written ``''=a``."""
_WRITTEN = re.compile(rf"'(?={_FORMULA.pattern})")


class CellWriter:
    """Writes rows as RFC 4180 defines them; use it in place of :func:`csv.writer`."""

    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out)

    def writerow(self, values: Iterable[object]) -> None:
        """Write one row."""
        self._writer.writerow([write_cell(value) for value in values])

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        """Write rows as they come."""
        for row in rows:
            self.writerow(row)


def write_cell(value: object) -> object:
    """Return a value as a cell: a text that no spreadsheet computes, a number unchanged, None as an empty cell."""
    if isinstance(value, str):
        return "'" + value if _FORMULA.match(value) else value
    return value


def read_cell(text: str) -> str:
    """Return the text that :func:`write_cell` wrote as ``text``."""
    return text[1:] if _WRITTEN.match(text) else text
