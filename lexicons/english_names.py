"""English names of what the tables hold by its Chinese name: departments, aspects and touchpoints.

The list is only shown, never read: it is no part of the lexicon version, so a better name leaves labels as they are.
"""

from functools import cache

from lexicons.rows import LEXICON_ROOT, Row, read_rows

ENGLISH_NAMES_PATH = LEXICON_ROOT / "vocabulary" / "english_names.tsv"


class EnglishName(Row):
    """One word of the tables and its English name."""

    chinese: str
    english: str


@cache
def english_names() -> dict[str, str]:
    """Return all names as Chinese → English."""
    return {row.chinese: row.english for row in read_rows(ENGLISH_NAMES_PATH, EnglishName)}


def english_name(chinese: str) -> str:
    """Return the English name, e.g. ``Housekeeping`` for ``客房部``, or the word itself where a reader has added it."""
    return english_names().get(chinese, chinese)
