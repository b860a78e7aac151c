"""Touchpoints come from the words or from the trade, and are null where neither tells."""

import pytest

from lexicons.cue_rules import TradeTouchpoint, load_cue_book
from models.cue_reader import load_cue_reader
from models.reader import ReviewText
from models.touchpoints import Touchpoints

BOOK = load_cue_book()


def _places(text: str, industry: str | None) -> set[str | None]:
    reading = load_cue_reader().explain(ReviewText(text=text, industry=industry)).reading
    return {incident.touchpoint for incident in reading.incidents}


@pytest.mark.parametrize("row", BOOK.touchpoints, ids=lambda row: f"{row.industries[0]}-{row.touchpoint}")
def test_example_is_placed(row: TradeTouchpoint) -> None:
    """In each spelling of its trade the example of a row tells of a failure at that touchpoint and no other."""
    for industry in row.industries:
        assert _places(row.example, industry) == {row.touchpoint}


@pytest.mark.parametrize(
    ("text", "industry", "touchpoint"),
    [
        ("等了半小时", None, None),
        ("等了半小时", "hotel", None),
        ("等了半小时", "bank", "柜台"),
        ("等了半小时", "delivery", "配送"),
        ("等了半小时", "ecommerce", "配送"),
        ("等了半小时", "餐饮", "餐厅"),
        ("前台等了半小时", None, "前台"),
        ("态度恶劣", "hotel", None),
        ("客服态度恶劣", "ecommerce", "客服"),
        ("外卖迟到", None, "配送"),
        ("外卖迟到", "hotel", None),
        ("地上很脏", "restaurant", "餐厅"),
        ("地上很脏", "hotel", "客房"),
        ("地上很脏", None, None),
        ("房间太小", None, "客房"),
    ],
)
def test_place_comes_from_words_or_trade(text: str, industry: str | None, touchpoint: str | None) -> None:
    """Words that fit anywhere have no place of their own; a place that the trade has not is another provider's."""
    assert _places(text, industry) == {touchpoint}


def test_first_named_place_wins() -> None:
    """The surest place that the trade has is taken, before what goes without saying."""
    rows = (
        TradeTouchpoint(
            industries=("hotel",), touchpoint="客房", department="客房部", aspects=("卫生",), example="地上很脏"
        ),
        TradeTouchpoint(industries=("hotel",), touchpoint="大堂", department="前厅部", example="大堂很吵"),
    )
    touchpoints = Touchpoints(rows)
    assert touchpoints.choose("hotel", "卫生", ("配送", "大堂")) == "大堂"
    assert touchpoints.choose("hotel", "卫生", ("配送", None)) == "客房"
    assert touchpoints.choose("museum", "卫生", ("配送", "大堂")) == "配送"
    assert touchpoints.choose(None, "卫生", (None, None)) is None


def test_every_named_place_belongs_to_a_trade() -> None:
    """A touchpoint that cues or aspect words name is one that at least one trade has."""
    known = {row.touchpoint for row in BOOK.touchpoints}
    named = {cue.touchpoint for cue in BOOK.cues} | {word.touchpoint for word in BOOK.aspects}
    assert named - known == {None}


def test_an_aspect_has_one_usual_place_in_a_trade() -> None:
    """Two usual places of one aspect would make the order of the rows matter."""
    pairs = [(industry, aspect) for row in BOOK.touchpoints for industry in row.industries for aspect in row.aspects]
    assert len(pairs) == len(set(pairs))


def test_usual_aspects_exist() -> None:
    """Every aspect that a trade places is one that cues or aspect words give."""
    given = {cue.aspect for cue in BOOK.cues} | {word.aspect for word in BOOK.aspects}
    assert {aspect for row in BOOK.touchpoints for aspect in row.aspects} - given == set()


@pytest.mark.parametrize(
    ("text", "industry", "department"),
    [
        ("前台态度冷淡", "hotel", "前厅部"),
        ("床单很脏", "hotel", "客房部"),
        ("大堂的空调坏了", "hotel", "工程部"),
        ("早餐难吃", "hotel", "餐饮部"),
        ("汤都洒了", "delivery", "后厨与打包"),
        ("排队排了一个小时", "bank", "柜面运营"),
        ("前台态度冷淡", None, None),
        ("前台态度冷淡", "museum", None),
    ],
)
def test_each_failure_has_a_department_where_the_trade_is_known(
    text: str, industry: str | None, department: str | None
) -> None:
    """What an aspect's own department answers for goes there, everything else to the department of the touchpoint."""
    reading = load_cue_reader().explain(ReviewText(text=text, industry=industry)).reading
    assert {incident.department for incident in reading.incidents} == {department}
    assert department in {mention.department for mention in reading.mentions}


def test_no_trade_has_two_departments_for_one_thing() -> None:
    """Each touchpoint and each aspect of a trade stands once, under whichever spelling of the trade."""
    touchpoints = [(i, row.touchpoint) for row in BOOK.touchpoints for i in row.industries]
    aspects = [(i, row.aspect) for row in BOOK.departments for i in row.industries]
    assert len(touchpoints) == len(set(touchpoints))
    assert len(aspects) == len(set(aspects))
