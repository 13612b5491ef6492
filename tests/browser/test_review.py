"""The review by keyboard: what is pressed is what the catalogue holds."""

from pathlib import Path

from tests.browser.conftest import Open
from tests.browsing import Server
from tests.test_browse import fetch


def test_a_round_of_review_by_keyboard(reviewing: tuple[Server, Path], opened: Open) -> None:
    server, catalogue = reviewing
    watched = opened()
    page = watched.page
    page.goto(f"{server.home}/review")
    page.click("text=Pair by pair")
    page.wait_for_load_state("load")  # the keys are listened to from then on
    left, right = (page.locator(f"input[name={side}]").get_attribute("value") for side in ("left", "right"))
    page.keyboard.press("n")
    page.keyboard.type("same negative, s and d are only letters here")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("s")
    assert "same" in page.inner_text(".last strong")
    decided = fetch(catalogue, "SELECT left, right, verdict, note FROM decisions")
    assert decided == [
        (*sorted((str(left), str(right))), "same", "same negative, s and d are only letters here")
    ]
    with page.expect_navigation():
        page.keyboard.press("d")
    assert [row[0] for row in fetch(catalogue, "SELECT verdict FROM decisions ORDER BY id")] == [
        "same",
        "different",
    ]
    with page.expect_navigation():
        page.keyboard.press("u")
    assert [row[0] for row in fetch(catalogue, "SELECT verdict FROM decisions")] == ["same"]
    again = page.locator("input[name=right]").get_attribute("value")
    with page.expect_navigation():
        page.keyboard.press("k")
    assert page.locator("input[name=right]").count() == 0 or (
        page.locator("input[name=right]").get_attribute("value") != again
    )
    page.goto(f"{server.home}/review/pictures")
    assert "1 decided · 1 put off" in page.inner_text(".progress-line")
    page.goto(f"{server.home}/review/pictures?again=0")
    assert page.locator("input[name=right]").get_attribute("value") == again
    with page.expect_navigation():
        page.keyboard.press("d")
    assert fetch(catalogue, "SELECT count(*) FROM decisions")[0] == (2,)
    assert watched.wrong == []


def test_the_right_one_is_kept_and_not_again(reviewing: tuple[Server, Path], opened: Open) -> None:
    server, catalogue = reviewing
    page = opened().page
    page.goto(f"{server.home}/review/pictures")
    record = int(page.locator("input[name=record]").get_attribute("value") or 0)
    group = int(page.locator("input[name=group]").get_attribute("value") or 0)
    former = fetch(
        catalogue, "SELECT record_id FROM image_group_members WHERE group_id = ? AND keeper = 1", group
    )
    with page.expect_navigation():
        page.keyboard.press("r")
    sql = "SELECT record_id, reason FROM image_group_members WHERE group_id = ? AND keeper = 1"
    assert fetch(catalogue, sql, group) == [(record, "chosen by a person")]
    with page.expect_navigation():
        page.keyboard.press("u")
    assert [row[:1] for row in fetch(catalogue, sql, group)] == former


def test_the_review_goes_on_where_it_was_left(reviewing: tuple[Server, Path], opened: Open) -> None:
    server, _ = reviewing
    page = opened().page
    page.goto(f"{server.home}/review/captions")
    first = page.locator("input[name=place]").get_attribute("value")
    with page.expect_navigation():
        page.keyboard.press("k")
    place = page.locator("input[name=place]")
    second = place.get_attribute("value") if place.count() else None
    other = opened(380, "dark").page
    other.goto(f"{server.home}/review/captions")
    place = other.locator("input[name=place]")
    assert (place.get_attribute("value") if place.count() else None) == second != first


def test_keys_can_be_turned_off(reviewing: tuple[Server, Path], opened: Open) -> None:
    server, catalogue = reviewing
    page = opened().page
    page.goto(f"{server.home}/review/pictures")
    page.uncheck("[data-keys]")
    page.locator("h1").click()
    page.keyboard.press("s")
    page.reload()
    page.keyboard.press("s")
    page.wait_for_timeout(200)
    assert fetch(catalogue, "SELECT count(*) FROM decisions") == [(0,)]


def test_another_site_cannot_decide(reviewing: tuple[Server, Path], opened: Open) -> None:
    """A form on another origin, with everything it could guess."""
    server, catalogue = reviewing
    page = opened().page
    page.goto(f"{server.home}/review/pictures")
    fields = {
        name: page.locator(f".verdict input[name={name}]").get_attribute("value") or ""
        for name in ("place", "left", "right", "token")
    }
    elsewhere = opened().page
    elsewhere.goto(f"http://localhost:{server.port}/review/-/nothing")
    with elsewhere.expect_navigation():
        elsewhere.evaluate(
            """([action, fields]) => {
                const form = document.createElement("form");
                form.method = "post";
                form.action = action;
                for (const [name, value] of Object.entries({...fields, action: "same"})) {
                    const input = document.createElement("input");
                    input.name = name;
                    input.value = value;
                    form.append(input);
                }
                document.body.append(form);
                HTMLFormElement.prototype.submit.call(form);
            }""",
            [f"{server.home}/review/pictures", fields],
        )
    assert "did not come from a page of this server" in elsewhere.inner_text("body")
    assert fetch(catalogue, "SELECT count(*) FROM decisions") == [(0,)]


