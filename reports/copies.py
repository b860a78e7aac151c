"""What the summary tells of the copies that other tools read: which are of this night, and which could not be made."""

from dataclasses import dataclass

from lexicons.codebook import Language
from reports.sections import Section


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of one address: how much was copied, or why nothing was."""

    to: str
    """As it may be shown: without a password."""
    tables: int = 0
    rows: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    heading: str
    copied: str
    not_copied: str


_CHINESE = _Words(
    heading="数据发布",
    copied="已发布到 {to}：{tables} 张表，{rows:,} 行",
    not_copied="未能发布到 {to}，那里的数据没有更新：{problem}",
)
_ENGLISH = _Words(
    heading="Copies for other tools",
    copied="copied to {to}: {tables} tables, {rows:,} rows",
    not_copied="NOT COPIED to {to}, where nothing has changed: {problem}",
)


def copies_section(copies: tuple[Copy, ...], language: Language) -> Section:
    """Return the part of the summary that tells of the copies, those that failed first.

    Args:
        copies: One for each address of the settings.
        language: ``zh`` or ``en``.
    """
    words = _CHINESE if language == "zh" else _ENGLISH
    return Section(
        words.heading,
        lines=tuple(copy_line(copy, language) for copy in sorted(copies, key=lambda copy: copy.problem is None)),
    )


def copy_line(copy: Copy, language: Language) -> str:
    """Return one sentence, e.g. ``已发布到 quality.duckdb：13 张表，1,234 行``."""
    words = _CHINESE if language == "zh" else _ENGLISH
    if copy.problem is not None:
        return words.not_copied.format(to=copy.to, problem=copy.problem)
    return words.copied.format(to=copy.to, tables=copy.tables, rows=copy.rows)
