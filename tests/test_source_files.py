"""Customers' files of every format, read to review records."""

import csv
import gzip
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyarrow import parquet

from sources.dates import SHANGHAI
from sources.empty_cells import empty_words
from sources.files import FileOptions, SourceFile, open_source_file
from sources.record import BadRow, ReviewRecord, SourceFileError

REAL = Path(__file__).parents[2] / "shared/bench/real"
APRIL_5 = datetime(2025, 4, 5, tzinfo=SHANGHAI)
HEADER = "评论时间,评分,评论内容,房型"
ROWS = ["2025-04-05,4.7,房间很干净，服务周到。,大床房", '2025-04-06,2,"隔音太差，\n一夜没睡好。",双床房']


def _write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


def _records(source: SourceFile) -> list[ReviewRecord]:
    return [row for row in source.rows() if isinstance(row, ReviewRecord)]


def _bad_rows(source: SourceFile) -> list[BadRow]:
    return [row for row in source.rows() if isinstance(row, BadRow)]


def _check_two_reviews(source: SourceFile) -> None:
    first, second = _records(source)
    assert (first.row_number, first.text, first.product, first.rating) == (1, "房间很干净，服务周到。", "大床房", 4.7)
    assert (first.published_at, first.published_precision) == (APRIL_5, "day")
    assert (second.text, second.rating, second.row_number) == ("隔音太差，\n一夜没睡好。", 2.0, 2)
    assert _bad_rows(source) == []
    assert list(source.rows()) == list(source.rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    """The encoding is found by what decodes, with or without a mark."""
    source = open_source_file(_write(tmp_path / "reviews.csv", HEADER, *ROWS, encoding=encoding))
    assert (source.format, source.encoding, source.delimiter) == ("csv", encoding, ",")
    _check_two_reviews(source)


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters_under_any_name(tmp_path: Path, delimiter: str) -> None:
    """The delimiter is told by the header, whatever the file is called."""
    lines = [line.replace(",", delimiter) for line in (HEADER, *ROWS)]
    _check_two_reviews(open_source_file(_write(tmp_path / "reviews.txt", *lines)))


def test_gzip_is_recognised_by_content(tmp_path: Path) -> None:
    """A packed CSV is read under a plain name too."""
    path = tmp_path / "reviews.csv"
    path.write_bytes(gzip.compress("\n".join([HEADER, *ROWS]).encode("gb18030")))
    _check_two_reviews(open_source_file(path))


def test_title_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    """Exports often begin with a title; the header is found below it."""
    source = open_source_file(_write(tmp_path / "reviews.csv", "滨江酒店点评导出,,,", "", HEADER, *ROWS))
    assert source.sheets[0].header_row == 1
    _check_two_reviews(source)


def test_a_workbook_with_a_cover_sheet(tmp_path: Path) -> None:
    """Typed cells keep their meaning, sheets without texts are left out with a reason, rows count on over sheets."""
    workbook = Workbook()
    cover = workbook.active
    assert cover is not None
    cover.title = "说明"
    cover.append(["导出时间", "2025-05-01"])
    for name in ("一店", "二店"):
        sheet = workbook.create_sheet(name)
        sheet.append(["点评编号", "评论时间", "评分", "评论内容"])
        sheet.append([1234567890123, datetime(2025, 4, 5, 14, 30), 5.0, f"{name}的早餐很好"])  # noqa: DTZ001 - as Excel has it
        sheet.append([])
        sheet.append([1234567890124, datetime(2025, 4, 6), 4, 12345])  # noqa: DTZ001 - as Excel has it
    path = tmp_path / "reviews.csv"
    workbook.save(path)
    source = open_source_file(path)
    assert source.format == "xlsx"
    assert "expected column names in the first line" in (source.sheets[0].skipped_reason or "")
    records = _records(source)
    assert [record.row_number for record in records] == [1, 2, 3, 4]
    assert [record.own_id for record in records[:2]] == ["1234567890123", "1234567890124"]
    assert records[0].published_at == APRIL_5.replace(hour=14, minute=30)
    assert (records[0].rating, records[1].text) == (5.0, "12345")
    only = open_source_file(path, FileOptions(sheet="二店"))
    assert [record.text for record in _records(only)] == ["二店的早餐很好", "12345"]
    with pytest.raises(SourceFileError, match="expected the sheet '二点', found 说明、一店、二店; did you mean '二店'"):
        open_source_file(path, FileOptions(sheet="二点"))


def test_json_array_and_object_with_an_array(tmp_path: Path) -> None:
    """An array is read on its own or inside an object; inner objects become columns."""
    items = [
        {
            "_id": {"$oid": "68a1"},
            "user": {"name": "海风"},
            "content": "房间很干净",
            "star": 5,
            "tags": ["安静", "干净"],
        },
        {
            "_id": {"$oid": "68a2"},
            "user": {"name": "山月"},
            "content": "隔音差",
            "star": 2,
            "date": {"$date": "2025-04-05"},
        },
        "不是对象",
    ]
    for number, content in enumerate((items, {"code": 0, "data": {"list": items}})):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        source = open_source_file(path)
        first, second = _records(source)
        assert (first.own_id, first.author, first.text, first.rating) == ("68a1", "海风", "房间很干净", 5.0)
        assert first.extra == {"tags": "安静；干净"}
        assert (second.published_at, second.row_number) == (APRIL_5, 2)
        assert [(bad.reason, bad.raw, bad.row_number) for bad in _bad_rows(source)] == [("bad_json", "不是对象", 3)]


def test_json_lines_with_a_broken_line(tmp_path: Path) -> None:
    """A broken line is reported as it stood, and half an emoji cannot stop what follows."""
    path = _write(
        tmp_path / "reviews.txt",
        '{"评论内容": "很好\\ud83d", "评分": 5}',
        "",
        '{"评论内容": "坏',
        '{"评论内容": "一般"}',
    )
    source = open_source_file(path)
    assert source.format == "jsonl"
    assert [record.text for record in _records(source)] == ["很好\ufffd", "一般"]
    assert [(bad.row_number, bad.reason, bad.raw) for bad in _bad_rows(source)] == [(2, "bad_json", '{"评论内容": "坏')]


def test_parquet(tmp_path: Path) -> None:
    """Typed columns, empty cells among them, are read batch by batch."""
    table = pyarrow.table(
        {
            "review_id": pyarrow.array([9007199254740993, 7]),
            "评论内容": ["房间很干净", None],
            "评论时间": pyarrow.array([APRIL_5, None], pyarrow.timestamp("ns", "UTC")),
            "评分": pyarrow.array([4.5, float("nan")]),
        }
    )
    path = tmp_path / "reviews.data"
    parquet.write_table(table, path)
    source = open_source_file(path)
    (record,) = _records(source)
    assert (record.own_id, record.published_at, record.rating) == ("9007199254740993", APRIL_5, 4.5)
    assert [bad.reason for bad in _bad_rows(source)] == ["empty_text"]
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(60) + content[64:])
    with pytest.raises(SourceFileError, match="expected a Parquet file, found a damaged one"):
        open_source_file(path)


