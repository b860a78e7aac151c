"""Days between red lines: exact limits, few alarms where nothing changes, and one where they come closer together."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import geom

from reports.control_charts import BEYOND_LOWER, RUN_BELOW
from reports.page import page_html
from reports.rare_events import CHANCE, FEWEST_GAPS, METRIC, SHORTEST_MEAN, gap_chart
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope
from reports.trends import OTHER_VERSION, trends
from tests.report_samples import WEEK, incident, review, warehouse

VALVE = [286, 948, 536, 124, 816, 729, 4, 143, 431, 8, 2837, 596, 81, 227, 603, 492, 1199, 1214, 2831, 96]
"""Hours between failures of a valve (Montgomery 2019, section 7.3.5), taken as days."""


def test_montgomerys_valve_is_in_control() -> None:
    """So says his chart of the same gaps made normal, whose mean is 5.386 and lower limit below 0; so does ours."""
    assert np.mean(np.array(VALVE) ** 0.2777) == pytest.approx(5.386, abs=1e-3)
    chart = gap_chart(VALVE)
    assert chart is not None
    assert chart.mean == pytest.approx(710.05)
    assert chart.baseline == 20
    assert set(chart.signals) == {None}


@pytest.mark.parametrize("mean", [3, 10, 100, 200, 201, 400, 1000])
def test_the_limits_are_the_quantiles_of_scipy(mean: int) -> None:
    """Below the lower limit lie at most 0.5 % of the gaps, with one day more it were more; below the median half."""
    chart = gap_chart([mean] * FEWEST_GAPS)
    assert chart is not None
    law = geom(1 / mean)
    assert law.cdf(chart.lower - 1) <= CHANCE < law.cdf(chart.lower)
    assert law.cdf(np.ceil(chart.centre) - 1) <= 0.5 <= law.cdf(np.ceil(chart.centre))


def test_a_day_after_a_quiet_year_is_an_alarm() -> None:
    """One gap of 2 days among gaps of about 600; the baseline is of the others."""
    chart = gap_chart([500, 700, 600, 650, 550, 600, 620, 580, 600, 2])
    assert chart is not None
    assert chart.signals == (*[None] * 9, BEYOND_LOWER)
    assert chart.mean == pytest.approx(600)
    assert chart.baseline == 9


def test_eight_short_gaps_in_a_row_are_an_alarm() -> None:
    """The eighth and those after it, until a gap is long again."""
    chart = gap_chart([60, 90, 30, 80] * 4 + [20] * 9 + [80])
    assert chart is not None
    assert [place for place, signal in enumerate(chart.signals) if signal == RUN_BELOW] == [23, 24]


def test_few_gaps_and_frequent_events_have_no_chart() -> None:
    """Seven gaps say nothing, and what happens every other day is not rare."""
    assert gap_chart([100] * (FEWEST_GAPS - 1)) is None
    assert gap_chart([2, 3] * 10) is None
    assert gap_chart([int(SHORTEST_MEAN)] * FEWEST_GAPS) is not None


@pytest.mark.parametrize("gaps", [8, 20, 100])
@pytest.mark.parametrize("mean", [10, 30, 100, 201, 400])
def test_stable_venues_hardly_alarm(mean: int, gaps: int) -> None:
    """At most 1.5 % of the days with a red line of 400 simulated venues, and so far fewer of their weeks."""
    generator = np.random.default_rng(5)
    alarms = days = 0
    for _ in range(400):
        chart = gap_chart(generator.geometric(1 / mean, gaps).tolist())
        if chart is not None:  # A few venues have gaps too short by chance to be called rare.
            alarms += sum(signal is not None for signal in chart.signals)
            days += gaps
    assert days >= 390 * gaps
    assert alarms / days <= 0.015


def test_four_times_as_many_are_mostly_found() -> None:
    """After 20 gaps of 60 days on average come 15 of 15 days: more than half of the venues alarm within those 15."""
    generator = np.random.default_rng(6)
    found = 0
    for _ in range(200):
        gaps = [*generator.geometric(1 / 60, 20).tolist(), *generator.geometric(1 / 15, 15).tolist()]
        chart = gap_chart(gaps)
        assert chart is not None
        found += any(chart.signals[20:])
    assert found > 100


def red(number: int, days_ago: int, **given: Any) -> dict[str, Any]:
    """Return a review of a red line so many days before the end of the week."""
    day = WEEK.last_day - timedelta(days=days_ago)
    return review(number, day, failures=["staff.misconduct"], severity=3, **given)


def told(reviews: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the incident of each red line among some reviews."""
    return [
        incident(of, failure_group="staff", failure_subtype="staff.misconduct", severity=3)
        for of in reviews
        if of["severity"] == 3
    ]


