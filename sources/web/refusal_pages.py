"""Pages that a site shows in the place of what was asked for: captchas, logins, notices that one asks too often."""

import re
from functools import cache
from typing import Literal

from lexicons.rows import LEXICON_ROOT, Row, read_rows

REFUSAL_PAGES_PATH = LEXICON_ROOT / "vocabulary" / "refusal_pages.tsv"
_LOOKED_AT = 3_000
"""Characters: such pages are short; a long one that speaks of 验证码 is somebody's complaint about it."""

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")

RefusalKind = Literal["captcha", "login", "blocked"]


class RefusalWords(Row):
    """Words of such a page, and a sentence that they stand in."""

    kind: RefusalKind
    words: str
    example: str


def refusal_of(text: str) -> RefusalKind | None:
    """Return what a page without items is that should have had some: ``请拖动滑块完成验证`` → ``captcha``.

    Args:
        text: The words of the page as a reader sees them; JSON as it came.
    """
    # JSON mostly writes 请先登录 as \u8bf7\u5148\u767b\u5f55.
    seen = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text[: 6 * _LOOKED_AT]).casefold()
    if len(seen) > _LOOKED_AT:
        return None
    return next((row.kind for row in _refusal_words() if row.words.casefold() in seen), None)


@cache
def _refusal_words() -> tuple[RefusalWords, ...]:
    return read_rows(REFUSAL_PAGES_PATH, RefusalWords)
