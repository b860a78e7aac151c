"""The summary of a night: its figures, its parts in both languages, and what becomes of customers' words."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from lexicons.codebook import Language
from reports.console import to_renderable
from reports.markdown import escape, to_markdown
from reports.sections import MINIMUM_BASE, Section, sections
from reports.summary import summarise
from reports.trends import trends
from warehouse.schema import INCIDENTS, REJECTS, REVIEWS, RUNS, TRENDS, TableSchema
from warehouse.store import LocalStore, Partition

_NEWEST = datetime(2026, 7, 30, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
_HOSTILE = "<script>alert(1)</script> | [点我](javascript:alert(1)) [red]脏[/red] `x` *y*"


def _review(number: int, days_ago: int = 1, *, failed: bool = False, **given: Any) -> dict[str, Any]:
    return {
        "review_id": f"ctrip:{number}",
        "source": "ctrip",
        "kind": "review",
        "venue_name": "云栖湖畔酒店",
        "published_at": _NEWEST - timedelta(days=days_ago),
        "published_precision": "second",
        "satisfaction": 2.0 if failed else 4.0,
        "severity": 2 if failed else 0,
        "failure_groups": ["delivery"] if failed else [],
        "failure_subtypes": ["delivery.slow"] if failed else [],
        "run_id": "night-2",
        **given,
    }


def _incident(number: int, quote: str, **given: Any) -> dict[str, Any]:
    return {
        "review_id": f"ctrip:{number}",
        "incident_no": 1,
        "failure_subtype": "delivery.slow",
        "touchpoint": "前台",
        "quote": quote,
        "severity": 2,
        "venue_name": "云栖湖畔酒店",
        "published_at": _NEWEST,
        **given,
    }


def _store(folder: Path, schema: TableSchema, rows: list[dict[str, Any]]) -> None:
    month = "2026-07" if schema.by_month else None
    LocalStore(folder).replace(Partition(schema.name, month), pa.Table.from_pylist(rows, schema=schema.arrow))


def _run(run_id: str, **counts: int) -> dict[str, Any]:
    names = ("read", "stored", "updated", "unchanged", "duplicates", "rejected", "withdrawn", "rescored")
    return {"run_id": run_id, "kind": "night", "started_at": _NEWEST, **dict.fromkeys(names, 0), **counts}


def _fill(folder: Path, reviews: list[dict[str, Any]], incidents: list[dict[str, Any]]) -> None:
    _store(folder, REVIEWS, reviews)
    _store(folder, INCIDENTS, incidents)
    LocalStore(folder).replace(Partition(TRENDS.name), trends(folder))
    _store(folder, RUNS, [_run("night-1", read=9, stored=9), _run("night-2", read=12, stored=10, rejected=2)])


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A warehouse with sixteen reviews, one of which repeats another, a silent venue, and rejects that are hostile."""
    reviews = [_review(n, failed=n < 4) for n in range(8)]
    reviews += [_review(n, 40, failed=n < 9, run_id="night-1") for n in range(8, 13)]
    reviews += [_review(n, 30, source="meituan", venue_name="老灶面馆", run_id="night-1") for n in (30, 31, 32)]
    reviews.append(_review(21, failed=True, duplicate_of="ctrip:0"))
    incidents = [_incident(0, _HOSTILE, severity=3), _incident(1, "等了一个小时"), _incident(2, "等太久", severity=1)]
    incidents.append(_incident(21, "重复的抱怨", severity=3))
    _fill(tmp_path, reviews, incidents)
    reject = {"run_id": "night-2", "source": "ctrip", "file_name": "a.csv", "reason": "empty_text"}
    rows = [{**reject, "row_number": 5, "detail": "expected a text", "row": _HOSTILE}, {**reject, "row_number": 9}]
    _store(tmp_path, REJECTS, rows)
    return tmp_path


def _parts(warehouse: Path, language: Language = "zh") -> dict[str, Section]:
    parts = sections(summarise(warehouse, ("night-2",), 14), language, 14)
    return {part.heading: part for part in parts}


