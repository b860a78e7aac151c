"""How well the cues read public reviews, where the shared benchmark data are at hand; and the segmenter's words."""

import csv
import gzip
import json
import re
from pathlib import Path

import pytest
import rjieba

from lexicons.rows import read_rows
from lexicons.segmenter_words import SEGMENTER_WORDS_PATH, SegmenterWord
from models.cue_reader import load_cue_reader
from models.reader import ReviewText
from models.segmenter import segmenter

BENCH = Path(__file__).parents[2] / "shared/bench"

needs_bench = pytest.mark.skipif(not BENCH.is_dir(), reason=f"the shared benchmark data are not at {BENCH}")


def test_segmenter_words_are_needed_and_come_out_whole() -> None:
    """Each word is Chinese, cut apart without the list, and whole in its example with it."""
    rows = read_rows(SEGMENTER_WORDS_PATH, SegmenterWord)
    plain, ours = rjieba.Jieba(), segmenter()
    assert len(rows) >= 200
    assert [row.word for row in rows if not re.fullmatch("[一-鿿]+", row.word)] == []
    assert [row.word for row in rows if row.word not in ours.cut(row.example)] == []
    assert [row.word for row in rows if plain.cut(row.word) == [row.word] and row.word in plain.cut(row.example)] == []


@needs_bench
@pytest.mark.slow
def test_failure_subtypes_reach_their_floor() -> None:
    """Micro-F1 of the sub-types a review stays above 0.65 on the shared failure reviews."""
    rows = [json.loads(line) for line in (BENCH / "failures.train.jsonl").read_text("utf-8").splitlines()]
    found = load_cue_reader().read([ReviewText(text=row["text"]) for row in rows]).reviews["failure_subtypes"]
    told = [{failure["type"] for failure in row["failures"]} for row in rows]
    read = [set(subtypes) if isinstance(subtypes, list) else set() for subtypes in found]
    hits = sum(len(a & b) for a, b in zip(told, read, strict=True))
    assert 2 * hits / (sum(map(len, told)) + sum(map(len, read))) > 0.65


@needs_bench
@pytest.mark.slow
@pytest.mark.parametrize("name", ["hotel", "delivery", "shopping"])
def test_sentiment_reaches_its_floor(name: str) -> None:
    """Accuracy of the sign of sentiment stays above 0.78, undecided ones counted wrong."""
    with gzip.open(BENCH / "sentiment" / f"{name}.train.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))[::5]
    scores = load_cue_reader().read([ReviewText(text=row["review"]) for row in rows]).reviews["sentiment"]
    right = sum(
        isinstance(score, float) and (score >= 0) == (row["label"] == "1")
        for score, row in zip(scores, rows, strict=True)
    )
    assert right / len(rows) > 0.78
