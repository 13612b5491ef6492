"""``cutline browse``: Datasette with this plugin, on this machine, on one catalogue."""

import asyncio
import inspect
import json
import socket
import threading
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from catalog.browse.clients import CONNECTIONS, PATIENT, Patience, limit_bodies, make_protocol
from catalog.browse.find import MOST_PICTURE_BYTES
from catalog.browse.forms import MOST_FORM_BYTES
from catalog.browse.links import ROOM
from catalog.browse.metadata import QUERIES, describe_tables
from catalog.browse.sql_limits import limit_heap
from catalog.errors import UsageError
from catalog.show.replay import read_replay
from catalog.store.catalogue import Catalogue

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to

SETTINGS: Mapping[str, object] = {
    "sql_time_limit_ms": 5000,
    "max_returned_rows": 1000,
    "max_csv_mb": 100,
    "facet_time_limit_ms": 300,
    "suggest_facets": False,
    "allow_download": False,
    "default_page_size": 50,
}
"""Time limit of a query, in ms: counting millions of rows takes more than Datasette's default of a second."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What to serve, and its options."""

    catalogue: Path
    host: str = "127.0.0.1"
    port: int = 0
    """0: a free port."""
    review: bool = False
    immutable: bool = False
    open_browser: bool = False
    replay: str | None = None
    """Where captures are replayed: see :mod:`catalog.show.replay`."""
    patience: Patience = PATIENT


def serve(serving: Serving, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    :raises UsageError: Datasette is not installed, or the address cannot be listened on.
    :raises CatalogueUnusable: the file is not a catalogue that this version can show.
    """
    if serving.review and serving.immutable:
        raise UsageError("An immutable catalogue cannot record decisions: leave out --review or --immutable.")
    read_replay(serving.replay)
    make_app = build_app(serving)
    import uvicorn

    limit_heap()
    listener = _listen(serving.host, serving.port)
    port = listener.getsockname()[1]
    shown = "127.0.0.1" if serving.host in _EVERYWHERE else serving.host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    say(f"Browsing {serving.catalogue} at {address} (Ctrl-C stops)")
    if serving.review:
        say("Decisions are recorded in the catalogue.")
    if serving.open_browser:
        threading.Timer(0.8, webbrowser.open, [address]).start()
    config = uvicorn.Config(
        make_app,
        http=make_protocol(serving.patience),
        ws="none",
        log_level="warning",
        lifespan="on",
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=5,
    )
    with listener:
        asyncio.run(uvicorn.Server(config).serve([listener]))


def build_app(serving: Serving) -> Any:
    """Return the ASGI application.

    :raises UsageError: Datasette is not installed.
    """
    with Catalogue.read(serving.catalogue):
        pass
    datasette_app = _require_datasette()
    _register_plugin()
    path = str(serving.catalogue.absolute())
    arguments: dict[str, object] = {
        "files": [] if serving.immutable else [path],
        "immutables": [path] if serving.immutable else [],
        "settings": dict(SETTINGS),
    }
    metadata, config = make_configuration(serving)
    if "config" in inspect.signature(datasette_app.Datasette.__init__).parameters:
        arguments |= {"metadata": metadata, "config": config}
    else:
        arguments["metadata"] = merge(metadata, config)
    datasette = datasette_app.Datasette(**arguments)
    app = datasette.app()
    allowed = None if serving.host in _EVERYWHERE else _LOCAL | {serving.host}
    return _only_known_hosts(limit_bodies(app, _most_bytes), allowed)


def _most_bytes(path: str) -> int:
    """Return the largest body of a request: a picture to look up, or a form. Datasette itself has no limit."""
    return MOST_PICTURE_BYTES if path.endswith(f"/{ROOM}/similar") else MOST_FORM_BYTES


def make_configuration(serving: Serving) -> tuple[dict[str, object], dict[str, object]]:
    """Return metadata (titles and descriptions) and configuration, which Datasette 1.0 keeps apart."""
    name = serving.catalogue.stem
    replay = {"replay": serving.replay} if serving.replay else {}
    plugins = {"cutline": {"home": True, "review": serving.review, **replay}}
    tables: dict[str, dict[str, object]] = {}
    behaviour: dict[str, dict[str, object]] = {}
    for table, said in describe_tables().items():
        words = {key: said[key] for key in ("description", "columns") if key in said}
        ways = {key: value for key, value in said.items() if key not in words}
        if words:
            tables[table] = words
        if ways:
            behaviour[table] = ways
    metadata: dict[str, object] = {
        "title": f"{name}: a catalogue of cutline",
        "databases": {name: {"tables": tables}},
    }
    config: dict[str, object] = {
        "plugins": plugins,
        "databases": {name: {"queries": dict(QUERIES), "tables": behaviour}},
    }
    return metadata, config


def merge(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Merge two dictionaries, the second overriding the first: Datasette 0.65 reads one file."""
    merged = dict(first)
    for key, value in second.items():
        known = merged.get(key)
        merged[key] = merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def write_configuration(serving: Serving, folder: Path) -> list[Path]:
    """Write the files that ``datasette`` needs to serve or publish the catalogue; return their paths.

    ``metadata.json`` is complete for Datasette 0.65, and holds the titles and descriptions for 1.0; ``datasette.json``
    is the configuration of 1.0, and ``settings.json`` the settings of 0.65.

    :raises UsageError: the folder cannot be written to.
    """
    with Catalogue.read(serving.catalogue):
        pass
    metadata, config = make_configuration(serving)
    files = {
        "metadata.json": merge(metadata, config),
        "datasette.json": config | {"settings": dict(SETTINGS)},
        "settings.json": dict(SETTINGS),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in files.items():
            (folder / name).write_text(
                json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
            )
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to ({error.strerror}). Name another folder.") from error
    return [folder / name for name in files]


def _require_datasette() -> ModuleType:
    try:
        import datasette.app
    except ImportError as error:
        raise UsageError(
            "Browsing needs Datasette. Install it with: pip install 'cutline[browse]'"
        ) from error
    app: ModuleType = datasette.app
    return app


def _register_plugin() -> None:
    """Register the plugin when cutline runs from a source tree, where Datasette finds no entry point."""
    from datasette.plugins import pm

    import catalog.browse

    if not pm.is_registered(catalog.browse):
        pm.register(catalog.browse, name="cutline")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened on ({error.strerror}). Name another --port, or none for a free one."
        ) from error
    return listener


def _only_known_hosts(app: Any, allowed: frozenset[str] | None) -> Any:
    """Answer only requests to the host names that this server was started for.

    Another site can point its own name to this machine and then read its pages ("DNS rebinding"), but it cannot send a
    ``Host`` other than its own name.
    """

    async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and allowed is not None:
            named = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            host = named.rsplit(":", 1)[0] if not named.endswith("]") else named
            if host not in allowed:
                headers = [(b"content-type", b"text/plain; charset=utf-8")]
                await send({"type": "http.response.start", "status": 421, "headers": headers})
                await send({"type": "http.response.body", "body": b"This server does not go by that name."})
                return
        await app(scope, receive, send)

    return guarded
