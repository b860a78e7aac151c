"""Bad spells: stretches of weeks in which a venue's reviews tell of a failure far more often than in its other weeks.

The scan statistic of Kulldorff (1997, Commun. Stat. Theory Methods 26) in time alone: of all stretches of weeks the one
whose share of failures differs most from the share outside, by the likelihood ratio of two shares against one. Its
chance is taken from chi-squared with one degree of freedom, multiplied by the number of stretches and of pairs looked
at (Bonferroni), which errs on the side of silence.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

CHANCE = 0.01
"""A spell is told if chance would bring one in fewer than one of a hundred warehouses without any."""
FEWEST_FAILURES = 6
FEWEST_REVIEWS = 30
FEWEST_WEEKS = 8
OUTSIDE_SHARE = 0.25
"""Of the venue's reviews at least so many lie outside the spell: without them there is nothing to compare with."""
MOST_TOLD = 5

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """Of ``reviews``, so many tell of the failure."""

    failed: int
    reviews: int

    @property
    def value(self) -> float:
        """The share, 0 without reviews."""
        return self.failed / self.reviews if self.reviews else 0.0


@dataclass(frozen=True, slots=True)
class Spell:
    """One bad spell of one venue and sub-type, from one Monday to the week of another."""

    venue: str
    failure_subtype: str
    begins: date
    last_week: date
    before: Share
    inside: Share
    after: Share
    chance: float
    touchpoint: str | None = None
    """Where most of its incidents happened."""
    wait_minutes: int | None = None
    """Median of the waits that its incidents tell."""
    quote: str | None = None
    """The gravest and longest telling of it."""
    region: str | None = None
    """Where the venue lies; known to messages only."""

    @property
    def is_over(self) -> bool:
        """Whether reviews came after it that tell of the failure as rarely as those outside."""
        return self.after.reviews > 0

    @property
    def over_since(self) -> date:
        """The first Monday after it."""
        return self.last_week + timedelta(days=7)

    def overlaps(self, other: "Spell") -> bool:
        """Whether both tell of the same failure of the same venue, in weeks that they share."""
        same = (self.venue, self.failure_subtype) == (other.venue, other.failure_subtype)
        return same and self.begins <= other.last_week and other.begins <= self.last_week


def find_spells(weekly: pd.DataFrame) -> list[Spell]:
    """Find the bad spells in weekly counts, the surest first.

    Args:
        weekly: venue, failure_subtype, week (a Monday), reviews, failed; one row for each week of a pair in which the
            venue had reviews.
    """
    ordered = weekly.sort_values(["venue", "failure_subtype", "week"], kind="stable", ignore_index=True)
    failed, reviews = ordered["failed"].to_numpy(np.int64), ordered["reviews"].to_numpy(np.int64)
    looked_at = _pairs_with_enough(ordered, failed, reviews)
    spells = []
    for pair in looked_at:
        hits, sizes = failed[pair], reviews[pair]
        found = scan(hits, sizes)
        if found is None:
            continue
        first, last, chance = found
        chance = min(1.0, chance * len(looked_at))
        if chance > CHANCE:
            continue
        venue, subtype, week = (ordered[name].iloc[pair] for name in ("venue", "failure_subtype", "week"))
        begins, last_week = (pd.Timestamp(week.iloc[place]).date() for place in (first, last))
        parts = (slice(0, first), slice(first, last + 1), slice(last + 1, None))
        before, inside, after = (Share(int(hits[part].sum()), int(sizes[part].sum())) for part in parts)
        own = str(venue.iloc[0]), str(subtype.iloc[0])
        spells.append(Spell(*own, begins, last_week, before, inside, after, chance))
    return sorted(spells, key=lambda spell: spell.chance)


def _pairs_with_enough(ordered: pd.DataFrame, failed: Counts, reviews: Counts) -> list[slice]:
    """Return the rows of each venue and sub-type that have enough weeks, reviews and failures."""
    if ordered.empty:
        return []
    names = ordered[["venue", "failure_subtype"]]
    # Cut where either name changes: a group at a time, pandas takes longer over the frame than the scan itself.
    begins = np.flatnonzero((names != names.shift()).any(axis=1).to_numpy(dtype=bool))
    ends = [*begins[1:].tolist(), len(ordered)]
    pairs = [slice(begin, end) for begin, end in zip(begins.tolist(), ends, strict=True)]
    told, sizes = np.add.reduceat(failed, begins).tolist(), np.add.reduceat(reviews, begins).tolist()
    return [
        pair
        for pair, cases, size in zip(pairs, told, sizes, strict=True)
        if cases >= FEWEST_FAILURES and size >= FEWEST_REVIEWS and pair.stop - pair.start >= FEWEST_WEEKS
    ]


