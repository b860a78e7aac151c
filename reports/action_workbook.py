"""The Excel book of things to do: what there is, what the reviews propose, and lists to choose from."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from lexicons.codebook import label_name
from reports.action_proposals import DAYS_TO_ANSWER, ActionBook, Row
from reports.action_sheet import ANSWERS, APPEALS, ITEMS, PROPOSED, ActionColumn, columns
from reports.label_sheet import ABOUT, CHOICES
from reports.set_phrases import FEWEST_REPEATS
from reports.workbook_cells import put, put_header, write_lines

ROWS_TO_ADD = 200
"""Rows under the last one in which the lists can still be chosen from."""
_CODED = {"kind": "action_kind", "failure_subtype": "failure_subtype", "status": "action_status"}
_STEPS = (
    "绿色表头的列可以填写。填好后运行 kesheng actions import 文件名；有问题的行会按表、行、列逐条列出，其余照常导入。",
    (
        f"“{ITEMS}”：已有事项在前，系统建议在后。建议的状态是“{PROPOSED}”，改成“未开始”或“进行中”才算立项；不采纳的不用动。"
        "自己要加的，接在最后一行下面写，事项编号留空。"
    ),
    "整改要写明门店和失误类型：完成后，周报按完成日期前后各 13 周的占比与其他门店比较，看整改是否见效。",
    "状态是“已完成”的要填完成日期；日期写成 2026-10-12 的样子。",
    (
        f"“{ANSWERS}”：近 13 周的投诉和差评，最早的在前，期限为发布后 {DAYS_TO_ANSWER} 天。“套话回复”指去掉称呼、数字"
        f"和标点后，同一答复用在本店 {FEWEST_REPEATS} 条及以上评论。来源不含回复的，请到平台核对。"
    ),
    f"“{APPEALS}”：只列出数据里看得到的疑点（评分与文字不符、与别的评论内容近似），是否不实须人工核实，系统不下结论。",
    "后两张表里选了状态的评论，导入后成为投诉处理或评价申诉事项，下次导出时列在“整改事项”里。",
    "事项编号、评论编号和更新时间请勿改动；导出之后库里又改过的事项会被拒绝，请重新导出再填。",
)


def write_action_workbook(path: Path, book_rows: ActionBook, made_at: datetime) -> None:
    """Write the book.

    Args:
        path: An ``.xlsx``; what stands there is replaced.
        book_rows: What stands in its sheets.
        made_at: When it was made.
    """
    book = Workbook()
    items = book.active
    items.title = ITEMS
    sheets = {ITEMS: items, ANSWERS: book.create_sheet(ANSWERS), APPEALS: book.create_sheet(APPEALS)}
    lists = _write_choices(book)
    for name, rows in ((ITEMS, book_rows.items), (ANSWERS, book_rows.to_answer), (APPEALS, book_rows.doubtful)):
        _write_rows(sheets[name], columns(name), rows)
        _add_validations(sheets[name], columns(name), lists, len(rows) + (ROWS_TO_ADD if name == ITEMS else 0))
    write_lines(book, ABOUT, [*_STEPS, f"导出时间：{made_at:%Y-%m-%d %H:%M}"])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def _write_rows(sheet: Worksheet, shown: Sequence[ActionColumn], rows: Sequence[Row]) -> None:
    for number, column in enumerate(shown, start=1):
        put_header(sheet.cell(1, number), column.header, to_fill_in=column.fill_in)
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    for place, row in enumerate(rows, start=2):
        for number, column in enumerate(shown, start=1):
            put(sheet.cell(place, number), _shown(column, row.get(column.field)))
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _shown(column: ActionColumn, value: object) -> object:
    if isinstance(value, datetime):
        # To the second and as text: it comes back as it was written, whatever program has saved the book.
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if value is not None and column.choices:
        return label_name(_CODED[column.field], str(value))
    return value


def _write_choices(book: Workbook) -> dict[tuple[str, ...], str]:
    """Write every list to choose from into a column of a sheet of its own, and return list → its place."""
    sheet = book.create_sheet(CHOICES)
    places: dict[tuple[str, ...], str] = {}
    for column in columns(ITEMS):
        if column.choices and column.choices not in places:
            number = len(places) + 1
            for row, choice in enumerate(column.choices, start=1):
                sheet.cell(row, number, choice)
            letter = get_column_letter(number)
            places[column.choices] = f"'{CHOICES}'!${letter}$1:${letter}${len(column.choices)}"
    return places


def _add_validations(
    sheet: Worksheet, shown: Sequence[ActionColumn], places: dict[tuple[str, ...], str], rows: int
) -> None:
    for number, column in enumerate(shown, start=1):
        if column.choices and rows:
            validation = DataValidation(
                type="list", formula1=places[column.choices], allow_blank=True, showErrorMessage=True
            )
            validation.errorTitle, validation.error = "不在选项中", "请从下拉列表里选择"
            letter = get_column_letter(number)
            validation.add(f"{letter}2:{letter}{rows + 1}")
            sheet.add_data_validation(validation)
