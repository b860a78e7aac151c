"""The summary as headed tables and lines, in one language; Markdown and the terminal only draw them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from lexicons.codebook import Language, label_name
from reports.proportions import differ_beyond_chance
from reports.spells import Share, Spell
from reports.summary import PERIOD_DAYS, Summary
from reports.wording import Wording, wording

MINIMUM_BASE = 5
"""Reviews that a shown share of a period needs."""
WITHIN_CHANCE = "–"
SILENT_SHOWN = 10
LONG_SILENT_DAYS = 180
"""Silences beyond it are told by their number: such a venue is more likely closed or unlisted than in trouble."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the summary: a heading, notes, a table, then lines; ``numeric`` columns are set flush right."""

    heading: str
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numeric: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()


def sections(summary: Summary, language: Language, silent_after_days: int) -> list[Section]:
    """Return the parts of the summary in reading order; one without content says so."""
    words = wording(language)
    if summary.newest is None and summary.sources.empty:
        return [_counts(summary, words), Section(words.sources, notes=(words.no_reviews,))]
    parts = [
        _counts(summary, words),
        _nights(summary, words, language),
        _sources(summary, words),
        _months(summary, words),
        _failures(summary, words, language),
        Section(words.spells, notes=(words.spells_note,), lines=tuple(_spells(summary, words, language)))
        if summary.spells
        else Section(words.spells),
        Section(words.places, lines=tuple(_places(summary, words, language))),
        Section(words.quotes, lines=tuple(_quotes(summary, words, language))),
        _rejects(summary, words, language),
        _silent(summary, words, silent_after_days),
    ]
    return [part if part.notes or part.rows or part.lines else replace(part, notes=(words.none,)) for part in parts]


def _counts(summary: Summary, words: Wording) -> Section:
    names = ("read", "stored", "updated", "unchanged", "duplicates", "rejected", "withdrawn", "rescored")
    counts = {name: int(summary.runs[name].sum()) for name in names}
    runs = words.list_mark.join(summary.runs["run_id"]) or words.none
    lines = [words.conservation.format(**counts)]
    if counts["withdrawn"] or counts["rescored"]:
        lines.append(words.rewritten.format(**counts))
    return Section(words.counts, notes=(runs, *lines))


def _nights(summary: Summary, words: Wording, language: Language) -> Section:
    names = ("read", "stored", "updated", "unchanged", "duplicates", "rejected")
    rows = tuple(
        (
            f"{r['started_at']:%Y-%m-%d %H:%M}",
            label_name("run_kind", r["kind"], language),
            *(str(r[name]) for name in names),
        )
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
    apart = [str(r["month"]) for r in _records(summary.months) if _known(r["note"])]
    notes = (words.other_version.format(months=words.list_mark.join(apart)),) if apart else ()
    return Section(words.months, columns=words.month_columns, rows=rows, numeric=(1, 2, 3, 4), notes=notes)


def _failures(summary: Summary, words: Wording, language: Language) -> Section:
    if summary.failures.empty:
        return Section(words.failures, notes=(words.none,))
    first = summary.failures.iloc[0]
    lately, before = int(first.judged_lately), int(first.judged_before)
    # Without dates there are no periods, and the whole is all there is to tell.
    dated = summary.newest is not None
    shown = summary.failures[summary.failures["recent"] > 0] if dated else summary.failures
    absent = summary.failures.drop(shown.index)
    rows = tuple(
        (
            label_name("failure_subtype", r["failure_subtype"], language),
            str(r["records"]),
            _share(r["share"]),
            _share(r["lately"]) if lately >= MINIMUM_BASE else words.too_few,
            _change(r, words),
        )
        for r in _records(shown)
    )
    note = words.failures_note.format(days=PERIOD_DAYS, lately=lately, before=before)
    lines = [words.change_note] if rows else []
    if not absent.empty:
        named = [
            f"{label_name('failure_subtype', r['failure_subtype'], language)} {r['records']}" for r in _records(absent)
        ]
        lines.append(words.absent.format(named=words.list_mark.join(named)))
    return Section(
        words.failures,
        notes=(note,),
        columns=words.failure_columns,
        rows=rows,
        numeric=(1, 2, 3, 4),
        lines=tuple(lines),
    )


def _spells(summary: Summary, words: Wording, language: Language) -> Iterator[str]:
    for spell in summary.spells:
        opening, closing = words.quotation
        quote = f" {opening}{spell.quote}{closing}" if spell.quote else ""
        yield f"{spell_line(spell, language)}{quote}"


def spell_line(spell: Spell, language: Language) -> str:
    """Return the sentence that tells of a bad spell, e.g. ``老灶面馆 — 服务延误（多在餐厅）：4月6日当周起占 …。``."""
    words = wording(language)
    place = words.mostly_at.format(place=spell.touchpoint) if spell.touchpoint else ""
    name = f"{spell.venue} — {label_name('failure_subtype', spell.failure_subtype, language)}{place}"
    parts = [words.spell_inside.format(since=_week(spell.begins, words), **_counts_of(spell.inside))]
    if spell.before.reviews:
        parts.append(words.spell_before.format(**_counts_of(spell.before)))
    if spell.is_over:
        parts.append(words.spell_over.format(since=_week(spell.over_since, words), **_counts_of(spell.after)))
    else:
        parts.append(words.spell_goes_on)
    if spell.wait_minutes is not None:
        parts.append(words.spell_wait.format(minutes=spell.wait_minutes))
    return f"{name}{words.colon}{words.clause_end.join(parts)}{words.full_stop}"


def _counts_of(share: Share) -> dict[str, object]:
    return {"share": _share(share.value), "failed": share.failed, "reviews": share.reviews}


def _week(monday: date, words: Wording) -> str:
    return words.week.format(day=monday, month=monday.month, day_of_month=monday.day)


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
    silent = _records(summary.silent)
    lately = [r for r in silent if r["days"] <= LONG_SILENT_DAYS]
    rows = tuple(
        (r["source"], r["venue_name"], _day(r["last_published"]), str(r["days"])) for r in lately[:SILENT_SHOWN]
    )
    note = words.silent_note.format(newest=_day(summary.newest), days=silent_after_days)
    lines = []
    if more := len(lately) - len(rows):
        lines.append(words.silent_more.format(number=more, days=LONG_SILENT_DAYS))
    if long := len(silent) - len(lately):
        lines.append(words.silent_long.format(number=long, days=LONG_SILENT_DAYS))
    return Section(
        words.silent, notes=(note,), columns=words.silent_columns, rows=rows, numeric=(3,), lines=tuple(lines)
    )


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


def _change(record: dict[str, Any], words: Wording) -> str:
    sizes = int(record["judged_lately"]), int(record["judged_before"])
    if min(sizes) < MINIMUM_BASE:
        return words.too_few
    lately, before = record["lately"], record["before"]
    if not differ_beyond_chance(lately, sizes[0], before, sizes[1]):
        return WITHIN_CHANCE
    return f"{100 * (lately - before):+.1f}{words.percentage_points}"


def _shortened(text: str, length: int = 60) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
