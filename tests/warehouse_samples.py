"""A small warehouse for tests: exports go through landing, resolution, publish and ledger with labels set by rule.

No reader and no Prefect: every review is 3.0 satisfied, and each 脏 in its text is an incident and a mention.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from sources.files import FileOptions
from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.landing import LandedFile, land_file
from sources.manifests import landed_files, landed_slices
from sources.masking import MaskingSettings
from warehouse import ledger
from warehouse.folders import DataFolder
from warehouse.index import WarehouseIndex
from warehouse.ledger import RunCounts
from warehouse.publish import publish
from warehouse.resolution import resolve
from warehouse.runs import RunFile, RunFolder, RunState
from warehouse.schema import INCIDENT_FINDING_COLUMNS, LABEL_COLUMNS, MENTION_FINDING_COLUMNS
from warehouse.staging import Provenance, staged_table
from warehouse.store import LocalStore

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_NIGHT = datetime(2026, 1, 5, 2, 0, tzinfo=SHANGHAI)
KEY = IdentityKey(b"only for tests, 32 characters and more")
COLUMNS = {
    "编号": "own_id",
    "酒店": "venue",
    "客人": "author",
    "日期": "published_at",
    "评分": "rating",
    "内容": "text",
    "回复": "reply_text",
    "房型": "product",
}
LONG_TEXTS = (
    "房间打扫得很干净，床也舒服，早餐种类多，就是电梯要等很久，早上赶时间的客人要留意。",
    "前台办理入住花了四十分钟，大堂里没有一个人来解释，也没有送水，行李只能自己搬上楼。",
    "卫生间的地漏一直有味道，浴帘是脏的，打了两次电话才有人来看，最后给换了一间房。",
)
LIST_WORDS = ("failure_groups", "failure_subtypes", "voice", "recovery_actions", "fairness", "drivers")
Row = dict[str, object]


def nothing(_: object) -> None:
    """Do nothing where the program would tell how far it is."""


class SmallWarehouse:
    """A data folder of its own and the night's steps over it."""

    def __init__(self, root: Path, key: IdentityKey = KEY) -> None:
        self.folder = DataFolder(root)
        self.store = LocalStore(self.folder.warehouse)
        self.key = key
        self.match_venues: Callable[[pa.Table], pa.Table] = lambda table: table

    def land(
        self,
        rows: Sequence[Row],
        *,
        columns: dict[str, str] | None = None,
        file_format: str = "csv",
        source: str = "携程",
        venue: str | None = None,
        masking: MaskingSettings | None = None,
    ) -> LandedFile:
        """Write rows with the column names of ``COLUMNS`` to a file and land it.

        Args:
            rows: The rows, with the same keys each; ``None`` is an empty cell.
            columns: Field → column where it is not that of ``COLUMNS``; an empty name keeps the field from being read.
            file_format: csv or jsonl.
            source: The source's name.
            venue: The venue of rows that name none.
            masking: What is masked.
        """
        names = list(rows[0])
        self.folder.root.mkdir(parents=True, exist_ok=True)
        path = self.folder.root / f"导出.{file_format}"
        path.write_bytes((_jsonl if file_format == "jsonl" else _csv)(names, rows).encode())
        mapping = {COLUMNS[name]: name for name in names if name in COLUMNS} | (columns or {})
        options = ImportOptions(
            source=source,
            venue=venue,
            file=FileOptions(columns=mapping, rating_scale="5" if mapping.get("rating") else None),
            masking=masking or MaskingSettings(),
        )
        return land_file(path, options, landing=self.folder.landing, key=self.key)

    def night(self) -> RunCounts:
        """Take all that has landed into the tables."""
        run = self.begin()
        self.resolve(run)
        self.analyse(run)
        return self.finish(run)

    def take(self, rows: Sequence[Row], **options: object) -> RunCounts:
        """Land one export and take it into the tables."""
        self.land(rows, **options)  # type: ignore[arg-type]
        return self.night()

    def begin(self) -> RunFolder:
        """Begin a run with what has landed since the last."""
        entered = ledger.runs(self.store)
        manifests = landed_files(self.folder.landing, leave_out=ledger.published_files(entered))
        files = tuple(RunFile(**{name: getattr(m, name) for name in RunFile.model_fields}) for m in manifests)
        run = RunFolder(self.folder.staging, f"run-{entered.num_rows + 1:03d}")
        run.begin(
            RunState(
                run_id=run.path.name,
                kind="night",
                started_at=FIRST_NIGHT + timedelta(days=entered.num_rows),
                files=files,
                key_fingerprint=self.key.fingerprint,
            )
        )
        return run

    def index(self) -> WarehouseIndex:
        """Open the index, made anew where it does not describe the tables."""
        index = WarehouseIndex(self.folder.warehouse / "index.sqlite")
        last = ledger.last_run(ledger.runs(self.store))
        if index.last_run != last:
            index.rebuild(self.store, last or "none")
        return index

    def resolve(self, run: RunFolder) -> None:
        """Write the run's plan."""
        files = [(file, landed_slices(self.folder.landing, file.file_id)) for file in run.state.files]
        with self.index() as index:
            resolve(files, store=self.store, index=index, folder=run, match_venues=self.match_venues)

    def analyse(self, run: RunFolder) -> None:
        """Label the run's slices by rule."""
        plan = run.plan
        assert plan is not None
        for number in range(1, plan.slices + 1):
            run.write_staged(number, staged(pq.read_table(run.work_slice(number)), run.path.name))

    def finish(self, run: RunFolder) -> RunCounts:
        """Publish the run and enter it in the ledger."""
        plan = run.plan
        assert plan is not None
        with self.index() as index:
            written = publish(run, plan.slices, store=self.store, index=index, reached=nothing)
        state = run.state
        counts = ledger.enter(
            self.store,
            state,
            plan,
            finished_at=state.started_at + timedelta(hours=1),
            written=written,
            model_version="测试",
            lexicon_version="测试",
        )
        run.remove()
        return counts

    def table(self, name: str = "reviews") -> pa.Table:
        """Return all rows of a table, in order of id."""
        tables = [pq.read_table(path, partitioning=None) for path in self.files(name)]
        return pa.concat_tables(tables).sort_by("review_id") if tables else pa.table({"review_id": []})

    def reviews(self) -> list[Row]:
        """Return all reviews, in order of id."""
        found: list[Row] = self.table().to_pylist()
        return found

    def files(self, name: str = "*") -> list[Path]:
        """Return the files of one table, or of all but the ledger."""
        paths = self.folder.warehouse.glob(f"{name}/**/part.parquet")
        return sorted(path for path in paths if "runs" not in path.relative_to(self.folder.warehouse).parts)

    def contents(self) -> dict[str, bytes]:
        """Return every file of the tables but the ledger, by its path in the warehouse."""
        return {str(path.relative_to(self.folder.warehouse)): path.read_bytes() for path in self.files()}


