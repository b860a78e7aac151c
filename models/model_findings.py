"""Incidents of the trained model: where it sees a failure that no cue shows, which clause shows it best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lexicons.codebook import codes, group_of
from models.clauses import Clause
from models.cue_findings import MOST_INCIDENTS, FindingLists
from models.opinions import TextEvidence
from models.reader import Incident

GRAVEST_OF_MODEL = 2
SHOWS = 0.0
"""Logit from which on a clause shows a failure by itself."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GuestText:
    """All that a guest wrote in a review as one text, and where its clauses come from."""

    text: str
    clauses: tuple[Clause, ...]
    origins: tuple[tuple[TextEvidence, int], ...]
    """Of each clause: the text that it stands in, and its number there."""
    denied: frozenset[int]
    """Clauses whose only failures are negated, supposed, asked, quoted or another provider's."""

    @property
    def industry(self) -> str | None:
        """The trade of the review."""
        return self.origins[0][0].industry if self.origins else None

    @classmethod
    def of(cls, texts: Sequence[TextEvidence]) -> "GuestText":
        """Join title, text and follow-up, each on its own line."""
        clauses: list[Clause] = []
        origins: list[tuple[TextEvidence, int]] = []
        denied: set[int] = set()
        begin = sentence = 0
        for evidence in texts:
            denied |= {len(clauses) + number for number in _denied(evidence)}
            for number, tokens in enumerate(evidence.clauses):
                start, end, own = tokens.clause
                clauses.append(Clause(begin + start, begin + end, sentence + own))
                origins.append((evidence, number))
            begin += len(evidence.source.text) + 1
            sentence = clauses[-1].sentence + 1 if clauses else 0
        text = "\n".join(evidence.source.text for evidence in texts)
        return cls(text, tuple(clauses), tuple(origins), frozenset(denied))

    @property
    def told(self) -> str:
        """The text without its denied clauses: characters know no negation, and 一点也不吵 is full of noise to them."""
        if not self.denied:
            return self.text
        parts, begin = [], 0
        for number in sorted(self.denied):
            parts.append(self.text[begin : self.clauses[number].start])
            begin = self.clauses[number].end
        return "".join([*parts, self.text[begin:]])

    def told_clauses(self) -> list[str]:
        """The clauses one by one, empty where denied."""
        spans = enumerate(self.clauses)
        return ["" if number in self.denied else self.text[c.start : c.end] for number, c in spans]


def _denied(evidence: TextEvidence) -> set[int]:
    suppressed: set[int] = set()
    counted: set[int] = set()
    for opinion in evidence.opinions:
        if opinion.failures:
            counted.add(opinion.clause_number)
        elif opinion.token.entry.failures and opinion.verdict.suppressed_by is not None:
            suppressed.add(opinion.clause_number)
    return suppressed - counted


@dataclass(frozen=True, slots=True)
class Judged:
    """What the combined layers say of the failures of one review."""

    probabilities: dict[str, float]
    """Of each sub-type that holds."""
    severity: int
    seen: frozenset[str]
    """Sub-types that the trained layers see by themselves."""
    clause_logits: Floats
    """``[clauses, sub-types]``: of the encoder, or, where it was not asked, of the characters of each clause; both were
    taught by quotes which clauses show what."""


def combined_incidents(
    cue_incidents: Sequence[Incident], guest: GuestText, judged: Judged, lists: FindingLists
) -> list[Incident]:
    """Return the incidents of a review: those of cues whose sub-type holds, and those that only the model sees.

    Every sub-type that holds has at least one incident. A clause has an incident of the model where it shows the
    sub-type by itself and no other incident touches it, or where it is the clearest and cues have found none.
    """
    kept = [_kept(one, judged) for one in cue_incidents if one.failure_subtype in judged.probabilities]
    found = list(kept)
    for subtype in judged.probabilities:
        is_found = any(incident.failure_subtype == subtype for incident in kept)
        for number in _telling_clauses(subtype, judged, is_found=is_found):
            incident = _incident(subtype, guest.origins[number], judged, lists)
            if is_found and any(_touch(incident, other) for other in found):
                continue
            found.append(incident)
            is_found = True
    order = {evidence.field: place for place, (evidence, _) in enumerate(guest.origins)}
    return sorted(
        _as_grave(_clearest(found), judged.severity), key=lambda one: (order.get(one.field, 0), one.start, one.end)
    )


def _clearest(found: list[Incident]) -> list[Incident]:
    """Return at most as many incidents as a review may have; one of every sub-type before a second one of any."""
    if len(found) <= MOST_INCIDENTS:
        return found
    first: dict[str, Incident] = {}
    for incident in found:
        first.setdefault(incident.failure_subtype, incident)
    return sorted(found, key=lambda one: (first[one.failure_subtype] is not one, -one.confidence))[:MOST_INCIDENTS]


def _as_grave(found: list[Incident], severity: int) -> list[Incident]:
    """Give the review's severity to its surest incident of the model where no cue's has it, but never a red line.

    Which clause tells of a loss, clauses do not say: the others of the model count as annoyances. Somebody is called at
    night for a red line, so that only a cue, which says why, makes one.
    """
    severity = min(severity, GRAVEST_OF_MODEL)
    if not found or max(incident.severity for incident in found) >= severity:
        return found
    of_model = [incident for incident in found if incident.found_by == "model"]
    gravest = max(of_model, key=lambda one: one.confidence, default=None)
    return [replace(incident, severity=severity) if incident is gravest else incident for incident in found]


def _touch(one: Incident, other: Incident) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end


def _kept(incident: Incident, judged: Judged) -> Incident:
    return replace(
        incident,
        confidence=round(judged.probabilities[incident.failure_subtype], 4),
        found_by="both" if incident.failure_subtype in judged.seen else "cue",
        severity=min(incident.severity, max(1, judged.severity)),
    )


def _telling_clauses(subtype: str, judged: Judged, *, is_found: bool) -> list[int]:
    """Return where runs of clauses begin that show a sub-type; at least the clearest one where nothing is found yet."""
    column = judged.clause_logits[:, codes("failure_subtype").index(subtype)]
    telling = [n for n in range(len(column)) if column[n] > SHOWS and (n == 0 or column[n - 1] <= SHOWS)]
    return telling or ([] if is_found else [int(column.argmax())])


def _incident(subtype: str, origin: tuple[TextEvidence, int], judged: Judged, lists: FindingLists) -> Incident:
    evidence, own = origin
    clause = evidence.clauses[own].clause
    opener = lists.openers.match(evidence.source.text, clause.start, clause.end - 1)
    start, end = evidence.source.span(opener.end() if opener else clause.start, clause.end)
    words = [token.entry.aspect for token in evidence.clauses[own].aspects if token.entry.aspect is not None]
    word = next((word for word in words if word.failure == subtype), words[0] if words else None)
    aspect = word.aspect if word else None
    touchpoint = lists.touchpoints.choose(evidence.industry, aspect, [word.touchpoint if word else None])
    wait = None
    if subtype == "delivery.slow":
        told = lists.durations.durations(evidence.source.text[clause.start : clause.end])
        wait = round(max(duration.minutes for duration in told)) if told else None
    return Incident(
        failure_group=group_of(subtype),
        failure_subtype=subtype,
        quote=evidence.source.original[start:end],
        field=evidence.field,
        start=start,
        end=end,
        confidence=round(judged.probabilities[subtype], 4),
        found_by="model",
        severity=1,
        aspect=aspect,
        touchpoint=touchpoint,
        department=lists.touchpoints.department(evidence.industry, touchpoint, aspect),
        wait_minutes=wait,
    )
