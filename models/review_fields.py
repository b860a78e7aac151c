"""The codebook's other fields from cue evidence: RATER, expectation, voice, recovery, fairness, loyalty, drivers."""

from collections.abc import Iterable
from dataclasses import dataclass

from lexicons.codebook import codes
from models.opinions import FieldCue, TextEvidence
from models.reader import RATER_DIMENSIONS, Incident, ReviewLabels

# The dimension that a failure criticises, from SERVQUAL's definitions in the codebook.
_CRITICISED: dict[str, tuple[str, ...]] = {
    "delivery.unavailable": ("reliability",),
    "delivery.slow": ("responsiveness",),
    "delivery.core": ("tangibles",),
    "request.special_needs": ("empathy",),
    "request.preference": ("reliability", "responsiveness"),
    "request.customer_error": ("empathy", "responsiveness"),
    "request.disruptive_others": ("tangibles",),
    "staff.inattentive": ("assurance", "responsiveness"),
    "staff.unanticipated": ("responsiveness",),
    "staff.unfair": ("assurance", "reliability"),
    "staff.misconduct": ("assurance",),
}
# Where goods are right or wrong as ordered, it is the promise that is kept or broken.
_PROMISE_ASPECTS = frozenset({"账单", "发票", "赠品"})
# From this probability on a guest who tells of a fix is taken to be content with it; below the other, not.
CONTENT_FROM = 0.6
DISCONTENT_BELOW = 0.3
# Below this a review as a whole complains: a dimension both praised and criticised is criticised, and a loss told
# anywhere in it is the loss of its failure.
COMPLAINS_BELOW = 0.3
# Who told the provider, tells of no reaction and complains still was not helped.
UNHELPED_BELOW = 0.4
# Told in a review that praises on the whole, a loss was none.
PRAISES_FROM = 0.5


# A side of a RATER dimension said more than so many times as often as the other stands alone.
PREVAILING = 2


@dataclass(frozen=True, slots=True)
class ReviewEvidence:
    """All that is known of a review when its fields are judged."""

    guest: list[TextEvidence]
    reply: TextEvidence | None
    incidents: list[Incident]
    positive_probability: float | None


def fill_fields(labels: ReviewLabels, evidence: ReviewEvidence) -> None:
    """Set every field but language, sentiment, failures and ``needs_review`` on the labels of a review."""
    values = _values(evidence.guest)
    labels.expectation = _first_of(("below", "exceeded", "met"), values.get("expectation", ())) or "none"
    _fill_rater(labels, evidence, values)
    labels.voice = _in_order("voice", values.get("voice", ()))
    _fill_recovery(labels, evidence, values)
    labels.fairness = _in_order("fairness", _violated(evidence.incidents, values)) if evidence.incidents else []
    labels.loyalty = _first_of(("leave", "recommend", "stay"), values.get("loyalty", ())) or "none"
    labels.drivers = _in_order("drivers", values.get("drivers", ()))
    labels.severity = _severity(evidence, values)


def counted(texts: Iterable[TextEvidence]) -> Iterable[FieldCue]:
    """Return the field cues that are told, not negated, supposed or asked."""
    return (cue for evidence in texts for cue in evidence.field_cues if not cue.verdict.suppressed_by)


def _values(texts: Iterable[TextEvidence]) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for found in counted(texts):
        values.setdefault(found.cue.field, set()).add(found.cue.value)
    return values


def _in_order(field: str, found: Iterable[str]) -> list[str]:
    wanted = set(found)
    return [code for code in codes(field) if code in wanted]


def _first_of(order: tuple[str, ...], found: Iterable[str]) -> str | None:
    wanted = set(found)
    return next((code for code in order if code in wanted), None)


def _violated(incidents: list[Incident], values: dict[str, set[str]]) -> set[str]:
    misconduct = any(incident.failure_subtype == "staff.misconduct" for incident in incidents)
    return values.get("fairness", set()) | ({"interactional"} if misconduct else set())


def _severity(evidence: ReviewEvidence, values: dict[str, set[str]]) -> int:
    if not evidence.incidents:
        return 0
    told = {int(value) for value in values.get("severity", ())}
    beside = max(incident.severity for incident in evidence.incidents)
    # A red line named anywhere in a review with a failure counts; a loss has to stand beside its failure, unless the
    # whole review complains.
    if 3 in told:
        return 3
    probability = evidence.positive_probability
    if probability is not None and beside == 1 and 2 in told and probability < COMPLAINS_BELOW:
        return 2
    if probability is not None and beside == 2 and probability > PRAISES_FROM:
        return 1
    return beside


def _fill_rater(labels: ReviewLabels, evidence: ReviewEvidence, values: dict[str, set[str]]) -> None:
    signs: dict[str, list[int]] = {
        dimension: [int(value) for value in values.get(f"rater_{dimension}", ())] for dimension in RATER_DIMENSIONS
    }
    for text in evidence.guest:
        for opinion in text.opinions:
            word = opinion.aspect_word
            if word is not None and word.rater is not None and opinion.polarity and not opinion.failures:
                signs[word.rater].append(opinion.polarity)
    for incident in evidence.incidents:
        promised = incident.failure_subtype == "delivery.core" and incident.aspect in _PROMISE_ASPECTS
        for dimension in ("reliability",) if promised else _CRITICISED.get(incident.failure_subtype, ()):
            signs[dimension].append(-1)
    for dimension, found in signs.items():
        value = _prevailing(found)
        complains = evidence.positive_probability is not None and evidence.positive_probability < COMPLAINS_BELOW
        setattr(labels, f"rater_{dimension}", -1 if value == 0 and complains else value)


def _prevailing(signs: list[int]) -> int | None:
    """The side said more than ``PREVAILING`` times as often as the other; 0 where neither is, None without any."""
    praised, criticised = signs.count(1), signs.count(-1)
    if criticised > PREVAILING * praised:
        return -1
    if praised > PREVAILING * criticised:
        return 1
    return 0 if signs else None


def _fill_recovery(labels: ReviewLabels, evidence: ReviewEvidence, values: dict[str, set[str]]) -> None:
    actions: set[str] = set(values.get("recovery_actions", ())) if evidence.incidents else set()
    outcomes = values.get("recovery_outcome", set()) if evidence.incidents else set()
    if evidence.reply is not None:
        actions |= _values([evidence.reply]).get("reply_actions", set())
    probability = evidence.positive_probability
    if not actions and "provider" in labels.voice and probability is not None and probability < UNHELPED_BELOW:
        actions.add("none")
        outcomes = outcomes or {"dissatisfied"}
    if len(actions) > 1:
        # Something was done after all.
        actions.discard("none")
    labels.recovery_actions = _in_order("recovery_actions", actions)
    labels.recovery_outcome = _first_of(("dissatisfied", "partial", "satisfied", "unknown"), outcomes)
    if labels.recovery_outcome is None and actions:
        told_by_guest = evidence.incidents and values.get("recovery_actions")
        labels.recovery_outcome = _outcome(actions, evidence.positive_probability) if told_by_guest else "unknown"


def _outcome(actions: set[str], positive_probability: float | None) -> str:
    if actions == {"none"}:
        return "dissatisfied"
    if positive_probability is None:
        return "unknown"
    if positive_probability >= CONTENT_FROM:
        return "satisfied"
    return "dissatisfied" if positive_probability < DISCONTENT_BELOW else "partial"
