"""Where numbers, addresses and accounts that identify a person stand in a text.

Every function works on folded text (``masking.fold``): full-width characters are ASCII, one for one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import stdnum.cn.ric
import stdnum.luhn

from sources.masking_vocabulary import either, telling_words

Span = tuple[int, int]
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"

# Gates run on every text as it came, so each begins with a character class, which the engine scans for fastest.
_ANY_DIGIT = "0-9０-９①-⑨⓪𝟎-𝟿"
_ANY_LETTER = "A-Za-zＡ-Ｚａ-ｚ"
_FIVE_DIGITS = re.compile(rf"[{_ANY_DIGIT}](?:[^\w\n]{{0,3}}[{_ANY_DIGIT}{_ANY_LETTER}_]){{4}}")
_SIX_LETTERS = re.compile(rf"[{_ANY_LETTER}][{_ANY_LETTER}{_ANY_DIGIT}_\-]{{5}}")
_AT_SIGN = re.compile("[@＠]")
_SPELLED_DIGITS = re.compile("[一幺][三四五六七八九][零〇○一幺二三四五六七八九]{9}")
_PLATE_START = re.compile(rf"[{PROVINCES}][A-ZＡ-Ｚ]")

# What people put between the digits of one number, invisible characters included.
_GAP = "[ \u00a0\\-–—.·_\u200b-\u200f\u2060\ufe0f\u20e3\ufeff]{1,3}"
_MOBILE = re.compile(
    rf"(?<![0-9])(?:(?:\+|00)?86(?:{_GAP})?|0)?"
    rf"(?:1[3-9][0-9](?:{_GAP})?[0-9]{{4}}(?:{_GAP})?[0-9]{{4}}"
    rf"|1[3-9][0-9]{{2}}(?:{_GAP})?[0-9]{{3}}(?:{_GAP})?[0-9]{{4}}"
    rf"|1[3-9][0-9]{_GAP}[0-9]{{3}}{_GAP}[0-9]{{5}}|1[3-9][0-9]{{3}}{_GAP}[0-9]{{6}}"
    rf"|1{_GAP}[3-9](?:{_GAP}[0-9]){{9}})(?![0-9])"
)
# 一 or 幺 first: people spell a number out to get it past a site's filter.
_SPELLED_MOBILE = re.compile(
    "(?<![零〇○一幺二三四五六七八九])[一幺][三四五六七八九][零〇○一幺二三四五六七八九]{9}(?![零〇○一幺二三四五六七八九])"
)
_EXTENSION = r"(?:[ ,]{0,2}(?:转分机|分机号|分机|转|ext\.?|-)[ :]{0,2}[0-9]{1,6}(?![0-9]))?"
_LOCAL_NUMBER = r"(?:[2-9][0-9]{6,7}|[2-9][0-9]{2,3}[ \-][0-9]{4})(?![0-9])"
_AREA = "(?:10|2[0-9]|[3-9][0-9]{2})"
_LANDLINE = re.compile(
    rf"(?<![0-9])(?:\(0{_AREA}\)|0{_AREA}|\+86[ \-]?{_AREA})[ \-]{{0,2}}{_LOCAL_NUMBER}{_EXTENSION}", re.IGNORECASE
)
# 400 and 800 numbers are the public lines of a business, not of a person, and stay.
_LABELLED_LOCAL = rf"(?![48]00[ \-]?[0-9]){_LOCAL_NUMBER}(?![ \-]?[0-9]){_EXTENSION}"
_RESIDENT_ID = re.compile(
    rf"(?<![0-9A-Za-z])[1-9][0-9]{{5}}(?:{_GAP})?[0-9]{{8}}(?:{_GAP})?[0-9]{{3}}[0-9Xx](?![0-9A-Za-z])"
)
_CARD = re.compile(rf"(?<![0-9])[2-9][0-9]{{3}}(?:(?:{_GAP})?[0-9]{{4}}){{3}}(?:(?:{_GAP})?[0-9]{{1,3}})?(?![0-9])")
# UnionPay 62; Visa, Mastercard and JCB have 16 digits; 60, 9 and others only count after 卡号.
_CARD_PREFIX = re.compile("62|(?:4|5[1-5]|35(?:2[89]|[3-8]))(?=[0-9]*$)")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.)+[A-Za-z]{2,24}")
_PLATE = re.compile(
    rf"(?<![最全崭])[{PROVINCES}]"
    r"[A-HJ-NP-Z][·•. \-]?(?=(?:[A-Z]*[0-9]){3})"
    r"(?:[DF][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DF]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])(?![A-Za-z0-9])"
)
_IS = r"(?:(?:号码|账号|帐号|号|id)?(?:就是|是|为)?[ :：=\-—>→]{0,3})"
_MODEL_WORDS = "(?!iphone|ipad|ios|android|windows|macbook|huawei|xiaomi|redmi|oppo|vivo|miui|version|https?)"


@dataclass(frozen=True, slots=True)
class NumberRule:
    """One kind of number: what it looks like, which part is masked, and what a text must hold to be searched."""

    token: str
    pattern: re.Pattern[str]
    # A last check of what was found; None lets everything pass.
    check: Callable[[str], bool] | None = None
    gate: re.Pattern[str] = _FIVE_DIGITS

    def spans(self, text: str) -> Iterator[Span]:
        """Yield where the rule applies: the group ``value`` of the pattern if it has one, else the whole match."""
        group = "value" if "value" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            if self.check is None or self.check(match.group(group)):
                yield match.span(group)


@cache
def number_rules() -> tuple[NumberRule, ...]:
    """Return the rules in the order in which they win over each other where they overlap."""
    words = telling_words()
    return (
        NumberRule("[邮箱]", _EMAIL, gate=_AT_SIGN),
        NumberRule(
            "[订单号]",
            _after(words["order_label"], r"(?=[A-Z\-_]*[0-9][A-Z\-_]*[0-9])[A-Z0-9][A-Z0-9\-_]{4,39}"),
            _no_date,
        ),
        NumberRule("[订单号]", _after(words["order_word"], r"[A-Z]{0,4}[0-9]{9,32}(?![0-9])", gap="[ :：]{0,2}")),
        NumberRule(
            "[身份证号]", _after(words["identity_label"], r"(?:[1-9][0-9]{16}[0-9X]|[1-9][0-9]{14})(?![0-9A-Z])")
        ),
        NumberRule("[身份证号]", _RESIDENT_ID, _is_resident_id),
        NumberRule(
            "[银行卡号]",
            _after(
                words["card_label"], rf"[0-9]{{4}}(?:(?:{_GAP})?[0-9]{{4}}){{3}}(?:(?:{_GAP})?[0-9]{{1,3}})?(?![0-9])"
            ),
        ),
        NumberRule("[银行卡号]", _CARD, _is_card),
        NumberRule("[QQ号]", _after(words["qq_label"], "[1-9][0-9]{4,10}(?![0-9])")),
        NumberRule("[手机号]", _MOBILE),
        NumberRule("[手机号]", _SPELLED_MOBILE, gate=_SPELLED_DIGITS),
        NumberRule("[电话]", _LANDLINE),
        NumberRule("[电话]", _after(words["phone_label"], _LABELLED_LOCAL)),
        NumberRule("[微信号]", _after(words["wechat_label"], _wechat_value()), gate=_SIX_LETTERS),
        NumberRule("[微信号]", _after(words["wechat_label"], "[1-9][0-9]{5,10}(?![0-9])")),
        NumberRule(
            "[微信号]",
            re.compile(r"(?<![A-Z0-9])v[ ]?[:：][ ]?(?P<value>[A-Z][A-Z0-9_\-]{5,19})(?![A-Z0-9_])", re.IGNORECASE),
            gate=_SIX_LETTERS,
        ),
        NumberRule("[车牌号]", _PLATE, gate=_PLATE_START),
    )


@cache
def number_gates() -> tuple[re.Pattern[str], ...]:
    """Return the distinct gates of the rules; a rule whose gate is not found in the text need not be tried."""
    return tuple(dict.fromkeys(rule.gate for rule in number_rules()))


def _wechat_value() -> str:
    # Without a colon a bare run of letters after 微信 is more often a word (微信 payment) than an account.
    account = "[A-Z0-9_\\-]{5,19}(?![A-Z0-9_])"
    return (
        rf"{_MODEL_WORDS}(?:(?<=[:：=])[A-Z]{account}|(?<=[:：=] )[A-Z]{account}|[A-Z](?=[A-Z_\-]*[0-9_\-]){account})"
    )


def _after(labels: tuple[str, ...], value: str, *, gap: str = _IS) -> re.Pattern[str]:
    """Return a pattern of a value that stands behind one of the labels; Latin labels must begin a word."""
    latin = [label for label in labels if label[0].isascii()]
    chinese = [label for label in labels if not label[0].isascii()]
    choices = ([f"(?<![A-Z0-9]){either(latin)}"] if latin else []) + ([either(chinese)] if chinese else [])
    return re.compile(f"(?:{'|'.join(choices)}){gap}(?P<value>{value})", re.IGNORECASE)


def _digits(found: str) -> str:
    return "".join(character for character in found if character.isascii() and character.isalnum())


def _no_date(found: str) -> bool:
    return re.fullmatch(r"20[0-9]{2}-[01]?[0-9]-[0-3]?[0-9]", found) is None


def _is_resident_id(found: str) -> bool:
    return bool(stdnum.cn.ric.is_valid(_digits(found).upper()))


def _is_card(found: str) -> bool:
    digits = _digits(found)
    known_prefix = digits.startswith("62") or (len(digits) == 16 and _CARD_PREFIX.match(digits) is not None)
    return known_prefix and bool(stdnum.luhn.is_valid(digits))
