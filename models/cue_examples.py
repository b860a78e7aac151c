"""Examples of the lists, tried: each row shows its label in its example and not in its counter-example."""

from collections.abc import Iterator
from dataclasses import dataclass

from lexicons.cue_rules import Cue, CueBook, ScopeCue
from models.cue_matcher import CueMatcher
from models.opinions import TextEvidence, read_text
from models.scope import SuppressedBy

# What a word of each kind does to a cue in its example; words of degree and contrast only weigh.
_SUPPRESSES: dict[str, SuppressedBy] = {
    "negation": "negated",
    "hypothetical": "hypothetical",
    "question": "question",
    "quotation": "quoted",
    "another_provider": "another_provider",
    "irony": "ironic",
}


@dataclass(frozen=True, slots=True)
class BrokenExample:
    """A row whose example is not read as the row says."""

    words: str
    label: str
    """What the row shows, e.g. ``failure=delivery.slow`` or ``negation``."""
    text: str
    problem: str


class ExampleTrier:
    """Tries the examples of a cue book with the matcher that reads reviews."""

    def __init__(self, book: CueBook) -> None:
        self._book = book
        self._matcher = CueMatcher(book)

    def broken(self) -> Iterator[BrokenExample]:
        """Yield every row whose example or counter-example is read otherwise, in list order."""
        for cue in self._book.cues:
            yield from self.broken_cue(cue)
        for scope in self._book.scopes:
            yield from self.broken_scope(scope)

    def broken_cue(self, cue: Cue) -> Iterator[BrokenExample]:
        """Yield what is wrong with the examples of one cue; a word of feeling without one is tried alone."""
        label = f"{cue.field}={cue.value}"
        example = cue.example or cue.words
        if not self.shows(cue, example):
            yield BrokenExample(cue.words, label, example, "the example is not read with this label")
        if cue.counter_example and self.shows(cue, cue.counter_example):
            yield BrokenExample(cue.words, label, cue.counter_example, "the counter-example is read with this label")

    def broken_scope(self, scope: ScopeCue) -> Iterator[BrokenExample]:
        """Yield what is wrong with the examples of one scope word."""
        if scope.example and not self.turns(scope, scope.example):
            yield BrokenExample(scope.cue, scope.kind, scope.example, "the word turns no cue of the example")
        if scope.counter_example and self.turns(scope, scope.counter_example):
            yield BrokenExample(scope.cue, scope.kind, scope.counter_example, "the word turns a cue of it")

    def shows(self, cue: Cue, text: str) -> bool:
        """Whether a text is read with the label of a cue, by whichever cue."""
        evidence = self.evidence(text)
        if cue.field == "failure":
            return any(found.value == cue.value for opinion in evidence.opinions for found in opinion.failures)
        if cue.field == "sentiment":
            wanted = 1 if cue.value == "positive" else -1
            return any(opinion.polarity == wanted for opinion in evidence.opinions)
        return any(
            found.cue.field == cue.field and found.cue.value == cue.value and not found.verdict.suppressed_by
            for found in evidence.field_cues
        )

    def turns(self, scope: ScopeCue, text: str) -> bool:
        """Whether a scope word suppresses a cue of a text, or, where its kind only weighs, is found in it."""
        evidence = self.evidence(text)
        wanted = _SUPPRESSES.get(scope.kind)
        if wanted is None:
            return any(token.entry.scope == scope for tokens in evidence.clauses for token in tokens.modifiers)
        verdicts = [o.verdict for o in evidence.opinions] + [f.verdict for f in evidence.field_cues]
        return any(verdict.suppressed_by == wanted and verdict.because == scope.cue for verdict in verdicts)

    def evidence(self, text: str) -> TextEvidence:
        """Return what the cues show in a text of no known trade."""
        return read_text(self._matcher, text, "text", None)
