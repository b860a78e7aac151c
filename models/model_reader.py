"""The trained reader: cues, characters and the encoder together label reviews, and say which of them saw what.

Cues read every review and keep saying why. The character model and, for reviews that the two do not decide, the encoder
read it too; ``models.combination`` weighs the three. The cues' quotes, aspects and mentions stay; what only the model
sees is quoted by the clause that shows it best.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lexicons.codebook import codes, group_of
from models.character_reading import clearest, read_characters, read_clauses
from models.clauses import Clause
from models.combination import Combination, Evidence, doubtful
from models.cue_reader import CueReader, CueReading, collector_paused
from models.explanation import Explanation, explain_texts
from models.heads import NOT_TOLD, SEVERITIES, cue_vector, head_slices, review_heads
from models.model_findings import GuestText, Judged, combined_incidents
from models.model_folder import TrainedParts
from models.reader import RATER_DIMENSIONS, LabelColumns, Reading, ReviewLabels, ReviewText

Floats = npt.NDArray[np.float64]
# Probabilities between these are as good as even, and a person should look.
UNDECIDED = (0.4, 0.6)
RED_LINE = 3
TEXTS_AT_ONCE = 512


SEEN = -0.5
"""Logit from which on a trained layer is taken to see a failure by itself."""


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What the layers say of one review."""

    probabilities: Floats
    """``[outputs]``."""
    subtype_logits: Floats
    """``[sub-types]``: the highest one of the trained layers."""
    clause_logits: Floats
    """``[clauses, sub-types]``, of the encoder where it was asked."""

    @property
    def seen(self) -> frozenset[str]:
        """Sub-types that the trained layers see by themselves."""
        pairs = zip(codes("failure_subtype"), self.subtype_logits.tolist(), strict=True)
        return frozenset(code for code, logit in pairs if logit > SEEN)


class EncodedText(Protocol):
    """What an encoder says of one text."""

    @property
    def clause_logits(self) -> npt.NDArray[np.float32]:
        """``[clauses, sub-types]``."""

    @property
    def clearest(self) -> npt.NDArray[np.float32]:
        """``[sub-types]``: the logits of the clearest clause."""

    @property
    def review_logits(self) -> npt.NDArray[np.float32]:
        """``[outputs]``."""


class Encoder(Protocol):
    """Anything that reads cleaned texts as ``models.text_encoder.TextEncoder`` does."""

    def read(self, texts: Sequence[str], clauses: Sequence[Sequence[Clause]]) -> Sequence[EncodedText]:
        """Return one item a text; those of a text do not depend on the others."""


