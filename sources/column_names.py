"""Which column of a file holds which field of a review: the vocabulary of column names and how it is applied."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal, get_args

from rapidfuzz import process

from lexicons.rows import LEXICON_ROOT, Row, read_rows
from sources.dates import read_date
from sources.masking import mask
from sources.ratings import read_rating
from sources.record import SourceFileError

Field = Literal[
    "text",
    "own_id",
    "venue",
    "author",
    "published_at",
    "stayed_at",
    "rating",
    "traveller_type",
    "product",
    "title",
    "follow_up_text",
    "reply_text",
    "replied_at",
    "url",
    "kind",
    "industry",
]
FIELDS: tuple[Field, ...] = get_args(Field)

_BRACKETS = re.compile(r"[(\[{<【《（「][^)\]}>】》）」]*[)\]}>】》）」]")
_SEPARATORS = re.compile(r"[\s_\-.:/\\*#\"'“”]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[，。！？,!?；]")
_SHOWN_NAMES = 30
_SHOWN_CHARACTERS = 30


class ColumnName(Row):
    """One spelling of a column name, the field that it means, and what such a cell looks like."""

    field: Field
    name: str
    example: str


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column each field is read from.

    Attributes:
        fields: Field → column name as it stands in the file.
        unmapped: The other columns, in file order; their cells go to ``ReviewRecord.extra``.
        notes: Choices that a person may want to know of, in words.
    """

    fields: Mapping[str, str]
    unmapped: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


class NoTextColumnError(SourceFileError):
    """No column of a table holds review texts; in a workbook the sheet is left out."""


@cache
def column_vocabulary() -> dict[str, tuple[Field, int]]:
    """Return normalised column name → field and rank; a lower rank wins where two columns fit one field."""
    rows = read_rows(LEXICON_ROOT / "vocabulary" / "columns.tsv", ColumnName)
    names: dict[str, tuple[Field, int]] = {}
    for rank, row in enumerate(rows):
        names.setdefault(normalised_name(row.name), (row.field, rank))
    return names


@lru_cache(maxsize=4_096)
def normalised_name(name: str) -> str:
    """Bring a name to the vocabulary's form, e.g. ``评论内容（必填）`` → ``评论内容``."""
    text = unicodedata.normalize("NFKC", name).lower().strip("\ufeff \t")
    bare = _SEPARATORS.sub("", _BRACKETS.sub("", text))
    return bare or _SEPARATORS.sub("", re.sub(r"[()\[\]{}<>【】《》「」]", "", text))


def known_names(cells: Sequence[object]) -> int:
    """Return how many cells of a row are names of the vocabulary; it tells a header from a title or a data row."""
    vocabulary = column_vocabulary()
    return sum(isinstance(cell, str) and len(cell) <= 40 and normalised_name(cell) in vocabulary for cell in cells)


def check_overrides(overrides: Mapping[str, str]) -> None:
    """Refuse overrides of fields that do not exist.

    Raises:
        SourceFileError: A field is not one of ``FIELDS``; the nearest right name is given.
    """
    if overrides.get("text") == "":
        raise SourceFileError("--map text=: expected the name of the column that holds the texts, found none")
    for name in overrides:
        if name not in FIELDS:
            raise SourceFileError(
                f"'{name}' is no field of a review{_nearest(name, FIELDS)}. The fields are {', '.join(FIELDS)}; "
                f"write --map text=评论内容, the field first and the file's column after the equals sign"
            )


def map_columns(
    columns: Sequence[str], samples: Mapping[str, Sequence[object]], overrides: Mapping[str, str]
) -> ColumnMapping:
    """Decide which column each field is read from.

    Args:
        columns: The column names of the file, unique.
        samples: Some cells of each column; they settle whether a column can hold texts.
        overrides: Field → column name, which win over the vocabulary; an empty name keeps a field from being read.

    Raises:
        SourceFileError: An override names a column that is not there.
        NoTextColumnError: No column holds review texts, or the first line is data instead of column names.
    """
    chosen = {name: _present_column(name, column, columns) for name, column in overrides.items() if column}
    notes: list[str] = []
    for name, candidates in _candidates(columns, set(chosen.values())).items():
        fitting = [column for column in candidates if name != "text" or _may_be_text(samples.get(column, ()))]
        if name in overrides or not fitting:
            continue
        chosen[name] = fitting[0]
        if others := fitting[1:]:
            notes.append(
                f"{name} is read from '{fitting[0]}', not from {_quoted(others)}; --map {name}=… chooses another"
            )
    if "text" not in chosen:
        _refuse_missing_header(columns)
        free = [column for column in columns if column not in chosen.values()]
        chosen["text"] = _sentence_column(free, samples, columns)
        notes.append(f"no column has a name known for review texts; '{chosen['text']}' holds sentences and is taken")
    unmapped = tuple(column for column in columns if column not in chosen.values())
    return ColumnMapping({name: chosen[name] for name in FIELDS if name in chosen}, unmapped, tuple(notes))


