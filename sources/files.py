"""Customers' files: what they are, how their columns are read, and their rows as review records.

``open_source_file`` reads a file once to decide what a sample could get wrong: the encoding, the order of day and
month, whether 00:00 is a time, the rating scale. ``SourceFile.resolved`` gives all of these, ``SourceFile.rows`` the
records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sources.column_names import NoTextColumnError, check_overrides
from sources.dates import DateColumn
from sources.delimited_table import DelimitedTable
from sources.encoding import TextEncoding, detect_encoding
from sources.file_format import FetchedFile, FileBytes, Format, recognise
from sources.json_table import JsonTable
from sources.parquet_table import ParquetTable
from sources.ratings import SCALES
from sources.record import BadRow, ReviewRecord, SourceFileError
from sources.row_reader import RowPlan, RowReader
from sources.sheet_plan import SheetPlan, plan_sheet
from sources.tables import Table, Unreadable
from sources.workbook_tables import workbook_tables

READER_VERSION = "2"
"""Raised whenever the same file would be read to other records; part of the file's identity."""


@dataclass(frozen=True)
class FileOptions:
    """What a person may decide about a file.

    Attributes:
        columns: Field → the file's column, e.g. ``{"text": "评论内容"}``; wins over the vocabulary. An empty name keeps
            the field from being read.
        sheet: The one sheet of a workbook to read; all of them if None.
        encoding: The encoding's name; found out if None.
        rating_scale: ``5``, ``10``, ``50``, ``100`` or ``none``; found out for each sheet if None.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None
    rating_scale: str | None = None


@dataclass(frozen=True)
class Sheet:
    """One table of a file and how it is read.

    Attributes:
        name: The sheet's name; empty in formats without sheets.
        columns: All column names.
        mapping: Field → column.
        unmapped: The columns that go to ``extra``.
        rating_scale: The scale of the rating column, None where there is none.
        dates: How each date field is read.
        header_row: Rows above the header, such as a title line.
        data_rows: How many rows it has; ``SourceFile.rows`` gives them unless the sheet is left out.
        notes: Choices that a person may want to know of.
        skipped_reason: Why the sheet is left out, or None.
    """

    name: str
    columns: tuple[str, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    rating_scale: str | None = None
    dates: Mapping[str, DateColumn] = field(default_factory=dict)
    header_row: int = 0
    data_rows: int = 0
    notes: tuple[str, ...] = ()
    skipped_reason: str | None = None


class SourceFile:
    """A file that has been understood; made by ``open_source_file``.

    Attributes:
        name: The file's name.
        format: ``csv``, ``tsv``, ``xlsx`` (any Excel workbook), ``json``, ``jsonl`` or ``parquet``.
        encoding: The text encoding; None for workbooks and Parquet.
        delimiter: The delimiter of CSV and TSV; None otherwise.
        sheets: The tables, skipped ones included.
    """

    def __init__(self, name: str, tables: "OpenedTables", plans: tuple[SheetPlan | NoTextColumnError, ...]) -> None:
        self.name = name
        self.format = tables.format
        self.encoding = tables.encoding
        self.delimiter = tables.delimiter
        self._plans = tuple(zip(tables.tables, plans, strict=True))
        self.sheets = tuple(_sheet(table, plan) for table, plan in self._plans)

    def resolved(self) -> dict[str, Any]:
        """Return all that decides how the rows are read, ready for JSON: a part of the file's identity."""
        return {
            "reader_version": READER_VERSION,
            "format": self.format,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "sheets": [_resolved_sheet(sheet) for sheet in self.sheets],
        }

    def rows(self) -> Iterator[ReviewRecord | BadRow]:
        """Read all data rows in file order, numbered from 1 over the sheets that are read; may be called again."""
        row_number = 0
        for table, plan in self._plans:
            if isinstance(plan, NoTextColumnError):
                continue
            reader = RowReader(table, RowPlan(plan.mapping.fields, plan.dates, plan.rating))
            for row in table.rows():
                row_number += 1
                if isinstance(row, Unreadable):
                    yield reader.unreadable(row_number, row)
                else:
                    yield _with_kind(reader.read(row_number, row), table.name)


