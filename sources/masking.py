"""Personal data in review texts become typed tokens such as ``[手机号]`` before anything is written.

Numbers (``masking_numbers``) and names (``masking_names``) are looked for in the text as it came, cleaning not yet
done. Tokens: [手机号] [电话] [身份证号] [银行卡号] [邮箱] [微信号] [QQ号] [车牌号] [订单号] [姓名] [员工姓名].
Public service lines (400, 800, 12315, 10086) are no personal data and stay.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from sources.masking_names import name_spans, telling_hits
from sources.masking_numbers import number_gates, number_rules

MASKING_VERSION = "2"

# Marks that the patterns name, in both widths; the rest may stay wide.
_MARKS = str.maketrans("：（）＋＊－．＿＠＝％／　", ":()+*-._@=%/ ")
_WIDE_LETTERS = {
    wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_STYLED_DIGITS = {0x1D7CE + offset: 0x30 + offset % 10 for offset in range(50)}
_CIRCLED_DIGITS = {0x2460 + offset: 0x31 + offset for offset in range(9)} | {0x24EA: 0x30}
_LETTERS = _WIDE_LETTERS | _STYLED_DIGITS | _CIRCLED_DIGITS
_LETTERS_TO_FOLD = re.compile("[０-９Ａ-Ｚａ-ｚ①-⑨⓪𝟎-𝟿]")


class MaskingSettings(BaseModel):
    """What a customer may decide about masking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    staff_names_in_criticism: bool = True
    """Mask names of staff unless they are praised; when false, names beside a post (前台小王) stay as written."""


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text without personal data, and how often each token was put in."""

    text: str
    counts: dict[str, int] = field(default_factory=dict)


_DEFAULT_SETTINGS = MaskingSettings()


def mask(text: str, settings: MaskingSettings = _DEFAULT_SETTINGS) -> MaskedText:
    """Replace personal data in a text by typed tokens.

    Masking twice changes nothing more: ``mask(mask(text).text).text == mask(text).text``. Tokens that stand in the text
    already are neither changed nor counted.

    Args:
        text: A review as it came, e.g. ``"我姓李，13800138000，前台小王态度差"``.
        settings: What the customer decided.

    Returns:
        The masked text, e.g. ``"我姓[姓名]，[手机号]，前台[员工姓名]态度差"``, and the count of each token put in.
    """
    counts: Counter[str] = Counter()
    # A token that stands where a name stood gives its neighbours other neighbours, so look until nothing is found.
    while replacements := _find(text, settings):
        pieces: list[str] = []
        position = 0
        for start, end, token in replacements:
            pieces += (text[position:start], token)
            position = end
            counts[token] += 1
        text = "".join(pieces) + text[position:]
    return MaskedText(text, dict(counts))


def mask_numbers(text: str) -> MaskedText:
    """Replace numbers only, for names of businesses, which may hold a person's: ``湖边民宿13800138000``."""
    counts: Counter[str] = Counter()
    folded = fold(text)
    gates = {gate for gate in number_gates() if gate.search(text)}
    found = [(*span, rule.token) for rule in number_rules() if rule.gate in gates for span in rule.spans(folded)]
    pieces: list[str] = []
    position = 0
    for start, end, token in _without_overlaps([*found], len(text)):
        pieces += (text[position:start], token)
        position = end
        counts[token] += 1
    return MaskedText("".join(pieces) + text[position:], dict(counts))


def fold(text: str) -> str:
    """Return the text with wide letters, digits and some marks as ASCII, one for one, so that offsets stay true.

    Example: ``fold("电话：１３８００１３８０００")`` → ``"电话:13800138000"``.
    """
    # Far quicker than one translation: most texts hold few of the marks and none of the letters.
    for wide, narrow in _MARKS.items():
        text = text.replace(chr(wide), chr(narrow))
    return text.translate(_LETTERS) if _LETTERS_TO_FOLD.search(text) else text


def _find(text: str, settings: MaskingSettings) -> list[tuple[int, int, str]]:
    """Return what is to be replaced, in text order and without overlaps; the earlier rule wins."""
    open_gates = {gate for gate in number_gates() if gate.search(text)}
    hits = telling_hits(text)
    if not open_gates and not hits:
        return []
    folded = fold(text)
    found: list[tuple[int, int, str | None]] = [
        (*span, rule.token) for rule in number_rules() if rule.gate in open_gates for span in rule.spans(folded)
    ]
    names = name_spans(folded, hits, staff_names_in_criticism=settings.staff_names_in_criticism) if hits else []
    return _without_overlaps([*found, *((name.start, name.end, name.token) for name in names)], len(text))


def _without_overlaps(found: list[tuple[int, int, str | None]], length: int) -> list[tuple[int, int, str]]:
    """Return, in text order, what overlaps nothing earlier in the list; a name that is to stay takes its place too."""
    taken = bytearray(length)
    replacements: list[tuple[int, int, str]] = []
    for start, end, token in found:
        if not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            if token is not None:
                replacements.append((start, end, token))
    return sorted(replacements)
