"""The notebook: executed from top to bottom in a kernel of its own; its figures check themselves."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.report_samples import incident, review, warehouse
from warehouse.dimensions import failure_dimension
from warehouse.schema import DIM_FAILURE
from warehouse.store import LocalStore, Partition

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "analysis.ipynb"
SAID = "😊早餐很好，前台等了一个小时才办好入住，没有人道歉"
QUOTE = "等了一个小时"


def notebook() -> Any:
    """Return the notebook as it is committed."""
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call] # nbformat types it not


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder: two hotels over nine weeks, a near-duplicate, template praise, a complaint, no venue."""
    reviews, incidents = [], []
    for week in range(9):
        for n in range(6):
            day = date(2026, 8, 31) + timedelta(weeks=week, days=n)
            failed = n < 2 or (week > 5 and n < 4)
            failures = ["delivery.slow", "staff.inattentive"][: 1 + n % 2] if failed else []
            name = "云栖湖畔酒店" if n % 3 else "拾光精品酒店"
            reviews.append(review(week * 10 + n, day, failures=failures, venue_name=name, text=SAID))
    odd = {"failures": ["delivery.slow"], "text": SAID}
    last = date(2026, 10, 28)
    reviews += [
        review(901, last, duplicate_of="ctrip:00001", **odd),
        review(902, last, template_praise=True, text="好评"),
        review(903, last, kind="complaint", **odd),
        review(904, last, venue_name=None, **odd),
        review(905, last, satisfaction=None, severity=None, text="👍"),
    ]
    start = SAID.index(QUOTE)
    incidents = [
        incident(r, quote=QUOTE, start=start, end=start + len(QUOTE), severity=1 + number % 3)
        for number, r in enumerate(reviews)
        if r["failure_subtypes"]
    ]
    folder = warehouse(tmp_path / "data" / "warehouse", reviews, incidents)
    LocalStore(folder).replace(Partition(DIM_FAILURE.name), failure_dimension())
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def kernel_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what Jupyter and IPython write to the test's folder, and the network out of reach."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    # Said by a debugger that the kernel brings, on standard error, of Python's own frozen modules.
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")


def executed(notebook: Any) -> list[str]:
    """Execute a notebook; returns what its cells show, as text."""
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=300, startup_timeout=180, kernel_name="python3", resources=folder).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [str(o["text"] if o["output_type"] == "stream" else o["data"]["text/plain"]) for o in outputs]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_runs_and_its_answers_agree(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tools say the same of two venues; satisfaction, failures and quotes are those that were put there."""
    monkeypatch.setenv("KESHENG_DATA", str(data))
    shown = executed(notebook())
    assert "59 条记录 / records\n" in shown
    assert "三种工具，2 家门店，结果一致 / three tools agree on 2 venues\n" in shown
    venues = next(text for text in shown if "failure_share" in text and "satisfaction" in text)
    assert re.search(r"拾光精品酒店 +18 +0\.667 +2\.833", venues)
    assert re.search(r"云栖湖畔酒店 +36 +0\.333 +3\.667", venues)
    assert any(re.search(r"2026-10 +\d+ +\d\.\d\d", text) for text in shown)
    assert any("门店" in text and "服务延误" in text and "态度冷淡" in text for text in shown)
    assert f"前台【{QUOTE}】才办好入住" in shown[-1]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_stops_where_a_figure_is_wrong(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quote that does not stand where its offsets say is no answer, and neither is a folder without tables."""
    folder = data / "warehouse"
    partition = Partition("incidents", "2026-09")
    rows = LocalStore(folder).read(partition)
    place = rows.schema.get_field_index("end")
    LocalStore(folder).replace(partition, rows.set_column(place, rows.schema.field(place), rows.column("start")))
    monkeypatch.setenv("KESHENG_DATA", str(data))
    with pytest.raises(CellExecutionError, match=r"(?s)told_in.*AssertionError"):
        executed(notebook())
    monkeypatch.setenv("KESHENG_DATA", str(data / "nowhere"))
    with pytest.raises(CellExecutionError, match="run make demo"):
        executed(notebook())


def test_it_is_committed_without_outputs() -> None:
    """No output, no count, no path of a machine; every heading is in Chinese and English; the links lead somewhere."""
    cells = notebook().cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert 8 <= len(code) <= 12
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    text = "\n".join(cell.source for cell in cells)
    assert not re.search(r"/home/|/root/|/tmp/|https?://", text)
    headings = re.findall(r"(?m)^##? .*$", "\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
    titles, parts = headings[:2], headings[2:]
    assert re.search("[\u4e00-\u9fff]", titles[0])
    assert not re.search("[\u4e00-\u9fff]", titles[1])
    assert len(parts) == 5
    assert all(re.fullmatch(r"## [一二三四五]、[^·]*[\u4e00-\u9fff][^·]* · [A-Z][ -~]+", heading) for heading in parts)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (NOTEBOOK.parent / link).is_file(), link
