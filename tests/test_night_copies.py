"""The copies after a night: to every address of the settings, without a password in them, and never a failed night."""

import json
import logging
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from flows import night_copies
from flows.command_line import app
from flows.copy_addresses import filled_address
from flows.night_copies import publish_copies
from flows.published_tables import PublishingError
from flows.settings import PublishSettings, Settings, SettingsError, load_settings
from reports.copies import Copy, copies_section
from tests.night_samples import FIRST, write_export
from tests.publishing_samples import published_warehouse
from warehouse.store import LocalStore

SECRET = "geh@im/1 %"  # noqa: S105 - it is to be found, not to be kept


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of a warehouse after two nights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KESHENG_MODEL", "cues")
        return published_warehouse(tmp_path_factory.mktemp("copies")).parent


def copied(
    data: Path, base: Path, *to: str, environment: dict[str, str] | None = None
) -> tuple[tuple[Copy, ...], list[str]]:
    """Publish to addresses; returns what became of each, and what was said."""
    said: list[str] = []
    settings = Settings(data=data, base=base, publish=PublishSettings(to=to))
    return publish_copies(settings, say=said.append, environment=environment or {}), said


@pytest.mark.parametrize(
    "address",
    [
        "duckdb:///quality.duckdb",
        "duckdb:////srv/客声.duckdb",
        "duckdb:///${BI_FOLDER}/quality.duckdb",
        "postgresql://bi@db.example:5432/quality",
        "postgresql://bi:${BI_PASSWORD}@db.example:5432/quality?sslmode=require",
        "postgresql://${BI_USER}:${BI_PASSWORD}@[::1]:5432/quality",
        "postgres:///quality",
        "postgresql://db.example/quality?user=bi&password=${BI_PASSWORD}",
        "postgresql://db.example:${BI_PORT}/quality",
        "${BI_ADDRESS}",
    ],
)
def test_addresses_of_the_settings(tmp_path: Path, address: str) -> None:
    """Files, and databases whose password is looked up or named by its variable, stay as they are written."""
    config = tmp_path / "kesheng.toml"
    config.write_text(f"[publish]\nto = [{json.dumps(address, ensure_ascii=False)}]\ntokens = true\n", "utf-8")
    publish = load_settings(config).publish
    assert (publish.to, publish.tokens) == ((address,), True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("to = ['postgresql://bi:geheim@db/quality']", "expected no password in the settings.*PGPASSWORD"),
        ("to = ['postgresql://bi:geh${X}eim@db/quality']", "expected no password in the settings"),
        ("to = ['postgresql://bi:$geheim@db/quality']", r"name that, as in .*\$\{NAME\}"),
        ("to = ['postgresql://bi:geh/eim@db/quality']", "expected no password in the settings"),
        ("to = ['postgresql://bi:geh@eim@db/quality']", "expected no password in the settings"),
        ("to = ['postgresql://bi:geh?eim#@db/quality']", "expected no password in the settings"),
        ("to = ['postgresql://bi:geheim']", "expected no password in the settings"),
        ("to = ['postgresql://db/quality?user=bi&password=geheim']", "expected no password in the settings"),
        ("to = ['postgresql://db/quality?sslPassword=geheim']", "expected no password in the settings"),
        ("to = ['mysql://bi:geheim@db/quality']", "expected an address such as .*this one has another form"),
        ("to = ['duckdb:///']", "this one has another form"),
        ("to = ['geheim.duckdb']", "this one has another form"),
        ("to = ['postgresql://bi:${KESHENG_GEHEIM}@db/q']", "KESHENG_.*and those are settings. Take another name"),
        ("to = 'postgresql://bi:geheim@db/quality'", "'publish.to': input should be a list$"),
        ("password = 'geheim'", r"\[publish\]: unknown key 'password'\. The keys are to, tokens"),
    ],
)
def test_no_password_stands_in_the_settings(tmp_path: Path, line: str, message: str) -> None:
    """A wrong address is told by its place, and nothing of it is shown."""
    config = tmp_path / "kesheng.toml"
    config.write_text(f"[publish]\n{line}\n", "utf-8")
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(config)
    assert str(caught.value).startswith(str(config))
    assert "geh" not in str(caught.value)


def test_nothing_of_a_variable_of_the_settings_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses may come from the environment; a wrong one is told by the variable's name."""
    monkeypatch.setenv("KESHENG_PUBLISH__TO", '["duckdb:///a.duckdb"]')
    assert load_settings().publish.to == ("duckdb:///a.duckdb",)
    for wrong in ('["postgresql://bi:geheim@db/quality"]', "postgresql://bi:geheim@db/quality"):
        monkeypatch.setenv("KESHENG_PUBLISH__TO", wrong)
        with pytest.raises(SettingsError, match=r"variable|publish") as caught:
            load_settings()
        assert "geheim" not in str(caught.value)


def test_variables_are_put_in() -> None:
    """A part of an address may hold any character, a whole one stays; relative files lie beside the settings."""
    base = Path("/srv/kesheng")

    def filled(address: str, **environment: str) -> str:
        return filled_address(address, base=base, environment=environment)

    assert filled("postgresql://bi:${P}@db/quality", P=SECRET) == "postgresql://bi:geh%40im%2F1%20%25@db/quality"
    assert filled("${A}", A="postgresql://bi:x%40y@db/quality") == "postgresql://bi:x%40y@db/quality"
    assert filled("duckdb:///a.duckdb") == "duckdb:////srv/kesheng/a.duckdb"
    assert filled("duckdb:////var/a.duckdb") == "duckdb:////var/a.duckdb"
    assert filled("duckdb:///${F}/a b.duckdb", F="out") == "duckdb:////srv/kesheng/out/a b.duckdb"
    assert filled("${A}", A="duckdb:///a.duckdb") == "duckdb:////srv/kesheng/a.duckdb"
    for environment in ({}, {"P": ""}):
        with pytest.raises(LookupError, match="expected a value in the environment variable P, found none"):
            filled("postgresql://bi:${P}@db/quality", **environment)


