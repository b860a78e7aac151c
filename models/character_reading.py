"""Reviews read by the character models: whole texts in stretches, and clause by clause; denied clauses show nothing."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lexicons.codebook import codes
from models.characters import CharacterModel, ClauseModel
from models.cue_reader import CueReader
from models.heads import head_slices
from models.model_findings import GuestText
from models.model_folder import TrainedParts
from models.reader import ReviewText

Floats = npt.NDArray[np.float64]
LONGEST_STRETCH = 800
"""Characters that the character models read at once; hardly any learnt text is longer."""
NOTHING_SHOWN = -8.0
"""Logit of a clause that is denied."""


def read_characters(fields: CharacterModel, sentiment: CharacterModel, guests: Sequence[GuestText]) -> Floats:
    """Return the logits of the character models, ``[reviews, outputs]``; they see no denied clause.

    A text that is longer than those that were learnt is read in stretches: what failed is what failed in any of them,
    everything else is their mean.
    """
    stretches = [_stretches(guest.told) for guest in guests]
    flat = [stretch for some in stretches for stretch in some]
    logits = fields.read(flat).astype(np.float64)
    logits[:, head_slices()["sentiment"]] = sentiment.read(flat)
    if len(flat) == len(guests):
        return logits
    place = head_slices()["failure_subtypes"]
    starts = np.cumsum([0, *(len(some) for some in stretches[:-1])])
    joined: Floats = np.add.reduceat(logits, starts, axis=0) / np.array([[len(some)] for some in stretches])
    joined[:, place] = np.maximum.reduceat(logits[:, place], starts, axis=0)
    return joined


def read_clauses(model: ClauseModel, guests: Sequence[GuestText]) -> list[Floats]:
    """Return what the clause model says of each clause, ``[clauses, sub-types]`` a review; denied ones show nothing."""
    read = model.read([(guest.industry, guest.told_clauses()) for guest in guests])
    logits = []
    for guest, own in zip(guests, read, strict=True):
        shown = own.astype(np.float64)
        shown[sorted(guest.denied)] = NOTHING_SHOWN
        logits.append(shown)
    return logits


def clearest(clauses: Sequence[Floats]) -> Floats:
    """Return the logits of the clearest clause of each review, ``[reviews, sub-types]``."""
    return np.array([one.max(axis=0, initial=NOTHING_SHOWN) for one in clauses])


def _stretches(text: str) -> list[str]:
    """Cut a long text into stretches, at marks where there are any near."""
    parts, begin = [], 0
    while len(text) - begin > LONGEST_STRETCH:
        end = begin + LONGEST_STRETCH
        mark = max(text.rfind(sign, begin + LONGEST_STRETCH // 2, end) for sign in ",。!?\n")
        end = mark + 1 if mark > 0 else end
        parts.append(text[begin:end])
        begin = end
    return [*parts, text[begin:]]


def layers_alone(
    cues: CueReader, parts: TrainedParts, reviews: Sequence[ReviewText]
) -> dict[str, list[frozenset[str]]]:
    """Return what each trained layer that reads every review takes to be likelier than not, for an evaluation."""
    guests = [GuestText.of(cues.read_one(review).texts) for review in reviews]
    place = head_slices()["failure_subtypes"]
    logits = {
        "characters of the text": read_characters(parts.fields, parts.sentiment, guests)[:, place],
        "characters of each clause": clearest(read_clauses(parts.clauses, guests)),
    }
    return {
        name: [
            frozenset(code for code, value in zip(codes("failure_subtype"), row, strict=True) if value > 0)
            for row in own
        ]
        for name, own in logits.items()
    }
