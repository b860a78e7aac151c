"""A run in progress: what it set out to do, kept in staging so that the next run can take it up after a kill."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from warehouse.damage import damage_explained
from warehouse.store import write_atomically

_STATE = "run.json"
_PLAN = "plan.json"
_REMOVALS = "removals.parquet"
_NEAR_DUPLICATES = "near-duplicates.parquet"
_REMOVALS_SCHEMA = pa.schema([("review_id", pa.string()), ("month", pa.string())])
_NEAR_DUPLICATES_SCHEMA = pa.schema([("review_id", pa.string()), ("duplicate_of", pa.string())])

RunKind = Literal["night", "reanalyse", "correct", "actions"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunFile(_Frozen):
    """One landed file that a run takes."""

    file_id: str
    name: str
    source: str
    read: int
    landed: int
    duplicates: int
    rejected: int
    supersedes: tuple[str, ...] = ()


class FileOutcome(_Frozen):
    """What became of the landed rows of one file: ``landed = stored + updated + unchanged``."""

    file_id: str
    stored: int = 0
    updated: int = 0
    unchanged: int = 0


class RunState(_Frozen):
    """What a run set out to do."""

    run_id: str
    kind: RunKind
    started_at: datetime
    files: tuple[RunFile, ...]
    key_fingerprint: str | None
    months: tuple[str, ...] = ()
    """The months to read again, for a re-analysis."""
    review_ids: tuple[str, ...] = ()
    """The reviews to read again, for a correction by people."""


class Plan(_Frozen):
    """What the run will change, decided before anything is analysed or written."""

    outcomes: tuple[FileOutcome, ...]
    withdrawn: int
    rescored: int
    slices: int


class RunFolder:
    """The staging folder of one run."""

    def __init__(self, staging: Path, run_id: str) -> None:
        self.path = staging / run_id
        self._advice = f"Move the folder {self.path} away and run again: the run begins anew with the same landed files"

    def begin(self, state: RunState) -> None:
        """Write down what the run sets out to do."""
        write_atomically(self.path / _STATE, state.model_dump_json(indent=2).encode())

    @property
    def state(self) -> RunState:
        """What the run set out to do."""
        with damage_explained(self.path / _STATE, self._advice):
            return RunState.model_validate_json((self.path / _STATE).read_text("utf-8"))

    @property
    def plan(self) -> Plan | None:
        """The plan, ``None`` until it is whole."""
        path = self.path / _PLAN
        if not path.exists():
            return None
        with damage_explained(path, self._advice):
            return Plan.model_validate_json(path.read_text("utf-8"))

    def write_plan(self, plan: Plan, removals: list[tuple[str, str]]) -> None:
        """Write the plan: the removals first, then the file that says that all is there."""
        columns = {"review_id": [r for r, _ in removals], "month": [m for _, m in removals]}
        _write_table(self.path / _REMOVALS, pa.table(columns, schema=_REMOVALS_SCHEMA))
        write_atomically(self.path / _PLAN, plan.model_dump_json(indent=2).encode())

    def removals(self) -> dict[str, list[str]]:
        """Return month → ids that stand there and are to be taken out or replaced."""
        table = pq.read_table(self.path / _REMOVALS)
        by_month: dict[str, list[str]] = {}
        for review_id, month in zip(
            table.column("review_id").to_pylist(), table.column("month").to_pylist(), strict=True
        ):
            by_month.setdefault(month, []).append(review_id)
        return by_month

    def work_slice(self, number: int) -> Path:
        """Return the path of the rows to analyse, slice by slice from 1."""
        return self.path / "work" / f"{number:04d}.parquet"

    def staged_slice(self, number: int) -> Path:
        """Return the path of the analysed rows of a slice."""
        return self.path / "staged" / f"{number:04d}.parquet"

    def write_work(self, number: int, table: pa.Table) -> None:
        """Write a slice of rows to analyse."""
        _write_table(self.work_slice(number), table)

    def read_work(self, number: int) -> pa.Table:
        """Read a slice of rows to analyse.

        Raises:
            DamagedFileError: The file is damaged.
        """
        with damage_explained(self.work_slice(number), self._advice):
            return pq.read_table(self.work_slice(number))

    def write_staged(self, number: int, table: pa.Table) -> None:
        """Write the analysed rows of a slice."""
        _write_table(self.staged_slice(number), table)

    def near_duplicates(self) -> dict[str, str] | None:
        """Return review → the review that it nearly repeats, ``None`` until that is decided."""
        path = self.path / _NEAR_DUPLICATES
        if not path.exists():
            return None
        table = pq.read_table(path)
        return dict(zip(table.column("review_id").to_pylist(), table.column("duplicate_of").to_pylist(), strict=True))

    def write_near_duplicates(self, found: dict[str, str]) -> None:
        """Write down which reviews nearly repeat which."""
        columns = {"review_id": list(found), "duplicate_of": list(found.values())}
        _write_table(self.path / _NEAR_DUPLICATES, pa.table(columns, schema=_NEAR_DUPLICATES_SCHEMA))

    def remove(self) -> None:
        """Remove the folder; the state goes last, so that a kill on the way leaves a run that can be taken up."""
        for child in sorted(self.path.iterdir(), key=lambda p: p.name == _STATE):
            if child.is_dir():
                shutil.rmtree(child)
            else:
                child.unlink()
        self.path.rmdir()


def unfinished_runs(staging: Path) -> list[RunFolder]:
    """Return the runs that were begun and not finished, oldest first; what has no state was never begun."""
    if not staging.exists():
        return []
    folders = [RunFolder(staging, p.name) for p in staging.iterdir() if (p / _STATE).exists()]
    return sorted(folders, key=lambda folder: (folder.state.started_at, folder.path.name))


def _write_table(path: Path, table: pa.Table) -> None:
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())
