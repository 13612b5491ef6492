"""The pages over HTTP: a real Datasette on the sample archive, and on archives that changed or are gone."""

import gzip
import hashlib
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog.browse.pictures import load_picture
from catalog.store.catalogue import Catalogue
from media.pictures.image import thumbnail_type
from tests.browsing import ROOT, Server, serving
from tests.conftest import Run, encode, make_photo, run_async, scan_archive
from tests.findings import plant_findings

pytest.importorskip("datasette", reason="Datasette is not installed: pip install 'cutline[browse]'")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive, scanned."""
    catalogue = tmp_path_factory.mktemp("sample") / "sample.db"
    scan_archive(catalogue, ROOT / "examples" / "archive")
    plant_findings(catalogue)
    return catalogue


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[Server]:
    with serving(sample) as running:
        yield running


def fetch(catalogue: Path, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(catalogue)
    try:
        return [tuple(row) for row in connection.execute(sql, parameters)]
    finally:
        connection.close()


def change(catalogue: Path, sql: str, *parameters: object) -> None:
    connection = sqlite3.connect(catalogue)
    with connection:
        connection.execute(sql, parameters)
    connection.close()


def pages(catalogue: Path) -> list[str]:
    """Every kind of page of ours, on what the catalogue holds."""
    first = {
        name: fetch(catalogue, f"SELECT min(id) FROM {name}")[0][0]
        for name in ("caption_repeats", "image_groups", "caption_conflict_sets", "articles")
    }
    left, right = fetch(catalogue, "SELECT left_sha256, right_sha256 FROM image_matches LIMIT 1")[0]
    return [
        "",
        "/captions",
        "/captions?kind=reused",
        f"/captions/{first['caption_repeats']}",
        "/pictures",
        "/pictures?kind=near&sort=reclaimable_bytes",
        f"/pictures/{first['image_groups']}",
        "/conflicts",
        f"/conflicts/{first['caption_conflict_sets']}",
        f"/article/{first['articles']}",
        f"/picture/{left}",
        f"/compare/{left}/{right}",
        "/search",
        "/search?q=smoke&origin=figcaption",
        "/search?q=smoke&in=articles",
        "/similar",
        "/review",
        "/review/pictures",
        "/review/captions",
        "/review/groups",
        "/review/rules",
        "/desk",
        "/inbox",
        "/stories",
        "/corrections",
        "/furniture",
        "/credits",
    ]


def test_every_page_is_there_and_allows_nothing_from_elsewhere(server: Server, sample: Path) -> None:
    for path in pages(sample):
        answer = server.ask(path)
        assert answer.status == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        addresses = re.findall(r'(?:src|href|action)="([^"]*)"', answer.text)
        outside = {each for each in addresses if "://" in each} - {"https://datasette.io/"}
        assert all("rel=" in answer.text.split(f'"{each}"', 1)[1][:60] for each in outside), path
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", answer.text), path


def test_the_root_leads_to_the_catalogue(server: Server) -> None:
    answer = server.ask("/", raw=True)
    assert (answer.status, answer.headers["location"]) == (302, "/sample/-/cutline")


@pytest.mark.parametrize(
    "path",
    [
        "/article/999999",
        "/captions/999999999999999999999999",
        "/pictures/0",
        f"/picture/{'0' * 64}",
        f"/compare/{'0' * 64}/{'1' * 64}",
        f"/thumbnail/{'0' * 64}",
        f"/original/{'0' * 64}",
        "/original/../../../../etc/passwd",
        "/picture/abc",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_not_found(server: Server, path: str) -> None:
    assert server.ask(path).status == 404


@pytest.mark.parametrize(
    "arguments",
    [
        "/captions?kind=nonsense&after=x",
        "/captions?after=99999999999999999999999-1",
        "/pictures?sort=id;DROP&after=-",
        "/conflicts?grade=%00",
        "/search?q=%22",
        "/search?q=NEAR(&in=articles",
        "/search?q=*+AND+-+%27%22%00&kind=x",
        "/search?q=smoke&page=9999999",
        "/search?q=" + "a%20" * 300,
        "/similar?q=%00%ff",
        "/review/pictures?after=1-x&again=y",
    ],
)
def test_no_argument_is_an_error(server: Server, arguments: str) -> None:
    assert server.ask(arguments).status == 200


def test_only_the_names_it_was_started_for_are_answered(server: Server) -> None:
    assert server.ask("", host="evil.example").status == 421
    assert server.ask("", host=f"localhost:{server.port}").status == 200


def test_pages_are_only_read(server: Server) -> None:
    assert server.ask("/captions", method="POST", body=b"").status in (403, 405)
    page = server.ask("/review/pictures")
    assert (
        server.send("/review/pictures", page, action="same", place="1-1", left="a", right="b").status == 403
    )


def test_a_repeat_is_listed_with_its_places(server: Server) -> None:
    text = server.ask("/captions?kind=reused").text
    assert "Columns of smoke rise over the grain terminal" in text
    assert "Fire closes Port Avel, and the railway with it" in text


def test_a_word_that_a_caption_adds_is_marked(server: Server) -> None:
    assert re.search(r"<ins>The walk had been cancelled since 2020\.?</ins>", server.ask("/captions").text)


def test_captions_stand_in_an_article_where_they_stood(server: Server, sample: Path) -> None:
    (article,) = fetch(sample, "SELECT id FROM articles WHERE headline LIKE 'Nordlicht%'")[0]
    text = server.ask(f"/article/{article}").text
    order = [
        text.index(words)
        for words in (
            "Polarlicht über dem Tessensee",
            "Um kurz nach elf gingen",
            "maß den stärksten Ausschlag",
            "Der Tessengrat, aufgenommen",
            "Wir haben hier seit einer Woche",
            "Abendhimmel über der Vessa",
            "Für die kommende Nacht",
        )
    ]
    assert order == sorted(order)


def test_search_narrows_by_facets(server: Server) -> None:
    whole = server.ask("/search?q=smoke").text
    some = server.ask("/search?q=smoke&publisher=marrick-observer.example").text
    assert "Fire closes Port Avel" in whole and "Refinery fire" in whole
    assert "Fire closes Port Avel" not in some and "Refinery fire" in some


def test_search_takes_accents_and_capitals_alike(server: Server) -> None:
    assert "Port-Avel" in server.ask("/search?q=FUMEE").text


def test_a_thumbnail_is_kept_for_good(server: Server, sample: Path) -> None:
    sha256, stored = fetch(sample, "SELECT image_sha256, webp FROM thumbnails LIMIT 1")[0]
    answer = server.ask(f"/thumbnail/{sha256}", cookie="of=another")
    assert (answer.headers["content-type"], answer.body) == (thumbnail_type(stored), stored)
    assert "immutable" in answer.headers["cache-control"]


def jpeg(catalogue: Path) -> tuple[str, bytes]:
    """A picture of the sample: its digest and its bytes."""
    locator, sha256 = fetch(
        catalogue,
        "SELECT r.locator, r.sha256 FROM records r JOIN images i USING (sha256) WHERE format = 'JPEG'",
    )[0]
    return str(sha256), (ROOT / "examples" / "archive" / str(locator)).read_bytes()


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        pytest.param("bytes=0-99", 0, 100, id="first-hundred"),
        pytest.param("bytes=100-", 100, None, id="from-hundred-on"),
        pytest.param("bytes=-50", -50, None, id="last-fifty"),
        pytest.param("bytes=10-99999999999", 10, None, id="beyond-the-end"),
    ],
)
def test_a_range_of_an_original(
    server: Server, sample: Path, asked: str, start: int, end: int | None
) -> None:
    sha256, data = jpeg(sample)
    answer = server.ask(f"/original/{sha256}", range=asked)
    assert (answer.status, answer.body) == (206, data[start:end])
    first = len(data) + start if start < 0 else start
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(data)}"


def test_an_original_is_whole_and_harmless(server: Server, sample: Path) -> None:
    sha256, data = jpeg(sample)
    answer = server.ask(f"/original/{sha256}")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, data, "image/jpeg")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = server.ask(f"/original/{sha256}", if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert server.ask(f"/original/{sha256}", range="bytes=0-0,5-9").body == data
    assert server.ask(f"/original/{sha256}", range="bytes=99999999-").status == 416
    assert server.ask(f"/original/{sha256}", range="bytes=0-9", if_range='"other"').body == data


def test_what_is_no_picture_is_never_served(server: Server, sample: Path) -> None:
    (digest,) = fetch(sample, "SELECT sha256 FROM records WHERE media_type = 'text/html' LIMIT 1")[0]
    assert server.ask(f"/original/{digest}").status == 404


@dataclass(frozen=True, slots=True)
class Odd:
    """An archive that changed after it was scanned, served."""

    server: Server
    files: dict[str, bytes]

    def digest(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odd]:
    folder = tmp_path_factory.mktemp("odd")
    archive, catalogue = folder / "archive", folder / "odd.db"
    archive.mkdir()
    names = ("gone", "changed", "linked", "escaping", "zipped", "crawled")
    files = {name: encode(make_photo(seed)) for seed, name in enumerate(names)}
    files["tiff"] = encode(make_photo(20), "TIFF")
    for name in ("gone", "changed", "linked", "escaping", "tiff"):
        (archive / f"{name}.jpg").write_bytes(files[name])
    with zipfile.ZipFile(archive / "photos.zip", "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("a/b.jpg", files["zipped"])
    (archive / "crawl.warc.gz").write_bytes(gzip.compress(_capture(files["crawled"])))
    scan_archive(catalogue, archive)
    (archive / "gone.jpg").unlink()
    (archive / "changed.jpg").write_bytes(files["changed"][:-1] + b"x")
    (folder / "outside.jpg").write_bytes(files["linked"])
    (archive / "linked.jpg").unlink()
    (archive / "linked.jpg").symlink_to(folder / "outside.jpg")
    (folder / "other.jpg").write_bytes(files["escaping"])
    change(catalogue, "UPDATE records SET locator = '../other.jpg' WHERE locator = 'escaping.jpg'")
    with serving(catalogue) as running:
        yield Odd(running, files)


def _capture(picture: bytes) -> bytes:
    """A WARC record that holds a picture."""
    http = (
        b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture
    )
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0d5c3f8e-1f0a-4b2e-9d0c-7f1f3a1b2c3d>\r\n"
        "WARC-Target-URI: https://news.example/boat.jpg\r\nWARC-Date: 2024-03-09T12:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def test_a_format_that_browsers_do_not_show_is_a_download(odd: Odd) -> None:
    answer = odd.server.ask(f"/original/{odd.digest('tiff')}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "browsers do not show TIFF" in odd.server.ask(f"/picture/{odd.digest('tiff')}").text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "no longer there"),
        ("changed", "changed since it was scanned"),
        ("linked", "leads out of the archive"),
        ("escaping", "leads out of the archive"),
    ],
)
def test_an_original_that_is_not_what_was_recorded_is_not_shown(odd: Odd, name: str, reason: str) -> None:
    answer = odd.server.ask(f"/original/{odd.digest(name)}")
    assert answer.status == 404 and reason in answer.text
    assert odd.server.ask(f"/thumbnail/{odd.digest(name)}").status == 200


def test_a_missing_archive_says_so(odd: Odd) -> None:
    assert (
        "cannot be reached: this is the stored thumbnail"
        in odd.server.ask(f"/picture/{odd.digest('gone')}").text
    )


@pytest.mark.parametrize("name", ["zipped", "crawled"])
def test_an_original_comes_out_of_a_zip_and_a_warc(odd: Odd, name: str) -> None:
    answer = odd.server.ask(f"/original/{odd.digest(name)}", range="bytes=5-99")
    assert (answer.status, answer.body) == (206, odd.files[name][5:100])
    shown = odd.server.ask(f"/picture/{odd.digest(name)}").text
    assert "From the archive, verified" in shown and "cannot be reached" not in shown


def test_a_picture_is_shown_where_a_smaller_copy_of_it_is(tmp_path: Path) -> None:
    archive, catalogue = tmp_path / "archive", tmp_path / "catalog.db"
    archive.mkdir()
    photo = make_photo(3, (960, 720))
    files = {
        "large.jpg": encode(photo, quality=95),
        "small.jpg": encode(photo.resize((480, 360))),
        "other.jpg": encode(make_photo(9)),
    }
    for name, data in files.items():
        (archive / name).write_bytes(data)
    (archive / "page.html").write_text(
        "<html><body><h1>Harbour</h1><p>The crane stood still all week, said the master of the port.</p><figure>"
        "<img src=small.jpg><figcaption>A crane at the harbour of Tessen.</figcaption></figure></body></html>"
    )
    scan_archive(catalogue, archive)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    with Catalogue.read(catalogue) as opened:
        large = load_picture(opened.db.conn, digests["large.jpg"], 0)
        other = load_picture(opened.db.conn, digests["other.jpg"], 0)
    assert large is not None and other is not None
    assert [(each.locator, each.image_sha256) for each in large.showings] == [
        ("page.html", digests["small.jpg"])
    ]
    assert other.showings == ()


def test_a_picture_is_looked_up_by_the_address_that_it_was_captured_from(odd: Odd) -> None:
    found = odd.server.ask("/similar?q=https%3A%2F%2Fnews.example%2Fboat.jpg")
    assert found.headers["location"].startswith(f"/odd/-/cutline/picture/{odd.digest('crawled')}")


def test_a_picture_handed_in_is_found(server: Server, sample: Path) -> None:
    _, data = jpeg(sample)
    page = server.ask("/similar")
    given = dict(re.findall(r'name="(token)" value="([^"]*)"', page.text))
    headers = {"x_cutline_token": given["token"]}
    answer = server.ask("/similar", method="POST", body=data, **headers)
    assert answer.status == 200 and "<h2>" in answer.text
    unlike = server.ask("/similar", method="POST", body=encode(make_photo(77)), **headers)
    assert "holds nothing similar" in unlike.text
    broken = server.ask("/similar", method="POST", body=b"<svg onload=alert(1)>", **headers)
    assert broken.status == 422 and "<svg" not in broken.text
    headers["x_cutline_token"] = "x" * len(given["token"])
    assert server.ask("/similar", method="POST", body=data, **headers).status == 403


def test_tables_show_pictures_and_links(server: Server, sample: Path) -> None:
    table = server.ask("/sample/duplicate_images", raw=True).text
    assert '<img src="/sample/-/cutline/thumbnail/' in table
    assert 'href="/sample/-/cutline/pictures/' in table
    articles = server.ask("/sample/articles", raw=True).text
    assert 'href="/sample/-/cutline/article/' in articles
    for query in (
        "captions_by_desk",
        "most_used_pictures",
        "copies_to_free",
        "same_text",
        "recent_decisions",
    ):
        assert server.ask(f"/sample/{query}", raw=True).status == 200, query


def test_data_comes_as_datasette_gives_it(server: Server, sample: Path) -> None:
    text = server.ask("/captions?kind=reused").text
    (address,) = re.findall(r'href="([^"]*repeated_captions\.json[^"]*)"', text)
    rows = json.loads(server.ask(address.replace("&amp;", "&"), raw=True).text)["rows"]
    expected = fetch(sample, "SELECT count(*) FROM repeated_captions WHERE kind = 'reused'")[0][0]
    assert len(rows) == expected


def test_functions_of_ours_in_sql(server: Server) -> None:
    sql = "select+caption_key('Boats,+March+9,+2024')+as+k,+hamming(x'0f',+x'00')+as+h,+hamming(x'0f',+null)+as+n"
    answer = server.ask(f"/sample.json?sql={sql}&_shape=array", raw=True)
    if answer.status == 302:
        # Where Datasette 1.0 has its queries.
        answer = server.ask(answer.headers["location"], raw=True)
    rows = json.loads(answer.text)
    assert rows == [{"k": "boats d20240309", "h": 4, "n": None}]


def test_other_databases_are_left_alone(sample: Path, tmp_path: Path) -> None:
    """The plugin in a Datasette of someone else's, beside a database that is no catalogue."""
    from datasette.app import Datasette
    from datasette.plugins import pm

    import catalog.browse

    other = tmp_path / "other.db"
    change(other, "CREATE TABLE images (image_sha256 TEXT, url TEXT)")
    change(other, "INSERT INTO images VALUES (?, 'https://a.example/')", "0" * 64)
    if not pm.is_registered(catalog.browse):
        pm.register(catalog.browse, name="cutline")

    async def ask() -> None:
        datasette = Datasette([str(other), str(sample)])
        await datasette.invoke_startup()
        assert (await datasette.client.get("/other/-/cutline")).status_code == 404
        table = (await datasette.client.get("/other/images")).text
        assert "/other/-/cutline" not in table and "tables.css" not in table
        assert (await datasette.client.get("/")).status_code == 200
        assert "/sample/-/cutline" in (await datasette.client.get("/sample")).text
        datasette = Datasette([str(sample)], metadata={"databases": {"sample": {"allow": {"id": "root"}}}})
        await datasette.invoke_startup()
        sha256, _ = jpeg(sample)
        for path in ("", f"/original/{sha256}", f"/thumbnail/{sha256}", "/review/pictures"):
            assert (await datasette.client.get(f"/sample/-/cutline{path}")).status_code == 404

    run_async(ask())


