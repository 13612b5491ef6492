"""The output of a command: the terminal, or a file that appears only when it is complete."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from catalog.errors import UsageError


@contextlib.contextmanager
def open_output(path: Path | None, terminal: TextIO) -> Iterator[TextIO]:
    """Open the file at ``path``, which is replaced only once it is complete; without a path, the terminal.

    :raises UsageError: the file cannot be written.
    """
    if path is None:
        yield terminal
        return
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}). Name another file with -o."
        ) from error
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as out:
            yield out
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
