"""A scripted reviewer settles a desk of pictures whose truth is known, and counts keys, time, and wrong cleanups.

    python -m benchmarks.desk CATALOGUE [--browser]

The desk is that of ``../shared/tools/make_desk.py``, scanned into CATALOGUE; of it a copy is used. What a file shows is
read from its name. The reviewer knows the truth and presses what the page offers: the keys are counted as the page
counts them (an arrow, X, Enter: one each); with ``--browser`` they are pressed in chromium.
"""

import argparse
import re
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from catalog.cleanup.plan import PlanOptions, make_plan
from catalog.match.match import match_pending
from catalog.store.catalogue import Catalogue
from tests.browsing import Answer, Server, serving

_NUMBERS = (
    (re.compile(r"-web\.jpg$"), re.compile(r"(\d{3})-web"), 6),
    (re.compile(r"."), re.compile(r"(\d+)(?:_edit)?(?:\(1\))?\.[a-z]+$"), 1),
)


def shows(locator: str) -> int:
    """Which photograph a file of the desk shows, by its name."""
    for fits, number, factor in _NUMBERS:
        if fits.search(locator) and (found := number.search(locator)):
            return int(found[1]) * factor
    raise ValueError(f"no file of the desk: {locator}")


def read_truth(catalogue: Path) -> dict[str, int]:
    """Photograph by digest; where the desk holds one twice under two numbers, the first."""
    connection = sqlite3.connect(catalogue)
    rows = connection.execute(
        "SELECT r.sha256, r.locator FROM records r JOIN images i ON i.sha256 = r.sha256 ORDER BY r.locator"
    ).fetchall()
    connection.close()
    return {sha256: shows(locator) for sha256, locator in reversed(rows)}


def settle(server: Server, truth: dict[str, int]) -> tuple[int, int, list[float]]:
    """Go through all groups; gives groups, keys pressed, and the seconds that each answer took."""
    keys = groups = 0
    took: list[float] = []
    page = server.ask("/review/groups")
    while fields := _read(page):
        keeper, seen = fields["left"], fields["seen"].split()
        out = [other for other in seen if truth[other] != truth[keeper]]
        at = 0
        for other in out:
            keys += seen.index(other) - at + 1  # arrows, then X, which goes to the next picture
            at = min(seen.index(other) + 1, len(seen) - 1)
        keys += 1  # Enter
        sent = fields | {f"out{seen.index(other) + 1}": other for other in out} | {"action": "accept"}
        began = time.perf_counter()
        answer = server.ask(
            "/review/groups",
            method="POST",
            body=urlencode(sent).encode(),
            content_type="application/x-www-form-urlencoded",
            origin=server.address,
        )
        assert answer.status == 303, answer.text
        page = server.ask(answer.headers["location"], raw=True)
        took.append(time.perf_counter() - began)
        groups += 1
    return groups, keys, took


def _read(page: Answer) -> dict[str, str]:
    form = re.search(r"<form[^>]*data-sheet>(.*?)</form>", page.text, re.S)
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1])) if form else {}


def settle_in_browser(server: Server, truth: dict[str, int]) -> tuple[int, int, list[float]]:
    """Return the same, with real keys in chromium."""
    from playwright.sync_api import sync_playwright

    keys = groups = 0
    took: list[float] = []
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(f"{server.home}/review/groups")
        while page.locator("[data-sheet]").count():
            keeper = page.locator("[data-sheet] input[name=left]").get_attribute("value") or ""
            seen = (page.locator("[data-sheet] input[name=seen]").get_attribute("value") or "").split()
            at = 0
            for other in (each for each in seen if truth[each] != truth[keeper]):
                steps = seen.index(other) - at
                for key in ["ArrowRight"] * steps + ["x"]:
                    page.keyboard.press(key)
                    keys += 1
                at = min(seen.index(other) + 1, len(seen) - 1)
            began = time.perf_counter()
            with page.expect_navigation():
                page.keyboard.press("Enter")
            took.append(time.perf_counter() - began)
            keys += 1
            groups += 1
        browser.close()
    return groups, keys, took


def count_wrong(path: Path, truth: dict[str, int]) -> tuple[int, int]:
    """Plan a cleanup of all that the review allows; gives files that go, and those that go for another photograph."""
    with Catalogue.open(path, create=False) as catalogue:
        match_pending(catalogue)
        kinds = ("same-bytes", "same-pixels", "near", "part")
        cleanup = make_plan(catalogue, PlanOptions(kinds=kinds, allow_lacks=True, break_pages=True))
        rows = catalogue.db.execute(
            "SELECT sha256, keeper_sha256 FROM cleanup_actions WHERE cleanup_id = ? AND action = 'quarantine'"
            " AND companion_of IS NULL",
            [cleanup.id],
        ).fetchall()
    return len(rows), sum(1 for one, keeper in rows if truth[one] != truth[keeper])


def _settle_all(
    copy: Path, truth: dict[str, int], way: Callable[[Server, dict[str, int]], tuple[int, int, list[float]]]
) -> tuple[int, int, list[float]] | None:
    with Catalogue.open(copy, create=False) as catalogue:
        match_pending(catalogue)
    with serving(copy, "--review") as server:
        done = way(server, truth)
    return done if done[0] else None


def _say_wrong(when: str, files: int, wrong: int) -> None:
    print(f"{when} {files:,} files would go, {wrong:,} of them for another photograph")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--browser", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "desk.db"
        with sqlite3.connect(given.catalogue) as source, sqlite3.connect(copy) as target:
            source.backup(target)
        truth = read_truth(copy)
        _say_wrong("without a review", *count_wrong(copy, truth))
        groups = keys = rounds = 0
        took: list[float] = []
        while done := _settle_all(copy, truth, settle_in_browser if given.browser else settle):
            # What was taken out may be like others that are left: groups are found anew, as after a pause.
            groups, keys, rounds = groups + done[0], keys + done[1], rounds + 1
            took += done[2]
        print(f"{groups} groups settled with {keys} keys in {rounds} rounds")
        print(
            f"answers: {statistics.median(took) * 1000:.0f} ms in the median, {max(took) * 1000:.0f} ms at most"
        )
        _say_wrong("after the review", *count_wrong(copy, truth))


if __name__ == "__main__":
    main()
