"""Merges the captions that people chose: all choices are kept, and the last one for a picture counts."""

from dataclasses import dataclass

from sqlite_utils import Database

from catalog.decisions.captions import draw_number

_SAID = "verdict, text, credit_line, date, place, keys, note, chosen_at"
_WORDS = "h.text, coalesce(h.credit_line, '')"


@dataclass(frozen=True, slots=True)
class OverruledChoice:
    """A caption chosen in one catalogue that a later choice in another catalogue overrules."""

    locator: str
    """One of the pictures."""
    pictures: int
    text: str
    chosen_at: str
    standing: str
    """The caption that counts."""
    standing_since: str


@dataclass(frozen=True, slots=True)
class ChoiceCounts:
    """Choices of a shard that are new to the catalogue, all of them, and those that met a later one."""

    new: int
    all: int
    overruled: tuple[OverruledChoice, ...]
    numbers: dict[int, int]
    """Ids of choices in the shard, mapped to those here."""


def merge_choices(db: Database) -> ChoiceCounts:
    """Merge the captions that people chose, and mark their pictures as pending."""
    execute = db.conn.execute
    ours = {tuple(row[1:]): int(row[0]) for row in execute(f"SELECT id, {_SAID} FROM main.caption_choices")}
    known, taken = set(ours), set(ours.values())
    numbers: dict[int, int] = {}
    theirs = execute(f"SELECT id, {_SAID} FROM shard.caption_choices ORDER BY id").fetchall()
    for number, *said in theirs:
        here = ours.get(tuple(said))
        if here is None:
            here = draw_number() if number in taken else int(number)
            taken.add(here)
            ours[tuple(said)] = here
            execute(f"INSERT INTO main.caption_choices (id, {_SAID}) VALUES (?{', ?' * 8})", (here, *said))
        numbers[int(number)] = here
    execute("CREATE TEMP TABLE merge_choice_numbers (in_id INTEGER PRIMARY KEY, out_id INTEGER, new INTEGER)")
    new = set(numbers.values()) - {ours[said] for said in known}
    db.conn.executemany(
        "INSERT INTO temp.merge_choice_numbers VALUES (?, ?, ?)",
        ((theirs, here, here in new) for theirs, here in numbers.items()),
    )
    execute(
        "CREATE TEMP TABLE merge_choice_pictures AS SELECT q.image_sha256, n.out_id FROM temp.merge_choice_numbers n"
        " JOIN shard.caption_choice_pictures q ON q.choice_id = n.in_id"
        " JOIN main.images i ON i.sha256 = q.image_sha256 WHERE NOT EXISTS (SELECT 1"
        " FROM main.caption_choice_pictures o WHERE o.image_sha256 = q.image_sha256 AND o.choice_id = n.out_id)"
    )
    execute(
        "INSERT INTO main.caption_choice_pictures (image_sha256, choice_id)"
        " SELECT image_sha256, out_id FROM temp.merge_choice_pictures"
    )
    execute(
        "INSERT OR IGNORE INTO pending (kind, item)"
        " SELECT 'image-captions', image_sha256 FROM temp.merge_choice_pictures"
    )
    return ChoiceCounts(len(new), len(theirs), _find_overruled(db), numbers)


def _find_overruled(db: Database) -> tuple[OverruledChoice, ...]:
    """Return the overruled choices with another wording, if this merge added one of the two to a picture."""
    found = db.conn.execute(
        "SELECT min(coalesce(r.locator, h.image_sha256)), count(DISTINCT h.image_sha256), h.text, h.chosen_at,"
        " s.caption, s.chosen_at FROM (SELECT DISTINCT image_sha256 FROM temp.merge_choice_pictures) c"
        " JOIN main.chosen_captions s ON s.image_sha256 = c.image_sha256"
        " JOIN (SELECT q.image_sha256, n.* FROM main.caption_choice_pictures q"
        "  JOIN main.caption_choices n ON n.id = q.choice_id WHERE n.verdict <> 'dismissed') h"
        " ON h.image_sha256 = c.image_sha256"
        f" AND ({_WORDS}) <> (s.caption, coalesce(s.credit_line, ''))"
        " LEFT JOIN main.records r ON r.sha256 = c.image_sha256"
        " WHERE EXISTS (SELECT 1 FROM temp.merge_choice_pictures m WHERE m.image_sha256 = c.image_sha256"
        "  AND m.out_id IN (h.id, s.choice_id)) GROUP BY h.id, s.choice_id ORDER BY 1, h.chosen_at, h.text"
    )
    return tuple(OverruledChoice(*row) for row in found)
