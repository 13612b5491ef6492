"""A proxy in front of a store that counts what passes, and does to it what networks and stores do."""

import http.client
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    """Unquoted: ``/bucket/key``."""
    query: str
    headers: dict[str, str]
    number: int
    """How many came before it."""
    connection: int
    """The port that it came from: each process has its own."""

    @property
    def span(self) -> tuple[int, int]:
        """The bytes that it asks for: first, and one after the last."""
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        return int(first), int(last) + 1

    @property
    def reads(self) -> bool:
        """Whether it asks for bytes of an object."""
        return self.method == "GET" and self.path.count("/") > 1 and "list-type" not in self.query

    @property
    def lists(self) -> bool:
        return "list-type" in self.query


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of what should."""

    status: int = 0
    """An answer of the store's own, with an S3 error of this ``code``; 0: what the store says."""
    code: str = ""
    reset: bool = False
    """The connection is reset before an answer."""
    silent_seconds: float = 0
    """Before anything is answered."""
    cut_at: int | None = None
    """Bytes of the body after which the connection is closed."""
    shorter: int = 0
    """Bytes that are missing at the end of the body, its length said accordingly."""
    without: tuple[str, ...] = ()
    """Headers that the answer lacks."""
    replaced: tuple[str, str] | None = None
    """A header of the answer that lies."""
    asked_too: str = ""
    """What is added to the query."""
    whole: bool = False
    """The range that is asked for is passed over."""
    body: bytes | None = None
    """A body of something that is no store."""


Rule = Callable[[Request], Fault | None]


@dataclass
class Proxy:
    """Where it listens, what passed through it, and by what rule it fails."""

    server: ThreadingHTTPServer
    target: tuple[str, int]
    rule: Rule = lambda request: None
    requests: list[Request] = field(default_factory=list)
    sent_bytes: int = 0
    """Of bodies of objects."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def reads(self) -> list[Request]:
        return [request for request in self.requests if request.reads]

    @property
    def listings(self) -> list[Request]:
        return [request for request in self.requests if request.lists]

    def forget(self) -> None:
        self.requests.clear()
        self.sent_bytes = 0
        self.rule = lambda request: None


def every(number: int, fault: Fault, *, of: Callable[[Request], bool] = lambda request: True) -> Rule:
    """Fail every so manieth request of a kind."""
    seen = 0

    def rule(request: Request) -> Fault | None:
        nonlocal seen
        if not of(request):
            return None
        seen += 1
        return fault if seen % number == 0 else None

    return rule


def start_proxy(target: tuple[str, int]) -> Proxy:
    """A proxy on a free port of this machine, running until its server is shut down."""
    server = _Server(("127.0.0.1", 0), _Handler)
    proxy = Proxy(server, target)
    server.proxy = proxy
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return proxy


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *args: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def answer(self) -> None:
        proxy = self.server.proxy
        parts = urlsplit(self.path)
        with proxy.lock:
            request = Request(
                self.command,
                unquote(parts.path),
                parts.query,
                dict(self.headers.items()),
                len(proxy.requests),
                self.client_address[1],
            )
            proxy.requests.append(request)
            fault = proxy.rule(request) or Fault()
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(fault.silent_seconds)
        if fault.reset:
            self._reset()
            return
        if fault.status:
            self._send(fault.status, [("Content-Type", "application/xml")], _error(fault.code), fault)
            return
        upstream = http.client.HTTPConnection(*proxy.target, timeout=120)
        try:
            passed = {
                name: each for name, each in self.headers.items() if not (fault.whole and name == "Range")
            }
            upstream.request(self.command, self.path + fault.asked_too, sent, passed)
            found = upstream.getresponse()
            body = found.read()
        finally:
            upstream.close()
        dropped = ("connection", "transfer-encoding", "content-length", "date", "server", *fault.without)
        headers = [(name, value) for name, value in found.getheaders() if name.lower() not in dropped]
        if self.command == "HEAD":
            headers.append(("Content-Length", found.getheader("Content-Length") or "0"))
        if request.reads:
            with proxy.lock:
                proxy.sent_bytes += len(body)
        self._send(found.status, headers, body, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - names that http.server calls

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, fault: Fault) -> None:
        if fault.body is not None:
            body = fault.body
        body = body[: len(body) - fault.shorter]
        if self.command != "HEAD":
            headers = [*headers, ("Content-Length", str(len(body)))]
        if fault.replaced:
            name, value = fault.replaced
            headers = [(name, value) if each[0].lower() == name.lower() else each for each in headers]
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body if fault.cut_at is None else body[: fault.cut_at])
        if fault.cut_at is not None or fault.replaced:
            self.wfile.flush()
            self.close_connection = True

    def _reset(self) -> None:
        """Close with RST, not with FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


def _error(code: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>It is secret: AKIAFAULTYKEY'
        "</Message></Error>"
    ).encode()
