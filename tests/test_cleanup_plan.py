"""What a plan spares, and why; and how files are compared anew when it is applied."""

import csv
import io
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from catalog.cleanup.ledger import Cleanup, read_cleanup
from catalog.cleanup.places import Place, Votes, part, place_of
from catalog.cleanup.plan_file import take_edited_plan, write_plan_csv, write_plan_json
from catalog.cleanup.show import describe_plan
from catalog.errors import UsageError
from catalog.store.catalogue import Catalogue
from media.archives.container import is_discarded
from media.pictures.sidecars import Sidecar, read_sidecar, tie_companions
from tests.cleanup_trees import (
    actions,
    apply,
    execute,
    going,
    photo,
    plan,
    purge,
    scan_quickly,
    snapshot,
    undo,
)
from tests.conftest import Run, encode, make_photo, rows, scan_archive
from tests.test_making import make_scene

TEXT = (
    "<p>The pool in the town was reopened on Friday after two years of repair, the mayor said there.</p>" * 3
)


def lay(archive: Path, files: dict[str, bytes | str], *, old: tuple[str, ...] = ()) -> None:
    """Write files, the ``old`` ones with an old time, which makes them the report's keepers."""
    for name, data in files.items():
        path = archive / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        os.utime(path, (10**9, 10**9) if name in old else (1.6e9, 1.6e9))


def page(body: str) -> str:
    head = "<html><head><title>Pool reopens</title></head><body><article><h1>Pool reopens</h1>"
    return f"{head}{body}{TEXT}</article></body></html>"


def busy(seed: int) -> Image.Image:
    """A picture with enough in it that parts of it are found."""
    dice = random.Random(seed)
    picture = make_photo(seed, (640, 480))
    draw = ImageDraw.Draw(picture)
    for _ in range(160):
        x, y, size = dice.randrange(620), dice.randrange(460), dice.randrange(6, 40)
        colour = tuple(dice.randrange(256) for _ in range(3))
        shape = draw.ellipse if dice.random() < 0.5 else draw.rectangle
        shape((x, y, x + size, y + dice.randrange(6, 40)), fill=colour)
    return picture


def told(catalog: Path, cleanup: Cleanup) -> str:
    with Catalogue.read(catalog) as catalogue:
        return describe_plan(catalogue, cleanup)


# --- pages


@pytest.mark.parametrize(
    ("pages", "shown"),
    [
        pytest.param(
            {"site/a.html": page('<figure><img src="img/hero.png"><figcaption>The pool.</figcaption></figure>')},
            True,
            id="with-a-caption",
        ),
        pytest.param({"site/a.html": page('<img src="img/hero.png">')}, True, id="without-a-caption"),
        pytest.param(
            {"site/a.html": page('<img src="x.png" srcset="img/hero.png 2x, img/none.png 3x">')},
            True,
            id="as-another-size",
        ),
        pytest.param({"site/b/c/a.html": page('<img src="../../img/hero.png">')}, True, id="up-and-down"),
        pytest.param({"site/b/a.html": page('<img src="/img/hero.png">')}, True, id="from-the-sites-root"),
        pytest.param({"site/a.html": '<html><body><img src="img/hero.png"></body></html>'}, True, id="no-article"),
        pytest.param({"a.html": page('<img src="https://cdn.example/x/hero.png">')}, True, id="by-its-name-alone"),
        pytest.param(
            {"site/a.html": page('<div style="background:url(img/hero.png)"></div>')}, True, id="as-a-background"
        ),
        pytest.param({"site/a.html": page('<video poster=img/hero.png src=v.mp4></video>')}, True, id="as-a-poster"),
        pytest.param({"site/a.html": page('<meta property=og:image content="https://x.example/img/hero.png">')}, True,
                     id="for-other-sites"),
        pytest.param({"site/x/s.css": "p { background: url('../img/hero.png') }"}, True, id="in-a-style-sheet"),
        pytest.param({"site/x/s.css": "p { background: url('hero.png') }"}, False, id="of-another-folder"),
        pytest.param({"site/list.txt": "One story.\n\nimg/hero.png\n"}, False, id="a-list-of-files"),
        pytest.param({"site/a.html": page('<img src="../masters/m.png">')}, False, id="the-keeper-is-shown"),
        pytest.param({"site/a.html": page('<img src="img/other.png">')}, False, id="another-picture"),
        pytest.param({"site/a.html": page('<a href="img/hero.png">the pool</a>')}, False, id="only-linked"),
    ],
)  # fmt: skip
def test_what_a_page_shows_from_where_it_lies_stays(
    archive: Path, catalog_path: Path, pages: dict[str, str], shown: bool
) -> None:
    hero = photo(1)
    lay(archive, {"masters/m.png": hero, "site/img/hero.png": hero, **pages}, old=("masters/m.png",))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    assert going(catalog_path, cleanup) == (set() if shown else {"site/img/hero.png"})
    (locator,) = pages
    if shown:
        assert actions(catalog_path, cleanup)["site/img/hero.png"] == (
            "keep",
            f"shown on a page, only with --break-pages: {locator}",
        )
        broken = plan(catalog_path, break_pages=True)
        assert actions(catalog_path, broken)["site/img/hero.png"] == (
            "quarantine",
            f"same bytes as its keeper; breaks {locator}",
        )
        assert rows(catalog_path, "SELECT pages FROM cleanup_actions WHERE action = 'quarantine'") == [
            (json.dumps([locator]),)
        ]


