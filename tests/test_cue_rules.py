"""Every cue row shows its label in its example and not in its counter-example; lists are written as cleaned text is."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from lexicons.codebook import codes
from lexicons.cue_rules import CUE_FILES, CUE_ROOT, Cue, ScopeCue, load_cue_book
from lexicons.rows import LexiconError, read_rows
from models.cleaning import clean
from models.cue_examples import ExampleTrier
from models.cue_matcher import CueMatcher
from models.cue_reader import load_cue_reader
from models.opinions import read_text

BOOK = load_cue_book()
TRIER = ExampleTrier(BOOK)
TRADES = ("delivery", None, "hotel")


def test_every_cue_but_words_of_feeling_has_both_examples() -> None:
    """Each cue of a failure or another field stands with a text that shows its label and one that does not."""
    cues = [cue for cue in BOOK.cues if cue.field != "sentiment"]
    assert len(cues) > 2000
    assert [cue.words for cue in cues if not cue.example or not cue.counter_example] == []


@pytest.mark.parametrize("name", CUE_FILES)
def test_examples_show_their_label_and_counter_examples_do_not(name: str) -> None:
    """Each cue is read in its example and not in its counter-example; a word of feeling shows its label alone."""
    assert [broken for cue in read_rows(CUE_ROOT / name, Cue) for broken in TRIER.broken_cue(cue)] == []


def test_scope_words_turn_the_cue_of_their_example() -> None:
    """Each scope word with an example turns a cue of it, and none of its counter-example."""
    assert [broken for scope in BOOK.scopes for broken in TRIER.broken_scope(scope)] == []


def test_a_broken_example_is_told() -> None:
    """A row whose example shows nothing, or whose counter-example shows the label, is named with what is wrong."""
    row = {"cue": "慢吞吞", "field": "failure", "value": "delivery.slow"}
    trier = ExampleTrier(replace(BOOK, cues=(Cue.model_validate({**row, "example": "上菜慢吞吞"}),)))
    wrong = Cue.model_validate({**row, "example": "上菜真快", "counter_example": "结账慢吞吞"})
    assert [broken.problem for broken in trier.broken_cue(wrong)] == [
        "the example is not read with this label",
        "the counter-example is read with this label",
    ]


def test_feared_failures_did_not_happen() -> None:
    """No literal shows its label after 怕, whatever words and negations it is made of."""
    literals = [cue for cue in BOOK.cues if cue.cue and cue.field not in ("sentiment", "reply_actions")]
    assert [cue.words for cue in literals if TRIER.shows(cue, f"怕{cue.words}")] == []


def test_every_subtype_has_cues() -> None:
    """Each of the fifteen sub-types has at least eight cues, and failures have at least 1,500 together."""
    found = [cue.value for cue in BOOK.cues if cue.field == "failure"]
    assert len(found) >= 1500
    assert {code for code in codes("failure_subtype") if found.count(code) < 8} == set()


def test_sentiment_and_fields_are_covered() -> None:
    """There are at least three thousand words of feeling, and a cue for each field that cues are for."""
    assert sum(cue.field == "sentiment" for cue in BOOK.cues) >= 3000
    fields = {cue.field for cue in BOOK.cues}
    assert {"severity", "expectation", "voice", "recovery_actions", "recovery_outcome", "fairness"} <= fields
    assert {"loyalty", "drivers", "reply_actions", "rater_empathy", "rater_reliability"} <= fields


def test_literals_are_written_as_cleaned_text() -> None:
    """A literal that cleaning would change could never be found."""
    literals = [cue.cue for cue in BOOK.cues if cue.cue] + [anchor for cue in BOOK.cues for anchor in cue.anchors]
    literals += [row.word for row in BOOK.aspects] + [row.cue for row in BOOK.scopes]
    assert [words for words in literals if clean(words).text != words] == []


def test_no_literal_stands_twice_for_one_label() -> None:
    """A literal shows one value of the field sentiment, and each failure once."""
    keys = [(cue.words, cue.field, cue.value) for cue in BOOK.cues]
    assert len(keys) == len(set(keys))
    feelings = [cue.cue for cue in BOOK.cues if cue.field == "sentiment"]
    assert len(feelings) == len(set(feelings))
    assert len({row.cue for row in BOOK.scopes}) == len(BOOK.scopes)


def test_aspect_words_are_found() -> None:
    """Each aspect word is what a judgement beside it is about."""
    missing = []
    for row in BOOK.aspects:
        about = [opinion.aspect_word for opinion in TRIER.evidence(f"{row.word}让人失望").opinions]
        if row not in about:
            missing.append(row.word)
    assert missing == []


def test_modifiers_are_found() -> None:
    """Each scope word but PSEUDO is found as a modifier where it stands before or behind a word that is none."""
    missing = []
    for row in BOOK.scopes:
        text = f"石桥{row.cue}" if row.direction == "BACKWARD" else f"{row.cue}石桥"
        found = {token.entry.words for tokens in TRIER.evidence(text).clauses for token in tokens.modifiers}
        if row.kind != "pseudo" and row.cue not in found:
            missing.append(text)
    assert missing == []


def test_pseudo_words_shield_what_they_cover() -> None:
    """A PSEUDO word is no modifier itself and leaves nothing inside it to be one or to be an opinion."""
    broken = []
    for row in BOOK.scopes:
        if row.kind == "pseudo":
            found = [t for tokens in TRIER.evidence(row.cue).clauses for t in (*tokens.modifiers, *tokens.opinions)]
            broken += [row.cue for token in found if token.entry.words != row.cue]
    assert broken == []


def test_version_is_a_short_digest() -> None:
    """The lexicon version is twelve hexadecimal digits, the same on each reading."""
    version = load_cue_reader().lexicon_version
    assert len(version) == 12
    assert set(version) <= set("0123456789abcdef")
    assert version == load_cue_book().version


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"field": "failure", "value": "delivery.core", "example": "脏"}, "exactly one of the two"),
        (
            {"cue": "脏", "anchors": "脏", "field": "failure", "value": "delivery.core", "example": "脏"},
            "none with a cue",
        ),
        ({"pattern": "脏.", "field": "failure", "value": "delivery.core", "example": "脏"}, "anchors with a pattern"),
        (
            {"pattern": "(脏", "anchors": "脏", "field": "failure", "value": "delivery.core", "example": "脏"},
            "expected a regular expression",
        ),
        ({"cue": "脏", "field": "failure", "value": "delivery.dirty", "example": "脏"}, "'delivery.dirty' is no value"),
        ({"cue": "脏", "field": "failure", "value": "delivery.core"}, "expected an example"),
        ({"cue": "赞", "field": "sentiment", "value": "positive"}, "expected a strength"),
        (
            {"cue": "再来", "field": "loyalty", "value": "stay", "example": "再来"},
            "expected evidence for the field loyalty",
        ),
        (
            {"cue": "脏", "reach": "sentence", "field": "failure", "value": "delivery.core", "example": "脏"},
            "a reach with a pattern only",
        ),
    ],
)
def test_wrong_cue_is_refused(values: dict[str, str], problem: str) -> None:
    """A row that cannot work is refused with what was expected."""
    with pytest.raises(ValidationError, match=problem):
        Cue.model_validate(values)


def test_cue_of_another_trade_is_passed_over() -> None:
    """A cue with industries counts in these and where the trade is not known."""
    row = {"cue": "堵车", "field": "failure", "value": "delivery.slow", "industry": "delivery", "example": "路上堵车"}
    matcher = CueMatcher(replace(BOOK, cues=(Cue.model_validate(row),)))
    found = {trade: read_text(matcher, "路上堵车", "text", trade).opinions[0].failures for trade in TRADES}
    assert {trade: len(failures) for trade, failures in found.items()} == {"delivery": 1, None: 1, "hotel": 0}


def test_contrast_must_terminate() -> None:
    """A word of contrast has the direction TERMINATE, and only such words have."""
    with pytest.raises(ValidationError, match="TERMINATE for the kind contrast"):
        ScopeCue.model_validate({"cue": "但是", "kind": "contrast", "direction": "FORWARD", "max_scope": 3})


def test_only_degree_has_a_multiplier() -> None:
    """A multiplier on a negation would be read by nobody."""
    with pytest.raises(ValidationError, match="multiplier for the kind degree only"):
        ScopeCue.model_validate(
            {"cue": "不", "kind": "negation", "direction": "FORWARD", "max_scope": 3, "multiplier": 0.5}
        )


def test_missing_file_is_named() -> None:
    """A missing list is named with its line."""
    with pytest.raises(LexiconError, match=r"no_such\.tsv:1: the file does not exist"):
        read_rows(CUE_ROOT / "no_such.tsv", Cue)
