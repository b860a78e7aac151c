"""How much doubt is enough to ask the encoder: as little as costs at most 0.3 points against asking it always."""

from dataclasses import dataclass

import numpy as np

from models.combination import doubtful
from models.heads import head_slices
from models.training.combining import Floats, f1
from models.training.held_out_scores import HeldOut

GREATEST_LOSS = 0.003
DISTANCES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Log-odds that are tried, the smallest first."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The distance that was chosen, and the sub-types' micro-F1 on held-out reviews that led to it."""

    within: float
    asked: float
    """Share of the held-out labelled reviews that the encoder is asked about."""
    never: float
    chosen: float
    always: float

    @property
    def scores(self) -> dict[str, float]:
        """The figures for the manifest."""
        return {
            "asked_share": round(self.asked, 4),
            "subtypes_f1_without_encoder": round(self.never, 4),
            "subtypes_f1_always_encoder": round(self.always, 4),
        }


NEVER_ASKED = Doubt(0.0, 0.0, 0.0, 0.0, 0.0)
"""Where there is no encoder."""


def choose_doubt(cheap: Floats, full: Floats, held_out: HeldOut, thresholds: dict[str, float]) -> Doubt:
    """Return the smallest distance at which neither sub-types nor sentiment lose more than ``GREATEST_LOSS``.

    Args:
        cheap: Probabilities by cues and characters, ``[reviews, outputs]``.
        full: Those with the encoder.
        held_out: What labels say.
        thresholds: Probabilities from which labels hold.
    """
    always = _measure(full, held_out, thresholds)
    never = _measure(cheap, held_out, thresholds)
    for within in DISTANCES:
        asked = doubtful(cheap, thresholds, within)
        scores = _measure(np.where(asked[:, None], full, cheap), held_out, thresholds)
        if all(score >= other - GREATEST_LOSS for score, other in zip(scores, always, strict=True)):
            break
    judged = held_out.known[:, head_slices()["failure_subtypes"]][:, 0] > 0
    return Doubt(within, float(asked[judged].mean()), never[0], scores[0], always[0])


def _measure(probabilities: Floats, held_out: HeldOut, thresholds: dict[str, float]) -> tuple[float, float]:
    """Return the micro-F1 of sub-types and the accuracy of the sentiment."""
    place, mood = head_slices()["failure_subtypes"], head_slices()["sentiment"].start
    judged = held_out.known[:, place][:, 0] > 0
    told = held_out.targets[judged][:, place] > 0
    found = probabilities[judged][:, place] >= thresholds["failure_subtypes"]
    known = held_out.known[:, mood] > 0
    right = (probabilities[known, mood] > 0.5) == (held_out.targets[known, mood] > 0)
    return f1(told, found), float(right.mean())
