"""Replies and second thoughts inside the guest's text."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexicons.rows import LEXICON_ROOT, read_rows
from sources.embedded_parts import Parts, ReplyMarker, split_parts

BENCH = Path(__file__).parents[2] / "shared/bench"
MARKERS = [
    row for row in read_rows(LEXICON_ROOT / "vocabulary" / "reply_markers.tsv", ReplyMarker) if row.part != "opener"
]


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.word)
def test_each_marker_cuts_its_example(marker: ReplyMarker) -> None:
    """The example in the list shows what the marker does."""
    parts = split_parts(marker.example)
    assert parts.guest in {"房间不错。", "Nice room."}
    assert parts.reply if marker.part == "reply" else parts.follow_up


def test_parts_with_dates_in_any_order() -> None:
    """Second thoughts and replies go apart with their dates, whichever stands first."""
    parts = split_parts("房间不错。补充点评 2008年7月1日 ： 早饭很差。宾馆反馈2008年7月5日：感谢您的点评。")
    assert (parts.guest, parts.follow_up, parts.reply) == ("房间不错。", "早饭很差。", "感谢您的点评。")
    assert parts.followed_up_at is not None
    assert parts.followed_up_at.date() == date(2008, 7, 1)
    assert parts.replied_at is not None
    assert parts.replied_at.date() == date(2008, 7, 5)
    turned = split_parts("房间不错\n商家回复(2024-05-01)：收到，马上改。\n追评：第二天真的修好了")
    assert (turned.guest, turned.follow_up, turned.reply) == ("房间不错", "第二天真的修好了", "收到，马上改。")


@pytest.mark.parametrize(
    ("text", "guest", "reply"),
    [
        ("浴缸有点旧。酒店回复：尊敬的宾客，感谢您的反馈。", "浴缸有点旧。", "尊敬的宾客，感谢您的反馈。"),
        ("很好【商家回复】感谢支持", "很好", "感谢支持"),
        ("很好\n商家回复\n亲，欢迎再来", "很好", "亲，欢迎再来"),
        ("很好\r\n【店家回复】：收到", "很好", "收到"),
        ("值得再来 回复：张女士，您好，期待再见", "值得再来", "张女士，您好，期待再见"),
        ("很好。宾馆反馈2008年4月15日：酒店反馈2008年4月8日：感谢光临", "很好。", "感谢光临"),
        ("酒店回复：感谢您入住", "", "感谢您入住"),
    ],
)
def test_replies_are_cut_off(text: str, guest: str, reply: str) -> None:
    """A reply is cut where a date, brackets, its own line or a polite opening shows that the merchant speaks."""
    parts = split_parts(text)
    assert (parts.guest, parts.reply) == (guest, reply)


@pytest.mark.parametrize(
    "text",
    [
        "酒店回复没有房间了，很失望",
        "商家回复很快，点赞",
        "打电话去问，酒店回复：没有房间了。",
        "问了三次。商家回复：不能退！太气人了",
        "谢谢酒店回复我的评价。",
        "看到楼下酒店回复：尊敬的客人，我就笑了",
        "用用再追评吧",
        "先给好评，一周后追评。",
        "麻烦给我回复：什么时候退钱",
        "给商家差评后追加了一条",
        "2024年5月1日酒店回复2024年5月3日有房，结果没有",
    ],
)
def test_a_guest_who_speaks_of_replies_is_left_whole(text: str) -> None:
    """The words alone do not cut."""
    assert split_parts(text) == Parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "还行。10天后追加评论：掉色严重",
        "还行。收货3天后追评：掉色严重",
        "还行。【追评】掉色严重",
        "还行。[15天后追评]：掉色严重",
    ],
)
def test_second_thoughts_after_some_days(text: str) -> None:
    """The days that passed belong to the marker, not to the guest's first text."""
    parts = split_parts(text)
    assert (parts.guest, parts.follow_up) == ("还行。", "掉色严重")


@given(st.text(alphabet="房间好差。，！ \n酒店回复宾馆反馈追评：:0123456789年月日【】", max_size=60))
def test_nothing_but_markers_and_space_is_lost(text: str) -> None:
    """Guest, reply and second thoughts are pieces of the text and never overlap."""
    parts = split_parts(text)
    pieces = [parts.guest, *(parts.reply or "").split("\n"), *(parts.follow_up or "").split("\n")]
    assert all(piece.strip() in text for piece in pieces)
    assert sum(len("".join(piece.split())) for piece in pieces) <= len("".join(text.split()))


def test_old_travel_reviews_are_parted() -> None:
    """Nearly every dated marker of a real set of hotel reviews is cut, and none in reviews of goods."""
    hotel, goods = BENCH / "sentiment/hotel.train.csv.gz", BENCH / "sentiment/shopping.train.csv.gz"
    if not hotel.exists() or not goods.exists():
        pytest.skip("the public benchmark reviews are not on this machine")
    parts = [split_parts(text) for text in _texts(hotel)]
    assert sum(part.reply is not None for part in parts) >= 310
    assert sum(part.follow_up is not None for part in parts) >= 400
    assert all(part.guest for part in parts)
    assert all(split_parts(text).reply is None for text in _texts(goods)[:5_000])


def _texts(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return [row["review"] for row in csv.DictReader(stream)]


@pytest.mark.parametrize("bracketed", ["【追评】", "[追评]", "（追加评价）"])
def test_a_second_thought_in_brackets_is_cut_inside_a_line(bracketed: str) -> None:
    """A label in brackets is an export's, wherever it stands."""
    parts = split_parts(f"很好用{bracketed}一个月后坏了")
    assert (parts.guest, parts.follow_up) == ("很好用", "一个月后坏了")
