"""Scope: negation, supposition, questions, contrast, degree, repair, and words that only look like one of them."""

import pytest

from models.cue_reader import load_cue_reader
from models.reader import Reading, ReviewText


def _read(text: str) -> Reading:
    return load_cue_reader().explain(ReviewText(text=text)).reading


@pytest.mark.parametrize(
    "text",
    [
        "没有等很久",
        "房间不脏",
        "晚上一点都不吵",
        "卫生间没有异味",
        "没有蟑螂和老鼠",
        "家具并不陈旧",
        "没发现有霉味",
        "菜一点也不油腻",
        "服务员从不敷衍",
        "外卖没有迟到",
    ],
)
def test_negated_failure_is_none(text: str) -> None:
    """A failure that is denied is no incident."""
    assert _read(text).incidents == []


@pytest.mark.parametrize(
    ("text", "subtype"),
    [
        ("毛巾不干净", "delivery.core"),
        ("晚上没热水", "delivery.unavailable"),
        ("坐下半天没人理", "staff.inattentive"),
        ("前台不热情", "staff.inattentive"),
        ("牛排不好吃", "delivery.core"),
        ("送餐不及时", "delivery.slow"),
        ("要了三次还是不给发票", "request.preference"),
        ("停水也不提前通知", "staff.unanticipated"),
    ],
)
def test_negation_inside_a_cue_is_part_of_it(text: str, subtype: str) -> None:
    """没热水 is a failure: the negation belongs to the cue."""
    assert subtype in _read(text).labels.failure_subtypes


@pytest.mark.parametrize(
    "text",
    [
        "如果太吵就换房",
        "要是没热水就投诉",
        "希望不要再送错",
        "来之前担心隔音差",
        "本以为房间很旧",
        "万一漏水怎么办",
        "就怕服务员态度差",
        "早餐凉的话请打电话",
        "请问卫生间会不会有异味",
    ],
)
def test_supposed_or_asked_failure_is_none(text: str) -> None:
    """What is supposed, feared, wished away or asked did not happen."""
    assert _read(text).incidents == []


@pytest.mark.parametrize(
    ("text", "subtype"),
    [
        ("我们不得不忍受异味", "delivery.core"),
        ("没想到房间这么脏", "delivery.core"),
        ("不仅吵", "delivery.core"),
        ("差点滑倒的地面很脏", "delivery.core"),
        ("等了差不多两个小时", "delivery.slow"),
        ("前台不但态度差", "staff.inattentive"),
        ("这不是欺诈吗", "staff.unfair"),
    ],
)
def test_words_that_only_look_like_negation(text: str, subtype: str) -> None:
    """不得不, 没想到, 不仅 and a rhetorical question deny nothing."""
    assert subtype in _read(text).labels.failure_subtypes


@pytest.mark.parametrize("text", ["这家酒店真不错", "服务没话说", "无线网很快", "味道差不多都很好", "前台无微不至"])
def test_praise_with_a_negative_character(text: str) -> None:
    """不错 and 没话说 are praise, and no failure."""
    reading = _read(text)
    assert reading.incidents == []
    assert (reading.labels.positive_probability or 0) > 0.5


def test_contrast_weighs_what_follows() -> None:
    """The same two opinions are worth less when the criticism comes after 就是."""
    after = _read("位置很好，就是房间很差").labels.positive_probability
    before = _read("房间很差，不过位置很好").labels.positive_probability
    assert after is not None
    assert before is not None
    assert after < before


def test_contrast_cuts_off_negation() -> None:
    """A negation does not reach past 但是."""
    assert (
        "delivery.core" in _read("不但是脏").labels.failure_subtypes
        or "delivery.core" in _read("服务没什么但是脏").labels.failure_subtypes
    )


def test_failure_in_a_positive_review_counts() -> None:
    """总体不错，就是早餐品种少 is praise with a failure."""
    reading = _read("总体不错，就是早餐品种少")
    assert reading.labels.failure_subtypes == ["delivery.core"]


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [("毛巾有点脏", "毛巾极其脏"), ("房间干净", "房间特别干净"), ("服务热情", "服务热情极了")],
)
def test_degree_strengthens_and_weakens(weaker: str, stronger: str) -> None:
    """有点 takes away from an opinion, 非常 and 极了 add to it."""
    low, high = _read(weaker).labels.sentiment, _read(stronger).labels.sentiment
    assert low is not None
    assert high is not None
    assert abs(low) < abs(high)


def test_negated_praise_is_criticism() -> None:
    """不是很好 and 不满意 lie below the middle."""
    for text in ("服务不是很好", "不满意", "谈不上舒适"):
        assert (_read(text).labels.positive_probability or 1) < 0.5


def test_second_opinion_is_not_denied_by_the_first_ones_negation() -> None:
    """不 in 不吵但床硬 denies the noise only."""
    assert _read("不吵可卫生间漏水").labels.failure_subtypes == ["delivery.core"]


def test_solved_failure_still_counts_but_weighs_less() -> None:
    """A loss that was put right afterwards stays an incident, one step less severe."""
    told = _read("退房时多收了一百")
    solved = _read("退房时多收了一百，后来已经解决")
    assert [incident.severity for incident in told.incidents] == [2]
    assert [incident.severity for incident in solved.incidents] == [1]
    assert "fix" in solved.labels.recovery_actions


@pytest.mark.parametrize("text", ["服务好得让我等了两小时", "服务真是好得让人等了半天"])
def test_ironic_praise_is_a_failure(text: str) -> None:
    """Praise that ends in a long wait is meant ironically."""
    assert "delivery.slow" in _read(text).labels.failure_subtypes


def test_explanation_names_the_word_that_suppressed() -> None:
    """The explanation of a negated cue says so and names the negation."""
    explanation = load_cue_reader().explain(ReviewText(text="房间一点也不脏"))
    cue = next(cue for cue in explanation.clauses[0].cues if cue.cue == "脏")
    assert (cue.suppressed_by, cue.because) == ("negated", "一点也不")


@pytest.mark.parametrize(
    ("text", "suppressed_by"),
    [
        ("网上有人说这里隔音差", "quoted"),
        ("有评论说服务态度差，早餐难吃", "quoted"),
        ("上次住的那家又脏又吵", "another_provider"),
    ],
)
def test_what_others_say_and_other_houses_do_is_no_failure(text: str, suppressed_by: str) -> None:
    """A failure that is quoted, or another provider's, is none of this one, through the whole sentence."""
    explanation = load_cue_reader().explain(ReviewText(text=text))
    assert explanation.reading.incidents == []
    turned = {cue.suppressed_by for clause in explanation.clauses for cue in clause.cues if cue.weight == 0}
    assert suppressed_by in turned


@pytest.mark.parametrize(
    "text",
    [
        "网上有人说这里隔音差，我们住下来确实隔音差",
        "有评论说早餐难吃。房间隔音差",
        "上次住的那家不错，这家隔音差",
        "有人说早餐好，但是隔音差",
    ],
)
def test_the_writers_own_words_end_a_quotation(text: str) -> None:
    """我们, 这家, a word of contrast or a new sentence give the word back to the writer."""
    assert "delivery.core" in _read(text).labels.failure_subtypes


def test_irony_turns_praise_into_criticism() -> None:
    """热情 beside 呵呵 is meant as its opposite, and a failure beside it stays one."""
    assert (_read("服务真热情呵呵").labels.sentiment or 0) < 0
    assert "delivery.core" in _read("呵呵房间真脏").labels.failure_subtypes
