"""The Monday page as an Excel workbook: one sheet a table, numbers as numbers, two charts that Excel draws itself.

No cell is worked out by Excel, so that the figures stay those of the page; customers' words are text and nothing else.
"""

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.as_of import AsOf
from reports.first_things import first_things
from reports.page_cards import cards, scope_shown
from reports.report_figures import Figures
from reports.report_sheets import COUNT, FAILURES, QUOTE_WIDTH, SHARE, WEEKS, TableSheet, table_sheets
from reports.statistics_sheets import statistics_sheets
from reports.svg_charts import BLUE, GREY
from reports.workbook_cells import put_text, put_value
from warehouse.store import write_atomically

HOME = "首页"
_HEAD = PatternFill("solid", fgColor="1F4E79")
_WORDS = Alignment(wrap_text=True, vertical="top")
_NOTES = (
    "空格：样本不足或无从判断，不发布。占比和均值只按可判读的评论计算。",
    "指数 =（满意度 − 1）× 25；近 13 周不足 30 条评论的门店不发布指数。",
)


def write_report_workbook(path: Path, figures: Figures, as_of: AsOf | None = None) -> None:
    """Write the workbook of a report.

    Args:
        path: An ``.xlsx``; what stands there is replaced.
        figures: What the page of the same name shows, e.g. its table of venues as the sheet ``门店``.
        as_of: The earlier day that they are of, where they are not of now.
    """
    book = Workbook()
    _write_home(book.active, figures, as_of)
    for table in (*table_sheets(figures), *statistics_sheets(figures)):
        sheet = book.create_sheet(table.name)
        _write_table(sheet, table)
        if table.rows and table.name == WEEKS:
            _add_weeks_chart(sheet, table)
        elif table.rows and table.name == FAILURES:
            _add_failures_chart(sheet, table)
    content = BytesIO()
    book.save(content)
    write_atomically(path, content.getvalue())


def _write_home(sheet: Worksheet, figures: Figures, as_of: AsOf | None) -> None:
    sheet.title = HOME
    _write_head(sheet, ("项目", "数值", "说明"), (24, 14, 100))
    facts = (
        ("报告", figures.period.name, scope_shown(figures)[0]),
        ("起始日", figures.period.start, None),
        ("截止日", figures.period.last_day, None),
        ("数据截至", figures.newest, None),
        *([("数据版本", as_of.day, as_of.chinese)] if as_of else []),
    )
    things = [
        (f"先办的第 {place} 件事", None, thing.chinese) for place, thing in enumerate(first_things(figures), start=1)
    ] or [("先办的事", None, "没有需要优先处理的事项。")]
    row = 2
    for values in (*facts, *things):
        _put_row(sheet, row, values)
        row += 1
    for card in cards(figures):
        _put_row(sheet, row, (card.zh, card.figure, card.note_zh))
        sheet.cell(row, 2).number_format = SHARE if card.is_share else COUNT
        row += 1
    for note in _NOTES:
        _put_row(sheet, row, ("口径", None, note))
        row += 1


def _write_table(sheet: Worksheet, table: TableSheet) -> None:
    _write_head(sheet, [c.header for c in table.columns], [c.width for c in table.columns])
    for number, column in enumerate(table.columns, start=1):
        for row, value in enumerate(column.values, start=2):
            cell = sheet.cell(row, number)
            put_value(cell, value)
            cell.number_format = column.style
            if column.width >= QUOTE_WIDTH:
                cell.alignment = _WORDS
    sheet.auto_filter.ref = sheet.dimensions


def _write_head(sheet: Worksheet, headers: Sequence[str], widths: Sequence[int]) -> None:
    for number, (header, width) in enumerate(zip(headers, widths, strict=True), start=1):
        cell = sheet.cell(1, number)
        put_text(cell, header)
        cell.fill, cell.font = _HEAD, Font(bold=True, color="FFFFFF")
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"


def _put_row(sheet: Worksheet, row: int, values: tuple[object, ...]) -> None:
    for number, value in enumerate(values, start=1):
        cell = sheet.cell(row, number)
        put_value(cell, value)
        cell.alignment = _WORDS


def _add_weeks_chart(sheet: Worksheet, table: TableSheet) -> None:
    """Draw weekly satisfaction with its centre and limits, as the page does, below the rows."""
    chart = LineChart()
    chart.title, chart.height, chart.width = "满意度按周（虚线为控制限）", 9, 26
    for column, colour, dash in ((2, BLUE, "solid"), (3, GREY, "solid"), (4, GREY, "dash"), (5, GREY, "dash")):
        series = Series(
            Reference(sheet, min_col=column, min_row=1, max_row=table.rows + 1),
            title_from_data=True,
        )
        series.graphicalProperties.line.solidFill = colour.removeprefix("#")
        series.graphicalProperties.line.dashStyle = dash
        series.graphicalProperties.line.width = 28_000 if column == 2 else 12_000
        series.smooth = False
        chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=table.rows + 1))
    drawn = [v for column in table.columns[1:5] for v in column.values if isinstance(v, float) and math.isfinite(v)]
    if drawn:
        # Excel would begin at 0, which no satisfaction can be.
        chart.y_axis.scaling.min, chart.y_axis.scaling.max = math.floor(min(drawn)), math.ceil(max(drawn))
    chart.x_axis.number_format, chart.y_axis.number_format = "m-d", "0.0"
    # Excel hides the axes of charts that do not say that they are there.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.legend.position = "b"
    sheet.add_chart(chart, f"B{table.rows + 4}")


def _add_failures_chart(sheet: Worksheet, table: TableSheet) -> None:
    """Draw how many reviews tell of each failure, the most frequent on top, beside the rows."""
    chart = BarChart()
    chart.type, chart.title = "bar", "失误类型，近 13 周条数"
    chart.height, chart.width = 3 + 0.8 * table.rows, 18
    series = Series(Reference(sheet, min_col=2, min_row=1, max_row=table.rows + 1), title_from_data=True)
    series.graphicalProperties.solidFill = BLUE.removeprefix("#")
    chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=table.rows + 1))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.legend, chart.gapWidth = None, 40
    sheet.add_chart(chart, f"B{table.rows + 4}")
