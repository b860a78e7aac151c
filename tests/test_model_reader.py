"""The trained reader: reads as the codebook does, each review for itself, and says who saw what."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.readers import ReadingChoice, load_model_reader
from models.annotations import read_annotations
from models.character_reading import LONGEST_STRETCH, _stretches
from models.cue_reader import load_cue_reader
from models.model_findings import GuestText
from models.model_folder import SHIPPED
from models.model_reader import ModelReader
from models.reader import LabelColumns, ReviewText

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample" / "labels.jsonl"
BLAMED = "退房时说我弄脏床单要赔两百，态度特别横，以后再也不来了"


@pytest.fixture(scope="module")
def reader() -> ModelReader:
    """The shipped weights, loaded once."""
    return load_model_reader(SHIPPED, None)


@pytest.fixture(scope="module")
def reviews() -> list[ReviewText]:
    """Reviews of the sample, of all lengths, one of another language and one that says nothing."""
    chosen = [annotation.review for annotation in read_annotations(SAMPLE)[::12]]
    return [*chosen, ReviewText("The room was dirty and noisy."), ReviewText("此用户没有填写评价。")]


def _rows(columns: LabelColumns, reviews: int) -> list[object]:
    """Return everything that columns say, review by review."""
    found: list[object] = []
    for row in range(reviews):
        labels = {name: values[row] for name, values in columns.reviews.items()}
        findings = [
            [
                tuple(values[n] for name, values in table.items() if name != "review_row")
                for n, r in enumerate(rows)
                if r == row
            ]
            for table, rows in (
                (columns.incidents, columns.incidents["review_row"]),
                (columns.mentions, columns.mentions["review_row"]),
            )
        ]
        found.append((labels, findings))
    return found


def test_a_blamed_guest_is_read_as_the_codebook_does(reader: ModelReader) -> None:
    """Made to pay, treated rudely, lost: all three are seen, each failure with words of the text."""
    columns = reader.read([ReviewText(BLAMED, industry="hotel")])
    assert "staff.inattentive" in columns.reviews["failure_subtypes"][0]  # type: ignore[operator]
    assert columns.reviews["loyalty"] == ["leave"]
    assert columns.reviews["sentiment"][0] < -0.5  # type: ignore[operator]
    for quote, start, end in zip(*(columns.incidents[name] for name in ("quote", "start", "end")), strict=True):
        assert BLAMED[start:end] == quote


@pytest.mark.parametrize(
    "text", ["房间一点也不吵，也没有等很久", "要是再吵就换房了", "网上有人说隔音差，我们住着挺好", "早餐是不是涨价了？"]
)
def test_what_cues_know_to_be_denied_stays_denied(reader: ModelReader, text: str) -> None:
    """Characters know no negation: a clause whose failures are denied, supposed or quoted is not shown to them."""
    columns = reader.read([ReviewText(text, industry="hotel")])
    assert columns.reviews["failure_subtypes"] == [[]]
    assert columns.reviews["severity"] == [0]


@given(st.lists(st.sampled_from(["房间很干净,", "等了半小时没人理。", "好" * 900, "!", " "]), max_size=40))
def test_stretches_are_the_whole_text(parts: list[str]) -> None:
    """Put together again they are the text, and none is longer than the character models read."""
    text = "".join(parts)
    stretches = _stretches(text)
    assert "".join(stretches) == text
    assert all(len(stretch) <= LONGEST_STRETCH for stretch in stretches)


def test_denied_clauses_are_cut_out_of_what_characters_see() -> None:
    """Only the clause with the denied failure goes; the rest of the text and the numbers of its clauses stay."""
    review = ReviewText("位置不错，房间一点也不吵，就是早餐少", industry="hotel")
    guest = GuestText.of(load_cue_reader().read_one(review).texts)
    assert guest.denied == {1}
    assert guest.told == "位置不错,,就是早餐少"
    assert guest.told_clauses() == ["位置不错", "", "就是早餐少"]


def test_neighbours_batches_and_order_change_nothing(reader: ModelReader, reviews: list[ReviewText]) -> None:
    """Alone, shuffled and in slices, each review has the same labels and findings, bit for bit."""
    together = _rows(reader.read(reviews), len(reviews))
    order = list(range(len(reviews)))
    random.Random(3).shuffle(order)
    shuffled = _rows(reader.read([reviews[n] for n in order]), len(reviews))
    assert [shuffled[order.index(n)] for n in range(len(reviews))] == together
    for begin in range(0, len(reviews), 7):
        some = reviews[begin : begin + 7]
        assert _rows(reader.read(some), len(some)) == together[begin : begin + 7]
    for n in (0, 17, len(reviews) - 1):
        assert _rows(reader.read([reviews[n]]), 1) == [together[n]]


def test_findings_agree_with_labels(reader: ModelReader, reviews: list[ReviewText]) -> None:
    """Every sub-type has an incident and the other way round; quotes stand where they say; no failure, no severity."""
    columns = reader.read(reviews)
    subtypes: list[set[str]] = [set() for _ in reviews]
    for row, subtype, field, start, end, quote in zip(
        *(columns.incidents[name] for name in ("review_row", "failure_subtype", "field", "start", "end", "quote")),
        strict=True,
    ):
        subtypes[row].add(subtype)
        assert getattr(reviews[row], str(field))[start:end] == quote
    for row, found in enumerate(subtypes):
        assert found == set(columns.reviews["failure_subtypes"][row])  # type: ignore[call-overload]
        severity = columns.reviews["severity"][row]
        assert severity is None or bool(severity) == bool(found)


def test_other_languages_and_default_texts_are_not_judged(reader: ModelReader) -> None:
    """The trained layers read Chinese; English stays unjudged and is marked for a person."""
    columns = reader.read([ReviewText("The room was dirty and noisy."), ReviewText("此用户没有填写评价。")])
    assert columns.reviews["sentiment"] == [None, None]
    assert columns.reviews["needs_review"][0] is True
    assert columns.incidents["quote"] == []


def test_who_saw_a_failure_is_said(reader: ModelReader, reviews: list[ReviewText]) -> None:
    """Incidents come from cues, from the model or from both, and all three happen."""
    seen = set(reader.read(reviews).incidents["found_by"])
    assert seen == {"cue", "model", "both"}


def test_explanations_carry_the_same_labels(reader: ModelReader, reviews: list[ReviewText]) -> None:
    """What `kesheng text` shows is what the night stores."""
    for review in reviews[:5]:
        explained = reader.explain(review).reading
        assert reader.read([review]).reviews["failure_subtypes"] == [explained.labels.failure_subtypes]


@pytest.mark.slow
def test_a_text_of_fifty_thousand_characters_is_read_whole(reader: ModelReader) -> None:
    """A failure at the end of a very long text is seen."""
    text = "房间挺干净，早餐也不错，" * 4200 + "就是前台态度恶劣，冲客人大吼大叫。"
    columns = reader.read([ReviewText(text, industry="hotel")])
    assert any(start > 50_000 for start in columns.incidents["start"])  # type: ignore[operator]


def test_the_reader_is_stamped_with_its_version(reader: ModelReader) -> None:
    """Reviews carry the version of the weights; it is known without loading them."""
    assert reader.model_version == ReadingChoice(weights=SHIPPED).model_version
    assert reader.lexicon_version == ReadingChoice().cues.lexicon_version
