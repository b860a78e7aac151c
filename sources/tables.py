"""What every file format becomes before it is mapped: a table with named columns and rows of cells."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sources.column_names import known_names, normalised_name

Cell = str | int | float | bool | datetime | date | None
HEADER_SEARCH_ROWS = 10


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that the format itself could not read.

    Attributes:
        reason: As in ``BadRow``.
        detail: As in ``BadRow``.
        raw: As in ``BadRow``, personal cells still shown.
        cells: The row's cells, where they could be told apart.
        delimiter: What stands between the cells of ``raw``, where they could not.
    """

    reason: str
    detail: str
    raw: str
    cells: tuple[Cell, ...] | None = None
    delimiter: str | None = None


class Table(Protocol):
    """One table of a file.

    Attributes:
        name: The sheet's name; empty in formats without sheets.
        columns: The column names, unique, none empty.
        header_row: Rows before the header, such as a title line.
    """

    name: str
    columns: tuple[str, ...]
    header_row: int

    def rows(self) -> Iterator[list[Cell] | Unreadable]:
        """Read the data rows, each with one cell a column; may be called again."""

    def raw(self, cells: Sequence[Cell]) -> str:
        """Write a row as it stood in the file, for the report of a bad one."""


def cell_text(cell: Cell) -> str:
    """Return a cell as text, stripped: ``1234567890123.0`` → ``1234567890123``, an empty cell → ``""``."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if math.isnan(cell):
            return ""
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else str(cell)


def find_header(rows: Sequence[Sequence[Cell]], wanted: Collection[str]) -> int | None:
    """Return which of a table's first rows holds the column names: the first filled one, or one below a title line.

    Args:
        rows: The first rows, at least one.
        wanted: Column names that a person chose, counted like those of the vocabulary.

    Returns:
        The index, or None where all rows are empty.
    """
    filled = [sum(bool(cell_text(cell)) for cell in row) for row in rows]
    first = next((index for index, count in enumerate(filled) if count), None)
    if first is None:
        return None
    names = {normalised_name(name) for name in wanted}

    def score(row: Sequence[Cell]) -> int:
        return known_names(row) + sum(isinstance(cell, str) and normalised_name(cell) in names for cell in row)

    best = max(range(first, len(rows)), key=lambda index: score(rows[index]))
    # A title line fills few cells; a data row that happens to hold `酒店` and `投诉` does not stand below one.
    below_title = (
        score(rows[best]) >= 2 and score(rows[best]) > score(rows[first]) and 2 * filled[first] <= filled[best]
    )
    return best if below_title else first


def unique_columns(header: Sequence[Cell]) -> tuple[str, ...]:
    """Name every column once: ``["评论", "", "评论", ""]`` → ``("评论", "第2列", "评论 (2)")``."""
    names = [cell_text(cell).lstrip("\ufeff") for cell in header]
    while names and not names[-1]:
        names.pop()
    columns: list[str] = []
    for number, given in enumerate(names, start=1):
        unique = name = given or f"第{number}列"
        repeat = 1
        while unique in columns:
            repeat += 1
            unique = f"{name} ({repeat})"
        columns.append(unique)
    return tuple(columns)


def fitted(cells: list[Cell], width: int) -> list[Cell] | None:
    """Bring a row to the table's width; None where filled cells stand beyond it."""
    if len(cells) > width:
        return None if any(cell_text(cell) for cell in cells[width:]) else cells[:width]
    return cells + [None] * (width - len(cells)) if len(cells) < width else cells