def staged(landed: pa.Table, run_id: str) -> pa.Table:
    """Return landed rows labelled by rule, ready to be published."""
    texts = landed.column("text").to_pylist()
    found = [(row, text.index("脏")) for row, text in enumerate(texts) if "脏" in text]
    findings: dict[str, list[object]] = {
        "review_row": [row for row, _ in found],
        "start": [start for _, start in found],
        "end": [start + 1 for _, start in found],
    }
    same = {"quote": "脏", "field": "text", "aspect": "卫生", "touchpoint": "客房", "confidence": 0.5, "polarity": -1}
    same |= {"failure_group": "delivery", "failure_subtype": "delivery.core", "found_by": "cue", "severity": 1}
    for column in (*INCIDENT_FINDING_COLUMNS, *MENTION_FINDING_COLUMNS):
        findings.setdefault(column.name, [same.get(column.name)] * len(found))
    labels: dict[str, list[object]] = {column.name: [None] * len(texts) for column in LABEL_COLUMNS}
    labels |= {"language": ["zh"] * len(texts), "satisfaction": [3.0] * len(texts)}
    labels |= {name: [[] for _ in texts] for name in LIST_WORDS}
    dirty = ["脏" in text for text in texts]
    labels["failure_groups"] = [["delivery"] if d else [] for d in dirty]
    labels["failure_subtypes"] = [["delivery.core"] if d else [] for d in dirty]
    return staged_table(
        landed,
        reviews=labels,
        incidents=findings,
        mentions=findings,
        tokens=[list(text[:2]) for text in texts],
        provenance=Provenance(run_id, FIRST_NIGHT, "测试", "测试"),
    )


def check_conservation(counts: RunCounts) -> None:
    """Check that every row read is accounted for."""
    parts = counts.stored + counts.updated + counts.unchanged + counts.duplicates + counts.rejected
    assert counts.read == parts, counts


def _csv(names: list[str], rows: Sequence[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(["" if row[name] is None else row[name] for name in names] for row in rows)
    return out.getvalue()


def _jsonl(names: list[str], rows: Sequence[Row]) -> str:
    return "".join(json.dumps({name: row[name] for name in names}, ensure_ascii=False) + "\n" for row in rows)
