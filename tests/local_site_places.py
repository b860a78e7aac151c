"""Which page of the local site stands at which address."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.local_site_apps import apps_index, apps_page
from tests.local_site_data import export_csv, food_index, food_page, food_scroll, food_shop, rest_page
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
            (re.compile(r"/hotel/"), lambda _: hotel_index()),
            (re.compile(r"/hotel/(\d+)/reviews"), self._hotel),
            (re.compile(r"/login"), lambda _: login_page()),
            (re.compile(r"/trouble/circle/([123])"), _circle),
            (re.compile(r"/trouble/loop"), lambda _: Answer(b"", status=302, headers=(("Location", "/trouble/loop"),))),
            (re.compile(r"/private/.*|/board/secret.*"), self._secret),
            (re.compile(r"/board/"), self._board),
            (re.compile(r"/food/"), lambda _: food_index()),
            (re.compile(r"/food/shop/(\d+)"), self._shop),
            (re.compile(r"/food/api/reviews"), self._food),
            (re.compile(r"/food/api/feed"), self._scroll),
            (re.compile(r"/apps/"), lambda _: apps_index()),
            (re.compile(r"/apps/([a-z-]+)/reviews"), self._app),
            (re.compile(r"/rest/v1/reviews"), self._rest),
            (re.compile(r"/exports/(reviews-\d{4}-\d\d\.csv)"), self._export),
            (re.compile(r"/board/complaint/(\d+)\.html"), self._complaint),
        ]

    def expected(self, place: str, day: int) -> list[SiteReview]:
        """Return what a whole collection of a place brings on a day."""
        reviews = self.reviews.of_place("hotel" if place == "exports" else place, day)
        return self._of_month(reviews) if place == "exports" else reviews

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

    def _shop(self, _: Mapping[str, str], shop: str) -> Answer:
        return food_shop(shop) if shop in VENUES["food"] else NOT_FOUND

    def _food(self, query: Mapping[str, str]) -> Answer:
        shop = query.get("shop", "")
        if shop not in VENUES["food"]:
            return NOT_FOUND
        return food_page(self._list("food", shop), _page(query), self.oddities)

    def _scroll(self, query: Mapping[str, str]) -> Answer:
        shop = query.get("shop", "")
        if shop not in VENUES["food"]:
            return NOT_FOUND
        return food_scroll(self._list("food", shop), query.get("cursor", ""))

    def _app(self, query: Mapping[str, str], app: str) -> Answer:
        if app not in VENUES["apps"]:
            return NOT_FOUND
        return apps_page(app, self._list("apps", app), _page(query), self.oddities)

    def _rest(self, query: Mapping[str, str]) -> Answer:
        reviews = [review for shop in VENUES["food"] for review in self._list("food", shop)]
        return rest_page(reviews, query.get("since", ""), query.get("cursor", ""))

    def _export(self, _: Mapping[str, str], name: str) -> Answer:
        if name != f"reviews-{self.reviews.first_day:%Y-%m}.csv":
            return NOT_FOUND
        return export_csv(self.expected("exports", self.day), name)

    def _of_month(self, reviews: list[SiteReview]) -> list[SiteReview]:
        month = f"{self.reviews.first_day:%Y-%m}"
        return [review for review in reviews if f"{review.written:%Y-%m}" == month]

    def _secret(self, _: Mapping[str, str]) -> Answer:
        return Answer("<html><body><p>内部页面：收集者不该来这里。</p></body></html>".encode())

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
