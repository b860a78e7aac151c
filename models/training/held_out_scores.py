"""Scores of the combined layers on what was held out, as they are kept in ``model.json`` and the model card."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lexicons.codebook import codes, group_of
from models.combination import Evidence
from models.evaluation import FieldScore, field_score
from models.heads import Head, head_slices, review_heads
from models.scores import calibration_error
from models.training.combining import Floats, f1


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the layers say of held-out texts, and what labels say."""

    evidence: Evidence
    targets: Floats
    """``[reviews, outputs]``."""
    known: Floats
    """The same shape, 1 where somebody judged."""
    domains: tuple[str, ...]


def held_out_scores(held_out: HeldOut, probabilities: Floats, thresholds: Mapping[str, float]) -> dict[str, float]:
    """Return the scores: sub-types and groups (micro-F1), sentiment by trade (accuracy), kappas, calibration."""
    place = head_slices()["failure_subtypes"]
    judged = held_out.known[:, place][:, 0] > 0
    told = held_out.targets[judged][:, place] > 0
    chances = probabilities[judged][:, place]
    found = chances >= thresholds["failure_subtypes"]
    names = codes("failure_subtype")
    member = np.array([[group_of(name) == group for group in codes("failure_group")] for name in names])
    scores = {
        "reviews": float(judged.sum()),
        "subtypes_f1": f1(told, found),
        "groups_f1": f1(told @ member, found @ member),
        "calibration_error": calibration_error(chances[found].tolist(), told[found].tolist()),
    }
    for number, name in enumerate(names):
        scores[f"{name}_f1"] = f1(told[:, number], found[:, number])
    return {
        name: round(value, 4)
        for name, value in (
            scores | _sentiment(held_out, probabilities) | _fields(held_out, probabilities, thresholds)
        ).items()
    }


def _sentiment(held_out: HeldOut, probabilities: Floats) -> dict[str, float]:
    place = head_slices()["sentiment"].start
    known = held_out.known[:, place] > 0
    only = known & (held_out.known[:, 0] == 0)
    right = (probabilities[:, place] > 0.5) == (held_out.targets[:, place] > 0)
    domains = np.array(held_out.domains)
    return {
        f"sentiment_{domain}": float(right[only & (domains == domain)].mean()) for domain in sorted(set(domains[only]))
    }


def field_agreement(
    head: Head, held_out: HeldOut, probabilities: Floats, thresholds: Mapping[str, float]
) -> list[FieldScore]:
    """Return the agreement on one field: one score, or, where any number of labels holds, one a label."""
    place = head_slices()[head.name]
    judged = held_out.known[:, place][:, 0] > 0
    told, chances = held_out.targets[judged][:, place], probabilities[judged][:, place]
    if head.kind == "any_of":
        return [
            field_score(
                f"{head.name}: {label}",
                list(zip((told[:, n] > 0).tolist(), (chances[:, n] >= thresholds[head.name]).tolist(), strict=True)),
            )
            for n, label in enumerate(head.labels)
        ]
    wanted, given = told.argmax(1), chances.argmax(1)
    if head.name == "satisfaction":
        # The grade that is stored is the expected one.
        given = np.clip(np.round(chances @ np.arange(1, 6)), 1, 5).astype(int) - 1
    return [field_score(head.name, list(zip(wanted.tolist(), given.tolist(), strict=True)))]


def _fields(held_out: HeldOut, probabilities: Floats, thresholds: Mapping[str, float]) -> dict[str, float]:
    heads = [head for head in review_heads() if head.name not in ("failure_subtypes", "sentiment")]
    scores = [score for head in heads for score in field_agreement(head, held_out, probabilities, thresholds)]
    return {f"{score.field} kappa": score.kappa for score in scores}
