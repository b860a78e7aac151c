"""Cleaning, and the way back from cleaned characters to the stored text."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cleaning import clean, has_traditional, to_simplified

_TROUBLE = st.sampled_from(
    [
        *(
            "<br>",
            "<b>",
            "</p>",
            "<",
            "<b",
            "＜br＞",
            "&lt;",
            "&amp;amp;lt;",
            "&amp;",
            "&#8203;",
            "&nbsp;",
            "&",
            "lt;",
            ">",
        ),
        *("http://a.cn/x", "HTTPS://A.CN", "https://", "www.", "www.x.cn", "http", "s://"),
        *("\u200b", "\u200d", "\ufeff", "\x00", "\x1b", "\x1f", "\x85", "\u2028", "\u2066", "\u3164", "\U000e0020"),
        *(
            "　",
            "  ",
            " ",
            "\n",
            "\t",
            "\r\n",
            "。。。",
            "…",
            "...",
            "．",
            "!!!",
            "！",
            "，,",
            "--",
            "—－",
            "~",
            "～",
            "‼",
        ),
        *(
            "12:30",
            "3,000元",
            "ｆｕｌｌ",
            "①",
            "㎡",
            "½",
            "e\u0301",
            "が",
            "か\u3099",
            "ﬁ",
            "㈱",
            "´",
            "ｶﾞ",
            "\u0301",
            "İ",
            "ß",
        ),
        *("😀", "👍🏽", "👨\u200d👩\u200d👧", "𠮷", "服務態度", "乾隆", "薴", "著名"),
    ]
)
TEXTS = st.lists(
    st.one_of(_TROUBLE, st.text(max_size=5), st.text("服務態度太差好不房間乾瞭發", max_size=5)), max_size=8
).map("".join)
# What cleaning copies one to one, and what it takes away without trace.
_COPIED = st.sampled_from("房间不错也很安静，早餐差。服務態度Wi３０、")
_REMOVED = st.sampled_from(
    ["<b>", "</span>", '<a href="#">', "\u200b", "\ufeff\u200d", "\x00", "\u2066", "&#8203;", "&zwnj;"]
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("服務態度", "服务态度"),
        ("服務態度太差！！！<br>WiFi連不上", "服务态度太差!\nwifi连不上"),
        ("ＷＩＦＩ：３０元，（早餐）！？", "wifi:30元,(早餐)!?"),
        ("好吃&amp;amp;便宜&nbsp;&#128077;", "好吃&便宜 👍"),
        ("链接 https://hotel.example/a?b=c，很差", "链接 ,很差"),
        ("见 WWW.Example.cn/x. 房间脏", "见 . 房间脏"),
        ("等了。。。。很久……算了...", "等了…很久…算了…"),
        ("房\u200b间\ufeff很\u00ad脏", "房间很脏"),
        ("面积２０㎡", "面积20m2"),
        ("前台\u3000 \t态度\r\n\r\n差", "前台 态度\n差"),
        ("＜br＞房间&lt;br&gt;小", "\n房间\n小"),
        ("！<b>！</b>！", "!"),
        ("a<b，3<5>2", "a<b,3<5>2"),
        ("", ""),
    ],
)
def test_cleaned_texts(text: str, cleaned: str) -> None:
    """Width, case, script, mark-up, addresses, entities and repeated marks come out as documented."""
    assert clean(text).text == cleaned


@settings(deadline=None)
@given(TEXTS)
def test_cleaning_a_cleaned_text_changes_nothing(text: str) -> None:
    """Cleaning reaches its end at once, whatever a removal or a change of width brings to light."""
    cleaned = clean(text).text
    assert clean(cleaned).text == cleaned


@settings(deadline=None)
@given(TEXTS)
def test_every_span_is_a_slice_of_the_original_in_order(text: str) -> None:
    """Each span is not empty, spans go forward, and a long span reaches from its first to its last character."""
    cleaned = clean(text)
    assert cleaned.original == text
    length = len(cleaned.text)
    single = [cleaned.span(i, i + 1) for i in range(length)]
    assert all(0 <= start < end <= len(text) for start, end in single)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(single))
    for start in range(length):
        for end in range(start + 1, length + 1):
            assert cleaned.span(start, end) == (single[start][0], single[end - 1][1])


@settings(deadline=None)
@given(TEXTS)
def test_nothing_invisible_is_left(text: str) -> None:
    """Controls, zero-width and direction marks are gone but for the line break; white space never runs."""
    cleaned = clean(text).text
    visible_formats = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    left = {ch for ch in cleaned if unicodedata.category(ch) in ("Cc", "Cf") and ch not in visible_formats}
    # Egyptian and shorthand format characters stand for a layout that shows.
    assert {ch for ch in left if not 0x13430 <= ord(ch) <= 0x1343F} <= {"\n"}
    assert not any(ch.isspace() and ch not in " \n" for ch in cleaned)
    assert "  " not in cleaned
    assert "\n\n" not in cleaned


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), _COPIED, _REMOVED), min_size=1, max_size=20))
def test_copied_characters_map_to_themselves_and_removed_stretches_to_nobody(
    parts: list[tuple[bool, str, str]],
) -> None:
    """A copied character has exactly its own place; what was removed lies between spans, and inside a long one."""
    text, places = "", []
    for index, (gap, copied, removed) in enumerate(parts):
        text += removed if gap else ""
        # The number sets neighbours apart, so that no two marks become one.
        for ch in f"{copied}{index % 10}":
            places.append(len(text))
            text += ch
    cleaned = clean(text)
    assert [cleaned.span(i, i + 1) for i in range(len(cleaned.text))] == [(p, p + 1) for p in places]
    assert cleaned.span(0, len(cleaned.text)) == (places[0], places[-1] + 1)


@pytest.mark.parametrize(
    ("text", "part", "quote"),
    [
        ("房间<b></b>很脏", "房间", "房间"),
        ("房间<b></b>很脏", "间很", "间<b></b>很"),
        ("太差！！！<b></b>退钱", "差!", "差！！！"),
        ("２０㎡<b></b>大", "m2", "㎡"),
        ("２０㎡<b></b>大", "2大", "㎡<b></b>大"),
        ("Cafe\u0301<i>好</i>", "é", "e\u0301"),
        ("差！<b>！</b>退", "!", "！<b>！"),
        ("<b>服務</b>", "服务", "服務"),
        ("&amp;amp;lt;慢", "<", "&amp;amp;lt;"),
    ],
)
def test_quotes_from_the_original(text: str, part: str, quote: str) -> None:
    """The words that a reader found are quoted as they stand in the stored text."""
    cleaned = clean(text)
    start = cleaned.text.index(part)
    first, last = cleaned.span(start, start + len(part))
    assert text[first:last] == quote


@pytest.mark.parametrize(("start", "end"), [(0, 0), (-1, 1), (1, 3), (2, 1)])
def test_a_span_outside_the_cleaned_text_is_refused(start: int, end: int) -> None:
    """A span needs at least one cleaned character."""
    with pytest.raises(ValueError, match=rf"expected 0 <= start < end <= 2; got {start} and {end}"):
        clean("很脏").span(start, end)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_simplifying_never_changes_the_length(text: str) -> None:
    """OpenCC's result fits the offsets, for any text."""
    assert len(to_simplified(text)) == len(text)


def test_simplifying_keeps_the_length_of_every_character() -> None:
    """No character of the common blocks becomes two."""
    han = "".join(map(chr, (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))))
    assert len(to_simplified(han)) == len(han)


@pytest.mark.parametrize(
    ("text", "traditional"), [("這家飯店", True), ("这家饭店", False), ("乾隆", False), ("瞭望台", False), ("", False)]
)
def test_traditional_writing_is_known(text: str, traditional: bool) -> None:  # noqa: FBT001 - a case of the table
    """Characters that Simplified writing uses too do not make a text Traditional."""
    assert has_traditional(text) is traditional
