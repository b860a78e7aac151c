"""The cue reader: quotes stand where they say, batches never matter, rulings of the codebook hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lexicons.codebook import codes
from models.cue_reader import load_cue_reader
from models.reader import Incident, LabelColumns, Mention, Reading, ReviewText

PIECES = (
    *("房间太小", "隔音很差", "前台態度冷淡", "等了两个小时", "没有热水", "早餐難吃", "服务很好"),
    *("！！！", "，", "。", "<br>", "&amp;", "ＷｉＦｉ连不上", "㎡", "😡", "\u200b", " ", "\n", "……", "ok", "3:30"),
    *("客人醉酒后辱骂前台", "他们骗我", "老人上下楼不方便", "一直没送到", "要了发票没给"),
    *("不脏", "如果", "但是", "再也不来了", "推荐"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=60)


def _read(text: str, **fields: str) -> Reading:
    return load_cue_reader().explain(ReviewText(text=text, **fields)).reading


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, title=st.none() | TEXTS, follow_up=st.none() | TEXTS)
def test_quotes_stand_where_they_say(text: str, title: str | None, follow_up: str | None) -> None:
    """Each quote of an incident or mention is the stored field's text between its offsets, and is not empty."""
    review = ReviewText(text=text, title=title, follow_up_text=follow_up)
    reading = load_cue_reader().explain(review).reading
    findings: list[Incident | Mention] = [*reading.incidents, *reading.mentions]
    for found in findings:
        assert getattr(review, found.field)[found.start : found.end] == found.quote != ""
    assert len(reading.incidents) <= 8


@settings(max_examples=50, deadline=None)
@given(text=TEXTS)
def test_explained_clauses_stand_where_they_say(text: str) -> None:
    """Clauses and cues of an explanation are quotes of the stored text."""
    for clause in load_cue_reader().explain(ReviewText(text=text)).clauses:
        assert text[clause.start : clause.end] == clause.quote
        assert all(text[cue.start : cue.end] == cue.quote for cue in clause.cues)


def test_expression_is_found_once_in_a_clause() -> None:
    """Two anchors of one expression in a clause (星, 招待所) lead to one cue, not to two."""
    (clause,) = load_cue_reader().explain(ReviewText(text="这家四星不如招待所")).clauses
    found = [(cue.start, cue.end, cue.cue, cue.labels) for cue in clause.cues]
    assert any("expectation=below" in labels for *_, labels in found)
    assert len(found) == len(set(found))


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=8), data=st.data())
def test_batch_never_matters(texts: list[str], data: st.DataObject) -> None:
    """A review is labelled the same alone, in a batch, and in a shuffled batch."""
    reader = load_cue_reader()
    order = data.draw(st.permutations(range(len(texts))))
    whole = _rows(reader.read([ReviewText(text=text) for text in texts]))
    shuffled = _rows(reader.read([ReviewText(text=texts[n]) for n in order]))
    alone = [_rows(reader.read([ReviewText(text=text)]))[0] for text in texts]
    assert whole == alone
    assert shuffled == [whole[n] for n in order]


def test_label_columns_agree_with_each_other() -> None:
    """Groups and sub-types of a review are those of its incidents, in the codebook's order."""
    columns = load_cue_reader().read(
        [ReviewText(text="前台态度冷淡，等了半小时，房间很脏"), ReviewText(text="很好"), ReviewText(text="")]
    )
    assert columns.reviews["failure_subtypes"][0] == ["delivery.slow", "delivery.core", "staff.inattentive"]
    assert columns.reviews["failure_groups"][0] == ["delivery", "staff"]
    assert columns.reviews["failure_subtypes"][1:] == [[], []]
    assert set(columns.incidents["review_row"]) == {0}
    assert set(columns.incidents["found_by"]) == {"cue"}


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("客人醉酒后在大堂闹事", "customer.drunk", "staff.misconduct"),
        ("客人辱骂前台", "customer.abuse", "staff.misconduct"),
        ("客人拒不配合登记身份证", "customer.uncooperative", "request.preference"),
        ("住客在无烟房吸烟", "customer.policy", "delivery.core"),
        ("要的发票没给", "request.preference", "delivery.unavailable"),
        ("带孩子来却没有婴儿床", "request.special_needs", "delivery.unavailable"),
        ("收到的是假货", "delivery.core", "staff.unfair"),
        ("空调不太凉，洗澡水不热", "delivery.core", "delivery.unavailable"),
        ("客服电话打不通", "delivery.unavailable", "staff.inattentive"),
        ("漏送了一份饮料", "delivery.core", "delivery.unavailable"),
        ("充电器落在房间他们不给找", "request.customer_error", "request.preference"),
        ("骑手骂人", "staff.misconduct", "customer.abuse"),
    ],
)
def test_which_code_wins(text: str, wanted: str, unwanted: str) -> None:
    """The codebook's rulings between two codes hold."""
    found = _read(text).labels.failure_subtypes
    assert wanted in found
    assert unwanted not in found


