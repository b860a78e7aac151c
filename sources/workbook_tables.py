"""Excel workbooks, old and new: one table a sheet."""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from sources.column_names import nearest_name
from sources.file_format import FileBytes
from sources.record import SourceFileError
from sources.tables import HEADER_SEARCH_ROWS, Cell, Unreadable, cell_text, find_header, fitted, unique_columns

_Value = int | float | str | bool | time | date | datetime | timedelta


class WorkbookTable:
    """One sheet; see ``sources.tables.Table``. A sheet without any row has no columns."""

    def __init__(self, workbook: CalamineWorkbook, name: str, wanted: Collection[str] = ()) -> None:
        """Find the sheet's header; ``wanted`` are column names that a person chose."""
        self.name = name
        self._workbook = workbook
        first_rows = list(islice(self._filled_rows(), HEADER_SEARCH_ROWS))
        self.header_row = find_header(first_rows, wanted) or 0
        self.columns = unique_columns(first_rows[self.header_row]) if first_rows else ()

    def rows(self) -> Iterator[list[Cell] | Unreadable]:
        """Read the data rows; rows without any value are no rows."""
        for cells in islice(self._filled_rows(), self.header_row + 1, None):
            fitting = fitted(cells, len(self.columns))
            if fitting is None:
                detail = f"expected {len(self.columns)} cells, found values in columns that have no name"
                yield Unreadable("too_many_cells", detail, self.raw(cells), tuple(cells))
            else:
                yield fitting

    def raw(self, cells: Sequence[Cell]) -> str:
        """Write a row as comma-separated text."""
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="").writerow([cell_text(cell) for cell in cells])
        return buffer.getvalue()

    def _filled_rows(self) -> Iterator[list[Cell]]:
        sheet = self._workbook.get_sheet_by_name(self.name)
        merged = _MergedColumns(sheet)
        for number, row in enumerate(sheet.iter_rows(), start=merged.first_row):
            cells = merged.fill(number, [_cell(value) for value in row])
            if any(cell not in (None, "") for cell in cells):
                yield cells


class _MergedColumns:
    """Cells merged downwards: the file holds their value in the first row only, and it is meant for all of them."""

    def __init__(self, sheet: CalamineSheet) -> None:
        row, column = sheet.start or (0, 0)
        self.first_row = row
        self._ranges = {
            (first_row, first_column - column): last_row
            for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or ()
            if first_column == last_column and last_row > first_row
        }
        self._open: dict[int, tuple[int, Cell]] = {}

    def fill(self, row: int, cells: list[Cell]) -> list[Cell]:
        """Return the cells of a row, those that lie in a range begun above with its value."""
        for place in range(len(cells)):
            if (row, place) in self._ranges:
                self._open[place] = (self._ranges[row, place], cells[place])
            elif place in self._open and cells[place] in (None, "") and row <= self._open[place][0]:
                cells[place] = self._open[place][1]
        return cells


def workbook_tables(source: FileBytes, sheet: str | None, wanted: Collection[str] = ()) -> tuple[WorkbookTable, ...]:
    """Open the sheets of a workbook, or the one that is named.

    Raises:
        SourceFileError: The workbook is damaged or locked with a password, or has no such sheet.
    """
    try:
        with source.whole() as stream:
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        names = workbook.sheet_names
        if sheet is not None and sheet not in names:
            nearest = nearest_name(sheet, names)
            hint = f"; did you mean '{nearest}'?" if nearest else ""
            raise SourceFileError(f"{source.name}: expected the sheet '{sheet}', found {'、'.join(names)}{hint}")
        return tuple(WorkbookTable(workbook, name, wanted) for name in names if sheet in (None, name))
    except CalamineError as error:
        raise SourceFileError(
            f"{source.name}: expected an Excel workbook, found one that cannot be opened ({error}). "
            "It may be damaged or locked with a password; open it in Excel and save it again without one"
        ) from error


def _cell(value: _Value) -> Cell:
    if isinstance(value, time | timedelta):
        return str(value)
    return value
