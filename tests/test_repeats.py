"""Repeats kept in a catalogue: a rescan that finds anew only what changed ends where finding all ends."""

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from catalog.match.captions.conflicts import update_conflicts
from catalog.match.captions.repeats import update_repeats
from catalog.scan.writer import Writer
from catalog.store.catalogue import Catalogue
from catalog.store.pending import mark_missing, mark_returned
from media.articles.article import Article
from media.captions.caption import Caption, Placement
from media.captions.key import caption_key
from media.matching.captions.vocabulary import FUNCTION_WORDS
from media.reading import Reading
from media.record import Record
from tests.shared_data import SHARED, needs_shared

SARAQEB = "Rebels enter the town of Saraqeb in Idlib province, Syria, Feb. 27, 2020."


class Archive:
    """A catalogue written record by record."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.scan_id = catalogue.begin_scan({})
        with catalogue.db.atomic():
            catalogue.db.execute(
                "INSERT INTO sources (id, uri, kind) VALUES (1, 'file:///archive', 'folder')"
            )

    def show(self, locator: str, *captions: str, body: str = "", credit: str | None = None) -> None:
        """One article, as a record of its own, with its captions in order."""
        placements = tuple(
            Placement("figcaption", Caption(text, credit), f"{position}.jpg", position)
            for position, text in enumerate(captions)
        )
        reading = Reading(
            Record(locator, "text/html", 1, 1, f"{random.getrandbits(64):064x}"),
            articles=(Article(body, headline=locator, placements=placements),),
        )
        Writer(self.catalogue, self.scan_id).write(1, [reading])

    def lose(self, locator: str) -> None:
        with self.catalogue.db.atomic():
            mark_missing(self.catalogue.db, [self.record(locator)])

    def find_again(self, locator: str) -> None:
        with self.catalogue.db.atomic():
            mark_returned(self.catalogue.db, self.record(locator), self.scan_id)

    def record(self, locator: str) -> int:
        return self.catalogue.value("SELECT id FROM records WHERE locator = ?", (locator,))

    def decide(self, verdict: str, left: str, right: str) -> None:
        first, second = sorted((caption_key(left), caption_key(right)))
        if first == second:
            return
        with self.catalogue.db.atomic():
            self.catalogue.db.execute(
                "INSERT OR REPLACE INTO decisions (left, right, verdict, decided_at) VALUES (?, ?, ?, '2026')",
                [first, second, verdict],
            )
            self.catalogue.db.execute(
                "INSERT OR IGNORE INTO pending SELECT 'caption', id FROM captions WHERE key IN (?, ?)",
                [first, second],
            )

    def repeats(self) -> list[tuple[str, list[tuple[str, str, str | None]]]]:
        """Every repeat: its kind; of each member the record, the caption and the difference."""
        update_repeats(self.catalogue)
        rows = self.catalogue.db.execute(
            "SELECT m.repeat_id, cr.kind, r.locator, c.text, m.difference FROM caption_repeat_members m"
            " JOIN caption_repeats cr ON cr.id = m.repeat_id JOIN placements p ON p.id = m.placement_id"
            " JOIN captions c ON c.id = p.caption_id JOIN records r ON r.id = p.record_id ORDER BY m.repeat_id, p.id"
        )
        found: dict[int, tuple[str, list[tuple[str, str, str | None]]]] = {}
        for number, kind, locator, text, difference in rows:
            found.setdefault(number, (kind, []))[1].append((locator, text, difference))
        return sorted(found.values(), key=repr)

    def kinds(self) -> list[str]:
        return sorted(kind for kind, _ in self.repeats())


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Catalogue.open(tmp_path / "catalog.db") as catalogue:
        yield Archive(catalogue)


def dump(db: sqlite3.Connection) -> list[object]:
    """All repeats, whatever their numbers."""
    heads = db.execute("SELECT id, kind, size, articles, caption_id FROM caption_repeats").fetchall()
    return sorted(
        (
            *head[1:],
            db.execute(
                "SELECT placement_id, similarity, difference FROM caption_repeat_members WHERE repeat_id = ?"
                " ORDER BY placement_id",
                (head[0],),
            ).fetchall(),
        )
        for head in heads
    )


def found_anew(catalogue: Catalogue) -> list[object]:
    """What finding everything anew gives, in a copy."""
    copy = sqlite3.connect(":memory:")
    copy.execute("PRAGMA foreign_keys = ON")
    catalogue.db.conn.backup(copy)
    other = Catalogue(Path("copy"), Database(copy, execute_plugins=False))
    copy.execute("DELETE FROM caption_repeats")
    copy.execute("INSERT OR IGNORE INTO pending SELECT 'caption', id FROM captions")
    copy.commit()
    update_repeats(other)
    found = dump(copy)
    copy.close()
    return found


BASES = [
    "Rebels enter the town of Saraqeb in Idlib province, Syria, Feb. 27, 2020.",
    "Mayor Anna Schmidt opens the new bridge over the river Elbe in Dresden on Monday.",
    "At least 12 people were hurt when a tram left its rails near the central station in Lisbon.",
    "Fans of the home team celebrate in the rain after the final in Montevideo, July 3, 2011.",
    "習近平国家主席は北京の人民大会堂で開かれた会議で演説した",
]


def vary(caption: str, draw: random.Random) -> str:
    """Another desk's version of a caption."""
    kind = draw.randrange(9)
    if kind == 0:
        return caption
    if kind == 1:
        return caption + " (AP Photo/Ghaith Alsayed)"
    if kind == 2:
        place = draw.randrange(1, len(caption) - 2)
        return caption[:place] + caption[place + 1 :]
    if kind == 3:
        return caption + " Residents were told to stay at home for another week."
    if kind == 4:
        return caption.replace("27", "28").replace("12", "15").replace("3,", "4,")
    if kind == 5:
        return caption.replace("the ", "a ", 1)
    if kind == 6:
        return caption[: len(caption) * 2 // 3] + "…"
    if kind == 7:
        return caption.replace("Saraqeb", "Sarmin").replace("Lisbon", "Porto").replace("Schmidt", "Weber")
    return caption.upper()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
@example(seed=10129)  # a third date comes between two captions that differed in theirs
def test_a_rescan_ends_where_finding_everything_anew_ends(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    draw = random.Random(seed)
    with Catalogue.open(tmp_path_factory.mktemp("archive") / "catalog.db") as catalogue:
        archive = Archive(catalogue)
        # Captions that nothing touches, so that the touched ones are a part only.
        for number in range(40):
            words = [f"word{draw.randrange(400)}" for _ in range(8)]
            archive.show(f"other{number}", " ".join(words))
        shown = []
        for number in range(10):
            archive.show(
                f"page{number}", *(vary(draw.choice(BASES), draw) for _ in range(draw.randrange(1, 3)))
            )
            shown.append(f"page{number}")
        update_repeats(catalogue)
        for step in range(6):
            for _ in range(draw.randrange(1, 4)):
                locator = draw.choice(shown)
                action = draw.randrange(5)
                if action == 0:
                    archive.lose(locator)
                elif action == 1:
                    archive.find_again(locator)
                elif action == 2:
                    archive.decide(
                        draw.choice(["same", "different"]), *draw.sample([vary(BASES[0], draw), *BASES], 2)
                    )
                else:
                    archive.show(
                        draw.choice([locator, f"new{step}"]), vary(draw.choice(BASES), draw), body=BASES[3]
                    )
            update_repeats(catalogue)

            assert dump(catalogue.db.conn) == found_anew(catalogue)


def test_a_second_run_changes_nothing(archive: Archive) -> None:
    archive.show("a", SARAQEB)
    archive.show("b", SARAQEB.replace("town", "twon"))
    before = archive.repeats()
    rows = archive.catalogue.db.execute("SELECT id FROM caption_repeats").fetchall()

    assert archive.repeats() == before
    assert archive.catalogue.db.execute("SELECT id FROM caption_repeats").fetchall() == rows


def test_a_caption_of_two_articles_is_reused_with_its_credits(archive: Archive) -> None:
    archive.show("a", SARAQEB, credit="AP")
    archive.show("b", SARAQEB.upper(), credit="Reuters")

    assert archive.repeats() == [
        ("reused", [("a", SARAQEB, None), ("b", SARAQEB.upper(), "credit 'AP' -> 'Reuters'")])
    ]


def test_records_that_are_missing_do_not_count(archive: Archive) -> None:
    archive.show("a", SARAQEB)
    archive.show("b", SARAQEB)
    assert archive.kinds() == ["reused"]

    archive.lose("b")
    assert archive.kinds() == []

    archive.find_again("b")
    assert archive.kinds() == ["reused"]


def test_what_is_decided_to_differ_is_told_apart_and_stays_so(archive: Archive) -> None:
    typo = SARAQEB.replace("province", "provnice")
    archive.show("a", SARAQEB)
    archive.show("b", typo)
    assert archive.kinds() == ["edited"]

    archive.decide("different", SARAQEB, typo)
    assert archive.kinds() == []

    archive.show("b", typo)
    assert archive.kinds() == []


def test_what_is_decided_to_be_the_same_is_kept_together(archive: Archive) -> None:
    other = "Fighters drive into a northern town that they have taken from the army."
    archive.show("a", SARAQEB)
    archive.show("b", other)
    archive.show("c", "Fans of the home team celebrate in the rain after the final.")
    assert archive.kinds() == []

    archive.decide("same", SARAQEB, other)

    assert [(kind, len(members)) for kind, members in archive.repeats()] == [("edited", 2)]


def test_a_caption_found_in_the_body_of_its_article_is_echoed(archive: Archive) -> None:
    archive.show("a", SARAQEB, body=f"BEIRUT - It began at dawn.\n{SARAQEB} Others fled.")
    archive.show("b", "Fans celebrate in the rain after the final in Lima.", body="Nothing of the kind.")

    assert archive.repeats() == [("echoed", [("a", SARAQEB, f"the body says it: '{SARAQEB}'")])]


def test_stock_captions_are_not_repeats(archive: Archive) -> None:
    for number in range(40):
        archive.show(f"stock{number}", "Pictures of the day")
        catalogue = archive.catalogue
        catalogue.db.execute(
            "UPDATE placements SET image_src = ? WHERE record_id = ?",
            [f"{number}.jpg", archive.record(f"stock{number}")],
        )
    archive.show("a", "FILE PHOTO")
    archive.show("b", "FILE PHOTO")

    assert archive.kinds() == []


def picture(archive: Archive, digest: str) -> None:
    archive.catalogue.db.execute(
        "INSERT INTO images (sha256, format, width_px, height_px, frames, information)"
        " VALUES (?, 'JPEG', 1, 1, 1, 'normal')",
        [digest],
    )


def conflicts(archive: Archive) -> list[tuple[str, str | None, list[tuple[str, str | None]]]]:
    catalogue = archive.catalogue
    catalogue.db.execute(
        "INSERT OR IGNORE INTO pending SELECT 'image-captions', image_sha256 FROM placements"
        " WHERE image_sha256 NOT NULL"
    )
    catalogue.db.conn.commit()
    update_conflicts(catalogue)
    rows = catalogue.db.execute(
        "SELECT s.id, s.grade, s.image_sha256, r.locator, m.difference FROM caption_conflict_members m"
        " JOIN caption_conflict_sets s ON s.id = m.conflict_id JOIN placements p ON p.id = m.placement_id"
        " JOIN records r ON r.id = p.record_id ORDER BY s.id, p.id"
    )
    found: dict[int, tuple[str, str | None, list[tuple[str, str | None]]]] = {}
    for number, grade, digest, locator, difference in rows:
        found.setdefault(number, (grade, digest, []))[2].append((locator, difference))
    return list(found.values())


def pair(archive: Archive, locator: str, digest: str) -> None:
    archive.catalogue.db.execute(
        "UPDATE placements SET image_sha256 = ? WHERE record_id = ?", [digest, archive.record(locator)]
    )


def test_captions_of_one_picture_that_name_other_days_are_in_conflict(archive: Archive) -> None:
    picture(archive, "aa")
    archive.show("a", SARAQEB)
    archive.show("b", SARAQEB.replace("27", "28"))
    pair(archive, "a", "aa")
    pair(archive, "b", "aa")

    assert conflicts(archive) == [
        ("fact", "aa", [("a", "'Feb. 28, 2020' -> 'Feb. 27, 2020'"), ("b", None)])
    ] or conflicts(archive) == [("fact", "aa", [("a", None), ("b", "'Feb. 27, 2020' -> 'Feb. 28, 2020'")])]


def test_a_conflict_that_was_mended_is_gone(archive: Archive) -> None:
    picture(archive, "aa")
    archive.show("a", SARAQEB)
    archive.show("b", SARAQEB.replace("27", "28"))
    pair(archive, "a", "aa")
    pair(archive, "b", "aa")
    assert len(conflicts(archive)) == 1

    archive.show("b", SARAQEB)
    pair(archive, "b", "aa")

    assert conflicts(archive) == []


def test_near_duplicates_share_their_captions_conflict(archive: Archive) -> None:
    for digest in ("aa", "bb"):
        picture(archive, digest)
    archive.show("a", SARAQEB, credit="AP")
    archive.show("b", SARAQEB, credit="Reuters")
    pair(archive, "a", "aa")
    pair(archive, "b", "bb")
    execute = archive.catalogue.db.execute
    execute("INSERT INTO image_groups (id, kind, size, reclaimable_bytes) VALUES (1, 'near', 2, 0)")
    for digest, locator in (("aa", "a"), ("bb", "b")):
        execute(
            "INSERT INTO image_group_members (group_id, record_id, image_sha256, keeper, reason)"
            " VALUES (1, ?, ?, 0, '')",
            [archive.record(locator), digest],
        )

    assert [(grade, digest) for grade, digest, _ in conflicts(archive)] == [("credit", "aa")]


def test_one_caption_under_different_pictures_of_different_articles_is_reported(archive: Archive) -> None:
    for digest in ("aa", "bb"):
        picture(archive, digest)
    archive.show("a", SARAQEB)
    archive.show("b", SARAQEB)
    pair(archive, "a", "aa")
    pair(archive, "b", "bb")

    assert conflicts(archive) == [
        ("picture", None, [("a", None), ("b", "the same caption, another picture")])
    ]


def test_pictures_of_one_article_may_share_a_caption(archive: Archive) -> None:
    for digest in ("aa", "bb"):
        picture(archive, digest)
    archive.show("a", SARAQEB, SARAQEB)
    archive.catalogue.db.execute("UPDATE placements SET image_sha256 = iif(position = 0, 'aa', 'bb')")

    assert conflicts(archive) == []


@needs_shared
def test_the_founding_page_has_one_doubled_and_one_echoed_caption(archive: Archive) -> None:
    labels = json.loads(
        (SHARED / "data/founding-page/labels.jsonl").read_text(encoding="utf-8").splitlines()[0]
    )
    captions = [line["text"] for line in labels["lines"] if line["label"] == "caption"]
    body = "\n".join(line["text"] for line in labels["lines"] if line["label"] == "body")
    archive.show("page.txt", *captions, body=body)

    doubled, echoed = archive.repeats()

    assert doubled[0] == "doubled"
    assert [text for _, text, _ in doubled[1]] == captions[:2]
    assert echoed[0] == "echoed"
    assert [text for _, text, _ in echoed[1]] == [captions[2]]
    assert str(echoed[1][0][2]).startswith("the lede says nearly the same: 'BEIRUT")


def crowds(archive: Archive) -> list[str]:
    return [
        row["reason"]
        for row in archive.catalogue.rows(
            "SELECT reason FROM problems WHERE stage = 'match' AND source_id IS NULL"
        )
    ]


def test_captions_of_a_form_that_were_compared_with_neighbours_only_are_said_to_be(archive: Archive) -> None:
    words = "harbour lantern walnut compass meadow thunder orchard granite"
    for number, small in enumerate(sorted(word for word in FUNCTION_WORDS if word.isascii())[:40]):
        archive.show(f"{number}.html", f"{words} {small} velvet")

    update_repeats(archive.catalogue)

    (reason,) = crowds(archive)
    assert "captions were not compared with all that share their words" in reason
    assert words in reason
    differences = archive.catalogue.rows(
        "SELECT m.difference FROM caption_repeat_members m JOIN caption_repeats cr ON cr.id = m.repeat_id"
        " WHERE cr.kind = 'edited' AND m.difference IS NOT NULL"
    )
    assert all("compared with its neighbours only" in row["difference"] for row in differences)
    assert found_anew(archive.catalogue)
    assert crowds(archive) == [reason], "it is said once"


def test_captions_that_were_compared_with_all_are_no_problem(archive: Archive) -> None:
    archive.show("a.html", SARAQEB)
    archive.show("b.html", f"The {SARAQEB}")

    update_repeats(archive.catalogue)

    assert crowds(archive) == []
