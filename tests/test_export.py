"""Exports: what is taken out can be put back, each pair stands once, each format holds the same."""

import csv
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.export.articles import ExportedArticle, export_articles
from catalog.export.pairs import Pair, export_pairs
from catalog.export.spans import Removed, remove_lines
from catalog.store.catalogue import Catalogue
from tests.cleanup_trees import photo, plan, scan_quickly
from tests.conftest import Run

CAPTION = "Smoke rises over the port of Avel on Monday, March 4, 2024."
FURNITURE = "This story was told by telephone to the desk in Brennick and set there."
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>
<figure><img src="{src}" alt="Smoke"><figcaption>{caption} (Ilse Maren/Northern Wire)</figcaption></figure>
<p>AVEL - Firefighters worked through night number {n} to contain a blaze that broke out in a warehouse.</p>
<p>{extra}</p>
<p>No one was hurt, the harbour master said on day {n}, and ships were to sail again in the morning.</p>
<p>This story was told by telephone to the desk in Brennick and set there.</p>
</article></body></html>"""


def put_back(cleaned: str, removed: Sequence[Removed]) -> str:
    """The original: every piece at the place that it came from."""
    parts: list[str] = []
    at = written = 0
    for each in sorted(removed, key=lambda piece: piece.start):
        stay = each.start - written
        parts += [cleaned[at : at + stay], each.text]
        at += stay
        written = each.start + len(each.text)
    return "".join(parts) + cleaned[at:]


@given(
    st.lists(st.sampled_from(["", "a", "caption", "two words", "caption", "\r", "é\u2028x"]), max_size=12),
    st.data(),
)
def test_what_was_taken_out_is_put_back_exactly(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    count = text.count("\n") + 1
    numbers = data.draw(st.sets(st.integers(0, count - 1)))
    cleaned, removed = remove_lines(text, dict.fromkeys(numbers, "caption"))
    assert put_back(cleaned, removed) == text
    assert len(cleaned) + sum(len(each.text) for each in removed) == len(text)
    kept = [line for number, line in enumerate(text.split("\n")) if number not in numbers]
    assert cleaned == "\n".join(kept)


@given(st.text(alphabet="ab\n", max_size=30), st.sets(st.integers(0, 30)))
def test_a_map_survives_json(text: str, numbers: set[int]) -> None:
    count = text.count("\n")
    cleaned, removed = remove_lines(text, {n: "boilerplate" for n in numbers if n <= count})
    told = json.loads(json.dumps([[each.start, each.text, each.why] for each in removed]))
    assert put_back(cleaned, [Removed(*each) for each in told]) == text


@pytest.fixture
def catalog(archive: Path, catalog_path: Path) -> Path:
    """Twelve pages with furniture; two show copies of one picture under one caption, one repeats it in its text."""
    (archive / "pictures").mkdir()
    (archive / "pictures/smoke.png").write_bytes(photo(1))
    (archive / "pictures/smoke-copy.png").write_bytes(photo(1))
    (archive / "pictures/ferry.png").write_bytes(photo(2))
    for number in range(12):
        src, caption = ("smoke.png", CAPTION) if number == 0 else ("smoke-copy.png", CAPTION)
        if number > 1:
            src, caption = (
                "ferry.png",
                f"A ferry leaves Avel harbour on its {number}th crossing of the winter.",
            )
        (archive / f"page-{number}.html").write_text(
            PAGE.format(
                title=f"Smoke over the port, part {number}",
                src=f"pictures/{src}",
                caption=caption,
                n=number,
                extra=CAPTION
                if number == 0
                else f"The {number}th alarm was false, the harbour master added.",
            )
        )
    scan_quickly(catalog_path, archive)
    return catalog_path


def articles(catalog: Path, **options: object) -> dict[str, ExportedArticle]:
    with Catalogue.read(catalog) as catalogue:
        return {each.locator: each for each in export_articles(catalogue, **options)}  # type: ignore[arg-type]


def pairs(catalog: Path) -> list[Pair]:
    with Catalogue.read(catalog) as catalogue:
        return list(export_pairs(catalogue))


def test_furniture_goes_and_what_one_article_says_stays(catalog: Path) -> None:
    for article in articles(catalog).values():
        assert FURNITURE not in article.body
        assert "harbour master" in article.body
        assert FURNITURE in [each.text.strip("\n") for each in article.removed if each.why == "boilerplate"]


def test_lines_of_fewer_articles_than_asked_for_are_no_furniture(catalog: Path) -> None:
    assert all(FURNITURE in each.body for each in articles(catalog, boilerplate=13).values())
    assert all(FURNITURE in each.body for each in articles(catalog, boilerplate=0).values())


def test_every_body_can_be_put_back_to_its_digest(catalog: Path) -> None:
    for article in articles(catalog).values():
        original = put_back(article.body, article.removed)
        assert hashlib.sha256(original.encode()).hexdigest() == article.body_sha256


@pytest.mark.parametrize(
    ("keep", "captions", "in_body"),
    [
        pytest.param("once", 1, False, id="once"),
        pytest.param("all", 1, True, id="all"),
        pytest.param("none", 0, False, id="none"),
    ],
)
def test_captions_stand_where_they_were_asked_for(
    catalog: Path, keep: str, captions: int, in_body: bool
) -> None:
    with Catalogue.open(catalog) as catalogue, catalogue.db.atomic():
        catalogue.db.execute(
            "UPDATE articles SET body = body || char(10) || ? WHERE record_id ="
            " (SELECT id FROM records WHERE locator = 'page-0.html') AND instr(body, ?) = 0",
            [CAPTION, CAPTION],
        )
    found = articles(catalog, keep_captions=keep)["page-0.html"]
    assert len(found.captions) == captions
    assert (CAPTION in found.body) == in_body
    if captions:
        assert found.captions[0].text == CAPTION
        assert found.captions[0].credit_line == "(Ilse Maren/Northern Wire)"
        assert found.captions[0].image_locator


def test_copies_of_a_picture_and_repeats_of_a_caption_are_one_pair(catalog: Path) -> None:
    found = [each for each in pairs(catalog) if each.caption == CAPTION]
    assert [(each.image_sha256, each.showings) for each in found] == [
        (hashlib.sha256(photo(1)).hexdigest(), 2)
    ]
    assert found[0].credit_line == "(Ilse Maren/Northern Wire)"
    assert found[0].article_locator == "page-0.html"
    assert (found[0].width_px, found[0].height_px, found[0].byte_size) == (96, 72, len(photo(1)))


def test_other_captions_of_one_picture_are_pairs_of_their_own(catalog: Path) -> None:
    ferry = [each for each in pairs(catalog) if each.image_locator == "pictures/ferry.png"]
    assert len(ferry) == 10


def test_the_same_pixels_under_other_bytes_are_the_keepers_pair(archive: Path, catalog_path: Path) -> None:
    (archive / "told.png").write_bytes(photo(1, CAPTION))
    (archive / "plain.png").write_bytes(photo(1))
    scan_quickly(catalog_path, archive)
    assert [(each.image_locator, each.caption) for each in pairs(catalog_path)] == [("told.png", CAPTION)]


def test_a_caption_that_a_cleanup_carried_is_its_keepers_pair(archive: Path, catalog_path: Path) -> None:
    from tests.test_cleanup import apply

    (archive / "told.png").write_bytes(photo(1, CAPTION))
    (archive / "plain.png").write_bytes(photo(1))
    scan_quickly(catalog_path, archive)
    apply(catalog_path, plan(catalog_path, keep=("path=plain.png",), write_sidecars=True))
    assert [(each.image_locator, each.caption) for each in pairs(catalog_path)] == [("plain.png", CAPTION)]


def test_jsonl_and_csv_hold_the_same_pairs(catalog: Path, run: Run) -> None:
    lines = [json.loads(line) for line in run("export", "pairs", "-c", catalog).stdout.splitlines()]
    table = list(
        csv.DictReader(
            io.StringIO(run("export", "pairs", "-c", catalog, "--format", "csv").stdout, newline="")
        )
    )
    assert len(lines) == 11
    assert [each["caption"] for each in lines] == [each["caption"] for each in table]
    assert list(lines[0]) == list(table[0])


def test_a_webdataset_holds_picture_caption_and_the_rest(catalog: Path, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tar"
    done = run("export", "pairs", "-c", catalog, "--format", "webdataset", "-o", path)
    assert done.returncode == 0, done.stderr
    with tarfile.open(path) as tar:
        names = tar.getnames()
        assert names[:3] == ["000000000.png", "000000000.txt", "000000000.json"]
        read = {name: tar.extractfile(name).read() for name in names}  # type: ignore[union-attr]
    smoke = next(name for name in names if name.endswith(".txt") and read[name].decode() == CAPTION)
    assert read[smoke.replace(".txt", ".png")] == photo(1)
    assert json.loads(read[smoke.replace(".txt", ".json")])["article_locator"] == "page-0.html"


def test_a_picture_that_changed_is_left_out_and_named(
    archive: Path, catalog: Path, run: Run, tmp_path: Path
) -> None:
    (archive / "pictures/ferry.png").write_bytes(photo(3))
    done = run("export", "pairs", "-c", catalog, "--format", "webdataset", "-o", tmp_path / "p-%06d.tar")
    assert done.returncode == 1
    assert "pictures/ferry.png: its bytes have changed since the scan" in done.stderr
    with tarfile.open(tmp_path / "p-000000.tar") as tar:
        assert len(tar.getnames()) == 3


def test_text_files_mirror_the_archive(catalog: Path, run: Run, tmp_path: Path) -> None:
    done = run("export", "articles", "-c", catalog, "--format", "text", "-o", tmp_path / "texts")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "texts/source-1/page-3.html.txt").read_text()
    assert "3th alarm" in text
    assert "A ferry leaves Avel harbour on its 3th crossing" in text
    assert FURNITURE not in text
    lines = [json.loads(line) for line in (tmp_path / "texts/removed.jsonl").read_text().splitlines()]
    assert {line["file"] for line in lines} == {f"source-1/page-{n}.html.txt" for n in range(12)}
    assert (
        run("export", "articles", "-c", catalog, "--format", "text", "-o", tmp_path / "texts").returncode == 2
    )


def test_nothing_is_written_into_an_archive(archive: Path, catalog: Path, run: Run) -> None:
    done = run("export", "pairs", "-c", catalog, "-o", archive / "pairs.jsonl")
    assert done.returncode == 2
    assert "inside the archive" in done.stderr
    assert not (archive / "pairs.jsonl").exists()


def test_parquet_without_pyarrow_names_what_to_install(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.errors import UsageError
    from catalog.export.parquet import write_pairs_parquet

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'cutline\[parquet\]'"):
        write_pairs_parquet(iter(pairs(catalog)), tmp_path / "p.parquet")


def test_parquet_holds_the_same_rows(catalog: Path, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (extra: parquet)")
    from catalog.export.parquet import write_articles_parquet, write_pairs_parquet

    found = pairs(catalog)
    assert write_pairs_parquet(iter(found), tmp_path / "p.parquet") == len(found)
    table = arrow.read_table(tmp_path / "p.parquet").to_pylist()
    assert [Pair(**row) for row in table] == found
    corpus = articles(catalog)
    write_articles_parquet(iter(corpus.values()), tmp_path / "a.parquet")
    for row in arrow.read_table(tmp_path / "a.parquet").to_pylist():
        article = corpus[row["locator"]]
        assert (row["body"], len(row["captions"])) == (article.body, len(article.captions))
        assert put_back(row["body"], [Removed(**each) for each in row["removed"]]) == put_back(
            article.body, article.removed
        )


def test_versions_of_one_story_are_no_boilerplate(archive: Path, catalog_path: Path) -> None:
    """Twelve captures of one page: before, every line of it was furniture, and nothing was left."""
    told = [f"The council voted on item {n} of the plan to rebuild the old swimming pool." for n in range(12)]
    for month in range(1, 13):
        folder = archive / f"2024-{month:02d}"
        folder.mkdir()
        paragraphs = "".join(f"<p>{line}</p>" for line in [*told, f"This page was saved in month {month}."])
        (folder / "pool.html").write_text(
            '<html lang=en><head><title>Pool</title><link rel=canonical href="https://herald.example/pool"></head>'
            f"<body><article><h1>Pool</h1>{paragraphs}</article></body></html>"
        )
    scan_quickly(catalog_path, archive)
    exported = articles(catalog_path)
    assert len(exported) == 12
    assert all(told[0] in each.body for each in exported.values())
    assert not any(each.removed for each in exported.values())
    with Catalogue.read(catalog_path) as catalogue:
        once = export_articles(catalogue, dedup="story")
        assert [each.locator for each in once] == ["2024-01/pool.html"]
        assert {(each.locator, each.kept_locator) for each in once.left_out()} == {
            (f"2024-{month:02d}/pool.html", "2024-01/pool.html") for month in range(2, 13)
        }


def test_other_fields_of_json_records_come_back(archive: Path, catalog_path: Path, run: Run) -> None:
    record = {
        "id": "d7", "title": "Ferry", "text": "The ferry sailed at noon.", "desk": {"name": "north", "codes": [1, 2.5]},
        "score": float("nan"), "checked": None,
    }  # fmt: skip
    (archive / "news.jsonl").write_text(json.dumps(record) + "\n")
    scan_quickly(catalog_path, archive)
    line = json.loads(run("export", "articles", "-c", catalog_path).stdout)
    assert line["headline"] == "Ferry"
    assert line["fields"] == {
        "id": "d7", "desk": {"name": "north", "codes": [1, 2.5]}, "score": "nan", "checked": None,
    }  # fmt: skip


def test_an_export_does_not_depend_on_who_read_first(archive: Path, tmp_path: Path, run: Run) -> None:
    for folder in ("b", "a"):
        (archive / folder).mkdir()
        for number in range(20):
            text = (
                f"PORT AVEL - Ship {folder}{number} sailed for Tessen.\n\nIt carried {number} crates of tea."
            )
            (archive / folder / f"{number}.txt").write_text(text)
    written = []
    for jobs in ("0", "1", "3"):
        catalog = tmp_path / f"{jobs}.db"
        run("scan", archive, "-c", catalog, "--jobs", jobs)
        written.append(run("export", "articles", "-c", catalog).stdout)
    assert len(written[0].splitlines()) == 40
    assert written[0] == written[1] == written[2]


def test_what_was_taken_out_is_summed_up(catalog: Path, run: Run, tmp_path: Path) -> None:
    removed = tmp_path / "removed.csv"
    done = run("export", "articles", "-c", catalog, "-o", tmp_path / "out.jsonl", "--removed", removed)
    assert "Removed from 12 articles" in done.stderr
    assert f"12 x {FURNITURE.casefold()}" in done.stderr
    with removed.open(newline="") as file:
        assert ["12", FURNITURE.casefold()] in list(csv.reader(file))
