"""The rule that weighs cues, characters and the encoder: what goes in, and what must hold of what comes out."""

from dataclasses import replace

import numpy as np
import pytest

from models.combination import Combination, Evidence, HeadWeights, features
from models.heads import Head, cue_vector, head_slices, output_width, review_heads, target_mask, target_vector
from models.reader import Incident, ReviewLabels


def _evidence(reviews: int, *, encoder: bool = True) -> Evidence:
    """Evidence that differs from review to review."""
    generator = np.random.default_rng(7)
    cues = np.where(generator.random((reviews, output_width())) > 0.8, 0.7, 0.0)
    logits = generator.normal(size=(reviews, output_width())) * 3
    clauses = generator.normal(size=(reviews, 15))
    cheap = Evidence(cues, logits, clauses)
    return replace(cheap, encoder=logits[::-1].copy(), encoder_clauses=-clauses) if encoder else cheap


def _combination() -> Combination:
    generator = np.random.default_rng(8)

    def weights(*, encoder: bool) -> dict[str, HeadWeights]:
        evidence = _evidence(1, encoder=encoder)
        return {
            head.name: HeadWeights(
                generator.normal(size=(features(head, evidence).shape[1], len(head.labels))), np.zeros(len(head.labels))
            )
            for head in review_heads()
        }

    return Combination(weights(encoder=True), weights(encoder=False))


@pytest.mark.parametrize("encoder", [True, False])
def test_probabilities_are_probabilities(*, encoder: bool) -> None:
    """All lie between 0 and 1; those of a field of one label add up to 1."""
    probabilities = _combination().probabilities(_evidence(20, encoder=encoder))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    for head in review_heads():
        if head.kind == "one_of":
            assert np.allclose(probabilities[:, head_slices()[head.name]].sum(axis=1), 1), head.name


def test_a_review_is_judged_from_its_own_evidence() -> None:
    """The same rows give the same probabilities in another order."""
    evidence, rule = _evidence(12), _combination()
    order = [5, 0, 11]
    assert np.allclose(rule.probabilities(evidence.rows(order)), rule.probabilities(evidence)[order])


def test_far_logits_are_no_farther_than_eight() -> None:
    """A layer that is beside itself does not drown the others."""
    head = Head("sentiment", ("positive",), "any_of")
    evidence = Evidence(np.zeros((1, output_width())), np.full((1, output_width()), 1e6), np.zeros((1, 15)))
    assert features(head, evidence)[0, -1] == 4.0


def test_cues_become_an_output_vector() -> None:
    """A delay found twice has the higher confidence; fields that nothing tells of have their usual label."""
    incident = Incident("delivery", "delivery.slow", "等了半小时", "text", 0, 5, 0.8, "cue", 1)
    labels = ReviewLabels(positive_probability=0.2, satisfaction=1.8, severity=1, voice=["provider"])
    vector = cue_vector(labels, [incident, incident])
    at = head_slices()
    assert vector[at["failure_subtypes"].start + 1] == 0.8
    assert vector[at["sentiment"].start] == 0.2
    assert vector[at["satisfaction"]] == [0, 1, 0, 0, 0]
    assert vector[at["expectation"]] == [0, 0, 0, 1]
    assert vector[at["rater_empathy"]] == [1, 0, 0, 0]
    assert vector[at["voice"]] == [1, 0, 0]


def test_targets_say_what_was_told_and_what_was_not_judged() -> None:
    """A text of a sentiment set has a target for its sentiment alone."""
    told = {"sentiment": ("positive",)}
    assert sum(target_vector(told)) == 1
    assert sum(target_mask(told)) == 1
    assert target_vector(told)[head_slices()["sentiment"].start] == 1
