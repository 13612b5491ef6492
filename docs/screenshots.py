"""Makes the pictures of ``docs/screenshots/``: ``python docs/screenshots.py [NAME...]``.

Scans the sample archive into a temporary folder, serves it as ``cutline browse`` does, and takes the pages with
Debian's chromium. Needs what ``make browser-tests`` installs.
"""

import io
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PIL import Image as Pillow  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from tests.browsing import Server, serving  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: a page, and how it is looked at."""

    name: str
    path: str
    width: int = 1280
    height: int = 860
    scheme: str = "light"
    keys: str = ""


def shots(catalogue: Path) -> list[Shot]:
    """Return what is shown, on what the catalogue holds."""
    connection = sqlite3.connect(catalogue)

    def find(sql: str) -> str:
        return str(connection.execute(sql).fetchone()[0])

    article = find("SELECT id FROM articles WHERE headline LIKE 'Fire closes%'")
    smoke = find("SELECT sha256 FROM records WHERE locator LIKE '%NW240227-0118.jpg'")
    mirrored = find("SELECT sha256 FROM records WHERE locator LIKE '%incendie-port-avel.jpg'")
    trimmed = find("SELECT sha256 FROM records WHERE locator LIKE '%refinery-smoke.jpg'")
    connection.close()
    return [
        Shot("overview", "", height=980),
        Shot("overview-dark", "", height=980, scheme="dark"),
        Shot("captions", "/captions", height=980),
        Shot("pictures", "/pictures"),
        Shot("conflicts", "/conflicts", height=980),
        Shot("article", f"/article/{article}", height=1100),
        Shot("picture", f"/picture/{smoke}", height=1000),
        Shot("compare-swipe", f"/compare/{smoke}/{mirrored}", keys="2"),
        Shot("compare-difference", f"/compare/{smoke}/{trimmed}", keys="4"),
        Shot("search", "/search?q=smoke"),
        Shot("review", "/review/groups", height=960),
        Shot("caption-desk", "/desk", height=960),
        Shot("review-captions", "/review/captions", height=640),
        Shot("inbox", "/inbox", height=760),
        Shot("sheets", f"{catalogue.parent.as_uri()}/sheets.html", height=900),
        Shot("review-narrow-dark", "/review/groups", width=380, height=820, scheme="dark"),
        Shot("pictures-narrow-dark", "/pictures", width=380, height=820, scheme="dark"),
    ]


def take(browser: Browser, server: Server, shot: Shot) -> Path:
    """Take one picture, at one pixel a point."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(shot.path if ":" in shot.path else server.home + shot.path, wait_until="networkidle")
    for key in shot.keys:
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    path = FOLDER / f"{shot.name}.png"
    data = page.screenshot()
    context.close()
    # 256 colours show all that there is to see, in a third of the bytes.
    Pillow.open(io.BytesIO(data)).convert("RGB").quantize(256, dither=Pillow.Dither.FLOYDSTEINBERG).save(
        path, optimize=True
    )
    return path


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Path(folder) / "catalog.db"
        shutil.copytree(ROOT / "examples" / "archive", Path(folder) / "archive")
        scan = [sys.executable, "-m", "catalog", "scan", "archive", "-c", "catalog.db", "-j", "0"]
        # 1: done, with the problem that the archive is there to show.
        done = subprocess.run(scan, cwd=folder, env={"PYTHONPATH": str(ROOT)}, check=False)  # noqa: S603
        if done.returncode not in (0, 1):
            sys.exit(done.returncode)
        export = [sys.executable, "-m", "catalog", "export", "sheets", "-o", "sheets.html"]
        subprocess.run(export, cwd=folder, env={"PYTHONPATH": str(ROOT)}, check=True)  # noqa: S603
        with serving(catalogue, "--review") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            for shot in shots(catalogue):
                if not wanted or shot.name in wanted:
                    path = take(browser, server, shot)
                    print(f"{path.relative_to(ROOT)} {path.stat().st_size >> 10} kB")
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
