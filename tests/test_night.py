"""The night as a plain function: two nights, a kill at every named point, and one writer at a time."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows import collecting
from flows.night import Night, run_night, run_reanalysis
from flows.summaries import write_summary
from sources.landing import LandedFile, land_file
from tests import night_samples
from tests.night_samples import FIRST, FIRST_COUNTS, FIRST_NIGHT, SECOND, SECOND_COUNTS, SECOND_NIGHT
from warehouse.ledger import RunCounts
from warehouse.query import run_query
from warehouse.store import LocalStore, WarehouseBusyError
from warehouse.verification import verify_partitions

ROOT = Path(__file__).resolve().parents[1]
POINTS = (
    "file landed",
    "run begun",
    "plan written",
    "slice analysed",
    "near-duplicates decided",
    "reviews of a month written",
    "incidents of a month written",
    "tokens of a month written",
    "months written",
    "index written",
    "rejects written",
    "trends written",
    "ledger written",
)
KILLED_NIGHT = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from flows.night import Night, run_night
from tests import night_samples

def reached(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

run_night(Night(night_samples.settings(Path(sys.argv[1])), reached=reached, clock=lambda: night_samples.SECOND_NIGHT))
"""
BUSY_NIGHT = """
import sys, time
from pathlib import Path
from flows.analysts import analysts
from tests import night_samples

if __name__ == "__main__":
    settings = night_samples.settings(Path(sys.argv[1])).model_copy(update={"workers": 2})
    with analysts(settings) as pool:
        futures = [pool.submit(time.sleep, 100) for _ in range(2)]
        while not all(future.running() for future in futures):
            time.sleep(0.1)
        print(*pool._processes, flush=True)
        time.sleep(100)
"""


def night(folder: Path, moment: datetime) -> Night:
    """Return a night at a fixed moment."""
    return Night(night_samples.settings(folder), clock=lambda: moment)


def first_night(folder: Path) -> RunCounts:
    """Do the first night of the sample."""
    at = night(folder, FIRST_NIGHT)
    night_samples.write_export(folder / "exports" / "first.csv", FIRST)
    # A key of its own would give other author keys; ids here are the source's own, so only the fingerprint counts.
    at.settings.folder.root.mkdir(parents=True, exist_ok=True)
    at.settings.folder.identity_key.write_text("k" * 64, "ascii")
    at.settings.folder.identity_key.chmod(0o600)
    return run_night(at).counts


def both_nights(folder: Path) -> RunCounts:
    """Do both nights of the sample; returns the counts of the second."""
    first_night(folder)
    night_samples.write_export(folder / "exports" / "second.csv", SECOND)
    return run_night(night(folder, SECOND_NIGHT)).counts


def index_rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all that the index of an installation holds."""
    with sqlite3.connect(folder / "data" / "warehouse" / "index.sqlite") as connection:
        names = ("reviews", "originals", "bands", "state")
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names}


def test_two_nights_account_for_every_row(tmp_path: Path) -> None:
    """Each night's counts are those that the sample was written for."""
    assert first_night(tmp_path).model_dump(include=set(FIRST_COUNTS)) == FIRST_COUNTS
    night_samples.write_export(tmp_path / "exports" / "second.csv", SECOND)
    counts = run_night(night(tmp_path, SECOND_NIGHT)).counts
    assert counts.model_dump(include=set(SECOND_COUNTS)) == SECOND_COUNTS


def test_a_night_without_new_files_changes_nothing_but_the_ledger(tmp_path: Path) -> None:
    """The same exports again: already landed, read 0, every table as before."""
    both_nights(tmp_path)
    before = night_samples.tables(tmp_path / "data" / "warehouse")
    counts = run_night(night(tmp_path, datetime(2026, 5, 3, 2, 30, tzinfo=night_samples.SHANGHAI))).counts
    after = night_samples.tables(tmp_path / "data" / "warehouse")
    assert counts == RunCounts()
    changed = [name for name in after if name not in before or not after[name].equals(before[name])]
    assert changed == ["runs/month=2026-05/part.parquet"]


