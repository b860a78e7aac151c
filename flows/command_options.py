"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from flows.settings import Settings


class LanguageChoice(StrEnum):
    """Language of what is shown."""

    zh = "zh"
    en = "en"


class KindChoice(StrEnum):
    """What the rows of a file are."""

    review = "review"
    complaint = "complaint"
    ticket = "ticket"
    message = "message"


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Folder of landing, warehouse and reports [default: $KESHENG_DATA, else data]"
    ),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Settings file, such as kesheng.toml")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people")]
LanguageOption = Annotated[LanguageChoice | None, typer.Option("--lang", help="Language of the summary [default: zh]")]
WaitOption = Annotated[
    float | None,
    typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for another run to end [default: 0]"),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="Say which column holds a field, e.g. --map text=评论内容; may be repeated",
    ),
]
SheetOption = Annotated[str | None, typer.Option("--sheet", help="The one sheet of a workbook to read [default: all]")]
EncodingOption = Annotated[str | None, typer.Option("--encoding", help="Encoding of the file [default: recognised]")]
VenueOption = Annotated[str | None, typer.Option("--venue", help="The venue of all rows, where no column names it")]
RatingScaleOption = Annotated[
    str | None, typer.Option("--rating-scale", help="5, 10, 50, 100 or none [default: recognised]")
]
IndustryOption = Annotated[
    str | None, typer.Option("--industry", help="hotel, restaurant, delivery, ecommerce, telecom, bank, scenic, …")
]


def out() -> Console:
    """Return the console for what a person or program asked for."""
    return Console(highlight=False)


def notices() -> Console:
    """Return the console for progress and notices, kept off standard output."""
    return Console(stderr=True, highlight=False)


def warehouse_of(settings: "Settings") -> Path:
    """Return the warehouse folder, with a notice where there is none yet: an empty answer may be a wrong --data."""
    folder = settings.folder.warehouse
    if not folder.is_dir():
        hint = "kesheng import and kesheng run make one; --data or KESHENG_DATA name another folder"
        notices().print(f"No warehouse at {folder} yet: {hint}", markup=False, style="yellow", soft_wrap=True)
    return folder


def print_plain(text: str) -> None:
    """Print text as it is, whatever is in it, for programs."""
    typer.echo(text)


def read_map(given: list[str] | None) -> dict[str, str]:
    """Return ``--map`` options as field → column.

    Raises:
        SettingsError: One has no ``=``.
    """
    from flows.settings import SettingsError

    pairs: dict[str, str] = {}
    for pair in given or []:
        name, equals, column = pair.partition("=")
        if not equals:
            raise SettingsError(f"--map: expected FIELD=COLUMN, such as text=评论内容; found '{pair}'")
        pairs[name.strip()] = column.strip()
    return pairs


def settings_for(config: Path | None, data: Path | None, **changed: object) -> "Settings":
    """Return the settings with what the command line says on top; ``None`` changes nothing."""
    from flows.settings import load_settings

    settings = load_settings(config, data=data)
    return settings.model_copy(update={name: value for name, value in changed.items() if value is not None})
