"""Credits learned from the archive: what is learned and what never is, applied, taken back, decided, merged."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalog.decisions.decide import decide
from catalog.errors import UsageError
from catalog.match.captions import credits as learning
from catalog.match.match import match_again, match_pending
from catalog.store.catalogue import Catalogue
from media.captions.learned_credit import credit_names, last_word, read_ends, sign_of
from tests.browsing import serving
from tests.conftest import Run, rows, scan_archive
from tests.merging import assert_same, assert_whole, merge_into
from tests.packets import described, iim, jpeg, xmp

HOUSE = "Fjordlys Media"
SCENES = [
    "Three ferries wait below the lock at Osten",
    "Bakers in Lomme carry out the last trays of the night",
    "The new tram crosses the river for the first time",
    "Pupils plant a row of limes along the canal",
    "A crane lifts the old bell from the tower in Vall",
    "Volunteers sort coats at the church of Rude",
    "Skaters circle the pond behind the brewery",
    "Divers search the quay after the storm",
    "The choir of Hamre sings on the steps of the library",
    "Farmers block the road to the sugar works",
]
PROSE = (
    "The council met for the third time this week to speak about the budget, and no decision was taken before night.",
    "Nobody expected the talks to last, said the chair, who has led them since the spring and wants to go on.",
    "A report on the works is to be published in June, and a second one on the costs will follow in the autumn.",
)


def write_page(folder: Path, number: int, figure: str, *more: str) -> None:
    """Write an article with a picture; ``more`` are paragraphs of its text."""
    paragraphs = [f"<p>{text} {number}.</p>" for text in (*PROSE, *more)]
    (folder / f"page{number:03}.html").write_text(
        f"<html><head><title>Story {number}</title></head><body><article><h1>Story {number} of the town</h1>"
        f"{paragraphs[0]}{figure}{''.join(paragraphs[1:])}</article></body></html>",
        encoding="utf-8",
    )


def figure(number: int, caption: str, credit: str = "") -> str:
    beside = f'<span class="credit">{credit}</span>' if credit else ""
    return f'<figure><img src="/i/{number}.jpg"><figcaption>{caption}{beside}</figcaption></figure>'


def write_signed(folder: Path, name: str = HOUSE, count: int = 4, first: int = 0, *more: str) -> None:
    """Write pages whose captions credit a name with a sign."""
    for number in range(first, first + count):
        scene = SCENES[number % len(SCENES)]
        shown = (
            figure(number, f"{scene}.", name)
            if number % 2
            else figure(number, f"{scene} this morning. Photo: {name}")
        )
        write_page(folder, number, shown, *more)


def write_captions(folder: Path, captions: Sequence[str], first: int = 50) -> None:
    for number, caption in enumerate(captions, first):
        write_page(folder, number, figure(number, caption))


def found(catalog: Path, first: int = 50) -> list[tuple[str, str | None]]:
    """The captions of the pages from a number on, each with its credit."""
    return [
        (str(text), None if credit is None else str(credit))
        for text, credit in rows(
            catalog,
            "SELECT c.text, c.credit_line FROM placements p JOIN captions c ON c.id = p.caption_id"
            " JOIN records r ON r.id = p.record_id WHERE r.locator >= ? ORDER BY r.locator",
            f"page{first:03}",
        )
    ]


@pytest.mark.parametrize(
    ("line", "names", "sign"),
    [
        ("(Foto: Fjordlys Media)", ("Fjordlys Media",), "label"),
        ("© 2019 Fjordlys Media", ("Fjordlys Media",), "label"),
        ("Photo by Mia Holt for Fjordlys Media", ("Mia Holt", "Fjordlys Media"), "label"),
        ("Mia Holt/Reuters", ("Mia Holt",), None),
        ("(Mia Holt)", ("Mia Holt",), "brackets"),
        ("Reuters", (), None),
        ("4 May 2020", (), None),
        ("Photo: Enlarge", (), "label"),
        ("seen by everybody", (), None),
    ],
)
def test_the_names_of_a_credit_line(line: str, names: tuple[str, ...], sign: str | None) -> None:
    assert (credit_names(line), sign_of(line, "after a separator")) == (names, sign)


@pytest.mark.parametrize(
    ("text", "form", "before"),
    [
        (f"Ferries wait below the lock ({HOUSE})", "brackets", "Ferries wait below the lock"),
        (f"Ferries wait below the lock – {HOUSE}", "separator", "Ferries wait below the lock"),
        (f"Ferries wait below the lock | {HOUSE}", "separator", "Ferries wait below the lock"),
        (f"Ferries wait below the lock. {HOUSE}.", "sentence", "Ferries wait below the lock."),
        (f"Ferries wait below the lock at Osten {HOUSE}", "words", "Ferries wait below the lock at Osten"),
        (f"Ferries wait below the lock – Bo Ek/{HOUSE}", "separator", "Ferries wait below the lock"),
        (HOUSE, "alone", ""),
    ],
)
def test_the_ends_of_captions_that_are_known_names(text: str, form: str, before: str) -> None:
    end = next(read_ends(text, {"fjordlys media"}, {last_word(HOUSE)}))
    assert (end.form, end.before, end.after_small_word) == (form, before, False)


@pytest.mark.parametrize(
    "text",
    [
        f"“We stay where we are” – {HOUSE}",
        f"The press and {HOUSE}s",
        f"Left to right: Ann Lee, {HOUSE}",
        f"{HOUSE} opens its doors",
        "Ferries wait below the lock fjordlys media",
        f"Owner of {HOUSE}",
    ],
)
def test_ends_that_may_be_part_of_the_caption(text: str) -> None:
    assert all(end.after_small_word for end in read_ends(text, {"fjordlys media"}, {last_word(HOUSE)}))


def test_a_name_credited_with_signs_is_learned_where_a_sign_is_missing(
    archive: Path, catalog_path: Path
) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}", f"{SCENES[6]} ({HOUSE})", f"{SCENES[7]}. {HOUSE}."])
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [
        (SCENES[5], HOUSE),
        (SCENES[6], f"({HOUSE})"),
        (f"{SCENES[7]}.", f"{HOUSE}."),
    ]
    [(evidence,)] = rows(
        catalog_path,
        "SELECT p.evidence FROM placements p JOIN records r ON r.id = p.record_id WHERE r.locator = 'page050.html'",
    )
    told = json.loads(str(evidence))
    assert (told["credit"], told["found"]) == ("learned from 4 captions on 4 pages", f"{SCENES[5]} – {HOUSE}")
    [(name, state, captions, said)] = rows(
        catalog_path, "SELECT name, state, captions, evidence FROM learned_credits"
    )
    assert (name, state, captions) == (HOUSE, "learned", 3)
    assert json.loads(str(said))["signs"] == {"element": 2, "label": 2}


def test_a_name_after_a_space_needs_several_different_captions(archive: Path, catalog_path: Path) -> None:
    write_signed(archive)
    write_captions(archive, [f"{scene} {HOUSE}" for scene in SCENES[5:7]])
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [(f"{scene} {HOUSE}", None) for scene in SCENES[5:7]]
    write_page(archive, 60, figure(60, f"{SCENES[8]} {HOUSE}"))
    write_page(archive, 61, figure(61, f"A party outside the offices of {HOUSE}"))
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [
        (SCENES[5], HOUSE),
        (SCENES[6], HOUSE),
        (SCENES[8], HOUSE),
        (f"A party outside the offices of {HOUSE}", None),
    ]


def test_captions_that_are_only_a_learned_credit(archive: Path, catalog_path: Path) -> None:
    write_signed(archive)
    write_captions(archive, [HOUSE, HOUSE])
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [(HOUSE, None)] * 2
    write_page(archive, 60, figure(60, HOUSE))
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [("", HOUSE)] * 3


TRAPS = {
    "a name that is never signed": ([], "Nora Vik"),
    "signed in brackets only, like a place": ([f"{scene}. (Nora Vik)" for scene in SCENES[:5]], "Nora Vik"),
    "signed once": ([f"{SCENES[0]}. Photo: Nora Vik"], "Nora Vik"),
    "one caption again and again": ([f"{SCENES[0]}. Photo: Nora Vik"] * 6, "Nora Vik"),
    "captions that speak of it": (
        [f"{scene}. Photo: Nora Vik" for scene in SCENES[:4]]
        + [f"Nora Vik opens the fair, {scene.lower()}" for scene in SCENES[:4]],
        "Nora Vik",
    ),
    "a date": ([f"{scene}. Photo: May 2020" for scene in SCENES[:4]], "May 2020"),
}


@pytest.mark.parametrize(("captions", "name"), TRAPS.values(), ids=TRAPS)
def test_what_is_not_learned(archive: Path, catalog_path: Path, captions: list[str], name: str) -> None:
    write_captions(archive, captions, first=0)
    write_captions(archive, [f"{scene} – {name}" for scene in SCENES[5:8]])
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [(f"{scene} – {name}", None) for scene in SCENES[5:8]]
    assert rows(catalog_path, "SELECT name FROM learned_credits") == []


def test_a_person_whom_the_articles_name_is_shown_and_not_credited(archive: Path, catalog_path: Path) -> None:
    """Some desks write "Foto:" before who is in the picture."""
    write_signed(
        archive, "Nora Vik", 5, 0, "The mayor, Nora Vik, said that she would not stand again, whatever comes"
    )
    write_captions(archive, [f"{scene} – Nora Vik" for scene in SCENES[5:8]])
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [(f"{scene} – Nora Vik", None) for scene in SCENES[5:8]]


def test_a_second_match_changes_nothing_and_the_same_comes_of_parts(archive: Path, tmp_path: Path) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}", f"{SCENES[6]} – {HOUSE}"])
    whole, stepwise = tmp_path / "whole.db", tmp_path / "steps.db"
    scan_archive(whole, archive)
    kept = {path.name: path.read_bytes() for path in sorted(archive.iterdir())}
    for name in kept:
        (archive / name).unlink()
    for some in (list(kept)[::2], list(kept)[1::2]):
        for name in some:
            (archive / name).write_bytes(kept[name])
        scan_archive(stepwise, archive)
    queries = {
        "placements": "SELECT r.locator, c.text, c.credit_line, c.key, p.evidence FROM placements p"
        " JOIN captions c ON c.id = p.caption_id JOIN records r ON r.id = p.record_id",
        "captions": "SELECT text, credit_line, key FROM captions",
        "learned": "SELECT * FROM learned_credits",
        "pending": "SELECT * FROM pending",
    }
    assert_same(whole, stepwise, queries)
    with Catalogue.open(whole) as catalogue:
        match_again(catalogue)
    assert_same(whole, stepwise, queries)


def test_what_is_no_longer_learned_is_given_back(archive: Path, catalog_path: Path) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}"])
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [(SCENES[5], HOUSE)]
    for number in range(2):
        (archive / f"page{number:03}.html").unlink()
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [(f"{SCENES[5]} – {HOUSE}", None)]
    assert rows(catalog_path, "SELECT count(*) FROM placements WHERE evidence LIKE '%learned%'") == [(0,)]
    assert rows(catalog_path, "SELECT count(*) FROM captions WHERE text = ?", SCENES[5]) == [(0,)]


def test_a_person_turns_a_credit_off_and_on(archive: Path, catalog_path: Path) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}", f"{SCENES[6]} – Nora Vik", f"{SCENES[7]} Nora Vik"])
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue:
        decide(catalogue, "different", HOUSE, "credit")
        decide(catalogue, "same", "Nora  VIK", "credit")
        with pytest.raises(UsageError, match="in no caption"):
            decide(catalogue, "same", "Nobody Atall", "credit")
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [
        (f"{SCENES[5]} – {HOUSE}", None),
        (SCENES[6], "Nora Vik"),
        (SCENES[7], "Nora Vik"),
    ]
    assert rows(catalog_path, "SELECT name, state, captions FROM learned_credits ORDER BY key") == [
        (HOUSE, "off", 0),
        ("Nora Vik", "decided", 2),
    ]


def test_a_caption_that_a_person_judged_stays(archive: Path, catalog_path: Path) -> None:
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}", f"{SCENES[6]} – {HOUSE}"])
    scan_archive(catalog_path, archive)
    with Catalogue.open(catalog_path) as catalogue:
        decide(catalogue, "different", f"{SCENES[5]} – {HOUSE}", f"{SCENES[6]} – {HOUSE}")
    write_signed(archive)
    write_page(archive, 60, figure(60, f"{SCENES[8]} – {HOUSE}"))
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [
        (f"{SCENES[5]} – {HOUSE}", None),
        (f"{SCENES[6]} – {HOUSE}", None),
        (SCENES[8], HOUSE),
    ]


def test_a_name_is_learned_from_the_fields_of_pictures_alone(archive: Path, catalog_path: Path) -> None:
    """The makers of three photographs, as their files have them in IPTC and XMP; no page credits them with a sign."""
    for number in range(3):
        fields = iim(("2:80", "Mia Holt"), ("2:120", SCENES[number]))
        (archive / f"{number}.jpg").write_bytes(jpeg(iptc=fields))
    for number in range(2):
        creator = "<dc:creator><rdf:Seq><rdf:li>Nora Vik</rdf:li></rdf:Seq></dc:creator>"
        (archive / f"few{number}.jpg").write_bytes(jpeg(xmp=xmp(creator + described(SCENES[number]))))
    write_captions(archive, [f"{SCENES[5]} – Mia Holt", f"{SCENES[6]} – Nora Vik"])
    scan_archive(catalog_path, archive)
    assert found(catalog_path) == [(SCENES[5], "Mia Holt"), (f"{SCENES[6]} – Nora Vik", None)]
    [(evidence,)] = rows(catalog_path, "SELECT evidence FROM learned_credits")
    assert json.loads(str(evidence))["pictures"] == 3


def test_a_merge_learns_from_all_parts(tmp_path: Path) -> None:
    """Neither part proves the name alone, or holds a caption that ends in it."""
    signed, unsigned, out = tmp_path / "signed", tmp_path / "unsigned", tmp_path / "out.db"
    for folder in (signed, unsigned):
        folder.mkdir()
    write_signed(signed)
    write_captions(unsigned, [f"{SCENES[5]} – {HOUSE}"])
    for folder in (signed, unsigned):
        scan_archive(tmp_path / f"{folder.name}.db", folder)
    assert found(tmp_path / "unsigned.db") == [(f"{SCENES[5]} – {HOUSE}", None)]
    merge_into(out, tmp_path / "signed.db", tmp_path / "unsigned.db")
    assert_whole(out)
    assert found(out) == [(SCENES[5], HOUSE)]


def test_a_match_that_is_killed_leaves_all_or_nothing(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}", f"{SCENES[6]} – {HOUSE}"])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(learning._Updating, "_write", die)
        with pytest.raises(KeyboardInterrupt):
            scan_archive(catalog_path, archive)
    with sqlite3.connect(catalog_path) as db:
        texts = {text for (text,) in db.execute("SELECT text FROM captions")}
    assert f"{SCENES[5]} – {HOUSE}" in texts and SCENES[5] not in texts
    with Catalogue.open(catalog_path) as catalogue:
        match_pending(catalogue)
    assert found(catalog_path) == [(SCENES[5], HOUSE), (SCENES[6], HOUSE)]


def test_repeats_are_found_without_the_learned_credit(archive: Path, catalog_path: Path) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}", SCENES[5]])
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT kind, size FROM caption_repeats") == [("reused", 2)]


def test_the_report_shows_names_evidence_and_captions(archive: Path, catalog_path: Path, run: Run) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}"])
    scan_archive(catalog_path, archive)
    shown = run("report", "credits", "-c", catalog_path, "--format", "markdown").stdout
    assert "Learned credit · 1 caption" in shown
    assert "in an element of its own 2, after a label or © 2 (4 pages)" in shown
    assert f"{SCENES[5]} – {HOUSE}" in shown
    [group] = json.loads(run("report", "credits", "-c", catalog_path, "--format", "json").stdout)
    assert group["members"][0]["caption_before"] == f"{SCENES[5]} – {HOUSE}"
    done = run("decide", "different", HOUSE, "credit", "-c", catalog_path)
    assert done.stdout == "different: credit:fjordlys media | is:credit\n"
    assert "No credit, as a person decided" in run("report", "credits", "-c", catalog_path).stdout


def test_a_click_turns_a_credit_off_and_gives_it_back(archive: Path, catalog_path: Path) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]}, 5 &lt; 6 – {HOUSE}"])
    scan_archive(catalog_path, archive)
    with serving(catalog_path, "--review") as server:
        page = server.ask("/credits")
        assert HOUSE in page.text and "in an element of its own 2" in page.text
        assert f"{SCENES[5]}, 5 &lt; 6" in page.text
        assert "1</strong> credits learned" in server.ask("").text
        for action, state in (("different", "off"), ("withdraw", "learned"), ("same", "decided")):
            key = HOUSE.lower()
            assert server.send("/credits", page, key=key, action=action).status == 303
            page = server.ask("/credits")
            assert f"kind-{state}" in page.text
            assert "applied with the next match" in page.text
            with Catalogue.open(catalog_path) as catalogue:
                match_pending(catalogue)
            assert rows(catalog_path, "SELECT state FROM learned_credits") == [(state,)]
            assert found(catalog_path)[0][1] == (None if state == "off" else HOUSE)
            assert "applied with the next match" not in server.ask("/credits").text
        assert server.send("/credits", page, key="nobody", action="same").status == 409
        assert server.send("/credits", page, key=key, action="remove").status == 400
    with serving(catalog_path) as server:
        assert 'name="action"' not in server.ask("/credits").text
        assert server.send("/credits", page, key=key, action="different").status == 403


def test_the_end_of_a_scan_and_the_summary_point_to_what_was_learned(
    archive: Path, catalog_path: Path, run: Run
) -> None:
    write_signed(archive)
    write_captions(archive, [f"{SCENES[5]} – {HOUSE}"])
    said = run("scan", str(archive), "-c", catalog_path).stdout
    assert f"cutline report credits -c {catalog_path}" in said
    assert "credits learned from the archive (1)" in said
    assert "Credits learned" in run("report", "-c", catalog_path).stdout
    with Catalogue.open(catalog_path) as catalogue:
        decide(catalogue, "different", HOUSE, "credit")
    assert "Credits learned" not in run("report", "-c", catalog_path).stdout
    summary = json.loads(run("report", "-c", catalog_path, "--format", "json").stdout)
    assert summary["learned_credits"] == {"learned": 0, "decided": 0, "off": 1}
