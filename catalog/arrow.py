"""Loads pyarrow, an extra: for exports as Parquet, and for matching in partitions."""

from typing import Any

from catalog.errors import UsageError


def load_pyarrow(what: str) -> Any:
    """Return pyarrow with its Parquet; ``what`` is said to need it.

    :raises UsageError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError(f"{what} needs pyarrow. Install it with: pip install 'cutline[parquet]'") from error
    return pyarrow
