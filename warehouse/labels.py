"""Readings by people: kept beside the tables, one row a review, annotator and purpose, and which of them stands.

A reading stands in the place of the machine's where it is of the text as stored and nobody disputes it: a dispute is
two annotators whose failure sub-types differ, and ends with a reading that is marked as settled.
"""

import hashlib
from collections.abc import Iterable, Sequence

import pyarrow as pa

from warehouse.schema import LABELS
from warehouse.store import LocalStore, Partition, Written

Label = dict[str, object]
"""One row of the table ``labels``."""
PARTITION = Partition(LABELS.name)


def text_digest(title: str | None, text: str, follow_up_text: str | None) -> str:
    """Return what a reading is bound to: the same for the same stored texts, another one once they change."""
    return hashlib.blake2b(
        repr((title, text, follow_up_text)).encode("utf-8", "surrogatepass"), digest_size=8
    ).hexdigest()


def stored_labels(store: LocalStore) -> list[Label]:
    """Return all readings, in order of review and annotator."""
    rows: list[Label] = store.read(PARTITION).to_pylist()
    return rows


def merged_labels(before: Iterable[Label], new: Iterable[Label]) -> list[Label]:
    """Return the readings with new ones among them; one of the same review, annotator and purpose is replaced."""
    by_key = {_key(label): label for label in before}
    by_key.update({_key(label): label for label in new})
    return list(by_key.values())


def write_labels(store: LocalStore, labels: Sequence[Label]) -> Written:
    """Write the table anew; only under the store's lock."""
    return store.replace(PARTITION, pa.Table.from_pylist(list(labels), schema=LABELS.arrow))


def standing_labels(labels: Iterable[Label]) -> dict[str, Label]:
    """Return review → the reading that stands: the last settled one, else the last one unless it is disputed."""
    standing: dict[str, Label] = {}
    for review_id, own in _by_review(labels).items():
        settled = [label for label in own if label["settled"]]
        if settled or not _is_disputed(own):
            standing[review_id] = (settled or own)[-1]
    return standing


def disputed_labels(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """Return review → its readings, the last of each annotator, where they differ and none is settled."""
    return {
        review_id: own
        for review_id, own in _by_review(labels).items()
        if _is_disputed(own) and not any(label["settled"] for label in own)
    }


def read_twice(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """Return review → the last reading of each annotator, where there are two or more; settling ones are left out."""
    open_ones = [label for label in labels if not label["settled"]]
    return {review_id: own for review_id, own in _by_review(open_ones).items() if len(own) > 1}


def audited_reviews(labels: Iterable[Label]) -> frozenset[str]:
    """Return the reviews that were read as part of a random sample."""
    return frozenset(str(label["review_id"]) for label in labels if label["purpose"] == "audit")


def _key(label: Label) -> tuple[object, object, object]:
    return label["review_id"], label["annotator"], label["purpose"]


def _by_review(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """Return review → the last reading of each annotator, oldest first."""
    last: dict[tuple[str, object], Label] = {}
    for label in sorted(labels, key=lambda label: str(label["read_at"])):
        key = str(label["review_id"]), label["annotator"]
        # Taken out first, so that the order is that of the last readings.
        last.pop(key, None)
        last[key] = label
    by_review: dict[str, list[Label]] = {}
    for (review_id, _), label in last.items():
        by_review.setdefault(review_id, []).append(label)
    return by_review


def _is_disputed(labels: Sequence[Label]) -> bool:
    return len({frozenset(_codes(label["failure_subtypes"])) for label in labels}) > 1


def _codes(value: object) -> list[str]:
    return value if isinstance(value, list) else []
