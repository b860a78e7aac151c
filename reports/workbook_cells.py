"""Cells of the workbooks: what a customer wrote is text, always, days are days, and Excel works nothing out."""

import math
import re
from collections.abc import Sequence
from datetime import date

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill

LONGEST_CELL = 32_000
"""Characters; Excel takes 32,767."""
_CUT = "……（过长，此处截断）"
# What XML 1.0 forbids, and DEL, which no cell needs.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HEAD = PatternFill("solid", fgColor="1F4E79")
_TO_FILL_IN = PatternFill("solid", fgColor="2E7D32")
_FORMULA_STARTS = ("=", "+", "-", "@")
_DAY = "yyyy-mm-dd"


def cell_text(text: str) -> str:
    """Return text as a cell can hold it: without characters that XML forbids, and not longer than Excel takes."""
    legal = _FORBIDDEN.sub("", text)
    return legal if len(legal) <= LONGEST_CELL else legal[:LONGEST_CELL] + _CUT


def put_text(cell: Cell, text: str) -> None:
    """Write text as text, e.g. ``=1+1`` as the four characters: a review may begin with “=”."""
    cell.value, cell.data_type = cell_text(text), "s"


def put_value(cell: Cell, value: object) -> None:
    """Write a value of a table: numbers and days as such, nothing for what is not known, lists joined, 是 for true."""
    if _is_missing(value):
        return
    if isinstance(value, bool):
        if value:
            put_text(cell, "是")
    elif isinstance(value, (int, float)):
        cell.value = value
    elif isinstance(value, date):
        # A time of day would say more than the platforms tell.
        cell.value = date(value.year, value.month, value.day)
    else:
        put_text(cell, str(value))


def put(cell: Cell, value: object) -> None:
    """Write a value at the top of a cell; a text is text, always: a review may begin with ``=``."""
    if isinstance(value, str):
        put_text(cell, value)
        # As if an apostrophe stood before it, so that it stays text when somebody edits it.
        cell.quotePrefix = value.startswith(_FORMULA_STARTS)
    else:
        cell.value = value
        if isinstance(value, date):
            cell.number_format = _DAY
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def put_header(cell: Cell, value: str | None = None, *, to_fill_in: bool = False) -> None:
    """Write or colour a header: green over what is to be filled in, blue over what is shown."""
    if value is not None:
        cell.value = value
    cell.fill = _TO_FILL_IN if to_fill_in else _HEAD
    cell.font = Font(bold=True, color="FFFFFF")


def write_lines(book: Workbook, name: str, lines: Sequence[str]) -> None:
    """Write a sheet of numbered sentences."""
    sheet = book.create_sheet(name)
    sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(lines, start=1):
        sheet.append((f"{number}. {line}",))
        sheet.cell(number, 1).alignment = Alignment(wrap_text=True)


def _is_missing(value: object) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    return value is None or value is pd.NA or value is pd.NaT
