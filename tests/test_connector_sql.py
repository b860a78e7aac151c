"""Exports made by a SELECT: each row once, types as they are, and nothing can be written; SQLite and PostgreSQL."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sources.connectors.connector import ConnectorSettingsError, FetchError, Secrets
from sources.connectors.settings import SqlFetch
from sources.connectors.sql import DatabaseQuery, json_value
from tests.connector_samples import collected, fetching, files_below, landed_texts
from tests.postgres_server import PASSWORD, USER, postgres_server

_TICKETS = [
    (1, "2026-11-01 08:00:00", "房间干净，早餐丰富", 5),
    (2, "2026-11-02 09:30:00", "打电话 13800138000 没人接", 1),
]


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """An SQLite database with two tickets."""
    path = tmp_path / "tickets.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE tickets (工单号 INTEGER, 时间 TEXT, 内容 TEXT, 评分 INTEGER)")
        _add(path, *_TICKETS)
    return path


def _add(path: Path, *rows: tuple[object, ...]) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?)", rows)


def _content(remembered: Mapping[str, str] | None = None, **given: Any) -> list[dict[str, Any]]:
    fetch = SqlFetch.model_validate({"kind": "sql", **given})
    exports = DatabaseQuery(fetch, secrets=Secrets({"DB_PASSWORD": PASSWORD})).exports(remembered or {})
    return [json.loads(line) for export in exports for line in export.read().splitlines()]


def test_rows_land_and_later_only_new_ones(tickets: Path, tmp_path: Path) -> None:
    """``:since`` begins where the settings say and goes on where the last landing ended; no new rows are no file."""
    settings = fetching(
        tmp_path,
        kind="sql",
        url=f"sqlite:///{tickets}",
        name="tickets",
        statement="SELECT * FROM tickets WHERE 时间 > :since ORDER BY 时间;",
        since_column="时间",
        since_start=datetime(2026, 11, 1, 12),  # noqa: DTZ001 - as TOML gives a time without a zone
    )
    first = collected(settings)
    assert (first.failed, [(m.name, m.read) for m in first.landed]) == ((), [("tickets.jsonl", 1)])
    assert landed_texts(settings) == ["打电话 [手机号] 没人接"]
    assert (collected(settings).landed, collected(settings).failed) == ((), ())
    _add(tickets, (3, "2026-11-03 10:00:00", "前台办理入住等了一个小时", 2))
    assert [m.read for m in collected(settings).landed] == [1]
    assert b"13800138000" not in b"".join(files_below(tmp_path / "data").values())


def test_a_statement_that_reaches_back_finds_late_rows(tickets: Path, tmp_path: Path) -> None:
    """A row that was committed late, below the watermark, lands with those that are known."""
    settings = fetching(
        tmp_path,
        kind="sql",
        url=f"sqlite:///{tickets}",
        statement="SELECT * FROM tickets WHERE 工单号 > :since - 10 ORDER BY 工单号",
        since_column="工单号",
        since_start=0,
    )
    assert [m.read for m in collected(settings).landed] == [2]
    assert collected(settings).landed == ()
    _add(tickets, (0, "2026-10-30 10:00:00", "位置不错，就是隔音差", 3))
    assert [m.read for m in collected(settings).landed] == [3]


def test_without_a_watermark_a_changed_result_lands(tickets: Path, tmp_path: Path) -> None:
    """The same rows are known; another statement is another export."""
    given = {"kind": "sql", "url": f"sqlite:///{tickets}", "statement": "SELECT 工单号, 内容, 评分 FROM tickets"}
    settings = fetching(tmp_path, **given)
    assert [m.read for m in collected(settings).landed] == [2]
    again = collected(settings)
    assert (again.landed, again.known) == ((), 1)
    other = fetching(tmp_path, **{**given, "statement": "SELECT 工单号, 内容 FROM tickets"})
    assert [m.read for m in collected(other).landed] == [2]


def test_nothing_can_be_written(tickets: Path) -> None:
    """What is no SELECT is refused with the settings; what hides in one, by the database."""
    for statement in ("DELETE FROM tickets", "SELECT 1; DELETE FROM tickets", "-- SELECT\nDROP TABLE tickets", ""):
        with pytest.raises(ValueError, match="expected one SELECT statement"):
            SqlFetch.model_validate({"kind": "sql", "url": "sqlite:////a", "statement": statement})
    hidden = "WITH one AS (SELECT 1) DELETE FROM tickets RETURNING 工单号"
    with pytest.raises(FetchError, match="query: attempt to write a readonly database"):
        _content(url=f"sqlite:///{tickets}", statement=hidden)
    assert len(_content(url=f"sqlite:///{tickets}", statement="SELECT ';' FROM tickets -- both;")) == 2


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            {"url": "sqlite:////nowhere.sqlite"},
            FetchError,
            r"query: expected an SQLite file at /nowhere\.sqlite, found",
        ),
        ({"url": "nosuch://x/y"}, ConnectorSettingsError, "query: expected a URL that SQLAlchemy knows"),
        ({"url": "mysql+nosuch://x/y"}, ConnectorSettingsError, "query: expected a URL that SQLAlchemy knows"),
        ({"url": "oracle+cx_oracle://x/y"}, ConnectorSettingsError, "query: the driver cx_Oracle is not installed"),
        ({"statement": "SELECT nowhere FROM tickets"}, FetchError, "query: no such column: nowhere"),
        (
            {"statement": "SELECT 内容, 评分 AS 内容 FROM tickets"},
            ConnectorSettingsError,
            "query: expected each column once, found 内容 more than once",
        ),
        (
            {"statement": "SELECT 内容 FROM tickets WHERE 工单号 > :since", "since_column": "工单号", "since_start": 0},
            ConnectorSettingsError,
            "query: expected the column 工单号, which since_column names, found 内容",
        ),
        ({"statement": "SELECT 内容 FROM tickets WHERE 评分 = :x"}, ConnectorSettingsError, "required for bind param"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, Any], error: type[Exception], message: str, tickets: Path) -> None:
    """A database that refuses may answer otherwise at another try; wrong settings will not."""
    fetch = {"url": f"sqlite:///{tickets}", "statement": "SELECT * FROM tickets", **given}
    with pytest.raises(error, match=message):
        _content(**fetch)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (12345678901234567890, 12345678901234567890),
        (4.5, 4.5),
        (float("nan"), None),
        (Decimal("4.50"), "4.50"),
        (Decimal("1E+20"), "100000000000000000000"),
        (Decimal("NaN"), None),
        (datetime(2026, 11, 2, 9, 30, tzinfo=UTC), "2026-11-02 09:30:00+00:00"),
        (date(2026, 11, 2), "2026-11-02"),
        (time(9, 30), "09:30:00"),
        (memoryview("很好".encode()), "很好"),
        ({"店": [Decimal("1.0"), None]}, {"店": ["1.0", None]}),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_are_written_as_they_are(value: object, written: object) -> None:
    """Numbers exactly, dates as dates, nothing as null."""
    assert json_value(value) == written


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A PostgreSQL server with a table of tickets."""
    with postgres_server() as found:
        with _postgres(found) as database:
            database.execute("CREATE SEQUENCE numbers")
            database.execute(
                "CREATE TABLE tickets (id bigint, updated timestamptz, day date, score numeric(3,1), text text)"
            )
        yield found


