"""A web site of fictional reviews on loopback, for tests of collectors; it keeps a log of who asked for what.

| address | what stands there |
|---|---|
| ``/robots.txt`` | disallows ``/private/`` and ``/board/secret*``; see ``Robots`` |
| ``/hotel/`` | six hotels, GBK with the charset only in ``<meta>`` |
| ``/hotel/101/reviews?page=1`` | 15 reviews and ``下一页``: stars ``s-star5``, dates ``3天前``, replies ``酒店回复`` |
| ``/food/``, ``/food/shop/12`` | four restaurants; pages without reviews, which a script would fetch |
| ``/food/api/reviews?shop=12&page=1`` | ``{"total": …, "items": […]}``, 20 a page, stars 0 to 50; then empty lists |
| ``/food/api/feed?shop=12&cursor=…`` | ``{"next": "…", "data": […]}``, 10 at a time, milliseconds; last null |
| ``/board/?page=1`` | 20 complaints as links; the last page has no next one |
| ``/board/complaint/17320120.html`` | one complaint: stars ``width:80%``, date ``2026-11-03 14:22``, status, reply |
| ``/apps/yun-du/reviews?page=1`` | one of three apps (``/apps/``): JSON-LD, microdata, ``@graph`` |
| ``/rest/v1/reviews?since=2026-11-01&cursor=…`` | the food reviews, for ``Authorization: Bearer`` and the token |
| ``/exports/reviews-2026-11.csv`` | the hotel reviews of day 1's month as CSV |
| ``/trouble/drip?seconds=0.01`` | any answer of ``Fault``, without planning it |
| ``/trouble/circle/1`` | three pages that link to each other in a circle; ``/trouble/loop`` redirects to itself |
| ``/login``, ``/private/…``, ``/board/secret…`` | a login form, and pages that a polite collector never asks for |
| ``POST /_site/next-day``, ``/_site/state`` | for other processes: the next day, and counts; neither is logged |

In a test: ``with LocalSite() as site: collect(site.url); assert found == site.expected("hotel")``.
For a demonstration: ``python -m tests.local_site --port 0``.
"""

import argparse
import json
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.local_site_data import unauthorised
from tests.local_site_faults import Fault, Faults, fault_of_address, faulty
from tests.local_site_pages import Answer, Oddities
from tests.local_site_places import Places
from tests.local_site_reviews import SiteReview, SiteReviews
from tests.local_site_server import Asked, LoopbackServer, SiteRequest

ORDINARY = "/hotel/101/reviews?page=1"
"""The page that faults under ``/trouble/`` are made of, but for broken JSON."""
ORDINARY_JSON = "/food/api/reviews?shop=12&page=1"


@dataclass(frozen=True, slots=True)
class Robots:
    """What ``/robots.txt`` says.

    Attributes:
        status: E.g. 500 or 404.
        crawl_delay: Seconds, in the group for everybody.
        agent: Who has a group of its own, e.g. ``KeshengBot``.
        rules: The lines of that group, e.g. ``("Disallow: /food/", "Crawl-delay: 3")``.
    """

    status: int = 200
    crawl_delay: float | None = None
    agent: str | None = None
    rules: tuple[str, ...] = ()

    def answer(self) -> Answer:
        """Return the file."""
        lines = ["User-agent: *", "Disallow: /private/", "Disallow: /board/secret*"]
        if self.crawl_delay is not None:
            lines.append(f"Crawl-delay: {self.crawl_delay:g}")
        if self.agent:
            lines += ["", f"User-agent: {self.agent}", *self.rules]
        return Answer("\n".join((*lines, "")).encode(), "text/plain; charset=utf-8", self.status)


