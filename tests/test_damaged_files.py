"""What is said and done when files of ours are damaged or missing, or the clock is wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from flows.night import Night, run_night, run_reanalysis
from sources.manifests import read_manifest
from tests import night_samples
from tests.night_samples import FIRST, FIRST_NIGHT
from warehouse import ledger
from warehouse.damage import DamagedFileError, damage_explained
from warehouse.index import is_sound
from warehouse.query import QueryError, run_query
from warehouse.store import LocalStore
from warehouse.verification import verify_partitions


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Return the warehouse of one night; its installation is ``tmp_path``."""
    night_samples.settings(tmp_path)
    night_samples.write_export(tmp_path / "exports" / "first.csv", FIRST)
    run_night(Night(night_samples.settings(tmp_path), clock=lambda: FIRST_NIGHT))
    return tmp_path / "data" / "warehouse"


def _night(folder: Path, said: list[str], days: int = 1) -> Night:
    moment = FIRST_NIGHT + timedelta(days=days)
    return Night(night_samples.settings(folder), say=said.append, clock=lambda: moment)


def test_a_damaged_month_stops_the_run_and_the_query(warehouse: Path, tmp_path: Path) -> None:
    """The file is named before anything is written, and the message says what to do."""
    month = warehouse / "reviews" / "month=2026-04" / "part.parquet"
    month.write_bytes(b"junk")
    for work in (run_night, run_reanalysis):
        with pytest.raises(DamagedFileError, match=r"month=2026-04.part\.parquet: expected a sound file.*backup"):
            work(_night(tmp_path, []))
    with pytest.raises(QueryError, match=r"a file of the table reviews cannot be read.*kesheng verify"):
        run_query(warehouse, "SELECT 1")


def test_a_missing_month_is_told_by_each_run(warehouse: Path, tmp_path: Path) -> None:
    """The night goes on without it, and says so."""
    (warehouse / "reviews" / "month=2026-04" / "part.parquet").unlink()
    said: list[str] = []
    run_night(_night(tmp_path, said))
    assert any("month=2026-04/part.parquet: missing" in line for line in said)


def test_a_damaged_ledger_is_named(warehouse: Path, tmp_path: Path) -> None:
    """Without the ledger nothing is known; the run stops."""
    next(warehouse.glob("runs/*/part.parquet")).write_bytes(b"junk")
    with pytest.raises(DamagedFileError, match=r"runs.month=.*expected a sound file"):
        run_night(_night(tmp_path, []))


@pytest.mark.parametrize(
    "damage", [lambda _: b"junk", lambda old: old[:2000], lambda old: old[:4096] + b"\xaa" * (len(old) - 4096)]
)
def test_a_damaged_index_is_made_anew(warehouse: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """It holds nothing that the tables do not; the same export again changes nothing."""
    index = warehouse / "index.sqlite"
    assert is_sound(index)
    index.write_bytes(damage(index.read_bytes()))
    assert not is_sound(index)
    (tmp_path / "exports" / "first.csv").rename(tmp_path / "exports" / "again.csv")
    with (tmp_path / "exports" / "again.csv").open("ab") as file:
        file.write(b"\r\n")
    said: list[str] = []
    counts = run_night(_night(tmp_path, said)).counts
    assert "the index is damaged; making it anew" in said
    assert (counts.read, counts.stored, counts.unchanged) == (6, 0, 5)


def test_damaged_manifests_and_run_states_are_named(warehouse: Path, tmp_path: Path) -> None:
    """Each message names the folder to move away."""
    landed = next((tmp_path / "data" / "landing").glob("*/manifest.json")).parent
    manifest = (landed / "manifest.json").read_text("utf-8")
    (landed / "manifest.json").write_text('{"x":', "utf-8")
    with pytest.raises(DamagedFileError, match=r"manifest\.json.*Move the folder .* away and import the file again"):
        read_manifest(landed)
    (landed / "manifest.json").write_text(manifest, "utf-8")
    state = tmp_path / "data" / "staging" / "20260501-000000-night" / "run.json"
    state.parent.mkdir(parents=True)
    state.write_text("{", "utf-8")
    with pytest.raises(DamagedFileError, match=r"run\.json.*Move the folder .* away and run again"):
        run_night(_night(tmp_path, []))
    assert verify_partitions(warehouse)[1] == []


def test_what_the_system_refuses_is_no_damage(tmp_path: Path) -> None:
    """A missing right stays what it is."""
    with pytest.raises(FileNotFoundError, match="none"), damage_explained(tmp_path / "none", "Look for it"):
        (tmp_path / "none").read_text("utf-8")
    with (
        pytest.raises(DamagedFileError, match=r"none: expected a sound file.*\. Look for it"),
        damage_explained(tmp_path / "none", "Look for it"),
    ):
        json.loads("{")


def test_a_clock_that_goes_back(warehouse: Path, tmp_path: Path) -> None:
    """Runs keep the order in which they were made, so that the ledger still knows who wrote a file last."""
    (tmp_path / "exports" / "first.csv").unlink()
    night_samples.write_export(tmp_path / "exports" / "second.csv", night_samples.SECOND)
    said: list[str] = []
    outcome = run_night(_night(tmp_path, said, days=-3))
    assert any("check the clock" in line for line in said)
    runs = ledger.runs(LocalStore(warehouse))
    assert ledger.last_run(runs) == outcome.run_ids[-1]
    assert verify_partitions(warehouse)[1] == []


class _StoppedError(Exception):
    """Stands for whatever ends a run half-way."""


def _stopped_run(folder: Path) -> Path:
    """Leave a run that is analysed and not published; returns its staging folder."""

    def reached(point: str) -> None:
        if point == "near-duplicates decided":
            raise _StoppedError

    night_samples.write_export(folder / "exports" / "second.csv", night_samples.SECOND)
    night = _night(folder, [])
    night.reached = reached
    with pytest.raises(_StoppedError):
        run_night(night)
    return next((folder / "data" / "staging").iterdir())


def test_a_damaged_staged_slice_is_made_again(warehouse: Path, tmp_path: Path) -> None:
    """What the analysis wrote can be made again: the run that is taken up heals it and ends as if nothing had been."""
    staged = _stopped_run(tmp_path) / "staged" / "0001.parquet"
    staged.write_bytes(staged.read_bytes()[:100])
    counts = run_night(_night(tmp_path, [])).counts
    assert counts.model_dump(include=set(night_samples.SECOND_COUNTS)) == night_samples.SECOND_COUNTS
    assert verify_partitions(warehouse)[1] == []


def test_a_damaged_work_slice_is_named(warehouse: Path, tmp_path: Path) -> None:
    """Rows that wait for analysis are named if they cannot be read, with the way to plan the run anew."""
    folder = _stopped_run(tmp_path)
    (folder / "staged" / "0001.parquet").unlink()
    (folder / "work" / "0001.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedFileError, match=r"0001\.parquet.*Move the folder .* away and run again"):
        run_night(_night(tmp_path, []))
    assert verify_partitions(warehouse)[1] == []
