"""A plan for a person to read: a summary in a few lines, and its groups as cards."""

from collections.abc import Iterator
from itertools import groupby, islice

from catalog.cleanup.history import count_stays, describe_cleanup, folders_that_keep
from catalog.cleanup.ledger import Cleanup
from catalog.cleanup.plan_file import plan_rows
from catalog.show.report import Card, Member
from catalog.show.words import count_noun, size_text
from catalog.store.catalogue import Catalogue
from media.locator import printable

_REASONS, _FOLDERS = 12, 8
"""The number of reasons, and of pairs of folders, that are shown."""

_VERBS = {
    "quarantine": ("moves {} into quarantine", "moved {} into quarantine"),
    "hardlink": (
        "replaces {} by a hard link to its keeper",
        "replaced {} by a hard link to its keeper",
    ),
    "reflink": ("lets {} share blocks with its keeper", "let {} share blocks with its keeper"),
}


def describe_plan(catalogue: Catalogue, cleanup: Cleanup) -> str:
    """Return what the plan would do, in a sentence or two, then which folders keep what, and why copies
    stay.
    """
    found = describe_cleanup(catalogue, cleanup)
    actions = {action: int(str(found[action])) for action in _VERBS}
    said = [
        verbs[0].format(count_noun(actions[action], "file"))
        for action, verbs in _VERBS.items()
        if actions[action]
    ]
    stays = _describe_stays(catalogue, cleanup)
    if not said:
        kept = int(str(found["kept"]))
        if not kept:
            return f"Plan {cleanup.id} removes nothing: {_no_copies(catalogue)}"
        return f"Plan {cleanup.id} removes nothing: {count_noun(kept, 'file')} stay.{stays}"
    frees = size_text(int(str(found["freed_bytes"])))
    when = "at once" if not actions["quarantine"] + actions["hardlink"] else "once the quarantine is purged"
    sidecars = int(str(found["sidecars"]))
    return (
        f"Plan {cleanup.id} {' and '.join(said)}"
        + (f", writes {count_noun(sidecars, 'sidecar')}" if sidecars else "")
        + f", and keeps {count_noun(int(str(found['kept'])), 'file')}. It frees {frees}, {when}."
        + _describe_folders(catalogue, cleanup)
        + stays
    )


def _no_copies(catalogue: Catalogue) -> str:
    pictures = catalogue.value(
        "SELECT count(DISTINCT r.sha256) FROM records r JOIN images i ON i.sha256 = r.sha256"
        " WHERE r.missing_since IS NULL"
    )
    if not pictures:
        return "the catalogue holds no pictures."
    return f"each of the catalogue's {count_noun(pictures, 'picture')} is the only copy of its kind."


def _describe_stays(catalogue: Catalogue, cleanup: Cleanup) -> str:
    stays = count_stays(catalogue, cleanup)
    lines = [f"\n  {count:>7,}  {reason}" for reason, count in list(stays.items())[:_REASONS]]
    return "\nWhy copies stay:" + "".join(lines) if lines else ""


def _describe_folders(catalogue: Catalogue, cleanup: Cleanup) -> str:
    folders = folders_that_keep(catalogue, cleanup, _FOLDERS + 1)
    lines = [
        f"\n  {each.files:>7,}  {printable(each.keeps)}, not {printable(each.over)}"
        for each in folders[:_FOLDERS]
    ]
    if not lines:
        return ""
    more = "\n           ... and others: --format json names them" if len(folders) > _FOLDERS else ""
    return (
        "\nWhere two folders hold the same files, one keeps them all (--keep path=FOLDER prefers another):"
        + "".join(lines)
        + more
    )


def plan_cards(catalogue: Catalogue, cleanup: Cleanup, limit: int | None) -> Iterator[Card]:
    """Return a card for each group: its keeper, and the actions on the others."""
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
    pages = row["pages"]
    if isinstance(pages, list) and len(pages) > 1:
        said.append("pages: " + ", ".join(printable(str(page)) for page in pages))
    if row["action"] != "keep":
        said.insert(0, str(row["action"]))
        said.append(f"keeper: {printable(str(row['keeper']))}")
    if isinstance(lacks, list) and lacks:
        said.append("its keeper lacks " + ", ".join(map(str, lacks)))
    if row["status"] not in ("planned", "done"):
        said.append(str(row["status"]) + (f" ({row['detail']})" if row["detail"] else ""))
    return Member(printable(str(row["locator"])), "; ".join(said), marked=row["action"] == "keep")
