"""What the filters of the page add up: nothing lost, nothing counted twice, small, and inert."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from lexicons.codebook import codes
from reports.filter_cube import AXES, MOST_BYTES, FilterCube, failure_codes, filter_cube, written_cube
from reports.page import page_html
from reports.page_filters import NOTHING, SCRIPT, page_filters
from reports.periods import read_period
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope, report_rows
from tests.filter_samples import counted, filtered_hotels
from tests.report_samples import HOSTILE, WEEK, review, warehouse


@pytest.fixture(scope="module")
def hotels(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Figures]:
    """Reviews as they were written, and the figures over them."""
    folder = tmp_path_factory.mktemp("tables")
    rows = filtered_hotels(folder)
    return rows, report_figures(folder, WEEK, Scope())


def read_cells(text: str) -> Iterator[dict[str, Any]]:
    """Return the cells of a written cube, each with its week, its value on each axis, and its measures."""
    cube = json.loads(text)
    places, place = [], 0
    for distance in cube["cells"]:
        place += distance
        places.append(place)
    measures = {name: list(cube[name]) for name in ("reviews", "satisfaction")}
    for name, pairs in cube["sparse"].items():
        measures[name], at = [0] * len(places), 0
        for distance, count in zip(pairs[::2], pairs[1::2], strict=True):
            at += distance
            measures[name][at] = count
    for number, place in enumerate(places):
        series, week = divmod(place, len(cube["weeks"]))
        names = {axis: cube["names"][axis][cube["series"][axis][series]] for axis in cube["names"]}
        yield {"week": week, **names, **{name: counts[number] for name, counts in measures.items()}}


def summed(cells: list[dict[str, Any]]) -> Counter[str]:
    """Return the measures of some cells together."""
    total: Counter[str] = Counter()
    for cell in cells:
        total.update({name: value for name, value in cell.items() if name not in (*AXES, "week")})
    return total


def test_cells_add_up_to_the_figures_of_the_page(hotels: tuple[pd.DataFrame, Figures]) -> None:
    """13 weeks and the 13 before: reviews, failures and their sub-types, and red lines of the period, as above."""
    _, figures = hotels
    cells = list(read_cells(written_cube(figures.cube, {}).json))
    recent = summed([cell for cell in cells if cell["week"] >= 13])
    assert recent["reviews"] == figures.counts["window"]
    assert summed(cells)["reviews"] == figures.counts["window"] + figures.counts["before"]
    failures = figures.failures.set_index("failure_subtype")
    assert {code: recent[code] for code in failures.index} == failures["n"].to_dict()
    assert sum(recent[code] for code in codes("failure_subtype")) == failures["n"].sum()
    failed = figures.recovery[figures.recovery["state"] != "none"]["n"].sum()
    assert recent["failed"] == failed
    assert recent["negative"] == figures.handling["negative"]
    assert summed([cell for cell in cells if cell["week"] == 25])["red"] == len(figures.red_lines) == 1


def test_each_cell_counts_what_pandas_counts(hotels: tuple[pd.DataFrame, Figures]) -> None:
    """Week by week and value by value of each axis; complaints bring red lines and nothing else."""
    rows, figures = hotels
    cells = list(read_cells(written_cube(figures.cube, {}).json))
    assert +summed(cells) == +Counter(counted(rows))
    for week in range(26):
        assert +summed([c for c in cells if c["week"] == week]) == +Counter(counted(rows[rows["week"] == week])), week
    for axis in AXES:
        values = rows[axis].where(rows[axis].notna(), None)
        for value in {cell[axis] for cell in cells}:
            own = rows[values.isna() if value is None else values == value]
            assert +summed([c for c in cells if c[axis] == value]) == +Counter(counted(own)), (axis, value)
    assert {cell["venue"] for cell in cells} == {
        *("云栖湖畔酒店", "云栖湖畔酒店（H1）", "拾光精品酒店（H2）", "拾光精品酒店（H3）", HOSTILE, None)
    }
    (hotline,) = [cell for cell in cells if cell["source"] == "热线"]
    assert (hotline["red"], hotline["reviews"]) == (2, 0)


def test_weeks_end_with_the_period(tmp_path: Path) -> None:
    """Of a month too, whose weeks begin on no Monday: 26 of them, without a day between."""
    month = read_period("2026-09")
    with report_rows(warehouse(tmp_path, [review(1, month.last_day)], []), month, Scope()) as connection:
        cube = filter_cube(connection, month)
    assert (cube.weeks[0][0], cube.weeks[-1][1]) == (month.before_start, month.last_day)
    assert [last.toordinal() + 1 for _, last in cube.weeks[:-1]] == [first.toordinal() for first, _ in cube.weeks[1:]]
    assert cube.cells["week"].tolist() == [25]


def test_venues_go_where_there_are_too_many(hotels: tuple[pd.DataFrame, Figures]) -> None:
    """The rest stays as it was, to the last review; then regions go, then all; the page says what has gone."""
    _, figures = hotels
    whole = written_cube(figures.cube, {})
    assert whole.axes == {"source": 4, "industry": 2, "region": 3, "venue": 6}
    assert whole.left_out == {}
    fewer = written_cube(figures.cube, {}, len(whole.json.encode()) - 1)
    assert fewer.left_out == {"venue": 6}
    assert fewer.axes == {"source": 4, "industry": 2, "region": 3}
    assert +summed(list(read_cells(fewer.json))) == +summed(list(read_cells(whole.json)))
    least = written_cube(figures.cube, {}, 1)
    assert (least.axes, least.left_out) == ({}, {"venue": 6, "region": 3, "industry": 2, "source": 4})
    assert +summed(list(read_cells(least.json))) == +summed(list(read_cells(whole.json)))


def test_the_page_says_that_it_has_no_filter_by_venue(
    hotels: tuple[pd.DataFrame, Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how many there are."""
    _, figures = hotels
    assert 'id="by-venue"' in page_html(figures)
    monkeypatch.setattr("reports.page_filters.MOST_BYTES", len(written_cube(figures.cube, {}).json.encode()))
    page = page_html(figures)
    assert "这里不按以下项目筛选：门店（6 个）" in page
    assert 'id="by-venue"' not in page
    assert 'id="by-region"' in page


