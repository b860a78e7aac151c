"""What a book of things to do holds: those there are, and what the reviews propose to take on.

Proposals are no more than the data says: a failure is told more often than elsewhere, a review has no answer in the
export, a score and its text disagree. Whether anybody takes them on is for people to say. That a text is about another
venue or trade stands in no column, so no review is proposed for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lexicons.codebook import label_name
from reports.action_sheet import PROPOSED
from reports.page_blocks import day as in_chinese
from reports.periods import Period
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope
from reports.set_phrases import bare_reply, set_phrases
from reports.venue_names import shown_venue, venue_names
from warehouse.actions import Action
from warehouse.query import connect

DAYS_TO_ANSWER = 7
"""From when it was published, within which a complaint or negative review is to be answered; set by hand."""
UNANSWERED, SET_PHRASE, NO_REPLIES = "未回复", "套话回复", "来源不含回复"
_CLOSED = ("done", "dropped")
Row = dict[str, object]
"""Field of ``reports.action_sheet`` → what is shown."""
_REVIEWS = """
SELECT r.review_id, r.kind, coalesce(r.venue_id, r.venue_name) AS venue, r.source, r.published_at::DATE AS day,
       r.rating, r.satisfaction, r.sentiment, r.failure_subtypes, r.text, r.reply_text, r.rating_mismatch,
       r.duplicate_of, r.author_key, list_contains(r.drivers, 'competitor') AS competitor,
       o.source AS original_source, o.author_key AS original_author
FROM reviews r LEFT JOIN reviews o ON o.review_id = r.duplicate_of
WHERE r.published_precision IN ('second', 'day') AND r.published_at::DATE >= $start AND ({condition})
ORDER BY day, r.review_id
"""
_TO_ANSWER = "r.kind = 'complaint' OR r.kind = 'review' AND (r.sentiment < 0 OR r.sentiment IS NULL AND r.rating <= 2)"
_DOUBTFUL = "r.kind = 'review' AND (r.rating_mismatch OR r.duplicate_of IS NOT NULL)"
_REPLIES = """
SELECT source, coalesce(venue_id, venue_name, '') AS venue, reply_text FROM reviews WHERE reply_text IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ActionBook:
    """The rows of the three sheets."""

    items: Sequence[Row]
    """What there is, then what is proposed, marked as 待定."""
    to_answer: Sequence[Row]
    doubtful: Sequence[Row]


def action_book(warehouse: Path, actions: Sequence[Action], period: Period, today: date) -> ActionBook:
    """Return what the book of a day holds.

    Args:
        warehouse: The folder of the tables.
        actions: The things to do that there are.
        period: The last whole week; failures are counted in the 13 weeks up to its end, reviews from their first day.
        today: From when on an answer is late.
    """
    names = venue_names(warehouse)
    figures = report_figures(warehouse, period, Scope())
    taken = {(a["kind"], a["review_id"]) for a in actions}
    items = [{**action, "venue": shown_venue(names, action["venue"])} for action in actions]
    return ActionBook(
        items=[*items, *proposals(figures, actions, names, today)],
        to_answer=[
            r for r in _to_answer(warehouse, period, names, today) if ("complaint", r["review_id"]) not in taken
        ],
        doubtful=[r for r in _doubtful(warehouse, period, names) if ("appeal", r["review_id"]) not in taken],
    )


def proposals(figures: Figures, actions: Sequence[Action], names: Mapping[str, str], today: date) -> list[Row]:
    """Return bad spells that go on and failures that a venue has beyond the others, of which nobody has taken care.

    What is open is not proposed again, nor what was done or given up in the 13 weeks that are counted.
    """
    known = {
        (name, action["failure_subtype"])
        for action in actions
        if action["kind"] == "improvement" and not _long_ago(action, figures.period.window_start)
        for name in (action["venue"], names.get(str(action["venue"])))
    }
    rows = []
    for venue, subtype, evidence in [*_spells(figures), *_places(figures)]:
        if (venue, subtype) not in known:
            known.add((venue, subtype))
            rows.append(
                {
                    "kind": "improvement",
                    "venue": venue,
                    "failure_subtype": subtype,
                    "title": f"降低“{label_name('failure_subtype', subtype)}”的发生",
                    "created_on": today,
                    "status": PROPOSED,
                    "evidence": evidence,
                }
            )
    return rows


def _long_ago(action: Action, first: date) -> bool:
    # Of what was given up only the last change tells when.
    closed = action["done_on"] or action["updated_at"]
    return action["status"] in _CLOSED and f"{closed:%Y-%m-%d}" < f"{first:%Y-%m-%d}"


