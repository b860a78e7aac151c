"""Sentiment from weighed evidence: a balance of praise and criticism, squashed to a probability."""

import math
from dataclasses import dataclass

from models.opinions import FieldCue, TextEvidence
from models.reader import RATER_DIMENSIONS

# Fitted, with the strengths of the words, by logistic regression on public hotel, delivery and shopping reviews that
# are labelled good or bad: four folds of five, each set weighing the same; the fifth fold is what was measured.
BIAS = 0.24
BALANCE_WEIGHT = 2.86
# How much more, and how much surer, a review is that says much: by the logarithm of all that it says.
AMOUNT_CENTRE = 1.5
AMOUNT_WEIGHT = 0.65
CERTAINTY_WEIGHT = 1.96
# What a cue of another field tells of the feeling, where no word of feeling stands on the same characters.
FIELD_WEIGHTS: dict[tuple[str, str], float] = {
    ("expectation", "below"): -0.9,
    ("expectation", "exceeded"): 1.0,
    ("expectation", "met"): 1.0,
    ("loyalty", "leave"): -1.2,
    ("loyalty", "stay"): 1.1,
    ("loyalty", "recommend"): 0.9,
    ("voice", "provider"): -0.8,
    ("voice", "public"): -0.9,
    ("voice", "third_party"): -1.1,
    ("fairness", "distributive"): -1.0,
    ("fairness", "procedural"): -1.0,
    ("fairness", "interactional"): -1.0,
    ("severity", "2"): -0.7,
    ("severity", "3"): -0.9,
    ("recovery_actions", "none"): -1.0,
    ("recovery_outcome", "dissatisfied"): -1.0,
    ("recovery_outcome", "satisfied"): 1.0,
    **{(f"rater_{dimension}", str(sign)): float(sign) for dimension in RATER_DIMENSIONS for sign in (1, -1)},
}
# Of public reviews without any word of feeling in which something is denied (菜没放盐), nine in ten complain.
DENIAL_PROBABILITY = 0.25


@dataclass(frozen=True, slots=True)
class Sentiment:
    """How a review feels, in the three scales that are stored."""

    positive_probability: float
    """0 to 1."""
    sentiment: float
    """-1 to 1."""
    satisfaction: float
    """1 to 5."""
    rests_on_words: bool = True
    """False where no word praises or criticises and only a denial leans it: a person should look."""


def score(texts: list[TextEvidence]) -> Sentiment | None:
    """Weigh all opinions of a review; None where there is no evidence.

    Example: ``房间不错，就是隔音差`` weighs a little below the middle, as what follows 就是 weighs more.
    """
    weights = [opinion.weight for evidence in texts for opinion in evidence.opinions]
    weights += [weight for evidence in texts for weight in _field_weights(evidence)]
    praise = sum(weight for weight in weights if weight > 0)
    criticism = -sum(weight for weight in weights if weight < 0)
    if not praise and not criticism:
        return _sentiment(DENIAL_PROBABILITY, rests_on_words=False) if any(map(_denies, texts)) else None
    balance = (praise - criticism) / (praise + criticism)
    amount = math.log1p(praise + criticism) - AMOUNT_CENTRE
    logit = BIAS + AMOUNT_WEIGHT * amount + (BALANCE_WEIGHT + CERTAINTY_WEIGHT * amount) * balance
    return _sentiment(1 / (1 + math.exp(-logit)))


def _sentiment(probability: float, *, rests_on_words: bool = True) -> Sentiment:
    probability = round(probability, 4)
    satisfaction = round(_satisfaction(probability), 4)
    return Sentiment(probability, round(2 * probability - 1, 4), satisfaction, rests_on_words)


def _field_weights(evidence: TextEvidence) -> list[float]:
    return [
        FIELD_WEIGHTS.get((found.cue.field, found.cue.value), 0.0)
        for found in evidence.field_cues
        if not found.verdict.suppressed_by and not _is_judged(evidence, found)
    ]


def _is_judged(evidence: TextEvidence, found: FieldCue) -> bool:
    """Whether a word of feeling or failure stands on the same characters: 再也不来 is one of both lists."""
    return any(
        opinion.clause_number == found.clause_number
        and opinion.token.start < found.token.end
        and found.token.start < opinion.token.end
        for opinion in evidence.opinions
    )


def _denies(evidence: TextEvidence) -> bool:
    return any(
        modifier.entry.scope is not None and modifier.entry.scope.kind == "negation"
        for tokens in evidence.clauses
        for modifier in tokens.modifiers
    )


def _satisfaction(probability: float) -> float:
    return 1 + 4 * probability
