"""Control charts: whether a figure that is taken week by week has left what is usual for it.

Weeks have unequal numbers of reviews, and guests of one week are more alike than guests of different weeks, so that the
textbook's p chart alarms too often. Laney (2002, Quality Engineering 14: 531-537) measures how far weeks differ beyond
what their size explains, by the moving range of their standardised values, and widens the limits by it (p′ chart); the
same with the standard deviation of single reviews gives a chart of means. The centre is that of the weeks that stay
within the limits: those beyond are taken out and the limits drawn anew, at most three times (phase I; Montgomery 2019,
Introduction to Statistical Quality Control, 8th ed., section 6.2).

An alarm is rule 1 (beyond a limit) or eight weeks in a row on one side of the centre; nothing else is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

FEWEST_WEEKS = 12
"""Weeks with enough reviews below which there is no chart."""
FEWEST_REVIEWS = 5
"""Of a week, below which it is not drawn."""
RUN = 8
SIGMAS = 3.0
_RANGE_TO_SIGMA = 1.128
"""Mean range of two normal values, in standard deviations (d₂ for n = 2)."""
_ROUNDS = 3
BEYOND_UPPER, BEYOND_LOWER, RUN_ABOVE, RUN_BELOW = "above_limit", "below_limit", "run_above", "run_below"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: parallel to the weeks that were given."""

    centre: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    signals: tuple[str | None, ...]
    """``above_limit``, ``below_limit``, ``run_above`` or ``run_below``; a limit goes before a run."""


def share_chart(shares: Sequence[float], sizes: Sequence[int]) -> Chart | None:
    """Return Laney's p′ chart of weekly shares; None for fewer than 12 weeks.

    Args:
        shares: 0 to 1, week by week.
        sizes: Reviews of each week, above 0.
    """

    def spread(centre: float) -> float:
        return sqrt(centre * (1 - centre))

    return _chart(np.asarray(shares, dtype=float), np.asarray(sizes, dtype=float), spread, 0.0, 1.0)


def mean_chart(
    means: Sequence[float], sizes: Sequence[int], deviation: float, lowest: float, highest: float
) -> Chart | None:
    """Return the chart of weekly means; None for fewer than 12 weeks.

    Args:
        means: Week by week.
        sizes: Reviews of each week, above 0.
        deviation: Standard deviation of single reviews within a week.
        lowest: The least that a mean can be, e.g. 1 for satisfaction.
        highest: The most.
    """
    return _chart(np.asarray(means, dtype=float), np.asarray(sizes, dtype=float), lambda _: deviation, lowest, highest)


def _chart(
    values: Floats, sizes: Floats, spread: Callable[[float], float], lowest: float, highest: float
) -> Chart | None:
    if len(values) < FEWEST_WEEKS:
        return None
    inside = np.ones(len(values), dtype=bool)
    for _ in range(_ROUNDS):
        centre = float(np.average(values[inside], weights=sizes[inside]))
        error = spread(centre) / np.sqrt(sizes)
        widened = _between_weeks((values[inside] - centre) / np.where(error[inside] > 0, error[inside], 1.0))
        lower, upper = centre - SIGMAS * widened * error, centre + SIGMAS * widened * error
        now_inside = (values >= lower) & (values <= upper)
        if now_inside.sum() < FEWEST_WEEKS or (now_inside | ~inside).all():
            break
        inside &= now_inside
    return Chart(
        centre,
        tuple(np.clip(lower, lowest, highest).tolist()),
        tuple(np.clip(upper, lowest, highest).tolist()),
        tuple(_signals(values, centre, lower, upper)),
    )


def _between_weeks(standardised: Floats) -> float:
    """Return by how much weeks differ more than their size explains; never less than 1, or chance alone would alarm."""
    if len(standardised) < 2:
        return 1.0
    return max(1.0, float(np.abs(np.diff(standardised)).mean()) / _RANGE_TO_SIGMA)


def _signals(values: Floats, centre: float, lower: Floats, upper: Floats) -> list[str | None]:
    signals: list[str | None] = []
    run = 0
    for value, low, high in zip(values.tolist(), lower.tolist(), upper.tolist(), strict=True):
        side = (value > centre) - (value < centre)
        run = run + side if side * run > 0 else side
        if value > high:
            signals.append(BEYOND_UPPER)
        elif value < low:
            signals.append(BEYOND_LOWER)
        elif abs(run) >= RUN:
            signals.append(RUN_ABOVE if run > 0 else RUN_BELOW)
        else:
            signals.append(None)
    return signals
