"""The figures of a report, question by question, as the Monday page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import poisson

from reports.effects import Effect, effects_of_improvements
from reports.filter_cube import FilterCube, filter_cube
from reports.importance_matrix import Matrix, dimension_matrix, touchpoint_matrix
from reports.periods import Period
from reports.proportions import Z_95
from reports.rare_events import GRAIN, METRIC
from reports.report_failures import aspects_of, counts_of, failures_of, impacts_of, places_of, terms_of
from reports.report_queries import LEAVING, LOYALTY, PRAISE, PROMISES, QUALITY, RECOVERY, RED_LINES
from reports.report_rows import Scope, report_rows
from reports.rolling_weeks import WINDOWS
from reports.spells import Spell, told_spells
from reports.statistics import (
    Impact,
    shrunken_means,
)
from reports.typical_quotes import chosen_quotes
from reports.venue_profiles import venue_profiles

FEWEST_PUBLISHED = 30
"""Reviews that a published index needs."""
SILENT_CHANCE = 0.05
Table = pd.DataFrame


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page shows; each table's columns are named in the query that makes it."""

    period: Period
    scope: Scope
    counts: Mapping[str, int]
    """reviews, judged, template_praise, complaints, tickets of the period; window, before: judged of the 13 weeks."""
    newest: date | None
    """Day of the newest review in the whole scope."""
    red_lines: Table
    red_line_gaps: Table
    """period_start, n, value, centre, lower_limit, signal, note: days since the last day with a red line."""
    arrivals: Table
    """source, venue, last, now, usual, state (silent | few): only where something is missing."""
    arrivals_whole: int
    """Source × venue pairs that have brought what is usual."""
    weeks: Table
    """period_start, metric, n, value, low, high, centre, lower_limit, upper_limit, signal of the scope's charts."""
    rolling: Table
    """grain, period_start, metric, n, value, low, high: whole windows of 53 weeks; empty where weeks are not thin."""
    venues: Table
    """venue, n, satisfaction, low, high, shrunken, index (NaN below 30), platform_index, change, sure."""
    venue_profiles: Table
    """venue, n, rater_… and n_rater_…, praised, criticised: what each is praised and criticised for."""
    failures: Table
    """failure_subtype, n, share, cumulative, severity, before_share, rising; the most frequent first."""
    impacts: Mapping[str, Impact | None]
    places: Table
    """venue, failure_subtype, department, cases, reviews, expected: more than the others, beyond chance."""
    quotes: Table
    """failure_subtype, venue, day, quote, severity, why (newest, typical, gravest): of each sub-type."""
    promises: Table
    """venue, aspect, cases, quote of what was booked, sold or promised and not there."""
    recovery: Table
    """state (none | recovered | unrecovered | untold), n, satisfaction, stay: of those who said, who comes back."""
    handling: Mapping[str, float]
    loyalty: Table
    """what (leave, stay, recommend, public, third_party, competitor), n, share, before_share."""
    leaving: Table
    """venue, day, loyalty, voice, quote: who goes or warns others."""
    spells: list[Spell]
    effects: list[Effect]
    """Of the improvements that were done in the 26 weeks."""
    praise: Table
    """department, aspect, cases, quote."""
    quality: Table
    """what (rater_…, expectation), n (reviews that judge it), good, bad, net (−1 to 1), net_before, n_before."""
    terms: Table
    """word, n, n_before, share, before_share, satisfaction, quote: words told of more than before, beyond chance."""
    aspects: Table
    """aspect, good, bad, net, reward, penalty, kano."""
    cube: FilterCube
    """What the page's filters add up."""
    touchpoint_matrix: Matrix | None
    dimension_matrix: Matrix | None
    """Importance and performance; None where too few things are judged often enough."""


