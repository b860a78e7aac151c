"""The summary as headed tables and lines, in one language; Markdown and the terminal only draw them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lexicons.codebook import Language, label_name
from reports.summary import PERIOD_DAYS, Summary
from reports.wording import Wording, wording

MINIMUM_BASE = 5
"""Reviews that a shown share of a period needs."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the summary: a heading, notes, then a table or lines; ``numeric`` columns are set flush right."""

    heading: str
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numeric: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()


def sections(summary: Summary, language: Language, silent_after_days: int) -> list[Section]:
    """Return the parts of the summary in reading order."""
    words = wording(language)
    if summary.newest is None and summary.sources.empty:
        return [_counts(summary, words), Section(words.sources, notes=(words.no_reviews,))]
    return [
        _counts(summary, words),
        _nights(summary, words),
        _sources(summary, words),
        _months(summary, words),
        _failures(summary, words, language),
        Section(words.places, lines=tuple(_places(summary, words, language))),
        Section(words.quotes, lines=tuple(_quotes(summary, words, language))),
        _rejects(summary, words, language),
        _silent(summary, words, silent_after_days),
    ]


def _counts(summary: Summary, words: Wording) -> Section:
    names = ("read", "stored", "updated", "unchanged", "duplicates", "rejected", "withdrawn", "rescored")
    counts = {name: int(summary.runs[name].sum()) for name in names}
    runs = words.list_mark.join(summary.runs["run_id"]) or words.none
    lines = [words.conservation.format(**counts)]
    if counts["withdrawn"] or counts["rescored"]:
        lines.append(words.rewritten.format(**counts))
    return Section(words.counts, notes=(runs, *lines))


def _nights(summary: Summary, words: Wording) -> Section:
    names = ("read", "stored", "updated", "unchanged", "duplicates", "rejected")
    rows = tuple(
        (f"{r['started_at']:%Y-%m-%d %H:%M}", words.run_kinds[r["kind"]], *(str(r[name]) for name in names))
        for r in _records(summary.nights)
    )
    return Section(words.nights, columns=words.night_columns, rows=rows, numeric=tuple(range(2, 8)))


def _sources(summary: Summary, words: Wording) -> Section:
    rows = tuple(
        (r["source"], str(r["reviews"]), str(r["brought"]), _day(r["first_published"]), _day(r["last_published"]))
        for r in _records(summary.sources)
    )
    return Section(words.sources, columns=words.source_columns, rows=rows, numeric=(1, 2))


def _months(summary: Summary, words: Wording) -> Section:
    rows = tuple(
        (
            r["month"],
            str(r["reviews"]),
            _score(r["satisfaction"]),
            _interval(r["low"], r["high"]),
            _share(r["failure_share"]),
        )
        for r in _records(summary.months)
    )
    return Section(words.months, columns=words.month_columns, rows=rows, numeric=(1, 2, 3, 4))


def _failures(summary: Summary, words: Wording, language: Language) -> Section:
    if summary.failures.empty:
        return Section(words.failures, notes=(words.none,))
    first = summary.failures.iloc[0]
    lately, before = int(first.judged_lately), int(first.judged_before)
    enough = min(lately, before) >= MINIMUM_BASE
    rows = tuple(
        (
            label_name("failure_subtype", r["failure_subtype"], language),
            str(r["records"]),
            _share(r["share"]),
            _share(r["lately"]) if lately >= MINIMUM_BASE else words.too_few,
            _change(r["lately"], r["before"], words) if enough else words.too_few,
        )
        for r in _records(summary.failures)
    )
    note = words.failures_note.format(days=PERIOD_DAYS, lately=lately, before=before)
    return Section(words.failures, notes=(note,), columns=words.failure_columns, rows=rows, numeric=(1, 2, 3, 4))


def _places(summary: Summary, words: Wording, language: Language) -> Iterator[str]:
    for subtype in dict.fromkeys(summary.places["failure_subtype"]):
        here = summary.places[summary.places["failure_subtype"] == subtype]
        parts = []
        for what, heading in (("venue", words.venues), ("touchpoint", words.touchpoints)):
            named = [f"{r['name']} {r['incidents']}{words.times}" for r in _records(here[here["what"] == what])]
            if named:
                parts.append(f"{heading}{words.colon}{words.list_mark.join(named)}")
        yield f"{label_name('failure_subtype', subtype, language)} — {words.clause_end.join(parts)}"


def _quotes(summary: Summary, words: Wording, language: Language) -> Iterator[str]:
    opening, closing = words.quotation
    for r in _records(summary.quotes):
        where = words.list_mark.join(part for part in (_text(r["venue_name"]), _day(r["published_at"])) if part)
        subtype = label_name("failure_subtype", str(r["failure_subtype"]), language)
        severity = label_name("severity", int(r["severity"]), language)
        yield f"{subtype} [{severity}] {opening}{r['quote']}{closing} {where}".rstrip()


def _rejects(summary: Summary, words: Wording, language: Language) -> Section:
    if summary.rejects.empty:
        return Section(words.rejects, notes=(words.none,))
    rows = tuple(
        (
            r["source"],
            r["file_name"],
            label_name("reject_reason", r["reason"], language),
            str(r["rows"]),
            _shortened(_text(r["row"])),
        )
        for r in _records(summary.rejects)
    )
    return Section(words.rejects, columns=words.reject_columns, rows=rows, numeric=(3,))


def _silent(summary: Summary, words: Wording, silent_after_days: int) -> Section:
    if summary.silent.empty:
        return Section(words.silent, notes=(words.none,))
    rows = tuple(
        (r["source"], r["venue_name"], _day(r["last_published"]), str(r["days"])) for r in _records(summary.silent)
    )
    note = words.silent_note.format(newest=_day(summary.newest), days=silent_after_days)
    return Section(words.silent, notes=(note,), columns=words.silent_columns, rows=rows, numeric=(3,))


def _known(value: object) -> bool:
    return value is not None and not pd.isna(value)  # type: ignore[call-overload]


def _text(value: object) -> str:
    return str(value) if _known(value) else ""


def _day(value: object) -> str:
    return str(value)[:10] if _known(value) else ""


def _score(value: float) -> str:
    return f"{value:.2f}" if _known(value) else ""


def _interval(low: float, high: float) -> str:
    return f"{max(low, 1):.2f}–{min(high, 5):.2f}" if _known(low) and _known(high) else ""


def _share(value: float) -> str:
    return f"{100 * value:.1f}%" if _known(value) else ""


def _change(lately: float, before: float, words: Wording) -> str:
    return f"{100 * (lately - before):+.1f}{words.percentage_points}" if _known(lately) and _known(before) else ""


def _shortened(text: str, length: int = 60) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
