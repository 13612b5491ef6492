"""Which pairs of pictures a tool calls duplicates, and how many of them are right.

An archive that is scored has ``distinct/`` (different photographs), ``attacked/<edit>/<stem of the photograph>.*``
and, where there are any, ``look_alike/`` and ``same_scene/`` with a ``manifest.tsv`` that names their strata. A pair
is found where both files stand in one group, or in a match that is not ``related``: the definitions of the shared
scoring tool, so that every tool is held to them.
"""

import csv
import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

Pair = frozenset[str]
"""Two files, relative to the archive."""

EDIT_GROUPS: dict[str, tuple[str, ...]] = {
    "recompressed": ("jpeg_q95", "jpeg_q90", "jpeg_q75", "jpeg_q50", "jpeg_q30", "jpeg_q10"),
    "resized": ("resize_1600", "resize_640", "resize_320", "resize_150"),
    "another format": ("fmt_png", "fmt_webp60", "fmt_avif50", "fmt_gif"),
    "other metadata": ("iptc_only", "exif_orient"),
    "tone and colour": (
        *("bright_130", "bright_60", "contrast_150", "contrast_60", "gamma_06", "gamma_18", "autocontrast"),
        *("equalize", "satur_180", "wb_warm", "gray", "sepia"),
    ),
    "blurred, sharpened": ("blur_r3", "sharpen"),
    "mirrored": ("mirror",),
    "turned by quarters": ("rot90", "rot180", "rot270"),
    "tilted": ("rot1_black", "rot2_black", "rot5_black", "rot2_crop", "rot5_crop"),
    "cropped on all sides": ("crop_c5", "crop_c10", "crop_c20", "crop_c30", "crop_c50"),
    "cropped on one side": (
        *("crop_side5", "crop_side10", "crop_side20", "crop_side30", "crop_side50"),
        *("crop_corner20", "crop_corner50"),
    ),
    "another aspect": ("aspect_16x9", "aspect_4x3", "aspect_1x1", "aspect_9x16", "squash_1x1"),
    "borders": ("letterbox", "pillarbox", "pillar_blur", "frame_white5", "credit_strip"),
    "caption bars": ("caption_bar16", "caption_bar30"),
    "logo, watermark": ("logo", "wm_tiled"),
    "on a page": ("screenshot_page",),
    "several at once": (
        *("combo_crop_resize_q40", "combo_wm_resize_gray", "combo_169_logo_caption_q60"),
        "combo_mirror_crop10_bright",
    ),
}
"""The edits of the shared tool by kind, in the order in which tables and plots show them."""


@dataclass(frozen=True, slots=True)
class Score:
    """How right a set of pairs is."""

    by_edit: dict[str, float]
    """Share of the variants of each edit that are paired with their photograph."""
    wrong_pairs: int
    """Pairs of files that show different photographs (look-alikes and scenes left out)."""
    wrong_photographs: int
    """Pairs of photographs of which some files are such a pair: a group of variants counts once."""
    look_alike_pairs: int
    """Pairs of different look-alike pictures, screenshots left out: some of those really repeat."""
    scene_pairs: int
    """Pairs of different frames of one scene."""

    @property
    def recall(self) -> float:
        """Mean over the edits."""
        return sum(self.by_edit.values()) / max(1, len(self.by_edit))


def group_recalls(by_edit: Mapping[str, float]) -> dict[str, float]:
    """Mean recall of each group of edits.

    :raises ValueError: there is an edit that no group names.
    """
    if unknown := by_edit.keys() - set(itertools.chain(*EDIT_GROUPS.values())):
        raise ValueError(f"edits that no group names: {', '.join(sorted(unknown))}")
    return {
        group: sum(by_edit[edit] for edit in edits) / len(edits)
        for group, edits in EDIT_GROUPS.items()
        if by_edit.keys() >= set(edits)
    }


def score(pairs: Iterable[Pair], folder: Path) -> Score:
    """Return what the pairs that a tool found in the archive at ``folder`` are worth."""
    found = set(pairs)
    bases = {path.stem: str(path.relative_to(folder)) for path in (folder / "distinct").iterdir()}
    by_edit: dict[str, list[bool]] = defaultdict(list)
    for path in sorted((folder / "attacked").glob("*/*")):
        variant = str(path.relative_to(folder))
        by_edit[path.parent.name].append(frozenset((bases[path.stem], variant)) in found)
    strata = _strata(folder)
    counts = {"distinct": 0, "look_alike": 0, "same_scene": 0}
    photographs = set()
    for pair in found:
        stems = frozenset(Path(name).stem for name in pair)
        kinds = {_kind(name) for name in pair}
        if len(stems) != 2 or {strata.get(stem, "") for stem in stems} == {"screenshot"}:
            continue
        if kinds == {"distinct"}:
            photographs.add(stems)
        counts["distinct" if kinds == {"distinct"} else min(kinds - {"distinct"})] += 1
    return Score(
        {edit: sum(hits) / len(hits) for edit, hits in sorted(by_edit.items())},
        counts["distinct"],
        len(photographs),
        counts["look_alike"],
        counts["same_scene"],
    )


def _kind(name: str) -> str:
    top = name.split("/")[0]
    return top if top in ("look_alike", "same_scene") else "distinct"


def _strata(folder: Path) -> dict[str, str]:
    manifest = folder / "manifest.tsv"
    if not manifest.exists():
        return {}
    with manifest.open(newline="", encoding="utf-8") as lines:
        return {Path(row["file"]).stem: row["stratum"] for row in csv.DictReader(lines, delimiter="\t")}


def catalogue_pairs(catalog: Path) -> set[Pair]:
    """Pairs of records that a catalogue calls duplicates."""
    with sqlite3.connect(f"file:{catalog}?mode=ro", uri=True) as db:
        locators = defaultdict(list)
        for sha256, locator in db.execute("SELECT sha256, locator FROM records WHERE sha256 IS NOT NULL"):
            locators[sha256].append(locator)
        groups = defaultdict(set)
        for group, sha256 in db.execute("SELECT group_id, image_sha256 FROM image_group_members"):
            groups[f"g{group}"].add(sha256)
        query = "SELECT left_sha256, right_sha256 FROM image_matches WHERE kind <> 'related'"
        for number, pair in enumerate(db.execute(query)):
            groups[f"m{number}"] |= set(pair)
    return {
        frozenset((one, other))
        for group in groups.values()
        for left, right in itertools.combinations(sorted(group), 2)
        for one in locators[left]
        for other in locators[right]
    } | {frozenset(pair) for same in locators.values() for pair in itertools.combinations(same, 2)}


def group_pairs(groups: Iterable[Collection[str]], folder: Path) -> set[Pair]:
    """Pairs of the groups of absolute paths that another tool found."""
    return {
        frozenset(str(Path(name).relative_to(folder)) for name in pair)
        for group in groups
        for pair in itertools.combinations(sorted(set(group)), 2)
    }
