"""The third question of the Monday page: whether satisfaction has really changed."""

import pandas as pd

from lexicons.codebook import codebook
from reports.control_charts import RUN
from reports.page_blocks import (
    NONE,
    TOO_FEW,
    ChartBlock,
    PageSection,
    TableBlock,
    TableRow,
    TextBlock,
    day,
    number,
    rows_of,
    shown,
)
from reports.page_rolling import rolling
from reports.page_venue_profiles import venue_profiles_table
from reports.report_failures import FEWEST_SHOWN
from reports.report_figures import FEWEST_PUBLISHED, Figures
from reports.svg_charts import Point, line_chart

SIGNALS = {
    "above_limit": ("超出控制上限", "above the upper limit"),
    "below_limit": ("低于控制下限", "below the lower limit"),
    "run_above": (f"连续 {RUN} 周以上高于中心线", f"{RUN} weeks or more in a row above the centre"),
    "run_below": (f"连续 {RUN} 周以上低于中心线", f"{RUN} weeks or more in a row below the centre"),
}


def satisfaction(figures: Figures) -> PageSection:
    """Answer whether satisfaction has really changed: charts with limits, then the venues."""
    blocks: list[TextBlock | ChartBlock | TableBlock] = []
    for metric, zh, en in (
        ("satisfaction", "满意度（1–5 分）", "satisfaction (1 to 5)"),
        ("failure_share", "有失误的评论占比", "share of reviews with a failure"),
    ):
        weeks = figures.weeks[(figures.weeks["metric"] == metric) & (figures.weeks["n"] >= FEWEST_SHOWN)]
        if weeks.empty:
            continue
        blocks += [_verdict(weeks, zh, en), _chart(weeks, metric, zh, en)]
    if not blocks:
        blocks.append(TextBlock("本范围没有足够的周数据。", "This scope has no weeks with enough reviews."))
    blocks += [*rolling(figures), _venues(figures), _quality(figures), *venue_profiles_table(figures)]
    return PageSection("满意度真变了，还是波动", "Whether satisfaction has really changed", blocks)


def _verdict(weeks: pd.DataFrame, zh: str, en: str) -> TextBlock:
    last = weeks.iloc[-1]
    signal = last["signal"]
    where = f"{zh}最近一周（{day(last['period_start'])}当周，n = {last['n']}）为 {last['value']:.2f}"
    where_en = f"{en} of the last week ({last['period_start']:%Y-%m-%d}, n = {last['n']}) is {last['value']:.2f}"
    if isinstance(signal, str):
        return TextBlock(
            f"{where}，{SIGNALS[signal][0]}：不是正常波动。", f"{where_en}, {SIGNALS[signal][1]}.", warn=True
        )
    if pd.isna(last["centre"]):
        return TextBlock(
            f"{where}；可比的周数或条数不足，不作判断。", f"{where_en}; too few weeks or reviews to judge."
        )
    return TextBlock(
        f"{where}，在正常波动之内（中心线 {last['centre']:.2f}）。", f"{where_en}, within usual variation."
    )


def _chart(weeks: pd.DataFrame, metric: str, zh: str, en: str) -> ChartBlock:
    points = [
        Point(
            f"{row['period_start']:%m-%d}",
            float(row["value"]),
            None if pd.isna(row["lower_limit"]) else float(row["lower_limit"]),
            None if pd.isna(row["upper_limit"]) else float(row["upper_limit"]),
            isinstance(row["signal"], str),
        )
        for _, row in weeks.iterrows()
    ]
    centres = weeks["centre"].dropna()
    svg = line_chart(
        points,
        float(centres.iloc[-1]) if len(centres) else None,
        f"{zh}，按周 · {en} by week",
        percent=metric == "failure_share",
    )
    total = int(weeks["n"].sum())
    return ChartBlock(
        svg,
        f"{zh}按周，{len(points)} 周共 {total} 条；少于 {FEWEST_SHOWN} 条的周不画。"
        "虚线为 Laney 控制限，方块为异常信号。",
        f"{en} by week, {len(points)} weeks, {total} reviews; dashed: Laney's limits, squares: signals.",
    )


def _quality(figures: Figures) -> TableBlock:
    """Return how guests judge the five dimensions of SERVQUAL, and what they found against what they expected."""
    told = {str(r["what"]): r for r in rows_of(figures.quality)}
    names = {f"rater_{code}": (label.chinese, label.english) for code, label in codebook()["rater"].items()}
    rows = []
    for what, name in {**names, "expectation": ("预期（超出 − 低于）", "Expectation (exceeded − below)")}.items():
        if what in told:
            r = told[what]
            enough, enough_before = (int(str(r[column])) >= FEWEST_SHOWN for column in ("n", "n_before"))
            rows.append(
                (
                    name,
                    shown(r["n"]),
                    shown(r["good"]),
                    shown(r["bad"]),
                    number(float(str(r["net"])), 2, signed=True) if enough else NONE,
                    number(float(str(r["net_before"])), 2, signed=True) if enough_before else NONE,
                )
            )
    columns = (
        ("维度", "dimension"),
        ("提到的评论", "n"),
        ("好评或超出", "good"),
        ("差评或低于", "bad"),
        ("净值", "net"),
        ("此前 13 周", "before"),
    )
    caption = "服务质量五维（RATER）与预期，近 13 周；净值 = 好评占比 − 差评占比", "RATER and expectation, 13 weeks"
    return TableBlock(columns, tuple(TableRow(cells) for cells in rows), *caption, numeric=(1, 2, 3, 4, 5))


def _venues(figures: Figures) -> TableBlock:
    columns = (
        ("门店", "venue"),
        ("n", "n"),
        ("指数", "index"),
        ("较前 13 周", "change"),
        ("平台指数", "platform"),
        ("满意度", "satisfaction"),
        ("收缩估计（参考）", "shrunken"),
    )
    rows = [
        TableRow(
            (
                shown(r["venue"]),
                shown(r["n"]),
                number(float(str(r["index"])), 0) if float(str(r["n"])) >= FEWEST_PUBLISHED else TOO_FEW,
                number(float(str(r["change"])), 0, signed=True) + (" ●" if r["sure"] else ""),
                number(float(str(r["platform_index"])), 0),
                number(float(str(r["satisfaction"]))) if float(str(r["n"])) >= FEWEST_SHOWN else NONE,
                number(float(str(r["shrunken"]))),
            ),
            mark=bool(r["sure"]) and float(str(r["change"])) < 0,
        )
        for r in rows_of(figures.venues)
    ]
    caption = (
        "近 13 周各门店，由低到高；● 为超出随机波动的变化",
        "venues in 13 weeks, the lowest first; ● changes beyond chance",
    )
    return TableBlock(columns, tuple(rows), *caption, numeric=(1, 2, 3, 4, 5, 6), folded=len(rows) > 15)
