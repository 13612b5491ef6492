"""Articles that are one story, and articles that only look so."""

import random

import numpy as np
import pytest

from benchmarks.stories.__main__ import score
from benchmarks.stories.archive import Writer, make
from media.matching.articles.addresses import read_address
from media.matching.articles.near import Bodies
from media.matching.articles.overlap import find_shared, gather
from media.matching.articles.prints import join_prints, pack, read_prints, unpack
from media.matching.articles.scopes import Place, find_scopes, widest
from media.matching.articles.stories import (
    ArticleUse,
    Story,
    Verdicts,
    find_stories,
    number_headlines,
    shared_pages,
)


def use(number: int, body: int, url: str | None, when: str = "2024-01-01", headline: str = "") -> ArticleUse:
    address = read_address(url) if url else None
    return ArticleUse(
        number,
        body,
        address.address if address else None,
        address.page if address else None,
        None,
        address.publisher if address else "folder",
        headline,
        when,
        number,
    )


def stories(
    texts: list[str],
    urls: list[str | None],
    times: list[str] | None = None,
    verdicts: Verdicts | None = None,
    headline: str = "",
) -> list[Story]:
    known: dict[str, int] = {}
    numbers = [known.setdefault(text, len(known)) for text in texts]
    times = times or ["2024-01-01"] * len(texts)
    uses = [
        use(n, body, url, when, headline)
        for n, (body, url, when) in enumerate(zip(numbers, urls, times, strict=True))
    ]
    publishers: dict[str, int] = {}
    of_body = np.full(len(known), -1)
    for each in uses:
        if each.address is not None and of_body[each.body] < 0:
            of_body[each.body] = publishers.setdefault(str(each.publisher), len(publishers))
    pages: dict[str, int] = {}
    of_page = np.full(len(known), -1)
    for each in uses:
        if of_page[each.body] < 0:
            of_page[each.body] = pages.setdefault(each.page or f"article {each.id}", len(pages))
    headlines = number_headlines(uses, len(known))
    return list(find_stories(uses, Bodies(read_prints(known), of_body, of_page, headlines), verdicts))


def members(found: list[Story]) -> list[list[tuple[int, str]]]:
    return [[(member.article.id, member.kind) for member in story.members] for story in found]


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(7)


def text(sentences: list[str]) -> str:
    return "\n".join(sentences)


def test_a_wire_with_another_lede_cut_and_reworded_is_a_copy(writer: Writer) -> None:
    body = writer.sentences(20)
    copy = writer.sentences(1) + writer.reword(body[1:14], 0.01)
    found = stories(
        [text(body), text(copy)], ["https://a.example/1", "https://b.example/2"], ["2024-01-01", "2024-01-02"]
    )
    assert members(found) == [[(0, "original"), (1, "copy")]]
    assert found[0].members[1].evidence["by"] == "body"


def test_captures_versions_and_copies_are_told_apart(writer: Writer) -> None:
    body = text(writer.sentences(12))
    urls = ["https://a.example/1", "https://www.a.example/1", "https://m.a.example/1", "https://b.example/9"]
    found = stories([body] * 4, urls, ["2024-01-01", "2024-02-01", "2024-02-02", "2024-03-01"])
    assert members(found) == [[(0, "original"), (1, "capture"), (2, "version"), (3, "copy")]]


def test_reports_that_differ_in_figures_only_are_other_stories(writer: Writer) -> None:
    form = writer.market[0]
    texts = [text(writer.fill(form, figures=True)) for _ in range(4)]
    assert stories(texts, [f"https://a.example/{n}" for n in range(4)]) == []


def test_an_update_that_changes_one_figure_is_the_same_story(writer: Writer) -> None:
    body = [
        *writer.sentences(6),
        "Officials said that about 12 people were hurt in the fire on the quay.",
        *writer.sentences(8),
    ]
    later = [sentence.replace("about 12 people", "about 15 people") for sentence in body]
    found = stories([text(body), text(later)], ["https://a.example/1", "https://b.example/1"])
    assert len(found) == 1
    assert found[0].members[1].evidence["facts_changed"] == 1


def test_stories_with_the_same_background_are_not_joined_by_it(writer: Writer) -> None:
    background = writer.sentences(5)
    texts = [text(writer.sentences(7) + background) for _ in range(12)]
    assert stories(texts, [f"https://p{n}.example/1" for n in range(12)]) == []


def test_a_short_story_that_many_houses_printed_is_no_background(writer: Writer) -> None:
    """All of it stands in a dozen texts, as a background paragraph does, but it is the most of each."""
    body = writer.sentences(6)
    texts = [text(writer.sentences(1) + body[n % 2 :] + writer.sentences(1)) for n in range(12)]
    texts += [text(writer.sentences(8) + writer.backgrounds[0]) for _ in range(12)]
    found = stories(texts, [f"https://p{n}.example/1" for n in range(24)])
    assert [len(story.members) for story in found] == [12]