def _drawn(parts: list[Section], language: Language) -> str:
    console = Console(file=StringIO(), width=300, force_terminal=False)
    console.print(to_renderable(parts, language))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_parts_in_chinese(night: Path) -> None:
    """Each part says what the warehouse holds, in Chinese only."""
    parts = _parts(night)
    assert parts["本次处理"].notes == ("night-2", "读取 12 = 新增 10 + 更新 0 + 未变 0 + 重复 0 + 拒收 2")
    assert parts["各来源数据量"].rows == (
        ("ctrip", "14", "9", "2026-06-20", "2026-07-29"),
        ("meituan", "3", "0", "2026-06-30", "2026-06-30"),
    )
    assert parts["服务失误"].rows == (("服务延误", "5", "31.2%", "50.0%", "+37.5个百分点"),)
    assert parts["服务失误"].notes[0].endswith("近 28 天 8 条，此前 28 天 8 条。")
    assert parts["集中在哪里"].lines == ("服务延误 — 门店：云栖湖畔酒店 3次；触点：前台 3次",)
    quotes = parts["客人原话（已脱敏）"].lines
    assert quotes[0].startswith(f"服务延误 [红线] “{_HOSTILE}” 云栖湖畔酒店、2026-07-30")
    assert quotes[1] == "服务延误 [较重] “等了一个小时” 云栖湖畔酒店、2026-07-30"
    assert len(quotes) == 2
    assert parts["未能入库的记录"].rows[0][:4] == ("ctrip", "a.csv", "没有客人正文", "2")
    assert parts["久无新评论的来源与门店"].rows == (("meituan", "老灶面馆", "2026-06-30", "29"),)
    (months,) = (part for heading, part in parts.items() if heading.startswith("各月满意度"))
    assert [row[:3] for row in months.rows] == [("2026-06", "8", "3.75"), ("2026-07", "8", "3.00")]


def test_the_parts_in_english(night: Path) -> None:
    """The same figures in English, without a Chinese word of ours."""
    parts = _parts(night, "en")
    assert parts["This run"].notes[1].startswith("read 12 = stored 10 + updated 0 + ")
    assert parts["Service failures"].rows[0][1:] == ("5", "31.2%", "50.0%", "+37.5 points")
    assert parts["Where they happen"].lines[0].endswith("— Venues: 云栖湖畔酒店 3; Touchpoints: 前台 3")
    assert parts["Sources and venues gone silent"].notes == (
        "Nothing new for more than 14 days before the newest review (2026-07-29).",
    )
    text = " ".join(p.heading + "".join((*p.notes, *p.columns)) for p in parts.values())
    assert not any("一" <= ch <= "鿿" for ch in text)


def test_both_languages_have_the_same_parts(night: Path) -> None:
    """Nothing is told in one language only."""
    shapes = [
        [(len(p.notes), len(p.columns), len(p.rows), len(p.lines), p.numeric) for p in _parts(night, lang).values()]
        for lang in ("zh", "en")
    ]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) == 9


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "撤回 3 条，重新分析 7 条"), ("en", "withdrawn 3, read again 7")]
)
def test_what_was_withdrawn_or_read_again_is_told(tmp_path: Path, language: Language, told: str) -> None:
    """Counts beside the conservation line are told where there are any, in the reader's language."""
    _fill(tmp_path, [_review(1)], [_incident(1, "慢")])
    _store(tmp_path, RUNS, [_run("night-2", withdrawn=3, rescored=7)])
    assert told in next(iter(_parts(tmp_path, language).values())).notes[-1]


@pytest.mark.parametrize(("language", "too_few"), [("zh", "样本不足"), ("en", "too few")])
def test_too_few_reviews_give_no_share(tmp_path: Path, language: Language, too_few: str) -> None:
    """Below the minimum base neither the share of the period nor its change is shown; one more review shows both."""
    before = [_review(50 + n, 40) for n in range(MINIMUM_BASE)]
    few = [_review(n, failed=n == 0) for n in range(MINIMUM_BASE - 1)]
    _fill(tmp_path, [*few, *before], [_incident(0, "慢")])
    (row,) = _failure_rows(tmp_path, language)
    assert row[3:] == (too_few, too_few)
    _fill(tmp_path, [*few, _review(30), *before], [_incident(0, "慢")])
    (row,) = _failure_rows(tmp_path, language)
    assert row[3] == "20.0%"
    assert row[4].startswith("+20.0")


