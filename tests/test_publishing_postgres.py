"""The tables in a real PostgreSQL server: whole, in one transaction, with types, comments, grants and views kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from flows import postgres_publishing
from flows.night_copies import publish_copies
from flows.published_tables import PublishingError, published_tables
from flows.publishing import publish_warehouse
from flows.settings import PublishSettings, Settings
from lexicons.codebook import label_name
from tests.postgres_server import PASSWORD, USER, postgres_server
from tests.publishing_samples import in_order, published_warehouse, rows_of
from warehouse.query import run_query
from warehouse.schema import TABLES

pytestmark = pytest.mark.postgres
Database = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run a server for the tests of this file; yields its port."""
    with postgres_server() as port:
        yield port


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a warehouse after two nights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KESHENG_MODEL", "cues")
        return published_warehouse(tmp_path_factory.mktemp("publishing"))


@pytest.fixture
def database(port: int) -> Iterator[Database]:
    """Yield a connection that commits each statement; the schema is gone afterwards."""
    with psycopg.connect(
        host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True
    ) as link:
        link.execute("SET TIME ZONE 'Asia/Shanghai'")
        yield link
        link.execute("DROP SCHEMA IF EXISTS kesheng CASCADE")


def publish(warehouse: Path, port: int, **given: Any) -> dict[str, int]:
    """Publish to the server; returns table → rows."""
    address = f"postgresql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
    return publish_warehouse(warehouse, address, **given).rows


def ask(database: Database, question: str) -> list[Any]:
    """Return the rows of a query."""
    return database.execute(question.encode()).fetchall()


def test_a_night_copies_with_the_password_of_a_variable(warehouse: Path, port: int, database: Database) -> None:
    """The settings name the variable; a password of odd characters arrives as it is and is in nothing that is said."""
    address = f"postgresql://{USER}:${{BI_PASSWORD}}@127.0.0.1:{port}/postgres"
    settings = Settings(data=warehouse.parent, publish=PublishSettings(to=(address,)))
    said: list[str] = []
    (copy,) = publish_copies(settings, say=said.append, environment={"BI_PASSWORD": PASSWORD})
    assert (copy.problem, copy.tables) == (None, len(TABLES) - 1)
    assert ask(database, "SELECT count(*) FROM kesheng.评论") == [(7,)]
    (wrong,) = publish_copies(settings, say=said.append, environment={"BI_PASSWORD": f"{PASSWORD}x"})
    assert "password authentication failed" in str(wrong.problem)
    assert PASSWORD not in repr((said, copy, wrong))


def test_every_table_arrives_whole(warehouse: Path, port: int, database: Database) -> None:
    """All rows and columns of all tables; lists of words are arrays, nested ones JSON, times have their zone."""
    counts = publish(warehouse, port)
    expected = rows_of(warehouse)
    assert counts == {name: len(rows) for name, rows in expected.items()}
    assert counts["reviews"] == 7
    for name, rows in expected.items():
        cursor = database.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("kesheng", name)))
        assert cursor.description is not None
        columns = [column.name for column in cursor.description]
        found = in_order([_as_arrow(name, dict(zip(columns, row, strict=True))) for row in cursor.fetchall()])
        assert found == rows, name
    types = ask(database, "SELECT table_name || '.' || column_name, data_type FROM information_schema.columns")
    found_types = dict(types)
    assert {
        name: found_types[name]
        for name in ("reviews.failure_subtypes", "runs.files", "reviews.published_at", "trends.n", "dim_date.date")
    } == {
        "reviews.failure_subtypes": "ARRAY",
        "runs.files": "jsonb",
        "reviews.published_at": "timestamp with time zone",
        "trends.n": "bigint",
        "dim_date.date": "date",
    }
    assert {name for (name,) in ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'kesheng'")} == set(
        TABLES
    ) - {"tokens"}


