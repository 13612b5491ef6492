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
    page.click("section:has-text('Pictures') a.button")
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
    page.goto(f"{server.home}/review")
    assert "1 decided" in page.inner_text("section:has-text('Pictures')")
    assert "1 put off" in page.inner_text("section:has-text('Pictures')")
    page.click("text=Look at what was put off")
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
