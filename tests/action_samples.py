"""Workbooks of things to do as people fill them in, for tests."""

from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from reports.action_sheet import ITEMS


def fill_rows(path: Path, rows: dict[int, dict[str, Any]], sheet: str = ITEMS) -> None:
    """Fill in a workbook: row, as Excel counts → header → what is put there."""
    book = load_workbook(path)
    places = {cell.value: cell.column for cell in book[sheet][1]}
    for row, cells in rows.items():
        for header, value in cells.items():
            _type(book[sheet].cell(row, places[header]), value)
    book.save(path)


def add_row(path: Path, cells: dict[str, Any], sheet: str = ITEMS) -> int:
    """Write a row under the last one and return its number."""
    book = load_workbook(path)
    places = {cell.value: cell.column for cell in book[sheet][1]}
    row = next(r for r in range(2, 1000) if not any(c.value for c in book[sheet][r]))
    for header, value in cells.items():
        _type(book[sheet].cell(row, places[header]), value)
    book.save(path)
    return row


def _type(cell: Any, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        # As Excel keeps it behind an apostrophe.
        cell.data_type = "s"
