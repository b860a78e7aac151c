"""The night's work as plain functions: collect, resolve, analyse, publish, summarise.

``flows.nightly`` wraps the same steps as Prefect tasks. Every step may be repeated, and a run that was killed is taken
up by the next one: what it set out to do stands in ``staging/<run_id>/run.json``.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from flows.analysis import SliceWork, analyse_slice
from flows.analysts import analysts
from flows.collecting import CollectedSource, collect_sources
from flows.identity import identity_key
from flows.settings import Settings
from lexicons.cue_rules import load_cue_book
from reports.trends import trends
from sources.manifests import Manifest, landed_files, landed_rejects, landed_slices
from sources.venues import VenueMaster, read_venues
from warehouse import ledger
from warehouse.actions import stored_actions, write_actions
from warehouse.dimensions import dimensions
from warehouse.index import WarehouseIndex, is_sound, remove_index
from warehouse.labels import Label, merged_labels, stored_labels, write_labels
from warehouse.ledger import RunCounts
from warehouse.publish import publish, publish_rejects
from warehouse.resolution import resolve, resolve_corrections, resolve_reanalysis
from warehouse.runs import Plan, RunFile, RunFolder, RunKind, RunState, unfinished_runs
from warehouse.schema import REJECTS, TRENDS, VENUES
from warehouse.staging import Provenance
from warehouse.store import LocalStore, Partition, Written
from warehouse.verification import missing_partitions

SHANGHAI = ZoneInfo("Asia/Shanghai")
Reached = Callable[[str], None]
Say = Callable[[str], None]


def nothing(_: str) -> None:
    """Do nothing with a message: the default for ``reached`` and ``say``."""


@dataclass(frozen=True, slots=True)
class NightOutcome:
    """What a night did: its runs, their counts together, and what failed on the way."""

    run_ids: tuple[str, ...]
    counts: RunCounts
    collected: tuple[CollectedSource, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """What could not be read or fetched."""
        return tuple(problem for source in self.collected for problem in source.failed)

    def facts(self) -> dict[str, object]:
        """Return the outcome as the flow does: counts by name, and what there is to tell."""
        return {
            **self.counts.model_dump(),
            "run_ids": list(self.run_ids),
            "failed": list(self.failed),
            "waiting": [part for source in self.collected for part in source.waiting],
            "sites": [asdict(source.site) for source in self.collected if source.site],
        }


@dataclass(slots=True)
class Night:
    """What all steps of a night share."""

    settings: Settings
    reached: Reached = nothing
    say: Say = nothing
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(SHANGHAI))

    @property
    def store(self) -> LocalStore:
        """The tables."""
        return LocalStore(self.settings.folder.warehouse)

    def folder(self, run_id: str) -> RunFolder:
        """Return the staging folder of a run."""
        return RunFolder(self.settings.folder.staging, run_id)

    def slices(self, run_id: str, count: int) -> list[SliceWork]:
        """Return the slices of a run to analyse, each with what its rows are stamped with."""
        began = self.folder(run_id).state.started_at
        choice = self.settings.reading
        provenance = Provenance(run_id, began, choice.model_version, choice.cues.lexicon_version)
        staging, warehouse = self.settings.folder.staging, self.settings.folder.warehouse
        return [SliceWork(staging, warehouse, number, provenance, choice) for number in range(1, count + 1)]


def run_night(night: Night) -> NightOutcome:
    """Do the whole night: land what the sources have, then take up what was left and take what has landed.

    Raises:
        WarehouseBusyError: Another run holds the warehouse for longer than ``settings.wait_seconds``.
        ConservationError: Rows are not accounted for.
    """
    collected = collect_sources(night.settings, reached=night.reached, say=night.say)
    with night.store.lock(night.settings.wait_seconds), analysts(night.settings) as pool:
        run_ids = tuple(begin(night))
        counts = RunCounts()
        for run_id in run_ids:
            counts += do_run(night, run_id, pool)
    return NightOutcome(run_ids, counts, collected)


def run_reanalysis(night: Night, since: str | None = None) -> NightOutcome:
    """Read stored reviews again with the lists and model of today.

    Args:
        night: What the steps share.
        since: The first month, ``YYYY-MM``; ``None`` for all, those without a month included.
    """
    with night.store.lock(night.settings.wait_seconds), analysts(night.settings) as pool:
        run_ids = [folder.path.name for folder in take_up(night)]
        months = tuple(m for m in night.store.months("reviews") if since is None or since <= m <= "9999")
        run_ids.append(begin_run(night, "reanalyse", months=months))
        counts = RunCounts()
        for run_id in run_ids:
            counts += do_run(night, run_id, pool)
    return NightOutcome(tuple(run_ids), counts)


def run_corrections(night: Night, new: Sequence[Label]) -> NightOutcome:
    """Store people's readings, and let them stand in the place of the machine's at once.

    Args:
        night: What the steps share.
        new: Rows of the table ``labels``; their reviews are published anew, with this run's stamp.
    """
    review_ids = tuple(sorted({str(label["review_id"]) for label in new}))
    with night.store.lock(night.settings.wait_seconds), analysts(night.settings) as pool:
        run_ids = [folder.path.name for folder in take_up(night)]
        run_ids.append(begin_run(night, "correct", review_ids=review_ids))
        # After the run was begun: killed between the two, the next run takes it up and enters the table in the ledger.
        write_labels(night.store, merged_labels(stored_labels(night.store), new))
        night.reached("labels written")
        counts = RunCounts()
        for run_id in run_ids:
            counts += do_run(night, run_id, pool)
    return NightOutcome(tuple(run_ids), counts)


def do_run(night: Night, run_id: str, pool: Executor | None) -> RunCounts:
    """Take one begun run through resolution, analysis and publishing."""
    plan = resolve_run(night, run_id)
    if pool is None or plan.slices == 1:
        for work in night.slices(run_id, plan.slices):
            analyse_slice(work)
            night.reached("slice analysed")
    else:
        for future in [pool.submit(analyse_slice, work) for work in night.slices(run_id, plan.slices)]:
            future.result()
            night.reached("slice analysed")
    return publish_run(night, run_id)


def begin(night: Night) -> Iterator[str]:
    """Yield the runs to do: those that were killed first, then one with what has landed since.

    Call it under the store's lock. The last run is made when the ones before it are done.
    """
    taken_up = False
    for folder in take_up(night):
        taken_up = True
        yield folder.path.name
    landing = night.settings.folder.landing
    done = ledger.published_files(ledger.runs(night.store)) | _files_of(unfinished_runs(night.settings.folder.staging))
    files = tuple(_run_file(m) for m in landed_files(landing, leave_out=done))
    if files or not taken_up:
        yield begin_run(night, "night", files)


def take_up(night: Night) -> list[RunFolder]:
    """Clear away what a killed run left half-written, and return the runs that it left undone.

    Raises:
        DamagedFileError: A file of the warehouse or of staging cannot be read.
    """
    night.store.remove_unfinished()
    for path in missing_partitions(night.store):
        night.say(f"{path}: missing; the ledger says that it was written. Put it back from a backup")
    recorded = set(ledger.runs(night.store).column("run_id").to_pylist())
    undone = []
    for folder in unfinished_runs(night.settings.folder.staging):
        if folder.path.name in recorded:
            folder.remove()
        else:
            night.say(f"taking up run {folder.path.name}, which did not finish")
            undone.append(folder)
    return undone


def resolve_run(night: Night, run_id: str) -> Plan:
    """Decide what a run will change; a run that is taken up keeps the plan that it made."""
    folder = night.folder(run_id)
    if plan := folder.plan:
        return plan
    state = folder.state
    venues = venue_master(night.settings)
    if state.kind == "reanalyse":
        return resolve_reanalysis(state.months, store=night.store, folder=folder, match_venues=venues.match)
    if state.kind in ("correct", "actions"):
        # A run of things to do touches no review.
        with open_index(night, run_id) as index:
            return resolve_corrections(
                state.review_ids, store=night.store, index=index, folder=folder, match_venues=venues.match
            )
    landing = night.settings.folder.landing
    files = [(file, landed_slices(landing, file.file_id)) for file in state.files]
    with open_index(night, run_id) as index:
        plan = resolve(files, store=night.store, index=index, folder=folder, match_venues=venues.match)
    night.reached("plan written")
    return plan


def publish_run(night: Night, run_id: str) -> RunCounts:
    """Write a run's rows, rebuild dimensions and trends, and enter the run in the ledger, which ends it."""
    folder, store = night.folder(run_id), night.store
    state, plan = folder.state, folder.plan
    if plan is None:
        raise RuntimeError(f"expected a plan in {folder.path}; resolve the run first")
    with open_index(night, run_id) as index:
        written = publish(folder, plan.slices, store=store, index=index, reached=night.reached)
    written += publish_rejects(store, f"{state.started_at:%Y-%m}", run_id, _rejects(night, state))
    night.reached("rejects written")
    if state.kind == "correct":
        written.append(write_labels(store, stored_labels(store)))
    if state.kind == "actions":
        written.append(write_actions(store, stored_actions(store)))
    else:
        written += _rebuilt(night)
    night.reached("trends written")
    counts = ledger.enter(
        store,
        state,
        plan,
        finished_at=night.clock(),
        written=written,
        model_version=night.settings.reading.model_version,
        lexicon_version=night.settings.reading.cues.lexicon_version,
    )
    night.reached("ledger written")
    folder.remove()
    return counts


