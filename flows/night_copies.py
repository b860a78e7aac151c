"""The copies after a night: every address of ``[publish] to`` in turn, and never a reason to fail the night."""

import os
from collections.abc import Callable, Mapping

from flows.copy_addresses import filled_address
from flows.published_tables import PublishingError
from flows.publishing import DEFAULT_SCHEMA, publish_warehouse, read_target
from flows.settings import Settings
from reports.copies import Copy, copy_line
from warehouse.damage import DamagedFileError
from warehouse.query import QueryError
from warehouse.schema_versions import NewerSchemaError
from warehouse.store import WarehouseBusyError

_EXPLAINED = (DamagedFileError, LookupError, NewerSchemaError, PublishingError, QueryError, WarehouseBusyError)
"""Errors whose message is ours: it says what to do and holds no password."""


def publish_copies(
    settings: Settings,
    *,
    say: Callable[[str], None],
    schema: str = DEFAULT_SCHEMA,
    tokens: bool | None = None,
    environment: Mapping[str, str] = os.environ,
) -> tuple[Copy, ...]:
    """Copy all tables to every address of the settings; one that fails is told of and keeps nothing from the others.

    Args:
        settings: The addresses, the warehouse, and how long to wait for another run.
        say: Told of each copy, whether it was made or not.
        schema: The schema there.
        tokens: The table ``tokens``, too; as the settings say if not given.
        environment: Where the variables stand that addresses name.

    Returns:
        One for each address, in order.
    """
    with_tokens = settings.publish.tokens if tokens is None else tokens
    copies = []
    for number, address in enumerate(settings.publish.to, start=1):
        copy = _copy(settings, number, address, schema=schema, tokens=with_tokens, environment=environment)
        say(copy_line(copy, "en"))
        copies.append(copy)
    return tuple(copies)


def _copy(
    settings: Settings, number: int, address: str, *, schema: str, tokens: bool, environment: Mapping[str, str]
) -> Copy:
    shown = f"[publish] #{number}"
    try:
        to = filled_address(address, base=settings.base, environment=environment)
        shown = read_target(to).shown
        done = publish_warehouse(
            settings.folder.warehouse, to, schema=schema, tokens=tokens, wait_seconds=settings.wait_seconds
        )
    except _EXPLAINED as error:
        return Copy(shown, problem=str(error).removeprefix("--to: ").removeprefix(f"{shown}: "))
    except OSError as error:
        return Copy(shown, problem=error.strerror or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the night is done; and a library's own words may hold the password
        return Copy(shown, problem=f"{type(error).__name__}; try kesheng publish by hand")
    return Copy(done.target, len(done.rows), sum(done.rows.values()))
