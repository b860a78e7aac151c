"""Waiting times are read as minutes from the ways in which people tell them."""

import pytest

from lexicons.durations import DURATIONS_PATH, DurationWord
from lexicons.rows import read_rows
from models.cue_reader import load_cue_reader
from models.reader import ReviewText
from models.waiting import DurationReader

DURATIONS = DurationReader(read_rows(DURATIONS_PATH, DurationWord))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("等了一个半小时", [90]),
        ("排队排了半小时", [30]),
        ("半个多小时才上第一道菜", [30]),
        ("快俩小时了还没送到", [120]),
        ("等了两三个小时", [150]),
        ("二三十分钟没人理", [25]),
        ("四十来分钟", [40]),
        ("等了一个小时四十", [100]),
        ("1小时20分钟才进房间", [80]),
        ("1h20min", [80]),
        ("20-30分钟", [25]),
        ("三刻钟", [45]),
        ("等了十几分钟", [15]),
        ("一小时五十分", [110]),
        ("两个半钟头", [150]),
        ("3天才发货", [4320]),
        ("一个星期了还没退款", [10080]),
        ("40多min", [40]),
        ("先等了10分钟,又等了半小时", [10, 30]),
    ],
)
def test_durations_are_read_in_minutes(text: str, minutes: list[float]) -> None:
    """Halves, ranges, colloquial numbers and parts that follow each other give the minutes they mean."""
    assert [duration.minutes for duration in DURATIONS.durations(text)] == minutes


@pytest.mark.parametrize(
    "text", ["等了半天", "几分钟就好", "打了5分", "8月3日入住", "房价一晚238", "八点半到的", "住1203房"]
)
def test_what_tells_no_number_of_minutes_is_none(text: str) -> None:
    """半天 is an idiom, 几分钟 tells no number, scores, dates and prices are no time."""
    assert [d for d in DURATIONS.durations(text) if d.minutes != 1440] == []


def test_a_duration_is_where_it_says() -> None:
    """Start and end enclose the words of the duration."""
    text = "办入住等了一个半小时才好"
    (duration,) = DURATIONS.durations(text)
    assert text[duration.start : duration.end] == "一个半小时"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("办理入住等了一个半小时", 90),
        ("上菜太慢,等了四十分钟", 40),
        ("上菜太慢。住了三天都这样", None),
        ("送餐太慢了", None),
    ],
)
def test_a_delay_holds_its_wait(text: str, minutes: int | None) -> None:
    """A delay carries the minutes told in its clause, or in the one beside it that tells of waiting."""
    columns = load_cue_reader().read([ReviewText(text, industry="hotel")]).incidents
    waits = [
        wait
        for wait, subtype in zip(columns["wait_minutes"], columns["failure_subtype"], strict=True)
        if subtype == "delivery.slow"
    ]
    assert waits
    assert waits[0] == minutes


def test_only_waits_have_no_value() -> None:
    """A unit without minutes is refused."""
    with pytest.raises(ValueError, match="expected a value for every kind but wait"):
        DurationWord.model_validate({"word": "小时", "kind": "unit"})
