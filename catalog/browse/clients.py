"""Limits on clients that send too much or too slowly: a server of one process can hold only a few hundred at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

App = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]

CONNECTIONS = 256
"""Connections at a time; further ones are answered with 503."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a client."""

    head_seconds: float = 10
    """From connecting, or from the request's first byte, to the last line of its head."""
    body_seconds: float = 20
    """For the body of a request, plus one second for each 50 kB received."""
    stalled_seconds: float = 30
    """While the client reads none of the response."""
    look_seconds: float = 1


PATIENT = Patience()
_BODY_BYTES_A_SECOND = 50_000


def make_protocol(patience: Patience) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with these limits; uvicorn itself limits only idle connections between requests."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Cutting(H11Protocol):
        _watch: asyncio.TimerHandle | None = None
        _head_since: float | None = None
        _body_until = 0.0
        _waiting_bytes = _stalled = 0.0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._head_since = self.loop.time()
            self._watch = self.loop.call_later(patience.look_seconds, self._look)

        def data_received(self, data: bytes) -> None:
            now, cycle = self.loop.time(), self.cycle
            if self._head_since is None and (cycle is None or cycle.response_complete):
                self._head_since = now
            super().data_received(data)
            if self.cycle is not cycle:
                self._head_since = None
                self._body_until = now + patience.body_seconds
            self._body_until += len(data) / _BODY_BYTES_A_SECOND

        def connection_lost(self, exc: Exception | None) -> None:
            if self._watch is not None:
                self._watch.cancel()
            super().connection_lost(exc)

        def _look(self) -> None:
            if self._is_too_slow(self.loop.time()):
                self.transport.abort()
                return
            self._watch = self.loop.call_later(patience.look_seconds, self._look)

        def _is_too_slow(self, now: float) -> bool:
            waiting = self.transport.get_write_buffer_size()
            takes_nothing = waiting > 0 and waiting == self._waiting_bytes
            self._stalled = self._stalled + patience.look_seconds if takes_nothing else 0
            self._waiting_bytes = waiting
            if self._stalled > patience.stalled_seconds:
                return True
            if self._head_since is not None:
                return now - self._head_since > patience.head_seconds
            if self.cycle is None or not self.cycle.more_body:
                return False
            if self.flow.read_paused:  # The client waits for us.
                self._body_until += patience.look_seconds
            return now > self._body_until

    return Cutting


def limit_bodies(app: App, most_bytes: Callable[[str], int]) -> App:
    """Answer 413 to requests with a body larger than ``most_bytes`` of their path, before or while it is read."""

    async def limited(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        most = most_bytes(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        came, started = 0, False
        over = not declared.isdigit() or len(declared) > 18 or int(declared) > most

        async def counted() -> Any:
            nonlocal came, over
            message = await receive()
            came += len(message.get("body", b""))
            over = over or came > most
            return {"type": "http.disconnect"} if over else message

        async def sent_unless_over(message: Any) -> None:
            nonlocal started
            if not over or started:
                started = True
                await send(message)

        try:
            if not over:
                await app(scope, counted, sent_unless_over)
        except Exception:
            if not over:
                raise
        if over and not started:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            said = f"This page accepts at most {most:,} bytes.".encode()
            await send({"type": "http.response.body", "body": said})

    return limited
