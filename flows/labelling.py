"""The loop between people and the machine: books to label, what came back, how far readers agree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from flows.corrections import annotation_of, is_of
from flows.night import Night, NightOutcome, run_corrections
from lexicons.codebook import codes
from models.evaluation import FieldScore, field_score, pair_fields, told_fields
from models.scores import FoundScore, found_score, kappa, micro_score
from reports.label_answers import Answer, LabelAnswers, Problem, read_label_workbook
from reports.label_sheet import failure_name
from reports.labelling_queue import stored_reviews
from warehouse.labels import (
    Label,
    audited_reviews,
    disputed_labels,
    read_twice,
    standing_labels,
    stored_labels,
    text_digest,
)
from warehouse.schema import LABELS

if TYPE_CHECKING:
    from models.annotations import Annotation


@dataclass(slots=True)
class LabelsImported:
    """What became of a book: ``rows = taken + untouched + problems``."""

    answers: LabelAnswers
    problems: list[Problem]
    taken: int = 0
    differing: int = 0
    """Of those: readings whose failure sub-types are not what the machine says."""
    disputed: list[str] = field(default_factory=list)
    """Reviews of the book on which readers now disagree, in words."""
    outcome: NightOutcome | None = None
    """The run that published the readings; None where there was nothing to publish."""


def import_labels(night: Night, path: Path, annotator: str) -> LabelsImported:
    """Take what an annotator has filled in; the readings that stand are published at once.

    Rows that are wrong are named and left out, the others are taken.

    Raises:
        LabelWorkbookError: It is no book of `kesheng label export`.
        WarehouseBusyError: Another run holds the warehouse.
    """
    answers = read_label_workbook(path)
    imported = LabelsImported(answers, list(answers.problems))
    warehouse = night.settings.folder.warehouse
    stored = stored_reviews(warehouse, [str(answer["review_id"]) for answer in answers.answers.values()])
    new: list[Label] = []
    for row, answer in answers.answers.items():
        review = stored.get(str(answer["review_id"]))
        if review is None:
            imported.problems.append(Problem(row, str(answer["review_id"]), "库里没有这条评论"))
            continue
        label = _label(answer, review, answers, annotator)
        label["read_at"] = night.clock()
        if problem := _quote_problem(label, review):
            imported.problems.append(Problem(row, str(answer["review_id"]), problem))
            continue
        machine = review["machine_failure_subtypes"] if review["read_by"] == "person" else review["failure_subtypes"]
        imported.differing += set(_codes(label["failure_subtypes"])) != set(_codes(machine))
        new.append(label)
    imported.problems.sort(key=lambda problem: problem.row)
    imported.taken = len(new)
    if new:
        imported.outcome = run_corrections(night, new)
    own = {str(label["review_id"]) for label in new}
    disputed = disputed_labels(stored_labels(night.store))
    imported.disputed = [_dispute(i, readings) for i, readings in sorted(disputed.items()) if i in own]
    return imported


def _label(answer: Answer, review: dict[str, object], answers: LabelAnswers, annotator: str) -> Label:
    texts = (review[name] for name in ("title", "text", "follow_up_text"))
    title, text, follow_up = (None if part is None else str(part) for part in texts)
    given = {
        **answer,
        "annotator": annotator,
        "purpose": answers.purpose,
        "batch": answers.batch,
        "settled": answers.settles,
        "text_digest": text_digest(title, text or "", follow_up),
    }
    return {name: given.get(name) for name in LABELS.arrow.names}


def _quote_problem(label: Label, review: dict[str, object]) -> str | None:
    for quote in _codes(label["quotes"]):
        if quote not in str(review["text"]) and quote not in str(review["follow_up_text"] or ""):
            return f"原话“{quote}”不在正文或追评里，请原样复制"
    try:
        annotation_of(label, review)
    except ValidationError as error:
        return str(error.errors()[0]["msg"])
    return None


def _dispute(review_id: str, readings: Sequence[Label]) -> str:
    said = [
        f"{reading['annotator']}：{'、'.join(map(failure_name, _codes(reading['failure_subtypes']))) or '无失误'}"
        for reading in readings
    ]
    return f"{review_id}　{'；'.join(said)}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers of the same review agree."""

    pairs: int
    """Reviews that two people have read; of more than two, the last two."""
    same_failures: float
    """Share of pairs whose failure sub-types are the same."""
    fields: tuple[FieldScore, ...]
    """Kappa of each sub-type that anybody has given, then of the other fields."""


def agreement(labels: Sequence[Label], reviews: dict[str, dict[str, object]]) -> Agreement | None:
    """Return how far readers agree where two have read; None where no review was read twice.

    Args:
        labels: All readings.
        reviews: The stored reviews by id; readings of another text are left out.
    """
    pairs: list[tuple[Annotation, Annotation]] = []
    for review_id, readings in read_twice(labels).items():
        review = reviews.get(review_id)
        both = [annotation_of(r, review) for r in readings if review and is_of(r, review)][-2:]
        if len(both) == 2:
            pairs.append((both[0], both[1]))
    if not pairs:
        return None
    given = sorted({code for pair in pairs for one in pair for code in one.subtypes})
    subtypes = []
    for code in given:
        first, second = ([code in pair[side].subtypes for pair in pairs] for side in (0, 1))
        agreed = sum(a == b for a, b in zip(first, second, strict=True)) / len(pairs)
        either = sum(a or b for a, b in zip(first, second, strict=True))
        subtypes.append(FieldScore(code, either, kappa(first, second), agreed))
    others = pair_fields([told_fields(a) for a, _ in pairs], [told_fields(b) for _, b in pairs])
    return Agreement(
        len(pairs),
        sum(a.subtypes == b.subtypes for a, b in pairs) / len(pairs),
        (*subtypes, *(field_score(name, values) for name, values in others.items())),
    )


def audit_scores(labels: Sequence[Label], reviews: dict[str, dict[str, object]]) -> list[FoundScore]:
    """Return how well the machine finds failures on the reviews that were drawn at random: all, then each sub-type.

    Of a review on which readers disagree nothing is known, and it is left out; empty where nothing was drawn.
    """
    audited = audited_reviews(labels)
    read = [row for row in reviews.values() if row["review_id"] in audited and row["read_by"] == "person"]
    if not read:
        return []
    people = [frozenset(_codes(row["failure_subtypes"])) for row in read]
    machine = [frozenset(_codes(row["machine_failure_subtypes"])) for row in read]
    seen = [code for code in codes("failure_subtype") if any(code in said for said in (*people, *machine))]
    return [
        micro_score(f"all sub-types ({len(read)} reviews)", people, machine),
        *(found_score(code, people, machine) for code in seen),
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is of people's readings."""

    readings: int
    reviews: int
    standing: int
    """Reviews whose reading stands in the place of the machine's."""
    disputed: int
    outdated: int
    """Reviews whose text is another one by now; the machine's reading stands."""
    audited: int


def standing(labels: Sequence[Label], reviews: dict[str, dict[str, object]]) -> Standing:
    """Count what there is: ``reviews = standing + disputed + outdated``; of what is stored no more, outdated."""
    stands = standing_labels(labels)
    current = sum(1 for i, label in stands.items() if i in reviews and is_of(label, reviews[i]))
    return Standing(
        readings=len(labels),
        reviews=len({label["review_id"] for label in labels}),
        standing=current,
        disputed=len(disputed_labels(labels)),
        outdated=len(stands) - current,
        audited=len(audited_reviews(labels)),
    )


def _codes(value: object) -> list[str]:
    return [str(code) for code in value] if isinstance(value, list) else []
