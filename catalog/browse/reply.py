"""Replies, with the headers that keep hostile text and hostile files harmless."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Send = Callable[[dict[str, object]], Awaitable[None]]

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No script and no style but our own files, nothing from another host, nothing inline."""

FILE_POLICY = "default-src 'none'; sandbox"
"""For bytes from the archive: they can run nothing, even if opened directly."""

FOREVER = "private, max-age=31536000, immutable"
"""For files whose address holds their digest."""

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A response in the form that Datasette's router expects."""

    body: bytes | AsyncIterator[bytes] = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    async def asgi_send(self, send: Send) -> None:
        headers = {**_ALWAYS, "content-type": self.content_type, **self.headers}
        if isinstance(self.body, bytes):
            headers.setdefault("content-length", str(len(self.body)))
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [
                    (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
                ],
            }
        )
        if isinstance(self.body, bytes):
            await send({"type": "http.response.body", "body": self.body})
            return
        async for part in self.body:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def reply_page(html: str, status: int = 200) -> Reply:
    """Return one of our pages as a reply."""
    headers = {"content-security-policy": PAGE_POLICY, "cache-control": "no-cache"}
    return Reply(html.encode("utf-8", "replace"), status, "text/html; charset=utf-8", headers)


def reply_text(text: str, status: int) -> Reply:
    """Return a line of text, for requests that do not expect a page."""
    headers = {"content-security-policy": PAGE_POLICY, "cache-control": "no-cache"}
    return Reply(text.encode("utf-8", "replace"), status, headers=headers)


def reply_redirect(path: str, status: int = 303) -> Reply:
    """Return a redirect to an address."""
    return Reply(b"", status, headers={"location": path, "cache-control": "no-cache"})
