"""A training from labelled files to a folder of weights: ``kesheng train``.

1. *Warm-up*: the encoder, cut to its first layers, learns sentiment labels and what cues say of unlabelled texts.
2. *Fine-tuning*: it learns the texts that were read under the codebook, with their quotes.
3. *Characters*: the linear models learn the same texts, whole and clause by clause.
4. *Combination*: on a fifth that none of the three saw, the rule that weighs cues, characters and encoder is fitted,
   and judged by cross-validation within that fifth.

Without a base there is no encoder, and the first two are left out.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np

from models.character_reading import clearest, read_characters, read_clauses
from models.characters import CharacterModel, ClauseModel
from models.clauses import split_clauses
from models.cleaning import clean
from models.combination import Combination, Evidence, doubtful
from models.cue_reader import CueReader
from models.heads import cue_vector, head_slices
from models.model_findings import GuestText
from models.model_folder import (
    CARD,
    CHARACTERS,
    COMBINATION,
    ENCODER_FILES,
    FILES,
    FORMAT,
    MANIFEST,
    Manifest,
)
from models.model_reader import Encoder
from models.training.character_fitting import fit_characters, fit_clauses
from models.training.combining import (
    Floats,
    choose_leanings,
    choose_thresholds,
    cross_probabilities,
    fit_combination,
    lean,
    lean_probabilities,
    scarce_subtypes,
)
from models.training.doubt import NEVER_ASKED, Doubt, choose_doubt
from models.training.examples import quoted_clauses
from models.training.held_out_scores import HeldOut, held_out_scores
from models.training.model_card import TrainingFacts, card_markdown
from models.training.training_plan import TrainingPlan
from models.training.training_texts import TrainingTexts, guest_words, told_targets
from models.training.written_weights import write_characters, write_combination


def train(
    texts: TrainingTexts,
    plan: TrainingPlan,
    cues: CueReader,
    target: Path,
    *,
    files: Mapping[str, int],
    judged: Mapping[str, str],
    say: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Train, judge, and write a folder of weights; what an earlier start has finished is not repeated.

    Args:
        texts: What is learnt from, and what is held out.
        plan: How.
        cues: What labels the texts of the warm-up, and is weighed with the rest.
        target: The folder to write.
        files: Texts of each file, for the model card.
        judged: SHA-256 of each file of ``texts.judged``.
        say: Told what is being done.
    """
    target.mkdir(parents=True, exist_ok=True)
    encoder = None
    if plan.base is not None:
        # Torch takes seconds to import, and there may be none.
        from models.training.encoder_training import train_encoder  # noqa: PLC0415

        encoder = train_encoder(texts, plan, plan.base, cues, target=target, say=say)
    say("characters")
    models = _characters(texts)
    say("weighing the layers on what was held out")
    held_out = judge_held_out(texts, cues, models, encoder)
    scarce = scarce_subtypes(told_targets(texts.annotations.learnt)[0])
    weighed = _weigh(held_out, scarce, say)
    if encoder is not None and not weighed.doubt.within:
        for name in ENCODER_FILES:
            (target / name).unlink()
    write_characters(target / CHARACTERS, *models)
    write_combination(target / COMBINATION, weighed.combination)
    needed = FILES + (ENCODER_FILES if weighed.doubt.within else ())
    manifest = Manifest(
        format=FORMAT,
        version=plan.version,
        created=date.today().isoformat(),  # noqa: DTZ011 - a day to show, of the trainer's own calendar
        thresholds=weighed.thresholds,
        asks_within=weighed.doubt.within,
        scores=held_out_scores(held_out, weighed.probabilities, weighed.thresholds)
        | (weighed.doubt.scores if encoder is not None else {}),
        judged=dict(judged),
        files={name: sha256((target / name).read_bytes()).hexdigest() for name in needed},
    )
    (target / MANIFEST).write_text(json.dumps(manifest.model_dump(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    facts = TrainingFacts(
        plan.base.name if plan.base else None,
        plan.layers if weighed.doubt.within else 0,
        files,
        len(texts.annotations.learnt),
        len(texts.sentences.learnt),
        texts.annotations.near_copies + texts.sentences.near_copies,
        scarce,
    )
    (target / CARD).write_text(card_markdown(manifest, facts, held_out, weighed.probabilities), "utf-8")
    return manifest


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The rule, what it says of each held-out review that it was not fitted on, and when the encoder is asked."""

    combination: Combination
    probabilities: Floats
    thresholds: dict[str, float]
    doubt: Doubt


def _weigh(held_out: HeldOut, scarce: frozenset[str], say: Callable[[str], None]) -> _Weighed:
    labels = (held_out.evidence, held_out.targets, held_out.known, scarce)
    combination = fit_combination(*labels)
    cheap = cross_probabilities(*labels, with_encoder=False)
    if held_out.evidence.encoder is None:
        return _leaning(held_out, combination, cheap, NEVER_ASKED)
    probabilities = cross_probabilities(*labels)
    thresholds = choose_thresholds(probabilities, held_out.targets, held_out.known)
    doubt = choose_doubt(cheap, probabilities, held_out, thresholds)
    say(
        f"the encoder is asked about {doubt.asked:.0%} of the held-out reviews (within {doubt.within} log-odds); "
        f"sub-types micro-F1 without it {doubt.never:.4f}, asked so {doubt.chosen:.4f}, always {doubt.always:.4f}"
    )
    probabilities = np.where(doubtful(cheap, thresholds, doubt.within)[:, None], probabilities, cheap)
    if not doubt.within:
        say("the encoder is left out: it brings nothing on what was held out")
        combination = replace(combination, with_encoder={})
    # The thresholds above were chosen with the encoder always asked; from here on it is asked as it will be.
    return _leaning(held_out, combination, probabilities, doubt)


def _leaning(held_out: HeldOut, combination: Combination, probabilities: Floats, doubt: Doubt) -> _Weighed:
    thresholds = choose_thresholds(probabilities, held_out.targets, held_out.known)
    leanings = choose_leanings(probabilities, held_out.targets, held_out.known)
    return _Weighed(lean(combination, leanings), lean_probabilities(probabilities, leanings), thresholds, doubt)


def _characters(texts: TrainingTexts) -> tuple[CharacterModel, CharacterModel, ClauseModel]:
    learnt = texts.annotations.learnt
    words = [guest_words(annotation) for annotation in learnt]
    targets, known = told_targets(learnt)
    place = head_slices()["sentiment"]
    known_fields = known.copy()
    known_fields[:, place] = 0
    fields = fit_characters(words, targets.astype(np.float32), known_fields.astype(np.float32), 2)
    judged = known[:, place][:, 0] > 0
    told = [(word, row[place][0]) for word, row, is_known in zip(words, targets, judged, strict=True) if is_known]
    told += [(clean(s.text).text, float(s.positive)) for s in texts.sentences.learnt]
    marks = np.array([[mark] for _, mark in told], np.float32)
    sentiment = fit_characters([word for word, _ in told], marks, np.ones_like(marks), 3)
    return fields, sentiment, _clauses(texts)


def _clauses(texts: TrainingTexts) -> ClauseModel:
    words: list[str] = []
    trades: list[str] = []
    targets: list[np.typing.NDArray[np.float32]] = []
    for annotation in texts.annotations.learnt:
        cleaned = clean(annotation.text).text
        own = [cleaned[clause.start : clause.end] for clause in split_clauses(cleaned)]
        words += own
        trades += [annotation.review.industry or ""] * len(own)
        targets.append(quoted_clauses(annotation, len(own)))
    return fit_clauses(words, trades, np.concatenate(targets), 2)


def judge_held_out(
    texts: TrainingTexts,
    cues: CueReader,
    characters: tuple[CharacterModel, CharacterModel, ClauseModel],
    encoder: Encoder | None,
) -> HeldOut:
    """Let the three layers read what was held out: all labelled reviews, and as many sentiment texts again."""
    annotations = [*texts.annotations.held_out, *texts.judged]
    sentences = list(texts.sentences.held_out)
    random.Random(len(annotations)).shuffle(sentences)
    sentences = sentences[: max(3000, len(annotations))]
    reviews = [a.review for a in annotations] + [s.review for s in sentences]
    read = [cues.read_one(review) for review in reviews]
    guests = [GuestText.of(one.texts) for one in read]
    targets, known = told_targets(annotations)
    place = head_slices()["sentiment"]
    more = np.zeros((len(sentences), targets.shape[1]))
    more_known = more.copy()
    more[:, place], more_known[:, place] = [[float(s.positive)] for s in sentences] or 0, 1
    fields, sentiment, clauses = characters
    logits = read_characters(fields, sentiment, guests)
    evidence = Evidence(
        np.array([cue_vector(one.reading.labels, one.reading.incidents) for one in read]),
        logits,
        clearest(read_clauses(clauses, guests)),
    )
    if encoder is not None:
        encoded = encoder.read([guest.text for guest in guests], [guest.clauses for guest in guests])
        evidence = replace(
            evidence,
            encoder=np.array([one.review_logits for one in encoded], dtype=np.float64),
            encoder_clauses=np.array([one.clearest for one in encoded], dtype=np.float64),
        )
    domains = tuple(
        [a.domain for a in texts.annotations.held_out]
        + [f"{a.domain}, never learnt" for a in texts.judged]
        + [s.domain for s in sentences]
    )
    return HeldOut(evidence, np.concatenate([targets, more]), np.concatenate([known, more_known]), domains)
