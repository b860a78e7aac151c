"""A warehouse after two nights, and its rows as another database should hold them."""

from pathlib import Path
from typing import Any

from flows.night import Night, run_night
from flows.published_tables import published_tables
from tests import night_samples
from tests.night_samples import FIRST, FIRST_NIGHT, SECOND, SECOND_NIGHT
from warehouse.query import run_query


def published_warehouse(folder: Path) -> Path:
    """Do both nights of the sample; returns the folder of the tables."""
    settings = night_samples.settings(folder)
    for name, rows, moment in (("first", FIRST, FIRST_NIGHT), ("second", SECOND, SECOND_NIGHT)):
        night_samples.write_export(folder / "exports" / f"{name}.csv", rows)
        run_night(Night(settings, clock=lambda moment=moment: moment))  # type: ignore[misc]
    return settings.folder.warehouse


def rows_of(warehouse: Path, *, tokens: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables to copy, in an order that does not hang on how they are stored."""
    tables = published_tables(tokens=tokens)
    return {t.name: in_order(run_query(warehouse, f"SELECT * FROM {t.name}").to_pylist()) for t in tables}


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows sorted by what they show."""
    return sorted(rows, key=lambda row: repr(sorted((name, str(value)) for name, value in row.items())))
