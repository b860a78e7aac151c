"""What the tests of connectors share: an export, settings of one source that fetches, and a night's collecting."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from flows.collecting import CollectedSource, collect
from flows.settings import Settings
from flows.source_settings import SourceSettings
from sources.manifests import landed_files, landed_slices

EXPORT = """评论编号,评论时间,评分,评论内容
1,2026-11-02,5,房间干净，早餐丰富
2,2026-11-03,1,打电话 13800138000 没人接
""".encode()
OTHER_EXPORT = "评论编号,评论时间,评分,评论内容\n3,2026-11-04,1,前台办理入住等了一个小时\n".encode()


def fetching(folder: Path, **fetch: Any) -> Settings:
    """Return settings of an installation in ``folder`` whose one source fetches as told."""
    source = SourceSettings.model_validate({"name": "ctrip", "industry": "hotel", "fetch": fetch})
    return Settings(data=folder / "data", base=folder, sources=(source,), workers=1)


def collected(settings: Settings) -> CollectedSource:
    """Collect the one source."""
    return collect(settings, settings.sources[0], reached=lambda _: None, say=lambda _: None)


def landed_texts(settings: Settings) -> list[str]:
    """Return the texts of all that has landed, the oldest first."""
    landing = settings.folder.landing
    files = [p for m in landed_files(landing, leave_out=set()) for p in landed_slices(landing, m.file_id)]
    rows = [row for path in files for row in pq.read_table(path).to_pylist()]
    return [row["text"] for row in sorted(rows, key=lambda row: row["published_at"])]


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
