"""Refining: weights that read already learn a team's own corrections, in minutes and without torch.

The character model keeps what it knows; to each of its outputs a correction is fitted whose penalty pulls it to nothing
(logistic regression with the old output as offset: maximum a posteriori with the old weights as prior mean, Chelba &
Acero 2006, Computer Speech & Language 20). Then the probabilities of failures are calibrated to how often the team's
readers see failures (Platt 1999, Advances in Large Margin Classifiers), one slope and one intercept for all sub-types.
Both are judged on texts that were not learnt: by five folds of the text's digest.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from shutil import copyfile

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

from models.annotations import Annotation
from models.character_reading import clearest, read_characters, read_clauses
from models.characters import CharacterModel
from models.combination import Combination, Evidence, HeadWeights
from models.cue_reader import CueReader
from models.heads import cue_vector, head_slices
from models.model_findings import GuestText
from models.model_folder import CARD, CHARACTERS, COMBINATION, MANIFEST, Manifest, RefiningError, TrainedParts
from models.training.character_fitting import FEWEST, rounded_model, text_vectors
from models.training.combining import f1
from models.training.split import FOLDS, fold_of
from models.training.training_texts import told_targets
from models.training.written_weights import write_characters, write_combination

PENALTY = 0.125
"""On the squares of what is added to weights: as strong as that under which the weights were learnt."""
FEWEST_TEXTS = 50
Floats = npt.NDArray[np.float64]
_SUBTYPES = "failure_subtypes"


@dataclass(frozen=True, slots=True)
class Refined:
    """What came of it; both figures are of texts that were not learnt."""

    texts: int
    before: float
    """Micro-F1 of the sub-types by the old weights."""
    after: float


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Labelled reviews as the layers see them."""

    evidence: Evidence
    vectors: csr_matrix
    targets: Floats
    known: Floats
    folds: npt.NDArray[np.int64]


def refine(
    parts: TrainedParts,
    annotations: Sequence[Annotation],
    cues: CueReader,
    *,
    target: Path,
    version: str,
    say: Callable[[str], None] = lambda _: None,
) -> Refined:
    """Learn labelled reviews on top of what weights know, and write new weights.

    Args:
        parts: The weights to begin with.
        annotations: What a team's readers say.
        cues: The lists.
        target: The folder to write.
        version: What it is called.
        say: Told what is being done.

    Raises:
        RefiningError: There are fewer than 50 reviews, or the new weights read what they have not learnt no better.
    """
    if len(annotations) < FEWEST_TEXTS:
        raise RefiningError(
            f"expected at least {FEWEST_TEXTS} labelled reviews to refine with; found {len(annotations)}. "
            "`kesheng label export` chooses those that teach most"
        )
    say(f"reading {len(annotations)} labelled reviews")
    labelled = _labelled(parts, annotations, cues)
    say("learning four fifths and judging on the fifth, five times")
    place = head_slices()[_SUBTYPES]
    told = labelled.targets[:, place] > 0
    threshold = parts.manifest.thresholds[_SUBTYPES]
    old = parts.combination.probabilities(labelled.evidence)[:, place]
    unlearnt = _unlearnt_logits(parts.combination, labelled)
    new = _calibrated_apart(unlearnt, labelled)
    outcome = Refined(len(annotations), f1(told, old >= threshold), f1(told, new >= threshold))
    if outcome.after <= outcome.before:
        raise RefiningError(
            f"learning these {outcome.texts} reviews does not help: sub-types micro-F1 on what was not learnt is "
            f"{outcome.after:.3f}, with the weights as they are {outcome.before:.3f}. Nothing was written; label more"
        )
    say("learning all of them")
    fields, combination = _fit(parts, labelled, unlearnt)
    _write(parts, fields, combination, target=target, version=version, outcome=outcome)
    return outcome


def _labelled(parts: TrainedParts, annotations: Sequence[Annotation], cues: CueReader) -> _Labelled:
    read = [cues.read_one(annotation.review) for annotation in annotations]
    guests = [GuestText.of(one.texts) for one in read]
    evidence = Evidence(
        np.array([cue_vector(one.reading.labels, one.reading.incidents) for one in read]),
        read_characters(parts.fields, parts.sentiment, guests),
        clearest(read_clauses(parts.clauses, guests)),
    )
    targets, known = told_targets(annotations)
    vectors = text_vectors([guest.told for guest in guests], parts.fields.table, parts.fields.rarity)
    return _Labelled(evidence, vectors, targets, known, np.array([fold_of(a.text) for a in annotations]))


def _unlearnt_logits(combination: Combination, labelled: _Labelled) -> Floats:
    """Return the logits of the sub-types, ``[reviews, sub-types]``, by weights that have not learnt the review."""
    place = head_slices()[_SUBTYPES]
    characters = labelled.evidence.characters.copy()
    for fold in range(FOLDS):
        learnt, own = labelled.folds != fold, labelled.folds == fold
        if own.any() and learnt.any():
            for output in range(place.start, place.stop):
                added, bias = _addition(labelled, output, learnt)
                characters[own, output] += labelled.vectors[own] @ added + bias
    evidence = replace(labelled.evidence, characters=characters)
    return _logits(combination.probabilities(evidence)[:, place])


