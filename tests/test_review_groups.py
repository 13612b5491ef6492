"""Groups settled as a whole: what is written, what is left, and that every step can be taken back."""

import sqlite3
from pathlib import Path

import pytest

from catalog.browse import sql_limits
from catalog.browse.desk import read_queue
from catalog.browse.frames import Frame
from catalog.browse.furniture import load_furniture
from catalog.browse.sheets import load_contact_sheet
from catalog.browse.worklist import (
    ALIKE,
    EDITED,
    PIXELS,
    UNSURE,
    Entry,
    Rule,
    Worklist,
    judge,
    read_entries,
    read_pace,
    read_state,
)
from catalog.cleanup.ledger import list_actions
from catalog.cleanup.plan import PlanOptions, make_plan
from catalog.decisions.groups import Settlement, put_off, settle_by_rule, settle_group
from catalog.decisions.review import choose_keeper, undo_last
from catalog.errors import UsageError
from catalog.match.match import match_pending
from catalog.store.catalogue import Catalogue
from tests.conftest import copy_catalogue, encode, make_photo, rows, scan_archive


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photographs, each in a large file, a copy of it, and two smaller files."""
    folder = tmp_path_factory.mktemp("groups")
    archive = folder / "archive"
    for number in (1, 2):
        photo = make_photo(number)
        for name, quality in (("Desk/large", 95), ("Web/small", 92), ("Web/tiny", 89)):
            path = archive / f"{name}{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode(photo, quality=quality))
        copy = archive / f"Backup/large{number}.jpg"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((archive / f"Desk/large{number}.jpg").read_bytes())
    scan_archive(folder / "groups.db", archive)
    return folder / "groups.db"


@pytest.fixture
def catalogue(scanned: Path, tmp_path: Path) -> Path:
    return copy_catalogue(scanned, tmp_path / "copy.db")


def sheets(path: Path) -> list[Settlement]:
    """Every open group, as the page would send it."""
    connection = sqlite3.connect(path)
    found = []
    for entry in read_entries(connection):
        sheet = load_contact_sheet(connection, entry.group_id)
        assert sheet is not None and sheet.keeper is not None
        found.append(Settlement(entry.group_id, sheet.keeper.sha256, tuple(sheet.seen.split())))
    connection.close()
    return found


def everything(path: Path) -> list[list[tuple[object, ...]]]:
    tables = ("decisions", "reviews", "keeper_choices", "image_group_members")
    return [
        rows(path, f"SELECT * FROM {table}".replace("decisions", "decisions ORDER BY left"))
        for table in tables
    ]


def test_a_sheet_shows_each_picture_once_with_all_of_its_files(catalogue: Path) -> None:
    connection = sqlite3.connect(catalogue)
    number = next(read_entries(connection)).group_id
    sheet = load_contact_sheet(connection, number)
    connection.close()
    assert sheet is not None and sheet.keeper is not None
    assert len(sheet.keeper.files) == 2 and sheet.keeper.keeper
    assert [tile.keeper for tile in sheet.others] == [False, False]
    assert sheet.files == 4 and sheet.undecided == 2 and not sheet.more


def test_one_step_settles_a_group_and_one_undo_opens_it_again(catalogue: Path) -> None:
    before = everything(catalogue)
    one, two = sheets(catalogue)
    with Catalogue.open(catalogue) as opened:
        step = settle_group(opened, one)
        assert not opened.is_pending(), "that a group is one picture changes no group"
    assert [each.group_id for each in sheets(catalogue)] == [two.group_id]
    assert rows(catalogue, "SELECT DISTINCT verdict FROM decisions") == [("same",)]
    with Catalogue.open(catalogue) as opened:
        undo_last(opened, step)
    assert len(sheets(catalogue)) == 2
    assert everything(catalogue) == before


def test_what_is_taken_out_goes_from_no_cleanup_and_comes_back_with_undo(catalogue: Path) -> None:
    one, _ = sheets(catalogue)
    odd = one.seen[0]
    with Catalogue.open(catalogue) as opened:
        step = settle_group(opened, Settlement(one.group_id, one.keeper, one.seen, frozenset([odd])))
        match_pending(opened)
        plan = make_plan(opened, PlanOptions(kinds=("same-bytes", "same-pixels", "near", "part")))
        gone = {each.sha256 for each in list_actions(opened, plan.id, ["planned"], ["quarantine"])}
        assert odd not in gone
        assert one.keeper in gone, "the copy of the one to keep goes"
    assert rows(catalogue, f"SELECT count(*) FROM image_group_members WHERE image_sha256 = '{odd}'") == [(0,)]
    with Catalogue.open(catalogue) as opened:
        undo_last(opened, step)
        match_pending(opened)
    assert rows(catalogue, f"SELECT count(*) FROM image_group_members WHERE image_sha256 = '{odd}'") == [(1,)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"keeper": "0" * 64}, id="another-keeper"),
        pytest.param({"seen": ("0" * 64,)}, id="a-picture-that-is-not-in-it"),
        pytest.param({"seen": ()}, id="nothing-was-shown"),
        pytest.param({"out": frozenset(["0" * 64])}, id="taken-out-what-was-not-shown"),
        pytest.param({"group_id": 10**9}, id="no-such-group"),
    ],
)
def test_a_group_that_is_not_what_was_shown_is_not_settled(
    catalogue: Path, change: dict[str, object]
) -> None:
    one, _ = sheets(catalogue)
    said = {name: getattr(one, name) for name in Settlement.__dataclass_fields__} | change
    before = everything(catalogue)
    with Catalogue.open(catalogue) as opened, pytest.raises(UsageError):
        settle_group(opened, Settlement(**said))
    assert everything(catalogue) == before


def test_an_earlier_verdict_is_replaced_and_comes_back(catalogue: Path) -> None:
    one, _ = sheets(catalogue)
    with Catalogue.open(catalogue) as opened:
        settle_group(opened, Settlement(one.group_id, one.keeper, one.seen, note="first"))
        step = settle_group(opened, Settlement(one.group_id, one.keeper, one.seen, frozenset(one.seen[:1])))
        undo_last(opened, step)
    assert rows(catalogue, "SELECT DISTINCT verdict, note FROM decisions") == [("same", "first")]


def test_a_rule_settles_what_is_certain_in_one_step(catalogue: Path) -> None:
    connection = sqlite3.connect(catalogue)
    entries = list(read_entries(connection))
    work = Worklist(read_state(connection), {each.group_id: each for each in entries})
    connection.close()
    rule = next(each for each in work.rules() if not each.folders)
    assert rule.words() == "2 same-pixels and near-identical groups"
    with Catalogue.open(catalogue) as opened:
        step = settle_by_rule(opened, work.under(rule), rule.words())
    assert sheets(catalogue) == []
    assert rows(catalogue, "SELECT DISTINCT note FROM decisions") == [(f"by rule: {rule.words()}",)]
    with Catalogue.open(catalogue) as opened:
        plan = make_plan(opened, PlanOptions(kinds=("near",)))
        actions = list(list_actions(opened, plan.id, ["planned"], ["quarantine"]))
        assert actions and not any(each.said_same for each in actions), (
            "what nobody looked at is compared again"
        )
        with pytest.raises(UsageError):
            settle_by_rule(opened, work.under(rule), rule.words())
        undo_last(opened, step)
    assert len(sheets(catalogue)) == 2 and rows(catalogue, "SELECT * FROM decisions") == []


def test_what_is_put_off_comes_last(catalogue: Path) -> None:
    one, two = sheets(catalogue)
    with Catalogue.open(catalogue) as opened:
        put_off(opened, one.group_id)
    connection = sqlite3.connect(catalogue)
    work = Worklist((), {each.group_id: each for each in read_entries(connection)})
    connection.close()
    assert len(work) == 2 and work.next() == two.group_id
    assert work.next(two.group_id) == one.group_id


def test_another_keeper_can_be_settled_with_at_once(catalogue: Path) -> None:
    one, _ = sheets(catalogue)
    other = rows(
        catalogue,
        f"SELECT record_id FROM image_group_members WHERE group_id = {one.group_id} AND image_sha256 = '{one.seen[0]}'",
    )[0][0]
    with Catalogue.open(catalogue) as opened:
        choose_keeper(opened, one.group_id, int(str(other)), "groups", f"{one.group_id}-0")
    again = next(each for each in sheets(catalogue) if each.group_id == one.group_id)
    assert again.keeper == one.seen[0]
    with Catalogue.open(catalogue) as opened:
        settle_group(opened, again)
    assert [each.group_id for each in sheets(catalogue)] != [one.group_id]


WHOLE = Frame(False, 0.0, 1.0, (0, 0, 1, 1), (0, 0, 1, 1))
CROP = Frame(False, 0.0, 1.0, (0, 0, 0.5, 1), (0, 0, 1, 1))
CHANGED = Frame(False, 0.0, 1.0, (0, 0, 1, 1), (0, 0, 1, 1), ((0.1, 0.1, 0.2, 0.2),))


@pytest.mark.parametrize(
    ("kind", "similarity", "frame", "level"),
    [
        pytest.param("same-pixels", 1.0, None, PIXELS, id="pixels"),
        pytest.param("near", 0.97, WHOLE, ALIKE, id="a-smaller-copy"),
        pytest.param("near", 0.7, WHOLE, EDITED, id="other-colours"),
        pytest.param("near", 0.97, CROP, EDITED, id="trimmed"),
        pytest.param("part", 0.99, CROP, EDITED, id="a-crop"),
        pytest.param("near", 0.97, CHANGED, UNSURE, id="something-changed"),
        pytest.param(None, None, None, UNSURE, id="never-compared"),
        pytest.param("related", 0.9, WHOLE, UNSURE, id="same-scene"),
    ],
)
def test_how_sure_a_picture_is(
    kind: str | None, similarity: float | None, frame: Frame | None, level: int
) -> None:
    assert judge(kind, similarity, frame) == level


def test_the_doubtful_come_first_and_rules_leave_them_out() -> None:
    def entry(number: int, level: int, *folders: str, similarity: float = 0.95) -> Entry:
        return Entry(number, level, similarity, frozenset(folders), 1, False)

    work = Worklist(
        (),
        {
            each.group_id: each
            for each in (
                entry(1, ALIKE, "Desk"),
                entry(2, UNSURE, "Desk"),
                entry(3, PIXELS, "Desk", "Backup"),
                entry(4, EDITED, "Web", similarity=0.6),
                entry(5, EDITED, "Web", similarity=0.8),
            )
        },
    )
    order = []
    while (number := work.next()) is not None:
        order.append(number)
        work.put(number, None, ())
    assert order == [2, 4, 5, 1, 3]
    some = (entry(1, ALIKE, "Desk"), entry(3, PIXELS, "Desk", "Backup"), entry(2, UNSURE, "Desk"))
    again = Worklist((), {each.group_id: each for each in some})
    assert again.under(Rule(ALIKE, (), 2)) == [1, 3]
    assert again.under(Rule(ALIKE, ("Desk",), 1)) == [1]
    assert (
        Rule(ALIKE, ("Backup", "Desk"), 212).words()
        == "212 same-pixels and near-identical groups within Backup/ and Desk/"
    )
    assert Rule(PIXELS, ("",), 1).words() == "1 same-pixels group within the top folder"


def test_the_pace_leaves_pauses_out(catalogue: Path) -> None:
    connection = sqlite3.connect(catalogue)
    assert read_pace(connection) is None
    for number, seconds in enumerate((0, 2, 4, 7, 3000, 3002)):
        connection.execute(
            "INSERT INTO reviews (queue, place, action, left, right, reviewed_at)"
            " VALUES ('groups', '1-0', 'group', ?, '', ?)",
            (str(number), f"2026-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"),
        )
    assert read_pace(connection) == 2.0
    connection.close()


def test_no_two_rules_accept_the_same_groups() -> None:
    def entry(number: int, *folders: str) -> Entry:
        return Entry(number, ALIKE, 0.95, frozenset(folders), 1, False)

    work = Worklist(
        (),
        {
            each.group_id: each
            for each in (entry(1, "Desk", "Backup"), entry(2, "Desk"), entry(3, "Desk", "Backup", "Web"))
        },
    )
    assert [(rule.folders, rule.count) for rule in work.rules()] == [
        ((), 3), (("Backup", "Desk"), 2), (("Desk",), 1),
    ]  # fmt: skip


def test_lists_of_what_is_open_are_not_limited_as_a_strangers_answer_is(
    scanned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_limits, "ANSWER_BYTES", 10)
    connection = sqlite3.connect(scanned)
    sql_limits.limit_connection(connection)
    with pytest.raises(sql_limits.AnswerTooLarge):
        connection.execute("SELECT locator FROM records").fetchall()
    assert len(list(read_entries(connection))) == 2
    assert (read_queue(connection), load_furniture(connection)) == ([], [])
    connection.close()
