"""Template praise: nothing but 很好, or a platform's words for a silent customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexicons.cue_rules import load_cue_book
from models.template_praise import TemplatePhrases, is_platform_default, is_template_praise

PHRASES = TemplatePhrases.from_rows(load_cue_book().template_phrases)


@pytest.mark.parametrize(
    "text",
    [
        "很好",
        "很好！！！非常满意～",
        "不错不错",
        "挺好的，推荐",
        "好好好",
        "此用户没有填写评价。",
        "系统默认好评！",
        "真的很好啊",
        "很好 很好 很好",
    ],
)
def test_general_praise_is_template(text: str) -> None:
    """A text of general praise, marks and fillers says nothing in particular."""
    assert is_template_praise(text, PHRASES)


@pytest.mark.parametrize("text", ["早餐很好", "房间不错", "。。。", "", "的了啊", "不好", "很好，就是贵", "很" * 500])
def test_particular_text_is_not_template(text: str) -> None:
    """An aspect, a reservation, marks alone or fillers alone are no template."""
    assert not is_template_praise(text, PHRASES)


def test_platform_default_is_told_from_praise() -> None:
    """Only the platform's own words are its default."""
    assert is_platform_default("评价方未及时做出评价，系统默认好评！", PHRASES)
    assert not is_platform_default("很好", PHRASES)


@given(pieces=st.lists(st.sampled_from(["很好", "满意", "！", " ", "～", "不错"]), min_size=1, max_size=6))
def test_joining_templates_gives_a_template(pieces: list[str]) -> None:
    """Any row of general praise and marks is a template as soon as it holds one phrase."""
    text = "".join(pieces)
    assert is_template_praise(text, PHRASES) == any(len(piece) > 1 for piece in pieces)
