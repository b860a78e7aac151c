"""Template praise: texts that say nothing but 很好, or that a platform wrote for a silent customer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lexicons.cue_rules import TemplatePhrase
from models.cleaning import clean

# Longer texts say something, even when they repeat themselves.
LONGEST = 40
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class TemplatePhrases:
    """The phrases by what they are, without punctuation."""

    praise: frozenset[str]
    fillers: frozenset[str]
    defaults: frozenset[str]
    longest: int

    @classmethod
    def from_rows(cls, rows: Iterable[TemplatePhrase]) -> "TemplatePhrases":
        """Sort the rows of the list by kind."""
        kinds: dict[str, set[str]] = {"praise": set(), "filler": set(), "default": set()}
        for row in rows:
            kinds[row.kind].add(_MARKS.sub("", row.phrase))
        longest = max((len(phrase) for phrases in kinds.values() for phrase in phrases), default=0)
        return cls(frozenset(kinds["praise"]), frozenset(kinds["filler"]), frozenset(kinds["default"]), longest)


def is_template_praise(text: str, phrases: TemplatePhrases) -> bool:
    """Whether general praise, fillers, marks and platform defaults cover the whole text, with at least one phrase.

    Example: ``很好！！非常满意`` and ``此用户没有填写评价`` are; ``早餐很好`` and ``。。。`` are not.
    """
    words = _letters(text)
    if not words:
        return False
    # Position → whether a phrase, not only fillers, led there.
    reached: dict[int, bool] = {0: False}
    for start in range(len(words)):
        if start not in reached:
            continue
        for end in range(start + 1, min(len(words), start + phrases.longest) + 1):
            piece = words[start:end]
            if piece in phrases.praise or piece in phrases.defaults:
                reached[end] = True
            elif piece in phrases.fillers:
                reached[end] = reached.get(end, False) or reached[start]
    return reached.get(len(words), False)


def is_platform_default(text: str, phrases: TemplatePhrases) -> bool:
    """Whether the text is what a platform writes for a silent customer, e.g. ``系统默认好评！``."""
    return _letters(text) in phrases.defaults


def _letters(text: str) -> str:
    """Return a short text cleaned and without marks and white space; empty for a text too long to be a template."""
    if len(text) > LONGEST:
        return ""
    return _MARKS.sub("", clean(text).text)
