"""Cells of the workbooks: what a customer wrote is text, always, and nothing in a cell is worked out by Excel."""

import math
import re
from datetime import date

import pandas as pd
from openpyxl.cell import Cell

LONGEST_CELL = 32_000
"""Characters; Excel takes 32,767."""
_CUT = "……（过长，此处截断）"
# What XML 1.0 forbids, and DEL, which no cell needs.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


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


def _is_missing(value: object) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    return value is None or value is pd.NA or value is pd.NaT
