"""Recipes in YAML files: read strictly, every mistake with the line that it stands on."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from rapidfuzz import fuzz, process

from sources.web.addresses import refusal_of_address
from sources.web.recipe import Recipe, Start, Values
from sources.web.recipe_pages import PlacedError
from sources.web.templates import filled, filled_address


class RecipeError(ValueError):
    """A recipe cannot be used; the message says where, what was expected and what came."""


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: The file is missing or no YAML, names a key twice or one that there is not, or a value is wrong.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"expected a recipe (YAML in UTF-8) at {path}: {error}") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise RecipeError(f"{path}: expected a recipe, found an empty file")
        _refuse_repeats(node, path, set())
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise RecipeError(f"{where}: expected YAML; {getattr(error, 'problem', None) or error}") from error
    if not isinstance(given, dict):
        raise RecipeError(f"{path}:1: expected keys such as 'recipe: 1' and 'title: …', found {given!r:.60}")
    try:
        recipe = Recipe.model_validate(given)
    except ValidationError as error:
        raise RecipeError(_explained(error, node, path)) from error
    for number, start in enumerate(recipe.start):
        # What the names stand for is known only with the files of values; the host is known now.
        address = filled(start.address, dict.fromkeys(start.values, "0"))
        if reason := refusal_of_address(address, recipe):
            line = _line_of(node, ["start", number, "address"])
            raise RecipeError(
                f"{path}:{line}: start.{number}.address: '{start.address}' may not be asked for: {reason}"
            )
    return recipe


def start_addresses(recipe: Recipe, folder: Path, today: date) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the kind of page, the address and the values of each place where a crawl begins.

    Args:
        recipe: The site.
        folder: The recipe's folder, where its files of values lie.
        today: The last of ``last_days``, a day of Asia/Shanghai.

    Raises:
        RecipeError: A file of values cannot be read.
    """
    for start in recipe.start:
        for values in _combinations(start, folder, today):
            yield start.page, filled_address(start.address, values), values


def _combinations(start: Start, folder: Path, today: date) -> Iterator[dict[str, str]]:
    names = list(start.values)
    for chosen in product(*(_listed(start.values[name], folder, today) for name in names)):
        yield dict(zip(names, chosen, strict=True))


def _listed(values: Values, folder: Path, today: date) -> Sequence[str]:
    if values.of is not None:
        return values.of
    if values.last_days is not None:
        return [(today - timedelta(days=n)).strftime(values.format) for n in range(values.last_days)]
    if values.days_ago is not None:
        return [(today - timedelta(days=values.days_ago)).strftime(values.format)]
    path = folder / str(values.file)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            columns, rows = table.fieldnames or (), list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecipeError(f"expected a CSV file of values, in UTF-8, at {path}: {error}") from error
    if values.column not in columns:
        raise RecipeError(f"{path}: expected a column '{values.column}', found {', '.join(columns) or 'none'}")
    listed = [cell for row in rows if (cell := (row[values.column] or "").strip())]
    if not listed:
        raise RecipeError(f"{path}: expected values in the column '{values.column}', found none")
    return listed


def _refuse_repeats(node: yaml.Node, path: Path, checked: set[int]) -> None:
    """Refuse a key that stands twice in one mapping: YAML would let the last one win without a word."""
    if id(node) in checked:
        # An alias leads to a part that was looked at already, or around in a circle.
        return
    checked.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line, name = key.start_mark.line + 1, str(key.value)
            if name in seen:
                raise RecipeError(f"{path}:{line}: the key '{name}' stands on line {seen[name]} already")
            seen[name] = line
            _refuse_repeats(value, path, checked)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeats(value, path, checked)


def _explained(error: ValidationError, node: yaml.Node, path: Path) -> str:
    found = error.errors()
    # A key that is missing is mostly one that is misspelt.
    first = next((mistake for mistake in found if mistake["type"] == "extra_forbidden"), found[0])
    place = [part for part in first["loc"] if part != "[key]"]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, PlacedError):
        place += cause.place
    problem, hint = str(first["msg"]).removeprefix("Value error, "), ""
    if first["type"] == "extra_forbidden":
        problem = f"unknown key '{place[-1]}'"
        if near := process.extractOne(str(place[-1]), _keys_at(place[:-1]), scorer=fuzz.ratio, score_cutoff=60):
            hint = f" (did you mean '{near[0]}'?)"
    elif first["type"] != "value_error" and not isinstance(first["input"], dict | list):
        # The error of a value of our own names what was found; pydantic's does not.
        hint = f", found {first['input']!r}{'; write it in quotes' if first['type'] == 'string_type' else ''}"
    where = ".".join(str(part) for part in place)
    line = _line_of(node, place)
    if problem[1:2].islower():
        problem = problem[0].lower() + problem[1:]
    return f"{path}:{line}: {where + ': ' if where else ''}{problem}{hint}"


def _line_of(node: yaml.Node, place: Sequence[object]) -> int:
    """Return the line of a place, or of the nearest thing around it."""
    line = int(node.start_mark.line) + 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                return line
            line, node = int(found[0].start_mark.line) + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = int(node.start_mark.line) + 1
        else:
            return line
    return line


def _keys_at(place: Sequence[object]) -> list[str]:
    """Return the keys that the format knows at a place."""
    whole = Recipe.model_json_schema()
    part: dict[str, Any] = whole
    for step in (*place, None):
        # An optional part is it or null.
        part = next((way for way in part.get("anyOf", ()) if "$ref" in way), part)
        if "$ref" in part:
            part = whole["$defs"][part["$ref"].rpartition("/")[2]]
        if step is None:
            break
        inner = part.get("items") if isinstance(step, int) else part.get("properties", {}).get(step)
        # Of names that the recipe's author chooses, all have the same keys within.
        named = next(iter(part.get("patternProperties", {}).values()), None)
        part = inner or named or part.get("additionalProperties") or {}
    return list(part.get("properties", {}))
