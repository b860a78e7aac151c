"""Fitting the rule that weighs cues, characters and the encoder: logistic regression on labels that none has seen."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from lexicons.codebook import codes
from models.combination import Combination, Evidence, HeadWeights, features
from models.heads import Head, head_slices, review_heads
from models.scores import kappa

Floats = npt.NDArray[np.float64]
# How far a label's own intercept, and its own trust in cues, may leave those of all labels: a scale of 1 is the same
# penalty as on every other weight, a smaller one a heavier penalty.
OWN_INTERCEPT = 0.7
OWN_TRUST = 0.35
PENALTY_ANY = 1.0
SCARCE = 40
"""Learnt texts with a sub-type below which the trained layers do not know it."""
ABSENT = -5.0
"""Log-odds of a sub-type that cues alone decide, where no cue is."""
PENALTY_ONE = 0.3
FOLDS = 5
SEED = 20261127
GRADED = ("satisfaction", "severity")
LEANINGS = tuple(round(0.25 * step, 2) for step in range(11))
"""Log-odds by which a usual label may be made less likely."""
LEVELS = tuple(round(0.2 + 0.02 * step, 2) for step in range(21))
"""Probabilities that a label may be taken to hold from."""


def fit_combination(evidence: Evidence, targets: Floats, known: Floats, scarce: frozenset[str]) -> Combination:
    """Fit both sets of weights, or the one without an encoder where there is none.

    Args:
        evidence: What the layers say, the encoder included where there is one.
        targets: ``[reviews, outputs]``, 1 for what the labels say.
        known: The same shape, 1 where somebody judged.
        scarce: Sub-types of which too few texts were learnt for the trained layers to know them: cues alone decide.
    """
    cheap = evidence.without_encoder
    return Combination(
        with_encoder={}
        if evidence.encoder is None
        else {head.name: _fit_head(head, evidence, targets, known, scarce) for head in review_heads()},
        without_encoder={head.name: _fit_head(head, cheap, targets, known, scarce) for head in review_heads()},
    )


def _fit_head(head: Head, evidence: Evidence, targets: Floats, known: Floats, scarce: frozenset[str]) -> HeadWeights:
    place = head_slices()[head.name]
    judged = known[:, place][:, 0] > 0
    rows = features(head, evidence)[judged]
    wanted = targets[:, place][judged]
    if head.kind == "one_of":
        return _fit_one(head, rows, wanted)
    fitted = _fit_any(head, rows, wanted)
    if head.name == "failure_subtypes":
        for label in scarce:
            _leave_to_cues(fitted, head.labels.index(label), len(head.labels))
    return fitted


def _leave_to_cues(fitted: HeadWeights, label: int, labels: int) -> None:
    """Let the probability of a label be the confidence of its cue, and next to nothing without one."""
    fitted.weights[:, label] = 0
    fitted.weights[label, label] = -ABSENT
    fitted.weights[labels + label, label] = 1
    fitted.biases[label] = ABSENT


def _fit_one(head: Head, rows: Floats, wanted: Floats) -> HeadWeights:
    """Fit one multinomial regression; a label that nobody gave stays impossible."""
    count = len(head.labels)
    told = wanted.argmax(axis=1)
    model = LogisticRegression(C=PENALTY_ONE, max_iter=2000).fit(rows, told)
    weights, biases = np.zeros((rows.shape[1], count)), np.full(count, -20.0)
    if len(model.classes_) == 2:
        weights[:, model.classes_[1]], biases[model.classes_] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        weights[:, model.classes_], biases[model.classes_] = model.coef_.T, model.intercept_
    return HeadWeights(weights, biases)


def _fit_any(head: Head, rows: Floats, wanted: Floats) -> HeadWeights:
    """Fit one regression over all pairs of review and label.

    The weights of the evidence are common to all labels, so that a label with three cases is read like the others; only
    its intercept and its trust in cues are its own, drawn towards the common ones.
    """
    count, reviews = len(head.labels), len(rows)
    kinds = rows.shape[1] // count
    shared = rows.reshape(reviews, kinds, count).transpose(0, 2, 1)
    own = np.broadcast_to(np.eye(count), (reviews, count, count))
    trust = own * shared[:, :, :1]
    table = np.concatenate([shared, own * OWN_INTERCEPT, trust * OWN_TRUST], axis=2).reshape(reviews * count, -1)
    model = LogisticRegression(C=PENALTY_ANY, max_iter=2000).fit(table, wanted.ravel())
    common = model.coef_[0][:kinds]
    intercepts = model.coef_[0][kinds : kinds + count] * OWN_INTERCEPT + model.intercept_[0]
    trusts = model.coef_[0][kinds + count :] * OWN_TRUST
    weights = np.zeros((rows.shape[1], count))
    for kind in range(kinds):
        for label in range(count):
            weights[kind * count + label, label] = common[kind] + (trusts[label] if kind == 0 else 0.0)
    return HeadWeights(weights, intercepts)


def scarce_subtypes(targets: Floats) -> frozenset[str]:
    """Return the sub-types that fewer than ``SCARCE`` of the learnt texts have."""
    counts = targets[:, head_slices()["failure_subtypes"]].sum(axis=0)
    return frozenset(code for code, count in zip(codes("failure_subtype"), counts, strict=True) if count < SCARCE)


def cross_probabilities(
    evidence: Evidence, targets: Floats, known: Floats, scarce: frozenset[str], *, with_encoder: bool = True
) -> Floats:
    """Return the probabilities of each review by a rule that was fitted on the other four fifths of the reviews."""
    read = evidence if with_encoder else evidence.without_encoder
    folds = np.random.default_rng(SEED).permutation(len(targets)) % FOLDS
    probabilities = np.zeros_like(targets)
    for fold in range(FOLDS):
        rest, own = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        rule = fit_combination(evidence.rows(rest.tolist()), targets[rest], known[rest], scarce)
        probabilities[own] = rule.probabilities(read.rows(own.tolist()))
    return probabilities


def choose_thresholds(probabilities: Floats, targets: Floats, known: Floats) -> dict[str, float]:
    """Return, for each field of any number of labels, the one threshold with the best micro-F1 over its labels.

    One for all labels of a field: the probabilities are calibrated, and a label with three cases has no threshold of
    its own to be found.
    """
    thresholds = {}
    for head in review_heads():
        if head.kind == "any_of":
            place = head_slices()[head.name]
            judged = known[:, place][:, 0] > 0
            told, chances = targets[judged][:, place] > 0, probabilities[judged][:, place]
            scores = {level: f1(told, chances >= level) for level in LEVELS}
            thresholds[head.name] = max(scores, key=lambda level: scores[level])
    return thresholds


def choose_leanings(probabilities: Floats, targets: Floats, known: Floats) -> dict[str, tuple[int, float]]:
    """Return, for each field of one label, its usual label and how far that one is made less likely, in log-odds.

    Nine reviews in ten compare nothing with what was expected: the likeliest label is then nearly always the usual one.
    Chosen is the step with the best kappa, which weighs the others as their rareness asks (Cohen 1960). Grades are
    left alone: their probabilities become an expected value.
    """
    leanings = {}
    for head in review_heads():
        if head.kind == "one_of" and head.name not in GRADED:
            place = head_slices()[head.name]
            judged = known[:, place][:, 0] > 0
            told, logs = targets[judged][:, place].argmax(axis=1), np.log(probabilities[judged][:, place] + 1e-9)
            usual = int(np.bincount(told).argmax())
            scores = {}
            for step in LEANINGS:
                moved = logs.copy()
                moved[:, usual] -= step
                scores[step] = kappa(told.tolist(), moved.argmax(axis=1).tolist())
            leanings[head.name] = usual, max(scores, key=lambda step: scores[step])
    return leanings


def lean(combination: Combination, leanings: Mapping[str, tuple[int, float]]) -> Combination:
    """Return the rule with the usual labels made less likely."""

    def leaning(rule: Mapping[str, HeadWeights]) -> dict[str, HeadWeights]:
        moved = dict(rule)
        for name, (usual, step) in leanings.items() if rule else ():
            biases = rule[name].biases.copy()
            biases[usual] -= step
            moved[name] = HeadWeights(rule[name].weights, biases)
        return moved

    return Combination(leaning(combination.with_encoder), leaning(combination.without_encoder))


def lean_probabilities(probabilities: Floats, leanings: Mapping[str, tuple[int, float]]) -> Floats:
    """Return what ``lean`` makes of probabilities."""
    moved = probabilities.copy()
    for name, (usual, step) in leanings.items():
        place = head_slices()[name]
        moved[:, place.start + usual] *= np.exp(-step)
        moved[:, place] /= moved[:, place].sum(axis=1, keepdims=True)
    return moved


def f1(told: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_]) -> float:
    """Return the micro-averaged F1, 0 where nothing was told or found."""
    total = int(told.sum()) + int(found.sum())
    return 2 * int((told & found).sum()) / total if total else 0.0
