"""Files of labelled reviews are read strictly, and a wrong line is named."""

import gzip
import json
from pathlib import Path

import pytest

from models.annotations import AnnotationError, read_annotations, read_sentiment_set

LABELLED = {
    "id": "a1",
    "domain": "hotel",
    "text": "房间不错，就是隔音差，投诉了也没人管",
    "failures": [{"type": "delivery.core", "quote": "隔音差"}, {"type": "request.preference", "quote": "没人管"}],
    "severity": 1,
    "satisfaction": 2,
    "expectation": "none",
    "rater": {"tangibles": 0},
    "voice": ["provider"],
    "recovery": {"actions": ["none"], "outcome": "dissatisfied"},
    "fairness": [],
    "loyalty": "none",
}


def _file(tmp_path: Path, *rows: dict[str, object]) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_a_labelled_review_is_read(tmp_path: Path) -> None:
    """Its sub-types are at hand, and a reader sees text and trade only."""
    (annotation,) = read_annotations(_file(tmp_path, LABELLED))
    assert annotation.subtypes == {"delivery.core", "request.preference"}
    assert (annotation.review.text, annotation.review.industry) == (LABELLED["text"], "hotel")


def test_a_trade_is_spelled_as_the_lists_spell_it(tmp_path: Path) -> None:
    """Shopping of public sets is the trade ecommerce."""
    (annotation,) = read_annotations(_file(tmp_path, {**LABELLED, "domain": "shopping"}))
    assert annotation.review.industry == "ecommerce"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"severity": 4}, r"labels\.jsonl:1: severity: "),
        ({"failures": [{"type": "delivery.dirty", "quote": "隔音差"}]}, "'delivery.dirty' is no failure_subtype"),
        ({"failures": [{"type": "delivery.core", "quote": "床硬"}]}, "the quote '床硬' does not stand in the text"),
        ({"voice": ["newspaper"]}, "'newspaper' is no voice"),
        ({"rater": {"speed": 1}}, "expected RATER dimensions reliability"),
        ({"fairness": ["fair"]}, "'fair' is no fairness"),
        ({"recovery": {"actions": ["hug"], "outcome": "unknown"}}, "'hug' is no recovery_actions"),
        ({"mood": "bad"}, "mood: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_label_is_refused(tmp_path: Path, changed: dict[str, object], problem: str) -> None:
    """File, line and field are named, with what was expected."""
    with pytest.raises(AnnotationError, match=problem):
        read_annotations(_file(tmp_path, {**LABELLED, **changed}))


def test_a_repeated_id_is_refused(tmp_path: Path) -> None:
    """Two reviews under one id could not be told apart."""
    with pytest.raises(AnnotationError, match=r"labels\.jsonl:2: the id a1 stands twice"):
        read_annotations(_file(tmp_path, LABELLED, LABELLED))


def test_a_file_without_labels_is_refused(tmp_path: Path) -> None:
    """Missing, empty, broken and wrongly encoded files are told apart."""
    with pytest.raises(AnnotationError, match="the file does not exist"):
        read_annotations(tmp_path / "none.jsonl")
    with pytest.raises(AnnotationError, match="expected at least one labelled review"):
        read_annotations(_file(tmp_path))
    (tmp_path / "torn.jsonl").write_text('{"id": "a1",\n', "utf-8")
    with pytest.raises(AnnotationError, match=r"torn\.jsonl:1: expected one JSON object a line"):
        read_annotations(tmp_path / "torn.jsonl")
    (tmp_path / "gbk.jsonl").write_bytes("隔音差".encode("gb18030"))
    with pytest.raises(AnnotationError, match=r"gbk\.jsonl:1: expected UTF-8"):
        read_annotations(tmp_path / "gbk.jsonl")


def test_a_sentiment_set_is_read_plain_or_gzipped(tmp_path: Path) -> None:
    """Label 1 is praise; the set is named by its file."""
    content = "label,review\n1,早餐丰盛\n0,送餐太慢\n".encode()
    (tmp_path / "hotel.csv").write_bytes(content)
    (tmp_path / "hotel.train.csv.gz").write_bytes(gzip.compress(content))
    for name in ("hotel.csv", "hotel.train.csv.gz"):
        sentences = read_sentiment_set(tmp_path / name)
        assert [(s.domain, s.text, s.positive) for s in sentences] == [
            ("hotel", "早餐丰盛", True),
            ("hotel", "送餐太慢", False),
        ]


def test_a_wrong_sentiment_set_is_refused(tmp_path: Path) -> None:
    """A missing file, other columns, another label."""
    with pytest.raises(AnnotationError, match="name a CSV with label and review"):
        read_sentiment_set(tmp_path / "none.csv")
    (tmp_path / "columns.csv").write_text("stars,text\n5,好\n", "utf-8")
    with pytest.raises(AnnotationError, match=r"columns\.csv:1: expected the columns label and review"):
        read_sentiment_set(tmp_path / "columns.csv")
    (tmp_path / "label.csv").write_text("label,review\n2,好\n", "utf-8")
    with pytest.raises(AnnotationError, match=r"label\.csv:2: label: expected 0 or 1; found '2'"):
        read_sentiment_set(tmp_path / "label.csv")
