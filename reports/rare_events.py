"""Rare severe failures: whether they come closer together than is usual, told by the days between them.

Where a venue has a red line every few months, a share by week is nearly always 0 and its limits mean nothing; the days
between two of them do (time-between-events chart: Nelson 1994, J. Quality Technology 26: 239-240, who makes exponential
gaps normal by the power 1/3.6; Montgomery 2019, Introduction to Statistical Quality Control, 8th ed., section 7.3.5).
Reviews are dated by the day, so gaps are whole days, and no transformation is needed: limits are the exact quantiles of
the geometric distribution, the discrete form of the exponential (Kaminsky, Benneyan, Davis & Burke 1992, J. Quality
Technology 24: 63-69; Benneyan 2001, Health Care Management Science 4: 305-318). What is counted are days with a red
line: two on one day are mostly one occurrence that two guests tell of.

The baseline is the mean of all gaps but those that signal: they are taken out and the chart drawn anew, at most three
times, as in ``reports.control_charts``. An alarm is a gap below the lower limit (which chance undercuts in one of 200)
or eight in a row below the median; nothing else is one, and long gaps never are. The lower limit is above a day only
where red lines are more than 200 days apart: elsewhere the row of eight alone can tell. More reviews bring more red
lines, so a venue whose reviews have doubled may alarm by that; the share ``critical_share`` does not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import floor, log

import duckdb
import numpy as np
import numpy.typing as npt

from reports.control_charts import BEYOND_LOWER, RUN, RUN_BELOW

GRAIN, METRIC = "event", "days_between_red_lines"
FEWEST_GAPS = 8
"""Gaps below which there is no chart."""
SHORTEST_MEAN = 3.0
"""Days that usual gaps must have: what happens more often is not rare, and is told by its share."""
CHANCE = 0.005
"""Of a gap below the lower limit, where nothing has changed."""
_ROUNDS = 3
_DECIMALS = 6
Gaps = npt.NDArray[np.float64]
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class GapChart:
    """A chart of gaps: signals are parallel to them."""

    mean: float
    """Of the baseline, in days."""
    baseline: int
    """Gaps in the baseline."""
    centre: float
    """Median."""
    lower: float
    """A gap below it is an alarm; 1 where no gap can be."""
    signals: tuple[str | None, ...]
    """``below_limit`` or ``run_below``; the limit goes before the row."""


def gap_chart(gaps: Sequence[int]) -> GapChart | None:
    """Return the chart of the days between rare events; None for fewer than eight gaps or events that are not rare.

    Gaps of 286, 948, 536, 124, 816, 729, 4, 143, 431, 8, 2837, 596, 81, 227, 603, 492, 1199, 1214, 2831 and 96: mean
    710, median 492, lower limit 4, no signal.

    Args:
        gaps: Whole days, 1 or more, the oldest first.
    """
    values = np.asarray(gaps, dtype=float)
    if len(values) < FEWEST_GAPS:
        return None
    inside = np.ones(len(values), dtype=bool)
    for _ in range(_ROUNDS):
        mean = float(values[inside].mean())
        if mean < SHORTEST_MEAN:
            return None
        baseline, centre, lower = int(inside.sum()), _quantile(0.5, mean), floor(_quantile(CHANCE, mean)) + 1.0
        signals = _signals(values, centre, lower)
        now_inside = np.array([signal is None for signal in signals])
        if now_inside.sum() < FEWEST_GAPS or (now_inside | ~inside).all():
            break
        inside &= now_inside
    return GapChart(mean, baseline, centre, lower, tuple(signals))


def _quantile(chance: float, mean: float) -> float:
    """Return the days within which the next event comes with a chance, were days whole or not."""
    return log(1 - chance) / log(1 - 1 / mean)


def _signals(values: Gaps, centre: float, lower: float) -> list[str | None]:
    signals: list[str | None] = []
    run = 0
    for value in values.tolist():
        run = run + 1 if value < centre else 0
        signals.append(BEYOND_LOWER if value < lower else RUN_BELOW if run >= RUN else None)
    return signals


@dataclass(frozen=True, slots=True)
class _EventDay:
    """A day with red lines."""

    day: date
    events: int
    note: str | None
    """Why it cannot be compared with others."""


def red_line_gaps(
    connection: duckdb.DuckDBPyConnection, dated: str, scopes: Mapping[str, str], note: str
) -> Iterator[Row]:
    """Yield the days between red lines as rows of ``trends``: one for each day with one but the first.

    Args:
        connection: With the table ``measured`` of ``reports.trends``, its column ``red_line`` included.
        dated: Which reviews are dated exactly enough.
        scopes: Scope → the expression of its id.
        note: What is said of reviews that another version read than the newest, in SQL.
    """
    for scope, expression in scopes.items():
        days: dict[str, list[_EventDay]] = {}
        for scope_id, *event in connection.sql(
            f"SELECT {expression} AS scope_id, published_at::DATE AS day, count(*), {note} FROM measured "
            f"WHERE red_line AND {dated} AND {expression} IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall():
            days.setdefault(scope_id, []).append(_EventDay(*event))
        for scope_id, own in days.items():
            yield from ({"scope": scope, "scope_id": scope_id, **row} for row in _rows(own))


def _rows(days: Sequence[_EventDay]) -> list[Row]:
    gaps = [(now.day - before.day).days for before, now in pairwise(days)]
    rows: list[Row] = [
        {
            "grain": GRAIN,
            "period_start": now.day,
            "metric": METRIC,
            "n": now.events,
            "value": float(gap),
            "note": now.note or before.note,
        }
        for (before, now), gap in zip(pairwise(days), gaps, strict=True)
    ]
    charted = [place for place, row in enumerate(rows) if row["note"] is None]
    chart = gap_chart([gaps[place] for place in charted])
    if chart is not None:
        for place, signal in zip(charted, chart.signals, strict=True):
            rows[place] |= {
                "centre": round(chart.centre, _DECIMALS),
                "lower_limit": chart.lower,
                "signal": signal,
                "note": f"基线：{chart.baseline} 个间隔，平均 {chart.mean:.1f} 天",
            }
    return rows
