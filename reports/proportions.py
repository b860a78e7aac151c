"""Shares: their intervals, and whether two of them differ by more than chance."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964
"""The normal deviate of a 95 % interval."""


def differ_beyond_chance(first: float, first_size: int, second: float, second_size: int) -> bool:
    """Return whether two shares differ at the 95 % level, e.g. 60 % of 200 and 45 % of 180: yes.

    The two-proportion z-test with pooled variance: |z| ≥ 1.96, z = (p₁ − p₂) / √(p (1 − p) (1/n₁ + 1/n₂)), p the share
    of both together (Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, 3rd ed., section 3.2,
    here without the continuity correction).

    Args:
        first: The first share, 0 to 1.
        first_size: What it is a share of, above 0.
        second: The second share, 0 to 1.
        second_size: What it is a share of, above 0.
    """
    pooled = (first * first_size + second * second_size) / (first_size + second_size)
    deviation = sqrt(pooled * (1 - pooled) * (1 / first_size + 1 / second_size))
    return abs(first - second) >= Z_95 * deviation > 0


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """How often two judgements of the same things say yes; weighted counts need not be whole numbers."""

    both: float
    first_only: float
    second_only: float
    neither: float

    @property
    def total(self) -> float:
        """All things judged."""
        return self.both + self.first_only + self.second_only + self.neither


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two shares with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(share: float, size: float) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22)."""
    half = Z_95 * sqrt(share * (1 - share) / size + Z_95**2 / (4 * size * size)) / (1 + Z_95**2 / size)
    middle = (share + Z_95**2 / (2 * size)) / (1 + Z_95**2 / size)
    return max(0.0, middle - half), min(1.0, middle + half)


def paired_difference(counts: PairedCounts) -> Difference:
    """Return how much more often the first judgement says yes than the second, e.g. (14, 5, 0, 22): 0.12, 0.01 to 0.23.

    Method 10 of Newcombe (1998, Statistics in Medicine 17: 2635-2650): the Wilson intervals of both shares, put
    together with regard to their correlation. It holds near 0 and for few things, and is not empty where the two never
    differ.
    """
    n = counts.total
    first, second = (counts.both + counts.first_only) / n, (counts.both + counts.second_only) / n
    first_low, first_high = wilson(first, n)
    second_low, second_high = wilson(second, n)
    correlation = _correlation(counts)
    down, up = first - first_low, second_high - second
    below = sqrt(max(0.0, down**2 - 2 * correlation * down * up + up**2))
    up, down = first_high - first, second - second_low
    above = sqrt(max(0.0, up**2 - 2 * correlation * up * down + down**2))
    value = first - second
    return Difference(value, value - below, value + above)


def _correlation(counts: PairedCounts) -> float:
    """Return Newcombe's phi, its numerator made smaller by half the number of things where it is positive."""
    margins = (
        (counts.both + counts.first_only)
        * (counts.second_only + counts.neither)
        * (counts.both + counts.second_only)
        * (counts.first_only + counts.neither)
    )
    if margins <= 0:
        return 0.0
    together = counts.both * counts.neither - counts.first_only * counts.second_only
    return (max(0.0, together - counts.total / 2) if together > 0 else together) / sqrt(margins)
