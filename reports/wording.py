"""The words of the summary in Chinese and in English."""

from dataclasses import dataclass

from lexicons.codebook import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """Headings and phrases of one language."""

    title: str
    counts: str
    conservation: str
    rewritten: str
    nights: str
    night_columns: tuple[str, ...]
    sources: str
    source_columns: tuple[str, ...]
    months: str
    month_columns: tuple[str, ...]
    other_version: str
    failures: str
    failures_note: str
    failure_columns: tuple[str, ...]
    change_note: str
    absent: str
    spells: str
    spells_note: str
    mostly_at: str
    spell_inside: str
    spell_before: str
    spell_over: str
    spell_goes_on: str
    spell_wait: str
    week: str
    full_stop: str
    places: str
    venues: str
    touchpoints: str
    quotes: str
    rejects: str
    reject_columns: tuple[str, ...]
    silent: str
    silent_note: str
    silent_columns: tuple[str, ...]
    silent_more: str
    silent_long: str
    none: str
    no_reviews: str
    too_few: str
    list_mark: str
    quotation: tuple[str, str]
    clause_end: str
    colon: str
    percentage_points: str
    times: str


_CHINESE = Wording(
    title="客声运行摘要",
    counts="本次处理",
    conservation=(
        "读取 {read} = 新增 {stored} + 更新 {updated} + 未变 {unchanged} + 重复 {duplicates} + 拒收 {rejected}"
    ),
    rewritten="另有撤回 {withdrawn} 条，重新分析 {rescored} 条",
    nights="最近几次运行",
    night_columns=("时间", "类别", "读取", "新增", "更新", "未变", "重复", "拒收"),
    sources="各来源数据量",
    source_columns=("来源", "累计", "本次新增或更新", "最早", "最新"),
    months="各月满意度（1–5 分，95% 置信区间）",
    month_columns=("月份", "评论数", "满意度", "区间", "有失误占比"),
    other_version="{months}的评论不全由最新的模型和词表判读，不能与其他月份比较；请运行 kesheng reanalyse。",
    failures="服务失误",
    failures_note=(
        "条数含投诉与工单；占比只按可判读的评论计算：近 {days} 天 {lately} 条，此前 {days} 天 {before} 条。"
    ),
    failure_columns=("失误类型", "条数", "评论占比", "近期占比", "较前期"),
    change_note="“–”：两期占比之差未超出随机波动（两比例 z 检验，95% 水平）。",
    absent="两期都没有出现、未列入表中的类型及累计条数：{named}。",
    spells="失误高发时段",
    spells_note="某门店某类失误在一段连续周内的占比明显高于其余各周（时间扫描统计，已按检验次数校正，1% 水平）。",
    mostly_at="（多在{place}）",
    spell_inside="{since}起占 {share}（{reviews} 条评论中 {failed} 条）",
    spell_before="此前 {share}（{reviews} 条中 {failed} 条）",
    spell_over="{since}起回落到 {share}（{reviews} 条中 {failed} 条）",
    spell_goes_on="截至最近一周仍未回落",
    spell_wait="客人提到的等待时长中位数为 {minutes} 分钟",
    week="{month}月{day_of_month}日当周",
    full_stop="。",
    places="集中在哪里",
    venues="门店",
    touchpoints="触点",
    quotes="客人原话（已脱敏）",
    rejects="未能入库的记录",
    reject_columns=("来源", "文件", "原因", "条数", "示例（已脱敏）"),
    silent="久无新评论的来源与门店",
    silent_note="以库内最新一条评论（{newest}）为准，超过 {days} 天没有新评论。",
    silent_columns=("来源", "门店", "最近一条", "距今天数"),
    silent_more="另有 {number} 处，沉寂更久，但不超过 {days} 天。",
    silent_long="另有 {number} 处已超过 {days} 天没有新评论。",
    none="无",
    no_reviews="库内还没有评论。先用 kesheng import 导入文件，再运行 kesheng run。",
    too_few="样本不足",
    list_mark="、",
    quotation=("“", "”"),
    clause_end="；",
    colon="：",
    percentage_points="个百分点",
    times="次",
)
_ENGLISH = Wording(
    title="Kesheng run summary",
    counts="This run",
    conservation=(
        "read {read} = stored {stored} + updated {updated} + unchanged {unchanged} + duplicates {duplicates} "
        "+ rejected {rejected}"
    ),
    rewritten="besides: withdrawn {withdrawn}, read again {rescored}",
    nights="The last runs",
    night_columns=("When", "Kind", "Read", "Stored", "Updated", "Unchanged", "Duplicates", "Rejected"),
    sources="Reviews by source",
    source_columns=("Source", "In all", "New or updated now", "First", "Last"),
    months="Satisfaction by month (1 to 5, 95 % interval)",
    month_columns=("Month", "Reviews", "Satisfaction", "Interval", "With a failure"),
    other_version=(
        "Not all reviews of {months} were read by the newest model and lists: do not compare them with other months "
        "before `kesheng reanalyse` has read them again."
    ),
    failures="Service failures",
    failures_note=(
        "Records include complaints and tickets; shares are of the reviews that could be judged: {lately} in the "
        "last {days} days, {before} in the {days} days before."
    ),
    failure_columns=("Failure", "Records", "Share of reviews", "Lately", "Change"),
    change_note="“–”: the shares of the two periods differ by no more than chance (two-proportion z-test, 95 % level).",
    absent="Without a case in either period and so not in the table, with their records in all: {named}.",
    spells="Bad spells",
    spells_note=(
        "Weeks in a row in which a venue failed far more often than in its other weeks (temporal scan statistic, "
        "corrected for the number of tests, 1 % level)."
    ),
    mostly_at=" (mostly at {place})",
    spell_inside="from the week of {since} {share} ({failed} of {reviews} reviews)",
    spell_before="before {share} ({failed} of {reviews})",
    spell_over="back to {share} ({failed} of {reviews}) since the week of {since}",
    spell_goes_on="not over by the last week",
    spell_wait="median of the waits that guests tell: {minutes} minutes",
    week="{day}",
    full_stop=".",
    places="Where they happen",
    venues="Venues",
    touchpoints="Touchpoints",
    quotes="In customers' words (masked)",
    rejects="Rows that could not be taken",
    reject_columns=("Source", "File", "Reason", "Rows", "Example (masked)"),
    silent="Sources and venues gone silent",
    silent_note="Nothing new for more than {days} days before the newest review ({newest}).",
    silent_columns=("Source", "Venue", "Last review", "Days ago"),
    silent_more="{number} more, silent for longer, but for no more than {days} days.",
    silent_long="Silent for more than {days} days: {number}.",
    none="none",
    no_reviews="The warehouse holds no reviews yet. Import a file with kesheng import, then kesheng run.",
    too_few="too few",
    list_mark=", ",
    quotation=("“", "”"),
    clause_end="; ",
    colon=": ",
    percentage_points=" points",
    times="",
)


def wording(language: Language) -> Wording:
    """Return the words of a language."""
    return _CHINESE if language == "zh" else _ENGLISH
