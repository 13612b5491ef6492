"""The history of cleanups: what was planned, done, undone and purged, in numbers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.cleanup.ledger import Cleanup, list_cleanups
from catalog.cleanup.places import part, place_of
from catalog.store.catalogue import Catalogue

_COUNTS = """
SELECT action, status, count(*) AS files, sum(byte_size) AS byte_size, sum(freed_bytes) AS freed_bytes
FROM cleanup_actions WHERE cleanup_id = ? GROUP BY action, status ORDER BY action, status
"""


def history_rows(catalogue: Catalogue) -> Iterator[dict[str, object]]:
    """Return every cleanup, the latest first, with the number of files in each state."""
    for cleanup in list_cleanups(catalogue):
        yield describe_cleanup(catalogue, cleanup)


def describe_cleanup(catalogue: Catalogue, cleanup: Cleanup) -> dict[str, object]:
    """Return the counts of a cleanup."""
    counts = list(catalogue.rows(_COUNTS, (cleanup.id,)))
    acts = [row for row in counts if row["action"] not in ("keep", "sidecar")]

    def files(*statuses: str) -> int:
        return sum(row["files"] for row in acts if row["status"] in statuses)

    return {
        "cleanup": cleanup.id,
        "status": cleanup.status,
        "created_at": cleanup.created_at,
        "applied_at": cleanup.applied_at,
        "finished_at": cleanup.finished_at,
        "planned": files("planned"),
        "done": files("done"),
        "skipped": files("skipped"),
        "undone": files("undone"),
        "purged": files("purged"),
        "kept": sum(row["files"] for row in counts if row["action"] == "keep"),
        "sidecars": sum(row["files"] for row in counts if row["action"] == "sidecar"),
        **{
            action: sum(row["files"] for row in acts if row["action"] == action)
            for action in ("quarantine", "hardlink", "reflink")
        },
        "freed_bytes": sum(
            row["freed_bytes"] for row in acts if row["status"] in ("planned", "done", "purged")
        ),
    }


def count_stays(catalogue: Catalogue, cleanup: Cleanup) -> dict[str, int]:
    """Count the reasons why files stay, the most frequent first; keepers are not counted."""
    counts: Counter[str] = Counter()
    for row in catalogue.rows(
        "SELECT reason, count(*) AS files FROM cleanup_actions WHERE cleanup_id = ? AND action = 'keep'"
        " GROUP BY reason",
        (cleanup.id,),
    ):
        reason = str(row["reason"]).removeprefix("edited: ")
        if not reason.startswith("keeper: "):
            counts[_without_details(reason)] += row["files"]
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


_DETAILED = {
    "shown on a page": "shown on a page, only with --break-pages",
    "its keeper lacks": "its keeper lacks something that it has, only with --allow-lacks",
    "groups disagree": "groups disagree about it",
}
"""Reasons that name a file or page, by their beginning, and the common form under which they are counted."""


def _without_details(reason: str) -> str:
    return next((said for begin, said in _DETAILED.items() if reason.startswith(begin)), reason)


@dataclass(frozen=True, slots=True)
class KeepingFolder:
    """A folder that keeps the files it shares with another folder."""

    keeps: str
    over: str
    files: int


def folders_that_keep(catalogue: Catalogue, cleanup: Cleanup, limit: int = 100) -> list[KeepingFolder]:
    """Return which of two folders keeps the files that both hold, the pairs with the most files first."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in catalogue.rows(
        "SELECT a.source_uri, a.locator, k.uri, a.keeper_locator FROM cleanup_actions a"
        " JOIN sources k ON k.id = a.keeper_source_id WHERE a.cleanup_id = ? AND a.companion_of IS NULL"
        " AND a.action IN ('quarantine', 'hardlink', 'reflink') AND a.kind IN ('same-bytes', 'same-pixels')",
        (cleanup.id,),
    ):
        parted = part(place_of(row[2], row[3]), place_of(row[0], row[1]))
        if parted is not None:
            counts[_name(parted[0]), _name(parted[1])] += 1
    return [
        KeepingFolder(keeps, over, files)
        for (keeps, over), files in sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:limit]
    ]


def _name(place: tuple[object, ...]) -> str:
    """Return a folder by its locator; the root of a source by its address."""
    folders = [str(each) for each in place[1:] if each is not None]
    return "/".join(folders) if folders else str(place[0])
