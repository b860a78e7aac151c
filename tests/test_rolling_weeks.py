"""Rolling 4 and 13 weeks: what they are of, how wide their intervals are, and where they stand in for weeks."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.page import page_html
from reports.proportions import wilson
from reports.report_figures import report_figures
from reports.report_rows import Scope
from reports.rolling_weeks import THIN, rolled_metrics
from reports.statistics_sheets import statistics_sheets
from reports.trend_charts import UNFINISHED
from reports.trends import MIXED_VERSIONS, trends
from tests.report_samples import WEEK, in_one_language, review, warehouse

WEEKS = 20
Rows = dict[tuple[str, str, date], dict[str, Any]]


def monday(week: int) -> date:
    """Return the first day of one of the 20 weeks."""
    return WEEK.end - timedelta(weeks=WEEKS - week)


def weekly(counts: dict[int, int], **given: Any) -> list[dict[str, Any]]:
    """Return so many reviews of each week, the first of each failed, the last on its Sunday."""
    return [
        review(
            week * 100 + n,
            monday(week) + timedelta(days=6 if n == count - 1 else 0),
            failures=["delivery.slow"] if n == 0 else [],
            **given,
        )
        for week, count in counts.items()
        for n in range(count)
    ]


def rolled(folder: Path, reviews: list[dict[str, Any]], scope: str = "venue") -> Rows:
    """Return the rolling rows of the one id of a scope."""
    warehouse(folder, reviews, [])
    rows = [r for r in trends(folder).to_pylist() if r["scope"] == scope and r["grain"] in ("4 weeks", "13 weeks")]
    assert len({r["scope_id"] for r in rows}) <= 1
    return {(r["grain"], r["metric"], r["period_start"]): r for r in rows}


def test_a_window_is_of_its_weeks(tmp_path: Path) -> None:
    """Value, n and interval are those of the reviews of the four weeks, as if they were one period."""
    reviews = weekly(dict.fromkeys(range(WEEKS), 5), rater_tangibles=1)
    rows = rolled(tmp_path, reviews)
    four = rows["4 weeks", "failure_share", monday(WEEKS - 4)]
    assert (four["n"], four["value"]) == (20, pytest.approx(0.2))
    assert (four["low"], four["high"]) == pytest.approx(wilson(0.2, 20), abs=1e-6)
    values = [2.0] * 13 + [4.5] * 52
    long = rows["13 weeks", "satisfaction", monday(WEEKS - 13)]
    assert (long["n"], long["value"]) == (65, pytest.approx(np.mean(values)))
    half = 1.959964 * np.std(values, ddof=1) / 65**0.5
    assert long["high"] - long["value"] == pytest.approx(half, abs=1e-5)
    assert rows["13 weeks", "rater.tangibles", monday(WEEKS - 13)]["value"] == 1.0
    assert {metric for _, metric, _ in rows} <= set(rolled_metrics())
    assert all(row["centre"] is None and row["signal"] is None and row["note"] is None for row in rows.values())


def test_windows_are_whole(tmp_path: Path) -> None:
    """20 weeks have 17 windows of four and 8 of thirteen: none begins before the first."""
    rows = rolled(tmp_path, weekly(dict.fromkeys(range(WEEKS), 5)))
    begins = {grain: sorted(start for g, m, start in rows if (g, m) == (grain, "index")) for grain, _, _ in rows}
    assert begins["4 weeks"] == [monday(week) for week in range(17)]
    assert begins["13 weeks"] == [monday(week) for week in range(8)]


def test_a_gap_between_weeks_is_no_week_less(tmp_path: Path) -> None:
    """Two weeks apart by three without a review: the four weeks up to the later hold it alone."""
    rows = rolled(tmp_path, weekly({0: 5, 15: 5, 19: 4}))
    assert rows["4 weeks", "failure_share", monday(16)]["n"] == 4
    assert rows["4 weeks", "failure_share", monday(12)]["n"] == 5
    assert rows["13 weeks", "failure_share", monday(7)]["n"] == 9


@pytest.mark.parametrize(("reviews", "thin"), [(THIN - 1, True), (THIN, False)])
def test_only_thin_weeks_are_rolled(tmp_path: Path, reviews: int, thin: bool) -> None:  # noqa: FBT001 - a case
    """With 30 in the median week, weeks speak for themselves."""
    assert bool(rolled(tmp_path, weekly(dict.fromkeys(range(5), reviews)))) == thin


def test_windows_say_what_keeps_them_from_comparison(tmp_path: Path) -> None:
    """A window over two versions, and one whose last week is not over."""
    reviews = weekly(dict.fromkeys(range(4, WEEKS), 5))
    for row in reviews[:10]:
        row |= {"model_version": "kesheng-0", "analysed_at": row["analysed_at"] - timedelta(days=30)}
    reviews[-1]["published_at"] -= timedelta(days=3)
    rows = rolled(tmp_path, reviews)
    notes = [rows["4 weeks", "satisfaction", monday(week)]["note"] for week in range(4, 17)]
    assert notes == [MIXED_VERSIONS] * 2 + [None] * 10 + [UNFINISHED]


def test_the_page_goes_by_them_where_weeks_are_thin(tmp_path: Path) -> None:
    """Sentence, table and line; a scope with whole weeks has none."""
    thin = report_figures(warehouse(tmp_path / "a", weekly(dict.fromkeys(range(WEEKS), 5)), []), WEEK, Scope())
    page = in_one_language(page_html(thin))
    assert "请以滚动 4 周和 13 周为准" in page
    assert 'aria-label="满意度，滚动 13 周"' in page
    row = page[page.index("<td>有失误的评论占比</td><td>近 13 周</td>") :].split("</tr>")[0]
    assert "<td>2026-10-04</td>" in row
    assert "20.0%" in row
    (sheet,) = [sheet for sheet in statistics_sheets(thin) if sheet.name == "滚动窗口"]
    assert sheet.rows == len(thin.rolling) == 2 * (17 + 8)
    assert {column.header: column.values for column in sheet.columns}["截止日"][-1] == WEEK.last_day
    busy = report_figures(warehouse(tmp_path / "b", weekly({19: 40}), []), WEEK, Scope())
    assert busy.rolling.empty
    assert "请以滚动 4 周和 13 周为准" not in page_html(busy)
