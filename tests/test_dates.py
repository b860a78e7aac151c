"""Dates of customers' files."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.dates import SHANGHAI, UNREADABLE, DateColumn, DateColumnEvidence, date_words, read_date

APRIL_5 = datetime(2025, 4, 5, tzinfo=SHANGHAI)


def _column(*values: object) -> DateColumn:
    evidence = DateColumnEvidence()
    for value in values:
        evidence.add(value)
    return evidence.decide()


@pytest.mark.parametrize(
    "text",
    [
        "2025年4月5日",
        "2025 年 04 月 05 日",
        "2025-04-05",
        "2025/4/5",
        "2025.04.05",
        "２０２５－０４－０５",
        "20250405",
        "25年4月5日",
        "二〇二五年四月五日",
        "民國114年4月5日",
        "2025年4月5日入住",
        "发表于2025年4月5日",
        "2025-04-05 星期六",
        "2025-04-05 IP属地：广东",
        "Apr 5, 2025",
        "5 April 2025",
        "45752",
    ],
)
def test_a_day_is_read_in_many_spellings(text: str) -> None:
    """Each spelling of 5 April 2025 gives that day with day precision."""
    assert read_date(text) == (APRIL_5, "day")


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-05 14:30",
        "2025/4/5 14:30:00",
        "2025-04-05T14:30:00",
        "2025-04-05T06:30:00Z",
        "2025-04-05T06:30:00.000+00:00",
        "2025-04-05 14:30:00 +0800",
        "2025年4月5日 下午2:30",
        "2025年4月5日14时30分",
        "2025年04月05日 星期六 14:30",
        "2025/4/5 2:30 PM",
        "Sat Apr 05 14:30:00 CST 2025",
        "Sat Apr 05 2025 14:30:00 GMT+0800 (中国标准时间)",
        "20250405143000",
        "1743834600",
        "1743834600000",
        "评价时间：2025-04-05 14:30:00",
    ],
)
def test_a_moment_is_read_in_many_spellings(text: str) -> None:
    """Each spelling of half past two in the afternoon, Shanghai time, gives that moment."""
    assert read_date(text) == (APRIL_5.replace(hour=14, minute=30), "second")


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("2019/4/25 9:32:09", datetime(2019, 4, 25, 9, 32, 9, tzinfo=SHANGHAI), "second"),
        ("2025年4月", datetime(2025, 4, 1, tzinfo=SHANGHAI), "month"),
        ("2025年4月入住豪华大床房", datetime(2025, 4, 1, tzinfo=SHANGHAI), "month"),
        ("2025-04", datetime(2025, 4, 1, tzinfo=SHANGHAI), "month"),
        ("202504", datetime(2025, 4, 1, tzinfo=SHANGHAI), "month"),
        ("April 2025", datetime(2025, 4, 1, tzinfo=SHANGHAI), "month"),
        ("2025", datetime(2025, 1, 1, tzinfo=SHANGHAI), "year"),
        ("2025年", datetime(2025, 1, 1, tzinfo=SHANGHAI), "year"),
        ("2025-04-05 凌晨12:10", datetime(2025, 4, 5, 0, 10, tzinfo=SHANGHAI), "second"),
        ("2025-04-05 中午12:10", datetime(2025, 4, 5, 12, 10, tzinfo=SHANGHAI), "second"),
        ("45752.5", datetime(2025, 4, 5, 12, tzinfo=SHANGHAI), "second"),
        ("二〇二五年十二月三十一日", datetime(2025, 12, 31, tzinfo=SHANGHAI), "day"),
    ],
)
def test_precision_says_how_exactly_a_date_is_known(text: str, moment: datetime, precision: str) -> None:
    """Months and years begin at their first day and keep their precision."""
    assert read_date(text) == (moment, precision)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "很好",
        "2025-02-30",
        "2025-13-01",
        "2099-01-01",
        "1899-12-31",
        "0000-00-00",
        "0",
        "12",
        "05/04/2025",
        "4月5日",
        "3天前",
        "房间2025号",
        "2025-04-05至2025-04-07",
        "2025-04-05 25:00",
        "2025-04-05 14:30 EST",
        "入住2025年4月5日3晚",
        None,
        True,
        float("nan"),
    ],
)
def test_what_is_no_sure_date_is_not_read(value: object) -> None:
    """Impossible, ambiguous, far-off and unknown values give no date instead of a wrong one."""
    assert read_date(value) == UNREADABLE


def test_typed_values_are_read() -> None:
    """Dates, moments and numbers of typed files need no text."""
    assert read_date(date(2025, 4, 5)) == (APRIL_5, "day")
    assert read_date(datetime(2025, 4, 5, 6, 30, tzinfo=UTC)) == (APRIL_5.replace(hour=14, minute=30), "second")
    assert read_date(45752) == (APRIL_5, "day")
    assert read_date(45752.0) == (APRIL_5, "day")


def test_order_of_day_and_month_is_decided_by_the_column() -> None:
    """One row above 12 settles the order for the ambiguous ones; contradicting rows leave it open."""
    assert _column("05/04/2025", "25/04/2025").read("05/04/2025") == (APRIL_5, "day")
    assert _column("05/04/2025", "04/25/2025").read("04/05/2025") == (APRIL_5, "day")
    assert _column("25/04/2025", "04/25/2025").read("05/04/2025") == UNREADABLE
    assert _column("05/04/2025", "06/07/2025").read("05/04/2025") == UNREADABLE
    assert _column("05/04/2025").read("05/05/2025")[1] == "day"


def test_a_column_of_midnights_holds_days() -> None:
    """00:00:00 in every row is no time; one other time in the column makes it one."""
    assert _column("2025-04-05 00:00:00", "2025-04-06 00:00:00").read("2025-04-05 00:00:00") == (APRIL_5, "day")
    assert _column("2025-04-05 00:00:00", "2025-04-06 08:12:00").read("2025-04-05 00:00:00") == (APRIL_5, "second")


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("3天前", datetime(2025, 4, 2, tzinfo=SHANGHAI), "day"),
        ("昨天 14:30", datetime(2025, 4, 4, tzinfo=SHANGHAI), "day"),
        ("12小时前", datetime(2025, 4, 4, tzinfo=SHANGHAI), "day"),
        ("2个月前", datetime(2025, 2, 1, tzinfo=SHANGHAI), "month"),
        ("1年前", datetime(2024, 1, 1, tzinfo=SHANGHAI), "year"),
        ("2 weeks ago", datetime(2025, 3, 22, tzinfo=SHANGHAI), "day"),
        ("很久以前", None, "none"),
        ("上周", datetime(2025, 3, 29, tzinfo=SHANGHAI), "day"),
        ("上個禮拜", datetime(2025, 3, 29, tzinfo=SHANGHAI), "day"),
        ("last week", datetime(2025, 3, 29, tzinfo=SHANGHAI), "day"),
        ("上周一", datetime(2025, 3, 24, tzinfo=SHANGHAI), "day"),
        ("上周五 14:30", datetime(2025, 3, 28, tzinfo=SHANGHAI), "day"),
        ("上個星期六", datetime(2025, 3, 29, tzinfo=SHANGHAI), "day"),
        ("上礼拜天", datetime(2025, 3, 30, tzinfo=SHANGHAI), "day"),
        ("上周日", datetime(2025, 3, 30, tzinfo=SHANGHAI), "day"),
        ("上周末", None, "none"),
        ("上上周", None, "none"),
        ("周五", None, "none"),
    ],
)
def test_relative_dates_count_from_the_reference_given(text: str, moment: datetime | None, precision: str) -> None:
    """``3天前`` means something only with the day it was written on."""
    reference = datetime(2025, 4, 5, 10, tzinfo=SHANGHAI)
    assert read_date(text, reference=reference) == (moment, precision)


@pytest.mark.parametrize("day", range(31, 38))
def test_last_friday_is_that_of_the_week_before(day: int) -> None:
    """From Monday to Sunday of one week ``上周五`` is the same day, the Friday before that Monday."""
    reference = datetime(2025, 3, 1, 23, 59, tzinfo=SHANGHAI) + timedelta(days=day - 1)
    assert read_date("上周五", reference=reference) == (datetime(2025, 3, 28, tzinfo=SHANGHAI), "day")


def test_a_column_may_know_what_its_dates_count_from() -> None:
    """With the moment a page came ``昨天`` is read, without it is not; plain dates are read alike."""
    column = DateColumn(reference=datetime(2025, 4, 6, 3, tzinfo=SHANGHAI))
    assert (column.read("昨天"), DateColumn().read("昨天")) == ((APRIL_5, "day"), UNREADABLE)
    assert column.read("2025-04-05") == DateColumn().read("2025-04-05") == (APRIL_5, "day")


@given(st.datetimes(min_value=datetime(1992, 1, 1), max_value=datetime(2049, 12, 31)))  # noqa: DTZ001 - naive on purpose
def test_every_moment_reads_back(moment: datetime) -> None:
    """What is written in the common forms reads back to the same moment."""
    moment = moment.replace(microsecond=0, tzinfo=SHANGHAI)
    written = f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M:%S}"
    for text in (
        *written,
        moment.isoformat(),
        str(int(moment.timestamp())) if moment.timestamp() >= 1e9 else written[0],
    ):
        assert read_date(text) == (moment, "second")


@given(st.text(max_size=70))
def test_any_text_is_read_or_refused_without_an_error(text: str) -> None:
    """No cell stops an import, and what is read lies within the range."""
    moment, precision = read_date(text)
    assert (moment is None) == (precision == "none")
    assert moment is None or (
        1990 <= moment.year <= 2049 and moment.utcoffset() in {timedelta(hours=8), timedelta(hours=9)}
    )


def test_the_word_list_names_all_months() -> None:
    """The list behind the reader holds each month."""
    assert {int(number) for number in date_words("month").values()} == set(range(1, 13))
