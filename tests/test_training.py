"""Training: what is held out stays held out, and a small training writes weights that read."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flows.readers import ReadingChoice, load_model_reader
from flows.training import TrainingOrder, train_version
from models.annotations import Annotation, AnnotationError, LabelledFailure, read_annotations
from models.combination import Evidence
from models.heads import head_slices, output_width, review_heads
from models.model_folder import CARD, ModelFolderError
from models.reader import ReviewText
from models.training.combining import (
    choose_leanings,
    choose_thresholds,
    fit_combination,
    lean_probabilities,
    scarce_subtypes,
)
from models.training.doubt import DISTANCES, choose_doubt
from models.training.examples import ExampleMaker, batches, collate
from models.training.held_out_scores import HeldOut
from models.training.split import fold_of, held_out_openings, opening, split
from models.training.training_texts import TrainingTexts
from tests.tiny_encoder import tiny_tokenizer, write_tiny_base

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample" / "labels.jsonl"


def _annotation(text: str, **labels: object) -> Annotation:
    told = {
        "id": text,
        "domain": "hotel",
        "text": text,
        "failures": (),
        "severity": 0,
        "satisfaction": 3,
        "expectation": "none",
        "rater": {},
        "voice": (),
        "recovery": None,
        "fairness": (),
        "loyalty": "none",
    }
    return Annotation.model_validate(told | labels)


def test_near_copies_of_held_out_texts_are_not_learnt() -> None:
    """Texts that open alike fall on one side; short ones such as 很好 may repeat."""
    long = [f"{n}号房的空调整晚都在响，前台说第二天才能来人修理，最后也没有来" for n in range(40)]
    copies = [text + "！！" for text in long]
    openings = held_out_openings(long)
    parts = split(long + copies, str, openings)
    held = {opening(text) for text in parts.held_out if text in long}
    assert held
    assert not held & {opening(text) for text in parts.learnt}
    assert len(parts.learnt) + len(parts.held_out) + parts.near_copies == len(long) + len(copies)
    assert {fold_of(text) for text in parts.held_out} == {4}


def test_judged_reviews_are_never_learnt() -> None:
    """Reviews for the rule alone stand apart from those that are learnt and those that are held out."""
    learnt = [_annotation(f"{n}号房的空调整晚都在响，前台说第二天才来修") for n in range(20)]
    judged = [_annotation("值班经理：客人酒后踹门，已劝离")]
    texts = TrainingTexts.of(learnt, [], judged)
    assert texts.judged == tuple(judged)
    assert not {a.text for a in texts.judged} & {
        a.text for a in (*texts.annotations.learnt, *texts.annotations.held_out)
    }


def test_quotes_mark_the_clauses_that_they_touch() -> None:
    """等了半小时没人理 marks the second clause as slow, and no other."""
    maker = ExampleMaker(tiny_tokenizer())
    quoted = LabelledFailure(type="delivery.slow", quote="等了半小时")
    example = maker.of_annotation(_annotation("房间不错，等了半小时没人理。下次再来", failures=(quoted,), severity=1))
    assert example.clause_targets is not None
    assert example.clause_targets.sum(axis=1).tolist() == [0, 1, 0]
    assert sorted(set(example.clauses)) == [-1, 0, 1, 2]


def test_batches_hold_every_example_once() -> None:
    """No example is lost or learnt twice in an epoch, and padding changes no token."""
    maker = ExampleMaker(tiny_tokenizer())
    examples = [maker.of_annotation(annotation) for annotation in read_annotations(SAMPLE)[:50]]
    import random  # noqa: PLC0415 - the order must not matter elsewhere

    groups = list(batches(examples, 512, random.Random(1)))
    assert sorted(id(e) for group in groups for e in group) == sorted(map(id, examples))
    batch = collate(groups[0], 1)
    for row, example in enumerate(groups[0]):
        assert batch.tokens[row, : len(example.tokens)].tolist() == example.tokens
        assert int(batch.mask[row].sum()) == len(example.tokens)


def _held_out(reviews: int) -> HeldOut:
    """Evidence in which cues are right and characters say nothing."""
    generator = np.random.default_rng(5)
    targets = np.zeros((reviews, output_width()))
    begin = 0
    for head in review_heads():
        count = len(head.labels)
        if head.kind == "one_of":
            targets[np.arange(reviews), begin + generator.integers(0, count, reviews)] = 1
        else:
            targets[:, begin : begin + count] = generator.random((reviews, count)) < 0.3
        begin += count
    nothing = np.zeros_like(targets)
    evidence = Evidence(targets * 0.9, nothing, np.zeros((reviews, 15)), nothing, np.zeros((reviews, 15)))
    return HeldOut(evidence, targets, np.ones_like(targets), ("hotel",) * reviews)


def test_the_rule_trusts_the_layer_that_is_right() -> None:
    """Where cues are always right, their labels become likely, all others unlikely, and no doubt is left."""
    held_out = _held_out(200)
    rule = fit_combination(held_out.evidence, held_out.targets, held_out.known, frozenset())
    probabilities = rule.probabilities(held_out.evidence)
    assert probabilities[held_out.targets > 0].mean() > 0.9
    assert probabilities[held_out.targets == 0].mean() < 0.1
    thresholds = choose_thresholds(probabilities, held_out.targets, held_out.known)
    doubt = choose_doubt(probabilities, probabilities, held_out, thresholds)
    assert (doubt.within, doubt.asked) == (DISTANCES[0], 0.0)
    assert doubt.never == doubt.chosen == doubt.always


def test_usual_labels_give_way_where_that_agrees_better() -> None:
    """A rule too shy to name what one review in ten has is turned until it does; what is named rightly stays."""
    reviews = 200
    targets, known = np.zeros((reviews, output_width())), np.ones((reviews, output_width()))
    probabilities = np.full((reviews, output_width()), 0.01)
    head = next(head for head in review_heads() if head.name == "loyalty")
    place = head_slices()["loyalty"]
    none, leave = (place.start + head.labels.index(label) for label in ("none", "leave"))
    targets[:, none], targets[:20] = 1, 0
    targets[:20, leave] = 1
    probabilities[:, none], probabilities[:20, none], probabilities[:20, leave] = 0.9, 0.6, 0.3
    for other in review_heads():
        if other.kind == "one_of" and other.name != "loyalty":
            targets[:, head_slices()[other.name].start] = 1
    leanings = choose_leanings(probabilities, targets, known)
    assert leanings["loyalty"] == (head.labels.index("none"), 0.75)
    assert "severity" not in leanings
    moved = lean_probabilities(probabilities, leanings)[:, place]
    assert moved.sum(axis=1) == pytest.approx(1)
    assert (moved.argmax(axis=1) == targets[:, place].argmax(axis=1)).all()


def test_cues_alone_decide_what_the_trained_layers_do_not_know() -> None:
    """A sub-type of which hardly anything was learnt is as likely as its cue is sure, whatever the characters say."""
    held_out = _held_out(200)
    scarce = scarce_subtypes(np.zeros((10, output_width())))
    assert len(scarce) == 15
    rule = fit_combination(held_out.evidence, held_out.targets, held_out.known, scarce)
    against = replace(held_out.evidence, characters=held_out.evidence.characters - 8).without_encoder
    probabilities = rule.probabilities(against)[:, :15]
    told = held_out.targets[:, :15] > 0
    assert probabilities[told] == pytest.approx(0.9, abs=1e-6)
    assert probabilities[~told].max() < 0.01


def test_too_few_labels_and_a_wrong_base_are_refused(tmp_path: Path) -> None:
    """The messages say what was expected."""
    labels = tmp_path / "labels.jsonl"
    labels.write_text(_annotation("房间干净").model_dump_json() + "\n", "utf-8")
    order = TrainingOrder("own-1", tmp_path, (labels,), (), tmp_path / "out")
    with pytest.raises(ModelFolderError, match=r"config\.json: expected a local Hugging Face folder"):
        train_version(order, ReadingChoice(), lambda _: None)
    (tmp_path / "config.json").write_text("{}", "utf-8")
    (tmp_path / "tokenizer.json").write_text("{}", "utf-8")
    with pytest.raises(AnnotationError, match="expected enough labelled reviews"):
        train_version(order, ReadingChoice(), lambda _: None)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_training_without_a_base_needs_no_encoder(tmp_path: Path) -> None:
    """The weights read, ask no encoder, and their card says so."""
    sentiment = tmp_path / "hotel.csv"
    texts = [(a.satisfaction > 3, a.text) for a in read_annotations(SAMPLE) if not set(a.text) & set('\n,"')]
    sentiment.write_text("label,review\n" + "".join(f"{int(good)},{text}\n" for good, text in texts), "utf-8")
    order = TrainingOrder("own-2", None, (SAMPLE,), (sentiment,), tmp_path / "own-2")
    manifest = train_version(order, ReadingChoice(), lambda _: None)
    assert (manifest.has_encoder, manifest.asks_within) == (False, 0)
    assert "No encoder is part of these weights" in (tmp_path / "own-2" / CARD).read_text("utf-8")
    columns = load_model_reader(tmp_path / "own-2", None).read([ReviewText("等了半小时没人理", industry="hotel")])
    assert columns.reviews["read_by"] == ["machine"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_small_training_writes_weights_that_read(tmp_path: Path) -> None:
    """From a tiny encoder and the sample's labels to a folder that reads; a second start takes up what was finished."""
    base = tmp_path / "tiny"
    write_tiny_base(base)
    sentiment = tmp_path / "hotel.csv"
    rows = [
        f"{int(a.satisfaction > 3)},{a.text.replace(',', '，')}" for a in read_annotations(SAMPLE) if "\n" not in a.text
    ]
    sentiment.write_text("label,review\n" + "\n".join(row.replace('"', "”") for row in rows) + "\n", "utf-8")
    said: list[str] = []
    order = TrainingOrder("own-1", base, (SAMPLE,), (sentiment,), tmp_path / "own-1", layers=1, weak_texts=40, epochs=1)
    manifest = train_version(order, ReadingChoice(), said.append)
    assert manifest.version == "own-1"
    assert 0 <= manifest.scores["subtypes_f1"] <= 1
    assert "own-1" in (tmp_path / "own-1" / CARD).read_text("utf-8")
    columns = load_model_reader(tmp_path / "own-1", None).read(
        [ReviewText("前台态度冷淡，等了半小时", industry="hotel")]
    )
    assert columns.reviews["positive_probability"][0] is not None
    again = train_version(order, ReadingChoice(), said.append)
    assert any("fine-tuning: taken from" in words for words in said)
    assert json.loads(again.model_dump_json())["scores"] == json.loads(manifest.model_dump_json())["scores"]
