"""Landing: a file becomes masked slices and a manifest, all or nothing, once."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from sources import landing as landing_module
from sources.identity import IdentityKey, IdentityKeyError
from sources.import_options import ImportOptions, check_source_name
from sources.kinds import KINDS, read_kind
from sources.landing import land_file, preview
from sources.manifests import known_fingerprint, landed_files, landed_rejects, landed_slices
from sources.masking import MaskingSettings
from sources.record import BadRow, ReviewRecord, SourceFileError
from tests.warehouse_samples import KEY, Row, SmallWarehouse, check_conservation
from warehouse.schema import LANDED_SCHEMA

PHONE = "13800138000"
PERSONAL: list[Row] = [
    {"内容": f"前台小王态度差，打{PHONE}没人接", "客人": "蓝鲸旅人", "日期": "2025-04-05", "回复": f"请致电{PHONE}"},
    {"内容": None, "客人": f"电话{PHONE}", "日期": "2025-04-06", "回复": None},
    {"内容": "早餐不错", "客人": "山间来客", "日期": "2025-04-06 08:00", "回复": None},
]


@pytest.fixture
def small(tmp_path: Path) -> SmallWarehouse:
    """Return an empty warehouse."""
    return SmallWarehouse(tmp_path)


def ids(small: SmallWarehouse) -> list[str]:
    """Return the ids of all landed rows."""
    folder = small.folder.landing
    paths = [p for m in landed_files(folder, leave_out=set()) for p in landed_slices(folder, m.file_id)]
    return [i for path in paths for i in pq.read_table(path).column("review_id").to_pylist()]


def test_what_lands(small: SmallWarehouse) -> None:
    """Slices of the landed schema, rejects with reason, and a manifest that accounts for every row."""
    landed = small.land(PERSONAL)
    manifest = landed.manifest
    assert not landed.already_landed
    assert (manifest.read, manifest.landed, manifest.duplicates, manifest.rejected) == (3, 2, 0, 1)
    assert (manifest.dated, manifest.rated, manifest.reject_reasons) == (2, 0, {"empty_text": 1})
    assert [f"{d:%d %H}" for d in (manifest.first_published, manifest.last_published) if d] == ["05 00", "06 08"]
    assert manifest.key_fingerprint == known_fingerprint(small.folder.landing) == KEY.fingerprint
    (path,) = landed_slices(small.folder.landing, manifest.file_id)
    assert pq.read_schema(path).equals(LANDED_SCHEMA)
    rows = pq.read_table(path).to_pylist()
    assert [(r["row_number"], r["file_id"], r["kind"], r["source"]) for r in rows] == [
        (1, manifest.file_id, "review", "携程"),
        (3, manifest.file_id, "review", "携程"),
    ]
    assert [
        (r["row_number"], r["reason"]) for r in landed_rejects(small.folder.landing, manifest.file_id).to_pylist()
    ] == [(2, "empty_text")]


def test_nothing_unmasked_is_written(small: SmallWarehouse) -> None:
    """Neither number nor author stands in any file of the landing folder, rejects and manifest included."""
    manifest = small.land(PERSONAL).manifest
    assert manifest.masked == {"[手机号]": 2, "[员工姓名]": 1}
    folder = small.folder.landing
    tables = [pq.read_table(path) for path in folder.rglob("*.parquet")]
    assert sum(table.num_rows for table in tables) == 3
    told = repr([table.to_pylist() for table in tables]) + "".join(p.read_text("utf-8") for p in folder.rglob("*.json"))
    assert "[手机号]" in told
    for secret in (PHONE, "小王", "蓝鲸旅人", "山间来客"):
        assert secret not in told


def test_the_same_file_lands_once(small: SmallWarehouse) -> None:
    """Under another name too; from another source it is another file."""
    first = small.land(PERSONAL).manifest
    shutil.copy(small.folder.root / "导出.csv", small.folder.root / "副本.csv")
    again = small.land(PERSONAL)
    assert (again.already_landed, again.manifest) == (True, first)
    other = small.land(PERSONAL, source="美团").manifest
    assert (other.file_id != first.file_id, other.supersedes) == (True, ())
    assert [m.file_id for m in landed_files(small.folder.landing, leave_out=set())] == [first.file_id, other.file_id]


def test_another_mapping_supersedes(small: SmallWarehouse) -> None:
    """Each new mapping lands and names all landings before it; the first one again too."""
    manifests = [small.land(PERSONAL, columns=columns).manifest for columns in ({}, {"author": ""}, {})]
    assert [len(m.supersedes) for m in manifests] == [0, 1, 2]
    assert manifests[2].supersedes == (manifests[0].file_id, manifests[1].file_id)
    assert len({m.file_id for m in manifests}) == 3
    landing = small.folder.landing
    assert landed_files(landing, leave_out=set()) == [manifests[2]]
    assert landed_files(landing, leave_out={manifests[2].file_id}) == []
    assert small.land(PERSONAL).already_landed


def test_ids_do_not_depend_on_format_or_masking(tmp_path: Path) -> None:
    """Another format, another order of columns and other masking settings give the same ids."""
    turned = [dict(reversed(row.items())) for row in PERSONAL]
    landings = [SmallWarehouse(tmp_path / name) for name in "abc"]
    landings[0].land(PERSONAL)
    landings[1].land(turned, file_format="jsonl")
    landings[2].land(PERSONAL, masking=MaskingSettings(staff_names_in_criticism=False))
    found = [ids(small) for small in landings]
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 2
    texts = {
        pq.read_table(p).column("text")[0].as_py() for s in landings for p in s.folder.landing.glob("*/0001.parquet")
    }
    assert len(texts) == 2


def test_another_masking_rule_updates_the_same_review(small: SmallWarehouse) -> None:
    """Masked otherwise in a later export, a review is updated, not stored again."""
    small.take(PERSONAL)
    counts = small.take(PERSONAL, file_format="jsonl", masking=MaskingSettings(staff_names_in_criticism=False))
    check_conservation(counts)
    assert (counts.stored, counts.updated, counts.unchanged, counts.rejected) == (0, 1, 1, 1)


def test_a_changed_key_lands_nothing(small: SmallWarehouse) -> None:
    """Another key than that of the files before is refused before anything is written."""
    small.land(PERSONAL)
    before = sorted(small.folder.landing.rglob("*"))
    small.key = IdentityKey(b"another key for tests, 32 characters and more")
    with pytest.raises(IdentityKeyError, match="has changed: the landing folder was made with"):
        small.land(PERSONAL, source="美团")
    assert sorted(small.folder.landing.rglob("*")) == before


def test_repeats_are_counted(small: SmallWarehouse) -> None:
    """Exact repeats of an own id are dropped and counted; a repeat that says more is landed."""
    row: Row = {"编号": "1", "内容": "很好", "回复": None}
    manifest = small.land([row, row, {**row, "回复": "感谢您的入住。"}, row]).manifest
    assert (manifest.read, manifest.landed, manifest.duplicates) == (4, 2, 2)
    counts = small.night()
    assert (counts.stored, counts.updated, counts.duplicates) == (1, 1, 2)
    assert small.reviews()[0]["reply_text"] == "感谢您的入住。"


def test_a_column_that_is_no_id_is_refused(small: SmallWarehouse) -> None:
    """Where most rows repeat an id with another content, nothing lands, and the message says what to do."""
    rows: list[Row] = [{"编号": i % 3, "内容": f"第{i}间房很好"} for i in range(40)]
    with pytest.raises(SourceFileError, match=r"37 of 40 rows repeat an id.*--map own_id="):
        small.land(rows)
    assert list(small.folder.landing.iterdir()) == []
    assert small.land(rows, columns={"own_id": ""}).manifest.landed == 40


def test_a_landing_that_breaks_off_leaves_nothing(small: SmallWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices already written go with it; the next try lands the file."""
    monkeypatch.setattr(landing_module, "SLICE_ROWS", 1)
    with monkeypatch.context() as patch:
        patch.setattr(landing_module, "masked_bad_row", None)
        with pytest.raises(TypeError, match="not callable"):
            small.land(PERSONAL)
    assert list(small.folder.landing.iterdir()) == []
    assert small.land(PERSONAL).manifest.slices == 2


