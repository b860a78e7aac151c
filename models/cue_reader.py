"""The cue reader: labels reviews by word lists and scope rules alone, and can say why."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lexicons.codebook import codes
from lexicons.cue_rules import CueBook, load_cue_book
from models.cue_findings import FindingLists, find_incidents, find_mentions
from models.cue_matcher import CueMatcher
from models.explanation import Explanation, explain_texts
from models.languages import detect_language
from models.opinions import TextEvidence, read_text
from models.reader import LabelColumns, Reading, ReviewLabels, ReviewText
from models.review_fields import ReviewEvidence, fill_fields
from models.sentiment import score
from models.template_praise import TemplatePhrases, is_platform_default, is_template_praise

MODEL_VERSION = "cues-1"
# The fields that the guest wrote, in the order in which they are read.
GUEST_FIELDS = ("title", "text", "follow_up_text")
# Between these the evidence is as good as even, and a person should look.
UNDECIDED = (0.45, 0.55)


@dataclass(frozen=True, slots=True)
class CueReading:
    """What the cues say of one review, and the evidence that it rests on."""

    reading: Reading
    texts: list[TextEvidence]
    """The guest's texts in the order read; empty where the review is not judged (another language, default text)."""


class CueReader:
    """A ``models.reader.Reader`` that needs no training; each review is read alone, so neighbours never matter."""

    def __init__(self, book: CueBook) -> None:
        self._matcher = CueMatcher(book)
        self._phrases = TemplatePhrases.from_rows(book.template_phrases)
        self._lists = FindingLists.from_book(book)
        self._version = book.version

    @property
    def model_version(self) -> str:
        """``cues-1``: there is no trained model."""
        return MODEL_VERSION

    @property
    def lexicon_version(self) -> str:
        """Twelve hexadecimal digits over the bytes of every list file that the labels depend on."""
        return self._version

    def read(self, batch: list[ReviewText]) -> LabelColumns:
        """Label a batch; one row of ``reviews`` for each text, in order.

        Example: ``前台态度冷淡，等了半小时`` gives the incidents ``staff.inattentive`` and ``delivery.slow``.
        """
        with collector_paused():
            return LabelColumns.from_readings([self.read_one(review).reading for review in batch])

    def explain(self, review: ReviewText) -> Explanation:
        """Return the labels of one review and, clause by clause, the cues that led to them or were suppressed."""
        one = self.read_one(review)
        return Explanation(explain_texts(one.texts), one.reading)

    @property
    def lists(self) -> FindingLists:
        """What findings are completed with: places, departments, waits, where a quote begins."""
        return self._lists

    def read_one(self, review: ReviewText) -> CueReading:
        """Label one review and keep the evidence."""
        labels = ReviewLabels(language=detect_language(_longest(review)))
        silent = is_platform_default(review.text, self._phrases)
        labels.template_praise = is_template_praise(review.text, self._phrases)
        if not (labels.language or "").startswith("zh"):
            labels.needs_review = True
            return CueReading(Reading(labels, [], []), [])
        texts = [self._evidence(review, field) for field in GUEST_FIELDS if getattr(review, field) and not silent]
        reply = self._evidence(review, "reply_text") if review.reply_text else None
        incidents = find_incidents(texts, self._lists)
        _fill_sentiment(labels, texts)
        found = {incident.failure_subtype for incident in incidents}
        groups = {incident.failure_group for incident in incidents}
        labels.failure_subtypes = [code for code in codes("failure_subtype") if code in found]
        labels.failure_groups = [code for code in codes("failure_group") if code in groups]
        fill_fields(labels, ReviewEvidence(texts, reply, incidents, labels.positive_probability))
        return CueReading(Reading(labels, incidents, find_mentions(texts, self._lists.touchpoints)), texts)

    def _evidence(self, review: ReviewText, field: str) -> TextEvidence:
        return read_text(self._matcher, getattr(review, field), field, review.industry)


@cache
def load_cue_reader(overlay: Path | None = None) -> CueReader:
    """Return the reader over the shipped lists and a user's own, built once a process."""
    reader = CueReader(load_cue_book(overlay))
    # The lists stay as long as the process: out of the collector's sight they are not looked through again and again
    # while reviews are read, which takes a tenth of the time.
    gc.freeze()
    return reader


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the cycle collector still for a batch: reading makes no cycles, and looking for them takes a twelfth."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _longest(review: ReviewText) -> str:
    return review.text if review.text.strip() else review.follow_up_text or review.title or ""


def _fill_sentiment(labels: ReviewLabels, texts: list[TextEvidence]) -> None:
    judged = score(texts)
    if judged is None:
        labels.needs_review = True
        return
    labels.positive_probability = judged.positive_probability
    labels.sentiment = judged.sentiment
    labels.satisfaction = judged.satisfaction
    undecided = UNDECIDED[0] < judged.positive_probability < UNDECIDED[1]
    labels.needs_review = undecided or not judged.rests_on_words
