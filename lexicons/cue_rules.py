"""Cue rules as data: words that show a label, that name an aspect, or that turn or void the cues near them.

A cue is a literal or a regular expression; an expression is tried only where one of its anchors, a literal, stands in
the clause. Literals and expressions are written as the cleaned text is: Simplified, lower case, half-width marks.
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from lexicons.codebook import CODEBOOK_PATH, codes
from lexicons.durations import DURATIONS_PATH, DurationWord
from lexicons.overlay import check_overlay, overlay_files, read_overlaid
from lexicons.rows import LEXICON_ROOT, Cells, Row
from lexicons.segmenter_words import SEGMENTER_WORDS_PATH

CUE_ROOT = LEXICON_ROOT / "cues"
CUE_FILES = (
    "failures_unavailable.tsv",
    "failures_slow.tsv",
    "failures_core.tsv",
    "failures_request.tsv",
    "failures_staff.tsv",
    "failures_customer.tsv",
    "sentiment.tsv",
    "expectation.tsv",
    "rater.tsv",
    "severity.tsv",
    "voice.tsv",
    "recovery.tsv",
    "fairness.tsv",
    "loyalty.tsv",
    "drivers.tsv",
)
ASPECTS_PATH = CUE_ROOT / "aspects.tsv"
SCOPE_PATH = CUE_ROOT / "scope.tsv"
TOUCHPOINTS_PATH = CUE_ROOT / "touchpoints.tsv"
DEPARTMENTS_PATH = CUE_ROOT / "departments.tsv"
QUOTE_OPENERS_PATH = LEXICON_ROOT / "vocabulary" / "quote_openers.tsv"
TEMPLATE_PRAISE_PATH = LEXICON_ROOT / "vocabulary" / "template_praise.tsv"

LABEL_LISTS = (
    *(CUE_ROOT / name for name in CUE_FILES),
    *(ASPECTS_PATH, SCOPE_PATH, TOUCHPOINTS_PATH, DEPARTMENTS_PATH),
    *(DURATIONS_PATH, QUOTE_OPENERS_PATH, TEMPLATE_PRAISE_PATH, CODEBOOK_PATH),
)
"""Every list that labels depend on; its bytes make the lexicon version."""
OVERLAID_LISTS = (*(path for path in LABEL_LISTS if path != CODEBOOK_PATH), SEGMENTER_WORDS_PATH)
"""Every list that a user may lay own rows over."""

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
Evidence = Literal["leaving", "staying", "word_of_mouth"]
ScopeKind = Literal[
    "negation",
    "degree",
    "contrast",
    "hypothetical",
    "question",
    "quotation",
    "another_provider",
    "irony",
    "solved",
    "pseudo",
]
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
    reach: Literal["sentence"] | None = None
    """``sentence`` where an expression goes on over the following clauses: 说了不要辣,送来还是辣的."""
    field: CueField
    value: str
    evidence: Evidence | None = None
    """Of what a cue of the field ``loyalty`` tells: 再也不来 of leaving, 千万别来 by word of mouth."""
    strength: float | None = Field(default=None, gt=0, le=4)
    """How much praise or criticism a cue of the fields ``sentiment`` and ``failure`` is, 1 for plain praise."""
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
        if self.reach is not None and self.pattern is None:
            raise ValueError("expected a reach with a pattern only; a literal stands in one clause")
        if self.example is None and (self.field != "sentiment" or self.pattern is not None):
            raise ValueError("expected an example that shows the label")
        if self.field == "sentiment" and self.strength is None:
            raise ValueError("expected a strength for the field sentiment")
        if (self.field == "loyalty") != (self.evidence is not None):
            raise ValueError("expected evidence for the field loyalty, and for no other")
        if self.value not in allowed_values(self.field):
            raise ValueError(f"'{self.value}' is no value of {self.field}: {', '.join(allowed_values(self.field))}")
        return self

    @property
    def words(self) -> str:
        """The literal or the expression."""
        return self.cue or self.pattern or ""

    @property
    def key(self) -> tuple[str, ...]:
        """The words and the field: a user's row may give the same words another value."""
        return (self.words, self.field)


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
    the beginning of its clause at which the word still counts. Words of ``quotation`` (网上有人说) and of
    ``another_provider`` (上次住的那家) reach on into the following clauses of their sentence; all others end with
    their clause.
    """

    cue: str
    kind: ScopeKind
    direction: Direction
    max_scope: int = Field(ge=0, le=FARTHEST_SCOPE)
    multiplier: float = Field(default=1.0, gt=0)
    """By how much a word of degree strengthens or weakens; no other kind has one."""
    terminated_by: Cells = ()
    """Words that end the reach beside the words of contrast, which end every reach, e.g. 我们|实际."""
    example: str | None = None
    """A text in which the word turns a cue."""
    counter_example: str | None = None
    """A text with the word in which it turns none."""

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
    department: str
    """Who answers for the touchpoint, e.g. 前厅部 for 前台."""
    aspects: Cells = ()
    """Aspects that are meant of this touchpoint where the text names no place."""
    example: str
    """A text that in this trade tells of a failure at this touchpoint."""

    @property
    def subject(self) -> str:
        """The touchpoint, in its trade."""
        return f"{self.industries[0]}/{self.touchpoint}"


class AspectDepartment(Row):
    """An aspect that one department of a trade answers for wherever it fails: 设施 is 工程部's, in whatever room."""

    industries: Cells
    aspect: str
    department: str

    @property
    def subject(self) -> str:
        """The aspect, in its trade."""
        return f"{self.industries[0]}/{self.aspect}"


class QuoteOpener(Row):
    """A word that joins a clause to what stood before; a quote begins behind it: 就是 in 就是隔音差."""

    word: str
    example: str


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
    departments: tuple[AspectDepartment, ...]
    durations: tuple[DurationWord, ...]
    quote_openers: tuple[QuoteOpener, ...]
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
def load_cue_book(overlay: Path | None = None) -> CueBook:
    """Read and check all cue rules, once a process.

    Args:
        overlay: A user's own folder of lists, laid over ours (see ``lexicons.overlay``).

    Raises:
        LexiconError: A file is missing or wrong; the message names file and line.
    """
    if overlay is not None:
        check_overlay(overlay, OVERLAID_LISTS)
    return CueBook(
        cues=tuple(cue for name in CUE_FILES for cue in read_overlaid(CUE_ROOT / name, Cue, overlay)),
        aspects=read_overlaid(ASPECTS_PATH, AspectWord, overlay),
        scopes=read_overlaid(SCOPE_PATH, ScopeCue, overlay),
        touchpoints=read_overlaid(TOUCHPOINTS_PATH, TradeTouchpoint, overlay),
        departments=read_overlaid(DEPARTMENTS_PATH, AspectDepartment, overlay),
        durations=read_overlaid(DURATIONS_PATH, DurationWord, overlay),
        quote_openers=read_overlaid(QUOTE_OPENERS_PATH, QuoteOpener, overlay),
        template_phrases=read_overlaid(TEMPLATE_PRAISE_PATH, TemplatePhrase, overlay),
        version=_digest(overlay),
    )


def _digest(overlay: Path | None) -> str:
    digest = sha256()
    for path in (*LABEL_LISTS, *(overlay_files(overlay) if overlay else ())):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
