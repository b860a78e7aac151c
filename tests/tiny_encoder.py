"""A tiny encoder for tests: the layout of a Hugging Face folder, random weights, one piece a character."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from models.annotations import read_annotations
from models.cleaning import clean
from models.model_folder import TOKENIZER
from models.training.packed_encoder import SPECIAL_PIECES, tokenizer_json

SAMPLE_LABELS = Path(__file__).resolve().parents[1] / "data" / "sample" / "labels.jsonl"


def tiny_tokenizer() -> Tokenizer:
    """Return a tokenizer that knows every character of the sample."""
    characters = sorted({c for annotation in read_annotations(SAMPLE_LABELS) for c in clean(annotation.text).text})
    pieces = [*SPECIAL_PIECES, "▁", "房间", *(c for c in characters if not c.isspace() and c != "▁")]
    return Tokenizer.from_str(json.dumps(tokenizer_json(pieces, [0.0] * 4 + [-1.0] * (len(pieces) - 4))))


def write_tiny_base(folder: Path) -> None:
    """Write config, weights and tokenizer of an encoder of two layers of width 16."""
    tokenizer = tiny_tokenizer()
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / TOKENIZER))
