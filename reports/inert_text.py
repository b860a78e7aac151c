"""Customers' words for messages: what chat programs and mail readers would act on shows as text and does nothing.

A message may be read as plain text, Markdown or HTML by programs that are not ours, so escapes of one of them would
show in another. Instead the characters that could act are replaced by their full-width forms, which look alike and are
mark-up nowhere: ``[点我](javascript:alert(1))`` → ``［点我］（javascript：alert（1））``.
"""

import re
import unicodedata

_ACTING = "\\`*_{}[]()<>#|~!&$@="
_FULL_WIDTH = {ord(character): chr(ord(character) + 0xFEE0) for character in _ACTING}
# Chat programs make links of `www.例子.cn` and of `http:` and `mailto:` without any mark-up.
_DOMAIN_DOT = re.compile(r"\.(?=[^\W\d_])")
_SCHEME_COLON = re.compile(r"(?<=[A-Za-z]):")
_PLAIN_ID = re.compile(r"[\w:~.-]+")


def inert(text: str, most: int | None = None) -> str:
    """Return text on one line that is mark-up, link or mention nowhere, e.g. ``＠all ＜b＞`` for ``@all <b>``.

    Args:
        text: What somebody wrote.
        most: The longest that is shown, in characters; what is longer ends with ``…``.
    """
    line = " ".join("".join(_shown(character) for character in text).split())
    if most is not None and len(line) > most:
        line = line[: most - 1].rstrip() + "…"
    return _SCHEME_COLON.sub("：", _DOMAIN_DOT.sub("．", line.translate(_FULL_WIDTH)))


def inert_id(review_id: str) -> str:
    """Return the id of a review so that it can be copied into a query, unless it holds more than ids are made of."""
    return review_id if _PLAIN_ID.fullmatch(review_id) else inert(review_id)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        # Invisible: joiners, and the marks that turn the direction of writing.
        return ""
    if category == "Cs" or (category == "Cc" and not character.isspace()):
        return "\ufffd"
    return character
