"""An export made by one SELECT: rows become JSON Lines in memory, and land as one file a run."""

import hashlib
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sources.connectors.connector import ConnectorSettingsError, Export, FetchError, Secrets
from sources.connectors.settings import SqlFetch
from sources.file_format import check_size
from sources.masking import mask

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_ROWS_AT_ONCE = 2_000
_CONNECT_SECONDS = 30
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
"""The driver that is installed, where a URL names none."""
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
}
Watermark = datetime | date | int | str


class DatabaseQuery:
    """The rows of one statement; with ``:since`` only those beyond the highest value that landed before.

    Without ``:since`` the statement is run each night and its rows land if they differ from the last ones.
    """

    def __init__(self, settings: SqlFetch, *, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets

    def exports(self, remembered: Mapping[str, str]) -> Iterator[Export]:
        """Run the statement; no rows beyond the watermark are no export.

        Raises:
            FetchError: The database cannot be reached or refuses the statement.
            ConnectorSettingsError: The URL is not understood, its driver is not there, or the column is not one.
        """
        given = self._settings
        # Another statement is another export, with no watermark yet.
        key = f"{given.name}:{hashlib.sha256(f'{given.url}{given.statement}'.encode()).hexdigest()[:16]}"
        since = _read_watermark(remembered[key]) if key in remembered else given.since_start
        content, highest = self._rows(since)
        if given.since_column and highest is None:
            return
        # The digest too: a statement that reaches back behind the watermark may find late rows below it.
        version = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if highest is not None:
            version += f" {_written_watermark(highest)}"
        yield Export(name=f"{given.name}.jsonl", key=key, version=version, read=partial(bytes, content))

    def _rows(self, since: Watermark | None) -> tuple[bytes, Watermark | None]:
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        engine = self._engine()
        if engine.dialect.name == "sqlite":
            _check_sqlite(engine.url.database, self._settings.name)
            # SQLite keeps times as texts.
            since = str(since) if isinstance(since, date) else since
        try:
            with engine.connect() as connection:
                _make_read_only(connection)
                return self._selected(connection, since)
        except DBAPIError as error:
            # Only what the database said, not the statement with what is bound in it; cells in it are masked.
            said = mask(str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error).__name__)
            raise FetchError(self._secrets.hidden(f"{self._settings.name}: {said.text}")) from None
        except SQLAlchemyError as error:
            raise ConnectorSettingsError(self._secrets.hidden(f"{self._settings.name}: {error}")) from None
        finally:
            engine.dispose()

    def _engine(self) -> "Engine":
        from sqlalchemy import create_engine, make_url
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
        from sqlalchemy.pool import NullPool

        given = self._settings
        try:
            url = make_url(given.url)
            url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
            if given.password_env:
                url = url.set(password=self._secrets.value(given.password_env))
            patience = {"connect_timeout": _CONNECT_SECONDS} if url.drivername == "postgresql+psycopg" else {}
            return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=patience)
        except (ArgumentError, NoSuchModuleError):
            raise ConnectorSettingsError(
                f"{given.name}: expected a URL that SQLAlchemy knows, such as postgresql://reader@db.internal/tickets"
            ) from None
        except ModuleNotFoundError as error:
            raise ConnectorSettingsError(
                f"{given.name}: the driver {error.name} is not installed; install it into the environment of kesheng"
            ) from None

    def _selected(self, connection: "Connection", since: Watermark | None) -> tuple[bytes, Watermark | None]:
        from sqlalchemy import bindparam, text
        from sqlalchemy.types import NullType

        statement = text(self._settings.statement.strip().rstrip(";"))
        if self._settings.since_column:
            # Without a type of ours: the database knows that of the column it is compared with.
            statement = statement.bindparams(bindparam("since", since, NullType()))
        result = connection.execution_options(stream_results=True).execute(statement)
        columns = list(result.keys())
        place = self._place(columns)
        stream = io.BytesIO()
        highest: Watermark | None = None
        while rows := result.fetchmany(_ROWS_AT_ONCE):
            for row in rows:
                stream.write(_line(columns, row))
                if place is not None and row[place] is not None and (highest is None or row[place] > highest):
                    highest = row[place]
            check_size(self._settings.name, stream.tell())
        return stream.getvalue(), highest

    def _place(self, columns: list[str]) -> int | None:
        if repeated := sorted({column for column in columns if columns.count(column) > 1}):
            raise ConnectorSettingsError(
                f"{self._settings.name}: expected each column once, found {', '.join(repeated)} more than once. "
                "Give each a name of its own with AS"
            )
        wanted = self._settings.since_column
        if wanted is None:
            return None
        if wanted not in columns:
            raise ConnectorSettingsError(
                f"{self._settings.name}: expected the column {wanted}, which since_column names, found "
                f"{', '.join(columns)}. Select it as well"
            )
        return columns.index(wanted)


def _check_sqlite(path: str | None, name: str) -> None:
    """Refuse a file that is not there: SQLite would make an empty one."""
    if not path or not Path(path).is_file():
        raise FetchError(f"{name}: expected an SQLite file at {path}, found none; write sqlite:////whole/path.sqlite")


def _make_read_only(connection: "Connection") -> None:
    """Let the transaction refuse to write, where the database has such; nothing is ever committed anyway."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    if statement := _READ_ONLY.get(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _line(columns: Sequence[str], row: Sequence[object]) -> bytes:
    cells = {column: json_value(value) for column, value in zip(columns, row, strict=True)}
    return json.dumps(cells, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def json_value(value: object) -> object:
    """Return a value of a database as JSON holds it: ``Decimal("4.50")`` → ``"4.50"``, exact and never a float."""
    if value is None or isinstance(value, str | bool | int):
        return value
    return next((write(value) for kinds, write in _WRITTEN if isinstance(value, kinds)), str(value))


_WRITTEN: tuple[tuple[type | tuple[type, ...], Callable[[Any], object]], ...] = (
    (float, lambda value: value if math.isfinite(value) else None),
    (Decimal, lambda value: format(value, "f") if value.is_finite() else None),
    (datetime, lambda value: value.isoformat(sep=" ")),
    ((date, time), lambda value: value.isoformat()),
    ((bytes, bytearray, memoryview), lambda value: bytes(value).decode("utf-8", "replace")),
    (Mapping, lambda value: {str(name): json_value(part) for name, part in value.items()}),
    ((list, tuple), lambda value: [json_value(part) for part in value]),
)


def _written_watermark(value: Watermark | Decimal | UUID) -> str:
    match value:
        case datetime():
            return f"datetime:{value.isoformat()}"
        case date():
            return f"date:{value.isoformat()}"
        case int() if not isinstance(value, bool):
            return f"int:{value}"
        case str() | Decimal() | UUID():
            return f"str:{value}"
    raise ConnectorSettingsError(
        f"expected since_column to hold times, dates, numbers or texts, found {type(value).__name__}"
    )


def _read_watermark(version: str) -> Watermark:
    kind, _, value = version.partition(" ")[2].partition(":")
    readers: Mapping[str, Callable[[str], Watermark]] = {
        "int": int,
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
    }
    return readers.get(kind, str)(value)
