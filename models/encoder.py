"""The trained encoder: one pass over a text gives outputs for each clause and for the whole review.

A transformer (``transformers``) reads windows of tokens; the hidden states are pooled over each clause (mean and
maximum) and over the review; linear heads on these say what failed in the clause and what holds for the review.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel

from lexicons.codebook import codes
from models.heads import output_width
from models.model_folder import ENCODER, ENCODER_CONFIG


@dataclass(slots=True)
class WindowBatch:
    """Windows of tokens, padded to one length."""

    tokens: Tensor
    """``[windows, length]`` ids."""
    mask: Tensor
    """``[windows, length]``, 1 for a token, 0 for padding."""
    clauses: Tensor
    """``[windows, length]``: the number of the clause in its window that a token belongs to, -1 for none."""
    clause_count: int
    """Clauses of the window that has most."""


class ReviewEncoder(nn.Module):
    """A transformer with two linear heads, one over clauses and one over reviews."""

    def __init__(self, transformer: PreTrainedModel) -> None:
        super().__init__()
        width = transformer.config.hidden_size
        self.transformer = transformer
        self.dropout = nn.Dropout(0.1)
        self.clause_head = nn.Linear(3 * width, len(codes("failure_subtype")))
        self.review_head = nn.Linear(2 * width, output_width())

    @classmethod
    def from_base(cls, base: Path) -> "ReviewEncoder":
        """Start from a local Hugging Face folder; the heads are new."""
        return cls(AutoModel.from_pretrained(base, local_files_only=True, add_pooling_layer=False))

    @classmethod
    def from_config(cls, folder: Path) -> "ReviewEncoder":
        """Build the network that a folder describes, without weights."""
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        return cls(new_transformer(config))

    @property
    def config(self) -> PreTrainedConfig:
        """The description of the transformer."""
        config: PreTrainedConfig = self.transformer.config
        return config

    @property
    def padding(self) -> int:
        """The id of the token that fills windows up."""
        return int(self.config.pad_token_id)

    def forward(self, batch: WindowBatch) -> tuple[Tensor, Tensor]:
        """Read reviews of one window each.

        Returns:
            Logits ``[reviews, clauses, sub-types]`` and ``[reviews, outputs]``.
        """
        hidden = self.hidden(batch)
        clause_mean, clause_max = pool_clauses(hidden, batch)
        review_mean, review_max = pool_review(hidden, batch.mask)
        beside = review_mean.unsqueeze(1).expand_as(clause_mean)
        return self.clause_logits(clause_mean, clause_max, beside), self.review_logits(review_mean, review_max)

    def hidden(self, batch: WindowBatch) -> Tensor:
        """Return the hidden states ``[windows, length, width]``."""
        states: Tensor = self.transformer(input_ids=batch.tokens, attention_mask=batch.mask).last_hidden_state
        return states

    def clause_logits(self, mean: Tensor, maximum: Tensor, review_mean: Tensor) -> Tensor:
        """Return what each clause shows, ``[..., sub-types]``, its review's mean beside it."""
        logits: Tensor = self.clause_head(self.dropout(torch.cat([mean, maximum, review_mean], dim=-1)))
        return logits

    def review_logits(self, mean: Tensor, maximum: Tensor) -> Tensor:
        """Return what holds for each review, ``[..., outputs]``."""
        logits: Tensor = self.review_head(self.dropout(torch.cat([mean, maximum], dim=-1)))
        return logits


def new_transformer(config: PreTrainedConfig) -> PreTrainedModel:
    """Build the transformer that a description asks for, with weights that say nothing yet."""
    made: PreTrainedModel = AutoModel.from_config(config, add_pooling_layer=False)  # type: ignore[no-untyped-call]
    return made


def pool_clauses(hidden: Tensor, batch: WindowBatch) -> tuple[Tensor, Tensor]:
    """Return mean and maximum of the hidden states over each clause, ``[windows, clauses, width]``, 0 where empty."""
    windows, _, width = hidden.shape
    # Place 0 takes the tokens of no clause.
    places = (batch.clauses + 1).unsqueeze(-1).expand_as(hidden)
    shape = (windows, batch.clause_count + 1, width)
    sums = hidden.new_zeros(shape).scatter_add(1, places, hidden)
    counts = hidden.new_zeros(shape[:2]).scatter_add(
        1, batch.clauses + 1, torch.ones_like(batch.mask, dtype=hidden.dtype)
    )
    lowest = hidden.new_full(shape, -1e4).scatter_reduce(1, places, hidden, "amax")
    present = (counts > 0).unsqueeze(-1)
    mean = sums / counts.clamp(min=1).unsqueeze(-1)
    return mean[:, 1:], torch.where(present, lowest, torch.zeros_like(lowest))[:, 1:]


def pool_review(hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and maximum of the hidden states over the tokens of each window, ``[windows, width]``."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
    return mean, hidden.masked_fill(weights == 0, -1e4).amax(1)


def save_encoder(network: ReviewEncoder, path: Path) -> None:
    """Write the weights: matrices as 8-bit numbers with one scale a row, everything else as 16-bit floats."""
    arrays: dict[str, Tensor] = {}
    for name, tensor in network.state_dict().items():
        if tensor.dim() == 2:
            scale = tensor.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
            arrays[name] = (tensor / scale).round().to(torch.int8)
            arrays[f"{name}.scale"] = scale
        else:
            arrays[name] = tensor.to(torch.float16)
    save_file({name: tensor.contiguous() for name, tensor in arrays.items()}, path)


def load_encoder(folder: Path) -> ReviewEncoder:
    """Read the weights of a folder and widen them to 32-bit floats.

    Raises:
        ValueError: The arrays are not those of the network that ``config.json`` describes.
    """
    network = ReviewEncoder.from_config(folder)
    arrays = load_file(folder / ENCODER)
    state = {}
    for name, tensor in arrays.items():
        if name.endswith(".scale"):
            continue
        scale = arrays.get(f"{name}.scale")
        state[name] = tensor.to(torch.float32) if scale is None else tensor.to(torch.float32) * scale
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{folder / ENCODER}: expected the arrays of {ENCODER_CONFIG}; {error}") from error
    return network.eval()
