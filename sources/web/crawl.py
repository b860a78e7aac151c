"""One crawl of a site: what each answer means for it, whoever fetches the pages.

``sources.web.spider`` brings the answers by Scrapy; every decision is taken here, and written down in the frontier
before the next one.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sources.dates import SHANGHAI
from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.masking import mask
from sources.web.addresses import host_of, refusal_of_address
from sources.web.answers import Answer, SiteStoppedError, retry_after
from sources.web.crawl_records import NotDone, PageDone, PageRequest
from sources.web.frontier import Frontier
from sources.web.item_rows import ItemRows, PageRows
from sources.web.kept_pages import KeptPages
from sources.web.nodes import PageError
from sources.web.page import Page
from sources.web.page_outcome import AGAIN, VIA, page_done, redirected_from
from sources.web.page_reading import PageReading, joined, read_page
from sources.web.recipe import Recipe
from sources.web.recipe_file import start_addresses
from sources.web.refusal_pages import RefusalWatch
from sources.web.robots import RobotRules

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 5
_LONGEST_ADDRESS = 8_000
"""Characters: more than any server takes."""
_PAGES_AGAIN = 2
"""Pages in a row that bring only what the crawl has seen, after which a list is taken to repeat its last page."""
_FAILURES_IN_A_ROW = 10
"""After so many a site is left alone for the night: it is down, or it has found another way to say no."""


@dataclass
class Crawl:
    """The crawl of one source, taken up where an earlier one was interrupted.

    Attributes:
        recipe: What is known of the site.
        folder: Of the recipe, where its files of values lie.
        frontier: What was asked for and brought.
        options: Source, kind, industry, venue and masking of what it brings.
        key: Of the reviews' identities.
        kept: Where pages are kept, masked, if anybody asked for that.
        clock: What time it is.
    """

    recipe: Recipe
    folder: Path
    frontier: Frontier
    options: ImportOptions
    key: IdentityKey
    kept: KeptPages | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(SHANGHAI))
    robots: dict[str, RobotRules] = field(default_factory=dict)
    number: int = 0
    _pages: int = 0
    _failures: int = 0
    _watch: RefusalWatch = field(default_factory=RefusalWatch)

    def begin(self) -> None:
        """Take up the crawl that was interrupted, or begin a new one.

        Raises:
            SiteStoppedError: The site has asked to be left alone until a later hour.
            RecipeError: A file of values cannot be read.
        """
        unfinished = self.frontier.unfinished()
        if unfinished and unfinished.not_before and unfinished.not_before > self.clock():
            until = unfinished.not_before.astimezone(SHANGHAI)
            self.number = unfinished.crawl
            raise SiteStoppedError("waits", f"the site asked to be left alone until {until:%m-%d %H:%M}", until)
        kinds = self.recipe.pages
        if unfinished and all(request.page in kinds for request in self.frontier.waiting(unfinished.crawl)):
            self.number = unfinished.crawl
            self.frontier.go_on(self.number)
            self.frontier.give_up(self.number, 3 * (1 + self.recipe.limits.retries), self.clock())
        else:
            self._begin_anew()
        self._rows = ItemRows(self.options, self.key, self.number)
        self._rows.take_up(self.frontier.seen_in(self.number))
        midnight = self.clock().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        self._pages = self.frontier.pages_read(self.number, midnight)

    def _begin_anew(self) -> None:
        today = self.clock().astimezone(SHANGHAI).date()
        starts = [
            PageRequest(joined(address, address), page, values)
            for page, address, values in start_addresses(self.recipe, self.folder, today)
        ]
        digest = hashlib.sha256(self.recipe.model_dump_json().encode()).hexdigest()[:16]
        self.number = self.frontier.begin(self.clock(), digest, starts, self.recipe.pages)

    @property
    def longest_delay(self) -> float:
        """Seconds between two requests to the slowest of the hosts, as far as their robots.txt are known."""
        return max(self.recipe.manners.delay_seconds, *(rules.crawl_delay for rules in self.robots.values()), 0.0)

    def waiting(self) -> list[PageRequest]:
        """Return the pages to ask for."""
        return self.frontier.waiting(self.number)

    def admit(self, requests: Iterable[PageRequest]) -> list[PageRequest]:
        """Return the pages that may be asked for; the others are written down as refused, with the reason."""
        admitted = []
        for request in requests:
            if (reason := self._refusal(request)) is None:
                admitted.append(request)
            else:
                self.frontier.not_done(self.number, request.address, NotDone("refused", reason), self.clock())
        return admitted

    def _refusal(self, request: PageRequest) -> str | None:
        if reason := refusal_of_address(request.address, self.recipe):
            return reason
        if len(request.address) > _LONGEST_ADDRESS:
            return f"an address of {len(request.address)} characters"
        if request.depth > self.recipe.limits.depth:
            return f"deeper than {self.recipe.limits.depth} pages from a start address"
        rules = self.robots.get(host_of(request.address))
        if self.recipe.owned is None and rules is not None and not rules.allows(request.address):
            return "robots.txt forbids it"
        return None

    def before_request(self, address: str | None) -> None:
        """Count a request that is about to go out.

        Args:
            address: Of a page as the frontier knows it; None for robots.txt.

        Raises:
            SiteStoppedError: It may not: the hour, the day's budget or the size of the crawl forbids it.
        """
        now, manners = self.clock().astimezone(SHANGHAI), self.recipe.manners
        if manners.hours and not manners.hours.hold(now.time()):
            raise SiteStoppedError("hours", f"{now:%H:%M} lies outside {manners.hours}; the rest waits")
        if self.frontier.requests_on(now.date()) >= manners.daily_requests:
            raise SiteStoppedError("budget", f"the day's {manners.daily_requests} requests are spent; the rest waits")
        if self._pages >= self.recipe.limits.pages:
            raise SiteStoppedError(
                "limit", f"{self.recipe.limits.pages} pages read, as many as a crawl may in a day; the rest waits"
            )
        self.frontier.count_request(self.number, address, now.date())

    def answered(self, request: PageRequest, answer: Answer) -> list[PageRequest]:
        """Take in an answer, and return the pages to ask for because of it.

        Raises:
            SiteStoppedError: The site does not want to be asked.
        """
        if answer.status in _REDIRECTS:
            return self._redirected(request, answer)
        if answer.status in (401, 403, 429) or (answer.status == 503 and retry_after(answer)):
            self._stop(request, answer)
        if answer.status != 200:
            self.failed(request, f"status {answer.status}", answer.status)
            return []
        self._pages += 1
        kind = self.recipe.pages[request.page]
        carried = {name: value for name, value in request.carried.items() if name not in (VIA, AGAIN)}
        content_type = answer.headers.get("content-type")
        page = Page(request.page, kind, request.address, answer.body, answer.at, content_type, carried)
        try:
            reading = read_page(page)
        except PageError as error:
            self._refuse_refusals(request, page, answer)
            self.failed(request, str(error), answer.status)
            return []
        if reading.items or reading.links:
            self._watch.learn(page)
        else:
            self._refuse_refusals(request, page, answer)
        follow = self.admit(self._store(request, page, reading, answer))
        self._failures = 0
        return follow

    def failed(self, request: PageRequest, reason: str, status: int | None = None) -> None:
        """Write down that a page could not be had; the next night asks for it again.

        Raises:
            SiteStoppedError: It was one of many in a row.
        """
        # A page that is gone for good is not asked for again.
        gone = status in (400, 404, 405, 410, 414)
        state: Literal["failed", "refused"] = "refused" if gone else "failed"
        # A reason may quote the page.
        outcome = NotDone(state, mask(reason, self.options.masking).text, status)
        self.frontier.not_done(self.number, request.address, outcome, self.clock())
        self._failures = 0 if gone else self._failures + 1
        if self._failures >= _FAILURES_IN_A_ROW:
            words = f"{self._failures} pages in a row have failed, the last with: {outcome.reason}; the rest waits"
            raise SiteStoppedError("failing", words)

    def end(self, stop: SiteStoppedError | None) -> None:
        """Write down how the crawl ended.

        Args:
            stop: Why it ended before its end; None if nothing more came to be asked for.
        """
        now = self.clock()
        if stop is None and (left := len(self.frontier.waiting(self.number))):
            stop = SiteStoppedError("interrupted", f"{left} pages were left without an outcome; the next crawl asks")
        if stop is None:
            self.frontier.end(self.number, now, "done")
        else:
            self.frontier.end(self.number, now, stop.ending, stop.words, not_before=stop.not_before)

    def _redirected(self, request: PageRequest, answer: Answer) -> list[PageRequest]:
        target = joined(request.address, answer.headers.get("location", ""))
        via = [*redirected_from(request), request.address]
        reason = refusal_of_address(target, self.recipe)
        if reason is None and len(via) > _MOST_REDIRECTS:
            reason = f"more than {_MOST_REDIRECTS} redirects"
        if reason is None and target in via:
            # Often a site that wants to see its cookie come back.
            self.failed(request, "redirects in a circle", answer.status)
            return []
        if reason is not None:
            outcome = NotDone("refused", f"redirects: {reason}", answer.status)
            self.frontier.not_done(self.number, request.address, outcome, answer.at)
            return []
        follow = PageRequest(target, request.page, {**request.carried, VIA: " ".join(via)}, request.depth)
        done = PageDone(request.address, answer.status, len(answer.body), (follow,))
        return self.admit(self.frontier.done(self.number, done, answer.at))

    def _stop(self, request: PageRequest, answer: Answer) -> None:
        words = f"the site answered {answer.status} to {urlsplit(request.address).path}; it is not asked any more"
        self._set_aside(request, f"status {answer.status}", answer)
        raise SiteStoppedError("blocked", words, retry_after(answer))

    def _set_aside(self, request: PageRequest, reason: str, answer: Answer) -> None:
        """Let a page that stops the crawl wait behind the others; what was redirected is asked for as it was."""
        address = request.address
        if via := redirected_from(request):
            self.frontier.undo_redirect(self.number, via, address)
            address = via[0]
        self.frontier.set_aside(self.number, address, NotDone("failed", reason, answer.status), answer.at)

    def _refuse_refusals(self, request: PageRequest, page: Page, answer: Answer) -> None:
        if kind := self._watch.refusal(page):
            what = {"captcha": "a captcha", "login": "a login", "blocked": "a notice that it blocks us"}[kind]
            place = urlsplit(request.address).path
            self._set_aside(request, f"shows {what}", answer)
            raise SiteStoppedError(
                kind, f"the site shows {what} at {place}; it is not asked any more", retry_after(answer)
            )

    def _store(self, request: PageRequest, page: Page, reading: PageReading, answer: Answer) -> list[PageRequest]:
        read = list(self._rows.ids_of(page, reading.items))
        known = self.frontier.known([item_id for _, item_id in read if item_id])
        brought = self._rows.rows(read, known)
        links, links_new = self._links(request, reading)
        again = int(request.carried.get(AGAIN, "0")) + 1 if read and brought.duplicates == len(read) else 0
        if reading.next is not None and again < _PAGES_AGAIN and self._goes_on(page, brought, links_new):
            carried = {**reading.next.carried, **({AGAIN: str(again)} if again else {})}
            links.append(PageRequest(reading.next.address, reading.next.page, carried, request.depth + 1))
        if self.kept is not None:
            self.kept.keep(page, brought.authors)
        done = page_done(request, page, answer, reading=reading, brought=brought, links=links)
        return self.frontier.done(self.number, done, answer.at)

    def _links(self, request: PageRequest, reading: PageReading) -> tuple[list[PageRequest], bool]:
        """Return the links to follow, and whether one of them leads to a page never read or to be read again."""
        follow = []
        once = False
        for link in reading.links:
            kind = self.recipe.pages[link.page]
            visited, newest = self.frontier.visited(link.address) if kind.visit == "once" else (False, None)
            if visited and not self._within(newest, kind.reread_days):
                once = True
                continue
            follow.append(PageRequest(link.address, link.page, link.carried, request.depth + 1))
        return follow, bool(follow) or not once

    def _goes_on(self, page: Page, brought: PageRows, links_new: bool) -> bool:  # noqa: FBT001 - a fact, no switch
        """Return whether a list is read on: to its end, or while it brings something new or still to be read again."""
        kind = page.kind
        if kind.order == "any":
            return True
        if kind.items is None:
            return links_new
        # What this crawl itself has seen moved here from an earlier page: what lies beyond is not known yet.
        if brought.rows or brought.rejects or brought.duplicates:
            return True
        return any(self._within(item.published, kind.reread_days) for item in brought.seen)

    def _within(self, day: date | None, days: int) -> bool:
        return days > 0 and day is not None and self.clock().astimezone(SHANGHAI).date() - day <= timedelta(days=days)
