"""Columns whose cells are personal data whatever stands in them: names, numbers and addresses of persons.

A name or a number that stands alone in its cell has no telling word beside it, so masking cannot find it; the column's
name is what tells. Authors count as well: only their key is ever written.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Literal

from lexicons.rows import LEXICON_ROOT, Cells, Row, read_rows
from sources.column_names import column_vocabulary, normalised_name
from sources.tables import Cell, Table, Unreadable, cell_text

_AUTHOR = "[姓名]"
_LEFT_OUT = "…"
_REPEAT = re.compile(r"(?<=\D)\d{1,2}$")
_JSON_MEMBER = re.compile(r'("((?:[^"\\]|\\.)*)"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s"{}\[\],][^,}\]]*)')
_URL_MEMBER = re.compile(r"([?&;#](\w+)=)([^&;#]+)")


class PersonalColumn(Row):
    """Column names that announce one kind of personal data, and the token that stands for such a cell."""

    token: str
    match: Literal["whole", "end"]
    names: Cells
    example: str


@lru_cache(maxsize=4_096)
def personal_token(column: str) -> str | None:
    """Return the token for the cells of a column, e.g. ``客人手机号`` → ``[手机号]``; None where it is not personal."""
    name = _REPEAT.sub("", normalised_name(column))
    whole, endings = _vocabulary()
    if token := whole.get(name):
        return token
    known = column_vocabulary().get(name)
    if known is not None:
        return _AUTHOR if known[0] == "author" else None
    return next((token for ending, token in endings if name.endswith(ending)), None)


def without_personal_members(url: str) -> str:
    """Return an address without the personal data among its parameters: ``?phone=1380…`` → ``?phone=[电话]``."""
    return _URL_MEMBER.sub(lambda found: found[1] + (personal_token(found[2]) or found[3]), url)


class PersonalCells:
    """Hides the personal cells of the rows of one table."""

    def __init__(self, table: Table, mapping: Mapping[str, str]) -> None:
        """Find the personal columns.

        Args:
            table: The table.
            mapping: Field → column; a column that a field takes is personal only if the field is the author.
        """
        self._table = table
        taken = set(mapping.values())
        author = mapping.get("author")
        self._tokens: dict[int, str] = {}
        self._members: dict[str, str] = {}
        for place, column in enumerate(table.columns):
            token = _AUTHOR if column == author else None if column in taken else personal_token(column)
            if token:
                self._tokens[place] = token
                self._members[column.rpartition(".")[2]] = token

    def token(self, place: int) -> str | None:
        """Return what stands for the cells of the column at a place, None where they may be shown."""
        return self._tokens.get(place)

    def raw(self, cells: Sequence[Cell]) -> str:
        """Write a row as it stood, personal cells hidden.

        A row wider than the header was torn at one or more places that nobody knows: each cell that may have belonged
        to a personal column is hidden.
        """
        shown = list(cells)
        shift = max(0, len(shown) - len(self._table.columns))
        for first, token in self._tokens.items():
            for place in range(first, min(first + shift + 1, len(shown))):
                shown[place] = token if cell_text(shown[place]) else shown[place]
        return self._table.raw(shown)

    def raw_unreadable(self, row: Unreadable) -> str:
        """Write a row that the format could not read, personal cells hidden."""
        if not self._tokens:
            return row.raw
        if row.cells is not None:
            return self.raw(row.cells)
        if row.delimiter is not None:
            return self._raw_torn(row.raw, row.delimiter)
        return _JSON_MEMBER.sub(lambda found: found[1] + (self._member_token(found[2]) or found[3]), row.raw)

    def _member_token(self, name: str) -> str | None:
        token = self._members.get(name)
        return f'"{token}"' if token else None

    def _raw_torn(self, line: str, delimiter: str) -> str:
        """Hide what stands behind an open quote too, if a personal column comes after it."""
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            return _LEFT_OUT
        last = len(cells) - 1
        if any(place > last for place in self._tokens):
            cells[last] = cells[last].partition(delimiter)[0] + _LEFT_OUT
        shown = [self._tokens.get(place, cell) for place, cell in enumerate(cells)]
        return delimiter.join(shown)


@cache
def _vocabulary() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    whole: dict[str, str] = {}
    endings: list[tuple[str, str]] = []
    for row in read_rows(LEXICON_ROOT / "vocabulary" / "personal_columns.tsv", PersonalColumn):
        names = [normalised_name(name) for name in row.names]
        whole.update({name: row.token for name in names if name not in whole})
        endings += [(name, row.token) for name in names if row.match == "end"]
    return whole, tuple(sorted(endings, key=lambda pair: -len(pair[0])))
