"""What a report counts of failures, words and opinions: how often, how sure, where, and what they cost."""

import duckdb
import numpy as np
import pandas as pd

from lexicons.codebook import codes
from reports.report_queries import TERMS
from reports.statistics import (
    Impact,
    false_discoveries_held,
    impacts,
    kano,
    more_than_expected,
    rise_by_chance,
)

FEWEST_SHOWN = 5
"""Reviews below which no share or mean is shown."""
FEWEST_CASES = 3
"""Reviews that must tell of a failure at a venue before the venue is named for it."""
FEWEST_MENTIONS = 20
MOST_TERMS = 12
Table = pd.DataFrame


def counts_of(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many reviews, complaints and tickets the period and the 13 weeks hold."""
    row = connection.sql(
        """SELECT count(*) FILTER (now AND kind = 'review') AS reviews, count(*) FILTER (now AND counts) AS judged,
                  count(*) FILTER (now AND kind = 'review' AND template_praise) AS template_praise,
                  count(*) FILTER (now AND kind = 'complaint') AS complaints,
                  count(*) FILTER (now AND kind = 'ticket') AS tickets,
                  count(*) FILTER (recent AND counts) AS window, count(*) FILTER (NOT recent AND counts) AS before
           FROM scoped"""
    ).df()
    return {str(name): int(value) for name, value in row.iloc[0].items()}


def failures_of(connection: duckdb.DuckDBPyConnection) -> Table:
    """Return how often each failure is told, the most frequent first, and whether it rises beyond chance."""
    table = connection.sql(
        """WITH found AS (SELECT unnest(failure_subtypes) AS failure_subtype, recent, severity FROM scoped WHERE counts)
           SELECT failure_subtype, count(*) FILTER (recent) AS n, count(*) FILTER (NOT recent) AS n_before,
                  avg(severity) FILTER (recent) AS severity FROM found GROUP BY 1 ORDER BY n DESC, failure_subtype"""
    ).df()
    sizes = counts_of(connection)
    table["share"] = table["n"] / max(1, sizes["window"])
    table["before_share"] = table["n_before"] / sizes["before"] if sizes["before"] else np.nan
    table["cumulative"] = table["n"].cumsum() / max(1, int(table["n"].sum()))
    chances = [
        rise_by_chance(int(now), sizes["window"], int(before), sizes["before"])
        for now, before in zip(table["n"], table["n_before"], strict=True)
    ]
    table["rising"] = false_discoveries_held(chances)
    return table


def impacts_of(connection: duckdb.DuckDBPyConnection) -> dict[str, Impact | None]:
    """Return how much lower satisfaction is where each failure is told, source and venue held."""
    rows = connection.sql(
        """SELECT satisfaction, failure_subtypes, concat(source, ' ', venue) AS own FROM scoped
           WHERE counts AND satisfaction IS NOT NULL"""
    ).fetchall()
    names = codes("failure_subtype")
    told = np.array([[code in subtypes for code in names] for _, subtypes, _ in rows], dtype=float).reshape(
        -1, len(names)
    )
    found = impacts(np.array([row[0] for row in rows], dtype=float), told, [row[2] for row in rows]) if rows else []
    return dict(zip(names, found, strict=False))


def places_of(connection: duckdb.DuckDBPyConnection) -> Table:
    """Return where a failure is told more often than at the other venues of the scope, beyond chance.

    The others' share has half a case added to one review more, so that what none of them tells of is rare, not never.
    """
    table = connection.sql(
        f"""WITH sizes AS (SELECT venue, any_value(venue_shown) AS shown, count(*) AS reviews FROM scoped
                          WHERE recent AND counts AND venue IS NOT NULL GROUP BY 1),
           single AS (SELECT venue, unnest(failure_subtypes) AS failure_subtype FROM scoped
                      WHERE recent AND counts AND venue IS NOT NULL),
           cells AS (SELECT venue, failure_subtype, count(*) AS cases FROM single GROUP BY ALL),
           owners AS (SELECT venue, failure_subtype, mode(department) AS department FROM happened
                      WHERE recent GROUP BY ALL),
           whole AS (SELECT sum(reviews) AS reviews FROM sizes),
           of_subtype AS (SELECT failure_subtype, sum(cases) AS cases FROM cells GROUP BY 1)
           SELECT shown AS venue, failure_subtype, department, c.cases, s.reviews,
                  (t.cases - c.cases + 0.5) / (w.reviews - s.reviews + 1) AS expected
           FROM cells c JOIN sizes s USING (venue) JOIN of_subtype t USING (failure_subtype) CROSS JOIN whole w
           LEFT JOIN owners USING (venue, failure_subtype)
           WHERE s.reviews >= {FEWEST_SHOWN} AND w.reviews > s.reviews ORDER BY venue, failure_subtype"""
    ).df()
    chances = [
        more_than_expected(int(cases), int(reviews), float(expected))
        for cases, reviews, expected in zip(table["cases"], table["reviews"], table["expected"], strict=True)
    ]
    # All cells are compared, and only then those of a case or two left out: chosen first, the surprises would pass.
    table = table.assign(chance=chances)[np.array(false_discoveries_held(chances), dtype=bool)]
    table = table[table["cases"] >= FEWEST_CASES]
    return table.sort_values("chance", ignore_index=True).head(20)


def terms_of(connection: duckdb.DuckDBPyConnection) -> Table:
    """Return the words that reviews hold more often than in the 13 weeks before, beyond chance, the surest first."""
    table, sizes = connection.sql(TERMS).df(), counts_of(connection)
    chances = [
        rise_by_chance(int(now), sizes["window"], int(before), sizes["before"])
        for now, before in zip(table["n"], table["n_before"], strict=True)
    ]
    table = table.assign(chance=chances, share=table["n"] / max(1, sizes["window"]))
    table["before_share"] = table["n_before"] / sizes["before"] if sizes["before"] else np.nan
    told = table[np.array(false_discoveries_held(chances), dtype=bool)]
    return told.sort_values(["chance", "word"], ignore_index=True).head(MOST_TERMS)


def aspects_of(connection: duckdb.DuckDBPyConnection) -> Table:
    """Return what guests praise and criticise, and what praise adds and criticism takes of their satisfaction."""
    table = connection.sql(
        f"""WITH opinions AS (SELECT review_id, aspect, max(polarity) AS best, min(polarity) AS worst FROM told
                              WHERE recent AND counts AND aspect IS NOT NULL GROUP BY ALL),
           silent AS (SELECT avg(satisfaction) AS everyone FROM scoped WHERE recent AND counts)
           SELECT aspect, count(*) FILTER (best = 1 AND worst >= 0) AS good, count(*) FILTER (worst = -1) AS bad,
                  avg(satisfaction) FILTER (best = 1 AND worst >= 0) - any_value(everyone) AS reward,
                  any_value(everyone) - avg(satisfaction) FILTER (worst = -1) AS penalty
           FROM opinions JOIN scoped USING (review_id), silent GROUP BY aspect
           HAVING count(*) >= {FEWEST_MENTIONS} ORDER BY count(*) DESC, aspect LIMIT 20"""
    ).df()
    table["net"] = (table["good"] - table["bad"]) / (table["good"] + table["bad"]).clip(lower=1)
    table["kano"] = [
        kano(reward, penalty) if min(good, bad) >= FEWEST_SHOWN else None
        for reward, penalty, good, bad in zip(
            table["reward"], table["penalty"], table["good"], table["bad"], strict=True
        )
    ]
    return table
