"""Whether two shares differ by more than chance."""

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
