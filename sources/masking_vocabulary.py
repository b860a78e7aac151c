"""The words and characters of the masking rules, read from ``lexicons/vocabulary/masking_*.tsv``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lexicons.rows import LEXICON_ROOT, Cells, Row, read_rows

_FOLDER = LEXICON_ROOT / "vocabulary"
HAN = "\u4e00-\u9fff"
# Titles that may also begin another word: 老师傅, 经理室.
_TITLE_ENDS = {"小姐": "(?![妹])", "老师": "(?!傅)", "经理": "(?!室|部|人)", "前台": "(?!之)", "客服": "(?!部)"}


class TellingRow(Row):
    """Words of one kind next to which personal data stand."""

    kind: str
    words: Cells
    example: str


class CharactersRow(Row):
    """A class of characters, written as one string."""

    kind: str
    characters: str
    example: str


class SurnameRow(Row):
    """A surname, and the neighbours with which it is an ordinary word instead."""

    surname: str
    use: Literal["name", "title"]
    common: Literal["yes", "no"]
    not_before: str = ""
    not_after: str = ""


class KeptRow(Row):
    """Words that look like a name and are none."""

    reason: Literal["brand", "place", "ordinary", "latin"]
    words: Cells
    example: str


@dataclass(frozen=True, slots=True)
class Surnames:
    """Regular expressions (as text) that match one surname where it may begin a name.

    ``before_given`` minds the next character, ``before_title`` does not; ``everyday`` holds only the commonest ones;
    ``bare`` minds no neighbour; ``characters`` are all characters of all surnames.
    """

    before_given: str
    before_title: str
    everyday: str
    bare: str
    characters: frozenset[str]


@cache
def telling_words() -> dict[str, tuple[str, ...]]:
    """Return the words of each kind in ``masking_telling.tsv``, longest first."""
    return _by_kind(read_rows(_FOLDER / "masking_telling.tsv", TellingRow))


@cache
def opinion_words() -> dict[str, tuple[str, ...]]:
    """Return the words of praise, criticism and negation in ``masking_opinions.tsv``, longest first."""
    return _by_kind(read_rows(_FOLDER / "masking_opinions.tsv", TellingRow))


@cache
def characters() -> dict[str, str]:
    """Return the character classes in ``masking_characters.tsv``."""
    return {row.kind: row.characters for row in read_rows(_FOLDER / "masking_characters.tsv", CharactersRow)}


@cache
def kept_words() -> re.Pattern[str]:
    """Return the pattern of the words inside which nothing is masked, e.g. 高先生豆花 and 小龙虾."""
    return re.compile(either(word for row in _kept_rows() if row.reason != "latin" for word in row.words))


@cache
def latin_words() -> tuple[str, ...]:
    """Return the capitalised English words that are no names, e.g. Check in 前台Check in."""
    return tuple(word for row in _kept_rows() if row.reason == "latin" for word in row.words)


@cache
def _kept_rows() -> tuple[KeptRow, ...]:
    return read_rows(_FOLDER / "masking_kept.tsv", KeptRow)


@cache
def surnames() -> Surnames:
    """Return the surname expressions built from ``masking_surnames.tsv``."""
    rows = read_rows(_FOLDER / "masking_surnames.tsv", SurnameRow)
    everyday = [row for row in rows if row.common == "yes"]
    return Surnames(
        before_given=_surname([row for row in rows if row.use == "name"], given_follows=True),
        before_title=_surname(rows, given_follows=False),
        everyday=_surname(everyday, given_follows=False),
        bare=either(row.surname for row in rows),
        characters=frozenset(character for row in rows for character in row.surname),
    )


@cache
def title_ends() -> str:
    """Return the expression (as text) of the titles that follow a name, e.g. 女士 and 经理."""
    words = [*telling_words()["title"], *telling_words()["staff_title"]]
    return "(?:" + "|".join(word + _TITLE_ENDS.get(word, "") for word in sorted(words, key=len, reverse=True)) + ")"


@cache
def trigger_words() -> dict[str, tuple[str, ...]]:
    """Return, by kind, the words beside which names are looked for; without one of them no name is found."""
    return {kind: telling_words()[kind] for kind in _TRIGGER_KINDS}


_TRIGGER_KINDS = (
    "staff_number_label",
    "post",
    "called",
    "name_label",
    "self_label",
    "writer_label",
    "guest",
    "surname_word",
    "title",
    "staff_title",
    "short_title",
)


def either(words: Iterable[str]) -> str:
    """Return an expression (as text) that matches any of the words, the longest that fits."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


def _by_kind(rows: Iterable[TellingRow]) -> dict[str, tuple[str, ...]]:
    return {row.kind: tuple(sorted(row.words, key=len, reverse=True)) for row in rows}


def _surname(rows: Iterable[SurnameRow], *, given_follows: bool) -> str:
    """Join surnames so that each branch begins with its character: the engine then skips branches without trying."""
    branches: list[str] = []
    for row in sorted(rows, key=lambda row: len(row.surname), reverse=True):
        before = f"(?<![{re.escape(row.not_after)}]{row.surname})" if row.not_after else ""
        after = f"(?![{re.escape(row.not_before)}])" if given_follows and row.not_before else ""
        branches.append(f"{row.surname}{before}{after}")
    plain = [branch for branch in branches if len(branch) == 1]
    branches = [branch for branch in branches if len(branch) > 1]
    first = "".join(sorted({branch[0] for branch in [*branches, *plain]}))
    return f"(?=[{first}])(?:" + "|".join([*branches, f"[{''.join(plain)}]"] if plain else branches) + ")"
