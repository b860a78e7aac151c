"""The workbook to label in: what it shows, what it offers, and what comes back."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from lexicons.codebook import codes, definitions
from reports.label_answers import LabelWorkbookError, read_label_workbook
from reports.label_sheet import BATCH, MANUAL, MOST_FAILURES, TASKS, YES, answer_columns, choices
from reports.label_workbook import LabelBatch, write_label_workbook
from reports.labelling_queue import LabelTask
from tests.label_samples import MOMENT, TEXT, cells, fill, label

BATCH_OF_TEST = LabelBatch("labels-1", "correction", settles=False, made_at=MOMENT)
AUDIT = LabelBatch("audit-2026-W41", "audit", settles=False, made_at=MOMENT)
NONE = {"失误1": None, "失误1原话": None, "失误2": None, "失误2原话": None, "严重度": "0 无失误"}


def _task(review_id: str = "ctrip:1", text: str = TEXT, **given: Any) -> LabelTask:
    review = {
        "review_id": review_id,
        "venue_name": "云栖湖畔酒店",
        "source": "ctrip",
        "published_at": MOMENT,
        "rating": 3.0,
        "title": None,
        "text": text,
        "follow_up_text": None,
        "reply_text": None,
        "severity": 1,
        "satisfaction": 2.4,
        "expectation": "below",
        "rater_responsiveness": -1,
        "rater_tangibles": 0,
        "voice": ["public"],
        "recovery_actions": ["apology", "fix"],
        "recovery_outcome": "partial",
        "fairness": ["procedural"],
        "loyalty": "leave",
        **given,
    }
    incidents: tuple[dict[str, object], ...] = (
        {"failure_subtype": "staff.inattentive", "quote": "前台态度冷淡"},
        {"failure_subtype": "delivery.slow", "quote": "等了半小时"},
    )
    return LabelTask(review, incidents, "系统拿不准")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook of two reviews."""
    path = tmp_path / "labels.xlsx"
    write_label_workbook(path, [_task(), _task("ctrip:2")], BATCH_OF_TEST)
    return path


def test_what_the_machine_says_comes_back_where_a_person_agrees(book: Path) -> None:
    """Marked as read and left as it is, a row gives the machine's reading; the other waits."""
    fill(book, {"ctrip:1": {"已读": YES}})
    read = read_label_workbook(book)
    assert (read.batch, read.purpose, read.settles) == ("labels-1", "correction", False)
    assert (read.rows, len(read.answers), read.untouched, read.problems) == (2, 1, 1, [])
    assert read.answers[2] == {
        "review_id": "ctrip:1",
        "failure_subtypes": ["staff.inattentive", "delivery.slow"],
        "quotes": ["前台态度冷淡", "等了半小时"],
        "note": None,
        "severity": 1,
        "satisfaction": 2,
        "expectation": "below",
        "rater_reliability": None,
        "rater_responsiveness": -1,
        "rater_assurance": None,
        "rater_empathy": None,
        "rater_tangibles": 0,
        "voice": ["public"],
        "recovery_actions": ["apology", "fix"],
        "recovery_outcome": "partial",
        "fairness": ["procedural"],
        "loyalty": "leave",
    }


def test_what_a_person_changes_is_what_comes_back(book: Path) -> None:
    """A failure taken out, fields changed, a grade typed as a number, a note."""
    fill(
        book,
        {"ctrip:2": {"已读": YES, **NONE, "满意度": 5, "忠诚意向": "推荐意愿", "备注": "反话", "抱怨：负面传播": None}},
    )
    (answer,) = read_label_workbook(book).answers.values()
    assert (answer["failure_subtypes"], answer["severity"], answer["satisfaction"]) == ([], 0, 5)
    assert (answer["loyalty"], answer["note"], answer["voice"]) == ("recommend", "反话", [])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"失误1": "太慢"}, "“失误1”里是“太慢”，应为：服务缺失/未兑现"),
        ({"失误1原话": None}, "“失误1”选了“态度冷淡”，没有填原话"),
        ({"失误1": None}, "“失误1原话”已填，“失误1”没有选类型"),
        ({"严重度": "0 无失误"}, "有失误，严重度却是“0 无失误”"),
        ({"严重度": None}, "有失误，没有填严重度"),
        ({"满意度": None}, "没有填满意度"),
        ({"满意度": 6}, "“满意度”里是“6”"),
        ({**NONE, "严重度": "2 较重"}, "没有失误，严重度却不是“0 无失误”"),
        ({"补救：未处理": YES}, "“补救：未处理”与其他补救措施不能同时选"),
        ({"已读": "看过"}, "“已读”里是“看过”，应为：是"),
        ({"抱怨：负面传播": "有"}, "“抱怨：负面传播”里是“有”，应为：是"),
        ({"评论编号": None}, "没有评论编号"),
    ],
)
def test_a_wrong_row_is_refused_with_its_cell_and_the_others_are_taken(
    book: Path, change: dict[str, Any], problem: str
) -> None:
    """The message says which row, which column, what came and what was expected."""
    fill(book, {"ctrip:1": {"已读": YES, **change}, "ctrip:2": {"已读": YES}})
    read = read_label_workbook(book)
    assert [one.row for one in read.problems] == [2]
    assert problem in str(read.problems[0])
    assert len(read.answers) == 1
    assert read.rows == len(read.answers) + read.untouched + len(read.problems)


