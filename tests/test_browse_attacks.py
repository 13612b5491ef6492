"""What a hostile reader of ``cutline browse`` sends: each attack on a real server, which serves others meanwhile."""

import contextlib
import itertools
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.browsing import ROOT, Answer, Server, serving
from tests.conftest import encode, make_photo, scan_archive

pytest.importorskip("datasette", reason="Datasette is not installed: pip install 'cutline[browse]'")

MEGABYTE = 1 << 20
PAGE = (
    "<article><h1>{0}</h1><p>They came back late, with little to show for a night at sea.</p>"
    "<figure><img src={0}.jpg><figcaption>{1}</figcaption></figure></article>"
)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two groups of pictures and a repeat of captions, to be reviewed."""
    folder = tmp_path_factory.mktemp("attacked")
    archive = folder / "archive"
    archive.mkdir()
    for number, name in itertools.product((1, 2), ("a", "b")):
        photo = make_photo(number)
        size = (320, 240) if name == "a" else (160, 120)
        (archive / f"{name}{number}.jpg").write_bytes(encode(photo.resize(size)))
    day = {"a": "Monday, March 4, 2024", "b": "Tuesday, March 5, 2024"}
    for name, said in day.items():
        (archive / f"{name}1.html").write_text(
            PAGE.format(f"{name}1", f"Smoke rises over the port of Avel on {said}.")
        )
    scan_archive(folder / "attacked.db", archive)
    return folder / "attacked.db"


@pytest.fixture(scope="module")
def server(catalogue: Path) -> Iterator[Server]:
    with serving(catalogue, "--review") as running:
        yield running


def fetch(catalogue: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(catalogue)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def written(catalogue: Path) -> list[list[tuple[object, ...]]]:
    """Everything that a review writes."""
    return [
        fetch(catalogue, f"SELECT * FROM {table}")
        for table in ("decisions", "reviews", "keeper_choices", "image_group_members", "overruled_decisions")
    ]


def form_of(page: Answer) -> dict[str, str]:
    """What the page's form would send, but for the button."""
    text = page.text[page.text.index('class="verdict"') :]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', text.partition("</form>")[0])) | {
        "action": "same"
    }


def post(server: Server, body: bytes | str, queue: str = "pictures", **headers: str) -> Answer:
    sent = {"content_type": "application/x-www-form-urlencoded", "origin": server.address} | headers
    return server.ask(
        f"/review/{queue}", method="POST", body=body.encode() if isinstance(body, str) else body, **sent
    )


@pytest.fixture(scope="module")
def form(server: Server) -> dict[str, str]:
    return form_of(server.ask("/review/pictures"))


HUGE = "9" * 31
SQL = "x'); DROP TABLE decisions; --"


REFUSED = [
    *(
        pytest.param({name: value}, id=f"{name}-{kind}")
        for name in ("place", "left", "right", "group", "record", "step", "action", "again")
        for kind, value in (("sql", SQL), ("huge", HUGE), ("nul", "\0"), ("long", "7" * 20_000), ("digits", "٣-٣"))
        if (name, kind) not in {("again", kind) for kind in ("sql", "huge", "nul", "long", "digits")}
        and (name, kind) != ("place", "digits")
    ),
    pytest.param({"action": ""}, id="no-action"),
    pytest.param({"action": "purge"}, id="unknown-action"),
    pytest.param({"place": ""}, id="no-place"),
    pytest.param({"left": ""}, id="no-left"),
    pytest.param({"left": "0" * 64}, id="unknown-picture"),
    pytest.param({"left": "caption key"}, id="of-another-kind"),
    pytest.param({"action": "undo", "step": "1"}, id="undo-of-nothing"),
    pytest.param({"action": "undo", "step": "-1"}, id="undo-of-less"),
    pytest.param({"action": "keeper", "group": HUGE, "record": HUGE}, id="keeper-huge"),
    pytest.param({"action": "keeper", "group": "1", "record": HUGE}, id="keeper-record-huge"),
    pytest.param({"action": "keeper", "group": "9" * 5000, "record": "1"}, id="keeper-long"),
    pytest.param({"action": "keeper", "group": "999", "record": "1"}, id="keeper-of-no-group"),
    pytest.param({"action": "keeper", "group": "1' OR '1'='1", "record": "1"}, id="keeper-sql"),
    pytest.param({"action": "undo", "step": "9" * 5000}, id="undo-long"),
    pytest.param({"action": "undo", "step": HUGE}, id="undo-huge"),
]  # fmt: skip
NOT_LOOKED_AT = {"group", "record", "step", "again"}
"""Fields that the verdicts do not take: whatever they hold, it changes nothing of what is recorded."""


