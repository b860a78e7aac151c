"""Answers that are set phrases: the same words under many reviews of a venue, whoever is spoken to.

尊敬的王女士：感谢您的光临！ and 尊敬的李先生，感谢您的光临。 are one phrase.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

FEWEST_REPEATS = 5
"""Reviews of one venue under which the same answer makes it a set phrase."""
_TOKEN = re.compile(r"\[[^\[\]]{1,12}\]")
"""What masking has put in the place of a name or number: ``[手机号]``."""
_SALUTATION = re.compile(r"(?:尊敬|亲爱)的[^，,。.!！:：;；~～\n]{0,16}(?:[，,。.!！:：;；~～\n]|$)")
_NAME = re.compile(r"[一-鿿](?:先生|女士|小姐)")
_NO_LETTERS = re.compile(r"[\W\d_]+")


def bare_reply(reply: str) -> str:
    """Return an answer without names, numbers and punctuation; empty where nothing else is said.

    ``尊敬的王女士：感谢您的光临！`` → ``感谢您的光临``.
    """
    text = _TOKEN.sub("", unicodedata.normalize("NFKC", reply).casefold())
    return _NO_LETTERS.sub("", _NAME.sub("", _SALUTATION.sub("", text)))


def set_phrases(replies: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return (venue, bare answer) → under how many reviews it stands, of those that are set phrases.

    Args:
        replies: Venue and answer of each review that has one.
    """
    counts = Counter((venue, bare_reply(reply)) for venue, reply in replies)
    return {key: count for key, count in counts.items() if count >= FEWEST_REPEATS and key[1]}
