"""The command line ``kesheng``.

Commands live in ``flows.command_*``; each imports what it needs when it is called, so that ``text``, ``analyse``,
``import`` and ``query`` start without Prefect.
"""

import os
import sys

import typer
from rich.console import Console

from flows import command_files, command_night, command_reading, command_tables

app = typer.Typer(
    name="kesheng",
    help="客声: reads customers' reviews every night and tells what failed, where, and whether it was put right.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (command_files, command_night, command_reading, command_tables):
    commands.register(app)


def main() -> None:
    """Run the command line; bad input ends with status 2 and one sentence that says what to do."""
    try:
        app()
    except BrokenPipeError:
        # The reader of our output went away (`kesheng query … | head`): nothing is wrong with us.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if not isinstance(error, _user_errors()):
            raise
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"kesheng: {error}", style="red", markup=False)
        sys.exit(2)


def _user_errors() -> tuple[type[Exception], ...]:
    """Return the errors that are the input's fault, not the program's."""
    from flows.serving import ServerError
    from flows.settings import SettingsError
    from lexicons.rows import LexiconError
    from sources.identity import IdentityKeyError
    from sources.record import SourceFileError
    from sources.venues import VenueMasterError
    from warehouse.query import QueryError
    from warehouse.store import WarehouseBusyError

    return (
        IdentityKeyError,
        LexiconError,
        QueryError,
        ServerError,
        SettingsError,
        SourceFileError,
        VenueMasterError,
        WarehouseBusyError,
    )


if __name__ == "__main__":
    main()
