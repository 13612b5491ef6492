"""Groups: every member is verified against the keeper, whatever the order, at linear cost."""

import random
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.matching.pictures.candidate_graph import CANDIDATES_KEPT, CandidateGraph
from media.matching.pictures.fragments import join_fragments
from media.matching.pictures.grouping import (
    KEEPERS_TRIED,
    Group,
    adopt_leftovers,
    group_pictures,
)


def graph_of(likely: Mapping[tuple[int, int], float]) -> CandidateGraph:
    graph = CandidateGraph()
    left, right = np.array([sorted(pair) for pair in likely], np.int64).reshape(-1, 2).T
    graph.add_pairs(left, right, np.array(list(likely.values())))
    return graph


def group(pairs: set[tuple[int, int]], matching: set[tuple[int, int]] | None = None) -> list[Group]:
    """Groups of the pictures in ``pairs``, of which those in ``matching`` (by default all) verify."""
    graph = graph_of(dict.fromkeys(pairs, 1.0))
    good = pairs if matching is None else matching
    found = []
    for component in graph.components():
        found += group_pictures(
            component, graph.candidates, lambda a, b: (a, b) in good or (b, a) in good, lambda a, b: False
        )
    return found


def test_chain_is_not_one_group():
    """0 ~ 1 ~ 2, but 0 and 2 are unlike: 2 is not drawn into the group of 0 by 1."""
    assert group({(0, 1), (1, 2)}) == [Group(0, (1,)), Group(2, ())]


def test_long_chain_falls_into_groups_around_keepers():
    links = {(k, k + 1) for k in range(9)}
    assert group(links) == [Group(k, (k + 1,)) for k in range(0, 10, 2)]


def test_pictures_that_all_match_are_one_group_of_the_best():
    pairs = {(a, b) for a in range(6) for b in range(a + 1, 6)}
    assert group(pairs) == [Group(0, (1, 2, 3, 4, 5))]


def test_candidates_that_do_not_verify_stay_apart():
    assert group({(0, 1), (1, 2)}, matching=set()) == [Group(0, ()), Group(1, ()), Group(2, ())]


def test_member_found_through_another_member_is_verified_against_the_keeper():
    """2 is a candidate of 1 only, but 1 is in the group of 0, and 0 matches 2."""
    assert group({(0, 1), (1, 2)}, matching={(0, 1), (0, 2)}) == [Group(0, (1, 2))]


def test_groups_that_share_a_picture_become_one_where_their_keepers_match():
    """0 and 1 are no candidates of one another, but 2 matches both."""
    assert group({(0, 2), (1, 2), (1, 3)}, matching={(0, 2), (1, 2), (0, 1), (0, 3), (1, 3)}) == [
        Group(0, (1, 2, 3))
    ]


def test_joined_group_keeps_only_what_matches_its_keeper():
    found = group({(0, 2), (1, 2), (1, 3)}, matching={(0, 2), (1, 2), (0, 1), (1, 3)})
    assert found == [Group(0, (1, 2)), Group(3, ())]


def test_what_a_person_told_apart_never_shares_a_group():
    graph = graph_of(dict.fromkeys(((0, 1), (0, 2), (1, 2)), 1.0))
    found = group_pictures([0, 1, 2], graph.candidates, lambda a, b: True, lambda a, b: {a, b} == {1, 2})
    assert found == [Group(0, (1,)), Group(2, ())]


edges = st.sets(
    st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda pair: pair[0] < pair[1]), max_size=40
)


@settings(max_examples=200, deadline=None)
@given(pairs=edges, matching=edges, seed=st.integers(0, 5))
def test_every_member_is_verified_and_order_does_not_matter(
    pairs: set[tuple[int, int]], matching: set[tuple[int, int]], seed: int
):
    groups = group(pairs, matching)
    for each in groups:
        for member in each.members:
            assert (min(each.keeper, member), max(each.keeper, member)) in matching
    grouped = [number for each in groups for number in (each.keeper, *each.members)]
    assert sorted(grouped) == sorted({number for pair in pairs for number in pair})
    shuffled = list(pairs)
    random.Random(seed).shuffle(shuffled)
    graph = graph_of(dict.fromkeys(shuffled, 1.0))
    again = [
        each
        for component in graph.components()
        for each in group_pictures(
            component, graph.candidates, lambda a, b: (min(a, b), max(a, b)) in matching, lambda a, b: False
        )
    ]
    assert again == groups


