"""Two nights of exports for tests of the whole way: the second overlaps the first, changes, moves and rejects rows."""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from flows.settings import Settings
from flows.source_settings import SourceSettings

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_NIGHT = datetime(2026, 5, 1, 2, 30, tzinfo=SHANGHAI)
SECOND_NIGHT = datetime(2026, 5, 2, 2, 30, tzinfo=SHANGHAI)
HEADER = ("评论编号", "酒店名称", "评论时间", "评分", "评论内容", "商家回复")
LONG = "前台办理入住排了整整一个小时的队，房间里有很重的霉味，电话打了三次也没有人来处理，真的很失望"
FIRST = [
    ("1", "云栖湖畔酒店", "2026-03-30", "5", "房间干净，早餐丰富，下次还来", ""),
    ("2", "云栖湖畔酒店", "2026-04-02", "1", LONG, ""),
    ("3", "拾光精品酒店", "2026-04-03 10:20:30", "3", "位置不错，就是隔音差", ""),
    ("4", "拾光精品酒店", "2026-04-05", "4", "没有等很久，服务员很热情", ""),
    ("4", "拾光精品酒店", "2026-04-05", "4", "没有等很久，服务员很热情", ""),
    ("5", "拾光精品酒店", "", "2", "打电话 13800138000 没人接", ""),
]
SECOND = [
    ("2", "云栖湖畔酒店", "2026-04-02", "1", LONG, "非常抱歉，已为您退还一晚房费"),
    ("3", "拾光精品酒店", "2026-04-03 10:20:30", "3", "位置不错，就是隔音差", ""),
    ("5", "拾光精品酒店", "2026-04-08", "2", "打电话 13800138000 没人接", ""),
    ("6", "云栖湖畔酒店", "2026-04-30", "1", LONG + "！！", ""),
    ("7", "云栖湖畔酒店", "2026-05-01", "2", "服务员态度恶劣，还骂人", ""),
    ("8", "云栖湖畔酒店", "2026-05-01", "5", "", ""),
]
FIRST_COUNTS = {"read": 6, "stored": 5, "updated": 0, "unchanged": 0, "duplicates": 1, "rejected": 0}
SECOND_COUNTS = {"read": 6, "stored": 2, "updated": 2, "unchanged": 1, "duplicates": 0, "rejected": 1}


def write_export(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    """Write rows as an export in GB18030 with Chinese headers."""
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def settings(folder: Path) -> Settings:
    """Return settings of an installation in ``folder`` whose one source is ``folder/exports/*.csv``."""
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    source = SourceSettings(name="ctrip", files=("exports/*.csv",), industry="hotel")
    return Settings(data=folder / "data", base=folder, sources=(source,), workers=1)


def tables(warehouse: Path) -> dict[str, pa.Table]:
    """Return every file of a warehouse by its path below it."""
    return {
        str(path.relative_to(warehouse)): pq.read_table(path, partitioning=None)
        for path in sorted(warehouse.rglob("*.parquet"))
    }
