"""The tables in a DuckDB file: whole, at once, with their comments; and what is refused before anything is touched."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import duckdb_publishing
from flows.published_tables import PublishingError, published_tables
from flows.publishing import DuckdbTarget, PostgresTarget, publish_warehouse, read_target
from tests.publishing_samples import in_order, published_warehouse, rows_of
from warehouse.query import run_query
from warehouse.schema import TABLES
from warehouse.store import LocalStore, WarehouseBusyError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a warehouse after two nights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KESHENG_MODEL", "cues")
        return published_warehouse(tmp_path_factory.mktemp("publishing"))


def publish(warehouse: Path, file: Path, **given: Any) -> dict[str, int]:
    """Publish to a file; returns table → rows."""
    return publish_warehouse(warehouse, f"duckdb:///{file}", **given).rows


def ask(file: Path, sql: str) -> list[Any]:
    """Return the rows of a query over a published file."""
    with duckdb.connect(file, read_only=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        return connection.sql(sql).fetchall()


def test_every_table_arrives_whole(warehouse: Path, tmp_path: Path) -> None:
    """All rows and columns, lists as lists and times with their zone; the tokens stay behind unless asked for."""
    file = tmp_path / "客声 l'hôtel.duckdb"
    counts = publish(warehouse, file)
    expected = rows_of(warehouse)
    assert counts == {name: len(rows) for name, rows in expected.items()}
    assert set(counts) == set(TABLES) - {"tokens"}
    assert counts["reviews"] == 7
    with duckdb.connect(file, read_only=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        for name, rows in expected.items():
            assert in_order(connection.sql(f"FROM kesheng.{name}").to_arrow_table().to_pylist()) == rows, name
        types = dict(connection.sql("SELECT column_name, column_type FROM (DESCRIBE kesheng.reviews)").fetchall())
    assert types["failure_subtypes"] == "VARCHAR[]"
    assert types["published_at"] == "TIMESTAMP WITH TIME ZONE"
    assert types["machine_failure_subtypes"] == "VARCHAR[]", "no row has one, so its type comes from the schema"
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_tables_and_columns_carry_their_chinese_names(warehouse: Path, tmp_path: Path) -> None:
    """Each comment begins with the Chinese name; the month has one, too."""
    publish(warehouse, tmp_path / "a.duckdb", tokens=True)
    found = ask(tmp_path / "a.duckdb", "SELECT table_name, column_name, comment FROM duckdb_columns()")
    comments = {(table, column): comment for table, column, comment in found}
    assert comments["reviews", "rating"] == "评分: The source's own score on 1 to 5"
    assert comments["incidents", "month"].startswith("月份: ")
    for table in published_tables(tokens=True):
        for column in table.columns:
            assert comments[table.name, column.name].startswith(f"{column.chinese}: ")
        for column in table.columns:
            assert comments[table.chinese, column.chinese] == f"{column.name}: {column.description}"
    tables = dict(ask(tmp_path / "a.duckdb", "SELECT table_name, comment FROM duckdb_tables()"))
    assert tables["dim_venue"].startswith("门店维度: ")


def test_chinese_views_are_those_of_kesheng_query(warehouse: Path, tmp_path: Path) -> None:
    """Each table stands under its Chinese name, too, with the rows, columns and names that the warehouse shows."""
    file = tmp_path / "a.duckdb"
    publish(warehouse, file, tokens=True)
    with duckdb.connect(file, read_only=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        for table in published_tables(tokens=True):
            shown = connection.sql(f'FROM kesheng."{table.chinese}"').to_arrow_table()
            expected = run_query(warehouse, f'FROM "{table.chinese}"')
            assert shown.column_names == expected.column_names
            assert in_order(shown.to_pylist()) == in_order(expected.to_pylist()), table.chinese
    assert ("服务延误",) in ask(file, "SELECT DISTINCT 失误子类 FROM kesheng.失误事件")
    publish(warehouse, file)
    views = {name for (name,) in ask(file, "SELECT view_name FROM duckdb_views() WHERE NOT internal")}
    assert views == {table.chinese for table in TABLES.values()} - {"分词"}


def test_a_strange_view_is_not_removed(warehouse: Path, tmp_path: Path) -> None:
    """An analyst's own view under one of the Chinese names is named, and stays."""
    file = tmp_path / "a.duckdb"
    with duckdb.connect(file) as connection:
        connection.execute("CREATE SCHEMA kesheng; CREATE VIEW kesheng.评论 AS SELECT '房间很脏' AS 正文")
    with pytest.raises(PublishingError, match=r"the view 评论 there was not written by kesheng publish.*'reviews:'"):
        publish(warehouse, file)
    assert ask(file, "FROM kesheng.评论") == [("房间很脏",)]


