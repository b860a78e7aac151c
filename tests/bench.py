"""Speed and memory, measured: ``make bench`` prints a table and writes ``bench-results.json``.

Reviews are put together from the sentences of ``data/sample`` to hotel length (128 characters in the mean), so anyone
gets the same texts; SnowNLP's sentiment on the same reviews in the same run is the yardstick. Each measure runs in a
process of its own, so that its peak memory is its own.
"""

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from flows.night import Night, run_night
from flows.readers import ReadingChoice
from flows.settings import Settings
from flows.source_settings import SourceSettings
from models.clauses import split_clauses
from models.reader import ReviewText
from sources.files import FileOptions, open_source_file
from sources.identity import load_identity_key
from sources.import_options import ImportOptions
from sources.landing import land_file
from sources.masking import mask
from sources.record import ReviewRecord
from warehouse.schema import TRENDS
from warehouse.store import LocalStore, Partition

ROOT = Path(__file__).resolve().parents[1]
REVIEWS = int(os.environ.get("BENCH_REVIEWS", "100000"))
MEAN_LENGTH = 128
SHANGHAI = ZoneInfo("Asia/Shanghai")
MODEL_REVIEWS = int(os.environ.get("BENCH_MODEL_REVIEWS", "5000"))
REPORT_REVIEWS = int(os.environ.get("BENCH_REPORT_REVIEWS", "1000000"))
REAL_SHORT = ROOT.parent / "shared" / "bench" / "real" / "hotels-2020.gb18030.csv"
"""Real reviews of mostly one sentence, where they lie beside the checkout."""
GOALS = {
    "import_to_landing": 5000,
    "whole_way_by_cues": 1500,
    "cue_reader": 4000,
    "whole_way_with_model": 250,
    "real_short_reviews_with_model": 800,
    "saved_pages_parsed": 300,
    "pages_crawled_to_landing": 50,
}


def sample_sentences() -> list[str]:
    """Return the clauses of all sample texts."""
    folder = ROOT / "data" / "sample"
    files = [p for p in sorted(folder.iterdir()) if p.suffix in (".csv", ".jsonl", ".xlsx") and p.name != "venues.csv"]
    texts = [r.text for p in files for r in open_source_file(p, FileOptions()).rows() if isinstance(r, ReviewRecord)]
    return sorted({text[c.start : c.end] for text in texts for c in split_clauses(text) if c.end - c.start > 3})


def make_texts(count: int, seed: int = 20261122) -> list[str]:
    """Return texts whose lengths spread about ``MEAN_LENGTH`` as in life: many short, some long."""
    chooser = random.Random(seed)
    sentences = sample_sentences()
    telling = [s for s in sentences if mask(s).counts]
    plain = [s for s in sentences if not mask(s).counts]
    texts = []
    for _ in range(count):
        length = min(2000, max(8, chooser.lognormvariate(4.2, 0.95)))
        parts: list[str] = []
        while sum(map(len, parts)) < length:
            # Personal data as rare as in life: in one clause of a thousand, in one text of a hundred.
            parts.append(chooser.choice(telling if chooser.random() < 0.001 else plain))
        texts.append("，".join(parts) + "。")
    return texts


def write_export(path: Path, texts: list[str], first_day: datetime, days: int, *, first_id: int = 0) -> None:
    """Write an export with own ids: venue, time, score, text."""
    chooser = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["评论编号", "酒店名称", "评论时间", "评分", "房型", "评论内容"])
        for number, text in enumerate(texts):
            moment = first_day + timedelta(minutes=chooser.randrange(days * 24 * 60))
            venue, score = f"酒店{chooser.randrange(50)}", chooser.choice(["5", "4.5", "4", "3", "1"])
            rows.writerow([first_id + number, venue, f"{moment:%Y-%m-%d %H:%M:%S}", score, "大床房", text])


def measure_import(folder: Path) -> dict[str, float]:
    """Import to landing: a CSV of hotel-length reviews recognised, masked, identified, landed."""
    texts = make_texts(REVIEWS)
    write_export(folder / "export.csv", texts, datetime(2026, 1, 1, tzinfo=SHANGHAI), 300)
    key = load_identity_key(folder / "identity.key", {})
    began = time.perf_counter()
    land_file(
        folder / "export.csv", ImportOptions(source="bench", industry="hotel"), landing=folder / "landing", key=key
    )
    return {"reviews": REVIEWS, "seconds": time.perf_counter() - began, "characters": sum(map(len, texts)) / REVIEWS}


