"""Trained weights on disk: checked before they are used, refused by name where they are damaged."""

import json
import shutil
from pathlib import Path

import pytest

from flows.model_shelf import ModelShelf
from models.model_folder import (
    CHARACTERS,
    FILES,
    MANIFEST,
    SHIPPED,
    ModelFolderError,
    check_digests,
    load_parts,
    read_manifest,
)

MOST_BYTES = 32_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped weights that a test may damage."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "models" / "copied"))


def test_the_shipped_weights_are_whole_and_small() -> None:
    """Every file is as its digest says, all together below 32 MB, with a model card."""
    check_digests(SHIPPED, read_manifest(SHIPPED))
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < MOST_BYTES
    card = (SHIPPED / "MODEL_CARD.md").read_text("utf-8")
    assert read_manifest(SHIPPED).version in card


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_by_name(folder: Path, name: str) -> None:
    """One changed byte is enough."""
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelFolderError, match=rf"{name}: expected SHA-256 .* the file is damaged"):
        load_parts(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    """A copy that was cut short says which file it lacks."""
    (folder / CHARACTERS).unlink()
    with pytest.raises(ModelFolderError, match=f"{CHARACTERS}: the file is missing"):
        load_parts(folder)


def test_weights_of_another_format_are_refused(folder: Path) -> None:
    """Weights of a later release say so instead of reading nonsense."""
    told = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**told, "format": 99}), "utf-8")
    with pytest.raises(ModelFolderError, match="expected format 2, found 99"):
        load_parts(folder)


def test_a_manifest_that_is_none_is_refused(folder: Path) -> None:
    """Broken JSON and unknown keys are named with the file."""
    (folder / MANIFEST).write_text("{", "utf-8")
    with pytest.raises(ModelFolderError, match=rf"{MANIFEST}: expected JSON"):
        read_manifest(folder)
    (folder / MANIFEST).write_text('{"colour": 1}', "utf-8")
    with pytest.raises(ModelFolderError, match=MANIFEST):
        read_manifest(folder)


def test_own_weights_are_listed_used_and_rolled_back(folder: Path) -> None:
    """What is shipped reads until another is chosen; a rollback returns to what was used before."""
    shelf = ModelShelf(folder.parent)
    assert [(model.name, model.is_used) for model in shelf.models()] == [
        ("cues", False),
        ("shipped", True),
        ("copied", False),
    ]
    shelf.use("copied")
    shelf.use("cues")
    assert (shelf.used, shelf.weights(None)) == ("cues", None)
    assert shelf.roll_back() == "copied"
    assert shelf.weights(None) == folder.resolve()
    assert shelf.roll_back() == "shipped"
    with pytest.raises(ModelFolderError, match="expected a model that was used before 'shipped'"):
        shelf.roll_back()


def test_a_model_that_is_not_there_is_refused(folder: Path) -> None:
    """The message names those that there are; damaged weights are not chosen."""
    shelf = ModelShelf(folder.parent)
    with pytest.raises(ModelFolderError, match="found none; there are: cues, shipped, copied"):
        shelf.use("copy")
    (folder / CHARACTERS).write_bytes(b"")
    with pytest.raises(ModelFolderError, match="the file is damaged"):
        shelf.use("copied")
    assert shelf.used == "shipped"


@pytest.mark.parametrize("content", ["{", "[]", '{"used": []}', '{"used": [1]}'])
def test_a_choice_that_cannot_be_read_is_refused(tmp_path: Path, content: str) -> None:
    """A broken used.json is named, with what to do."""
    (tmp_path / "used.json").write_text(content, "utf-8")
    with pytest.raises(ModelFolderError, match=r"used\.json: expected"):
        ModelShelf(tmp_path).weights(None)
