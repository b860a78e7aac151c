"""The summary after a night: made, written to ``reports/summary.md``, and handed on to be shown."""

from flows.settings import Settings
from lexicons.codebook import Language
from reports.collecting import CollectedSite, collected_section
from reports.copies import Copy, copies_section
from reports.markdown import to_markdown
from reports.sections import Section, sections
from reports.summary import summarise
from warehouse.store import write_atomically


def write_summary(
    settings: Settings,
    run_ids: tuple[str, ...],
    language: Language | None = None,
    copies: tuple[Copy, ...] = (),
    sites: tuple[CollectedSite, ...] = (),
) -> list[Section]:
    """Make the summary of some runs, write it as Markdown, and return its parts.

    Args:
        settings: Where the warehouse and the reports are, and the language if none is given.
        run_ids: The runs whose arrivals and rejects are told.
        language: ``zh`` or ``en``.
        copies: What became of the addresses of ``[publish]``; told after the counts.
        sites: How web sites were crawled; told before that.
    """
    language = language or settings.language
    summary = summarise(settings.folder.warehouse, run_ids, settings.silent_after_days)
    parts = sections(summary, language, settings.silent_after_days)
    if copies:
        parts.insert(1, copies_section(copies, language))
    if sites:
        parts.insert(1, collected_section(sites, language))
    write_atomically(settings.folder.reports / "summary.md", to_markdown(parts, language).encode("utf-8"))
    return parts