def _rebuilt(night: Night) -> list[Written]:
    """Write anew what is made from all reviews: the venues, the dimensions and the trends."""
    store = night.store
    venues = venue_master(night.settings).table()
    written = [store.replace(Partition(VENUES.name), venues)]
    touchpoints = load_cue_book(night.settings.reading.lexicons).touchpoints
    for name, table in dimensions(store.root, venues, touchpoints).items():
        written.append(store.replace(Partition(name), table))
    written.append(store.replace(Partition(TRENDS.name), trends(store.root)))
    return written


@contextmanager
def open_index(night: Night, run_id: str) -> Iterator[WarehouseIndex]:
    """Open the index, made anew first if it does not describe the tables as they are."""
    path = night.settings.folder.warehouse / "index.sqlite"
    if not is_sound(path):
        night.say("the index is damaged; making it anew")
        remove_index(path)
    with WarehouseIndex(path) as index:
        last = ledger.last_run(ledger.runs(night.store))
        if index.last_run not in (last, run_id):
            night.say("the index does not describe the tables as they are; making it anew")
            index.rebuild(night.store, last or run_id)
        yield index


def venue_master(settings: Settings) -> VenueMaster:
    """Return the venue master, empty where the default file does not exist.

    Raises:
        VenueMasterError: The file is wrong, or the one that the settings name does not exist.
    """
    path = settings.venue_master
    return VenueMaster() if settings.venues is None and not path.exists() else read_venues(path)


