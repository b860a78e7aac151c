"""Rolling 4 and 13 weeks, which stand in where single weeks have too few reviews to say anything.

Only for scopes whose median week has fewer than 30 judged reviews, and only of the figures that people follow. A window
ends with each week that has a review; one that would begin before the scope's first week is left out, as it would be of
less than it says. Windows overlap, so that one bad week shows in 13 of them: they have intervals and no control limits,
and nothing in them is a signal.
"""

from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa

from lexicons.codebook import codes
from reports.interval_sql import interval

WINDOWS = {"4 weeks": 4, "13 weeks": 13}
"""Grain → weeks."""
THIN = 30
"""Judged reviews of the median week from which on weeks speak for themselves."""
_SHARES = ("failure_share",)


def rolled_metrics() -> list[str]:
    """Return what is told of rolling weeks: satisfaction, the index, the failure share and the five dimensions."""
    return ["satisfaction", "index", *_SHARES, *(f"rater.{code}" for code in codes("rater"))]


def rolling_weeks(
    connection: duckdb.DuckDBPyConnection, dated: str, scopes: Mapping[str, str], note: str, decimals: int
) -> Iterator[pa.Table]:
    """Yield the rolling weeks as rows of ``trends``, a table for each scope and window.

    Args:
        connection: With the table ``measured`` of ``reports.trends``.
        dated: Which reviews are dated exactly enough.
        scopes: Scope → the expression of its id.
        note: What is said of a window, in SQL over ``is_mixed``, ``version`` (of its last week) and ``week`` (the
            same).
        decimals: That values are rounded to.
    """
    for scope, expression in scopes.items():
        _sum_up(connection, dated, expression)
        for grain, weeks in WINDOWS.items():
            yield connection.sql(_window(grain, weeks, scope, note, decimals)).to_arrow_table()


def _sum_up(connection: duckdb.DuckDBPyConnection, dated: str, expression: str) -> None:
    """Put counts, sums and sums of squares of the weeks of thin scopes into the table ``summed``."""
    sums = ", ".join(
        f'count("{m}") AS "n {m}", sum("{m}"::DOUBLE) AS "sum {m}", sum("{m}"::DOUBLE ** 2) AS "squares {m}"'
        for m in rolled_metrics()
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE summed AS
            SELECT {expression} AS scope_id, date_trunc('week', published_at)::DATE AS week,
                   count(*) FILTER (judged) AS reviews, min(version) AS version, max(version) AS last_version, {sums}
            FROM measured WHERE {dated} AND {expression} IS NOT NULL GROUP BY 1, 2
            QUALIFY median(reviews) OVER (PARTITION BY scope_id) < {THIN}"""
    )


def _window(grain: str, weeks: int, scope: str, note: str, decimals: int) -> str:
    metrics = rolled_metrics()
    parts = ("n", "sum", "squares")
    figures = ", ".join(f"('{m}', " + ", ".join(f'sum("{part} {m}") OVER w' for part in parts) + ")" for m in metrics)
    low, high = interval(f"metric IN ({', '.join(repr(m) for m in _SHARES)})")
    begins = f"week - INTERVAL {weeks - 1} WEEK"
    return f"""
        WITH windows AS (
          SELECT scope_id, week, version, min(version) OVER w <> max(last_version) OVER w AS is_mixed,
                 [{figures}] AS list
          FROM summed
          WINDOW w AS (PARTITION BY scope_id ORDER BY week
                       RANGE BETWEEN INTERVAL {weeks - 1} WEEK PRECEDING AND CURRENT ROW)
          QUALIFY {begins} >= min(week) OVER (PARTITION BY scope_id)),
        single AS (SELECT * EXCLUDE (list), {note} AS note, unnest(list) AS figure FROM windows),
        figures AS (
          SELECT scope_id, week, note, figure[1] AS metric, figure[2]::BIGINT AS n, figure[3] / figure[2] AS value,
                 CASE WHEN figure[2] > 1
                   THEN sqrt(greatest(0, figure[4] - figure[3] ** 2 / figure[2]) / (figure[2] - 1)) END AS deviation
          FROM single)
        SELECT '{grain}' AS grain, ({begins})::DATE AS period_start, '{scope}' AS scope, scope_id, metric, n, note,
               round(value, {decimals}) AS value, round({low}, {decimals}) AS low, round({high}, {decimals}) AS high
        FROM figures WHERE n > 0"""