@pytest.mark.parametrize("change", REFUSED)
def test_what_no_page_would_send_is_refused_and_nothing_is_written(
    server: Server, catalogue: Path, form: dict[str, str], change: dict[str, str]
) -> None:
    if set(change) <= NOT_LOOKED_AT:
        change = change | {"action": "undo" if "step" in change else "keeper"}
    before = written(catalogue)
    answer = post(server, urlencode(form | change))
    if change.get("action") == "undo" and answer.status == 303:
        pass  # there is nothing to take back: the queue is shown as it is
    else:
        assert answer.status in (400, 409), answer.text
    assert written(catalogue) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 403, id="empty"),
        pytest.param(b"\xff\xfe\x00", 403, id="no-utf-8"),
        pytest.param(b"token=%FF%FE&action=same", 403, id="no-utf-8-escaped"),
        pytest.param(b"%" * 5000, 403, id="percents"),
        pytest.param(b"&" * 60_000, 403, id="ampersands"),
        pytest.param(b"a=1&" * 10_000, 403, id="many-fields"),
        pytest.param(b'{"token": 1}', 403, id="json"),
        pytest.param(b"x" * (1 << 16), 403, id="longest"),
        pytest.param(b"x" * ((1 << 16) + 1), 413, id="longer"),
    ],
)
def test_a_body_that_is_no_form_is_refused(server: Server, catalogue: Path, body: bytes, status: int) -> None:
    before = written(catalogue)
    assert post(server, body).status == status
    assert written(catalogue) == before


@pytest.mark.parametrize("name", ["token", "action", "left", "place", "note"])
def test_a_field_that_comes_twice_is_refused(
    server: Server, catalogue: Path, form: dict[str, str], name: str
) -> None:
    before = written(catalogue)
    whole = form | {"note": "seen"}
    assert post(server, urlencode([*whole.items(), (name, whole[name])])).status == 403
    assert written(catalogue) == before


@pytest.mark.parametrize("name", ["token", "left", "right", "place", "action"])
def test_a_field_that_is_missing_is_refused(
    server: Server, catalogue: Path, form: dict[str, str], name: str
) -> None:
    before = written(catalogue)
    answer = post(server, urlencode({key: value for key, value in form.items() if key != name}))
    assert answer.status in (400, 403, 409)
    assert written(catalogue) == before


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "multipart/form-data; boundary=x", "application/json", "", "application/x-www-form"],
)
def test_a_form_of_another_content_type_is_refused(
    server: Server, catalogue: Path, form: dict[str, str], kind: str
) -> None:
    before = written(catalogue)
    assert post(server, urlencode(form), content_type=kind).status == 415
    assert written(catalogue) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"origin": "http://elsewhere.example"}, 403, id="another-origin"),
        pytest.param({"origin": "null"}, 403, id="no-origin"),
        pytest.param({"sec_fetch_site": "cross-site"}, 403, id="cross-site"),
        pytest.param({"sec_fetch_site": "same-site"}, 403, id="same-site"),
        pytest.param({"host": "elsewhere.example"}, 421, id="another-host"),
    ],
)
def test_a_form_from_elsewhere_is_refused(
    server: Server, catalogue: Path, form: dict[str, str], headers: dict[str, str], status: int
) -> None:
    before = written(catalogue)
    assert post(server, urlencode(form), **headers).status == status
    assert written(catalogue) == before


def test_the_token_of_another_server_is_refused(
    server: Server, catalogue: Path, form: dict[str, str]
) -> None:
    before = written(catalogue)
    with serving(catalogue, "--review") as other:
        foreign = form_of(other.ask("/review/pictures"))["token"]
        assert foreign != form["token"]
        for token in (foreign, foreign[:-1], form["token"] + "x", form["token"].upper(), "é" * 40):
            assert post(server, urlencode(form | {"token": token})).status == 403
        assert post(other, urlencode(form)).status == 403
    assert written(catalogue) == before


