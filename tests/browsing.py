"""A catalogue served as ``cutline browse`` serves it, in a process of its own, and asked over HTTP."""

import contextlib
import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Server:
    """A running server."""

    def __init__(self, host: str, port: int, name: str, pid: int) -> None:
        self.host, self.port, self.name, self.pid = host, port, name, pid
        self.cookies = ""

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def home(self) -> str:
        return f"{self.address}/{self.name}/-/cutline"

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, raw: bool = False, **headers: str
    ) -> Answer:
        """Ask for a page of ours, or with ``raw`` for any path of the server."""
        whole = path if raw else f"/{self.name}/-/cutline{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent.setdefault("cookie", self.cookies)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        try:
            connection.request(method, whole, body, sent)
            reply = connection.getresponse()
            found = {name.lower(): value for name, value in reply.getheaders()}
            answer = Answer(reply.status, found, reply.read())
        finally:
            connection.close()
        if "set-cookie" in found:
            self.cookies = found["set-cookie"].partition(";")[0]
        return answer

    def send(self, path: str, page: Answer, **fields: object) -> Answer:
        """Send a form as the page that holds it would."""
        given = dict(re.findall(r'name="(token)" value="([^"]*)"', page.text))
        body = urlencode(given | {name: str(value) for name, value in fields.items()}).encode()
        return self.ask(
            path,
            method="POST",
            body=body,
            content_type="application/x-www-form-urlencoded",
            origin=self.address,
        )


@contextlib.contextmanager
def serving(catalogue: Path, *options: str) -> Iterator[Server]:
    """``cutline browse`` on a free port, until the block ends."""
    command = [sys.executable, "-m", "catalog", "browse", "-c", os.fspath(catalogue), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)/", said)
        assert found, said + process.stdout.read()
        yield Server(found[1], int(found[2]), catalogue.stem, process.pid)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