@pytest.mark.parametrize(("reviews", "venues", "most"), [(100_000, 200, 700_000), (250_000, 500, 1_500_000)])
def test_the_cube_of_many_venues_is_small(reviews: int, venues: int, most: int) -> None:
    """Of 26 weeks of a large group, on three sources, every venue in its own right; the page may weigh 6 MB."""
    cube = made_up_cube(reviews, venues)
    written = written_cube(cube, {})
    assert cube.cells["reviews"].sum() == reviews
    assert written.axes["venue"] == venues
    assert len(written.json.encode()) < most < MOST_BYTES


def made_up_cube(reviews: int, venues: int) -> FilterCube:
    """Return the cube of so many reviews, spread by their hashes over venues, sources and days."""
    with duckdb.connect() as connection:
        connection.execute(
            f"""CREATE TEMP TABLE scoped AS
                SELECT i AS review_id, 'source' || hash(i * 3) % 3 AS source, 'hotel' AS industry,
                       'region' || hash(i) % {venues} % 8 AS region, 'H' || hash(i) % {venues} AS venue,
                       '云栖湖畔酒店第' || hash(i) % {venues} || '分店' AS venue_shown,
                       $before::DATE + (hash(i * 5) % 182)::INT AS day, true AS counts,
                       (1 + hash(i * 7) % 4000 / 1000)::FLOAT AS satisfaction,
                       CASE WHEN hash(i * 11) % 4 = 0 THEN -0.5 ELSE 0.5 END AS sentiment,
                       list_filter($codes, lambda code: hash(i, code) % 50 = 0) AS failure_subtypes,
                       list_distinct(list_transform(failure_subtypes, lambda code: split_part(code, '.', 1)))
                         AS failure_groups
                FROM range({reviews}) numbers(i)""",
            {"before": WEEK.before_start, "codes": list(codes("failure_subtype"))},
        )
        connection.execute("CREATE TEMP TABLE happened AS SELECT review_id, 2 AS severity FROM scoped LIMIT 100")
        return filter_cube(connection, WEEK)


class _Scripts(HTMLParser):
    """Collects script elements, as a browser parses them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.policy = ""
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag == "script"
        if self._open:
            self.found.append((dict(attrs), ""))
        elif tag == "meta" and dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = str(dict(attrs)["content"])

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._open:
            attributes, text = self.found[-1]
            self.found[-1] = (attributes, text + data)


def test_the_policy_lets_the_one_script_run_and_no_other(hotels: tuple[pd.DataFrame, Figures]) -> None:
    """By its digest; the data beside it hold hostile names and not one character that could end their element."""
    parser = _Scripts()
    parser.feed(page_html(hotels[1]))
    (kind, data), (attributes, script) = parser.found
    assert kind == {"type": "application/json", "id": "cube"}
    assert not set("<>&\u2028\u2029") & set(data)
    assert HOSTILE in json.loads(data)["names"]["venue"]
    assert HOSTILE in json.loads(data)["names"]["source"]
    assert attributes == {}
    assert script == SCRIPT.read_text("utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in parser.policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"


def test_the_script_writes_text_and_runs_none() -> None:
    """No mark-up from text, no text run as a script, no address asked for; nothing that would end its element."""
    script = SCRIPT.read_text("utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", "Function(", "setTimeout"):
        assert word not in script, word
    for word in ("fetch", "XMLHttp", "import(", "http:", "https:", "localStorage", "cookie", "</", "<!--"):
        assert word not in script.replace('"http://www.w3.org/2000/svg"', ""), word


def test_line_separators_of_names_are_escaped(tmp_path: Path) -> None:
    """U+2028 and U+2029 end a line of a script in old browsers."""
    rows = [review(n, WEEK.start, venue_name=f"云栖\u2028{n}\u2029&店") for n in range(2)]
    with report_rows(warehouse(tmp_path, rows, []), WEEK, Scope()) as connection:
        filters = page_filters(filter_cube(connection, WEEK))
    assert filters is not None
    assert "云栖\\u20280\\u2029\\u0026店" in filters.json


def test_where_nothing_is_there_is_no_script(tmp_path: Path) -> None:
    """The section says that there is nothing to filter, and the policy lets no script run."""
    page = page_html(report_figures(warehouse(tmp_path, [review(1, WEEK.start)], []), WEEK, Scope("venue", "没有的店")))
    assert NOTHING[0] in page
    assert "<script" not in page
    assert "script-src" not in page


def test_groups_stand_before_their_subtypes() -> None:
    """Every failure of the codebook once."""
    assert sorted(failure_codes()) == sorted([*codes("failure_group"), *codes("failure_subtype")])
    assert failure_codes()[:3] == ("delivery", "delivery.unavailable", "delivery.slow")
