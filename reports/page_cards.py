"""The head of the Monday page: what it is of, and its headline figures."""

from reports.page_blocks import TOO_FEW, Card, Cell, Pair, number, share
from reports.report_figures import FEWEST_PUBLISHED, Figures

SCOPE_NAMES = {
    "all": ("全部", "all"),
    "source": ("来源", "source"),
    "industry": ("行业", "industry"),
    "region": ("区域", "region"),
    "brand": ("品牌", "brand"),
    "venue": ("门店", "venue"),
}


def scope_shown(figures: Figures) -> Pair:
    """Return what a page is of, e.g. ``区域：华东``, ``门店：云栖湖畔酒店（H001）``; and in English."""
    zh, en = SCOPE_NAMES[figures.scope.kind]
    own = "" if figures.scope.kind == "all" else f"：{figures.scope.value}"
    if figures.scope.kind == "venue" and len(figures.venues) == 1:
        # The scope is the venue's id where it has one, which nobody knows by heart.
        name = str(figures.venues["venue"].iloc[0])
        own = own if name == figures.scope.value else f"：{name}（{figures.scope.value}）"
    return f"{zh}{own}", f"{en}{own}"


def index_of(figures: Figures) -> float:
    """Return the index of the whole scope in 13 weeks, NaN where it has too few reviews to publish one."""
    venues = figures.venues
    if figures.counts["window"] < FEWEST_PUBLISHED or venues.empty:
        return float("nan")
    return (float((venues["satisfaction"] * venues["n"]).sum() / venues["n"].sum()) - 1) * 25


def index_shown(figures: Figures) -> Cell:
    """Return that index as it is shown: ``64``, or ``样本不足``."""
    return number(index_of(figures), 0) if figures.counts["window"] >= FEWEST_PUBLISHED else TOO_FEW


def cards(figures: Figures) -> list[Card]:
    """Return the headline figures."""
    counts = figures.counts
    window = counts["window"]
    satisfaction = figures.weeks[figures.weeks["metric"] == "satisfaction"]
    failed = int(figures.recovery[figures.recovery["state"] != "none"]["n"].sum())
    failed_share = failed / window if window else float("nan")
    signals = int(satisfaction["signal"].notna().sum())
    return [
        Card(
            "本期评论",
            "reviews",
            f"{counts['reviews']:,}",
            f"可判读 {counts['judged']:,} 条",
            f"{counts['judged']:,} judged",
            counts["reviews"],
        ),
        Card(
            "指数（近 13 周）",
            "index, 13 weeks",
            index_shown(figures),
            f"n = {window:,}",
            f"n = {window:,}",
            index_of(figures),
        ),
        Card(
            "有失误的评论",
            "with a failure",
            share(failed_share),
            f"近 13 周 {failed:,} 条",
            f"{failed:,} of 13 weeks",
            failed_share,
            is_share=True,
        ),
        Card(
            "红线事件",
            "red lines",
            str(len(figures.red_lines)),
            "本期",
            "this period",
            len(figures.red_lines),
        ),
        Card("异常信号", "signals", str(signals), "满意度，近 53 周", "satisfaction, 53 weeks", signals),
    ]
