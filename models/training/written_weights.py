"""Writes the arrays of trained layers as safetensors, under the names that ``models.model_folder`` reads."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from models.characters import CharacterModel, ClauseModel
from models.combination import Combination


def write_characters(path: Path, fields: CharacterModel, sentiment: CharacterModel, clauses: ClauseModel) -> None:
    """Write the character models."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    models = {"fields": fields, "sentiment": sentiment, "clauses": clauses.characters}
    for name, model in models.items():
        arrays[f"{name}.table"] = model.table.view(np.int64)
        arrays[f"{name}.rarity"] = model.rarity.astype(np.float16)
        arrays[f"{name}.weights"] = model.weights
        arrays[f"{name}.scales"] = model.scales
        arrays[f"{name}.biases"] = model.biases
    arrays["clauses.trade_biases"] = clauses.trade_biases
    arrays["clauses.trades"] = np.frombuffer("\n".join(clauses.trades).encode(), np.uint8)
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


def write_combination(path: Path, combination: Combination) -> None:
    """Write the rule that weighs the layers."""
    weights = {}
    for name, heads in (("with_encoder", combination.with_encoder), ("without_encoder", combination.without_encoder)):
        for head, own in heads.items():
            weights[f"{name}.{head}.weights"] = own.weights.astype(np.float32)
            weights[f"{name}.{head}.biases"] = own.biases.astype(np.float32)
    save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, path)
