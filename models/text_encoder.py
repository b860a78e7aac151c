"""Reading with the trained encoder: cleaned texts in, logits of each clause and of each text out.

The outputs of a text never depend on its neighbours: a window is padded to a length that only its own tokens decide,
so that every sum is taken over the same numbers in the same order, whoever else is in the batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from models.clauses import Clause
from models.encoder import ReviewEncoder, WindowBatch, load_encoder, pool_clauses, pool_review
from models.model_folder import TOKENIZER
from models.windows import Window, cut_windows, frame_of

LENGTH_STEP = 16
"""Lengths to which windows are padded are multiples of it."""
TOKENS_A_BATCH = 2048
FEWEST_ROWS = 8
"""Smaller batches are filled up: for a single row, libraries take other sums than for many."""
HEAD_ROWS = 256
"""Rows that a head is given at once."""
NO_CLAUSE = -8.0
DECIMALS = 4
"""Outputs are rounded, so that what is stored does not show the last bits of one machine."""
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncodedText:
    """What the encoder says of one text."""

    clause_logits: Floats
    """``[clauses, sub-types]``."""
    review_logits: Floats
    """``[outputs]`` in the order of ``models.heads.review_heads``."""

    @property
    def clearest(self) -> Floats:
        """The logits of the clearest clause, far below 0 where there is none."""
        if not len(self.clause_logits):
            return np.full(self.clause_logits.shape[1], NO_CLAUSE, dtype=np.float32)
        highest: Floats = self.clause_logits.max(axis=0)
        return highest


@dataclass(slots=True)
class _Pooled:
    """One window, or one text put together from its windows."""

    clause_mean: torch.Tensor
    clause_max: torch.Tensor
    total: torch.Tensor
    """Of a window the sum over its tokens, of a text their mean."""
    tokens: int
    highest: torch.Tensor


class TextEncoder:
    """A trained network and its tokenizer, on one device."""

    def __init__(self, network: ReviewEncoder, tokenizer: Tokenizer) -> None:
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.eval().to(self._device)
        self._tokenizer = tokenizer
        self._frame = frame_of(tokenizer)
        self._padding = network.padding

    @classmethod
    def load(cls, folder: Path) -> "TextEncoder":
        """Read a folder of weights."""
        return cls(load_encoder(folder), Tokenizer.from_file(str(folder / TOKENIZER)))

    def read(self, texts: Sequence[str], clauses: Sequence[Sequence[Clause]]) -> list[EncodedText]:
        """Read cleaned texts with their clauses, in order; an empty text is read as a text of no clause."""
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        windows = [cut_windows(e, c, self._frame) for e, c in zip(encodings, clauses, strict=True)]
        flat = [(text, place) for text, cut in enumerate(windows) for place in range(len(cut))]
        order = sorted(flat, key=lambda at: (_padded(windows[at[0]][at[1]]), at))
        pooled: dict[tuple[int, int], _Pooled] = {}
        with torch.inference_mode():
            for length, group in groupby(order, key=lambda at: _padded(windows[at[0]][at[1]])):
                places = list(group)
                rows = max(FEWEST_ROWS, TOKENS_A_BATCH // length)
                for begin in range(0, len(places), rows):
                    some = places[begin : begin + rows]
                    pooled.update(zip(some, self._pool([windows[t][p] for t, p in some], length), strict=True))
            joined = [
                _join([pooled[number, place] for place in range(len(cut))], cut, len(clauses[number]))
                for number, cut in enumerate(windows)
            ]
            return self._outputs(joined)

    def _pool(self, windows: Sequence[Window], length: int) -> list[_Pooled]:
        batch = self._batch(windows, length)
        hidden = self._network.hidden(batch)
        clause_mean, clause_max = pool_clauses(hidden, batch)
        mean, highest = pool_review(hidden, batch.mask)
        counts = batch.mask.sum(1)
        return [
            _Pooled(
                clause_mean[row, : window.clause_count],
                clause_max[row, : window.clause_count],
                mean[row] * counts[row],
                len(window.tokens),
                highest[row],
            )
            for row, window in enumerate(windows)
        ]

    def _batch(self, windows: Sequence[Window], length: int) -> WindowBatch:
        rows = max(FEWEST_ROWS, len(windows))
        tokens = np.full((rows, length), self._padding, dtype=np.int64)
        clauses = np.full((rows, length), -1, dtype=np.int64)
        mask = np.zeros((rows, length), dtype=np.int64)
        mask[:, 0] = 1
        for row, window in enumerate(windows):
            size = len(window.tokens)
            tokens[row, :size] = window.tokens
            clauses[row, :size] = window.clauses
            mask[row, :size] = 1
        return WindowBatch(
            tokens=torch.from_numpy(tokens).to(self._device),
            mask=torch.from_numpy(mask).to(self._device),
            clauses=torch.from_numpy(clauses).to(self._device),
            clause_count=max(window.clause_count for window in windows) or 1,
        )

    def _outputs(self, joined: Sequence[_Pooled]) -> list[EncodedText]:
        network = self._network
        means = torch.stack([one.total for one in joined])
        review = _in_blocks(network.review_logits, means, torch.stack([one.highest for one in joined]))
        counts = [len(one.clause_mean) for one in joined]
        clauses = _in_blocks(
            network.clause_logits,
            torch.cat([one.clause_mean for one in joined]),
            torch.cat([one.clause_max for one in joined]),
            means.repeat_interleave(torch.tensor(counts, device=means.device), dim=0),
        )
        ends = np.cumsum(counts)
        return [
            EncodedText(clauses[end - count : end], review[row])
            for row, (end, count) in enumerate(zip(ends, counts, strict=True))
        ]


def _join(pooled: Sequence[_Pooled], windows: Sequence[Window], clause_count: int) -> _Pooled:
    """Put the windows of one text together; a clause that two windows share has the mean of both."""
    tokens = sum(one.tokens for one in pooled)
    mean = torch.stack([one.total for one in pooled]).sum(0) / tokens
    if len(pooled) == 1 and windows[0].first_clause == 0 and windows[0].clause_count == clause_count:
        return _Pooled(pooled[0].clause_mean, pooled[0].clause_max, mean, tokens, pooled[0].highest)
    clause_mean, clause_max = mean.new_zeros(clause_count, len(mean)), mean.new_zeros(clause_count, len(mean))
    seen = mean.new_zeros(clause_count, 1)
    for one, window in zip(pooled, windows, strict=True):
        place = slice(window.first_clause, window.first_clause + window.clause_count)
        clause_mean[place] += one.clause_mean
        clause_max[place] = torch.where(
            seen[place] > 0, torch.maximum(clause_max[place], one.clause_max), one.clause_max
        )
        seen[place] += 1
    highest = torch.stack([one.highest for one in pooled]).amax(0)
    return _Pooled(clause_mean / seen.clamp(min=1), clause_max, mean, tokens, highest)


def _in_blocks(head: Callable[..., torch.Tensor], *rows: torch.Tensor) -> Floats:
    """Apply a head to rows, always so many at once: with another number, libraries may take sums otherwise."""
    count = len(rows[0])
    filled = [torch.nn.functional.pad(tensor, (0, 0, 0, -count % HEAD_ROWS)) for tensor in rows]
    blocks = [head(*block) for block in zip(*(torch.split(tensor, HEAD_ROWS) for tensor in filled), strict=True)]
    values: Floats = torch.cat(blocks)[:count].cpu().numpy().round(DECIMALS)
    return values


def _padded(window: Window) -> int:
    return -(-len(window.tokens) // LENGTH_STEP) * LENGTH_STEP
