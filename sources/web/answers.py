"""Answers of a site, and the ways in which a crawl ends because of one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

_LONGEST_WAIT = timedelta(days=30)
"""That a site's ``Retry-After`` is believed for."""

Ending = Literal[
    "done", "blocked", "captcha", "login", "robots", "failing", "budget", "hours", "limit", "waits", "interrupted",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answered.

    Attributes:
        status: Of HTTP.
        headers: By lower-case name.
        body: Decompressed.
        at: When it came, aware.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    at: datetime


class SiteStoppedError(Exception):
    """The crawl ends here; what is left waits for another night."""

    def __init__(self, ending: Ending, words: str, not_before: datetime | None = None) -> None:
        super().__init__(words)
        self.ending = ending
        self.words = words
        self.not_before = not_before


def retry_after(answer: Answer) -> datetime | None:
    """Return when a site wants to be asked again, if it says so in seconds or as a date (RFC 9110, 10.2.3).

    No later than in 30 days, whatever it says.
    """
    given, latest = answer.headers.get("retry-after", "").strip(), answer.at + _LONGEST_WAIT
    if given.isascii() and given.isdecimal():
        # Python reads no number of thousands of digits.
        return min(answer.at + timedelta(seconds=int(given)), latest) if len(given) < 10 else latest
    try:
        moment = parsedate_to_datetime(given) if given else None
    except (ValueError, OverflowError):
        return None
    return None if moment is None or moment.tzinfo is None else min(moment, latest)
