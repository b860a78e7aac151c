"""Training of the encoder: warm-up on weak labels, fine-tuning on labelled reviews, and its files.

The one part of a training that needs torch; what an earlier start has finished is not repeated.
"""

import random
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel

from models.cue_reader import CueReader
from models.encoder import ReviewEncoder, new_transformer, save_encoder
from models.model_folder import ENCODER, TOKENIZER
from models.text_encoder import TextEncoder
from models.training.examples import Example, ExampleMaker
from models.training.fitting import fit
from models.training.training_plan import TrainingPlan
from models.training.training_texts import TrainingTexts
from models.training.weak_labels import weak_examples

WARMED = "warmed.pt"
TUNED = "tuned.pt"
"""What a training that was stopped goes on from; not part of the weights."""


def train_encoder(
    texts: TrainingTexts,
    plan: TrainingPlan,
    base: Path,
    cues: CueReader,
    *,
    target: Path,
    say: Callable[[str], None],
) -> TextEncoder:
    """Train an encoder from the first layers of ``base``, write its files into ``target``, and return it as written."""
    maker = ExampleMaker(Tokenizer.from_file(str(base / TOKENIZER)))
    network = shallow_network(base, plan.layers)
    _warm_up(network, texts, plan, cues, maker=maker, kept=target / WARMED, say=say)
    _fine_tune(network, texts, plan, maker, kept=target / TUNED, say=say)
    _write_encoder(network, base, target)
    return TextEncoder.load(target)


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


def _write_encoder(network: ReviewEncoder, base: Path, target: Path) -> None:
    network.config.save_pretrained(target)
    save_encoder(network, target / ENCODER)
    copyfile(base / TOKENIZER, target / TOKENIZER)
