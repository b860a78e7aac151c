"""Cue rules as data: words that show a label, that name an aspect, or that turn or void the cues near them.

A cue is a literal or a regular expression; an expression is tried only where one of its anchors, a literal, stands in
the clause. Literals and expressions are written as the cleaned text is: Simplified, lower case, half-width marks.
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Literal, Self

from pydantic import Field, model_validator

from lexicons.codebook import CODEBOOK_PATH, codes
from lexicons.rows import LEXICON_ROOT, Cells, Row, read_rows

CUE_ROOT = LEXICON_ROOT / "cues"
CUE_FILES = (
    "failures_delivery.tsv",
    "failures_request.tsv",
    "failures_staff.tsv",
    "failures_customer.tsv",
    "fields.tsv",
    "sentiment.tsv",
)
ASPECTS_PATH = CUE_ROOT / "aspects.tsv"
SCOPE_PATH = CUE_ROOT / "scope.tsv"
TOUCHPOINTS_PATH = CUE_ROOT / "touchpoints.tsv"
TEMPLATE_PRAISE_PATH = LEXICON_ROOT / "vocabulary" / "template_praise.tsv"

CueField = Literal[
    "failure",
    "sentiment",
    "severity",
    "expectation",
    "rater_reliability",
    "rater_responsiveness",
    "rater_assurance",
    "rater_empathy",
    "rater_tangibles",
    "voice",
    "recovery_actions",
    "recovery_outcome",
    "reply_actions",
    "fairness",
    "loyalty",
    "drivers",
]
ScopeKind = Literal["negation", "degree", "contrast", "hypothetical", "question", "solved", "pseudo"]
Direction = Literal["FORWARD", "BACKWARD", "BIDIRECTIONAL", "TERMINATE", "PSEUDO"]

FARTHEST_SCOPE = 99
"""Characters that the widest modifier reaches."""
_RATER_VALUES = ("1", "0", "-1")


class Cue(Row):
    """Words that show one label: ``没热水`` shows the failure ``delivery.unavailable``.

    Exactly one of ``cue`` and ``pattern`` is given. ``example`` must show the label, ``counter_example`` must not. Only
    literals of the field ``sentiment`` go without an example: alone they must show theirs.
    """

    cue: str | None = None
    pattern: str | None = None
    anchors: Cells = ()
    field: CueField
    value: str
    strength: float = Field(default=1.0, gt=0, le=3)
    """How much praise or criticism, for the field ``sentiment``."""
    verdict: Literal["yes"] | None = None
    """``yes`` on a feeling or a summing-up (失望) that names no failure even beside an aspect word."""
    aspect: str | None = None
    touchpoint: str | None = None
    """The place that the words themselves name (上菜慢 names 餐厅); empty where they would fit anywhere (等了很久)."""
    industry: Cells = ()
    """Trades that the cue is for; empty means all."""
    severity: int = Field(default=1, ge=1, le=3)
    confidence: float = Field(default=0.8, gt=0, le=1)
    example: str | None = None
    counter_example: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.cue is None) == (self.pattern is None):
            raise ValueError("expected a cue or a pattern, exactly one of the two")
        if (self.pattern is None) != (not self.anchors):
            raise ValueError("expected anchors with a pattern, and none with a cue")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"expected a regular expression, which this is not: {error}") from error
        if self.example is None and (self.field != "sentiment" or self.pattern is not None):
            raise ValueError("expected an example that shows the label")
        if self.value not in allowed_values(self.field):
            raise ValueError(f"'{self.value}' is no value of {self.field}: {', '.join(allowed_values(self.field))}")
        return self

    @property
    def words(self) -> str:
        """The literal or the expression."""
        return self.cue or self.pattern or ""


class AspectWord(Row):
    """A word that names what is judged: ``早餐`` is the aspect 餐食 at the touchpoint 餐厅, ``味道`` 餐食 anywhere."""

    word: str
    aspect: str
    touchpoint: str | None = None
    failure: str | None = None
    """The sub-type that a criticism beside the word counts as; empty where criticism is no failure (位置, 价格)."""
    rater: str | None = None
    """The RATER dimension that an opinion about it judges."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.failure is not None and self.failure not in codes("failure_subtype"):
            raise ValueError(f"'{self.failure}' is no failure sub-type of the codebook")
        if self.rater is not None and self.rater not in codes("rater"):
            raise ValueError(f"'{self.rater}' is no RATER dimension of the codebook")
        return self


