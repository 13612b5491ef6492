"""Dates in captions: one table a form and language, with the near misses."""

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.captions.dates import find_dates
from media.captions.months import MONTHS


def found(text: str) -> list[tuple[str, str]]:
    return [(text[date.start : date.end], date.iso) for date in find_dates(text)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Feb. 27, 2020", id="english-wire"),
        pytest.param("Thursday, Feb. 27, 2020", id="english-weekday"),
        pytest.param("27th of February 2020", id="english-ordinal"),
        pytest.param("FEBRUARY 27 2020", id="english-capitals"),
        pytest.param("Donnerstag, 27. Februar 2020", id="german"),
        pytest.param("27 февраля 2020 года", id="russian-year"),
        pytest.param("27 lutego 2020 r.", id="polish-year"),
        pytest.param("jeudi 27 février 2020", id="french"),
        pytest.param("jueves 27 de febrero de 2020", id="spanish"),
        pytest.param("giovedì 27 febbraio 2020", id="italian"),
        pytest.param("27 de fevereiro de 2020", id="portuguese"),
        pytest.param("donderdag 27 februari 2020", id="dutch"),
        pytest.param("27 февраля 2020", id="russian"),
        pytest.param("27 lutego 2020", id="polish"),
        pytest.param("27 Şubat 2020", id="turkish"),
        pytest.param("27 فبراير 2020", id="arabic-egypt"),
        pytest.param("٢٧ شباط ٢٠٢٠", id="arabic-levant-own-digits"),
        pytest.param("2020年2月27日", id="chinese"),
        pytest.param("令和2年2月27日", id="japanese-era"),
        pytest.param("2020년 2월 27일", id="korean"),
        pytest.param("27 лютого 2020", id="ukrainian"),
        pytest.param("27. února 2020", id="czech"),
        pytest.param("2020-02-27", id="iso"),
        pytest.param("2020/2/27", id="year-first"),
        pytest.param("27.02.2020", id="full-stops"),
        pytest.param("27. 2. 2020", id="full-stops-and-spaces"),
        pytest.param("27/02/2020", id="slashes-one-reading"),
        pytest.param("2/27/2020", id="slashes-american"),
    ],
)
def test_one_day_written_in_many_ways_is_one_date(text: str) -> None:
    caption = f"Rebels enter Saraqeb ({text})"

    assert found(caption) == [(text, "2020-02-27")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("seen in May 2020.", [("May 2020", "2020-05")], id="month-and-year"),
        pytest.param("on Oct. 7 near", [("Oct. 7", "--10-07")], id="no-year"),
        pytest.param("le 1er mai", [("1er mai", "--05-01")], id="first-of-may"),
        pytest.param("Feb. 27-28, 2020", [("Feb. 27-28, 2020", "2020-02-27/2020-02-28")], id="days"),
        pytest.param("27–28 Feb 2020", [("27–28 Feb 2020", "2020-02-27/2020-02-28")], id="days-first"),
        pytest.param("同国で2019年5月", [("2019年5月", "2019-05")], id="japanese-month"),
        pytest.param("12 set 2020", [("12 set 2020", "2020-09-12")], id="weak-month-between-day-and-year"),
        pytest.param(
            "Feb. 29, 2020 and March 1, 2020",
            [("Feb. 29, 2020", "2020-02-29"), ("March 1, 2020", "2020-03-01")],
            id="two",
        ),
        pytest.param("10:30 May 5, 2020", [("May 5, 2020", "2020-05-05")], id="time-is-no-day"),
    ],
)
def test_a_date_is_known_as_far_as_it_is_named(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("03/04/2020", id="two-readings"),
        pytest.param("a set 12 people bought", id="set-is-a-word"),
        pytest.param("2 years ago 2020 people", id="ago-is-a-word"),
        pytest.param("5 may be dead", id="may-is-a-verb"),
        pytest.param("the 3 march on", id="march-is-a-verb"),
        pytest.param("raised May 5.2 million", id="amount"),
        pytest.param("Feb. 30, 2020", id="no-such-day"),
        pytest.param("2019-02-29", id="no-leap-year"),
        pytest.param("the May 1990s", id="decade"),
        pytest.param("version 1.10.2020.3", id="version-number"),
        pytest.param("Maya 12", id="name-that-begins-like-a-month"),
        pytest.param("won 6-4, 7-5", id="score"),
        pytest.param("13月45日", id="no-such-month"),
        pytest.param("二人の写真", id="no-digit"),
    ],
)
def test_what_only_looks_like_a_date_is_left_alone(text: str) -> None:
    assert found(text) == []


@given(
    st.dates(min_value=datetime.date(1000, 1, 1), max_value=datetime.date(2199, 12, 31)),
    st.sampled_from(sorted(MONTHS)),
)
def test_every_month_name_reads_back(day: datetime.date, name: str) -> None:
    day = day.replace(day=min(day.day, 28), month=MONTHS[name])

    assert found(f"in Rom, {day.day} {name} {day.year:04d}: Menschen") == [
        (f"{day.day} {name} {day.year:04d}", day.isoformat())
    ]


@given(st.text(alphabet="0123456789 .,-/:年月日MayFeb\u0660\u0967thde", max_size=80))
def test_dates_come_in_order_and_do_not_overlap(text: str) -> None:
    dates = find_dates(text)

    assert all(0 <= date.start < date.end <= len(text) for date in dates)
    assert all(left.end <= right.start for left, right in itertools.pairwise(dates))


@pytest.mark.parametrize("piece", ["5 May ", "May ", "2020-", "1.1.", "1月", "27 de ", "9", "Thursday, "])
def test_a_megabyte_of_nearly_dates_is_read_in_one_pass(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    dates = find_dates(text)

    assert len(dates) <= len(text) // 3


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        pytest.param("A strike in Rio de Janeiro, 3 January 2005.", ["2005-01-03"], id="rio-day-first"),
        pytest.param("A strike in Rio de Janeiro, Jan. 3, 2005.", ["2005-01-03"], id="rio-month-first"),
        pytest.param("The opening of Rio de Janeiro 2016.", [], id="rio-games"),
        pytest.param("Theresa May, 27 January 2019, in London.", ["2019-01-27"], id="a-person"),
        pytest.param("Plaza de Mayo, 25 de mayo de 2010.", ["2010-05-25"], id="a-square"),
        pytest.param("The Mars 2020 rover.", [], id="a-planet"),
        pytest.param("Lisboa, 3 de Janeiro de 2005.", ["2005-01-03"], id="capital-month-with-day"),
        pytest.param("Março de 2020: Lisboa.", ["2020-03"], id="capital-month-at-the-beginning"),
        pytest.param("Paris, le 3 mars 2020.", ["2020-03-03"], id="small-month"),
        pytest.param("London, May 27, 2019.", ["2019-05-27"], id="may-month-first"),
    ],
)
def test_months_within_names_are_no_months(text: str, iso: list[str]) -> None:
    assert [found.iso for found in find_dates(text)] == iso
