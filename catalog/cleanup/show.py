"""A plan as a person reads it: what it would do in a few lines, and its groups as cards."""

from collections.abc import Iterator
from itertools import groupby, islice

from catalog.cleanup.history import describe_cleanup
from catalog.cleanup.ledger import Cleanup
from catalog.cleanup.plan_file import plan_rows
from catalog.show.report import Card, Member
from catalog.show.words import count_noun, size_text
from catalog.store.catalogue import Catalogue
from media.locator import printable

_VERBS = {
    "quarantine": ("moves {} into quarantine", "moved {} into quarantine"),
    "hardlink": (
        "puts a hard link to its keeper in the place of {}",
        "put a hard link to its keeper in the place of {}",
    ),
    "reflink": ("lets {} share blocks with its keeper", "let {} share blocks with its keeper"),
}


def describe_plan(catalogue: Catalogue, cleanup: Cleanup) -> str:
    """What the plan would do, in a sentence or two."""
    found = describe_cleanup(catalogue, cleanup)
    actions = {action: int(str(found[action])) for action in _VERBS}
    said = [
        verbs[0].format(count_noun(actions[action], "file"))
        for action, verbs in _VERBS.items()
        if actions[action]
    ]
    if not said:
        return f"Plan {cleanup.id} removes nothing: {count_noun(int(str(found['kept'])), 'file')} stay."
    frees = size_text(int(str(found["freed_bytes"])))
    when = "at once" if not actions["quarantine"] + actions["hardlink"] else "once the quarantine is purged"
    sidecars = int(str(found["sidecars"]))
    return (
        f"Plan {cleanup.id} {' and '.join(said)}"
        + (f", writes {count_noun(sidecars, 'sidecar')}" if sidecars else "")
        + f", and keeps {count_noun(int(str(found['kept'])), 'file')}. It frees {frees}, {when}."
    )


def plan_cards(catalogue: Catalogue, cleanup: Cleanup, limit: int | None) -> Iterator[Card]:
    """One card a group: its keeper, and what becomes of the others."""
    groups = groupby(
        (row for row in plan_rows(catalogue, cleanup) if row["action"] != "sidecar"), lambda row: row["group"]
    )
    for _, members in islice(groups, limit):
        rows = list(members)
        going = [row for row in rows if row["action"] != "keep"]
        freed = sum(int(str(row["freed_bytes"])) for row in going)
        heading = f"{count_noun(len(going), 'file')} of {len(rows)} would go" if going else "Nothing would go"
        yield Card(heading + (f" · {size_text(freed)}" if freed else ""), "", tuple(map(_member, rows)))


def _member(row: dict[str, object]) -> Member:
    lacks = row["lacks"]
    said = [str(row["reason"])]
    if row["action"] != "keep":
        said.insert(0, str(row["action"]))
        said.append(f"keeper: {printable(str(row['keeper']))}")
    if isinstance(lacks, list) and lacks:
        said.append("its keeper lacks " + ", ".join(map(str, lacks)))
    if row["status"] not in ("planned", "done"):
        said.append(str(row["status"]) + (f" ({row['detail']})" if row["detail"] else ""))
    return Member(printable(str(row["locator"])), "; ".join(said), marked=row["action"] == "keep")
