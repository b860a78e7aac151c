"""The evaluation: what a reader says beside what people say, errors by kind, and the document."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.command_line import app
from flows.evaluation import FIRST_READING, SECOND_READING, evaluate_quality
from flows.readers import ReadingChoice
from models.annotations import Annotation, AnnotationError, LabelledSentence
from models.baselines import FOLDS, judge_by_characters, subtypes_by_characters
from models.cue_reader import load_cue_reader
from models.error_kinds import count_kinds, failure_errors
from models.evaluation import evaluate, evaluate_sentiment, reader_judge
from models.model_folder import SHIPPED, read_manifest
from models.quality_document import FEWEST, TOO_FEW, quality_markdown


def _annotation(number: int, text: str, *failures: tuple[str, str], **changed: object) -> Annotation:
    values: dict[str, object] = {
        "id": f"a{number}",
        "domain": "hotel",
        "text": text,
        "failures": [{"type": subtype, "quote": quote} for subtype, quote in failures],
        "severity": 1 if failures else 0,
        "satisfaction": 2 if failures else 5,
        "expectation": "none",
        "rater": {},
        "voice": [],
        "recovery": None,
        "fairness": [],
        "loyalty": "none",
    }
    return Annotation.model_validate({**values, **changed})


READ_RIGHT = _annotation(
    1, "前台态度冷淡，等了半小时", ("staff.inattentive", "态度冷淡"), ("delivery.slow", "等了半小时")
)
PRAISE = _annotation(2, "湖景很美，早餐丰盛")
MISSED = _annotation(3, "桌上摆着上一位客人的外卖盒", ("delivery.core", "上一位客人的外卖盒"))
DENIED = _annotation(4, "来之前就担心隔音差，果不其然", ("delivery.core", "隔音差"))
NEIGHBOUR = _annotation(5, "晚上没热水", ("delivery.core", "没热水"))
INVENTED = _annotation(6, "房间有点吵")
ALL = (READ_RIGHT, PRAISE, MISSED, DENIED, NEIGHBOUR, INVENTED)


def _write(path: Path, annotations: Sequence[Annotation]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(annotation.model_dump_json() + "\n" for annotation in annotations), "utf-8")


def test_counts_add_up() -> None:
    """Hits, misses and inventions over all sub-types are those of the single ones, in every trade together."""
    measured = evaluate(load_cue_reader(), ALL)
    assert measured.n == len(ALL)
    assert sum(score.positives for score in measured.subtypes) == measured.all_subtypes.positives == 5
    assert sum(score.found for score in measured.subtypes) == measured.all_subtypes.found
    assert sum(score.positives for score in measured.by_domain) == measured.all_subtypes.positives
    assert measured.quotes == 2


def test_quotes_are_compared_where_the_subtype_is_right() -> None:
    """The reader's 前台态度冷淡 and a person's 态度冷淡 overlap by four of ten characters on both sides."""
    measured = evaluate(load_cue_reader(), [READ_RIGHT])
    assert measured.quote_f1 == pytest.approx((1.0 + 2 * 4 / (4 + 6)) / 2)


def test_errors_have_kinds() -> None:
    """A miss without a cue, a denied cue, another sub-type on the same words, a cue where people see no failure."""
    errors = {(e.review, e.missed): e.kind for e in failure_errors(load_cue_reader(), ALL)}
    assert errors == {
        ("a3", True): "missing cue",
        ("a4", True): "scope",
        ("a5", True): "wrong neighbour",
        ("a5", False): "wrong neighbour",
        ("a6", False): "too broad",
    }


def test_what_two_people_dispute_is_label_noise() -> None:
    """An error on a sub-type that only one of two readings holds is no error of the lists alone."""
    errors = failure_errors(load_cue_reader(), ALL, {"a6": frozenset({"delivery.core"})})
    assert count_kinds(errors)[False, "label noise"] == 1


def test_an_undecided_text_counts_as_wrong() -> None:
    """A text without evidence is neither good nor bad, and no hit."""
    sentences = [
        LabelledSentence("hotel", "房间很干净", positive=True),
        LabelledSentence("hotel", "3号", positive=False),
    ]
    (score,) = evaluate_sentiment("ours", reader_judge(load_cue_reader()), sentences)
    assert (score.n, score.accuracy.value, score.undecided) == (2, 0.5, 0.5)


def test_the_learning_yardstick_learns_from_other_folds() -> None:
    """Characters tell slow from clean once they have seen both, and rare labels are left out."""
    pytest.importorskip("sklearn", reason="scikit-learn comes with the development packages")
    slow, clean = ["上菜太慢等了很久"] * 10, ["房间干净早餐丰盛"] * 10
    texts = [f"{text}第{n}次" for n, text in enumerate(slow + clean)]
    told = [frozenset({"delivery.slow"})] * 10 + [frozenset[str]()] * 10
    assert subtypes_by_characters(texts, told, ("delivery.slow",)) == told
    rare = [frozenset({"customer.drunk"})] * (FOLDS - 1) + [frozenset[str]()] * (21 - FOLDS)
    assert subtypes_by_characters(texts, rare, ("customer.drunk",)) == [frozenset()] * 20
    assert judge_by_characters([False] * 10 + [True] * 10)(texts) == [False] * 10 + [True] * 10


def test_the_document_says_how_many_and_how_sure(tmp_path: Path) -> None:
    """A label with few cases is not scored; one with enough stands with its interval; agreement is reported."""
    annotations = [READ_RIGHT.model_copy(update={"id": f"r{n}"}) for n in range(FEWEST)] + [PRAISE]
    _write(tmp_path / "labels.jsonl", annotations)
    _write(tmp_path / FIRST_READING, annotations)
    _write(tmp_path / SECOND_READING, list(reversed(annotations)))
    document = quality_markdown(evaluate_quality(tmp_path / "labels.jsonl", [], ReadingChoice(), compare=False))
    assert f"| `delivery.slow` | 服务延误 | {FEWEST} | {FEWEST} | 1.000 [0.839, 1.000]" in document
    assert f"| `delivery.core` | 核心产品与设施问题 | 0 | 0 | {TOO_FEW} |" in document
    assert "## Agreement of the two readings" in document
    assert f"| delivery.slow | {FEWEST} | 1.00 |" in document


def test_figures_of_labels_that_the_rule_saw_say_so() -> None:
    """The weights name the label files that their rule was fitted on; only for those the document warns."""
    labels = Path(__file__).resolve().parents[1] / "data" / "sample" / "labels.jsonl"
    digest = hashlib.sha256(labels.read_bytes()).hexdigest()
    assert read_manifest(SHIPPED).judged == {"labels.jsonl": digest}
    warning = "the rule that weighs the layers was fitted on them too"
    assert warning in quality_markdown(evaluate_quality(labels, [], ReadingChoice(weights=SHIPPED), compare=False))
    assert warning not in quality_markdown(evaluate_quality(labels, [], ReadingChoice(), compare=False))


def test_readings_of_other_reviews_are_refused(tmp_path: Path) -> None:
    """Two readings that do not hold the same reviews cannot be compared."""
    _write(tmp_path / "labels.jsonl", ALL)
    _write(tmp_path / FIRST_READING, ALL)
    _write(tmp_path / SECOND_READING, ALL[:2])
    with pytest.raises(AnnotationError, match="expected the same ids"):
        evaluate_quality(tmp_path / "labels.jsonl", [], ReadingChoice(), compare=False)


def test_the_command_writes_the_document_and_prints_figures(tmp_path: Path) -> None:
    """Own labels and a sentiment set are measured; the figures come as JSON where a program asks."""
    _write(tmp_path / "labels.jsonl", ALL)
    (tmp_path / "hotel.csv").write_text("label,review\n1,房间很干净\n0,服务太差\n", "utf-8")
    arguments = ["evaluate", "--labels", str(tmp_path / "labels.jsonl"), "--sentiment", str(tmp_path / "hotel.csv")]
    done = CliRunner().invoke(app, [*arguments, "--no-compare", "--json", "--out", str(tmp_path / "quality.md")])
    figures = json.loads(done.stdout)
    assert figures["reviews"] == len(ALL)
    assert figures["sentiment"] == [{"set": "hotel", "system": "Kesheng (cues-1)", "n": 2, "accuracy": 1.0}]
    document = (tmp_path / "quality.md").read_text("utf-8")
    assert f"| hotel | 2 | {TOO_FEW} |" in document
    assert "needs files that are not part of this repository" not in document
