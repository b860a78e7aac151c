"""The character models: linear models over the runs of one to four characters of a text, or of one clause.

A run counts with 1 + log of how often it occurs, times how rare it is (TF-IDF, Sparck Jones 1972); the text's
vector has length one. The model knows no words and no order, is fast, and errs on other texts than the other layers.
Runs are known by a hash of 64 bits, so that a table of them is two arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LONGEST_RUN = 4
# Odd numbers of 64 bits that mix well (those of xxHash64, Collet 2012).
_MIX = np.uint64(0x9E3779B185EBCA87)
_MIX_AGAIN = np.uint64(0xC2B2AE3D27D4EB4F)
_FOLD = np.uint64(31)
Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class CountedRuns:
    """The runs of some texts that a table knows: parallel arrays, in order of the text and then of the table."""

    rows: Integers
    places: Integers
    """In the table."""
    counts: Integers


def hash_runs(texts: Sequence[str]) -> tuple[Integers, Hashes]:
    """Return the text that each run stands in, and its hash; a run never goes on from one text into the next."""
    characters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    row_of = np.repeat(np.arange(len(texts), dtype=np.int64), [len(text) for text in texts])
    rows, hashes = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    running = np.zeros(len(characters), dtype=np.uint64)
    for length in range(1, min(LONGEST_RUN, len(characters)) + 1):
        reach = len(characters) - length + 1
        # Numbers of 64 bits wrap around, as is meant here.
        running = (running[:reach] + characters[length - 1 :] + np.uint64(length)) * _MIX
        running = (running ^ (running >> _FOLD)) * _MIX_AGAIN
        within = row_of[:reach] == row_of[length - 1 :]
        rows.append(row_of[:reach][within])
        hashes.append(running[within])
    return np.concatenate(rows), np.concatenate(hashes)


def count_runs(texts: Sequence[str], table: Hashes) -> CountedRuns:
    """Return how often each run of a sorted table stands in each text; other runs are left out."""
    rows, hashes = hash_runs(texts)
    places = np.searchsorted(table, hashes)
    places[places == len(table)] = 0
    known = table[places] == hashes
    keys, counts = np.unique(rows[known] * len(table) + places[known], return_counts=True)
    return CountedRuns(keys // len(table), keys % len(table), counts)


def weigh_runs(runs: CountedRuns, rarity: Floats, texts: int) -> Floats:
    """Return the weight of each counted run in its text's vector, which has length one."""
    values = (1 + np.log(runs.counts)) * rarity[runs.places]
    lengths = np.sqrt(np.bincount(runs.rows, values**2, minlength=texts))
    weights: Floats = (values / lengths[runs.rows]).astype(np.float32)
    return weights


@dataclass(frozen=True, slots=True)
class CharacterModel:
    """Weights of the linear model; the outputs are logits."""

    table: Hashes
    """``[runs]``, sorted."""
    rarity: Floats
    """``[runs]``."""
    weights: npt.NDArray[np.int8]
    """``[runs, outputs]``, to be multiplied by ``scales``."""
    scales: Floats
    """``[outputs]``."""
    biases: Floats
    """``[outputs]``."""

    def read(self, texts: Sequence[str]) -> Floats:
        """Return the logits of cleaned texts, ``[texts, outputs]``; those of a text do not depend on the others.

        Example: ``前台态度冷淡,等了半小时`` has 12 runs of one character, 11 of two, 10 of three and 9 of four,
        the mark and runs over it included.
        """
        runs = count_runs(texts, self.table)
        sums = np.zeros((len(texts), len(self.biases)), dtype=np.float64)
        if len(runs.rows):
            weighed = weigh_runs(runs, self.rarity, len(texts))[:, None].astype(np.float64) * self.weights[runs.places]
            starts = np.flatnonzero(np.diff(runs.rows, prepend=-1))
            # Text by text, so that sums are always taken in the same order.
            sums[runs.rows[starts]] = np.add.reduceat(weighed, starts, axis=0)
        logits: Floats = (sums * self.scales + self.biases).astype(np.float32)
        return logits


@dataclass(frozen=True, slots=True)
class ClauseModel:
    """A character model that was taught by quotes what a clause shows, and how common each failure is in a trade."""

    characters: CharacterModel
    """Its outputs are the sub-types."""
    trades: tuple[str, ...]
    trade_biases: Floats
    """``[trades, sub-types]``, added to the logits; nothing is added in other trades."""

    def read(self, reviews: Sequence[tuple[str | None, Sequence[str]]]) -> list[Floats]:
        """Return the logits of the clauses of each review, ``[clauses, sub-types]``.

        Args:
            reviews: Trade and cleaned clauses, e.g. ``("hotel", ["前台态度冷淡", "等了半小时"])``.
        """
        logits = self.characters.read([clause for _, clauses in reviews for clause in clauses])
        ends = np.cumsum([len(clauses) for _, clauses in reviews])
        return [
            logits[end - len(clauses) : end] + self._bias(trade)
            for (trade, clauses), end in zip(reviews, ends, strict=True)
        ]

    def _bias(self, trade: str | None) -> Floats | float:
        return self.trade_biases[self.trades.index(trade)] if trade in self.trades else 0.0
