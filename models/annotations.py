"""Labelled reviews: texts that a person has read under the codebook, one JSON object a line."""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lexicons.codebook import codes
from models.reader import RATER_DIMENSIONS, ReviewText

Score = Literal[-1, 0, 1]


class AnnotationError(ValueError):
    """A file of labels is wrong; the message begins with ``file:line``."""


class LabelledFailure(BaseModel):
    """One incident as a reader found it, with the shortest words that show it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    quote: str = Field(min_length=1)


class LabelledRecovery(BaseModel):
    """What was done after a failure, and how the customer took it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actions: tuple[str, ...] = ()
    outcome: Literal["satisfied", "partial", "dissatisfied", "unknown"]


class Annotation(BaseModel):
    """One review and its labels, in the codebook's words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    domain: str
    """The trade: hotel, restaurant, delivery, ecommerce (or shopping), telecom, bank, …"""
    text: str = Field(min_length=1)
    follow_up_text: str | None = None
    reply_text: str | None = None
    failures: tuple[LabelledFailure, ...]
    severity: Literal[0, 1, 2, 3]
    satisfaction: Literal[1, 2, 3, 4, 5]
    expectation: Literal["exceeded", "met", "below", "none"]
    rater: dict[str, Score]
    voice: tuple[str, ...]
    recovery: LabelledRecovery | None
    fairness: tuple[str, ...]
    loyalty: Literal["leave", "stay", "recommend", "none"]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for failure in self.failures:
            _check_code("failure_subtype", failure.type)
            if failure.quote not in self.text and failure.quote not in (self.follow_up_text or ""):
                raise ValueError(f"the quote '{failure.quote}' does not stand in the text")
        for code in self.voice:
            _check_code("voice", code)
        for code in self.fairness:
            _check_code("fairness", code)
        for code in self.recovery.actions if self.recovery else ():
            _check_code("recovery_actions", code)
        if unknown := set(self.rater) - set(RATER_DIMENSIONS):
            raise ValueError(f"expected RATER dimensions {', '.join(RATER_DIMENSIONS)}; found {', '.join(unknown)}")
        return self

    @property
    def subtypes(self) -> frozenset[str]:
        """The failure sub-types of the review."""
        return frozenset(failure.type for failure in self.failures)

    @property
    def review(self) -> ReviewText:
        """What a reader of the product sees of it."""
        return ReviewText(
            self.text,
            None,
            self.follow_up_text or None,
            self.reply_text or None,
            INDUSTRY.get(self.domain, self.domain),
        )


INDUSTRY = {"shopping": "ecommerce"}
"""Names of trades in label files that the lists spell otherwise."""


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A text labelled good or bad, of a public sentiment set."""

    domain: str
    text: str
    positive: bool

    @property
    def review(self) -> ReviewText:
        """What a reader of the product sees of it."""
        return ReviewText(self.text, industry=INDUSTRY.get(self.domain, self.domain))


def read_annotations(path: Path) -> tuple[Annotation, ...]:
    """Read a file of labelled reviews.

    Raises:
        AnnotationError: It is missing or empty, a line is no such object, or an id stands twice.
    """
    annotations: dict[str, Annotation] = {}
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            annotation = Annotation.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise AnnotationError(f"{path.name}:{number}: expected one JSON object a line; {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            problem = str(first["msg"]).removeprefix("Value error, ")
            raise AnnotationError(f"{path.name}:{number}: {place or 'labels'}: {problem}") from error
        if annotation.id in annotations:
            raise AnnotationError(
                f"{path.name}:{number}: the id {annotation.id} stands twice; give each review its own"
            )
        annotations[annotation.id] = annotation
    if not annotations:
        raise AnnotationError(f"{path.name}:1: expected at least one labelled review, found none")
    return tuple(annotations.values())


def read_sentiment_set(path: Path) -> list[LabelledSentence]:
    """Read a public sentiment set: CSV, plain or gzipped, with the columns ``label`` (0 or 1) and ``review``.

    Raises:
        AnnotationError: It is missing, not UTF-8, or a row has another label.
    """
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise AnnotationError(f"{path}:1: the file does not exist; name a CSV with label and review") from error
    except (UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise AnnotationError(f"{path.name}:1: expected UTF-8, plain or gzipped; {error}") from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not {"label", "review"} <= set(rows.fieldnames or ()):
        raise AnnotationError(f"{path.name}:1: expected the columns label and review; found {rows.fieldnames}")
    domain = path.name.partition(".")[0]
    sentences = []
    for number, row in enumerate(rows, start=2):
        if row["label"] not in ("0", "1"):
            raise AnnotationError(f"{path.name}:{number}: label: expected 0 or 1; found '{row['label']}'")
        sentences.append(LabelledSentence(domain, row["review"], row["label"] == "1"))
    return sentences


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise AnnotationError(
            f"{path}:1: the file does not exist; name a file of labels, one JSON object a line"
        ) from error
    except UnicodeDecodeError as error:
        raise AnnotationError(f"{path.name}:1: expected UTF-8, found byte {error.start} that is not") from error


def _check_code(field: str, code: str) -> None:
    if code not in codes(field):
        raise ValueError(f"'{code}' is no {field} of the codebook; they are {', '.join(codes(field))}")
