"""What is done after reading: for whatever changed, pairing, repeats and groups are found anew."""

from collections.abc import Callable
from typing import Literal

from catalog.catalogue import Catalogue
from catalog.choosing import apply_keeper_choices
from catalog.conflicts import update_conflicts
from catalog.duplicates import update_duplicates
from catalog.pairing import pair_placements
from catalog.partitioned.means import Means
from catalog.partitioned.picture_matching import renew_duplicates
from catalog.repeats import renew_repeats, update_repeats

Stage = Literal["pairing", "pictures", "captions", "conflicts"]

_STAGES: tuple[tuple[Stage, Callable[[Catalogue], None]], ...] = (
    ("pairing", pair_placements),
    ("pictures", update_duplicates),
    ("captions", update_repeats),
    ("conflicts", update_conflicts),
)
"""In the order of what each needs of the ones before: captions are compared per picture only once
pages know their pictures and pictures their copies."""


_IN_PARTITIONS: dict[Stage, Callable[[Catalogue, Means], None]] = {
    "pictures": renew_duplicates,
    "captions": renew_repeats,
}


def match_pending(
    catalogue: Catalogue,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    stopped: Callable[[], bool] = lambda: False,
    means: Means | None = None,
) -> None:
    """Bring pairing, groups, repeats and conflicts up to date with what was read.

    Each step takes what is pending for it and writes its result in one transaction. With ``means``, groups and
    repeats are found in partitions; all of them, whatever is pending.
    """
    if not catalogue.is_pending():
        return
    for stage, update in _STAGES:
        if stopped():
            return
        on_stage(stage)
        if means is not None and stage in _IN_PARTITIONS:
            _IN_PARTITIONS[stage](catalogue, means)
        else:
            update(catalogue)
    apply_keeper_choices(catalogue)
    _drop_unused_captions(catalogue)


def match_again(
    catalogue: Catalogue,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    means: Means | None = None,
) -> None:
    """Find everything anew in what is catalogued, as after a new version of a method; in partitions with ``means``."""
    with catalogue.db.atomic():
        for kind, items in (
            ("picture-name", "SELECT picture_name FROM placement_names"),
            ("picture-name", "SELECT picture_name FROM records WHERE picture_name IS NOT NULL"),
            ("image", "SELECT sha256 FROM images"),
            ("image-group", "SELECT id FROM image_groups"),
            ("caption", "SELECT id FROM captions"),
            ("unused-caption", "SELECT id FROM captions"),
            ("repeat", "SELECT id FROM caption_repeats"),
            ("image-captions", "SELECT image_sha256 FROM placements WHERE image_sha256 IS NOT NULL"),
            ("conflict", "SELECT id FROM caption_conflict_sets"),
        ):
            catalogue.db.execute(
                f"INSERT OR IGNORE INTO pending (kind, item) SELECT ?, * FROM ({items})",
                [kind],
            )
    match_pending(catalogue, on_stage, means=means)


def _drop_unused_captions(catalogue: Catalogue) -> None:
    with catalogue.db.atomic():
        catalogue.db.execute(
            "DELETE FROM captions WHERE id IN (SELECT CAST(item AS INTEGER) FROM pending WHERE kind = 'unused-caption')"
            " AND NOT EXISTS (SELECT 1 FROM placements p WHERE p.caption_id = captions.id)"
        )
        catalogue.db.execute("DELETE FROM pending WHERE kind = 'unused-caption'")
