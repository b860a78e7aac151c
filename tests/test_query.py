"""Read-only SQL: everything in the warehouse can be asked, nothing outside it, and nothing changes."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from lexicons.codebook import codebook, label_name
from tests.warehouse_samples import SHANGHAI, SmallWarehouse
from warehouse.query import _FIELD_OF_COLUMN, QueryError, run_query
from warehouse.schema import TABLES
from warehouse.store import Partition


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a warehouse with three reviews in two months."""
    small = SmallWarehouse(tmp_path_factory.mktemp("data"))
    rows = [("甲", "房间有点脏", "2025-04-05 00:30:00"), ("乙", "很好", "2025-05-06"), ("丙", "浴室也脏", "2025-05-07")]
    small.take([{"编号": i, "内容": text, "日期": day, "酒店": "云栖酒店"} for i, text, day in rows])
    return small.folder.warehouse


def files(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder."""
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT count(*) AS n FROM reviews", [{"n": 3}]),
        ("WITH may AS (SELECT * FROM reviews WHERE month = '2025-05') SELECT count(*) AS n FROM may", [{"n": 2}]),
        ("VALUES (1)", [{"col0": 1}]),
        ("FROM reviews SELECT review_id WHERE month = '2025-04';", [{"review_id": "携程:甲"}]),
        (
            "SELECT month, count(*) AS n FROM incidents GROUP BY ALL ORDER BY 1",
            [{"month": "2025-04", "n": 1}, {"month": "2025-05", "n": 1}],
        ),
        ("SELECT 评论编号, 月份 FROM 评论 WHERE 正文 = '很好'", [{"评论编号": "携程:乙", "月份": "2025-05"}]),
        (
            "SELECT DISTINCT 失误子类, 失误大类 FROM 失误事件",
            [
                {
                    "失误子类": label_name("failure_subtype", "delivery.core"),
                    "失误大类": label_name("failure_group", "delivery"),
                }
            ],
        ),
        (
            "SELECT 失误大类 FROM 评论 WHERE 正文 = '浴室也脏'",
            [{"失误大类": [label_name("failure_group", "delivery")]}],
        ),
        ("SELECT 读取, 新增, 类别 FROM 运行", [{"读取": 3, "新增": 3, "类别": label_name("run_kind", "night")}]),
        (
            "SELECT DISTINCT 类别, 时间精度 FROM 评论 ORDER BY 2",
            [{"类别": "评论", "时间精度": "精确到日"}, {"类别": "评论", "时间精度": "精确到秒"}],
        ),
        (
            "SELECT 类别, 识别方式, 所在字段, 严重度 FROM 失误事件 WHERE 月份 = '2025-04'",
            [{"类别": "评论", "识别方式": "词库", "所在字段": "正文", "严重度": 1}],
        ),
        (
            "SELECT DISTINCT kind, published_precision FROM reviews WHERE month = '2025-04'",
            [{"kind": "review", "published_precision": "second"}],
        ),
        (
            "SELECT r.text FROM incidents i JOIN reviews r USING (review_id) WHERE i.month = '2025-04'",
            [{"text": "房间有点脏"}],
        ),
    ],
)
def test_what_may_be_asked(warehouse: Path, sql: str, rows: list[dict[str, object]]) -> None:
    """Queries over English and Chinese views give their rows; codes have their Chinese names in the Chinese ones."""
    assert run_query(warehouse, sql).to_pylist() == rows


@pytest.mark.parametrize("sql", ["DESCRIBE reviews", "SHOW TABLES", "SUMMARIZE reviews", "DESCRIBE 失误事件"])
def test_the_tables_can_be_looked_up(warehouse: Path, sql: str) -> None:
    """What tables and columns there are can be asked too."""
    found = run_query(warehouse, sql).to_pylist()
    named = {next(iter(row.values())) for row in found}
    assert {"SHOW TABLES": "评论", "DESCRIBE 失误事件": "失误子类"}.get(sql, "review_id") in named
    if sql == "SHOW TABLES":
        assert {n for t in TABLES.values() for n in (t.name, t.chinese)} <= named


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("COPY reviews TO '{outside}'", "found COPY"),
        ("INSERT INTO reviews SELECT * FROM reviews", "found INSERT"),
        ("UPDATE reviews SET text = ''", "found UPDATE"),
        ("DELETE FROM reviews", "found DELETE"),
        ("DROP VIEW reviews", "found DROP"),
        ("CREATE TABLE t AS SELECT 1", "found CREATE"),
        ("ATTACH '{outside}'", "found ATTACH"),
        ("SET enable_external_access = true", "found (SET|VARIABLE_SET)"),
        ("RESET lock_configuration", "found (SET|VARIABLE_SET)"),
        ("PRAGMA enable_profiling", "found PRAGMA"),
        ("INSTALL httpfs", "found LOAD"),
        ("LOAD httpfs", "found LOAD"),
        ("EXPORT DATABASE '{outside}'", "found EXPORT"),
        ("CALL pragma_version()", "found CALL"),
        ("EXPLAIN ANALYZE SELECT 1", "found EXPLAIN"),
        ("SELECT 1; SELECT 2", "expected one statement, found 2"),
        ("SELECT 1; COPY reviews TO '{outside}'", "expected one statement, found 2"),
        ("", "expected one statement, found 0"),
        ("SELEC 1", "cannot be parsed"),
        ("SELECT nope FROM reviews", "nope"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FROM read_text('/etc/hostname')", "may read the warehouse only"),
        ("SELECT * FROM '/etc/hostname.csv'", "may read the warehouse only"),
        ("PRAGMA import_database('{outside}')", "may read|cannot be parsed"),
        ("SELECT * FROM read_csv('{secret}')", "may read the warehouse only"),
        ("SELECT * FROM read_blob('{warehouse}/../identity.key')", "may read the warehouse only"),
        ("SELECT * FROM glob('/*')", "may read the warehouse only"),
        ("SELECT * FROM read_parquet('https://example.org/x.parquet')", "may read the warehouse only|httpfs"),
        ("SELECT * FROM query('COPY reviews TO ''{outside}''')", "SELECT"),
        ("SELECT * FROM secrets_of_the_caller", "secrets_of_the_caller"),
    ],
)
def test_what_is_refused(warehouse: Path, tmp_path: Path, sql: str, word: str) -> None:
    """Writing, several statements and files outside are refused with a word on why; nothing is written."""
    secret = warehouse.parent / "identity.key"
    secret.write_text("a\n1\n", "utf-8")
    outside = tmp_path / "x.csv"
    before = files(warehouse.parent)
    with pytest.raises(QueryError, match=word):
        run_query(warehouse, sql.format(outside=outside, secret=secret, warehouse=warehouse))
    assert not outside.exists()
    assert files(warehouse.parent) == before


def test_a_query_cannot_write_into_the_warehouse(warehouse: Path) -> None:
    """Nor can it write inside, where DuckDB itself would let it."""
    before = files(warehouse)
    with pytest.raises(QueryError, match=r"found COPY.*--out"):
        run_query(warehouse, f"COPY reviews TO '{warehouse}/reviews/month=2025-04/part.parquet'")
    assert files(warehouse) == before


def test_times_are_those_of_shanghai(warehouse: Path) -> None:
    """Half past midnight stays on its day, in values and in functions of SQL."""
    table = run_query(warehouse, "SELECT published_at, day(published_at) AS d FROM reviews WHERE text = '房间有点脏'")
    assert str(table.schema.field("published_at").type) == "timestamp[us, tz=Asia/Shanghai]"
    (row,) = table.to_pylist()
    assert (row["published_at"], row["d"]) == (datetime(2025, 4, 5, 0, 30, tzinfo=SHANGHAI), 5)


def test_a_code_without_a_name_shows_itself(tmp_path: Path) -> None:
    """A code that the codebook does not name, in a column of its own or in a list, is not lost in the Chinese views."""
    small = SmallWarehouse(tmp_path)
    small.take([{"内容": "房间有点脏", "日期": "2025-04-05"}])
    for name, column, value in (
        ("incidents", "failure_subtype", "delivery.new"),
        ("reviews", "drivers", ["new", "price"]),
    ):
        partition = Partition(name, "2025-04")
        rows = [{**row, column: value} for row in small.store.read(partition).to_pylist()]
        small.store.replace(partition, pa.Table.from_pylist(rows, schema=TABLES[name].arrow))
    assert run_query(small.folder.warehouse, "SELECT 失误子类 FROM 失误事件").to_pylist() == [
        {"失误子类": "delivery.new"}
    ]
    found = run_query(small.folder.warehouse, "SELECT 驱动因素 FROM 评论").to_pylist()
    assert found == [{"驱动因素": ["new", label_name("drivers", "price")]}]


def _is_number(column_type: pa.DataType) -> bool:
    return bool(pa.types.is_integer(column_type) or pa.types.is_floating(column_type))


@pytest.mark.parametrize("name", ["incidents", "reviews"])
def test_every_code_has_a_chinese_name_to_show(name: str) -> None:
    """Each column of codes that shares its name with a field of the codebook is shown by name; numbers stay numbers."""
    shown = {c.name for c in TABLES[name].columns if _FIELD_OF_COLUMN.get(c.name) in codebook()}
    fields = {c.name for c in TABLES[name].columns if c.name in codebook() and not _is_number(c.type)}
    assert fields
    assert fields <= shown


@pytest.mark.parametrize("schema", TABLES.values(), ids=str)
def test_an_empty_warehouse_has_all_tables(tmp_path: Path, schema: object) -> None:
    """Before the first night every table is there in both languages, without rows."""
    table = next(t for t in TABLES.values() if t == schema)
    names = [c.name for c in table.columns] + (["month"] if table.by_month else [])
    chinese = [c.chinese for c in table.columns] + (["月份"] if table.by_month else [])
    english_rows = run_query(tmp_path / "warehouse", f"SELECT * FROM {table.name}")
    assert (english_rows.num_rows, english_rows.column_names) == (0, names)
    chinese_rows = run_query(tmp_path / "warehouse", f'SELECT * FROM "{table.chinese}"')
    assert (chinese_rows.num_rows, chinese_rows.column_names) == (0, chinese)
    assert not (tmp_path / "warehouse").exists()


def test_a_folder_with_a_quote_in_its_name(tmp_path: Path) -> None:
    """The name of the data folder may hold a quotation mark."""
    small = SmallWarehouse(tmp_path / "l'hôtel 客声")
    small.take([{"内容": "很好", "日期": "2025-04-05"}])
    assert run_query(small.folder.warehouse, "SELECT 正文 FROM 评论").to_pylist() == [{"正文": "很好"}]