def _failure_rows(warehouse: Path, language: Language) -> tuple[tuple[str, ...], ...]:
    return _parts(warehouse, language)["服务失误" if language == "zh" else "Service failures"].rows


@pytest.mark.parametrize(("language", "hint"), [("zh", "库内还没有评论"), ("en", "The warehouse holds no reviews yet")])
def test_an_empty_warehouse_says_what_to_do(tmp_path: Path, language: Language, hint: str) -> None:
    """Without reviews there are the counts and the way to import some."""
    parts = sections(summarise(tmp_path, (), 14), language, 14)
    assert len(parts) == 2
    assert hint in parts[1].notes[0]
    assert hint in to_markdown(parts, language)
    assert hint in _drawn(parts, language)


def test_reviews_without_dates_make_a_summary(tmp_path: Path) -> None:
    """Undated reviews are counted, and no month, no period and no silence is made up."""
    undated: dict[str, Any] = {"published_at": None, "published_precision": "none"}
    _fill(tmp_path, [_review(1, failed=True, **undated)], [_incident(1, "慢", published_at=None, venue_name=None)])
    parts = _parts(tmp_path)
    assert parts["各来源数据量"].rows == (("ctrip", "1", "1", "", ""),)
    assert parts["服务失误"].rows == (("服务延误", "1", "100.0%", "样本不足", "样本不足"),)
    assert parts["客人原话（已脱敏）"].lines == ("服务延误 [较重] “慢”",)
    assert parts["久无新评论的来源与门店"].notes == ("无",)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_customers_words_are_no_markdown(night: Path, language: Language) -> None:
    """Script, table bars, links and code in a review show as the text that they are; tables keep their columns."""
    document = to_markdown(list(_parts(night, language).values()), language)
    assert "<" not in document
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\| \\[点我\\](javascript:alert(1))" in document
    assert "\\`x\\` \\*y\\*" in document
    tables = [line for line in document.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") - 1 for line in tables} <= {4, 5, 8}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_customers_words_are_no_console_markup(night: Path, language: Language) -> None:
    """The terminal prints [red] and <script> as written."""
    assert _HOSTILE in _drawn(list(_parts(night, language).values()), language)


def test_the_terminal_gets_no_escape_sequences() -> None:
    """Control characters in a review cannot steer the reader's terminal."""
    hostile = "差\x1b[2J\x1b]0;owned\x07评\x9b31m"
    drawn = _drawn([Section("x", notes=(hostile,), columns=("a",), rows=((hostile,),), lines=(hostile,))], "zh")
    assert drawn.count("差\ufffd[2J\ufffd]0;owned\ufffd评\ufffd31m") == 3
    assert not set(drawn) & set("\x1b\x07\x9b")


def test_addresses_in_reviews_become_no_links() -> None:
    """Viewers that link bare addresses find none."""
    assert escape("加微信看 https://example.invalid 或 www.example.invalid") == (
        "加微信看 https\\://example.invalid 或 www\\.example.invalid"
    )


@settings(deadline=None)
@given(st.text())
def test_escaped_text_holds_no_mark_that_is_not_escaped(text: str) -> None:
    """Every Markdown mark has its backslash, HTML's brackets are entities, and a cell stays on one line."""
    escaped = escape(text)
    assert "\n" not in escaped
    assert not set("<>") & set(escaped)
    rest = escaped.replace("&lt;", "").replace("&gt;", "").replace("\\\\", "")
    for mark in "`*_{}[]#|~!&$":
        assert rest.count(mark) == rest.count(f"\\{mark}")


def test_a_review_dated_in_the_future_does_not_make_the_present_past(night: Path) -> None:
    """One wrong date after the last run leaves the last 28 days and the silent venues as they are."""
    before = _parts(night)
    store = LocalStore(night)
    partition = Partition(REVIEWS.name, "2026-07")
    wrong = _review(99, published_at=datetime(2040, 1, 1, tzinfo=_NEWEST.tzinfo))
    rows = [*store.read(partition).to_pylist(), wrong]
    store.replace(partition, pa.Table.from_pylist(rows, schema=REVIEWS.arrow))
    after = _parts(night)
    assert after["服务失误"].notes == before["服务失误"].notes
    assert after["久无新评论的来源与门店"] == before["久无新评论的来源与门店"]