@pytest.mark.parametrize("kind", ["near", "same-pixels", "part"])
def test_pages_are_spared_whatever_the_kind(archive: Path, catalog_path: Path, kind: str) -> None:
    whole = busy(1)
    shown = {
        "near": encode(whole, quality=60),
        "same-pixels": photo(1, "Mara Ellison at the pool"),
        "part": encode(whole.crop((40, 40, 600, 420)), quality=90),
    }[kind]
    master = photo(1) if kind == "same-pixels" else encode(whole, quality=95)
    ending = "png" if kind == "same-pixels" else "jpg"
    lay(
        archive,
        {f"m.{ending}": master, f"site/w.{ending}": shown, "site/a.html": page(f'<img src="w.{ending}">')},
    )
    scan_archive(catalog_path, archive)
    options: dict[str, Any] = {"kinds": (kind,), "keep": (f"path=m.{ending}",), "allow_lacks": True}
    assert going(catalog_path, plan(catalog_path, **options)) == set()
    assert going(catalog_path, plan(catalog_path, **options, break_pages=True)) == {f"site/w.{ending}"}


def test_a_copy_that_was_blown_up_goes_and_one_with_more_detail_stays(
    archive: Path, catalog_path: Path
) -> None:
    large = make_scene(5, (1200, 900))
    small = large.resize((600, 450), Image.Resampling.LANCZOS)
    kept = encode(small, quality=92)
    blown = Image.open(io.BytesIO(kept)).resize((1200, 900), Image.Resampling.BICUBIC)
    lay(archive, {"kept.jpg": kept, "blown.jpg": encode(blown, quality=90)})
    scan_archive(catalog_path, archive)
    options: dict[str, Any] = {"kinds": ("near",), "keep": ("path=kept.jpg",)}
    cleanup = plan(catalog_path, **options)
    assert going(catalog_path, cleanup) == {"blown.jpg"}
    assert "it was blown up" in actions(catalog_path, cleanup)["blown.jpg"][1]
    lay(archive, {"large.jpg": encode(large, quality=90)})
    scan_archive(catalog_path, archive)
    cleanup = plan(catalog_path, **options)
    assert going(catalog_path, cleanup) == {"blown.jpg"}
    assert "larger size (1200x900)" in actions(catalog_path, cleanup)["large.jpg"][1]


def test_a_link_in_its_place_breaks_no_page(archive: Path, catalog_path: Path) -> None:
    hero = photo(1)
    lay(
        archive, {"m.png": hero, "site/h.png": hero, "site/a.html": page('<img src="h.png">')}, old=("m.png",)
    )
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path, action="hardlink")) == {"site/h.png"}


def test_pages_are_counted_and_the_first_are_named(archive: Path, catalog_path: Path, run: Run) -> None:
    hero = photo(1)
    pages = {f"p{number:02d}.html": page('<img src="h.png">') for number in range(25)}
    lay(archive, {"m/m.png": hero, "h.png": hero, **pages}, old=("m/m.png",))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    assert actions(catalog_path, cleanup)["h.png"][1].endswith("p00.html and 24 more pages")
    shown = run("cleanup", "show", "-c", catalog_path)
    assert "pages: p00.html, p01.html" in " ".join(shown.stdout.split())
    written = json.loads(run("cleanup", "show", "-c", catalog_path, "--format", "json").stdout)
    (row,) = [each for each in written["actions"] if each["locator"] == "h.png"]
    assert row["pages"] == sorted(pages)[:20]


@pytest.mark.parametrize("src", ["h.png", "m.png"])
@pytest.mark.parametrize("said", [False, True])
def test_a_page_that_came_after_the_plan_is_not_broken_by_it(
    archive: Path, catalog_path: Path, src: str, said: bool
) -> None:
    lay(archive, {name: photo(1) for name in ("m.png", "h.png", "h2.png")}, old=("m.png",))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, break_pages=said)
    assert going(catalog_path, cleanup) == {"h.png", "h2.png"}
    (archive / "new.html").write_text(page(f'<img src="{src}">'))
    scan_quickly(catalog_path, archive)
    done = apply(catalog_path, cleanup)
    stays = src == "h.png" and not said
    assert (archive / "h.png").exists() == stays
    assert not (archive / "h2.png").exists()
    assert [locator for locator, why in done.skipped.files if why.endswith("since the plan: new.html")] == (
        ["h.png"] if stays else []
    )


