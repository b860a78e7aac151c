"""Dates counted back from a reference day, such as ``3天前``, ``昨天 14:30``, ``上周五`` or ``2 weeks ago``."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from sources.record import Precision

_AGO = re.compile(r"(?P<count>\d{1,4}|半|一|两|a|an)\s*(?P<unit>[^\s\d]+?)\s*(?:之?前|以前|\s+ago)")
_LAST_WEEK = re.compile(r"(?:上[个個]?(?:周|週|星期|礼拜|禮拜)|last week)(?!末)(?P<weekday>[一二三四五六日天])?")
_WEEKDAYS = {day: number for number, day in enumerate("一二三四五六日")} | {"天": 6}
_SPANS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_WORD_COUNTS = {"一": 1, "两": 2, "a": 1, "an": 1}


def read_relative(
    text: str, reference: datetime, units: Mapping[str, str], days_ago: Mapping[str, str]
) -> tuple[datetime | None, Precision]:
    """Read a date that is counted back from a reference, e.g. ``3天前`` → three days before it.

    Args:
        text: The cell.
        reference: The moment to count from, aware.
        units: Words for units, such as ``个月`` → ``month``.
        days_ago: Words for days, such as ``昨天`` → ``1``.

    Returns:
        The first moment of that day, month or year, and the precision; ``(None, "none")`` for any other text.
    """
    words = unicodedata.normalize("NFKC", text).strip().lower()
    for word in sorted(days_ago, key=len, reverse=True):
        if words.startswith(word):
            return _midnight(reference - timedelta(days=int(days_ago[word]))), "day"
    if last := _LAST_WEEK.match(words):
        monday = reference - timedelta(days=reference.weekday() + 7)
        weekday = last["weekday"]
        # Without a weekday, as far back as 1周前.
        day = reference - timedelta(days=7) if weekday is None else monday + timedelta(days=_WEEKDAYS[weekday])
        return _midnight(day), "day"
    found = _AGO.search(words)
    unit = units.get(found["unit"]) if found else None
    if found is None or unit is None:
        return None, "none"
    count = 0.5 if found["count"] == "半" else _WORD_COUNTS.get(found["count"]) or int(found["count"])
    if unit in _SPANS:
        return _midnight(reference - count * _SPANS[unit]), "day"
    months = round(count * (12 if unit == "year" else 1))
    index = reference.year * 12 + reference.month - 1 - months
    if index < 12:
        return None, "none"
    first = _midnight(reference).replace(year=index // 12, month=index % 12 + 1, day=1)
    return (first.replace(month=1), "year") if unit == "year" and count >= 1 else (first, "month")


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
