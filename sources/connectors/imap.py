"""Exports attached to mails: IMAP over TLS, and nothing in the mailbox changes unless the settings say so."""

import base64
import hashlib
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, message_from_string
from email.message import EmailMessage
from email.policy import default as mail_policy
from fnmatch import fnmatchcase
from functools import partial
from imaplib import IMAP4, IMAP4_SSL

from sources.connectors.connector import (
    ConnectorSettingsError,
    Export,
    FetchError,
    Secrets,
    nothing_more,
    safe_name,
    unreachable,
)
from sources.connectors.settings import ImapFetch
from sources.file_format import check_size
from sources.record import SourceFileError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MAILS_AT_ONCE = 100
_HEADERS = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID)])"
# Mail programs write gb2312 and mean the wider sets that hold it.
_NARROW = re.compile(rb"(=\?|\*=\"?)gb(?:2312|k)(?=[?'])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail that the settings ask for: its place in the mailbox, and what its headers say."""

    uid: str
    size: int
    message_id: str


class Mailbox:
    """Attachments of mails from a sender, under a subject; a mail whose attachments have all landed is not fetched."""

    def __init__(self, settings: ImapFetch, *, secrets: Secrets, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        patterns = "\n".join(settings.attachments)
        self._asked = hashlib.sha256(patterns.encode()).hexdigest()[:6]

    def exports(self, remembered: Mapping[str, str]) -> Iterator[Export]:
        """Look through the mails of the last days, the oldest first.

        Raises:
            FetchError: The server cannot be reached, or refuses user, password or mailbox.
        """
        known = Counter(version.partition(" ")[0] for version in remembered.values())
        whole = {version.partition(" ")[0]: version.rpartition("/")[2] for version in remembered.values()}
        with self._opened() as connection:
            validity = _told(connection.response("UIDVALIDITY")[1])
            for mail in self._mails(connection):
                mark = f"{validity}.{mail.uid}.{self._asked}"
                if known[mark] and str(known[mark]) == whole[mark]:
                    continue
                try:
                    yield from self._attached(connection, mail, mark, remembered)
                except (FetchError, SourceFileError) as error:
                    yield unreachable(f"mail {mail.uid}", error)

    def _attached(self, connection: IMAP4, mail: _Mail, mark: str, remembered: Mapping[str, str]) -> Iterator[Export]:
        check_size(f"mail {mail.uid}", mail.size)
        message = message_from_bytes(_NARROW.sub(rb"\1gb18030", self._content(connection, mail)), policy=mail_policy)
        wanted = [
            (name, part)
            for part in message.walk()
            if not part.is_multipart() and self._is_wanted(name := safe_name(part.get_filename() or ""))
        ]
        exports = [
            (name, f"{mail.message_id or mark} {number} {name}", f"{mark} {number}/{len(wanted)}", part)
            for number, (name, part) in enumerate(wanted, start=1)
        ]
        left = {key for _, key, version, _ in exports if remembered.get(key) != version}
        for name, key, version, part in exports:
            landed = partial(self._landed, connection, mail, left, key) if self._settings.mark_seen else nothing_more
            yield Export(name, key, version, read=partial(_decoded, part), landed=landed)

    def _is_wanted(self, name: str) -> bool:
        return name != "" and any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self._settings.attachments)

    def _landed(self, connection: IMAP4, mail: _Mail, left: set[str], key: str) -> None:
        """Mark a mail as seen when the last of its attachments has landed."""
        left.discard(key)
        if not left:
            with self._refusals_told("it has landed, but its mail could not be marked as read"):
                connection.uid("STORE", mail.uid, "+FLAGS.SILENT", "(\\Seen)")

    def _mails(self, connection: IMAP4) -> Iterator[_Mail]:
        """Find the mails; their headers are read here, since many servers cannot search for Chinese words."""
        first = self._clock() - timedelta(days=self._settings.days)
        with self._refusals_told("the mails could not be listed"):
            _, found = connection.uid("SEARCH", f"SINCE {first.day:02d}-{_MONTHS[first.month - 1]}-{first.year}")
        uids = sorted(_told(found).split(), key=int)
        for start in range(0, len(uids), _MAILS_AT_ONCE):
            with self._refusals_told("the mails could not be listed"):
                _, answer = connection.uid("FETCH", ",".join(uids[start : start + _MAILS_AT_ONCE]), _HEADERS)
            for facts, content in _literals(answer):
                headers = _headers(content)
                if self._is_asked_for(headers):
                    yield _Mail(_number(facts, "UID"), int(_number(facts, "RFC822.SIZE")), headers["Message-ID"] or "")

    def _is_asked_for(self, headers: EmailMessage) -> bool:
        wanted = {"From": self._settings.sender, "Subject": self._settings.subject}
        return all(part is None or part.lower() in str(headers[name] or "").lower() for name, part in wanted.items())

    def _content(self, connection: IMAP4, mail: _Mail) -> bytes:
        with self._refusals_told("the mail could not be fetched"):
            _, answer = connection.uid("FETCH", mail.uid, "(BODY.PEEK[])")
        for _, content in _literals(answer):
            return content
        raise FetchError(f"mail {mail.uid}: it is gone since the mails were listed")

    @contextmanager
    def _opened(self) -> Iterator[IMAP4]:
        """Log in and open the mailbox, read-only unless mails are to be marked."""
        given = self._settings
        password = self._secrets.value(given.password_env)
        with self._refusals_told(f"no connection to {given.host}"):
            connection = (
                IMAP4(given.host, given.port or 143, timeout=given.timeout_seconds)
                if given.plain
                else IMAP4_SSL(
                    given.host,
                    given.port or 993,
                    ssl_context=ssl.create_default_context(),
                    timeout=given.timeout_seconds,
                )
            )
        try:
            with self._refusals_told(f"{given.host} refuses {given.user}"):
                connection.login(given.user, password)
            # NetEase lets no program in that does not say who it is.
            with suppress(IMAP4.error):
                connection.xatom("ID", '("name" "kesheng")')
            with self._refusals_told(f"the mailbox {given.mailbox} could not be opened"):
                status, answer = connection.select(_quoted(given.mailbox), readonly=not given.mark_seen)
                if status != "OK":
                    raise IMAP4.error(_told(answer))
            yield connection
        finally:
            with suppress(IMAP4.error, OSError):
                connection.logout()

    @contextmanager
    def _refusals_told(self, what: str) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError:
            raise ConnectorSettingsError(
                f"{self._settings.password_env}: expected a user and password of ASCII characters, as IMAP has them"
            ) from None
        except ssl.SSLError as error:
            raise FetchError(f"{what}: {getattr(error, 'verify_message', '') or error.reason}") from None
        except (IMAP4.error, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error).removeprefix("b'").rstrip("'")
            raise FetchError(self._secrets.hidden(f"{what}: {said or type(error).__name__}")) from None


def _literals(answer: list[object]) -> Iterator[tuple[str, bytes]]:
    """Yield each mail's facts, which may stand before or after its content, and the content."""
    for place, part in enumerate(answer):
        if isinstance(part, tuple):
            after = answer[place + 1] if place + 1 < len(answer) else b""
            facts = part[0] + b" " + (after if isinstance(after, bytes) else b"")
            yield facts.decode("ascii", "replace"), part[1]


def _number(facts: str, name: str) -> str:
    found = re.search(rf"\b{re.escape(name)} (\d+)", facts)
    if found is None:
        raise FetchError(f"expected {name} in the server's answer, found none")
    return found[1]


def _headers(content: bytes) -> EmailMessage:
    """Read headers, also those that hold Chinese as it is and not encoded as mails should."""
    content = _NARROW.sub(rb"\1gb18030", content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    return message_from_string(text, policy=mail_policy)


def _decoded(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _told(answer: list[bytes | None] | list[object]) -> str:
    return b" ".join(part for part in answer if isinstance(part, bytes)).decode("utf-8", "replace")


def _quoted(mailbox: str) -> str:
    """Write a mailbox's name as IMAP does: ``点评`` → ``"&cLmLxA-"``."""

    def encoded(found: re.Match[str]) -> str:
        return "&" + base64.b64encode(found[0].encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",") + "-"

    name = re.sub(r"[^\x20-\x7e]+", encoded, mailbox.replace("&", "&-"))
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