def test_a_review_that_stands_twice_is_taken_once(tmp_path: Path) -> None:
    """A copied row is named."""
    path = tmp_path / "twice.xlsx"
    write_label_workbook(path, [_task(), _task()], BATCH_OF_TEST)
    fill(path, {"ctrip:1": {"已读": YES}})
    read = read_label_workbook(path)
    assert [str(one) for one in read.problems] == ["第 3 行（ctrip:1）：与第 2 行是同一条评论，请只留一行"]
    assert list(read.answers) == [2]


def test_an_audit_does_not_show_what_the_machine_says(tmp_path: Path) -> None:
    """Nor the reason for which the machine would have chosen it: every column to fill in is empty."""
    path = tmp_path / "audit.xlsx"
    write_label_workbook(path, [_task()], AUDIT)
    (row,) = cells(path)
    assert {row[column.header] for column in answer_columns()} == {None}
    assert row["正文"] == TEXT
    read = read_label_workbook(path)
    assert (read.purpose, read.untouched) == ("audit", 1)


def test_excel_offers_the_codebooks_labels(book: Path) -> None:
    """Each column with choices has a list over all rows, and the list holds the codebook's names."""
    workbook = load_workbook(book)
    sheet = workbook[TASKS]
    places = {cell.value: cell.column_letter for cell in sheet[1]}
    validated = {}
    for validation in sheet.data_validations.dataValidation:
        name, _, area = validation.formula1.replace("'", "").replace("$", "").partition("!")
        offered = [cell.value for (cell,) in workbook[name][area]]
        for place in validation.sqref.ranges:
            validated[place.coord] = offered
    for column in answer_columns():
        if column.choices:
            letter = places[column.header]
            assert validated[f"{letter}2:{letter}3"] == list(column.choices), column.header
    assert len(choices("failure_subtype")) == 15
    assert sum(column.field == "failure" for column in answer_columns()) == MOST_FAILURES


def test_the_manual_explains_every_label_that_may_be_chosen(book: Path) -> None:
    """Each choice of the sheet has a definition in the manual."""
    explained = {(one.field, one.code) for one in definitions()}
    fields = ("failure_subtype", "severity", "satisfaction", "expectation", "rater", "voice", "recovery_actions")
    for field in (*fields, "recovery_outcome", "fairness", "loyalty"):
        assert {(field, code) for code in codes(field)} <= explained, field
    assert len(cells(book, MANUAL)) == len(definitions())


@pytest.mark.parametrize("text", ["=1+1", "+86 的号码", "坏\x0b了，\x01乱码", "一" * 40_000])
def test_any_text_is_shown_as_text(tmp_path: Path, text: str) -> None:
    """No formula, no character that XML forbids, no cell longer than Excel takes."""
    path = tmp_path / "odd.xlsx"
    write_label_workbook(path, [_task(text=text)], BATCH_OF_TEST)
    sheet = load_workbook(path)[TASKS]
    place = next(cell.column for cell in sheet[1] if cell.value == "正文")
    cell = sheet.cell(2, place)
    assert cell.data_type == "s"
    assert str(cell.value)[:4] == text.replace("\x0b", "").replace("\x01", "")[:4]
    assert len(str(cell.value)) <= 32_767


def test_a_disputed_review_shows_what_each_annotator_said(tmp_path: Path) -> None:
    """And its import settles the dispute."""
    readings = (label(failure_subtypes=["delivery.slow"], quotes=["等了半小时"]), label(annotator="乙"))
    task = _task()
    path = tmp_path / "disputed.xlsx"
    batch = LabelBatch("disputed-1", "correction", settles=True, made_at=MOMENT)
    write_label_workbook(path, [LabelTask(task.review, task.incidents, "标注不一致", readings)], batch)
    assert cells(path)[0]["各人标注"] == "甲：服务延误\n乙：无失误"
    assert read_label_workbook(path).settles


def test_columns_and_rows_may_be_moved(book: Path) -> None:
    """A column of one's own in front and rows in another order change nothing."""
    fill(book, {"ctrip:2": {"已读": YES}})
    workbook = load_workbook(book)
    sheet = workbook[TASKS]
    sheet.insert_cols(1)
    sheet.cell(1, 1).value = "我的备注"
    sheet.insert_rows(2)
    workbook.save(book)
    read = read_label_workbook(book)
    assert [answer["review_id"] for answer in read.answers.values()] == ["ctrip:2"]
    assert read.rows == 2


def test_other_files_are_refused_by_name(book: Path, tmp_path: Path) -> None:
    """No workbook, a workbook of something else, a column taken out, a batch that says nothing."""
    text = tmp_path / "labels.csv"
    text.write_text("评论编号", "utf-8")
    with pytest.raises(LabelWorkbookError, match=r"labels\.csv: expected an Excel workbook"):
        read_label_workbook(text)
    workbook = load_workbook(book)
    workbook[TASKS].delete_cols(1)
    workbook.save(tmp_path / "column.xlsx")
    with pytest.raises(LabelWorkbookError, match="lacks the columns 评论编号"):
        read_label_workbook(tmp_path / "column.xlsx")
    workbook = load_workbook(book)
    workbook[BATCH].delete_rows(1, 4)
    workbook.save(tmp_path / "batch.xlsx")
    with pytest.raises(LabelWorkbookError, match="does not say what the book is for"):
        read_label_workbook(tmp_path / "batch.xlsx")
    del workbook[BATCH]
    workbook.save(tmp_path / "sheet.xlsx")
    with pytest.raises(LabelWorkbookError, match="missing: 批次"):
        read_label_workbook(tmp_path / "sheet.xlsx")
