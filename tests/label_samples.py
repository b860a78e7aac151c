"""Readings by people for tests, and a workbook filled in as people fill it in."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import load_workbook

from reports.label_sheet import TASKS
from warehouse.labels import Label, text_digest
from warehouse.schema import LABELS

MOMENT = datetime(2026, 10, 12, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TEXT = "前台态度冷淡，等了半小时才办好入住，房间倒是干净"


def label(review_id: str = "ctrip:1", annotator: str = "甲", text: str = TEXT, **given: Any) -> Label:
    """Return a reading without a failure; ``given`` says what is different."""
    usual = {
        "review_id": review_id,
        "annotator": annotator,
        "read_at": MOMENT,
        "purpose": "correction",
        "batch": "labels-1",
        "settled": False,
        "text_digest": text_digest(None, text, None),
        "failure_subtypes": [],
        "quotes": [],
        "severity": 0,
        "satisfaction": 4,
        "expectation": "none",
        "voice": [],
        "recovery_actions": [],
        "fairness": [],
        "loyalty": "none",
    }
    return {name: {**usual, **given}.get(name) for name in LABELS.arrow.names}


def cells(path: Path, sheet: str = TASKS) -> list[dict[str, Any]]:
    """Return the rows of a sheet by header."""
    header, *rows = load_workbook(path)[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def fill(path: Path, answers: dict[str, dict[str, Any]]) -> None:
    """Fill in a workbook: review → header → what is put there; ``None`` empties a cell."""
    book = load_workbook(path)
    sheet = book[TASKS]
    places = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        for header, value in answers.get(str(sheet.cell(row, places["评论编号"]).value), {}).items():
            sheet.cell(row, places[header]).value = value
    book.save(path)
