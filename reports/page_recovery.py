"""The last questions of the Monday page: promises, recovery, who leaves, and what has worked."""

from collections.abc import Mapping, Sequence

from reports.effects import WEEKS, Effect
from reports.page_blocks import (
    NONE,
    TOO_FEW,
    Cell,
    ChartBlock,
    PageSection,
    Pair,
    TableBlock,
    TextBlock,
    day,
    failure_pair,
    named,
    number,
    rows_of,
    share,
    shown,
    table_of,
)
from reports.report_failures import FEWEST_SHOWN
from reports.report_figures import Figures
from reports.spells import Share, Spell

NO_OTHERS = "无可比门店", "no others"
RECOVERY_STATES = {
    "none": ("未提失误", "no failure told"),
    "recovered": ("有失误，补救后认可", "failure, recovery accepted"),
    "unrecovered": ("有失误，未补救或仍不满", "failure, not recovered"),
    "untold": ("有失误，未提处理", "failure, no reaction told"),
}
LOYALTY_NAMES = {
    "leave": ("明说不再来", "will not come back"),
    "stay": ("明说还会来", "will come back"),
    "recommend": ("推荐", "recommends"),
    "public": ("负面传播", "warns others"),
    "third_party": ("第三方投诉", "third-party complaint"),
    "competitor": ("提到竞争对手", "names a competitor"),
}


def promises(figures: Figures) -> PageSection:
    """Answer which promises were not kept."""
    title = "哪些承诺没兑现", "Which promises were not kept"
    if figures.promises.empty:
        return PageSection(*title, [TextBlock("近 13 周没有服务缺失或未兑现的记录。", "None in 13 weeks.")])
    rows = [
        (shown(r["venue"]), named(r["aspect"]), shown(r["cases"]), shown(r["quote"])) for r in rows_of(figures.promises)
    ]
    columns = (("门店", "venue"), ("对象", "aspect"), ("起数", "cases"), ("原话", "quote"))
    return PageSection(
        *title,
        [
            table_of(
                columns,
                rows,
                ("订了、卖了、承诺了而没有的，近 13 周", "booked, sold or promised and not there, 13 weeks"),
                (2,),
            )
        ],
    )


def recovery(figures: Figures) -> PageSection:
    """Answer whether failures were put right, how fast and how fairly."""
    title = "失误后补救了吗", "Whether failures were put right"
    told = {str(r["state"]): r for r in rows_of(figures.recovery)}
    rows = []
    for state, name in RECOVERY_STATES.items():
        if state in told:
            r = told[state]
            enough = int(str(r["n"])) >= FEWEST_SHOWN
            said = int(str(r["said"]))
            rows.append(
                (
                    name,
                    shown(r["n"]),
                    number(float(str(r["satisfaction"]))) if enough else NONE,
                    _with_size(share(float(str(r["stay"]))), said) if said >= FEWEST_SHOWN else NONE,
                )
            )
    handling = figures.handling
    words = TextBlock(
        f"近 13 周，提到处理情况的 {handling['asked']:.0f} 条中，{share(handling['tried'])} 有补救；"
        f"二次失误（处理后仍不满）{handling['double_deviations']:.0f} 条；认为处理不公的 {handling['unfair']:.0f} 条"
        f"（结果 {handling['distributive']:.0f}，程序 {handling['procedural']:.0f}，"
        f"互动 {handling['interactional']:.0f}）。",
        f"Of {handling['asked']:.0f} reviews that tell of handling, {share(handling['tried'])} were tried to be put "
        f"right; {handling['double_deviations']:.0f} double deviations; {handling['unfair']:.0f} call it unfair.",
    )
    answers = (
        TextBlock(
            f"差评 {handling['negative']:.0f} 条，未回复 {handling['unanswered']:.0f} 条，"
            f"已回复的中位用时 {number(handling['hours'], 0)} 小时。",
            f"{handling['unanswered']:.0f} of {handling['negative']:.0f} negative reviews have no answer; "
            f"median {number(handling['hours'], 0)} hours.",
        )
        if handling["replies"] > 0
        else TextBlock(
            f"差评 {handling['negative']:.0f} 条；来源数据里没有商家回复，回复情况无从判断。",
            f"{handling['negative']:.0f} negative reviews; the sources carry no answers.",
        )
    )
    columns = (
        ("情形", "state"),
        ("条数", "n"),
        ("满意度", "satisfaction"),
        ("愿意再来（表态人数）", "would come back"),
    )
    return PageSection(
        *title,
        [
            words,
            answers,
            table_of(
                columns, rows, ("三种情形并列，只说明关联，不说明因果", "side by side: association only"), (1, 2, 3)
            ),
        ],
    )


