"""Repeats over plain values: kinds, reasons, groups that do not chain, and no dependence on order."""

import random
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.captions.key import caption_key
from media.matching.captions.difference import Wording
from media.matching.captions.echoes import Body, split_sentences
from media.matching.captions.relations import Decisions, relate_keys
from media.matching.captions.repeats import (
    Repeat,
    best_wording,
    can_repeat,
    echoed,
    exact_repeats,
    related,
)
from media.matching.captions.uses import CaptionUse, is_cut_short
from tests.test_repeats import BASES, vary

SARAQEB = "Rebels enter the town of Saraqeb in Idlib province, Syria, Feb. 27, 2020."


def use(
    number: int,
    text: str,
    article: int | None = None,
    *,
    image: str | None = None,
    origin: str = "figcaption",
    evidence: str = "",
) -> CaptionUse:
    return CaptionUse(
        number,
        number,
        number if article is None else article,
        image,
        text,
        caption_key(text),
        None,
        number,
        origin,
        evidence,
    )


def find_repeats(
    uses: Iterable[CaptionUse],
    bodies: Mapping[int, str] | None = None,
    decisions: Decisions | None = None,
) -> list[Repeat]:
    """Every repeat among `uses`, by all steps; `bodies` are the articles' texts by their ids."""
    by_key: dict[str, list[CaptionUse]] = {}
    for use in sorted(uses, key=lambda use: use.placement_id):
        by_key.setdefault(use.key, []).append(use)
    keys = sorted(key for key, uses in by_key.items() if can_repeat(key, uses))
    repeats = [repeat for key in keys for repeat in exact_repeats(by_key[key])]
    for key in keys:
        for article_id, body in (bodies or {}).items():
            shown = [use for use in by_key[key] if use.article_id == article_id]
            repeat = echoed(shown, Body(body)) if shown else None
            if repeat is not None:
                repeats.append(repeat)
    relations = relate_keys(
        keys,
        lambda wanted: {
            key: best_wording(Wording(use.key, use.text, use.credit_line) for use in by_key[key])
            for key in wanted
        },
        cut_short=[key for key in keys if all(is_cut_short(use.text) for use in by_key[key])],
        decisions=decisions,
    )
    for group in relations.groups:
        repeat = related(group, by_key.__getitem__)
        if repeat is not None:
            repeats.append(repeat)
    return sorted(
        repeats,
        key=lambda repeat: (repeat.kind, repeat.members[0].placement_id, repeat.members[-1].placement_id),
    )


def told(repeats: list[Repeat]) -> list[tuple[str, list[int], list[str]]]:
    return [
        (repeat.kind, [m.placement_id for m in repeat.members], [m.difference for m in repeat.members])
        for repeat in repeats
    ]


@pytest.mark.parametrize(
    ("copy", "why"),
    [
        pytest.param(use(2, SARAQEB, 1), "plain repetition", id="plain"),
        pytest.param(
            use(2, SARAQEB, 1, evidence='{"class": "sr-only"}'), "screen-reader copy", id="screen-reader"
        ),
        pytest.param(use(2, SARAQEB, 1, evidence='{"class": "lightbox__caption"}'), "zoom copy", id="zoom"),
        pytest.param(
            use(2, SARAQEB, 1, evidence='{"class": "gallery-item"}'), "gallery", id="gallery-by-class"
        ),
        pytest.param(use(2, SARAQEB, 1, image="b.jpg"), "gallery", id="gallery-by-pictures"),
        pytest.param(use(2, SARAQEB[:-1] + "…", 1), "truncated copy", id="cut-behind-the-last-word"),
    ],
)
def test_a_doubled_caption_says_why(copy: CaptionUse, why: str) -> None:
    first = use(1, SARAQEB, 1, image="a.jpg")

    assert told(find_repeats([copy, first])) == [("doubled", [1, 2], ["", why])]


@pytest.mark.parametrize(
    ("origin", "why"),
    [("alt", "in the picture's alternative text, too"), ("json-ld", "in the page's data (JSON-LD), too")],
)
def test_a_copy_that_is_not_read_doubles_nothing_by_itself_but_is_kept_beside_a_doubled_one(
    origin: str, why: str
) -> None:
    seen, unseen = use(1, SARAQEB, 1), use(3, SARAQEB, 1, origin=origin)

    assert told(find_repeats([seen, unseen])) == []
    assert told(find_repeats([seen, use(2, SARAQEB, 1), unseen])) == [
        ("doubled", [1, 2, 3], ["", "plain repetition", why])
    ]


