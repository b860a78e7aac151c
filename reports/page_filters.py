"""The part of the Monday page that a reader filters: counts added up anew by the page's one script.

The script is a file of ours, the same on every page; the policy of the page names its digest and lets no other run.
What it adds up, venues' and sources' names among it, lies beside it as JSON, which nothing runs.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

from lexicons.codebook import label_name
from reports.filter_cube import MOST_BYTES, FilterCube, failure_codes, written_cube
from reports.page_blocks import TOO_FEW, Pair
from reports.page_cards import SCOPE_NAMES
from reports.periods import WINDOW_WEEKS
from reports.report_failures import FEWEST_SHOWN
from reports.report_figures import FEWEST_PUBLISHED

SCRIPT = Path(__file__).resolve().parent / "templates" / "filters.js"
CARDS: Mapping[str, Pair] = {
    "reviews": ("可判读评论", "judged reviews"),
    "index": ("指数", "index"),
    "negative": ("差评", "negative reviews"),
    "failed": ("有失误的评论", "with a failure"),
    "red": ("红线事件", "red lines"),
}
NOTHING: Pair = "近 26 周没有可判读的评论，无从筛选。", "No judged review in 26 weeks: there is nothing to filter."


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One failure of the table that the script fills."""

    code: str
    name: Pair
    is_group: bool


@dataclass(frozen=True, slots=True)
class PageFilters:
    """What the template shows: the filters, what they fill, and what is said about them."""

    json: Markup
    script: Markup
    digest: str
    """Of the script, as a content security policy names it."""
    axes: Mapping[str, Pair]
    cards: Mapping[str, Pair]
    failures: Sequence[FailureRow]
    notes: Sequence[Pair]
    """What is counted, and what the page was too large for."""


def page_filters(cube: FilterCube) -> PageFilters | None:
    """Return the filters of a page, None where there is nothing to filter."""
    if cube.cells.empty:
        return None
    facts = {
        "fewestShown": FEWEST_SHOWN,
        "fewestPublished": FEWEST_PUBLISHED,
        "windowWeeks": WINDOW_WEEKS,
        "tooFew": TOO_FEW,
        "axisNames": SCOPE_NAMES,
    }
    written = written_cube(cube, facts, MOST_BYTES)
    script = SCRIPT.read_text("utf-8")
    return PageFilters(
        # Neither holds what could end its element: the one is ours, of the other `written_cube` sees to it.
        json=Markup(written.json),  # noqa: S704 - see above
        script=Markup(script),  # noqa: S704 - see above
        digest=f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
        axes={axis: SCOPE_NAMES[axis] for axis in written.axes},
        cards=CARDS,
        failures=[_row(code) for code in failure_codes()],
        notes=[_counted(), *([_left_out(written.left_out)] if written.left_out else [])],
    )


def _row(code: str) -> FailureRow:
    field = "failure_subtype" if "." in code else "failure_group"
    return FailureRow(code, (label_name(field, code, "zh"), label_name(field, code, "en")), "." not in code)


def _counted() -> Pair:
    chinese = (
        "选定起止周、来源、行业、区域或门店后，下面的数字由浏览器按本页自带的数据重新相加，不联网。"
        f"口径同上文：近 26 周可判读的评论；红线按事件计，含投诉和工单。占比和指数至少要 {FEWEST_PUBLISHED} 条评论，"
        f"满意度均值和每周的占比至少 {FEWEST_SHOWN} 条。"
    )
    english = (
        "Choose weeks, source, industry, region or venue, and the browser adds the figures below up anew from what the "
        "page holds; nothing is sent. Counted as above: judged reviews of 26 weeks; red lines are incidents, those of "
        f"complaints and tickets too. Shares and the index need {FEWEST_PUBLISHED} reviews, mean satisfaction and "
        f"shares of a week {FEWEST_SHOWN}."
    )
    return chinese, english


def _left_out(axes: Mapping[str, int]) -> Pair:
    chinese = "、".join(f"{SCOPE_NAMES[axis][0]}（{size:,} 个）" for axis, size in axes.items())
    english = ", ".join(f"{SCOPE_NAMES[axis][1]} ({size:,})" for axis, size in axes.items())
    return (
        f"为使本页不过大，这里不按以下项目筛选：{chinese}；请看单独成页的范围。",
        f"To keep the page small there is no filter by {english}; see the pages of single scopes.",
    )
