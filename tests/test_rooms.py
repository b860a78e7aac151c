"""The rooms of the house: who may import whom, and which commands start without Prefect."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "lexicons": set(),
    "models": {"lexicons"},
    "warehouse": {"lexicons"},
    "sources": {"warehouse", "lexicons"},
    "reports": {"warehouse", "lexicons"},
    "flows": {"lexicons", "models", "warehouse", "sources", "reports"},
}
PREFECT_MODULES = {"flows/collect.py", "flows/learning.py", "flows/nightly.py", "flows/report.py", "flows/serving.py"}
TORCH_MODULES = {
    "models/encoder.py",
    "models/text_encoder.py",
    "models/training/examples.py",
    "models/training/fitting.py",
    "models/training/encoder_training.py",
}
"""The encoder and training modules."""


def imported_names(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports anywhere."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


def code_files() -> list[Path]:
    """Return every Python file of the rooms."""
    return [path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("path", code_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_import_one_way(path: Path) -> None:
    """A room imports only the rooms that the table allows."""
    room = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imported_names(path)} & set(MAY_IMPORT)
    assert ours <= MAY_IMPORT[room] | {room}


def test_prefect_stays_in_its_modules() -> None:
    """Prefect is imported where the flow and its server live, and nowhere else."""
    found = {
        str(path.relative_to(ROOT))
        for path in code_files()
        if any(name.split(".")[0] == "prefect" for name in imported_names(path))
    }
    assert found == PREFECT_MODULES


def test_torch_and_transformers_stay_in_their_modules() -> None:
    """Nothing but encoder and training modules imports torch or transformers."""
    found = {
        str(path.relative_to(ROOT))
        for path in code_files()
        if {name.split(".")[0] for name in imported_names(path)} & {"torch", "transformers"}
    }
    assert found == TORCH_MODULES


@pytest.mark.parametrize(
    "arguments",
    [
        ["text", "前台态度冷淡，等了半小时"],
        ["analyse", "reviews.csv", "--out", "analysed"],
        ["import", "reviews.csv", "--source", "sample", "--data", "data"],
        ["query", "SELECT count(*) FROM reviews", "--data", "data"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_everyday_commands_start_without_prefect(arguments: list[str], tmp_path: Path) -> None:
    """`text`, `analyse`, `import` and `query` do their work without importing Prefect, which costs seconds."""
    (tmp_path / "reviews.csv").write_text("评论内容,评分\n房间很干净,5\n等了半小时没人理,1\n", "utf-8")
    script = (
        "import sys\n"
        f"sys.argv = ['kesheng', *{arguments!r}]\n"
        "from flows.command_line import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "assert 'prefect' not in sys.modules\n"
        "print('done without prefect')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "done without prefect" in done.stdout


@pytest.mark.timeout(300)
def test_no_room_does_work_at_import() -> None:
    """Importing every module reads no list and builds no automaton: only functions and constants are made."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in code_files()
        if str(path.relative_to(ROOT)) not in PREFECT_MODULES and path.name != "__init__.py"
    ]
    script = (
        "import importlib, pathlib\n"
        "def refuse(self, *a, **k): raise AssertionError(f'read at import: {self}')\n"
        f"modules = {modules!r}\n"
        "import duckdb, pandas, pyarrow.parquet, pyarrow.dataset, rich.console, typer, pydantic_settings\n"
        "import psycopg, psycopg.sql, psycopg.conninfo, scrapy, scrapy.crawler, scrapy.http, scrapy.resolver\n"
        "import rensa, opencc, rjieba, ahocorasick, stdnum.luhn, rapidfuzz, python_calamine\n"
        "import torch, transformers, tokenizers, safetensors.torch, scipy.sparse, sklearn.linear_model\n"
        "transformers.AutoModel, transformers.AutoConfig, transformers.PreTrainedModel\n"
        "pathlib.Path.read_text = refuse\n"
        "for name in modules: importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
