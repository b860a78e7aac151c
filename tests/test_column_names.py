"""Which column holds which field."""

import pytest

from lexicons.rows import LEXICON_ROOT, read_rows
from sources.column_names import (
    FIELDS,
    ColumnName,
    NoTextColumnError,
    check_overrides,
    column_vocabulary,
    map_columns,
    normalised_name,
)
from sources.record import SourceFileError

SENTENCES = ["房间很干净，服务也周到。", "隔音太差了，一夜没睡好。", "早餐种类少，不过味道不错。"]


def test_the_vocabulary_is_large_and_without_contradictions() -> None:
    """Every field has names, and no name means two fields."""
    rows = read_rows(LEXICON_ROOT / "vocabulary" / "columns.tsv", ColumnName)
    assert len(rows) > 600
    assert {row.field for row in rows} == set(FIELDS)
    fields: dict[str, set[str]] = {}
    for row in rows:
        fields.setdefault(normalised_name(row.name), set()).add(row.field)
    assert {name: found for name, found in fields.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("评论内容", "text"),
        (" 评论 内容（必填）", "text"),
        ("留言详情", "text"),
        ("評論內容", "text"),
        ("Review_Text", "text"),
        ("reviewText", "text"),
        ("comment", "text"),
        ("评分星级", "rating"),
        ("score", "rating"),
        ("评论时间", "published_at"),
        ("publish_date", "published_at"),
        ("答复意见", "reply_text"),
        ("商家回复", "reply_text"),
        ("回复时间", "replied_at"),
        ("追评", "follow_up_text"),
        ("入住房型", "product"),
        ("room_type", "product"),
        ("订单类型", "product"),
        ("酒店名称", "venue"),
        ("用户名", "author"),
        ("user.name", "author"),
        ("出行类型", "traveller_type"),
        ("_id", "own_id"),
        ("【入住时间】", "stayed_at"),
    ],
)
def test_common_names_are_known(name: str, field: str) -> None:
    """Names of real exports, in whatever dress, mean their field."""
    assert column_vocabulary()[normalised_name(name)][0] == field


@pytest.mark.parametrize("name", ["label", "情感标签", "useful_count", "酒店星级", "订单号", "index", "Unnamed: 0"])
def test_names_of_other_things_are_not_taken(name: str) -> None:
    """Labels, counts, a hotel's own stars and row numbers are no fields of a review."""
    assert normalised_name(name) not in column_vocabulary()


def test_two_columns_for_one_field_are_ranked_and_noted() -> None:
    """The name that stands higher in the vocabulary wins; the other stays unmapped and a note says so."""
    mapping = map_columns(("内容", "评论内容", "点赞数"), {}, {})
    assert mapping.fields == {"text": "评论内容"}
    assert mapping.unmapped == ("内容", "点赞数")
    assert any("评论内容" in note and "内容" in note for note in mapping.notes)


def test_an_override_wins_and_an_empty_one_leaves_a_field_out() -> None:
    """What a person says goes before the vocabulary."""
    columns = ("内容", "评论内容", "评分")
    mapping = map_columns(columns, {}, {"text": "内容", "rating": ""})
    assert mapping.fields == {"text": "内容"}
    assert mapping.unmapped == ("评论内容", "评分")


def test_a_wrong_override_names_the_nearest_column() -> None:
    """A slip in --map is answered with the right name."""
    with pytest.raises(SourceFileError, match=r"found no '评论内荣' \(did you mean '评论内容'"):
        map_columns(("评论内容", "评分"), {}, {"text": "评论内荣"})
    with pytest.raises(SourceFileError, match=r"'ratings' is no field of a review \(did you mean 'rating'"):
        check_overrides({"ratings": "评分"})
    with pytest.raises(SourceFileError, match="expected the name of the column that holds the texts"):
        check_overrides({"text": ""})


def test_a_column_of_counts_is_not_the_text() -> None:
    """评论 may be the number of reviews; then the next best column is taken."""
    samples = {"评论": ["12", "3", "1,204"], "内容": SENTENCES}
    assert map_columns(("评论", "内容"), samples, {}).fields["text"] == "内容"


def test_sentences_are_found_without_a_known_name() -> None:
    """One column that clearly holds Chinese sentences is taken, with a note."""
    mapping = map_columns(("甲", "乙"), {"甲": ["北京", "上海", "广州"], "乙": SENTENCES}, {})
    assert mapping.fields == {"text": "乙"}
    assert any("乙" in note for note in mapping.notes)


def test_without_a_text_column_the_way_on_is_named() -> None:
    """Two columns of sentences are not guessed between, and neither is none."""
    with pytest.raises(NoTextColumnError, match=r"found the columns '甲'、'乙'.*--map text="):
        map_columns(("甲", "乙"), {"甲": SENTENCES, "乙": SENTENCES}, {})
    with pytest.raises(NoTextColumnError, match="--map text="):
        map_columns(("甲",), {"甲": ["1", "2"]}, {})


def test_a_missing_header_is_recognised() -> None:
    """A first line of data is refused instead of being lost as column names."""
    with pytest.raises(NoTextColumnError, match="what looks like data"):
        map_columns(("2025-04-05", "房间很干净，服务也周到。"), {}, {})
    with pytest.raises(NoTextColumnError, match="what looks like data"):
        map_columns(("酒店", "房间很干净，服务也周到。"), {}, {})
