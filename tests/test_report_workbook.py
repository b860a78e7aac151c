"""The report as a workbook: the page's figures as numbers, customers' words as text, and no formula anywhere."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from flows.reporting import write_report
from flows.settings import Settings
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope
from reports.report_workbook import write_report_workbook
from reports.workbook_cells import LONGEST_CELL, put_value
from tests.report_samples import WEEK, review, waiting_hotel, warehouse

SHEETS = [
    "首页",
    "红线事件",
    "数据到数",
    "满意度按周",
    "门店",
    "失误",
    "门店与失误",
    "承诺",
    "补救",
    "表态",
    "好评",
    "服务质量五维与预期",
    "上升的词",
    "评价对象",
    "原话",
    "表态原文",
    "高发时段",
    "红线间隔",
    "滚动窗口",
    "门店五维与评价对象",
    "重要性与表现",
]
FORMULA = '=HYPERLINK("//例子.cn","点我")'


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """Figures of a hotel where waiting has begun, and of a guest who writes a formula with a forbidden character."""
    folder = tmp_path_factory.mktemp("tables")
    return report_figures(waiting_hotel(folder, f"{FORMULA}\x01\x0b\ufffe"), WEEK, Scope())


@pytest.fixture(scope="module")
def book(figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The workbook of those figures, read back."""
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    write_report_workbook(path, figures)
    return load_workbook(path)


def column(sheet: Worksheet, header: str) -> list[object]:
    """Return the cells of a column below its header."""
    (number,) = [cell.column for cell in sheet[1] if cell.value == header]
    return [sheet.cell(row, number).value for row in range(2, sheet.max_row + 1)]


def style(sheet: Worksheet, header: str) -> str:
    """Return the number format of a column."""
    (number,) = [cell.column for cell in sheet[1] if cell.value == header]
    return str(sheet.cell(2, number).number_format)


def test_every_table_is_a_sheet_with_head_and_filter(book: Workbook) -> None:
    """Headers stay in sight, tables can be filtered, columns are as wide as what stands in them."""
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert (sheet.auto_filter.ref is None) == (sheet.title == "首页")
    assert book["红线事件"].column_dimensions["D"].width == 60


def test_figures_are_numbers_with_a_format(book: Workbook, figures: Figures) -> None:
    """Shares as per cent, satisfaction with two decimals, dates as dates: the same values as the page has."""
    weeks, failures, venues = book["满意度按周"], book["失误"], book["门店"]
    assert column(weeks, "周起始日")[-1] == datetime(2026, 9, 28)  # noqa: DTZ001 - Excel knows no zones
    own = figures.weeks[figures.weeks["metric"] == "satisfaction"]
    assert column(weeks, "满意度") == pytest.approx(own["value"].tolist())
    assert column(weeks, "满意度中心线") == pytest.approx(own["centre"].tolist())
    assert (style(weeks, "周起始日"), style(weeks, "满意度"), style(weeks, "失误占比")) == (
        "yyyy-mm-dd",
        "0.00",
        "0.0%",
    )
    assert column(weeks, "失误占比信号")[-1] == "超出控制上限"
    assert column(failures, "失误") == ["服务延误", "严重失当行为"]
    assert column(failures, "近 13 周占比") == pytest.approx([35 / 209, 1 / 209])
    assert (style(failures, "近 13 周占比"), column(failures, "上升")) == ("0.0%", ["是", None])
    assert column(failures, "对满意度的影响")[1] is None
    assert column(venues, "门店") == ["云栖湖畔酒店", "拾光精品酒店"]
    assert column(venues, "指数") == pytest.approx(figures.venues["index"].tolist())
    assert column(book["高发时段"], "首周起始日") == [datetime(2026, 8, 17)]  # noqa: DTZ001 - as above