def test_without_review_a_token_is_good_for_nothing(catalogue: Path, form: dict[str, str]) -> None:
    before = written(catalogue)
    with serving(catalogue) as reader:
        token = re.findall(r'data-token="([^"]+)"|name="token" value="([^"]+)"', reader.ask("/similar").text)
        assert token
        for each in filter(None, itertools.chain(*token)):
            assert post(reader, urlencode(form | {"token": each})).status == 403
    assert written(catalogue) == before


def test_good_steps_sent_again_and_in_another_order_say_what_was_last_said(
    server: Server, catalogue: Path, form: dict[str, str]
) -> None:
    """A replayed form is the same decision once more; taking back goes from the last step to the first."""
    before = written(catalogue)
    note = f"{SQL} <script>alert(1)</script> \u202e"
    for action, note_sent in (("same", note), ("same", note), ("different", ""), ("skip", "")):
        assert post(server, urlencode(form | {"action": action, "note": note_sent})).status == 303
    assert [row[1:4] for row in fetch(catalogue, "SELECT * FROM decisions")] == [
        (*sorted((form["left"], form["right"])), "different")
    ]
    assert [row[0] for row in fetch(catalogue, "SELECT action FROM reviews ORDER BY id")] == [
        "same", "same", "different", "skip",
    ]  # fmt: skip
    assert "<script>alert" not in server.ask("/review/pictures").text
    steps = [str(row[0]) for row in fetch(catalogue, "SELECT id FROM reviews ORDER BY id")]
    for step in steps[:-1]:
        post(server, urlencode(form | {"action": "undo", "step": step}))
        assert len(fetch(catalogue, "SELECT id FROM reviews")) == 4, "only the last step can be taken back"
    for step in reversed(steps):
        assert post(server, urlencode(form | {"action": "undo", "step": step})).status == 303
        assert post(server, urlencode(form | {"action": "undo", "step": step})).status == 303
    assert written(catalogue) == before


def test_a_queue_that_is_none_takes_nothing(server: Server, catalogue: Path, form: dict[str, str]) -> None:
    before = written(catalogue)
    for path in ("/review/pictures/..", "/review/records", "/review/captions", "/review"):
        answer = server.ask(
            path,
            method="POST",
            body=urlencode(form).encode(),
            content_type="application/x-www-form-urlencoded",
            origin=server.address,
        )
        assert answer.status in (400, 403, 404, 405, 409), path
    assert written(catalogue) == before


@pytest.mark.parametrize("path", ["/captions/", "/pictures/", "/conflicts/", "/article/"])
@pytest.mark.parametrize("number", ["9" * 18, "9" * 19, "9" * 31, "9" * 5000, "0" * 40])
def test_a_number_that_nothing_has_is_not_found(server: Server, path: str, number: str) -> None:
    assert server.ask(path + number).status == 404


# --- More than a request may hold


def talk(server: Server, *parts: bytes, pause_seconds: float = 0, patience_seconds: float = 30) -> bytes:
    """What a server says to bytes that come as they come; empty where it cuts the connection."""
    with socket.create_connection((server.host, server.port), timeout=patience_seconds) as connection:
        said = b""
        with contextlib.suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
                time.sleep(pause_seconds)
        with contextlib.suppress(ConnectionError):
            while more := connection.recv(1 << 16):
                said += more
        return said


def head(server: Server, path: str, *lines: str) -> bytes:
    whole = [
        f"POST {path} HTTP/1.1",
        f"Host: {server.host}:{server.port}",
        "Connection: close",
        *lines,
        "",
        "",
    ]
    return "\r\n".join(whole).encode()


FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "path", ["/-/messages", "/-/logout", "/attacked/-/cutline/review/pictures", "/attacked"]
)
def test_a_body_that_says_how_long_it_is_is_refused_unread(server: Server, path: str) -> None:
    said = talk(server, head(server, path, FORM, f"Content-Length: {1 << 40}"))
    assert said.startswith(b"HTTP/1.1 413 "), said[:200]
    assert server.ask("").status == 200


@pytest.mark.parametrize("path", ["/-/messages", "/attacked/-/cutline/review/pictures"])
def test_a_body_that_does_not_say_so_is_read_no_further(server: Server, path: str) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    said = talk(server, head(server, path, FORM, "Transfer-Encoding: chunked"), *[chunk] * 40)
    assert said.startswith(b"HTTP/1.1 413 ") or said == b"", said[:200]
    assert server.ask("").status == 200


