"""``docs/quality.md``: what was measured, on what, with how many cases and how sure, as Markdown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lexicons.codebook import label_name
from models.error_kinds import KIND_MEANING, ErrorKind
from models.evaluation import Evaluation, FieldScore, SentimentScore
from models.scores import FoundScore, Interval

FEWEST = 20
"""Cases below which a score is not shown: its interval would say nothing."""
BAR = 20
CONFUSIONS = 10
TOO_FEW = "too few to score"


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A file of labels and how it is named in the document."""

    name: str
    sha256: str
    about: str


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Everything that the document shows."""

    labels: LabelFile
    model_version: str
    lexicon_version: str
    evaluation: Evaluation
    sentiment: tuple[SentimentScore, ...]
    errors: Mapping[tuple[bool, ErrorKind], int]
    baseline_subtypes: FoundScore | None = None
    """Characters and logistic regression on the same labels, by cross-validation."""
    layers: Sequence[FoundScore] = field(default=())
    """What each layer finds alone, and all together."""
    confusions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(labelled, read) → how often the same words were read as another sub-type."""
    agreement: Sequence[tuple[str, int, float]] = field(default=())
    """What two independent readings agree on: field, cases, kappa."""
    read_twice: int = 0
    """Reviews with two readings."""
    rule_saw_labels: bool = False
    """Whether the rule that weighs the trained layers was fitted on these labels too."""
    missing_systems: tuple[str, ...] = ()
    sentiment_sets: tuple[str, ...] = ()


