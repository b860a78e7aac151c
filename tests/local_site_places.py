"""Which page of the local site stands at which address."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.local_site_faults import login_page
from tests.local_site_pages import Answer, Oddities, board_detail, board_list, hotel_index, hotel_list
from tests.local_site_reviews import VENUES, SiteReview, SiteReviews

NOT_FOUND = Answer("<html><body><h1>页面不存在</h1></body></html>".encode(), status=404)


class Places:
    """Answers an address with the page that stands there on a day; pages are built once and kept."""

    def __init__(self, reviews: SiteReviews, day: int, oddities: Oddities) -> None:
        self.reviews, self.day, self.oddities = reviews, day, oddities
        self._built: dict[str, Answer] = {}
        self._lists: dict[tuple[str, str], list[SiteReview]] = {}
        self._complaints: dict[str, SiteReview] = {}
        self._routes: list[tuple[re.Pattern[str], Callable[..., Answer]]] = [
            (re.compile(r"/hotel/"), self._hotels),
            (re.compile(r"/hotel/(\d+)/reviews"), self._hotel),
            (re.compile(r"/login"), lambda _: login_page()),
            (re.compile(r"/trouble/circle/([123])"), _circle),
            (re.compile(r"/trouble/loop"), lambda _: Answer(b"", status=302, headers=(("Location", "/trouble/loop"),))),
            (re.compile(r"/private/.*|/board/secret.*"), self._secret),
            (re.compile(r"/board/"), self._board),
            (re.compile(r"/board/complaint/(\d+)\.html"), self._complaint),
        ]

    def expected(self, place: str, day: int) -> list[SiteReview]:
        """Return what a whole collection of a place brings on a day."""
        return self.reviews.of_place(place, day)

    def answer(self, target: str) -> Answer:
        """Return what stands at a path with its query, e.g. ``/hotel/101/reviews?page=2``."""
        if (built := self._built.get(target)) is None:
            built = self._built[target] = self._build(target)
        return built

    def _build(self, target: str) -> Answer:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        for pattern, build in self._routes:
            if found := pattern.fullmatch(unquote(parts.path)):
                return build(query, *found.groups())
        return NOT_FOUND

    def _list(self, place: str, venue_id: str) -> list[SiteReview]:
        if (place, venue_id) not in self._lists:
            self._lists[place, venue_id] = self.reviews.of_venue(place, venue_id, self.day)
        return self._lists[place, venue_id]

    def _secret(self, _: Mapping[str, str]) -> Answer:
        return Answer("<html><body><p>内部页面：收集者不该来这里。</p></body></html>".encode())

    def _hotels(self, _: Mapping[str, str]) -> Answer:
        return hotel_index()

    def _hotel(self, query: Mapping[str, str], venue_id: str) -> Answer:
        if venue_id not in VENUES["hotel"]:
            return NOT_FOUND
        return hotel_list(venue_id, self._list("hotel", venue_id), _page(query), self.oddities)

    def _board(self, query: Mapping[str, str]) -> Answer:
        return board_list(self._list("board", "all"), _page(query), self.oddities)

    def _complaint(self, _: Mapping[str, str], number: str) -> Answer:
        if not self._complaints:
            self._complaints = {review.id: review for review in self._list("board", "all")}
        return board_detail(self._complaints[number]) if number in self._complaints else NOT_FOUND


def _circle(_: Mapping[str, str], number: str) -> Answer:
    following = int(number) % 3 + 1
    return Answer(f'<html><body><a class="next" href="/trouble/circle/{following}">下一页</a></body></html>'.encode())


def _page(query: Mapping[str, str]) -> int:
    text = query.get("page", "1")
    return int(text) if text.isdigit() and int(text) > 0 else 1
