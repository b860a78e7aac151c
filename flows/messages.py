"""The message after a night: made from the warehouse, sent through the channels, and never a reason to fail a run."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.channels import Channel, deliver, read_channels, region_tag
from flows.settings import CHANNELS_VARIABLE, Settings
from lexicons.codebook import Language
from reports.message_text import MOST_CHARACTERS, MessageText, message_text
from reports.night_message import NightMessage, night_message
from warehouse import ledger
from warehouse.store import LocalStore, write_atomically

_MOST_BYTES = {"wecombot": 2040}
"""What a service takes of one text in UTF-8, where it is less than our messages: WeCom 2,048, less the line breaks that
Apprise puts under the title."""


class MessageError(ValueError):
    """There is no message to show or send; the text says what to do."""


class NightRecord(BaseModel):
    """What must be known of a night besides the tables, kept for ``kesheng message``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_ids: tuple[str, ...]
    unread: tuple[str, ...] = ()
    """Files that could not be read, each with the reason."""


def tell(
    settings: Settings,
    record: NightRecord,
    *,
    say: Callable[[str], None],
    environment: Mapping[str, str] = os.environ,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Keep the record of a night that ended, and send its message where the settings want one.

    Args:
        settings: Where the warehouse is, and when and in which language messages go out.
        record: The night.
        say: Told through which channels it went, and which failed.
        environment: Where the channels stand.
        wait: Called with the seconds before another try.
    """
    remember(settings, record)
    if settings.messages.when != "never" and read_channels(environment):
        send(settings, compose(settings, record), say=say, environment=environment, wait=wait)


def compose(settings: Settings, record: NightRecord) -> NightMessage:
    """Return what a night has to tell."""
    return night_message(settings.folder.warehouse, record.run_ids, settings.silent_after_days, record.unread)


def send(
    settings: Settings,
    message: NightMessage,
    *,
    say: Callable[[str], None],
    language: Language | None = None,
    by_hand: bool = False,
    environment: Mapping[str, str] = os.environ,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Send a message through every channel, cut down to its regions; returns the number of channels that failed.

    Args:
        settings: When messages go out, and their language if none is given.
        message: What the night has to tell.
        say: Told through which channels it went, and which failed.
        language: ``zh`` or ``en``.
        by_hand: Send it whatever ``when`` says and however little it tells.
        environment: Where the channels stand.
        wait: Called with the seconds before another try.
    """
    when = "always" if by_hand else settings.messages.when
    if when == "never" or (when == "something" and not message.says_something):
        return 0
    failed = 0
    channels = read_channels(environment)
    for channel in channels:
        own = message_for(channel, message)
        if channel.regions and not own.of:
            failed += 1
            say(f"MESSAGE NOT SENT through {channel.name}: none of its regions is in the venue master; correct either")
            continue
        if when == "something" and not own.says_something:
            say(f"nothing sent through {channel.name}: the night tells nothing of its regions")
            continue
        problem = deliver(channel, text_for(channel, own, language or language_of(settings)), wait)
        failed += problem is not None
        say(
            f"MESSAGE NOT SENT through {channel.name}: {problem}" if problem else f"message sent through {channel.name}"
        )
    if untold := _untold(channels, message):
        told = f"{untold} matters of no channel's region WENT TO NOBODY"
        say(f"{told}; put a channel without regions into {CHANNELS_VARIABLE}")
    return failed


def message_for(channel: Channel, message: NightMessage) -> NightMessage:
    """Return what a channel gets: of its regions alone, where it has some."""
    if not channel.regions:
        return message
    regions = sorted(region for region in message.known_regions if region_tag(region) in channel.regions)
    return message.of_regions(tuple(regions))


def _untold(channels: tuple[Channel, ...], message: NightMessage) -> int:
    if not channels or not all(channel.regions for channel in channels):
        return 0
    told = {region for channel in channels for region in message_for(channel, message).of}
    return message.matters - message.of_regions(tuple(sorted(told))).matters


def language_of(settings: Settings) -> Language:
    """Return the language of messages: their own, else that of the summary."""
    return settings.messages.language or settings.language


def text_for(channel: Channel | None, message: NightMessage, language: Language) -> MessageText:
    """Return the message as a channel takes it; without a channel, as most do."""
    most_bytes = _MOST_BYTES.get(channel.kind or "") if channel else None
    if most_bytes:
        text = message_text(message, language, even_if_quiet=True, most=most_bytes, size=_bytes)
    else:
        text = message_text(message, language, even_if_quiet=True, most=MOST_CHARACTERS)
    if text is None:
        raise RuntimeError("expected a text, as even a quiet night was asked for")
    return text


def remember(settings: Settings, record: NightRecord) -> None:
    """Keep the record of a night that ended."""
    write_atomically(_record_path(settings), record.model_dump_json(indent=2).encode("utf-8"))


def last_night(settings: Settings, *, say: Callable[[str], None]) -> NightRecord:
    """Return the record of the last night in the ledger.

    Args:
        settings: Where the ledger and the record are.
        say: Told if the night left no record: it ended before it could.

    Raises:
        MessageError: There was no night yet.
    """
    runs = ledger.runs(LocalStore(settings.folder.warehouse)).select(["run_id", "kind"]).to_pylist()
    ids = [run["run_id"] for run in runs]
    nights = [run["run_id"] for run in runs if run["kind"] == "night"]
    try:
        record = NightRecord.model_validate_json(_record_path(settings).read_bytes())
    except (FileNotFoundError, ValidationError):
        record = NightRecord(run_ids=())
    known = [ids.index(run_id) for run_id in record.run_ids if run_id in ids]
    if known and (not nights or max(known) >= ids.index(nights[-1])):
        return record
    if not nights:
        raise MessageError(
            f"expected a night in the ledger of {settings.folder.warehouse}, found none; kesheng run does one"
        )
    say(f"run {nights[-1]} left no record of files that could not be read; none are told")
    return NightRecord(run_ids=(nights[-1],))


def no_channels() -> str:
    """Return what to do where there is no channel."""
    return (
        f"expected channels in the environment variable {CHANNELS_VARIABLE}, found none: Apprise URLs such as "
        "feishu://TOKEN, with white space between them. --dry-run shows the message without sending it"
    )


def _record_path(settings: Settings) -> Path:
    return settings.folder.reports / "night.json"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8"))