def test_a_picture_that_is_too_large_is_not_read(server: Server) -> None:
    path = f"/{server.name}/-/cutline/similar"
    said = talk(server, head(server, path, f"Content-Length: {65 * MEGABYTE}"))
    assert said.startswith(b"HTTP/1.1 413 ")


# --- Slower than anyone is


@pytest.fixture(scope="module")
def hurried(catalogue: Path) -> Iterator[Server]:
    """A server that waits two seconds where ``cutline browse`` waits ten, so that tests need not."""
    code = (
        "import sys; from pathlib import Path; from catalog.browse.clients import Patience;"
        "from catalog.browse.server import Serving, serve;"
        "serve(Serving(Path(sys.argv[1]), review=True, patience=Patience(2, 2, 2, 0.2)),"
        " lambda line: print(line, flush=True))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(catalogue)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    found = re.search(r"http://([\d.]+):(\d+)/", process.stdout.readline())
    assert found
    yield Server(found[1], int(found[2]), catalogue.stem, process.pid)
    process.terminate()
    process.wait(300)
    process.stdout.close()


def test_who_says_nothing_is_cut(hurried: Server) -> None:
    assert talk(hurried) == b""


def test_a_head_that_drips_is_cut(hurried: Server) -> None:
    assert (
        talk(
            hurried,
            *[bytes([each]) for each in b"GET /?a=123456789012345678901234567890 HTTP/1.1"],
            pause_seconds=0.15,
        )
        == b""
    )


def test_a_second_head_on_the_same_connection_that_drips_is_cut(hurried: Server) -> None:
    first = f"GET /-/versions.json HTTP/1.1\r\nHost: {hurried.host}:{hurried.port}\r\n\r\n".encode()
    said = talk(hurried, first, *[b"G"] * 25, pause_seconds=0.15)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "path", ["/attacked/-/cutline/review/pictures", "/attacked/-/cutline/similar", "/-/messages"]
)
def test_a_body_that_drips_is_cut(hurried: Server, form: dict[str, str], path: str) -> None:
    token = form_of(hurried.ask("/review/pictures"))["token"]
    lines = (
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 50000",
        f"X-Cutline-Token: {token}",
    )
    assert talk(hurried, head(hurried, path, *lines), *[b"a"] * 30, pause_seconds=0.15) == b""


def test_who_does_not_take_what_was_asked_for_is_cut(hurried: Server) -> None:
    """The answer is longer than what the system keeps for a connection."""
    sql = quote("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 900) "
                "SELECT hex(zeroblob(10000)) AS wide FROM c")  # fmt: skip
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect((hurried.host, hurried.port))
        request = f"GET /attacked.json?sql={sql} HTTP/1.1\r\nHost: {hurried.host}:{hurried.port}\r\n\r\n"
        connection.sendall(request.encode())
        connection.recv(1)
        time.sleep(6)
        taken = 0
        with contextlib.suppress(ConnectionError):
            while more := connection.recv(1 << 20):
                taken += len(more)
    assert taken < 10 * MEGABYTE, "18 MB were asked for"


