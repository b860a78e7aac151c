"""What each venue is praised and criticised for, as a table of the Monday page."""

from lexicons.codebook import codebook
from reports.page_blocks import NONE, Pair, TableBlock, TableRow, number, rows_of, shown
from reports.report_failures import FEWEST_CASES, FEWEST_SHOWN
from reports.report_figures import Figures
from reports.venue_profiles import MOST_ASPECTS

_UNFOLDED = 15


def venue_profiles_table(figures: Figures) -> list[TableBlock]:
    """Return the table, nothing where nothing can be said of any venue."""
    if figures.venue_profiles.empty:
        return []
    dimensions = {f"rater_{code}": _short(label.chinese) for code, label in codebook()["rater"].items()}
    rows = []
    for r in rows_of(figures.venue_profiles):
        judged = (_net(float(str(r[name])), r[f"n_{name}"]) for name in dimensions)
        rows.append(TableRow((shown(r["venue"]), shown(r["n"]), *judged, shown(r["praised"]), shown(r["criticised"]))))
    names: list[Pair] = [(name, code.removeprefix("rater_")) for code, name in dimensions.items()]
    columns = (("门店", "venue"), ("n", "n"), *names, ("好评最多", "most praised"), ("差评最多", "most criticised"))
    chinese = (
        "各门店的服务质量五维与主要评价对象，近 13 周：净值 = 好评占比 − 差评占比，括号内为评到该维度的评论数，"
        f"不足 {FEWEST_SHOWN} 条不列；评价对象各列至多 {MOST_ASPECTS} 个，至少 {FEWEST_CASES} 条"
    )
    english = (
        f"RATER net scores (reviews that judge it, at least {FEWEST_SHOWN}) and main aspects of each venue, 13 weeks"
    )
    numeric = tuple(range(1, 2 + len(dimensions)))
    return [TableBlock(columns, tuple(rows), chinese, english, numeric=numeric, folded=len(rows) > _UNFOLDED)]


def _short(name: str) -> str:
    """Return a dimension's name without what stands in brackets: 响应性(反应度) → 响应性."""
    return name.partition("(")[0]


def _net(value: float, judged: object) -> str:
    told = number(value, 2, signed=True)
    return told if told == NONE else f"{told}（{judged}）"
