"""The command line ``kesheng``.

Commands live in ``flows.command_*``; each imports what it needs when it is called, so that ``text``, ``analyse``,
``import`` and ``query`` start without Prefect.
"""

import errno
import os
import signal
import sys

import typer
from rich.console import Console

from flows import (
    command_actions,
    command_collect,
    command_files,
    command_label,
    command_lexicon,
    command_message,
    command_model,
    command_night,
    command_publish,
    command_quality,
    command_reading,
    command_recipe,
    command_report,
    command_tables,
)

_INTERRUPTED = 128 + signal.SIGINT
_STOPPED = "stopped by Ctrl-C. What has landed or is published stays; the same command takes up the rest"

app = typer.Typer(
    name="kesheng",
    help="客声: reads customers' reviews every night and tells what failed, where, and whether it was put right.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (
    command_files,
    command_night,
    command_reading,
    command_tables,
    command_publish,
    command_lexicon,
    command_quality,
    command_model,
    command_label,
    command_actions,
    command_report,
    command_message,
    command_collect,
    command_recipe,
):
    commands.register(app)


def main() -> None:
    """Run the command line; bad input ends with status 2 and one sentence that says what to do."""
    try:
        app()
    except BrokenPipeError:
        # The reader of our output went away (`kesheng query … | head`): nothing is wrong with us.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            _complain(_STOPPED)
        raise
    except OSError as error:
        _complain(_explain_system_error(error))
        sys.exit(2)
    except Exception as error:
        if isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            # Ctrl-C while a library was being imported, which says so in its own way.
            _complain(_STOPPED)
            sys.exit(_INTERRUPTED)
        if not isinstance(error, _user_errors()):
            raise
        _complain(str(error))
        sys.exit(2)


def _complain(message: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"kesheng: {message}", style="red", markup=False)


def _explain_system_error(error: OSError) -> str:
    """Return what the operating system refused, where, and what to do."""
    where = f"{error.filename}: " if error.filename else ""
    hints = {
        errno.ENOSPC: ". Free some space and run the same command again; what was finished is kept",
        errno.EDQUOT: ". Free some space and run the same command again; what was finished is kept",
        errno.EACCES: ". Give this user the right to it, or name another folder with --data",
        errno.EPERM: ". Give this user the right to it, or name another folder with --data",
        errno.EROFS: ". Name a folder that can be written with --data",
        errno.ENOTDIR: ". Name a folder, not a file, with --data",
    }
    reason = (error.strerror or str(error)).lower()
    return f"{where}{reason}{hints.get(error.errno or 0, '')}"


def _user_errors() -> tuple[type[Exception], ...]:
    """Return the errors that are the input's fault, not the program's."""
    from flows.messages import MessageError
    from flows.published_tables import PublishingError
    from flows.serving import ServerError
    from flows.settings import SettingsError
    from lexicons.rows import LexiconError
    from models.annotations import AnnotationError
    from models.model_folder import ModelFolderError, RefiningError
    from reports.action_answers import ActionWorkbookError
    from reports.label_answers import LabelWorkbookError
    from sources.identity import IdentityKeyError
    from sources.record import SourceFileError
    from sources.venues import VenueMasterError
    from sources.web.crawling import CrawlError
    from sources.web.frontier_file import FrontierError
    from sources.web.nodes import PageError
    from sources.web.recipe_file import RecipeError
    from warehouse.damage import DamagedFileError
    from warehouse.query import QueryError
    from warehouse.schema_versions import NewerSchemaError
    from warehouse.store import WarehouseBusyError

    return (
        ActionWorkbookError,
        AnnotationError,
        CrawlError,
        DamagedFileError,
        FrontierError,
        IdentityKeyError,
        LabelWorkbookError,
        LexiconError,
        MessageError,
        ModelFolderError,
        NewerSchemaError,
        PageError,
        PublishingError,
        QueryError,
        RecipeError,
        RefiningError,
        ServerError,
        SettingsError,
        SourceFileError,
        VenueMasterError,
        WarehouseBusyError,
    )


if __name__ == "__main__":
    main()