def test_two_processes_land_the_same_file(small: SmallWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that comes second finds that the file has landed."""
    write = landing_module._write_slices

    def overtaken(*args: object, **options: object) -> object:
        monkeypatch.setattr(landing_module, "_write_slices", write)
        assert not small.land(PERSONAL).already_landed
        return write(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(landing_module, "_write_slices", overtaken)
    assert small.land(PERSONAL).already_landed
    assert sorted(p.is_dir() for p in small.folder.landing.iterdir()) == [False, True]
    assert small.night().read == 3


def test_a_landing_that_is_finished_while_another_clears_up_stops_nothing(small: SmallWarehouse) -> None:
    """The unfinished folder of another source may be gone between being listed and being looked at."""
    small.folder.landing.mkdir(parents=True)
    gone = small.folder.landing / ".unfinished-of-another"
    gone.symlink_to(small.folder.landing / "gone")
    assert small.land(PERSONAL).manifest.landed == 2


def test_a_known_fingerprint_is_not_written_again(small: SmallWarehouse) -> None:
    """The second file leaves the note of the first as it is; a note that is lost is written anew."""
    note = small.folder.landing / "identity-key.json"
    small.land(PERSONAL)
    first = note.stat()
    small.land(PERSONAL, source="美团")
    assert (note.stat().st_ino, note.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    note.unlink()
    small.land(PERSONAL, source="饿了么")
    assert known_fingerprint(small.folder.landing) == KEY.fingerprint


def test_slices_keep_the_order_of_rows(small: SmallWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long file is cut, and progress is told after each slice."""
    monkeypatch.setattr(landing_module, "SLICE_ROWS", 4)
    path = small.folder.root / "评论.csv"
    path.write_text("编号,内容\n" + "".join(f"{i},第{i}间房\n" for i in range(10)), "utf-8")
    seen: list[int] = []
    manifest = land_file(
        path, ImportOptions("携程"), landing=small.folder.landing, key=KEY, progress=seen.append
    ).manifest
    assert (manifest.slices, seen) == (3, [4, 8, 10])
    texts = [
        text
        for slice_path in landed_slices(small.folder.landing, manifest.file_id)
        for text in pq.read_table(slice_path).column("text").to_pylist()
    ]
    assert texts == [f"第{i}间房" for i in range(10)]


def test_a_preview_is_masked_and_writes_nothing(small: SmallWarehouse) -> None:
    """A person sees how the file is understood without its personal data."""
    path = small.folder.root / "评论.csv"
    path.write_text(f"内容,客人\n打{PHONE}没人接,蓝鲸旅人\n,电话{PHONE}\n很好,山间来客\n", "utf-8")
    before = sorted(small.folder.root.rglob("*"))
    source_file, (record, bad) = preview(path, ImportOptions("携程"), rows=2)
    assert source_file.sheets[0].mapping["text"] == "内容"
    assert isinstance(record, ReviewRecord)
    assert (record.text, record.author) == ("打[手机号]没人接", None)
    assert isinstance(bad, BadRow)
    assert PHONE not in bad.raw
    assert sorted(small.folder.root.rglob("*")) == before


@pytest.mark.parametrize("bad_name", ["", "携" * 41, "ctrip:1", "a/b", "a b", "..\n"])
def test_a_source_name_that_is_refused(bad_name: str) -> None:
    """The message shows what was given and what would do."""
    with pytest.raises(ValueError, match=r"must be 1 to 40 letters.*such as ctrip"):
        check_source_name(bad_name)


def test_source_names_that_are_taken() -> None:
    """Letters of any script, digits and three marks."""
    for name in ("ctrip", "携程", "12345热线", "a_b-c.d", "携" * 40):
        check_source_name(name)


def test_kinds_in_the_words_of_exports() -> None:
    """An export's own word for the kind is understood, in any case; an unknown word means none."""
    assert {read_kind(kind) for kind in KINDS} == set(KINDS)
    assert (read_kind(" 投诉 "), read_kind("Review"), read_kind("Sheet1"), read_kind(None)) == (
        "complaint",
        "review",
        None,
        None,
    )


def test_the_manifest_tells_how_the_file_was_read(small: SmallWarehouse) -> None:
    """The mapping, the options and the reader's version stand in it, as JSON that anybody can read."""
    manifest = small.land(PERSONAL, columns={"author": ""}).manifest
    stored = json.loads((small.folder.landing / manifest.file_id / "manifest.json").read_text("utf-8"))
    assert stored["resolved"]["kind"] == "review"
    assert stored["resolved"]["sheets"][0]["mapping"] == {"text": "内容", "published_at": "日期", "reply_text": "回复"}
    assert stored["resolved"]["reader_version"]


def test_a_sheet_that_is_left_out_is_told(small: SmallWarehouse, tmp_path: Path) -> None:
    """A sheet without a known column of texts is in no count, so the manifest names it with its rows and the reason."""
    workbook = Workbook()
    april = workbook.active
    assert april is not None
    april.title = "四月"
    april.append(["点评内容", "评论时间"])
    april.append(["早餐不错", "2025-04-05"])
    may = workbook.create_sheet("五月")
    may.append(["A", "B"])
    for day in range(1, 6):
        may.append([f"2025-05-{day:02d}", day])
    path = tmp_path / "two.xlsx"
    workbook.save(path)
    manifest = land_file(path, ImportOptions(source="two"), landing=small.folder.landing, key=KEY).manifest
    assert manifest.read == 1
    (left_out,) = manifest.left_out
    assert (left_out.name, left_out.rows) == ("五月", 5)
    assert "found the columns 'A'、'B'" in left_out.reason


def test_a_number_in_a_venues_name_is_masked(small: SmallWarehouse) -> None:
    """A house that calls itself by a telephone number keeps its name without the number."""
    manifest = small.land([{"内容": "早餐不错", "日期": "2025-04-05", "店名": f"湖边民宿{PHONE}"}]).manifest
    (path,) = landed_slices(small.folder.landing, manifest.file_id)
    assert pq.read_table(path).column("venue_name").to_pylist() == ["湖边民宿[手机号]"]