def test_one_that_fails_keeps_nothing_from_the_others(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is told with its reason; no password is in anything that is said, kept or logged."""
    caplog.set_level(logging.DEBUG)
    copies, said = copied(
        data,
        tmp_path,
        "postgresql://bi:${BI_PASSWORD}@127.0.0.1:1/quality",
        "postgresql://bi:${MISSING}@127.0.0.1:1/quality",
        "${BI_ADDRESS}",
        "duckdb:///nowhere/a.duckdb",
        "duckdb:///quality.duckdb",
        environment={"BI_PASSWORD": SECRET, "BI_ADDRESS": f"mysql://bi:{SECRET}@db"},
    )
    assert [(copy.to, copy.problem is None) for copy in copies] == [
        ("postgresql://bi@127.0.0.1:1/quality", False),
        ("[publish] #2", False),
        ("[publish] #3", False),
        (str(tmp_path / "nowhere" / "a.duckdb"), False),
        (str(tmp_path / "quality.duckdb"), True),
    ]
    problems = [str(copy.problem) for copy in copies]
    assert "refused" in problems[0]
    assert problems[1] == "expected a value in the environment variable MISSING, found none"
    assert problems[2].startswith("expected an address such as")
    assert problems[3].startswith("expected a folder ")
    assert copies[4].tables == 13
    assert said[4] == f"copied to {tmp_path / 'quality.duckdb'}: 13 tables, {copies[4].rows:,} rows"
    assert all(line.startswith("NOT COPIED to ") for line in said[:4])
    everything = "\n".join([*said, repr(copies), caplog.text])
    for part in (SECRET, "geh", "%40im"):
        assert part not in everything
    with duckdb.connect(tmp_path / "quality.duckdb", read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM kesheng.评论").fetchall() == [(7,)]


def test_whatever_goes_wrong_is_no_failed_night(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse that is held, what the system refuses, and an error of a library, whose words are not repeated."""
    with LocalStore(data / "warehouse").lock():
        (busy,), _ = copied(data, tmp_path, "duckdb:///a.duckdb")
    assert str(busy.problem).startswith("another run is writing to")

    def failing(error: Exception) -> str:
        def publish(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(night_copies, "publish_warehouse", publish)
        ((copy,), _) = copied(data, tmp_path, "duckdb:///a.duckdb")
        return str(copy.problem)

    assert failing(OSError(28, "No space left on device")) == "No space left on device"
    assert failing(RuntimeError(f"password={SECRET}")) == "RuntimeError; try kesheng publish by hand"


def test_the_summary_tells_of_the_copies() -> None:
    """Those that failed stand first, in both languages."""
    copies = (Copy("quality.duckdb", 13, 1234), Copy("postgresql://bi@db/quality", problem="connection refused"))
    chinese = copies_section(copies, "zh")
    assert chinese.heading == "数据发布"
    assert chinese.lines == (
        "未能发布到 postgresql://bi@db/quality，那里的数据没有更新：connection refused",
        "已发布到 quality.duckdb：13 张表，1,234 行",
    )
    assert copies_section(copies, "en").lines[0].startswith("NOT COPIED to postgresql://bi@db/quality, where nothing")


def test_run_copies_and_publish_does_so_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night with one address that fails ends well and says so; by hand that is status 1, no address bad input."""

    def kesheng(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BI_PASSWORD", SECRET)
    (tmp_path / "at").mkdir()
    write_export(tmp_path / "at" / "导出.csv", FIRST)
    config = tmp_path / "at" / "kesheng.toml"
    source = '[[sources]]\nname = "ctrip"\nfiles = ["*.csv"]\nindustry = "hotel"\n'
    addresses = '["duckdb:///质检.duckdb", "postgresql://bi:${BI_PASSWORD}@127.0.0.1:1/quality"]'
    config.write_text(f'data = "data"\nworkers = 1\n{source}[publish]\nto = {addresses}\n', "utf-8")
    night = kesheng("run", "--plain", "--json", "--config", str(config))
    assert night.exit_code == 0, night.output
    result = json.loads(night.stdout.splitlines()[-1])
    assert result["stored"] == 5
    assert [copy["problem"] is None for copy in result["copies"]] == [True, False]
    assert "NOT COPIED to postgresql://bi@127.0.0.1:1/quality" in night.stderr
    summary = (tmp_path / "at" / "data" / "reports" / "summary.md").read_text("utf-8")
    assert summary.index("## 数据发布") < summary.index("- 未能发布到 postgresql") < summary.index("- 已发布到 ")
    with duckdb.connect(tmp_path / "at" / "质检.duckdb", read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM kesheng.reviews").fetchall() == [(5,)]

    by_hand = kesheng("publish", "--config", str(config), "--json", "--tokens")
    assert by_hand.exit_code == 1
    assert [copy["tables"] for copy in json.loads(by_hand.stdout)] == [14, 0]
    for shown in (night.output, summary, by_hand.output):
        assert "geh" not in shown
    with pytest.raises(PublishingError, match=r"expected --to ADDRESS, or addresses in the settings.*found neither"):
        CliRunner().invoke(app, ["publish", "--data", str(tmp_path / "at" / "data")], catch_exceptions=False)