def report_figures(warehouse: Path, period: Period, scope: Scope) -> Figures:
    """Count everything that a page shows of one period and scope."""
    with report_rows(warehouse, period, scope) as connection:
        venues = _venues(connection)
        failures, costs = failures_of(connection), impacts_of(connection)
        arrivals = _arrivals(connection, period)
        return Figures(
            period=period,
            scope=scope,
            counts=counts_of(connection),
            newest=connection.sql("SELECT max(published_at)::DATE FROM reviews").fetchall()[0][0],
            red_lines=connection.sql(RED_LINES).df(),
            red_line_gaps=_gaps(connection, period, scope),
            arrivals=arrivals[arrivals["state"] != "usual"],
            arrivals_whole=int((arrivals["state"] == "usual").sum()),
            weeks=_weeks(connection, period, scope),
            rolling=_rolling(connection, period, scope),
            venues=venues,
            venue_profiles=venue_profiles(connection),
            failures=failures,
            impacts=costs,
            places=places_of(connection),
            quotes=chosen_quotes(connection),
            promises=connection.sql(PROMISES).df(),
            recovery=connection.sql(RECOVERY).df(),
            handling=_handling(connection, period),
            loyalty=connection.sql(LOYALTY).df(),
            leaving=connection.sql(LEAVING).df(),
            spells=_spells(connection, period, scope),
            effects=_effects(connection, period, scope),
            praise=connection.sql(PRAISE).df(),
            quality=connection.sql(QUALITY).df(),
            terms=terms_of(connection),
            aspects=aspects_of(connection),
            cube=filter_cube(connection, period),
            touchpoint_matrix=touchpoint_matrix(connection),
            dimension_matrix=dimension_matrix(connection),
        )


def _arrivals(connection: duckdb.DuckDBPyConnection, period: Period) -> Table:
    """Return what each source has brought of each venue, beside what is usual in as many days."""
    table = connection.execute(
        """SELECT source, coalesce(any_value(venue_shown), '—') AS venue, max(day) AS last,
                  count(*) FILTER (now) AS now, count(*) FILTER (NOT now) AS earlier, min(day) AS first
           FROM scoped WHERE kind = 'review' GROUP BY source, scoped.venue ORDER BY source, venue"""
    ).df()
    days = (period.end - period.start).days
    known = (pd.Timestamp(period.start) - pd.to_datetime(table["first"])).dt.days.clip(lower=days)
    table["usual"] = table["earlier"] * days / known
    fewer = poisson.cdf(table["now"], table["usual"])
    table["state"] = np.where(fewer > SILENT_CHANCE, "usual", np.where(table["now"] == 0, "silent", "few"))
    return table.drop(columns=["earlier", "first"])


def _weeks(connection: duckdb.DuckDBPyConnection, period: Period, scope: Scope) -> Table:
    return connection.execute(
        """SELECT period_start, metric, n, value, low, high, centre, lower_limit, upper_limit, signal, note FROM trends
           WHERE grain = 'week' AND scope = $kind AND scope_id = $value AND metric IN ('satisfaction', 'failure_share')
             AND period_start < $end AND period_start >= $end - INTERVAL 53 WEEK ORDER BY metric, period_start""",
        {"kind": scope.kind, "value": scope.value, "end": period.end},
    ).df()


def _rolling(connection: duckdb.DuckDBPyConnection, period: Period, scope: Scope) -> Table:
    ends = " ".join(f"WHEN '{grain}' THEN period_start + INTERVAL {weeks} WEEK" for grain, weeks in WINDOWS.items())
    return connection.execute(
        f"""SELECT grain, period_start, metric, n, value, low, high FROM trends
            WHERE grain IN ({", ".join(repr(grain) for grain in WINDOWS)}) AND scope = $kind AND scope_id = $value
              AND metric IN ('satisfaction', 'failure_share') AND note IS NULL
              AND CASE grain {ends} END BETWEEN $end - INTERVAL 53 WEEK AND $end
            ORDER BY grain, metric, period_start""",
        {"kind": scope.kind, "value": scope.value, "end": period.end},
    ).df()


def _gaps(connection: duckdb.DuckDBPyConnection, period: Period, scope: Scope) -> Table:
    return connection.execute(
        """SELECT period_start, n, value, centre, lower_limit, signal, note FROM trends
           WHERE grain = $grain AND metric = $metric AND scope = $kind AND scope_id = $value AND period_start < $end
           ORDER BY period_start""",
        {"grain": GRAIN, "metric": METRIC, "kind": scope.kind, "value": scope.value, "end": period.end},
    ).df()


