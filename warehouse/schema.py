"""The tables: every column with its type, its Chinese name, and what it means.

``docs/tables.md`` and the Chinese views are made from this module, and each Parquet file carries the descriptions in
its schema's metadata. ``null`` means not known or not judged.
"""

from dataclasses import dataclass

import pyarrow as pa

TIME = pa.timestamp("us", tz="Asia/Shanghai")
WORDS = pa.list_(pa.string())
SCHEMA_VERSION = "2"
"""What each version added stands in ``warehouse.schema_versions``."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: pa.DataType
    chinese: str
    description: str


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table: its columns, its Chinese name, and whether its files are cut by month."""

    name: str
    chinese: str
    description: str
    columns: tuple[Column, ...]
    by_month: bool
    sort_by: tuple[str, ...]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, descriptions in the metadata of each field."""
        return arrow_schema(self.columns, {"table": self.name, "schema_version": SCHEMA_VERSION})


def arrow_schema(columns: tuple[Column, ...], metadata: dict[str, str] | None = None) -> pa.Schema:
    """Return the Arrow schema of some columns."""
    return pa.schema(
        [pa.field(c.name, c.type, metadata={"description": c.description, "chinese": c.chinese}) for c in columns],
        metadata=metadata,
    )


LANDED_COLUMNS = (
    Column(
        "review_id",
        pa.string(),
        "评论编号",
        "Unique. `source:` and the source's own id, or `source:~digest.day.n` where it has none",
    ),
    Column("id_version", pa.int8(), "编号规则版本", "How `review_id` was made"),
    Column("source", pa.string(), "来源", "Where the review came from, as named at import"),
    Column("kind", pa.string(), "类别", "review, complaint, ticket or message"),
    Column(
        "industry", pa.string(), "行业", "hotel, restaurant, delivery, ecommerce, telecom, bank, scenic or as given"
    ),
    Column("venue_id", pa.string(), "门店编号", "The id in the venue master; null where the name is not in it"),
    Column("venue_name", pa.string(), "门店名称", "The name in the venue master, else as the source gives it"),
    Column("author_key", pa.string(), "作者标识", "Keyed digest of the author's name at the source; never the name"),
    Column(
        "published_at",
        TIME,
        "发布时间",
        "When it was published, Asia/Shanghai; the first moment of a day, month or year known only so far",
    ),
    Column("published_precision", pa.string(), "时间精度", "second, day, month, year or none"),
    Column("stayed_at", pa.date32(), "入住日期", "When the guest stayed or the customer was served"),
    Column("rating", pa.float32(), "评分", "The source's own score on 1 to 5"),
    Column("rating_raw", pa.string(), "原始评分", "The score as the source writes it"),
    Column("traveller_type", pa.string(), "出行类型", "As the source gives it, e.g. 家庭亲子"),
    Column("product", pa.string(), "产品", "Room type or item bought"),
    Column("title", pa.string(), "标题", "Title, masked"),
    Column("text", pa.string(), "正文", "What the customer wrote first, masked"),
    Column("follow_up_text", pa.string(), "追评", "What the customer added later, masked"),
    Column("reply_text", pa.string(), "商家回复", "What the provider answered, masked"),
    Column("replied_at", TIME, "回复时间", "When the provider answered"),
    Column("url", pa.string(), "网址", "Where the review stands"),
    Column("extra", pa.string(), "其他字段", "JSON object of the columns that were not mapped, masked"),
    Column("file_id", pa.string(), "文件编号", "The import that the row last came from"),
    Column("row_number", pa.int32(), "行号", "Its row there, the first data row being 1"),
)

LABEL_COLUMNS = (
    Column("language", pa.string(), "语言", "BCP 47: zh, zh-Hant, en, ja, ko or und; only Chinese is judged"),
    Column("template_praise", pa.bool_(), "套话好评", "Nothing but general or default praise"),
    Column("positive_probability", pa.float32(), "正面概率", "0 to 1"),
    Column("sentiment", pa.float32(), "情感分", "-1 to 1, positive above 0"),
    Column("satisfaction", pa.float32(), "满意度", "1 to 5, read from the text alone"),
    Column("failure_groups", WORDS, "失误大类", "Codes of the failure groups found"),
    Column("failure_subtypes", WORDS, "失误子类", "Codes of the failure sub-types found"),
    Column("severity", pa.int8(), "严重度", "0 no failure, 1 annoyance, 2 real loss, 3 critical"),
    Column("expectation", pa.string(), "预期对比", "exceeded, met, below or none"),
    Column("rater_reliability", pa.int8(), "可靠性", "1 praised, -1 criticised, 0 both"),
    Column("rater_responsiveness", pa.int8(), "响应性", "1 praised, -1 criticised, 0 both"),
    Column("rater_assurance", pa.int8(), "保证性", "1 praised, -1 criticised, 0 both"),
    Column("rater_empathy", pa.int8(), "移情性", "1 praised, -1 criticised, 0 both"),
    Column("rater_tangibles", pa.int8(), "有形性", "1 praised, -1 criticised, 0 both"),
    Column("voice", WORDS, "抱怨行为", "provider, public, third_party"),
    Column("recovery_actions", WORDS, "补救措施", "apology, explanation, compensation, fix, none"),
    Column(
        "recovery_outcome",
        pa.string(),
        "补救结果",
        "satisfied, partial, dissatisfied (double deviation) or unknown; null where no reaction is told",
    ),
    Column("fairness", WORDS, "公平性", "Violated: distributive, procedural, interactional"),
    Column("loyalty", pa.string(), "忠诚意向", "leave, stay, recommend or none"),
    Column("drivers", WORDS, "驱动因素", "product, price, channel, competitor"),
    Column("needs_review", pa.bool_(), "待人工复核", "The reader could not decide, or not surely"),
    Column("read_by", pa.string(), "判读者", "machine, or person where a person's reading stands in its place"),
    Column(
        "machine_failure_subtypes",
        WORDS,
        "系统判读的失误子类",
        "What the machine says where a person has read; null elsewhere",
    ),
)

_PROVENANCE_COLUMNS = (
    Column("duplicate_of", pa.string(), "重复于", "The review of the same venue that this one nearly repeats"),
    Column(
        "rating_mismatch", pa.bool_(), "评分与内容不符", "The score and the text disagree; null where one is missing"
    ),
    Column("run_id", pa.string(), "批次编号", "The run that wrote the row"),
    Column("analysed_at", TIME, "分析时间", "When that run began"),
    Column("model_version", pa.string(), "模型版本", "What labelled it"),
    Column("lexicon_version", pa.string(), "词库版本", "Digest of the lists used"),
)

_LABELLED_BY_PEOPLE = {
    *(
        "severity",
        "satisfaction",
        "expectation",
        "voice",
        "recovery_actions",
        "recovery_outcome",
        "fairness",
        "loyalty",
    ),
    *("rater_reliability", "rater_responsiveness", "rater_assurance", "rater_empathy", "rater_tangibles"),
}

_REPEATED_COLUMNS = tuple(
    c for c in LANDED_COLUMNS if c.name in ("source", "kind", "industry", "venue_id", "venue_name", "published_at")
)
_REVIEW_ID = LANDED_COLUMNS[0]

INCIDENT_FINDING_COLUMNS = (
    Column("failure_group", pa.string(), "失误大类", "Code of the group"),
    Column("failure_subtype", pa.string(), "失误子类", "Code of the sub-type"),
    Column("aspect", pa.string(), "评价对象", "What failed: 卫生, 噪音, 设施, 餐食, 账单, …"),
    Column("touchpoint", pa.string(), "服务触点", "Where it failed: 前台, 客房, 配送, …"),
    Column("department", pa.string(), "责任部门", "Who answers for it: 前厅部…; null if trade or place is unknown"),
    Column("wait_minutes", pa.int32(), "等待分钟", "How long a customer waited who tells of a delay and its length"),
    Column("quote", pa.string(), "原话", "The shortest words that show it"),
    Column("field", pa.string(), "所在字段", "text, follow_up_text or title"),
    Column("start", pa.int32(), "起点", "Unicode code points into that field: field[start:end] == quote"),
    Column("end", pa.int32(), "终点", "As start, not included"),
    Column("confidence", pa.float32(), "置信度", "0 to 1"),
    Column("found_by", pa.string(), "识别方式", "cue, model, both or person"),
    Column("severity", pa.int8(), "严重度", "1 annoyance, 2 real loss, 3 critical"),
)

MENTION_FINDING_COLUMNS = (
    Column("touchpoint", pa.string(), "服务触点", "Where: 前台, 客房, 配送, …"),
    Column("department", pa.string(), "责任部门", "Who answers for it: 前厅部…; null if trade or place is unknown"),
    Column("aspect", pa.string(), "评价对象", "About what: 卫生, 早餐, 位置, …"),
    Column("polarity", pa.int8(), "褒贬", "-1, 0 or 1"),
    Column("quote", pa.string(), "原话", "The words that show it"),
    Column("field", pa.string(), "所在字段", "text, follow_up_text or title"),
    Column("start", pa.int32(), "起点", "Unicode code points into that field: field[start:end] == quote"),
    Column("end", pa.int32(), "终点", "As start, not included"),
    Column("confidence", pa.float32(), "置信度", "0 to 1"),
)

_FILE_COUNTS = pa.struct(
    [
        ("file_id", pa.string()),
        ("name", pa.string()),
        ("source", pa.string()),
        ("read", pa.int64()),
        ("stored", pa.int64()),
        ("updated", pa.int64()),
        ("unchanged", pa.int64()),
        ("duplicates", pa.int64()),
        ("rejected", pa.int64()),
    ]
)
_PARTITION_WRITTEN = pa.struct(
    [("table", pa.string()), ("month", pa.string()), ("rows", pa.int64()), ("sha256", pa.string())]
)

REVIEWS = TableSchema(
    "reviews",
    "评论",
    "One row a review, complaint, ticket or message, with every label.",
    (*LANDED_COLUMNS, *LABEL_COLUMNS, *_PROVENANCE_COLUMNS),
    by_month=True,
    sort_by=("source", "venue_name", "published_at", "review_id"),
)
INCIDENTS = TableSchema(
    "incidents",
    "失误事件",
    "One row for each thing that went wrong, with the words that show it.",
    (
        _REVIEW_ID,
        Column("incident_no", pa.int16(), "事件序号", "1, 2, … within the review"),
        *INCIDENT_FINDING_COLUMNS,
        *_REPEATED_COLUMNS,
    ),
    by_month=True,
    sort_by=("review_id", "incident_no"),
)
MENTIONS = TableSchema(
    "mentions",
    "评价点",
    "One row for each opinion, good or bad.",
    (
        _REVIEW_ID,
        Column("mention_no", pa.int16(), "评价序号", "1, 2, … within the review"),
        *MENTION_FINDING_COLUMNS,
        *_REPEATED_COLUMNS,
    ),
    by_month=True,
    sort_by=("review_id", "mention_no"),
)
TOKENS = TableSchema(
    "tokens",
    "分词",
    "The words of each review; a table of its own, so that plain readers do not drag them along.",
    (_REVIEW_ID, Column("tokens", WORDS, "词语", "Words of the cleaned text")),
    by_month=True,
    sort_by=("review_id",),
)
TRENDS = TableSchema(
    "trends",
    "趋势",
    "Figures by period and scope, rebuilt whole after each run; near-duplicates left out.",
    (
        Column(
            "grain",
            pa.string(),
            "周期",
            "month, week, day (day only for all and source); 4 weeks and 13 weeks (rolling, one ending with each week, "
            "where the median week has fewer than 30 reviews); event (one row a day with a red line)",
        ),
        Column("period_start", pa.date32(), "周期开始", "First day; weeks begin on Monday; of an event its day"),
        Column("scope", pa.string(), "范围", "all, source, industry, region, brand or venue"),
        Column("scope_id", pa.string(), "范围编号", "Which one; for venues the id, or the name where there is none"),
        Column(
            "metric", pa.string(), "指标", "What is measured, e.g. satisfaction, failure_share, failure.delivery.slow"
        ),
        Column("n", pa.int64(), "样本量", "Reviews that the value rests on"),
        Column("value", pa.float64(), "数值", "Mean, share or count"),
        Column("low", pa.float64(), "区间下限", "Lower end of the 95 % interval"),
        Column("high", pa.float64(), "区间上限", "Upper end of the 95 % interval"),
        Column("centre", pa.float64(), "中心线", "Centre line of the control chart"),
        Column("lower_limit", pa.float64(), "控制下限", "Lower control limit"),
        Column("upper_limit", pa.float64(), "控制上限", "Upper control limit"),
        Column("signal", pa.string(), "异常信号", "The rule that was broken"),
        Column("note", pa.string(), "备注", "What a reader must know of the figure"),
    ),
    by_month=False,
    sort_by=("grain", "scope", "scope_id", "metric", "period_start"),
)
VENUES = TableSchema(
    "venues",
    "门店",
    "The venue master as of the last run.",
    (
        Column("venue_id", pa.string(), "门店编号", "Unique"),
        Column("venue_name", pa.string(), "门店名称", "The name to show"),
        Column("aliases", WORDS, "别名", "Names on the platforms"),
        Column("region", pa.string(), "区域", "Region"),
        Column("brand", pa.string(), "品牌", "Brand"),
        Column("industry", pa.string(), "行业", "Industry"),
        Column("extra", pa.string(), "其他字段", "JSON object of the free columns"),
    ),
    by_month=False,
    sort_by=("venue_id",),
)
LABELS = TableSchema(
    "labels",
    "人工标注",
    "One row for each reading of a review by a person; a later one of the same reader replaces the earlier.",
    (
        _REVIEW_ID,
        Column("annotator", pa.string(), "标注人", "Who read it, as given at import"),
        Column("read_at", TIME, "标注时间", "When the reading was imported"),
        Column("purpose", pa.string(), "用途", "correction, or audit: of a random sample, read without the machine's"),
        Column("batch", pa.string(), "批次", "The workbook that it was read in, e.g. audit-2026-W40"),
        Column("settled", pa.bool_(), "定稿", "The reading that stands where readers disagree"),
        Column(
            "text_digest", pa.string(), "原文摘要", "Of the text that was read; a reading of another text is not used"
        ),
        Column("failure_subtypes", WORDS, "失误子类", "One an incident, in the order of quotes"),
        Column("quotes", WORDS, "原话", "The words that show each"),
        *(c for c in LABEL_COLUMNS if c.name in _LABELLED_BY_PEOPLE),
        Column("note", pa.string(), "备注", "What the reader adds"),
    ),
    by_month=False,
    sort_by=("review_id", "annotator"),
)
ACTIONS = TableSchema(
    "actions",
    "整改事项",
    "One row for each thing that a quality team has set itself to do, as its workbook was last imported.",
    (
        Column("action_id", pa.string(), "事项编号", "Unique, e.g. A2026-0007; given at import"),
        Column("kind", pa.string(), "类别", "improvement, complaint (to answer) or appeal (against a review)"),
        Column("venue", pa.string(), "门店键", "coalesce(venue_id, venue_name), as `venue_key` of `dim_venue`"),
        Column("failure_subtype", pa.string(), "失误子类", "Code of the sub-type that an improvement is to end"),
        Column("title", pa.string(), "事项", "What is to be done"),
        Column("owner", pa.string(), "负责人", "Who sees to it, as the workbook says"),
        Column("created_on", pa.date32(), "立项日期", "When it was taken on"),
        Column("due_on", pa.date32(), "期限", "When it is to be done"),
        Column("done_on", pa.date32(), "完成日期", "When it was done; only of what is done"),
        Column("status", pa.string(), "状态", "open, doing, done or dropped"),
        Column("evidence", pa.string(), "依据", "What it rests on, in figures or words"),
        Column("review_id", pa.string(), "评论编号", "The review to answer or to appeal against"),
        Column("note", pa.string(), "备注", "What somebody adds"),
        Column("updated_at", TIME, "更新时间", "When the row was last changed by an import"),
    ),
    by_month=False,
    sort_by=("action_id",),
)
REJECTS = TableSchema(
    "rejects",
    "拒收",
    "Rows that could not be taken, masked, with the reason; under the month of the run.",
    (
        Column("run_id", pa.string(), "批次编号", "The run that took the file"),
        Column("source", pa.string(), "来源", "Source of the file"),
        Column("file_id", pa.string(), "文件编号", "The import"),
        Column("file_name", pa.string(), "文件名", "Name of the file"),
        Column("row_number", pa.int32(), "行号", "Data row in the file"),
        Column("reason", pa.string(), "原因代码", "Stable code, e.g. empty_text"),
        Column("detail", pa.string(), "原因说明", "What was expected and what came"),
        Column("row", pa.string(), "原始行", "The row as it stood, masked"),
    ),
    by_month=True,
    sort_by=("run_id", "file_id", "row_number"),
)
RUNS = TableSchema(
    "runs",
    "运行",
    "The ledger: one row a run, written last. read = stored + updated + unchanged + duplicates + rejected.",
    (
        Column("run_id", pa.string(), "批次编号", "Unique"),
        Column("kind", pa.string(), "类别", "night, reanalyse, correct or actions"),
        Column("started_at", TIME, "开始时间", "When the run began"),
        Column("finished_at", TIME, "结束时间", "When the ledger row was written"),
        Column("read", pa.int64(), "读取", "Rows in the files that the run took"),
        Column("stored", pa.int64(), "新增", "Reviews new to the warehouse"),
        Column("updated", pa.int64(), "更新", "Reviews known before whose content changed"),
        Column("unchanged", pa.int64(), "未变", "Reviews known before, brought again unchanged"),
        Column("duplicates", pa.int64(), "重复", "Exact repeats within one export, dropped"),
        Column("rejected", pa.int64(), "拒收", "Rows that could not be taken; see rejects"),
        Column(
            "withdrawn",
            pa.int64(),
            "撤回",
            "Reviews taken out because their file was imported again with another mapping",
        ),
        Column("rescored", pa.int64(), "重新分析", "Stored reviews read again"),
        Column("files", pa.list_(_FILE_COUNTS), "文件", "The files taken and their counts"),
        Column("partitions", pa.list_(_PARTITION_WRITTEN), "分区", "The files written, with row counts and SHA-256"),
        Column("model_version", pa.string(), "模型版本", "What labelled the reviews"),
        Column("lexicon_version", pa.string(), "词库版本", "Digest of the lists used"),
        Column("key_fingerprint", pa.string(), "密钥指纹", "Fingerprint of the identity key"),
        Column("schema_version", pa.string(), "表结构版本", "Version of these tables"),
    ),
    by_month=True,
    sort_by=("started_at", "run_id"),
)

DIM_FAILURE = TableSchema(
    "dim_failure",
    "失误维度",
    "Dimension: one row a failure sub-type of the codebook. Joins on `failure_subtype`.",
    (
        Column("failure_subtype", pa.string(), "失误子类", "Unique. Code of the sub-type, e.g. delivery.slow"),
        Column("failure_group", pa.string(), "失误大类", "Code of its group, e.g. delivery"),
        Column("subtype_chinese", pa.string(), "子类中文名", "Name to show in Chinese"),
        Column("subtype_english", pa.string(), "子类英文名", "Name to show in English"),
        Column("group_chinese", pa.string(), "大类中文名", "The group's name in Chinese"),
        Column("group_english", pa.string(), "大类英文名", "The group's name in English"),
        Column("definition", pa.string(), "判定标准", "What counts as it, in Chinese, as the codebook says"),
    ),
    by_month=False,
    sort_by=("failure_subtype",),
)
DIM_TOUCHPOINT = TableSchema(
    "dim_touchpoint",
    "触点维度",
    "Dimension: the touchpoints of each trade, in each spelling of it. Joins on `industry` and `touchpoint`.",
    (
        Column("industry", pa.string(), "行业", "The trade as sources spell it: hotel, 酒店, …"),
        Column("touchpoint", pa.string(), "服务触点", "前台, 客房, 配送, …; unique within the trade"),
        Column(
            "department",
            pa.string(),
            "责任部门",
            "Who answers for the place; an incident's own department wins, as some aspects go to another",
        ),
    ),
    by_month=False,
    sort_by=("industry", "touchpoint"),
)
DIM_DATE = TableSchema(
    "dim_date",
    "日期维度",
    "Dimension: every day from the first to the last dated review. Joins on `date` and `published_at::DATE`.",
    (
        Column("date", pa.date32(), "日期", "Unique"),
        Column("iso_year", pa.int16(), "ISO年", "Year of the ISO week: 2026-12-31 and 2027-01-01 are both of 2026-W53"),
        Column("iso_week", pa.string(), "ISO周", "Such as 2026-W40"),
        Column("week_start", pa.date32(), "周起始日", "The Monday of the week"),
        Column("month", pa.string(), "月份", "Such as 2026-10"),
        Column("quarter", pa.string(), "季度", "Such as 2026-Q4"),
        Column("weekday", pa.int8(), "星期序号", "1 Monday to 7 Sunday"),
        Column("weekday_chinese", pa.string(), "星期", "周一 to 周日"),
        Column("is_weekend", pa.bool_(), "是否周末", "Saturday or Sunday; public holidays are not known"),
    ),
    by_month=False,
    sort_by=("date",),
)
DIM_VENUE = TableSchema(
    "dim_venue",
    "门店维度",
    "Dimension: every venue of the master, and every one that only reviews name. Joins on `venue_key`.",
    (
        Column("venue_key", pa.string(), "门店键", "Unique. coalesce(venue_id, venue_name), as `scope_id` of `trends`"),
        Column("venue_id", pa.string(), "门店编号", "The id in the venue master; null where the name is not in it"),
        Column("venue_name", pa.string(), "门店名称", "The name to show"),
        Column("region", pa.string(), "区域", "Region, from the master"),
        Column("brand", pa.string(), "品牌", "Brand, from the master"),
        Column("industry", pa.string(), "行业", "As the master says, else as most of its reviews say"),
    ),
    by_month=False,
    sort_by=("venue_key",),
)
DIMENSIONS = (DIM_FAILURE, DIM_TOUCHPOINT, DIM_DATE, DIM_VENUE)

TABLES = {
    t.name: t
    for t in (REVIEWS, INCIDENTS, MENTIONS, TRENDS, VENUES, *DIMENSIONS, LABELS, ACTIONS, REJECTS, RUNS, TOKENS)
}
REVIEW_TABLES = (REVIEWS, INCIDENTS, MENTIONS, TOKENS)
"""The tables that a review has rows in, all under the month of the review."""

LANDED_SCHEMA = arrow_schema(LANDED_COLUMNS)