@pytest.mark.parametrize("said", [False, True])
def test_an_edit_breaks_a_page_only_when_told_to(
    archive: Path, catalog_path: Path, tmp_path: Path, said: bool
) -> None:
    hero = photo(1)
    lay(archive, {"m.png": hero, "h.png": hero, "a.html": page('<img src="h.png">')}, old=("m.png",))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    edit(catalog_path, cleanup, tmp_path, {"h.png": {"action": "quarantine"}}, break_pages=said, refused=(
        None if said else "--break-pages"
    ))  # fmt: skip
    assert going(catalog_path, cleanup) == ({"h.png"} if said else set())


def edit(
    catalog: Path,
    cleanup: Cleanup,
    folder: Path,
    changes: dict[str, dict[str, object]],
    *,
    refused: str | None = None,
    break_pages: bool = False,
) -> None:
    """Write a plan, change rows by their locators, and give it back."""
    path = folder / "plan.json"
    with Catalogue.open(catalog) as catalogue:
        with path.open("w") as out:
            write_plan_json(catalogue, read_cleanup(catalogue, cleanup.id), out)
        written = json.loads(path.read_text())
        for row in written["actions"]:
            row.update(changes.get(row["locator"], {}))
        path.write_text(json.dumps(written))
        if refused is None:
            take_edited_plan(catalogue, path, break_pages=break_pages)
        else:
            with pytest.raises(UsageError, match=refused):
                take_edited_plan(catalogue, path, break_pages=break_pages)


# --- companions

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
TAKEOUT = '{"title": "%s", "photoTakenTime": {"timestamp": "1588448998"}, "imageViews": "3"}'


@pytest.mark.parametrize(
    ("names", "tied"),
    [
        pytest.param(["a.jpg", "a.xmp"], {"a.xmp": ("a.jpg",)}, id="xmp-by-its-stem"),
        pytest.param(["a.jpg", "a.jpg.xmp"], {"a.jpg.xmp": ("a.jpg",)}, id="xmp-by-its-name"),
        pytest.param(["IMG_1.HEIC", "IMG_1.MOV"], {"IMG_1.MOV": ("IMG_1.HEIC",)}, id="live-photo"),
        pytest.param(["a.jpg", "a.png", "a.xmp"], {"a.xmp": ("a.jpg", "a.png")}, id="shared"),
        pytest.param(["a.cr2", "a.jpg", "a.xmp"], {"a.xmp": ("a.cr2", "a.jpg")}, id="shared-with-a-raw"),
        pytest.param(["IMG_1.JPG", "IMG_1.AAE"], {"IMG_1.AAE": ("IMG_1.JPG",)}, id="edits"),
        pytest.param(
            ["IMG_E12.JPG", "IMG_O12.AAE"], {"IMG_O12.AAE": ("IMG_E12.JPG",)}, id="edits-of-the-edited"
        ),
        pytest.param(["a.jpg", "a.jpg.json"], {"a.jpg.json": ("a.jpg",)}, id="takeout"),
        pytest.param(
            ["a(1).jpg", "a.jpg", "a.jpg(1).json"],
            {"a.jpg(1).json": ("a(1).jpg",)},
            id="takeout-with-a-counter",
        ),
        pytest.param(
            ["a.heic", "a.mov", "a.mov.json"],
            {"a.mov": ("a.heic",), "a.mov.json": ("a.mov", "a.heic")},
            id="of-a-companion",
        ),
        pytest.param(["a.jpg", "ab.xmp", "b.mov", "a.css"], {}, id="of-other-names"),
        pytest.param(["a.html", "a.xmp"], {}, id="of-no-picture"),
        pytest.param(["story.jpg", "story.json"], {}, id="json-that-says-nothing-of-it"),
    ],
)
def test_companions_are_tied_by_their_names(names: list[str], tied: dict[str, tuple[str, ...]]) -> None:
    def read(name: str) -> Sidecar | None:
        return None if name.startswith("story") else read_sidecar(name, TAKEOUT.encode() % b"a.jpg")

    found = tie_companions(names, read)
    assert {name: tuple(sorted(owners)) for name, owners in found.items()} == {
        name: tuple(sorted(owners)) for name, owners in tied.items()
    }


