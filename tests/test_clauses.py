"""Sentences and clauses of cleaned texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clauses import LONGEST_CLAUSE, split_clauses
from models.cleaning import clean
from sources.masking import mask

_PIECES = st.sampled_from(
    [
        "房间",
        "不错",
        "4.5分",
        "3,000元",
        "12:30",
        "[手机号]",
        "[qq号]",
        "wifi",
        ",",
        "。",
        "!",
        " ",
        "\n",
        "—",
        "(",
        ")",
        "[",
        "]",
        ":",
        "…",
        "~",
        ".",
    ]
)
TEXTS = st.one_of(st.lists(_PIECES, max_size=15).map("".join), st.text(max_size=30))


def _words(text: str) -> list[str]:
    return [text[c.start : c.end] for c in split_clauses(text)]


@settings(deadline=None)
@given(TEXTS)
def test_clauses_are_apart_in_order_and_stripped(text: str) -> None:
    """Clauses never overlap, are not empty, and begin and end with something to read."""
    clauses = split_clauses(text)
    end = 0
    for clause in clauses:
        assert end <= clause.start < clause.end <= len(text)
        words = text[clause.start : clause.end]
        assert words == words.strip()
        end = clause.end


@settings(deadline=None)
@given(TEXTS)
def test_every_word_character_lies_in_exactly_one_clause(text: str) -> None:
    """Only marks and white space are left out."""
    covered = [0] * len(text)
    for clause in split_clauses(text):
        for index in range(clause.start, clause.end):
            covered[index] += 1
    assert all(count == 1 for ch, count in zip(text, covered, strict=True) if ch.isalnum())


@settings(deadline=None)
@given(TEXTS)
def test_sentences_are_numbered_without_gaps(text: str) -> None:
    """Sentence numbers begin with 0 and go up by one."""
    numbers = [clause.sentence for clause in split_clauses(text)]
    assert sorted(set(numbers)) == list(range(len(set(numbers))))
    assert numbers == sorted(numbers)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text("房间不错很吵", max_size=4), st.sampled_from([",", "。", "\n", ""])), max_size=5))
def test_mask_tokens_and_numbers_stay_whole(parts: list[tuple[str, str]]) -> None:
    """Whatever stands around them, 4.5分, 3,000元, 12:30 and [手机号] are each inside one clause."""
    for whole in ("4.5分", "3,000元", "12:30", "[手机号]", "[员工姓名]", "[qq号]"):
        text = whole.join(words + mark for words, mark in parts) + whole
        assert sum(words.count(whole) for words in _words(text)) == text.count(whole)


@pytest.mark.parametrize(
    "text", ["QQ 1234567890 联系我", "我的QQ号是1234567890", "电话13800138000打不通", "邮箱 guest@example.com 没回"]
)
def test_a_token_of_the_masking_is_never_cut(text: str) -> None:
    """Tokens as masking writes them and cleaning leaves them stay whole."""
    masked = mask(text)
    assert masked.counts
    cleaned = clean(masked.text).text
    for token in masked.counts:
        name = token.strip("[]").lower()
        assert any(f"[{name}]" in words for words in _words(cleaned))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("房间不错,就是隔音差。下次不来了", [("房间不错", 0), ("就是隔音差", 0), ("下次不来了", 1)]),
        ("早餐30,房间贵", [("早餐30", 0), ("房间贵", 0)]),
        ("等太久,30分钟,退房时间:12点", [("等太久", 0), ("30分钟", 0), ("退房时间", 0), ("12点", 0)]),
        ("评分4.5分。等到12:30,花了3,000元", [("评分4.5分", 0), ("等到12:30", 1), ("花了3,000元", 1)]),
        ("升级了房间 延迟退房 wifi 快", [("升级了房间", 0), ("延迟退房 wifi 快", 0)]),
        ("。。!房间(朝北)——吵", [("房间", 0), ("朝北", 0), ("吵", 0)]),
        ("好.下次还来.谢谢", [("好", 0), ("下次还来", 1), ("谢谢", 2)]),
        ("", []),
        ("!?…", []),
    ],
)
def test_clauses_of_reviews(text: str, clauses: list[tuple[str, int]]) -> None:
    """Marks between words end clauses, marks between digits do not."""
    assert [(text[c.start : c.end], c.sentence) for c in split_clauses(text)] == clauses


def test_text_without_marks_is_cut() -> None:
    """What goes on without a mark is cut at the limit, in one sentence and without a gap."""
    clauses = split_clauses("好" * (2 * LONGEST_CLAUSE + 1))
    assert [clause.end - clause.start for clause in clauses] == [LONGEST_CLAUSE, LONGEST_CLAUSE, 1]
    assert [clause.start for clause in clauses[1:]] == [clause.end for clause in clauses[:-1]]
    assert {clause.sentence for clause in clauses} == {0}
