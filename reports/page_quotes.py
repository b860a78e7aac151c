"""The drill-down from each failure to guests' own words, masked: the newest, the most typical and the gravest quote."""

from reports.page_blocks import Pair, TableBlock, TableRow, failure_pair, rows_of, shown
from reports.report_figures import Figures
from reports.typical_quotes import GRAVEST, MOST_COMPARED, NEWEST, TYPICAL

WHY_NAMES: dict[str, Pair] = {
    NEWEST: ("最新", "newest"),
    TYPICAL: ("最典型", "typical"),
    GRAVEST: ("最严重", "gravest"),
}


def why_shown(why: object) -> Pair:
    """Return why a quote was chosen, as people say it: ``newest typical`` is 最新、最典型."""
    names = [WHY_NAMES[name] for name in str(why).split()]
    return "、".join(chinese for chinese, _ in names), ", ".join(english for _, english in names)


def quotes(figures: Figures) -> TableBlock:
    """Return the quotes of each failure."""
    rows = [
        TableRow(
            (
                failure_pair(r["failure_subtype"]),
                why_shown(r["why"]),
                shown(r["venue"]),
                shown(r["day"]),
                shown(r["quote"]),
            )
        )
        for r in rows_of(figures.quotes)
    ]
    columns = (("失误", "failure"), ("哪一条", "which"), ("门店", "venue"), ("日期", "day"), ("原话", "quote"))
    return TableBlock(
        columns,
        tuple(rows),
        "原话：每类失误最新、最典型、最严重的各一条，近 13 周；"
        f"最典型：用字与同类其他原话最接近（在最新 {MOST_COMPARED} 条中选）",
        "quotes of each failure in 13 weeks: newest, most typical (nearest in wording to the others, of the newest "
        f"{MOST_COMPARED}) and gravest",
        folded=True,
    )
