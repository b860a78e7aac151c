"""The ledger: one row a run, written last, and the law that every row read is accounted for."""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from warehouse.runs import Plan, RunState
from warehouse.schema import RUNS, SCHEMA_VERSION
from warehouse.store import LocalStore, Partition, Written


class ConservationError(RuntimeError):
    """Rows went missing or appeared from nowhere: a fault of the program, never of the data."""


class RunCounts(BaseModel):
    """What became of the rows that a run read: ``read = stored + updated + unchanged + duplicates + rejected``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    read: int = 0
    stored: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: int = 0
    withdrawn: int = 0
    rescored: int = 0

    def __add__(self, other: "RunCounts") -> "RunCounts":
        mine, theirs = self.model_dump(), other.model_dump()
        return RunCounts(**{name: mine[name] + theirs[name] for name in mine})

    def check(self) -> None:
        """Check the law of conservation.

        Raises:
            ConservationError: The counts do not add up.
        """
        parts = self.stored + self.updated + self.unchanged + self.duplicates + self.rejected
        if self.read != parts:
            raise ConservationError(
                f"rows are not accounted for: read {self.read}, but stored {self.stored} + updated {self.updated} + "
                f"unchanged {self.unchanged} + duplicates {self.duplicates} + rejected {self.rejected} = {parts}; "
                "nothing was entered in the ledger. Keep the data folder and report this"
            )


def count(state: RunState, plan: Plan) -> RunCounts:
    """Return the counts of a run from its manifests and its plan."""
    return RunCounts(
        read=sum(f.read for f in state.files),
        stored=sum(o.stored for o in plan.outcomes),
        updated=sum(o.updated for o in plan.outcomes),
        unchanged=sum(o.unchanged for o in plan.outcomes),
        duplicates=sum(f.duplicates for f in state.files),
        rejected=sum(f.rejected for f in state.files),
        withdrawn=plan.withdrawn,
        rescored=plan.rescored,
    )


def enter(
    store: LocalStore,
    state: RunState,
    plan: Plan,
    *,
    finished_at: datetime,
    written: list[Written],
    model_version: str,
    lexicon_version: str,
) -> RunCounts:
    """Check the counts of a run and write its row.

    Raises:
        ConservationError: The counts do not add up.
    """
    counts = count(state, plan)
    counts.check()
    outcomes = {o.file_id: o.model_dump() for o in plan.outcomes}
    row = {
        "run_id": state.run_id,
        "kind": state.kind,
        "started_at": state.started_at,
        "finished_at": finished_at,
        **counts.model_dump(),
        "files": [{**f.model_dump(), **outcomes[f.file_id]} for f in state.files],
        "partitions": [
            {"table": w.partition.table, "month": w.partition.month, "rows": w.rows, "sha256": w.sha256}
            for w in written
        ],
        "model_version": model_version,
        "lexicon_version": lexicon_version,
        "key_fingerprint": state.key_fingerprint,
        "schema_version": SCHEMA_VERSION,
    }
    partition = Partition(RUNS.name, f"{state.started_at:%Y-%m}")
    before = store.read(partition).cast(RUNS.arrow)
    kept = before.filter(pc.not_equal(before.column("run_id"), state.run_id))
    store.replace(partition, pa.concat_tables([kept, pa.Table.from_pylist([row], schema=RUNS.arrow)]))
    return counts


def runs(store: LocalStore) -> pa.Table:
    """Return the whole ledger, oldest run first."""
    months = store.months(RUNS.name)
    tables = [store.read(Partition(RUNS.name, month)).cast(RUNS.arrow) for month in months]
    return pa.concat_tables([RUNS.arrow.empty_table(), *tables]).sort_by(
        [("started_at", "ascending"), ("run_id", "ascending")]
    )


def published_files(ledger: pa.Table) -> set[str]:
    """Return the ids of the files that runs have taken."""
    return {file["file_id"] for files in ledger.column("files").to_pylist() for file in files}


def last_run(ledger: pa.Table) -> str | None:
    """Return the id of the last run in the ledger."""
    ids = ledger.column("run_id").to_pylist()
    return ids[-1] if ids else None


def last_started(ledger: pa.Table) -> datetime | None:
    """Return when the last run in the ledger began, aware; ``None`` before the first."""
    moments = ledger.column("started_at").to_pylist()
    return moments[-1] if moments else None


def last_fingerprint(ledger: pa.Table) -> str | None:
    """Return the fingerprint of the identity key that the last night was made with."""
    known = [f for f in ledger.column("key_fingerprint").to_pylist() if f]
    return known[-1] if known else None


def checksums(ledger: pa.Table) -> dict[Partition, str]:
    """Return the SHA-256 that each partition should have: that of the run which wrote it last."""
    found: dict[Partition, str] = {}
    for partitions in ledger.column("partitions").to_pylist():
        found.update({Partition(p["table"], p["month"]): p["sha256"] for p in partitions})
    return found
