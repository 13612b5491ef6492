"""Updates the conflicts among the captions of one picture, and among the pictures of one caption."""

import itertools
from collections.abc import Iterable, Iterator

from catalog.match.captions.choices import mark_settled
from catalog.store.catalogue import Catalogue
from media.captions.key import has_little_information
from media.matching.captions.conflicts import (
    NOT_COMPARED_ORIGINS,
    Conflict,
    find_conflict,
    find_mixed_up,
)
from media.matching.captions.uses import CaptionUse

_AT_ONCE = 500
_MOST_PICTURES = 30
"""A caption under more pictures than this is a stock caption or a series, not a mistake."""

_COPIES = (
    # A crop is the same photograph: its caption can disagree with that of the whole.
    "SELECT o.image_sha256 FROM image_group_members m JOIN image_groups g ON g.id = m.group_id"
    " JOIN image_group_members o ON o.group_id = m.group_id"
    " WHERE m.image_sha256 = ?"
)
_SAME_SCENE = (
    # Pictures of a burst share most of their area; pictures that share less may show another scene.
    "(kind <> 'related' OR aligned_similarity >= 0.3 AND NOT json_extract(transform, '$.mirrored'))"
)
_RELATED = (
    f"SELECT right_sha256 FROM image_matches WHERE left_sha256 = :picture AND {_SAME_SCENE}"
    f" UNION SELECT left_sha256 FROM image_matches WHERE right_sha256 = :picture AND {_SAME_SCENE}"
)
_USES = (
    "SELECT p.id, p.caption_id, p.article_id, p.image_sha256, c.text, c.key, c.credit_line, p.position, p.origin,"
    " p.evidence FROM placements p JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
    " JOIN captions c ON c.id = p.caption_id JOIN sources s ON s.id = r.source_id"
)
_SAID_ONCE = (
    # A sidecar's caption counts once, even if it applies to a picture and its edited copy.
    "NOT (p.origin = 'sidecar' AND EXISTS (SELECT 1 FROM placements q WHERE q.record_id = p.record_id"
    " AND q.position < p.position AND q.image_sha256 IS NOT NULL))"
)


def update_conflicts(catalogue: Catalogue) -> None:
    """Find conflicts again for the pending pictures and conflicts."""
    if not catalogue.value(
        "SELECT EXISTS (SELECT 1 FROM pending WHERE kind IN ('image-captions', 'conflict'))"
    ):
        return
    with catalogue.db.atomic():
        _Updating(catalogue).update()
        mark_settled(catalogue)
        catalogue.db.execute("DELETE FROM pending WHERE kind IN ('image-captions', 'conflict')")


class _Updating:
    def __init__(self, catalogue: Catalogue) -> None:
        self._execute = catalogue.db.conn.execute
        self._executemany = catalogue.db.conn.executemany
        self._numbers = itertools.count(catalogue.value("SELECT max(id) FROM caption_conflict_sets") + 1)
        self._same = frozenset(
            self._execute("SELECT left, right FROM decisions WHERE verdict = 'same'").fetchall()
        )

    def update(self) -> None:
        pending = self._pending()
        self._execute(
            "DELETE FROM caption_conflict_sets WHERE id IN"
            " (SELECT CAST(item AS INTEGER) FROM pending WHERE kind = 'conflict')"
        )
        keys: set[str] = set()
        done: set[str] = set()
        for digest in sorted(pending):
            if digest in done:
                continue
            copies = {digest, *(copy for (copy,) in self._execute(_COPIES, (digest,)))}
            done |= copies
            uses = [use for copy in sorted(copies) for use in self._uses("p.image_sha256 = ?", copy)]
            keys |= {use.key for use in uses}
            self._forget("image_sha256 = ?", copies)
            conflict = find_conflict(uses, self._same)
            if conflict is not None:
                self._write(conflict, min(copies))
        for key in sorted(keys):
            self._update_caption(key)

    def _pending(self) -> set[str]:
        """Return pictures whose captions or copies changed, and those of the pending conflicts."""
        return {
            digest
            for (digest,) in self._execute(
                "SELECT item FROM pending WHERE kind = 'image-captions'"
                " UNION SELECT p.image_sha256 FROM pending w"
                " JOIN caption_conflict_members m ON m.conflict_id = CAST(w.item AS INTEGER)"
                " JOIN placements p ON p.id = m.placement_id"
                " WHERE w.kind = 'conflict' AND p.image_sha256 IS NOT NULL"
                " UNION SELECT s.image_sha256 FROM pending w"
                " JOIN caption_conflict_sets s ON s.id = CAST(w.item AS INTEGER)"
                " WHERE w.kind = 'conflict' AND s.image_sha256 IS NOT NULL"
            )
        }

    def _uses(self, condition: str, value: str) -> Iterator[CaptionUse]:
        for row in self._execute(
            f"{_USES} WHERE {condition} ORDER BY s.uri, r.locator, p.position, p.id", (value,)
        ):
            yield CaptionUse(*row)

    def _forget(self, condition: str, values: Iterable[str]) -> None:
        self._executemany(
            f"DELETE FROM caption_conflict_sets WHERE {condition}", ((value,) for value in sorted(values))
        )

    def _update_caption(self, key: str) -> None:
        """Update the conflict of one caption under pictures that show different things."""
        self._execute(
            "DELETE FROM caption_conflict_sets WHERE image_sha256 IS NULL AND id IN (SELECT m.conflict_id"
            " FROM captions c JOIN placements p ON p.caption_id = c.id"
            " JOIN caption_conflict_members m ON m.placement_id = p.id WHERE c.key = ?)",
            (key,),
        )
        if has_little_information(key):
            return
        shown = [
            use
            for use in self._uses(f"p.image_sha256 IS NOT NULL AND {_SAID_ONCE} AND c.key = ?", key)
            if use.origin not in NOT_COMPARED_ORIGINS
        ]
        pictures = {use.image for use in shown if use.image}
        if not 1 < len(pictures) <= _MOST_PICTURES:
            return
        scenes = self._scenes(pictures)
        conflict = find_mixed_up(shown, scenes)
        if conflict is not None:
            self._write(conflict, None)

    def _scenes(self, pictures: Iterable[str]) -> dict[str, str]:
        """Return for each picture the first of those that show the same, or the same scene."""
        scenes: dict[str, str] = {}
        for picture in sorted(pictures):
            if picture in scenes:
                continue
            alike = {picture, *(copy for (copy,) in self._execute(_COPIES, (picture,)))}
            for copy in sorted(alike):
                alike.update(other for (other,) in self._execute(_RELATED, {"picture": copy}))
            known = sorted(scenes[each] for each in alike if each in scenes)
            scenes.update(dict.fromkeys(alike, known[0] if known else picture))
        return scenes

    def _write(self, conflict: Conflict, digest: str | None) -> None:
        number = next(self._numbers)
        self._execute(
            "INSERT INTO caption_conflict_sets (id, grade, size, image_sha256) VALUES (?, ?, ?, ?)",
            (number, conflict.grade, len(conflict.members), digest),
        )
        self._executemany(
            "INSERT INTO caption_conflict_members (conflict_id, placement_id, difference) VALUES (?, ?, ?)",
            ((number, placement_id, said or None) for placement_id, said in conflict.members),
        )