def leaving(figures: Figures) -> PageSection:
    """Answer who leaves, and who warns others."""
    title = "谁要走、谁在传坏话", "Who leaves, and who warns others"
    rows = [
        (
            LOYALTY_NAMES.get(str(r["what"]), str(r["what"])),
            shown(r["n"]),
            share(float(str(r["share"]))),
            share(float(str(r["before_share"]))),
        )
        for r in rows_of(figures.loyalty)
    ]
    columns = (("表态", "what"), ("条数", "n"), ("近 13 周", "13 weeks"), ("此前 13 周", "before"))
    blocks: list[TextBlock | ChartBlock | TableBlock] = [
        table_of(columns, rows, ("明说的才算", "only what is said"), (1, 2, 3))
    ]
    who = [
        (
            shown(r["day"]),
            shown(r["venue"]),
            _stances(r),
            shown(r["quote"]),
        )
        for r in rows_of(figures.leaving)
    ]
    if who:
        blocks.append(
            table_of(
                (("日期", "day"), ("门店", "venue"), ("表态", "what"), ("原文开头", "beginning")),
                who,
                ("本期，最多 15 条", "this period, at most 15"),
            )
        )
    return PageSection(*title, blocks)


def told_codes(row: Mapping[str, object]) -> list[str]:
    """Return what a guest says of coming back and of telling others, as codes."""
    voice = row["voice"]
    return [str(row["loyalty"]), *(str(code) for code in (voice if voice is not None else ()))]  # type: ignore[attr-defined] # a list of codes


def _stances(row: Mapping[str, object]) -> Pair:
    told = [LOYALTY_NAMES[code] for code in told_codes(row) if code in LOYALTY_NAMES]
    return "、".join(zh for zh, _ in told), ", ".join(en for _, en in told)


def effects(figures: Figures) -> PageSection:
    """Answer what has worked, and what can be copied."""
    title = "整改见效了吗，哪些做法可推广", "What worked, and what can be copied"
    blocks: list[TextBlock | ChartBlock | TableBlock] = [_spell(spell) for spell in figures.spells]
    if not blocks:
        blocks.append(TextBlock("近 26 周没有发现失误高发时段。", "No bad spell in 26 weeks."))
    if figures.effects:
        blocks.append(_improvements(figures.effects))
    rows = [
        (named(r["department"]), named(r["aspect"]), shown(r["cases"]), shown(r["quote"]))
        for r in rows_of(figures.praise)
    ]
    columns = (("部门或触点", "department"), ("对象", "aspect"), ("好评", "praise"), ("原话", "quote"))
    blocks.append(table_of(columns, rows, ("近 13 周好评最多的", "most praised in 13 weeks"), (2,)))
    return PageSection(*title, blocks)


def _improvements(effects: Sequence[Effect]) -> TableBlock:
    rows = [
        (effect.title, effect.shown, shown(effect.done_on), _side(effect.before), _side(effect.after), _change(effect))
        for effect in effects
    ]
    columns = (
        ("事项", "action"),
        ("门店", "venue"),
        ("完成日", "done on"),
        ("之前", "before"),
        ("之后", "after"),
        ("与其他门店之差（95% 区间）", "beyond the other venues (95 % interval)"),
    )
    chinese = (
        f"近 26 周完成的整改：该失误在完成前后各至多 {WEEKS} 周（不含完成当周）的占比；"
        "差 = 本店变化减去未立项门店的同期变化，为负且区间不含 0 才说明见效；假定若不整改，两边变化相同"
    )
    english = (
        f"Improvements done in 26 weeks: share of the failure up to {WEEKS} weeks before and after, that week left "
        "out; the change beyond that of venues without such an action, were both to change alike without it"
    )
    return table_of(columns, rows, (chinese, english), (2, 3, 4, 5))


def _side(side: Share) -> Cell:
    return _with_size(f"{side.value:.1%}", f"{side.failed}/{side.reviews}") if side.reviews else NONE


def _with_size(figure: str, size: object) -> Pair:
    return f"{figure}（{size}）", f"{figure} ({size})"


def _change(effect: Effect) -> Pair:
    if effect.change is None:
        return TOO_FEW if effect.too_few else NO_OTHERS
    value, low, high = (number(100 * part, 1, signed=True) for part in effect.change)
    return f"{value}（{low} 至 {high}）个百分点", f"{value} ({low} to {high}) points"


def _spell(spell: Spell) -> TextBlock:
    name, english = failure_pair(spell.failure_subtype)
    inside = f"{spell.inside.value:.0%}（{spell.inside.reviews} 条中 {spell.inside.failed} 条）"
    over = spell.after.reviews > 0
    after = f"此后降到 {spell.after.value:.0%}（{spell.after.reviews} 条）" if over else "至今未止"
    return TextBlock(
        f"{spell.venue}：{name}自 {day(spell.begins)}当周至 {day(spell.last_week)}当周占 {inside}，"
        f"此前 {spell.before.value:.0%}，{after}。",
        f"{spell.venue}: {english} {spell.before.value:.0%} → {spell.inside.value:.0%} "
        f"from {spell.begins:%Y-%m-%d} to {spell.last_week:%Y-%m-%d}"
        + (f", {spell.after.value:.0%} after." if over else ", not over."),
        warn=not over,
    )
