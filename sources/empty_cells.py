"""What programs write into a cell that is empty, such as ``NULL`` or ``nan``."""

from functools import cache

from lexicons.rows import LEXICON_ROOT, Row, read_rows


class EmptyCell(Row):
    """One way to write an empty cell."""

    word: str


@cache
def empty_words() -> frozenset[str]:
    """Return the words for an empty cell in lower case."""
    return frozenset(row.word.lower() for row in read_rows(LEXICON_ROOT / "vocabulary" / "empty_cells.tsv", EmptyCell))
