"""One figure, one meaning: the summary, a scan's last words, the page of reports and browsing say the same."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from typer.testing import CliRunner

from catalog.browse.home import load_counts, load_home
from catalog.cli.app import build_app
from catalog.show.plots import bytes_by_folder
from catalog.show.words import size_text
from catalog.store.catalogue import Catalogue
from tests.browsing import serving
from tests.conftest import encode, make_photo, scan_archive
from tests.containers import Crawl, make_zip, write
from tests.shared_data import SHARED

PAGE = (
    "<html><body><article><h1>Harbour {0}</h1><p>The crane stood still all week, said the master of port {0}.</p>"
    "<figure><img src={1}><figcaption>A crane at the harbour of Tessen on Monday, number {0}.</figcaption></figure>"
    "</article></body></html>"
)


def make_archive(folder: Path) -> dict[str, int]:
    """An archive with copies of every sort; gives what is to be counted in it."""
    photos = {number: encode(make_photo(number)) for number in range(5)}
    write(folder / "desk/0.jpg", photos[0])
    write(folder / "desk/page.html", PAGE.format(0, "0.jpg").encode())
    photo, exif = make_photo(5), Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "Nets dry on the quay of Tessen."
    write(folder / "desk/5.jpg", encode(photo, exif=exif))
    write(
        folder / "desk/5.jpg.json",
        json.dumps({"title": "5.jpg", "description": "Nets on the quay."}).encode(),
    )
    write(folder / "desk/1.jpg", photos[1])
    os.link(folder / "desk/1.jpg", folder / "desk/1-linked.jpg")  # occupies nothing
    write(folder / "backup/0.jpg", photos[0])  # a copy
    write(folder / "backup/1.jpg", photos[1])  # a copy
    os.link(folder / "backup/1.jpg", folder / "backup/1-linked.jpg")
    write(folder / "photos.zip", make_zip({"a/0.jpg": photos[0], "b/2.jpg": photos[2], "c/2.jpg": photos[2]}))
    os.link(folder / "photos.zip", folder / "photos-linked.zip")  # its members occupy nothing more
    crawl = Crawl()
    crawl.add("https://n.example/3.jpg", photos[3], "image/jpeg")
    crawl.add("https://n.example/p", PAGE.format(3, "3.jpg").encode())
    crawl.add("https://n.example/0.jpg", photos[0], "image/jpeg")
    crawl.add("https://n.example/s.css", b"p { color: black }", "text/css")
    write(folder / "crawl.warc.gz", crawl.data())
    write(folder / "gone/0.jpg", photos[0])
    write(folder / "gone/4.jpg", photos[4])
    write(folder / "gone/page.html", PAGE.format(4, "4.jpg").encode())
    write(folder / "drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    return {
        "articles": 2,
        "images": 2 + 1 + 2 + 1 + 3 + 3 + 2 + 1,
        "distinct_images": 5,
        "captions": 2,
        "metadata_captions": 2,
        # 0: desk, backup, ZIP, WARC; 1: desk, backup; 2: two members of one ZIP.
        "reclaimable_bytes": 3 * len(photos[0]) + len(photos[1]) + len(photos[2]),
        "missing_records": 3,
    }


def summary_of(catalog: Path) -> dict[str, object]:
    run = CliRunner().invoke(build_app(), ["report", "-c", str(catalog), "--format", "json"])
    found: dict[str, object] = json.loads(run.stdout)
    return found


def assert_one_figure_everywhere(catalog: Path) -> dict[str, object]:
    """Compare every figure that any of them shows; gives the summary."""
    said = summary_of(catalog)
    with Catalogue.read(catalog) as catalogue:
        home, counted = load_home(catalogue.db.conn), load_counts(catalogue.db.conn)
        folders = bytes_by_folder(catalogue)
    quick, full = home.counts, counted.figures
    conflicts = sum(quick.conflicts.values())
    browsed = {
        "sources": quick.sources,
        "records": full.records,
        "missing_records": full.missing_records,
        "articles": quick.articles,
        "images": full.picture_files,
        "distinct_images": full.pictures,
        "captions": full.captions,
        "metadata_captions": full.metadata_captions,
        "caption_repeats": quick.caption_repeats,
        "image_groups": quick.image_groups,
        "reclaimable_bytes": full.exact_copy_bytes,
        "conflicts": conflicts,
        "orphan_captions": full.orphan_captions,
        "uncaptioned_images": full.uncaptioned_images,
        "missing_images": full.missing_images,
        "waiting_images": full.waiting_pictures,
        "furniture": quick.furniture,
        "learned_credits": quick.credits,
        "repeat_scopes": quick.repeat_scopes,
        "corrections": sum(quick.corrections.values()),
        "problems": quick.problems,
        "unread": [asdict(each) for each in quick.unread],
        "empty": [asdict(each) for each in quick.empty],
        "support": [asdict(each) for each in full.support],
    }
    assert browsed == {name: said[name] for name in browsed}
    assert set(said) - set(browsed) == {"last_scan", "scenes", "scene_pictures"}
    assert sum(size for _, size, _ in folders) == full.exact_copy_bytes
    runner, app = CliRunner(), build_app()
    table = runner.invoke(app, ["report", "-c", str(catalog), "--format", "csv"]).stdout
    page = runner.invoke(app, ["report", "-c", str(catalog), "--format", "html", "--limit", "1"]).stdout
    shown = dict(re.findall(r"<div><dt>([^<]*)</dt><dd>([^<]*)</dd></div>", page))
    different = f" ({full.pictures:,} different)" if full.pictures != full.picture_files else ""
    assert shown == {
        "Articles": f"{quick.articles:,}",
        "Pictures": f"{full.picture_files:,}{different}",
        "Captions on pages": f"{full.captions:,}",
        "Captions in metadata": f"{full.metadata_captions:,}",
        "Caption repeats": f"{sum(quick.caption_repeats.values()):,}",
        "Picture groups": f"{sum(quick.image_groups.values()):,}",
        "In exact copies": size_text(full.exact_copy_bytes),
        "Pictures with conflicting captions": f"{conflicts:,}",
        "Problems": f"{quick.problems:,}",
    }
    counts = {row["what"]: int(row["count"]) for row in csv.DictReader(io.StringIO(table, newline=""))}
    assert counts["Articles"] == quick.articles
    assert (counts["Pictures"], counts["Pictures, each once"]) == (full.picture_files, full.pictures)
    assert counts["Captions on pages"] == full.captions
    assert counts["Captions in metadata"] == full.metadata_captions
    assert counts["Problems"] == quick.problems
    assert counts["Bytes in exact copies"] == full.exact_copy_bytes
    return said


def test_every_figure_is_right_and_is_the_same_everywhere(archive: Path, catalog_path: Path) -> None:
    wanted = make_archive(archive)
    scan_archive(catalog_path, archive)
    for path in sorted((archive / "gone").iterdir()):
        path.unlink()
    scan_archive(catalog_path, archive)
    said = assert_one_figure_everywhere(catalog_path)
    assert {name: said[name] for name in wanted} == wanted
    assert said["problems"] == 1


def test_the_pages_show_these_figures(archive: Path, catalog_path: Path) -> None:
    pytest.importorskip("datasette", reason="Datasette is not installed: pip install 'cutline[browse]'")
    wanted = make_archive(archive)
    scan_archive(catalog_path, archive)
    for path in sorted((archive / "gone").iterdir()):
        path.unlink()
    scan_archive(catalog_path, archive)
    with serving(catalog_path) as server:
        home = server.ask("").text
        for _ in range(50):
            if "Counting the rest" not in home:
                break
            home = server.ask("").text
    lede = re.sub(r"<[^>]+>", "", home[home.index('class="lede"') :].split("</p>")[0])
    assert (
        f"2 articles, {wanted['images']} pictures (5 different) and 2 captions on pages, 2 in metadata,"
        in lede
    )
    assert "(3 more are no longer in the archive)" in lede
    assert f"<strong>{size_text(wanted['reclaimable_bytes'])}</strong> in exact copies" in home
    assert "1 SVG picture" in home and "1 stylesheet" in home and "Everything could be read" not in home


def test_an_archive_without_copies_has_no_bytes_in_them(archive: Path, catalog_path: Path) -> None:
    write(archive / "a.jpg", encode(make_photo(1)))
    os.link(archive / "a.jpg", archive / "b.jpg")
    write(archive / "c.jpg", encode(make_photo(2)))
    scan_archive(catalog_path, archive)
    said = assert_one_figure_everywhere(catalog_path)
    assert (said["images"], said["distinct_images"], said["reclaimable_bytes"]) == (3, 2, 0)


@pytest.mark.long
@pytest.mark.parametrize("maker", ["make_desk.py", "make_crawls.py"])
@pytest.mark.skipif(not (SHARED / "tools").is_dir(), reason="the shared tools are not beside this checkout")
def test_generated_archives_have_one_figure_everywhere(maker: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    without = tmp_path / "bin" / "exiftool"  # what it writes into pictures is not counted here
    without.write_text("#!/bin/sh\n")
    without.chmod(0o755)
    path = os.pathsep.join([os.environ["PATH"], str(tmp_path / "bin")])
    subprocess.run(
        [sys.executable, SHARED / "tools" / maker, tmp_path / "made"],
        check=True,
        capture_output=True,
        env=os.environ | {"PATH": path},
    )
    scan_archive(tmp_path / "catalog.db", tmp_path / "made", jobs=2)
    assert_one_figure_everywhere(tmp_path / "catalog.db")
