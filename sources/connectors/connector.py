"""The interface of connectors: what can be fetched, how it is told that it has changed, and what may go wrong."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote, quote_plus

from sources.record import SourceFileError


class FetchError(OSError):
    """An export could not be fetched; another try may bring it. The message holds no secret."""


class ConnectorSettingsError(ValueError):
    """A connector cannot work as it is set, or a variable that it needs is missing; another try fails alike."""


class NotYetError(Exception):
    """An export turned out to be unfinished while it was read; the next run takes it."""


def nothing_more() -> None:
    """Do nothing when an export has landed: most are left as they are."""


@dataclass(frozen=True)
class Export:
    """One thing that can be fetched.

    Attributes:
        name: As shown and written into the manifest, e.g. ``点评-2026-11.csv``.
        key: Which one it is, the same every night: a path, an address, a message's id and the attachment's name.
        version: Changes when the content does: size and time, an ETag, UIDs, a watermark.
        read: Fetches it, unmasked as it is. Raises ``FetchError``, ``NotYetError``, or ``SourceFileError`` where it is
            too large.
        waiting: Why it must not be read yet, such as that it is still being written; empty for most.
        landed: Called once it has landed: moves a file away, marks a message as seen.
    """

    name: str
    key: str
    version: str
    read: Callable[[], bytes] = field(repr=False)
    waiting: str = ""
    landed: Callable[[], None] = field(default=nothing_more, repr=False)


def unreachable(name: str, error: FetchError | SourceFileError) -> Export:
    """Return an export that could not even be looked at, so that its failure is told and the others are fetched."""

    def refuse() -> bytes:
        raise error

    return Export(name, key=name, version="", read=refuse)


class Connector(Protocol):
    """A place that exports are fetched from."""

    def exports(self, remembered: Mapping[str, str]) -> Iterator[Export]:
        """Find what can be fetched; each export is to be read before the next one is asked for.

        Args:
            remembered: Key → version of what has landed; what is known need not be looked at again.

        Raises:
            FetchError: The place cannot be reached at all.
            ConnectorSettingsError: The settings are wrong, or a variable is missing.
        """


class Secrets:
    """Secrets from the environment: read when they are used, and kept out of what is told."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._told: set[str] = set()

    def value(self, variable: str) -> str:
        """Return what a variable holds.

        Raises:
            ConnectorSettingsError: It is not set, is empty, or holds what no password can, such as a line break.
        """
        value = self._environment.get(variable, "").strip("\r\n")
        if not value.isprintable():
            raise ConnectorSettingsError(f"{variable}: expected one line of text, found other characters")
        if not value:
            raise ConnectorSettingsError(
                f"expected a secret in the environment variable {variable}, found none. Set it for the user that "
                "runs the night"
            )
        self._told.add(value)
        return value

    def hidden(self, text: str) -> str:
        """Return a text with every secret that was read, as it is or as addresses and headers write it, as ``***``."""
        for secret in sorted(self._told, key=len, reverse=True):
            for written in (secret, quote(secret, safe=""), quote_plus(secret), _base64(secret)):
                text = text.replace(written, "***")
        return re.sub(r"(://[^/\s:@]*):[^/\s@]+@", r"\1:***@", text)


def safe_name(name: str) -> str:
    """Return a file name that others chose as one that can be shown: without folders and control characters."""
    return "".join(ch if ch.isprintable() else "_" for ch in name.replace("\\", "/").rpartition("/")[2])[-120:]


def with_days(text: str, now: datetime) -> str:
    """Put days into an address: ``导出-{yesterday}.csv`` → ``导出-2026-11-01.csv``; ``{date}`` is that of ``now``."""
    return text.replace("{date}", f"{now:%Y-%m-%d}").replace("{yesterday}", f"{now - timedelta(days=1):%Y-%m-%d}")


def _base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode("ascii")
