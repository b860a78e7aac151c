"""What one row of a source becomes: a review record, or a bad row with the reason."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Precision = Literal["second", "day", "month", "year", "none"]
"""How exactly a moment is known; ``none`` where no date could be read."""


@dataclass(slots=True)
class ReviewRecord:
    """One review as the source gave it, not masked yet and not judged.

    Example: the row ``房间很干净，就是早餐少。宾馆反馈 2008年7月10日：谢谢！`` becomes
    ``text="房间很干净，就是早餐少。"``, ``reply_text="谢谢！"`` and ``replied_at`` on that day.

    Attributes:
        row_number: 1-based data row in the file, counted over all sheets; the header is not counted.
        text: The guest's text, replies and second thoughts cut off; stripped, never empty, unmasked.
        own_id: The source's own id of the review.
        venue: The venue's name or id as given.
        author: The author's name or id as given, unmasked.
        published_at: Aware, Asia/Shanghai; the first moment of the day, month or year where only that is known.
        published_precision: How exactly ``published_at`` is known.
        stayed_at: The day of the stay or purchase; the first of the month where only the month is known.
        rating: 1 to 5; see ``sources.ratings`` for the map of other scales.
        rating_raw: The rating cell as given.
        traveller_type: Who travelled, such as ``家庭亲子``.
        product: The room type or item bought, such as ``豪华大床房``.
        title: The review's title.
        follow_up_text: The guest's second thoughts (追评).
        reply_text: The merchant's reply.
        replied_at: When the merchant replied; aware, Asia/Shanghai.
        url: The review's address.
        kind: ``review``, ``complaint``, ``ticket`` or ``message`` in the source's words, only where a column says so.
        industry: The industry in the source's words, only where a column says so.
        extra: Cells of columns that no field takes, by column name, and values that could not be read.
    """

    row_number: int
    text: str
    own_id: str | None = None
    venue: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    published_precision: Precision = "none"
    stayed_at: date | None = None
    rating: float | None = None
    rating_raw: str | None = None
    traveller_type: str | None = None
    product: str | None = None
    title: str | None = None
    follow_up_text: str | None = None
    reply_text: str | None = None
    replied_at: datetime | None = None
    url: str | None = None
    kind: str | None = None
    industry: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not become a review record.

    Attributes:
        row_number: As in ``ReviewRecord``.
        reason: A stable code such as ``empty_text``, ``too_many_cells``, ``bad_json`` or ``undecodable``.
        detail: The reason in words for people.
        raw: The row as it stood but for the author and other personal columns; its texts are UNMASKED: the caller masks
            it before it is written.
    """

    row_number: int
    reason: str
    detail: str
    raw: str


class SourceFileError(ValueError):
    """A file cannot be understood; the message says what was expected, what was found and how to go on."""
