"""Failure shares corrected for the machine's errors, from the reviews that people have read as a random sample.

The machine has judged every review, people a random few of each week. What the machine says of all is moved by how much
people differ from it on the few (the difference estimator of survey sampling: Särndal, Swensson & Wretman 1992, Model
Assisted Survey Sampling, section 6.3): no assumption about the machine is needed, and a good machine makes the interval
narrow. A review weighs as many reviews of its week as it stands for; the interval is Newcombe's for paired shares, over
as many reviews as the weights leave (Kish 1965, Survey Sampling, section 11.7), moved with the estimate.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from lexicons.codebook import codes, group_of
from reports.proportions import PairedCounts, paired_difference

FEWEST = 30
"""Reviews that people must have read of a period and scope."""
PREFIX = "corrected."
Figure = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Audited:
    """One review of a random sample."""

    weight: float
    person: frozenset[str]
    machine: frozenset[str]


def corrected_shares(
    connection: duckdb.DuckDBPyConnection, grains: Mapping[str, str], scopes: Mapping[str, str]
) -> Iterator[Figure]:
    """Yield the corrected shares as rows of ``trends``.

    Args:
        connection: With the table ``measured`` of ``reports.trends``, its column ``audited`` included.
        grains: Grain → which reviews are dated exactly enough for it.
        scopes: Scope → the expression of its id.
    """
    (audited,) = connection.sql("SELECT count(*) FROM measured WHERE audited").fetchall()[0]
    if audited < FEWEST:
        return
    _weigh(connection)
    for grain, dated in grains.items():
        for scope, expression in scopes.items():
            period = f"date_trunc('{grain}', published_at)::DATE"
            groups = connection.sql(
                f"SELECT {period}, {expression}, count(*), count(*) FILTER (audited) FROM measured "
                f"WHERE judged AND {dated} AND {expression} IS NOT NULL "
                f"GROUP BY 1, 2 HAVING count(*) FILTER (audited) >= {FEWEST} ORDER BY 1, 2"
            ).fetchall()
            for start, scope_id, reviews, read in groups:
                where = f"judged AND {dated} AND {period} = $start AND {expression} = $scope_id"
                rows = _figures(connection, where, {"start": start, "scope_id": scope_id}, reviews)
                about = {"grain": grain, "period_start": start, "scope": scope, "scope_id": scope_id, "n": read}
                yield from ({**about, **row} for row in rows)


def _weigh(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each review the number of reviews of its week that stand behind it; the sample is drawn week by week."""
    connection.execute(
        """
        CREATE TEMP TABLE weights AS
        SELECT date_trunc('week', published_at) AS week, count(*) / count(*) FILTER (audited) AS weight
        FROM measured WHERE judged AND published_precision IN ('second', 'day')
        GROUP BY 1 HAVING count(*) FILTER (audited) > 0
        """
    )


def _figures(
    connection: duckdb.DuckDBPyConnection, where: str, values: dict[str, object], reviews: int
) -> Iterator[Figure]:
    sample = [
        _Audited(weight, frozenset(person), frozenset(machine))
        for weight, person, machine in connection.execute(
            "SELECT weight, failure_subtypes, machine_failure_subtypes FROM measured "
            f"JOIN weights ON week = date_trunc('week', published_at) WHERE audited AND {where}",
            values,
        ).fetchall()
    ]
    if len(sample) < FEWEST:
        return
    counts: dict[str, int] = dict.fromkeys(_metrics(), 0)
    found = connection.execute(
        f"SELECT machine_failure_subtypes, count(*) FROM measured WHERE {where} GROUP BY 1", values
    ).fetchall()
    for subtypes, number in found:
        for metric in _told(subtypes):
            counts[metric] += number
    for metric, count in counts.items():
        raw = count / reviews
        moved = paired_difference(_pairs(sample, metric))
        low, value, high = (min(1.0, max(0.0, raw + d)) for d in (moved.low, moved.value, moved.high))
        note = f"抽查{len(sample)}条，系统判读为{raw:.4f}"
        yield {"metric": PREFIX + metric, "value": value, "low": low, "high": high, "note": note}


def _pairs(sample: Sequence[_Audited], metric: str) -> PairedCounts:
    """Count, by weight, who says that a failure is there, scaled to as many reviews as the weights leave."""
    total = sum(one.weight for one in sample)
    scale = total / sum(one.weight**2 for one in sample)
    counts = {(True, True): 0.0, (True, False): 0.0, (False, True): 0.0, (False, False): 0.0}
    for one in sample:
        counts[metric in _told(one.person), metric in _told(one.machine)] += one.weight * scale
    return PairedCounts(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def _metrics() -> list[str]:
    return ["failure_share", *(f"failure.{c}" for c in (*codes("failure_group"), *codes("failure_subtype")))]


def _told(subtypes: Iterable[str]) -> set[str]:
    """Return the metrics that a review with such failures counts for."""
    told = {f"failure.{code}" for subtype in subtypes for code in (subtype, group_of(subtype))}
    return told | {"failure_share"} if told else told
