"""JSON and JSON Lines: an array of objects, an object that holds one, or an object a line."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sources.encoding import TextEncoding, without_undecoded
from sources.file_format import FileBytes
from sources.record import SourceFileError
from sources.tables import Cell, Unreadable

_DEEPEST = 3
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonTable:
    """The objects of a JSON or JSON Lines file; see ``sources.tables.Table``.

    Objects inside objects become columns such as ``user.name``; lists become text. A JSON file is held in memory whole,
    JSON Lines are streamed.
    """

    name = ""
    header_row = 0

    def __init__(self, source: FileBytes, encoding: TextEncoding, *, per_line: bool) -> None:
        """Find the objects and all their keys.

        Raises:
            SourceFileError: The file is no JSON, or holds no array of objects.
        """
        self._source = source
        self._encoding = encoding
        self._items = None if per_line else _items(source, self._text())
        columns: dict[str, None] = {}
        for item in self._objects():
            if isinstance(item, dict):
                columns.update(dict.fromkeys(item))
        self.columns = tuple(columns)
        if not columns:
            raise SourceFileError(f'{source.name}: expected objects such as {{"评论内容": "…", "评分": 5}}, found none')

    def rows(self) -> Iterator[list[Cell] | Unreadable]:
        """Read the objects as rows; blank lines are no rows."""
        for item in self._objects():
            yield item if isinstance(item, Unreadable) else [item.get(column) for column in self.columns]

    def raw(self, cells: Sequence[Cell]) -> str:
        """Write a row as a JSON object."""
        filled = {column: cell for column, cell in zip(self.columns, cells, strict=True) if cell is not None}
        return json.dumps(filled, ensure_ascii=False, default=str)

    def _text(self) -> str:
        with self._source.open() as stream:
            return stream.read().decode(self._encoding.name, self._encoding.errors)

    def _objects(self) -> Iterator[dict[str, Cell] | Unreadable]:
        if self._items is not None:
            for item in self._items:
                raw = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
                yield _row(item, raw)
            return
        with io.TextIOWrapper(
            self._source.open(), encoding=self._encoding.name, errors=self._encoding.errors
        ) as stream:
            for line in stream:
                if line.strip():
                    yield self._parsed(line.strip())

    def _parsed(self, line: str) -> dict[str, Cell] | Unreadable:
        if self._encoding.damaged_lines and _LONE_SURROGATE.search(line):
            detail = f"the row holds bytes that are no {self._encoding.name}"
            return Unreadable("undecodable", detail, without_undecoded(line))
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            return Unreadable("bad_json", f"expected a JSON object, found text that is none ({error})", line)
        return _row(item, line)


def _items(source: FileBytes, text: str) -> list[Any]:
    try:
        content = json.loads(without_undecoded(text))
    except (ValueError, RecursionError) as error:
        # Not JSONDecodeError alone: a number of thousands of digits is refused too.
        raise SourceFileError(
            f"{source.name}: expected JSON, found text that is none ({error}). It may be cut off; export it again"
        ) from error
    if isinstance(content, list):
        return content
    arrays = _arrays(content) if isinstance(content, dict) else []
    if len(arrays) == 1:
        return arrays[0]
    if isinstance(content, dict) and not arrays:
        return [content]
    raise SourceFileError(
        f"{source.name}: expected an array of objects or an object that holds one, found {len(arrays)} arrays. "
        "Export the array of reviews alone"
    )


def _arrays(content: dict[str, Any]) -> list[list[Any]]:
    """Return the arrays of objects on the first level that has any, e.g. below ``data`` or ``data.list``."""
    found = [value for value in content.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if found:
        return found
    return [array for value in content.values() if isinstance(value, dict) for array in _arrays(value)]


def _row(item: object, raw: str) -> dict[str, Cell] | Unreadable:
    if not isinstance(item, dict):
        return Unreadable("bad_json", f"expected a JSON object, found {type(item).__name__}", _whole(raw))
    return flattened(item)


def flattened(item: dict[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Cell]:
    """Flatten an object to one level: ``{"user": {"name": "海风"}}`` → ``{"user.name": "海风"}``."""
    cells: dict[str, Cell] = {}
    for key, value in item.items():
        name = f"{prefix}{_whole(key)}"
        plain = _without_wrapping(value)
        if isinstance(plain, dict) and plain and depth < _DEEPEST:
            cells.update(flattened(plain, f"{name}.", depth + 1))
        else:
            cells[name] = _cell(plain)
    return cells


def _without_wrapping(value: object) -> object:
    """Return what MongoDB's exports wrap: ``{"$oid": "…"}``, ``{"$date": "…"}``, ``{"$numberLong": "…"}``."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("$oid", "$date", "$numberLong"):
        return next(iter(value.values()))
    return value


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        return _whole(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _whole("；".join(value)) or None
    return _whole(json.dumps(value, ensure_ascii=False)) if value else None


def _whole(text: str) -> str:
    # Half of an emoji, as programs that cut texts by UTF-16 units leave it, cannot be written to any file.
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
