"""What people have read, as labelled reviews: for the analysis, for training, for agreement between readers."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from models.annotations import Annotation, LabelledFailure, LabelledRecovery
from models.reader import RATER_DIMENSIONS
from warehouse.labels import Label, audited_reviews, standing_labels, stored_labels, text_digest
from warehouse.store import LocalStore

TEXT_COLUMNS = ("review_id", "industry", "title", "text", "follow_up_text", "reply_text")


def annotation_of(label: Label, review: Mapping[str, object]) -> Annotation:
    """Return a reading as a labelled review.

    Args:
        label: A row of the table ``labels``.
        review: The stored review, with ``TEXT_COLUMNS``.

    Raises:
        pydantic.ValidationError: A quote does not stand in the text, or a code is none of the codebook.
    """
    pairs = zip(_list(label["failure_subtypes"]), _list(label["quotes"]), strict=True)
    outcome = label["recovery_outcome"]
    ratings = {dimension: label[f"rater_{dimension}"] for dimension in RATER_DIMENSIONS}
    return Annotation.model_validate(
        {
            "id": review["review_id"],
            "domain": review["industry"] or "unknown",
            **{name: review[name] for name in ("text", "follow_up_text", "reply_text")},
            "failures": [LabelledFailure(type=code, quote=quote) for code, quote in pairs],
            **{name: label[name] for name in ("severity", "satisfaction", "expectation", "loyalty")},
            "rater": {dimension: value for dimension, value in ratings.items() if value is not None},
            **{name: _list(label[name]) for name in ("voice", "fairness")},
            "recovery": LabelledRecovery.model_validate(
                {"actions": _list(label["recovery_actions"]), "outcome": outcome}
            )
            if outcome is not None
            else None,
        }
    )


def annotations_of(landed: pa.Table, labels: Mapping[str, Label]) -> dict[int, Annotation]:
    """Return row → what a person says, for those rows whose text is the one that was read."""
    if not labels:
        return {}
    columns = landed.select(TEXT_COLUMNS)
    found = {}
    for row, review_id in enumerate(columns.column("review_id").to_pylist()):
        if (label := labels.get(review_id)) is not None:
            review = columns.slice(row, 1).to_pylist()[0]
            if is_of(label, review):
                found[row] = annotation_of(label, review)
    return found


def is_of(label: Label, review: Mapping[str, object]) -> bool:
    """Return whether a reading is of the text as it is stored now."""
    title, text, follow_up = (review[name] for name in ("title", "text", "follow_up_text"))
    return bool(label["text_digest"] == text_digest(_text(title), str(text), _text(follow_up)))


def standing_readings(warehouse: Path) -> dict[str, Label]:
    """Return review → the reading that stands in the place of the machine's."""
    return standing_labels(stored_labels(LocalStore(warehouse)))


def to_learn(labels: Iterable[Label]) -> dict[str, Label]:
    """Return the readings that a training may learn: those that stand, of reviews that no audit has drawn.

    What is drawn at random measures the machine; learnt, it would be measured on what it knows by heart.
    """
    known = list(labels)
    audited = audited_reviews(known)
    return {review_id: label for review_id, label in standing_labels(known).items() if review_id not in audited}


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return None if value is None else str(value)
