"""Two real exports, where they are at hand: every row accounted for, and a second run changes nothing."""

from pathlib import Path

import pytest

from flows.night import Night, run_night
from flows.settings import Settings
from flows.source_settings import SourceSettings
from tests import night_samples
from warehouse.query import run_query

REAL = Path(__file__).resolve().parents[2] / "shared" / "bench" / "real"
FILES = {
    "hotels-2020": (SourceSettings(name="hotels", files=("hotels-2020.gb18030.csv",), industry="hotel"), 15_763),
    "garden-hotel": (
        SourceSettings(name="garden", files=("garden-hotel-2023-2025.csv",), industry="hotel", venue="样本酒店"),
        2_607,
    ),
}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(
    not REAL.is_dir(), reason="the real exports (shared/bench/real beside the checkout) are not at hand"
)
@pytest.mark.parametrize("name", FILES)
def test_a_real_export_goes_the_whole_way_once(name: str, tmp_path: Path) -> None:
    """All rows are stored and dated, scores are read where there are any; the next night changes nothing."""
    source, rows = FILES[name]
    settings = Settings(data=tmp_path, base=REAL, sources=(source,), workers=2)
    counts = run_night(Night(settings)).counts
    assert (counts.read, counts.stored) == (rows, rows)
    facts = run_query(
        settings.folder.warehouse,
        "SELECT count(*) AS rows, count(published_at) AS dated, count(DISTINCT review_id) AS ids, "
        "count(rating) AS rated, "
        "min(rating) AS lowest, max(rating) AS highest, count(satisfaction) AS judged FROM reviews",
    ).to_pylist()[0]
    assert (facts["rows"], facts["dated"], facts["ids"]) == (rows, rows, rows)
    assert facts["judged"] > 0.9 * rows
    if name == "garden-hotel":
        assert facts["rated"] == rows
        assert 1 <= facts["lowest"] <= facts["highest"] == 5
    before = night_samples.tables(settings.folder.warehouse)
    again = run_night(Night(settings)).counts
    after = night_samples.tables(settings.folder.warehouse)
    assert again.read == 0
    assert all(after[path].equals(table) for path, table in before.items() if not path.startswith("runs"))
    assert set(before) - set(after) == set()
