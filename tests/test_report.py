"""The Monday page: its figures, its words, and that customers' text stays text."""

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flows.reporting import chosen_period, write_report
from flows.settings import Settings, SettingsError
from reports.first_things import first_things
from reports.page import page_html
from reports.page_scopes import ScopeGroup, ScopePage
from reports.periods import last_whole_week, read_period
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope
from tests.report_samples import (
    HOSTILE,
    WEEK,
    in_one_language,
    review,
    stays_below,
    store_tokens,
    waiting_hotel,
    warehouse,
)


def test_a_period_is_a_week_or_a_month() -> None:
    """Weeks begin on Monday, and the 13 weeks end with the period."""
    assert (WEEK.start, WEEK.end, WEEK.last_day) == (date(2026, 9, 28), date(2026, 10, 5), date(2026, 10, 4))
    assert (WEEK.window_start, WEEK.before_start) == (date(2026, 7, 6), date(2026, 4, 6))
    december = read_period("2026-12")
    assert (december.start, december.end) == (date(2026, 12, 1), date(2027, 1, 1))
    assert last_whole_week(date(2026, 10, 4)) == WEEK
    assert last_whole_week(date(2026, 10, 10)) == WEEK


@pytest.mark.parametrize("name", ["2026-W54", "2026-13", "W40", "2026-10-01", ""])
def test_other_periods_are_refused(name: str) -> None:
    """By what was expected."""
    with pytest.raises(ValueError, match=r"expected a week such as 2026-W46 or a month such as 2026-11; found"):
        read_period(name)


@pytest.fixture
def figures(tmp_path: Path) -> Figures:
    """Figures of a hotel where waiting has begun seven weeks ago, beside one where nothing happens."""
    return report_figures(waiting_hotel(tmp_path, HOSTILE), WEEK, Scope())


def test_the_figures_tell_what_has_happened(figures: Figures) -> None:
    """The red line, the rise, the place, what it costs, and the spell that goes on."""
    assert figures.red_lines["venue"].tolist() == ["云栖湖畔酒店"]
    slow = figures.failures.set_index("failure_subtype").loc["delivery.slow"]
    assert (slow["n"], bool(slow["rising"])) == (35, True)
    assert slow["share"] == pytest.approx(35 / 209)
    assert figures.places[["venue", "failure_subtype", "cases", "reviews"]].values.tolist() == [
        ["云栖湖畔酒店", "delivery.slow", 35, 105]
    ]
    impact = figures.impacts["delivery.slow"]
    assert impact is not None
    assert impact.value == pytest.approx(-2.5, abs=0.05)
    (spell,) = figures.spells
    assert (spell.venue, spell.after.reviews) == ("云栖湖畔酒店", 0)
    assert spell.begins == WEEK.end - timedelta(weeks=7)
    shares = figures.weeks[figures.weeks["metric"] == "failure_share"]
    assert shares["signal"].notna().iloc[-7:].all()
    assert shares["signal"].isna().iloc[:19].all()


def test_what_to_do_first_begins_with_the_gravest(figures: Figures) -> None:
    """Red lines, then the spell that goes on; three things at most, in whole sentences."""
    things = first_things(figures)
    assert [thing.chinese[:6] for thing in things[:2]] == ["核实本期 1", "云栖湖畔酒店"]
    assert len(things) == 3
    assert all(thing.chinese.endswith("。") and thing.english.endswith(".") for thing in things)


@pytest.mark.parametrize(
    "address", ["//例子.cn/a", "https:a", "javascript:alert(1)", "/etc", "../a", "a/%2E%2E/b", "\\\\a\\b", "a?b=c"]
)
def test_addresses_elsewhere_are_told_apart(address: str) -> None:
    """What the test of the page looks for would find them."""
    assert not stays_below(address)
    assert stays_below("#s1")
    assert stays_below("venue/%E4%BA%91/index.html")


