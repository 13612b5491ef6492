"""The caption desk: one picture with all of its captions, the evidence for and against each, and a key to choose."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from weakref import WeakKeyDictionary

from catalog.browse.datasette_host import Database
from catalog.browse.forms import read_note, read_number, take_form, write
from catalog.browse.page import Visit
from catalog.browse.reply import Reply, reply_redirect
from catalog.browse.review import Last, address_of, load_last
from catalog.browse.showings import COLUMNS, JOINED, Showing, read_showing
from catalog.browse.sql_limits import read_through
from catalog.browse.tokens import make_token
from catalog.browse.words import say_publisher
from catalog.decisions.captions import Choice, ChoiceVerdict, choose_caption
from catalog.decisions.review import undo_last
from catalog.decisions.support import Support, Told, day_of, is_before, weigh
from catalog.store.catalogue import Catalogue
from media.captions.word_difference import Part, mark_differences
from media.matching.captions.difference import Wording

_MOST_MEMBERS = 200
_PLACES = 4
_MOST_WEIGHED = 2000
"""The number of conflicts of facts whose captions are looked up in other pictures' files when the list is made; the
others are ordered by their grade alone."""
_CARDS = 24
_EMBEDDED = ("iptc", "xmp", "exif")
_ONLY = {"wrong": "Wrong captions", "facts": "All but credits", "credit": "Credits only"}
_WRONG = 20
"""Least evidence against a caption for it to count as likely wrong."""


@dataclass(frozen=True, slots=True)
class Version:
    """One wording with its support."""

    caption_id: int
    text: str
    credit_line: str | None
    date: str | None
    place: str | None
    parts: tuple[Part, ...]
    """Its text, with words that differ from the best supported caption marked."""
    places: tuple[Showing, ...]
    more_places: int
    support: Support


@dataclass(frozen=True, slots=True)
class Question:
    """A picture and its captions."""

    id: int
    grade: str
    image_sha256: str | None
    taken_at: str | None
    versions: tuple[Version, ...]
    pictures: tuple[Showing, ...]
    """The pictures, if the question is one caption under several pictures."""


def load_question(connection: sqlite3.Connection, conflict_id: int) -> Question | None:
    """Return a conflict to decide on; None if it no longer exists."""
    row = connection.execute(
        "SELECT id, grade, image_sha256 FROM caption_conflict_sets WHERE id = ?", (conflict_id,)
    ).fetchone()
    if row is None:
        return None
    rows = connection.execute(
        f"SELECT c.key, {COLUMNS} FROM caption_conflict_members m JOIN placements p ON p.id = m.placement_id{JOINED}"
        " WHERE m.conflict_id = ? ORDER BY m.placement_id LIMIT ?",
        (conflict_id, _MOST_MEMBERS),
    ).fetchall()
    showings = [(str(each[0]), read_showing(tuple(each)[1:])) for each in rows]
    copies = _copies(connection, {each.image_sha256 for _, each in showings if each.image_sha256})
    keeper, taken_at = _original(connection, copies)
    wordings: dict[tuple[str, str | None], list[Showing]] = {}
    for key, showing in showings:
        wordings.setdefault((key, showing.credit_line), []).append(showing)
    told = [
        _tell(connection, key, credit, places, keeper, copies, [each for _, each in showings])
        for (key, credit), places in wordings.items()
    ]
    ordered = sorted(
        zip(weigh(told, taken_at), wordings.values(), strict=True), key=lambda each: -each[0].score
    )
    reference = ordered[0][1][0].caption or "" if ordered else ""
    versions = tuple(_version(reference, places, support) for support, places in ordered)
    pictures = {each.image_sha256: each for _, each in showings if each.image_sha256}
    shown = tuple(pictures.values())[:_PLACES] if row[1] == "picture" else ()
    return Question(row[0], row[1], keeper or row[2], taken_at, versions, shown)


def _copies(connection: sqlite3.Connection, pictures: Iterable[str]) -> list[str]:
    """Return the pictures and all others of their groups."""
    given = sorted(pictures)
    rows = connection.execute(
        "SELECT o.image_sha256 FROM json_each(?) j JOIN image_group_members m ON m.image_sha256 = j.value"
        " JOIN image_group_members o ON o.group_id = m.group_id",
        (json.dumps(given),),
    )
    return sorted({*given, *(row[0] for row in rows)})


def _original(connection: sqlite3.Connection, pictures: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the picture that represents the others, and when it was taken."""
    row = connection.execute(
        "SELECT i.sha256, i.created_at FROM json_each(?) j JOIN images i ON i.sha256 = j.value"
        " LEFT JOIN image_group_members m ON m.image_sha256 = i.sha256 AND m.keeper = 1"
        " ORDER BY m.keeper IS NULL, i.created_at IS NULL, i.width_px * i.height_px DESC, i.sha256 LIMIT 1",
        (json.dumps(list(pictures)),),
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _tell(
    connection: sqlite3.Connection,
    key: str,
    credit: str | None,
    places: Sequence[Showing],
    keeper: str | None,
    copies: Sequence[str],
    everywhere: Sequence[Showing],
) -> Told:
    embedded = [each for each in places if each.origin in _EMBEDDED]
    largest = max((_pixels(each) for each in everywhere), default=0)
    pages = [each for each in places if each.article_id is not None]
    published = sorted(moment for each in pages if (moment := each.published_at or each.captured_at))
    return Told(
        Wording(key, places[0].caption or "", credit),
        any(each.image_sha256 == keeper or _pixels(each) >= largest for each in embedded),
        len({each.image_sha256 for each in embedded}),
        sum(1 for each in places if each.origin == "sidecar"),
        frozenset(say_publisher(each.url, each.locator) for each in pages),
        published[0] if published else None,
        count_elsewhere(connection, key, copies),
    )


def _pixels(showing: Showing) -> int:
    return (showing.width_px or 0) * (showing.height_px or 0)


def count_elsewhere(connection: sqlite3.Connection, key: str, copies: Sequence[str]) -> int:
    """Count the other pictures whose files hold a caption."""
    row = connection.execute(
        "SELECT count(DISTINCT p.image_sha256) FROM captions c JOIN placements p ON p.caption_id = c.id"
        " WHERE c.key = ? AND p.article_id IS NULL AND p.origin IN ('iptc', 'xmp', 'exif')"
        " AND p.image_sha256 NOT IN (SELECT value FROM json_each(?))",
        (key, json.dumps(list(copies))),
    ).fetchone()
    return int(row[0])


def _version(reference: str, places: Sequence[Showing], support: Support) -> Version:
    first = places[0]
    text = first.caption or ""
    return Version(
        first.caption_id or 0,
        text,
        first.credit_line,
        first.date,
        first.place,
        mark_differences(reference, text) if text != reference else (Part(text, "same"),),
        tuple(places[:_PLACES]),
        max(0, len(places) - _PLACES),
        support,
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """An open conflict, and how likely one of its captions is wrong."""

    id: int
    grade: str
    severity: int


_BASE = {"fact": 8, "picture": 20, "detail": 4, "wording": 2, "credit": 0}


def read_queue(connection: sqlite3.Connection) -> list[Entry]:
    """Return all conflicts, those with captions that are likely wrong first; decided ones may be opened again."""
    entries = []
    weighed = 0
    rows = read_through(
        connection,
        "SELECT s.id, s.grade, c.key, c.text, p.article_id, p.origin, p.image_sha256, i.created_at"
        " FROM caption_conflict_sets s JOIN caption_conflict_members m ON m.conflict_id = s.id"
        " JOIN placements p ON p.id = m.placement_id JOIN captions c ON c.id = p.caption_id"
        " LEFT JOIN images i ON i.sha256 = p.image_sha256 ORDER BY s.id",
    )
    for (number, kind), members in groupby(rows, lambda row: (int(row[0]), str(row[1]))):
        severity = _BASE[kind]
        if kind == "fact":
            weighed += 1
            severity += _suspicion(connection, list(members), weighed <= _MOST_WEIGHED)
        entries.append(Entry(number, kind, severity))
    entries.sort(key=lambda each: (-each.severity, each.id))
    return entries


def _suspicion(connection: sqlite3.Connection, members: list[tuple[object, ...]], thorough: bool) -> int:
    taken = min((str(row[7]) for row in members if row[7]), default=None)
    found = 0
    if taken and any(is_before(day_of(str(text)), taken) for text in {row[3] for row in members}):
        found += 40
    pages = {str(row[2]) for row in members if row[4] is not None}
    written = {str(row[2]) for row in members if row[5] in _EMBEDDED}
    if pages and written and not pages & written:
        found += 15
    if thorough and pages:
        copies = _copies(connection, {str(row[6]) for row in members if row[6]})
        if any(count_elsewhere(connection, key, copies) for key in sorted(pages - written)):
            found += 100
    return found


_QUEUES: WeakKeyDictionary[Database, tuple[tuple[object, ...], list[Entry]]] = WeakKeyDictionary()


async def queue_of(database: Database) -> list[Entry]:
    """Return the open conflicts, computed again only if matching has changed the conflicts."""

    def state_of(connection: sqlite3.Connection) -> tuple[object, ...]:
        row = connection.execute("SELECT count(*), max(id), total(id) FROM caption_conflict_sets").fetchone()
        return tuple(row)

    def settled_ones(connection: sqlite3.Connection) -> set[int]:
        return {
            row[0] for row in connection.execute("SELECT id FROM caption_conflict_sets WHERE settled = 1")
        }

    state = await database.execute_fn(state_of)
    known = _QUEUES.get(database)
    settled = await database.execute_fn(settled_ones)
    if known is None or known[0] != state:
        known = _QUEUES[database] = (state, await database.execute_fn(read_queue))
    return [each for each in known[1] if each.id not in settled]


def _among(entries: list[Entry], only: str) -> list[Entry]:
    match only:
        case "wrong":
            return [each for each in entries if each.severity >= _WRONG]
        case "credit":
            return [each for each in entries if each.grade == "credit"]
        case _:
            return [each for each in entries if each.grade != "credit"]


@dataclass(frozen=True, slots=True)
class _Shown:
    question: Question | None
    last: Last | None


async def show_desk(visit: Visit) -> Reply:
    """Answer with the next picture whose captions disagree, or with the requested one."""
    if visit.request.method == "POST":
        return await _act(visit)
    only = visit.choice("only", _ONLY) or "facts"
    entries = await queue_of(visit.database)
    among = _among(entries, only)
    asked, after = visit.numbers("conflict", 1), visit.numbers("after", 1)
    order = [each.id for each in among]
    at = order.index(after[0]) + 1 if after and after[0] in order else 0
    number = asked[0] if asked else next(iter(order[at:] or order), None)

    def load(connection: sqlite3.Connection) -> _Shown:
        return _Shown(
            load_question(connection, number) if number is not None else None, load_last(connection)
        )

    shown = await visit.load(load)
    return await visit.page(
        "desk.html",
        title="Captions of one picture",
        here="review",
        question=shown.question,
        last=shown.last,
        only=only,
        kinds=_ONLY,
        counts={each: len(_among(entries, each)) for each in _ONLY},
        left=len(among),
        token=make_token(visit),
    )


async def show_inbox(visit: Visit) -> Reply:
    """Answer with pictures whose captions are likely wrong, the surest first."""
    entries = _among(await queue_of(visit.database), "wrong")
    page = (visit.numbers("page", 1) or (0,))[0]
    some = entries[page * _CARDS : (page + 1) * _CARDS]

    def load(connection: sqlite3.Connection) -> list[Question]:
        return [found for each in some if (found := load_question(connection, each.id))]

    return await visit.page(
        "inbox.html",
        title="Wrong captions",
        here="conflicts",
        questions=await visit.load(load),
        left=len(entries),
        page=page,
        more=len(entries) > (page + 1) * _CARDS,
    )


async def _act(visit: Visit) -> Reply:
    said = await take_form(visit)
    if isinstance(said, Reply):
        return said
    conflict = read_number(said.get("conflict", ""))
    only = said.get("only", "") if said.get("only", "") in _ONLY else None

    def act(catalogue: Catalogue) -> tuple[str, str] | None:
        if said.get("action") == "undo" and (step := read_number(said.get("step", ""))) is not None:
            return undo_last(catalogue, step) or ("wordings", "")
        choice = _read_choice(said, conflict)
        if choice is None:
            return None
        choose_caption(catalogue, choice)
        return "wordings", f"{choice.conflict_id}-0"

    went = await write(visit, act)
    if isinstance(went, Reply):
        return went
    if said.get("action") == "undo":
        return reply_redirect(address_of(visit, *went))
    return reply_redirect(visit.links.page("desk", only=only, after=conflict))


def _read_choice(said: dict[str, str], conflict: int | None) -> Choice | None:
    if conflict is None:
        return None
    verdict: ChoiceVerdict
    match said.get("action", "choose" if said.get("choose") else ""):
        case "dismiss":
            return Choice(conflict, "dismissed", note=read_note(said))
        case "choose":
            verdict = "chosen"
        case "edit":
            verdict = "edited"
        case _:
            return None
    caption = read_number(said.get("choose") or said.get("edited", ""))
    return Choice(conflict, verdict, caption, said.get("text"), said.get("credit"), read_note(said))