def test_a_form_without_its_token_decides_nothing(reviewing: tuple[Server, Path]) -> None:
    server, catalogue = reviewing
    page = server.ask("/review/pictures")
    fields = {"place": "1-1", "left": "a" * 64, "right": "b" * 64, "action": "same", "token": "x"}
    assert server.send("/review/pictures", page, **fields).status == 403
    assert fetch(catalogue, "SELECT count(*) FROM decisions") == [(0,)]


def test_groups_are_settled_by_keyboard_alone(reviewing: tuple[Server, Path], opened: Open) -> None:
    """Arrow, take out, put back, look, accept, undo: on a desk, and on a phone's width in the dark."""
    server, catalogue = reviewing
    for width, scheme in ((1400, "light"), (380, "dark")):
        watched = opened(width, scheme)
        page = watched.page
        page.goto(f"{server.home}/review/groups")
        left = page.inner_text(".progress-line p")
        group = page.locator("[data-sheet] input[name=group]").get_attribute("value")
        tiles = page.locator("[data-tile]").count()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("x")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("x" if tiles > 1 else "z")
        page.keyboard.press("x" if tiles > 1 else "z")
        assert page.locator("[data-out]:checked").count() == 1
        page.keyboard.press("z")
        page.wait_for_selector("[data-panel] [data-compare]")
        for key, mode in (("2", "swipe"), ("3", "blink"), ("4", "difference"), ("1", "side")):
            page.keyboard.press(key)
            assert page.get_attribute("[data-panel] [data-compare]", "data-mode") == mode
        page.keyboard.press("Escape")
        assert page.locator("[data-panel] [data-compare]").count() == 0
        with page.expect_navigation():
            page.keyboard.press("Enter")
        verdicts = fetch(catalogue, "SELECT verdict, count(*) FROM decisions GROUP BY 1 ORDER BY 1")
        assert verdicts[0] == ("different", 1)
        assert sum(int(str(count)) for _, count in verdicts) == tiles
        assert page.inner_text(".progress-line p") != left
        assert "group settled" in page.inner_text(".last strong")
        with page.expect_navigation():
            page.keyboard.press("u")
        assert fetch(catalogue, "SELECT count(*) FROM decisions") == [(0,)]
        assert page.locator("[data-sheet] input[name=group]").get_attribute("value") == group
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watched.wrong == []


def test_another_keeper_is_one_key_on_the_sheet_and_on_the_groups_page(
    reviewing: tuple[Server, Path], opened: Open
) -> None:
    server, catalogue = reviewing
    page = opened().page
    path = "/review/groups"
    for _ in range(2):
        page.goto(f"{server.home}{path}")
        group = page.locator("[data-sheet] input[name=group]").get_attribute("value")
        record = page.locator("[data-tile] [data-keep]").first.get_attribute("value")
        with page.expect_navigation():
            page.keyboard.press("k")
        kept = fetch(
            catalogue,
            "SELECT record_id FROM image_group_members WHERE keeper = 1 AND group_id = ?",
            int(group or 0),
        )
        assert kept == [(int(record or 0),)]
        assert path == "/review/groups" or page.url.endswith(path)
        path = f"/pictures/{group}"


def test_groups_are_settled_without_scripts(reviewing: tuple[Server, Path], opened: Open) -> None:
    server, catalogue = reviewing
    page = opened(scripts=False).page
    page.goto(f"{server.home}/review/groups")
    page.locator("[data-out]").first.check()
    page.click("[data-accept]")
    assert ("different",) in fetch(catalogue, "SELECT verdict FROM decisions")
    page.goto(f"{server.home}/review/rules")
    assert page.locator("h1").inner_text() == "Accept many groups at once"


def test_a_caption_is_chosen_edited_dismissed_and_undone_by_keyboard(
    reviewing: tuple[Server, Path], opened: Open
) -> None:
    server, catalogue = reviewing
    watched = opened(380, "dark")
    page = watched.page
    page.goto(f"{server.home}/desk")
    verdicts = "SELECT verdict FROM caption_choices"
    first = page.locator("[data-desk] input[name=conflict]").get_attribute("value")
    with page.expect_navigation():
        page.keyboard.press("1")
    assert fetch(catalogue, verdicts) == [("chosen",)]
    with page.expect_navigation():
        page.keyboard.press("u")
    assert fetch(catalogue, verdicts) == []
    assert page.locator("[data-desk] input[name=conflict]").get_attribute("value") == first
    page.keyboard.press("e")
    page.fill("textarea[name=text]", "Edited.")
    with page.expect_navigation():
        page.click("button[value=edit]")
    assert fetch(catalogue, "SELECT verdict, text FROM caption_choices") == [("edited", "Edited.")]
    page.goto(f"{server.home}/desk?conflict={first}")
    with page.expect_navigation():
        page.keyboard.press("d")
    assert ("dismissed",) in fetch(catalogue, verdicts)
    page.goto(f"{server.home}/inbox")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.wrong == []