class _Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_customers_words_stay_words(figures: Figures) -> None:
    """No script, no image, no handler, no address: what a guest wrote is shown as it was written."""
    part = ScopePage(HOSTILE, 40, "88", "venue/%E4%BA%91%E6%A0%96/index.html")
    page = page_html(figures, groups=[ScopeGroup("venue", [part], [HOSTILE])])
    parser = _Tags()
    parser.feed(page)
    tags = {tag for tag, _ in parser.tags}
    assert not tags & {"img", "iframe", "link", "object"}
    # The cube of the filters and what adds it up; `test_filter_cube.py` reads both.
    scripts = [attributes for tag, attributes in parser.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "cube"}, {}]
    for tag, attributes in parser.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert stays_below(str(attributes.get("href", "#"))), attributes
        assert "src" not in attributes
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert "49[看]" not in page


def test_the_page_stands_alone_and_answers_in_order(figures: Figures) -> None:
    """Nothing is loaded from elsewhere; the questions come in the manager's order; each chart has a name."""
    page = page_html(figures)
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert "default-src 'none'" in page
    assert len(page.encode()) < 200_000
    titles = [re.sub("<.*", "", title) for title in re.findall(r'<h2 id="s\d+">\d+ <span lang="zh">([^<]+)', page)]
    assert [title[:4] for title in titles] == [
        "有没有红",
        "数据齐不",
        "满意度真",
        "哪些失误",
        "在哪些店",
        "哪些承诺",
        "失误后补",
        "谁要走、",
        "整改见效",
    ]
    parser = _Tags()
    parser.feed(page)
    names = [
        attributes.get("aria-label") or attributes.get("aria-labelledby")
        for tag, attributes in parser.tags
        if tag == "svg"
    ]
    assert len(names) == 5
    assert all(names)


def test_small_bases_are_not_published(tmp_path: Path) -> None:
    """Under 30 reviews a venue has no index, under 5 no mean: 样本不足, and the shrunken value beside it."""
    reviews = [review(n, WEEK.start) for n in range(3)]
    figures = report_figures(warehouse(tmp_path, reviews, []), WEEK, Scope())
    assert figures.venues["index"].isna().all()
    page = in_one_language(page_html(figures))
    (row,) = re.findall(r"<td>云栖湖畔酒店</td>(.*?)</tr>", page)
    # Reviews, index, change, the platform's index, the mean, the shrunken one.
    assert re.findall(r">([^<]*)</td>", row) == ["3", "样本不足", "–", "–", "–", "4.50"]


def test_an_empty_scope_says_so(tmp_path: Path) -> None:
    """A page of a venue that nobody has written about is whole, and claims nothing."""
    figures = report_figures(warehouse(tmp_path, [review(1, WEEK.start)], []), WEEK, Scope("venue", "没有的店"))
    page = page_html(figures)
    assert "没有需要优先处理的事项" in page
    assert "nan" not in page.lower().replace("tenant", "")


def test_what_the_codebook_names_is_told_in_both_languages(figures: Figures) -> None:
    """Failures, their rise, departments and what guests intend change with the switch; venues and quotes do not."""
    chinese, english = (in_one_language(page_html(figures), language) for language in ("zh", "en"))
    names = re.compile(r"服务延误|严重失当行为|上升|样本不足|负面传播")
    main = english[english.index("<main>") : english.index('<section aria-labelledby="filters"')]
    assert names.findall(main) == []
    assert {"服务延误", "严重失当行为", "上升", "样本不足", "负面传播"} <= set(names.findall(chinese))
    rising = '<td>Unreasonably slow service</td><td class="n">35</td>'
    assert rising in english
    assert rising.replace("Unreasonably slow service", "服务延误") in chinese
    assert '<text x="232" y="25" text-anchor="end" lang="en">Unreasonably slow service</text>' in english
    assert "<td>云栖湖畔酒店</td>" in english
    assert "warns others" in main
    assert not re.search(r"\b(?:delivery|staff)\.[a-z]", english[: english.index('<section aria-labelledby="filters"')])