@pytest.mark.parametrize("copies", [1000, 3000])
def test_many_copies_cost_linear_work(copies: int):
    """Everything is a candidate of everything near it: memory and verifications stay in proportion."""
    near = {(left, right) for right in range(copies) for left in (0, *range(max(0, right - 90), right))}
    graph = graph_of(dict.fromkeys(near - {(0, 0)}, 1.0))
    assert max(len(known) for known in graph.candidates.values()) <= CANDIDATES_KEPT
    verified = 0

    def verify(keeper: int, picture: int) -> bool:
        nonlocal verified
        verified += 1
        return True

    (component,) = graph.components()
    assert group_pictures(component, graph.candidates, verify) == [Group(0, tuple(range(1, copies)))]
    assert verified <= copies * KEEPERS_TRIED


def joined(
    groups: list[Group], likely: dict[tuple[int, int], float], matching: set[tuple[int, int]]
) -> list[Group]:
    graph = graph_of(likely)
    pictures = [picture for group in groups for picture in (group.keeper, *group.members)]
    return join_fragments(
        groups,
        graph.candidates,
        {picture: picture for picture in pictures},
        lambda a, b: (a, b) in matching or (b, a) in matching,
    )


def test_groups_whose_keepers_do_not_match_become_one_around_what_all_others_show():
    """0 is a framed copy and 1 a faded one: 2 to 5 are of the same photograph, which 3 shows best."""
    likely = {(3, other): 3.0 for other in (0, 1, 2, 4, 5)} | {(0, 2): 1.0, (1, 4): 1.0, (4, 5): 1.0}
    matching = {(3, other) for other in (0, 1, 2, 4, 5)} | {(4, 5), (4, 1), (5, 1), (2, 0), (4, 3)}
    assert joined([Group(0, (2, 3)), Group(1, (4, 5))], likely, matching) == [Group(3, (0, 1, 2, 4, 5))]


def test_what_the_middle_does_not_match_stays_with_its_old_keeper():
    likely = {(2, other): 3.0 for other in (0, 3, 4, 5, 6)} | {(0, 1): 0.5}
    matching = {(2, other) for other in (3, 4, 5, 6)} | {(0, 1)}
    found = joined([Group(0, (1, 2, 5)), Group(3, (4, 6))], likely, matching)
    assert found == [Group(0, (1,)), Group(2, (3, 4, 5, 6))]


def test_chain_stays_apart_however_likely_its_links_are():
    """0 ~ 1 ~ 2: the likeliest of the first group does not match 2."""
    assert joined([Group(0, (1,)), Group(2, ())], {(0, 1): 3.0, (1, 2): 3.0}, {(0, 1), (1, 2)}) == [
        Group(0, (1,)),
        Group(2, ()),
    ]


@given(
    st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1])),
    st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1])),
)
def test_joining_keeps_every_member_verified_and_in_one_group(
    pairs: set[tuple[int, int]], matching: set[tuple[int, int]]
):
    found = joined(group(pairs, pairs & matching), dict.fromkeys(pairs, 3.0), matching)
    members = [picture for each in found for picture in (each.keeper, *each.members)]
    assert len(members) == len(set(members))
    for each in found:
        for member in each.members:
            assert {(each.keeper, member), (member, each.keeper)} & matching


def adopted(
    groups: list[Group],
    likely: dict[tuple[int, int], float],
    matching: set[tuple[int, int]],
    through: set[tuple[int, int, int]] = frozenset(),
    apart: set[frozenset[int]] = frozenset(),
) -> tuple[list[Group], int]:
    """Groups after leftovers were compared, and how many pairs were looked at for that."""
    looked = 0

    def verify(a: int, b: int) -> bool:
        nonlocal looked
        looked += 1
        return (a, b) in matching or (b, a) in matching

    pictures = [picture for each in groups for picture in (each.keeper, *each.members)]
    found = adopt_leftovers(
        groups,
        graph_of(likely).candidates,
        {picture: picture for picture in pictures},
        verify,
        lambda *three: three in through,
        lambda a, b: frozenset((a, b)) in apart,
    )
    return found, looked