@pytest.mark.parametrize(
    ("houses", "headline", "joined"),
    [
        pytest.param(2, "", True, id="two-texts"),
        pytest.param(5, "", False, id="what-several-unlike-texts-hold-is-background"),
        pytest.param(5, "Ferry to Port Avel runs aground", True, id="under-one-headline-it-is-a-story"),
        pytest.param(5, "The weather", False, id="a-headline-that-says-nothing"),
    ],
)
def test_a_passage_of_less_than_half_joins_what_nothing_else_speaks_against(
    houses: int, headline: str, joined: bool
) -> None:
    writer = Writer(5)
    passage = writer.sentences(6)
    texts = [text(passage + writer.sentences(8)) for _ in range(houses)]
    found = stories(texts, [f"https://p{n}.example/1" for n in range(houses)], headline=headline)
    assert [len(story.members) for story in found] == [houses] * joined


def test_a_digest_joins_none_of_the_stories_that_it_holds(writer: Writer) -> None:
    bodies = [writer.sentences(6) for _ in range(5)]
    digest = [sentence for body in bodies for sentence in body]
    texts = [text(body) for body in bodies] + [text(digest)]
    assert stories(texts, [f"https://p{n}.example/1" for n in range(6)]) == []


def test_live_blogs_share_a_stub_and_no_story(writer: Writer) -> None:
    texts = [text(writer.sentences(4) + writer.live_stub) for _ in range(10)]
    assert stories(texts, [f"https://a.example/live/{n}" for n in range(10)]) == []


def test_short_pages_are_one_story_only_at_one_address() -> None:
    found = stories(["Page not found.", "Page not found."], ["https://a.example/1", "https://b.example/1"])
    assert found == []
    found = stories(["Page not found.", "Page not found."], ["https://a.example/1", "https://a.example/1"])
    assert members(found) == [[(0, "original"), (1, "capture")]]


def test_other_content_at_one_address_is_another_story(writer: Writer) -> None:
    texts = [text(writer.sentences(12)), text(writer.sentences(12))]
    assert stories(texts, ["https://a.example/", "https://a.example/"], ["2024-01-01", "2024-02-01"]) == []


def test_texts_without_spaces_are_compared_too() -> None:
    pick = random.Random(3)
    signs = [chr(code) for code in range(0x4E00, 0x5200)]
    body = ["".join(pick.choices(signs, k=40)) + "。" for _ in range(12)]
    other = ["".join(pick.choices(signs, k=40)) + "。" for _ in range(12)]
    texts = [text(body), text(body[1:10]), text(other)]
    found = stories(texts, [f"https://p{n}.example/1" for n in range(3)])
    assert members(found) == [[(0, "original"), (1, "copy")]]


def test_a_persons_verdict_counts_more_than_the_text(writer: Writer) -> None:
    one, other = text(writer.sentences(12)), text(writer.sentences(12))
    urls: list[str | None] = ["https://a.example/1", "https://b.example/1"]
    assert members(stories([one, other], urls, verdicts=Verdicts(same=frozenset({(0, 1)})))) == [
        [(0, "original"), (1, "copy")]
    ]
    assert stories([one, one + "\nMore."], urls, verdicts=Verdicts(different=frozenset({(0, 1)}))) == []


def test_stories_do_not_depend_on_the_order_of_reading() -> None:
    articles = list(make(400, seed=5))

    def grouped(order: list[int]) -> set[frozenset[int]]:
        shuffled = [articles[number] for number in order]
        found = stories(
            [a.body for a in shuffled], [a.url for a in shuffled], [a.captured_at for a in shuffled]
        )
        return {frozenset(order[member.article.id] for member in story.members) for story in found}

    order = list(range(len(articles)))
    first = grouped(order)
    random.Random(1).shuffle(order)
    assert grouped(order) == first


def test_planted_stories_are_found() -> None:
    articles = list(make(3000, seed=11))
    found = stories([a.body for a in articles], [a.url for a in articles], [a.captured_at for a in articles])
    scores = score(
        [(a.story, a.kind, a.url) for a in articles],
        [[m.article.id for m in story.members] for story in found],
    )
    assert float(str(scores["precision"])) >= 0.98
    assert float(str(scores["recall"])) >= 0.85