def test_sources_that_went_silent_are_named(tmp_path: Path) -> None:
    """Two a week for 25 weeks, then none: silent; one that brings as usual is not named."""
    reviews = []
    for week in range(26):
        monday = WEEK.end - timedelta(weeks=26 - week)
        for n in range(4):
            reviews.append(review(week * 10 + n, monday))
            if week < 25:
                reviews.append(review(5000 + week * 10 + n, monday, source="meituan"))
    figures = report_figures(warehouse(tmp_path, reviews, []), WEEK, Scope())
    assert figures.arrivals[["source", "state", "now"]].values.tolist() == [["meituan", "silent", 0]]
    assert figures.arrivals_whole == 1


def test_a_report_is_a_file_of_its_period_and_scope(tmp_path: Path) -> None:
    """Made again it is the same, byte for byte; the last whole week is chosen where none is given."""
    settings = Settings(data=tmp_path)
    warehouse(settings.folder.warehouse, [review(n, WEEK.start + timedelta(days=n)) for n in range(7)], [])
    period = chosen_period(settings, None)
    assert period == WEEK
    path = write_report(settings, WEEK, Scope())
    assert path == tmp_path / "reports" / "2026-W40" / "index.html"
    first = path.read_bytes()
    assert write_report(settings, WEEK, Scope()).read_bytes() == first
    own = write_report(settings, WEEK, Scope("venue", "云栖/湖畔酒店"))
    assert own == tmp_path / "reports" / "2026-W40" / "venue" / own.parent.name / "index.html"
    assert re.fullmatch(r"云栖_湖畔酒店-[0-9a-f]{8}", own.parent.name)
    with pytest.raises(SettingsError, match="--period: expected a week"):
        chosen_period(settings, "2026-W99")


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_stand_out_from_their_ground(figures: Figures) -> None:
    """Every colour of text has the contrast of WCAG 2.2, AA (4.5 to 1) on white and on the ground of marked rows."""
    page = page_html(figures)
    inks = set(re.findall(r"--(?:ink|soft|warn): (#[0-9a-f]{6})", page)) | {"#00507d"}
    assert len(inks) == 4
    for ground in ("#ffffff", "#fff4e5", "#eef6fb"):
        for ink in inks:
            light, dark = sorted((_luminance(ground), _luminance(ink)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_rater_and_expectation_are_netted(tmp_path: Path) -> None:
    """Six praise the responsiveness, two criticise it: +0.50; what nobody judges is not listed."""
    reviews = [review(n, WEEK.start, rater_responsiveness=1 if n < 6 else -1) for n in range(8)]
    reviews += [review(20 + n, WEEK.start, expectation="below") for n in range(3)]
    page = in_one_language(page_html(report_figures(warehouse(tmp_path, reviews, []), WEEK, Scope())))
    rows = {
        name: re.findall(r">([^<]*)</td>", cells) for name, cells in re.findall(r"<tr><td>([^<]*)</td>(.*?)</tr>", page)
    }
    assert rows["响应性(反应度)"] == ["8", "6", "2", "+0.50", "–"]
    assert rows["预期（超出 − 低于）"] == ["3", "0", "3", "–", "–"]
    assert "移情性(同理度)" not in rows


def test_words_that_rise_are_told_with_what_stands_around_them(tmp_path: Path) -> None:
    """蟑螂 in 12 of 60 reviews and in none of 60 before; 房间, which all have, is not told."""
    before = WEEK.window_start - timedelta(days=7)
    reviews = [review(n, before, text="房间很大") for n in range(60)]
    texts = ["卫生间有蟑螂，房间很大"] * 12 + ["房间很大"] * 48
    reviews += [review(60 + n, WEEK.start, text=text) for n, text in enumerate(texts)]
    tables = warehouse(tmp_path, reviews, [])
    words = [("蟑螂" if "蟑螂" in r["text"] else "很大", r) for r in reviews]
    rows = [{"review_id": r["review_id"], "tokens": ["房间", word, "，"]} for word, r in words]
    store_tokens(tables, reviews, rows)
    figures = report_figures(tables, WEEK, Scope())
    assert figures.terms["word"].tolist() == ["蟑螂"]
    assert figures.terms[["n", "n_before"]].values.tolist() == [[12, 0]]
    assert "卫生间有蟑螂" in page_html(figures)
