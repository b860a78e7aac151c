"""The days between red lines on the Monday page: whether they come closer together than is usual."""

from dataclasses import replace

import pandas as pd

from reports.control_charts import BEYOND_LOWER, RUN, RUN_BELOW
from reports.page_blocks import ChartBlock, PageSection, TableBlock, TableRow, TextBlock, day, rows_of, shown
from reports.periods import Period
from reports.rare_events import FEWEST_GAPS, SHORTEST_MEAN
from reports.report_figures import Figures
from reports.svg_charts import Point, line_chart

MOST_DRAWN = 60
ALARMS = {
    BEYOND_LOWER: ("间隔短于控制下限，不是偶然", "below the lower limit"),
    RUN_BELOW: (f"间隔已连续 {RUN} 次以上短于中位数，红线事件比以往更密", f"{RUN} or more in a row below the median"),
}


def with_gaps(section: PageSection, figures: Figures) -> PageSection:
    """Return the section of red lines with what the days between them tell."""
    return replace(section, blocks=[*section.blocks, *_blocks(figures)])


def _blocks(figures: Figures) -> list[TextBlock | ChartBlock | TableBlock]:
    gaps = figures.red_line_gaps
    charted = gaps[gaps["centre"].notna()]
    if charted.empty:
        return [_no_chart(gaps)]
    last = charted.iloc[-1]
    return [_verdict(last, figures.period), _chart(charted.tail(MOST_DRAWN)), _table(charted)]


def _no_chart(gaps: pd.DataFrame) -> TextBlock:
    if len(gaps) >= FEWEST_GAPS and gaps["value"].mean() < SHORTEST_MEAN:
        return TextBlock(
            f"红线事件平均不到 {SHORTEST_MEAN:.0f} 天就有一起，不算罕见，不看间隔，请看各门店。",
            f"Red lines come within {SHORTEST_MEAN:.0f} days on average: too often for a chart of the days between.",
        )
    return TextBlock(
        f"红线事件的间隔：样本不足（可比的间隔至少要有 {FEWEST_GAPS} 个才判断是否变密）。",
        f"Days between red lines: too few to judge (at least {FEWEST_GAPS} gaps that can be compared).",
    )


def _verdict(last: pd.Series, period: Period) -> TextBlock:
    when = pd.Timestamp(last["period_start"]).date()
    since = (period.last_day - when).days
    where = f"红线事件最近发生在 {day(when)}，与上一次相隔 {last['value']:.0f} 天，到期末又过了 {since} 天"
    where_en = f"The last red line was on {when}, {last['value']:.0f} days after the one before, {since} days ago"
    signal = last["signal"]
    said, said_en = ALARMS[signal] if isinstance(signal, str) else ("没有变密的迹象", "no closer than usual")
    return TextBlock(
        f"{where}；{said}（{last['note']}，中位数 {last['centre']:.0f} 天）。",
        f"{where_en}: {said_en} (median {last['centre']:.0f} days).",
        # What was close half a year ago and has not come again is told, and asks for nothing.
        warn=isinstance(signal, str) and when >= period.window_start,
    )


def _chart(gaps: pd.DataFrame) -> ChartBlock:
    points = [
        Point(
            f"{pd.Timestamp(row['period_start']):%y-%m-%d}",
            float(row["value"]),
            float(row["lower_limit"]),
            None,
            isinstance(row["signal"], str),
        )
        for _, row in gaps.iterrows()
    ]
    return ChartBlock(
        line_chart(points, float(gaps["centre"].iloc[-1]), "红线事件之间的天数", decimals=0),
        f"相邻两个红线事件发生日之间的天数，共 {len(points)} 个间隔，越低越密；实线为中位数，虚线为控制下限"
        "（几何分布 0.5% 分位），方块为报警：短于下限，或连续八次短于中位数。同一天的几起算一次。",
        f"days between days with a red line, {len(points)} gaps; solid: median, dashed: lower limit (0.5 % quantile "
        "of the geometric distribution), squares: alarms, below the limit or the eighth in a row below the median.",
    )


def _table(gaps: pd.DataFrame) -> TableBlock:
    columns = (("发生日", "day"), ("当天起数", "red lines"), ("间隔（天）", "days since"), ("报警", "alarm"))
    rows = [
        TableRow(
            (
                shown(r["period_start"]),
                shown(r["n"]),
                f"{float(str(r['value'])):.0f}",
                ALARMS[r["signal"]] if isinstance(r["signal"], str) else shown(None),
            ),
            mark=isinstance(r["signal"], str),
        )
        for r in rows_of(gaps.iloc[::-1].head(MOST_DRAWN))
    ]
    return TableBlock(
        columns,
        tuple(rows),
        f"红线事件的间隔，最近的在前，最多 {MOST_DRAWN} 个",
        f"days between red lines, the latest first, at most {MOST_DRAWN}",
        numeric=(1, 2),
        folded=True,
    )
