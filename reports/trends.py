"""Trends: counts, means and shares by period and scope, rebuilt whole by DuckDB over the files.

Near-duplicates are left out. Means and shares are of reviews alone: complaints and tickets tell of failures by nature,
so they are counted (``complaints``, ``tickets``, ``messages``) and not averaged. Means carry the normal 95 % interval
(value ± 1.96 s/√n, from two reviews on); shares the Wilson score interval (Wilson 1927), which holds for small n and
shares near 0 and 1. Where people have read a random sample, ``corrected.…`` stands beside a failure share. Figures of
reviews that another model or other lists read than the newest ones say so in ``note``: they cannot be compared until
`kesheng reanalyse` has read them again; so do periods that are not over. What is measured: ``reports.metrics``; centre,
limits and signals of the weekly figures that are watched: ``reports.trend_charts``; of the days between red lines:
``reports.rare_events``. Where weeks are thin, ``reports.rolling_weeks`` stands beside them.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from reports.corrected_shares import Figure, corrected_shares
from reports.interval_sql import interval
from reports.metrics import COUNTS, means, shares
from reports.rare_events import red_line_gaps
from reports.rolling_weeks import rolling_weeks
from reports.trend_charts import UNFINISHED, with_charts
from warehouse.schema import INCIDENTS, LABELS, REVIEWS, TRENDS, VENUES

# Sums come in another order from run to run, so the last digits of a double differ: the same reviews, the same file.
_DECIMALS = 6
# Which reviews are dated exactly enough for each grain.
_GRAINS = {
    "month": "published_precision IN ('second', 'day', 'month')",
    "week": "published_precision IN ('second', 'day')",
    "day": "published_precision IN ('second', 'day')",
}
_SCOPES = {
    "all": "'all'",
    "source": "source",
    "industry": "industry",
    "region": "region",
    "brand": "brand",
    "venue": "coalesce(venue_id, venue_name)",
}
_DAY_SCOPES = ("all", "source")
MIXED_VERSIONS = "判读版本混杂，不可与其他周期比较；请运行 kesheng reanalyse"
OTHER_VERSION = "由旧版本判读，不可与新版本比较；请运行 kesheng reanalyse"
_NEWEST_VERSION = "(SELECT arg_max(version, analysed_at) FROM measured)"
# The newest review's day is taken as the last that is known whole; a period that goes on after it is not over.
_LAST_DAY = "(SELECT max(published_at) FROM measured WHERE published_precision IN ('second', 'day'))"
_NOTE = (
    f"CASE WHEN count(DISTINCT version) > 1 THEN '{MIXED_VERSIONS}' "
    f"WHEN any_value(version) <> {_NEWEST_VERSION} THEN '{OTHER_VERSION}' END"
)
_NOTE_OF_WINDOW = (
    f"CASE WHEN is_mixed THEN '{MIXED_VERSIONS}' WHEN version <> {_NEWEST_VERSION} THEN '{OTHER_VERSION}' "
    f"WHEN week + INTERVAL 1 WEEK > date_trunc('day', {_LAST_DAY}) + INTERVAL 1 DAY THEN '{UNFINISHED}' END"
)


def trends(warehouse: Path) -> pa.Table:
    """Return the table ``trends`` made anew from the stored reviews.

    Args:
        warehouse: The folder of the tables.

    Returns:
        Rows of ``warehouse.schema.TRENDS``; none where there are no dated reviews.
    """
    files = sorted(str(p) for p in (warehouse / REVIEWS.name).glob("month=*/part.parquet"))
    if not files:
        return TRENDS.arrow.empty_table()
    with duckdb.connect(":memory:") as connection:
        # Corrected shares are of months and weeks: no day has enough audited reviews.
        corrected_grains = {grain: dated for grain, dated in _GRAINS.items() if grain != "day"}
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        _prepare(connection, warehouse, files)
        parts = [
            connection.sql(_aggregate(grain, scope)).to_arrow_table()
            for grain in _GRAINS
            for scope in _SCOPES
            if grain != "day" or scope in _DAY_SCOPES
        ]
        parts += rolling_weeks(connection, _GRAINS["week"], _SCOPES, _NOTE_OF_WINDOW, _DECIMALS)
        single = [_rounded(figure) for figure in corrected_shares(connection, corrected_grains, _SCOPES)]
        single += red_line_gaps(connection, _GRAINS["day"], _SCOPES, _NOTE)
    if single:
        parts.append(pa.Table.from_pylist(single, schema=TRENDS.arrow))
    return with_charts(pa.concat_tables([_complete(part) for part in parts]))


def _prepare(connection: duckdb.DuckDBPyConnection, warehouse: Path, files: list[str]) -> None:
    venues = warehouse / VENUES.name / "part.parquet"
    labels = warehouse / LABELS.name / "part.parquet"
    audits = "SELECT DISTINCT review_id FROM read_parquet($labels) WHERE purpose = 'audit'"
    no_audits = "SELECT NULL::VARCHAR AS review_id WHERE false"
    master = "SELECT venue_id, region, brand FROM read_parquet($venues)"
    empty = "SELECT NULL::VARCHAR AS venue_id, NULL::VARCHAR AS region, NULL::VARCHAR AS brand WHERE false"
    measures = {**means(), **{name: f"({test})::TINYINT" for name, test in shares().items()}}
    columns = ", ".join(f'CASE WHEN counts THEN {test} END AS "{name}"' for name, test in measures.items())
    incidents = sorted(str(p) for p in (warehouse / INCIDENTS.name).glob("month=*/part.parquet"))
    weights = (
        "SELECT review_id, sum(severity) AS incident_severity, bool_or(severity = 3) AS red_line "
        "FROM read_parquet($incidents) GROUP BY 1"
    )
    no_weights = (
        "SELECT NULL::VARCHAR AS review_id, NULL::BIGINT AS incident_severity, NULL::BOOLEAN AS red_line WHERE false"
    )
    connection.execute(
        f"""
        CREATE TEMP TABLE measured AS
        SELECT kind, published_at, published_precision, source, industry, r.venue_id, venue_name, v.region, v.brand,
               template_praise, counts AND severity IS NOT NULL AS judged, failure_subtypes,
               coalesce(machine_failure_subtypes, failure_subtypes) AS machine_failure_subtypes,
               concat(model_version, ' ', lexicon_version) AS version, analysed_at,
               a.review_id IS NOT NULL AND read_by = 'person' AS audited, i.red_line,
               {columns}
        FROM (SELECT *, kind = 'review' AND template_praise IS NOT TRUE AS counts
              FROM read_parquet($files, hive_partitioning = false, union_by_name = true)
              UNION ALL BY NAME
              SELECT NULL::VARCHAR AS read_by, NULL::VARCHAR[] AS machine_failure_subtypes WHERE false) r
        LEFT JOIN ({weights if incidents else no_weights}) i ON i.review_id = r.review_id
        LEFT JOIN ({audits if labels.exists() else no_audits}) a ON a.review_id = r.review_id
        LEFT JOIN ({master if venues.exists() else empty}) v ON v.venue_id = r.venue_id
        WHERE duplicate_of IS NULL AND published_at IS NOT NULL
        """,
        {
            "files": files,
            **({"incidents": incidents} if incidents else {}),
            **({"venues": str(venues)} if venues.exists() else {}),
            **({"labels": str(labels)} if labels.exists() else {}),
        },
    )


def _aggregate(grain: str, scope: str) -> str:
    """Return the query of one grain and scope: one row a period, scope and metric."""
    averaged = [f'(\'{m}\', count("{m}"), avg("{m}"), stddev_samp("{m}"))' for m in means()]
    shared = [f'(\'{m}\', count("{m}"), avg("{m}"), NULL)' for m in shares()]
    numbers = {name: f"count(*) FILTER ({test})" for name, test in COUNTS.items()}
    counts = [f"('{name}', {number}, {number}::DOUBLE, NULL)" for name, number in numbers.items()]
    rows = ", ".join([*counts, *averaged, *shared])
    share_names = ", ".join(f"'{m}'" for m in shares())
    low, high = interval(f"metric IN ({share_names})")
    return f"""
        WITH periods AS (
          SELECT date_trunc('{grain}', published_at)::DATE AS period_start, {_SCOPES[scope]} AS scope_id,
                 [{rows}] AS list, coalesce({_NOTE}, {_unfinished(grain)}) AS note
          FROM measured WHERE {_GRAINS[grain]} GROUP BY 1, 2),
        single AS (SELECT period_start, scope_id, note, unnest(list) AS figure FROM periods WHERE scope_id IS NOT NULL),
        figures AS (
          SELECT period_start, scope_id, figure[1] AS metric, figure[2]::BIGINT AS n, figure[3]::DOUBLE AS value, note,
                 figure[4]::DOUBLE AS deviation
          FROM single)
        SELECT '{grain}' AS grain, period_start, '{scope}' AS scope, scope_id, metric, n, note,
          round(value, {_DECIMALS}) AS value,
          round({low}, {_DECIMALS}) AS low, round({high}, {_DECIMALS}) AS high
        FROM figures WHERE n > 0
        """


def _unfinished(grain: str) -> str:
    """Return the mark of a period that goes on after the newest review's day, in SQL."""
    if grain == "day":
        return "NULL"
    end = f"date_trunc('{grain}', any_value(published_at)) + INTERVAL 1 {grain}"
    return f"CASE WHEN {end} > date_trunc('day', {_LAST_DAY}) + INTERVAL 1 DAY THEN '{UNFINISHED}' END"


def _rounded(figure: Figure) -> Figure:
    return {name: round(value, _DECIMALS) if isinstance(value, float) else value for name, value in figure.items()}


def _complete(part: pa.Table) -> pa.Table:
    for name in TRENDS.arrow.names:
        if name not in part.column_names:
            part = part.append_column(name, pa.nulls(part.num_rows, TRENDS.arrow.field(name).type))
    return part.select(TRENDS.arrow.names).cast(TRENDS.arrow)
