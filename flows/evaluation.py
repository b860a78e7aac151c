"""The evaluation as a plain function: label files in, a quality report out."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flows.readers import ReadingChoice
from lexicons.codebook import codes
from models import baselines
from models.annotations import Annotation, AnnotationError, LabelledSentence, read_annotations, read_sentiment_set
from models.character_reading import layers_alone
from models.error_kinds import count_confusions, count_kinds, failure_errors
from models.evaluation import (
    SentimentScore,
    evaluate,
    evaluate_sentiment,
    field_score,
    pair_fields,
    reader_judge,
    subtypes_read,
    told_fields,
)
from models.model_folder import load_parts, read_manifest
from models.quality_document import LabelFile, QualityReport
from models.scores import FoundScore, kappa, micro_score

FIRST_READING = "readings/first.jsonl"
SECOND_READING = "readings/second.jsonl"
"""Beside a file of labels: the two readings that it was settled from."""
CHARACTERS = "characters TF-IDF + logistic regression, own set"


def evaluate_quality(
    labels: Path,
    sentiment: Sequence[Path],
    choice: ReadingChoice,
    *,
    compare: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> QualityReport:
    """Measure a reader against a file of labels and, where given, sentiment sets.

    Args:
        labels: JSON Lines under the codebook; see ``models.annotations``.
        sentiment: CSV files, plain or gzipped, with the columns ``label`` (0 or 1) and ``review``.
        choice: Which lists are read with.
        compare: Whether other systems read the same texts.
        say: Told what is being done.

    Raises:
        AnnotationError: A file is missing or wrong.
    """
    annotations = read_annotations(labels)
    readings = _readings(labels)
    sets = {path.name: read_sentiment_set(path) for path in sentiment}
    say("reading the labelled reviews")
    errors = failure_errors(choice.explainer, annotations, _disputed(readings))
    sentences = [s for path in sets.values() for s in path] or _sentences(annotations)
    digest = hashlib.sha256(labels.read_bytes()).hexdigest()
    return QualityReport(
        labels=LabelFile(labels.name, digest, _about(annotations)),
        rule_saw_labels=choice.weights is not None and digest in read_manifest(choice.weights).judged.values(),
        model_version=choice.model_version,
        lexicon_version=choice.cues.lexicon_version,
        evaluation=evaluate(choice.reader, annotations),
        sentiment=tuple(_sentiment_scores(sentences, choice, compare=compare, say=say)),
        errors=count_kinds(errors),
        confusions=count_confusions(errors),
        layers=tuple(_layers(annotations, choice)),
        baseline_subtypes=_characters(annotations, say) if compare else None,
        agreement=_agreement(readings),
        read_twice=len(readings[0]) if readings else 0,
        missing_systems=baselines.missing() if compare else (),
        sentiment_sets=tuple(sets),
    )


def _sentiment_scores(
    sentences: Sequence[LabelledSentence], choice: ReadingChoice, *, compare: bool, say: Callable[[str], None]
) -> list[SentimentScore]:
    scores = evaluate_sentiment(f"Kesheng ({choice.model_version})", reader_judge(choice.reader), sentences)
    if not compare:
        return scores
    for name, judge in baselines.available().items():
        say(f"reading with {name}")
        scores += evaluate_sentiment(name, judge, sentences)
    if "sklearn" not in baselines.missing():
        say(f"reading with {CHARACTERS}")
        for domain in sorted({sentence.domain for sentence in sentences}):
            own = [sentence for sentence in sentences if sentence.domain == domain]
            marks = [sentence.positive for sentence in own]
            if min(marks.count(True), marks.count(False)) >= baselines.FOLDS:
                scores += evaluate_sentiment(CHARACTERS, baselines.judge_by_characters(marks), own)
    return scores


def _characters(annotations: Sequence[Annotation], say: Callable[[str], None]) -> FoundScore | None:
    if "sklearn" in baselines.missing() or len(annotations) < 2 * baselines.FOLDS:
        return None
    say("reading sub-types with characters and logistic regression")
    told = [annotation.subtypes for annotation in annotations]
    texts = [annotation.text for annotation in annotations]
    return micro_score("characters", told, baselines.subtypes_by_characters(texts, told, codes("failure_subtype")))


def _layers(annotations: Sequence[Annotation], choice: ReadingChoice) -> list[FoundScore]:
    """Return what the lists, each trained layer and all together find; nothing where the lists read alone."""
    if choice.weights is None:
        return []
    told = [annotation.subtypes for annotation in annotations]
    reviews = [annotation.review for annotation in annotations]
    found = {
        "lists": subtypes_read(choice.cues.read(reviews)),
        **layers_alone(choice.cues, load_parts(choice.weights), reviews),
    }
    found["all, weighed"] = subtypes_read(choice.reader.read(reviews))
    return [micro_score(name, told, read) for name, read in found.items()]


def _sentences(annotations: Sequence[Annotation]) -> list[LabelledSentence]:
    """Good and bad reviews among the labelled ones; grade 3 is neither."""
    return [LabelledSentence(a.domain, a.text, a.satisfaction > 3) for a in annotations if a.satisfaction != 3]


def _readings(labels: Path) -> tuple[tuple[Annotation, ...], tuple[Annotation, ...]] | None:
    paths = [labels.parent / name for name in (FIRST_READING, SECOND_READING)]
    if not all(path.exists() for path in paths):
        return None
    first, second = (read_annotations(path) for path in paths)
    by_id = {annotation.id: annotation for annotation in second}
    if {annotation.id for annotation in first} != set(by_id):
        raise AnnotationError(f"{SECOND_READING}:1: expected the same ids as in {FIRST_READING}")
    return first, tuple(by_id[annotation.id] for annotation in first)


def _disputed(readings: tuple[tuple[Annotation, ...], tuple[Annotation, ...]] | None) -> Mapping[str, frozenset[str]]:
    return {} if readings is None else {a.id: a.subtypes ^ b.subtypes for a, b in zip(*readings, strict=True)}


def _agreement(
    readings: tuple[tuple[Annotation, ...], tuple[Annotation, ...]] | None,
) -> list[tuple[str, int, float]]:
    if readings is None:
        return []
    first, second = readings
    rows = []
    for code in codes("failure_subtype"):
        pairs = [(code in a.subtypes, code in b.subtypes) for a, b in zip(first, second, strict=True)]
        rows.append((code, sum(any(pair) for pair in pairs), kappa([a for a, _ in pairs], [b for _, b in pairs])))
    fields = pair_fields([told_fields(a) for a in first], [told_fields(b) for b in second])
    for name, values in fields.items():
        score = field_score(name, values)
        rows.append((name, score.n, score.kappa))
    return rows


def _about(annotations: Sequence[Annotation]) -> str:
    counts: dict[str, int] = {}
    for annotation in annotations:
        counts[annotation.domain] = counts.get(annotation.domain, 0) + 1
    return "By trade: " + ", ".join(f"{domain} {count}" for domain, count in sorted(counts.items())) + "."
