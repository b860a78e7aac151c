"""The questions of the Monday page in their order; the first five are answered here: what has happened, and where."""

from collections.abc import Iterable

from reports.page_blocks import (
    NONE,
    TOO_FEW,
    ChartBlock,
    PageSection,
    TableBlock,
    TableRow,
    TextBlock,
    failure_pair,
    named,
    number,
    rows_of,
    share,
    shown,
    table_of,
)
from reports.page_importance import importance
from reports.page_quotes import quotes
from reports.page_rare_events import with_gaps
from reports.page_recovery import effects, leaving, promises, recovery
from reports.page_satisfaction import satisfaction
from reports.report_figures import Figures
from reports.svg_charts import bar_chart

KANO_NAMES = {
    "must_be": ("必备型", "must-be"),
    "performance": ("期望型", "performance"),
    "attractive": ("魅力型", "attractive"),
    "indifferent": ("无差异", "indifferent"),
}
UNSURE = 0.5
"""Confidence below which an incident is more likely none; a red line is shown nevertheless."""
ARRIVAL_STATES = {"silent": ("静默", "silent"), "few": ("偏少", "few")}
RISING = "上升", "rising"
Rows = Iterable[dict[str, object]]


def page_sections(figures: Figures) -> list[PageSection]:
    """Return the questions in the order in which a quality manager asks them."""
    return [
        with_gaps(_red_lines(figures), figures),
        _arrivals(figures),
        satisfaction(figures),
        _failures(figures),
        _places(figures),
        promises(figures),
        recovery(figures),
        leaving(figures),
        effects(figures),
    ]


def _red_lines(figures: Figures) -> PageSection:
    title = "有没有红线事件，谁来处理", "Red lines, and who answers for them"
    if figures.red_lines.empty:
        return PageSection(*title, [TextBlock("本期没有红线事件。", "No red-line incident in this period.")])
    rows = [
        (
            shown(r["day"]),
            shown(r["venue"]),
            failure_pair(r["failure_subtype"]),
            shown(r["quote"]),
            f"{float(str(r['confidence'])):.0%}",
            named(r["department"]),
            shown(r["review_id"]),
        )
        for r in rows_of(figures.red_lines)
    ]
    unsure = int((figures.red_lines["confidence"] < UNSURE).sum())
    columns = (
        ("日期", "day"),
        ("门店", "venue"),
        ("类型", "failure"),
        ("原话", "quote"),
        ("把握", "certainty"),
        ("责任部门", "department"),
        ("评论编号", "review"),
    )
    words = TextBlock(
        f"本期 {len(rows)} 起红线事件，请逐起核实" + (f"；其中 {unsure} 起把握不大，排在后面。" if unsure else "。"),
        f"{len(rows)} red-line incidents; check each" + (f", {unsure} of them less sure." if unsure else "."),
        warn=True,
    )
    return PageSection(
        *title,
        [
            words,
            table_of(
                columns, rows, ("严重度为“红线”的失误事件，最多列 50 起", "incidents of severity 3, at most 50"), (4,)
            ),
        ],
    )


def _arrivals(figures: Figures) -> PageSection:
    title = "数据齐不齐", "Whether the data is whole"
    counts = figures.counts
    blocks: list[TextBlock | ChartBlock | TableBlock] = [
        TextBlock(
            f"本期评论 {counts['reviews']} 条（其中套话好评 {counts['template_praise']} 条不计入），"
            f"投诉 {counts['complaints']} 件，工单 {counts['tickets']} 件。"
            f"{figures.arrivals_whole} 个来源×门店到数正常。",
            f"{counts['reviews']} reviews ({counts['template_praise']} of them template praise), "
            f"{counts['complaints']} complaints, {counts['tickets']} tickets. "
            f"{figures.arrivals_whole} source × venue pairs brought what is usual.",
        )
    ]
    if figures.arrivals.empty:
        return PageSection(*title, blocks)
    rows = [
        (
            shown(r["source"]),
            shown(r["venue"]),
            ARRIVAL_STATES[str(r["state"])],
            shown(r["now"]),
            number(float(str(r["usual"])), 1),
            shown(r["last"]),
        )
        for r in rows_of(figures.arrivals.head(40))
    ]
    columns = (
        ("来源", "source"),
        ("门店", "venue"),
        ("状态", "state"),
        ("本期", "now"),
        ("通常", "usual"),
        ("最近一条", "last"),
    )
    caption = (
        f"到数低于通常的来源×门店（泊松检验 5%），共 {len(figures.arrivals)} 个",
        f"{len(figures.arrivals)} pairs with fewer reviews than usual (Poisson, 5 %)",
    )
    blocks.append(table_of(columns, rows, caption, (3, 4)))
    return PageSection(*title, blocks)