class ScopeCue(Row):
    """A word that changes the cues near it, after medSpaCy's ConText.

    ``FORWARD`` reaches what follows (不 脏), ``BACKWARD`` what precedes (脏 极了), ``BIDIRECTIONAL`` both.
    ``TERMINATE`` ends the reach of other words (但是) and makes what follows weigh more.
    ``PSEUDO`` only looks like one (不得不) and
    shields the characters that it covers. ``max_scope`` counts characters; for ``TERMINATE`` it is the farthest from
    the beginning of its clause at which the word still counts.
    """

    cue: str
    kind: ScopeKind
    direction: Direction
    max_scope: int = Field(ge=0, le=FARTHEST_SCOPE)
    multiplier: float = Field(default=1.0, gt=0)
    """By how much a word of degree strengthens or weakens; no other kind has one."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.kind == "contrast") != (self.direction == "TERMINATE"):
            raise ValueError("expected the direction TERMINATE for the kind contrast, and for no other")
        if (self.kind == "pseudo") != (self.direction == "PSEUDO"):
            raise ValueError("expected the direction PSEUDO for the kind pseudo, and for no other")
        if self.kind != "degree" and self.multiplier != 1:
            raise ValueError("expected a multiplier for the kind degree only")
        return self


class TradeTouchpoint(Row):
    """A touchpoint that a trade has: hotels have 客房, and there 卫生 is meant of it where no place is named."""

    industries: Cells
    """Spellings of one trade, e.g. ``hotel|酒店``."""
    touchpoint: str
    aspects: Cells = ()
    """Aspects that are meant of this touchpoint where the text names no place."""
    example: str
    """A text that in this trade tells of a failure at this touchpoint."""


class TemplatePhrase(Row):
    """A phrase that says nothing in particular: ``很好``, a filler between two, or a platform's default text."""

    phrase: str
    kind: Literal["praise", "filler", "default"]


@dataclass(frozen=True, slots=True)
class CueBook:
    """All cue rules together, and the digest of the files that they came from."""

    cues: tuple[Cue, ...]
    aspects: tuple[AspectWord, ...]
    scopes: tuple[ScopeCue, ...]
    touchpoints: tuple[TradeTouchpoint, ...]
    template_phrases: tuple[TemplatePhrase, ...]
    version: str
    """First 12 hexadecimal digits of the sha256 of every list file that labels depend on."""


@cache
def allowed_values(field: CueField) -> tuple[str, ...]:
    """Return the values that cues of a field may show, e.g. ``exceeded``, ``met``, ``below`` for ``expectation``."""
    if field == "failure":
        return codes("failure_subtype")
    if field == "sentiment":
        return ("positive", "negative")
    if field.startswith("rater_"):
        return _RATER_VALUES
    return codes("recovery_actions" if field == "reply_actions" else field)


@cache
def load_cue_book() -> CueBook:
    """Read and check all cue rules, once a process.

    Raises:
        LexiconError: A file is missing or wrong; the message names file and line.
    """
    return CueBook(
        cues=tuple(cue for name in CUE_FILES for cue in read_rows(CUE_ROOT / name, Cue)),
        aspects=read_rows(ASPECTS_PATH, AspectWord),
        scopes=read_rows(SCOPE_PATH, ScopeCue),
        touchpoints=read_rows(TOUCHPOINTS_PATH, TradeTouchpoint),
        template_phrases=read_rows(TEMPLATE_PRAISE_PATH, TemplatePhrase),
        version=_digest(),
    )


def _digest() -> str:
    paths = (
        *(CUE_ROOT / name for name in CUE_FILES),
        *(ASPECTS_PATH, SCOPE_PATH, TOUCHPOINTS_PATH, TEMPLATE_PRAISE_PATH, CODEBOOK_PATH),
    )
    digest = sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
