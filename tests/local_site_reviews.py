"""The fictional reviews of the local site: the same seed gives the same reviews, on whichever day they are asked for.

Every list grows at its head: on day 2 and each day after it a few new reviews appear, and some old ones gain a reply of
the merchant. Ids, texts and dates stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from threading import Lock
from zoneinfo import ZoneInfo

from tests.local_site_phrases import (
    BLAME,
    CLOSINGS,
    COMPANIONS,
    HOSTILE_TEXT,
    NICK_FIRST,
    NICK_SECOND,
    NICK_THIRD,
    OPENINGS,
    PRAISE,
    PRODUCTS,
    REPLIES,
    TITLES,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")

VENUES: dict[str, dict[str, str]] = {
    "hotel": {
        "101": "临江云栖酒店",
        "102": "青梧里轻居（火车东站店）",
        "103": "白鹭洲度假村",
        "104": "朗庭商务酒店·会展店",
        "105": "半山听雨民宿",
        "106": "海棠湾悦禾大酒店",
    },
    "food": {"12": "沸川老灶烤鱼", "15": "小满粤式茶点", "27": "稻田边家常菜", "31": "阿岭酸汤火锅（南门店）"},
    # One list for all; who is complained of stands in COMPLAINED_OF.
    "board": {"all": "云诉投诉广场"},
    "apps": {"shouji-zhang": "手记账", "yun-du": "云读小说", "chuxing-tong": "出行通"},
}
COMPLAINED_OF = ("悦动健身（锦江店）", "蓝鲸课堂", "快修到家", "花间美业", "远途机票", "临江云栖酒店")
PER_VENUE = {"hotel": 60, "food": 80, "board": 120, "apps": 40}
NEW_EACH_DAY = {"hotel": 2, "food": 3, "board": 5, "apps": 2}
"""How many new reviews each list gains on day 2 and on each day after it."""

# The whole collection of a place holds it at this number of each list, when `hostile` is asked for.
HOSTILE_NUMBER = 7
_LATE_REPLY_EVERY = 15


@dataclass(frozen=True, slots=True)
class SiteReview:
    """One review as a whole collection must bring it on one day.

    Attributes:
        place: ``hotel``, ``food``, ``board`` or ``apps``.
        id: Unique within the place; the same on every day.
        venue_id: The venue's number or name in addresses.
        venue: The venue's name; on the board, who is complained of.
        author: A fictional nickname, some of them starred out (``爱***呆``).
        written: When it was written, to the second, Asia/Shanghai; a page may show less of it.
        date_text: The date as the place's pages show it on that day, e.g. ``3天前``, ``上周`` or ``2026-11-03 14:22``.
        rating: 1 to 5, in halves on ``food``.
        text: The review; lines are parted by a line feed, where HTML pages have ``<br>``.
        product: The room type, dish, service or version.
        title: Only on ``board`` and ``apps``.
        reply: The merchant's reply, where there is one on that day.
        replied: The day of the reply.
        status: Only on ``board``: ``处理中``, ``已回复`` or ``已解决``.
    """

    place: str
    id: str
    venue_id: str
    venue: str
    author: str
    written: datetime
    date_text: str
    rating: float
    text: str
    product: str
    title: str | None = None
    reply: str | None = None
    replied: date | None = None
    status: str | None = None


class SiteReviews:
    """All reviews of one site.

    Args:
        seed: Another seed gives other reviews.
        scale: Multiplies how many reviews each list has.
        first_day: The date of day 1; the newest reviews of that day carry it.
        hostile: Whether one review of each list has a text full of markup and code.
    """

    def __init__(self, seed: int, scale: int, first_day: date, *, hostile: bool = False) -> None:
        self.seed, self.scale, self.first_day, self.hostile = seed, scale, first_day, hostile
        # The server and a test may both ask, from threads of their own.
        self._lock = Lock()
        self._whole: dict[tuple[str, str], list[SiteReview]] = {}

    def today(self, day: int) -> date:
        """Return the date of a day of the site, ``today(1)`` being the first."""
        return self.first_day + timedelta(days=day - 1)

    def of_venue(self, place: str, venue_id: str, day: int) -> list[SiteReview]:
        """Return a list as it stands on a day, newest first."""
        count = PER_VENUE[place] * self.scale + NEW_EACH_DAY[place] * (day - 1)
        with self._lock:
            whole = self._whole.setdefault((place, venue_id), [])
            whole.extend(self._write(place, venue_id, number) for number in range(len(whole) + 1, count + 1))
        return [self._as_of(review, day) for review in reversed(whole[:count])]

    def of_place(self, place: str, day: int) -> list[SiteReview]:
        """Return all reviews of a place on a day, venue by venue, newest first."""
        return [review for venue_id in VENUES[place] for review in self.of_venue(place, venue_id, day)]

    def _as_of(self, review: SiteReview, day: int) -> SiteReview:
        today = self.today(day)
        is_answered = review.replied is not None and review.replied <= today
        status = None
        if review.place == "board":
            status = ("已解决" if int(review.id) % 3 == 0 else "已回复") if is_answered else "处理中"
        return replace(
            review,
            date_text=_shown(review, today),
            reply=review.reply if is_answered else None,
            replied=review.replied if is_answered else None,
            status=status,
        )

    def _write(self, place: str, venue_id: str, number: int) -> SiteReview:
        """Write one review with all that it ever will have; 1 is the oldest of its list."""
        chance = Random(f"{self.seed}/{place}/{venue_id}/{number}")
        rating = _rating(place, chance)
        product = chance.choice(PRODUCTS[place])
        slots = _slots(chance, product)
        written = self._moment(place, number, chance)
        answered = self._answered(place, number, written, chance)
        # Before any choice that depends on the site's settings: with and without hostile texts the rest stays the same.
        text = _text(place, rating, slots, chance)
        if self.hostile and number == HOSTILE_NUMBER:
            text = HOSTILE_TEXT
        return SiteReview(
            place=place,
            id=f"{17320000 + number}" if place == "board" else f"{_digits(place, venue_id)}{number:06d}",
            venue_id=venue_id,
            venue=chance.choice(COMPLAINED_OF) if place == "board" else VENUES[place][venue_id],
            author=_nickname(chance),
            written=written,
            date_text="",
            rating=rating,
            text=text,
            product=product,
            title=chance.choice(TITLES[place]).format_map(slots) if place in TITLES else None,
            reply=chance.choice(REPLIES["good" if rating >= 4 else "bad"]).format_map(slots) if answered else None,
            replied=answered,
        )

    def _moment(self, place: str, number: int, chance: Random) -> datetime:
        """Return when a review was written: in the order of the numbers, the newer the denser."""
        behind = PER_VENUE[place] * self.scale - number
        second = timedelta(seconds=chance.randrange(60))
        morning = datetime.combine(self.first_day, time(7, 30), SHANGHAI)
        if behind >= 0:
            return morning - timedelta(minutes=behind + int(min(behind**1.3 / 2, 1500) * 1440)) + second
        days, nth = divmod(-behind - 1, NEW_EACH_DAY[place])
        return morning + timedelta(days=1 + days, minutes=7 * nth - 60) + second

    def _answered(self, place: str, number: int, written: datetime, chance: Random) -> date | None:
        """Return the day of the reply: of 45 % soon after the review, of some old ones not before day 2."""
        after = chance.randint(1, 4)
        behind = PER_VENUE[place] * self.scale - number
        if behind > 0 and behind % _LATE_REPLY_EVERY == _LATE_REPLY_EVERY // 2:
            return self.today(2)
        return written.date() + timedelta(days=after) if chance.random() < 0.45 else None


def _digits(place: str, venue_id: str) -> str:
    return venue_id if venue_id.isdigit() else str(901 + list(VENUES[place]).index(venue_id))


def _rating(place: str, chance: Random) -> float:
    if place == "board":
        return float(chance.choices((1, 2, 3, 4), (60, 25, 10, 5))[0])
    whole = chance.choices((1, 2, 3, 4, 5), (12, 8, 13, 25, 42))[0]
    return whole - 0.5 if place == "food" and whole > 1 and chance.random() < 0.4 else float(whole)


def _slots(chance: Random, product: str) -> dict[str, str | int]:
    return {
        "n": chance.randint(8, 55),
        "floor": chance.randint(2, 29),
        "yuan": chance.randint(58, 1980),
        "who": chance.choice(COMPANIONS),
        "hour": chance.choice(("晚上十", "晚上十一", "半夜十二", "凌晨一", "凌晨两")),
        "day": chance.randint(1, 28),
        "count": chance.randint(2, 6),
        "product": product,
    }


def _text(place: str, rating: float, slots: Mapping[str, object], chance: Random) -> str:
    if rating >= 4:
        sentences = chance.sample(PRAISE[place], 2) + chance.sample(BLAME[place], chance.random() < 0.2)
        closing = "good"
    elif rating >= 3:
        sentences = chance.sample(PRAISE[place], 1) + chance.sample(BLAME[place], 1)
        closing = "middle"
    else:
        sentences = chance.sample(BLAME[place], chance.randint(2, 3))
        closing = "bad"
    parts = [chance.choice(OPENINGS[place]), *sentences]
    if place != "board" or closing == "bad":
        parts.append(chance.choice(CLOSINGS[closing]))
    between = "\n" if chance.random() < 0.08 else ""
    return between.join(part.format_map(slots) for part in parts)


def _nickname(chance: Random) -> str:
    name = chance.choice(NICK_FIRST) + chance.choice(NICK_SECOND) + chance.choice(NICK_THIRD)
    style = chance.random()
    if style < 0.2:
        return f"{name[0]}***{name[-1]}"
    return name if style < 0.9 else f"{name}{chance.randint(1, 99)}"


def _shown(review: SiteReview, today: date) -> str:
    """Return the date as pages of its place write it."""
    written = review.written
    if review.place == "board":
        return f"{written:%Y-%m-%d %H:%M}"
    if review.place == "food":
        return f"{written:%Y-%m-%d %H:%M:%S}"
    if review.place == "apps":
        return written.date().isoformat()
    return relative_date(written.date(), today, is_chinese=int(review.venue_id) % 2 == 0)


def relative_date(written: date, today: date, *, is_chinese: bool) -> str:
    """Write a date as hotel pages do, e.g. ``昨天``, ``3天前``, ``上周``, then ``2026-10-03`` or ``2026年10月3日``."""
    ago = (today - written).days
    if ago <= 1:
        return ("今天", "昨天")[ago]
    if ago < 7:
        return f"{ago}天前"
    if ago < 14:
        return "上周"
    return f"{written.year}年{written.month}月{written.day}日" if is_chinese else written.isoformat()
