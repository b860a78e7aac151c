"""Measures of agreement, each with an interval: precision, recall, F1, kappa, overlap of quotes, calibration."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Z_95 = 1.959964
RESAMPLES = 1000
SEED = 20261127


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between 0 and 1 with its 95 % interval; not a number where there is nothing to measure."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FoundScore:
    """How well one label is found: ``positives`` reviews have it, ``found`` were given it."""

    label: str
    positives: int
    found: int
    precision: Interval
    recall: Interval
    f1: Interval


def share(hits: int, n: int) -> Interval:
    """Return a share with its Wilson interval (Wilson 1927, J. Am. Stat. Assoc. 22)."""
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    p = hits / n
    spread = Z_95 * math.sqrt(p * (1 - p) / n + Z_95**2 / (4 * n * n))
    centre, scale = p + Z_95**2 / (2 * n), 1 + Z_95**2 / n
    return Interval(p, (centre - spread) / scale, (centre + spread) / scale)


def found_score(label: str, told: Sequence[frozenset[str]], read: Sequence[frozenset[str]]) -> FoundScore:
    """Score one label, e.g. ``delivery.slow``, over reviews."""
    return _found_score(label, [t & {label} for t in told], [r & {label} for r in read])


def micro_score(label: str, told: Sequence[frozenset[str]], read: Sequence[frozenset[str]]) -> FoundScore:
    """Score all labels together, each pair of review and label counting once (micro-average)."""
    return _found_score(label, list(told), list(read))


def _found_score(label: str, told: Sequence[frozenset[str]], read: Sequence[frozenset[str]]) -> FoundScore:
    counts = np.array([(len(t & r), len(r), len(t)) for t, r in zip(told, read, strict=True)], dtype=float)
    counts = counts.reshape(-1, 3)
    hits, found, positives = (int(total) for total in counts.sum(axis=0))
    return FoundScore(
        label,
        positives,
        found,
        share(hits, found),
        share(hits, positives),
        _f1_interval(counts, hits, found, positives),
    )


def _f1_interval(counts: npt.NDArray[np.float64], hits: int, found: int, positives: int) -> Interval:
    """F1 with a percentile bootstrap over reviews (Efron 1979, Ann. Stat. 7): reviews, not labels, are independent."""
    if found + positives == 0:
        return Interval(math.nan, math.nan, math.nan)
    generator = np.random.default_rng(SEED)
    weights = generator.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=RESAMPLES)
    sums = weights @ counts
    below = sums[:, 1] + sums[:, 2]
    values = 2 * sums[below > 0, 0] / below[below > 0]
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(2 * hits / (found + positives), float(low), float(high))


def kappa(told: Sequence[Hashable], read: Sequence[Hashable]) -> float:
    """Return Cohen's kappa (Cohen 1960, Educ. Psychol. Meas. 20); 1 where both always say the same one thing."""
    n = len(told)
    agreed = sum(a == b for a, b in zip(told, read, strict=True)) / n
    counts_told, counts_read = Counter(told), Counter(read)
    by_chance = sum(counts_told[value] * counts_read[value] for value in counts_told) / n**2
    return 1.0 if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def weighted_kappa(told: Sequence[int], read: Sequence[int]) -> float:
    """Return kappa with quadratic weights, for grades: two grades apart weighs four times one (Cohen 1968)."""
    a, b = np.asarray(told, dtype=float), np.asarray(read, dtype=float)
    by_chance = float(np.mean((a[:, None] - b[None, :]) ** 2))
    return 1.0 if by_chance == 0 else 1 - float(np.mean((a - b) ** 2)) / by_chance


def character_f1(told: str, read: str, text: str) -> float:
    """Return the overlap of two quotes of one text as F1 over its characters.

    Example: of 房间不错就是隔音差, 隔音差 and 就是隔音差 share three characters: 2 · 3 / (3 + 5) = 0.75.
    """
    if not told or not read:
        return 0.0
    start, other = text.find(told), text.find(read)
    if start < 0 or other < 0:
        return 0.0
    shared = min(start + len(told), other + len(read)) - max(start, other)
    return 2 * max(0, shared) / (len(told) + len(read))


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """What became of the findings whose confidence lies in one tenth."""

    n: int
    confidence: float
    """Their mean."""
    right: Interval


def calibration_bins(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[CalibrationBin]:
    """Return the reliability diagram as a table (DeGroot & Fienberg 1983, The Statistician 32), empty bins left out."""
    pairs = sorted(zip(confidences, right, strict=True))
    found = []
    for place in range(bins):
        own = [(c, r) for c, r in pairs if min(int(c * bins), bins - 1) == place]
        if own:
            mean = sum(c for c, _ in own) / len(own)
            found.append(CalibrationBin(len(own), mean, share(sum(r for _, r in own), len(own))))
    return found


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error over equal bins (Naeini, Cooper & Hauskrecht 2015, AAAI)."""
    if not confidences:
        return math.nan
    places = np.minimum((np.asarray(confidences) * bins).astype(int), bins - 1)
    values, hits = np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)
    gaps = [
        np.sum(places == place) * abs(values[places == place].mean() - hits[places == place].mean())
        for place in np.unique(places)
    ]
    return float(np.sum(gaps) / len(values))
