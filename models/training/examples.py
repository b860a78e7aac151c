"""Examples for training: labelled texts as token ids, the clauses that they stand in, and targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from lexicons.codebook import codes
from models.annotations import Annotation, LabelledSentence
from models.clauses import split_clauses
from models.cleaning import clean
from models.encoder import WindowBatch
from models.heads import target_mask, target_vector, told_labels
from models.windows import clause_numbers

LONGEST = 320
"""Tokens that are read of a text in training; nearly all are shorter."""
Floats = npt.NDArray[np.float32]


@dataclass(slots=True)
class Example:
    """One text to learn from; a target that is None was not judged."""

    text: str
    tokens: list[int]
    clauses: list[int]
    """Of each token, the number of its clause, -1 for none."""
    clause_count: int
    review_targets: Floats
    review_mask: Floats
    clause_targets: Floats | None = None
    """``[clauses, sub-types]``."""


class ExampleMaker:
    """Turns texts into examples with one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def of_annotation(self, annotation: Annotation) -> Example:
        """Make an example of a labelled review: every quote marks the clauses that it touches."""
        example = self._bare(annotation.text, told_labels(annotation))
        example.clause_targets = quoted_clauses(annotation, example.clause_count)
        return example

    def of_sentence(self, sentence: LabelledSentence) -> Example:
        """Make an example of a text that is only known to praise or to complain."""
        return self._bare(sentence.text, {"sentiment": ("positive",) if sentence.positive else ()})

    def _bare(self, text: str, told: Mapping[str, Sequence[str]]) -> Example:
        cleaned = clean(text).text
        spans = split_clauses(cleaned)
        encoding = self._tokenizer.encode(cleaned)
        tokens, offsets = list(encoding.ids)[:LONGEST], list(encoding.offsets)[:LONGEST]
        numbers = clause_numbers(offsets, spans)
        return Example(
            text,
            tokens,
            numbers,
            max(1, len(spans)),
            np.array(target_vector(told), np.float32),
            np.array(target_mask(told), np.float32),
        )


def quoted_clauses(annotation: Annotation, clause_count: int) -> Floats:
    """Return which clauses of a labelled review its quotes touch, ``[clauses, sub-types]``."""
    source = clean(annotation.text)
    order = {code: place for place, code in enumerate(codes("failure_subtype"))}
    targets = np.zeros((clause_count, len(order)), np.float32)
    spans = [source.span(clause.start, clause.end) for clause in split_clauses(source.text)]
    for failure in annotation.failures:
        begin = annotation.text.find(failure.quote)
        if begin < 0:
            continue
        for number, (start, end) in enumerate(spans):
            if start < begin + len(failure.quote) and begin < end:
                targets[number, order[failure.type]] = 1
    return targets


def batches(examples: Sequence[Example], tokens: int, chooser: Random) -> Iterator[list[Example]]:
    """Yield all examples once, in shuffled batches of about equal length and at most so many tokens with padding."""
    order = sorted(examples, key=lambda e: len(e.tokens) + chooser.random() * 8)
    groups: list[list[Example]] = []
    group: list[Example] = []
    for example in order:
        if group and (len(group) + 1) * len(example.tokens) > tokens:
            groups.append(group)
            group = []
        group.append(example)
    if group:
        groups.append(group)
    chooser.shuffle(groups)
    yield from groups


def collate(group: Sequence[Example], padding: int) -> WindowBatch:
    """Pad examples to one batch."""
    length = max(len(example.tokens) for example in group)
    tokens = torch.full((len(group), length), padding)
    clauses = torch.full((len(group), length), -1)
    mask = torch.zeros((len(group), length), dtype=torch.long)
    for row, example in enumerate(group):
        size = len(example.tokens)
        tokens[row, :size] = torch.tensor(example.tokens)
        clauses[row, :size] = torch.tensor(example.clauses)
        mask[row, :size] = 1
    return WindowBatch(tokens, mask, clauses, max(example.clause_count for example in group))


def stack_clause_targets(group: Sequence[Example], clause_count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return targets of clauses, ``[reviews, clauses, sub-types]``, and where there are any, ``[reviews, clauses]``."""
    values = torch.zeros((len(group), clause_count, len(codes("failure_subtype"))))
    known = torch.zeros((len(group), clause_count))
    for row, example in enumerate(group):
        if example.clause_targets is not None:
            # Of a text that is cut at the end, later clauses have no tokens.
            seen = max(example.clauses, default=-1) + 1
            values[row, : len(example.clause_targets)] = torch.from_numpy(example.clause_targets)
            known[row, : min(seen, len(example.clause_targets))] = 1
    return values, known
