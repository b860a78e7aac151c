"""Answers that are set phrases: whoever is spoken to, whatever the number."""

import pytest

from reports.set_phrases import bare_reply, set_phrases


@pytest.mark.parametrize(
    ("reply", "bare"),
    [
        ("尊敬的王女士：感谢您的光临！", "感谢您的光临"),
        ("亲爱的M****6，感谢您的光临。", "感谢您的光临"),
        ("李先生您好，感谢入住1208房", "您好感谢入住房"),
        ("[姓名]您好，请拨打 [手机号] 联系我们", "您好请拨打联系我们"),
        ("王经理已给您去电", "王经理已给您去电"),
        ("！！ 12", ""),
    ],
)
def test_names_numbers_and_punctuation_do_not_count(reply: str, bare: str) -> None:
    """What is left is what the phrase says."""
    assert bare_reply(reply) == bare


def test_five_of_a_venue_make_a_set_phrase() -> None:
    """Four do not, nor five of two venues together, nor answers without a word."""
    thanks = [f"尊敬的{name}女士：感谢您的光临，期待再次见面！" for name in "王李张刘陈"]
    here, there = "云栖湖畔酒店", "拾光精品酒店"
    told = [*((here, reply) for reply in thanks), *((there, reply) for reply in thanks[:4]), *[(there, "。")] * 9]
    assert set_phrases(told) == {(here, "感谢您的光临期待再次见面"): 5}
    assert set_phrases([(here, r) for r in thanks[:3]] + [(there, r) for r in thanks[3:]]) == {}