def test_configuration_for_whoever_serves_it_without_us(run: Run, sample: Path, tmp_path: Path) -> None:
    done = run("browse", "-c", sample, "--write-config", tmp_path / "site")
    assert done.returncode == 0
    metadata = json.loads((tmp_path / "site" / "metadata.json").read_text())
    assert metadata["databases"]["sample"]["queries"]["same_text"]["title"] == "Articles with the same text"
    assert metadata["databases"]["sample"]["tables"]["pending"] == {"hidden": True}
    assert metadata["plugins"]["cutline"]["review"] is False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["-c", "nothing.db"], "no such catalogue", id="no-catalogue"),
        pytest.param(["--review", "--immutable"], "cannot record decisions", id="review-of-immutable"),
        pytest.param(["--host", "203.0.113.9", "--port", "1"], "cannot be listened on", id="no-such-address"),
    ],
)
def test_what_cannot_be_served_is_one_line(run: Run, sample: Path, options: list[str], said: str) -> None:
    arguments = options if "-c" in options else ["-c", str(sample), *options]
    done = run("browse", *arguments)
    assert done.returncode == 2
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_immutable_catalogue_is_only_read(sample: Path, tmp_path: Path) -> None:
    shutil.copy(sample, tmp_path / "published.db")
    with serving(tmp_path / "published.db", "--immutable") as server:
        assert server.ask("").status == 200
        assert "only read here" in server.ask("/review/pictures").text


def test_a_picture_stands_for_one_that_is_looked_for_by_locator(server: Server, sample: Path) -> None:
    locator, sha256 = fetch(
        sample, "SELECT locator, sha256 FROM records WHERE locator LIKE '%snow-road.webp'"
    )[0]
    for wanted in (str(locator), str(sha256), str(sha256)[:12], f"{server.home}/picture/{sha256}"):
        answer = server.ask("/similar?q=" + wanted.replace("/", "%2F").replace(":", "%3A"))
        assert answer.headers.get("location", "").startswith(f"/sample/-/cutline/picture/{sha256}"), wanted
    assert "holds no such picture" in server.ask("/similar?q=nothing.jpg").text
