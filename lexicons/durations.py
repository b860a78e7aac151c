"""Words by which people say how long something took, as data."""

from typing import Literal, Self

from pydantic import Field, model_validator

from lexicons.rows import LEXICON_ROOT, Row

DURATIONS_PATH = LEXICON_ROOT / "vocabulary" / "durations.tsv"


class DurationWord(Row):
    """A unit (小时 is 60 minutes), a part of a number (两, 十, 几), or a word that says that time was waited (等)."""

    word: str
    kind: Literal["unit", "digit", "times", "several", "wait"]
    value: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.kind == "wait") != (self.value is None):
            raise ValueError("expected a value for every kind but wait")
        return self
