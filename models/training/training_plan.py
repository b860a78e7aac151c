"""What is trained, and how long."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FittingPlan:
    """How a network is fitted; AdamW (Loshchilov & Hutter 2019) with a linear warm-up and descent."""

    epochs: int = 3
    tokens_per_batch: int = 2048
    encoder_rate: float = 8e-5
    head_rate: float = 1e-3
    warm_up: float = 0.1
    seed: int = 20261127


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What is trained, and how long."""

    version: str
    base: Path | None = None
    """A local Hugging Face folder; None to train no encoder, which needs no torch."""
    layers: int = 3
    """The first so many layers of the encoder are kept."""
    weak_texts: int = 30_000
    warm_up: FittingPlan = field(default_factory=lambda: FittingPlan(epochs=1, encoder_rate=1.5e-4))
    fine_tuning: FittingPlan = field(default_factory=lambda: FittingPlan(epochs=3, encoder_rate=1e-4))
    sentences_beside: int = 3000
    """Sentiment texts that go on being learnt during fine-tuning, so that the encoder does not forget them."""
    seed: int = 20261127