def test_a_copy_cut_short_within_the_article_is_doubled() -> None:
    repeats = find_repeats([use(1, SARAQEB, 1), use(2, "Rebels enter the town of Saraqeb in Idlib…", 1)])

    assert [(kind, sorted(members)) for kind, members, _ in told(repeats)] == [("doubled", [1, 2])]
    assert "truncated copy" in "".join(repeats[0].members[1].difference)


def test_equal_captions_of_two_articles_are_reused_and_all_their_places_kept() -> None:
    repeats = find_repeats([use(1, SARAQEB, 1), use(2, SARAQEB, 1), use(3, SARAQEB.upper(), 2)])

    assert [(kind, members) for kind, members, _ in told(repeats)] == [
        ("doubled", [1, 2]),
        ("reused", [1, 2, 3]),
    ]


def test_the_caption_inside_a_picture_and_the_page_that_shows_it_are_one_use() -> None:
    embedded = CaptionUse(2, 2, None, "aa", SARAQEB, caption_key(SARAQEB), None, 0, "iptc")

    assert find_repeats([use(1, SARAQEB, 1, image="aa"), embedded]) == []
    assert len(find_repeats([use(1, SARAQEB, 1, image="bb"), embedded])) == 1


def test_an_edit_and_a_changed_fact_are_two_groups() -> None:
    repeats = find_repeats(
        [use(1, SARAQEB), use(2, SARAQEB.replace("town", "twon")), use(3, SARAQEB.replace("27", "28"))]
    )

    groups = {(kind, tuple(sorted(members))) for kind, members, _ in told(repeats)}
    assert ("edited", (1, 2)) in groups
    assert ("changed-fact", (1, 3)) in groups
    assert not any(kind == "edited" and 3 in members for kind, members in groups)


def test_groups_do_not_chain_through_what_both_hold() -> None:
    held = "Rebels enter the town of Saraqeb in Idlib province."
    one, other = f"{held} The army fled.", f"{held} A market was burning."

    repeats = find_repeats([use(1, held), use(2, one), use(3, other)])

    assert told(repeats) == [
        ("extended", [1, 3, 2], ["", "added: 'A market was burning'", "added: 'the army fled'"])
    ]


def test_edits_do_not_chain_to_other_names() -> None:
    names = ["Marina", "Marin", "Maris", "Mauris", "Maurice"]
    uses = [
        use(n, f"The singer {name} greets her fans at the old harbour of Odessa")
        for n, name in enumerate(names)
    ]

    for repeat in find_repeats(uses):
        members = {names[m.placement_id] for m in repeat.members}
        assert repeat.kind != "edited" or not {"Marina", "Maurice"} <= members


@pytest.mark.parametrize(
    "text",
    ["FILE PHOTO", "Getty Images", "(AP Photo)", "Donald Trump", "🙂🙂🙂", "x", "", "資料写真", "<b></b>"],
)
def test_captions_that_say_too_little_are_never_grouped(text: str) -> None:
    assert find_repeats([use(number, text) for number in range(5)]) == []


def test_markup_and_sql_are_words_like_others() -> None:
    text = "<script>alert(1)</script>'; DROP TABLE captions; -- rebels enter the town"

    assert [repeat.kind for repeat in find_repeats([use(1, text), use(2, text)])] == ["reused"]


def test_a_series_of_one_article_is_no_changed_fact() -> None:
    uses = [use(n, f"The fans of the home team celebrate in Lima on July {n}, 2011.", 1) for n in range(1, 5)]

    assert find_repeats(uses) == []


def test_decisions_are_respected() -> None:
    typo = SARAQEB.replace("town", "twon")
    other = "Fighters drive into a place that they have taken."
    uses = [use(1, SARAQEB), use(2, typo), use(3, other)]
    keys = caption_key(SARAQEB), caption_key(typo)
    apart = Decisions(different=frozenset([(min(keys), max(keys))]))
    pair = caption_key(SARAQEB), caption_key(other)
    together = Decisions(same=frozenset([(min(pair), max(pair))]))

    assert find_repeats(uses, None, apart) == []
    assert {m.placement_id for r in find_repeats(uses, None, together) for m in r.members} == {1, 2, 3}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_the_captions_does_not_matter(seed: int) -> None:
    draw = random.Random(seed)
    uses = [use(n, vary(vary(draw.choice(BASES), draw), draw), draw.randrange(12)) for n in range(25)]
    bodies = {article: " ".join(draw.sample(BASES, 2)) for article in range(12)}
    shuffled = draw.sample(uses, len(uses))

    assert find_repeats(shuffled, bodies) == find_repeats(uses, bodies)