def test_companions_go_and_return_with_their_picture(archive: Path, catalog_path: Path, run: Run) -> None:
    beside = {
        ".xmp": XMP,
        ".mov": b"\0\0\0\x14ftypqt  " + bytes(400),
        ".AAE": "<plist/>",
        ".png.json": TAKEOUT % "p.png",
    }
    files: dict[str, bytes | str] = {}
    for folder in ("one", "two"):
        files |= {f"{folder}/p.png": photo(1)} | {f"{folder}/p{end}": data for end, data in beside.items()}
    files["two/q.xmp"] = XMP
    lay(archive, files, old=("one/p.png",))
    scan_quickly(catalog_path, archive)
    before = snapshot(archive)
    planned = run("cleanup", "plan", "-c", catalog_path, "--format", "json")
    rows_ = {each["locator"]: each for each in json.loads(planned.stdout)["actions"]}
    assert rows_["two/p.mov"]["companion_of"] == "two/p.png"
    assert rows_["two/p.mov"]["keeper"] == "one/p.mov"
    assert run("cleanup", "apply", "--yes", "-c", catalog_path).returncode == 0
    assert sorted(path.name for path in (archive / "two").iterdir()) == ["q.xmp"], (
        "a stranger's sidecar stays"
    )
    assert run("cleanup", "undo", "-c", catalog_path).returncode == 0
    assert snapshot(archive) == before


def test_what_lies_beside_one_copy_only_keeps_that_copy(archive: Path, catalog_path: Path) -> None:
    lay(archive, {"a/p.png": photo(1), "b/p.png": photo(1), "b/p.xmp": XMP}, old=("a/p.png",))
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path)) == {"a/p.png"}, "the one with a sidecar is kept"
    cleanup = plan(catalog_path, keep=("path=a",))
    assert going(catalog_path, cleanup) == set()
    assert actions(catalog_path, cleanup)["b/p.png"][1] == "its keeper lacks the file p.xmp beside it"
    cleanup = plan(catalog_path, keep=("path=a",), allow_lacks=True)
    assert going(catalog_path, cleanup) == {"b/p.png", "b/p.xmp"}
    assert apply(catalog_path, cleanup).done == 2
    assert not (archive / "b/p.xmp").exists()
    execute(catalog_path, "UPDATE cleanups SET applied_at = '2020-01-01T00:00:00+00:00'")
    assert undo(catalog_path, cleanup).undone == 2
    assert (archive / "b/p.xmp").read_text() == XMP


def test_the_sidecar_of_a_video_goes_with_the_photo(archive: Path, catalog_path: Path) -> None:
    video = b"\0\0\0\x14ftypqt  " + bytes(400)
    lay(
        archive,
        {"a/p.png": photo(1), "b/p.png": photo(1), "b/p.mov": video, "b/p.mov.json": TAKEOUT % "p.mov"},
        old=("a/p.png",),
    )
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, keep=("path=a",), allow_lacks=True)
    assert going(catalog_path, cleanup) == {"b/p.png", "b/p.mov", "b/p.mov.json"}
    result = apply(catalog_path, cleanup)
    assert (result.done, result.skipped.files) == (3, [])


def test_another_sidecar_is_not_the_same(archive: Path, catalog_path: Path) -> None:
    lay(
        archive,
        {"a/p.png": photo(1), "a/p.xmp": XMP, "b/p.png": photo(1), "b/p.xmp": XMP.replace("meta", "mete")},
        old=("a/p.png",),
    )
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path)) == set()


def test_what_belongs_to_a_picture_that_stays_too_stays(archive: Path, catalog_path: Path) -> None:
    lay(
        archive,
        {
            "a/p.png": photo(1),
            "a/p.xmp": XMP,
            "b/p.png": photo(1),
            "b/p.xmp": XMP,
            "b/p.jpg": encode(make_photo(2)),
        },
        old=("a/p.png",),
    )
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path)) == {"b/p.png"}, "b/p.xmp is also that of b/p.jpg"


def test_companions_that_were_not_to_be_scanned_go_along_too(archive: Path, catalog_path: Path) -> None:
    for folder in "ab":
        lay(archive, {f"{folder}/p.png": photo(1)}, old=("a/p.png",))
    scan_quickly(catalog_path, archive)
    lay(archive, {"a/p.xmp": XMP, "b/p.xmp": XMP})
    cleanup = plan(catalog_path)
    assert going(catalog_path, cleanup) == {"b/p.png", "b/p.xmp"}
    assert apply(catalog_path, cleanup).done == 2


def test_a_companion_stays_where_its_picture_is_skipped(archive: Path, catalog_path: Path) -> None:
    lay(archive, {f"{folder}/p{end}": data for folder in "ab" for end, data in ((".png", photo(1)), (".xmp", XMP))},
        old=("a/p.png",))  # fmt: skip
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    (archive / "b/p.png").write_bytes(photo(2))
    result = apply(catalog_path, cleanup)
    assert result.done == 0
    assert dict(result.skipped.files)["b/p.xmp"] == "the picture that it belongs to stays"
    assert (archive / "b/p.xmp").exists()


