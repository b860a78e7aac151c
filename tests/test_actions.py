"""Things to do over a small warehouse: out to Excel, filled in, and back into the tables."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from flows.actions import ActionsImported, import_actions
from flows.command_line import app
from flows.night import Night, run_night
from reports.action_answers import ActionWorkbookError, read_action_workbook
from reports.action_proposals import ActionBook, Row, action_book
from reports.action_sheet import ANSWERS, APPEALS, ITEMS, PROPOSED, columns
from reports.action_workbook import write_action_workbook
from reports.label_sheet import ABOUT, CHOICES
from reports.periods import read_period
from tests import night_samples
from tests.action_samples import add_row, fill_rows
from tests.label_samples import cells
from tests.night_samples import FIRST, FIRST_NIGHT, SECOND, SECOND_NIGHT
from warehouse.actions import stored_actions
from warehouse.query import run_query
from warehouse.verification import verify_partitions

PERIOD = read_period("2026-W14")
TODAY = FIRST_NIGHT.date()
DUE = datetime.combine(date(2026, 4, 9), time())
"""A week after it was published, as openpyxl reads a day."""
MINE = {
    "类别": "整改",
    "门店": "云栖湖畔酒店",
    "失误类型": "服务延误",
    "事项": "=退房高峰加开一个窗口",
    "状态": "进行中",
    "负责人": "前厅经理",
    "期限": "2026-06-01",
}


@pytest.fixture
def at(tmp_path: Path) -> Night:
    """A night after which five reviews are stored; its clock goes on by a minute each time it is asked."""
    night_samples.write_export(night_samples.settings(tmp_path).base / "exports" / "first.csv", FIRST)
    night = Night(night_samples.settings(tmp_path), clock=_clock(FIRST_NIGHT))
    run_night(night)
    return night


def _clock(moment: datetime) -> Any:
    ticks = iter(range(1000))
    return lambda: moment + timedelta(minutes=next(ticks))


def _export(at: Night, name: str = "actions.xlsx") -> Path:
    path = at.settings.folder.root / name
    warehouse = at.settings.folder.warehouse
    write_action_workbook(path, action_book(warehouse, stored_actions(at.store), PERIOD, TODAY), FIRST_NIGHT)
    return path


def _counts(imported: ActionsImported) -> tuple[int, int, int, int, int]:
    counts = (
        imported.new,
        imported.changed,
        imported.unchanged,
        imported.answers.waiting,
        len(imported.problems),
    )
    assert imported.answers.rows == sum(counts)
    return counts


def test_what_is_taken_on_is_stored_and_shows_again(at: Night) -> None:
    """An item of one's own and a review to answer get ids; the ledger knows the table, and the next book has both."""
    path = _export(at)
    (row,) = [r for r in cells(path, ANSWERS) if r["评论编号"] == "ctrip:2"]
    assert (row["情况"], row["期限"], row["状态"]) == ("来源不含回复", DUE, None)
    add_row(path, MINE)
    place = cells(path, ANSWERS).index(row) + 2
    fill_rows(path, {place: {"状态": "未开始", "负责人": "值班经理"}}, ANSWERS)
    imported = import_actions(at, path)
    assert _counts(imported)[:3] == (2, 0, 0)
    assert imported.problems == []
    first, second = stored_actions(at.store)
    assert (first["action_id"], first["title"], first["venue"]) == (
        "A2026-0001",
        "=退房高峰加开一个窗口",
        "云栖湖畔酒店",
    )
    assert (first["kind"], first["status"], first["failure_subtype"]) == ("improvement", "doing", "delivery.slow")
    assert (first["created_on"], first["due_on"], first["done_on"]) == (TODAY, date(2026, 6, 1), None)
    assert (second["kind"], second["review_id"], second["title"]) == ("complaint", "ctrip:2", "回复2026-04-02的评论")
    assert (second["venue"], second["due_on"], second["owner"]) == ("云栖湖畔酒店", date(2026, 4, 9), "值班经理")
    assert verify_partitions(at.settings.folder.warehouse)[1] == []
    ledger = run_query(at.settings.folder.warehouse, "SELECT kind, read, rescored FROM runs ORDER BY started_at")
    assert ledger.to_pylist()[-1] == {"kind": "actions", "read": 0, "rescored": 0}
    again = _export(at, "again.xlsx")
    assert [(r["事项编号"], r["类别"], r["状态"]) for r in cells(again, ITEMS)] == [
        ("A2026-0001", "整改", "进行中"),
        ("A2026-0002", "投诉处理", "未开始"),
    ]
    assert "ctrip:2" not in {r["评论编号"] for r in cells(again, ANSWERS)}