def test_what_else_the_file_holds_stays(warehouse: Path, tmp_path: Path) -> None:
    """Published again: the new rows, another schema, an analyst's own view; a table left out grows not stale."""
    file = tmp_path / "a.duckdb"
    publish(warehouse, file, tokens=True)
    publish(warehouse, file, schema="second_brand")
    with duckdb.connect(file) as connection:
        connection.execute("CREATE VIEW kesheng.slow AS FROM kesheng.incidents WHERE failure_subtype = 'delivery.slow'")
        connection.execute("CREATE TABLE targets AS SELECT 0.05 AS failure_share")
        connection.execute("DELETE FROM kesheng.incidents")
    file.chmod(0o640)
    publish(warehouse, file)
    assert ask(file, "SELECT count(*) > 0 FROM kesheng.slow") == [(True,)]
    assert ask(file, "SELECT count(*) FROM targets") == [(1,)]
    assert ask(file, "SELECT count(*) FROM second_brand.reviews") == [(7,)]
    left = {name for (name,) in ask(file, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kesheng'")}
    assert left == set(TABLES) - {"tokens"}
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_published_every_night_does_not_grow(warehouse: Path, tmp_path: Path) -> None:
    """The place of the old tables is used for the new ones."""
    sizes = []
    for _ in range(3):
        publish(warehouse, tmp_path / "a.duckdb")
        sizes.append((tmp_path / "a.duckdb").stat().st_size)
    assert sizes[-1] <= 1.5 * sizes[0]


def test_readers_see_the_old_file_until_the_new_one_is_whole(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is at work goes on with the old rows; one that comes in the middle finds the old rows, too."""
    file = tmp_path / "a.duckdb"
    publish(warehouse, file)
    seen = []
    copied = duckdb_publishing._copy

    def watched(*given: Any) -> int:
        seen.extend(ask(file, "SELECT count(*) FROM kesheng.reviews"))
        return copied(*given)

    monkeypatch.setattr(duckdb_publishing, "_copy", watched)
    with duckdb.connect(file, read_only=True) as reader:
        publish(warehouse, file)
        assert reader.sql("SELECT count(*) FROM kesheng.reviews").fetchall() == [(7,)]
    assert seen == [(7,)] * (len(TABLES) - 1)


def test_a_copy_that_fails_leaves_the_old_file(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the middle: every byte as before, nothing beside it."""
    file = tmp_path / "a.duckdb"
    publish(warehouse, file)
    before = file.read_bytes()

    def full(*_: object) -> str:
        raise duckdb.IOException("IO Error: no space left on the device")

    monkeypatch.setattr(duckdb_publishing, "column_comment", full)
    with pytest.raises(PublishingError, match=r"a\.duckdb: IO Error: no space left.*The file is as it was"):
        publish(warehouse, file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.duckdb"]


def test_a_file_that_another_program_writes_to_is_refused(warehouse: Path, tmp_path: Path) -> None:
    """What that program wrote afterwards would be lost; the same for a log that a killed one left."""
    file = tmp_path / "a.duckdb"
    script = (
        "import duckdb, sys\n"
        f"with duckdb.connect({str(file)!r}) as c:\n"
        "    c.execute('CREATE TABLE t AS SELECT 1; CHECKPOINT'); print('open', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(PublishingError, match=r"a\.duckdb: .*[Ll]ock"):
            publish(warehouse, file)
        writer.communicate("\n", timeout=20)
    (tmp_path / "a.duckdb.wal").write_bytes(b"x")
    with pytest.raises(PublishingError, match=r"a\.duckdb\.wal: a program is writing to a\.duckdb, or was killed"):
        publish(warehouse, file)


def test_a_strange_table_is_not_removed(warehouse: Path, tmp_path: Path) -> None:
    """A table of the same name that we did not write is somebody's work."""
    file = tmp_path / "a.duckdb"
    with duckdb.connect(file) as connection:
        connection.execute("CREATE SCHEMA kesheng; CREATE TABLE kesheng.venues AS SELECT '云栖湖畔酒店' AS name")
    with pytest.raises(PublishingError, match=r"table venues there was not written by kesheng publish.*--schema"):
        publish(warehouse, file)
    assert ask(file, "FROM kesheng.venues") == [("云栖湖畔酒店",)]
    assert publish(warehouse, file, schema="quality")["reviews"] == 7


def test_what_is_refused_before_anything_is_written(warehouse: Path, tmp_path: Path) -> None:
    """A file that is no database, a folder that is not there, a schema's name, and a warehouse that is not there."""
    (tmp_path / "导出.csv").write_text("评论内容\n房间很脏\n" * 200, "utf-8")
    with pytest.raises(PublishingError, match=r"导出\.csv: expected a file of DuckDB.*found another file"):
        publish(warehouse, tmp_path / "导出.csv")
    with pytest.raises(PublishingError, match=r"expected a folder .*nowhere to write a\.duckdb in.*four slashes"):
        publish(warehouse, tmp_path / "nowhere" / "a.duckdb")
    with pytest.raises(PublishingError, match=r"expected a file with another name than the schema kesheng; found Ke"):
        publish(warehouse, tmp_path / "Kesheng.duckdb")
    with pytest.raises(PublishingError, match=r"--schema: expected lower-case Latin letters.*found 'a\"; DROP'"):
        publish(warehouse, tmp_path / "a.duckdb", schema='a"; DROP')
    with pytest.raises(PublishingError, match=r"expected a warehouse at .*was left alone.*--data or KESHENG_DATA"):
        publish(tmp_path / "warehouse", tmp_path / "a.duckdb")
    assert [path.name for path in tmp_path.iterdir()] == ["导出.csv"]


def test_a_run_at_work_is_waited_for(warehouse: Path, tmp_path: Path) -> None:
    """A copy in the middle of a run would be of two nights."""
    with LocalStore(warehouse).lock(), pytest.raises(WarehouseBusyError, match="another run is writing"):
        publish(warehouse, tmp_path / "a.duckdb")


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("duckdb:///kesheng.duckdb", DuckdbTarget(Path("kesheng.duckdb"))),
        ("duckdb:////srv/客声.duckdb", DuckdbTarget(Path("/srv/客声.duckdb"))),
        (
            "postgresql://bi:geheim@db.example:5433/quality?sslmode=require",
            PostgresTarget(
                {
                    "user": "bi",
                    "password": "geheim",
                    "host": "db.example",
                    "port": "5433",
                    "dbname": "quality",
                    "sslmode": "require",
                }
            ),
        ),
        ("postgres:///quality", PostgresTarget({"dbname": "quality"})),
    ],
)
def test_addresses(to: str, expected: DuckdbTarget | PostgresTarget) -> None:
    """Files and databases; no representation shows a password."""
    target = read_target(to)
    assert target == expected
    assert "geheim" not in repr(target) + target.shown


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("kesheng.duckdb", "expected an address such as .*found another form"),
        ("duckdb://kesheng.duckdb", "found one that begins with 'duckdb:'"),
        ("mysql://bi:geheim@db/quality", "found one that begins with 'mysql:'"),
        ("bi:geheim@db", "found one that begins with 'bi:'"),
        ("postgresql://bi:geh@eim@db/quality", "expected one @ in the address.*%40"),
        ("postgresql://bi:geh/eim@db/quality", "expected one @ in the address.*%2F"),
        ("postgresql://bi:geh?eim@db/quality", "expected one @ in the address.*%3F"),
        ("postgresql://bi:geh#eim@db/quality", "expected one @ in the address.*%23"),
        ("postgresql://bi:geheim%zz@db/quality", "this one cannot be read"),
        ("postgresql://bi@db/quality?pasword=geheim", "this one cannot be read"),
        ("postgresql://bi:geheim", "expected a number as the port"),
    ],
)
def test_wrong_addresses_show_no_password(to: str, message: str) -> None:
    """What was expected is said, and no part of a password is repeated."""
    with pytest.raises(PublishingError, match=message) as caught:
        read_target(to)
    assert "geh" not in str(caught.value)
    assert "eim" not in str(caught.value)


def test_the_command(warehouse: Path, tmp_path: Path) -> None:
    """`kesheng publish` says what it copied, for people and for programs; bad input ends with status 2 in one line."""

    def kesheng(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flows.command_line", "publish", "--data", str(warehouse.parent), *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    file = tmp_path / "a.duckdb"
    done = kesheng("--to", f"duckdb:///{file}", "--json")
    assert done.returncode == 0, done.stderr
    assert f'"to": "{file}", "schema": "kesheng", "rows": {{"reviews": 7' in done.stdout
    refused = kesheng("--to", "postgresql://bi:geheim%zz@db/quality")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "geheim" not in refused.stderr
