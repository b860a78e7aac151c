"""Waiting times in minutes, read from the words in which people tell them: 等了一个半小时 is 90."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lexicons.durations import DurationWord

LONGEST_WAIT = 366 * 1440
"""A year, in minutes: what is longer is no wait but a date or a model number."""
# Without 个 before them, or an hour, these are a score (5分) and a date (8月).
_AMBIGUOUS = frozenset({"分", "月"})


@dataclass(frozen=True, slots=True)
class Duration:
    """A stretch of time told at ``text[start:end]``."""

    start: int
    end: int
    minutes: float


class DurationReader:
    """Finds durations; built once from the vocabulary, then only read."""

    def __init__(self, words: Iterable[DurationWord]) -> None:
        kinds: dict[str, dict[str, float]] = {"unit": {}, "digit": {}, "times": {}, "several": {}, "wait": {}}
        for row in words:
            kinds[row.kind][row.word] = row.value or 0.0
        self._units = kinds["unit"]
        self._digits = kinds["digit"]
        self._times = kinds["times"]
        self._several = kinds["several"]
        spelled = "".join((*self._digits, *self._times, *self._several))
        number = rf"(?:[0-9]+(?:\.[0-9]+)?(?:[-~到至][0-9]+(?:\.[0-9]+)?)?|[{spelled}]+(?:[到至][{spelled}]+)?)"
        units = "|".join(sorted(map(re.escape, self._units), key=len, reverse=True))
        # 一个半小时, 四十来分钟, 半个多小时, 两小时半.
        self._quantity = re.compile(
            rf"(?P<number>{number})(?P<more>[多来余几])?(?P<counter>个)?(?P<more_again>[多来])?(?P<half>半)?"
            rf"(?P<unit>{units})(?![a-z])(?P<half_after>半(?![天夜日年月]))?"
        )
        # 一个小时四十 ends with minutes; 一个小时四十块 does not.
        self._bare_minutes = re.compile(
            rf"(?P<number>[0-9]{{1,2}}|[{spelled}]+)(?![0-9.:{spelled}]|[个块元点次人号楼层米只份家间分多来m%])"
        )
        self._waiting = re.compile("|".join(map(re.escape, kinds["wait"])))

    def tells_of_waiting(self, text: str) -> bool:
        """Whether a clause says that time was waited, e.g. 等了半小时 or 半小时才来."""
        return self._waiting.search(text) is not None

    def durations(self, text: str) -> list[Duration]:
        """Return the durations of a cleaned text, in order; parts that follow each other are one (1小时20分钟).

        Example: ``等了一个半小时`` → 90, ``二三十分钟`` → 25, ``快俩小时`` → 120. 几分钟 and 半天 tell no number.
        """
        found: list[Duration] = []
        for match in self._quantity.finditer(text):
            follows = bool(found) and found[-1].end == match.start()
            minutes = self._minutes(match, follows_longer=follows)
            if minutes is None:
                continue
            start, end = match.span()
            if self._units[match["unit"]] == 60 and (bare := self._bare_minutes.match(text, end)):
                extra = self._number(bare["number"])
                if extra is not None and 5 <= extra < 60:
                    minutes, end = minutes + extra, bare.end()
            if follows and minutes < found[-1].minutes:
                longer = found.pop()
                start, minutes = longer.start, longer.minutes + minutes
            found.append(Duration(start, end, minutes))
        return [one for one in found if one.minutes <= LONGEST_WAIT]

    def _minutes(self, match: re.Match[str], *, follows_longer: bool) -> float | None:
        unit = match["unit"]
        if unit in _AMBIGUOUS and not match["counter"] and not (unit == "分" and follows_longer):
            return None
        if match["number"] == "半" and self._units[unit] > 60 and not match["counter"]:
            # 等了半天 is an idiom for long.
            return None
        number = self._number(match["number"])
        if number is None:
            return None
        half = 0.5 if match["half"] or match["half_after"] else 0.0
        return (number + half) * self._units[unit]

    def _number(self, text: str) -> float | None:
        """Return a number in figures or characters; a range or two neighbouring digits give the middle; None for 几."""
        parts = re.split("[-~到至]", text)
        if len(parts) == 2:
            low, high = self._number(parts[0]), self._number(parts[1])
            return None if low is None or high is None else (low + high) / 2
        if text[0].isdigit():
            return float(text)
        return self._spelled(text)

    def _spelled(self, text: str) -> float | None:
        total = 0.0
        pending: list[float] = []
        for position, character in enumerate(text):
            if character in self._times:
                total += (sum(pending) / len(pending) if pending else 1.0) * self._times[character]
                pending = []
            elif character in self._several:
                # 十几 is about fifteen; 几十 and 几 alone tell nothing.
                if position == 0:
                    return None
                pending = [self._several[character]]
            else:
                pending.append(self._digits[character])
        if len(pending) > 2:
            return None
        return total + (sum(pending) / len(pending) if pending else 0.0)
