"""What the book of things to do proposes: no more than the data says."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.action_proposals import NO_REPLIES, SET_PHRASE, UNANSWERED, ActionBook, action_book
from reports.action_sheet import PROPOSED
from reports.venue_names import UnknownVenueError, shown_venue, venue_key, venue_names
from tests.report_samples import WEEK, incident, review, warehouse
from tests.test_actions_table import action

TODAY = WEEK.end
DAY = WEEK.start


def book(folder: Path, reviews: list[dict[str, Any]], *actions: dict[str, Any]) -> ActionBook:
    """Return the book of a warehouse."""
    incidents = [incident(r) for r in reviews if r["failure_subtypes"]]
    return action_book(warehouse(folder, reviews, incidents), actions, WEEK, TODAY)


def bad(number: int, day: date = DAY, **given: Any) -> dict[str, Any]:
    """Return a negative review that nobody has answered."""
    return review(number, day, **{"failures": ["delivery.slow"], "reply_text": None, **given})


def waiting_hotel() -> list[dict[str, Any]]:
    """Return reviews of a hotel where waiting began seven weeks ago, beside one where nothing happens."""
    reviews = []
    for week in range(26):
        monday = WEEK.end - timedelta(weeks=26 - week)
        for n in range(8):
            late = ["delivery.slow"] if week >= 19 and n < 5 else []
            reviews.append(review(week * 100 + n, monday + timedelta(days=n % 7), failures=late))
            reviews.append(review(week * 100 + 50 + n, monday, venue_name="拾光精品酒店"))
    return reviews


def test_a_spell_that_goes_on_is_proposed_once(tmp_path: Path) -> None:
    """With its figures; the same failure beyond the others is not proposed a second time."""
    (row,) = book(tmp_path, waiting_hotel()).items
    assert (row["kind"], row["venue"], row["failure_subtype"]) == ("improvement", "云栖湖畔酒店", "delivery.slow")
    assert (row["status"], row.get("action_id"), row["created_on"]) == (PROPOSED, None, TODAY)
    assert row["evidence"] == "自8月17日当周起 56 条评论中 35 条（62%），此前 0%，至今未止"


@pytest.mark.parametrize(
    ("known", "proposed"),
    [
        ({"status": "doing"}, 0),
        ({"status": "open", "failure_subtype": "delivery.core"}, 1),
        ({"status": "done", "done_on": WEEK.window_start}, 0),
        ({"status": "done", "done_on": WEEK.window_start - timedelta(days=1)}, 1),
        ({"kind": "appeal", "review_id": "ctrip:00001"}, 1),
        ({"venue": "拾光精品酒店"}, 1),
    ],
)
def test_what_is_taken_care_of_is_not_proposed(tmp_path: Path, known: dict[str, Any], proposed: int) -> None:
    """Open, or closed within the weeks that are counted; another failure, venue or kind is another thing."""
    rows = book(tmp_path, waiting_hotel(), action(**known)).items
    assert len(rows) == 1 + proposed
    assert rows[0]["action_id"] == "A2026-0001"


def test_what_waits_for_an_answer_comes_oldest_first_with_its_deadline(tmp_path: Path) -> None:
    """Complaints and negative reviews without an answer; praise, answered ones and those before the 13 weeks not."""
    reviews = [
        bad(1, DAY + timedelta(days=2)),
        bad(2, DAY - timedelta(days=20), kind="complaint"),
        bad(3, DAY, reply_text="已为您退款，抱歉让您久等"),
        bad(4, WEEK.window_start - timedelta(days=1)),
        review(5, DAY),
        review(6, DAY, sentiment=None, severity=None, rating=1.0, language="en", text="awful"),
    ]
    rows = book(tmp_path, reviews).to_answer
    assert [row["review_id"] for row in rows] == ["ctrip:00002", "ctrip:00006", "ctrip:00001"]
    assert {row["state"] for row in rows} == {UNANSWERED}
    assert [row["due_on"] for row in rows] == [date(2026, 9, 15), date(2026, 10, 5), date(2026, 10, 7)]
    assert [row["evidence"] for row in rows] == [
        "应于9月15日前回复，已超期 20 天",
        "应于10月5日前回复",
        "应于10月7日前回复",
    ]
    assert rows[0]["review_kind"] == "投诉"
    assert rows[0]["failures"] == "服务延误"


def test_a_source_without_answers_says_nothing_of_them(tmp_path: Path) -> None:
    """Whether somebody has answered is to be looked up at the platform; known items are not listed again."""
    reviews = [bad(1), bad(2, source="12315"), review(3, DAY, reply_text="欢迎再来")]
    rows = book(tmp_path / "a", reviews).to_answer
    assert [(row["review_id"], row["state"]) for row in rows] == [
        ("ctrip:00001", UNANSWERED),
        ("ctrip:00002", NO_REPLIES),
    ]
    known = action(kind="complaint", review_id="ctrip:00001")
    assert [r["review_id"] for r in book(tmp_path / "b", reviews, known).to_answer] == ["ctrip:00002"]


def test_set_phrases_are_marked(tmp_path: Path) -> None:
    """Five reviews of the venue, good or bad, under the same words; no deadline, as there is an answer."""
    reviews = [review(n, DAY, reply_text=f"尊敬的{name}女士：感谢光临！") for n, name in enumerate("王李张刘")]
    answered = bad(9, reply_text="尊敬的陈先生：感谢光临。")
    own_words = bad(10, reply_text="陈先生，漏水的管子今天已换好")
    (row,) = book(tmp_path / "a", [*reviews, answered, own_words]).to_answer
    assert (row["review_id"], row["state"], row.get("due_on")) == ("ctrip:00009", SET_PHRASE, None)
    assert row["evidence"] == "同一答复用于本店 5 条评论"
    assert book(tmp_path / "b", [*reviews[1:], answered, own_words]).to_answer == []


def test_doubts_say_what_the_data_says(tmp_path: Path) -> None:
    """Score against text; another guest's text; where the guests cannot be told apart, that; never one's own."""
    reviews = [
        review(1, DAY, author_key="甲"),
        review(2, DAY, duplicate_of="ctrip:00001", author_key="乙", drivers=["competitor"]),
        review(3, DAY, duplicate_of="ctrip:00001", author_key="甲"),
        review(4, DAY, duplicate_of="ctrip:00001", author_key=None),
        review(5, DAY, duplicate_of="ctrip:00001", author_key="丙", source="meituan"),
        review(6, DAY, duplicate_of="ctrip:00001", author_key="丁", rating=1.0, rating_mismatch=True),
        review(7, DAY, drivers=["competitor"]),
        bad(8, kind="complaint", rating_mismatch=True),
    ]
    told = {str(row["review_id"])[-1]: row["evidence"] for row in book(tmp_path, reviews).doubtful}
    assert list(told) == ["6", "2", "4", "5"]
    assert told["6"] == "评分 1 分，文字判读满意度 4.5，两者不符；与另一位客人的评论 ctrip:00001 内容近似"
    assert told["2"] == "与另一位客人的评论 ctrip:00001 内容近似；另：文中提到竞争对手"
    assert told["4"] == told["5"] == "与评论 ctrip:00001 内容近似，是否同一位客人无从判断"


def test_venues_go_by_name_or_key(tmp_path: Path) -> None:
    """A name that two have does not do, in either direction."""
    reviews = [review(1, DAY), review(2, DAY, venue_id="H1"), review(3, DAY, venue_id="H2", venue_name="拾光精品酒店")]
    names = venue_names(warehouse(tmp_path, reviews, []))
    assert names == {"H1": "云栖湖畔酒店", "H2": "拾光精品酒店", "云栖湖畔酒店": "云栖湖畔酒店"}
    assert venue_key(names, "拾光精品酒店") == venue_key(names, "H2") == "H2"
    assert (shown_venue(names, "H2"), shown_venue(names, "H1"), shown_venue(names, None)) == (
        "拾光精品酒店",
        "H1",
        None,
    )
    with pytest.raises(UnknownVenueError, match="没有门店“湖畔”"):
        venue_key(names, "湖畔")
    with pytest.raises(UnknownVenueError, match="有 2 家门店都叫“同名”，请填门店编号：A、B"):
        venue_key({"A": "同名", "B": "同名"}, "同名")
