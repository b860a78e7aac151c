"""What the night's crawls brought, as a part of the summary: a row a site, and a line for each thing to look after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lexicons.codebook import Language
from reports.sections import Section

_ENDINGS: Mapping[str, tuple[str, str]] = {
    "done": ("完成", "done"),
    "blocked": ("对方拒绝访问，已停", "stopped: the site refuses"),
    "captcha": ("出现验证码，已停", "stopped: a captcha"),
    "login": ("要求登录，已停", "stopped: a login"),
    "robots": ("robots.txt 读不到，未采", "robots.txt cannot be read"),
    "budget": ("当日请求数用完，明天继续", "the day's requests are spent"),
    "hours": ("不在允许时段，下次继续", "outside its hours"),
    "limit": ("达到单次页数上限，下次继续", "as many pages as a crawl may read"),
    "waits": ("对方要求稍后再来", "the site asked to be left alone"),
    "failing": ("连续失败，已停", "stopped: too many pages in a row failed"),
    "interrupted": ("中断，下次继续", "interrupted; goes on"),
    "failed": ("出错", "failed"),
}
_COLUMNS = (
    ("来源", "source"),
    ("情况", "how it ended"),
    ("页数", "pages"),
    ("新增", "new"),
    ("变更", "changed"),
    ("未变", "unchanged"),
    ("重复", "repeats"),
    ("拒收", "rejected"),
    ("未取到", "missed"),
    ("待取", "waiting"),
)
_REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class CollectedSite:
    """One site's night, as ``sources.web.crawl_report`` counts it."""

    source: str
    ending: str
    words: str | None = None
    pages: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: int = 0
    waiting: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    layout: tuple[str, ...] = ()


def collected_section(sites: Sequence[CollectedSite], language: Language) -> Section:
    """Return what the sites brought; every site has its row, and what went wrong its line."""
    place = 0 if language == "zh" else 1
    rows = tuple(
        (
            site.source,
            _ENDINGS[site.ending][place],
            *(str(n) for n in (site.pages, site.new, site.changed, site.unchanged, site.duplicates, site.rejected)),
            str(sum(site.failed.values())),
            str(site.waiting),
        )
        for site in sites
    )
    return Section(
        ("网站采集", "Collected from the web")[place],
        columns=tuple(column[place] for column in _COLUMNS),
        rows=rows,
        numeric=tuple(range(2, len(_COLUMNS))),
        lines=tuple(line for site in sites for line in _lines(site, language)),
    )


def _lines(site: CollectedSite, language: Language) -> Iterator[str]:
    chinese = language == "zh"
    for change in site.layout:
        yield (
            f"{site.source}：网站可能改版，请核对配方（{change}）"
            if chinese
            else (f"{site.source}: the site has probably changed its pages; check the recipe ({change})")
        )
    if site.words:
        yield f"{site.source}{'：' if chinese else ': '}{site.words}"
    for title, reasons in ((("未取到", "missed"), site.failed), (("未访问", "not asked for"), site.refused)):
        for reason, count in list(reasons.items())[:_REASONS_SHOWN]:
            mark = "：" if chinese else ": "
            yield f"{site.source}{mark}{title[0 if chinese else 1]} {count}{mark}{reason}"
