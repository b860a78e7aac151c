"""English names of departments, aspects and touchpoints."""

import re

import pytest

from lexicons.cue_rules import LABEL_LISTS, load_cue_book
from lexicons.english_names import ENGLISH_NAMES_PATH, english_name, english_names


def test_whatever_the_lists_can_say_has_an_english_name() -> None:
    """Each department, aspect and touchpoint of the cues, and no name but for those and for what has none of them."""
    book = load_cue_book()
    words = {row.department for row in book.touchpoints} | {row.department for row in book.departments}
    words |= {row.aspect for row in book.aspects} | {row.aspect for row in book.departments}
    words |= {word for row in book.cues for word in (row.aspect, row.touchpoint) if word}
    words |= {word for row in book.touchpoints for word in (row.touchpoint, *row.aspects)}
    words |= {row.touchpoint for row in book.aspects if row.touchpoint}
    assert set(english_names()) == words | {"其他", "未分部门"}


def test_names_are_english_and_stand_once() -> None:
    """A Chinese word is named once; the name holds no Chinese."""
    lines = ENGLISH_NAMES_PATH.read_text("utf-8").splitlines()[4:]
    assert len(lines) == len(english_names())
    assert not [name for name in english_names().values() if re.search(r"[一-鿿]", name)]


@pytest.mark.parametrize(("chinese", "english"), [("客房部", "Housekeeping"), ("噪音", "Noise"), ("洗衣房", "洗衣房")])
def test_names_to_show(chinese: str, english: str) -> None:
    """What a reader has added in an overlay stands as it is."""
    assert english_name(chinese) == english


def test_a_better_name_leaves_labels_as_they_are() -> None:
    """The list is no part of the lexicon version: nothing has to be read again."""
    assert ENGLISH_NAMES_PATH not in LABEL_LISTS
