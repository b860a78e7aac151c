"""Who a review is: the source's own id, else a keyed digest of what the source tells of it.

The digest is an HMAC, so that nobody without the key can test whether a certain person wrote a certain text, and it is
taken from the unmasked text, so that a changed masking rule changes no identity. The day stands in the id in plain
writing, because a later export may know it more exactly (``warehouse.resolution`` matches those).
"""

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from lexicons.rows import LEXICON_ROOT, Row, read_rows
from sources.record import ReviewRecord

ID_VERSION = 1
ANONYMOUS_AUTHORS_PATH = LEXICON_ROOT / "vocabulary" / "anonymous_authors.tsv"
KEY_VARIABLE = "KESHENG_IDENTITY_KEY"
# White space, and the characters of Unicode category Cf (format) that occur in texts.
_BLANKS = re.compile(r"[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+")
_DAY_FORMATS = {"second": "%Y%m%d", "day": "%Y%m%d", "month": "%Y%m", "year": "%Y"}


class AnonymousAuthor(Row):
    """A name that many authors share."""

    name: str


class IdentityKeyError(ValueError):
    """The identity key is missing, unsafe, or not the one that the stored ids were made with."""


@dataclass(frozen=True)
class IdentityKey:
    """The secret of derived identities."""

    secret: bytes

    def __repr__(self) -> str:
        return f"IdentityKey(fingerprint={self.fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """What may be written down to recognise the key: 16 hexadecimal digits, useless for making ids."""
        return hmac.digest(self.secret, b"kesheng identity key fingerprint", "sha256").hex()[:16]

    def digest(self, *parts: str | None) -> str:
        """Return the keyed digest of some texts, 24 hexadecimal digits; ``None`` and ``""`` differ."""
        message = "\x1f".join("\x1e" if part is None else part for part in parts)
        return hmac.digest(self.secret, message.encode("utf-8", "surrogatepass"), "sha256").hex()[:24]


def load_identity_key(path: Path, environment: Mapping[str, str] = os.environ) -> IdentityKey:
    """Return the key from the environment, else from a file of mode 600, which is made on the first call.

    Raises:
        IdentityKeyError: The variable is too short, or others may read the file.
    """
    if given := environment.get(KEY_VARIABLE):
        if len(given) < 32:
            raise IdentityKeyError(f"{KEY_VARIABLE} must have at least 32 characters; it has {len(given)}")
        return IdentityKey(given.encode("utf-8"))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return load_identity_key(path, environment)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return _read_key(path)


def check_same_key(key: IdentityKey, known_fingerprint: str | None, where: str) -> None:
    """Refuse a key other than the one that the stored ids were made with.

    Raises:
        IdentityKeyError: The fingerprints differ: the same reviews would be stored again under other ids.
    """
    if known_fingerprint and known_fingerprint != key.fingerprint:
        raise IdentityKeyError(
            f"the identity key has changed: {where} was made with the key of fingerprint {known_fingerprint}, "
            f"this key's is {key.fingerprint}; every known review would be stored again under a new id. Put the old "
            f"key back (identity.key, or {KEY_VARIABLE}), or begin an empty data folder"
        )


def author_key(key: IdentityKey, source: str, author: str | None) -> str | None:
    """Return the keyed digest of an author's name at a source, ``None`` where no name is given."""
    return key.digest("author", source, normalise(author))[:16] if author else None


def normalise(text: str) -> str:
    """Return a text without what differs between two exports of it: width, case, white space, zero-width characters."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text).casefold())


class ReviewIds:
    """Gives each record of one export its id; drops exact repeats, counts rows that the source does not tell apart."""

    def __init__(self, key: IdentityKey, source: str) -> None:
        self._key = key
        self._source = source
        self._occurrences: Counter[str] = Counter()
        self._told: set[tuple[str, bytes]] = set()

    def assign(self, record: ReviewRecord, author: str | None) -> str | None:
        """Return the id of a record, e.g. ``ctrip:6802`` or ``ctrip:~5f0c….20250405.0``; ``None`` for an exact repeat.

        A repeat is a row of the same own id, or of the same named author, that says the same in every field. Guests
        without a name who wrote 很好 on the same day are no repeats: they get the numbers 0 and 1. An overlapping
        export that holds three of them adds one, and one that holds a single one adds none.

        Args:
            record: The unmasked record.
            author: The author's key, as ``author_key`` gives it.
        """
        name = f"{self._source}:{record.own_id}" if record.own_id else self._derived(record, author)
        if record.own_id or (author and not is_anonymous(record.author)):
            told = (name, content_fingerprint(record))
            if told in self._told:
                return None
            self._told.add(told)
        if record.own_id:
            return name
        number = self._occurrences[name]
        self._occurrences[name] += 1
        return f"{name}.{number}"

    def remember(self, review_id: str) -> None:
        """Count an id that was given before an interruption, so that the next such review gets the number after it."""
        name, _, number = review_id.rpartition(".")
        self._occurrences[name] = max(self._occurrences[name], int(number) + 1)

    def _derived(self, record: ReviewRecord, author: str | None) -> str:
        venue = _normalise_name(record.venue) if record.venue else None
        product = _normalise_name(record.product) if record.product else None
        digest = self._key.digest(self._source, venue, author, product, normalise(record.text))
        return f"{self._source}:~{digest}.{_day(record.published_at, record.published_precision)}"


def content_fingerprint(record: ReviewRecord) -> bytes:
    """Return a short digest of what a record says in its known fields, to tell an exact repeat from a changed one."""
    # Unmapped columns may number or stamp the rows of an export.
    values = [getattr(record, name) for name in record.__slots__ if name not in ("row_number", "extra")]
    return hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def is_anonymous(author: str | None) -> bool:
    """Return whether an author's name is one that many people share, such as 匿名用户, or none at all."""
    return not author or normalise(author) in _anonymous_authors()


@cache
def _anonymous_authors() -> frozenset[str]:
    return frozenset(normalise(entry.name) for entry in read_rows(ANONYMOUS_AUTHORS_PATH, AnonymousAuthor))


# Venues and room types repeat from row to row.
_normalise_name = lru_cache(maxsize=4096)(normalise)


def _day(moment: datetime | None, precision: str) -> str:
    return moment.strftime(_DAY_FORMATS[precision]) if moment and precision in _DAY_FORMATS else "none"


def _read_key(path: Path) -> IdentityKey:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise IdentityKeyError(
            f"{path} must be readable by its owner alone (mode 600); its mode is {mode:o}. Run: chmod 600 {path}"
        )
    text = path.read_text("ascii").strip()
    if len(text) < 32:
        raise IdentityKeyError(f"{path} must hold at least 32 characters; it holds {len(text)}. Put the old key back")
    return IdentityKey(text.encode("ascii"))
