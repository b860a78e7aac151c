"""Rolling 4 and 13 weeks on the Monday page, where single weeks have too few reviews to say anything."""

from datetime import timedelta

import pandas as pd

from reports.page_blocks import NONE, Cell, ChartBlock, Pair, TableBlock, TableRow, TextBlock, number, share, shown
from reports.report_failures import FEWEST_SHOWN
from reports.report_figures import Figures
from reports.rolling_weeks import THIN, WINDOWS
from reports.svg_charts import Point, line_chart

_LINE = "13 weeks"
FIGURE_NAMES: dict[str, Pair] = {
    "satisfaction": ("满意度", "satisfaction"),
    "failure_share": ("有失误的评论占比", "share with a failure"),
}
WINDOW_NAMES: dict[str, Pair] = {"4 weeks": ("近 4 周", "4 weeks"), "13 weeks": ("近 13 周", "13 weeks")}


def rolling(figures: Figures) -> list[TextBlock | ChartBlock | TableBlock]:
    """Return the rolling weeks of a scope, nothing where its weeks speak for themselves."""
    table = figures.rolling
    if table.empty:
        return []
    line = table[(table["metric"] == "satisfaction") & (table["grain"] == _LINE) & (table["n"] >= FEWEST_SHOWN)]
    words = TextBlock(
        f"本范围每周评论偏少（周中位数不足 {THIN} 条），单周起伏大，请以滚动 4 周和 13 周为准。",
        f"Weeks have few reviews here (fewer than {THIN} in the median week): go by the rolling 4 and 13 weeks.",
    )
    return [words, _table(table), *([_chart(line)] if len(line) > 1 else [])]


def _table(table: pd.DataFrame) -> TableBlock:
    rows = []
    for metric, name in FIGURE_NAMES.items():
        for grain, window in WINDOW_NAMES.items():
            own = table[(table["metric"] == metric) & (table["grain"] == grain)]
            if not own.empty:
                rows.append(TableRow((name, window, *_cells(own.iloc[-1], is_share=metric == "failure_share"))))
    columns = (
        ("指标", "figure"),
        ("窗口", "window"),
        ("截止周日", "up to"),
        ("n", "n"),
        ("数值", "value"),
        ("95% 区间", "95 % interval"),
    )
    caption = "滚动窗口：以最近一个有评论的整周为止", "rolling weeks up to the last whole week with a review"
    return TableBlock(columns, tuple(rows), *caption, numeric=(3, 4, 5))


def _cells(row: pd.Series, *, is_share: bool) -> tuple[Cell, ...]:
    end = pd.Timestamp(row["period_start"]).date() + timedelta(weeks=WINDOWS[row["grain"]], days=-1)
    if row["n"] < FEWEST_SHOWN:
        return shown(end), shown(row["n"]), NONE, NONE
    value, low, high = (share(v) if is_share else number(v) for v in (row["value"], row["low"], row["high"]))
    return shown(end), shown(row["n"]), value, (f"{low} 至 {high}", f"{low} to {high}")


def _chart(line: pd.DataFrame) -> ChartBlock:
    weeks = timedelta(weeks=WINDOWS[_LINE], days=-1)
    points = [
        Point(f"{pd.Timestamp(row['period_start']).date() + weeks:%m-%d}", row["value"], row["low"], row["high"])
        for row in line[["period_start", "value", "low", "high"]].to_dict("records")
    ]
    return ChartBlock(
        line_chart(points, None, "满意度，滚动 13 周"),
        f"满意度，滚动 13 周（横轴为截止日，共 {len(points)} 个窗口，最近一个 n = {line['n'].iloc[-1]}）；"
        "虚线为 95% 区间，不是控制限。相邻窗口大半重合，一周的起伏会连着影响 13 个点，所以不判异常。",
        f"satisfaction of rolling 13 weeks, {len(points)} windows, n = {line['n'].iloc[-1]} in the last; dashed: 95 % "
        "interval, not control limits; windows overlap, so none is called a signal.",
    )