def test_distinct_incidents_are_told_apart() -> None:
    """What is dirty is told thing by thing; a wait told over two clauses is one, and another one elsewhere."""
    assert len(_read("床单很脏，毛巾也脏兮兮").incidents) == 2
    assert len(_read("床单很脏很脏").incidents) == 1
    assert len(_read("排队排了半小时，等了很久").incidents) == 1
    assert len(_read("排队排了半小时，房间干净，位置也好，上菜又等了很久").incidents) == 2


def test_a_quote_begins_behind_the_words_that_join_it() -> None:
    """但是由于 and 就是 belong to what stood before, and the quote still stands where it says."""
    for text, quote in (("位置不错，但是由于没热水", "没热水"), ("都好，就是隔音差", "隔音差")):
        (incident,) = _read(text).incidents
        assert incident.quote == quote
        assert text[incident.start : incident.end] == quote


def test_an_expression_goes_on_over_the_next_clause() -> None:
    """What was asked for in one clause and not done in the next is one incident, quoted whole."""
    text = "说了不吃辣，送来还是辣的"
    incident = next(i for i in _read(text).incidents if i.failure_subtype == "request.preference")
    assert "送来还是" in incident.quote
    assert text[incident.start : incident.end] == incident.quote
    assert "request.preference" not in _read("说了不吃辣。别的菜还是辣的").labels.failure_subtypes


@pytest.mark.parametrize(
    ("text", "severity"), [("上菜等了四十分钟", 1), ("上菜等了两个半小时", 2), ("发货慢，等了三天", 1)]
)
def test_a_wait_of_two_hours_is_a_loss(text: str, severity: int) -> None:
    """From two hours on a wait for a meal or a room is a real loss; what is told in days is judged by its words."""
    assert max(incident.severity for incident in _read(text).incidents) == severity


@pytest.mark.parametrize(
    "text",
    [
        "插座里面拆出一个针孔摄像头",
        "前台当着一堆人大声念我的身份证号",
        "自己的房卡能刷开别人的房门",
        "吃完以后上吐下泻，医院说是食物中毒",
        "床垫里爬出来好几只臭虫",
        "寄存的行李被偷了一台相机",
        "维修师傅对我动手动脚",
        "消防通道被链条锁着",
        "骑手推了我一把，把我打伤了",
    ],
)
def test_red_lines_are_critical(text: str) -> None:
    """Spying, leaked data, opened rooms, poisoned food, vermin, theft, harassment, blocked escape ways and harm."""
    assert _read(text).labels.severity == 3


@pytest.mark.parametrize("text", ["菜没放盐", "问了一圈没有一个知道的"])
def test_a_denial_without_a_word_of_feeling_leans_to_complaint(text: str) -> None:
    """Where only something is denied, the review is taken for a complaint and given to a person to check."""
    labels = _read(text).labels
    assert labels.sentiment is None or labels.sentiment < 0
    assert labels.needs_review or labels.failure_subtypes


def test_words_of_other_fields_weigh_in_sentiment() -> None:
    """再也不来 alone says how a guest feels, though it names no failure and is no praise."""
    assert (_read("再也不来了").labels.sentiment or 0) < 0
    assert (_read("下次还会再来").labels.sentiment or 0) > 0


def test_incident_knows_aspect_touchpoint_and_severity() -> None:
    """Aspect comes from the cue, touchpoint from the word beside it, severity from the worst that is told."""
    (incident,) = _read("卫生间漏水").incidents
    assert (incident.aspect, incident.touchpoint, incident.severity) == ("设施", "卫生间", 1)
    assert _read("吃完拉肚子").labels.severity == 3
    assert _read("外卖迟到三个小时").labels.severity == 2
    assert _read("早餐很好").labels.severity == 0