def measure_whole_way(folder: Path, model: str, reviews: int) -> dict[str, float]:
    """The whole night without Prefect: import, analyse in two processes, publish, trends, ledger."""
    write_export(folder / "export.csv", make_texts(reviews), datetime(2026, 1, 1, tzinfo=SHANGHAI), 300)
    began = time.perf_counter()
    outcome = run_night(Night(_settings(folder, "export.csv", model)))
    assert outcome.counts.stored == reviews, outcome
    return {"reviews": reviews, "seconds": time.perf_counter() - began}


def measure_real_short(folder: Path) -> dict[str, float]:
    """The same with the model on real short reviews."""
    (folder / "export.csv").write_bytes(REAL_SHORT.read_bytes())
    began = time.perf_counter()
    outcome = run_night(Night(_settings(folder, "export.csv", "shipped")))
    return {"reviews": outcome.counts.stored, "seconds": time.perf_counter() - began}


def measure_cold_start(_: Path) -> dict[str, float]:
    """`kesheng text` from a cold start: one review, all layers loaded."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "flows.command_line", "text", "退房时说我弄脏床单要赔两百，态度特别横"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {"reviews": 1, "seconds": time.perf_counter() - began}


def measure_bert_pipeline(_: Path) -> dict[str, float]:
    """A transformers pipeline of bert-base shape on the same reviews, all cores: the yardstick of the model."""
    # A yardstick: the other measures shall not pay for its import.
    from transformers import (  # noqa: PLC0415
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
        pipeline,
    )

    from tests.tiny_encoder import tiny_tokenizer  # noqa: PLC0415

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tiny_tokenizer(), pad_token="<pad>")  # type: ignore[no-untyped-call] # noqa: S106
    # The weights are random: for time, only the shape counts.
    network = BertForSequenceClassification(BertConfig(vocab_size=21128, max_position_embeddings=512))
    network.train(mode=False)
    classify = pipeline("text-classification", model=network, tokenizer=tokenizer)
    texts = make_texts(10_000)[:60]
    classify(texts[:2], truncation=True, max_length=512)
    began = time.perf_counter()
    classify(texts, truncation=True, max_length=512)
    return {"reviews": len(texts), "seconds": time.perf_counter() - began}


def measure_cue_reader(_: Path) -> dict[str, float]:
    """The cue reader alone, one core."""
    batch = [ReviewText(text, industry="hotel") for text in make_texts(10_000)]
    reader = ReadingChoice().reader
    reader.read(batch[:100])
    began = time.perf_counter()
    reader.read(batch)
    return {"reviews": len(batch), "seconds": time.perf_counter() - began}


def measure_snownlp(_: Path) -> dict[str, float]:
    """SnowNLP's sentiment on the same reviews, one core: the yardstick."""
    from snownlp import SnowNLP  # noqa: PLC0415 - a yardstick, not a part of the product

    texts = make_texts(10_000)[:500]
    assert SnowNLP(texts[0]).sentiments >= 0
    began = time.perf_counter()
    assert all(SnowNLP(text).sentiments >= 0 for text in texts)
    return {"reviews": len(texts), "seconds": time.perf_counter() - began}


def measure_second_night(folder: Path, stored: int) -> dict[str, float]:
    """A night of 1,000 reviews into a warehouse that holds ``stored`` reviews in 24 months."""
    texts = make_texts(stored + 1000)
    write_export(folder / "a-history.csv", texts[:stored], datetime(2024, 11, 1, tzinfo=SHANGHAI), 729)
    settings = _settings(folder, "a-history.csv", "cues")
    run_night(Night(settings))
    write_export(folder / "night.csv", texts[stored:], datetime(2026, 10, 30, tzinfo=SHANGHAI), 1, first_id=stored)
    began = time.perf_counter()
    points: dict[str, float] = {}

    def reached(point: str) -> None:
        points.setdefault(point, time.perf_counter())

    run_night(Night(_settings(folder, "night.csv", "cues"), reached=reached))
    published = points["index written"] - points["near-duplicates decided"]
    return {"reviews": 1000, "seconds": time.perf_counter() - began, "publish_seconds": published}