def test_companions_follow_the_edits_of_a_plan(archive: Path, catalog_path: Path, tmp_path: Path) -> None:
    lay(archive, {f"{folder}/p{end}": data for folder in "ab" for end, data in ((".png", photo(1)), (".xmp", XMP))},
        old=("a/p.png",))  # fmt: skip
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    edit(catalog_path, cleanup, tmp_path, {"b/p.png": {"action": "keep"}})
    assert going(catalog_path, cleanup) == set()
    edit(catalog_path, cleanup, tmp_path, {
        "a/p.png": {"action": "quarantine", "keeper": "b/p.png"}, "b/p.png": {"keeper": None}
    })  # fmt: skip
    assert going(catalog_path, cleanup) == {"a/p.png", "a/p.xmp"}
    assert apply(catalog_path, cleanup).done == 2
    assert undo(catalog_path, cleanup).undone == 2


# --- what was thrown away


@pytest.mark.parametrize(
    "folder",
    [
        "$RECYCLE.BIN/S-1-5", "$Recycle.Bin", "RECYCLER", ".Trash", ".Trashes/501", ".Trash-1000/files", "#recycle",
        "@Recycle", "lost+found", "found.000", "LOST.DIR", ".stversions", "System Volume Information",
    ],
)  # fmt: skip
@pytest.mark.parametrize("keep", [(), ("path=t",), ("oldest",)], ids=["default", "by-path", "oldest"])
def test_the_keeper_never_lies_in_a_folder_of_what_was_thrown_away(
    archive: Path, catalog_path: Path, folder: str, keep: tuple[str, ...]
) -> None:
    lay(archive, {f"t/{folder}/a.png": photo(1), "z/a copy.png": photo(1)}, old=(f"t/{folder}/a.png",))
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path, keep=keep)) == {f"t/{folder}/a.png"}


@pytest.mark.parametrize(
    "folder", ["Trashy novels", "lost and found", "recycle", "Trash.old", ".Trash-art", "founder"]
)
def test_folders_with_like_names_hold_keepers(archive: Path, catalog_path: Path, folder: str) -> None:
    assert not is_discarded(folder)
    lay(archive, {f"{folder}/a.png": photo(1), "z/a.png": photo(1)}, old=(f"{folder}/a.png",))
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path)) == {"z/a.png"}


def test_copies_that_were_all_thrown_away_stay(archive: Path, catalog_path: Path) -> None:
    lay(archive, {".Trashes/a.png": photo(1), ".Trashes/b.png": photo(1)})
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    assert going(catalog_path, cleanup) == set()
    assert "trash folders" in told(catalog_path, cleanup)


def test_what_was_thrown_away_stays_where_its_keeper_lacks_something(
    archive: Path, catalog_path: Path
) -> None:
    lay(archive, {".Trashes/a.png": photo(1, "Mara Ellison at the pool"), "a.png": photo(1)})
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path)) == set()


# --- folders


def scattered(archive: Path, catalog: Path, *, old_in_desk: int, files: int = 10) -> None:
    """The same files in Desk, in folders by day, and in Backup; some are older here, the others there."""
    for number in range(files):
        names = f"Desk/2021/0{number % 3 + 1}/f{number}.png", f"Backup (old)/Desk 2021/f{number}.png"
        lay(
            archive, dict.fromkeys(names, photo(number)), old=names[:1] if number < old_in_desk else names[1:]
        )
    scan_quickly(catalog, archive)


@pytest.mark.parametrize(
    ("old_in_desk", "keep", "kept"),
    [
        pytest.param(6, (), "Desk/", id="most-are-older-here"),
        pytest.param(4, (), "Backup (old)/", id="most-are-older-there"),
        pytest.param(6, ("path=Backup (old)",), "Backup (old)/", id="a-folder-is-named"),
        pytest.param(4, ("path=Desk/*",), "Desk/", id="a-glob-is-named"),
    ],
)
def test_one_of_two_folders_keeps_all_that_both_hold(
    archive: Path, catalog_path: Path, old_in_desk: int, keep: tuple[str, ...], kept: str
) -> None:
    scattered(archive, catalog_path, old_in_desk=old_in_desk)
    cleanup = plan(catalog_path, keep=keep)
    gone = going(catalog_path, cleanup)
    assert len(gone) == 10
    assert not any(locator.startswith(kept) for locator in gone)
    other = "Desk" if kept != "Desk/" else "Backup (old)"
    assert f"10  {kept.removesuffix('/')}, not {other}" in told(catalog_path, cleanup)


def test_a_folder_is_named_by_its_whole_path_too(archive: Path, catalog_path: Path) -> None:
    scattered(archive, catalog_path, old_in_desk=10)
    gone = going(catalog_path, plan(catalog_path, keep=(f"path={archive}/Backup (old)",)))
    assert len(gone) == 10
    assert all(locator.startswith("Desk/") for locator in gone)


