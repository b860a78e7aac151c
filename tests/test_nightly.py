"""The night through Prefect: the same work as the plain function, also after a kill, and on a schedule."""

import errno
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import collecting, night
from flows.night import Night, run_night
from flows.serving import _without_lost_connections
from sources.landing import LandedFile, land_file
from tests import night_samples
from tests.night_samples import FIRST, FIRST_COUNTS, SECOND, SECOND_COUNTS
from warehouse.ledger import ConservationError

ROOT = Path(__file__).resolve().parents[1]
KILLED_FLOW = """
import os, signal, sys
import flows.nightly
from flows.night import Night

def make_night(settings):
    def reached(point):
        if point == "incidents of a month written":
            os.kill(os.getpid(), signal.SIGKILL)
    return Night(settings, reached=reached)

flows.nightly.make_night = make_night
flows.nightly.nightly(config=sys.argv[1])
"""


def installation(folder: Path) -> Path:
    """Write a settings file whose source is ``folder/exports``; returns its path."""
    (folder / "exports").mkdir(parents=True)
    config = folder / "kesheng.toml"
    config.write_text(
        'data = "data"\nworkers = 1\n[[sources]]\nname = "ctrip"\nfiles = ["exports/*.csv"]\nindustry = "hotel"\n',
        "utf-8",
    )
    return config


@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")
def test_flow_does_the_nights_work_and_takes_up_a_killed_run(prefect_server: str, tmp_path: Path) -> None:
    """First night by the flow; the second is killed in publishing; the third takes it up and ends alike."""
    from flows.nightly import nightly  # noqa: PLC0415 - only this test pays for Prefect

    config = installation(tmp_path / "flow")
    with config.open("a", encoding="utf-8") as file:
        file.write('[publish]\nto = ["duckdb:///quality.duckdb", "postgresql://bi:${MISSING}@127.0.0.1:1/quality"]\n')
    night_samples.write_export(tmp_path / "flow" / "exports" / "first.csv", FIRST)
    first = nightly(config=str(config))
    assert {name: first[name] for name in FIRST_COUNTS} == FIRST_COUNTS
    copies: Any = first["copies"]
    assert [copy["problem"] is None for copy in copies] == [True, False]
    assert "- 未能发布到 \\[publish\\] \\#2，" in (tmp_path / "flow" / "data" / "reports" / "summary.md").read_text(
        "utf-8"
    )

    night_samples.write_export(tmp_path / "flow" / "exports" / "second.csv", SECOND)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_FLOW, str(config)],
        cwd=ROOT,
        env={**os.environ, "PREFECT_API_URL": prefect_server},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    second = nightly(config=str(config))
    assert {name: second[name] for name in SECOND_COUNTS} == SECOND_COUNTS
    assert (tmp_path / "flow" / "data" / "reports" / "summary.md").exists()

    plain = tmp_path / "plain"
    (plain / "data").mkdir(parents=True)
    (plain / "data" / "identity.key").write_bytes((tmp_path / "flow" / "data" / "identity.key").read_bytes())
    (plain / "data" / "identity.key").chmod(0o600)
    for name, rows in (("first", FIRST), ("second", SECOND)):
        settings = night_samples.settings(plain)
        night_samples.write_export(plain / "exports" / f"{name}.csv", rows)
        run_night(Night(settings))
    expected = night_samples.tables(plain / "data" / "warehouse")
    found = night_samples.tables(tmp_path / "flow" / "data" / "warehouse")
    moving = ["run_id", "analysed_at"]
    for name, table in expected.items():
        if name.startswith(("reviews", "incidents", "mentions", "tokens", "trends")):
            kept = [c for c in table.column_names if c not in moving]
            assert found[name].select(kept).equals(table.select(kept)), name


@pytest.mark.prefect
@pytest.mark.timeout(300)
def test_serve_starts_a_server_schedules_the_night_and_ends_it(tmp_path: Path) -> None:
    """`kesheng serve` answers on loopback, holds a deployment on Shanghai time, and ends its server."""
    config = installation(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path / "serve.log").open("w")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "flows.command_line",
            "serve",
            "--config",
            str(config),
            "--port",
            str(port),
            "--cron",
            "0 3 * * *",
        ],
        cwd=ROOT,
        env={**os.environ, "PREFECT_HOME": str(tmp_path / "prefect")},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    api = f"http://127.0.0.1:{port}/api"
    try:
        deployment = wait_for_deployment(api, process, tmp_path / "serve.log")
        schedule = deployment["schedules"][0]["schedule"]
        assert (schedule["cron"], schedule["timezone"]) == ("0 3 * * *", "Asia/Shanghai")
        assert deployment["parameters"]["config"] == str(config)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        log.close()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{api}/health", timeout=5)


