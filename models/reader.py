"""The interface of everything that labels reviews: a batch of texts in, columns of labels out.

The cue reader (``models.cue_reader``) is one reader; a trained model is another behind the same two methods. Every
label is judged from one review alone: a reader must give the same labels whatever stands beside it in the batch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Protocol

RATER_DIMENSIONS = ("reliability", "responsiveness", "assurance", "empathy", "tangibles")


@dataclass(frozen=True, slots=True)
class ReviewText:
    """What a reader sees of one review: the stored (masked) texts and the trade, never the rating.

    Example: ``ReviewText(text="前台态度冷淡，等了半小时", industry="hotel")``.
    """

    text: str
    title: str | None = None
    follow_up_text: str | None = None
    reply_text: str | None = None
    industry: str | None = None


@dataclass(slots=True)
class ReviewLabels:
    """The labels of one review under the codebook; ``None`` means not judged, an empty list means none found."""

    language: str | None = None
    """BCP 47: ``zh``, ``zh-Hant``, ``en``, ``ja``, ``ko``, ``und``."""
    template_praise: bool = False
    positive_probability: float | None = None
    """0 to 1."""
    sentiment: float | None = None
    """-1 to 1, positive above 0."""
    satisfaction: float | None = None
    """1 to 5."""
    failure_groups: list[str] = field(default_factory=list)
    failure_subtypes: list[str] = field(default_factory=list)
    severity: int | None = None
    """0 no failure, 1 annoyance, 2 real loss, 3 critical."""
    expectation: str | None = None
    rater_reliability: int | None = None
    """1 praised, -1 criticised, 0 both; the same for the other four."""
    rater_responsiveness: int | None = None
    rater_assurance: int | None = None
    rater_empathy: int | None = None
    rater_tangibles: int | None = None
    voice: list[str] = field(default_factory=list)
    recovery_actions: list[str] = field(default_factory=list)
    recovery_outcome: str | None = None
    fairness: list[str] = field(default_factory=list)
    loyalty: str | None = None
    drivers: list[str] = field(default_factory=list)
    needs_review: bool = False
    read_by: str = "machine"
    """``machine``, or ``person`` where a person's reading stands in the place of the machine's."""
    machine_failure_subtypes: list[str] | None = None
    """What the machine says where a person has read."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went wrong and the shortest words that show it: ``getattr(review, field)[start:end] == quote``."""

    failure_group: str
    failure_subtype: str
    quote: str
    field: str
    """``text``, ``follow_up_text`` or ``title``."""
    start: int
    """Unicode code points into the field as stored."""
    end: int
    confidence: float
    """0 to 1."""
    found_by: str
    """``cue``, ``model``, ``both`` or ``person``."""
    severity: int
    aspect: str | None = None
    touchpoint: str | None = None
    department: str | None = None
    """Who answers for it in the trade, e.g. 前厅部."""
    wait_minutes: int | None = None
    """How long the customer waited, where a delay is told with its length: 等了一个半小时 → 90."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One opinion, good or bad, about an aspect at a touchpoint, with the words that show it."""

    polarity: int
    """-1, 0 or 1."""
    quote: str
    field: str
    start: int
    end: int
    confidence: float
    aspect: str | None = None
    touchpoint: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of one review."""

    labels: ReviewLabels
    incidents: list[Incident]
    mentions: list[Mention]


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """What a reader says of a batch, as columns that become Arrow arrays.

    ``reviews`` holds one value a review, in batch order. ``incidents`` and ``mentions`` hold one value a finding;
    their column ``review_row`` is the review's place in the batch, and findings of one review follow each other.
    """

    reviews: dict[str, list[object]]
    incidents: dict[str, list[object]]
    mentions: dict[str, list[object]]

    @classmethod
    def from_readings(cls, readings: list[Reading]) -> "LabelColumns":
        """Turn one reading a review into columns."""
        return cls(
            reviews=_columns([reading.labels for reading in readings], ReviewLabels),
            incidents=_finding_columns([r.incidents for r in readings], Incident),
            mentions=_finding_columns([r.mentions for r in readings], Mention),
        )


class Reader(Protocol):
    """Labels a batch of reviews; see the module's first sentence for what must hold."""

    @property
    def model_version(self) -> str:
        """Name and version of the trained model, or of the rules where there is none, e.g. ``cues-1``."""

    @property
    def lexicon_version(self) -> str:
        """Digest of every list that the labels depend on."""

    def read(self, batch: list[ReviewText]) -> LabelColumns:
        """Label a batch; one row of ``reviews`` for each text, in order."""


def _finding_columns(
    findings: Sequence[Sequence[Incident | Mention]], kind: type[Incident] | type[Mention]
) -> dict[str, list[object]]:
    rows: list[object] = [row for row, found in enumerate(findings) for _ in found]
    return {"review_row": rows, **_columns([finding for found in findings for finding in found], kind)}


def _columns(values: Sequence[object], kind: type) -> dict[str, list[object]]:
    names = [f.name for f in fields(kind)]
    if not values:
        return {name: [] for name in names}
    # Two attributes or more: the getter returns a tuple.
    rows: Iterable[tuple[object, ...]] = map(attrgetter(*names), values)
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