def test_a_client_that_is_only_slow_is_served(hurried: Server, form: dict[str, str]) -> None:
    """In pieces, but within the time that there is."""
    token = form_of(hurried.ask("/review/pictures"))["token"]
    body = urlencode(form | {"token": token, "action": "nothing"}).encode()
    whole = head(
        hurried, "/attacked/-/cutline/review/pictures", "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )  # fmt: skip
    said = talk(hurried, whole[:40], whole[40:], body[:9], body[9:], pause_seconds=0.1)
    assert said.startswith(b"HTTP/1.1 400 ")


def test_many_slow_clients_do_not_keep_others_out(hurried: Server) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(60):
            connection = held.enter_context(socket.create_connection((hurried.host, hurried.port)))
            connection.sendall(b"POST /attacked/-/cutline/similar HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert hurried.ask("").status == 200


# --- More than a statement may take

GREEDY = [
    pytest.param("SELECT zeroblob(1000000000)", id="zeroblob"),
    pytest.param("SELECT hex(zeroblob(500000000))", id="hex"),
    pytest.param("SELECT randomblob(1000000000)", id="randomblob"),
    pytest.param("SELECT printf('%1000000000d', 1)", id="printf-width"),
    pytest.param("SELECT printf('%.*c', 1000000000, 'x')", id="printf-precision"),
    pytest.param("SELECT replace(hex(zeroblob(10000000)), '0', '0000000000')", id="replace"),
    pytest.param("SELECT " + ", ".join(["zeroblob(39000000)"] * 150), id="wide-row"),
    pytest.param(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000) SELECT zeroblob(30000000) FROM c",
        id="many-rows",
    ),
    pytest.param(
        "WITH RECURSIVE c (s) AS (SELECT 'a' UNION ALL SELECT s || s FROM c LIMIT 60) SELECT max(length(s)) FROM c",
        id="doubling",
    ),
    pytest.param(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
        " SELECT group_concat(hex(zeroblob(100000))) FROM c",
        id="group-concat",
    ),
    pytest.param(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT json_group_array(n) FROM c",
        id="json-group-array",
    ),
    pytest.param(
        "WITH RECURSIVE c (n, s) AS (SELECT 1, hex(zeroblob(5000000)) UNION ALL SELECT n + 1, s || n FROM c)"
        " SELECT n, s FROM c ORDER BY s",
        id="sort",
    ),
    pytest.param("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n FROM c) SELECT count(*) FROM c", id="endless"),
    pytest.param("SELECT " + "(" * 1500 + "1" + ")" * 1500, id="deep"),
    pytest.param("SELECT 1 WHERE '" + "a" * 50_000 + "' LIKE '" + "%a" * 20_000 + "b'", id="like"),
    pytest.param("SELECT 1 " + "/* long */" * 20_000, id="long"),
]  # fmt: skip


def memory_of(server_process: int) -> int:
    """The most that a process ever had in memory, in bytes."""
    status = Path(f"/proc/{server_process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) << 10


def process_of(server: Server) -> int:
    """Who listens there."""
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = status.read_bytes().split(b"\0")
            if b"browse" in words and _listens(int(status.parent.name), server.port):
                return int(status.parent.name)
    raise AssertionError("no process of the server")


def _listens(process: int, port: int) -> bool:
    wanted = f":{port:04X} 00000000:0000 0A "
    inodes = {
        line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if wanted in line
    }
    held = set()
    for each in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            held.add(str(each.readlink()))
    return any(f"socket:[{inode}]" in held for inode in inodes)


def ask_through(server: Server, path: str) -> Answer:
    """The answer at the end of a redirect: Datasette 1.0 has moved statements to an address of their own."""
    answer = server.ask(path, raw=True)
    return server.ask(answer.headers["location"], raw=True) if answer.status == 302 else answer


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="memory is looked up in /proc")
@pytest.mark.parametrize("half", [0, 1])
def test_no_statement_takes_a_gigabyte(catalogue: Path, half: int) -> None:
    """Half of them, one after the other, on one server: their answers are faults, and the server serves on."""
    with serving(catalogue) as greedy:
        process = process_of(greedy)
        answers = {}
        for statement in GREEDY[half::2]:
            sql = statement.values[0]
            long = len(str(sql)) > 50_000
            path = f"/{greedy.name}.json?sql={quote(str(sql))}&_shape=array"
            answers[statement.id] = ask_through(greedy, path).status if not long else 400
            assert memory_of(process) < 900 * MEGABYTE, statement.id
        assert greedy.ask("").status == 200
    # printf clips a width that is beyond what it takes; nothing of that size comes back.
    assert {name for name, status in answers.items() if status != 400} <= {
        "printf-width",
        "printf-precision",
    }, answers


@pytest.mark.parametrize(
    "path",
    [
        "/attacked/articles?_sort=body",
        "/attacked/records?_facet=media_type&locator__contains=a",
        "/attacked.json?sql=SELECT+webp+FROM+thumbnails",
        "/attacked/captions.csv?_stream=1",
        "/attacked?sql=SELECT+count(*)+FROM+records",
    ],
)
def test_what_a_reader_asks_for_is_answered_as_before(server: Server, path: str) -> None:
    answer = ask_through(server, path)
    assert answer.status == 200, answer.text[:300]
