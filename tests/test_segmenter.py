"""Word segmentation by both engines."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lexicons.rows import LEXICON_ROOT, LexiconError, read_rows
from lexicons.segmenter_words import SEGMENTER_WORDS_PATH, SegmenterWord
from models import segmenter as segmenter_module
from models.clauses import split_clauses
from models.cleaning import clean
from models.segmenter import Segmenter, SegmenterName, segmenter

_ROOT = Path(__file__).parents[1]
_SAMPLE = _ROOT / "data/sample"
_BENCH = Path(__file__).parents[2] / "shared/bench/real/hotels-2020.gb18030.csv"
_ENGINES: tuple[SegmenterName, ...] = ("rjieba", "jieba")
_AGREEMENT = 0.96
_CHINESE = st.text(
    st.one_of(
        st.sampled_from("前台办理入住很慢房间不干净性价比高12.-:%ab 　\r\n[]。！😀"),
        st.characters(codec="utf-8"),
    )
)


@pytest.mark.parametrize("name", _ENGINES)
@settings(deadline=None)
@given(text=_CHINESE)
def test_words_joined_are_the_text(name: SegmenterName, text: str) -> None:
    """Nothing is lost or changed by cutting, whatever the text."""
    words = segmenter(name).cut(text)
    assert "".join(words) == text
    assert all(words)


@pytest.mark.parametrize("name", _ENGINES)
def test_our_words_are_in_effect(name: SegmenterName) -> None:
    """Each word of our list is one word by itself."""
    words = [entry.word for entry in read_rows(SEGMENTER_WORDS_PATH, SegmenterWord)]
    assert [word for word in words if segmenter(name).cut(word) != [word]] == []


@pytest.mark.parametrize("name", _ENGINES)
def test_a_sentence_is_cut_with_our_words(name: SegmenterName) -> None:
    """Words of the trade stay whole inside a sentence."""
    assert segmenter(name).cut("前台办理入住很慢") == ["前台", "办理入住", "很慢"]


def test_the_engines_lack_some_of_our_words() -> None:
    """Without the list an engine cuts words of ours apart: the list has a reason to be."""
    plain = segmenter_module.RjiebaSegmenter(())
    words = [entry.word for entry in read_rows(SEGMENTER_WORDS_PATH, SegmenterWord)]
    assert sum(plain.cut(word) != [word] for word in words) >= 20
    assert plain.cut("办理入住") != ["办理入住"]


def test_every_word_has_an_example_that_holds_it() -> None:
    """A word of the list stands once, has a frequency above nothing, and its example shows it."""
    entries = read_rows(SEGMENTER_WORDS_PATH, SegmenterWord)
    assert len({entry.word for entry in entries}) == len(entries)
    assert [entry.word for entry in entries if entry.word not in entry.example or entry.frequency <= 0] == []


def test_a_segmenter_is_built_once() -> None:
    """Building takes seconds with jieba; a second call gets the same object."""
    assert segmenter("rjieba") is segmenter("rjieba")
    assert segmenter("rjieba") is not segmenter("jieba")


def test_a_word_list_that_is_wrong_is_refused(tmp_path: Path) -> None:
    """A frequency that is no number is named with its line."""
    path = tmp_path / "segmenter_words.tsv"
    path.write_text("# owner: a\n# source: b\nword\tfrequency\texample\n前台\t常见\t前台很慢\n", "utf-8")
    with pytest.raises(LexiconError, match=r"segmenter_words\.tsv:4: column 'frequency': .*; found '常见'"):
        read_rows(path, SegmenterWord)


def test_the_engines_agree_on_the_lexicons_and_the_sample() -> None:
    """On the lexicons' examples and the sample night rjieba gives jieba's tokens for at least 96 % of sentences."""
    sentences = _sentences([*_lexicon_examples(), *_sample_texts()])
    assert len(sentences) >= 300
    assert _agreement(sentences) >= _AGREEMENT


def test_the_engines_agree_on_real_reviews() -> None:
    """On 2,000 sentences of real hotel reviews rjieba gives jieba's tokens for at least 96 % of them."""
    if not _BENCH.exists():
        pytest.skip("no hotel reviews of 2020 beside the checkout: the real sentences cannot be compared")
    rows = csv.DictReader(io.StringIO(_BENCH.read_bytes().decode("gb18030"), newline=""))
    sentences = _sentences([row["评论内容"] for _, row in zip(range(5000), rows, strict=False)])[:2000]
    assert len(sentences) == 2000
    assert _agreement(sentences) >= _AGREEMENT


def _agreement(sentences: list[str]) -> float:
    fast: Segmenter = segmenter("rjieba")
    reference: Segmenter = segmenter("jieba")
    return sum(fast.cut(sentence) == reference.cut(sentence) for sentence in sentences) / len(sentences)


def _sentences(texts: Iterable[str]) -> list[str]:
    """Return the different sentences of some texts, cleaned."""
    found: dict[str, None] = {}
    for text in texts:
        cleaned = clean(text).text
        reach: dict[int, tuple[int, int]] = {}
        for clause in split_clauses(cleaned):
            reach[clause.sentence] = (reach.get(clause.sentence, (clause.start, 0))[0], clause.end)
        found.update(dict.fromkeys(cleaned[start:end] for start, end in reach.values()))
    return list(found)


def _lexicon_examples() -> list[str]:
    examples = []
    for path in sorted(LEXICON_ROOT.rglob("*.tsv")):
        lines = [line for line in path.read_text("utf-8-sig").split("\n") if line.strip() and not line.startswith("#")]
        header = lines[0].split("\t")
        for line in lines[1:]:
            cells = dict(zip(header, line.split("\t"), strict=False))
            examples += [cells[name] for name in ("example", "counter_example") if cells.get(name)]
    # Lists of dates and column names have examples too, but those are no sentences.
    return [example for example in examples if sum("一" <= ch <= "鿿" for ch in example) > 3]


def _sample_texts() -> list[str]:
    hotel = io.StringIO((_SAMPLE / "hotel-reviews.gb18030.csv").read_bytes().decode("gb18030"), newline="")
    texts = [row[name] for row in csv.DictReader(hotel) for name in ("评论内容", "商家回复")]
    for line in (_SAMPLE / "delivery-and-shop.jsonl").read_text("utf-8").splitlines():
        texts += [json.loads(line)[name] or "" for name in ("content", "append", "reply")]
    workbook = CalamineWorkbook.from_path(_SAMPLE / "complaints-and-tickets.xlsx")
    cells = [c for name in workbook.sheet_names for row in workbook.get_sheet_by_name(name).to_python() for c in row]
    # The workbook's texts are told from its numbers and names by their length.
    return [*texts, *(cell for cell in cells if isinstance(cell, str) and len(cell) > 12)]
