"""Channels that messages go out through: Apprise URLs from the environment.

A channel's URL holds its secret. It stands in no file and is shown nowhere: a channel is called by its number and kind,
``channel 2 (mailto)``, and what Apprise and its HTTP library log while they work is not let through.

Regions may stand before a URL, as tags do in Apprise's own lists: ``华东,华南=feishu://TOKEN`` gets what concerns
these.
"""

import logging
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.plugins import NotifyBase

from flows.settings import CHANNELS_VARIABLE
from reports.message_text import MessageText

WAITS = (1.0, 5.0)
"""Seconds before the second and the third try."""
_NAMED_IN_LOGS = ("apprise", "urllib3", "requests")
_TAGGED = re.compile(r"(?P<regions>[^\s:/?#@=]+)=(?P<url>[A-Za-z][A-Za-z0-9+.-]*://.*)")
_COMMAS = re.compile("[,，、]")
_STATUS = re.compile(r"\berror=(\d{3})\b")


@dataclass(frozen=True, slots=True)
class Channel:
    """One place that messages go to."""

    number: int
    """Its place in the variable, from 1."""
    kind: str | None
    """Apprise's name of the service, such as ``feishu``; ``None`` if it does not understand the URL."""
    url: str = field(repr=False)
    regions: frozenset[str] = field(default=frozenset(), repr=False)
    """As ``region_tag`` writes them; none: it gets everything."""

    @property
    def name(self) -> str:
        """What may be shown of it."""
        return f"channel {self.number} ({self.kind or 'not understood'})"


def read_channels(environment: Mapping[str, str]) -> tuple[Channel, ...]:
    """Return the channels of ``KESHENG_CHANNELS``: URLs with white space between them; none if it is not set."""
    entries = [_entry(written) for written in environment.get(CHANNELS_VARIABLE, "").split()]
    with _unheard():
        opened = [_opened(url) for _, url in entries]
    return tuple(
        Channel(number, str(service.schema) if service else None, url, regions)
        for number, ((regions, url), service) in enumerate(zip(entries, opened, strict=True), start=1)
    )


def region_tag(region: str) -> str:
    """Return a region as it stands before a channel's URL: ``East China`` is ``East_China`` there."""
    return "_".join(region.split())


def _entry(written: str) -> tuple[frozenset[str], str]:
    tagged = _TAGGED.fullmatch(written)
    if tagged is None:
        return frozenset(), written
    return frozenset(filter(None, _COMMAS.split(tagged["regions"]))), tagged["url"]


def deliver(channel: Channel, text: MessageText, wait: Callable[[float], None] = time.sleep) -> str | None:
    """Send a message, three times if need be; returns ``None`` when it is sent, else why not.

    Args:
        channel: Where it goes.
        text: What is sent, as plain text: Apprise makes of it what the service takes.
        wait: Called with the seconds before another try.
    """
    if channel.kind is None:
        return f"Apprise does not understand its URL; correct it in {CHANNELS_VARIABLE}"
    status = None
    for seconds in (*WAITS, None):
        with _unheard() as heard:
            if _sent(channel.url, text):
                return None
        status = heard.status
        if seconds is not None:
            wait(seconds)
    answer = f"the server answered {status}" if status else "no connection, or the server refused it"
    return f"{answer}, {len(WAITS) + 1} tries; check its URL in {CHANNELS_VARIABLE} and the network"


def _sent(url: str, text: MessageText) -> bool:
    try:
        # Opened anew for each try: a service that is used twice would hold the second message back for seconds.
        service = _opened(url)
        return service is not None and bool(
            Apprise(service, asset=service.asset).notify(
                title=text.title, body=text.body, body_format=NotifyFormat.TEXT, notify_type=NotifyType.WARNING
            )
        )
    except Exception:  # noqa: BLE001 - a service's library may raise anything, and its words may hold the secret
        return False


def _opened(url: str) -> NotifyBase | None:
    # One after the other, in this thread: what the services log must end before it may be heard again.
    return Apprise.instantiate(url, asset=AppriseAsset(app_id="Kesheng", app_desc="Kesheng", async_mode=False))


class _Status(logging.Handler):
    """Hears what is logged and keeps nothing of it but the status that a server answered."""

    def __init__(self) -> None:
        super().__init__()
        self.status: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if found := _STATUS.search(record.getMessage()):
            self.status = int(found[1])


@contextmanager
def _unheard() -> Iterator[_Status]:
    """Keep what Apprise and its libraries log and warn from everybody's logs: it may hold a URL or parts of one."""
    heard = _Status()
    loggers = [logging.getLogger(name) for name in _NAMED_IN_LOGS]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [heard], False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield heard
    finally:
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate
