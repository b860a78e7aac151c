"""Windows: a text as token ids that an encoder reads at once, cut between clauses where it is too long for one."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

from models.clauses import Clause

MOST_TOKENS = 254
"""Tokens of a window without the two that frame it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text: its tokens, framed, and the clauses that they stand in."""

    tokens: tuple[int, ...]
    clauses: tuple[int, ...]
    """Of each token the number of its clause, counted from ``first_clause``; -1 for marks and the frame."""
    first_clause: int
    clause_count: int


def clause_numbers(offsets: Sequence[tuple[int, int]], clauses: Sequence[Clause]) -> list[int]:
    """Return the clause that each token begins in, -1 for marks between clauses."""
    numbers, number = [], 0
    for start, end in offsets:
        # A token may begin with the blank before a clause: what counts is where it ends.
        while number < len(clauses) and clauses[number].end <= start:
            number += 1
        inside = end > start and number < len(clauses) and clauses[number].start < end
        numbers.append(number if inside else -1)
    return numbers


def frame_of(tokenizer: Tokenizer) -> tuple[int, int]:
    """Return the tokens that a tokenizer puts around a text: ``<s>`` and ``</s>``, or ``[CLS]`` and ``[SEP]``."""
    ids = tokenizer.encode("好").ids
    return ids[0], ids[-1]


def cut_windows(encoding: Encoding, clauses: Sequence[Clause], frame: tuple[int, int]) -> list[Window]:
    """Cut one text into windows of at most ``MOST_TOKENS``, between clauses wherever a clause fits into one.

    Args:
        encoding: The text's tokens without a frame.
        clauses: The text's clauses.
        frame: The ids of the tokens before and after every window.
    """
    ids = encoding.ids
    numbers = clause_numbers(encoding.offsets, clauses)
    windows: list[Window] = []
    begin = 0
    while begin < len(ids) or not windows:
        end = _window_end(numbers, begin)
        inside = [number for number in numbers[begin:end] if number >= 0]
        first = inside[0] if inside else 0
        windows.append(
            Window(
                (frame[0], *ids[begin:end], frame[1]),
                (-1, *(number - first if number >= 0 else -1 for number in numbers[begin:end]), -1),
                first,
                inside[-1] - first + 1 if inside else 0,
            )
        )
        begin = end
    return windows


def _window_end(numbers: Sequence[int], begin: int) -> int:
    """Return where the window ends that begins at a token: before the last clause that would not fit whole."""
    end = begin + MOST_TOKENS
    if end >= len(numbers):
        return len(numbers)
    if numbers[end] < 0:
        return end
    cut = end
    while cut > begin and numbers[cut - 1] == numbers[end]:
        cut -= 1
    # A clause that is longer than a window is cut.
    return cut if cut > begin else end
