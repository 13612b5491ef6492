"""The archive that is scored: photographs, some of them edited, look-alikes, and what is true of each file."""

import json
import random
import runpy
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from PIL import Image

from benchmarks.held_out.all_edits import EDITS
from benchmarks.held_out.edits import Box, Picture, apply_edit
from benchmarks.held_out.look_alikes import (
    DRAWN,
    DRAWN_EACH,
    SCENES,
    SCENES_EACH,
    TEMPLATES,
    product_shot,
)
from benchmarks.held_out.manipulations import MANIPULATIONS, moved
from benchmarks.held_out.photographs import Photograph

_SEED = 20260101
PRODUCTS = 20
MOVED_PERCENT = (2, 5, 10)
MOVED_EACH = 8
"""How far a thing goes on, in hundredths of the width, and in how many scenes."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one file of the archive."""

    shows: tuple[str, ...]
    """The photographs (or drawn scenes) that can be seen in it: two files without one in common are different."""
    edit: str = ""
    """Empty: not edited."""
    look_alike: str = ""
    """The set of look-alikes that it is of, as ``kind/number``."""
    box: Box | None = None
    mirrored: bool = False
    rotated_degrees: int = 0
    copy_of: str = ""
    """The file of which it is a plain copy, of a picture with little information."""
    changed: Box | None = None
    """Where something was removed, added or replaced (:mod:`benchmarks.held_out.manipulations`)."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder and the truth of it."""

    folder: Path
    truth: dict[str, Truth] = field(default_factory=dict)
    """By path relative to the folder."""

    def add(self, name: str, data: bytes, truth: Truth) -> None:
        """Write one file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.truth[name] = truth

    def save(self, path: Path) -> None:
        """Keep the truth beside the folder."""
        known = {name: asdict(truth) for name, truth in self.truth.items()}
        path.write_text(json.dumps(known, indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Cast:
    """Which photograph plays which part."""

    scenes: list[Photograph]
    """Of bursts; nowhere else in an archive."""
    moved: list[Photograph]
    """Of frames in which a thing goes on; nowhere else either."""
    kept: list[Photograph]
    edited: list[Photograph]
    """Some of those kept."""

    @classmethod
    def of(cls, photographs: Sequence[Photograph], bases: int) -> "_Cast":
        rng = random.Random(_SEED)
        distinct = [each for each in photographs if each.kind == "distinct"]
        bursts, moved = _count_scenes(len(distinct))
        scenes = rng.sample(distinct, bursts + moved)
        kept = [each for each in distinct if each not in scenes]
        return cls(scenes[:bursts], scenes[bursts:], kept, rng.sample(kept, min(bases, len(kept))))


def _count_scenes(photographs: int) -> tuple[int, int]:
    """Return how many of the photographs are scenes of bursts, and of frames in which a thing goes on: at most half."""
    bursts = min(SCENES_EACH, photographs // 16) * len(SCENES)
    return bursts, min(MOVED_EACH, photographs // 13) * len(MOVED_PERCENT)


def make_archive(photographs: Sequence[Photograph], folder: Path, bases: int) -> Archive:
    """Write the archive anew: the same photographs and number of bases give the same bytes."""
    archive, cast = Archive(folder), _Cast.of(photographs, bases)
    scenes, kept, edited = cast.scenes, cast.kept, cast.edited
    shutil.rmtree(folder, ignore_errors=True)
    for each in kept:
        archive.add(f"distinct/{each.name}.jpg", each.as_jpeg(), Truth((each.name,)))
    for each in edited:
        _add_edits(archive, each, [other for other in kept if other is not each])
    for number, each in enumerate(spare := [other for other in kept if other not in edited]):
        _add_manipulations(archive, each, number, [other for other in spare if other is not each])
    _add_moved(archive, cast.moved, spare)
    _add_look_alikes(archive, scenes, spare)
    for each in photographs:
        if each.kind == "same_scene":
            truth = Truth((each.name,), look_alike="video/0")
            archive.add(f"look_alike/video/{each.name}.jpg", each.as_jpeg(), truth)
    archive.save(folder.with_suffix(".json"))
    return archive


def make_shared_archive(
    photographs: Sequence[Photograph], folder: Path, bases: int, attacks: Path
) -> Archive:
    """Return the same photographs under the edits of the shared tool, to tell which of the two is harder."""
    archive, cast = Archive(folder), _Cast.of(photographs, bases)
    shutil.rmtree(folder, ignore_errors=True)
    tool = runpy.run_path(str(attacks))
    for each in cast.kept:
        archive.add(f"distinct/{each.name}.jpg", each.as_jpeg(), Truth((each.name,)))
    for each in cast.edited:
        for edit in tool["ATTACKS"]:
            data, extension = tool["make"](edit, each.picture(), each.name)
            archive.add(f"attacked/{edit}/{each.name}.{extension}", data, _shared_truth(each.name, edit))
    archive.save(folder.with_suffix(".json"))
    return archive


def _shared_truth(name: str, edit: str) -> Truth:
    """Return what the shared tool's edit leaves: ``crop_c20`` takes 20 % of the area away, as much on
    every side.
    """
    turned = {"rot90": 90, "rot180": 180, "rot270": 270}.get(edit, 0)
    box = None
    if edit.startswith("crop_c") and edit.removeprefix("crop_c").isdigit():
        margin = (1 - (1 - int(edit.removeprefix("crop_c")) / 100) ** 0.5) / 2
        box = (margin, margin, 1 - margin, 1 - margin)
    return Truth((name,), edit, box=box, mirrored=edit == "mirror", rotated_degrees=turned)


def _add_edits(archive: Archive, photograph: Photograph, others: Sequence[Photograph]) -> None:
    picture = photograph.picture()
    for name, edit in EDITS.items():
        seed = f"{name}|{photograph.name}"
        beside = random.Random(seed).sample(others, min(11, len(others)))
        edited = apply_edit(edit, picture, seed, [each.picture(480) for each in beside])
        data, extension = edited.encoded()
        shows = (photograph.name, *(beside[number].name for number in edited.also_shows))
        truth = Truth(shows, name, "", edited.box, edited.mirrored, edited.rotated_degrees)
        archive.add(f"attacked/{name}/{photograph.name}.{extension}", data, truth)


def _add_manipulations(
    archive: Archive, photograph: Photograph, number: int, others: Sequence[Photograph]
) -> None:
    """Write two changed copies of a photograph that is not edited otherwise: a small change, and a large one."""
    names = list(MANIPULATIONS)
    for name in (names[number % 3], names[3 + number % 3]):
        change = MANIPULATIONS[name]
        rng = random.Random(f"{name}|{photograph.name}")
        other = rng.choice(others)
        picture, box = change(rng, photograph.picture(), other.picture(960))
        if rng.random() < 0.5:
            size = (round(picture.width * 0.7), round(picture.height * 0.7))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        shows = (photograph.name,) if name in ("removed", "copied") else (photograph.name, other.name)
        path = archive.folder / f"changed/{name}/{photograph.name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=85)
        truth = Truth(shows, look_alike=f"changed/{photograph.name}", changed=box)
        archive.truth[str(path.relative_to(archive.folder))] = truth


def _add_moved(archive: Archive, scenes: Sequence[Photograph], spare: Sequence[Photograph]) -> None:
    each = len(scenes) // len(MOVED_PERCENT)
    for number, step in enumerate(MOVED_PERCENT):
        for scene in scenes[number * each : (number + 1) * each]:
            rng = random.Random(f"moved {step}|{scene.name}")
            frames = moved(rng, scene.picture(960), rng.choice(spare).picture(480), step / 100)
            shows = [(scene.name,)] * len(frames)
            _add_set(archive, f"moved_{step}/{scene.name}", frames, shows)


def _add_look_alikes(archive: Archive, scenes: Sequence[Photograph], spare: Sequence[Photograph]) -> None:
    waiting = list(scenes)
    for make in SCENES:
        for number in range(len(scenes) // len(SCENES)):
            scene, rng = waiting.pop(), random.Random(f"{make.__name__}|{number}")
            frames = make(rng, scene.picture(960), [rng.choice(spare).picture(480)])
            shows = [(f"{scene.name}/{frame}",) for frame in range(len(frames))]
            _add_set(archive, f"{make.__name__}/{number}", frames, shows)
    for make in TEMPLATES:
        rng = random.Random(make.__name__)
        others = rng.sample(spare, 8)
        frames = make(rng, others[0].picture(960), [each.picture(960) for each in others])
        _add_set(archive, f"{make.__name__}/0", frames, [(each.name,) for each in others])
    for make in DRAWN:
        for number in range(DRAWN_EACH):
            rng = random.Random(f"{make.__name__}|{number}")
            frames = make(rng, Picture(), [])
            shows = [(f"{make.__name__}/{number}/{frame}",) for frame in range(len(frames))]
            _add_set(archive, f"{make.__name__}/{number}", frames, shows)
            _add_copies(archive, f"{make.__name__}/{number}", frames, shows)
    for number, photograph in enumerate(spare[:PRODUCTS]):
        shot = product_shot(random.Random(f"product {number}"), photograph.picture(960))
        name = f"product_shot/{number}"
        shows = [(f"{name}/shot", photograph.name)]
        _add_set(archive, name, [shot], shows)
        _add_copies(archive, name, [shot], shows)


def _add_copies(
    archive: Archive, name: str, frames: Sequence[Picture], shows: Sequence[tuple[str, ...]]
) -> None:
    """Write a smaller copy of each picture of a set: at 70 % of its size, or half of it."""
    for frame, (picture, shown) in enumerate(zip(frames, shows, strict=True)):
        share = (0.7, 0.5)[frame % 2]
        size = (round(picture.width * share), round(picture.height * share))
        original = f"look_alike/{name}-{frame}.jpg"
        path = archive.folder / f"plain/{name}-{frame}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.resize(size, Image.Resampling.LANCZOS).save(path, quality=80)
        truth = Truth(shown, look_alike=f"plain/{name}/{frame}", copy_of=original)
        archive.truth[str(path.relative_to(archive.folder))] = truth


def _add_set(
    archive: Archive, name: str, frames: Sequence[Picture], shows: Sequence[tuple[str, ...]]
) -> None:
    kind, number = name.split("/")
    for frame, (picture, shown) in enumerate(zip(frames, shows, strict=True)):
        path = archive.folder / f"look_alike/{kind}/{number}-{frame}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=88)
        archive.truth[str(path.relative_to(archive.folder))] = Truth(shown, look_alike=name)


def load_archive(folder: Path) -> Archive:
    """Return the archive that was made there before.

    :raises FileNotFoundError: none was.
    """
    known = json.loads(folder.with_suffix(".json").read_text(encoding="utf-8"))
    return Archive(
        folder,
        {
            name: Truth(
                **each
                | {"shows": tuple(each["shows"])}
                | {name: tuple(each[name]) if each[name] else None for name in ("box", "changed")}
            )
            for name, each in known.items()
        },
    )