def test_a_hundred_thousand_identical_captions_are_one_repeat() -> None:
    key = caption_key(SARAQEB)
    uses = [CaptionUse(n, 1, n, None, SARAQEB, key) for n in range(100_000)]

    (repeat,) = find_repeats(uses)

    assert (repeat.kind, repeat.articles, len(repeat.members)) == ("reused", 100_000, 100_000)


def test_captions_of_a_megabyte_are_matched() -> None:
    long = " ".join(f"word{number % 5000}" for number in range(110_000))
    uses = [
        use(1, long),
        use(2, long + " and more"),
        use(3, long.replace("word17 ", "wrod17 ", 1)),
        use(4, SARAQEB),
    ]

    assert {repeat.kind for repeat in find_repeats(uses)} >= {"extended"}


# --- Echoes -----------------------------------------------------------------------------------------

LEDE = "Turkey-backed fighters on Thursday retook a strategic town in Syria, opposition activists said."
BODY = f"BEIRUT - {LEDE}\nIt sits on the highway to Damascus. Sen. Smith said on Feb. 27 that it was lost."


@pytest.mark.parametrize(
    ("caption", "said"),
    [
        pytest.param(LEDE, "the lede says it", id="the-lede"),
        pytest.param(
            LEDE.replace("a strategic", "a stretegic"), "the lede says nearly the same", id="with-a-slip"
        ),
        pytest.param(f"Smoke rises over Idlib. {LEDE} (AP)", "the lede says it", id="one-sentence-of-it"),
        pytest.param("It sits on the highway to Damascus", "the body says it", id="later-in-the-body"),
    ],
)
def test_a_caption_that_the_body_says_is_an_echo(caption: str, said: str) -> None:
    echo = Body(BODY).find_echo(caption)

    assert echo is not None
    assert str(echo).startswith(said + ": ")


@pytest.mark.parametrize(
    "caption",
    [
        pytest.param(
            "Fighters retook a town in Iraq after the army of Baghdad had left it, officials said.",
            id="other-event",
        ),
        pytest.param("the highway to Damascus", id="too-few-words"),
        pytest.param(
            "Syria opposition activists said Thursday strategic Turkey backed town retook fighters",
            id="same-words-shuffled",
        ),
        pytest.param("", id="empty"),
    ],
)
def test_a_caption_with_some_words_of_the_body_is_no_echo(caption: str) -> None:
    assert Body(BODY).find_echo(caption) is None


def test_an_echo_in_a_script_without_spaces() -> None:
    body = Body("習近平国家主席は北京の会議で演説した。会場は満員だった。")

    assert body.find_echo("習近平国家主席は北京の会議で演説した") is not None
    assert body.find_echo("習近平国家主席は上海を訪れて工場を見学した") is None


def test_sentences_are_not_broken_at_abbreviations() -> None:
    assert split_sentences(
        "Sen. Smith spoke on Feb. 27, 2020. He left at 5 p.m. Tuesday. “Go!” They did."
    ) == [
        "Sen. Smith spoke on Feb. 27, 2020.",
        "He left at 5 p.m. Tuesday.",
        "“Go!”",
        "They did.",
    ]


@pytest.mark.parametrize("body", ["word " * 200_000, "a." * 400_000, "Turkey-backed fighters " * 40_000])
def test_a_megabyte_of_body_is_searched_in_one_pass(body: str) -> None:
    Body(body).find_echo(LEDE)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("standing in front of …", True),
        ("standing [...]", True),
        ("standing...", True),
        ("standing.", False),
        ("... standing", False),
    ],
)
def test_an_ellipsis_at_the_end_cuts_a_caption_short(text: str, cut: bool) -> None:
    assert is_cut_short(text) == cut


def test_an_echo_quotes_the_sentence_that_says_it_and_not_the_one_before() -> None:
    body = Body(
        "The council met on Monday in the old town hall of Tessen. Firefighters carry a hose past the burned grain"
        " terminal at Port Avel harbour this morning. Nobody was hurt."
    )
    echo = body.find_echo(
        "Firefighters carry a long hose past the burned grain terminal at Port Avel harbour."
    )
    assert echo is not None
    assert echo.sentence.startswith("Firefighters carry a hose")
    assert not echo.is_lede