def test_mentions_hold_good_and_bad() -> None:
    """Each opinion beside an aspect word is a mention with its polarity."""
    mentions = _read("早餐很丰富，隔音很差").mentions
    assert [(mention.aspect, mention.polarity) for mention in mentions] == [("餐食", 1), ("噪音", -1)]
    assert mentions[0].quote == "早餐很丰富"


@pytest.mark.parametrize("text", ["", "……", "今天星期三", "12345"])
def test_without_evidence_nothing_is_judged(text: str) -> None:
    """Nothing to go by: no score, and a person should look."""
    labels = _read(text).labels
    assert (labels.positive_probability, labels.sentiment, labels.satisfaction) == (None, None, None)
    assert labels.needs_review


def test_foreign_text_is_left_to_a_person() -> None:
    """Only Chinese is read; the rest gets its language and nothing else."""
    labels = _read("The room was dirty and noisy").labels
    assert (labels.language, labels.severity, labels.loyalty, labels.failure_subtypes) == ("en", None, None, [])
    assert labels.needs_review


def test_scores_keep_their_scales() -> None:
    """Probability, sentiment and satisfaction say the same on their scales, rounded to four decimals."""
    labels = _read("房间很干净，服务热情").labels
    assert labels.positive_probability is not None
    assert labels.sentiment == pytest.approx(2 * labels.positive_probability - 1, abs=2e-4)
    assert labels.satisfaction is not None
    assert 3 < labels.satisfaction <= 5
    assert round(labels.positive_probability, 4) == labels.positive_probability


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("房间比照片里还要漂亮", "expectation", "exceeded"),
        ("实物和描述的一样", "expectation", "met"),
        ("设施真的不到四星的水平", "expectation", "below"),
        ("房间很脏，很失望", "expectation", "none"),
        ("再也不来了", "loyalty", "leave"),
        ("下次还会来", "loyalty", "stay"),
        ("下次还会来，推荐给大家", "loyalty", "recommend"),
        ("不推荐", "loyalty", "leave"),
        ("前台专业，房间一般", "rater_assurance", 1),
        ("房间很旧，床单却很干净", "rater_tangibles", 0),
        ("房间太吵，打了12315", "voice", ["third_party"]),
        ("菜凉了，要投诉", "voice", ["provider"]),
        ("太坑了，大家别来", "voice", ["public"]),
        ("空调坏了，反映后换了房间", "recovery_actions", ["fix"]),
        ("空调坏了，报修后没人处理", "recovery_actions", ["none"]),
        ("空调坏了，报修后没人处理", "recovery_outcome", "dissatisfied"),
        ("退房时多收了一百", "fairness", ["distributive"]),
        ("图便宜买的，不如隔壁", "drivers", ["price", "competitor"]),
    ],
)
def test_other_fields(text: str, field: str, value: object) -> None:
    """Every other field of the codebook has cues."""
    assert getattr(_read(text).labels, field) == value


def test_reply_tells_what_was_done() -> None:
    """A merchant's reply gives actions, and an unknown outcome where the guest tells none."""
    labels = _read("房间有异味", reply_text="非常抱歉，由于下水管老化，我们已更换地漏。").labels
    assert labels.recovery_actions == ["apology", "explanation", "fix"]
    assert labels.recovery_outcome == "unknown"
    assert _read("房间有异味").labels.recovery_outcome is None


def test_follow_up_and_title_are_read() -> None:
    """Incidents come from all three fields that the guest wrote."""
    reading = _read("位置不错", title="隔音很差", follow_up_text="用了两天就发现卫生间漏水")
    assert {incident.field for incident in reading.incidents} == {"title", "follow_up_text"}


def test_versions_are_told() -> None:
    """The reader names its rules' version, and lists only known codes."""
    reader = load_cue_reader()
    assert reader.model_version == "cues-1"
    assert set(_read("房间很脏").labels.failure_subtypes) <= set(codes("failure_subtype"))


def _rows(columns: LabelColumns) -> list[tuple[object, ...]]:
    """One tuple a review: its labels and its findings without the row number."""
    rows: list[tuple[object, ...]] = []
    for row in range(len(columns.reviews["language"])):
        labels = tuple(str(values[row]) for values in columns.reviews.values())
        findings = tuple(
            tuple(values[n] for name, values in table.items() if name != "review_row")
            for table in (columns.incidents, columns.mentions)
            for n, owner in enumerate(table["review_row"])
            if owner == row
        )
        rows.append((labels, findings))
    return rows
