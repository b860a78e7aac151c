"""The pages of single regions, brands, venues, sources or industries, as the whole page links to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.page_blocks import Cell, ChartBlock, PageSection, TableBlock, TableRow, TextBlock
from reports.page_cards import SCOPE_NAMES
from reports.periods import Period
from reports.report_rows import SCOPES, Scope, report_rows

_UNFOLDED = 40
"""Rows up to which a list of pages stands open."""


@dataclass(frozen=True, slots=True)
class ScopeValue:
    """One value of a scope that there are reviews of."""

    value: str | None
    """None: of the reviews that have none, such as those of venues without a region."""
    shown: str
    n: int
    """Judged reviews of the 13 weeks."""


@dataclass(frozen=True, slots=True)
class ScopePage:
    """One page that is linked to."""

    shown: str
    n: int
    index: Cell
    """As its card shows it: ``64``, or ``样本不足``."""
    link: str
    """From the folder of the whole page, percent-encoded, e.g. ``region/%E5%8D%8E%E4%B8%9C/index.html``."""


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    """The pages of one kind of scope, and what has none."""

    kind: str
    pages: Sequence[ScopePage]
    left_out: Sequence[str] = ()
    """Names of the values beyond the most pages that are written."""
    without: int = 0
    """Judged reviews of the 13 weeks that have no value of this kind."""


def scope_values(warehouse: Path, period: Period, kind: str) -> list[ScopeValue]:
    """Return the values of a scope in the 26 weeks of a report, those with the most reviews first."""
    column = SCOPES[kind]
    with report_rows(warehouse, period, Scope()) as connection:
        rows = connection.sql(
            f"""SELECT {column} AS value, {"any_value(venue_shown)" if kind == "venue" else column} AS shown,
                       count(*) FILTER (recent AND counts) AS n
                FROM scoped GROUP BY {column} ORDER BY n DESC, value"""
        ).fetchall()
    return [ScopeValue(value, str(shown), n) for value, shown, n in rows]


def scope_section(groups: Sequence[ScopeGroup]) -> PageSection:
    """Return the section that links to the pages."""
    blocks: list[TextBlock | ChartBlock | TableBlock] = []
    for group in groups:
        zh, en = SCOPE_NAMES[group.kind]
        if group.pages:
            blocks.append(_table(group))
        else:
            blocks.append(TextBlock(f"没有任何评论标明{zh}。", f"No review has a {en}."))
        if group.left_out:
            blocks.append(
                TextBlock(
                    f"页数已到上限，以下 {len(group.left_out)} 个{zh}没有单独成页：{'、'.join(group.left_out)}。",
                    f"{len(group.left_out)} have no page of their own, as there are no more pages than that: "
                    f"{', '.join(group.left_out)}.",
                    warn=True,
                )
            )
        if group.pages and group.without:
            blocks.append(
                TextBlock(
                    f"近 13 周另有 {group.without:,} 条评论没有{zh}信息，不在以上各页之内。",
                    f"{group.without:,} reviews of 13 weeks have no {en} and are on none of these pages.",
                )
            )
    return PageSection("分范围", "By scope", blocks)


def _table(group: ScopeGroup) -> TableBlock:
    zh, en = SCOPE_NAMES[group.kind]
    columns = ((zh, en), ("近 13 周条数", "n, 13 weeks"), ("指数", "index"))
    rows = tuple(TableRow((page.shown, f"{page.n:,}", page.index), link=page.link) for page in group.pages)
    return TableBlock(
        columns,
        rows,
        f"按{zh}各有一页，共 {len(rows)} 页，条数多的在前",
        f"one page a {en}, {len(rows)} in all, those with the most reviews first",
        numeric=(1, 2),
        folded=len(rows) > _UNFOLDED,
    )
