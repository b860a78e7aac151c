"""Ratings as customers' files write them, brought to 1 to 5.

The scale is decided once for a column, from its header and all its values, because ``5`` is the best of five stars and
the middle of ten points. The map is linear in the share of the full mark, never below 1, rounded to three decimals:

==========  =========================  =====================================================
scale       values                     rating
==========  =========================  =====================================================
``5``       above 0 to 5               the value itself; 0 means "not rated" there and gives none
``10``      0 to 10                    value / 2, at least 1
``50``      above 0 to 50 (``star45``) value / 10, at least 1
``100``     0 to 100                   value / 20, at least 1
``none``    0/1 or -1/0/1 labels       none
==========  =========================  =====================================================

Cells that name their own scale are read the same in every column: ``4.5/5``, ``9/10``, ``90%``, ``4星``, ``★★★★☆``,
``s-star5``, ``star45`` and words such as ``好评`` (lexicons/vocabulary/ratings.tsv).
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, get_args

from lexicons.rows import LEXICON_ROOT, Row, read_rows

Scale = Literal["5", "10", "50", "100", "none"]
SCALES: tuple[Scale, ...] = get_args(Scale)

_FULL_MARK: dict[Scale, float] = {"5": 5, "10": 10, "50": 50, "100": 100}
_PLAIN = re.compile(r"(?:[^\d+-]{0,6}[::])?(?P<value>[+-]?\d{1,4}(?:\.\d+)?)(?:分|points?|pts?)?(?P<rest>[^\d/%星★]*)")
_STARS = re.compile(
    r"(?P<value>[0-5](?:\.\d+)?|[零一二两三四五])(?:颗|顆)?(?:星级?|星級|stars?)(?:好评|评价|好評|評價)?"
)
_CLASS = re.compile(r"(?:.*[^a-z]|all|str|rank|rating|icon)?(?:star|str|stars)[-_]?(?P<value>\d{1,2}(?:[._]\d)?)")
_SHARE = re.compile(
    r"(?P<value>\d{1,3}(?:\.\d+)?)分?(?:/|outof|of)(?P<full>5|10|50|100)(?:\.0+)?(?:分|stars?|points?)?"
)
_PERCENT = re.compile(r"(?P<value>\d{1,3}(?:\.\d+)?)%")
_FILLED, _HALF, _EMPTY = "★⭐🌟✭", "⯪½", "☆✩"
_HEADER_SCALES: tuple[tuple[re.Pattern[str], Scale], ...] = (
    (re.compile(r"(?:百分制|满分100|滿分100|0[-~至到]100|1[-~至到]100|/100|100分)"), "100"),
    (re.compile(r"(?:十分制|10分制|满分10|滿分10|0[-~至到]10|1[-~至到]10|/10|10分|nps|净推荐)"), "10"),
    (re.compile(r"(?:五分制|5分制|满分5|滿分5|0[-~至到]5|1[-~至到]5|/5|5分|五星)"), "5"),
)
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五")} | {"两": 2}


class RatingWord(Row):
    """A word that stands in a rating cell, and its stars."""

    word: str
    rating: int


@cache
def rating_words() -> dict[str, int]:
    """Return the words of rating cells with their stars, e.g. ``好评`` → 5, ``中评`` → 3."""
    return {row.word: row.rating for row in read_rows(LEXICON_ROOT / "vocabulary" / "ratings.tsv", RatingWord)}


@dataclass(frozen=True, slots=True)
class RatingColumn:
    """How one rating column is read; ``scale`` is as in the table of this module."""

    scale: Scale

    def read(self, value: object) -> float | None:
        """Read one cell, e.g. ``4.7``, ``9分`` or ``好评``; None for what is no rating or lies outside the scale."""
        return read_rating(value, self.scale)


class RatingColumnEvidence:
    """Collects from all values of a column what decides its scale."""

    def __init__(self) -> None:
        self._values: Counter[float] = Counter()

    def add(self, value: object) -> None:
        """Take one cell into account; only plain numbers tell about the scale."""
        number = plain_number(value)
        if number is not None:
            self._values[number] += 1

    def decide(self, header: str) -> RatingColumn:
        """Return the way to read the column.

        A scale that the header names (``评分(满分10分)``) wins if 98 % of the values fit it. Else the column is on 100
        if at least half of the numbers are above 10, on 10 if at least 2 % lie above 5 and up to 10 and these are at
        least three or half of all, and on 5 otherwise: a few slips of the keyboard, or one 99, do not change what
        all the others mean.
        """
        total = self._values.total()
        if set(self._values) in ({0.0, 1.0}, {-1.0, 1.0}, {-1.0, 0.0}, {-1.0, 0.0, 1.0}):
            return RatingColumn("none")
        name = unicodedata.normalize("NFKC", header).lower().replace(" ", "")
        named = next((scale for pattern, scale in _HEADER_SCALES if pattern.search(name)), None)
        if named and self._above(_FULL_MARK[named]) <= 0.02 * total:
            return RatingColumn(named)
        if total and self._above(10) >= 0.5 * total:
            return RatingColumn("50" if self._looks_like_tens_of_stars(name) else "100")
        on_ten = self._above(5) - self._above(10)
        enough = on_ten >= 0.02 * total and (on_ten >= 3 or on_ten >= 0.5 * total)
        return RatingColumn("10" if total and enough else "5")

    def _above(self, limit: float) -> int:
        return sum(count for value, count in self._values.items() if value > limit)

    def _looks_like_tens_of_stars(self, name: str) -> bool:
        if not all(value % 5 == 0 and value <= 50 for value in self._values):
            return False
        return "星" in name or "star" in name or (self._values.total() >= 20 and max(self._values) == 50)


def plain_number(value: object) -> float | None:
    """Return the number of a cell that does not name its scale, e.g. ``4.7`` or ``5分``; None for any other cell."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if value == value else None  # noqa: PLR0124 - not-a-number differs from itself
    return _plain_text_number(value) if isinstance(value, str) else None


