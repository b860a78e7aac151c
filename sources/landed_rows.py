"""Landed rows: records masked, and put into the columns that the warehouse knows them by."""

import json
from collections import Counter

from sources.identity import ID_VERSION, is_anonymous
from sources.import_options import ImportOptions
from sources.kinds import read_kind
from sources.masking import MaskingSettings, mask, mask_numbers
from sources.personal_columns import without_personal_members
from sources.record import BadRow, ReviewRecord

RAW_LIMIT = 2_000
NAME_TOKEN = "[姓名]"  # noqa: S105 - a mask, no password
_SHORTEST_NAME = 3
"""Shorter names are often words: 小雨, 晴天."""


def masked_record(record: ReviewRecord, settings: MaskingSettings, counts: Counter[str] | None = None) -> ReviewRecord:
    """Mask every free text of a record in place, and drop the author's name, which only its key may stand for."""
    found: Counter[str] = Counter() if counts is None else counts

    def masked(text: str | None) -> str | None:
        if not text:
            return text
        result = mask(text, settings)
        found.update(result.counts)
        return result.text

    if record.reply_text and _tells_who(record.author) and (times := record.reply_text.count(str(record.author))):
        # Merchants greet by name (尊敬的旅人2291): the author's own name needs no telling word to be known for one.
        found[NAME_TOKEN] += times
        record.reply_text = record.reply_text.replace(str(record.author), NAME_TOKEN)
    record.text = masked(record.text) or ""
    record.title = masked(record.title)
    record.follow_up_text = masked(record.follow_up_text)
    record.reply_text = masked(record.reply_text)
    record.product = masked(record.product)
    record.traveller_type = masked(record.traveller_type)
    record.rating_raw = masked(record.rating_raw)
    if record.venue:
        numbers = mask_numbers(record.venue)
        found.update(numbers.counts)
        record.venue = numbers.text
    record.url = without_personal_members(record.url) if record.url else None
    record.extra = {name: masked(value) or "" for name, value in record.extra.items()}
    record.author = None
    return record


def _tells_who(author: str | None) -> bool:
    return author is not None and len(author) >= _SHORTEST_NAME and not is_anonymous(author)


def masked_bad_row(row: BadRow, settings: MaskingSettings) -> BadRow:
    """Return a bad row with everything in it masked, and what it held cut to ``RAW_LIMIT`` characters."""
    # Cut after masking: half a number at the end would not be known for one.
    raw = mask(row.raw, settings).text[:RAW_LIMIT]
    return BadRow(row.row_number, row.reason, mask(row.detail, settings).text, raw)


def landed_row(
    record: ReviewRecord, options: ImportOptions, file_id: str, review_id: str, author: str | None
) -> dict[str, object]:
    """Return a masked record as a row of ``warehouse.schema.LANDED_SCHEMA``."""
    return {
        "review_id": review_id,
        "id_version": ID_VERSION,
        "source": options.source,
        "kind": read_kind(record.kind) or options.kind,
        "industry": options.industry or record.industry,
        "venue_id": None,
        "venue_name": record.venue,
        "author_key": author,
        "published_at": record.published_at,
        "published_precision": record.published_precision,
        "stayed_at": record.stayed_at,
        "rating": record.rating,
        "rating_raw": record.rating_raw,
        "traveller_type": record.traveller_type,
        "product": record.product,
        "title": record.title,
        "text": record.text,
        "follow_up_text": record.follow_up_text,
        "reply_text": record.reply_text,
        "replied_at": record.replied_at,
        "url": record.url,
        "extra": json.dumps(record.extra, ensure_ascii=False, sort_keys=True) if record.extra else None,
        "file_id": file_id,
        "row_number": record.row_number,
    }
