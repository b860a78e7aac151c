"""How one table is read, decided from its column names and all its rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sources.column_names import ColumnMapping, NoTextColumnError, map_columns, nearest_name
from sources.dates import DateColumn, DateColumnEvidence
from sources.ratings import SCALES, RatingColumn, RatingColumnEvidence
from sources.row_reader import DATE_FIELDS
from sources.tables import Cell, Table, Unreadable, cell_text

_SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """The reading of one table.

    Attributes:
        mapping: Which column holds which field.
        dates: How each mapped date field is read.
        rating: How the rating is read; None where no column holds one.
        data_rows: How many rows the table has, unreadable ones included.
    """

    mapping: ColumnMapping
    dates: Mapping[str, DateColumn]
    rating: RatingColumn | None
    data_rows: int


def plan_sheet(table: Table, overrides: Mapping[str, str], rating_scale: str | None) -> SheetPlan:
    """Decide how a table is read; all its rows are read once.

    Args:
        table: The table.
        overrides: Field → column, which win over the vocabulary.
        rating_scale: A scale that a person chose; decided from the column if None.

    Raises:
        NoTextColumnError: No column holds texts, or no row can be read.
        SourceFileError: An override names a column that is not there.
    """
    sample: list[list[Cell]] = []
    data_rows = 0
    rows = table.rows()
    for row in rows:
        data_rows += 1
        if not isinstance(row, Unreadable):
            sample.append(row)
        if len(sample) == _SAMPLE_ROWS:
            break
    samples = {column: [row[place] for row in sample] for place, column in enumerate(table.columns)}
    mapping = map_columns(table.columns, samples, _present(overrides, table))
    if not sample:
        raise NoTextColumnError(_no_rows(data_rows))
    evidence = _Evidence(table, mapping)
    for row in sample:
        evidence.add(row)
    for row in rows:
        data_rows += 1
        if not isinstance(row, Unreadable):
            evidence.add(row)
    if evidence.own_id_is_row_number() and "own_id" not in overrides:
        mapping = _without_own_id(mapping, table)
    return SheetPlan(mapping, evidence.dates(), evidence.rating(mapping, rating_scale), data_rows)


class _Evidence:
    """What the rows of a table show about its date, rating and id columns."""

    def __init__(self, table: Table, mapping: ColumnMapping) -> None:
        place = {field: table.columns.index(column) for field, column in mapping.fields.items()}
        self._dates = [(field, place[field], DateColumnEvidence()) for field in DATE_FIELDS if field in place]
        self._rating_place = place.get("rating")
        self._rating = RatingColumnEvidence()
        self._id_place = place.get("own_id")
        self._first_id: int | None = None
        self._rows = 0

    def add(self, row: list[Cell]) -> None:
        for _, place, column in self._dates:
            column.add(row[place])
        if self._rating_place is not None:
            self._rating.add(cell_text(row[self._rating_place]))
        if self._id_place is not None:
            self._check_id(cell_text(row[self._id_place]))
        self._rows += 1

    def _check_id(self, text: str) -> None:
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
        if self._rows == 0 and number in (0, 1):
            self._first_id = number
        elif self._first_id is not None and number != self._first_id + self._rows:
            self._first_id = None

    def own_id_is_row_number(self) -> bool:
        """Rows numbered from 0 or 1: the next export begins at 1 again, with other reviews."""
        return self._first_id is not None

    def dates(self) -> dict[str, DateColumn]:
        return {field: column.decide() for field, _, column in self._dates}

    def rating(self, mapping: ColumnMapping, wanted: str | None) -> RatingColumn | None:
        if self._rating_place is None:
            return None
        chosen = next((scale for scale in SCALES if scale == wanted), None)
        return RatingColumn(chosen) if chosen else self._rating.decide(mapping.fields["rating"])


def _present(overrides: Mapping[str, str], table: Table) -> Mapping[str, str]:
    """Leave a workbook's sheet out that lacks an override's column: another sheet may have it."""
    missing = [column for column in overrides.values() if column and column not in table.columns]
    if table.name and missing:
        nearest = nearest_name(missing[0], table.columns)
        hint = f" (did you mean '{nearest}'?)" if nearest else ""
        raise NoTextColumnError(
            f"expected the column '{missing[0]}' that --map names, found {'、'.join(table.columns)}{hint}"
        )
    return overrides


def _without_own_id(mapping: ColumnMapping, table: Table) -> ColumnMapping:
    column = mapping.fields["own_id"]
    fields = {field: name for field, name in mapping.fields.items() if field != "own_id"}
    unmapped = tuple(name for name in table.columns if name in mapping.unmapped or name == column)
    note = f"'{column}' only numbers the rows and is not taken as the reviews' id; --map own_id={column} takes it"
    return replace(mapping, fields=fields, unmapped=unmapped, notes=(*mapping.notes, note))


def _no_rows(data_rows: int) -> str:
    if data_rows == 0:
        return "expected rows under the column names, found none. Export it again with data"
    return (
        f"expected rows with one cell for each column name, found {data_rows} that have none such. "
        "Put quotes around texts that hold the delimiter, or save it as .xlsx"
    )