def closing_in() -> list[dict[str, Any]]:
    """Return red lines about every 30 days for a year and a half, then every 2 days; two reviews tell of the last."""
    days = [20 + 30 * n + (n % 3) for n in range(18)] + list(range(0, 20, 2))
    return [*(red(n, day) for n, day in enumerate(days)), red(99, 0)]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """Figures of a hotel whose red lines come closer together."""
    return report_figures(warehouse(tmp_path_factory.mktemp("t"), closing_in(), told(closing_in())), WEEK, Scope())


def test_gaps_are_rows_of_trends(tmp_path: Path) -> None:
    """One a day with a red line but the first, for each scope, two of one day as one; the baseline is told."""
    warehouse(tmp_path, [*closing_in(), review(500, WEEK.start)], told(closing_in()))
    rows = [row for row in trends(tmp_path).to_pylist() if row["metric"] == METRIC]
    own = [row for row in rows if row["scope"] == "venue"]
    assert {row["scope"] for row in rows} == {"all", "source", "industry", "venue"}
    assert {row["grain"] for row in rows} == {"event"}
    assert len(own) == 27
    last = max(own, key=lambda row: row["period_start"])
    assert (last["period_start"], last["n"], last["value"], last["signal"]) == (WEEK.last_day, 2, 2.0, RUN_BELOW)
    assert last["lower_limit"] == 1.0
    assert last["note"].startswith("基线：")
    assert last["low"] is None


def test_gaps_to_what_an_older_version_read_are_not_judged(tmp_path: Path) -> None:
    """They are told with their reason, and are outside the chart."""
    older = [red(100 + n, 900 + 40 * n, model_version="kesheng-0") for n in range(3)]
    newer = [red(n, 40 * n) for n in range(10)]
    for row in older:
        row["analysed_at"] -= timedelta(days=30)
    warehouse(tmp_path, [*older, *newer], told([*older, *newer]))
    rows = [row for row in trends(tmp_path).to_pylist() if row["metric"] == METRIC and row["scope"] == "all"]
    assert [row["centre"] is None for row in rows] == [True] * 3 + [False] * 9
    assert {row["note"] for row in rows[:3]} == {OTHER_VERSION}


def test_the_page_warns_and_draws(figures: Figures) -> None:
    """A sentence with the baseline, a chart with squares, and the gaps behind it."""
    page = page_html(figures)
    said = "红线事件最近发生在 10月4日，与上一次相隔 2 天，到期末又过了 0 天；间隔已连续 8 次以上短于中位数"
    assert f'<p class="warn"><span lang="zh">{said}' in page
    assert 'aria-label="红线事件之间的天数"' in page
    assert "红线事件的间隔，最近的在前" in page


def test_the_page_says_where_there_are_too_few(tmp_path: Path) -> None:
    """One red line has no gap; red lines every day are not rare."""
    few = report_figures(warehouse(tmp_path / "few", [red(1, 1)], told([red(1, 1)])), WEEK, Scope())
    assert "红线事件的间隔：样本不足" in page_html(few)
    every_day = [red(n, n) for n in range(20)]
    daily = report_figures(warehouse(tmp_path / "daily", every_day, told(every_day)), WEEK, Scope())
    assert "不算罕见" in page_html(daily)


def test_a_grave_review_without_a_red_line_counts_nowhere(tmp_path: Path) -> None:
    """The chart, the list and the filters count incidents alike: what a text adds up to is another figure."""
    grave = [
        review(n, WEEK.last_day - timedelta(days=9 * n), failures=["delivery.slow"], severity=3) for n in range(12)
    ]
    at = warehouse(tmp_path, grave, [incident(of, severity=2) for of in grave])
    assert [row for row in trends(at).to_pylist() if row["metric"] == METRIC] == []
    assert report_figures(at, WEEK, Scope()).red_lines.empty
