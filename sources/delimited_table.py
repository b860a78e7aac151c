"""CSV and TSV files: delimiter, header, quoted line breaks, and rows that a stray quote has torn."""

import csv
import io
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import cast

from sources.column_names import known_names
from sources.encoding import TextEncoding, holds_undecoded, without_undecoded
from sources.file_format import FileBytes
from sources.record import SourceFileError
from sources.tables import HEADER_SEARCH_ROWS, Cell, Unreadable, find_header, fitted, unique_columns

DELIMITERS = (",", "\t", ";", "|")
_SNIFFED_ROWS = 50
_SHOWN_OF_LONG = 200


class DelimitedTable:
    """A CSV or TSV file, streamed; see ``sources.tables.Table``."""

    name = ""

    def __init__(self, source: FileBytes, encoding: TextEncoding, wanted: Collection[str] = ()) -> None:
        """Find delimiter and header.

        Args:
            source: The file.
            encoding: Its encoding.
            wanted: Column names that a person chose; they help to find the header.

        Raises:
            SourceFileError: There is no row under the column names.
        """
        self._source = source
        self._encoding = encoding
        with self._open() as stream:
            head = list(islice(stream, 500))
        self.delimiter = _delimiter([line for line in head if len(line) < csv.field_size_limit()])
        first_rows = [
            [] if isinstance(row, Unreadable) else row for row in islice(self._records(iter(head)), HEADER_SEARCH_ROWS)
        ]
        header_row = find_header(cast("Sequence[Sequence[Cell]]", first_rows), wanted)
        if header_row is None:
            raise SourceFileError(
                f"{source.name}: expected column names and rows, found only empty lines. Export it again"
            )
        self.header_row = header_row
        self.columns = unique_columns([without_undecoded(cell) for cell in first_rows[header_row]])

    def rows(self) -> Iterator[list[Cell] | Unreadable]:
        """Read the data rows; blank lines are no rows."""
        width = len(self.columns)
        with self._open() as stream:
            records = self._records(stream)
            for _ in range(self.header_row + 1):
                next(records, None)
            for record in records:
                if isinstance(record, Unreadable):
                    yield record
                elif len(record) == width and not self._encoding.damaged_lines:
                    yield cast("list[Cell]", record)
                else:
                    yield self._checked(record, width)

    def raw(self, cells: Sequence[Cell]) -> str:
        """Write a row with the file's delimiter and quotes."""
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=self.delimiter, lineterminator="").writerow(cells)
        return without_undecoded(buffer.getvalue())

    def _open(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(
            self._source.open(), encoding=self._encoding.name, errors=self._encoding.errors, newline=""
        )

    def _checked(self, record: list[str], width: int) -> list[Cell] | Unreadable:
        cells = cast("list[Cell]", record)
        if self._encoding.damaged_lines and holds_undecoded(record):
            shown = [without_undecoded(cell) for cell in record]
            detail = f"the row holds bytes that are no {self._encoding.name}"
            return Unreadable("undecodable", detail, self.raw(shown), tuple(shown))
        # One empty cell more is a delimiter at the line's end; more of them show that a text was cut at its commas.
        fitting = fitted(cells, width) if len(record) <= width + 1 else None
        if fitting is None:
            detail = f"expected {width} cells, found {len(record)}: a text may hold '{self.delimiter}' outside quotes"
            return Unreadable("too_many_cells", detail, self.raw(cells), tuple(cells))
        # One cell alone is what is left of a row after an unquoted line break.
        if width >= 3 and len(record) == 1:
            detail = f"expected {width} cells, found 1: a text may hold a line break"
            return Unreadable("too_few_cells", detail, self.raw(cells))
        return fitting

    def _records(self, stream: Iterator[str]) -> Iterator[list[str] | Unreadable]:
        lines = _RecordLines(stream)
        reader = csv.reader(lines, delimiter=self.delimiter)
        while True:
            lines.start_record()
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error:
                record = []
                torn = True
                if len(lines.taken) == 1:
                    yield _too_long(lines.taken[0], self.delimiter)
                    continue
            else:
                # The reader asks for a line beyond the last one only while a quote is open.
                torn = lines.exhausted or (len(lines.taken) > 1 and not self._is_well_quoted(lines.taken))
            if torn:
                first = lines.keep_first()
                detail = "a quote that opens in this row is not closed in it; the rows after it are read on their own"
                raw = without_undecoded(first.rstrip("\r\n"))
                yield Unreadable("unclosed_quote", detail, raw, delimiter=self.delimiter)
            elif record:
                yield record

    def _is_well_quoted(self, lines: list[str]) -> bool:
        try:
            return len(list(csv.reader(lines, delimiter=self.delimiter, strict=True))) == 1
        except csv.Error:
            return False


class _RecordLines(Iterator[str]):
    """Lines for the CSV reader that remember which of them the present record took, so that they can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._given_back: deque[str] = deque()
        self.taken: list[str] = []
        self.exhausted = False

    def __next__(self) -> str:
        if self._given_back:
            line = self._given_back.popleft()
        else:
            try:
                line = next(self._lines)
            except StopIteration:
                self.exhausted = True
                raise
        self.taken.append(line)
        return line

    def start_record(self) -> None:
        self.taken = []
        self.exhausted = False

    def keep_first(self) -> str:
        self._given_back.extendleft(reversed(self.taken[1:]))
        return self.taken[0]


def _too_long(line: str, delimiter: str) -> Unreadable:
    detail = f"expected cells of at most {csv.field_size_limit():,} characters, found a longer one"
    return Unreadable("too_long_cell", detail, without_undecoded(line[:_SHOWN_OF_LONG]), delimiter=delimiter)


def _delimiter(head: list[str]) -> str:
    """Choose the delimiter under which the header holds known names and the rows are as wide as the header."""

    def score(delimiter: str) -> tuple[int, bool, float, int]:
        try:
            rows = [row for row in islice(csv.reader(head, delimiter=delimiter), _SNIFFED_ROWS) if row]
        except csv.Error:
            return (0, False, 0.0, 0)
        header = max(rows[:HEADER_SEARCH_ROWS], key=known_names, default=[])
        below = rows[rows.index(header) + 1 :] if header else []
        share = sum(len(row) == len(header) for row in below) / len(below) if below else 1.0
        return (known_names(header), len(header) > 1 and share >= 0.5, share, len(header))

    return max(DELIMITERS, key=score)