class LocalSite:
    """The site, from ``__enter__`` to ``__exit__``; all methods may be called from any thread.

    Args:
        seed: Another seed gives other reviews.
        scale: Multiplies how many reviews each list has.
        day: Which day it is at first; 2 has new reviews and replies.
        first_day: The date of day 1, e.g. ``date.today()`` where relative dates are read against the real clock.
        robots: What ``/robots.txt`` says; may be set anew while the site runs.
        oddities: What is wrong with the contents.
        faults: What goes wrong; ``site.faults.add(…)`` and ``.clear()`` change it while the site runs.
        hostile: Whether one review of each list has a text full of markup and code.
        token: What the REST interface wants to see.
        port: 0 takes a free one.
        log: A file that each request is appended to as a line of JSON.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        scale: int = 1,
        day: int = 1,
        first_day: date = date(2026, 11, 5),
        robots: Robots | None = None,
        oddities: Oddities | None = None,
        faults: tuple[Fault, ...] = (),
        hostile: bool = False,
        token: str = "kesheng-token",  # noqa: S107 - opens nothing but this site
        port: int = 0,
        log: Path | None = None,
    ) -> None:
        self.robots = robots or Robots()
        self.faults = Faults(*faults)
        self.token = token
        self._places = Places(SiteReviews(seed, scale, first_day, hostile=hostile), day, oddities or Oddities())
        self._server = LoopbackServer(self._decide, port, log)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """The address without a slash at its end, e.g. ``http://127.0.0.1:40123``."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def day(self) -> int:
        """Which day it is; 1 is the first."""
        return self._places.day

    @property
    def today(self) -> date:
        """The date that relative dates of today's pages count from."""
        return self._places.reviews.today(self.day)

    @property
    def requests(self) -> tuple[SiteRequest, ...]:
        """Every request so far, in the order in which they were answered."""
        return tuple(self._server.requests)

    @property
    def most_connections(self) -> int:
        """How many connections were open at once at most."""
        return self._server.most_connections

    def next_day(self) -> int:
        """Let a day pass: lists gain reviews at their heads, old reviews gain replies; returns the day it is now."""
        self._places = Places(self._places.reviews, self.day + 1, self._places.oddities)
        return self.day

    def change(self, oddities: Oddities) -> None:
        """Change what is wrong with the contents from now on."""
        self._places = Places(self._places.reviews, self.day, oddities)

    def expected(self, place: str, day: int | None = None) -> list[SiteReview]:
        """Return what a whole collection brings on a day (today by default), venue by venue, newest first.

        Args:
            place: ``hotel``, ``food`` (also behind ``/rest/``), ``board``, ``apps`` or ``exports``.
            day: 1 is the first.
        """
        return self._places.expected(place, day or self.day)

    def _decide(self, asked: Asked) -> tuple[Answer, Fault | None]:
        path = asked.target.partition("?")[0]
        if path.startswith("/_site/"):
            return self._control(asked.method, path), None
        if path == "/robots.txt":
            return self.robots.answer(), None
        if asked.method not in {"GET", "HEAD"}:
            return Answer(b"", status=405), None
        fault = fault_of_address(asked.target) or self.faults.strike(asked.target)
        target = asked.target
        if fault and path.startswith("/trouble/"):
            target = ORDINARY_JSON if fault.answer == "broken_json" else ORDINARY
        ordinary = self._places.answer(target)
        if path.startswith("/rest/") and asked.headers.get("authorization") != f"Bearer {self.token}":
            ordinary = unauthorised()
        return (faulty(fault, ordinary), fault) if fault else (ordinary, None)

    def _control(self, method: str, path: str) -> Answer:
        if path == "/_site/next-day" and method == "POST":
            self.next_day()
        state = {"day": self.day, "requests": len(self._server.requests), "most_connections": self.most_connections}
        return Answer(json.dumps(state).encode(), "application/json")


def main() -> None:
    """Run the site until it is interrupted; its address is the first line of standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.local_site", description="A site of fictional reviews.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=int, default=1, help="multiplies how many reviews each list has")
    parser.add_argument("--day", type=int, default=1)
    parser.add_argument("--first-day", type=date.fromisoformat, default=date(2026, 11, 5), help="date of day 1")
    parser.add_argument("--crawl-delay", type=float, help="what robots.txt asks for, in seconds")
    parser.add_argument("--log", type=Path, help="file for the requests, JSON Lines")
    parser.add_argument(
        "--fault", action="append", default=[], type=lambda text: Fault(**json.loads(text)),
        help='as JSON, e.g. {"answer": "too_many", "every": 20, "seconds": 2}; may be given several times',
    )  # fmt: skip
    given = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with LocalSite(
        seed=given.seed, scale=given.scale, day=given.day, first_day=given.first_day, port=given.port, log=given.log,
        robots=Robots(crawl_delay=given.crawl_delay), faults=tuple(given.fault),
    ) as site:  # fmt: skip
        sys.stdout.write(f"{site.url}\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
