"""The encoder: outputs for each clause and each text, the same whoever else is in the batch, saved and read back."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from models.annotations import read_annotations
from models.clauses import split_clauses
from models.cleaning import clean
from models.encoder import ReviewEncoder, WindowBatch, load_encoder, pool_clauses, save_encoder
from models.heads import output_width
from models.model_folder import ENCODER
from models.text_encoder import EncodedText, TextEncoder
from tests.tiny_encoder import SAMPLE_LABELS, tiny_tokenizer, write_tiny_base

TEXTS = [clean(annotation.text).text for annotation in read_annotations(SAMPLE_LABELS)[::9]]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> ReviewEncoder:
    """An untrained network: its numbers mean nothing, but they are numbers."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_base(folder)
    torch.manual_seed(2)
    return ReviewEncoder.from_base(folder).eval()


@pytest.fixture(scope="module")
def encoder(network: ReviewEncoder) -> TextEncoder:
    """The network with its tokenizer."""
    return TextEncoder(network, tiny_tokenizer())


def _read(encoder: TextEncoder, texts: list[str]) -> list[EncodedText]:
    return encoder.read(texts, [split_clauses(text) for text in texts])


def _same(one: EncodedText, other: EncodedText) -> bool:
    return np.array_equal(one.clause_logits, other.clause_logits) and np.array_equal(
        one.review_logits, other.review_logits
    )


def test_every_clause_and_every_text_has_outputs(encoder: TextEncoder) -> None:
    """One row a clause, one vector a text, none of them empty; the clearest clause stands for the text."""
    for text, encoded in zip(TEXTS, _read(encoder, TEXTS), strict=True):
        assert encoded.clause_logits.shape == (len(split_clauses(text)), 15)
        assert encoded.review_logits.shape == (output_width(),)
        assert np.isfinite(encoded.clause_logits).all()
        assert np.array_equal(encoded.clearest, encoded.clause_logits.max(axis=0))


def test_neighbours_change_no_bit(encoder: TextEncoder) -> None:
    """Alone, shuffled and in small batches a text has the same outputs."""
    together = _read(encoder, TEXTS)
    order = list(range(len(TEXTS)))
    random.Random(4).shuffle(order)
    for place, encoded in zip(order, _read(encoder, [TEXTS[n] for n in order]), strict=True):
        assert _same(encoded, together[place])
    for n in range(0, len(TEXTS), 9):
        assert _same(_read(encoder, [TEXTS[n]])[0], together[n])


def test_long_texts_are_read_in_windows(encoder: TextEncoder) -> None:
    """A text of many windows has outputs for every clause, and a text of marks alone has none."""
    long = "房间很干净,前台说等一下。" * 200
    encoded, empty = _read(encoder, [long, "。。。"])
    assert len(encoded.clause_logits) == 400
    assert np.abs(encoded.clause_logits).min(axis=1).max() > 0
    assert len(empty.clause_logits) == 0
    assert (empty.clearest == -8).all()


def test_pooling_takes_mean_and_maximum_of_each_clause() -> None:
    """Tokens of no clause and padding are left out."""
    hidden = torch.tensor([[[9.0], [1.0], [3.0], [5.0], [9.0]]])
    batch = WindowBatch(
        tokens=torch.zeros((1, 5), dtype=torch.long),
        mask=torch.tensor([[1, 1, 1, 1, 0]]),
        clauses=torch.tensor([[-1, 0, 0, 1, -1]]),
        clause_count=3,
    )
    mean, highest = pool_clauses(hidden, batch)
    assert mean.flatten().tolist() == [2, 5, 0]
    assert highest.flatten().tolist() == [3, 5, 0]


def test_saved_weights_read_nearly_the_same(network: ReviewEncoder, tmp_path: Path) -> None:
    """Eight bits a number and a scale a row cost little; arrays of another network are refused by name."""
    write_tiny_base(tmp_path)
    save_encoder(network, tmp_path / ENCODER)
    restored = load_encoder(tmp_path)
    for name, tensor in network.state_dict().items():
        assert torch.allclose(restored.state_dict()[name], tensor, atol=0.01), name
    other = network.state_dict()
    other.pop("review_head.bias")
    save_file({name: tensor.contiguous() for name, tensor in other.items()}, tmp_path / ENCODER)
    with pytest.raises(ValueError, match=r"encoder\.safetensors: expected the arrays of config\.json"):
        load_encoder(tmp_path)
