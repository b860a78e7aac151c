"""What a page is put together from: sentences, charts and tables, each in Chinese and English."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from lexicons.codebook import label_name
from lexicons.english_names import english_name

NONE = "–"
Pair = tuple[str, str]
"""Chinese and English."""
Cell = str | Pair
"""What a cell shows: words of ours in both languages; figures, days, venues and customers' words as they are."""
TOO_FEW: Pair = ("样本不足", "too few")


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A sentence; ``warn`` where it asks for attention."""

    zh: str
    en: str
    warn: bool = False
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """A drawn chart and what it is of, with n and method."""

    svg: str
    zh: str
    en: str
    kind: str = "chart"


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of one row, as they are shown."""

    cells: tuple[Cell, ...]
    mark: bool = False
    link: str | None = None
    """Of the first cell: an address below the page's folder."""


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table; ``folded`` where it stands behind its caption."""

    columns: tuple[Pair, ...]
    rows: tuple[TableRow, ...]
    caption_zh: str
    caption_en: str
    numeric: tuple[int, ...] = ()
    folded: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class PageSection:
    """One question of the page and its answer."""

    zh: str
    en: str
    blocks: Sequence[TextBlock | ChartBlock | TableBlock] = field(default=())


@dataclass(frozen=True, slots=True)
class Card:
    """One headline figure."""

    zh: str
    en: str
    value: Cell
    note_zh: str
    note_en: str
    figure: float
    """The same as a number, NaN where it is not published."""
    is_share: bool = False


def shown(value: object) -> str:
    """Return a value as a cell shows it: a dash for nothing, days without a time, lists joined."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def day(moment: date) -> str:
    """Return a day as people write it: 8月24日."""
    return f"{moment.month}月{moment.day}日"


def share(value: float | None) -> str:
    """Return a share as per cent with one decimal."""
    return NONE if value is None or math.isnan(value) else f"{value:.1%}"


def number(value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """Return a figure with so many decimals."""
    if value is None or math.isnan(value):
        return NONE
    # Rounded first, or a hair below 0 would show as -0.
    rounded = round(value, decimals) + 0.0
    return f"{rounded:+.{decimals}f}" if signed else f"{rounded:.{decimals}f}"


def interval(value: float, low: float, high: float) -> Pair:
    """Return a figure with its 95 % interval: ``0.31（0.20 至 0.42）``."""
    figure, bounds = number(value), (number(low), number(high))
    return f"{figure}（{bounds[0]} 至 {bounds[1]}）", f"{figure} ({bounds[0]} to {bounds[1]})"


def failure_name(code: object) -> str:
    """Return the Chinese name of a sub-type."""
    return label_name("failure_subtype", str(code), "zh")


def failure_pair(code: object) -> Pair:
    """Return both names of a sub-type, e.g. ``("服务延误", "Unreasonably slow service")``."""
    return label_name("failure_subtype", str(code), "zh"), label_name("failure_subtype", str(code), "en")


def named(chinese: object) -> Cell:
    """Return a department, an aspect or a touchpoint as a cell shows it, e.g. ``("客房部", "Housekeeping")``."""
    return (chinese, english_name(chinese)) if isinstance(chinese, str) else NONE


def rows_of(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of a table by column."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def table_of(
    columns: tuple[Pair, ...], rows: Iterable[tuple[Cell, ...]], caption: Pair, numeric: tuple[int, ...] = ()
) -> TableBlock:
    """Return a table of plain rows."""
    return TableBlock(columns, tuple(TableRow(cells) for cells in rows), *caption, numeric=numeric)