def test_every_field_and_the_rest_of_a_row(tmp_path: Path) -> None:
    """Mapped cells reach their field, embedded parts are joined to it, and nothing of the row is lost."""
    header = "酒店名称,用户名,评论内容,商家回复,入住时间,评论时间,评分,点赞数,label"
    text = '"服务好。追评：第二天漏水。酒店回复 2025年4月7日：抱歉，已修好。"'
    row = f"滨江酒店,海风,{text},感谢点评,2025年4月,去年春天,十分,3,1"
    (record,) = _records(open_source_file(_write(tmp_path / "reviews.csv", header, row)))
    assert (record.venue, record.author, record.text) == ("滨江酒店", "海风", "服务好。")
    assert (record.follow_up_text, record.reply_text) == ("第二天漏水。", "感谢点评\n抱歉，已修好。")
    assert record.replied_at == APRIL_5.replace(day=7)
    assert record.stayed_at is not None
    assert record.stayed_at.isoformat() == "2025-04-01"
    assert (record.published_at, record.rating, record.rating_raw) == (None, None, "十分")
    assert record.extra == {"点赞数": "3", "label": "1", "published_at 原文": "去年春天"}


def test_rows_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    """Each kind of bad row has its stable code, its number and its text as it stood."""
    lines = [
        "评论内容,评分,房型",
        "很好,5,大床房",
        ",5,大床房",
        "NULL,4,大床房",
        "房间,大,5,大床房",
        "只剩半行",
        "酒店回复：感谢光临,5,大床房",
        '"没有收尾的引号,5,大床房',
        "还行,3,双床房",
    ]
    source = open_source_file(_write(tmp_path / "reviews.csv", *lines))
    assert [record.text for record in _records(source)] == ["很好", "还行"]
    assert [(bad.row_number, bad.reason) for bad in _bad_rows(source)] == [
        (2, "empty_text"),
        (3, "empty_text"),
        (4, "too_many_cells"),
        (5, "too_few_cells"),
        (6, "only_reply"),
        (7, "unclosed_quote"),
    ]
    assert _bad_rows(source)[2].raw == "房间,大,5,大床房"
    assert source.sheets[0].data_rows == 8


