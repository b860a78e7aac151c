"""What kind of writing a row is: a review, a complaint, a ticket written by staff, or a message."""

from functools import cache
from typing import Literal, get_args

from lexicons.rows import LEXICON_ROOT, Row, read_rows

Kind = Literal["review", "complaint", "ticket", "message"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KINDS_PATH = LEXICON_ROOT / "vocabulary" / "kinds.tsv"


class KindWord(Row):
    """A word that exports use, and the kind that it means."""

    word: str
    kind: Kind


def read_kind(word: str | None) -> Kind | None:
    """Return the kind that a source's word means, e.g. ``投诉`` → ``complaint``; ``None`` where it means none."""
    return _kinds().get(word.strip().casefold()) if word else None


@cache
def _kinds() -> dict[str, Kind]:
    return {entry.word: entry.kind for entry in read_rows(KINDS_PATH, KindWord)}
