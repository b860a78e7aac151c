"""Pages parsed, and crawled to landing, for `make bench`: hotel lists of the local site, 15 reviews a page."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from urllib.request import urlopen

from sources.dates import SHANGHAI
from sources.web.page import Page
from sources.web.page_reading import read_page
from sources.web.recipe_file import read_recipe
from tests.web_samples import RECIPES, collect, site_recipe

SCALE = 84
"""Of the site: some 2,000 pages."""
VENUES, PAGES = ("101", "102"), 75
ROUNDS = 8
"""How often each of the saved pages is parsed."""


def measure_parsing(_: Path) -> dict[str, float]:
    """Saved pages read by a recipe, in two processes."""
    with _site() as address:
        targets = [f"{address}/hotel/{venue}/reviews?page={page}" for venue in VENUES for page in range(1, PAGES + 1)]
        saved = [(target, urlopen(target).read()) for target in targets]
    halves = [saved[::2], saved[1::2]]
    with ProcessPoolExecutor(2) as pool:
        # The processes start and compile their selectors before anything is measured.
        list(pool.map(_parsed, [half[:2] for half in halves]))
        began = time.perf_counter()
        items = sum(pool.map(_parsed, [half * ROUNDS for half in halves]))
        seconds = time.perf_counter() - began
    assert items == 15 * len(saved) * ROUNDS
    return {"reviews": len(saved) * ROUNDS, "seconds": seconds}


def measure_crawl(folder: Path) -> dict[str, float]:
    """A crawl without delay, eight requests at a time, from the first page to the last row landed."""
    with _site() as address:
        recipe = site_recipe(folder, "hotel_pages", address)
        text = recipe.read_text("utf-8")
        recipe.write_text(text.replace("daily_requests", "concurrency: 8, daily_requests"), "utf-8")
        began = time.perf_counter()
        crawled = collect(recipe)
        seconds = time.perf_counter() - began
    assert crawled.report.ending == "done"
    return {"reviews": crawled.report.pages, "seconds": seconds}


def _parsed(saved: list[tuple[str, bytes]]) -> int:
    kind = read_recipe(RECIPES / "hotel_pages.yaml").pages["reviews"]
    now = datetime.now(SHANGHAI)
    return sum(len(read_page(Page("reviews", kind, address, body, now)).items) for address, body in saved)


@contextmanager
def _site() -> Iterator[str]:
    """Run the site in a process of its own, so that its work is not counted as ours; gives its address."""
    command = [sys.executable, "-m", "tests.local_site", "--scale", str(SCALE)]
    command += ["--first-day", date.today().isoformat()]  # noqa: DTZ011 - as on the site
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
