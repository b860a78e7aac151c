"""One reading from two layers: cues and trained models are weighed by a rule that was fitted on held-out labels.

For each field the evidence stands side by side: what the cues say (a label, or the log-odds of a cue's confidence), and
the logits of the character models and of the encoder. A logistic regression on it (stacking: Wolpert 1992, Neural
Networks 5) gives calibrated probabilities. There are two sets of weights: with the encoder, and without it for the
reviews that cues and characters already decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.heads import Head, head_slices, review_heads

Floats = npt.NDArray[np.float64]
FARTHEST = 8.0
"""Logits are taken to be no farther from 0: what is sure is sure."""
SILENT = -2.0
"""Logits of clauses are taken to be no lower: characters that were never learnt speak for nothing, nor against it."""
EVEN = 0.5
_SURE = (0.02, 0.98)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the layers say of some reviews; ``encoder`` and ``encoder_clauses`` are None where it was not asked."""

    cues: Floats
    """``[reviews, outputs]``: confidence of each label, 0 where no cue tells of it; 1 for a field of one label."""
    characters: Floats
    """``[reviews, outputs]`` logits."""
    clauses: Floats
    """``[reviews, sub-types]``: the logit of the clearest clause, by the characters of each clause."""
    encoder: Floats | None = None
    """``[reviews, outputs]`` logits."""
    encoder_clauses: Floats | None = None
    """``[reviews, sub-types]``: the logit of the clearest clause, by the encoder."""

    @property
    def without_encoder(self) -> "Evidence":
        """What cues and characters say."""
        return Evidence(self.cues, self.characters, self.clauses)

    def rows(self, chosen: Sequence[int]) -> "Evidence":
        """Return the evidence of some of the reviews."""
        places = np.asarray(chosen, dtype=np.int64)
        return Evidence(
            self.cues[places],
            self.characters[places],
            self.clauses[places],
            None if self.encoder is None else self.encoder[places],
            None if self.encoder_clauses is None else self.encoder_clauses[places],
        )


@dataclass(frozen=True, slots=True)
class HeadWeights:
    """The weights of one field."""

    weights: Floats
    """``[features, labels]``."""
    biases: Floats
    """``[labels]``."""


@dataclass(frozen=True, slots=True)
class Combination:
    """Weights of every field, with the encoder and without it."""

    with_encoder: Mapping[str, HeadWeights]
    """Empty where there is no encoder."""
    without_encoder: Mapping[str, HeadWeights]

    def probabilities(self, evidence: Evidence) -> Floats:
        """Return ``[reviews, outputs]``: of a field of one label they add up to 1."""
        weights = self.without_encoder if evidence.encoder is None else self.with_encoder
        columns = []
        for head in review_heads():
            logits = features(head, evidence) @ weights[head.name].weights + weights[head.name].biases
            columns.append(_softmax(logits) if head.kind == "one_of" else _sigmoid(logits))
        return np.concatenate(columns, axis=1)


def doubtful(probabilities: Floats, thresholds: Mapping[str, float], within: float) -> npt.NDArray[np.bool_]:
    """Return which reviews cues and characters leave in doubt, ``[reviews]``: the encoder is asked about these.

    In doubt is a review of which a failure lies within so many log-odds of the probability from which it holds, or the
    sentiment within as many of even.
    """
    distances = [
        _log_odds(probabilities[:, head_slices()[name]]) - _log_odds(np.array(edge))
        for name, edge in (("failure_subtypes", thresholds["failure_subtypes"]), ("sentiment", EVEN))
    ]
    doubts: npt.NDArray[np.bool_] = np.any(np.abs(np.concatenate(distances, axis=1)) < within, axis=1)
    return doubts


def features(head: Head, evidence: Evidence) -> Floats:
    """Return the evidence on one field, ``[reviews, features]``: cues first, then characters, then the encoder."""
    place = head_slices()[head.name]
    cues = evidence.cues[:, place]
    told = cues > 0
    parts = [told.astype(np.float64)]
    if head.kind == "any_of":
        parts.append(np.where(told, _log_odds(cues), 0.0))
    parts.append(_side(head, evidence.characters[:, place]))
    if head.name == "failure_subtypes":
        parts.append(_near(np.maximum(evidence.clauses, SILENT)))
    if evidence.encoder is not None:
        parts.append(_side(head, evidence.encoder[:, place]))
    if head.name == "failure_subtypes" and evidence.encoder_clauses is not None:
        parts.append(_near(evidence.encoder_clauses))
    return np.concatenate(parts, axis=1)


def _side(head: Head, logits: Floats) -> Floats:
    if head.kind == "any_of":
        return _near(logits)
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.clip(logs, -FARTHEST, 0) / 2


def _near(logits: Floats) -> Floats:
    return np.clip(logits, -FARTHEST, FARTHEST) / 2


def _log_odds(probabilities: Floats) -> Floats:
    sure = np.clip(probabilities, *_SURE)
    odds: Floats = np.log(sure / (1 - sure))
    return odds


def _sigmoid(logits: Floats) -> Floats:
    values: Floats = 1 / (1 + np.exp(-logits))
    return values


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    values: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return values
