"""``MODEL_CARD.md``: what weights were trained on, how, how well they read what was held out, and what for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lexicons.codebook import codes, group_of, label_name
from models.heads import head_slices, review_heads
from models.model_folder import Manifest
from models.scores import FoundScore, Interval, found_score, micro_score, share
from models.training.combining import Floats
from models.training.held_out_scores import HeldOut, field_agreement

FEWEST = 20


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """What was learnt from, for the card."""

    base: str | None
    """What the encoder began with; None where none was trained."""
    layers: int
    files: Mapping[str, int]
    """Texts of each file."""
    learnt: int
    other_learnt: int
    near_copies: int
    scarce: frozenset[str]
    """Sub-types that cues alone decide, as too few texts were learnt."""


def card_markdown(manifest: Manifest, facts: TrainingFacts, held_out: HeldOut, probabilities: Floats) -> str:
    """Return the card."""
    parts = [
        f"# Model card: {manifest.version}",
        _about(manifest, facts),
        _failures(held_out, probabilities, manifest.thresholds["failure_subtypes"]),
        _sentiment(held_out, probabilities),
        _fields(held_out, probabilities, manifest.thresholds),
        _USE,
    ]
    return "\n\n".join(parts) + "\n"


def _about(manifest: Manifest, facts: TrainingFacts) -> str:
    files = "\n".join(f"| `{name}` | {count:,} |" for name, count in facts.files.items())
    return (
        f"Trained on {manifest.created} by `kesheng train`; the figures below were written by it.\n\n"
        "## What it is\n\n"
        f"{_encoder(manifest, facts)}\n\n"
        "## What it learnt from\n\n"
        f"| file | texts |\n|---|---:|\n{files}\n\n"
        f"Learnt: {facts.learnt:,} reviews read under the codebook and {facts.other_learnt:,} texts marked good or "
        "bad. A fifth of all texts, chosen by the MD5 of the text, was held out; "
        f"{facts.near_copies:,} texts that open like a held-out one were not learnt. None of "
        "these texts is part of the weights' folder or of this repository, but for those under `data/training`."
        f"{_scarce(facts)}"
    )


def _scarce(facts: TrainingFacts) -> str:
    if not facts.scarce:
        return ""
    names = ", ".join(f"`{code}`" for code in sorted(facts.scarce))
    return f"\n\nToo few texts were learnt of {names}: there cues alone decide."


def _encoder(manifest: Manifest, facts: TrainingFacts) -> str:
    layers = (
        "Cues read every review, and so do linear models over runs of one to four characters: of the whole text, and "
        "of each clause, taught by quotes what it shows. A logistic regression on what they say (stacking) gives "
        "calibrated probabilities."
    )
    if facts.base is None:
        return f"{layers} No encoder is part of these weights."
    without, always = (manifest.scores[f"subtypes_f1_{name}_encoder"] for name in ("without", "always"))
    if not manifest.has_encoder:
        return (
            f"{layers} An encoder ({facts.base}) was trained with them and is left out: with it, sub-types reached "
            f"micro-F1 {always:.3f} on what was held out, without it {without:.3f}."
        )
    return (
        f"{layers} Where they leave a doubt, a transformer encoder reads too ({facts.base}, its first {facts.layers} "
        "layers, matrices stored as 8-bit numbers with a scale a row, calculated in 32 bits); it pools its states over "
        f"each clause. It is asked about {manifest.scores['asked_share']:.0%} of the held-out reviews; sub-types "
        f"micro-F1 without it {without:.3f}, always asked {always:.3f}."
    )


def _failures(held_out: HeldOut, probabilities: Floats, threshold: float) -> str:
    place = head_slices()["failure_subtypes"]
    judged = np.flatnonzero(held_out.known[:, place][:, 0] > 0)
    names = codes("failure_subtype")
    told = [frozenset(n for n, v in zip(names, held_out.targets[row, place], strict=True) if v) for row in judged]
    read = [
        frozenset(n for n, v in zip(names, probabilities[row, place], strict=True) if v >= threshold) for row in judged
    ]
    groups = [[frozenset(map(group_of, labels)) for labels in side] for side in (told, read)]
    rows = ["| label | 中文 | n | precision | recall | F1 |", "|---|---|---:|---|---|---|"]
    rows += [_row(found_score(name, told, read), label_name("failure_subtype", name)) for name in names]
    rows.append(_row(micro_score("**all sub-types**", told, read), ""))
    rows += [_row(found_score(g, *groups), label_name("failure_group", g)) for g in codes("failure_group")]
    rows.append(_row(micro_score("**all groups**", *groups), ""))
    domains = [held_out.domains[row] for row in judged]
    for domain in sorted(set(domains)):
        own = [[labels for labels, d in zip(side, domains, strict=True) if d == domain] for side in (told, read)]
        rows.append(_row(micro_score(f"sub-types, {domain}", *own), ""))
    return (
        f"## Failures, {len(judged)} reviews that were not learnt\n\n"
        "At review level; n is how many have the label; 95 % intervals (Wilson; F1: bootstrap over reviews). The rule "
        "that weighs the layers was fitted on the other four fifths of these reviews each time. Below "
        f"{FEWEST} cases nothing is scored.\n\n" + "\n".join(rows)
    )


def _row(score: FoundScore, name: str) -> str:
    if score.positives < FEWEST:
        return f"| {score.label} | {name} | {score.positives} | too few to score | | |"
    cells = " | ".join(_interval(value) for value in (score.precision, score.recall, score.f1))
    return f"| {score.label} | {name} | {score.positives} | {cells} |"


def _sentiment(held_out: HeldOut, probabilities: Floats) -> str:
    place = head_slices()["sentiment"].start
    only = (held_out.known[:, place] > 0) & (held_out.known[:, 0] == 0)
    right = (probabilities[:, place] > 0.5) == (held_out.targets[:, place] > 0)
    domains = np.array(held_out.domains)
    rows = ["| set | n | accuracy |", "|---|---:|---|"]
    for domain in sorted(set(domains[only])):
        own = right[only & (domains == domain)]
        rows.append(f"| {domain} | {len(own)} | {_interval(share(int(own.sum()), len(own)))} |")
    return "## Sentiment, held-out texts marked good or bad\n\n" + "\n".join(rows)


def _fields(held_out: HeldOut, probabilities: Floats, thresholds: Mapping[str, float]) -> str:
    rows = ["| field | n | kappa | same |", "|---|---:|---|---:|"]
    for head in review_heads():
        if head.name not in ("failure_subtypes", "sentiment"):
            for score in field_agreement(head, held_out, probabilities, thresholds):
                shown = f"{score.kappa:.2f}" if score.n >= FEWEST else "too few to score"
                rows.append(f"| {score.field} | {score.n} | {shown} | {score.agreement:.1%} |")
    return (
        "## The other fields\n\n"
        "Cohen's kappa, `severity` and `satisfaction` with quadratic weights; n counts the reviews whose label is "
        "anything but the usual one.\n\n" + "\n".join(rows)
    )


_USE = """## What it is for, and what not

To sort and count customers' texts about services for a quality team, with the words that show each finding, so that a
person can check it. Not to judge single employees or customers, not to decide automatically about anybody.

Known weaknesses: rare sub-types (special needs, customer's own error, problem customers) were learnt from few texts,
most of them written for the project; fields with loose edges (empathy, fairness, recovery actions) agree less with
labels than two readings of one text do; texts in other languages are not judged; labels of the public sentiment sets
are a few per cent wrong themselves. Labels were made by reading under one codebook: take agreement with them as
consistency, not as truth.

## Licences

Weights: Apache-2.0, as this repository; of an encoder, where there is one, the licence of its base holds beside it. The
public texts that were learnt from were used for research and measurement and are not passed on.

# 模型说明

本模型用来归类和统计顾客评价，并给出每条判断所依据的原文，供质量人员复核；不用于评判某位员工或顾客，也不做任何自动决定。
上面的分数都在没有参与训练的五分之一文本上测得，附样本数与 95% 置信区间；少见的失误类型样本少，分数仅供参考。"""


def _interval(value: Interval) -> str:
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"