def test_a_stray_quote_does_not_swallow_the_rows_after_it(tmp_path: Path) -> None:
    """The torn row is reported; the rows that the quote would have swallowed are read."""
    lines = ["评论内容,评分", '"第一条,5', "第二条,4", '"第三条，\n两行",3', "第四条,2"]
    source = open_source_file(_write(tmp_path / "reviews.csv", *lines))
    assert [record.text for record in _records(source)] == ["第二条", "第三条，\n两行", "第四条"]
    assert [bad.reason for bad in _bad_rows(source)] == ["unclosed_quote"]


def test_a_few_undecodable_lines_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    """A cut-off export loses its last row only; a file full of such lines is refused."""
    path = tmp_path / "reviews.csv"
    path.write_bytes("\n".join(["评论内容,评分", *["房间很干净,5"] * 200, "隔音差"]).encode()[:-1])
    source = open_source_file(path)
    assert source.encoding == "utf-8"
    assert len(_records(source)) == 200
    (bad,) = _bad_rows(source)
    assert (bad.reason, bad.raw, bad.row_number) == ("undecodable", "隔音\ufffd\ufffd", 201)
    path.write_bytes(b"text,score\n" + b"\xff\xfe\xff\xff,5\n" * 20)
    with pytest.raises(SourceFileError, match="expected UTF-8, UTF-16 or GB18030, found 20 lines"):
        open_source_file(path)


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    """Big5 is not guessed, but read when it is named."""
    path = _write(tmp_path / "reviews.csv", "評論內容,評分", "房間很乾淨,5", encoding="big5")
    assert _records(open_source_file(path, FileOptions(encoding="big5")))[0].text == "房間很乾淨"
    with pytest.raises(SourceFileError, match="expected an encoding that Python knows"):
        open_source_file(path, FileOptions(encoding="utf8000"))
    with pytest.raises(SourceFileError, match="expected ascii, found 2 of 2 lines"):
        open_source_file(path, FileOptions(encoding="ascii"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found an empty file"),
        (b"\xef\xbb\xbf\r\n", "found an empty file"),
        ("评论内容,评分\n".encode(), "expected rows under the column names, found none"),
        ("2025-04-05,房间很干净，服务也好。\n".encode() * 2, "what looks like data"),
        (b"<html><table><tr><td>1</td></tr></table></html>", r"found a web page \(HTML\)"),
        (b"<?xml version='1.0'?><Workbook/>", "found XML"),
        (b"%PDF-1.7", "found a PDF document"),
        (b"PK\x03\x04 broken", "found a damaged one"),
        (b"\xd0\xcf\x11\xe0 broken", "found one that cannot be opened"),
        (b"PAR1 broken", "found a damaged one"),
        (b"\x1f\x8b broken", "found a damaged one"),
        (gzip.compress("评论内容,评分\n很好,5\n".encode() * 9_000)[:-20], "gzip file, found"),
        (b"text,score\nabc\0def,5\n", "found NUL bytes"),
        (b"[[1, 2", "expected JSON, found text that is none"),
        (b'[{"a": 1}, ', "expected JSON, found text that is none"),
        (b"[[1, 2]]", "expected objects such as"),
        (b'{"a": [{"b": 1}], "c": [{"d": 1}]}', "found 2 arrays"),
        ("甲,乙\n1,2\n".encode(), "found the columns '甲'、'乙'"),
    ],
)
def test_files_that_cannot_be_understood_say_what_was_found(tmp_path: Path, content: bytes, message: str) -> None:
    """Every refusal names what came and how to go on."""
    path = tmp_path / "reviews.xls"
    path.write_bytes(content)
    with pytest.raises(SourceFileError, match=message):
        open_source_file(path)