def _calibrated_apart(logits: Floats, labelled: _Labelled) -> Floats:
    """Return the probabilities of the sub-types, calibrated on the other four fifths of the reviews."""
    told = labelled.targets[:, head_slices()[_SUBTYPES]] > 0
    probabilities = np.zeros_like(logits)
    for fold in range(FOLDS):
        learnt, own = labelled.folds != fold, labelled.folds == fold
        slope, intercept = _calibration(logits[learnt], told[learnt]) if learnt.any() else (1.0, 0.0)
        probabilities[own] = expit(slope * logits[own] + intercept)
    return probabilities


def _fit(parts: TrainedParts, labelled: _Labelled, unlearnt: Floats) -> tuple[CharacterModel, Combination]:
    """Learn all labelled reviews; the calibration is fitted on what weights say that have not learnt the review."""
    everything = np.ones(len(labelled.targets), dtype=bool)
    place = head_slices()[_SUBTYPES]
    weights = parts.fields.weights.astype(np.float64) * parts.fields.scales
    biases = parts.fields.biases.astype(np.float64)
    mood = head_slices()["sentiment"]
    for output in range(weights.shape[1]):
        # Sentiment has a model of its own, which is left as it is.
        if not mood.start <= output < mood.stop:
            added, bias = _addition(labelled, output, everything)
            weights[:, output] += added
            biases[output] += bias
    slope, intercept = _calibration(unlearnt, labelled.targets[:, place] > 0)
    fields = rounded_model(parts.fields.table, parts.fields.rarity, weights, biases)
    rules = parts.combination.with_encoder, parts.combination.without_encoder
    return fields, Combination(*(_calibrated(rule, slope, intercept) for rule in rules))


def _calibrated(rule: Mapping[str, HeadWeights], slope: float, intercept: float) -> dict[str, HeadWeights]:
    heads = dict(rule)
    if _SUBTYPES in heads:
        own = heads[_SUBTYPES]
        heads[_SUBTYPES] = HeadWeights(own.weights * slope, own.biases * slope + intercept)
    return heads


def _addition(labelled: _Labelled, output: int, learnt: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    """Return what is added to the weights and the bias of one output; nothing where too few have or lack the label."""
    runs = labelled.vectors.shape[1]
    rows = learnt & (labelled.known[:, output] > 0)
    wanted = (labelled.targets[rows, output] > 0).astype(np.float64)
    if min(wanted.sum(), len(wanted) - wanted.sum()) < FEWEST:
        return np.zeros(runs), 0.0
    vectors = labelled.vectors[rows]
    # A run that stands in none of the texts keeps its weight.
    present = np.unique(vectors.indices)
    vectors = vectors[:, present].tocsr()
    known = labelled.evidence.characters[rows, output]

    def loss(point: Floats) -> tuple[float, Floats]:
        logits = known + vectors @ point[:-1] + point[-1]
        wrong = expit(logits) - wanted
        value = (np.logaddexp(0, logits) - wanted * logits).sum() + PENALTY / 2 * (point[:-1] @ point[:-1])
        return float(value), np.append(vectors.T @ wrong + PENALTY * point[:-1], wrong.sum())

    found = minimize(loss, np.zeros(len(present) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    added = np.zeros(runs)
    added[present] = found[:-1]
    return added, float(found[-1])


def _calibration(logits: Floats, told: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept with which the logits of all labels together tell how often one holds."""
    flat, wanted = logits.ravel(), told.ravel().astype(np.float64)

    def loss(point: Floats) -> tuple[float, Floats]:
        moved = point[0] * flat + point[1]
        wrong = expit(moved) - wanted
        value = float((np.logaddexp(0, moved) - wanted * moved).sum())
        return value, np.array([(wrong * flat).sum(), wrong.sum()])

    slope, intercept = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B").x
    return float(slope), float(intercept)


def _logits(probabilities: Floats) -> Floats:
    sure = np.clip(probabilities, 1e-6, 1 - 1e-6)
    logits: Floats = np.log(sure / (1 - sure))
    return logits


def _write(
    parts: TrainedParts,
    fields: CharacterModel,
    combination: Combination,
    *,
    target: Path,
    version: str,
    outcome: Refined,
) -> None:
    target.mkdir(parents=True, exist_ok=True)
    old = parts.manifest
    for name in set(old.needed) - {CHARACTERS, COMBINATION}:
        copyfile(parts.folder / name, target / name)
    write_characters(target / CHARACTERS, fields, parts.sentiment, parts.clauses)
    write_combination(target / COMBINATION, combination)
    manifest: Manifest = old.model_copy(
        update={
            "version": version,
            "created": date.today().isoformat(),  # noqa: DTZ011 - a day to show, of the trainer's own calendar
            # Of the old weights on their own held-out texts nothing is known to hold for the new ones.
            "scores": {"reviews": float(outcome.texts), "subtypes_f1": round(outcome.after, 4)},
            "files": {name: sha256((target / name).read_bytes()).hexdigest() for name in old.needed},
        }
    )
    (target / MANIFEST).write_text(json.dumps(manifest.model_dump(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    (target / CARD).write_text(
        f"# Model card: {version}\n\n"
        f"Refined on {manifest.created} by `kesheng refine` from {old.version} with {outcome.texts:,} labelled "
        "reviews.\n\n"
        "| sub-types, micro-F1, five folds of these reviews | |\n|---|---:|\n"
        f"| {old.version} | {outcome.before:.3f} |\n"
        f"| {version}, on reviews that it has not learnt | {outcome.after:.3f} |\n\n"
        f"What {old.version} learnt, its licence and its weaknesses are those of its own card.\n",
        "utf-8",
    )