class ModelReader:
    """A ``models.reader.Reader`` over cues and trained weights; each review is judged from itself alone."""

    def __init__(self, cues: CueReader, parts: TrainedParts, encoder: Callable[[], Encoder]) -> None:
        """Make a reader.

        Args:
            cues: What reads first, and says why.
            parts: Trained weights, without the encoder.
            encoder: Loads the encoder; called when the first review needs it.
        """
        self._cues = cues
        self._parts = parts
        self._load_encoder = encoder
        self._encoder: Encoder | None = None

    @property
    def model_version(self) -> str:
        """The version of the weights, e.g. ``kesheng-2026.11``."""
        return self._parts.manifest.version

    @property
    def lexicon_version(self) -> str:
        """That of the lists."""
        return self._cues.lexicon_version

    @property
    def combination(self) -> Combination:
        """The rule by which the layers are weighed."""
        return self._parts.combination

    def read(self, batch: list[ReviewText]) -> LabelColumns:
        """Label a batch; one row of ``reviews`` for each text, in order.

        Example: ``退房时说我弄脏床单要赔两百，态度特别横`` gives ``staff.unfair`` and ``staff.inattentive``.
        """
        with collector_paused():
            read = [self._cues.read_one(review) for review in batch]
            return LabelColumns.from_readings(self._combined(batch, read))

    def explain(self, review: ReviewText) -> Explanation:
        """Return the labels of one review and, clause by clause, the cues in it."""
        one = self._cues.read_one(review)
        return Explanation(explain_texts(one.texts), self._combined([review], [one])[0])

    def _combined(self, batch: Sequence[ReviewText], read: Sequence[CueReading]) -> list[Reading]:
        readings = [one.reading for one in read]
        # Without a clause (a text of marks alone) there is nothing to judge.
        guests_of = {place: GuestText.of(one.texts) for place, one in enumerate(read) if one.texts}
        places = [place for place, guest in guests_of.items() if guest.clauses]
        for begin in range(0, len(places), TEXTS_AT_ONCE):
            some = places[begin : begin + TEXTS_AT_ONCE]
            guests = [guests_of[place] for place in some]
            judgements = self._judge([read[place].reading for place in some], guests)
            for place, guest, judgement in zip(some, guests, judgements, strict=True):
                readings[place] = self._merge(batch[place], readings[place], guest, judgement)
        return readings

    def _judge(self, readings: Sequence[Reading], guests: Sequence[GuestText]) -> list[_Judgement]:
        """Let characters, and where it has to be the encoder, judge what cues have read."""
        characters = read_characters(self._parts.fields, self._parts.sentiment, guests)
        clauses = read_clauses(self._parts.clauses, guests)
        cues = np.array([cue_vector(one.labels, one.incidents) for one in readings])
        evidence = Evidence(cues, characters, clearest(clauses))
        probabilities = self.combination.probabilities(evidence)
        logits = np.maximum(characters[:, head_slices()["failure_subtypes"]], evidence.clauses)
        manifest = self._parts.manifest
        asked = np.flatnonzero(doubtful(probabilities, manifest.thresholds, manifest.asks_within)).tolist()
        if asked:
            encoded = self._asked_encoder().read(
                [guests[row].text for row in asked], [guests[row].clauses for row in asked]
            )
            some = evidence.rows(asked)
            reviews = np.array([one.review_logits for one in encoded], dtype=np.float64)
            encoder_clauses = np.array([one.clearest for one in encoded], dtype=np.float64)
            full = replace(some, encoder=reviews, encoder_clauses=encoder_clauses)
            probabilities[asked] = self.combination.probabilities(full)
            logits[asked] = np.maximum(logits[asked], encoder_clauses)
            for row, one in zip(asked, encoded, strict=True):
                clauses[row] = one.clause_logits.astype(np.float64)
        return [_Judgement(*row) for row in zip(probabilities, logits, clauses, strict=True)]

    def _asked_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._load_encoder()
        return self._encoder

    def _merge(self, review: ReviewText, reading: Reading, guest: GuestText, judgement: _Judgement) -> Reading:
        by_head = {
            head.name: dict(zip(head.labels, judgement.probabilities[head_slices()[head.name]].tolist(), strict=True))
            for head in review_heads()
        }
        thresholds = self._parts.manifest.thresholds
        subtypes = {c: p for c, p in by_head["failure_subtypes"].items() if p >= thresholds["failure_subtypes"]}
        severity = _severity(by_head["severity"], reading, subtypes)
        judged = Judged(subtypes, severity, judgement.seen, judgement.clause_logits)
        incidents = combined_incidents(reading.incidents, guest, judged, self._cues.lists)
        labels = replace(reading.labels)
        labels.failure_subtypes = [code for code in codes("failure_subtype") if code in subtypes]
        groups = {group_of(code) for code in subtypes}
        labels.failure_groups = [code for code in codes("failure_group") if code in groups]
        labels.severity = severity
        _set_sentiment(labels, by_head)
        _set_fields(labels, by_head, thresholds, review)
        doubtful = [*by_head["failure_subtypes"].values(), *by_head["sentiment"].values()]
        labels.needs_review = any(UNDECIDED[0] < p < UNDECIDED[1] for p in doubtful)
        return Reading(labels, incidents, reading.mentions)


def _severity(probabilities: dict[str, float], reading: Reading, subtypes: dict[str, float]) -> int:
    """Return 0 without a failure, else the likeliest from 1 on; a red line that cues name stays one."""
    if not subtypes:
        return 0
    kept = [one for one in reading.incidents if one.failure_subtype in subtypes]
    if reading.labels.severity == RED_LINE and kept:
        return RED_LINE
    return int(max(SEVERITIES[1:], key=lambda code: probabilities[code]))


def _set_sentiment(labels: ReviewLabels, by_head: dict[str, dict[str, float]]) -> None:
    positive = round(by_head["sentiment"]["positive"], 4)
    labels.positive_probability = positive
    labels.sentiment = round(2 * positive - 1, 4)
    labels.satisfaction = round(sum(int(grade) * p for grade, p in by_head["satisfaction"].items()), 4)


def _set_fields(
    labels: ReviewLabels, by_head: dict[str, dict[str, float]], thresholds: dict[str, float], review: ReviewText
) -> None:
    labels.expectation = _likeliest(by_head["expectation"])
    labels.loyalty = _likeliest(by_head["loyalty"])
    for dimension in RATER_DIMENSIONS:
        value = _likeliest(by_head[f"rater_{dimension}"])
        setattr(labels, f"rater_{dimension}", None if value == "none" else int(value))
    labels.voice = _holding("voice", by_head, thresholds)
    labels.fairness = _holding("fairness", by_head, thresholds) if labels.failure_subtypes else []
    actions = set(_holding("recovery_actions", by_head, thresholds))
    outcome = _likeliest(by_head["recovery_outcome"])
    if review.reply_text:
        # A posted reply is read by cues alone.
        actions |= set(labels.recovery_actions)
        outcome = (labels.recovery_outcome or NOT_TOLD) if outcome == NOT_TOLD else outcome
    if len(actions) > 1:
        # Something was done after all.
        actions.discard("none")
    if actions and outcome == NOT_TOLD:
        outcome = "unknown"
    labels.recovery_actions = [code for code in codes("recovery_actions") if code in actions]
    labels.recovery_outcome = None if outcome == NOT_TOLD else outcome


def _likeliest(probabilities: dict[str, float]) -> str:
    return max(probabilities, key=lambda label: probabilities[label])


def _holding(head: str, by_head: dict[str, dict[str, float]], thresholds: dict[str, float]) -> list[str]:
    return [label for label, probability in by_head[head].items() if probability >= thresholds[head]]
