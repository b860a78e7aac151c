"""Fitting the character models: which runs a table holds, and one logistic regression an output."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

from models.characters import CharacterModel, ClauseModel, Floats, Hashes, count_runs, hash_runs, weigh_runs

PENALTY = 8.0
"""Inverse strength of the penalty on weights, chosen in folds."""
FEWEST = 6
"""Texts that must have a label for it to be learnt."""
TRADE_MARK = 0.5
"""What a trade counts beside the runs of a clause, whose vector has length one."""
_AT_ONCE = 2000
_NEVER = -6.0


def fit_characters(
    texts: Sequence[str], targets: npt.NDArray[np.float32], known: npt.NDArray[np.float32], fewest_texts: int
) -> CharacterModel:
    """Fit one output a column.

    Args:
        texts: Cleaned texts.
        targets: ``[texts, outputs]``, 1 where the label holds.
        known: The same shape, 1 where somebody judged.
        fewest_texts: Texts that a run must stand in to be part of the table.
    """
    table, rarity = _table(texts, fewest_texts)
    vectors = text_vectors(texts, table, rarity)
    weights = np.zeros((len(table), targets.shape[1]))
    biases = np.full(targets.shape[1], _NEVER)
    for output in range(targets.shape[1]):
        judged = known[:, output] > 0
        wanted = targets[judged, output] > 0
        if min(wanted.sum(), (~wanted).sum()) >= FEWEST:
            model = LogisticRegression(C=PENALTY, max_iter=300).fit(vectors[judged], wanted)
            weights[:, output], biases[output] = model.coef_[0], model.intercept_[0]
    return rounded_model(table, rarity, weights, biases)


def fit_clauses(
    clauses: Sequence[str], trades: Sequence[str], targets: npt.NDArray[np.float32], fewest_clauses: int
) -> ClauseModel:
    """Fit one output a column, with a bias of each trade beside the runs.

    Args:
        clauses: Cleaned clauses.
        trades: The trade of each.
        targets: ``[clauses, outputs]``, 1 where the clause shows the failure.
        fewest_clauses: Clauses that a run must stand in to be part of the table.
    """
    names = tuple(sorted(set(trades)))
    table, rarity = _table(clauses, fewest_clauses)
    places = np.array([names.index(trade) for trade in trades])
    shape = (len(clauses), len(names))
    marks = csr_matrix((np.full(len(clauses), TRADE_MARK), (np.arange(len(clauses)), places)), shape=shape)
    vectors = hstack([text_vectors(clauses, table, rarity), marks]).tocsr()
    weights = np.zeros((len(table) + len(names), targets.shape[1]))
    biases = np.full(targets.shape[1], _NEVER)
    for output in range(targets.shape[1]):
        wanted = targets[:, output] > 0
        if min(wanted.sum(), (~wanted).sum()) >= FEWEST:
            model = LogisticRegression(C=PENALTY, max_iter=300).fit(vectors, wanted)
            weights[:, output], biases[output] = model.coef_[0], model.intercept_[0]
    runs, of_trades = weights[: len(table)], weights[len(table) :] * TRADE_MARK
    return ClauseModel(rounded_model(table, rarity, runs, biases), names, of_trades.astype(np.float32))


def rounded_model(
    table: Hashes, rarity: Floats, weights: npt.NDArray[np.float64], biases: npt.NDArray[np.float64]
) -> CharacterModel:
    """Keep weights as 8-bit numbers with one scale an output."""
    scales = np.abs(weights).max(axis=0) / 127
    scales[scales == 0] = 1
    rounded = np.round(weights / scales).astype(np.int8)
    return CharacterModel(table, rarity, rounded, scales.astype(np.float32), biases.astype(np.float32))


def _table(texts: Sequence[str], fewest_texts: int) -> tuple[Hashes, Floats]:
    parts = []
    for begin in range(0, len(texts), _AT_ONCE):
        rows, hashes = hash_runs(texts[begin : begin + _AT_ONCE])
        order = np.lexsort((hashes, rows))
        rows, hashes = rows[order], hashes[order]
        first = np.ones(len(rows), dtype=bool)
        first[1:] = (rows[1:] != rows[:-1]) | (hashes[1:] != hashes[:-1])
        parts.append(hashes[first])
    table, texts_with = np.unique(np.concatenate(parts), return_counts=True)
    kept = texts_with >= fewest_texts
    rarity = np.log((1 + len(texts)) / (1 + texts_with[kept])) + 1
    return table[kept], rarity.astype(np.float16).astype(np.float32)


def text_vectors(texts: Sequence[str], table: Hashes, rarity: Floats) -> csr_matrix:
    """Return the weighted runs of each text, ``[texts, runs]``."""
    parts = []
    for begin in range(0, len(texts), _AT_ONCE):
        some = texts[begin : begin + _AT_ONCE]
        runs = count_runs(some, table)
        weights = weigh_runs(runs, rarity, len(some))
        parts.append(csr_matrix((weights, (runs.rows, runs.places)), shape=(len(some), len(table))))
    return vstack(parts).tocsr()