def test_a_dated_review_moves_to_its_month_and_a_reply_is_added(tmp_path: Path) -> None:
    """Review 5 leaves month=unknown once its date is known; review 2 keeps its id and gets the reply."""
    both_nights(tmp_path)
    rows = run_query(
        tmp_path / "data" / "warehouse",
        "SELECT review_id, month, text, reply_text, recovery_actions, duplicate_of FROM reviews",
    ).to_pylist()
    by_id = {row["review_id"]: row for row in rows}
    assert len(by_id) == len(rows) == 7
    assert by_id["ctrip:5"]["month"] == "2026-04"
    assert by_id["ctrip:5"]["text"] == "打电话 [手机号] 没人接"
    assert by_id["ctrip:2"]["reply_text"] == "非常抱歉，已为您退还一晚房费"
    assert "apology" in by_id["ctrip:2"]["recovery_actions"]
    assert by_id["ctrip:6"]["duplicate_of"] == "ctrip:2"
    assert not (tmp_path / "data" / "warehouse" / "reviews" / "month=unknown" / "part.parquet").exists()


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_night_is_taken_up_and_ends_alike(point: str, tmp_path: Path) -> None:
    """SIGKILL at any named point, then the next night: the same warehouse, row for row, and the same index."""
    control, killed = tmp_path / "control", tmp_path / "killed"
    both_nights(control)
    first_night(killed)
    night_samples.write_export(killed / "exports" / "second.csv", SECOND)
    done = subprocess.run(
        [sys.executable, "-c", KILLED_NIGHT, str(killed), point],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, f"the point {point!r} was never reached: {done.stderr}"
    run_night(night(killed, SECOND_NIGHT))
    expected, found = (night_samples.tables(folder / "data" / "warehouse") for folder in (control, killed))
    assert set(found) == set(expected)
    for name, table in expected.items():
        if name == "runs/month=2026-05/part.parquet" and point == "ledger written":
            # That run was over but for clearing up, so the next night is one more run, which reads nothing.
            assert found[name].slice(0, table.num_rows).equals(table)
            assert found[name].column("read").to_pylist() == [*table.column("read").to_pylist(), 0]
            continue
        assert found[name].equals(table), name
    left_out = {"state"} if point == "ledger written" else set()
    assert {k: v for k, v in index_rows(killed).items() if k not in left_out} == {
        k: v for k, v in index_rows(control).items() if k not in left_out
    }
    assert not list((killed / "data" / "staging").iterdir())
    assert not list((killed / "data").rglob("*.unfinished"))
    assert verify_partitions(killed / "data" / "warehouse")[1] == []


def test_a_second_run_leaves_with_a_clear_word(tmp_path: Path) -> None:
    """While another run holds the warehouse, a night says so and changes nothing."""
    first_night(tmp_path)
    before = night_samples.tables(tmp_path / "data" / "warehouse")
    holder = LocalStore(tmp_path / "data" / "warehouse")
    with holder.lock(0), pytest.raises(WarehouseBusyError, match=rf"another run is writing to .*process {os.getpid()}"):
        run_night(night(tmp_path, SECOND_NIGHT))
    assert {k: v.num_rows for k, v in night_samples.tables(holder.root).items()} == {
        k: v.num_rows for k, v in before.items()
    }


def test_a_lost_index_is_made_anew(tmp_path: Path) -> None:
    """Without its index a warehouse still knows every review: nothing is stored twice."""
    control, lost = tmp_path / "control", tmp_path / "lost"
    both_nights(control)
    first_night(lost)
    (lost / "data" / "warehouse" / "index.sqlite").unlink()
    night_samples.write_export(lost / "exports" / "second.csv", SECOND)
    counts = run_night(night(lost, SECOND_NIGHT)).counts
    assert counts.model_dump(include=set(SECOND_COUNTS)) == SECOND_COUNTS
    assert index_rows(lost) == index_rows(control)


def test_reanalysis_reads_every_review_again_and_changes_no_text(tmp_path: Path) -> None:
    """Labels are made anew from the stored text; ids, texts and duplicates stay, since the lists are the same."""
    both_nights(tmp_path)
    warehouse = tmp_path / "data" / "warehouse"
    query = "SELECT * EXCLUDE (run_id, analysed_at) FROM reviews ORDER BY review_id"
    before = run_query(warehouse, query)
    counts = run_reanalysis(night(tmp_path, datetime(2026, 5, 4, tzinfo=night_samples.SHANGHAI))).counts
    assert counts.rescored == 7
    assert counts.read == 0
    assert run_query(warehouse, query).equals(before)


def test_reanalysis_since_a_month_leaves_earlier_months_alone(tmp_path: Path) -> None:
    """Only the months from --since on are written again."""
    both_nights(tmp_path)
    counts = run_reanalysis(night(tmp_path, datetime(2026, 5, 4, tzinfo=night_samples.SHANGHAI)), "2026-05").counts
    assert counts.rescored == 1
    runs = run_query(
        tmp_path / "data" / "warehouse",
        "SELECT run_id, list(DISTINCT month) AS months FROM reviews GROUP BY 1 ORDER BY 1",
    ).to_pylist()
    assert runs[-1]["months"] == ["2026-05"]


def test_an_unreadable_file_is_named_and_stops_no_other(tmp_path: Path) -> None:
    """A file that is no table fails alone, with its name; the rest of the source lands."""
    at = night(tmp_path, FIRST_NIGHT)
    night_samples.write_export(tmp_path / "exports" / "first.csv", FIRST)
    (tmp_path / "exports" / "broken.csv").write_bytes(b"")
    outcome = run_night(at)
    assert outcome.counts.stored == 5
    assert len(outcome.collected[0].failed) == 1
    assert "broken.csv" in outcome.collected[0].failed[0]


def test_files_that_the_system_refuses_are_named_and_stop_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails at one file costs that file; the outcome says that another try may bring it."""
    at = night(tmp_path, FIRST_NIGHT)
    night_samples.write_export(tmp_path / "exports" / "first.csv", FIRST)
    night_samples.write_export(tmp_path / "exports" / "refused.csv", SECOND)
    (tmp_path / "exports" / "no-table.csv").write_bytes(b"")

    def landed(path: Path, *given: Any, **named: Any) -> LandedFile:
        if path.name == "refused.csv":
            raise OSError(errno.EIO, "Input/output error", str(path))
        return land_file(path, *given, **named)

    monkeypatch.setattr(collecting, "land_file", landed)
    outcome = run_night(at)
    (source,) = outcome.collected
    assert outcome.counts.stored == 5
    assert [problem.partition(":")[0] for problem in source.failed] == ["no-table.csv", "refused.csv"]
    assert source.refusal is not None
    assert source.refusal.errno == errno.EIO
    monkeypatch.undo()
    (again,) = run_night(night(tmp_path, SECOND_NIGHT)).collected
    assert (len(again.failed), again.refusal) == (1, None)


@pytest.mark.slow
def test_the_processes_that_analyse_end_with_a_killed_night(tmp_path: Path) -> None:
    """After SIGKILL of the night nothing is left that holds its output open."""
    with subprocess.Popen(
        [sys.executable, "-c", BUSY_NIGHT, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert len(process.stdout.readline().split()) == 2
        process.kill()
        try:
            # Ends when the last process that inherited the pipe has ended.
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail("processes that analyse outlived the night by 20 seconds")


def test_the_summary_tells_of_the_night(tmp_path: Path) -> None:
    """The Markdown summary holds the counts, the failures by name, a masked quote and the reject's reason."""
    both_nights(tmp_path)
    at = night_samples.settings(tmp_path)
    run_ids = run_query(at.folder.warehouse, "SELECT run_id FROM runs ORDER BY started_at").column(0).to_pylist()
    write_summary(at, (run_ids[-1],))
    text = (at.folder.reports / "summary.md").read_text("utf-8")
    assert "读取 6 = 新增 2 + 更新 2 + 未变 1 + 重复 0 + 拒收 1" in text
    assert "服务延误" in text
    assert "13800138000" not in text
    write_summary(at, (run_ids[-1],), "en")
    assert "read 6 = stored 2 + updated 2 + unchanged 1 + duplicates 0 + rejected 1" in (
        at.folder.reports / "summary.md"
    ).read_text("utf-8")
