"""All edits of the held-out archive, by kind."""

from benchmarks.held_out.edits import EDIT_KINDS as USUAL_KINDS
from benchmarks.held_out.edits import Edit
from benchmarks.held_out.hard_edits import HARD_KINDS

EDIT_KINDS: dict[str, tuple[Edit, ...]] = USUAL_KINDS | HARD_KINDS
EDITS: dict[str, Edit] = {edit.__name__: edit for edits in EDIT_KINDS.values() for edit in edits}
