"""Personal data are masked, ordinary words and numbers stay, and the laws of masking hold for any text."""

import csv
import gzip
import io
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lexicons.rows import Row, read_rows
from sources.masking import MASKING_VERSION, MaskingSettings, fold, mask
from sources.masking_vocabulary import kept_words, surnames, trigger_words

TOKEN_NAMES = (
    "手机号",
    "电话",
    "身份证号",
    "银行卡号",
    "邮箱",
    "微信号",
    "QQ号",
    "车牌号",
    "订单号",
    "姓名",
    "员工姓名",
)
TOKENS = re.compile(rf"\[(?:{'|'.join(TOKEN_NAMES)})\]")
HOTEL_REVIEWS = Path(__file__).parents[2] / "shared/bench/sentiment/hotel.train.csv.gz"


class MaskingCase(Row):
    """A text, what it must become, and what the case shows."""

    text: str
    expected: str
    note: str


CASES = read_rows(Path(__file__).with_name("masking_cases.tsv"), MaskingCase)
POSITIVE = [case for case in CASES if case.text != case.expected]
NEGATIVE = [case for case in CASES if case.text == case.expected]

# Pieces that rules look at, so that random texts meet the rules often.
PIECES = st.sampled_from(
    [case.text for case in CASES]
    + sorted({word for words in trigger_words().values() for word in words})
    + [
        "13800138000",
        "010-88880000",
        "微信",
        "QQ",
        "订单号",
        "：",
        " ",
        "，",
        "。",
        "小王",
        "张三",
        "Annie",
        "[姓名]",
        "态度差",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=8).map("".join)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.note)
def test_case(case: MaskingCase) -> None:
    """Every listed text becomes what the list says."""
    assert mask(case.text).text == case.expected


def test_list_holds_enough_cases_of_both_kinds() -> None:
    """The list keeps at least 80 texts with personal data and 60 without."""
    assert len(POSITIVE) >= 80
    assert len(NEGATIVE) >= 60


def test_every_token_has_a_case() -> None:
    """No kind of personal data is without a case."""
    assert {token for case in POSITIVE for token in TOKENS.findall(case.expected)} == {
        f"[{name}]" for name in TOKEN_NAMES
    }


def test_counts_name_each_token() -> None:
    """The counts say how often each token was put in."""
    masked = mask("联系人：张三，电话13800138000或13900139000")
    assert masked.counts == {"[姓名]": 1, "[手机号]": 2}


def test_text_without_findings_has_no_counts() -> None:
    """A text in which nothing is found comes back as it is."""
    masked = mask("房间干净，早餐丰富，下次还来。")
    assert masked.text == "房间干净，早餐丰富，下次还来。"
    assert masked.counts == {}


@pytest.mark.parametrize("text", ["前台小王态度差", "前台刘小姐爱理不理", "工号3035骂人", "有个叫李小芳的服务员骂人"])
def test_staff_names_stay_when_the_customer_wants_them(text: str) -> None:
    """With the setting off, names of staff stay even in criticism."""
    assert mask(text, MaskingSettings(staff_names_in_criticism=False)).text == text
    assert "[员工姓名]" in mask(text).text


def test_guests_are_masked_whatever_the_setting() -> None:
    """The setting is about staff only."""
    assert (
        mask("李女士反映前台小王态度差", MaskingSettings(staff_names_in_criticism=False)).text
        == "[姓名]女士反映前台小王态度差"
    )


