"""From the cells of one row to a review record, by the mapping of its sheet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sources.column_names import Field
from sources.dates import DateColumn, Moment
from sources.embedded_parts import Parts, split_parts
from sources.empty_cells import empty_words
from sources.personal_columns import PersonalCells
from sources.ratings import RatingColumn
from sources.record import BadRow, ReviewRecord
from sources.tables import Cell, Table, Unreadable, cell_text

DATE_FIELDS: tuple[Field, ...] = ("published_at", "stayed_at", "replied_at")
# What a spreadsheet leaves of a long number: many ids become the same one.
_ROUNDED_ID = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
_LONGEST_EMPTY_WORD = 12


@dataclass(frozen=True, slots=True)
class RowPlan:
    """Everything that decides how the rows of one sheet are read.

    Attributes:
        mapping: Field → column.
        dates: How each date field is read.
        rating: How the rating is read; None where no column holds one.
    """

    mapping: Mapping[str, str]
    dates: Mapping[str, DateColumn]
    rating: RatingColumn | None


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, table: Table, plan: RowPlan) -> None:
        places = {column: place for place, column in enumerate(table.columns)}
        self._personal = PersonalCells(table, plan.mapping)
        self._places = {field: places[column] for field, column in plan.mapping.items()}
        mapped = set(self._places.values())
        unmapped = ((column, place) for column, place in places.items() if place not in mapped)
        self._unmapped = tuple((column, place, self._personal.token(place)) for column, place in unmapped)
        self._dates = {field: plan.dates.get(field, DateColumn()) for field in DATE_FIELDS}
        self._rating = plan.rating or RatingColumn("none")
        self._empty = empty_words()

    def read(self, row_number: int, cells: Sequence[Cell]) -> ReviewRecord | BadRow:
        """Read one row; a row without any text of the guest becomes a bad row.

        Where the text cell is empty, second thoughts and then the title stand in for it.
        """
        parts = split_parts(self._text(cells, "text") or "")
        follow_up = _joined(self._text(cells, "follow_up_text"), parts.follow_up)
        title = self._text(cells, "title")
        text = parts.guest
        if not text:
            text, follow_up, title = (follow_up, None, title) if follow_up else (title or "", None, None)
        if not text:
            return self._bad_row(row_number, cells, parts)
        record = ReviewRecord(row_number=row_number, text=text, follow_up_text=follow_up, title=title)
        record.reply_text = _joined(self._text(cells, "reply_text"), parts.reply)
        record.extra = {
            column: token or text for column, place, token in self._unmapped if (text := cell_text(cells[place]))
        }
        self._add_labels(record, cells)
        self._add_dates(record, cells, parts)
        return record

    def unreadable(self, row_number: int, row: Unreadable) -> BadRow:
        """Return the bad row for one that the format itself could not read."""
        return BadRow(row_number, row.reason, row.detail, self._personal.raw_unreadable(row))

    def _add_labels(self, record: ReviewRecord, cells: Sequence[Cell]) -> None:
        record.own_id = self._own_id(record, cells)
        record.venue = self._text(cells, "venue")
        record.author = self._text(cells, "author")
        record.traveller_type = self._text(cells, "traveller_type")
        record.product = self._text(cells, "product")
        record.url = self._text(cells, "url")
        record.kind = self._text(cells, "kind")
        record.industry = self._text(cells, "industry")
        record.rating_raw = self._text(cells, "rating")
        if record.rating_raw is not None:
            record.rating = self._rating.read(record.rating_raw)

    def _add_dates(self, record: ReviewRecord, cells: Sequence[Cell], parts: Parts) -> None:
        record.published_at, record.published_precision = self._moment(record, cells, "published_at")
        stayed_at, precision = self._moment(record, cells, "stayed_at")
        if stayed_at is not None and precision != "year":
            record.stayed_at = stayed_at.date()
        elif stayed_at is not None:
            record.extra["stayed_at 原文"] = self._text(cells, "stayed_at") or ""
        record.replied_at = self._moment(record, cells, "replied_at")[0] or parts.replied_at
        if parts.followed_up_at is not None:
            record.extra.setdefault("追评时间", _day_text(parts.followed_up_at))

    def _moment(self, record: ReviewRecord, cells: Sequence[Cell], field: Field) -> Moment:
        place = self._places.get(field)
        if place is None or not (text := self._given(cells[place])):
            return None, "none"
        moment = self._dates[field].read(cells[place])
        if moment[0] is None:
            record.extra[f"{field} 原文"] = text
        return moment

    def _own_id(self, record: ReviewRecord, cells: Sequence[Cell]) -> str | None:
        text = self._text(cells, "own_id")
        if text is not None and _ROUNDED_ID.fullmatch(text):
            record.extra["own_id 原文"] = text
            return None
        return text

    def _text(self, cells: Sequence[Cell], field: Field) -> str | None:
        place = self._places.get(field)
        return None if place is None else self._given(cells[place]) or None

    def _given(self, cell: Cell) -> str:
        """Return a cell as text, empty where a program wrote a word such as ``NULL`` for nothing."""
        text = cell.strip() if isinstance(cell, str) else cell_text(cell)
        return "" if len(text) <= _LONGEST_EMPTY_WORD and text.lower() in self._empty else text

    def _bad_row(self, row_number: int, cells: Sequence[Cell], parts: Parts) -> BadRow:
        raw = self._personal.raw(cells)
        if parts.reply:
            return BadRow(row_number, "only_reply", "the row holds a merchant's reply and no text of a guest", raw)
        return BadRow(row_number, "empty_text", "the row holds no text of a guest", raw)


def _joined(first: str | None, second: str | None) -> str | None:
    return f"{first}\n{second}" if first and second and second not in first else first or second


def _day_text(moment: datetime) -> str:
    return moment.date().isoformat()
