"""The command line as a person and as a program meet it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from flows.command_options import KindChoice
from sources.kinds import KINDS
from tests.label_samples import fill
from tests.night_samples import FIRST, write_export

ROOT = Path(__file__).resolve().parents[1]


def kesheng(
    *arguments: str, folder: Path, given: bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, with ``given`` as its standard input."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KESHENG_")}
    done = subprocess.run(
        [sys.executable, "-m", "flows.command_line", *arguments],
        input=given,
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), "COLUMNS": "160", "KESHENG_WORKERS": "1", **environment},
        capture_output=True,
        timeout=100,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_people_label_in_a_workbook_and_see_how_the_machine_errs(tmp_path: Path) -> None:
    """Export, fill in, import, status: four steps of a quality team, each with words that say what to do."""
    write_export(tmp_path / "导出.csv", FIRST)
    kesheng("import", "导出.csv", "--source", "ctrip", "--industry", "hotel", folder=tmp_path)
    assert kesheng("run", "--plain", folder=tmp_path).returncode == 0
    exported = kesheng("label", "export", "--out", "标注.xlsx", folder=tmp_path)
    assert exported.stdout == "5 reviews written to 标注.xlsx\n", exported.stderr
    assert "kesheng label import 标注.xlsx --annotator NAME" in exported.stderr
    fill(tmp_path / "标注.xlsx", {"ctrip:1": {"已读": "是"}, "ctrip:4": {"已读": "是", "满意度": "很好"}})
    imported = kesheng("label", "import", "标注.xlsx", "--annotator", "甲", folder=tmp_path)
    assert imported.returncode == 1
    assert "5 rows = 1 taken + 3 not marked as read + 1 refused" in imported.stdout
    assert "（ctrip:4）：“满意度”里是“很好”，应为：1 很不满意" in imported.stdout
    shown = json.loads(kesheng("label", "status", "--json", folder=tmp_path).stdout)
    assert (shown["readings"], shown["standing"], shown["audit"], shown["agreement"]) == (1, 1, [], None)
    refused = kesheng("label", "export", "--audit", "--week", "2026-40", folder=tmp_path)
    assert refused.returncode == 2
    assert "--week: expected a week such as 2026-W40; found '2026-40'" in refused.stderr


def test_import_run_query_from_an_empty_folder(tmp_path: Path) -> None:
    """Three commands take a customer's file to an answer; the last line of --json holds the counts by name."""
    write_export(tmp_path / "导出.csv", FIRST)
    imported = kesheng("import", "导出.csv", "--source", "携程", "--json", folder=tmp_path)
    assert imported.returncode == 0, imported.stderr
    assert json.loads(imported.stdout)["landed"] == 5
    ran = kesheng("run", "--plain", "--json", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    counts = json.loads(ran.stdout.splitlines()[-1])
    assert {name: counts[name] for name in ("read", "stored", "duplicates", "rejected")} == {
        "read": 6,
        "stored": 5,
        "duplicates": 1,
        "rejected": 0,
    }
    answered = kesheng("query", "SELECT 评论编号, 门店名称 FROM 评论 ORDER BY 1", "--json", folder=tmp_path)
    assert json.loads(answered.stdout)[0] == {"评论编号": "携程:1", "门店名称": "云栖湖畔酒店"}
    again = kesheng("import", "导出.csv", "--source", "携程", folder=tmp_path)
    assert "already landed" in again.stdout


def test_kinds_to_choose_are_those_of_the_reader() -> None:
    """The command line spells the kinds out, so as not to import the rooms before a command runs."""
    assert tuple(choice.value for choice in KindChoice) == KINDS


def test_data_folder_by_option_and_by_environment(tmp_path: Path) -> None:
    """--data and KESHENG_DATA put everything elsewhere; the option wins."""
    write_export(tmp_path / "a.csv", FIRST)
    kesheng("import", "a.csv", "--source", "a", folder=tmp_path, KESHENG_DATA=str(tmp_path / "by-environment"))
    kesheng("import", "a.csv", "--source", "a", "--data", "by-option", folder=tmp_path, KESHENG_DATA="by-environment-2")
    assert (tmp_path / "by-environment" / "landing").is_dir()
    assert (tmp_path / "by-option" / "landing").is_dir()
    assert not (tmp_path / "by-environment-2").exists()
    assert not (tmp_path / "data").exists()


def test_preview_shows_the_mapping_masked_and_writes_nothing(tmp_path: Path) -> None:
    """--preview names each recognised column and shows masked rows; the folder stays as it was."""
    write_export(tmp_path / "a.csv", [FIRST[-1]])
    done = kesheng("import", "a.csv", "--source", "a", "--preview", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "评论内容" in done.stdout
    assert "[手机号]" in done.stdout
    assert "13800138000" not in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "missing.csv", "--source", "a"], "missing.csv"),
        (["import", "empty.csv", "--source", "a"], "empty.csv"),
        (["import", "a.csv", "--source", "a/b"], "a source name must be"),
        (["import", "a.csv", "--source", "a", "--map", "text"], "expected FIELD=COLUMN"),
        (["import", "a.csv", "--source", "a", "--map", "text=评伦内容"], "评论内容"),
        (["run", "--plain", "--config", "missing.toml"], "expected a settings file"),
        (["run", "--plain", "--config", "wrong.toml"], "did you mean 'sources'"),
        (["query", "DROP TABLE reviews"], "expected a SELECT"),
        (["query", "SELECT 1", "--out", "a.txt"], ".csv or .parquet"),
        (["reanalyse", "--since", "2026"], "expected a month"),
        (["analyse", "missing.csv", "--out", "out"], "missing.csv"),
        (["text", ""], "expected the text of a review"),
        (["text", " \n"], "expected the text of a review"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_ends_with_status_2_and_one_sentence(arguments: list[str], message: str, tmp_path: Path) -> None:
    """Bad input is answered on standard error by what was expected, without a traceback."""
    write_export(tmp_path / "a.csv", FIRST)
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "wrong.toml").write_text("source = []\n", "utf-8")
    done = kesheng(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_analyse_keeps_ids_and_order(tmp_path: Path) -> None:
    """A column review_id is kept as given and the order stays, also through several processes."""
    texts = ["等了半小时没人理", "房间很干净", "早餐不错，就是隔音差", ""] * 700
    frame = pd.DataFrame({"review_id": [f"R{n:05d}" for n in range(len(texts))][::-1], "review": texts})
    frame.to_csv(tmp_path / "in.csv", index=False)
    done = kesheng("analyse", "in.csv", "--out", "out", "--json", folder=tmp_path, KESHENG_WORKERS="2")
    assert done.returncode == 0, done.stderr
    assert {k: v for k, v in json.loads(done.stdout).items() if k != "rejects"} == {
        "read": 2800,
        "analysed": 2100,
        "rejected": 700,
    }
    reviews = pq.read_table(tmp_path / "out" / "reviews.parquet")
    assert reviews.column("review_id").to_pylist() == [i for i, t in zip(frame["review_id"], texts, strict=True) if t]
    incidents = pq.read_table(tmp_path / "out" / "incidents.parquet").to_pylist()
    by_id = dict(zip(reviews.column("review_id").to_pylist(), reviews.column("text").to_pylist(), strict=True))
    assert incidents
    assert all(by_id[i["review_id"]][i["start"] : i["end"]] == i["quote"] for i in incidents)
    assert (tmp_path / "out" / "mentions.parquet").exists()


def test_text_shows_clauses_quotes_and_why(tmp_path: Path) -> None:
    """One text read: the negated wait is shown as negated, the failure with its code and words."""
    done = kesheng("text", "没有等很久，就是隔音差", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "被否定" in done.stdout
    assert "有形性(有形度) -1" in done.stdout
    assert "delivery.core" in done.stdout
    read = json.loads(kesheng("text", "没有等很久，就是隔音差", "--json", folder=tmp_path).stdout)
    assert read["labels"]["failure_subtypes"] == ["delivery.core"]
    assert all(read["text"][i["start"] : i["end"]] == i["quote"] for i in read["incidents"])


def test_a_text_from_standard_input(tmp_path: Path) -> None:
    """A dash reads standard input, all its lines; one without text, or not in UTF-8, ends with status 2."""
    read = kesheng("text", "-", "--json", folder=tmp_path, given="房间很干净\n就是隔音差\n".encode())
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout)["labels"]["failure_subtypes"] == ["delivery.core"]
    for given, message in ((b"", "expected the text of a review"), ("慢".encode("gb18030"), "expected UTF-8")):
        done = kesheng("text", "-", folder=tmp_path, given=given)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert message in done.stderr


def test_a_query_into_a_pipe_is_not_cut(tmp_path: Path) -> None:
    """Where the output is no terminal its width does not matter."""
    done = kesheng("query", "SELECT 157894 AS n, repeat('早餐很好', 40) AS 正文", folder=tmp_path, COLUMNS="20")
    assert f"| 157894 | {'早餐很好' * 40} |" in done.stdout


def test_customers_words_are_never_mark_up_in_the_terminal(tmp_path: Path) -> None:
    """Rich mark-up in a text is shown as it stands."""
    done = kesheng("text", "[bold]房间[/bold]很脏[link=x]", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "[bold]房间[/bold]很脏" in done.stdout


def test_a_folder_without_a_warehouse_is_told(tmp_path: Path) -> None:
    """An empty answer from a mistyped --data does not pass for an empty warehouse; the answer itself stays clean."""
    done = kesheng("query", "SELECT count(*) AS n FROM reviews", "--data", "nowhere", "--json", folder=tmp_path)
    assert json.loads(done.stdout) == [{"n": 0}]
    assert "No warehouse at nowhere" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_query_writes_csv_that_excel_reads_and_parquet(tmp_path: Path) -> None:
    """--out writes the result: CSV with a byte-order mark, or Parquet."""
    for name in ("rows.csv", "rows.parquet"):
        done = kesheng("query", "SELECT '慢' AS 词, 2 AS n", "--out", name, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "rows.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert pd.read_csv(tmp_path / "rows.csv").to_dict("records") == [{"词": "慢", "n": 2}]
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == [{"词": "慢", "n": 2}]


def test_venues_lists_names_outside_the_master_and_verify_finds_damage(tmp_path: Path) -> None:
    """`venues` lists unmatched names until they are in the master; `verify` names a damaged file."""
    write_export(tmp_path / "a.csv", FIRST)
    kesheng("import", "a.csv", "--source", "a", folder=tmp_path)
    kesheng("run", "--plain", "--json", folder=tmp_path)
    listed = json.loads(kesheng("venues", "--json", folder=tmp_path).stdout)
    assert {row["venue_name"] for row in listed} == {"云栖湖畔酒店", "拾光精品酒店"}
    (tmp_path / "data" / "venues.csv").write_text(
        "venue_id,venue_name,aliases\nV1,云栖湖畔,云栖湖畔酒店\nV2,拾光,拾光精品酒店\n", "utf-8"
    )
    summary = tmp_path / "data" / "reports" / "summary.md"
    summary.unlink()
    assert kesheng("reanalyse", "--json", folder=tmp_path).returncode == 0
    assert "拾光" in summary.read_text("utf-8")
    assert json.loads(kesheng("venues", "--json", folder=tmp_path).stdout) == []
    assert kesheng("verify", folder=tmp_path).returncode == 0
    damaged = next((tmp_path / "data" / "warehouse" / "reviews").rglob("part.parquet"))
    damaged.write_bytes(damaged.read_bytes() + b"x")
    found = kesheng("verify", folder=tmp_path)
    assert found.returncode == 1
    assert "not as the ledger says" in found.stdout.replace("\n", " ")


@pytest.mark.parametrize(
    "command",
    ["import", "venues", "run", "reanalyse", "serve", "query", "tables", "publish", "verify", "analyse", "text"],
)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    """--help of each command says what it does."""
    done = kesheng(command, "--help", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_a_broken_file_stops_no_other(tmp_path: Path) -> None:
    """The sound files land and are told; the broken one is named, and the status is 2."""
    write_export(tmp_path / "a.csv", FIRST)
    write_export(tmp_path / "c.csv", FIRST[:3])
    (tmp_path / "b.csv").write_text("", "utf-8")
    done = kesheng("import", "a.csv", "b.csv", "c.csv", "--source", "携程", "--json", folder=tmp_path)
    assert done.returncode == 2
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["a.csv", "c.csv"]
    assert done.stderr.startswith("NOT READ: b.csv: expected column names and rows, found an empty file")


def test_a_preview_for_programs(tmp_path: Path) -> None:
    """--preview with --json prints one JSON object a file, masked."""
    write_export(tmp_path / "a.csv", FIRST[::-1])
    done = kesheng("import", "a.csv", "--source", "携程", "--preview", "--json", folder=tmp_path)
    (shown,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert shown["sheets"][0]["mapping"]["text"] == "评论内容"
    assert shown["rows"][0]["text"] == "打电话 [手机号] 没人接"


def test_what_the_system_refuses_is_told_in_one_line(tmp_path: Path) -> None:
    """A file in the place of the data folder, and a folder that is not there, end without a traceback."""
    (tmp_path / "data").write_text("", "utf-8")
    ran = kesheng("run", "--plain", folder=tmp_path)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "not a directory. Name a folder, not a file, with --data" in ran.stderr
    (tmp_path / "d" / "warehouse").mkdir(parents=True)
    asked = kesheng("query", "SELECT 1", "--out", "none/a.csv", "--data", "d", folder=tmp_path)
    assert (asked.returncode, asked.stderr.count("\n")) == (2, 1)


def test_rows_for_a_spreadsheet_and_for_programs(tmp_path: Path) -> None:
    """No cell is run as a formula, lists read as text, and JSON holds no word that JSON does not know."""
    sql = "SELECT '=1+1' AS a, ['delivery', 'staff'] AS b, 'inf'::float AS c, -1 AS d"
    kesheng("query", sql, "--out", "a.csv", folder=tmp_path)
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines() == ["a,b,c,d", '\'=1+1,"delivery, staff",inf,-1']
    asked = kesheng("query", sql, "--json", folder=tmp_path)
    assert json.loads(asked.stdout, parse_constant=pytest.fail)[0]["c"] is None


def test_a_prefect_server_that_is_not_there(tmp_path: Path) -> None:
    """The address and the way out are named."""
    ran = kesheng("run", folder=tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api", PREFECT_HOME=str(tmp_path / "p"))
    assert ran.returncode == 2
    assert "no Prefect server answers at http://127.0.0.1:9/api" in ran.stderr
    assert "kesheng run --plain" in ran.stderr
