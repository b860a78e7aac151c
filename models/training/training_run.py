"""A training from labelled files to a folder of weights: ``kesheng train``.

1. *Warm-up*: the encoder, cut to its first layers, learns sentiment labels and what cues say of unlabelled texts.
2. *Fine-tuning*: it learns the texts that were read under the codebook, with their quotes.
3. *Characters*: the linear model learns the same texts.
4. *Combination*: on a fifth that none of the three saw, the rule that weighs cues, characters and encoder is fitted,
   and judged by cross-validation within that fifth.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from shutil import copyfile

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel

from models.characters import CharacterModel
from models.cleaning import clean
from models.combination import Combination, Evidence, doubtful
from models.cue_reader import CueReader
from models.encoder import ReviewEncoder, new_transformer, save_encoder
from models.heads import cue_vector, head_slices
from models.model_findings import GuestText
from models.model_folder import (
    CARD,
    CHARACTERS,
    COMBINATION,
    ENCODER,
    ENCODER_FILES,
    FILES,
    FORMAT,
    MANIFEST,
    TOKENIZER,
    Manifest,
)
from models.model_reader import read_characters
from models.text_encoder import TextEncoder
from models.training.character_fitting import fit_characters
from models.training.combining import (
    choose_thresholds,
    cross_probabilities,
    fit_combination,
    scarce_subtypes,
)
from models.training.doubt import choose_doubt
from models.training.examples import Example, ExampleMaker
from models.training.fitting import FittingPlan, fit
from models.training.held_out_scores import HeldOut, held_out_scores
from models.training.model_card import TrainingFacts, card_markdown
from models.training.training_texts import TrainingTexts, guest_words, told_targets
from models.training.weak_labels import weak_examples

WARMED = "warmed.pt"
TUNED = "tuned.pt"
"""What a training that was stopped goes on from; not part of the weights."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What is trained, and how long."""

    version: str
    base: Path
    """A local Hugging Face folder."""
    layers: int = 3
    """The first so many layers of the encoder are kept."""
    weak_texts: int = 30_000
    warm_up: FittingPlan = field(default_factory=lambda: FittingPlan(epochs=1, encoder_rate=1.5e-4))
    fine_tuning: FittingPlan = field(default_factory=lambda: FittingPlan(epochs=3, encoder_rate=1e-4))
    sentences_beside: int = 3000
    """Sentiment texts that go on being learnt during fine-tuning, so that the encoder does not forget them."""
    seed: int = 20261127


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
    tokenizer = Tokenizer.from_file(str(plan.base / TOKENIZER))
    maker = ExampleMaker(tokenizer)
    network = shallow_network(plan.base, plan.layers)
    _warm_up(network, texts, plan, cues, maker=maker, kept=target / WARMED, say=say)
    _fine_tune(network, texts, plan, maker, kept=target / TUNED, say=say)
    _write_encoder(network, plan.base, target)
    say("characters")
    fields, sentiment = _characters(texts)
    say("weighing the layers on what was held out")
    held_out = judge_held_out(texts, cues, (fields, sentiment), TextEncoder.load(target))
    scarce = scarce_subtypes(told_targets(texts.annotations.learnt)[0])
    labels = (held_out.evidence, held_out.targets, held_out.known, scarce)
    combination = fit_combination(*labels)
    probabilities = cross_probabilities(*labels)
    thresholds = choose_thresholds(probabilities, held_out.targets, held_out.known)
    cheap = cross_probabilities(*labels, with_encoder=False)
    doubt = choose_doubt(cheap, probabilities, held_out, thresholds)
    say(
        f"the encoder is asked about {doubt.asked:.0%} of the held-out reviews (within {doubt.within} log-odds); "
        f"sub-types micro-F1 without it {doubt.never:.4f}, asked so {doubt.chosen:.4f}, always {doubt.always:.4f}"
    )
    probabilities = np.where(doubtful(cheap, thresholds, doubt.within)[:, None], probabilities, cheap)
    # Those above were chosen with the encoder always asked; from here on it is asked as it will be.
    thresholds = choose_thresholds(probabilities, held_out.targets, held_out.known)
    if not doubt.within:
        say("the encoder is left out: it brings nothing on what was held out")
        combination = replace(combination, with_encoder={})
        for name in ENCODER_FILES:
            (target / name).unlink()
    _write(target, fields, sentiment, combination)
    needed = FILES + (ENCODER_FILES if doubt.within else ())
    manifest = Manifest(
        format=FORMAT,
        version=plan.version,
        created=date.today().isoformat(),  # noqa: DTZ011 - a day to show, of the trainer's own calendar
        thresholds=thresholds,
        asks_within=doubt.within,
        scores=held_out_scores(held_out, probabilities, thresholds) | doubt.scores,
        judged=dict(judged),
        files={name: sha256((target / name).read_bytes()).hexdigest() for name in needed},
    )
    (target / MANIFEST).write_text(json.dumps(manifest.model_dump(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    facts = TrainingFacts(
        plan.base.name,
        plan.layers if doubt.within else 0,
        files,
        len(texts.annotations.learnt),
        len(texts.sentences.learnt),
        texts.annotations.near_copies + texts.sentences.near_copies,
        scarce,
    )
    (target / CARD).write_text(card_markdown(manifest, facts, held_out, probabilities), "utf-8")
    return manifest


def shallow_network(base: Path, layers: int) -> ReviewEncoder:
    """Return a network over the first layers of an encoder."""
    whole = AutoModel.from_pretrained(base, local_files_only=True, add_pooling_layer=False)
    config = AutoConfig.from_pretrained(base, local_files_only=True)
    config.num_hidden_layers = min(layers, config.num_hidden_layers)
    cut = new_transformer(config)
    wanted = set(cut.state_dict())
    cut.load_state_dict({name: tensor for name, tensor in whole.state_dict().items() if name in wanted})
    return ReviewEncoder(cut)


def _warm_up(
    network: ReviewEncoder,
    texts: TrainingTexts,
    plan: TrainingPlan,
    cues: CueReader,
    *,
    maker: ExampleMaker,
    kept: Path,
    say: Callable[[str], None],
) -> None:
    if kept.exists():
        say(f"warm-up: taken from {kept.name}")
        network.load_state_dict(torch.load(kept, weights_only=True))
        return
    sentences = [s for s in texts.sentences.learnt if len(s.text) > 5]
    random.Random(plan.seed).shuffle(sentences)
    examples = weak_examples(sentences[: plan.weak_texts], cues, maker)
    if not examples:
        say("warm-up: no unlabelled texts, left out")
        return
    say(f"warm-up on {len(examples)} texts")
    fit(network, examples, plan.warm_up, say)
    torch.save(network.state_dict(), kept)


def _fine_tune(
    network: ReviewEncoder,
    texts: TrainingTexts,
    plan: TrainingPlan,
    maker: ExampleMaker,
    *,
    kept: Path,
    say: Callable[[str], None],
) -> None:
    if kept.exists():
        say(f"fine-tuning: taken from {kept.name}")
        network.load_state_dict(torch.load(kept, weights_only=True))
        network.eval()
        return
    say(f"fine-tuning on {len(texts.annotations.learnt)} labelled reviews")
    fit(network, _fine_tuning_examples(texts, plan, maker), plan.fine_tuning, say)
    torch.save(network.state_dict(), kept)


def _fine_tuning_examples(texts: TrainingTexts, plan: TrainingPlan, maker: ExampleMaker) -> list[Example]:
    examples = [maker.of_annotation(annotation) for annotation in texts.annotations.learnt]
    domains = sorted({sentence.domain for sentence in texts.sentences.learnt})
    for domain in domains:
        own = [sentence for sentence in texts.sentences.learnt if sentence.domain == domain]
        random.Random(plan.seed).shuffle(own)
        for sentence in own[: plan.sentences_beside // len(domains)]:
            example = maker.of_sentence(sentence)
            example.review_mask *= 2
            examples.append(example)
    return examples


def _characters(texts: TrainingTexts) -> tuple[CharacterModel, CharacterModel]:
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
    return fields, fit_characters([word for word, _ in told], marks, np.ones_like(marks), 3)


def judge_held_out(
    texts: TrainingTexts, cues: CueReader, characters: tuple[CharacterModel, CharacterModel], encoder: TextEncoder
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
    logits = read_characters(*characters, guests)
    encoded = encoder.read([guest.text for guest in guests], [guest.clauses for guest in guests])
    evidence = Evidence(
        np.array([cue_vector(one.reading.labels, one.reading.incidents) for one in read]),
        logits,
        np.array([one.review_logits for one in encoded], dtype=np.float64),
        np.array([one.clearest for one in encoded], dtype=np.float64),
    )
    domains = tuple(
        [a.domain for a in texts.annotations.held_out]
        + [f"{a.domain}, never learnt" for a in texts.judged]
        + [s.domain for s in sentences]
    )
    return HeldOut(evidence, np.concatenate([targets, more]), np.concatenate([known, more_known]), domains)


def _write_encoder(network: ReviewEncoder, base: Path, target: Path) -> None:
    network.config.save_pretrained(target)
    save_encoder(network, target / ENCODER)
    copyfile(base / TOKENIZER, target / TOKENIZER)


def _write(target: Path, fields: CharacterModel, sentiment: CharacterModel, combination: Combination) -> None:
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, model in (("fields", fields), ("sentiment", sentiment)):
        arrays[f"{name}.table"] = model.table.view(np.int64)
        arrays[f"{name}.rarity"] = model.rarity.astype(np.float16)
        arrays[f"{name}.weights"] = model.weights
        arrays[f"{name}.scales"] = model.scales
        arrays[f"{name}.biases"] = model.biases
    save_file(arrays, target / CHARACTERS)
    weights = {}
    for name, heads in (("with_encoder", combination.with_encoder), ("without_encoder", combination.without_encoder)):
        for head, own in heads.items():
            weights[f"{name}.{head}.weights"] = own.weights.astype(np.float32)
            weights[f"{name}.{head}.biases"] = own.biases.astype(np.float32)
    save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, target / COMBINATION)
