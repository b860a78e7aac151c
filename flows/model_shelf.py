"""The trained weights of one installation: those that are shipped, a user's own, and which of them reads."""

import json
from dataclasses import dataclass
from pathlib import Path

from models.model_folder import MANIFEST, SHIPPED, Manifest, ModelFolderError, load_parts, read_manifest
from warehouse.store import write_atomically

SHIPPED_NAME = "shipped"
CUES_NAME = "cues"
_CHOICE = "used.json"


@dataclass(frozen=True, slots=True)
class ShelvedModel:
    """One set of weights that can be used."""

    name: str
    """``shipped``, ``cues``, or the name of its folder."""
    manifest: Manifest | None
    """None for cues alone."""
    is_used: bool


@dataclass(frozen=True, slots=True)
class ModelShelf:
    """The folder ``<data>/models``: a folder a version, and ``used.json``, which keeps what was used before."""

    folder: Path

    def models(self) -> list[ShelvedModel]:
        """Return everything that can be used: cues, shipped, and a user's own in order of name."""
        used = self.used
        shelved = [ShelvedModel(CUES_NAME, None, used == CUES_NAME)]
        if (SHIPPED / MANIFEST).exists():
            shelved.append(ShelvedModel(SHIPPED_NAME, read_manifest(SHIPPED), used == SHIPPED_NAME))
        shelved += [
            ShelvedModel(path.parent.name, read_manifest(path.parent), used == path.parent.name)
            for path in sorted(self.folder.glob(f"*/{MANIFEST}"))
        ]
        return shelved

    @property
    def used(self) -> str:
        """The name of what reads: as chosen last, else what is shipped."""
        return self._history()[-1]

    def weights(self, name: str | None) -> Path | None:
        """Return the folder of a name, of what is used where none is given; None for cues alone.

        Raises:
            ModelFolderError: There is no such model.
        """
        name = name or self.used
        if name == CUES_NAME:
            return None
        folder = SHIPPED if name == SHIPPED_NAME else self.folder / name
        if not (folder / MANIFEST).exists():
            known = ", ".join(model.name for model in self.models())
            raise ModelFolderError(f"expected a model of the name '{name}' at {folder}, found none; there are: {known}")
        return folder.resolve()

    def use(self, name: str) -> None:
        """Choose what reads from now on, after a look at every file of it.

        Raises:
            ModelFolderError: There is no such model, or it is damaged.
        """
        folder = self.weights(name)
        if folder is not None:
            load_parts(folder)
        history = self._history()
        if history[-1] != name:
            self._keep([*history, name])

    def roll_back(self) -> str:
        """Return to what was used before, and return its name.

        Raises:
            ModelFolderError: Nothing was used before.
        """
        history = self._history()
        if len(history) == 1:
            raise ModelFolderError(f"expected a model that was used before '{history[0]}'; there was none")
        self.weights(history[-2])
        self._keep(history[:-1])
        return history[-2]

    def _history(self) -> list[str]:
        path = self.folder / _CHOICE
        if not path.exists():
            return [SHIPPED_NAME if (SHIPPED / MANIFEST).exists() else CUES_NAME]
        try:
            names = json.loads(path.read_text("utf-8"))["used"]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise ModelFolderError(
                f'{path}: expected {{"used": [names, the last in use]}}; {error!r}. Delete it to use what is shipped'
            ) from error
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise ModelFolderError(f"{path}: expected a list of names under 'used'; found {names!r}")
        return names

    def _keep(self, history: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"used": history}, indent=2, ensure_ascii=False) + "\n"
        write_atomically(self.folder / _CHOICE, content.encode())
