"""The steps after reading: pairing, repeats and groups are computed again for everything that changed."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from catalog.log import log
from catalog.match.pairing import pair_captions, pair_placements
from catalog.match.pictures.beside import fill_from_sidecars
from catalog.match.pictures.chosen_keepers import apply_keeper_choices
from catalog.store.catalogue import Catalogue
from catalog.store.versions import renew_matches, withdraw_untrue
from media.matching.runner import HERE, Runner

Stage = Literal[
    "pairing",
    "stories",
    "credits",
    "pictures",
    "captions",
    "scopes",
    "conflicts",
    "corrections",
    "furniture",
]


_CAUSES = ("image", "image-group", "image-captions", "caption", "article", "picture-name")
"""Kinds of pending items that can change furniture, corrections and learned credits, which are always computed as a
whole; earlier stages clear these items."""


def _pair(catalogue: Catalogue, runner: Runner) -> None:
    pair_placements(catalogue)
    fill_from_sidecars(catalogue)


def _update_duplicates(catalogue: Catalogue, runner: Runner) -> None:
    from catalog.match.pictures.duplicates import update_duplicates

    update_duplicates(catalogue, runner)


def _update_repeats(catalogue: Catalogue, runner: Runner) -> None:
    if catalogue.is_pending("caption", "repeat"):
        from catalog.match.captions.repeats import update_repeats

        update_repeats(catalogue, runner)


def _update_stories(catalogue: Catalogue, runner: Runner) -> None:
    if catalogue.is_pending("article"):
        from catalog.match.articles.stories import update_stories

        update_stories(catalogue)


def _update_credits(catalogue: Catalogue, runner: Runner) -> None:
    if catalogue.is_pending("credits"):
        from catalog.match.captions.credits import update_credits

        update_credits(catalogue, partial(pair_captions, catalogue))


def _update_scopes(catalogue: Catalogue, runner: Runner) -> None:
    if catalogue.is_pending("scope", "image-captions"):
        from catalog.match.articles.scopes import update_scopes

        update_scopes(catalogue)


def _update_conflicts(catalogue: Catalogue, runner: Runner) -> None:
    if catalogue.is_pending("image-captions", "conflict"):
        from catalog.match.captions.conflicts import update_conflicts

        update_conflicts(catalogue)


def _update_furniture(catalogue: Catalogue, runner: Runner) -> None:
    if catalogue.is_pending("furniture"):
        from catalog.match.articles.furniture import update_furniture

        update_furniture(catalogue)


def _update_corrections(catalogue: Catalogue, runner: Runner) -> None:
    if catalogue.is_pending("correction"):
        from catalog.match.articles.corrections import update_corrections

        update_corrections(catalogue)


_STAGES: tuple[tuple[Stage, Callable[[Catalogue, Runner], None]], ...] = (
    ("pairing", _pair),
    ("stories", _update_stories),
    ("credits", _update_credits),
    ("pictures", _update_duplicates),
    ("captions", _update_repeats),
    ("scopes", _update_scopes),
    ("conflicts", _update_conflicts),
    ("corrections", _update_corrections),
    ("furniture", _update_furniture),
)
"""The stages in their order: credits are learned once the publishers of pages are known, and the captions of a picture
are compared only once pages are paired with pictures and pictures are grouped. Matchers are imported only if there is
something to compare: their import takes longer than a scan that finds nothing new."""


def match_pending(
    catalogue: Catalogue,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    stopped: Callable[[], bool] = lambda: False,
    runner: Runner = HERE,
) -> None:
    """Update pairing, groups, repeats and conflicts for the records that were read.

    Each step takes what is pending for it and writes its result in one transaction. The runner takes the tasks of
    finding groups and repeats.
    """
    if not catalogue.is_pending():
        return
    if catalogue.is_pending("image", "image-group"):
        with catalogue.db.atomic():
            withdraw_untrue(catalogue.db)
    if catalogue.is_pending(*_CAUSES):
        with catalogue.db.atomic():
            catalogue.db.conn.executemany(
                "INSERT OR IGNORE INTO pending (kind, item) VALUES (?, '')",
                [("furniture",), ("correction",), ("credits",)],
            )
    for stage, update in _STAGES:
        if stopped():
            return
        on_stage(stage)
        log.info("matching: %s", stage)
        update(catalogue, runner)
    apply_keeper_choices(catalogue)
    _drop_unused_captions(catalogue)


def match_again(
    catalogue: Catalogue,
    on_stage: Callable[[Stage], None] = lambda stage: None,
    runner: Runner = HERE,
) -> None:
    """Match the whole catalogue again, as after a new version of a method."""
    with catalogue.db.atomic():
        for kind, items in (
            ("picture-name", "SELECT picture_name FROM placement_names"),
            ("picture-name", "SELECT picture_name FROM records WHERE picture_name IS NOT NULL"),
            ("article", "SELECT id FROM articles"),
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
        renew_matches(catalogue.db)
    match_pending(catalogue, on_stage, runner=runner)


def _drop_unused_captions(catalogue: Catalogue) -> None:
    with catalogue.db.atomic():
        catalogue.db.execute(
            "DELETE FROM captions WHERE id IN (SELECT CAST(item AS INTEGER) FROM pending WHERE kind = 'unused-caption')"
            " AND NOT EXISTS (SELECT 1 FROM placements p WHERE p.caption_id = captions.id)"
        )
        catalogue.db.execute("DELETE FROM pending WHERE kind = 'unused-caption'")
