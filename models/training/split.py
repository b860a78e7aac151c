"""What is learnt from and what is only judged: a fifth is held out by the text's digest, near-copies together."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
FOLDS = 5
HELD_OUT = 4
_NO_LETTER = re.compile(r"[^0-9A-Za-z一-鿿]")
_OPENING = 25
# Shorter texts (很好) repeat by chance, not by copying.
_SHORTEST_COPY = 12


def fold_of(text: str) -> int:
    """Return the fold of a text, 0 to 4: the MD5 of its UTF-8 bytes modulo 5 (a digest to divide by, not to hide)."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def opening(text: str) -> str:
    """Return the first 25 letters, digits and Chinese characters: near-copies of a review share them."""
    return _NO_LETTER.sub("", text)[:_OPENING]


@dataclass(frozen=True, slots=True)
class Split(Generic[T]):
    """Items to learn from, items that are only judged, and how many of the first were left out as near-copies."""

    learnt: tuple[T, ...]
    held_out: tuple[T, ...]
    near_copies: int


def held_out_openings(texts: Iterable[str]) -> frozenset[str]:
    """Return the openings of the texts that are held out."""
    return frozenset(opening(text) for text in texts if fold_of(text) == HELD_OUT and len(text) > _SHORTEST_COPY)


def split(items: Sequence[T], text_of: Callable[[T], str], openings: frozenset[str]) -> Split[T]:
    """Split items by their texts; what opens like any held-out text is not learnt from."""
    held_out = tuple(item for item in items if fold_of(text_of(item)) == HELD_OUT)
    rest = [item for item in items if fold_of(text_of(item)) != HELD_OUT]
    learnt = tuple(item for item in rest if opening(text_of(item)) not in openings)
    return Split(learnt, held_out, len(rest) - len(learnt))