def test_a_book_that_is_imported_twice_changes_nothing(at: Night) -> None:
    """Nor does one that was exported and not touched; no run is entered for either."""
    path = _export(at)
    add_row(path, MINE)
    import_actions(at, path)
    twice = import_actions(at, path)
    assert _counts(twice)[:3] == (0, 0, 1)
    assert twice.outcome is None
    assert _counts(import_actions(at, _export(at)))[:3] == (0, 0, 1)
    assert len(stored_actions(at.store)) == 1


def test_what_is_done_is_done_on_a_day(at: Night) -> None:
    """A change goes over the stored row; one from a book that is older than the last change is refused."""
    add_row(path := _export(at), MINE)
    import_actions(at, path)
    old, new = _export(at, "old.xlsx"), _export(at, "new.xlsx")
    fill_rows(new, {2: {"状态": "已完成", "完成日期": TODAY, "备注": "@全体"}})
    assert _counts(import_actions(at, new))[:3] == (0, 1, 0)
    (stored,) = stored_actions(at.store)
    assert (stored["status"], stored["done_on"], stored["note"]) == ("done", date(2026, 5, 1), "@全体")
    fill_rows(old, {2: {"负责人": "别人"}})
    refused = import_actions(at, old)
    assert str(refused.problems[0]).startswith("“整改事项”第 2 行“更新时间”列：导出之后又改过（2026-05-01 02:")
    fill_rows(path, {2: {"负责人": "别人"}})
    assert [str(p) for p in import_actions(at, path).problems] == [
        "“整改事项”第 2 行“事项编号”列：已登记为 A2026-0001，请重新导出后在那一行修改"
    ]
    assert stored_actions(at.store) == [stored]


def test_rows_without_a_state_wait(at: Night) -> None:
    """Reviews that nobody has taken on, and proposals that are 待定."""
    path = _export(at)
    add_row(path, {**MINE, "状态": PROPOSED})
    listed = len(cells(path, ANSWERS)) + len(cells(path, APPEALS))
    assert listed == 1
    assert _counts(import_actions(at, path)) == (0, 0, 0, 1 + listed, 0)
    assert stored_actions(at.store) == []


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"类别": None}, "类别", "没有选类别，应为：整改、投诉处理、评价申诉"),
    ({"类别": "改善"}, "类别", "“改善”不在选项中，应为：整改、投诉处理、评价申诉"),
    ({"类别": "投诉处理"}, "评论编号", "投诉处理和评价申诉要有评论编号"),
    ({"门店": None}, "门店", "整改没有写门店"),
    ({"门店": "湖畔"}, "门店", "没有门店“湖畔”"),
    ({"失误类型": None}, "失误类型", "整改没有选失误类型"),
    ({"失误类型": "太慢"}, "失误类型", "“太慢”不在选项中，应为：服务缺失/未兑现"),
    ({"事项": None}, "事项", "没有写要做什么"),
    ({"状态": "在做"}, "状态", "“在做”不在选项中，应为：未开始、进行中、已完成、已取消"),
    ({"状态": "已完成"}, "完成日期", "状态是“已完成”，没有填完成日期"),
    ({"完成日期": "2026-04-30"}, "完成日期", "填了完成日期，状态却不是“已完成”"),
    ({"状态": "已完成", "完成日期": "2026-05-02"}, "完成日期", "在今天（2026-05-01）之后"),
    ({"期限": "下周"}, "期限", "“下周”不是日期，应写成 2026-10-12 的样子"),
    ({"立项日期": "2026-06-02"}, "期限", "期限 2026-06-01 早于立项日期 2026-06-02"),
    ({"评论编号": "ctrip:99"}, "评论编号", "库里没有评论 ctrip:99"),
    ({"事项编号": "A2026-0099"}, "事项编号", "库里没有事项 A2026-0099；新增的事项请把编号留空"),
]


