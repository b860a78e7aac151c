"""Statistics of the report that are not charts: shrinkage, many comparisons, surprise, and what a failure costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, norm

from reports.proportions import Z_95

Floats = npt.NDArray[np.float64]


def shrunken_means(means: Sequence[float], sizes: Sequence[int], deviation: float) -> list[float]:
    """Return means drawn towards the common one, the more so the fewer reviews they rest on (empirical Bayes).

    The normal model of Efron & Morris (1975, J. Am. Stat. Assoc. 70: 311-319) with unequal variances; how much groups
    truly differ is estimated by moments (DerSimonian & Laird 1986, Controlled Clinical Trials 7: 177-188).

    Args:
        means: Of each group.
        sizes: Reviews of each group, above 0.
        deviation: Standard deviation of single reviews within a group.
    """
    values, variances = np.asarray(means, dtype=float), deviation**2 / np.asarray(sizes, dtype=float)
    if len(values) < 2 or deviation == 0:
        return list(means)
    weights = 1 / variances
    common = float(np.average(values, weights=weights))
    excess = float((weights * (values - common) ** 2).sum()) - (len(values) - 1)
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    centre = float(np.average(values, weights=1 / (variances + between)))
    kept = between / (between + variances)
    return [float(value) for value in centre + kept * (values - centre)]


def false_discoveries_held(chances: Sequence[float], level: float = 0.05) -> list[bool]:
    """Return which of many comparisons to tell of, so that at most so large a share of those told is chance.

    Benjamini & Hochberg (1995, J. R. Stat. Soc. B 57: 289-300): of [0.001, 0.02, 0.04, 0.9] the first two are told.
    """
    count = len(chances)
    order = sorted(range(count), key=lambda place: chances[place])
    told = max((rank for rank, place in enumerate(order, start=1) if chances[place] <= level * rank / count), default=0)
    kept = set(order[:told])
    return [place in kept for place in range(count)]


def more_than_expected(cases: int, reviews: int, share: float) -> float:
    """Return the chance of so many cases or more, were the share the common one (exact binomial test)."""
    return float(binom.sf(cases - 1, reviews, min(1.0, max(0.0, share))))


def rise_by_chance(now: int, reviews_now: int, before: int, reviews_before: int) -> float:
    """Return the chance of so great a rise or a greater one (two-proportion z-test, one-sided, pooled variance)."""
    if not reviews_now or not reviews_before:
        return 1.0
    pooled = (now + before) / (reviews_now + reviews_before)
    error = (pooled * (1 - pooled) * (1 / reviews_now + 1 / reviews_before)) ** 0.5
    return float(norm.sf((now / reviews_now - before / reviews_before) / error)) if error else 1.0


@dataclass(frozen=True, slots=True)
class Impact:
    """How much lower satisfaction is where a failure is told, other failures, source and venue held; 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    """Reviews that tell of it."""


def impacts(satisfaction: Floats, failures: Floats, groups: Sequence[str]) -> list[Impact | None]:
    """Return the impact of each failure by least squares with a level of its own for each group of reviews.

    The within estimator (Wooldridge 2010, Econometric Analysis of Cross Section and Panel Data, section 10.5) with
    standard errors that allow unequal variances (HC1: MacKinnon & White 1985, J. Econometrics 29: 305-325). It is an
    association: who suffers one failure may differ from others in ways that no column tells.

    Args:
        satisfaction: ``[reviews]``, 1 to 5.
        failures: ``[reviews, failures]``, 1 where told.
        groups: Of each review, such as source and venue.
    """
    counts = failures.sum(axis=0)
    used = [n for n in range(failures.shape[1]) if FEWEST_CASES <= counts[n] <= len(satisfaction) - FEWEST_CASES]
    found: list[Impact | None] = [None] * failures.shape[1]
    _, places = np.unique(np.asarray(groups), return_inverse=True)
    freedom = len(satisfaction) - (int(places.max()) + 1 if len(places) else 0) - len(used)
    if not used or freedom < FEWEST_CASES:
        return found
    rows, wanted = centred_within(failures[:, used], places), centred_within(satisfaction[:, None], places)[:, 0]
    inverse = np.linalg.pinv(rows.T @ rows)
    weights = inverse @ rows.T @ wanted
    scaled = rows * (wanted - rows @ weights)[:, None]
    covariance = inverse @ (scaled.T @ scaled) @ inverse * len(satisfaction) / freedom
    errors = Z_95 * np.sqrt(np.diag(covariance))
    for place, weight, error in zip(used, weights.tolist(), errors.tolist(), strict=True):
        found[place] = Impact(weight, weight - error, weight + error, int(counts[place]))
    return found


FEWEST_CASES = 10
"""Reviews that must tell of a failure, and that must not, for an impact."""


def centred_within(values: Floats, places: npt.NDArray[np.int64]) -> Floats:
    """Return columns less the mean of each group: ``[reviews, columns]``, and the group of each review by number."""
    sizes = np.bincount(places)
    sums = np.stack([np.bincount(places, column) for column in values.T], axis=1)
    centred: Floats = values - (sums / sizes[:, None])[places]
    return centred


def kano(reward: float, penalty: float) -> str:
    """Return what an aspect is to guests, by how much praise of it adds and criticism of it takes.

    Penalty-reward contrast (Mikulić & Prebežac 2011, Managing Service Quality 21: 46-66): ``must_be`` where criticism
    takes at least twice what praise adds, ``attractive`` the other way round, else ``performance``; ``indifferent``
    where neither moves satisfaction by a quarter of a grade.
    """
    if max(reward, penalty) < 0.25:
        return "indifferent"
    if penalty >= 2 * max(reward, 0.0):
        return "must_be"
    return "attractive" if reward >= 2 * max(penalty, 0.0) else "performance"