def scan(failed: Counts, reviews: Counts) -> tuple[int, int, float] | None:
    """Return the first and last week of the likeliest spell and its chance over all stretches; None without one."""
    weeks = len(failed)
    sums, sizes = (np.concatenate([[0], np.cumsum(counts)]) for counts in (failed, reviews))
    first, last = np.triu_indices(weeks)
    inside, size = sums[last + 1] - sums[first], sizes[last + 1] - sizes[first]
    outside, rest = sums[-1] - inside, sizes[-1] - size
    allowed = (size > 0) & (rest >= OUTSIDE_SHARE * sizes[-1]) & (rest > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        worse = allowed & (inside / size > outside / rest)
    if not worse.any():
        return None
    stretches = np.flatnonzero(worse)
    ratio = _log_likelihood(inside[stretches], size[stretches]) + _log_likelihood(outside[stretches], rest[stretches])
    ratio -= _log_likelihood(sums[-1:], sizes[-1:])
    best = int(np.argmax(ratio))
    chance = int(allowed.sum()) * math.erfc(math.sqrt(max(0.0, float(ratio[best]))))
    return int(first[stretches[best]]), int(last[stretches[best]]), chance


def told_spells(connection: duckdb.DuckDBPyConnection) -> list[Spell]:
    """Return the surest spells of a warehouse with what their incidents tell.

    Args:
        connection: Sees the tables and the view ``judged`` of ``reports.summary``.
    """
    return list(_with_incidents(connection, find_spells(_weekly(connection, "judged"))[:MOST_TOLD]))


def new_spells(connection: duckdb.DuckDBPyConnection) -> list[Spell]:
    """Return the surest spells that show with the reviews of the told runs and did not show without them.

    Args:
        connection: Sees the tables, and the table ``told_runs`` and the view ``judged`` of ``reports.summary``.
    """
    now = find_spells(_weekly(connection, "judged"))
    before = find_spells(_weekly(connection, "(FROM judged ANTI JOIN told_runs USING (run_id))")) if now else []
    return list(_with_incidents(connection, [s for s in now if not any(map(s.overlaps, before))][:MOST_TOLD]))


def _weekly(connection: duckdb.DuckDBPyConnection, judged: str) -> pd.DataFrame:
    weekly: pd.DataFrame = connection.execute(_WEEKLY.format(judged=judged)).to_arrow_table().to_pandas()
    return weekly


_VENUE = "coalesce(v.venue_name, r.venue_name)"
_WEEKLY = f"""
WITH named AS (
  SELECT {_VENUE} AS venue, date_trunc('week', r.published_at)::DATE AS week, r.failure_subtypes
  FROM {{judged}} r LEFT JOIN venues v USING (venue_id)
  WHERE r.kind = 'review' AND r.venue_name IS NOT NULL AND r.published_precision IN ('second', 'day')),
weeks AS (SELECT venue, week, count(*) AS reviews FROM named GROUP BY ALL),
hits AS (
  SELECT venue, week, failure_subtype, count(*) AS failed
  FROM (SELECT venue, week, unnest(list_distinct(failure_subtypes)) AS failure_subtype FROM named) GROUP BY ALL),
kinds AS (SELECT venue, failure_subtype FROM hits GROUP BY ALL HAVING sum(failed) >= {FEWEST_FAILURES})
SELECT venue, failure_subtype, week, reviews, coalesce(failed, 0) AS failed
FROM weeks JOIN kinds USING (venue) LEFT JOIN hits USING (venue, week, failure_subtype)
"""
_INCIDENTS = f"""
SELECT i.touchpoint, i.wait_minutes, i.quote
FROM incidents i JOIN judged r USING (review_id) LEFT JOIN venues v ON v.venue_id = r.venue_id
WHERE {_VENUE} = ? AND i.failure_subtype = ? AND r.kind = 'review'
  AND r.published_at::DATE >= ? AND r.published_at::DATE < ?
ORDER BY i.severity DESC, coalesce(i.wait_minutes, 0) DESC, i.review_id, i.incident_no
"""


def _with_incidents(connection: duckdb.DuckDBPyConnection, spells: list[Spell]) -> Iterator[Spell]:
    for spell in spells:
        rows = connection.execute(
            _INCIDENTS, [spell.venue, spell.failure_subtype, spell.begins, spell.over_since]
        ).fetchall()
        places = pd.Series([place for place, _, _ in rows if place])
        waits = [wait for _, wait, _ in rows if wait is not None]
        yield Spell(
            **{name: getattr(spell, name) for name in Spell.__slots__ if name not in _TOLD},
            touchpoint=str(places.mode().iloc[0]) if len(places) * 2 > len(rows) else None,
            wait_minutes=round(float(np.median(waits))) if len(waits) >= FEWEST_FAILURES else None,
            quote=rows[0][2] if rows else None,
        )


_TOLD = ("touchpoint", "wait_minutes", "quote")


def _log_likelihood(failed: Counts, reviews: Counts) -> npt.NDArray[np.float64]:
    """Log-likelihood of so many failures at their own share; 0 log 0 is 0."""
    share = np.divide(failed, reviews, out=np.zeros(len(failed)), where=reviews > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(failed > 0, failed * np.log(share), 0.0)
        misses = np.where(reviews > failed, (reviews - failed) * np.log1p(-share), 0.0)
    total: npt.NDArray[np.float64] = hits + misses
    return total