def test_settings_refuse_unknown_names() -> None:
    """A misspelt setting is an error."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        MaskingSettings.model_validate({"staff_names": True})


def test_version_is_told() -> None:
    """The version is a word that the ledger can hold."""
    assert re.fullmatch(r"\d+(\.\d+)*", MASKING_VERSION)


def test_characters_beyond_the_basic_plane_stay() -> None:
    """Emoji, joined emoji and rare characters around a finding are untouched."""
    assert mask("😀👨‍👩‍👧13800138000𠮷野家🇨🇳").text == "😀👨‍👩‍👧[手机号]𠮷野家🇨🇳"


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """Masking is idempotent."""
    once = mask(text)
    twice = mask(once.text)
    assert twice.text == once.text
    assert twice.counts == {}


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_counts_add_up_to_the_tokens_put_in(text: str) -> None:
    """The tokens in the result are those that stood there before and those counted."""
    masked = mask(text)
    assert Counter(TOKENS.findall(masked.text)) == Counter(TOKENS.findall(text)) + Counter(masked.counts)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_what_is_not_replaced_stays_in_order(text: str) -> None:
    """Between the tokens stand pieces of the text, unchanged and in order."""
    position = 0
    for piece in TOKENS.split(mask(text).text):
        found = text.find(piece, position)
        assert found >= 0
        position = found + len(piece)


@given(TEXTS, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), TEXTS)
@settings(max_examples=300, deadline=None)
def test_no_mobile_number_survives(before: str, mobile: str, after: str) -> None:
    """A mobile number is gone, whatever stands around it, as long as it is not part of a longer number."""
    masked = mask(f"{before}，{mobile}，{after}").text
    assert re.search(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", fold(masked)) is None


_ALPHABET = "房间干净早餐丰富，。！？位置好交通便利隔音差床很软再来住abcde \n、；《》我们觉得还可以"


@given(st.text(alphabet=_ALPHABET, max_size=200))
@settings(max_examples=200, deadline=None)
def test_text_without_digits_signs_or_telling_words_is_unchanged(text: str) -> None:
    """Without digits, @ and telling words nothing is masked."""
    assert mask(text).text == text


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_folding_keeps_the_length(text: str) -> None:
    """Folding is one for one, so that what is found in the folded text stands there in the text."""
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "folded"), [("１３８", "138"), ("（ＱＱ）：", "(QQ):"), ("①⓪𝟗", "109"), ("，。！", "，。！")]
)
def test_folding(text: str, folded: str) -> None:
    """Wide and styled digits, wide letters and the marks of the rules become ASCII; sentence marks stay."""
    assert fold(text) == folded


def test_every_telling_word_is_chinese() -> None:
    """Telling words of names are looked for before folding, so none may hold a character that folding changes."""
    assert [
        word for words in trigger_words().values() for word in words if not re.fullmatch("[\u4e00-\u9fff]+", word)
    ] == []


def test_surnames_mind_their_neighbours() -> None:
    """A surname that makes an ordinary word with its neighbour is none."""
    before_given = re.compile(surnames().before_given)
    assert before_given.match("周小五")
    assert not before_given.match("周到")
    before_title = re.compile(surnames().before_title)
    assert before_title.search("请于经理来")
    assert not before_title.search("由于经理")


def test_kept_words_win_over_titles() -> None:
    """A listed brand with a title in it stays, the same title elsewhere is masked."""
    assert kept_words().search("高先生豆花")
    assert mask("高先生豆花开业，高先生不在").text == "高先生豆花开业，[姓名]先生不在"


def test_many_findings_in_one_text_take_time_in_proportion() -> None:
    """A cell with thousands of findings, such as a pasted list, is masked in one go."""
    masked = mask("13800138000，前台小王态度差，" * 2000)
    assert masked.counts == {"[手机号]": 2000, "[员工姓名]": 2000}


@pytest.mark.slow
@pytest.mark.skipif(
    not HOTEL_REVIEWS.exists(), reason="the public hotel reviews (shared/bench) are not on this machine"
)
def test_real_hotel_reviews_are_rarely_touched() -> None:
    """Of real hotel reviews between 0.2 and 2 in a hundred hold something to mask, and none keeps a mobile number."""
    with gzip.open(HOTEL_REVIEWS) as file:
        texts = [row["review"] for row in csv.DictReader(io.TextIOWrapper(file, "utf-8-sig"))]
    results = [mask(text) for text in texts]
    assert 0.002 < sum(bool(result.counts) for result in results) / len(results) < 0.02
    assert not any(re.search(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", result.text) for result in results)
