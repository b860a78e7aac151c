"""What people have filled in of things to do: a book read back, each problem with its sheet, row and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineWorkbook

from reports.action_sheet import (
    ACTION_ID,
    CREATED,
    DONE,
    DUE,
    EVIDENCE,
    FAILURE,
    ITEMS,
    KIND,
    PROPOSED,
    SHEETS,
    STATUS,
    TITLE,
    UPDATED,
    VENUE,
    columns,
)
from reports.label_sheet import REVIEW_ID, choices

_CODED = {KIND: "action_kind", FAILURE: "failure_subtype", STATUS: "action_status"}
_DAYS = {CREATED: "created_on", DUE: "due_on", DONE: "done_on"}


class ActionWorkbookError(ValueError):
    """A file is no book that `kesheng actions export` made."""


@dataclass(frozen=True, slots=True)
class ActionProblem:
    """Why one row was not taken."""

    sheet: str
    row: int
    """As Excel counts, the header being 1."""
    column: str
    what: str

    def __str__(self) -> str:
        return f"“{self.sheet}”第 {self.row} 行“{self.column}”列：{self.what}"


@dataclass(frozen=True, slots=True)
class ActionAnswer:
    """One row that was filled in rightly, as far as the book alone can tell."""

    sheet: str
    row: int
    fields: Mapping[str, object]
    """Columns of the table ``actions``; the venue as it is written, the title empty where a review is answered."""
    updated_at: str
    """When the item had last been changed, as the book says; empty for new ones."""

    def problem(self, column: str, what: str) -> ActionProblem:
        """Return a problem of this row."""
        return ActionProblem(self.sheet, self.row, column, what)


@dataclass(slots=True)
class ActionAnswers:
    """A book that was read: ``rows = len(answers) + waiting + len(problems)``."""

    rows: int = 0
    answers: list[ActionAnswer] = field(default_factory=list)
    waiting: int = 0
    """Rows that nobody has taken on: without a state, or 待定."""
    problems: list[ActionProblem] = field(default_factory=list)


class CellError(ValueError):
    """What is wrong with a cell, for people."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(what)
        self.column = column


def read_action_workbook(path: Path, today: date) -> ActionAnswers:
    """Read what people have filled in.

    Columns are found by their headers, so others may be added or moved; rows may be sorted or taken out.

    Args:
        path: A book of `kesheng actions export`.
        today: Nothing can have been done later.

    Raises:
        ActionWorkbookError: It is no Excel file, or sheets or columns of the book are missing.
    """
    answers = ActionAnswers()
    for sheet, (header, *rows) in _sheets(path).items():
        places = _places(path, sheet, [str(cell).strip() for cell in header])
        for number, cells in enumerate(rows, start=2):
            row = {name: cells[place] for name, place in places.items()}
            if not any(_text(value) for value in row.values()):
                continue
            answers.rows += 1
            if not _text(row.get(ACTION_ID)) and _text(row[STATUS]) in ("", PROPOSED):
                answers.waiting += 1
                continue
            try:
                fields = _fields(sheet, row, today)
            except CellError as error:
                answers.problems.append(ActionProblem(sheet, number, error.column, str(error)))
                continue
            answers.answers.append(ActionAnswer(sheet, number, fields, _text(row.get(UPDATED))))
    return answers


def _sheets(path: Path) -> dict[str, list[list[object]]]:
    try:
        book = CalamineWorkbook.from_path(path)
        if missing := [name for name in SHEETS if name not in book.sheet_names]:
            raise ActionWorkbookError(
                f"{path.name}: expected the sheets {'、'.join(SHEETS)} of `kesheng actions export`; "
                f"missing: {'、'.join(missing)}"
            )
        return {
            name: [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)] or [[]]
            for name in SHEETS
        }
    except (CalamineError, BadZipFile) as error:
        raise ActionWorkbookError(
            f"{path.name}: expected an Excel workbook (.xlsx) of `kesheng actions export`; {error}"
        ) from error


def _places(path: Path, sheet: str, header: Sequence[str]) -> dict[str, int]:
    wanted = [c.header for c in columns(sheet) if c.fill_in or c.header in (ACTION_ID, REVIEW_ID, EVIDENCE, UPDATED)]
    if missing := [name for name in wanted if name not in header]:
        raise ActionWorkbookError(
            f"{path.name}: the sheet {sheet} lacks the columns {'、'.join(missing)}; put their headers back as exported"
        )
    return {name: header.index(name) for name in wanted}


def _fields(sheet: str, row: Mapping[str, object], today: date) -> dict[str, object]:
    fields: dict[str, object] = {"action_id": None, "kind": SHEETS[sheet], "failure_subtype": None, "title": None}
    for column in columns(sheet):
        if column.header in _CODED and column.header in row:
            fields[column.field] = _chosen(column.header, _text(row[column.header]))
        elif column.header in _DAYS:
            fields[column.field] = _day(column.header, row[column.header])
        elif column.header in row and column.field != "updated_at":
            fields[column.field] = _text(row[column.header]) or None
    fields.setdefault("venue", None)
    _complete(sheet, fields)
    _check_days(fields, today)
    return fields


def _chosen(header: str, value: str) -> str | None:
    known = choices(_CODED[header])
    if header == STATUS and value in ("", PROPOSED):
        raise CellError(header, f"已立项的事项不能回到“{PROPOSED}”或留空，应为：{'、'.join(known)}")
    if value and value not in known:
        raise CellError(header, f"“{value}”不在选项中，应为：{'、'.join(known)}")
    return known[value] if value else None


def _day(header: str, value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _text(value)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CellError(header, f"“{text}”不是日期，应写成 2026-10-12 的样子") from None


def _complete(sheet: str, fields: Mapping[str, object]) -> None:
    if fields["kind"] is None:
        raise CellError(KIND, f"没有选类别，应为：{'、'.join(choices('action_kind'))}")
    if fields["kind"] == "improvement":
        if not fields["venue"]:
            raise CellError(VENUE, "整改没有写门店")
        if not fields["failure_subtype"]:
            raise CellError(FAILURE, "整改没有选失误类型，完成后无从比较")
    elif not fields["review_id"]:
        raise CellError(REVIEW_ID, "投诉处理和评价申诉要有评论编号")
    if sheet == ITEMS and not fields["title"]:
        raise CellError(TITLE, "没有写要做什么")


def _check_days(fields: Mapping[str, object], today: date) -> None:
    created, due, done = (fields[name] for name in ("created_on", "due_on", "done_on"))
    if fields["status"] == "done" and done is None:
        raise CellError(DONE, "状态是“已完成”，没有填完成日期")
    if fields["status"] != "done" and done is not None:
        raise CellError(DONE, "填了完成日期，状态却不是“已完成”")
    if isinstance(done, date) and done > today:
        raise CellError(DONE, f"完成日期 {done} 在今天（{today}）之后")
    if isinstance(created, date):
        for header, day in ((DUE, due), (DONE, done)):
            if isinstance(day, date) and day < created:
                raise CellError(header, f"{header} {day} 早于立项日期 {created}")


def _text(value: object) -> str:
    if value is None:
        return ""
    # Excel keeps 2 as 2.0 where somebody typed it.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
