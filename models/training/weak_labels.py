"""What cues say of texts that nobody has labelled, as targets: weak supervision (Ratner et al. 2017, VLDB 11).

An encoder that was cut to a few layers learns from it what the clauses of a review are about, before it learns from the
few texts that were read under the codebook.
"""

from collections.abc import Sequence

import numpy as np

from lexicons.codebook import codes
from models.annotations import INDUSTRY, LabelledSentence
from models.clauses import split_clauses
from models.cleaning import clean
from models.cue_reader import CueReader
from models.heads import cue_vector, head_slices, review_heads
from models.reader import Incident, ReviewText
from models.training.examples import Example, ExampleMaker, Floats

CUES_WEIGH = 0.5
"""Against the label of a person, which weighs 1."""
SENTIMENT_WEIGHS = 3.0


def weak_examples(sentences: Sequence[LabelledSentence], cues: CueReader, maker: ExampleMaker) -> list[Example]:
    """Make examples of texts that are only known to praise or to complain: all other targets are what cues say."""
    return [_example(sentence, cues, maker) for sentence in sentences]


def _example(sentence: LabelledSentence, cues: CueReader, maker: ExampleMaker) -> Example:
    reading = cues.read_one(ReviewText(sentence.text, industry=INDUSTRY.get(sentence.domain, sentence.domain))).reading
    example = maker.of_sentence(sentence)
    place = head_slices()["sentiment"]
    told = np.array(cue_vector(reading.labels, reading.incidents), np.float32)
    told[place] = example.review_targets[place]
    for head in review_heads():
        # Confidence is of the words; the targets of a review are yes or no.
        if head.name != "sentiment":
            told[head_slices()[head.name]] = told[head_slices()[head.name]] > 0
    example.review_targets = told
    example.review_mask = np.full_like(told, CUES_WEIGH)
    example.review_mask[place] = SENTIMENT_WEIGHS
    example.clause_targets = _clauses(sentence.text, reading.incidents, example.clause_count)
    return example


def _clauses(text: str, incidents: Sequence[Incident], clause_count: int) -> Floats:
    source = clean(text)
    spans = [source.span(clause.start, clause.end) for clause in split_clauses(source.text)]
    order = {code: place for place, code in enumerate(codes("failure_subtype"))}
    targets = np.zeros((clause_count, len(order)), np.float32)
    for incident in incidents:
        place = order[incident.failure_subtype]
        for number, (start, end) in enumerate(spans):
            if incident.field == "text" and start < incident.end and incident.start < end:
                targets[number, place] = max(targets[number, place], incident.confidence)
    return targets
