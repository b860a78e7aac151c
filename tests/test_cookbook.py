"""The cookbook: each question's SQL answers it on the sample, with the columns that the text names."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from flows.night import Night, run_corrections, run_night
from flows.settings import load_settings
from tests.label_samples import label
from warehouse.labels import text_digest
from warehouse.query import run_query
from warehouse.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "cookbook.md"
MOMENT = datetime.fromisoformat("2026-11-30T02:30:00+08:00")


@dataclass(frozen=True)
class Recipe:
    """One question of the document."""

    title: str
    sql: str
    columns: tuple[str, ...]

    @property
    def is_chinese(self) -> bool:
        """Whether it asks the Chinese views."""
        return any(re.search(rf"(FROM|JOIN) {table.chinese}\b", self.sql) for table in TABLES.values())


def recipes() -> list[Recipe]:
    """Return what stands under each heading of the document; all parts must be there."""
    found = []
    for section in re.split(r"(?m)^## ", DOCUMENT.read_text("utf-8"))[1:]:
        title, _, rest = section.partition("\n")
        (sql,) = re.findall(r"```sql\n(.*?)```", rest, re.DOTALL)
        (named,) = re.findall(r"(?m)^(?:Columns: |字段：)(.*)$", rest)
        found.append(Recipe(title, sql, tuple(re.findall(r"`([^`]+)`", named))))
    return found


RECIPES = {recipe.title.partition(".")[0]: recipe for recipe in recipes()}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample's tables, read by the lists, after an audit of 40 hotel reviews of October."""
    settings = load_settings(
        ROOT / "data/sample/kesheng.toml", data=tmp_path_factory.mktemp("cookbook"), environment={}
    )
    night = Night(settings.model_copy(update={"workers": 1, "model": "cues"}), clock=lambda: MOMENT)
    run_night(night)
    folder = settings.folder.warehouse
    drawn = run_query(
        folder,
        "SELECT review_id, title, text, follow_up_text, failure_subtypes FROM reviews "
        "WHERE month = '2026-10' AND kind = 'review' AND industry = 'hotel' AND duplicate_of IS NULL "
        "AND language = 'zh' ORDER BY review_id LIMIT 40",
    ).to_pylist()
    run_corrections(night, [_audited(number, review) for number, review in enumerate(drawn)])
    return folder


def _audited(number: int, review: dict[str, object]) -> dict[str, object]:
    """Return a reading that agrees with the machine but for every fourth failure, which is none."""
    found = review["failure_subtypes"] if number % 4 else []
    assert isinstance(found, list)
    digest = text_digest(review["title"], str(review["text"]), review["follow_up_text"])  # type: ignore[arg-type]
    return label(
        str(review["review_id"]),
        purpose="audit",
        text_digest=digest,
        failure_subtypes=found,
        quotes=[str(review["text"])[:4]] * len(found),
        severity=1 if found else 0,
    )


def answer(warehouse: Path, number: int) -> pa.Table:
    """Return the answer to a question."""
    return run_query(warehouse, RECIPES[str(number)].sql)


def test_ten_questions_half_of_them_in_chinese() -> None:
    """They are numbered, short, different, and five ask the Chinese views."""
    assert list(RECIPES) == [str(number) for number in range(1, 11)]
    assert sum(recipe.is_chinese for recipe in RECIPES.values()) == 5
    assert len({recipe.columns for recipe in RECIPES.values()}) == 10
    assert max(len(recipe.sql.splitlines()) for recipe in RECIPES.values()) <= 20


@pytest.mark.parametrize("number", range(1, 11))
def test_each_answers_with_the_columns_that_the_text_names(warehouse: Path, number: int) -> None:
    """There are rows, and their columns are those of the line above the SQL, in order."""
    rows = answer(warehouse, number)
    assert tuple(rows.column_names) == RECIPES[str(number)].columns
    assert rows.num_rows > 0


def test_the_story_of_the_sample_is_found(warehouse: Path) -> None:
    """The venue whose check-in slows down is the one named, and its weeks show from when to when."""
    (slow,) = answer(warehouse, 1).to_pylist()
    assert slow["venue_name"] == "云栖湖畔酒店"
    assert slow["slow_share"] > 3 * slow["others_share"]
    weeks = {row["ISO周"]: row for row in answer(warehouse, 10).to_pylist()}
    assert weeks["2026-W40"]["服务延误率"] > 0.4 > weeks["2026-W24"]["服务延误率"]
    assert all(row["区间下限"] <= row["服务延误率"] <= row["区间上限"] for row in weeks.values())


def test_what_the_answers_say(warehouse: Path) -> None:
    """Recovered failures end better, red lines without a reply stand first, audits lower a share."""
    satisfaction = {row["补救情况"]: row["平均满意度"] for row in answer(warehouse, 2).to_pylist()}
    assert satisfaction["补救见效"] > satisfaction["未提及补救"] > satisfaction["补救失败"]
    unanswered = answer(warehouse, 8).to_pylist()
    severities = [row["严重度"] or 0 for row in unanswered]
    assert severities == sorted(severities, reverse=True)
    assert all(row["未回复天数"] >= 0 for row in unanswered)
    everywhere = next(
        row
        for row in answer(warehouse, 9).to_pylist()
        if (row["scope"], row["metric"]) == ("industry", "failure_share")
    )
    assert everywhere["corrected"] < everywhere["raw"]


def test_new_themes_are_new(warehouse: Path) -> None:
    """No theme of the answer stands among the incidents of the three months before."""
    before = run_query(
        warehouse,
        "SELECT DISTINCT v.industry, subtype_english AS failure, aspect, touchpoint FROM incidents i "
        "JOIN dim_failure USING (failure_subtype) JOIN dim_venue v ON v.venue_key = coalesce(i.venue_id, i.venue_name) "
        "WHERE month IN ('2026-08', '2026-09', '2026-10')",
    ).to_pylist()
    new = answer(warehouse, 7).select(["industry", "failure", "aspect", "touchpoint"]).to_pylist()
    assert not [theme for theme in new if theme in before]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_leads_there(readme: str) -> None:
    """Both languages link the document."""
    assert "(docs/cookbook.md)" in (ROOT / readme).read_text("utf-8")
