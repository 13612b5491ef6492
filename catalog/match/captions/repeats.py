"""Updates the repeats among captions.

Only repeats that involve the pending captions are computed again, and written in one transaction; the result is the
same as if everything had been computed again (see :func:`media.matching.captions.relations.relate_keys`).
Placements of records that are missing do not count.
"""

import bisect
import dataclasses
import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from catalog.store.catalogue import Catalogue
from media.captions.key import has_little_information
from media.matching.captions.difference import Wording
from media.matching.captions.echoes import Body
from media.matching.captions.key_groups import KeyGroup
from media.matching.captions.relations import Crowd, Decisions, Relations, relate_keys
from media.matching.captions.repeats import (
    STOCK_PICTURES,
    STOCK_WORDS,
    Repeat,
    best_wording,
    can_repeat,
    echoed,
    exact_repeats,
    related,
)
from media.matching.captions.uses import CaptionUse, is_cut_short
from media.matching.runner import HERE, Runner

_SAID_ONCE = "NOT (p.origin = 'sidecar' AND p.position > 0)"
"""A sidecar's caption counts once, even if it also applies to an edited copy of its picture."""
_LIVE = f"FROM placements p JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL AND {_SAID_ONCE}"
_USE = (
    "SELECT p.id, p.caption_id, p.article_id, coalesce(p.image_sha256, p.image_src), c.text, c.key,"
    " c.credit_line, p.position, p.origin, p.evidence"
)
_IN_ORDER = "s.uri, r.locator, p.id"
"""The order of equal captions. Ids alone are not used, since they depend on which was read first."""
_ALL_FROM = 0.5
"""From this share of all keys on, everything is computed again."""
_ROWS_AT_ONCE = 20_000
_KEYS_AT_ONCE = 500


def update_repeats(catalogue: Catalogue, runner: Runner = HERE) -> None:
    """Find repeats again for the pending captions and repeats."""
    if not catalogue.value("SELECT EXISTS (SELECT 1 FROM pending WHERE kind IN ('caption', 'repeat'))"):
        return
    updating = _Updating(catalogue, runner)
    updating.find()
    with catalogue.db.atomic():
        updating.write()
        catalogue.db.execute("DELETE FROM pending WHERE kind IN ('caption', 'repeat')")


