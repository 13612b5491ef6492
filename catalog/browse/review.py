"""Review: doubtful pairs, one after the other, each decided with one key.

Every decision is sent as a form and answered with the next page, so that nothing is lost if the browser is closed: the
queue continues after the journal's last step.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.browse.compare import Comparison, load_comparison
from catalog.browse.conflicts import count_open_conflicts
from catalog.browse.forms import read_number, take_form, write
from catalog.browse.groups import Group, load_group
from catalog.browse.page import Visit
from catalog.browse.pictures import has_original
from catalog.browse.reply import Reply, reply_redirect, reply_text
from catalog.browse.showings import Showing, load_showings
from catalog.browse.tokens import make_token
from catalog.browse.worklist import ALIKE, worklist_of
from catalog.decisions.review import QUEUES, Queue, Step, choose_keeper, take_step, undo_last
from catalog.store.catalogue import Catalogue
from media.captions.word_difference import Part, mark_differences

_STRIP = 8

_UNSEEN = (
    " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.left = min({0}, {1}) AND d.right = max({0}, {1}))"
    " AND NOT EXISTS (SELECT 1 FROM reviews v WHERE v.left = min({0}, {1}) AND v.right = max({0}, {1}))"
)
_NEXT = {
    "pictures": (
        "SELECT m.group_id, m.record_id, k.image_sha256, m.image_sha256 FROM image_group_members m"
        " CROSS JOIN image_groups g ON g.id = m.group_id"
        " CROSS JOIN image_group_members k ON k.group_id = m.group_id AND k.keeper = 1"
        " WHERE (m.group_id, m.record_id) > (?, ?) AND g.kind IN ('near', 'part') AND m.keeper = 0"
        " AND m.image_sha256 <> k.image_sha256"
        + _UNSEEN.format("m.image_sha256", "k.image_sha256")
        + " ORDER BY m.group_id, m.record_id LIMIT 1"
    ),
    "captions": (
        "SELECT m.repeat_id, m.placement_id, k.key, c.key FROM caption_repeat_members m"
        " CROSS JOIN caption_repeats t ON t.id = m.repeat_id CROSS JOIN captions k ON k.id = t.caption_id"
        " CROSS JOIN placements p ON p.id = m.placement_id CROSS JOIN captions c ON c.id = p.caption_id"
        " WHERE (m.repeat_id, m.placement_id) > (?, ?) AND t.kind IN ('edited', 'extended', 'changed-fact')"
        " AND c.key <> k.key"
        + _UNSEEN.format("c.key", "k.key")
        + " ORDER BY m.repeat_id, m.placement_id LIMIT 1"
    ),
}
"""The next pair after a place; each pair is asked about once, even if several files hold the picture. CROSS JOIN
prevents another join order, in which SQLite would have to sort all further pairs."""

_SKIPPED = (
    "SELECT id, place, left, right FROM reviews v WHERE queue = ? AND action = 'skip' AND id > ?"
    " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.left = v.left AND d.right = v.right) ORDER BY id LIMIT 1"
)

_REFERENCE = {
    "pictures": "SELECT image_sha256 FROM image_group_members WHERE group_id = ? AND keeper = 1",
    "captions": "SELECT c.key FROM caption_repeats t JOIN captions c ON c.id = t.caption_id WHERE t.id = ?",
}
"""The left side of a pair: the keeper, or the repeat's own caption."""


_ACTIONS = {
    "same": "same",
    "different": "different",
    "skip": "put off",
    "keeper": "keeper chosen",
    "group": "group settled",
    "choose": "caption chosen",
    "dismiss": "conflict dismissed",
}