def test_folders_that_share_nothing_are_decided_apart(archive: Path, catalog_path: Path) -> None:
    for number, (one, other) in enumerate([("A", "B"), ("A", "B"), ("C", "A")]):
        lay(archive, {f"{one}/{number}.png": photo(number), f"{other}/{number}.png": photo(number)},
            old=(f"{one}/{number}.png",))  # fmt: skip
    scan_quickly(catalog_path, archive)
    assert going(catalog_path, plan(catalog_path)) == {"B/0.png", "B/1.png", "A/2.png"}


def test_policies_of_files_come_before_folders(archive: Path, catalog_path: Path) -> None:
    scattered(archive, catalog_path, old_in_desk=6)
    gone = going(catalog_path, plan(catalog_path, keep=("oldest",)))
    assert {locator.split("/")[0] for locator in gone} == {"Desk", "Backup (old)"}


def test_a_persons_keeper_comes_before_folders(archive: Path, catalog_path: Path, run: Run) -> None:
    scattered(archive, catalog_path, old_in_desk=10)
    chosen = "Backup (old)/Desk 2021/f3.png"
    execute(
        catalog_path,
        "INSERT INTO keeper_choices SELECT id, sha256, '2026-01-01' FROM records WHERE locator = '"
        + chosen
        + "'",
        "INSERT OR IGNORE INTO pending SELECT 'image', sha256 FROM records WHERE locator = '" + chosen + "'",
    )
    assert run("match", "-c", catalog_path).returncode == 0
    gone = going(catalog_path, plan(catalog_path))
    assert chosen not in gone
    assert len(gone) == 10


names = st.lists(st.sampled_from("abc"), min_size=0, max_size=3).map(lambda parts: "/".join([*parts, "f"]))
groups = st.lists(st.lists(names, min_size=2, max_size=5, unique=True), min_size=1, max_size=12)


@given(groups)
def test_folders_are_never_preferred_both_ways(found: list[list[str]]) -> None:
    votes = Votes()
    placed = [[(place_of(1, locator), locator) for locator in group] for group in found]
    for group in placed:
        votes.add([place for place, _ in group], group[0][0])
    preferred: set[tuple[Place, Place]] = set()
    for group in placed:
        kept = place_of(1, votes.choose(group)[0])
        pairs = {part(kept, place) for place, _ in group} - {None}
        preferred |= {pair for pair in pairs if pair is not None}
        assert votes.choose(group[::-1])[0] in votes.choose(group), (
            "the order of what is given decides nothing"
        )
    assert not any((other, kept) in preferred for kept, other in preferred)


# --- what a keeper lacks


@pytest.mark.parametrize(
    ("column", "value", "kept", "lacks"),
    [
        ("headline", "'Pool'", "NULL", "headline"),
        ("byline", "'Jonas Tarrow'", "'Ilse Maren'", "another byline"),
        ("credit_line", "'Northern Wire'", "NULL", "credit"),
        ("copyright_notice", "'(c) NW'", "NULL", "copyright notice"),
        ("created_at", "'2021-01-04'", "NULL", "date"),
        ("created_at", "'2021-01-04'", "'2021-01-04T10:00:00'", None),
        ("city", "'Valdren'", "NULL", "city"),
        ("keywords", '\'["news", "pool"]\'', "'[\"news\"]'", "other keywords"),
        ("keywords", "'[\"news\"]'", '\'["pool", "news"]\'', None),
        ("latitude", "1.5", "NULL", "coordinates"),
        ("bits", "16", "8", "16 bits a channel"),
        ("profile", "'Adobe RGB'", "NULL", "colour profile Adobe RGB"),
        ("profile", "'sRGB IEC61966-2.1'", "NULL", None),
        ("damage", "NULL", "'half of it'", "the whole picture"),
    ],
)
def test_a_file_that_its_keeper_lacks_something_of_stays(
    archive: Path, catalog_path: Path, column: str, value: str, kept: str, lacks: str | None
) -> None:
    lay(archive, {"a.png": photo(1), "b.png": photo(1, "The pool.")})
    scan_quickly(catalog_path, archive)
    of = "(SELECT sha256 FROM records WHERE locator = '{}')"
    change = "UPDATE images SET caption = NULL, {} = {} WHERE sha256 = " + of
    execute(
        catalog_path, change.format(column, kept, "a.png"), change.format(column, value, "b.png"),
        "UPDATE image_group_members SET keeper = record_id = (SELECT id FROM records WHERE locator = 'a.png')",
    )  # fmt: skip
    cleanup = plan(catalog_path, keep=("path=a.png",))
    if lacks is None:
        assert going(catalog_path, cleanup) == {"b.png"}
        return
    assert actions(catalog_path, cleanup)["b.png"] == ("keep", f"its keeper lacks {lacks}")
    cleanup = plan(catalog_path, keep=("path=a.png",), allow_lacks=True)
    assert going(catalog_path, cleanup) == {"b.png"}
    assert rows(catalog_path, "SELECT lacks FROM cleanup_actions WHERE action = 'quarantine'") == [
        (json.dumps([lacks]),)
    ]
    each_holds_something = lacks.startswith("another")
    assert going(catalog_path, plan(catalog_path)) == (set() if each_holds_something else {"a.png"})


