"""What people have filled in: a book of ``reports.label_workbook`` read back, each problem with its row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineWorkbook

from reports.label_sheet import (
    BATCH,
    DONE,
    MOST_FAILURES,
    NOTE,
    RATER_CHOICES,
    REVIEW_ID,
    TASKS,
    YES,
    AnswerColumn,
    answer_columns,
    choices,
    graded,
)

Answer = dict[str, object]
"""The fields of one reading, as in the table ``labels``."""
_TICKED = ("voice", "recovery_actions", "fairness")


class LabelWorkbookError(ValueError):
    """A file is no book that `kesheng label export` made."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one row was not taken."""

    row: int
    """As Excel counts, the header being 1."""
    review_id: str
    what: str

    def __str__(self) -> str:
        return f"第 {self.row} 行（{self.review_id or '没有评论编号'}）：{self.what}"


@dataclass(slots=True)
class LabelAnswers:
    """A book that was read: ``rows = len(answers) + untouched + len(problems)``."""

    batch: str
    purpose: str
    settles: bool
    rows: int = 0
    answers: dict[int, Answer] = field(default_factory=dict)
    """Row → what was filled in."""
    untouched: int = 0
    """Rows that are not marked as read."""
    problems: list[Problem] = field(default_factory=list)


class _RowError(ValueError):
    """What is wrong with a row, for people."""


def read_label_workbook(path: Path) -> LabelAnswers:
    """Read what people have filled in.

    Columns are found by their headers, so others may be added or moved; rows may be sorted or taken out.

    Raises:
        LabelWorkbookError: It is no Excel file, or sheets or columns of the book are missing.
    """
    sheets = _sheets(path)
    facts = {str(row[0]): str(row[1]) for row in sheets[BATCH] if len(row) > 1}
    if facts.get("用途") not in ("correction", "audit") or not facts.get("批次"):
        raise LabelWorkbookError(
            f"{path.name}: the sheet {BATCH} does not say what the book is for; import the file that was exported"
        )
    answers = LabelAnswers(facts["批次"], facts["用途"], facts.get("定稿") == YES)
    if not sheets[TASKS]:
        raise LabelWorkbookError(f"{path.name}: expected the sheet {TASKS} to have a header; it is empty")
    header, *rows = sheets[TASKS]
    places = _places(path, [str(cell).strip() for cell in header])
    seen: dict[str, int] = {}
    for number, cells in enumerate(rows, start=2):
        row = {name: _cell(cells[place]) for name, place in places.items()}
        if not any(row.values()):
            continue
        answers.rows += 1
        if not row[DONE]:
            answers.untouched += 1
            continue
        review_id = row[REVIEW_ID]
        earlier = seen.setdefault(review_id, number)
        if earlier != number:
            answers.problems.append(Problem(number, review_id, f"与第 {earlier} 行是同一条评论，请只留一行"))
            continue
        try:
            answers.answers[number] = _answer(row)
        except _RowError as error:
            answers.problems.append(Problem(number, review_id, str(error)))
    return answers


def _sheets(path: Path) -> dict[str, list[list[object]]]:
    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if missing := [name for name in (TASKS, BATCH) if name not in names]:
            raise LabelWorkbookError(
                f"{path.name}: expected the sheets {TASKS} and {BATCH} of `kesheng label export`; "
                f"missing: {'、'.join(missing)}"
            )
        return {
            name: [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
            for name in (TASKS, BATCH)
        }
    except (CalamineError, BadZipFile) as error:
        raise LabelWorkbookError(
            f"{path.name}: expected an Excel workbook (.xlsx) of `kesheng label export`; {error}"
        ) from error


def _places(path: Path, header: Sequence[str]) -> dict[str, int]:
    wanted = [REVIEW_ID, *(column.header for column in answer_columns())]
    if missing := [name for name in wanted if name not in header]:
        raise LabelWorkbookError(
            f"{path.name}: the sheet {TASKS} lacks the columns {'、'.join(missing)}; put their headers back as exported"
        )
    return {name: header.index(name) for name in wanted}


def _cell(value: object) -> str:
    # Excel keeps 2 as 2.0 where somebody typed it.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _answer(row: Mapping[str, str]) -> Answer:
    if not row[REVIEW_ID]:
        raise _RowError("没有评论编号，请从导出的表里补回")
    _choose(DONE, row[DONE], (YES,))
    failures = list(_failures(row))
    answer: Answer = {
        "review_id": row[REVIEW_ID],
        "failure_subtypes": [code for code, _ in failures],
        "quotes": [quote for _, quote in failures],
        "note": row[NOTE] or None,
        **{name: [] for name in _TICKED},
    }
    for column in answer_columns():
        value = row[column.header]
        if column.code:
            if value:
                _choose(column.header, value, (YES,))
                answer[column.field] = [*_codes(answer[column.field]), column.code]
        elif column.choices and column.field not in ("failure", "done"):
            answer[column.field] = _code(column, value)
    _complete(answer)
    return answer


def _failures(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    names = choices("failure_subtype")
    for number in range(1, MOST_FAILURES + 1):
        header = f"失误{number}"
        name, quote = row[header], row[f"{header}原话"]
        if not name and not quote:
            continue
        if not name:
            raise _RowError(f"“{header}原话”已填，“{header}”没有选类型")
        _choose(header, name, tuple(names))
        if not quote:
            raise _RowError(f"“{header}”选了“{name}”，没有填原话")
        yield names[name], quote


def _code(column: AnswerColumn, value: str) -> object:
    if not value:
        return "none" if column.field in ("expectation", "loyalty") else None
    if column.field in ("severity", "satisfaction"):
        grades = graded(column.field)
        # The number alone will do.
        by_number = {str(grade): grade for grade in grades.values()}
        if value in by_number:
            return by_number[value]
        return grades[_choose(column.header, value, column.choices)]
    chosen = _choose(column.header, value, column.choices)
    return RATER_CHOICES[chosen] if column.field.startswith("rater_") else choices(column.field)[chosen]


def _choose(header: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise _RowError(f"“{header}”里是“{value}”，应为：{'、'.join(allowed)}")
    return value


def _complete(answer: Answer) -> None:
    """Check what belongs together, and fill in what goes without saying."""
    failures, severity = _codes(answer["failure_subtypes"]), answer["severity"]
    if answer["satisfaction"] is None:
        raise _RowError("没有填满意度")
    if severity is None and not failures:
        answer["severity"] = severity = 0
    if severity is None:
        raise _RowError("有失误，没有填严重度")
    if failures and severity == 0:
        raise _RowError("有失误，严重度却是“0 无失误”")
    if not failures and severity != 0:
        raise _RowError("没有失误，严重度却不是“0 无失误”")
    actions = _codes(answer["recovery_actions"])
    if "none" in actions and len(actions) > 1:
        raise _RowError("“补救：未处理”与其他补救措施不能同时选")
    if actions and answer["recovery_outcome"] is None:
        answer["recovery_outcome"] = "unknown"


def _codes(value: object) -> list[str]:
    return value if isinstance(value, list) else []
