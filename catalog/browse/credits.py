"""Learned credits: names that captions end in, why each counts as a credit, and buttons to say otherwise."""

import sqlite3
from dataclasses import dataclass

from catalog.browse.forms import take_form, write
from catalog.browse.page import Visit
from catalog.browse.reply import Reply, reply_redirect
from catalog.browse.tokens import make_token
from catalog.browse.words import CREDIT_KINDS
from catalog.decisions.decide import judge_credit
from catalog.match.articles.verdicts import CREDIT, CREDIT_NAME
from catalog.show.credits import evidence_text
from catalog.store.catalogue import Catalogue
from catalog.store.counting import count_credits

_PAGE = 24
_EXAMPLES = 3
_STATES = {"same": "decided", "different": "off", None: "learned"}
"""The state of a name after each verdict of a person."""


@dataclass(frozen=True, slots=True)
class Example:
    """A caption that ended in the name, before it was separated."""

    caption: str
    locator: str
    article_id: int | None
    headline: str | None


@dataclass(frozen=True, slots=True)
class Name:
    """A name that captions end in."""

    key: str
    name: str
    state: str
    captions: int
    why: str
    is_applied: bool
    """Whether the captions are separated as the state says; a decision waits for the next match."""
    examples: tuple[Example, ...]


def load_credits(connection: sqlite3.Connection, state: str | None, page: int) -> tuple[list[Name], bool]:
    """Return a page of learned names, those of the most captions first, and whether there are more."""
    rows = connection.execute(
        "SELECT key, name, state, captions, evidence, verdict FROM learned_credits"
        " LEFT JOIN decisions ON left = min(:prefix || key, :credit) AND right = max(:prefix || key, :credit)"
        " WHERE :state IS NULL OR state = :state ORDER BY captions DESC, key LIMIT :limit OFFSET :offset",
        {
            "prefix": CREDIT_NAME,
            "credit": CREDIT,
            "state": state,
            "limit": _PAGE + 1,
            "offset": page * _PAGE,
        },
    ).fetchall()
    names = [
        Name(
            key,
            name,
            _STATES[verdict],
            captions,
            evidence_text({"evidence": evidence}),
            recorded == _STATES[verdict],
            _examples(connection, key),
        )
        for key, name, recorded, captions, evidence, verdict in rows[:_PAGE]
    ]
    return names, len(rows) > _PAGE


def _examples(connection: sqlite3.Connection, key: str) -> tuple[Example, ...]:
    rows = connection.execute(
        "SELECT caption_before, locator, article_id, headline FROM learned_credit_captions"
        " WHERE key = ? AND placement_id IS NOT NULL LIMIT ?",
        (key, _EXAMPLES),
    )
    return tuple(Example(*row) for row in rows)


async def show_credits(visit: Visit) -> Reply:
    """Answer with the list of learned names, or act on a form of it."""
    if visit.request.method == "POST":
        return await _act(visit)
    state = visit.choice("state", CREDIT_KINDS)
    page = (visit.numbers("page", 1) or (0,))[0]
    names, more = await visit.load(lambda connection: load_credits(connection, state, page))
    return await visit.page(
        "credits.html",
        title="Learned credits",
        here="captions",
        kinds=CREDIT_KINDS,
        counts=await visit.load(count_credits),
        state=state,
        page=page,
        names=names,
        more=more,
        token=make_token(visit),
    )


async def _act(visit: Visit) -> Reply:
    said = await take_form(visit)
    if isinstance(said, Reply):
        return said

    def act(catalogue: Catalogue) -> bool | None:
        key = said.get("key", "")
        match said.get("action"):
            case "same" | "different" as verdict:
                judge_credit(catalogue, verdict, key)
            case "withdraw":
                judge_credit(catalogue, None, key)
            case _:
                return None
        return True

    went = await write(visit, act)
    if isinstance(went, Reply):
        return went
    state = visit.choice("state", CREDIT_KINDS)
    return reply_redirect(visit.links.page("credits", state=state, page=visit.arguments.get("page")))
