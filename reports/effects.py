"""What came of finished improvements: the failure's share before and after, beside the venues that did nothing.

An interrupted time series with a comparison group, read as a difference in differences (Bernal, Cummins & Gasparrini
2017, Int. J. Epidemiol. 46: 348-355; Angrist & Pischke 2009, Mostly Harmless Econometrics, chapter 5) on weekly counts:

    (share after - share before) at the venue - (share after - share before) at the venues with no item for the failure

Each of the four shares is of the reviews of whole weeks: the 13 before the week in which the improvement was done, and
up to 13 after it as far as the report's period goes. The week itself is left out, as it is partly both. The interval is
the normal approximation, 1.96 times the root of the sum of p (1 - p) / n over the four shares.

What it assumes: without the improvement the share would have changed at the venue as it did at the others (parallel
trends), reviews are independent of each other, and nothing else happened at the venue alone. A share of 0 or 1 adds no
variance in this approximation, so intervals beside such shares are too narrow. It is evidence, not proof.
"""

import math
from dataclasses import dataclass
from datetime import date

import duckdb

from reports.periods import WINDOW_WEEKS, Period
from reports.proportions import Z_95
from reports.spells import Share

WEEKS = WINDOW_WEEKS
"""Weeks before, and at most after."""
FEWEST_REVIEWS = 30
"""On each side, here and elsewhere, for a change to be told."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One finished improvement and the share of its failure on its four sides."""

    action_id: str
    title: str
    venue: str
    shown: str
    """The venue's name."""
    failure_subtype: str
    done_on: date
    before: Share
    after: Share
    others_before: Share
    others_after: Share

    @property
    def too_few(self) -> bool:
        """Whether the venue itself has too few reviews on a side."""
        return min(self.before.reviews, self.after.reviews) < FEWEST_REVIEWS

    @property
    def change(self) -> tuple[float, float, float] | None:
        """The change beyond the others' with its 95 % interval, as shares; None where a side has too few reviews."""
        sides = (self.before, self.after, self.others_before, self.others_after)
        if min(side.reviews for side in sides) < FEWEST_REVIEWS:
            return None
        return difference_in_differences(*sides)


def difference_in_differences(
    before: Share, after: Share, others_before: Share, others_after: Share
) -> tuple[float, float, float]:
    """Return how much more a share changed here than elsewhere, and the ends of its 95 % interval.

    40 of 100 before and 20 of 100 after, elsewhere 100 of 1,000 and 90 of 1,000: -0.20 - -0.01 = -0.19, and with the
    variances 0.0024 + 0.0016 + 0.00009 + 0.0000819 the interval -0.316 to -0.064.
    """
    value = (after.value - before.value) - (others_after.value - others_before.value)
    sides = (before, after, others_before, others_after)
    half = Z_95 * math.sqrt(sum(side.value * (1 - side.value) / side.reviews for side in sides))
    return value, value - half, value + half


def effects_of_improvements(connection: duckdb.DuckDBPyConnection, period: Period) -> list[Effect]:
    """Return the improvements done in the 26 weeks up to the end of a period with their shares, the newest first.

    Args:
        connection: Sees the tables of the warehouse.
        period: Nothing after its end is counted.
    """
    values = {"start": period.before_start, "end": period.end}
    return [
        Effect(action_id, title, venue, shown, subtype, done_on, *(Share(int(f), int(n)) for f, n in _pairs(counts)))
        for action_id, title, venue, shown, subtype, done_on, *counts in connection.execute(_EFFECTS, values).fetchall()
    ]


def _pairs(counts: list[int]) -> list[tuple[int, int]]:
    return list(zip(counts[::2], counts[1::2], strict=True))


_SIDES = ", ".join(
    f"coalesce(sum({what}) FILTER ({'' if here else 'NOT '}here AND {side}), 0)"
    for here in (True, False)
    for side in ("before", "after")
    for what in ("failed", "reviews")
)
_EFFECTS = f"""
WITH finished AS (
  SELECT action_id, title, venue, failure_subtype, done_on, date_trunc('week', done_on)::DATE AS monday FROM actions
  WHERE kind = 'improvement' AND status = 'done' AND done_on >= $start AND done_on < $end),
taken_on AS (SELECT DISTINCT venue, failure_subtype, true AS taken FROM actions WHERE kind = 'improvement'),
judged AS (
  SELECT coalesce(venue_id, venue_name) AS venue, date_trunc('week', published_at)::DATE AS week, failure_subtypes
  FROM reviews
  WHERE kind = 'review' AND duplicate_of IS NULL AND severity IS NOT NULL AND template_praise IS NOT TRUE
    AND published_precision IN ('second', 'day') AND coalesce(venue_id, venue_name) IS NOT NULL
    AND published_at::DATE < $end),
subtypes AS (SELECT DISTINCT failure_subtype FROM finished),
weekly AS (
  SELECT venue, week, failure_subtype, count(*) AS reviews,
         count(*) FILTER (list_contains(failure_subtypes, failure_subtype)) AS failed
  FROM judged CROSS JOIN subtypes GROUP BY ALL),
compared AS (SELECT * FROM weekly LEFT JOIN taken_on USING (venue, failure_subtype)),
sided AS (
  SELECT f.*, w.reviews, w.failed, w.venue = f.venue AS here,
         w.week >= f.monday - INTERVAL {WEEKS} WEEK AND w.week < f.monday AS before,
         w.week > f.monday AND w.week <= f.monday + INTERVAL {WEEKS} WEEK AS after
  FROM finished f
  LEFT JOIN compared w ON w.failure_subtype = f.failure_subtype AND (w.venue = f.venue OR w.taken IS NULL)),
names AS (
  SELECT coalesce(r.venue_id, r.venue_name) AS venue, min(coalesce(v.venue_name, r.venue_name, r.venue_id)) AS shown
  FROM reviews r LEFT JOIN venues v ON v.venue_id = r.venue_id GROUP BY 1)
SELECT action_id, any_value(title), venue, coalesce(any_value(shown), venue), any_value(failure_subtype),
       any_value(done_on), {_SIDES}
FROM sided LEFT JOIN names USING (venue) GROUP BY action_id, venue ORDER BY any_value(done_on) DESC, action_id
"""