def quality_markdown(report: QualityReport) -> str:
    """Return the document."""
    measured = report.evaluation
    parts = [
        _head(report),
        _found_table("Failure sub-types", measured.subtypes, measured.all_subtypes, "failure_subtype"),
        _baseline(report),
        _layers(report.layers),
        _found_table("Failure groups", measured.groups, measured.all_groups, "failure_group"),
        _domains(measured),
        _quotes(measured),
        _fields(measured.fields),
        _sentiment(report),
        _errors(report.errors),
        _confusions(report.confusions),
        _agreement(report.agreement, report.read_twice),
        _missing(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_RULE_SAW = (
    "\n- No layer has learnt these reviews, but the rule that weighs the layers was fitted on them too, so the figures "
    "flatter it a little; cross-validated ones stand in `models/weights/MODEL_CARD.md`."
)


def _head(report: QualityReport) -> str:
    labels = report.labels
    return (
        "# Quality\n\n"
        "Made by `kesheng evaluate`; do not edit. Every figure stands with its number of cases (n) and a 95 % "
        "interval: Wilson for shares, a bootstrap over reviews for F1. A label with fewer than "
        f"{FEWEST} cases is not scored.\n\n"
        f"- Labels: `{labels.name}`, {report.evaluation.n} reviews (SHA-256 `{labels.sha256[:12]}`). {labels.about}\n"
        f"- Reader: `{report.model_version}`, lists `{report.lexicon_version}`. It sees the text and the "
        "trade, never the rating."
        f"{_RULE_SAW if report.rule_saw_labels else ''}"
    )


def _found_table(title: str, scores: Sequence[FoundScore], together: FoundScore, name_field: str) -> str:
    rows = ["| label | 中文 | n | found | precision | recall | F1 |", "|---|---|---:|---:|---|---|---|"]
    for score in scores:
        name = label_name(name_field, score.label)
        if score.positives < FEWEST:
            rows.append(f"| `{score.label}` | {name} | {score.positives} | {score.found} | {TOO_FEW} | | |")
        else:
            rows.append(f"| `{score.label}` | {name} | {score.positives} | {score.found} | {_scores(score)} |")
    rows.append(f"| **{together.label}** (micro) | | {together.positives} | {together.found} | {_scores(together)} |")
    return f"## {title}\n\n" + "\n".join(rows)


def _scores(score: FoundScore) -> str:
    return f"{_interval(score.precision)} | {_interval(score.recall)} | {_interval(score.f1)}"


def _baseline(report: QualityReport) -> str:
    score = report.baseline_subtypes
    if score is None:
        return ""
    return (
        "For comparison on the same reviews: characters 1-4 TF-IDF and one logistic regression a sub-type, judged by "
        f"five-fold cross-validation, reaches micro-F1 {_interval(score.f1)} (precision {_interval(score.precision)}, "
        f"recall {_interval(score.recall)}). It shows no words."
    )


def _layers(layers: Sequence[FoundScore]) -> str:
    if not layers:
        return ""
    rows = ["| layer | found | precision | recall | F1 |", "|---|---:|---|---|---|"]
    rows += [f"| {score.label} | {score.found} | {_scores(score)} |" for score in layers]
    return (
        "### Layer by layer\n\n"
        "The sub-types of the same reviews, micro-averaged. A trained layer alone finds what it takes to be likelier "
        "than not.\n\n" + "\n".join(rows)
    )


def _confusions(confusions: Mapping[tuple[str, str], int]) -> str:
    if not confusions:
        return ""
    rows = ["| labelled | read as | reviews |", "|---|---|---:|"]
    rows += [f"| `{told}` | `{read}` | {count} |" for (told, read), count in list(confusions.items())[:CONFUSIONS]]
    return (
        "## Confusions\n\n"
        f"Where the same words were read as another sub-type: the {CONFUSIONS} most frequent pairs.\n\n"
        + "\n".join(rows)
    )


def _domains(evaluation: Evaluation) -> str:
    rows = ["| trade | incidents labelled | precision | recall | F1 |", "|---|---:|---|---|---|"]
    for score in evaluation.by_domain:
        shown = _scores(score) if score.positives >= FEWEST else f"{TOO_FEW} | | "
        rows.append(f"| {score.label} | {score.positives} | {shown} |")
    return "## Sub-types by trade\n\n" + "\n".join(rows)


def _quotes(evaluation: Evaluation) -> str:
    calibration = "" if math.isnan(evaluation.calibration) else f"{evaluation.calibration:.3f}"
    return (
        "## Quotes and confidence\n\n"
        "| what | n | value |\n|---|---:|---|\n"
        "| overlap of the quote with the labelled one, where the sub-type is right (character F1) | "
        f"{evaluation.quotes} | {evaluation.quote_f1:.3f} |\n"
        "| expected calibration error of the incidents' confidence, ten bins | "
        f"{evaluation.incidents} | {calibration} |"
        f"{_calibration(evaluation)}"
    )


def _calibration(evaluation: Evaluation) -> str:
    if not evaluation.calibration_bins:
        return ""
    rows = ["| incidents | mean confidence | right | |", "|---:|---:|---|---|"]
    rows += [
        f"| {one.n} | {one.confidence:.2f} | {_interval(one.right)} | `{'█' * round(one.right.value * BAR)}` |"
        for one in evaluation.calibration_bins
    ]
    return (
        "\n\nIncidents by tenths of their confidence, and the share of them that the labels confirm (the bar: "
        f"{BAR} blocks are all):\n\n" + "\n".join(rows)
    )


def _fields(scores: Sequence[FieldScore]) -> str:
    rows = ["| field | n | kappa | same |", "|---|---:|---|---:|"]
    for score in scores:
        value = f"{score.kappa:.2f}" if score.n >= FEWEST else TOO_FEW
        rows.append(f"| {score.field} | {score.n} | {value} | {score.agreement:.1%} |")
    return (
        "## The other fields\n\n"
        "Cohen's kappa between the reader and the labels; `severity` and `satisfaction` with quadratic weights. n "
        "counts the reviews whose label is anything but the usual value.\n\n" + "\n".join(rows)
    )


def _sentiment(report: QualityReport) -> str:
    if not report.sentiment:
        return ""
    systems = list(dict.fromkeys(score.system for score in report.sentiment))
    sizes = {score.domain: score.n for score in report.sentiment}
    cells = {(score.domain, score.system): score for score in report.sentiment}
    rows = [f"| set | n | {' | '.join(systems)} |", f"|---|---:|{'---|' * len(systems)}"]
    for domain, n in sizes.items():
        shown = [_accuracy(cells[domain, system]) if (domain, system) in cells else "" for system in systems]
        if n < FEWEST:
            shown = [TOO_FEW, *[""] * (len(systems) - 1)]
        rows.append(f"| {domain} | {n} | {' | '.join(shown)} |")
    return (
        "## Sentiment\n\n"
        "Accuracy of good against bad; an undecided text counts as wrong, its share stands in brackets. All systems "
        "read the same texts in the same run.\n\n" + "\n".join(rows)
    )


def _accuracy(score: SentimentScore) -> str:
    undecided = f" ({score.undecided:.1%} undecided)" if score.undecided else ""
    return f"{_interval(score.accuracy)}{undecided}"


def _errors(errors: Mapping[tuple[bool, ErrorKind], int]) -> str:
    if not errors:
        return ""
    rows = ["| kind | missed | invented | what it means |", "|---|---:|---:|---|"]
    kinds = sorted(KIND_MEANING, key=lambda kind: -errors.get((True, kind), 0) - errors.get((False, kind), 0))
    rows += [
        f"| {kind} | {errors.get((True, kind), 0)} | {errors.get((False, kind), 0)} | {KIND_MEANING[kind]} |"
        for kind in kinds
    ]
    return "## Errors on sub-types, by kind\n\n" + "\n".join(rows)


def _agreement(agreement: Sequence[tuple[str, int, float]], reviews: int) -> str:
    if not agreement:
        return ""
    rows = ["| field | n | kappa |", "|---|---:|---|"]
    rows += [f"| {name} | {n} | {f'{value:.2f}' if n >= FEWEST else TOO_FEW} |" for name, n, value in agreement]
    return (
        "## Agreement of the two readings\n\n"
        f"{reviews} reviews were read twice, independently, and the labels were settled from both readings. Readings "
        "made under one codebook agree more than strangers would: take these figures as consistency, not as truth. No "
        "reader can be expected to agree with the labels more than the readings do with each other. n as above, over "
        "both readings.\n\n" + "\n".join(rows)
    )


def _missing(report: QualityReport) -> str:
    lines = ["## What these figures do not say", ""]
    lines.append(
        "- The labels above say how the lists read texts like these. What they do on your own texts only your own "
        "labels say: `kesheng evaluate --labels your-labels.jsonl --out your-quality.md`."
    )
    if not report.sentiment_sets:
        lines.append(
            "- Accuracy on the public sentiment sets (ChnSentiCorp hotel, waimai_10k, online_shopping_10_cats) needs "
            "files that are not part of this repository, as their licences do not allow it: "
            "`kesheng evaluate --sentiment hotel.csv --sentiment delivery.csv --sentiment shopping.csv`, "
            "each with the columns `label` (0 or 1) and `review`."
        )
    if report.missing_systems:
        lines.append(
            f"- Not compared, because not installed: {', '.join(report.missing_systems)}. `make setup` brings them."
        )
    return "\n".join(lines)


def _interval(interval: Interval) -> str:
    if math.isnan(interval.value):
        return "–"
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
