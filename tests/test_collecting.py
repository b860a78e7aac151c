"""The night with sources that fetch: what connectors bring goes the whole way, and what they could not is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.command_line import app
from sources.remembered import Remembered
from tests.connector_samples import EXPORT, OTHER_EXPORT, collected, fetching, files_below
from tests.web_server import Page, web_server

ROOT = Path(__file__).resolve().parents[1]


def _run(config: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["run", "--plain", "--config", str(config), *more])


def test_fetched_exports_go_the_whole_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds of sources, one secret, one file that waits; then a night in which one failed and nothing is new."""
    monkeypatch.setenv("KESHENG_SHOP_TOKEN", "geheim-token")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "一.csv").write_bytes(EXPORT)
    (tmp_path / "inbox" / "二.csv.part").write_bytes(EXPORT[:50])
    with web_server() as web:
        web.pages["/reviews.csv"] = Page(OTHER_EXPORT, headers={"ETag": "x"})
        config = tmp_path / "kesheng.toml"
        config.write_text(
            f"""
            data = "data"
            workers = 1
            [[sources]]
            name = "ctrip"
            industry = "hotel"
            fetch = {{ kind = "folder", files = ["inbox/*"], settle_seconds = 0 }}
            [[sources]]
            name = "shop"
            [sources.fetch]
            kind = "http"
            addresses = ["{web.address}/reviews.csv", "{web.address}/gone.csv"]
            token_env = "KESHENG_SHOP_TOKEN"
            allow_private = true
            """,
            "utf-8",
        )
        first = _run(config, "--json")
        again = _run(config)
    counts = json.loads(first.stdout.splitlines()[-1])
    assert (counts["read"], counts["stored"]) == (3, 3)
    assert counts["waiting"] == ["二.csv.part: its name is that of a file still being written"]
    gone = f"{web.address}/gone.csv: expected the file, the server answered 404 Not Found"
    assert counts["failed"] == [gone]
    assert (first.exit_code, again.exit_code) == (1, 1)
    told = again.stdout + again.stderr
    assert "WAITING: 二.csv.part" in told
    assert f"NOT READ: {gone}" in told.replace("\n", "")
    written = b"".join(files_below(tmp_path / "data").values())
    for secret in (b"geheim-token", b"13800138000"):
        assert secret not in written
        assert secret.decode() not in first.output + again.output


def test_a_damaged_memory_says_what_to_do(tmp_path: Path) -> None:
    """Deleted, every export is fetched again and found to have landed."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "一.csv").write_bytes(EXPORT)
    settings = fetching(tmp_path, kind="folder", files=["inbox/*"], settle_seconds=0)
    assert len(collected(settings).landed) == 1
    path = settings.folder.landing / ".remembered" / "ctrip.json"
    path.write_text('{"reading": "x"}', "utf-8")
    damaged = collected(settings)
    assert (damaged.landed, len(damaged.failed)) == ((), 1)
    assert damaged.failed[0].startswith(f"folder: {path}: expected a sound file, found a damaged one")
    assert "Delete it: every export is fetched again" in damaged.failed[0]
    path.unlink()
    again = collected(settings)
    assert (again.landed, again.known) == ((), 1)


def test_what_is_remembered_is_of_one_source_and_one_reading(tmp_path: Path) -> None:
    """Another reading begins anew, and what it remembers takes the place of the old."""
    Remembered(tmp_path, "ctrip", "a").landed("key", "1")
    assert Remembered(tmp_path, "ctrip", "a").versions == {"key": "1"}
    assert Remembered(tmp_path, "meituan", "a").versions == {}
    other = Remembered(tmp_path, "ctrip", "b")
    assert other.versions == {}
    other.landed("key", "2")
    assert Remembered(tmp_path, "ctrip", "a").versions == {}


def test_connectors_bring_their_libraries_only_when_they_are_used() -> None:
    """Settings and collecting are imported by commands that fetch nothing."""
    names = ["folder", "http", "s3", "sql", "imap"]
    script = (
        "import sys, importlib, flows.settings, flows.collecting\n"
        f"for name in {names!r}: importlib.import_module(f'sources.connectors.{{name}}')\n"
        "heavy = {'s3fs', 'fsspec', 'aiohttp', 'botocore', 'sqlalchemy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
