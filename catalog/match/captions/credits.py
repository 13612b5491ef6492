"""Learns credits from the archive, and separates captions from those that they end in.

All names are weighed again whenever captions, pages or pictures change, from the captions as their readers left them:
what was learned before changes nothing. Everything is written in one transaction. A caption that a person has judged
stays as it is.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalog.match.articles.verdicts import CREDIT, CREDIT_NAME
from catalog.store.catalogue import Catalogue
from media.captions.key import caption_key
from media.captions.learned_credit import (
    CreditEnd,
    Form,
    credit_key,
    credit_names,
    last_word,
    read_ends,
    sign_of,
)
from media.captions.letters import fold_letters
from media.matching.captions.credits import ALL_FORMS, NameEvidence, learned_forms

_AT_ONCE = 2_000
_BODIES = 30
"""The most articles of a name whose text is looked through."""
_EXAMPLES = 3
_OF_PICTURES = ("credit_line", "byline", "source", "copyright_notice")
_IS_LEARNED = "instr(p.evidence, '\"learned_credit\"')"
_USE = (
    "SELECT p.id, p.caption_id, c.text, c.credit_line, c.date, c.place, c.key, p.evidence, p.article_id,"
    " coalesce('p' || e.page_id, 'a' || p.article_id, 'r' || p.record_id) AS page, e.publisher,"
    " coalesce(p.image_sha256, p.image_src, 'p' || p.id) AS picture, p.image_sha256, r.missing_since"
    " FROM placements p JOIN captions c ON c.id = p.caption_id JOIN records r ON r.id = p.record_id"
    " LEFT JOIN page_captures e ON e.article_id = p.article_id"
)


@dataclass(frozen=True, slots=True)
class _Use:
    """A placement, with its caption as the reader left it."""

    row: sqlite3.Row
    text: str
    evidence: Mapping[str, object]

    @property
    def counts(self) -> bool:
        return self.row["missing_since"] is None


def update_credits(catalogue: Catalogue, pair: Callable[[Iterable[int]], None]) -> None:
    """Learn credits, and apply them to the captions that end in one.

    :param pair: ties captions whose text has changed to their pictures, by their ids.
    """
    with catalogue.db.atomic():
        changed = _Updating(catalogue).update()
        pair(sorted(changed))
        catalogue.db.execute("DELETE FROM pending WHERE kind = 'credits'")


class _Updating:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._execute = catalogue.db.conn.execute
        self._executemany = catalogue.db.conn.executemany
        self._decided = {
            name.removeprefix(CREDIT_NAME): verdict == "same"
            for name, verdict in self._execute(
                "SELECT iif(left = :it, right, left), verdict FROM decisions WHERE left = :it OR right = :it",
                {"it": CREDIT},
            )
        }
        self._names: dict[str, Counter[str]] = defaultdict(Counter)
        """The spellings of each name, by its key."""

    def update(self) -> set[int]:
        """Return the captions that placements have got or lost."""
        lines = self._named_lines()
        for key in self._decided:
            lines.setdefault(key, [])
        uses = self._ending_in(lines)
        said = self._weigh(uses, lines)
        forms = {key: learned_forms(evidence) for key, evidence in said.items()}
        for key, is_credit in self._decided.items():
            forms[key] = ALL_FORMS if is_credit else frozenset()
        learned = {key: allowed for key, allowed in forms.items() if allowed}
        given, changed = self._apply(uses, learned, said)
        self._mark(changed)
        self._write(learned, said, given)
        return {caption for use, new in changed for caption in (new, int(use.row["caption_id"]))}

    def _named_lines(self) -> dict[str, list[str]]:
        """Return the credit lines that give each name, by its key."""
        columns = " UNION ".join(
            f"SELECT {column} FROM images WHERE {column} IS NOT NULL" for column in _OF_PICTURES
        )
        found: dict[str, list[str]] = defaultdict(list)
        for (line,) in self._execute(
            f"SELECT credit_line FROM captions WHERE credit_line IS NOT NULL UNION {columns} ORDER BY 1"
        ):
            for name in credit_names(line):
                found[credit_key(name)].append(line)
        return found

    def _ending_in(self, keys: Collection[str]) -> list[_Use]:
        """Return the placements whose caption ends in one of these names and has no known credit."""
        last_words = {last_word(key) for key in keys}
        chosen = [
            caption_id
            for caption_id, text in self._execute(
                "SELECT id, text FROM captions WHERE credit_line IS NULL AND text <> ''"
            )
            if any(read_ends(text, keys, last_words))
        ]
        uses = [
            use
            for some in _in_parts(chosen)
            for use in self._uses("c.id IN (SELECT value FROM json_each(?)) AND p.origin <> 'alt'", some)
        ]
        known = {use.row["id"] for use in uses}
        return uses + [use for use in self._uses(_IS_LEARNED) if use.row["id"] not in known]

    def _uses(self, condition: str, items: Collection[object] | None = None) -> Iterator[_Use]:
        parameters = () if items is None else (json.dumps(list(items)),)
        for row in self._catalogue.rows(f"{_USE} WHERE {condition} ORDER BY p.id", parameters):
            evidence = json.loads(row["evidence"])
            learned = evidence.get("learned_credit")
            yield _Use(row, learned["caption"] if learned else row["text"], _as_read(evidence))

    def _weigh(self, uses: Iterable[_Use], lines: Mapping[str, list[str]]) -> dict[str, NameEvidence]:
        """Return what the archive says of every name that ends a caption."""
        last_words = {last_word(key) for key in lines}
        said: dict[str, NameEvidence] = defaultdict(NameEvidence)
        for use in uses:
            for end in read_ends(use.text, lines, last_words) if use.counts else ():
                for key in end.keys:
                    _add_end(said[key], end, use)
                    if len(end.keys) == 1 and not lines[key]:
                        self._names[key][use.text[end.begin :].strip(" .()[]|–—-/•·")] += 1
        self._weigh_credits(said, {line for key in said for line in lines[key]})
        places = self._places() if said else frozenset()
        for key, evidence in said.items():
            evidence.is_place = key in places
            if learned_forms(evidence):
                self._look_elsewhere(key, evidence)
        return said

    def _weigh_credits(self, said: Mapping[str, NameEvidence], lines: Collection[str]) -> None:
        names = {line: [(credit_key(name), name) for name in credit_names(line)] for line in lines}
        chosen = [
            caption_id
            for caption_id, line in self._execute(
                "SELECT id, credit_line FROM captions WHERE credit_line IS NOT NULL"
            )
            if line in names
        ]
        for some in _in_parts(chosen):
            condition = (
                f"c.id IN (SELECT value FROM json_each(?)) AND p.article_id IS NOT NULL AND NOT {_IS_LEARNED}"
            )
            for use in self._uses(condition, some):
                line = use.row["credit_line"]
                recognised = use.evidence.get("credit")
                sign = sign_of(line, str(recognised) if recognised is not None else None)
                if sign is None or not use.counts:
                    continue
                for key, name in names[line]:
                    if key in said:
                        self._names[key][name] += 1
                        found = said[key]
                        found.signed.setdefault(sign, set()).add(
                            fold_letters(use.text) or str(use.row["picture"])
                        )
                        found.pages.add(use.row["page"])
                        found.publishers.update(filter(None, [use.row["publisher"]]))
                        found.articles.add(use.row["article_id"])
        there = "EXISTS (SELECT 1 FROM records r WHERE r.sha256 = i.sha256 AND r.missing_since IS NULL)"
        for sha256, *told in self._execute(
            f"SELECT i.sha256, {', '.join(_OF_PICTURES)} FROM images i WHERE {there}"
            f" AND coalesce({', '.join(_OF_PICTURES)}) IS NOT NULL"
        ):
            for key, name in {pair for line in told if line in names for pair in names[line]}:
                if key in said:
                    self._names[key][name] += 1
                    said[key].pictures.add(sha256)

    def _places(self) -> frozenset[str]:
        rows = self._execute(
            "SELECT place FROM captions WHERE place IS NOT NULL UNION SELECT dateline FROM articles"
            " WHERE dateline IS NOT NULL UNION SELECT city FROM images WHERE city IS NOT NULL"
            " UNION SELECT country FROM images WHERE country IS NOT NULL"
        )
        return frozenset(credit_key(part) for (place,) in rows for part in (place, *place.split(",")))

    def _look_elsewhere(self, key: str, evidence: NameEvidence) -> None:
        """Add the captions that hold a name elsewhere than at their end, and how often articles name it."""
        name = self._spelling(key)
        ends = {key}, {last_word(key)}
        for (text,) in self._execute(
            "SELECT c.text FROM captions_fts f JOIN captions c ON c.id = f.rowid WHERE captions_fts MATCH ?"
            " AND EXISTS (SELECT 1 FROM placements p JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
            "  WHERE p.caption_id = c.id AND p.origin <> 'alt')",
            (f'text : "{name.replace(chr(34), " ")}"',),
        ):
            end = next(read_ends(text, *ends), None)
            if _holds(text if end is None else end.before, key) and (end is None or end.form != "alone"):
                evidence.inside.add(fold_letters(text))
        for some in _in_parts(sorted(evidence.articles)):
            if evidence.looked_at >= _BODIES:
                break
            bodies = self._execute(
                "SELECT DISTINCT body_sha256, body FROM articles WHERE id IN (SELECT value FROM json_each(?))"
                " AND body <> '' ORDER BY body_sha256 LIMIT ?",
                (json.dumps(some), _BODIES - evidence.looked_at),
            )
            for _, body in bodies:
                evidence.looked_at += 1
                evidence.named += _holds(body, key)

    def _spelling(self, key: str) -> str:
        spellings = self._names.get(key)
        return min(spellings, key=lambda name: (-spellings[name], name)) if spellings else key

    def _apply(
        self, uses: Iterable[_Use], learned: Mapping[str, frozenset[Form]], said: Mapping[str, NameEvidence]
    ) -> tuple[Counter[str], list[tuple[_Use, int]]]:
        """Give captions their learned credit, or take it back.

        :return: how many placements have each credit, and those whose caption is another one now.
        """
        judged = self._judged()
        last_words = {last_word(key) for key in learned}
        told = {key: _told(said[key]) if key in said else "decided by a person" for key in learned}
        given: Counter[str] = Counter()
        changed: list[tuple[_Use, int]] = []
        for use in uses:
            end = next(read_ends(use.text, learned, last_words), None)
            key = next((key for key in end.keys if end.form in learned[key]), None) if end else None
            has = json.loads(use.row["evidence"]).get("learned_credit")
            if _is_judged(use, judged):
                key, end = None, None
                if has:
                    given[has["key"]] += 1
                    continue
            if end is None or key is None or end.after_small_word:
                wanted, text, credit_line = dict(use.evidence), use.text, None
            else:
                given[key] += 1
                text, credit_line = end.before, use.text[end.begin :].lstrip(' |•·–—-/.…!?”"')
                wanted = _with_credit(use, key, told[key])
            caption_id = use.row["caption_id"]
            if (text, credit_line) != (use.row["text"], use.row["credit_line"]):
                caption_id = self._caption(use, text, credit_line)
            evidence = json.dumps(wanted, ensure_ascii=False, sort_keys=True)
            if caption_id != use.row["caption_id"]:
                changed.append((use, caption_id))
            if (caption_id, evidence) != (use.row["caption_id"], use.row["evidence"]):
                self._execute(
                    "UPDATE placements SET caption_id = ?, evidence = ? WHERE id = ?",
                    (caption_id, evidence, use.row["id"]),
                )
        return given, changed

    def _judged(self) -> frozenset[str]:
        """Return the captions that a person has judged: their keys, and keys with credits."""
        return frozenset(
            name
            for (name,) in self._execute(
                "SELECT left FROM decisions UNION SELECT right FROM decisions"
                " UNION SELECT value FROM caption_choices h, json_each(h.keys)"
            )
        )

    def _caption(self, use: _Use, text: str, credit_line: str | None) -> int:
        key = caption_key(text)
        found = self._execute(
            "SELECT id FROM captions WHERE key = ? AND text = ? AND credit_line IS ? ORDER BY id LIMIT 1",
            (key, text, credit_line),
        ).fetchone()
        if found:
            return int(found[0])
        row = (text, credit_line, key, use.row["date"], use.row["place"])
        made = self._execute(
            "INSERT INTO captions (text, credit_line, key, date, place) VALUES (?, ?, ?, ?, ?)", row
        )
        return int(made.lastrowid or 0)

    def _mark(self, changed: list[tuple[_Use, int]]) -> None:
        """Mark as pending what the changed captions touch."""
        if not changed:
            return
        marks: set[tuple[str, str]] = {("furniture", ""), ("correction", "")}
        for use, caption_id in changed:
            marks |= {
                ("caption", str(caption_id)),
                ("caption", str(use.row["caption_id"])),
                ("unused-caption", str(use.row["caption_id"])),
            }
            if use.row["image_sha256"]:
                marks.add(("image-captions", use.row["image_sha256"]))
        self._executemany("INSERT OR IGNORE INTO pending (kind, item) VALUES (?, ?)", sorted(marks))
        for some in _in_parts([use.row["id"] for use, _ in changed]):
            for kind, table, column in (
                ("repeat", "caption_repeat_members", "repeat_id"),
                ("conflict", "caption_conflict_members", "conflict_id"),
            ):
                self._execute(
                    f"INSERT OR IGNORE INTO pending (kind, item) SELECT '{kind}', {column} FROM {table}"
                    " WHERE placement_id IN (SELECT value FROM json_each(?))",
                    (json.dumps(some),),
                )

    def _write(
        self,
        learned: Mapping[str, frozenset[Form]],
        said: Mapping[str, NameEvidence],
        given: Mapping[str, int],
    ) -> None:
        self._execute("DELETE FROM learned_credits")
        for key in sorted({*learned, *self._decided}):
            if not (given.get(key) or key in self._decided):
                continue
            state = "learned" if key not in self._decided else "decided" if self._decided[key] else "off"
            self._execute(
                "INSERT INTO learned_credits (key, name, state, captions, evidence) VALUES (?, ?, ?, ?, ?)",
                (
                    key,
                    self._spelling(key),
                    state,
                    given.get(key, 0),
                    _evidence_text(said.get(key), learned.get(key)),
                ),
            )


def _as_read(evidence: Mapping[str, object]) -> dict[str, object]:
    """Return a placement's evidence without what was learned."""
    found = dict(evidence)
    learned = found.pop("learned_credit", None)
    if isinstance(learned, dict):
        found.pop("credit", None)
        if found.get("found") == learned["caption"]:
            del found["found"]
    return found


