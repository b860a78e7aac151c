"""The sheets of a report's workbook that hold its statistics: gaps, rolling weeks, profiles and matrices."""

from datetime import date, timedelta

import pandas as pd

from lexicons.codebook import codebook
from reports.importance_matrix import Matrix, Placed
from reports.page_importance import QUADRANTS, shown_name
from reports.page_rare_events import ALARMS
from reports.page_rolling import FIGURE_NAMES, WINDOW_NAMES
from reports.report_failures import FEWEST_SHOWN
from reports.report_figures import Figures
from reports.report_sheets import COUNT, DAY, SHARE, TWO, SheetColumn, TableSheet
from reports.rolling_weeks import WINDOWS


def statistics_sheets(figures: Figures) -> list[TableSheet]:
    """Return the sheets in the order in which the page has their tables."""
    return [
        _gaps(figures.red_line_gaps),
        _rolling(figures.rolling),
        _profiles(figures.venue_profiles),
        _matrices(figures.touchpoint_matrix, figures.dimension_matrix),
    ]


def _gaps(table: pd.DataFrame) -> TableSheet:
    alarms = [ALARMS[signal][0] if isinstance(signal, str) else None for signal in table["signal"]]
    return TableSheet(
        "红线间隔",
        (
            SheetColumn("发生日", table["period_start"].tolist(), DAY),
            SheetColumn("当天起数", table["n"].tolist(), COUNT),
            SheetColumn("间隔（天）", table["value"].tolist(), COUNT),
            SheetColumn("中位数", table["centre"].tolist(), COUNT),
            SheetColumn("控制下限", table["lower_limit"].tolist(), COUNT),
            SheetColumn("报警", alarms, width=40),
            SheetColumn("备注", table["note"].tolist(), width=40),
        ),
    )


def _rolling(table: pd.DataFrame) -> TableSheet:
    """Return all windows; shares and means stand in columns of their own, as each has its own format."""
    enough, is_share = table["n"] >= FEWEST_SHOWN, table["metric"] == "failure_share"
    ends: list[date] = [
        pd.Timestamp(start).date() + timedelta(weeks=WINDOWS[grain], days=-1)
        for start, grain in zip(table["period_start"], table["grain"], strict=True)
    ]
    columns = [
        SheetColumn("窗口", [WINDOW_NAMES[grain][0] for grain in table["grain"]]),
        SheetColumn("截止日", ends, DAY),
        SheetColumn("条数", table["n"].tolist(), COUNT),
    ]
    for metric, wanted, style in (("satisfaction", ~is_share, TWO), ("failure_share", is_share, SHARE)):
        for column, name in (("value", ""), ("low", "区间下端"), ("high", "区间上端")):
            values = table[column].where(enough & wanted).tolist()
            columns.append(SheetColumn(f"{FIGURE_NAMES[metric][0]}{name}", values, style, 18))
    return TableSheet("滚动窗口", tuple(columns))


def _profiles(table: pd.DataFrame) -> TableSheet:
    columns = [
        SheetColumn("门店", table["venue"].tolist(), width=24),
        SheetColumn("近 13 周条数", table["n"].tolist(), COUNT, 14),
    ]
    for code, label in codebook()["rater"].items():
        name = label.chinese.partition("(")[0]
        columns.append(SheetColumn(f"{name}净值", table[f"rater_{code}"].tolist(), TWO))
        columns.append(SheetColumn(f"{name}条数", table[f"n_rater_{code}"].tolist(), COUNT))
    columns.append(SheetColumn("好评最多", table["praised"].tolist(), width=24))
    columns.append(SheetColumn("差评最多", table["criticised"].tolist(), width=24))
    return TableSheet("门店五维与评价对象", tuple(columns))


def _matrices(*matrices: Matrix | None) -> TableSheet:
    things: list[tuple[str, Matrix, Placed]] = [
        (kind, matrix, thing)
        for kind, matrix in zip(("服务触点", "服务质量五维"), matrices, strict=True)
        if matrix is not None
        for thing in matrix.placed
    ]
    names = [shown_name(thing, of_dimension=kind != "服务触点")[0] for kind, _, thing in things]
    placed = [thing for _, _, thing in things]
    return TableSheet(
        "重要性与表现",
        (
            SheetColumn("类别", [kind for kind, _, _ in things], width=16),
            SheetColumn("名称", names, width=16),
            SheetColumn("象限", [QUADRANTS[matrix.quadrant(thing)][0] for _, matrix, thing in things], width=16),
            SheetColumn("临界", [matrix.is_close(thing) for _, matrix, thing in things]),
            SheetColumn("重要性", [thing.importance for thing in placed], TWO),
            SheetColumn("重要性区间下端", [thing.low for thing in placed], TWO, 16),
            SheetColumn("重要性区间上端", [thing.high for thing in placed], TWO, 16),
            SheetColumn("表现（净好评率）", [thing.performance for thing in placed], TWO, 18),
            SheetColumn("好评", [thing.good for thing in placed], COUNT),
            SheetColumn("差评", [thing.bad for thing in placed], COUNT),
            SheetColumn("推算所用评论", [matrix.n for _, matrix, _ in things], COUNT, 14),
        ),
    )
