"""``kesheng message``: the message of the last night, shown or sent by hand."""

import os
from typing import Annotated

import typer

from flows.command_options import (
    ConfigOption,
    DataOption,
    LanguageChoice,
    notices,
    print_plain,
    settings_for,
)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("message")(message)


def message(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it and the channels, and send nothing")] = False,
    language: Annotated[
        LanguageChoice | None, typer.Option("--lang", help="Language of the message [default: that of the settings]")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Send the message of the last night again, through the channels of $KESHENG_CHANNELS; status 1 if one fails.

    It goes out whatever `messages.when` says, so it is also the way to try a new channel.
    """
    from flows.channels import read_channels
    from flows.messages import MessageError, compose, language_of, last_night, no_channels, send, text_for

    settings = settings_for(config, data)
    told = compose(settings, last_night(settings, say=_say))
    chosen = language.value if language else language_of(settings)
    channels = read_channels(os.environ)
    if not (channels or dry_run):
        raise MessageError(no_channels())
    print_plain(str(text_for(None, told, chosen)))
    if dry_run:
        for channel in channels:
            _say(f"not sent through {channel.name}: --dry-run")
        return
    if send(settings, told, say=_say, language=chosen, by_hand=True):
        raise typer.Exit(1)


def _say(text: str) -> None:
    notices().print(text, markup=False, soft_wrap=True)
