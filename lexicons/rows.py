"""The one strict reader of every list, vocabulary and rule file in this package.

A file is UTF-8 text with tab-separated columns, so that a quality team can open it in Excel and a reviewer can read
the difference of two versions. It begins with comment lines, two of which are required::

    # owner: who answers for the list
    # source: where its entries come from

then one header line with column names, then one entry a line. Several values in one cell are separated by ``|``.
"""

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

LEXICON_ROOT = Path(__file__).resolve().parent


class LexiconError(ValueError):
    """A list file is wrong; the message begins with ``file:line`` and says what was expected and what was found."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        self.path = path
        self.line = line
        self.problem = problem
        super().__init__(f"{path.name}:{line}: {problem}")


class Row(BaseModel):
    """One entry of a list; subclasses name the columns. Unknown columns and ill-typed cells are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @property
    def subject(self) -> str:
        """What the row is about, by which people name it: the first cell that is not empty."""
        return next(str(value) for name in type(self).model_fields if (value := getattr(self, name)))

    @property
    def key(self) -> tuple[str, ...]:
        """What a row of a user's own list must share with one of ours to replace it."""
        return (self.subject,)


def _cell_values(value: object) -> object:
    return tuple(part.strip() for part in value.split("|") if part.strip()) if isinstance(value, str) else value


Cells = Annotated[tuple[str, ...], BeforeValidator(_cell_values)]
"""A cell with several values separated by ``|``, e.g. ``前台|大堂``."""

RowType = TypeVar("RowType", bound=Row)


def read_rows(path: Path, row_type: type[RowType]) -> tuple[RowType, ...]:
    """Read a list file whole, checking header, every cell, and that no entry stands twice.

    Args:
        path: The file, UTF-8 with or without a byte-order mark.
        row_type: The columns and their types.

    Returns:
        The entries in file order.

    Raises:
        LexiconError: The file is missing or empty, lacks its owner or source line, or a line does not fit ``row_type``.
    """
    rows = tuple(row for _, row in numbered_rows(path, row_type))
    if not rows:
        header_line, _ = next(_content_lines(path))
        raise LexiconError(path, header_line, "expected at least one entry after the header, found none")
    return rows


def numbered_rows(path: Path, row_type: type[RowType]) -> Iterator[tuple[int, RowType]]:
    """Yield the entries of a list file with the lines they stand on, checked as ``read_rows`` does.

    Raises:
        LexiconError: As ``read_rows``.
    """
    lines = _content_lines(path)
    header_line, header = next(lines, (0, ""))
    if not header_line:
        raise LexiconError(path, 1, "expected a header line with column names, found none")
    columns = header.split("\t")
    _check_header(path, header_line, columns, row_type)
    seen: dict[RowType, int] = {}
    for number, line in lines:
        row = _parse_row(path, number, line, columns, row_type)
        if row in seen:
            raise LexiconError(path, number, f"the same entry stands on line {seen[row]} already; delete one")
        seen[row] = number
        yield number, row


def read_owner(path: Path) -> dict[str, str]:
    """Return the ``# key: value`` comment lines of a list file, such as its owner and source."""
    facts = {}
    for line in path.read_text("utf-8-sig").splitlines():
        if not line.startswith("#"):
            break
        key, colon, value = line.lstrip("# ").partition(":")
        if colon:
            facts[key.strip()] = value.strip()
    return facts


def _content_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise LexiconError(path, 1, "the file does not exist") from error
    except UnicodeDecodeError as error:
        raise LexiconError(path, 1, f"expected UTF-8, found byte {error.start} that is not") from error
    facts = read_owner(path)
    for key in ("owner", "source"):
        if not facts.get(key):
            raise LexiconError(path, 1, f"expected a comment line '# {key}: …' before the header, found none")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line.rstrip("\r")


def _check_header(path: Path, line: int, columns: list[str], row_type: type[Row]) -> None:
    fields = row_type.model_fields
    if repeated := sorted({column for column in columns if columns.count(column) > 1}):
        raise LexiconError(path, line, f"expected each column once, found {repeated} more than once")
    if unknown := [column for column in columns if column not in fields]:
        raise LexiconError(path, line, f"unknown columns {unknown}; the columns are {list(fields)}")
    if missing := [name for name, field in fields.items() if field.is_required() and name not in columns]:
        raise LexiconError(path, line, f"expected the columns {missing} too; found {columns}")


def _parse_row(path: Path, number: int, line: str, columns: list[str], row_type: type[RowType]) -> RowType:
    cells = line.split("\t")
    if len(cells) > len(columns):
        raise LexiconError(path, number, f"expected at most {len(columns)} tab-separated cells, found {len(cells)}")
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
    try:
        return row_type.model_validate(given)
    except ValidationError as error:
        raise LexiconError(path, number, _explain(error, row_type)) from error


def _explain(error: ValidationError, row_type: type[Row]) -> str:
    first = error.errors()[0]
    column = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing":
        return f"expected a value in column '{column}', found an empty cell"
    problem = str(first["msg"]).removeprefix("Value error, ")
    choices = _choices(row_type.model_fields[column].annotation) if column in row_type.model_fields else ()
    if choices:
        problem = f"expected one of {', '.join(choices)}"
    return f"column '{column}': {problem}; found {first['input']!r}" if column else problem


def _choices(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type annotation is any object
    if get_origin(annotation) is Literal:
        return tuple(str(value) for value in get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return tuple(choice for part in get_args(annotation) for choice in _choices(part))
    return ()
