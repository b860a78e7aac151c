"""What to improve first: how much each touchpoint and dimension moves satisfaction, beside how well it is judged.

The importance-performance matrix of Martilla & James (1977, J. Marketing 41: 77-79), its importance derived from what
guests judge and how satisfied they are, not asked for: asked, guests call everything important (Oliver 2010,
Satisfaction, 2nd ed., chapter 3). Importance is the partial correlation of satisfaction with the judgement of the
touchpoint (1 good, -1 bad, 0 both or none), the other touchpoints, source and venue held; its interval is Fisher's
(1924, Metron 3: 329-332). Touchpoints and the five dimensions of SERVQUAL are two views of the same opinions, so each
has its own regression and its own matrix. Performance is the net good share, (good - bad) / (good + bad). The lines
between the quadrants are the means of what is shown.

It is an association, and satisfaction and judgement are read from the same words, which makes all of them higher: they
are to be compared with each other and not with another study.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from lexicons.codebook import codes
from reports.proportions import Z_95
from reports.statistics import centred_within

FEWEST_JUDGED = 30
"""Reviews of the 26 weeks that must judge a thing for it to be shown."""
FEWEST_THINGS = 3
"""Things below which there is no matrix: a mean of two tells nothing."""
MOST_THINGS = 12
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """One thing in a matrix."""

    name: str
    """A touchpoint, or the code of a dimension."""
    good: int
    bad: int
    importance: float
    low: float
    high: float

    @property
    def performance(self) -> float:
        """The net good share, -1 to 1."""
        return (self.good - self.bad) / max(1, self.good + self.bad)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Things with their importance and performance, the most important first."""

    placed: tuple[Placed, ...]
    n: int
    """Reviews that the importance rests on."""

    @property
    def importance(self) -> float:
        """Where the line between important and less important runs."""
        return float(np.mean([thing.importance for thing in self.placed]))

    @property
    def performance(self) -> float:
        """Where the line between well and less well judged runs."""
        return float(np.mean([thing.performance for thing in self.placed]))

    def quadrant(self, thing: Placed) -> str:
        """Return ``improve``, ``keep``, ``later`` or ``overdone``."""
        if thing.importance >= self.importance:
            return "keep" if thing.performance >= self.performance else "improve"
        return "overdone" if thing.performance >= self.performance else "later"

    def is_close(self, thing: Placed) -> bool:
        """Return whether the interval of its importance crosses the line, so that chance may have placed it."""
        return thing.low < self.importance < thing.high


def partial_correlations(
    outcome: Floats, judged: Floats, groups: Sequence[str]
) -> list[tuple[float, float, float] | None]:
    """Return the partial correlation of each column with the outcome and its 95 % interval; None where it has none.

    Args:
        outcome: ``[reviews]``, e.g. satisfaction.
        judged: ``[reviews, things]``, 1 good, -1 bad, 0 both or none.
        groups: Of each review, such as source and venue.
    """
    _, places = np.unique(np.asarray(groups), return_inverse=True)
    groups_held = int(places.max()) + 1 if len(places) else 0
    freedom = len(outcome) - groups_held - judged.shape[1]
    if freedom < FEWEST_JUDGED:
        return [None] * judged.shape[1]
    rows, wanted = centred_within(judged, places), centred_within(outcome[:, None], places)[:, 0]
    inverse = np.linalg.pinv(rows.T @ rows)
    weights = inverse @ rows.T @ wanted
    variance = float(((wanted - rows @ weights) ** 2).sum()) / freedom
    found: list[tuple[float, float, float] | None] = []
    for weight, spread in zip(weights.tolist(), np.diag(inverse).tolist(), strict=True):
        if spread <= 0 or variance <= 0:
            found.append(None)
            continue
        # The partial correlation is the t value of the coefficient on the scale of -1 to 1.
        told = weight / (variance * spread) ** 0.5
        value = told / (told**2 + freedom) ** 0.5
        half = Z_95 / (freedom - 2) ** 0.5
        found.append((value, float(np.tanh(np.arctanh(value) - half)), float(np.tanh(np.arctanh(value) + half))))
    return found


def touchpoint_matrix(connection: duckdb.DuckDBPyConnection) -> Matrix | None:
    """Return the matrix of the touchpoints, None where fewer than three are judged often enough.

    Args:
        connection: With the tables of ``reports.report_rows``.
    """
    opinions = connection.sql(
        """SELECT review_id, touchpoint AS name, CASE WHEN min(polarity) = -1 AND max(polarity) < 1 THEN -1
                  WHEN max(polarity) = 1 AND min(polarity) > -1 THEN 1 ELSE 0 END AS judged
           FROM told WHERE counts AND touchpoint IS NOT NULL GROUP BY ALL"""
    ).df()
    return _matrix(connection, opinions)


def dimension_matrix(connection: duckdb.DuckDBPyConnection) -> Matrix | None:
    """Return the matrix of the five dimensions, None where fewer than three are judged often enough."""
    each = ", ".join(f"{{'name': '{code}', 'judged': rater_{code}}}" for code in codes("rater"))
    opinions = connection.sql(
        f"""SELECT review_id, one.name AS name, one.judged AS judged
            FROM (SELECT review_id, unnest([{each}]) AS one FROM scoped WHERE counts) WHERE one.judged IS NOT NULL"""
    ).df()
    return _matrix(connection, opinions)


def _matrix(connection: duckdb.DuckDBPyConnection, opinions: pd.DataFrame) -> Matrix | None:
    """Return the matrix of opinions: review_id, name, judged (1, 0, -1), one row a review and name."""
    if len(_judged_enough(opinions)) < FEWEST_THINGS:
        return None
    reviews = connection.sql(
        "SELECT review_id, satisfaction::DOUBLE AS satisfaction, recent, concat(source, ' ', venue) AS own FROM scoped "
        "WHERE counts AND satisfaction IS NOT NULL ORDER BY review_id"
    ).df()
    opinions = opinions.assign(row=pd.Index(reviews["review_id"]).get_indexer(opinions["review_id"]))
    opinions = opinions[opinions["row"] >= 0]
    names = _judged_enough(opinions)
    opinions = opinions[opinions["name"].isin(names)]
    judged = np.zeros((len(reviews), len(names)))
    columns = opinions["name"].map({name: place for place, name in enumerate(names)})
    judged[opinions["row"].to_numpy(), columns.to_numpy(dtype=int)] = opinions["judged"]
    found = partial_correlations(reviews["satisfaction"].to_numpy(), judged, reviews["own"].tolist())
    recent = judged[reviews["recent"].to_numpy(dtype=bool)]
    placed = [
        Placed(name, int((recent[:, place] == 1).sum()), int((recent[:, place] == -1).sum()), *told)
        for place, (name, told) in enumerate(zip(names, found, strict=True))
        if told is not None and (recent[:, place] != 0).any()
    ]
    if len(placed) < FEWEST_THINGS:
        return None
    return Matrix(tuple(sorted(placed, key=lambda thing: (-thing.importance, thing.name))), len(reviews))


def _judged_enough(opinions: pd.DataFrame) -> list[str]:
    """Return what is judged often enough to be shown, the most often judged first."""
    sizes = opinions.loc[opinions["judged"] != 0, "name"].value_counts()
    return sorted(sizes[sizes >= FEWEST_JUDGED].index, key=lambda name: (-sizes[name], name))[:MOST_THINGS]
