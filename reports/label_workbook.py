"""The Excel book that people label in: tasks with lists to choose from, the codebook, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from lexicons.codebook import definitions, label_name
from reports.label_sheet import (
    ABOUT,
    BATCH,
    CHOICES,
    MANUAL,
    OTHERS,
    RATER_CHOICES,
    SHOWN,
    SHOWN_FAILURES,
    TASKS,
    YES,
    AnswerColumn,
    answer_columns,
    failure_name,
    graded,
)
from reports.labelling_queue import LabelTask
from reports.workbook_cells import put, put_header, write_lines
from warehouse.labels import Label

_WIDTHS = {"正文": 60, "追评": 30, "商家回复": 30, OTHERS: 30, "评论编号": 18, "入选原因": 18, "门店": 18, "备注": 24}
_FIELD_NAMES = {
    "failure_subtype": "失误类型",
    "severity": "严重度",
    "satisfaction": "满意度",
    "expectation": "预期对比",
    "rater": "服务质量维度",
    "voice": "抱怨行为",
    "recovery_actions": "补救措施",
    "recovery_outcome": "补救结果",
    "fairness": "公平性（受损）",
    "loyalty": "忠诚意向",
}
_STEPS = {
    "correction": (
        "绿色表头的列可以填写，已按系统的判读预填：对的不动，错的改掉，漏的补上。",
        "读完一条，在“已读”里选“是”；没有选“是”的行不会导入，可以留到下次。",
    ),
    "audit": (
        "这是随机抽查，请只看原文独立判断，表里没有系统的判读，也请不要去查。",
        "每一条都要读完，在“已读”里选“是”；跳过难的，误差率就不准了。",
    ),
}
_COMMON_STEPS = (
    "一件失误占一组（失误、原话）；原话从正文或追评里原样复制最短的一段。超过四件时展开隐藏的列。",
    "没有失误时失误各列留空，严重度选“0 无失误”。满意度必填；其余没有提到的留空。",
    "各标签的含义和例子见“编码手册”。",
    "填完后运行 kesheng label import 文件名 --annotator 你的代号。",
)


@dataclass(frozen=True, slots=True)
class LabelBatch:
    """What a book is for."""

    name: str
    """E.g. ``audit-2026-W40``."""
    purpose: str
    """``correction`` or ``audit``."""
    settles: bool
    """Whether its readings end a dispute."""
    made_at: datetime


def write_label_workbook(path: Path, tasks: Sequence[LabelTask], batch: LabelBatch) -> None:
    """Write the book.

    Args:
        path: An ``.xlsx``; what stands there is replaced.
        tasks: The reviews, in the order to read them in. Of an audit, what the machine says is not written.
        batch: What it is for.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = TASKS
    lists = _write_choices(book)
    _write_tasks(sheet, tasks, batch)
    _add_validations(sheet, lists, len(tasks))
    _write_manual(book)
    write_lines(book, ABOUT, [*_STEPS[batch.purpose], *_COMMON_STEPS])
    facts = {
        "批次": batch.name,
        "用途": batch.purpose,
        "定稿": YES if batch.settles else "",
        "导出时间": f"{batch.made_at:%Y-%m-%d %H:%M}",
    }
    about = book.create_sheet(BATCH)
    for row in facts.items():
        about.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def _write_tasks(sheet: Worksheet, tasks: Sequence[LabelTask], batch: LabelBatch) -> None:
    disputed = any(task.readings for task in tasks)
    shown = [*SHOWN, *([OTHERS] if disputed else [])]
    headers = [*shown, *(column.header for column in answer_columns())]
    for number, header in enumerate(headers, start=1):
        cell = sheet.cell(1, number, header)
        put_header(cell, to_fill_in=number > len(shown))
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _WIDTHS.get(header, 20 if "原话" in header else 14)
    for row, task in enumerate(tasks, start=2):
        values = [_shown(task, name) for name in SHOWN.values()]
        values += ["\n".join(_told(reading) for reading in task.readings)] if disputed else []
        values += _prefilled(task, batch)
        for number, value in enumerate(values, start=1):
            put(sheet.cell(row, number), value)
    folded = [column.header for column in answer_columns() if column.field in ("failure", "quote")][
        2 * SHOWN_FAILURES :
    ]
    first = headers.index(folded[0]) + 1
    sheet.column_dimensions.group(get_column_letter(first), get_column_letter(first + len(folded) - 1), hidden=True)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _shown(task: LabelTask, name: str) -> object:
    if name == "why":
        return task.why
    value = task.review[name]
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value


def _prefilled(task: LabelTask, batch: LabelBatch) -> list[object]:
    """Return what the machine says in the order of the columns to fill in; nothing for an audit."""
    columns = answer_columns()
    if batch.purpose == "audit":
        return [None] * len(columns)
    pairs = [(failure_name(str(i["failure_subtype"])), str(i["quote"])) for i in task.incidents]
    flat = [value for pair in pairs for value in pair]
    values: list[object] = []
    for column in columns:
        if column.field in ("failure", "quote"):
            values.append(flat.pop(0) if flat else None)
        else:
            values.append(_answer(column, task.review))
    return values


def _answer(column: AnswerColumn, review: Mapping[str, object]) -> str | None:
    value = review.get(column.field)
    if value is None:
        return None
    if column.code:
        return YES if isinstance(value, list) and column.code in value else None
    if column.field in ("severity", "satisfaction"):
        grade = round(float(str(value)))
        return next(name for name, code in graded(column.field).items() if code == grade)
    if column.field.startswith("rater_"):
        return next(name for name, code in RATER_CHOICES.items() if code == value)
    return label_name(column.field, str(value))


def _told(reading: Label) -> str:
    failures = reading["failure_subtypes"]
    names = [failure_name(code) for code in failures] if isinstance(failures, list) else []
    return f"{reading['annotator']}：{'、'.join(names) or '无失误'}"


def _write_choices(book: Workbook) -> dict[tuple[str, ...], str]:
    """Write every list to choose from into a column of its own, and return list → its place."""
    sheet = book.create_sheet(CHOICES)
    places: dict[tuple[str, ...], str] = {}
    for column in answer_columns():
        if column.choices and column.choices not in places:
            number = len(places) + 1
            for row, choice in enumerate(column.choices, start=1):
                sheet.cell(row, number, choice)
            letter = get_column_letter(number)
            places[column.choices] = f"'{CHOICES}'!${letter}$1:${letter}${len(column.choices)}"
    return places


def _add_validations(sheet: Worksheet, places: Mapping[tuple[str, ...], str], rows: int) -> None:
    headers = [cell.value for cell in sheet[1]]
    validations = {
        choices: DataValidation(type="list", formula1=place, allow_blank=True, showErrorMessage=True)
        for choices, place in places.items()
    }
    for validation in validations.values():
        validation.errorTitle, validation.error = "不在选项中", "请从下拉列表里选择"
        sheet.add_data_validation(validation)
    for column in answer_columns():
        if column.choices and rows:
            letter = get_column_letter(headers.index(column.header) + 1)
            validations[column.choices].add(f"{letter}2:{letter}{rows + 1}")


def _write_manual(book: Workbook) -> None:
    sheet = book.create_sheet(MANUAL)
    sheet.append(("类别", "标签", "代码", "含义", "例子"))
    for one in definitions():
        sheet.append((_FIELD_NAMES[one.field], label_name(one.field, one.code), one.code, one.definition, one.example))
    for letter, width in zip("ABCDE", (16, 26, 26, 80, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in sheet[1]:
        put_header(cell)
    sheet.freeze_panes = "A2"
