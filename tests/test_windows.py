"""Windows: texts of any length as tokens that an encoder can read, no token lost, cut between clauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.clauses import Clause, split_clauses
from models.windows import MOST_TOKENS, clause_numbers, cut_windows, frame_of
from tests.tiny_encoder import tiny_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A tokenizer of nearly one piece a character."""
    return tiny_tokenizer()


@given(
    st.lists(
        st.sampled_from(["房间很干净,", "等了半小时没人理。", "wifi连不上!", "好", "垃圾" * 200, " ", "😀"]),
        max_size=60,
    )
)
def test_every_token_stands_in_one_window(tokenizer: Tokenizer, parts: list[str]) -> None:
    """Joined without their frames, the windows of a text are its tokens, and none is longer than an encoder reads."""
    text = "".join(parts)
    encoding = tokenizer.encode(text, add_special_tokens=False)
    windows = cut_windows(encoding, split_clauses(text), frame_of(tokenizer))
    assert [token for window in windows for token in window.tokens[1:-1]] == encoding.ids
    assert all(len(window.tokens) <= MOST_TOKENS + 2 for window in windows)
    assert all(len(window.tokens) == len(window.clauses) for window in windows)


def test_windows_end_between_clauses(tokenizer: Tokenizer) -> None:
    """A long text is cut where a clause ends, so that no clause is read in two halves."""
    text = "前台说房间还没有打扫好让我们等," * 40
    clauses = split_clauses(text)
    windows = cut_windows(tokenizer.encode(text, add_special_tokens=False), clauses, frame_of(tokenizer))
    assert len(windows) > 1
    ends = [window.first_clause + window.clause_count for window in windows]
    assert ends[:-1] == [window.first_clause for window in windows[1:]]
    assert ends[-1] == len(clauses)


def test_a_clause_longer_than_a_window_is_cut(tokenizer: Tokenizer) -> None:
    """A clause of three hundred characters needs two windows, which share it."""
    text = "脏" * 300
    windows = cut_windows(tokenizer.encode(text, add_special_tokens=False), split_clauses(text), frame_of(tokenizer))
    assert len(windows) == 2
    assert [window.first_clause for window in windows] == [0, 0]


def test_tokens_know_their_clause() -> None:
    """Marks between clauses and blanks of no width belong to none."""
    clauses = [Clause(0, 2, 0), Clause(3, 5, 0)]
    assert clause_numbers([(0, 1), (1, 2), (2, 3), (3, 5), (5, 6), (6, 6)], clauses) == [0, 0, -1, 1, -1, -1]
