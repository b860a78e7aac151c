"""The page in a real browser: Debian's Chromium, driven by Playwright; nothing is fetched, nothing is downloaded."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports.page import page_html
from reports.report_figures import report_figures
from reports.report_rows import Scope
from tests.report_samples import HOSTILE, WEEK, incident, review, warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of a hotel where waiting has begun, with what a hostile guest wrote."""
    folder = tmp_path_factory.mktemp("page")
    reviews = [
        review(week * 10 + n, WEEK.end - timedelta(weeks=26 - week), failures=["delivery.slow"] if week > 18 else [])
        for week in range(26)
        for n in range(8)
    ]
    fire = review(9000, WEEK.start, failures=["staff.misconduct"], severity=3, text=HOSTILE, loyalty="leave")
    incidents = [incident(r) for r in reviews if r["failure_subtypes"]]
    red = incident(fire, failure_group="staff", failure_subtype="staff.misconduct", quote=HOSTILE, severity=3)
    path = folder / "index.html"
    figures = report_figures(warehouse(folder / "tables", [*reviews, fire], [*incidents, red]), WEEK, Scope())
    path.write_text(page_html(figures), "utf-8")
    return path


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, page_file: Path) -> "Iterator[Page]":
    """The page, opened; console messages, dialogs and requests beyond the file fail the test."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed; `make setup` brings it")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed: sudo apt install chromium fonts-noto-cjk")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page(viewport=request.param)
        unwanted: list[str] = []
        opened.on("console", lambda message: unwanted.append(message.text))
        opened.on("pageerror", lambda error: unwanted.append(str(error)))
        # A dialog is dismissed by itself where nobody answers it: that it has opened is what counts.
        opened.on("dialog", lambda dialog: unwanted.append(dialog.message))
        opened.on("request", lambda asked: unwanted.append(asked.url) if asked.url != page_file.as_uri() else None)
        opened.goto(page_file.as_uri())
        yield opened
        browser.close()
        assert unwanted == []


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
    assert page.locator("main script, main img").count() == 0


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
    quotes = page.locator("details", has_text="原话：每类失误最重").first
    assert not quotes.locator("table").is_visible()
    quotes.locator("summary").click()
    assert quotes.locator("table").is_visible()
