"""What stands in the sheets of a report's workbook: the tables of the Monday page, column by column, as numbers.

What the page does not publish for too few reviews is an empty cell here too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from lexicons.codebook import codebook
from reports.page_blocks import failure_name, rows_of
from reports.page_quotes import why_shown
from reports.page_recovery import LOYALTY_NAMES, RECOVERY_STATES, told_codes
from reports.page_satisfaction import SIGNALS
from reports.page_sections import ARRIVAL_STATES, KANO_NAMES
from reports.report_failures import FEWEST_SHOWN
from reports.report_figures import Figures
from reports.spells import Spell

TEXT, COUNT, WHOLE, ONE, TWO, SHARE, DAY = "@", "#,##0", "0", "0.0", "0.00", "0.0%", "yyyy-mm-dd"
"""Number formats of Excel."""
WEEKS, FAILURES = "满意度按周", "失误"
"""The sheets that have a chart."""
QUOTE_WIDTH = 60


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: its header, its values from the first row down, how they are shown, and its width."""

    header: str
    values: Sequence[object]
    style: str = TEXT
    width: int = 12


@dataclass(frozen=True, slots=True)
class TableSheet:
    """One table of the page as a sheet; all columns are of one length."""

    name: str
    columns: tuple[SheetColumn, ...]

    @property
    def rows(self) -> int:
        """Rows below the header."""
        return len(self.columns[0].values)


def table_sheets(figures: Figures) -> list[TableSheet]:
    """Return the tables of a page in its order."""
    return [
        _red_lines(figures.red_lines),
        _arrivals(figures.arrivals),
        _weeks(figures.weeks),
        _venues(figures.venues),
        _failures(figures),
        _places(figures.places),
        _promises(figures.promises),
        _recovery(figures.recovery),
        _loyalty(figures.loyalty),
        _praise(figures.praise),
        _quality(figures.quality),
        _terms(figures.terms),
        _aspects(figures.aspects),
        _quotes(figures.quotes),
        _leaving(figures.leaving),
        _spells(figures.spells),
    ]


def _red_lines(table: pd.DataFrame) -> TableSheet:
    return TableSheet(
        "红线事件",
        (
            SheetColumn("日期", _of(table, "day"), DAY),
            SheetColumn("门店", _of(table, "venue"), width=24),
            SheetColumn("类型", _failure_names(table), width=18),
            SheetColumn("原话", _of(table, "quote"), width=QUOTE_WIDTH),
            SheetColumn("把握", _of(table, "confidence"), SHARE),
            SheetColumn("责任部门", _of(table, "department"), width=14),
            SheetColumn("评论编号", _of(table, "review_id"), width=28),
        ),
    )


def _arrivals(table: pd.DataFrame) -> TableSheet:
    return TableSheet(
        "数据到数",
        (
            SheetColumn("来源", _of(table, "source"), width=18),
            SheetColumn("门店", _of(table, "venue"), width=24),
            SheetColumn("状态", [ARRIVAL_STATES[str(state)][0] for state in table["state"]]),
            SheetColumn("本期条数", _of(table, "now"), COUNT),
            SheetColumn("通常条数", _of(table, "usual"), ONE),
            SheetColumn("最近一条", _of(table, "last"), DAY),
        ),
    )


def _weeks(table: pd.DataFrame) -> TableSheet:
    """Return both charts of the page side by side, week by week; satisfaction first, which is drawn."""
    weeks = sorted(set(table["period_start"]))
    columns = [SheetColumn("周起始日", weeks, DAY)]
    for metric, name, style in (("satisfaction", "满意度", TWO), ("failure_share", "失误占比", SHARE)):
        own = table[table["metric"] == metric].set_index("period_start").reindex(weeks)
        shown = own["n"] >= FEWEST_SHOWN
        columns += [
            SheetColumn(name, own["value"].where(shown).tolist(), style),
            SheetColumn(f"{name}中心线", own["centre"].tolist(), style, 14),
            SheetColumn(f"{name}控制下限", own["lower_limit"].tolist(), style, 16),
            SheetColumn(f"{name}控制上限", own["upper_limit"].tolist(), style, 16),
            SheetColumn(f"{name}条数", own["n"].tolist(), COUNT, 14),
            SheetColumn(f"{name}区间下端", own["low"].where(shown).tolist(), style, 16),
            SheetColumn(f"{name}区间上端", own["high"].where(shown).tolist(), style, 16),
            SheetColumn(
                f"{name}信号", [SIGNALS[s][0] if isinstance(s, str) else None for s in own["signal"]], width=24
            ),
        ]
    return TableSheet(WEEKS, tuple(columns))


