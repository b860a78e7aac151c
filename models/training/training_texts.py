"""What a training learns from, what it holds out, and what the labels say as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.annotations import Annotation, LabelledSentence
from models.cleaning import clean
from models.heads import target_mask, target_vector, told_labels
from models.training.combining import Floats
from models.training.split import Split, held_out_openings, split


@dataclass(frozen=True, slots=True)
class TrainingTexts:
    """What is learnt from."""

    annotations: Split[Annotation]
    sentences: Split[LabelledSentence]
    judged: tuple[Annotation, ...] = ()
    """Reviews that are never learnt: only the rule that weighs the layers is fitted on them, as on what is held out."""

    @classmethod
    def of(
        cls,
        annotations: Sequence[Annotation],
        sentences: Sequence[LabelledSentence],
        judged: Sequence[Annotation] = (),
    ) -> "TrainingTexts":
        """Hold out a fifth of the first two, near-copies across the two included."""
        openings = held_out_openings([*(a.text for a in annotations), *(s.text for s in sentences)])
        return cls(
            split(annotations, lambda a: a.text, openings), split(sentences, lambda s: s.text, openings), tuple(judged)
        )


def guest_words(annotation: Annotation) -> str:
    """Return the cleaned text and follow-up, each on its own line, as ``GuestText`` joins them."""
    return "\n".join(clean(part).text for part in (annotation.text, annotation.follow_up_text) if part)


def told_targets(annotations: Sequence[Annotation]) -> tuple[Floats, Floats]:
    """Return ``[reviews, outputs]`` of what labels say, and where they say it; grade 3 is neither good nor bad."""
    told = [told_labels(annotation) for annotation in annotations]
    return np.array([target_vector(labels) for labels in told]), np.array([target_mask(labels) for labels in told])
