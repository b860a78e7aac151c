"""Where things lie under the data folder; nothing else in the code spells these paths."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The data folder of one installation: landing, staging, warehouse and reports beside each other."""

    root: Path

    @property
    def landing(self) -> Path:
        """Raw but masked records, one folder a file."""
        return self.root / "landing"

    @property
    def staging(self) -> Path:
        """Work of a run that is not published yet, one folder a run."""
        return self.root / "staging"

    @property
    def warehouse(self) -> Path:
        """The published tables; the only folder that SQL may read."""
        return self.root / "warehouse"

    @property
    def reports(self) -> Path:
        """What people read."""
        return self.root / "reports"

    @property
    def models(self) -> Path:
        """A user's own trained weights, one folder a version, and which of them is used."""
        return self.root / "models"

    @property
    def identity_key(self) -> Path:
        """The key of derived identities, mode 600, made on the first import."""
        return self.root / "identity.key"

    @property
    def venues(self) -> Path:
        """The venue master where the settings name no other."""
        return self.root / "venues.csv"
