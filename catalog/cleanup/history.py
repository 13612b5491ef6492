"""What was planned, done, undone and purged, as rows and as cards."""

from collections.abc import Iterator

from catalog.cleanup.ledger import Cleanup, list_cleanups
from catalog.store.catalogue import Catalogue

_COUNTS = """
SELECT action, status, count(*) AS files, sum(byte_size) AS byte_size, sum(freed_bytes) AS freed_bytes
FROM cleanup_actions WHERE cleanup_id = ? GROUP BY action, status ORDER BY action, status
"""


def history_rows(catalogue: Catalogue) -> Iterator[dict[str, object]]:
    """Every cleanup, the latest first, with how many files are in which state."""
    for cleanup in list_cleanups(catalogue):
        yield describe_cleanup(catalogue, cleanup)


def describe_cleanup(catalogue: Catalogue, cleanup: Cleanup) -> dict[str, object]:
    """A cleanup in numbers."""
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
