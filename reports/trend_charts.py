"""Centre, limits and signals of the weekly figures that are watched, laid over the rows of ``trends``.

Watched are satisfaction and the share of reviews with a failure: with two charts a venue, a stable venue alarms in
about one week of a hundred (``tests/test_control_charts.py`` simulates it). Weeks of another model or other lists than
the newest, weeks that are not over and weeks with fewer than five reviews are left out of a chart.
"""

from functools import reduce

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reports.control_charts import FEWEST_REVIEWS, Chart, mean_chart, share_chart
from reports.proportions import Z_95
from warehouse.schema import TRENDS

WATCHED = ("satisfaction", "failure_share")
SCOPES = ("all", "source", "industry", "region", "brand", "venue")
UNFINISHED = "周期未完"
FEWEST_EXPECTED = 1.0
"""Reviews with a failure that a usual week must have: for rarer ones the limits of a share mean nothing."""
_DECIMALS = 6


def with_charts(rows: pa.Table) -> pa.Table:
    """Return rows of ``trends`` with centre, limits and signal filled in where there is a chart."""
    watched = _watched(rows)
    places = np.flatnonzero(watched.to_numpy(zero_copy_only=False))
    # Only what is watched becomes a frame: of the whole table one would be larger than all else that is made.
    weeks = rows.filter(watched).to_pandas(timestamp_as_object=True).sort_values("period_start")
    columns = {name: rows[name].to_numpy() for name in ("centre", "lower_limit", "upper_limit", "signal")}
    for (_, _, metric), own in weeks.groupby(["scope", "scope_id", "metric"], sort=False):
        chart = _chart(str(metric), own)
        if chart is not None:
            at = places[own.index.to_numpy()]
            columns["centre"][at] = round(chart.centre, _DECIMALS)
            columns["lower_limit"][at] = np.round(chart.lower, _DECIMALS)
            columns["upper_limit"][at] = np.round(chart.upper, _DECIMALS)
            columns["signal"][at] = np.array(chart.signals, dtype=object)
    for name, values in columns.items():
        field = TRENDS.arrow.field(name)
        array = pa.array(values, field.type, from_pandas=True)
        rows = rows.set_column(rows.schema.get_field_index(name), field, array)
    return rows


def _watched(rows: pa.Table) -> pa.Array:
    """Return which rows are drawn in a chart."""
    tests = (
        pc.equal(rows["grain"], "week"),
        pc.is_in(rows["metric"], pa.array(WATCHED)),
        pc.is_null(rows["note"]),
        pc.greater_equal(rows["n"], FEWEST_REVIEWS),
        pc.is_in(rows["scope"], pa.array(SCOPES)),
    )
    return reduce(pc.and_, tests).combine_chunks()


def _chart(metric: str, weeks: pd.DataFrame) -> Chart | None:
    values, sizes = weeks["value"].tolist(), weeks["n"].tolist()
    if metric == "failure_share":
        expected = float((weeks["value"] * weeks["n"]).mean())
        return share_chart(values, sizes) if expected >= FEWEST_EXPECTED else None
    # The interval of a mean is 1.96 standard errors: from it, the deviation of single reviews within their weeks.
    deviations = (weeks["value"] - weeks["low"]) / Z_95 * np.sqrt(weeks["n"])
    pooled = float(np.sqrt(np.average(deviations**2, weights=weeks["n"] - 1)))
    return mean_chart(values, sizes, pooled, 1.0, 5.0)