def _with_kind(row: ReviewRecord | BadRow, sheet_name: str) -> ReviewRecord | BadRow:
    """Let the sheet's name stand in for a column of kinds: a workbook may hold 投诉 beside 值班日志."""
    if isinstance(row, ReviewRecord) and row.kind is None and sheet_name:
        row.kind = sheet_name
    return row


@dataclass(frozen=True)
class OpenedTables:
    """The tables of a file, and what its format needed to open them."""

    format: Literal["csv", "tsv", "xlsx", "json", "jsonl", "parquet"]
    tables: tuple[Table, ...]
    encoding: str | None = None
    delimiter: str | None = None


def open_source_file(content: Path | FetchedFile, options: FileOptions | None = None) -> SourceFile:
    """Understand a file; it is read once from beginning to end.

    Args:
        content: CSV, TSV, Excel, JSON, JSON Lines or Parquet, plain or gzipped, on disk or in memory; told by content,
            not by name.
        options: What a person decided about it.

    Raises:
        SourceFileError: The file cannot be understood; the message says what was expected, what was found and how to
            go on.
    """
    options = options or FileOptions()
    check_overrides(options.columns)
    if options.rating_scale not in (None, *SCALES):
        raise SourceFileError(f"rating scale: expected one of {', '.join(SCALES)}, found '{options.rating_scale}'")
    source, kind = recognise(content)
    if options.sheet is not None and kind != "workbook":
        raise SourceFileError(
            f"{content.name}: expected a workbook with the sheet '{options.sheet}', found a file without sheets"
        )
    tables = _open_tables(source, kind, options)
    plans = tuple(_plan(table, options) for table in tables.tables)
    refusals = [plan for plan in plans if isinstance(plan, NoTextColumnError)]
    if len(refusals) == len(plans):
        reasons = "; ".join(
            f"sheet '{table.name}': {refusal}" if table.name else str(refusal)
            for table, refusal in zip(tables.tables, refusals, strict=True)
        )
        raise SourceFileError(f"{content.name}: {reasons}") from (refusals[0] if refusals else None)
    return SourceFile(content.name, tables, plans)


def _open_tables(source: FileBytes, kind: Format, options: FileOptions) -> OpenedTables:
    wanted = tuple(column for column in options.columns.values() if column)
    if kind == "workbook":
        return OpenedTables("xlsx", workbook_tables(source, options.sheet, wanted))
    if kind == "parquet":
        return OpenedTables("parquet", (ParquetTable(source),))
    encoding = _encoding(source, options)
    if kind == "delimited":
        table = DelimitedTable(source, encoding, wanted)
        return OpenedTables("tsv" if table.delimiter == "\t" else "csv", (table,), encoding.name, table.delimiter)
    return OpenedTables(kind, (JsonTable(source, encoding, per_line=kind == "jsonl"),), encoding.name)


def _encoding(source: FileBytes, options: FileOptions) -> TextEncoding:
    try:
        with source.open() as stream:
            return detect_encoding(stream, source.name, options.encoding)
    except EOFError as error:
        raise SourceFileError(
            f"{source.name}: expected a whole gzip file, found one cut off. Fetch it again"
        ) from error


def _plan(table: Table, options: FileOptions) -> SheetPlan | NoTextColumnError:
    try:
        return plan_sheet(table, options.columns, options.rating_scale)
    except NoTextColumnError as error:
        return error


def _sheet(table: Table, plan: SheetPlan | NoTextColumnError) -> Sheet:
    if isinstance(plan, NoTextColumnError):
        rows = sum(1 for _ in table.rows()) if table.columns else 0
        return Sheet(table.name, table.columns, data_rows=rows, skipped_reason=str(plan))
    return Sheet(
        name=table.name,
        columns=table.columns,
        mapping=plan.mapping.fields,
        unmapped=plan.mapping.unmapped,
        rating_scale=plan.rating.scale if plan.rating else None,
        dates=plan.dates,
        header_row=table.header_row,
        data_rows=plan.data_rows,
        notes=plan.mapping.notes,
    )


def _resolved_sheet(sheet: Sheet) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "header_row": sheet.header_row,
        "mapping": dict(sheet.mapping),
        "rating_scale": sheet.rating_scale,
        "dates": {
            name: {"day_first": column.day_first, "midnight_is_day": column.midnight_is_day}
            for name, column in sheet.dates.items()
        },
        "skipped": sheet.skipped_reason is not None,
    }
