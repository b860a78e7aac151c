"""Measures of agreement, checked against published worked examples and by the laws they obey."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores import (
    calibration_bins,
    calibration_error,
    character_f1,
    found_score,
    kappa,
    micro_score,
    share,
    weighted_kappa,
)

LABELS = st.lists(st.frozensets(st.sampled_from(["delivery.slow", "delivery.core", "staff.unfair"])), min_size=1)


def test_wilson_interval_of_a_published_example() -> None:
    """Newcombe (1998, Stat. Med. 17, table I): 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611."""
    interval = share(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    nothing = share(0, 20)
    assert nothing.low == pytest.approx(0, abs=1e-12)
    assert round(nothing.high, 4) == 0.1611


def test_share_of_nothing_is_no_number() -> None:
    """Without cases there is no share."""
    assert math.isnan(share(0, 0).value)


def test_kappa_of_a_published_example() -> None:
    """Two readers, 50 cases, 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreement 0.7, kappa 0.4."""
    told = ["yes"] * 25 + ["no"] * 25
    read = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(told, read) == pytest.approx(0.4)


def test_kappa_agrees_with_an_independent_package() -> None:
    """Plain and quadratic weights give what scikit-learn gives."""
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn comes with the development packages")
    generator = np.random.default_rng(3)
    told = generator.integers(0, 4, 200).tolist()
    read = [min(3, max(0, grade + step)) for grade, step in zip(told, generator.integers(-1, 2, 200), strict=True)]
    assert kappa(told, read) == pytest.approx(metrics.cohen_kappa_score(told, read))
    assert weighted_kappa(told, read) == pytest.approx(metrics.cohen_kappa_score(told, read, weights="quadratic"))


def test_kappa_of_one_thing_only_is_one() -> None:
    """Where both always say the same one thing there is nothing to disagree on."""
    assert kappa(["none"] * 4, ["none"] * 4) == 1
    assert weighted_kappa([3, 3], [3, 3]) == 1


@given(LABELS)
def test_reading_what_was_told_is_perfect(told: list[frozenset[str]]) -> None:
    """Equal labels give precision, recall and F1 of one wherever there is a label at all."""
    score = micro_score("all", told, told)
    assert score.found == score.positives == sum(map(len, told))
    if score.positives:
        assert (score.precision.value, score.recall.value, score.f1.value) == (1, 1, 1)


@given(st.lists(st.tuples(*[st.frozensets(st.sampled_from("abc"))] * 2), min_size=1))
def test_f1_lies_between_precision_and_recall(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    """F1 is a mean of the two, and swapping the sides swaps them."""
    told, read = [t for t, _ in pairs], [r for _, r in pairs]
    score, swapped = micro_score("all", told, read), micro_score("all", read, told)
    if score.found and score.positives:
        low, high = sorted((score.precision.value, score.recall.value))
        assert low - 1e-9 <= score.f1.value <= high + 1e-9
        assert score.f1.value == pytest.approx(swapped.f1.value)
        assert score.precision.value == pytest.approx(swapped.recall.value)


def test_one_label_is_scored_alone() -> None:
    """Other labels of a review do not count for or against it."""
    told = [frozenset({"a", "b"}), frozenset({"a"}), frozenset()]
    read = [frozenset({"a"}), frozenset({"b"}), frozenset({"a"})]
    score = found_score("a", told, read)
    assert (score.positives, score.found, score.precision.value, score.recall.value) == (2, 2, 0.5, 0.5)
    assert score.f1.low <= 0.5 <= score.f1.high


@pytest.mark.parametrize(
    ("told", "read", "overlap"),
    [("隔音差", "就是隔音差", 0.75), ("隔音差", "隔音差", 1.0), ("房间不错", "隔音差", 0.0), ("", "隔音差", 0.0)],
)
def test_quotes_overlap_by_characters(told: str, read: str, overlap: float) -> None:
    """The overlap is F1 over the characters that both quotes cover in the text."""
    assert character_f1(told, read, "房间不错就是隔音差") == pytest.approx(overlap)


def test_calibration_error_weighs_bins_by_size() -> None:
    """Three of four right at 0.75 is perfect; all wrong at 0.95 is an error of 0.95 for its share."""
    assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert calibration_error([0.75] * 4 + [0.95] * 4, [True, True, True, False] + [False] * 4) == pytest.approx(0.475)
    assert math.isnan(calibration_error([], []))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_the_tenths_of_confidence_make_up_the_calibration_error(findings: list[tuple[float, bool]]) -> None:
    """Each finding is in one tenth, and the gaps, weighed by their findings, are the error."""
    confidences, right = [c for c, _ in findings], [r for _, r in findings]
    bins = calibration_bins(confidences, right)
    assert sum(one.n for one in bins) == len(findings)
    gaps = sum(one.n * abs(one.confidence - one.right.value) for one in bins) / len(findings)
    assert gaps == pytest.approx(calibration_error(confidences, right), abs=1e-9)