def nearest_name(name: str, names: Sequence[str]) -> str | None:
    """Return the name most like a mistyped one, or None where none is like it."""
    found = process.extractOne(name, names, score_cutoff=50)
    return None if found is None else str(found[0])


def _nearest(name: str, names: Sequence[str]) -> str:
    nearest = nearest_name(name, names)
    return f" (did you mean '{nearest}'?)" if nearest else ""


def _quoted(names: Sequence[str]) -> str:
    """Quote some column names for a message, masked and cut: without a header they are the first row's cells."""
    shown = "、".join(f"'{mask(name).text[:_SHOWN_CHARACTERS]}'" for name in names[:_SHOWN_NAMES])
    return shown if len(names) <= _SHOWN_NAMES else f"{shown} and {len(names) - _SHOWN_NAMES} more"


def _present_column(name: str, column: str, columns: Sequence[str]) -> str:
    if column in columns:
        return column
    same = [present for present in columns if normalised_name(present) == normalised_name(column)]
    if len(same) == 1:
        return same[0]
    raise SourceFileError(
        f"--map {name}={column}: expected a column of the file, found no '{column}'{_nearest(column, columns)}. "
        f"The columns are {_quoted(columns)}"
    )


def _candidates(columns: Sequence[str], taken: set[str]) -> dict[Field, list[str]]:
    ranked: dict[Field, list[tuple[int, str]]] = {}
    for column in columns:
        known = column_vocabulary().get(normalised_name(column))
        if known is not None and column not in taken:
            ranked.setdefault(known[0], []).append((known[1], column))
    return {name: [column for _, column in sorted(pairs, key=lambda pair: pair[0])] for name, pairs in ranked.items()}


def _may_be_text(sample: Sequence[object]) -> bool:
    """Refuse columns of numbers or dates that only bear the name, such as ``评论`` for their count."""
    cells = [cell for cell in sample if cell not in (None, "")]
    if not cells:
        return True
    data = sum(not isinstance(cell, str) or _is_number(cell) or read_date(cell)[0] is not None for cell in cells)
    return data < 0.9 * len(cells)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?[\d,.]+[万千kK+条]?\s*", text) is not None


def _sentence_column(free: Sequence[str], samples: Mapping[str, Sequence[object]], columns: Sequence[str]) -> str:
    lengths = sorted(((_sentence_length(samples.get(column, ())), column) for column in free), reverse=True)
    if lengths and lengths[0][0] >= 6 and (len(lengths) == 1 or lengths[0][0] >= 2 * lengths[1][0]):
        return lengths[0][1]
    raise NoTextColumnError(
        f"expected a column with the guests' texts, such as 评论内容 or review; found the columns {_quoted(columns)}, "
        f"none of which has a known name or clearly holds Chinese sentences. Name it: --map text={columns[-1] or '…'}"
    )


def _sentence_length(sample: Sequence[object]) -> float:
    """Return the mean number of Chinese characters a filled cell, 0 where few cells hold any."""
    cells = [cell for cell in sample if isinstance(cell, str) and cell.strip()]
    counts = [len(_HAN.findall(cell)) for cell in cells]
    if not counts or sum(count >= 2 for count in counts) < 0.5 * len(counts):
        return 0.0
    return sum(counts) / len(counts)


def _refuse_missing_header(columns: Sequence[str]) -> None:
    data = [column for column in columns if _looks_like_data(column)]
    if data:
        raise NoTextColumnError(
            "expected column names in the first line, found what looks like data: "
            f"{_quoted(data[:3])}. Add a first line with names, such as 评论时间,评论内容"
        )


def _looks_like_data(cell: str) -> bool:
    sentence = len(_HAN.findall(cell)) >= 6 and _SENTENCE.search(cell) is not None
    return sentence or len(cell) > 40 or read_date(cell)[0] is not None or read_rating(cell, "100") is not None
