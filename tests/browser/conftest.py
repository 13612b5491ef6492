"""A real browser: Debian's chromium, driven by playwright. Without them these tests are skipped and say so."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsing import ROOT, Server, serving
from tests.conftest import copy_catalogue, scan_archive
from tests.findings import plant_findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: run `make browser-tests`"
    )
    pytest.importorskip("datasette", reason="Datasette is not installed: pip install 'cutline[browse]'")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: run `make browser-tests`")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


@dataclass
class Watched:
    """A page, and all that went wrong on it."""

    page: "Page"
    wrong: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)
        self.page.on(
            "dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )

    def _console(self, message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _failed(self, request: "Request") -> None:
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: "Response") -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.url}")


Open = Callable[..., Watched]


@pytest.fixture
def opened(browser: "Browser") -> Iterator[Open]:
    """Opens a page: ``opened(width=380, scheme="dark")``."""
    contexts = []

    def open_page(width: int = 1400, scheme: str = "light", scripts: bool = True) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.watch()
        return watched

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive, scanned."""
    catalogue = tmp_path_factory.mktemp("sample") / "sample.db"
    scan_archive(catalogue, ROOT / "examples" / "archive")
    plant_findings(catalogue)
    return catalogue


@pytest.fixture(scope="session")
def server(browser: "Browser", sample: Path) -> Iterator[Server]:
    """A reading server."""
    with serving(sample) as running:
        yield running


@pytest.fixture(scope="session")
def review_server(
    browser: "Browser", sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Path]]:
    copy = copy_catalogue(sample, tmp_path_factory.mktemp("review") / "review.db")
    with serving(copy, "--review") as running:
        yield running, copy


@pytest.fixture
def reviewing(review_server: tuple[Server, Path], sample: Path) -> tuple[Server, Path]:
    """A server that takes decisions, on a copy of the catalogue in which nothing is decided."""
    copy_catalogue(sample, review_server[1])
    return review_server