def wait_for_deployment(api: str, process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """Ask the server for the deployment until it is there, at most two minutes."""
    request = urllib.request.Request(
        f"{api}/deployments/filter", data=b"{}", headers={"Content-Type": "application/json"}, method="POST"
    )
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                if found := json.loads(response.read()):
                    return dict(found[0])
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail(f"no deployment after two minutes: {log.read_text()}")


def test_a_server_that_is_away_is_one_line_in_the_log() -> None:
    """Prefect's traceback of a refused connection is left out; that of another fault stays."""
    log = logging.Logger("prefect.of-the-test")
    log.addHandler(logging.StreamHandler(shown := StringIO()))
    log.addFilter(_without_lost_connections)
    for error in (ConnectionRefusedError(111, "Connect call failed"), RuntimeError("something else")):
        try:
            raise error
        except (OSError, RuntimeError):
            log.warning("the websocket failed", exc_info=True)
    first, second, *rest = shown.getvalue().splitlines()
    assert first == "the websocket failed ([Errno 111] Connect call failed)"
    assert second == "the websocket failed"
    assert rest[-1] == "RuntimeError: something else"


@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")
def test_only_what_the_system_refuses_is_tried_again(
    prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six sources land side by side on the first night; one file comes at the second try, two never do."""
    from flows import collect as flow_collect  # noqa: PLC0415 - only tests with a server pay for Prefect
    from flows import nightly as flow  # noqa: PLC0415

    names = ("a", "b", "c", "e", "flaky", "dead")
    config = tmp_path / "kesheng.toml"
    sources = "".join(f'[[sources]]\nname = "{name}"\nfiles = ["{name}*.csv"]\n' for name in names)
    config.write_text(f'data = "data"\nworkers = 1\n{sources}', "utf-8")
    for name in names:
        night_samples.write_export(tmp_path / f"{name}.csv", FIRST[:2])
    (tmp_path / "dead-no-table.csv").write_bytes(b"")
    tries: Counter[str] = Counter()

    def landed(path: Path, *given: Any, **named: Any) -> LandedFile:
        tries[path.name] += 1
        if path.name == "dead.csv" or (path.name == "flaky.csv" and tries[path.name] == 1):
            raise OSError(errno.EIO, "Input/output error")
        return land_file(path, *given, **named)

    monkeypatch.setattr(collecting, "land_file", landed)
    monkeypatch.setattr(flow_collect.collect_source, "retry_delay_seconds", [0, 0])
    first = flow.nightly(config=str(config))
    assert first["stored"] == 2 * 5
    assert tries == dict.fromkeys(["a.csv", "b.csv", "c.csv", "e.csv"], 1) | {
        "flaky.csv": 2,
        "dead.csv": 3,
        "dead-no-table.csv": 3,
    }
    failed = first["failed"]
    assert isinstance(failed, list)
    assert [problem.partition(":")[0] for problem in failed] == ["dead-no-table.csv", "dead.csv"]


@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("error", "tried"),
    [(OSError(errno.EIO, "Input/output error"), 3), (ConservationError("rows are not accounted for"), 1)],
    ids=["refused by the system", "a fault of the rows"],
)
def test_publishing_is_tried_again_only_after_io_errors(
    error: Exception, tried: int, prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would fail alike each time fails at once."""
    from flows import nightly as flow  # noqa: PLC0415 - only tests with a server pay for Prefect

    tries = 0

    def published(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise error

    monkeypatch.setattr(night, "publish_run", published)
    monkeypatch.setattr(flow.publish, "retry_delay_seconds", [0, 0])
    with pytest.raises(type(error), match=r"Input/output|not accounted for"):
        flow.nightly(config=str(installation(tmp_path)))
    assert tries == tried


@pytest.mark.parametrize("place", [0, 1, 2])
def test_prefect_yaml_names_flows_that_exist(place: int) -> None:
    """The deployment file's entrypoints, parameters and schedules are those of the flows."""
    deployment = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"][place]
    path, _, name = deployment["entrypoint"].partition(":")
    text = (ROOT / path).read_text("utf-8")
    assert f"def {name}(" in text
    assert all(f"{parameter}:" in text for parameter in deployment["parameters"])
    assert all(schedule["timezone"] == "Asia/Shanghai" for schedule in deployment.get("schedules", ()))


@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")
def test_a_schedule_of_learning_says_why_nothing_was_learnt(prefect_server: str, tmp_path: Path) -> None:
    """Too few corrections are a reason, not a failure."""
    from flows.learning import learning  # noqa: PLC0415 - only these tests pay for Prefect

    result = learning("ours-1", data=str(tmp_path / "data"))
    assert result["version"] is None
    assert "expected at least 50 labelled reviews to refine with; found 0" in str(result["reason"])


@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")
def test_a_report_is_written_by_a_flow_of_its_own(prefect_server: str, tmp_path: Path) -> None:
    """The page of the last whole week, where `kesheng report` would put it; without reviews there is none."""
    from flows.report import report  # noqa: PLC0415 - only these tests pay for Prefect

    assert report(data=str(tmp_path / "nothing")) is None
    night_samples.write_export(night_samples.settings(tmp_path).base / "exports" / "first.csv", FIRST)
    run_night(Night(night_samples.settings(tmp_path)))
    assert report(data=str(tmp_path / "data")) == str(tmp_path / "data" / "reports" / "2026-W14" / "index.html")
