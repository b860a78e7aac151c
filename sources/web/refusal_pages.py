"""Pages that a site shows in the place of what was asked for: captchas, logins, notices that one asks too often."""

import re
from collections import defaultdict
from collections.abc import Collection
from functools import cache
from typing import Literal

from lexicons.rows import LEXICON_ROOT, Row, read_rows
from sources.web.nodes import PageError, element_text
from sources.web.page import Page

REFUSAL_PAGES_PATH = LEXICON_ROOT / "vocabulary" / "refusal_pages.tsv"
_LOOKED_AT = 3_000
"""Characters: such pages are short; a long one that speaks of 验证码 is somebody's complaint about it."""
_LEARNT = 3
"""Pages of a kind."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")

RefusalKind = Literal["captcha", "login", "blocked"]


class RefusalWords(Row):
    """Words of such a page, and a sentence that they stand in."""

    kind: RefusalKind
    words: str
    example: str


class RefusalWatch:
    """Tells refusals of one crawl from pages that are merely empty.

    Many sites have a login form, 验证码 and all, in every page: words that stand on pages with items say nothing.
    """

    def __init__(self) -> None:
        self._learnt: defaultdict[str, int] = defaultdict(int)
        self._usual: defaultdict[str, set[str]] = defaultdict(set)

    def learn(self, page: Page) -> None:
        """Take in a page that has brought what it should; a few of each kind are enough."""
        if self._learnt[page.name] < _LEARNT:
            self._learnt[page.name] += 1
            seen = _seen(element_text(page.tree)) if page.kind.format == "html" else ""
            self._usual[page.name] |= {row.words for row in _refusal_words() if row.words.casefold() in seen}

    def refusal(self, page: Page) -> RefusalKind | None:
        """Return what a page is that has brought nothing; None for one that is only empty."""
        try:
            text = element_text(page.tree)
        except PageError:
            return None
        return refusal_of(text, self._usual[page.name])


def refusal_of(text: str, usual: Collection[str] = ()) -> RefusalKind | None:
    """Return what a page without items is that should have had some: ``请拖动滑块完成验证`` → ``captcha``.

    Args:
        text: The words of the page as a reader sees them; JSON as it came.
        usual: Words of the list that stand on the site's ordinary pages, too.
    """
    seen = _seen(text)
    if len(seen) > _LOOKED_AT:
        return None
    words = (row for row in _refusal_words() if row.words not in usual)
    return next((row.kind for row in words if row.words.casefold() in seen), None)


def _seen(text: str) -> str:
    # JSON mostly writes 请先登录 as \u8bf7\u5148\u767b\u5f55.
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text[: 6 * _LOOKED_AT]).casefold()


@cache
def _refusal_words() -> tuple[RefusalWords, ...]:
    return read_rows(REFUSAL_PAGES_PATH, RefusalWords)