def read_rating(value: object, scale: Scale = "5") -> float | None:
    """Read a rating cell to 1..5, plain numbers on the given scale; None for what is no rating on it."""
    if isinstance(value, str):
        return _read_text(value, scale)
    number = plain_number(value)
    return None if number is None else _on_scale(number, scale)


@lru_cache(maxsize=4_096)
def _plain_text_number(value: str) -> float | None:
    found = _PLAIN.fullmatch(_compact(value))
    if found is None or (found["rest"] and found["rest"].strip("!,。") not in rating_words()):
        return None
    return float(found["value"])


@lru_cache(maxsize=4_096)
def _read_text(value: str, scale: Scale) -> float | None:
    text = _compact(value)
    if not text or len(text) > 40:
        return None
    if (number := _plain_text_number(value)) is not None:
        return _on_scale(number, scale)
    for pattern in (_STARS, _CLASS, _SHARE, _PERCENT):
        if found := pattern.fullmatch(text):
            return _self_described(pattern, found)
    if (drawn := _drawn_stars(value)) is not None:
        return drawn
    word = rating_words().get(text.strip("。!,、\"'"))
    return None if word is None else float(word)


def _self_described(pattern: re.Pattern[str], found: re.Match[str]) -> float | None:
    if pattern is _STARS:
        stars = _CHINESE_DIGITS.get(found["value"])
        return _on_scale(float(found["value"]) if stars is None else stars, "5")
    if pattern is _CLASS:
        number = float(found["value"].replace("_", "."))
        return _on_scale(number, "50" if number > 5 else "5")
    if pattern is _PERCENT:
        return _on_scale(float(found["value"]), "100")
    full = {"5": "5", "10": "10", "50": "50"}.get(found["full"], "100")
    return _on_scale(float(found["value"]), next(scale for scale in SCALES if scale == full))


def _drawn_stars(text: str) -> float | None:
    # A row of empty stars alone says nothing: some sites draw all of them so.
    text = "".join(text.split()).replace("\ufe0f", "")
    if any(character not in _FILLED + _HALF + _EMPTY for character in text):
        return None
    filled = sum(text.count(star) for star in _FILLED) + 0.5 * sum(text.count(star) for star in _HALF)
    return _on_scale(filled, "5") if filled else None


def _on_scale(value: float, scale: Scale) -> float | None:
    full = _FULL_MARK.get(scale)
    zero_is_unrated = scale in ("5", "50")
    if full is None or not 0 <= value <= full or (value == 0 and zero_is_unrated):
        return None
    return max(1.0, round(value / full * 5, 3))


def _compact(value: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", value)).lower()