def _failures(figures: Figures) -> PageSection:
    blocks: list[TextBlock | ChartBlock | TableBlock] = []
    rows = rows_of(figures.failures[figures.failures["n"] > 0])
    bars = [
        (
            failure_pair(r["failure_subtype"]),
            float(str(r["n"])),
            (
                f"{r['n']}（累计 {float(str(r['cumulative'])):.0%}）",
                f"{r['n']} (cumulative {float(str(r['cumulative'])):.0%})",
            ),
        )
        for r in rows
    ]
    blocks.append(
        ChartBlock(
            bar_chart(bars, "失误类型，近 13 周 · failures, 13 weeks"),
            f"帕累托图：近 13 周 {figures.counts['window']} 条评论中提到各类失误的条数。",
            f"Pareto: reviews of 13 weeks that tell of each failure (n = {figures.counts['window']}).",
        )
    )
    cells = []
    for r in rows:
        impact = figures.impacts.get(str(r["failure_subtype"]))
        told = (
            (
                f"{impact.value:+.2f}（{impact.low:+.2f} 至 {impact.high:+.2f}）",
                f"{impact.value:+.2f} ({impact.low:+.2f} to {impact.high:+.2f})",
            )
            if impact
            else TOO_FEW
        )
        cells.append(
            TableRow(
                (
                    failure_pair(r["failure_subtype"]),
                    shown(r["n"]),
                    share(float(str(r["share"]))),
                    share(float(str(r["before_share"]))),
                    RISING if r["rising"] else NONE,
                    number(float(str(r["severity"])), 1),
                    told,
                ),
                mark=bool(r["rising"]),
            )
        )
    columns = (
        ("失误", "failure"),
        ("条数", "n"),
        ("近 13 周", "13 weeks"),
        ("此前 13 周", "before"),
        ("趋势", "rising"),
        ("平均严重度", "severity"),
        ("对满意度的影响（95% 区间）", "impact"),
    )
    caption = (
        "上升：两比例检验，多重比较后；影响：同一来源、同一门店、其他失误相同时满意度的差（26 周，至少 10 条）",
        "rising: two proportions, held for many comparisons; impact: within source and venue, other failures held",
    )
    blocks.append(TableBlock(columns, tuple(cells), *caption, numeric=(1, 2, 3, 5)))
    blocks += [*_terms(figures), _aspects(figures), *importance(figures)]
    return PageSection("哪些失误在升、最伤满意度", "Which failures rise and cost most", blocks)


def _terms(figures: Figures) -> list[TableBlock]:
    rows = [
        (
            shown(r["word"]),
            shown(r["n"]),
            share(float(str(r["share"]))),
            share(float(str(r["before_share"]))),
            number(float(str(r["satisfaction"]))),
            f"…{shown(r['quote'])}…",
        )
        for r in rows_of(figures.terms)
    ]
    columns = (
        ("词", "word"),
        ("条数", "n"),
        ("近 13 周", "13 weeks"),
        ("此前 13 周", "before"),
        ("满意度", "satisfaction"),
        ("原文", "words around"),
    )
    caption = "新出现或上升的词（两比例检验，多重比较后 5%）", "words that rise (two proportions, held at 5 %)"
    return [table_of(columns, rows, caption, (1, 2, 3, 4))] if rows else []


def _aspects(figures: Figures) -> TableBlock:
    columns = (
        ("评价对象", "aspect"),
        ("好评", "good"),
        ("差评", "bad"),
        ("净好评率", "net"),
        ("好评带来", "praise adds"),
        ("差评扣减", "criticism takes"),
        ("Kano", "Kano"),
    )
    rows = [
        (
            named(r["aspect"]),
            shown(r["good"]),
            shown(r["bad"]),
            number(float(str(r["net"])), 2, signed=True),
            number(float(str(r["reward"])), 2, signed=True),
            number(-float(str(r["penalty"])), 2, signed=True),
            KANO_NAMES[str(r["kano"])] if isinstance(r["kano"], str) else TOO_FEW,
        )
        for r in rows_of(figures.aspects)
    ]
    caption = (
        "客人评价了什么（近 13 周，至少 20 条）；带来与扣减：与全部评论平均满意度之差",
        "what guests judge; differences from the mean satisfaction",
    )
    return TableBlock(columns, tuple(TableRow(cells) for cells in rows), *caption, numeric=(1, 2, 3, 4, 5), folded=True)


def _places(figures: Figures) -> PageSection:
    title = "在哪些店、哪个部门", "Where, and which department"
    blocks: list[TextBlock | ChartBlock | TableBlock] = []
    if figures.places.empty:
        blocks.append(TextBlock("没有门店在某类失误上显著高于其他门店。", "No venue is told of beyond chance."))
    else:
        rows = [
            (
                shown(r["venue"]),
                failure_pair(r["failure_subtype"]),
                named(r["department"]),
                f"{r['cases']}/{r['reviews']}",
                share(float(str(r["cases"])) / float(str(r["reviews"]))),
                share(float(str(r["expected"]))),
            )
            for r in rows_of(figures.places)
        ]
        columns = (
            ("门店", "venue"),
            ("失误", "failure"),
            ("责任部门", "department"),
            ("条数", "cases"),
            ("占比", "share"),
            ("其他门店", "elsewhere"),
        )
        blocks.append(
            table_of(
                columns,
                rows,
                (
                    "显著高于其他门店（精确二项检验，多重比较后 5%）",
                    "beyond the other venues (exact binomial, held at 5 %)",
                ),
                (3, 4, 5),
            )
        )
    blocks.append(quotes(figures))
    return PageSection(*title, blocks)