def _venues(connection: duckdb.DuckDBPyConnection) -> Table:
    table = connection.sql(
        """SELECT any_value(venue_shown) AS venue, count(satisfaction) FILTER (recent) AS n,
                  avg(satisfaction) FILTER (recent) AS satisfaction,
                  stddev_samp(satisfaction) FILTER (recent) AS deviation,
                  avg(rating) FILTER (recent) AS rating, count(satisfaction) FILTER (NOT recent) AS n_before,
                  avg(satisfaction) FILTER (NOT recent) AS before,
                  stddev_samp(satisfaction) FILTER (NOT recent) AS deviation_before
           FROM scoped WHERE counts AND scoped.venue IS NOT NULL GROUP BY scoped.venue
           HAVING count(satisfaction) FILTER (recent) > 0 ORDER BY scoped.venue"""
    ).df()
    if table.empty:
        return table.assign(shrunken=[], index=[], platform_index=[], low=[], high=[], change=[], sure=[])
    freedom = (table["n"] - 1).clip(lower=0)
    within = (freedom * table["deviation"].fillna(0) ** 2).sum() / max(1, int(freedom.sum()))
    table["shrunken"] = shrunken_means(table["satisfaction"].tolist(), table["n"].tolist(), float(np.sqrt(within)))
    half = Z_95 * table["deviation"] / np.sqrt(table["n"])
    table["low"], table["high"] = table["satisfaction"] - half, table["satisfaction"] + half
    published = table["n"] >= FEWEST_PUBLISHED
    table["index"] = ((table["satisfaction"] - 1) * 25).where(published)
    table["platform_index"] = ((table["rating"] - 1) * 25).where(published)
    error = np.sqrt(table["deviation"] ** 2 / table["n"] + table["deviation_before"] ** 2 / table["n_before"])
    enough = published & (table["n_before"] >= FEWEST_PUBLISHED)
    table["change"] = ((table["satisfaction"] - table["before"]) * 25).where(enough)
    table["sure"] = table["change"].abs() / 25 > Z_95 * error
    return table.sort_values(["shrunken", "venue"], ignore_index=True)


def _handling(connection: duckdb.DuckDBPyConnection, period: Period) -> dict[str, float]:
    """Return how complaints were handled: tried, accepted, answered, and how long an answer took, of the 13 weeks."""
    row = connection.execute(
        """SELECT count(*) FILTER (len(recovery_actions) > 0) AS asked,
                  avg((NOT list_contains(recovery_actions, 'none'))::INT) FILTER (len(recovery_actions) > 0) AS tried,
                  count(*) FILTER (recovery_outcome = 'dissatisfied') AS double_deviations,
                  count(*) FILTER (len(fairness) > 0) AS unfair,
                  count(*) FILTER (list_contains(fairness, 'distributive')) AS distributive,
                  count(*) FILTER (list_contains(fairness, 'procedural')) AS procedural,
                  count(*) FILTER (list_contains(fairness, 'interactional')) AS interactional,
                  count(reply_text) AS replies, count(*) FILTER (sentiment < 0) AS negative,
                  count(*) FILTER (sentiment < 0 AND reply_text IS NULL) AS unanswered,
                  median(date_diff('hour', published_at, replied_at)) FILTER (sentiment < 0) AS hours,
                  max(date_diff('day', day, $end)) FILTER (sentiment < 0 AND reply_text IS NULL) AS oldest
           FROM scoped WHERE recent AND counts""",
        {"end": period.end},
    ).df()
    return {str(name): float("nan") if pd.isna(value) else float(value) for name, value in row.iloc[0].items()}


def _spells(connection: duckdb.DuckDBPyConnection, period: Period, scope: Scope) -> list[Spell]:
    """Return the bad spells that the 26 weeks of the report know of."""
    # What a spell is compared with is the whole history that was known by the end of the period.
    connection.execute(
        "CREATE TEMP TABLE judged AS SELECT review_id, kind, venue_id, venue_name, published_at, published_precision, "
        "failure_subtypes FROM reviews "
        "WHERE duplicate_of IS NULL AND severity IS NOT NULL AND published_at::DATE < $end",
        {"end": period.end},
    )
    known = {row[0] for row in connection.sql("SELECT DISTINCT venue_shown FROM scoped").fetchall()}
    known |= {row[0] for row in connection.sql("SELECT DISTINCT venue_name FROM scoped").fetchall()}
    begun = [spell for spell in told_spells(connection) if period.before_start <= spell.last_week < period.end]
    return begun if scope.kind == "all" else [spell for spell in begun if spell.venue in known]


def _effects(connection: duckdb.DuckDBPyConnection, period: Period, scope: Scope) -> list[Effect]:
    """Return what came of the improvements at the scope's venues, beside all other venues whatever the scope."""
    known = {row[0] for row in connection.sql("SELECT DISTINCT venue FROM scoped").fetchall()}
    found = effects_of_improvements(connection, period)
    return found if scope.kind == "all" else [effect for effect in found if effect.venue in known]
