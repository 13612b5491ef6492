"""The review of groups: one contact sheet after the other, doubtful ones first, or many certain ones by a rule."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.forms import read_note, read_number, take_form, write
from catalog.browse.groups import load_group
from catalog.browse.page import NotFound, Visit
from catalog.browse.reply import Reply, reply_redirect
from catalog.browse.review import Last, address_of, load_last
from catalog.browse.sheets import ContactSheet, load_contact_sheet
from catalog.browse.tokens import make_token
from catalog.browse.worklist import LEVELS, Rule, Worklist, read_pace, read_state, took_step, worklist_of
from catalog.decisions.groups import Settlement, put_off, settle_by_rule, settle_group
from catalog.decisions.review import choose_keeper, undo_last
from catalog.store.catalogue import Catalogue

MOST_AT_ONCE = 1000
"""The most groups that one click accepts, so that writing takes at most a second or two."""


@dataclass(frozen=True, slots=True)
class _Shown:
    sheet: ContactSheet | None
    last: Last | None
    pace_seconds: float | None


async def show_group_review(visit: Visit) -> Reply:
    """Answer with the next group's sheet, or with the requested one."""
    if visit.request.method == "POST":
        return await _act(visit)
    work = await worklist_of(visit.database)
    asked = visit.numbers("group", 1)
    number = asked[0] if asked else work.next()

    def load(connection: sqlite3.Connection) -> _Shown:
        sheet = load_contact_sheet(connection, number) if number is not None else None
        return _Shown(sheet, load_last(connection), read_pace(connection))

    shown = await visit.load(load)
    if shown.sheet is None and asked and (following := work.next()) is not None:
        return reply_redirect(visit.links.page("review/groups", group=following))
    return await visit.page(
        "sheet.html",
        title="Review groups",
        here="review",
        sheet=shown.sheet,
        last=shown.last,
        left=len(work),
        minutes=_minutes(len(work), shown.pace_seconds),
        entry=work.get(shown.sheet.group_id) if shown.sheet else None,
        levels=LEVELS,
        token=make_token(visit),
        back="",
    )


def _minutes(left: int, pace_seconds: float | None) -> int | None:
    return max(1, round(left * pace_seconds / 60)) if pace_seconds and left else None


async def show_rules(visit: Visit) -> Reply:
    """Answer with the rules by which many groups can be accepted at once."""
    work = await worklist_of(visit.database)
    return await visit.page(
        "rules.html",
        title="Accept many groups",
        here="review",
        rules=work.rules(),
        counts=sorted(work.levels().items()),
        levels=LEVELS,
        left=len(work),
        most=MOST_AT_ONCE,
        token=make_token(visit),
    )


async def _act(visit: Visit) -> Reply:
    said = await take_form(visit)
    if isinstance(said, Reply):
        return said
    if said.get("action") == "bulk":
        return await _accept_many(visit, said)
    group_id = read_number(said.get("group", ""))
    action = said.get("action") or ("keep" if said.get("keep") else "")
    before = await visit.load(read_state)

    def act(catalogue: Catalogue) -> tuple[str, str] | None:
        place = f"{group_id}-0"
        match action:
            case "undo" if (step := read_number(said.get("step", ""))) is not None:
                return undo_last(catalogue, step) or ("groups", "")
            case "accept" if group_id is not None:
                settle_group(catalogue, _settlement(group_id, said))
            case "later" if group_id is not None:
                put_off(catalogue, group_id)
            case "keep" if group_id is not None and (record := read_number(said.get("keep", ""))) is not None:
                choose_keeper(catalogue, group_id, record, "groups", place)
            case _:
                return None
        return "groups", place

    went = await write(visit, act)
    if isinstance(went, Reply):
        return went
    if action == "undo":
        number = read_number(went[1].partition("-")[0])
        if went[0] == "groups" and number:
            await took_step(visit.database, number, before)
        return reply_redirect(address_of(visit, *went))
    await took_step(visit.database, group_id or 0, before)
    if said.get("back") == "group":
        return reply_redirect(visit.links.group(group_id or 0))
    return reply_redirect(visit.links.page("review/groups", group=group_id if action == "keep" else None))


def _settlement(group_id: int, said: dict[str, str]) -> Settlement:
    out = frozenset(value for name, value in said.items() if name.startswith("out"))
    return Settlement(
        group_id, said.get("left", ""), tuple(said.get("seen", "").split()), out, read_note(said)
    )


def read_rule(work: Worklist, name: str) -> Rule | None:
    """Return the rule with a name, if it is offered now."""
    return next((rule for rule in work.rules() if rule.name == name), None)


async def _accept_many(visit: Visit, said: dict[str, str]) -> Reply:
    work = await worklist_of(visit.database)
    rule = read_rule(work, said.get("rule", ""))
    if rule is None:
        raise NotFound("No group is left for this rule.")
    if str(rule.count) != said.get("count"):
        return await visit.page(
            "nothing.html",
            409,
            title="Not recorded",
            here="review",
            said=f"There are {rule.count:,} such groups now. Look at the rules again, then accept them.",
        )
    groups = work.under(rule)[:MOST_AT_ONCE]
    went = await write(visit, lambda catalogue: settle_by_rule(catalogue, groups, rule.words()))
    if isinstance(went, Reply):
        return went
    return reply_redirect(visit.links.page("review/groups"))


async def show_group(visit: Visit) -> Reply:
    """Answer with one group: its sheet, and its files as a table."""
    after = visit.numbers("after", 1)
    number = visit.number("id")
    group = await visit.load(lambda connection: load_group(connection, number, after[0] if after else 0))
    sheet = await visit.load(lambda connection: load_contact_sheet(connection, number))
    if group is None or sheet is None:
        raise NotFound("No group has that number. Numbers change when the catalogue is matched again.")
    return await visit.page(
        "group.html",
        title="Repeated picture",
        here="pictures",
        group=group,
        sheet=sheet,
        after=after,
        last=await visit.load(load_last),
        token=make_token(visit),
        back="group",
    )
