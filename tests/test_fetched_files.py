"""Files that were fetched into memory are read, named and landed as files on disk are, and stay in memory."""

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from sources import file_format
from sources.file_format import FetchedFile
from sources.files import FileOptions, open_source_file
from sources.import_options import ImportOptions
from sources.landing import land_file, preview
from sources.manifests import landed_rejects
from sources.record import ReviewRecord, SourceFileError
from tests.warehouse_samples import KEY

_COLUMNS = ("评论编号", "评论时间", "评分", "评论内容")
_ROWS = [
    ("1", "2026-11-02", "5", "房间干净，早餐丰富，下次还来"),
    ("2", "2026-11-03", "1", "打电话 13800138000 没人接"),
    ("3", "2026-11-04", "2", ""),
]


def _csv() -> bytes:
    return "\n".join(",".join(row) for row in (_COLUMNS, *_ROWS)).encode("gb18030")


def _workbook() -> bytes:
    workbook = Workbook()
    assert workbook.active is not None
    for row in (_COLUMNS, *_ROWS):
        workbook.active.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(dict(zip(_COLUMNS, zip(*_ROWS, strict=True), strict=True))), stream)
    return stream.getvalue()


def _objects(*, per_line: bool) -> bytes:
    rows = [
        "{" + ",".join(f'"{name}":"{cell}"' for name, cell in zip(_COLUMNS, row, strict=True)) + "}" for row in _ROWS
    ]
    return ("\n".join(rows) if per_line else f"[{','.join(rows)}]").encode()


CONTENTS = {
    "导出.csv": _csv(),
    "导出.csv.gz": gzip.compress(_csv()),
    "导出.xlsx": _workbook(),
    "导出.parquet": _parquet(),
    "导出.json": _objects(per_line=False),
    "导出.jsonl": _objects(per_line=True),
    "一行.jsonl.gz": gzip.compress(_objects(per_line=True).splitlines()[0]),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_fetched_file_is_the_same_file_as_on_disk(name: str, tmp_path: Path) -> None:
    """The same bytes land once, first from memory and then from disk, under the same id and the same reading."""
    fetched = FetchedFile(name, CONTENTS[name])
    landing = tmp_path / "landing"
    first = land_file(fetched, ImportOptions("ctrip"), landing=landing, key=KEY)
    path = tmp_path / name
    path.write_bytes(CONTENTS[name])
    again = land_file(path, ImportOptions("ctrip"), landing=landing, key=KEY)
    elsewhere = land_file(path, ImportOptions("ctrip"), landing=tmp_path / "elsewhere", key=KEY).manifest
    assert (first.already_landed, again.already_landed) == (False, True)
    assert again.manifest == first.manifest
    given = {"landed_at": first.manifest.landed_at}
    assert elsewhere.model_copy(update=given) == first.manifest
    assert (first.manifest.name, first.manifest.size) == (name, len(CONTENTS[name]))
    whole = 1 if name.startswith("一行") else 3
    assert (first.manifest.read, first.manifest.rejected) == (whole, whole // 3)


def test_nothing_of_a_fetched_file_is_written_unmasked(tmp_path: Path) -> None:
    """The number stands in no file of the landing folder, the reject's row is there."""
    content = _csv().decode("gb18030").replace("2,", "2,", 1) + "\n4,2026-11-05,1,,13800138000"
    fetched = FetchedFile("导出.csv", content.encode())
    manifest = land_file(fetched, ImportOptions("ctrip"), landing=tmp_path, key=KEY).manifest
    rejects = landed_rejects(tmp_path, manifest.file_id).to_pylist()
    assert len(rejects) == 2
    tables = [pq.read_table(path).to_pylist() for path in tmp_path.rglob("*.parquet")]
    assert "13800138000" not in repr(tables)
    assert "[手机号]" in repr(tables)
    assert b"13800138000" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_preview_of_a_fetched_file_is_masked() -> None:
    """What is shown before anything is written holds no number."""
    source_file, rows = preview(FetchedFile("导出.csv", _csv()), ImportOptions("ctrip"), rows=2)
    assert source_file.name == "导出.csv"
    assert [row.text for row in rows if isinstance(row, ReviewRecord)][1] == "打电话 [手机号] 没人接"
    assert "13800138000" not in repr(FetchedFile("导出.csv", _csv()))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"导出\.csv: expected column names and rows, found an empty file"),
        (gzip.compress(_csv())[:-12], r"导出\.csv: expected a sound gzip file, found a damaged one"),
        (b"PK\x03\x04broken", r"导出\.csv: expected an Excel workbook, found a damaged one"),
        ("<html>请登录</html>".encode(), r"导出\.csv: expected CSV, .* found a web page"),
    ],
)
def test_a_fetched_file_that_is_no_table_is_refused(data: bytes, message: str) -> None:
    """By its name and with the words that a file on disk gets."""
    with pytest.raises(SourceFileError, match=message):
        open_source_file(FetchedFile("导出.csv", data), FileOptions())


def test_what_memory_would_not_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too large as it came, too large once unpacked, and a workbook that says that it would be."""
    monkeypatch.setattr(file_format, "LARGEST_IN_MEMORY", 1 << 20)
    too_large = r"导出: expected at most 1 MB, found more: .* Export a shorter period, or put the file into a folder"
    with pytest.raises(SourceFileError, match=too_large):
        FetchedFile("导出", bytes(2 << 20))
    with pytest.raises(SourceFileError, match=too_large):
        open_source_file(FetchedFile("导出", gzip.compress(bytes(3 << 20))))
    workbook = Workbook()
    assert workbook.active is not None
    workbook.active.append(["评论内容"])
    for _ in range(100):
        workbook.active.append(["很" * 10_000])
    stream = io.BytesIO()
    workbook.save(stream)
    with pytest.raises(SourceFileError, match=too_large):
        open_source_file(FetchedFile("导出", stream.getvalue()))
