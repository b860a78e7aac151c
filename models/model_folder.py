"""A folder of trained weights: read whole, checked against its digests, refused by name where a file is damaged."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.characters import CharacterModel, ClauseModel
from models.combination import Combination, HeadWeights
from models.heads import review_heads

SHIPPED = Path(__file__).resolve().parent / "weights"
MANIFEST = "model.json"
CHARACTERS = "characters.safetensors"
COMBINATION = "combination.safetensors"
ENCODER = "encoder.safetensors"
ENCODER_CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
CARD = "MODEL_CARD.md"
FORMAT = 2
FILES = (CHARACTERS, COMBINATION)
ENCODER_FILES = (ENCODER, ENCODER_CONFIG, TOKENIZER)
"""Where the weights have an encoder."""


class ModelFolderError(ValueError):
    """A folder of weights is missing, damaged or of another format; the message names the file."""


class RefiningError(ValueError):
    """Weights cannot be refined: there is too little to learn, or learning it does not help."""


class Manifest(BaseModel):
    """What ``model.json`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    version: str = Field(min_length=1)
    """Stored with every review that the model has read, e.g. ``kesheng-2026.11``."""
    created: str
    """Day on which it was trained."""
    thresholds: dict[str, float]
    """Of each field that may hold any number of labels: the probability from which one holds."""
    asks_within: float = Field(ge=0)
    """Log-odds from its threshold within which a label is in doubt, so that the encoder is asked about the review; 0
    where the weights have no encoder, because it brought nothing on what was held out."""
    scores: dict[str, float] = Field(default_factory=dict)
    """Held-out scores, for ``kesheng model list``."""
    judged: dict[str, str] = Field(default_factory=dict)
    """Label files that only the rule saw, with their SHA-256: figures on them flatter."""
    files: dict[str, str]
    """SHA-256 of every file."""

    @property
    def has_encoder(self) -> bool:
        """Whether an encoder is part of the weights."""
        return self.asks_within > 0

    @property
    def needed(self) -> tuple[str, ...]:
        """The files that there must be."""
        return FILES + (ENCODER_FILES if self.has_encoder else ())


@dataclass(frozen=True, slots=True)
class TrainedParts:
    """What a folder holds, but for the encoder, which its own module loads."""

    folder: Path
    manifest: Manifest
    fields: CharacterModel
    sentiment: CharacterModel
    clauses: ClauseModel
    combination: Combination


def read_manifest(folder: Path) -> Manifest:
    """Read ``model.json``.

    Raises:
        ModelFolderError: There is none, or it is wrong.
    """
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate(json.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise ModelFolderError(
            f"{path}: expected trained weights, found none; `kesheng model list` shows what there is"
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelFolderError(f"{path}: expected JSON; {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelFolderError(f"{path}: {place}: {first['msg']}") from error
    if manifest.format != FORMAT:
        raise ModelFolderError(
            f"{path}: expected format {FORMAT}, found {manifest.format}; train anew with this release"
        )
    return manifest


@cache
def load_parts(folder: Path) -> TrainedParts:
    """Read and check a folder of weights, once a process.

    Raises:
        ModelFolderError: A file is missing, differs from its digest, or lacks an array.
    """
    manifest = read_manifest(folder)
    check_digests(folder, manifest)
    characters = _arrays(folder / CHARACTERS)
    combination = _arrays(folder / COMBINATION)
    try:
        return TrainedParts(
            folder=folder,
            manifest=manifest,
            fields=_characters(characters, "fields"),
            sentiment=_characters(characters, "sentiment"),
            clauses=ClauseModel(
                _characters(characters, "clauses"),
                tuple(characters["clauses.trades"].tobytes().decode().split("\n")),
                characters["clauses.trade_biases"].astype(np.float32),
            ),
            combination=Combination(
                with_encoder=_weights(combination, "with_encoder") if manifest.has_encoder else {},
                without_encoder=_weights(combination, "without_encoder"),
            ),
        )
    except KeyError as error:
        raise ModelFolderError(f"{folder}: expected the array {error}; train anew with this release") from error


def check_digests(folder: Path, manifest: Manifest) -> None:
    """Compare every file with the digest that the manifest gives.

    Raises:
        ModelFolderError: A file is missing or differs; the message names it.
    """
    for name in manifest.needed:
        path = folder / name
        if name not in manifest.files:
            raise ModelFolderError(f"{folder / MANIFEST}: expected a digest of {name}, found none")
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except FileNotFoundError as error:
            raise ModelFolderError(f"{path}: the file is missing; restore the folder from where it came") from error
        if found != manifest.files[name]:
            raise ModelFolderError(
                f"{path}: expected SHA-256 {manifest.files[name][:12]}…, found {found[:12]}…: the file is damaged or "
                "was changed; restore it from where it came (git restore, or train anew)"
            )


def _arrays(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ModelFolderError(f"{path}: expected safetensors; {error}") from error


def _characters(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> CharacterModel:
    return CharacterModel(
        table=arrays[f"{name}.table"].view(np.uint64),
        rarity=arrays[f"{name}.rarity"].astype(np.float32),
        weights=arrays[f"{name}.weights"].astype(np.int8),
        scales=arrays[f"{name}.scales"].astype(np.float32),
        biases=arrays[f"{name}.biases"].astype(np.float32),
    )


def _weights(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> dict[str, HeadWeights]:
    return {
        head.name: HeadWeights(
            arrays[f"{name}.{head.name}.weights"].astype(np.float64),
            arrays[f"{name}.{head.name}.biases"].astype(np.float64),
        )
        for head in review_heads()
    }
