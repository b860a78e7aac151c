"""The reviews that a report is about: one scope, the 26 weeks up to the end of its period, as tables to count over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from reports.periods import Period
from warehouse.query import connect

SCOPES = {
    "source": "source",
    "industry": "industry",
    "region": "region",
    "brand": "brand",
    "venue": "venue",
}
"""Scope → column of ``scoped``."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which reviews: all of them, or those of one source, industry, region, brand or venue."""

    kind: str = "all"
    value: str = "all"


@contextmanager
def report_rows(warehouse: Path, period: Period, scope: Scope) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection with the views of the warehouse and three tables of the report.

    ``scoped``: the reviews of every kind, near-duplicates left out, with ``venue`` (id, or the name where there is
    none), ``venue_shown``, ``region``, ``brand``, ``day``, and ``now`` (in the period), ``recent`` (in the 13 weeks up
    to its end), ``counts`` (a review that is judged and no template praise: what means and shares are of).
    ``happened``: the incidents of those reviews; ``told``: their mentions; both with the columns above.
    """
    condition = "true" if scope.kind == "all" else f"{SCOPES[scope.kind]} = $value"
    values = {"start": period.start, "end": period.end, "window": period.window_start, "before": period.before_start}
    with connect(warehouse) as connection:
        connection.execute(
            f"""
            CREATE TEMP TABLE scoped AS SELECT * FROM (
              SELECT r.* EXCLUDE (extra, url, title), coalesce(r.venue_id, r.venue_name) AS venue,
                     coalesce(v.venue_name, r.venue_name, r.venue_id) AS venue_shown, v.region, v.brand,
                     r.published_at::DATE AS day, r.published_at::DATE >= $start AS now,
                     r.published_at::DATE >= $window AS recent,
                     r.kind = 'review' AND r.severity IS NOT NULL AND r.template_praise IS NOT TRUE AS counts
              FROM reviews r LEFT JOIN venues v ON v.venue_id = r.venue_id
              WHERE r.duplicate_of IS NULL AND r.published_precision IN ('second', 'day')
                AND r.published_at::DATE >= $before AND r.published_at::DATE < $end)
            WHERE {condition}
            """,
            {**values, **({"value": scope.value} if scope.kind != "all" else {})},
        )
        repeated = "s.kind, s.venue, s.venue_shown, s.day, s.now, s.recent, s.counts, s.source"
        for name, table in (("happened", "incidents"), ("told", "mentions")):
            connection.execute(
                f"CREATE TEMP TABLE {name} AS SELECT f.* EXCLUDE (kind, source), {repeated} "
                f"FROM {table} f JOIN scoped s ON s.review_id = f.review_id"
            )
        yield connection