def test_a_profile_of_its_own_is_kept(archive: Path, catalog_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = make_photo(1)
    lay(archive, {"a.jpg": encode(plain, quality=92), "b.jpg": encode(plain, quality=90, icc_profile=lab)})
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, kinds=("near", "same-pixels"), keep=("path=a.jpg",))
    assert "b.jpg" not in going(catalog_path, cleanup)


# --- an empty plan


def test_an_empty_plan_says_why(archive: Path, catalog_path: Path, run: Run) -> None:
    lay(archive, {"a.png": photo(1), "b.png": photo(2)})
    scan_quickly(catalog_path, archive)
    said = run("cleanup", "plan", "-c", catalog_path).stdout
    assert "Plan 1 removes nothing: each of the catalogue's 2 pictures is the only copy of its kind." in said
    assert "Next:" not in said
    lay(archive, {"c.png": photo(1), "p.html": page('<img src="c.png">')}, old=("a.png",))
    scan_quickly(catalog_path, archive)
    lay(
        archive,
        {"near.jpg": encode(make_photo(9), quality=95), "near2.jpg": encode(make_photo(9), quality=60)},
    )
    scan_quickly(catalog_path, archive)
    said = run("cleanup", "plan", "-c", catalog_path).stdout
    assert "removes nothing: 4 files stay." in said or "removes nothing" in said
    assert "      1  shown on a page, only with --break-pages\n" in said
    assert "      1  the keeper's picture, encoded or edited otherwise: only with --kind near\n" in said
    written = json.loads(run("cleanup", "plan", "-c", catalog_path, "--format", "json").stdout)
    assert written["stays"] == {
        "shown on a page, only with --break-pages": 1,
        "the keeper's picture, encoded or edited otherwise: only with --kind near": 1,
    }


# --- the plan as a file


HOSTILE = (
    "=cmd|' !A0.png",
    "+1.png",
    "-1+1.png",
    "@sum.png",
    "\ttab.png",
    "\rreturn.png",
    "'=quoted.png",
    'a\r\nb;c,"d.png',
)


def test_names_that_are_formulas_come_back_from_csv(
    archive: Path, catalog_path: Path, tmp_path: Path
) -> None:
    for number, name in enumerate(HOSTILE):
        lay(archive, {f"{name}": photo(number), f"z/{number}.png": photo(number)}, old=(f"z/{number}.png",))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, keep=("path=z",))
    assert going(catalog_path, cleanup) == set(HOSTILE)
    path = tmp_path / "plan.csv"
    with Catalogue.open(catalog_path) as catalogue:
        with path.open("w", newline="") as out:
            write_plan_csv(catalogue, cleanup, out)
        cells = [
            cell for row in csv.reader(io.StringIO(path.read_bytes().decode(), newline="")) for cell in row
        ]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert take_edited_plan(catalogue, path).actions == 0
        path.write_bytes(path.read_bytes().replace(b",quarantine,", b",keep,"))
        assert take_edited_plan(catalogue, path).actions == len(HOSTILE)


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        pytest.param({"id": 10**30}, "no row of a plan has the id 1000", id="beyond-64-bits"),
        pytest.param({"id": -1}, "no row of a plan has the id -1", id="negative"),
        pytest.param({"id": 1.5}, "row 2: no id", id="a-fraction"),
        pytest.param({"id": int("9" * 18)}, "does not match a plan", id="of-no-plan"),
        pytest.param({"action": "sidecar"}, "it cannot become a sidecar", id="a-file-made-a-sidecar"),
    ],
)
def test_rows_that_are_none_of_a_plan_are_refused(
    archive: Path, catalog_path: Path, tmp_path: Path, edits: dict[str, object], why: str
) -> None:
    lay(archive, {"a.png": photo(1), "b.png": photo(1)}, old=("a.png",))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    before = actions(catalog_path, cleanup)
    edit(catalog_path, cleanup, tmp_path, {"b.png": edits}, refused=why)
    assert actions(catalog_path, cleanup) == before


@pytest.mark.parametrize(("action", "refused"), [("keep", None), ("quarantine", "can only be left out")])
def test_a_sidecar_can_be_left_out_and_nothing_else(
    archive: Path, catalog_path: Path, tmp_path: Path, action: str, refused: str | None
) -> None:
    lay(archive, {"a.png": photo(1), "b.png": photo(1, "The pool reopens.")})
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path, keep=("path=a.png",), write_sidecars=True)
    edit(catalog_path, cleanup, tmp_path, {"a.png.xmp": {"action": action}}, refused=refused)