def _venues(table: pd.DataFrame) -> TableSheet:
    shown = table["n"] >= FEWEST_SHOWN
    return TableSheet(
        "门店",
        (
            SheetColumn("门店", _of(table, "venue"), width=24),
            SheetColumn("近 13 周条数", _of(table, "n"), COUNT, 14),
            SheetColumn("指数", _of(table, "index"), WHOLE),
            SheetColumn("较前 13 周", _of(table, "change"), "+0;-0;0"),
            SheetColumn("超出随机波动", _of(table, "sure"), width=14),
            SheetColumn("平台指数", _of(table, "platform_index"), WHOLE),
            SheetColumn("满意度", table["satisfaction"].where(shown).tolist(), TWO),
            SheetColumn("区间下端", table["low"].where(shown).tolist(), TWO),
            SheetColumn("区间上端", table["high"].where(shown).tolist(), TWO),
            SheetColumn("收缩估计（参考）", _of(table, "shrunken"), TWO, 18),
        ),
    )


def _failures(figures: Figures) -> TableSheet:
    table = figures.failures[figures.failures["n"] > 0]
    costs = [figures.impacts.get(str(code)) for code in table["failure_subtype"]]
    return TableSheet(
        FAILURES,
        (
            SheetColumn("失误", _failure_names(table), width=20),
            SheetColumn("近 13 周条数", _of(table, "n"), COUNT, 14),
            SheetColumn("近 13 周占比", _of(table, "share"), SHARE, 14),
            SheetColumn("累计占比", _of(table, "cumulative"), SHARE),
            SheetColumn("此前 13 周占比", _of(table, "before_share"), SHARE, 16),
            SheetColumn("上升", _of(table, "rising")),
            SheetColumn("平均严重度", _of(table, "severity"), ONE),
            SheetColumn("对满意度的影响", [cost and cost.value for cost in costs], TWO, 16),
            SheetColumn("影响区间下端", [cost and cost.low for cost in costs], TWO, 14),
            SheetColumn("影响区间上端", [cost and cost.high for cost in costs], TWO, 14),
        ),
    )


def _places(table: pd.DataFrame) -> TableSheet:
    return TableSheet(
        "门店与失误",
        (
            SheetColumn("门店", _of(table, "venue"), width=24),
            SheetColumn("失误", _failure_names(table), width=20),
            SheetColumn("责任部门", _of(table, "department"), width=14),
            SheetColumn("条数", _of(table, "cases"), COUNT),
            SheetColumn("评论条数", _of(table, "reviews"), COUNT),
            SheetColumn("占比", (table["cases"] / table["reviews"]).tolist(), SHARE),
            SheetColumn("其他门店占比", _of(table, "expected"), SHARE, 14),
        ),
    )


def _promises(table: pd.DataFrame) -> TableSheet:
    return TableSheet(
        "承诺",
        (
            SheetColumn("门店", _of(table, "venue"), width=24),
            SheetColumn("对象", _of(table, "aspect"), width=14),
            SheetColumn("起数", _of(table, "cases"), COUNT),
            SheetColumn("原话", _of(table, "quote"), width=QUOTE_WIDTH),
        ),
    )


def _recovery(table: pd.DataFrame) -> TableSheet:
    own = table.set_index("state").reindex([state for state in RECOVERY_STATES if state in set(table["state"])])
    return TableSheet(
        "补救",
        (
            SheetColumn("情形", [RECOVERY_STATES[str(state)][0] for state in own.index], width=26),
            SheetColumn("条数", own["n"].tolist(), COUNT),
            SheetColumn("满意度", own["satisfaction"].where(own["n"] >= FEWEST_SHOWN).tolist(), TWO),
            SheetColumn("愿意再来", own["stay"].where(own["said"] >= FEWEST_SHOWN).tolist(), SHARE),
            SheetColumn("表态人数", own["said"].tolist(), COUNT),
        ),
    )


def _loyalty(table: pd.DataFrame) -> TableSheet:
    names = [LOYALTY_NAMES.get(str(what), (str(what), ""))[0] for what in table["what"]]
    return TableSheet(
        "表态",
        (
            SheetColumn("表态", names, width=16),
            SheetColumn("条数", _of(table, "n"), COUNT),
            SheetColumn("近 13 周占比", _of(table, "share"), SHARE, 14),
            SheetColumn("此前 13 周占比", _of(table, "before_share"), SHARE, 16),
        ),
    )


def _praise(table: pd.DataFrame) -> TableSheet:
    return TableSheet(
        "好评",
        (
            SheetColumn("部门或触点", _of(table, "department"), width=16),
            SheetColumn("对象", _of(table, "aspect"), width=14),
            SheetColumn("好评", _of(table, "cases"), COUNT),
            SheetColumn("原话", _of(table, "quote"), width=QUOTE_WIDTH),
        ),
    )