def test_wrong_rows_are_refused_by_their_cells_and_the_others_are_taken(at: Night) -> None:
    """The message says which sheet, row and column, what came and what was expected."""
    path = _export(at)
    rows = [add_row(path, {**MINE, "事项": "说错的", **change}) for change, _, _ in WRONG]
    add_row(path, {**MINE, "事项": "另一件事"})
    imported = import_actions(at, path)
    for row, (_, column, what), problem in zip(rows, WRONG, imported.problems, strict=True):
        assert str(problem).startswith(f"“整改事项”第 {row} 行“{column}”列：")
        assert what in problem.what
    assert _counts(imported)[:3] == (1, 0, 0)
    assert [action["title"] for action in stored_actions(at.store)] == ["另一件事"]


def test_one_thing_stands_in_one_row(at: Night) -> None:
    """With an id or without."""
    add_row(path := _export(at), MINE)
    add_row(path, {**MINE, "负责人": "别人"})
    imported = import_actions(at, path)
    assert [problem.what for problem in imported.problems] == ["本表里另有一行是同一事项，请只留一行"]
    path = _export(at)
    add_row(path, {**cells(path, ITEMS)[0], "状态": "未开始"})
    assert [p.what for p in import_actions(at, path).problems] == ["与第 2 行是同一事项，请只留一行"]
    fill_rows(path, {2: {"状态": PROPOSED}, 3: {"事项编号": None, "状态": None}})
    assert [p.what for p in import_actions(at, path).problems] == [
        "已立项的事项不能回到“待定”或留空，应为：未开始、进行中、已完成、已取消"
    ]


def test_an_import_that_was_stopped_is_taken_up_by_the_next_night(at: Night) -> None:
    """Killed between the table and the ledger: the night enters it."""

    def stop(point: str) -> None:
        if point == "actions written":
            raise KeyboardInterrupt

    add_row(path := _export(at), MINE)
    with pytest.raises(KeyboardInterrupt):
        import_actions(Night(at.settings, reached=stop, clock=_clock(SECOND_NIGHT)), path)
    assert any("no run wrote it" in problem for problem in verify_partitions(at.settings.folder.warehouse)[1])
    night_samples.write_export(at.settings.base / "exports" / "second.csv", SECOND)
    run_night(Night(at.settings, clock=_clock(SECOND_NIGHT)))
    assert verify_partitions(at.settings.folder.warehouse)[1] == []
    assert len(stored_actions(at.store)) == 1


def test_an_import_takes_up_a_night_that_was_killed(at: Night) -> None:
    """Its reviews are published, and the counts of the outcome are the night's."""

    def stop(point: str) -> None:
        if point == "plan written":
            raise KeyboardInterrupt

    night_samples.write_export(at.settings.base / "exports" / "second.csv", SECOND)
    with pytest.raises(KeyboardInterrupt):
        run_night(Night(at.settings, reached=stop, clock=_clock(SECOND_NIGHT)))
    add_row(path := _export(at), MINE)
    imported = import_actions(Night(at.settings, clock=_clock(SECOND_NIGHT)), path)
    assert imported.outcome is not None
    assert (len(imported.outcome.run_ids), imported.outcome.counts.stored) == (2, 2)
    assert verify_partitions(at.settings.folder.warehouse)[1] == []