def begin_run(
    night: Night,
    kind: RunKind,
    files: tuple[RunFile, ...] = (),
    *,
    months: tuple[str, ...] = (),
    review_ids: tuple[str, ...] = (),
) -> str:
    """Write down what a run sets out to do, and return its id; only under the store's lock."""
    started = _after_the_last_run(night, night.clock().astimezone(SHANGHAI))
    taken = set(ledger.runs(night.store).column("run_id").to_pylist())
    taken |= {folder.path.name for folder in unfinished_runs(night.settings.folder.staging)}
    name = f"{started:%Y%m%d-%H%M%S}-{kind}"
    run_id = next(n for n in (name, *(f"{name}-{i}" for i in range(2, 10_000))) if n not in taken)
    night.folder(run_id).begin(
        RunState(
            run_id=run_id,
            kind=kind,
            started_at=started,
            files=files,
            key_fingerprint=identity_key(night.settings).fingerprint,
            months=months,
            review_ids=review_ids,
        )
    )
    night.reached("run begun")
    return run_id


def _after_the_last_run(night: Night, now: datetime) -> datetime:
    """Keep runs in the order in which they were made: by it the ledger knows which one wrote a file last."""
    last = ledger.last_started(ledger.runs(night.store))
    if last is None or now >= last:
        return now
    night.say(f"the clock says {now:%Y-%m-%d %H:%M:%S}, which is before the last run; check the clock of this machine")
    return last.astimezone(SHANGHAI) + timedelta(seconds=1)


def _run_file(manifest: Manifest) -> RunFile:
    return RunFile(**{name: getattr(manifest, name) for name in RunFile.model_fields})


def _files_of(folders: list[RunFolder]) -> set[str]:
    return {file.file_id for folder in folders for file in folder.state.files}


def _rejects(night: Night, state: RunState) -> pa.Table:
    landing = night.settings.folder.landing
    tables = [REJECTS.arrow.empty_table()]
    for file in state.files:
        rejects = landed_rejects(landing, file.file_id)
        facts = {"run_id": state.run_id, "source": file.source, "file_id": file.file_id, "file_name": file.name}
        for name, value in facts.items():
            rejects = rejects.append_column(name, pa.repeat(pa.scalar(value, pa.string()), rejects.num_rows))
        tables.append(rejects.select(REJECTS.arrow.names).cast(REJECTS.arrow))
    return pa.concat_tables(tables)
