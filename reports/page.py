"""The Monday page: one file of HTML without script, Chinese first, English behind a switch.

Nothing is loaded from anywhere, and a content security policy forbids it; customers' words are escaped as text.
"""

from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from reports.first_things import first_things
from reports.page_blocks import Card, ChartBlock, number, share
from reports.page_sections import page_sections
from reports.report_figures import FEWEST_PUBLISHED, Figures

TEMPLATES = Path(__file__).resolve().parent / "templates"
_SCOPES = {
    "all": ("全部", "all"),
    "source": ("来源", "source"),
    "industry": ("行业", "industry"),
    "region": ("区域", "region"),
    "brand": ("品牌", "brand"),
    "venue": ("门店", "venue"),
}


def page_html(figures: Figures) -> str:
    """Return the page of a report."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    zh, en = _SCOPES[figures.scope.kind]
    own = "" if figures.scope.kind == "all" else f"：{figures.scope.value}"
    # Charts are drawn by `reports.svg_charts`, which escapes what it writes.
    sections = [
        replace(section, blocks=[_drawn(block) if isinstance(block, ChartBlock) else block for block in section.blocks])
        for section in page_sections(figures)
    ]
    return environment.get_template("page.html").render(
        figures=figures,
        sections=sections,
        first=first_things(figures),
        cards=_cards(figures),
        scope_zh=f"{zh}{own}",
        scope_en=f"{en}{own}",
    )


def _drawn(block: ChartBlock) -> ChartBlock:
    return ChartBlock(Markup(block.svg), block.zh, block.en)  # noqa: S704 - of our own drawing, see above


def _cards(figures: Figures) -> list[Card]:
    counts, venues = figures.counts, figures.venues
    satisfaction = figures.weeks[figures.weeks["metric"] == "satisfaction"]
    window = counts["window"]
    mean = float((venues["satisfaction"] * venues["n"]).sum() / venues["n"].sum()) if len(venues) else float("nan")
    index = number((mean - 1) * 25, 0) if window >= FEWEST_PUBLISHED else "样本不足"
    failed = figures.recovery[figures.recovery["state"] != "none"]["n"].sum()
    return [
        Card(
            "本期评论",
            "reviews",
            f"{counts['reviews']:,}",
            f"可判读 {counts['judged']:,} 条",
            f"{counts['judged']:,} judged",
        ),
        Card("指数（近 13 周）", "index, 13 weeks", index, f"n = {window:,}", f"n = {window:,}"),
        Card(
            "有失误的评论",
            "with a failure",
            share(failed / window if window else None),
            f"近 13 周 {int(failed):,} 条",
            f"{int(failed):,} of 13 weeks",
        ),
        Card("红线事件", "red lines", str(len(figures.red_lines)), "本期", "this period"),
        Card(
            "异常信号",
            "signals",
            str(int(satisfaction["signal"].notna().sum())),
            "满意度，近 53 周",
            "satisfaction, 53 weeks",
        ),
    ]