def test_a_cell_beyond_all_bounds_is_named(
    archive: Path, catalog_path: Path, tmp_path: Path, run: Run
) -> None:
    lay(archive, {"a.png": photo(1), "b.png": photo(1)})
    scan_quickly(catalog_path, archive)
    plan(catalog_path)
    path = tmp_path / "plan.csv"
    path.write_text("id,action,locator,sha256\n1,keep," + "x" * 200_000 + ",y\n")
    done = run("cleanup", "plan", "-c", catalog_path, "--edited", path)
    assert done.returncode == 2
    assert "is not a plan in CSV" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- a catalogue that was altered


def unlike(archive: Path, catalog: Path, kind: str) -> Cleanup:
    """A plan by which one picture goes for another that it has nothing in common with."""
    lay(archive, {"a.png": photo(1), "b.png": photo(1), "other.png": photo(7)}, old=("a.png",))
    scan_quickly(catalog, archive)
    cleanup = plan(catalog)
    execute(
        catalog,
        f"UPDATE cleanup_actions SET kind = '{kind}', (record_id, locator, sha256, byte_size) ="
        " (SELECT id, locator, sha256, byte_size FROM records WHERE locator = 'other.png') WHERE action = 'quarantine'",
    )
    return cleanup


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("same-bytes", "its bytes are not its keeper's"),
        ("same-pixels", "its pixels are not its keeper's"),
        ("near", "do not show the same"),
        ("part", "do not show the same"),
        ("anything", "do not show the same"),
    ],
)
def test_an_altered_catalogue_removes_nothing_unlike(
    archive: Path, catalog_path: Path, kind: str, why: str
) -> None:
    cleanup = unlike(archive, catalog_path, kind)
    before = snapshot(archive)
    result = apply(catalog_path, cleanup)
    assert result.done == 0
    assert result.skipped.files[0][0] == "other.png"
    assert why in result.skipped.files[0][1]
    assert snapshot(archive) == before


def test_a_picture_passed_off_as_a_companion_stays(archive: Path, catalog_path: Path) -> None:
    lay(archive, {"a.png": photo(1), "b.png": photo(1), "other.png": photo(7)}, old=("a.png",))
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    execute(
        catalog_path,
        "INSERT INTO cleanup_actions (cleanup_id, group_id, kind, record_id, source_id, source_uri, locator, action,"
        " sha256, byte_size, reason, keeper_record_id, keeper_source_id, keeper_locator, keeper_sha256, status,"
        " companion_of) SELECT a.cleanup_id, 1, 'companion', r.id, r.source_id, a.source_uri, r.locator, 'quarantine',"
        " r.sha256, r.byte_size, '', a.keeper_record_id, a.keeper_source_id, a.keeper_locator, a.keeper_sha256,"
        " 'planned', 'b.png' FROM records r, cleanup_actions a WHERE r.locator = 'other.png' AND a.locator = 'b.png'",
    )
    result = apply(catalog_path, cleanup)
    assert result.done == 1
    assert result.skipped.files[0] == (
        "other.png",
        "it does not belong to b.png: the catalogue is wrong about it",
    )
    assert (archive / "other.png").exists()


@pytest.mark.parametrize("kind", ["same-pixels", "near", "part"])
def test_what_is_alike_goes_when_compared_anew(archive: Path, catalog_path: Path, kind: str) -> None:
    whole = busy(1)
    copy = {
        "same-pixels": encode(whole, "PNG", compress_level=1),
        "near": encode(whole.resize((320, 240)), quality=70),
        "part": encode(whole.crop((40, 40, 600, 420)), quality=90),
    }[kind]
    master = encode(whole, "PNG", compress_level=9) if kind == "same-pixels" else encode(whole, quality=95)
    lay(archive, {"a.img": master, "b.img": copy})
    scan_archive(catalog_path, archive)
    cleanup = plan(catalog_path, kinds=(kind,), keep=("path=a.img",))
    assert going(catalog_path, cleanup) == {"b.img"}
    result = apply(catalog_path, cleanup)
    assert (result.done, result.skipped.files) == (1, [])


def test_a_purge_holds_what_nothing_is_like_any_more(archive: Path, catalog_path: Path) -> None:
    lay(archive, {f"{folder}/p{end}": data for folder in "ab" for end, data in ((".png", photo(1)), (".xmp", XMP))},
        old=("a/p.png",))  # fmt: skip
    scan_quickly(catalog_path, archive)
    cleanup = plan(catalog_path)
    assert apply(catalog_path, cleanup).done == 2
    (archive / "a/p.xmp").write_text("edited since")
    result = purge(catalog_path, cleanup)
    assert result.purged == 1
    assert result.held.files[0][0] == "b/p.xmp"