def test_prints_survive_being_kept() -> None:
    bodies = [
        "",
        "Ein kurzer Satz.",
        "The ferry of 7 a.m. left Port Avel for Tessen late. " * 9,
        "日本語の本文です。" * 20,
    ]
    prints = read_prints(bodies)
    again = unpack(list(pack(prints)))
    joined = join_prints([read_prints([body]) for body in bodies])
    for other in (again, joined):
        for name in ("words", "rates", "shingle_ends", "shingles", "fact_ends", "contexts", "facts"):
            assert np.array_equal(getattr(prints, name), getattr(other, name)), name


def test_kept_prints_that_are_cut_short_are_refused() -> None:
    value = next(
        pack(read_prints(["The ferry left Port Avel for Tessen at seven in the morning on Monday."]))
    )
    with pytest.raises(ValueError, match="body"):
        unpack([value[:-4]])


def test_accents_capitals_and_apostrophes_do_not_count() -> None:
    one = "L’été à Tessen : l'équipe n’a pas gagné la coupe, dit le maire devant la gare."
    other = "L'ETE A TESSEN : L'EQUIPE N'A PAS GAGNE LA COUPE, DIT LE MAIRE DEVANT LA GARE."
    prints = read_prints([one, other])
    assert np.array_equal(
        prints.shingles[: prints.shingle_ends[0]], prints.shingles[prints.shingle_ends[0] :]
    )


def place(
    article: int | None, story: int | None, page: int | None, address: str | None, publisher: str = "a"
) -> Place:
    return Place(article, story, page, address, publisher)


def test_every_place_of_a_caption_has_its_scope() -> None:
    places = [
        place(1, 1, 1, "a/1"),
        place(1, 1, 1, "a/1"),
        place(2, 1, 1, "a/1"),
        place(3, 1, 1, "m.a/1"),
        place(4, 1, 2, "a/1-update"),
        place(5, 1, 3, "b/1", "b"),
        place(6, None, 4, "a/9"),
        place(7, None, 4, "a/9"),
        place(None, None, None, None),
    ]
    scopes = find_scopes(places)
    assert scopes == [
        None,
        None,
        "recapture",
        "variant",
        "variant",
        "syndicated",
        "other-story",
        "recapture",
        None,
    ]
    assert widest(scopes) == "other-story"
    assert widest([None, None]) is None


def test_a_canonical_that_unlike_pages_share_is_not_believed(writer: Writer) -> None:
    texts = [text(writer.sentences(12)) for _ in range(3)]
    uses = [
        ArticleUse(n, n, f"a.example/{n}", f"a.example/{n}", "a.example/home", "a.example", "", "", n)
        for n in range(3)
    ]
    found = list(find_stories(uses, Bodies(read_prints(texts))))
    assert shared_pages(uses, found) == {0: "a.example/0", 1: "a.example/1", 2: "a.example/2"}


def test_what_rows_share_is_what_sets_share_and_rows_that_are_no_sets_are_refused() -> None:
    pick = random.Random(5)
    common = [pick.randrange(2**32) for _ in range(80)]
    sets = [
        {pick.randrange(2**32) for _ in range(pick.randrange(40))}
        | set(pick.sample(common, pick.randrange(40)))
        for _ in range(50)
    ]
    sets[7] = set()
    hashes = np.array([value for each in sets for value in sorted(each)], np.uint32)
    lengths = np.array([len(each) for each in sets])
    starts = np.cumsum(lengths) - lengths
    left, right = np.array([pick.sample(range(50), 2) for _ in range(200)]).T
    counts, places = find_shared(
        gather(hashes, starts[left], lengths[left]), gather(hashes, starts[right], lengths[right])
    )
    found = np.split(places, np.cumsum(counts)[:-1])
    for one, other, met in zip(left, right, found, strict=True):
        assert [sorted(sets[one])[place] for place in met] == sorted(sets[one] & sets[other])
    with pytest.raises(ValueError, match="not sorted"):
        gather(np.array([1, 3, 3], np.uint32), np.array([0]), np.array([3]))


def test_the_furniture_of_a_house_joins_none_of_its_texts(writer: Writer) -> None:
    """Seven short texts of a house with long furniture: more of each is furniture than story."""
    furniture = writer.sentences(9)
    texts = [text(writer.sentences(5) + furniture) for _ in range(7)]
    assert stories(texts, [f"https://www.a.example/{n}" for n in range(7)]) == []


def test_a_stub_is_stock_though_most_texts_keep_only_half_of_it(writer: Writer) -> None:
    """Two short texts keep shingles of a stub that the longer ones leave out: they are no copies of one another."""
    stub = writer.sentences(5)
    long = [text(writer.sentences(20) + stub) for _ in range(12)]
    short = [text(writer.sentences(3) + stub) for _ in range(2)]
    assert stories([*long, *short], [f"https://p{n}.example/1" for n in range(14)]) == []