def _with_credit(use: _Use, key: str, told: str) -> dict[str, object]:
    return {
        "found": use.text,
        **use.evidence,
        "credit": told,
        "learned_credit": {"key": key, "caption": use.text},
    }


def _add_end(evidence: NameEvidence, end: CreditEnd, use: _Use) -> None:
    if end.after_small_word:
        evidence.after_small_words.add(fold_letters(use.text))
        return
    evidence.end_pages.add(use.row["page"])
    what = str(use.row["picture"]) if end.form == "alone" else fold_letters(end.before)
    evidence.ends.setdefault(end.form, set()).add(what)
    if end.form == "words":
        evidence.words_before.add(last_word(end.before))


def _is_judged(use: _Use, judged: frozenset[str]) -> bool:
    key, credit_line = use.row["key"], use.row["credit_line"] or ""
    before = caption_key(use.text) if judged else ""
    return not judged.isdisjoint((key, f"{key}\t{credit_line}", before, f"{before}\t"))


def _holds(text: str, key: str) -> bool:
    """Return whether a text has a name as whole words."""
    folded = fold_letters(text)
    begin = folded.find(key)
    while begin >= 0:
        around = folded[begin - 1 : begin], folded[begin + len(key) : begin + len(key) + 1]
        if not any(character.isalnum() for character in around):
            return True
        begin = folded.find(key, begin + 1)
    return False


def _told(said: NameEvidence) -> str:
    captions, pictures = said.signed_captions, len(said.pictures)
    named = [f"{captions} captions on {len(said.pages)} pages"] if captions else []
    if pictures:
        named.append(f"{pictures} pictures' own fields")
    return f"learned from {' and '.join(named)}"


def _evidence_text(said: NameEvidence | None, forms: frozenset[Form] | None) -> str:
    said = said or NameEvidence()
    told: dict[str, object] = {
        "signs": {sign: len(found) for sign, found in sorted(said.signed.items())},
        "pictures": len(said.pictures),
        "pages": len(said.pages),
        "publishers": sorted(said.publishers)[:10],
        "ends": {form: len(found) for form, found in sorted(said.ends.items())},
        "forms": sorted(forms or ()),
        "within_captions": len(said.inside | said.after_small_words),
        "named_by_articles": said.named,
        "articles_looked_at": said.looked_at,
        "examples": sorted(set().union(*said.signed.values()) - {""})[:_EXAMPLES],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _in_parts(items: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