def test_the_first_sheet_tells_what_to_do_and_the_headline_figures(book: Workbook) -> None:
    """The three things in whole sentences, the cards as numbers."""
    rows = {row[0]: row[1:] for row in book["首页"].iter_rows(values_only=True)}
    assert rows["报告"] == ("2026-W40", "全部")
    assert str(rows["先办的第 1 件事"][1]).startswith("核实本期 1 起红线事件（云栖湖畔酒店）")
    assert rows["本期评论"] == (17, "可判读 17 条")
    assert rows["有失误的评论"][0] == pytest.approx(36 / 209)
    assert rows["红线事件"][0] == 1


def test_words_are_text_and_no_cell_is_a_formula(book: Workbook) -> None:
    """A quote that begins with “=” stays text; characters that XML forbids are gone."""
    assert column(book["红线事件"], "原话") == [FORMULA]
    assert column(book["表态原文"], "原文开头") == [FORMULA]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d"}


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@all", "#N/A", "1234", "2026-01-01"])
def test_texts_that_excel_would_read_otherwise_stay_texts(text: str, tmp_path: Path) -> None:
    """Written and read back, each is the text that it was."""
    book = Workbook()
    put_value(book.active["A1"], text)
    book.save(tmp_path / "one.xlsx")
    cell = load_workbook(tmp_path / "one.xlsx").active["A1"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_what_is_not_known_is_an_empty_cell() -> None:
    """No NaN, no infinity, no None as a word; false is empty, a long text is cut and says so."""
    sheet = Workbook().active
    for row, value in enumerate((float("nan"), float("inf"), None, False), start=1):
        put_value(sheet.cell(row, 1), value)
        assert sheet.cell(row, 1).value is None
    put_value(sheet["B1"], "长" * 40_000)
    assert str(sheet["B1"].value).endswith("……（过长，此处截断）")
    assert len(str(sheet["B1"].value)) < LONGEST_CELL + 20
    put_value(sheet["B2"], date(2026, 10, 1))
    assert sheet["B2"].number_format == "yyyy-mm-dd"


def test_two_charts_are_drawn_by_excel(book: Workbook) -> None:
    """Satisfaction by week with centre and limits, and the failures, each over the rows of its sheet."""
    (line,), (bar,) = book["满意度按周"]._charts, book["失误"]._charts
    assert [series.val.numRef.f for series in line.series] == [f"'满意度按周'!${c}$2:${c}$27" for c in "BCDE"]
    assert [series.tx.strRef.f for series in bar.series] == ["'失误'!B1"]
    assert bar.series[0].val.numRef.f == "'失误'!$B$2:$B$3"


def test_small_bases_stay_empty_and_an_empty_scope_is_a_whole_book(tmp_path: Path) -> None:
    """Three reviews: no mean and no index; none at all: every sheet has its header and no chart is drawn of nothing."""
    tables = warehouse(tmp_path / "tables", [review(n, WEEK.start) for n in range(3)], [])
    write_report_workbook(tmp_path / "small.xlsx", report_figures(tables, WEEK, Scope()))
    small = load_workbook(tmp_path / "small.xlsx")
    assert (column(small["满意度按周"], "满意度"), column(small["满意度按周"], "满意度条数")) == ([None], [3])
    assert (column(small["门店"], "指数"), column(small["门店"], "满意度")) == ([None], [None])
    assert column(small["补救"], "满意度") == [None]
    write_report_workbook(tmp_path / "none.xlsx", report_figures(tables, WEEK, Scope("venue", "没有的店")))
    empty = load_workbook(tmp_path / "none.xlsx")
    assert empty.sheetnames == SHEETS
    assert all(sheet.max_row == 1 and not sheet._charts for sheet in empty.worksheets[1:])


def test_the_workbook_stands_beside_its_page(tmp_path: Path) -> None:
    """Only where it is asked for."""
    settings = Settings(data=tmp_path)
    warehouse(settings.folder.warehouse, [review(n, WEEK.start + timedelta(days=n)) for n in range(7)], [])
    page = write_report(settings, WEEK, Scope())
    assert not page.with_name("report.xlsx").exists()
    page = write_report(settings, WEEK, Scope(), with_workbook=True)
    assert load_workbook(page.with_name("report.xlsx")).sheetnames == SHEETS
