"""Word segmentation behind one interface: ``rjieba`` is the engine, ``jieba`` the reference it is tested against.

Both get the same words of our own (``lexicons/vocabulary/segmenter_words.tsv``). jieba is fenced here: it is
unmaintained, installs a log handler when imported, and writes module-wide state in ``del_word`` and its module-level
functions, none of which are called.
"""

import logging
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

import rjieba

from lexicons.overlay import read_overlaid
from lexicons.segmenter_words import SEGMENTER_WORDS_PATH, SegmenterWord

SegmenterName = Literal["rjieba", "jieba"]


class Segmenter(Protocol):
    """Cuts a text into words that joined together are the text again."""

    def cut(self, text: str) -> list[str]:
        """Return the words of a text, e.g. ``前台办理入住很慢`` → ``['前台', '办理入住', '很慢']``."""


class RjiebaSegmenter:
    """jieba's algorithm in Rust; about ten times faster, other tokens for under four per cent of sentences."""

    def __init__(self, words: Iterable[SegmenterWord]) -> None:
        self._engine = rjieba.Jieba()
        for entry in words:
            self._engine.add_word(entry.word, entry.frequency, None)

    def cut(self, text: str) -> list[str]:
        """Return the words of a text."""
        return self._engine.cut(text)


class JiebaSegmenter:
    """The reference implementation, with a dictionary of its own."""

    def __init__(self, words: Iterable[SegmenterWord]) -> None:
        import jieba  # noqa: PLC0415 - importing it costs time and installs a log handler; only those who ask pay

        jieba.setLogLevel(logging.WARNING)
        self._engine = jieba.Tokenizer()
        for entry in words:
            self._engine.add_word(entry.word, entry.frequency)

    def cut(self, text: str) -> list[str]:
        """Return the words of a text."""
        words: list[str] = self._engine.lcut(text)
        return words


@cache
def segmenter(name: SegmenterName = "rjieba", overlay: Path | None = None) -> Segmenter:
    """Return the segmenter of that name with our words and those of a user's lists, built once a process."""
    words = read_overlaid(SEGMENTER_WORDS_PATH, SegmenterWord, overlay)
    return RjiebaSegmenter(words) if name == "rjieba" else JiebaSegmenter(words)