def measure_parsing(folder: Path) -> dict[str, float]:
    """Saved pages of 15 reviews, read by a recipe in two processes."""
    from tests import bench_collect  # noqa: PLC0415 - as below

    return bench_collect.measure_parsing(folder)


def measure_crawl(folder: Path) -> dict[str, float]:
    """A crawl of such pages without delay, from the start of its process to the last row landed."""
    from tests import bench_collect  # noqa: PLC0415 - as below

    return bench_collect.measure_crawl(folder)


def measure_report(folder: Path, reviews: int, venues: int) -> dict[str, float]:
    """Trends rebuilt whole, and the page of a week, over a made-up warehouse of 24 months."""
    # Here and not above: processes that analyse import this module, and are not to pay for what they do not use.
    from reports.page import page_html  # noqa: PLC0415
    from reports.periods import read_period  # noqa: PLC0415
    from reports.report_figures import report_figures  # noqa: PLC0415
    from reports.report_rows import Scope  # noqa: PLC0415
    from reports.trends import trends  # noqa: PLC0415

    making = [sys.executable, "-m", "tests.bench_report", str(folder), str(reviews), str(venues)]
    subprocess.run(making, cwd=ROOT, check=True, capture_output=True)
    began = time.perf_counter()
    LocalStore(folder).replace(Partition(TRENDS.name), trends(folder))
    rebuilt = time.perf_counter() - began
    page = page_html(report_figures(folder, read_period("2026-W50"), Scope()))
    assert "本周先办的三件事" in page
    return {"reviews": reviews, "seconds": time.perf_counter() - began, "trends_seconds": rebuilt}


MEASURES: dict[str, Callable[[Path], dict[str, float]]] = {
    "import_to_landing": measure_import,
    "whole_way_by_cues": partial(measure_whole_way, model="cues", reviews=REVIEWS),
    "whole_way_with_model": partial(measure_whole_way, model="shipped", reviews=MODEL_REVIEWS),
    **({"real_short_reviews_with_model": measure_real_short} if REAL_SHORT.exists() else {}),
    "cold_start": measure_cold_start,
    "bert_base_pipeline": measure_bert_pipeline,
    "cue_reader": measure_cue_reader,
    "snownlp_sentiment": measure_snownlp,
    "second_night_into_24_000": partial(measure_second_night, stored=24_000),
    "second_night_into_240_000": partial(measure_second_night, stored=240_000),
    "saved_pages_parsed": measure_parsing,
    "pages_crawled_to_landing": measure_crawl,
    "trends_and_page": partial(measure_report, reviews=REPORT_REVIEWS, venues=500),
}


def main() -> None:
    """Measure everything, or, given a name, one thing in this process."""
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory() as folder:
            result = MEASURES[sys.argv[1]](Path(folder))
        peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        sys.stdout.write(json.dumps({**result, "peak_mb": peaks[0], "peak_child_mb": peaks[1]}) + "\n")
        return
    results = {}
    console = Console(width=140)
    for name in MEASURES:
        with console.status(name):
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench", name], cwd=ROOT, capture_output=True, text=True, check=True
            )
        results[name] = json.loads(done.stdout.splitlines()[-1])
    (ROOT / "bench-results.json").write_text(json.dumps(results, indent=2), "utf-8")
    console.print(_drawn(results))


def _settings(folder: Path, pattern: str, model: str) -> Settings:
    source = SourceSettings(name="bench", files=(pattern,), industry="hotel")
    return Settings(data=folder / "data", base=folder, sources=(source,), workers=2, model=model)


def _drawn(results: dict[str, dict[str, float]]) -> Table:
    table = Table("measure", "reviews (or pages)", "seconds", "a second", "goal", "peak MB", "peak MB of a worker")
    for name, result in results.items():
        speed = result["reviews"] / result["seconds"]
        goal = str(GOALS.get(name, ""))
        seconds = f"{result['seconds']:.1f}"
        if "publish_seconds" in result:
            seconds += f" (publish {result['publish_seconds']:.1f})"
        if "trends_seconds" in result:
            seconds += f" (trends {result['trends_seconds']:.1f})"
        table.add_row(
            name,
            f"{result['reviews']:,.0f}",
            seconds,
            f"{speed:,.0f}",
            goal,
            f"{result['peak_mb']:,.0f}",
            f"{result['peak_child_mb']:,.0f}",
        )
    return table


if __name__ == "__main__":
    main()
