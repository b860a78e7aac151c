"""Three quotes of each failure: the newest, the most typical and the gravest.

The most typical is the one that is most like all the others (the medoid by the cosine of TF-IDF weighted pairs of
characters; Salton & Buckley 1988, Information Processing & Management 24: 513-523). Pairs of characters need no
segmenter and take 等了一小时 and 等了1个小时 as near. Only the newest 500 quotes of a failure are compared.
"""

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt

import duckdb
import pandas as pd

MOST_COMPARED = 500
NEWEST, TYPICAL, GRAVEST = "newest", "typical", "gravest"
_QUOTES = f"""
SELECT failure_subtype, venue_shown AS venue, day, coalesce(quote, '') AS quote,
       coalesce(severity, 0) AS severity, found_by IS DISTINCT FROM 'model' AS is_sure
FROM happened WHERE recent AND confidence >= 0.5
QUALIFY row_number() OVER (PARTITION BY failure_subtype ORDER BY day DESC, review_id, incident_no) <= {MOST_COMPARED}
     OR row_number() OVER (
          PARTITION BY failure_subtype ORDER BY is_sure DESC, severity DESC, day DESC, review_id, incident_no) = 1
ORDER BY failure_subtype, day DESC, review_id, incident_no
"""


def chosen_quotes(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the quotes of each failure in the 13 weeks: failure_subtype, venue, day, quote, severity, why.

    ``why`` is ``newest``, ``typical`` or ``gravest``; a quote that is two of them stands once: ``newest gravest``. What
    only the model has found is told only where no cue shows the failure.

    Args:
        connection: With the tables of ``reports.report_rows``.
    """
    table: pd.DataFrame = connection.sql(_QUOTES).df()
    chosen = [_chosen(own) for _, own in table.groupby("failure_subtype", sort=True)]
    columns = ["failure_subtype", "venue", "day", "quote", "severity", "why"]
    return pd.concat(chosen, ignore_index=True)[columns] if chosen else table.assign(why=[])[columns]


def most_typical(quotes: Sequence[str]) -> int:
    """Return the place of the quote that is most like the others; of equals the first.

    Of 等了一个小时, 等了半个小时 and 前台没人 it is one of the first two.
    """
    pairs = [Counter(_pairs(quote)) for quote in quotes]
    told_by = Counter(pair for own in pairs for pair in own)
    vectors = []
    for own in pairs:
        weights = {pair: times * (log((1 + len(quotes)) / (1 + told_by[pair])) + 1) for pair, times in own.items()}
        length = sqrt(sum(weight**2 for weight in weights.values()))
        vectors.append({pair: weight / length for pair, weight in weights.items()})
    # The mean likeness to all is that to their sum: no quote is compared with every other one.
    whole: Counter[str] = Counter()
    for vector in vectors:
        for pair, weight in vector.items():
            whole[pair] += weight  # type: ignore[assignment] # sums of weights, not counts
    likeness = [round(sum(weight * whole[pair] for pair, weight in vector.items()), 9) for vector in vectors]
    return max(range(len(quotes)), key=lambda place: (likeness[place], -place))


def _pairs(quote: str) -> list[str]:
    return [quote[place : place + 2] for place in range(max(1, len(quote) - 1))]


def _chosen(own: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one failure that are chosen, the newest first, then the most typical, then the gravest."""
    sure = own[own["is_sure"].astype(bool)] if own["is_sure"].any() else own
    newest = sure.index[0]
    typical = sure.index[most_typical(sure["quote"].head(MOST_COMPARED).tolist())]
    # The order of the table is that of time: of equally grave ones the newest.
    gravest = sure["severity"].idxmax()
    places = {NEWEST: newest, TYPICAL: typical, GRAVEST: gravest}
    chosen = list(dict.fromkeys(places.values()))
    return own.loc[chosen].assign(why=[" ".join(n for n, place in places.items() if place == p) for p in chosen])