def test_what_shows_a_member_joins_where_the_keeper_is_seen_in_the_same_place():
    groups, likely = [Group(0, (1, 2)), Group(3, ())], {(1, 3): 2.0, (2, 3): 1.0}
    found, _ = adopted(groups, likely, {(1, 3)}, {(0, 1, 3)})
    assert found == [Group(0, (1, 2, 3))]
    # Not where only the member is seen, nor where a person told it apart from any of the group.
    assert adopted(groups, likely, {(1, 3)})[0] == groups
    assert adopted(groups, likely, {(1, 3)}, {(0, 1, 3)}, {frozenset((2, 3))})[0] == groups


def test_two_leftovers_that_match_are_a_group_of_the_better_one():
    found, _ = adopted([Group(0, ()), Group(1, ()), Group(2, ())], {(0, 2): 1.0, (1, 2): 1.0}, {(1, 2)})
    assert found == [Group(0, ()), Group(1, (2,))]


def test_leftovers_are_compared_with_a_bounded_number():
    """Two of the group, and four others: candidates that are leftovers themselves have but this one."""
    groups = [Group(0, tuple(range(1, 12))), *(Group(12 + k, ()) for k in range(13))]
    likely = {(member, 12): 1.0 for member in range(12)} | {(12, 13 + k): 0.5 for k in range(12)}
    found, looked = adopted(groups, likely, set())
    assert found == groups
    assert looked == KEEPERS_TRIED + 12


def linked(
    groups: list[Group], matching: set[tuple[int, int]], links: set[tuple[int, int]], **options: object
) -> list[Group]:
    """Join groups between which there are no candidates, only pairs that were verified."""
    copies: dict[int, set[int]] = {}
    for one, other in links:
        copies.setdefault(one, set()).add(other)
        copies.setdefault(other, set()).add(one)
    pictures = [picture for group in groups for picture in (group.keeper, *group.members)]
    return join_fragments(
        groups,
        {},
        {picture: picture for picture in pictures},
        lambda a, b: (a, b) in matching or (b, a) in matching,
        copies_of=lambda picture: copies.get(picture, set()),
        **options,  # type: ignore[arg-type]
    )


FRAGMENTS = [Group(0, (2, 3)), Group(1, (4, 5))]
SHOWN_BY_3 = {(3, other) for other in (0, 1, 2, 4, 5)}


def test_groups_that_two_pairs_of_copies_lead_to_become_one():
    """0 is a detail and 1 a framed copy: neither shows the other, 3 is a copy of all."""
    assert linked(FRAGMENTS, SHOWN_BY_3, {(0, 2), (0, 3), (1, 4), (1, 5), (3, 4), (3, 5)}) == [
        Group(3, (0, 1, 2, 4, 5))
    ]


def test_groups_that_one_pair_leads_to_stay_apart():
    """Two screenshots of one site may match by their furniture."""
    assert linked(FRAGMENTS, SHOWN_BY_3, {(0, 2), (0, 3), (1, 4), (1, 5), (3, 4)}) == FRAGMENTS


def test_a_collage_is_no_middle_of_a_group():
    links = {(0, 2), (0, 3), (1, 4), (1, 5), (3, 4), (3, 5)}
    assert linked(FRAGMENTS, SHOWN_BY_3, links, may_keep=lambda group: group.keeper != 3) == FRAGMENTS


def test_what_is_found_by_way_of_others_is_looked_for_again():
    """3 shows 4 only once its match with 5 is known."""
    known: set[int] = set()

    def verify(keeper: int, picture: int) -> bool:
        pair = {keeper, picture}
        if pair == {3, 4} and 5 not in known:
            return False
        known.add(picture)
        return pair in [set(each) for each in SHOWN_BY_3]

    found = join_fragments(
        FRAGMENTS,
        {},
        {n: n for n in range(6)},
        verify,
        copies_of=lambda n: {3: [4, 5], 4: [3], 5: [3]}.get(n, []),
    )
    assert found == [Group(3, (0, 1, 2, 4, 5))]
