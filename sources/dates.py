"""Dates as customers' files write them, read to a moment in Asia/Shanghai and how exactly it is known."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from lexicons.rows import LEXICON_ROOT, Row, read_rows
from sources.record import Precision
from sources.relative_dates import read_relative

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Fixed years, not "today": what a cell means must not depend on the night it is read.
EARLIEST_YEAR, LATEST_YEAR = 1990, 2049

Moment = tuple[datetime | None, Precision]
UNREADABLE: Moment = (None, "none")

_TIME = re.compile(
    r"(?P<half>[^\W\d]{2}|[ap]\.?m\.?)?\s*(?<![\d.:])(?P<hour>\d{1,2})\s*[:时時点點]\s*(?:(?P<minute>\d{1,2})"
    r"(?:\s*[:分]\s*(?:(?P<second>\d{1,2})(?P<fraction>[.,]\d{1,9})?秒?)?)?)?分?\s*(?P<half_after>[ap]\.?m\b\.?)?"
    r"\s*(?P<zone>z\b|[a-z]{3}(?![a-z])(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2}|[+-]\d{2}\b)?(?:\([^)]*\))?"
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4}|\d{2}(?=\s*年))\s*[-/.年\s]\s*(?P<month>\d{1,2})(?:\s*(?:[-/.\s]|月[-/.\s]*)\s*(?P<day>\d{1,2})\s*[日号號]?"
    r"|\s*月(?:份)?)?(?![\d/.~-])"
)
_YEAR_LAST = re.compile(r"(?<!\d)(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>\d{4})(?![\d/.-])")
_YEAR_ONLY = re.compile(r"(?<!\d)(?P<year>\d{4})(?:年|$)")
_ENGLISH = re.compile(
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s,./-]+)?(?P<name>[a-z]{3,9})\.?[\s,./-]+"
    r"(?:(?P<day_after>\d{1,2})(?:st|nd|rd|th)?(?:[\s,./-]+|$))?(?P<year>\d{4})"
)
_WEEKDAY = re.compile(
    r"\(?(?:星期|礼拜|禮拜|周|週)[一二三四五六日天]\)?|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[,.]?"
)
_NUMBER = re.compile(r"\d{4,19}(?:\.\d+)?")
_EPOCH_DECIMALS = {10: 0, 13: 3, 16: 6, 19: 9}
_REPUBLIC_YEAR = re.compile(r"民[国國]\s*(\d{2,3})\s*(?=年)")
# What may stand beside a date in its cell: `发表于`, `入住`, `IP属地:广东`, but no further digits.
_BESIDE = re.compile(r"[^\da-z]*(?:ip)?[^\da-z]*")
_CHINESE_DATE = re.compile(
    r"[〇零一二三四五六七八九]{4}年(?:[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}[日号])?)?"
)
_CHINESE_DIGITS = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")} | {"〇": "0"}


class DateWord(Row):
    """One word that may stand in a date cell."""

    kind: Literal["month", "before_noon", "after_noon", "days_ago", "unit", "zone"]
    word: str
    value: str


@cache
def date_words(kind: str) -> dict[str, str]:
    """Return the words of one kind with their value, e.g. ``date_words("month")["apr"]`` → ``"4"``."""
    rows = read_rows(LEXICON_ROOT / "vocabulary" / "date_words.tsv", DateWord)
    return {row.word: row.value for row in rows if row.kind == kind}


@dataclass(frozen=True, slots=True)
class DateColumn:
    """How one date column of a file is read, decided from all its values.

    Attributes:
        day_first: Whether ``05/04/2025`` is 5 April; None where no row of the column tells.
        midnight_is_day: Whether 00:00:00 stands for "time not known", because the column holds no other time.
        reference: The moment that ``3天前`` counts from, where one is known: when a page was fetched.
    """

    day_first: bool | None = None
    midnight_is_day: bool = False
    reference: datetime | None = None

    def read(self, value: object) -> Moment:
        """Read one cell, e.g. ``2025年4月5日 14:30`` → that minute in Asia/Shanghai with precision ``second``."""
        moment, precision = read_date(value, day_first=self.day_first, reference=self.reference)
        if self.midnight_is_day and precision == "second":
            precision = "day"
        return moment, precision


class DateColumnEvidence:
    """Collects from all values of a column what decides how its dates are read."""

    def __init__(self) -> None:
        self._day_first = False
        self._month_first = False
        self._midnights = 0
        self._times = 0

    def add(self, value: object) -> None:
        """Take one cell into account."""
        if isinstance(value, str) and (order := _order_shown(value)) is not None:
            self._day_first |= order
            self._month_first |= not order
        moment, precision = read_date(value)
        if moment is not None and precision == "second":
            is_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
            self._midnights += is_midnight
            self._times += not is_midnight

    def decide(self) -> DateColumn:
        """Return the way to read the column; rows that contradict each other leave the order open."""
        day_first = None if self._day_first == self._month_first else self._day_first
        return DateColumn(day_first=day_first, midnight_is_day=self._midnights > 0 and self._times == 0)


def read_date(value: object, *, day_first: bool | None = None, reference: datetime | None = None) -> Moment:
    """Read a date cell.

    Args:
        value: Text such as ``2025年4月5日``, ``2019/4/25 9:32:09``, ``2025年4月入住``, ``20250405`` or ``2025``, a
            number (epoch seconds or milliseconds, an Excel day number, 20250405), a ``datetime`` or a ``date``.
        day_first: Whether ``05/04/2025`` is 5 April; None leaves such a date unread unless one number is above 12.
        reference: The moment that ``3天前`` counts from; without it relative dates are not read.

    Returns:
        The moment, aware in Asia/Shanghai (times without a zone are taken as such), and its precision: ``second`` where
        a time of day is given. ``(None, "none")`` for what is no date, is impossible (30 February) or lies outside 1990
        to 2049.
    """
    if isinstance(value, str):
        moment = _read_text(value, day_first)
        if moment[0] is None and reference is not None:
            return read_relative(value, reference, date_words("unit"), date_words("days_ago"))
        return moment
    if isinstance(value, datetime):
        return _checked(_local(value), "second")
    if isinstance(value, date):
        return _day(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_text(repr(value).removesuffix(".0"), day_first)
    return UNREADABLE


@lru_cache(maxsize=65_536)
def _read_text(value: str, day_first: bool | None) -> Moment:  # noqa: FBT001 - lru_cache wants positions
    text = unicodedata.normalize("NFKC", value).strip().strip("'\"").lower()
    if not text or len(text) > 60:
        return UNREADABLE
    if _NUMBER.fullmatch(text):
        return _read_number(text)
    text = _WEEKDAY.sub(" ", _chinese_digits(_republic_years(text)))
    # `2025-04-05t14:30` and `2025-04-05t`: the letter parts day and time, it names no zone.
    text = re.sub(r"(?<=\d)t(?=\d)", " ", text)
    time = _TIME.search(text)
    rest = text if time is None else f"{text[: time.start()]} {text[time.end() :]}"
    moment = _read_day(rest.strip(), day_first=day_first)
    if time is None or moment[0] is None or moment[1] != "day":
        return moment if time is None else UNREADABLE
    return _with_time(moment[0], time)


def _read_day(text: str, *, day_first: bool | None) -> Moment:
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _ENGLISH, _YEAR_ONLY):
        found = pattern.search(text)
        if found is None:
            continue
        if not (_BESIDE.fullmatch(text[: found.start()]) and _BESIDE.fullmatch(text[found.end() :])):
            continue
        return _from_parts(pattern, found.groupdict(), day_first=day_first)
    return UNREADABLE


def _from_parts(pattern: re.Pattern[str], parts: dict[str, str | None], *, day_first: bool | None) -> Moment:
    year = int(parts["year"] or 0)
    if pattern is _YEAR_ONLY:
        return _day(year, None, None)
    if pattern is _YEAR_LAST:
        return _year_last(year, int(parts["first"] or 0), int(parts["second"] or 0), day_first=day_first)
    if pattern is _ENGLISH:
        month = date_words("month").get(parts["name"] or "")
        day = parts["day"] or parts["day_after"]
        return UNREADABLE if month is None else _day(year, int(month), int(day) if day else None)
    return _day(
        year + 2000 if year < 100 else year, int(parts["month"] or 0), int(parts["day"]) if parts["day"] else None
    )


def _year_last(year: int, first: int, second: int, *, day_first: bool | None) -> Moment:
    if first == second or first > 12:
        return _day(year, second, first)
    if second > 12:
        return _day(year, first, second)
    if day_first is None:
        return UNREADABLE
    return _day(year, second, first) if day_first else _day(year, first, second)


def _order_shown(value: str) -> bool | None:
    found = _YEAR_LAST.search(value)
    if found is None:
        return None
    first, second = int(found["first"]), int(found["second"])
    return None if (first > 12) == (second > 12) else first > 12


def _with_time(day: datetime, time: re.Match[str]) -> Moment:
    hour, minute, second = (int(time[name] or 0) for name in ("hour", "minute", "second"))
    half = time["half_after"] or time["half"] or ""
    if half in date_words("after_noon") and hour < 12 and not (half == "中午" and hour == 11):
        hour += 12
    elif half in date_words("before_noon") and hour == 12:
        hour = 0
    zone = _zone(time["zone"])
    try:
        local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone or SHANGHAI)
    except ValueError:
        return UNREADABLE
    return UNREADABLE if time["zone"] and zone is None else _checked(_local(local), "second")


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    name = re.match(r"[a-z]*", text)
    word, offset = (name[0], text[name.end() :]) if name else ("", text)
    hours = date_words("zone").get(word or "utc")
    if hours is None:
        return None
    minutes = int(hours) * 60
    if offset:
        digits = offset[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
        minutes = -minutes if offset.startswith("-") else minutes
    return timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else None


def _read_number(text: str) -> Moment:
    whole, _, fraction = text.partition(".")
    if len(whole) in _EPOCH_DECIMALS:
        seconds = int(whole) / 10 ** _EPOCH_DECIMALS[len(whole)]
        return _checked(_local(datetime.fromtimestamp(seconds, UTC)), "second")
    if len(whole) == 5:
        moment = datetime(1899, 12, 30, tzinfo=SHANGHAI) + timedelta(seconds=round(float(text) * 86_400))
        return _checked(moment, "second" if fraction.strip("0") else "day")
    if len(whole) == 4:
        # `2025.04` is a month; `2025.0` is what a spreadsheet makes of the year.
        return _day(int(whole), int(fraction or 0) or None, None) if len(fraction) <= 2 else UNREADABLE
    if fraction or len(whole) not in (6, 8, 14):
        return UNREADABLE
    if len(whole) == 14:
        return _compact(text)
    return _day(int(whole[:4]), int(whole[4:6]), int(whole[6:]) if len(whole) == 8 else None)


def _compact(digits: str) -> Moment:
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return UNREADABLE
    return _checked(moment, "second")


def _day(year: int, month: int | None, day: int | None) -> Moment:
    precision: Precision = "year" if month is None else "month" if day is None else "day"
    try:
        moment = datetime(year, 1 if month is None else month, 1 if day is None else day, tzinfo=SHANGHAI)
    except ValueError:
        return UNREADABLE
    return _checked(moment, precision)


def _local(moment: datetime) -> datetime:
    moment = moment.replace(microsecond=0)
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)


def _checked(moment: datetime, precision: Precision) -> Moment:
    return (moment, precision) if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else UNREADABLE


def _republic_years(text: str) -> str:
    return _REPUBLIC_YEAR.sub(lambda found: str(int(found[1]) + 1911), text)


def _chinese_digits(text: str) -> str:
    """Turn ``二〇二五年四月十五日`` into ``2025年4月15日``; other text stays as it is."""
    if _CHINESE_DATE.search(text) is None:
        return text

    def number(found: re.Match[str]) -> str:
        word = found[0]
        if "十" in word:
            tens, _, units = word.partition("十")
            return f"{_CHINESE_DIGITS.get(tens, '1')}{_CHINESE_DIGITS.get(units, '0')}"
        return "".join(_CHINESE_DIGITS[digit] for digit in word)

    return re.sub(r"[〇零一二三四五六七八九十]+(?=[年月日号])", number, text)
