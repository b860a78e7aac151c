"""The period that a report is about: one ISO week or one month, in Asia/Shanghai."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_WEEK = re.compile(r"\d{4}-W\d{2}")
_MONTH = re.compile(r"\d{4}-\d{2}")
WINDOW_WEEKS = 13
"""Weeks up to the end of a period in which what a single week is too short for is counted."""


@dataclass(frozen=True, slots=True)
class Period:
    """Some days: the first one, and the first one after them."""

    name: str
    """``2026-W46`` or ``2026-11``."""
    start: date
    end: date

    @property
    def window_start(self) -> date:
        """The first day of the 13 weeks that end with the period."""
        return self.end - timedelta(weeks=WINDOW_WEEKS)

    @property
    def before_start(self) -> date:
        """The first day of the 13 weeks before those."""
        return self.window_start - timedelta(weeks=WINDOW_WEEKS)

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self.end - timedelta(days=1)


def read_period(name: str) -> Period:
    """Return a period by its name.

    Raises:
        ValueError: It is neither a week such as ``2026-W46`` nor a month such as ``2026-11``.
    """
    try:
        if _WEEK.fullmatch(name):
            start = date.fromisoformat(f"{name}-1")
            return Period(name, start, start + timedelta(weeks=1))
        if _MONTH.fullmatch(name):
            start = date.fromisoformat(f"{name}-01")
            return Period(name, start, (start + timedelta(days=31)).replace(day=1))
    except ValueError:
        pass
    raise ValueError(f"expected a week such as 2026-W46 or a month such as 2026-11; found '{name}'")


def week_of(day: date) -> Period:
    """Return the ISO week that a day lies in."""
    year, week, _ = day.isocalendar()
    return read_period(f"{year}-W{week:02d}")


def last_whole_week(newest: date) -> Period:
    """Return the last week that is over, where the newest review's day is the last that is known whole."""
    week = week_of(newest)
    return week if week.last_day == newest else week_of(week.start - timedelta(days=1))