class _Updating:
    """One run. The affected keys are in temporary tables, so that SQL can join them."""

    def __init__(self, catalogue: Catalogue, runner: Runner) -> None:
        self._catalogue = catalogue
        self._runner = runner
        self._execute = catalogue.db.conn.execute
        self._executemany = catalogue.db.conn.executemany

    def find(self) -> None:
        """Find the relations of the affected keys: workers may take a while, and no transaction waits for them."""
        with self._catalogue.db.atomic():
            touched = self._touched()
            keys = self._keys()
            self._everything = len(touched) >= _ALL_FROM * len(keys)
            if self._everything:
                self._note("touched_keys", keys)
        if self._everything:
            self._relations = self._relate(keys, None, frozenset())
        else:
            gone = {key for key in touched if not _contains(keys, key) and not has_little_information(key)}
            self._relations = self._relate(list(heapq.merge(keys, sorted(gone))), touched, gone)

    def write(self) -> None:
        """Replace the outdated repeats by those that were found."""
        if self._everything:
            self._execute("DELETE FROM caption_repeats")
        else:
            self._forget(self._relations)
        self._note_crowd(self._relations.crowd, self._everything)
        numbers = itertools.count(self._catalogue.value("SELECT max(id) FROM caption_repeats") + 1)
        self._write(numbers, self._exact())
        self._write(numbers, self._echoes())
        self._write(numbers, self._related(self._relations.groups))

    # --- What is touched

    def _touched(self) -> set[str]:
        """Return the keys of pending captions, and of all captions in a pending repeat."""
        touched = {
            key
            for (key,) in self._execute(
                "SELECT c.key FROM pending w JOIN captions c ON c.id = CAST(w.item AS INTEGER) WHERE w.kind = 'caption'"
                " UNION SELECT c.key FROM pending w JOIN caption_repeats cr ON cr.id = CAST(w.item AS INTEGER)"
                " JOIN captions c ON c.id = cr.caption_id WHERE w.kind = 'repeat'"
                " UNION SELECT c.key FROM pending w"
                " JOIN caption_repeat_members m ON m.repeat_id = CAST(w.item AS INTEGER)"
                " JOIN placements p ON p.id = m.placement_id JOIN captions c ON c.id = p.caption_id"
                " WHERE w.kind = 'repeat'"
            )
        }
        self._note("touched_keys", touched)
        return touched

    def _keys(self) -> list[str]:
        """Return every key that can repeat, sorted."""
        self._stock = stock = self._stock_keys()
        rows = self._execute(
            f"SELECT DISTINCT c.key {_LIVE} JOIN captions c ON c.id = p.caption_id ORDER BY c.key"
        )
        return [key for (key,) in rows if key not in stock and not has_little_information(key)]

    def _stock_keys(self) -> set[str]:
        """Return short captions that the archive has under very many pictures."""
        often = self._execute(
            f"SELECT c.key {_LIVE} JOIN captions c ON c.id = p.caption_id"
            " GROUP BY c.key HAVING count(*) >= ?",
            (STOCK_PICTURES,),
        )
        short = [key for (key,) in often if len(key.split()) <= STOCK_WORDS]
        return {key for key in short if not can_repeat(key, self._uses_of(key))}

    def _note(self, table: str, keys: Iterable[str]) -> None:
        self._execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY) WITHOUT ROWID")
        self._execute(f"DELETE FROM temp.{table}")
        self._executemany(f"INSERT OR IGNORE INTO temp.{table} VALUES (?)", ((key,) for key in keys))

    def _forget(self, relations: Relations) -> None:
        """Delete every repeat that is computed again."""
        self._note("renewed_keys", relations.renewed)
        self._note("owner_keys", relations.holders_renewed)
        of_member = (
            "SELECT m.repeat_id FROM temp.{table} t JOIN captions c ON c.key = t.key"
            " JOIN placements p ON p.caption_id = c.id JOIN caption_repeat_members m ON m.placement_id = p.id"
        )
        of_first = (
            "SELECT cr.id FROM temp.{table} t JOIN captions c ON c.key = t.key"
            " JOIN caption_repeats cr ON cr.caption_id = c.id"
        )
        several = (
            "(SELECT count(DISTINCT c.key) FROM caption_repeat_members m JOIN placements p ON p.id = m.placement_id"
            " JOIN captions c ON c.id = p.caption_id WHERE m.repeat_id = caption_repeats.id)"
        )
        execute = self._execute
        execute(
            "DELETE FROM caption_repeats WHERE id IN (SELECT CAST(item AS INTEGER) FROM pending WHERE kind = 'repeat')"
        )
        execute(
            "DELETE FROM caption_repeats WHERE kind IN ('reused', 'echoed')"
            f" AND id IN ({of_first.format(table='touched_keys')})"
        )
        execute(
            "DELETE FROM caption_repeats WHERE kind IN ('edited', 'changed-fact')"
            f" AND id IN ({of_member.format(table='renewed_keys')})"
        )
        for keys in relations.outgrown:
            self._forget_within(keys)
        execute(
            f"DELETE FROM caption_repeats WHERE kind = 'extended' AND id IN ({of_first.format(table='owner_keys')})"
        )
        execute(
            f"DELETE FROM caption_repeats WHERE kind = 'doubled' AND id IN ({of_first.format(table='owner_keys')})"
            f" AND ({several} > 1 OR id IN ({of_first.format(table='touched_keys')}))"
        )

    def _forget_within(self, keys: frozenset[str]) -> None:
        """Delete the changed facts that involve only these keys."""
        repeats: set[int] = set()
        for chunk in _chunks(keys):
            marks = ", ".join("?" * len(chunk))
            repeats.update(
                number
                for (number,) in self._execute(
                    "SELECT cr.id FROM captions c JOIN placements p ON p.caption_id = c.id"
                    " JOIN caption_repeat_members m ON m.placement_id = p.id JOIN caption_repeats cr"
                    f" ON cr.id = m.repeat_id AND cr.kind = 'changed-fact' WHERE c.key IN ({marks})",
                    chunk,
                )
            )
        for number in repeats:
            members = self._execute(
                "SELECT DISTINCT c.key FROM caption_repeat_members m JOIN placements p ON p.id = m.placement_id"
                " JOIN captions c ON c.id = p.caption_id WHERE m.repeat_id = ?",
                (number,),
            )
            if keys.issuperset(key for (key,) in members):
                self._execute("DELETE FROM caption_repeats WHERE id = ?", (number,))

    # --- What is found

    def _relate(
        self, keys: Sequence[str], touched: set[str] | None, gone: set[str] | frozenset[str]
    ) -> Relations:
        self._gone = gone
        return relate_keys(
            keys,
            self._wordings_of,
            cut_short=self._cut_short(),
            touched=touched,
            gone=gone,
            decisions=self._decisions(),
            runner=self._runner,
        )

    def _note_crowd(self, crowd: Crowd | None, everything: bool) -> None:
        """Record a problem: captions were not compared with all others that share their words."""
        if crowd is None and not everything:
            return
        self._execute(
            "DELETE FROM problems WHERE stage = 'match' AND source_id IS NULL AND locator = 'captions'"
        )
        if crowd is not None:
            self._execute(
                "INSERT INTO problems (scan_id, locator, stage, reason, remedy)"
                " SELECT max(id), 'captions', 'match', ?, ? FROM scans HAVING max(id) IS NOT NULL",
                (
                    str(crowd),
                    "Texts made from a form need nothing. If they are captions, search for these words to see them"
                    " together.",
                ),
            )

    def _decisions(self) -> Decisions:
        verdicts: dict[str, list[tuple[str, str]]] = {"same": [], "different": []}
        for left, right, verdict in self._execute("SELECT left, right, verdict FROM decisions"):
            verdicts[verdict].append((left, right))
        return Decisions(frozenset(verdicts["same"]), frozenset(verdicts["different"]))

    def _cut_short(self) -> set[str]:
        """Return keys whose texts all end in an ellipsis."""
        cut: dict[str, bool] = {}
        for key, text in self._execute(
            "SELECT c.key, c.text FROM captions c WHERE c.key IN"
            " (SELECT key FROM captions WHERE text LIKE '%…%' OR text LIKE '%...%')"
            f" AND EXISTS (SELECT 1 {_LIVE} WHERE p.caption_id = c.id)"
        ):
            cut[key] = cut.get(key, True) and is_cut_short(text)
        return {key for key, all_cut in cut.items() if all_cut}

    def _wordings_of(self, keys: Iterable[str]) -> dict[str, Wording]:
        """Return the text to show for each key: of captions in use, or, for keys that are gone, as they
        were.
        """
        found: dict[str, Wording] = {}
        for chunk in _chunks(keys):
            marks = ", ".join("?" * len(chunk))
            rows = self._execute(
                "SELECT c.key, c.text, c.credit_line,"
                f" EXISTS (SELECT 1 {_LIVE} WHERE p.caption_id = c.id) FROM captions c WHERE c.key IN ({marks})",
                chunk,
            )
            by_key: dict[str, list[Wording]] = {}
            for key, text, credit_line, live in rows:
                if live or key in self._gone:
                    by_key.setdefault(key, []).append(Wording(key, text, credit_line))
            found.update((key, best_wording(wordings)) for key, wordings in by_key.items())
        return found

    def _uses_of(self, key: str) -> list[CaptionUse]:
        rows = self._execute(
            f"{_USE} {_LIVE} JOIN captions c ON c.id = p.caption_id JOIN sources s ON s.id = r.source_id"
            f" WHERE c.key = ? ORDER BY {_IN_ORDER}",
            (key,),
        )
        return list(_uses(rows))

    def _exact(self) -> Iterator[Repeat]:
        rows = self._execute(
            f"{_USE} FROM (SELECT t.key FROM temp.touched_keys t WHERE 2 = (SELECT count(*) FROM (SELECT 1"
            "   FROM captions c JOIN placements p ON p.caption_id = c.id WHERE c.key = t.key LIMIT 2))) t"
            f" CROSS JOIN captions c ON c.key = t.key CROSS JOIN placements p ON p.caption_id = c.id AND {_SAID_ONCE}"
            " CROSS JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
            f" CROSS JOIN sources s ON s.id = r.source_id ORDER BY t.key, {_IN_ORDER}"
        )
        for key, uses in itertools.groupby(_uses(rows), key=lambda use: use.key):
            together = list(uses)
            if can_repeat(key, together):
                yield from exact_repeats(together)

    def _echoes(self) -> Iterator[Repeat]:
        rows = self._execute(
            f"{_USE}, a.body FROM articles a CROSS JOIN placements p ON p.article_id = a.id"
            " CROSS JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
            " CROSS JOIN captions c ON c.id = p.caption_id CROSS JOIN temp.touched_keys t ON t.key = c.key"
            " WHERE a.id IN (SELECT p.article_id FROM temp.touched_keys t JOIN captions c ON c.key = t.key"
            "   JOIN placements p ON p.caption_id = c.id) ORDER BY a.id, c.key, p.id"
        )
        for _, of_article in itertools.groupby(rows, key=lambda row: row[2]):
            body: Body | None = None
            for key, shown in itertools.groupby(of_article, key=lambda row: row[5]):
                if key in self._stock or has_little_information(key):
                    continue
                together = list(shown)
                body = body or Body(together[0][-1])
                repeat = echoed(list(_uses(row[:-1] for row in together)), body)
                if repeat is not None:
                    yield repeat

    def _related(self, groups: Iterable[KeyGroup]) -> Iterator[Repeat]:
        for group in groups:
            repeat = related(group, self._uses_of)
            if repeat is not None:
                yield repeat

    def _write(self, numbers: Iterator[int], repeats: Iterable[Repeat]) -> None:
        heads: list[tuple[object, ...]] = []
        members: list[tuple[object, ...]] = []
        for repeat in repeats:
            number = next(numbers)
            heads.append((number, repeat.kind, len(repeat.members), repeat.articles, repeat.caption_id))
            members += (
                (number, each.placement_id, each.similarity, each.difference or None)
                for each in repeat.members
            )
            if len(members) > _ROWS_AT_ONCE:
                self._insert(heads, members)
        self._insert(heads, members)

    def _insert(self, heads: list[tuple[object, ...]], members: list[tuple[object, ...]]) -> None:
        self._executemany(
            "INSERT INTO caption_repeats (id, kind, size, articles, caption_id) VALUES (?, ?, ?, ?, ?)", heads
        )
        self._executemany(
            "INSERT OR IGNORE INTO pending (kind, item) VALUES ('scope', ?)", [head[:1] for head in heads]
        )
        self._executemany(
            "INSERT INTO caption_repeat_members (repeat_id, placement_id, similarity, difference)"
            " VALUES (?, ?, ?, ?)",
            members,
        )
        heads.clear()
        members.clear()


def _uses(rows: Iterable[Sequence[Any]]) -> Iterator[CaptionUse]:
    """Yield the rows of `_USE`; a caption that is used a million times is held in memory once."""
    last: CaptionUse | None = None
    for row in rows:
        use = CaptionUse(*row)
        if last is not None and use.caption_id == last.caption_id:
            evidence = last.evidence if last.evidence == use.evidence else use.evidence
            use = dataclasses.replace(
                use, text=last.text, key=last.key, credit_line=last.credit_line, evidence=evidence
            )
        last = use
        yield use


def _contains(keys: Sequence[str], key: str) -> bool:
    place = bisect.bisect_left(keys, key)
    return place < len(keys) and keys[place] == key


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(keys)
    while chunk := list(itertools.islice(waiting, _KEYS_AT_ONCE)):
        yield chunk
