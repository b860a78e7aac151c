"""What each venue is praised and criticised for in the 13 weeks: the five dimensions of SERVQUAL, and the aspects."""

import duckdb
import numpy as np
import pandas as pd

from lexicons.codebook import codes
from reports.report_failures import FEWEST_CASES, FEWEST_SHOWN

MOST_ASPECTS = 2
_ASPECTS = f"""
WITH opinions AS (
  SELECT venue, review_id, aspect, max(polarity) AS best, min(polarity) AS worst FROM told
  WHERE recent AND counts AND aspect IS NOT NULL AND venue IS NOT NULL GROUP BY ALL),
counted AS (
  SELECT venue, aspect, count(*) FILTER (best = 1 AND worst >= 0) AS good, count(*) FILTER (worst = -1) AS bad
  FROM opinions GROUP BY ALL),
sided AS (
  SELECT venue, aspect, 'praised' AS side, good AS cases FROM counted
  UNION ALL SELECT venue, aspect, 'criticised' AS side, bad AS cases FROM counted)
SELECT venue, side, string_agg(aspect || ' ' || cases, '、' ORDER BY cases DESC, aspect) AS aspects FROM (
  FROM sided WHERE cases >= {FEWEST_CASES}
  QUALIFY row_number() OVER (PARTITION BY venue, side ORDER BY cases DESC, aspect) <= {MOST_ASPECTS})
GROUP BY ALL
"""


def venue_profiles(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the venues of which anything can be said, by name.

    Columns: venue, n, for each dimension its net (-1 to 1, NaN where fewer than five reviews judge it) and the reviews
    that judge it (``n_…``), praised and criticised (``早餐 12、位置 8``, None where no aspect has three reviews).

    Args:
        connection: With the tables of ``reports.report_rows``.
    """
    dimensions = [f"rater_{code}" for code in codes("rater")]
    judged = ", ".join(f"avg({name}) AS {name}, count({name}) AS n_{name}" for name in dimensions)
    table: pd.DataFrame = connection.sql(
        f"""SELECT venue AS venue_key, any_value(venue_shown) AS venue, count(*) AS n, {judged}
            FROM scoped WHERE recent AND counts AND scoped.venue IS NOT NULL GROUP BY scoped.venue ORDER BY 2, 1"""
    ).df()
    for name in dimensions:
        table[name] = table[name].astype(float).where(table[f"n_{name}"] >= FEWEST_SHOWN, np.nan)
    told = {(venue, side): aspects for venue, side, aspects in connection.sql(_ASPECTS).fetchall()}
    for side in ("praised", "criticised"):
        table[side] = pd.Series([told.get((venue, side)) for venue in table["venue_key"]], table.index, dtype=object)
    said = table[dimensions].notna().any(axis=1) | table["praised"].notna() | table["criticised"].notna()
    return table[said].drop(columns="venue_key").reset_index(drop=True)
