"""What to do first: at most three things, told by the figures of the report, the gravest first."""

from dataclasses import dataclass

from reports.page_blocks import day, failure_pair
from reports.report_figures import Figures

MOST = 3


@dataclass(frozen=True, slots=True)
class FirstThing:
    """One thing to do: what, where, who, and why, in both languages."""

    chinese: str
    english: str


def first_things(figures: Figures) -> list[FirstThing]:
    """Return what to do first.

    Red lines go before everything; then bad spells that are not over, then what venues are told of far more often than
    others, by how many grades of satisfaction it costs; then what rises; then answers that are due.
    """
    found = [*_red_lines(figures), *_spells(figures), *_places(figures), *_rising(figures), *_unanswered(figures)]
    return found[:MOST]


def _red_lines(figures: Figures) -> list[FirstThing]:
    rows = figures.red_lines
    if rows.empty:
        return []
    venues = rows["venue"].dropna().unique().tolist()
    shown = "、".join(map(str, venues[:3])) + ("等" if len(venues) > 3 else "")
    return [
        FirstThing(
            f"核实本期 {len(rows)} 起红线事件（{shown}），逐起确定负责人和处理期限。",
            f"Look into {len(rows)} red-line incidents ({', '.join(map(str, venues[:3]))}), each with an owner.",
        )
    ]


def _spells(figures: Figures) -> list[FirstThing]:
    things = []
    for spell in figures.spells:
        if spell.after.reviews == 0:
            name, english = failure_pair(spell.failure_subtype)
            wait = f"，等待中位数 {spell.wait_minutes} 分钟" if spell.wait_minutes else ""
            things.append(
                FirstThing(
                    f"{spell.venue}：{name}自 {day(spell.begins)}当周起占 {spell.inside.value:.0%}"
                    f"（{spell.inside.reviews} 条中 {spell.inside.failed} 条），"
                    f"此前 {spell.before.value:.0%}{wait}，至今未止，须立项整改。",
                    f"{spell.venue}: {english} in {spell.inside.value:.0%} of reviews since {spell.begins:%Y-%m-%d} "
                    f"(n = {spell.inside.reviews}), {spell.before.value:.0%} before; not over.",
                )
            )
    return things


def _places(figures: Figures) -> list[FirstThing]:
    spoken = {(spell.venue, spell.failure_subtype) for spell in figures.spells}
    ranked = []
    for row in figures.places.to_dict("records"):
        if (row["venue"], row["failure_subtype"]) in spoken:
            continue
        impact = figures.impacts.get(str(row["failure_subtype"]))
        excess = row["cases"] - row["expected"] * row["reviews"]
        ranked.append((excess * abs(impact.value if impact else 0.5), row))
    ranked.sort(key=lambda pair: -pair[0])
    things = []
    for _, row in ranked[:2]:
        name, english = failure_pair(row["failure_subtype"])
        owner = f"，{row['department']}牵头" if isinstance(row["department"], str) else ""
        things.append(
            FirstThing(
                f"{row['venue']}：{name} {row['cases']} 条（{row['reviews']} 条评论），"
                f"其他门店同期约 {row['expected']:.1%}{owner}，查明原因。",
                f"{row['venue']}: {english} in {row['cases']} of {row['reviews']} reviews; elsewhere "
                f"{row['expected']:.1%}. Find out why.",
            )
        )
    return things


def _rising(figures: Figures) -> list[FirstThing]:
    return [
        FirstThing(
            f"{failure_pair(row['failure_subtype'])[0]}在上升：近 13 周占 {row['share']:.1%}，"
            f"此前 13 周 {row['before_share']:.1%}，对照门店明细找出来源。",
            f"{failure_pair(row['failure_subtype'])[1]} rises: {row['share']:.1%} in 13 weeks, "
            f"{row['before_share']:.1%} before.",
        )
        for row in figures.failures[figures.failures["rising"].astype(bool)].to_dict("records")
    ]


def _unanswered(figures: Figures) -> list[FirstThing]:
    handling = figures.handling
    # A source that carries no answers at all says nothing of them.
    if not handling["unanswered"] > 0 or not handling["replies"] > 0:
        return []
    return [
        FirstThing(
            f"近 13 周有 {handling['unanswered']:.0f} 条差评尚未回复（共 {handling['negative']:.0f} 条，"
            f"最早的已 {handling['oldest']:.0f} 天），本周内逐条答复。",
            f"{handling['unanswered']:.0f} of {handling['negative']:.0f} negative reviews of 13 weeks have no answer; "
            f"the oldest waits {handling['oldest']:.0f} days.",
        )
    ]
