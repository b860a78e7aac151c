"""`kesheng publish`: the warehouse copied into another database, whole, for the tools that analysts have."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from flows.duckdb_publishing import publish_to_duckdb
from flows.postgres_publishing import publish_to_postgres
from flows.published_tables import PublishingError, published_tables
from warehouse.query import connect
from warehouse.store import LocalStore

DEFAULT_SCHEMA = "kesheng"
_DUCKDB = "duckdb:///"
_POSTGRES = re.compile(r"(?i)postgres(?:ql)?://")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_FORMS = "duckdb:///quality.duckdb or postgresql://USER@HOST:5432/DATABASE"


@dataclass(frozen=True, slots=True)
class DuckdbTarget:
    """A file of DuckDB."""

    path: Path

    @property
    def shown(self) -> str:
        """The target as messages name it."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class PostgresTarget:
    """A database of PostgreSQL; its password stands in no message."""

    conninfo: dict[str, str] = field(repr=False)

    @property
    def shown(self) -> str:
        """The target as messages name it, e.g. ``postgresql://bi@db.example:5432/quality``."""
        user, host, port, database = (self.conninfo.get(name) for name in ("user", "host", "port", "dbname"))
        return f"postgresql://{f'{user}@' if user else ''}{host or ''}{f':{port}' if port else ''}/{database or ''}"


@dataclass(frozen=True, slots=True)
class Published:
    """What was copied: where to, and how many rows of each table."""

    target: str
    schema: str
    rows: dict[str, int]


def read_target(to: str) -> DuckdbTarget | PostgresTarget:
    """Return what ``--to`` names.

    Raises:
        PublishingError: It is neither form; the message does not repeat it, since a password may stand in it.
    """
    if to.startswith(_DUCKDB) and not to.endswith("/"):
        return DuckdbTarget(Path(to.removeprefix(_DUCKDB)))
    if _POSTGRES.match(to):
        return PostgresTarget(_conninfo(to))
    kind = to.partition(":")[0]
    found = f"one that begins with '{kind}:'" if re.fullmatch(r"[a-z+]{1,20}", kind) and ":" in to else "another form"
    raise PublishingError(f"--to: expected an address such as {_FORMS}; found {found}")


def publish_warehouse(
    warehouse: Path, to: str, *, schema: str = DEFAULT_SCHEMA, tokens: bool = False, wait_seconds: float = 0.0
) -> Published:
    """Copy all tables; the warehouse is held meanwhile, so that the copy is of one moment.

    Args:
        warehouse: The folder of the tables.
        to: ``duckdb:///PATH`` (a path from the root has four slashes) or ``postgresql://…``.
        schema: The schema there.
        tokens: The table ``tokens``, too.
        wait_seconds: How long to wait for a run that is at work.

    Raises:
        PublishingError: There is no warehouse, an argument is wrong, or the database refuses.
        WarehouseBusyError: A run is still at work after ``wait_seconds``.
    """
    target = read_target(to)
    if not _SCHEMA.fullmatch(schema):
        raise PublishingError(
            f"--schema: expected lower-case Latin letters, digits and _, such as {DEFAULT_SCHEMA}; found '{schema}'"
        )
    if not (warehouse / "runs").is_dir():
        raise PublishingError(
            f"expected a warehouse at {warehouse}, found no run there; what stands in {target.shown} was left alone. "
            "kesheng import and kesheng run make one; --data or KESHENG_DATA name another folder"
        )
    tables = published_tables(tokens=tokens)
    with LocalStore(warehouse).lock(wait_seconds), connect(warehouse) as source:
        if isinstance(target, DuckdbTarget):
            rows = publish_to_duckdb(source, target.path, schema=schema, tables=tables)
        else:
            rows = publish_to_postgres(source, target.conninfo, shown=target.shown, schema=schema, tables=tables)
    return Published(target.shown, schema, rows)


def _conninfo(address: str) -> dict[str, str]:
    """Read an address strictly: what a parser takes for a host or port may be half of a password."""
    authority = re.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0]
    if address.count("@") > authority.count("@") or authority.count("@") > 1:
        raise PublishingError(
            "--to: expected one @ in the address, between USER:PASSWORD and HOST. Write @ / ? # and % of a password as "
            "%40 %2F %3F %23 and %25, or leave it out and put it into PGPASSWORD or ~/.pgpass"
        )
    try:
        known = {name: str(value) for name, value in conninfo_to_dict(address).items() if value is not None}
    except psycopg.ProgrammingError:
        # Its message quotes what it could not read.
        raise PublishingError(f"--to: expected an address such as {_FORMS}; this one cannot be read") from None
    if not re.fullmatch(r"[0-9,]*", known.get("port", "")):
        raise PublishingError(f"--to: expected a number as the port, as in {_FORMS}") from None
    return known
