"""The codebook of all labels: their codes, which are the words of the code, and the names that people read."""

from functools import cache
from typing import Literal, Self

from pydantic import model_validator

from lexicons.rows import LEXICON_ROOT, Row, read_rows

Language = Literal["zh", "en"]

CODEBOOK_PATH = LEXICON_ROOT / "vocabulary" / "codebook.tsv"
DEFINITIONS_PATH = LEXICON_ROOT / "vocabulary" / "codebook_definitions.tsv"


class Label(Row):
    """One label: the field that it belongs to, its code, and its names."""

    field: str
    code: str
    chinese: str
    english: str

    def name(self, language: Language) -> str:
        """Return the name to show, e.g. ``服务延误`` or ``Unreasonably slow service``."""
        return self.chinese if language == "zh" else self.english


class Definition(Row):
    """What counts as a label, in Chinese, for the people who label; the example may be empty."""

    field: str
    code: str
    definition: str
    example: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.code not in codebook().get(self.field, {}):
            raise ValueError(f"'{self.field}' '{self.code}' is no label of the codebook")
        return self


@cache
def codebook() -> dict[str, dict[str, Label]]:
    """Return all labels as field → code → label, in the codebook's order."""
    fields: dict[str, dict[str, Label]] = {}
    for label in read_rows(CODEBOOK_PATH, Label):
        fields.setdefault(label.field, {})[label.code] = label
    return fields


def definitions() -> tuple[Definition, ...]:
    """Return what counts as each label that people give, field by field."""
    return read_rows(DEFINITIONS_PATH, Definition)


def codes(field: str) -> tuple[str, ...]:
    """Return the codes of one field, e.g. ``codes("failure_group")`` → ``("delivery", "request", …)``.

    Raises:
        KeyError: The codebook has no such field.
    """
    return tuple(codebook()[field])


def label_name(field: str, code: str | int, language: Language = "zh") -> str:
    """Return the name to show for a code, or the code itself where the codebook does not name it."""
    label = codebook()[field].get(str(code))
    return label.name(language) if label else str(code)


def group_of(failure_subtype: str) -> str:
    """Return the group of a failure sub-type, e.g. ``delivery.slow`` → ``delivery``."""
    return failure_subtype.partition(".")[0]
