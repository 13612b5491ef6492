"""The report as a page: whole without anything else, safe whatever it shows, bounded, and usable in a browser."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from catalog.errors import UsageError
from catalog.show.captions import CAPTIONS
from catalog.show.filters import Filters, narrow
from catalog.show.html import _TEMPLATES, PageOptions, write_html
from catalog.show.images import IMAGES
from catalog.show.problems import PROBLEMS
from catalog.show.report import Report, count_findings, report_groups
from catalog.store.catalogue import Catalogue
from media.captions.word_difference import mark_differences
from tests.cleanup_trees import photo, scan_quickly
from tests.conftest import Run, rows

HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=alert(2)> \u202e\x1b[31m \" ' & https://evil.example/x"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: `make browser-tests` installs one"
)


@pytest.fixture
def catalog(archive: Path, catalog_path: Path) -> Path:
    """Copies and captions with names and texts that would take a careless page over."""
    folder = archive / "<script>alert(3)"
    folder.mkdir()
    (archive / "a.png").write_bytes(photo(1))
    (folder / '"><img src=x onerror=alert(4)>.png').write_bytes(photo(1))
    (archive / "sub").mkdir()
    (archive / "sub/big.png").write_bytes(photo(2) + b" " * 50_000)
    (archive / "sub/big-copy.png").write_bytes(photo(2) + b" " * 50_000)
    (archive / "broken.png").write_bytes(photo(3)[:300])
    page = "<html><body><article><h1>{}</h1><figure><img src='a.png'><figcaption>{}</figcaption></figure></article>"
    for number, day in enumerate(("Monday", "Tuesday"), 1):
        caption = f"Smoke rises over the old port of Avel on {day}, March {number}, 2019. "
        (archive / f"{number}.html").write_text(page.format("Port", caption))
    scan_quickly(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue, catalogue.db.atomic():
        catalogue.db.execute("UPDATE captions SET text = text || ?", [HOSTILE])
        catalogue.db.execute("UPDATE problems SET reason = ?, remedy = ?", [HOSTILE, HOSTILE])
    return catalog_path


def page(catalog: Path, tmp_path: Path, options: PageOptions | None = None) -> str:
    path = tmp_path / "report.html"
    with Catalogue.read(catalog) as catalogue, path.open("w", encoding="utf-8") as out:
        write_html(catalogue, out, options or PageOptions())
    return path.read_text(encoding="utf-8")


class Elements(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def elements(markup: str) -> Elements:
    parser = Elements()
    parser.feed(markup)
    parser.close()
    return parser


def test_nothing_runs_and_nothing_is_fetched(catalog: Path, tmp_path: Path) -> None:
    found = elements(page(catalog, tmp_path))
    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & set(found.tags)
    assert not [each for each in found.attributes if each[1].startswith("on")]
    addresses = {value for _, name, value in found.attributes if name in ("src", "href", "srcset", "action")}
    assert all(
        value.startswith(("data:image/jpeg;base64,", "data:image/webp;base64,", "#")) for value in addresses
    )
    style = "".join(found.text)
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_names_and_captions_are_shown_as_text(catalog: Path, tmp_path: Path) -> None:
    markup = page(catalog, tmp_path)
    text = "".join(elements(markup).text)
    assert "<script>alert(1)</script>" in text
    assert '"><img src=x onerror=alert(4)>.png' in text
    assert "\x1b" not in markup
    assert "\u202e" not in markup
    assert "\\u202e" in text


def test_the_page_says_what_repeats_with_its_pictures(catalog: Path, tmp_path: Path) -> None:
    markup = page(catalog, tmp_path)
    text = "".join(elements(markup).text)
    assert "Duplicate pictures (2)" in text
    assert "Problems (1)" in text
    assert markup.count("data:image/jpeg;base64,") + markup.count("data:image/webp;base64,") >= 2
    assert 'class="keep">keep' in markup
    assert "2019" in text, "captions by year"
    assert "<ins>Tuesday</ins>" in markup or "<ins>Monday</ins>" in markup


def test_only_the_sections_asked_for_are_there(catalog: Path, tmp_path: Path) -> None:
    text = "".join(elements(page(catalog, tmp_path, PageOptions(only=("images",)))).text)
    assert "Duplicate pictures" in text
    assert "Problems" not in text


def fill(catalog: Path, groups: int) -> None:
    """So many repeats and picture groups, of what the catalogue has."""
    with Catalogue.open(catalog) as catalogue, catalogue.db.atomic():
        caption = catalogue.value("SELECT min(id) FROM captions")
        placements = [row[0] for row in catalogue.rows("SELECT id FROM placements LIMIT 2")]
        records = [tuple(row) for row in catalogue.rows("SELECT id, sha256 FROM records WHERE inode IS NOT NULL"
                   " AND sha256 IN (SELECT sha256 FROM images) ORDER BY sha256 LIMIT 2")]  # fmt: skip
        many = catalogue.db.conn.executemany
        numbers = range(1000, 1000 + groups)
        many(
            "INSERT INTO caption_repeats (id, kind, size, articles, caption_id) VALUES (?, 'reused', 2, 2, ?)",
            [(n, caption) for n in numbers],
        )
        many(
            "INSERT INTO caption_repeat_members (repeat_id, placement_id, similarity) VALUES (?, ?, 1)",
            [(n, each) for n in numbers for each in placements],
        )
        many("INSERT INTO image_groups VALUES (?, 'same-bytes', 2, 0, 1)", [(n,) for n in numbers])
        many(
            "INSERT INTO image_group_members VALUES (?, ?, ?, ?, '')",
            [(n, *record, number == 0) for n in numbers for number, record in enumerate(records)],
        )


def test_ten_thousand_groups_are_paged_bounded_and_counted(catalog: Path, tmp_path: Path) -> None:
    fill(catalog, 10_000)
    markup = page(catalog, tmp_path)
    assert len(markup) < 10_000_000
    assert "Duplicate pictures (10,002)" in markup
    assert re.search(r"9,0\d\d findings left out of this page", markup)
    assert "cutline report images --format csv" in markup
    assert markup.count("<details open>") == 2
    assert "<summary>951 to 1,000 of 10,002</summary>" in markup


def test_thumbnails_stop_where_the_page_would_grow_too_large(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.show.html._THUMBNAIL_BYTES", 10)
    markup = page(catalog, tmp_path)
    assert "data:image" not in markup
    assert "left out: too many for one page" in markup


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        pytest.param(
            "Boats leave on <b>Tuesday</b>, in the fog",
            "on &lt;b&gt;<del>Monday</del> <ins>Tuesday</ins>&lt;",
            id="marked",
        ),
        pytest.param(
            "Nothing of it stands here, not one word", "Nothing of it stands here, not one word", id="unlike"
        ),
    ],
)
def test_differences_are_marked_as_browse_marks_them(other: str, shown: str) -> None:
    marks = _TEMPLATES.get_template("marks.html").module
    assert shown in marks.parts(mark_differences("Boats leave on <b>Monday</b>, in the fog", other))  # type: ignore[attr-defined]


# --- filters


def found(catalog: Path, report: Report, filters: Filters) -> int:
    with Catalogue.read(catalog) as catalogue:
        narrowed = narrow(catalogue, report, filters)
        shown = sum(1 for _ in report_groups(catalogue, narrowed))
        assert shown == count_findings(catalogue, narrowed)
        return shown


@pytest.mark.parametrize(
    ("report", "filters", "count"),
    [
        pytest.param(IMAGES, Filters(), 2, id="none"),
        pytest.param(IMAGES, Filters(kinds=("same-bytes",)), 2, id="kind"),
        pytest.param(IMAGES, Filters(kinds=("near", "part")), 0, id="other-kinds"),
        pytest.param(IMAGES, Filters(min_size=50_000), 1, id="min-size"),
        pytest.param(IMAGES, Filters(min_size=10**9), 0, id="larger-than-all"),
        pytest.param(IMAGES, Filters(paths=("sub/*",)), 1, id="path"),
        pytest.param(IMAGES, Filters(paths=("a.png",)), 1, id="name-of-one-member"),
        pytest.param(IMAGES, Filters(paths=("a.png",), min_size=50_000), 0, id="both-hold"),
        pytest.param(IMAGES, Filters(since=1), 2, id="since-the-first-scan"),
        pytest.param(PROBLEMS, Filters(kinds=("decode",)), 1, id="stage"),
        pytest.param(PROBLEMS, Filters(paths=("*.jpg",)), 0, id="problems-elsewhere"),
    ],
)
def test_filters(catalog: Path, report: Report, filters: Filters, count: int) -> None:
    assert found(catalog, report, filters) == count


def test_a_group_stays_whole(catalog: Path) -> None:
    with Catalogue.read(catalog) as catalogue:
        groups = list(report_groups(catalogue, narrow(catalogue, IMAGES, Filters(paths=("a.png",)))))
    assert [len(group) for group in groups] == [2]


def test_since_shows_what_a_later_scan_brought(archive: Path, catalog: Path) -> None:
    scan_quickly(catalog, archive)
    assert found(catalog, IMAGES, Filters(since=2)) == 0
    (archive / "late.png").write_bytes(photo(1))
    scan_quickly(catalog, archive)
    assert found(catalog, IMAGES, Filters(since=3)) == 1


def test_filters_that_mean_nothing_are_refused(catalog: Path) -> None:
    with Catalogue.read(catalog) as catalogue:
        with pytest.raises(UsageError, match="no such scan"):
            narrow(catalogue, IMAGES, Filters(since=99))
        with pytest.raises(UsageError, match="no sizes"):
            narrow(catalogue, CAPTIONS, Filters(min_size=1))


def test_every_format_holds_the_same_rows(catalog: Path, run: Run, tmp_path: Path) -> None:
    options = ("report", "images", "-c", catalog, "--path", "sub/*", "--min-size", "50kB")
    groups = json.loads(run(*options, "--format", "json").stdout)
    assert [len(group["members"]) for group in groups] == [2]
    assert len(run(*options, "--format", "csv").stdout.splitlines()) == 3
    assert run(*options, "--format", "markdown").stdout.count("sub/big") == 2
    done = run(*options, "--format", "html", "-o", tmp_path / "r.html")
    assert done.returncode == 0, done.stderr
    markup = (tmp_path / "r.html").read_text()
    assert "Duplicate pictures (1)" in markup
    assert "Narrowed by filters" in markup
    assert run("report", "-c", catalog, "--kind", "near").returncode == 2


# --- in a browser


def browse(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM
    profile = path.parent / "profile"
    return subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", *options,
         path.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


PROBE = """<script>
addEventListener("load", () => {
  const said = {
    overflow: document.documentElement.scrollWidth - innerWidth,
    broken: [...document.images].filter(i => i.complete && !i.naturalWidth).length,
    images: document.images.length,
    scripts: document.scripts.length,
    small: [...document.querySelectorAll("p, li, dd, td, blockquote")]
      .filter(e => parseFloat(getComputedStyle(e).fontSize) < 12).length,
  };
  document.body.innerHTML = "<pre id=said>" + JSON.stringify(said) + "</pre>";
});
</script>"""


@needs_browser
@pytest.mark.parametrize("width", [pytest.param(1280, id="desk"), pytest.param(390, id="phone")])
def test_the_page_fits_its_window(catalog: Path, tmp_path: Path, width: int) -> None:
    """Measured in the browser by a script that the test adds, in a frame as wide as the screen."""
    markup = page(catalog, tmp_path)
    probed = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", markup).replace(
        "</head>", PROBE + "</head>"
    )
    (tmp_path / "probed.html").write_text(probed)
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<body><iframe id=f src="probed.html" style="width:{width}px;height:900px;border:0"></iframe><script>'
        'addEventListener("message", e => 0); f.onload = () => setTimeout(() => { document.title = "done";'
        " document.body.innerHTML += '<pre>' + f.contentDocument.body.textContent + '</pre>'; }, 300);</script>"
    )
    done = browse(frame, "--allow-file-access-from-files", "--virtual-time-budget=4000", "--dump-dom")
    said = re.search(r"\{\"overflow.*?\}", done.stdout)
    assert said, done.stderr[-500:]
    measured = json.loads(said[0].replace("&quot;", '"'))
    assert measured["overflow"] <= 0, "the page must not scroll sideways"
    assert measured["images"] >= 2
    assert measured["broken"] == 0
    assert measured["small"] == 0


@needs_browser
def test_nothing_hostile_ran(catalog: Path, tmp_path: Path) -> None:
    page(catalog, tmp_path)
    done = browse(
        tmp_path / "report.html", "--virtual-time-budget=2000", "--dump-dom", "--enable-logging=stderr"
    )
    assert "Duplicate pictures (2)" in done.stdout
    assert "<script" not in done.stdout
    assert "Content Security Policy" not in done.stderr, "the page itself is within its own policy"


def print_pages(catalog: Path, tmp_path: Path, options: PageOptions | None = None) -> int:
    """On how many sheets the page is printed."""
    page(catalog, tmp_path, options)
    pdf = tmp_path / "report.pdf"
    browse(tmp_path / "report.html", f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    data = pdf.read_bytes()
    assert data.startswith(b"%PDF-")
    return max(int(count) for count in re.findall(rb"/Count (\d+)", data))


@needs_browser
def test_the_page_prints_on_few_sheets_and_with_its_collapsed_parts_where_all_is_asked(
    catalog: Path, tmp_path: Path
) -> None:
    fill(catalog, 120)
    few = print_pages(catalog, tmp_path)
    all_of_it = print_pages(catalog, tmp_path, PageOptions(limit=None))
    assert few < 30 < all_of_it, "120 groups of each kind"
    html = (tmp_path / "report.html").read_text()
    assert 'class="printed"' not in html and '<body class="all">' in html


def test_the_catalogue_is_only_read(catalog: Path, tmp_path: Path) -> None:
    before = rows(catalog, "SELECT count(*) FROM image_groups"), os.stat(catalog).st_mtime_ns
    page(catalog, tmp_path)
    assert (rows(catalog, "SELECT count(*) FROM image_groups"), os.stat(catalog).st_mtime_ns) == before