def _as_arrow(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its numbers as Arrow holds them: PostgreSQL writes the shortest digits of a real."""
    return _of_type({c.name: c.type for t in published_tables(tokens=True) if t.name == table for c in t.columns}, row)


def _of_type(types: dict[str, pa.DataType], row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: pa.scalar(value, types[name]).as_py() if pa.types.is_float32(types[name]) else value
        for name, value in row.items()
    }


def test_tables_and_columns_carry_their_chinese_names(warehouse: Path, port: int, database: Database) -> None:
    """Each comment begins with the Chinese name, those of the tokens and the month included."""
    publish(warehouse, port, tokens=True)
    found = ask(
        database,
        "SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
        "WHERE c.relnamespace = 'kesheng'::regnamespace AND c.relkind = 'r'",
    )
    comments = {(table, column): comment for table, column, comment in found}
    for table in published_tables(tokens=True):
        for column in table.columns:
            assert comments[table.name, column.name].startswith(f"{column.chinese}: ")
    assert len(comments) == sum(len(table.columns) for table in published_tables(tokens=True))
    assert ask(database, "SELECT obj_description('kesheng.dim_venue'::regclass)")[0][0].startswith("门店维度: ")


def test_chinese_views_are_those_of_kesheng_query(warehouse: Path, port: int, database: Database) -> None:
    """Each table stands under its Chinese name, too, with the rows, columns and names that the warehouse shows."""
    publish(warehouse, port, tokens=True)
    for table in published_tables(tokens=True):
        cursor = database.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("kesheng", table.chinese)))
        assert cursor.description is not None
        columns = [column.name for column in cursor.description]
        expected = run_query(warehouse, f'FROM "{table.chinese}"')
        assert columns == expected.column_names
        types = {c.chinese: c.type for c in table.columns}
        found = [_of_type(types, dict(zip(columns, row, strict=True))) for row in cursor.fetchall()]
        assert in_order(found) == in_order(expected.to_pylist()), table.chinese
    assert ("服务延误",) in ask(database, "SELECT DISTINCT 失误子类 FROM kesheng.失误事件")
    comments = ask(
        database,
        "SELECT obj_description('kesheng.评论'::regclass), col_description('kesheng.评论'::regclass, a.attnum) "
        "FROM pg_attribute a WHERE a.attrelid = 'kesheng.评论'::regclass AND a.attname = '评分'",
    )
    assert comments == [
        (
            "reviews: One row a review, complaint, ticket or message, with every label.",
            "rating: The source's own score on 1 to 5",
        )
    ]


def test_a_code_without_a_name_shows_itself(warehouse: Path, port: int, database: Database) -> None:
    """In a list, too; an empty list stays empty and one that is not known stays null."""
    publish(warehouse, port)
    database.execute("UPDATE kesheng.reviews SET drivers = '{new,price}', kind = 'fax' WHERE review_id = 'ctrip:1'")
    database.execute("UPDATE kesheng.reviews SET drivers = NULL WHERE review_id = 'ctrip:2'")
    database.execute("UPDATE kesheng.reviews SET drivers = '{}' WHERE review_id = 'ctrip:3'")
    assert ask(
        database,
        "SELECT 驱动因素, 类别 FROM kesheng.评论 WHERE 评论编号 IN ('ctrip:1', 'ctrip:2', 'ctrip:3') ORDER BY 评论编号",
    ) == [(["new", label_name("drivers", "price")], "fax"), (None, "评论"), ([], "评论")]


def test_views_over_the_chinese_views_and_their_readers_stay(warehouse: Path, port: int, database: Database) -> None:
    """Who reads a table reads its Chinese view, who was let read the view alone still can; own views show new rows."""
    publish(warehouse, port)
    database.execute("DROP ROLE IF EXISTS analyst; DROP ROLE IF EXISTS manager")
    database.execute("CREATE ROLE analyst; GRANT SELECT ON kesheng.reviews TO analyst")
    database.execute("CREATE ROLE manager; GRANT SELECT ON kesheng.趋势 TO manager")
    database.execute("CREATE VIEW kesheng.投诉 AS SELECT * FROM kesheng.失误事件 WHERE 严重度 >= 1")
    (before,) = ask(database, "SELECT count(*) FROM kesheng.投诉")
    database.execute("DELETE FROM kesheng.incidents")
    publish(warehouse, port)
    assert ask(database, "SELECT count(*) FROM kesheng.投诉") == [before] != [(0,)]
    may_read = "SELECT has_table_privilege('{}', 'kesheng.{}', 'SELECT')"
    readable = [("analyst", "评论"), ("analyst", "趋势"), ("manager", "趋势"), ("manager", "trends")]
    assert [ask(database, may_read.format(*pair)) for pair in readable] == [
        [(True,)],
        [(False,)],
        [(True,)],
        [(False,)],
    ]
    database.execute("DROP OWNED BY analyst; DROP ROLE analyst; DROP OWNED BY manager; DROP ROLE manager")


def test_readers_see_the_old_tables_until_all_are_new(
    warehouse: Path, port: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the last table is being copied, every reader finds what the last publishing brought, and nothing else."""
    publish(warehouse, port)
    database.execute("DELETE FROM kesheng.reviews WHERE review_id <> 'ctrip:1'")
    seen: list[Any] = []
    swapped = postgres_publishing._put_in_place

    def watched(*given: Any, **named: Any) -> None:
        if not seen:
            seen.extend(ask(database, "SELECT count(*) FROM kesheng.reviews"))
            seen.extend(ask(database, "SELECT count(*) FROM pg_tables WHERE tablename LIKE '%arriving'"))
        swapped(*given, **named)

    monkeypatch.setattr(postgres_publishing, "_put_in_place", watched)
    publish(warehouse, port)
    assert seen == [(1,), (0,)]
    assert ask(database, "SELECT count(*) FROM kesheng.reviews") == [(7,)]


def test_a_copy_that_fails_changes_nothing(
    warehouse: Path, port: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error at the last table rolls all back; what it says holds no password."""
    publish(warehouse, port)
    database.execute("DELETE FROM kesheng.venues; DELETE FROM kesheng.reviews")

    def broken(*_: object, **__: object) -> None:
        raise psycopg.OperationalError(f"server closed the connection; password={PASSWORD}")

    monkeypatch.setattr(postgres_publishing, "_put_in_place", broken)
    with pytest.raises(
        PublishingError, match=r"127\.0\.0\.1:\d+/postgres: server closed.*password=\*\*\*\. What stood"
    ):
        publish(warehouse, port)
    assert ask(database, "SELECT count(*) FROM kesheng.reviews") == [(0,)]
    assert ask(database, "SELECT count(*) FROM pg_tables WHERE tablename LIKE '%arriving'") == [(0,)]


def test_grants_and_views_outlive_the_old_tables(warehouse: Path, port: int, database: Database) -> None:
    """Who could read a table still can, a view over one shows the new rows, and tokens that were left out are gone."""
    publish(warehouse, port, tokens=True)
    database.execute("DROP ROLE IF EXISTS analyst")
    database.execute("CREATE ROLE analyst; GRANT SELECT ON kesheng.reviews TO analyst")
    database.execute("GRANT SELECT ON kesheng.venues TO PUBLIC")
    database.execute("CREATE VIEW kesheng.slow AS SELECT * FROM kesheng.incidents")
    (before,) = ask(database, "SELECT count(*) FROM kesheng.slow")
    database.execute("DELETE FROM kesheng.incidents")
    publish(warehouse, port)
    assert ask(database, "SELECT count(*) FROM kesheng.slow") == [before] != [(0,)]
    readable = "SELECT has_table_privilege('analyst', 'kesheng.' || tablename, 'SELECT') FROM pg_tables "
    assert ask(database, readable + "WHERE tablename IN ('reviews', 'venues')") == [(True,), (True,)]
    assert ask(database, readable + "WHERE tablename = 'trends'") == [(False,)]
    assert ask(database, "SELECT to_regclass('kesheng.tokens'), to_regclass('kesheng.分词')") == [(None, None)]
    database.execute("DROP OWNED BY analyst; DROP ROLE analyst")


def test_a_view_over_other_columns_is_named(warehouse: Path, port: int, database: Database) -> None:
    """Where a release changes a table that a view needs, the view is named and nothing changes."""
    publish(warehouse, port)
    database.execute("DROP VIEW kesheng.日期维度; ALTER TABLE kesheng.dim_date DROP COLUMN quarter")
    database.execute("CREATE VIEW kesheng.weekends AS SELECT date FROM kesheng.dim_date WHERE is_weekend")
    with pytest.raises(PublishingError, match=r"kesheng\.dim_date: this release.*weekends.*Drop that, publish"):
        publish(warehouse, port)
    assert ask(database, "SELECT count(*) > 0 FROM kesheng.weekends") == [(True,)]


def test_a_strange_table_is_not_removed(warehouse: Path, port: int, database: Database) -> None:
    """A table of the same name that we did not write is somebody's work."""
    database.execute("CREATE SCHEMA kesheng; CREATE TABLE kesheng.venues AS SELECT 1 AS id")
    with pytest.raises(PublishingError, match=r"schema kesheng: the table venues there was not written by kesheng"):
        publish(warehouse, port)
    assert ask(database, "SELECT * FROM kesheng.venues") == [(1,)]


def test_a_reader_that_does_not_let_go(
    warehouse: Path, port: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that holds an old table for too long is told of, and nothing changes."""
    publish(warehouse, port)
    monkeypatch.setattr(postgres_publishing, "_LOCK_TIMEOUT", "200ms")
    with database.transaction():
        database.execute("SELECT count(*) FROM kesheng.reviews")
        with pytest.raises(PublishingError, match="a reader has held a table for longer than 200ms; publish again"):
            publish(warehouse, port)


def test_a_character_that_postgres_cannot_hold(
    warehouse: Path, port: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NUL becomes the character of replacement, so that the offsets of quotes still fit."""
    tokens = next(t for t in published_tables(tokens=True) if t.name == "tokens")
    rows = pa.Table.from_pylist(
        [{"review_id": "a\0b", "tokens": ["早\0餐", ""], "month": None}, {"review_id": "c", "tokens": []}],
        schema=tokens.arrow,
    )
    monkeypatch.setattr(type(tokens), "batches", lambda *_: rows.to_reader())
    monkeypatch.setattr("flows.publishing.published_tables", lambda **_: (tokens,))
    publish(warehouse, port)
    assert ask(database, "SELECT review_id, tokens FROM kesheng.tokens ORDER BY 1") == [
        ("a\ufffdb", ["早\ufffd餐", ""]),
        ("c", []),
    ]


@pytest.mark.parametrize(
    ("password", "host", "message"),
    [
        ("geheim-und-falsch", "127.0.0.1", "password authentication failed"),
        ("geheim-und-falsch", "127.0.0.1:1", "connection.*refused"),
    ],
)
def test_a_server_that_refuses(port: int, warehouse: Path, password: str, host: str, message: str) -> None:
    """A wrong password and a wrong port are told, without the password."""
    address = f"postgresql://{USER}:{password}@{host if ':' in host else f'{host}:{port}'}/postgres"
    with pytest.raises(PublishingError, match=f"(?i)postgresql://{USER}@127.*{message}") as caught:
        publish_warehouse(warehouse, address)
    assert password not in str(caught.value)