def test_missing_files_and_wrong_options_are_refused(tmp_path: Path) -> None:
    """A wrong path or option is answered before anything is read."""
    with pytest.raises(SourceFileError, match="expected a file, found none"):
        open_source_file(tmp_path / "nowhere.csv")
    with pytest.raises(SourceFileError, match="found a folder"):
        open_source_file(tmp_path)
    path = _write(tmp_path / "reviews.csv", HEADER, *ROWS)
    with pytest.raises(SourceFileError, match="rating scale: expected one of 5, 10"):
        open_source_file(path, FileOptions(rating_scale="7"))
    with pytest.raises(SourceFileError, match="found a file without sheets"):
        open_source_file(path, FileOptions(sheet="Sheet1"))


def test_an_archive_of_files_is_named_as_such(tmp_path: Path) -> None:
    """A ZIP of CSV files is no workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("reviews.csv", HEADER)
    path = tmp_path / "reviews.xlsx"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(SourceFileError, match="found a ZIP archive with reviews"):
        open_source_file(path)


def test_row_numbers_and_rounded_ids_are_no_ids(tmp_path: Path) -> None:
    """A column that counts the rows would give other reviews the same id in the next export; so would 1.23457E+12."""
    counted = open_source_file(_write(tmp_path / "counted.csv", "id,评论内容", "1,很好", "2,一般", "3,很差"))
    assert [record.own_id for record in _records(counted)] == [None] * 3
    assert _records(counted)[2].extra == {"id": "3"}
    assert any("only numbers the rows" in note for note in counted.sheets[0].notes)
    forced = open_source_file(tmp_path / "counted.csv", FileOptions(columns={"own_id": "id"}))
    assert [record.own_id for record in _records(forced)] == ["1", "2", "3"]
    rounded = open_source_file(_write(tmp_path / "rounded.csv", "评论编号,评论内容", "1.23457E+12,很好", "9,一般"))
    assert [(record.own_id, record.extra) for record in _records(rounded)] == [
        (None, {"own_id 原文": "1.23457E+12"}),
        ("9", {}),
    ]


def test_resolved_holds_what_decides_the_reading(tmp_path: Path) -> None:
    """Another mapping, scale or order of day and month is another reading; another path is not."""
    path = _write(tmp_path / "a.csv", "日期,评分,内容,评论内容", "25/04/2025,8,甲甲,很好", "05/04/2025,3,乙乙,很差")
    plain = open_source_file(path).resolved()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["sheets"][0]["dates"] == {"published_at": {"day_first": True, "midnight_is_day": False}}
    assert plain["sheets"][0]["rating_scale"] == "10"
    assert open_source_file(path, FileOptions(columns={"text": "内容"})).resolved() != plain
    assert open_source_file(path, FileOptions(rating_scale="100")).resolved() != plain
    path.rename(tmp_path / "b.csv")
    assert open_source_file(tmp_path / "b.csv").resolved() == plain


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_any_written_text_is_read_again(tmp_path: Path, encoding: str, rows: list[tuple[str, str]]) -> None:
    """Quotes, commas, line breaks and strange characters come back as they were; no row is lost or made."""
    path = tmp_path / "reviews.csv"
    # One row of plain text, so that there always is one to read.
    written = [("房间很干净", "服务周到"), *rows]
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerows([("评论内容", "备注栏"), *written])
    # Named, since a few strange bytes may be sound in two encodings; the test above has them found.
    source = open_source_file(path, FileOptions(encoding=encoding))
    read = list(source.rows())
    assert [row.row_number for row in read] == list(range(1, len(written) + 1))
    for row, (text, note) in zip(read, written, strict=True):
        if isinstance(row, BadRow):
            assert row.reason == "empty_text"
            assert not text.strip() or text.strip().lower() in empty_words()
        else:
            assert row.text == text.strip()
            assert row.extra.get("备注栏", "") == note.strip()
    assert source.sheets[0].data_rows == len(written)


@pytest.mark.parametrize(
    ("name", "encoding", "rows", "rated"),
    [("garden-hotel-2023-2025.csv", "utf-8-sig", 2607, True), ("hotels-2020.gb18030.csv", "gb18030", 15763, False)],
)
def test_real_exports_are_read_whole(name: str, encoding: str, rows: int, rated: bool) -> None:  # noqa: FBT001 - a case of the table
    """Two public exports are read to the last row, each with its date and score."""
    if not (REAL / name).exists():
        pytest.skip("the public benchmark exports are not on this machine")
    source = open_source_file(REAL / name)
    records = _records(source)
    assert (source.encoding, len(records), _bad_rows(source)) == (encoding, rows, [])
    assert {record.published_precision for record in records} == {"day"}
    assert all((record.rating is not None) == rated for record in records)
    assert all(record.product for record in records) or not rated


def test_a_cell_of_millions_of_characters_is_rejected_alone(tmp_path: Path) -> None:
    """Neither the search for the header nor the rows after it stumble over the cell."""
    lines = ["评论内容;评分", "很好;5", "脏" * 200_000 + ";1", "还行;3"]
    source = open_source_file(_write(tmp_path / "reviews.csv", *lines))
    assert [record.text for record in _records(source)] == ["很好", "还行"]
    (bad,) = _bad_rows(source)
    assert (bad.row_number, bad.reason) == (2, "too_long_cell")
    assert len(bad.raw) <= 200


def test_numbers_of_thousands_of_digits_are_no_json(tmp_path: Path) -> None:
    """Python refuses to make a number of them; the row, or the file, is refused with a word."""
    row = '{"评论内容": "房间很脏", "编号": ' + "9" * 5000 + "}"
    lines = _write(tmp_path / "a.jsonl", '{"评论内容": "还行"}', row)
    assert [bad.reason for bad in _bad_rows(open_source_file(lines))] == ["bad_json"]
    with pytest.raises(SourceFileError, match="expected JSON, found text that is none"):
        open_source_file(_write(tmp_path / "a.json", f"[{row}]"))


@pytest.mark.parametrize("name", ["base64", "rot13", "no-such"])
def test_encodings_that_are_none_of_text(tmp_path: Path, name: str) -> None:
    """Python calls base64 an encoding too; it is refused like an unknown name."""
    path = _write(tmp_path / "a.csv", "评论内容,评分", "很好,5")
    with pytest.raises(SourceFileError, match=f"--encoding {name}: expected an encoding"):
        open_source_file(path, FileOptions(encoding=name))


def test_cells_merged_downwards_hold_their_value_in_every_row(tmp_path: Path) -> None:
    """A venue that stands in one cell over three rows is the venue of all three, and of no row below them."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["四月点评", None, None])
    sheet.append(["门店", "评论时间", "评论内容"])
    for row in (["云栖湖畔", "2025-04-05", "早餐不错"], [None, "2025-04-06", "隔音差"], [None, "2025-04-07", "很安静"]):
        sheet.append(row)
    sheet.append([None, "2025-04-08", "没有店名"])
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A5")
    path = tmp_path / "merged.xlsx"
    workbook.save(path)
    rows = [row for row in open_source_file(path).rows() if isinstance(row, ReviewRecord)]
    assert [row.venue for row in rows] == ["云栖湖畔", "云栖湖畔", "云栖湖畔", None]
