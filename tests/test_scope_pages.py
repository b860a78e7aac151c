"""Pages of single regions, venues, …: written beside the whole page, linked from it, and not without bound."""

import re
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pytest

from flows.command_report import EachChoice, report
from flows.reporting import WrittenReports, report_tables, write_report, write_reports
from flows.settings import Settings, SettingsError
from reports.page_scopes import scope_values
from reports.report_rows import SCOPES, Scope
from tests.report_samples import HOSTILE, WEEK, in_one_language, review, stays_below, warehouse
from warehouse.schema import VENUES
from warehouse.store import LocalStore, Partition


def links_below(page: Path) -> list[str]:
    """Return the links of a page to other files, as they are written; each must lead to a file below its folder."""
    found = re.findall(r'href="([^"]*)"', page.read_text("utf-8"))
    others = [link for link in found if not link.startswith("#")]
    for link in others:
        assert stays_below(link), link
        assert (page.parent / unquote(link)).is_file(), link
    return others


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two venues of the region 华东 (40 and 3 reviews), one of none (5), and one with a hostile name (1)."""
    rows = [review(n, WEEK.start, venue_id="H1") for n in range(40)]
    rows += [review(100 + n, WEEK.start, venue_id="H2", venue_name="拾光精品酒店") for n in range(3)]
    rows += [review(200 + n, WEEK.start, venue_id="H3", venue_name="驿程轻居") for n in range(5)]
    rows += [review(300, WEEK.start, venue_name=f"../../{HOSTILE}", source="meituan")]
    made = Settings(data=tmp_path)
    warehouse(made.folder.warehouse, rows, [])
    master = [
        {"venue_id": "H1", "venue_name": "云栖湖畔酒店", "region": "华东"},
        {"venue_id": "H2", "venue_name": "拾光精品酒店", "region": "华东"},
        {"venue_id": "H3", "venue_name": "驿程轻居"},
    ]
    store = LocalStore(made.folder.warehouse)
    store.replace(Partition(VENUES.name), pa.Table.from_pylist(master, schema=VENUES.arrow))
    return made


def rows_of_section(page: Path) -> list[list[str]]:
    """Return the cells of the table of pages."""
    text = in_one_language(page.read_text("utf-8"))
    section = text[text.index("分范围</h2>") :]
    rows = re.findall(r"<tr>(<td.*?)</tr>", section)
    return [[re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]


def test_each_venue_has_a_page_that_the_whole_page_links_to(settings: Settings) -> None:
    """The largest first, by name, with n and index or 样本不足; a hostile name is a folder below like any other."""
    written = write_reports(settings, WEEK, ["venue"])
    assert written == WrittenReports(settings.folder.reports / "2026-W40" / "index.html", 4, 0)
    links = links_below(written.page)
    assert links[:3] == ["venue/H1/index.html", "venue/H3/index.html", "venue/H2/index.html"]
    assert len(links) == 4
    rows = rows_of_section(written.page)
    assert rows[:3] == [["云栖湖畔酒店", "40", "88"], ["驿程轻居", "5", "样本不足"], ["拾光精品酒店", "3", "样本不足"]]
    assert rows[3][0].startswith("../../&lt;script&gt;")
    assert "门店：云栖湖畔酒店（H1）" in (written.page.parent / links[0]).read_text("utf-8")
    assert [links_below(written.page.parent / unquote(link)) for link in links] == [[]] * 4
    assert written.page.read_text("utf-8").count("<script") == 2


def test_reviews_without_a_value_are_told(settings: Settings) -> None:
    """Venues outside every region are on no page; several kinds stand one after the other."""
    written = write_reports(settings, WEEK, ["region", "source", "region"], with_workbook=True)
    assert [unquote(link) for link in links_below(written.page)] == [
        "region/华东/index.html",
        "source/ctrip/index.html",
        "source/meituan/index.html",
    ]
    assert "近 13 周另有 6 条评论没有区域信息" in written.page.read_text("utf-8")
    assert (written.page.parent / "region" / "华东" / "report.xlsx").is_file()


def test_no_more_pages_than_are_allowed_and_the_rest_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two pages over all kinds: the largest venues get them, the other venues and all sources are named."""
    monkeypatch.setattr("flows.reporting.MOST_PAGES", 2)
    written = write_reports(settings, WEEK, ["venue", "source"])
    assert (written.pages, written.left_out) == (2, 4)
    assert len(links_below(written.page)) == 2
    text = written.page.read_text("utf-8")
    assert "以下 2 个门店没有单独成页：拾光精品酒店、../../&lt;script&gt;" in text
    assert "以下 2 个来源没有单独成页：ctrip、meituan。" in text


def test_a_scope_that_nobody_names_says_so(settings: Settings) -> None:
    """No brand in the master: no page, and a sentence instead of an empty table."""
    written = write_reports(settings, WEEK, ["brand"])
    assert written.pages == 0
    assert "没有任何评论标明品牌。" in written.page.read_text("utf-8")


def test_pages_of_two_venues_never_lie_in_one_folder(tmp_path: Path) -> None:
    """Names that differ only in what a file system does not take, and one that is longer than it takes."""
    settings = Settings(data=tmp_path)
    names = ["湖畔/一店", "湖畔?一店", "湖畔_一店", "店" * 300, ".", ".."]
    rows = [review(n, WEEK.start, venue_name=name) for n, name in enumerate(names)]
    warehouse(settings.folder.warehouse, rows, [])
    written = write_reports(settings, WEEK, ["venue"])
    assert len(set(links_below(written.page))) == len(names)


def test_a_page_of_an_earlier_day_has_its_parts_beside_it(settings: Settings) -> None:
    """Below its own folder, so that the pages of now stay as they are."""
    with report_tables(settings, "2026-10-06") as tables:
        written = write_reports(settings, WEEK, ["region"], tables=tables)
    assert written.page.parent.name == "as-of-2026-10-06"
    (link,) = links_below(written.page)
    assert "当时已入库" in (written.page.parent / unquote(link)).read_text("utf-8")
    assert not (settings.folder.reports / "2026-W40" / "region").exists()


def test_the_page_alone_has_no_such_section(settings: Settings) -> None:
    """Nothing is said of pages that were not asked for."""
    page = write_report(settings, WEEK, Scope())
    assert links_below(page) == []
    assert "分范围" not in page.read_text("utf-8")


def test_the_choices_are_the_scopes_of_a_report() -> None:
    """What can be given to --each is what a page can be of."""
    assert {choice.value for choice in EachChoice} == set(SCOPES)


def test_values_come_with_the_most_reviews_first(settings: Settings) -> None:
    """With how many there are without one."""
    values = scope_values(settings.folder.warehouse, WEEK, "region")
    assert [(value.value, value.n) for value in values] == [("华东", 43), (None, 6)]


def test_the_command_writes_pages_and_says_where(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Page and workbook on standard output, how many pages lie beside it on standard error."""
    report(period="2026-W40", each=[EachChoice.region], xlsx=True, data=settings.folder.root)
    told = capsys.readouterr()
    folder = settings.folder.reports / "2026-W40"
    assert told.out.splitlines() == [str(folder / "index.html"), str(folder / "report.xlsx")]
    assert "pages linked from it: 1" in told.err
    with pytest.raises(SettingsError, match="--each: expected the whole page, found --region; give one of the two"):
        report(region="华东", each=[EachChoice.venue], data=settings.folder.root)
