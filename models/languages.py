"""Which language a text is written in, by its script."""

import re

from models.cleaning import has_traditional, to_simplified

_HAN = re.compile(r"[㐀-䶿一-鿿]")
_KANA = re.compile(r"[぀-ヿㇰ-ㇿｦ-ﾝ]")
_HANGUL = re.compile(r"[가-힯ᄀ-ᇿ㄰-㆏]")
_LATIN = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ]+")
# Anything that could make a text with Chinese characters anything but Simplified Chinese.
_OTHER_SCRIPT = re.compile(rf"{_KANA.pattern}|{_HANGUL.pattern}|[A-Za-zＡ-Ｚａ-ｚ]")
# A Chinese writer may use の or one Korean name; a Japanese or Korean writer cannot do without the script.
KANA_SHARE = 0.15
HANGUL_SHARE = 0.3
# Words of Latin letters for each Chinese character from which on a text is English with a Chinese name in it.
LATIN_WORDS_PER_HAN = 1.5
# One Traditional character alone may be a shop's sign.
TRADITIONAL_SHARE = 0.1


def detect_language(text: str) -> str:
    """Return the BCP 47 tag of a text: ``zh``, ``zh-Hant``, ``ja``, ``ko``, ``en``, or ``und`` without any letters.

    Example: ``detect_language("服務態度很差")`` → ``"zh-Hant"``; ``detect_language("房间很好 wifi 快")`` → ``"zh"``.
    """
    if not _OTHER_SCRIPT.search(text) and _HAN.search(text) and not has_traditional(text):
        return "zh"
    han, kana, hangul = len(_HAN.findall(text)), len(_KANA.findall(text)), len(_HANGUL.findall(text))
    if kana and kana >= KANA_SHARE * (han + kana + hangul):
        return "ja"
    if hangul and hangul >= HANGUL_SHARE * (han + kana + hangul):
        return "ko"
    latin_words = len(_LATIN.findall(text))
    if latin_words > LATIN_WORDS_PER_HAN * han:
        return "en"
    if not han:
        return "und"
    return "zh-Hant" if _is_traditional(text, han) else "zh"


def _is_traditional(text: str, han: int) -> bool:
    if not has_traditional(text):
        return False
    changed = sum(a != b for a, b in zip(text, to_simplified(text), strict=True))
    return changed >= TRADITIONAL_SHARE * han
