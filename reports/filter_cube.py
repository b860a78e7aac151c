"""What the filters of the Monday page add up: counts by week, source, industry, region and venue, made compact.

Only what can be added is in it. A cell is one week of one *series*, a source, industry, region and venue that come
together; cells without a review are not there. As text a column is written the shortest way that is still plain JSON:
where a cell stands by its distance from the one before, and counts that are mostly 0 as distance and count in turn.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from lexicons.codebook import codes
from reports.periods import WINDOW_WEEKS, Period

AXES: tuple[str, ...] = ("source", "industry", "region", "venue")
WEEKS = 2 * WINDOW_WEEKS
MOST_BYTES = 3_000_000
"""Of the cube as text: half of what a page may weigh. Beyond it the axes of ``_LEFT_OUT`` go."""
_LEFT_OUT: Sequence[tuple[str, ...]] = ((), ("venue",), ("venue", "region"), ("venue", "region", "industry"), AXES)
_DENSE = ("reviews", "satisfaction")
_ACTING = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class FilterCube:
    """The counts of 26 weeks, each of seven days, the last of which ends with the period."""

    weeks: Sequence[tuple[date, date]]
    """First and last day of each."""
    cells: pd.DataFrame
    """week (0 to 25), source, industry, region, venue (as each is shown, null where there is none), and the measures:
    reviews (judged ones), satisfaction (sum in thousandths), unscored (reviews without one), negative, failed, red
    (incidents, of complaints and tickets too), and reviews that tell of each failure group and sub-type, by code."""


@dataclass(frozen=True, slots=True)
class WrittenCube:
    """A cube as a page holds it."""

    json: str
    """Without a character that could end the element that it stands in."""
    axes: Mapping[str, int]
    """Axis that can be filtered by → how many values it has; those of one value are not worth a filter."""
    left_out: Mapping[str, int]
    """Axis that would have made the page too large → how many values it has."""


def failure_codes() -> tuple[str, ...]:
    """Return the codes of all failures, each group before its sub-types, as the page lists them."""
    subtypes = codes("failure_subtype")
    return tuple(
        code
        for group in codes("failure_group")
        for code in (group, *(subtype for subtype in subtypes if subtype.startswith(f"{group}.")))
    )


def filter_cube(connection: duckdb.DuckDBPyConnection, period: Period) -> FilterCube:
    """Count the reviews of a report by week, source, industry, region and venue.

    Args:
        connection: With the tables of ``reports.report_rows``.
        period: What the report is of.
    """
    failures = ", ".join(
        f"count(*) FILTER (counts AND list_contains({'failure_subtypes' if '.' in code else 'failure_groups'}, "
        f"'{code}')) AS \"{code}\""
        for code in failure_codes()
    )
    # Two venues of one name are told apart by their keys. Sums are of whole numbers, the same in whatever order.
    cells = connection.execute(
        f"""WITH reds AS (SELECT review_id, count(*) AS red FROM happened WHERE severity = 3 GROUP BY review_id),
           shown AS (SELECT venue AS key, min(venue_shown) AS name FROM scoped WHERE venue IS NOT NULL GROUP BY venue),
           named AS (SELECT key, CASE WHEN key <> name AND count(*) OVER (PARTITION BY name) > 1
                                      THEN concat(name, '（', key, '）') ELSE name END AS name FROM shown)
           SELECT (date_diff('day', $before, day) // 7)::INT AS week, source, industry, region, named.name AS venue,
                  count(*) FILTER (counts) AS reviews,
                  coalesce(sum(round(satisfaction::DOUBLE * 1000)::BIGINT) FILTER (counts), 0)::BIGINT AS satisfaction,
                  count(*) FILTER (counts AND satisfaction IS NULL) AS unscored,
                  count(*) FILTER (counts AND sentiment < 0) AS negative,
                  count(*) FILTER (counts AND len(failure_subtypes) > 0) AS failed,
                  coalesce(sum(reds.red), 0)::BIGINT AS red, {failures}
           FROM scoped LEFT JOIN reds USING (review_id) LEFT JOIN named ON named.key = scoped.venue
           WHERE counts OR reds.red > 0 GROUP BY 1, 2, 3, 4, 5""",
        {"before": period.before_start},
    ).df()
    starts = [period.before_start + timedelta(weeks=week) for week in range(WEEKS)]
    return FilterCube([(start, start + timedelta(days=6)) for start in starts], cells)


def written_cube(cube: FilterCube, facts: Mapping[str, object], most_bytes: int = MOST_BYTES) -> WrittenCube:
    """Return a cube as text, with as many axes as the text has room for; venues go first.

    Args:
        cube: What to write.
        facts: What the script has to know besides, by name.
        most_bytes: The most that the text may weigh in UTF-8.
    """
    sizes = {axis: cube.cells[axis].nunique(dropna=False) for axis in AXES}
    text, left_out = "", AXES
    for left_out in _LEFT_OUT:
        text = _inert_json({**facts, **_columns(cube, [axis for axis in AXES if axis not in left_out])})
        if len(text.encode()) <= most_bytes:
            break
    axes = {axis: size for axis, size in sizes.items() if size > 1 and axis not in left_out}
    return WrittenCube(text, axes, {axis: sizes[axis] for axis in left_out if sizes[axis] > 1})


def _columns(cube: FilterCube, axes: Sequence[str]) -> dict[str, object]:
    """Return names of each axis, each series' places in them, and the cells, series by series."""
    measures = [str(name) for name in cube.cells.columns if name not in (*AXES, "week")]
    coded, names = cube.cells[["week", *measures]].copy(), {}
    for axis in axes:
        coded[axis], found = pd.factorize(cube.cells[axis], sort=True)
        missing = coded[axis] < 0
        names[axis] = [*map(str, found), *([None] if missing.any() else [])]
        coded.loc[missing, axis] = len(found)
    cells = coded.groupby([*axes, "week"], as_index=False).sum()
    series = cells.groupby(list(axes), sort=False).ngroup().to_numpy() if axes else np.zeros(len(cells), dtype=int)
    first = np.unique(series, return_index=True)[1]
    return {
        "weeks": [[start.isoformat(), last.isoformat()] for start, last in cube.weeks],
        "names": names,
        "series": {axis: cells[axis].to_numpy()[first].tolist() for axis in axes},
        "cells": _distances(series * WEEKS + cells["week"].to_numpy()),
        **{name: cells[name].tolist() for name in _DENSE},
        "sparse": {name: _sparse(cells[name].to_numpy()) for name in measures if name not in _DENSE},
    }


def _distances(places: np.ndarray) -> list[int]:
    return [int(distance) for distance in np.diff(places, prepend=0)]


def _sparse(counts: np.ndarray) -> list[int]:
    places = np.flatnonzero(counts)
    pairs = np.column_stack([np.diff(places, prepend=0), counts[places]])
    return [int(number) for number in pairs.ravel()]


def _inert_json(value: object) -> str:
    """Return JSON that ends no element of HTML and no string of a script, whatever it holds."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ACTING)