def _postgres(port: int) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True
    )


@pytest.mark.postgres
def test_postgres_rows_land_with_their_types(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times with zone, dates, exact numbers and nulls; the watermark goes on to the microsecond."""
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    rows = [
        (1, "2026-11-02 09:30:00.123456+08", "2026-11-02", Decimal("4.5"), "房间干净，早餐丰富"),
        (2, "2026-11-02 09:30:00.123457+08", None, None, "打电话 13800138000 没人接"),
    ]
    with _postgres(port) as database:
        database.execute("DELETE FROM tickets")
        database.cursor().executemany("INSERT INTO tickets VALUES (%s, %s, %s, %s, %s)", rows)
    url = f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    statement = "SELECT id, updated, day, score, text FROM tickets WHERE updated > :since ORDER BY id"
    given: dict[str, Any] = {
        "url": url,
        "statement": statement,
        "password_env": "DB_PASSWORD",
        "since_column": "updated",
    }
    content = _content(**given, since_start=date(2026, 1, 1))
    assert [row["score"] for row in content] == ["4.5", None]
    assert [row["day"] for row in content] == ["2026-11-02", None]
    assert datetime.fromisoformat(content[0]["updated"]) == datetime(2026, 11, 2, 1, 30, 0, 123456, UTC)
    settings = fetching(tmp_path, kind="sql", **given, since_start="2026-01-01")
    assert [m.read for m in collected(settings).landed] == [2]
    assert collected(settings).landed == ()
    with _postgres(port) as database:
        database.execute("UPDATE tickets SET updated = '2026-11-02 09:30:00.123458+08' WHERE id = 1")
    assert [m.read for m in collected(settings).landed] == [1]


@pytest.mark.postgres
def test_postgres_refuses_to_write_and_tells_no_secret(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that writes fails in the read-only transaction; personal data in a complaint is masked."""
    url = f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    fetch = partial(fetching, tmp_path, kind="sql", url=url, password_env="DB_PASSWORD")  # noqa: S106 - a name
    found = collected(fetch(statement="SELECT setval('numbers', 7) AS 工单号"))
    assert found.failed == ("sql: query: cannot execute setval() in a read-only transaction",)
    found = collected(fetch(statement="SELECT '张三 13800138000'::int"))
    assert "invalid input syntax" in found.failed[0]
    assert "13800138000" not in found.failed[0]
    monkeypatch.setenv("DB_PASSWORD", "wr0ng/secret")
    found = collected(fetch(statement="SELECT 1"))
    assert "password authentication failed" in found.failed[0]
    assert "wr0ng" not in repr(found)
    assert isinstance(found.refusal, FetchError)
