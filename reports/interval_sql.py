"""The 95 % intervals of ``trends`` in SQL, over the columns ``value``, ``n`` and ``deviation`` of single reviews."""

from reports.proportions import Z_95

_HALF = f"{Z_95} * sqrt(value * (1 - value) / n + {Z_95**2 / 4} / (n * n)) / (1 + {Z_95**2} / n)"
_MIDDLE = f"(value + {Z_95**2 / 2} / n) / (1 + {Z_95**2} / n)"


def interval(is_share: str) -> tuple[str, str]:
    """Return the lower and the upper end: Wilson's of a share, the normal one of a mean.

    Args:
        is_share: The test that tells a share from a mean.
    """
    half = f"{Z_95} * deviation / sqrt(n)"
    return (
        f"CASE WHEN {is_share} THEN greatest(0, {_MIDDLE} - {_HALF}) ELSE value - {half} END",
        f"CASE WHEN {is_share} THEN least(1, {_MIDDLE} + {_HALF}) ELSE value + {half} END",
    )
