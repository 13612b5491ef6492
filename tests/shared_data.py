"""Where the real, labelled data is: beside the checkout, never in it."""

import os
from pathlib import Path

import pytest

_ROOT = Path(os.environ.get("CUTLINE_SHARED", Path(__file__).resolve().parents[2] / "shared"))

SHARED: Path = _ROOT
"""The folder of labelled data and scoring tools; it need not exist."""

needs_shared = pytest.mark.skipif(
    not (_ROOT / "data").is_dir(), reason="the labelled data is not beside this checkout (CUTLINE_SHARED)"
)