@dataclass(frozen=True, slots=True)
class Last:
    """The journal's last step, which can be undone."""

    id: int
    action: str
    queue: str
    note: str | None

    @property
    def words(self) -> str:
        return _ACTIONS[self.action] if self.action != "bulk" else f"accepted {self.note or ''}"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a queue."""

    total: int
    """The number of groups, or repeats, with doubtful pairs."""
    before: int
    """The number of them before this one."""
    decided: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Item:
    """A pair to decide on."""

    place: str
    """``12-345``: group and record, or repeat and placement."""
    skipped: int
    """The journal's step that put it off; 0 if none did."""
    left: str
    right: str
    group: Group | None
    record_id: int
    comparison: Comparison | None
    showings: tuple[Showing, ...]
    """The places of the two captions, or the captions of the two pictures; those of the left one come first."""
    parts: tuple[Part, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the review."""

    item: Item | None
    progress: Progress
    last: Last | None


def load_sheet(connection: sqlite3.Connection, queue: str, after: tuple[int, int] | None) -> Sheet:
    """Return the next undecided pair after a place; without one, after the journal's last step, then from the start."""
    if after is None:
        after = _last_place(connection, queue)
    row = connection.execute(_NEXT[queue], after).fetchone()
    if row is None and after > (0, 0):
        row = connection.execute(_NEXT[queue], (0, 0)).fetchone()
    item = _item(connection, queue, (row[0], row[1]), row[2], row[3]) if row else None
    return Sheet(item, _progress(connection, queue, row[0] if row else None), load_last(connection))


def load_skipped(connection: sqlite3.Connection, queue: str, after: int) -> Sheet:
    """Return the next pair that was put off after a step of the journal, in the order of the steps."""
    row = connection.execute(_SKIPPED, (queue, after)).fetchone()
    item = None
    if row:
        place = read_place(row[1]) or (0, 0)
        reference = connection.execute(_REFERENCE[queue], (place[0],)).fetchone()
        left, right = (row[3], row[2]) if reference and reference[0] == row[3] else (row[2], row[3])
        item = _item(connection, queue, place, left, right, row[0])
    return Sheet(item, _progress(connection, queue, None), load_last(connection))


def read_place(text: str) -> tuple[int, int] | None:
    """Return ``12-345`` as two numbers; None if the text has another form."""
    first, _, second = text.partition("-")
    if not (first.isdecimal() and second.isdecimal() and len(text) < 40):
        return None
    return min(int(first), 1 << 62), min(int(second), 1 << 62)


def _last_place(connection: sqlite3.Connection, queue: str) -> tuple[int, int]:
    row = connection.execute(
        "SELECT place FROM reviews WHERE queue = ? ORDER BY id DESC LIMIT 1", (queue,)
    ).fetchone()
    return (read_place(row[0]) if row else None) or (0, 0)


def load_last(connection: sqlite3.Connection) -> Last | None:
    row = connection.execute(
        "SELECT id, action, queue, note FROM reviews ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return Last(*tuple(row)) if row else None


def _progress(connection: sqlite3.Connection, queue: str, at: int | None) -> Progress:
    def count(sql: str, *parameters: object) -> int:
        return int(connection.execute(sql, parameters).fetchone()[0])

    table = (
        "image_groups WHERE kind IN ('near', 'part')"
        if queue == "pictures"
        else "caption_repeats WHERE kind IN ('edited', 'extended', 'changed-fact')"
    )
    total = count(f"SELECT count(*) FROM {table}")
    return Progress(
        total,
        total if at is None else count(f"SELECT count(*) FROM {table} AND id < ?", at),
        count("SELECT count(*) FROM reviews WHERE queue = ? AND action IN ('same', 'different')", queue),
        count(
            "SELECT count(*) FROM reviews v WHERE queue = ? AND action = 'skip' AND NOT EXISTS"
            " (SELECT 1 FROM decisions d WHERE d.left = v.left AND d.right = v.right)",
            queue,
        ),
    )


def _item(
    connection: sqlite3.Connection,
    queue: str,
    place: tuple[int, int],
    left: str,
    right: str,
    skipped: int = 0,
) -> Item:
    said = f"{place[0]}-{place[1]}"
    if queue == "pictures":
        group = load_group(connection, place[0], 0, _STRIP)
        comparison = load_comparison(connection, left, right)
        showings = [
            showing
            for sha256 in (left, right)
            for showing in load_showings(
                connection, "p.image_sha256 = ? AND p.caption_id IS NOT NULL", (sha256,), 2
            )
        ]
        kind = (comparison.kind or "") if comparison else ""
        return Item(said, skipped, left, right, group, place[1], comparison, tuple(showings), (), kind)
    repeat = connection.execute("SELECT kind FROM caption_repeats WHERE id = ?", (place[0],)).fetchone()
    showings = [
        showing
        for key in (left, right)
        for showing in load_showings(
            connection,
            "p.caption_id IN (SELECT id FROM captions WHERE key = ?) ORDER BY p.article_id IS NULL, p.id",
            (key,),
            1,
        )
    ]
    texts = [showing.caption or "" for showing in showings]
    parts = mark_differences(texts[0], texts[1]) if len(texts) == 2 else ()
    return Item(
        said, skipped, left, right, None, place[1], None, tuple(showings), parts, repeat[0] if repeat else ""
    )


async def show_review(visit: Visit) -> Reply:
    queue = visit.request.url_vars.get("queue")
    if visit.request.method == "POST":
        return await _act(visit, queue)
    if queue is None:
        progress = await visit.load(lambda connection: {"captions": load_sheet(connection, "captions", None)})
        work = await worklist_of(visit.database)
        return await visit.page(
            "queues.html",
            title="Review",
            here="review",
            sheets=progress,
            groups=len(work),
            sure=sum(count for level, count in work.levels().items() if level <= ALIKE),
            wordings=await visit.load(count_open_conflicts),
        )
    again = visit.numbers("again", 1)
    after = visit.numbers("after", 2)
    sheet = await visit.load(
        lambda connection: (
            load_skipped(connection, queue, again[0])
            if again
            else load_sheet(connection, queue, (after[0], after[1]) if after else None)
        )
    )
    comparison = sheet.item.comparison if sheet.item else None
    return await visit.page(
        "review.html",
        title="Review",
        here="review",
        queue=queue,
        sheet=sheet,
        again=again,
        token=make_token(visit),
        addresses=[
            visit.links.original(side.sha256)
            if await has_original(visit, side.format, side.copies)
            else visit.links.thumbnail(side.sha256)
            for side in (comparison.left, comparison.right)
        ]
        if comparison
        else [],
    )


async def _act(visit: Visit, queue: str | None) -> Reply:
    said = await take_form(visit)
    if isinstance(said, Reply):
        return said
    if queue is None:
        return reply_text("A decision is sent to a queue. Load the page again.", 403)
    place = said.get("place", "")
    again = said.get("again", "")
    went = await write(visit, lambda catalogue: _decide(catalogue, queue, said))
    if isinstance(went, Reply):
        return went
    if said.get("action") == "undo":
        return reply_redirect(address_of(visit, *went))
    if (number := read_number(again)) is not None:
        step = number if said.get("action") != "keeper" else max(0, number - 1)
        return reply_redirect(visit.links.page(f"review/{queue}", again=step))
    after = _before(place) if said.get("action") == "keeper" else place
    return reply_redirect(visit.links.page(f"review/{queue}", after=after if read_place(after) else None))


def address_of(visit: Visit, queue: str, place: str) -> str:
    """Return the page of a step, so that the person who undoes it sees the pair."""
    numbers = read_place(place)
    match queue:
        case "groups":
            return visit.links.page("review/groups", group=numbers[0] if numbers else None)
        case "wordings":
            return visit.links.page("desk", conflict=numbers[0] if numbers else None)
        case _:
            return visit.links.page(f"review/{queue}", after=_before(place))


def _before(place: str) -> str:
    """Return the place just before a pair, so that the queue shows the pair again."""
    numbers = read_place(place)
    return f"{numbers[0]}-{max(0, numbers[1] - 1)}" if numbers else ""


def _decide(catalogue: Catalogue, queue: str, said: Mapping[str, str]) -> tuple[str, str] | None:
    """Carry out a step; return its queue and place."""
    place = said.get("place", "")
    if queue not in QUEUES:
        return None
    name: Queue = "pictures" if queue == "pictures" else "captions"
    match said.get("action"):
        case "same" | "different" | "skip" as action if read_place(place):
            note = said.get("note", "").strip()[:2000] or None
            take_step(catalogue, Step(name, place, action, said.get("left", ""), said.get("right", ""), note))
        case "keeper" if read_place(place) and (
            chosen := read_place(f"{said.get('group', '')}-{said.get('record', '')}")
        ):
            choose_keeper(catalogue, *chosen, name, place)
        case "undo" if (step := read_number(said.get("step", ""))) is not None:
            return undo_last(catalogue, step) or (queue, "")
        case _:
            return None
    return queue, place