def _quality(table: pd.DataFrame) -> TableSheet:
    names = {f"rater_{code}": label.chinese for code, label in codebook()["rater"].items()} | {"expectation": "预期"}
    enough, enough_before = table["n"] >= FEWEST_SHOWN, table["n_before"] >= FEWEST_SHOWN
    return TableSheet(
        "服务质量五维与预期",
        (
            SheetColumn("维度", [names[str(what)] for what in table["what"]], width=18),
            SheetColumn("提到的评论", _of(table, "n"), COUNT),
            SheetColumn("好评或超出", _of(table, "good"), COUNT),
            SheetColumn("差评或低于", _of(table, "bad"), COUNT),
            SheetColumn("净值", table["net"].where(enough).tolist(), TWO),
            SheetColumn("此前 13 周", table["net_before"].where(enough_before).tolist(), TWO),
        ),
    )


def _terms(table: pd.DataFrame) -> TableSheet:
    return TableSheet(
        "上升的词",
        (
            SheetColumn("词", _of(table, "word")),
            SheetColumn("条数", _of(table, "n"), COUNT),
            SheetColumn("近 13 周", _of(table, "share"), SHARE),
            SheetColumn("此前 13 周", _of(table, "before_share"), SHARE),
            SheetColumn("满意度", _of(table, "satisfaction"), TWO),
            SheetColumn("原文", _of(table, "quote"), width=QUOTE_WIDTH),
        ),
    )


def _aspects(table: pd.DataFrame) -> TableSheet:
    kinds = [KANO_NAMES[code][0] if isinstance(code, str) else None for code in table["kano"]]
    return TableSheet(
        "评价对象",
        (
            SheetColumn("评价对象", _of(table, "aspect"), width=14),
            SheetColumn("好评", _of(table, "good"), COUNT),
            SheetColumn("差评", _of(table, "bad"), COUNT),
            SheetColumn("净好评率", _of(table, "net"), TWO),
            SheetColumn("好评带来", _of(table, "reward"), TWO),
            SheetColumn("差评扣减", (-table["penalty"]).tolist(), TWO),
            SheetColumn("Kano 类型", kinds),
        ),
    )


def _quotes(table: pd.DataFrame) -> TableSheet:
    return TableSheet(
        "原话",
        (
            SheetColumn("失误", _failure_names(table), width=20),
            SheetColumn("哪一条", [why_shown(why)[0] for why in table["why"]], width=18),
            SheetColumn("门店", _of(table, "venue"), width=24),
            SheetColumn("日期", _of(table, "day"), DAY),
            SheetColumn("严重度", _of(table, "severity"), WHOLE),
            SheetColumn("原话", _of(table, "quote"), width=QUOTE_WIDTH),
        ),
    )


def _leaving(table: pd.DataFrame) -> TableSheet:
    told = ["、".join(LOYALTY_NAMES[c][0] for c in told_codes(r) if c in LOYALTY_NAMES) for r in rows_of(table)]
    return TableSheet(
        "表态原文",
        (
            SheetColumn("日期", _of(table, "day"), DAY),
            SheetColumn("门店", _of(table, "venue"), width=24),
            SheetColumn("表态", told, width=24),
            SheetColumn("原文开头", _of(table, "quote"), width=QUOTE_WIDTH),
        ),
    )


def _spells(spells: Sequence[Spell]) -> TableSheet:
    return TableSheet(
        "高发时段",
        (
            SheetColumn("门店", [s.venue for s in spells], width=24),
            SheetColumn("失误", [failure_name(s.failure_subtype) for s in spells], width=20),
            SheetColumn("首周起始日", [s.begins for s in spells], DAY, 14),
            SheetColumn("末周起始日", [s.last_week for s in spells], DAY, 14),
            SheetColumn("期间条数", [s.inside.failed for s in spells], COUNT),
            SheetColumn("期间评论", [s.inside.reviews for s in spells], COUNT),
            SheetColumn("期间占比", [s.inside.value for s in spells], SHARE),
            SheetColumn("此前占比", [s.before.value for s in spells], SHARE),
            SheetColumn("此后评论", [s.after.reviews for s in spells], COUNT),
            SheetColumn("此后占比", [s.after.value if s.after.reviews else None for s in spells], SHARE),
            SheetColumn("等待中位数（分钟）", [s.wait_minutes for s in spells], COUNT, 20),
            SheetColumn("至今未止", [s.after.reviews == 0 for s in spells]),
        ),
    )


def _of(table: pd.DataFrame, column: str) -> list[object]:
    values: list[object] = table[column].tolist()
    return values


def _failure_names(table: pd.DataFrame) -> list[str]:
    codes: Iterable[object] = table["failure_subtype"]
    return [failure_name(code) for code in codes]
