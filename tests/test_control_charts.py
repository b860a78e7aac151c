"""Control charts: few alarms where nothing happens, and one where something does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.control_charts import FEWEST_WEEKS, mean_chart, share_chart
from reports.trend_charts import FEWEST_EXPECTED


def test_the_limits_are_laneys() -> None:
    """By hand: weeks of 100 with 20 % and 30 % in turns lie 2.3 standard errors apart: twice as wide."""
    shares = [0.2, 0.3] * 8
    chart = share_chart(shares, [100] * 16)
    assert chart is not None
    error = (0.25 * 0.75 / 100) ** 0.5
    widened = (0.1 / error) / 1.128
    assert chart.centre == pytest.approx(0.25)
    assert chart.upper[0] == pytest.approx(0.25 + 3 * widened * error)
    assert chart.lower[0] == pytest.approx(max(0.0, 0.25 - 3 * widened * error))
    assert set(chart.signals) == {None}


def test_small_weeks_have_wide_limits() -> None:
    """A quarter of the reviews, twice the width."""
    chart = mean_chart([4.0, 4.1, 3.9, 4.0] * 4, [400, 100] * 8, 1.0, 1.0, 5.0)
    assert chart is not None
    wide, narrow = chart.upper[1] - chart.centre, chart.upper[0] - chart.centre
    assert wide == pytest.approx(2 * narrow)


def test_a_rise_is_found_where_it_is() -> None:
    """Six weeks at 50 % among twenty at 10 %: those six are beyond the limit, and the centre is the quiet weeks'."""
    generator = np.random.default_rng(7)
    truth = [0.1] * 10 + [0.5] * 6 + [0.1] * 10
    shares = [generator.binomial(60, share) / 60 for share in truth]
    chart = share_chart(shares, [60] * 26)
    assert chart is not None
    assert [week for week, signal in enumerate(chart.signals) if signal == "above_limit"] == list(range(10, 16))
    assert chart.centre == pytest.approx(0.1, abs=0.02)


def test_eight_weeks_on_one_side_are_an_alarm() -> None:
    """The eighth and those after it, until a week is on the other side."""
    means = [4.0, 4.2] * 6 + [4.15] * 9 + [4.0, 4.2]
    chart = mean_chart(means, [50] * len(means), 1.0, 1.0, 5.0)
    assert chart is not None
    # The week before the nine is above the centre too.
    assert [week for week, signal in enumerate(chart.signals) if signal == "run_above"] == [18, 19, 20]


def test_few_weeks_have_no_chart() -> None:
    """Limits from eleven weeks say nothing."""
    assert share_chart([0.2] * (FEWEST_WEEKS - 1), [30] * (FEWEST_WEEKS - 1)) is None
    assert share_chart([0.2] * FEWEST_WEEKS, [30] * FEWEST_WEEKS) is not None


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(5, 500)), min_size=FEWEST_WEEKS, max_size=60))
def test_limits_enclose_the_centre(weeks: list[tuple[float, int]]) -> None:
    """And stay within what a share can be; every week has a limit and room for a signal."""
    shares, sizes = [share for share, _ in weeks], [size for _, size in weeks]
    chart = share_chart(shares, sizes)
    assert chart is not None
    assert len(chart.lower) == len(chart.upper) == len(chart.signals) == len(weeks)
    for low, high in zip(chart.lower, chart.upper, strict=True):
        assert 0 <= low <= chart.centre + 1e-9
        assert chart.centre - 1e-9 <= high <= 1


@pytest.mark.parametrize(("share", "reviews"), [(0.05, 30), (0.1, 15), (0.2, 8), (0.2, 40), (0.4, 15), (0.4, 100)])
def test_stable_venues_hardly_alarm(share: float, reviews: int) -> None:
    """At most 1.5 % of the weeks of 300 simulated venues, with as few expected failures as a chart is drawn for."""
    assert share * reviews >= FEWEST_EXPECTED
    generator = np.random.default_rng(11)
    alarms = weeks = 0
    for _ in range(300):
        sizes = generator.poisson(reviews, 52)
        sizes = sizes[sizes >= 5]
        chart = share_chart((generator.binomial(sizes, share) / sizes).tolist(), sizes.tolist())
        if chart is not None:
            weeks += len(sizes)
            alarms += sum(signal is not None for signal in chart.signals)
    assert weeks > 10_000
    assert alarms / weeks <= 0.015