def test_what_customers_wrote_stays_text(tmp_path: Path) -> None:
    """A text that begins like a formula is none, control characters are left out; lists go on under the last row."""
    path = tmp_path / "actions.xlsx"
    hostile: Row = {"review_id": "c:1", "text": "=1+1", "evidence": "+\x07核", "venue": "-店", "source": "@源"}
    write_action_workbook(path, ActionBook([{"title": "=A1", "note": None}], [hostile], [hostile]), FIRST_NIGHT)
    book = load_workbook(path)
    assert book.sheetnames == [ITEMS, ANSWERS, APPEALS, CHOICES, ABOUT]
    shown = dict(zip((c.value for c in book[ANSWERS][1]), book[ANSWERS][2], strict=True))
    for header, value in {"正文": "=1+1", "依据": "+核", "门店": "-店", "来源": "@源"}.items():
        assert (shown[header].value, shown[header].data_type, shown[header].quotePrefix) == (value, "s", True)
    assert not shown["评论编号"].quotePrefix
    ranges = {str(r) for v in book[ITEMS].data_validations.dataValidation for r in v.sqref.ranges}
    assert ranges == {"B2:B202", "D2:D202", "F2:F202"}


def test_another_file_is_no_book_of_things_to_do(tmp_path: Path, at: Night) -> None:
    """Nor is one without a sheet or a column."""
    text = tmp_path / "notes.xlsx"
    text.write_text("不是表格", "utf-8")
    with pytest.raises(ActionWorkbookError, match="expected an Excel workbook"):
        read_action_workbook(text, TODAY)
    path = _export(at)
    book = load_workbook(path)
    book[ITEMS].cell(1, 1).value = "编号"
    book.save(path)
    with pytest.raises(ActionWorkbookError, match="the sheet 整改事项 lacks the columns 事项编号; put"):
        read_action_workbook(path, TODAY)
    del book[APPEALS]
    book.save(path)
    with pytest.raises(ActionWorkbookError, match="missing: 疑似不实评价"):
        read_action_workbook(path, TODAY)


def test_headers_of_a_sheet_are_its_own() -> None:
    """No header stands twice, and each list is the codebook's."""
    for sheet in (ITEMS, ANSWERS, APPEALS):
        headers = [column.header for column in columns(sheet)]
        assert len(set(headers)) == len(headers)
    assert {c.header for c in columns(ITEMS) if c.choices} == {"类别", "失误类型", "状态"}


def test_the_commands_say_what_became_of_each_row(at: Night) -> None:
    """Export and import count their rows; one that is refused is named and makes status 1."""
    path = at.settings.folder.root / "整改.xlsx"
    place = ["--data", str(at.settings.folder.root)]
    exported = CliRunner().invoke(app, ["actions", "export", "--out", str(path), *place])
    assert (
        exported.stdout == f"0 things to do, 0 proposed, 1 to answer, 0 to look at for an appeal, written to {path}\n"
    )
    assert f"Then: kesheng actions import {path}" in exported.stderr.replace("\n", "")
    add_row(path, MINE)
    row = add_row(path, {**MINE, "门店": "湖畔"})
    imported = CliRunner().invoke(app, ["actions", "import", str(path), *place])
    first, second = imported.stdout.splitlines()
    assert first == "3 rows = 1 new + 0 changed + 0 unchanged + 1 not taken on + 1 refused"
    assert second.startswith(f"  “整改事项”第 {row} 行“门店”列：没有门店“湖畔”")
    assert imported.exit_code == 1
    fill_rows(path, {row: {"门店": "拾光精品酒店"}})
    counted = CliRunner().invoke(app, ["actions", "import", str(path), "--json", *place])
    assert (counted.exit_code, json.loads(counted.stdout)) == (
        0,
        {"rows": 3, "new": 1, "changed": 0, "unchanged": 1, "waiting": 1, "problems": []},
    )
    csv = CliRunner().invoke(app, ["actions", "export", "--out", "整改.csv", *place])
    assert str(csv.exception) == "--out: expected a file name that ends in .xlsx; found '整改.csv'"
    empty = CliRunner().invoke(app, ["actions", "export", "--data", str(at.settings.base / "none")])
    assert str(empty.exception).startswith("there is no dated review in ")
