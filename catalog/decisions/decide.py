"""A person's verdict on two pictures, captions or articles, recorded by their content and not by their place.

A verdict that a picture or a caption is page furniture, or that a name is a credit, is recorded in the same way.
"""

import re
from dataclasses import dataclass
from typing import Literal

from catalog.errors import UsageError
from catalog.match.articles.verdicts import BODY, CREDIT, CREDIT_NAME, FURNITURE
from catalog.match.match import match_pending
from catalog.store.catalogue import Catalogue, now
from media.captions.key import caption_key
from media.captions.learned_credit import credit_key

_FURNITURE_WORD = "furniture"
"""The value of RIGHT if the verdict is whether LEFT is page furniture."""
_CREDIT_WORD = "credit"
"""The value of RIGHT if the verdict is whether LEFT, a name, is a credit."""
BY_RULE = "by rule: "
"""The beginning of the note on pairs that no person looked at one by one. A cleanup still compares such pictures."""
_DIGEST = re.compile(r"[0-9a-f]{8,64}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and the two it is about: digests of pictures or of bodies, or keys of captions."""

    verdict: str
    left: str
    right: str


def decide(catalogue: Catalogue, verdict: str, left: str, right: str, note: str | None = None) -> Decision:
    """Record a verdict, replacing an earlier one on the same two, and update the groups.

    :raises UsageError: one of the two is not in the catalogue, or they are one and the same.
    """
    if right == _CREDIT_WORD:
        return _decide_credit(catalogue, verdict, left, note)
    left_kind, left_name = _identify(catalogue, left)
    if right == _FURNITURE_WORD and left_kind in ("picture", "caption"):
        return _decide_furniture(catalogue, verdict, left_kind, left_name, note)
    right_kind, right_name = _identify(catalogue, right)
    if left_kind != right_kind:
        raise UsageError(f"{left} is a {left_kind} and {right} a {right_kind}. Name two of a kind.")
    if left_name == right_name:
        raise UsageError(f"Both name the same {left_kind}: there is nothing to decide.")
    with catalogue.db.atomic():
        decision = write_decision(catalogue, left_kind, verdict, left_name, right_name, note)
    match_pending(catalogue)
    return decision


def _decide_furniture(catalogue: Catalogue, verdict: str, kind: str, name: str, note: str | None) -> Decision:
    with catalogue.db.atomic():
        decision = write_decision(catalogue, kind, verdict, name, FURNITURE, note)
        catalogue.db.execute("INSERT OR IGNORE INTO pending (kind, item) VALUES ('furniture', '')")
    match_pending(catalogue)
    return decision


def _decide_credit(catalogue: Catalogue, verdict: str, name: str, note: str | None) -> Decision:
    """Record whether a name is a credit, where a caption without a known credit may end in it."""
    key = credit_key(name)
    found = "SELECT EXISTS (SELECT 1 FROM learned_credits WHERE key = :key)" + (
        " OR EXISTS (SELECT 1 FROM captions_fts WHERE captions_fts MATCH :words)" if key else ""
    )
    words = f'"{key.replace(chr(34), " ")}"'
    if not key or not catalogue.value(found, {"key": key, "words": words}):
        raise UsageError(f"{name}: in no caption of this catalogue. See `cutline report credits`.")
    with catalogue.db.atomic():
        decision = write_decision(catalogue, "credit", verdict, CREDIT_NAME + key, CREDIT, note)
    match_pending(catalogue)
    return decision


def judge_credit(catalogue: Catalogue, verdict: Literal["same", "different"] | None, key: str) -> None:
    """Record whether a name of ``learned_credits`` is a credit; with None, leave it to the archive again.

    The next match applies it.

    :raises UsageError: the name is not there any more.
    """
    with catalogue.db.atomic():
        if not catalogue.value("SELECT EXISTS (SELECT 1 FROM learned_credits WHERE key = ?)", (key,)):
            raise UsageError("That name is not in this catalogue any more. Load the page again.")
        if verdict is None:
            withdraw_decision(catalogue, "credit", CREDIT_NAME + key, CREDIT)
        else:
            write_decision(catalogue, "credit", verdict, CREDIT_NAME + key, CREDIT, None)


def write_decision(
    catalogue: Catalogue, kind: str, verdict: str, left: str, right: str, note: str | None
) -> Decision:
    """Record a verdict on two pictures (digests) or captions (keys); the next match updates the groups."""
    first, second = sorted((left, right))
    catalogue.db.execute(
        "INSERT INTO decisions (left, right, verdict, note, decided_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (left, right) DO UPDATE SET verdict = excluded.verdict, note = excluded.note,"
        " decided_at = excluded.decided_at",
        [first, second, verdict, note, now()],
    )
    for name in (first, second):
        _mark(catalogue, kind, name)
    return Decision(verdict, first, second)


def withdraw_decision(catalogue: Catalogue, kind: str, left: str, right: str) -> None:
    """Remove a verdict, as if it had never been given; the next match updates the groups."""
    first, second = sorted((left, right))
    catalogue.db.execute("DELETE FROM decisions WHERE left = ? AND right = ?", [first, second])
    for name in (first, second):
        _mark(catalogue, kind, name)


def _identify(catalogue: Catalogue, given: str) -> tuple[str, str]:
    if _DIGEST.fullmatch(given):
        found = [
            row["sha256"]
            for row in catalogue.rows(
                "SELECT sha256 FROM images WHERE sha256 GLOB ? LIMIT 2", (given.lower() + "*",)
            )
        ]
        if len(found) == 1:
            return "picture", found[0]
        if len(found) > 1:
            raise UsageError(f"{given} begins the digest of more than one picture. Give more of it.")
    found = [
        row["sha256"]
        for row in catalogue.rows(
            "SELECT DISTINCT r.sha256 FROM records r JOIN images i ON i.sha256 = r.sha256 WHERE r.locator = ? LIMIT 2",
            (given,),
        )
    ]
    if len(found) == 1:
        return "picture", found[0]
    if len(found) > 1:
        raise UsageError(f"{given} is in more than one source. Name the picture by its digest.")
    if given.isdecimal():
        row = catalogue.db.execute("SELECT key FROM captions WHERE id = ?", [int(given)]).fetchone()
        if row:
            return "caption", row[0]
    key = caption_key(given)
    if key and catalogue.value("SELECT count(*) FROM captions WHERE key = ?", (key,)):
        return "caption", key
    bodies = {
        row["body_sha256"]
        for row in catalogue.rows(
            "SELECT a.body_sha256 FROM articles a JOIN records r ON r.id = a.record_id WHERE r.missing_since IS NULL"
            " AND (r.locator = :given OR r.target_uri = :given OR a.url = :given)"
            " ORDER BY r.captured_at, a.id LIMIT 1",
            {"given": given},
        )
    }
    if bodies:
        return "article", BODY + bodies.pop()
    raise UsageError(
        f"{given}: no picture, caption or article of this catalogue. See `cutline report images`, `captions` or"
        " `articles`."
    )


def _mark(catalogue: Catalogue, kind: str, name: str) -> None:
    marks: tuple[tuple[str, str], ...]
    if kind == "picture":
        marks = (
            ("image", "SELECT ?"),
            ("image-group", "SELECT group_id FROM image_group_members WHERE image_sha256 = ?"),
            ("image-captions", "SELECT ?"),
        )
    elif kind == "credit":
        # All names are weighed together.
        marks = (("credits", "SELECT '' WHERE ? IS NOT NULL"),)
    elif kind == "article":
        marks = (("article", f"SELECT id FROM articles WHERE '{BODY}' || body_sha256 = ?"),)
    else:
        marks = (
            ("caption", "SELECT id FROM captions WHERE key = ?"),
            (
                "repeat",
                "SELECT m.repeat_id FROM captions c JOIN placements p ON p.caption_id = c.id"
                " JOIN caption_repeat_members m ON m.placement_id = p.id WHERE c.key = ?",
            ),
            (
                "image-captions",
                "SELECT p.image_sha256 FROM captions c JOIN placements p ON p.caption_id = c.id"
                " WHERE c.key = ? AND p.image_sha256 IS NOT NULL",
            ),
        )
    for item_kind, items in marks:
        catalogue.db.execute(
            f"INSERT OR IGNORE INTO pending (kind, item) SELECT '{item_kind}', * FROM ({items})",
            [name],
        )
