"""The packed encoder: four-bit numbers are widened as they were packed, and the folder made of it loads."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from transformers import BertModel

from models.training.packed_encoder import (
    BLOCK,
    MAGIC,
    PackedEncoderError,
    kept_pieces,
    read_packed_encoder,
    write_base,
)

HIDDEN, FEED_FORWARD, POSITIONS = 32, 64, 16
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "房间", "房", "间", "zzz", "很", "脏", ",")


def _packed_matrix(values: np.ndarray) -> bytes:
    """Pack a matrix as Q4_0: a scale of 16 bits, then 32 numbers of four bits, low halves first."""
    blocks = values.reshape(-1, BLOCK)
    content = b""
    for block in blocks:
        nibbles = (np.round(block / 0.5) + 8).astype(np.uint8)
        content += np.float16(0.5).tobytes() + (nibbles[:16] | nibbles[16:] << 4).tobytes()
    return content


def _tensors() -> dict[str, tuple[int, np.ndarray]]:
    """All tensors of one layer, with numbers that four bits hold exactly."""
    generator = np.random.default_rng(3)

    def matrix(*shape: int) -> tuple[int, np.ndarray]:
        return 1, generator.integers(-7, 8, shape).astype(np.float32) * 0.5

    def plain(*shape: int) -> tuple[int, np.ndarray]:
        return 0, generator.normal(size=shape).astype(np.float32)

    tensors = {
        "emb.word": matrix(len(PIECES), HIDDEN),
        "emb.pos": plain(POSITIONS, HIDDEN),
        "emb.type": plain(2, HIDDEN),
        "emb.ln.w": plain(HIDDEN),
        "emb.ln.b": plain(HIDDEN),
    }
    for name in ("q", "k", "v", "ao"):
        tensors |= {f"l0.{name}.w": matrix(HIDDEN, HIDDEN), f"l0.{name}.b": plain(HIDDEN)}
    tensors |= {"l0.fi.w": matrix(FEED_FORWARD, HIDDEN), "l0.fi.b": plain(FEED_FORWARD)}
    tensors |= {"l0.fo.w": matrix(HIDDEN, FEED_FORWARD), "l0.fo.b": plain(HIDDEN)}
    for name in ("aln", "oln"):
        tensors |= {f"l0.{name}.w": plain(HIDDEN), f"l0.{name}.b": plain(HIDDEN)}
    return tensors


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A small file in the wheel's format."""
    blob = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, blob)])
    head = MAGIC + struct.pack("<I", 1)
    head += struct.pack("<7i", HIDDEN, 1, 2, FEED_FORWARD, len(PIECES), POSITIONS, 2) + struct.pack("<fi", 1e-12, BLOCK)
    head += struct.pack("<5i", len(PIECES), 0, 2, 1, 3) + struct.pack("<Q", sum(map(len, blob)))
    head += struct.pack(f"<{len(offsets)}I", *offsets)
    head += struct.pack(f"<{len(PIECES)}f", *(-float(n) for n in range(len(PIECES)))) + b"".join(blob)
    head += struct.pack("<iI", 0, 0)
    contents = {
        name: _packed_matrix(values) if kind else values.tobytes() for name, (kind, values) in _tensors().items()
    }
    size = sum(2 + len(name) + 1 + 4 + 16 for name in contents) + 4
    directory, place = struct.pack("<i", len(contents)), len(head) + size
    for name, content in contents.items():
        kind, values = _tensors()[name]
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, values.size, place, len(content))
        place += len(content)
    path = tmp_path / "small.bin"
    path.write_bytes(head + directory + b"".join(contents.values()))
    return path


def test_numbers_come_out_as_they_were_packed(packed: Path) -> None:
    """Matrices of four bits and plain floats are read back exactly, in their shapes."""
    read = read_packed_encoder(packed)
    assert (read.hidden, read.layers, read.heads, read.feed_forward) == (HIDDEN, 1, 2, FEED_FORWARD)
    assert read.pieces == PIECES
    for name, (_, values) in _tensors().items():
        assert np.array_equal(read.tensors[name], values), name


def test_the_folder_loads_and_reads(packed: Path, tmp_path: Path) -> None:
    """Transformers loads the folder; rows of pieces that no text needs are gone, the rest keep their numbers."""
    kept = write_base(packed, ["房间很脏"], tmp_path / "base")
    tokenizer = Tokenizer.from_file(str(tmp_path / "base" / "tokenizer.json"))
    assert "zzz" not in tokenizer.get_vocab()
    assert tokenizer.encode("房间很脏").tokens[0] == "<s>"
    model = BertModel.from_pretrained(tmp_path / "base", add_pooling_layer=False)
    rows = model.embeddings.word_embeddings.weight.detach().numpy()
    assert rows.shape == (kept, HIDDEN)
    at = tokenizer.token_to_id("房间")
    assert np.array_equal(rows[at], _tensors()["emb.word"][1][PIECES.index("房间")])
    assert json.loads((tmp_path / "base" / "config.json").read_text("utf-8"))["vocab_size"] == kept


def test_single_chinese_characters_always_stay(packed: Path) -> None:
    """A character that no text of the training held can still be read; a long foreign piece goes."""
    kept = {PIECES[n] for n in kept_pieces(read_packed_encoder(packed), [])}
    assert {"房", "间", "脏", ",", "<unk>"} <= kept
    assert not {"房间", "zzz"} & kept


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file that does not begin with the magic word is none."""
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(PackedEncoderError, match=r"other\.bin: expected a file that begins with b'E5S1'"):
        read_packed_encoder(tmp_path / "other.bin")
