"""The page in a real browser: Debian's Chromium, driven by Playwright; nothing is fetched, nothing is downloaded."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from reports.filter_cube import failure_codes
from reports.page import page_html
from reports.page_filters import CARDS
from reports.report_figures import report_figures
from reports.report_rows import Scope
from tests.filter_samples import counted, filtered_hotels
from tests.report_samples import HOSTILE, WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
CHOICES: list[tuple[dict[str, str], Callable[[pd.DataFrame], pd.Series]]] = [
    ({}, lambda rows: rows["week"] >= 13),
    ({"from-week": "2026-04-06"}, lambda rows: rows["week"] >= 0),
    ({"by-source": "meituan"}, lambda rows: rows["source"] == "meituan"),
    ({"by-region": "未注明"}, lambda rows: rows["region"].isna()),
    ({"by-venue": "拾光"}, lambda rows: rows["venue"].str.contains("拾光", na=False)),
    ({"by-venue": "云栖湖畔酒店"}, lambda rows: rows["venue"] == "云栖湖畔酒店"),
    ({"by-venue": "没有的店"}, lambda rows: rows["week"] < 0),
    ({"by-source": HOSTILE, "by-industry": "restaurant"}, lambda rows: rows["source"] == HOSTILE),
    (
        {"from-week": "2026-09-28", "by-source": "ctrip", "by-region": "华东", "by-venue": "h1"},
        lambda rows: (rows["week"] == 25) & (rows["source"] == "ctrip") & (rows["venue_id"] == "H1"),
    ),
]
"""What a reader chooses, and the rows that it is of; one choice is made after the other, each from the beginning."""


@pytest.fixture(scope="module")
def hotels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """A page of a few venues, of which hostile guests, sources and venues are some, and the rows that it is of."""
    folder = tmp_path_factory.mktemp("page")
    rows = filtered_hotels(folder / "tables")
    path = folder / "index.html"
    path.write_text(page_html(report_figures(folder / "tables", WEEK, Scope())), "utf-8")
    return path, rows


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium, driven by Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed; `make setup` brings it")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed: sudo apt install chromium fonts-noto-cjk")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: "Browser", hotels: tuple[Path, pd.DataFrame]) -> "Iterator[Page]":
    """The page, opened; console messages, dialogs and requests beyond the file fail the test."""
    address = hotels[0].as_uri()
    opened = browser.new_page(viewport=request.param)
    unwanted: list[str] = []
    opened.on("console", lambda message: unwanted.append(message.text))
    opened.on("pageerror", lambda error: unwanted.append(str(error)))
    # A dialog is dismissed by itself where nobody answers it: that it has opened is what counts.
    opened.on("dialog", lambda dialog: unwanted.append(dialog.message))
    opened.on("request", lambda asked: unwanted.append(asked.url) if asked.url != address else None)
    opened.goto(address)
    yield opened
    opened.close()
    assert unwanted == []


def choose(page: "Page", choices: dict[str, str]) -> None:
    """Choose in the filters, from the beginning."""
    page.locator("#all-again").click()
    for name, text in choices.items():
        if name == "by-venue":
            page.locator("#by-venue").fill(text)
        else:
            page.locator(f"#{name}").select_option(label=text)


def test_the_page_fits_its_window(page: "Page") -> None:
    """No sideways scrolling, on a phone either; wide tables scroll within themselves."""
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]


def test_one_key_changes_the_language(page: "Page") -> None:
    """Chinese is shown first; the switch is reached and pressed by keyboard, and changes every heading."""
    heading = page.locator("h1")
    assert heading.inner_text().startswith("客声周报")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert heading.inner_text().startswith("Kesheng report")
    assert "Whether satisfaction has really changed" in page.locator("main").inner_text()
    page.keyboard.press("Space")
    assert "满意度真变了，还是波动" in page.locator("main").inner_text()


def test_what_a_guest_wrote_is_shown_and_does_nothing(page: "Page") -> None:
    """The words stand in the table of red lines as they were written; no dialog opens, no image is asked for."""
    assert HOSTILE in page.locator("main").inner_text()
    assert page.locator("main img").count() == 0
    assert page.locator("main script").count() == 2


def test_chinese_is_drawn(page: "Page") -> None:
    """A character of a font, not the box for a missing one: 客 and 声 are drawn differently."""
    drawn = page.evaluate(
        """() => ["客", "声"].map(text => {
             const canvas = document.createElement("canvas");
             const pen = canvas.getContext("2d");
             pen.font = "40px " + getComputedStyle(document.body).fontFamily;
             pen.fillText(text, 0, 50);
             return canvas.toDataURL();
           })"""
    )
    assert drawn[0] != drawn[1]


def test_folded_tables_open_without_a_script(page: "Page") -> None:
    """Quotes stand behind their caption until somebody asks for them."""
    quotes = page.locator("details", has_text="原话：每类失误最新").first
    assert not quotes.locator("table").is_visible()
    quotes.locator("summary").click()
    assert quotes.locator("table").is_visible()


def shown_figures(page: "Page") -> dict[str, str]:
    """Return every figure that the filters have filled, as it is shown."""
    figures = {f"card {name}": page.locator(f"#card-{name}").inner_text() for name in CARDS}
    figures |= {f"note {name}": page.locator(f"#note-{name}").inner_text() for name in ("index", "negative", "failed")}
    for what in ("count", "share"):
        cells = page.locator(f"[data-{what}]")
        figures |= {f"{what} {code}": cells.nth(n).inner_text() for n, code in enumerate(failure_codes())}
    return figures


def expected_figures(rows: pd.DataFrame) -> dict[str, str]:
    """Return the same as pandas counts it over the reviews themselves."""
    told = {**dict.fromkeys(failure_codes(), 0), **counted(rows)}
    n, scored = told["reviews"], told["reviews"] - told["unscored"]
    mean = told["satisfaction"] / 1000 / scored if scored else 0.0

    def share(count: int) -> str:
        return f"{count / n:.1%}" if n >= 30 else "样本不足"

    return {
        **{f"card {name}": f"{told[name]:,}" for name in ("reviews", "negative", "failed", "red")},
        "card index": f"{(mean - 1) * 25:.0f}" if scored >= 30 else "样本不足",
        "note index": f"满意度均值 {mean:.2f}" if scored >= 5 else "满意度均值 –",
        "note negative": f"占比 {share(told['negative'])}",
        "note failed": f"占比 {share(told['failed'])}",
        **{f"count {code}": f"{told[code]:,}" for code in failure_codes()},
        **{f"share {code}": share(told[code]) for code in failure_codes()},
    }


def test_filters_change_numbers_to_what_pandas_counts(page: "Page", hotels: tuple[Path, pd.DataFrame]) -> None:
    """Choice by choice: cards, and counts and shares of every failure; the 13 weeks unless others are chosen."""
    rows = hotels[1]
    for choices, told in CHOICES:
        choose(page, choices)
        own = rows[told(rows) & (rows["week"] >= (0 if "from-week" in choices else 13))]
        assert shown_figures(page) == expected_figures(own), choices
        assert f"可判读评论 {len(own[own['counts']])} 条" in page.locator("#chosen").inner_text()


def test_weeks_are_listed_and_drawn(page: "Page", hotels: tuple[Path, pd.DataFrame]) -> None:
    """A row and two bars a week; under five reviews a week has no share and no mean."""
    rows = hotels[1]
    own = rows[(rows["week"] >= 20) & (rows["region"] == "华北")]
    choose(page, {"from-week": "2026-08-24", "by-region": "华北"})
    page.locator(".filters summary").click()
    cells = [row.split("\t") for row in page.locator("#weeks").inner_text().splitlines()]
    assert len(cells) == 6
    assert page.locator("#bars rect").count() == 12
    for week, row in enumerate(cells, start=20):
        told = counted(own[own["week"] == week])
        assert row[1:4] == [str(told[name]) for name in ("reviews", "negative", "failed")]
        assert row[4:] == ["–", "–"]
    choose(page, {})
    row = page.locator("#weeks tr").last.inner_text().split("\t")
    told = counted(rows[rows["week"] == 25])
    mean = told["satisfaction"] / 1000 / (told["reviews"] - told["unscored"])
    assert row[0] == "2026-09-28"
    assert row[4:] == [f"{told['failed'] / told['reviews']:.1%}", f"{mean:.2f}"]


def test_a_first_week_after_the_last_one_takes_it_along(page: "Page") -> None:
    """And the other way round: no choice of weeks is empty."""
    weeks = page.locator("#from-week, #to-week")
    page.locator("#to-week").select_option(label="2026-04-12")
    assert [weeks.nth(n).input_value() for n in range(2)] == ["0", "0"]
    page.locator("#from-week").select_option(label="2026-05-04")
    assert [weeks.nth(n).input_value() for n in range(2)] == ["4", "4"]


def test_what_is_chosen_is_told_in_the_language_that_is_read(page: "Page") -> None:
    """Hostile names stand in it as text; the switch keeps the choice and renames what has no name of its own."""
    choose(page, {"by-source": HOSTILE, "by-region": "未注明", "by-venue": HOSTILE})
    said = page.locator("#chosen")
    assert f"来源：{HOSTILE}；区域：未注明；名称含“{HOSTILE}”的门店 1 个" in said.inner_text()
    before = page.locator("#card-reviews").inner_text()
    page.locator("#english").check()
    assert f"source: {HOSTILE}; region: not given; venues named “{HOSTILE}”: 1" in said.inner_text()
    assert page.locator("#by-region option:checked").inner_text() == "not given"
    assert page.locator("#card-reviews").inner_text() == before
    choose(page, {"by-venue": "没有的店"})
    assert "no venue is named “没有的店”" in said.inner_text()
    assert page.locator("#card-index").inner_text() == "too few"
    assert "Unreasonably slow service" in page.locator(".filters").inner_text()


def test_axe_finds_nothing_serious(page: "Page") -> None:
    """In Chinese and in English, as the page opens and after filtering, with every folded table open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="`make setup` brings axe-core").Axe()
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    for choices, english in ((None, False), (None, True), ({"by-source": "ctrip"}, True), ({"by-venue": "h1"}, False)):
        page.locator("#english").set_checked(english)
        if choices:
            choose(page, choices)
        found = axe.run(page).response["violations"]
        serious = [
            (violation["id"], [node["html"][:120] for node in violation["nodes"]])
            for violation in found
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == [], (choices, english)


def test_the_page_is_whole_without_a_script(browser: "Browser", hotels: tuple[Path, pd.DataFrame]) -> None:
    """Every other section reads as with it; the one with the filters says why it is empty."""
    texts = []
    for with_script in (True, False):
        opened = browser.new_page(java_script_enabled=with_script)
        opened.goto(hotels[0].as_uri())
        main = opened.locator("main").inner_text()
        texts.append(main[: main.index("筛选查看")])
        assert opened.locator("noscript").is_visible() != with_script
        assert opened.locator("#filtered").is_visible() == with_script
        assert ("浏览器没有运行脚本" in main) != with_script
        opened.close()
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<footer>", "<script>document.title = '坏'</script><footer>"),
        ('"use strict";', '"use strict"; document.title = "坏";'),
    ],
    ids=["another", "changed"],
)
def test_no_other_script_runs(browser: "Browser", hotels: tuple[Path, pd.DataFrame], old: str, new: str) -> None:
    """One that stood in the page by mistake would be refused by the policy, and so would ours, were it changed."""
    text = hotels[0].read_text("utf-8")
    assert text.count(old) == 1
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.set_content(text.replace(old, new))
    assert page.title().startswith("客声周报")
    assert ["Content Security Policy" in message for message in refused] == [True]
    page.close()