def _spells(figures: Figures) -> list[tuple[str, str, str]]:
    return [
        (
            spell.venue,
            spell.failure_subtype,
            (
                f"自{in_chinese(spell.begins)}当周起 {spell.inside.reviews} 条评论中 {spell.inside.failed} 条"
                f"（{spell.inside.value:.0%}），此前 {spell.before.value:.0%}，至今未止"
            ),
        )
        for spell in figures.spells
        if not spell.is_over
    ]


def _places(figures: Figures) -> list[tuple[str, str, str]]:
    return [
        (
            str(row["venue"]),
            str(row["failure_subtype"]),
            (
                f"截至{in_chinese(figures.period.last_day)}的 13 周，{row['reviews']} 条评论中 {row['cases']} 条"
                f"（{row['cases'] / row['reviews']:.1%}），其他门店同期约 {row['expected']:.1%}"
            ),
        )
        for row in figures.places.to_dict("records")
    ]


def _to_answer(warehouse: Path, period: Period, names: Mapping[str, str], today: date) -> list[Row]:
    """Return complaints and negative reviews without an answer, or with a set phrase for one, the oldest first."""
    with connect(warehouse) as connection:
        replies = connection.execute(_REPLIES).fetchall()
    phrases = set_phrases((venue, reply) for _, venue, reply in replies)
    telling = {source for source, _, _ in replies}
    rows = []
    for review in _reviews(warehouse, period, _TO_ANSWER):
        due = _day(review["day"]) + timedelta(days=DAYS_TO_ANSWER)
        if review["reply_text"] is not None:
            if count := phrases.get((str(review["venue"] or ""), bare_reply(str(review["reply_text"])))):
                told = f"同一答复用于本店 {count} 条评论"
                rows.append({**_shown(review, names), "state": SET_PHRASE, "evidence": told})
        elif review["source"] not in telling:
            told = "这一来源的数据里没有商家回复，请到平台核对是否已回复"
            rows.append({**_shown(review, names), "state": NO_REPLIES, "evidence": told, "due_on": due})
        else:
            late = (today - due).days
            told = f"应于{in_chinese(due)}前回复" + (f"，已超期 {late} 天" if late > 0 else "")
            rows.append({**_shown(review, names), "state": UNANSWERED, "evidence": told, "due_on": due})
    return rows


def _doubtful(warehouse: Path, period: Period, names: Mapping[str, str]) -> list[Row]:
    """Return reviews to look at for an appeal, each with what speaks for one; more of it first, then lower scores."""
    rows: list[tuple[int, float, Row]] = []
    for review in _reviews(warehouse, period, _DOUBTFUL):
        if evidence := _doubts(review):
            told = "；".join([*evidence, *(["另：文中提到竞争对手"] if review["competitor"] else [])])
            state = f"{len(evidence)} 项待核"
            rating = review["rating"]
            score = float(rating) if isinstance(rating, float) else float("inf")
            rows.append((-len(evidence), score, {**_shown(review, names), "state": state, "evidence": told}))
    rows.sort(key=lambda row: row[:2])
    return [row for *_, row in rows]


def _doubts(review: Row) -> list[str]:
    found = []
    if review["rating_mismatch"]:
        found.append(f"评分 {review['rating']:g} 分，文字判读满意度 {review['satisfaction']:.1f}，两者不符")
    if original := review["duplicate_of"]:
        authors = review["author_key"], review["original_author"]
        # Keys are made for each source: those of two sources differ though the guest be the same.
        if review["source"] != review["original_source"] or None in authors:
            found.append(f"与评论 {original} 内容近似，是否同一位客人无从判断")
        elif authors[0] != authors[1]:
            found.append(f"与另一位客人的评论 {original} 内容近似")
    return found


def _reviews(warehouse: Path, period: Period, condition: str) -> list[Row]:
    with connect(warehouse) as connection:
        query = _REVIEWS.format(condition=condition)
        rows: list[Row] = connection.execute(query, {"start": period.window_start}).to_arrow_table().to_pylist()
    return rows


def _shown(review: Row, names: Mapping[str, str]) -> Row:
    subtypes = review["failure_subtypes"]
    failures = [label_name("failure_subtype", code) for code in subtypes] if isinstance(subtypes, list) else []
    return {
        **{name: review[name] for name in ("review_id", "source", "day", "rating", "text", "reply_text")},
        "review_kind": label_name("kind", str(review["kind"])),
        "venue": shown_venue(names, review["venue"]),
        "failures": "、".join(failures),
    }


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"expected a day; found {value!r}")
    return value
