"""Columns that are personal by their name: hidden in what is stored, in rejects, and in messages."""

from pathlib import Path

import pytest

from sources.files import open_source_file
from sources.landed_rows import RAW_LIMIT, masked_bad_row, masked_record
from sources.masking import MaskingSettings
from sources.personal_columns import personal_token, without_personal_members
from sources.record import BadRow, ReviewRecord, SourceFileError

NAME, CONTACT, PHONE = "蓝鲸旅人", "欧阳望舒", "13800138000"


@pytest.mark.parametrize(
    ("column", "token"),
    [
        ("联系人", "[姓名]"),
        ("入住人姓名（必填）", "[姓名]"),
        ("昵称 (2)", "[姓名]"),
        ("user.nickname", "[姓名]"),
        ("会员手机号2", "[手机号]"),
        ("客人身份证号", "[身份证号]"),
        ("openid", "[微信号]"),
        ("处理人", "[员工姓名]"),
        ("收货地址", "[地址]"),
        ("酒店订单号", "[订单号]"),
        ("tracking_no", "[订单号]"),
        ("房型", None),
        ("评论ID", None),
        ("template", None),
        ("是否手机下单", None),
        ("点赞数", None),
    ],
)
def test_what_a_column_name_tells(column: str, token: str | None) -> None:
    """Names of persons' data are known with their usual prefixes; other columns stay."""
    assert personal_token(column) == token


def _rows(path: Path, content: str) -> list[ReviewRecord | BadRow]:
    path.write_text(content, "utf-8")
    return list(open_source_file(path).rows())


def test_personal_columns_are_hidden_in_extra(tmp_path: Path) -> None:
    """A name alone in its cell has no telling word beside it; the column's name tells."""
    header = "评论内容,用户名,昵称,联系人,会员手机,楼层"
    (row,) = _rows(tmp_path / "a.csv", f"{header}\n房间很脏,{NAME},{NAME},{CONTACT},{PHONE},3\n")
    assert isinstance(row, ReviewRecord)
    assert row.author == NAME
    assert row.extra == {"昵称": "[姓名]", "联系人": "[姓名]", "会员手机": "[手机号]", "楼层": "3"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"R9,{NAME},,{CONTACT},3", "empty_text"),
        (f"R9,{NAME},房间,很脏,真的,{CONTACT},3", "too_many_cells"),
        (f'R9,{NAME},"房间很脏,{CONTACT},3', "unclosed_quote"),
        (f'R9,"{NAME},房间很脏,{CONTACT},3', "unclosed_quote"),
    ],
)
def test_a_rejected_row_does_not_name_its_author(tmp_path: Path, line: str, reason: str) -> None:
    """Whatever tore the row, neither the author nor another personal cell stands in what is kept of it."""
    sound = f"R1,{NAME},早餐很好吃,{CONTACT},5"
    rows = _rows(tmp_path / "a.csv", f"评论ID,用户名,评论内容,联系人,评分\n{sound}\n{line}\n{sound}\n")
    (bad,) = [row for row in rows if isinstance(row, BadRow)]
    assert bad.reason == reason
    assert "R9" in bad.raw
    assert NAME not in bad.raw
    assert CONTACT not in bad.raw


def test_an_undecodable_row_does_not_name_its_author(tmp_path: Path) -> None:
    """One broken byte rejects the row; its author stays hidden."""
    path = tmp_path / "a.csv"
    lines = ["用户名,评论内容", *[f"{NAME},早餐很好吃"] * 200]
    path.write_bytes("\n".join(lines).encode() + f"\n{NAME},隔音差".encode()[:-1])
    (bad,) = [row for row in open_source_file(path).rows() if isinstance(row, BadRow)]
    assert bad.raw == "[姓名],隔音\ufffd\ufffd"


def test_a_broken_json_line_does_not_name_its_author(tmp_path: Path) -> None:
    """Members are found by their names though the line is no JSON, nested and cut-off ones too."""
    members = f'"user":{{"nickname":"{NAME}"}},"联系人":"{CONTACT}'
    sound = f'{{"内容":"早餐很好吃",{members}"}}'
    broken = f'{{"内容":"坏了, {members}'
    rows = _rows(tmp_path / "a.jsonl", f"{sound}\n{broken}\n")
    assert isinstance(rows[1], BadRow)
    assert rows[1].raw == '{"内容":"坏了, "user":{"nickname":"[姓名]"},"联系人":"[姓名]"'


def test_a_number_at_the_cut_of_a_long_row_is_masked() -> None:
    """The row is cut after masking: half a number would not be known for one."""
    bad = BadRow(1, "empty_text", "", "早" * (RAW_LIMIT - 6) + f"，{PHONE}")
    masked = masked_bad_row(bad, MaskingSettings())
    assert len(masked.raw) == RAW_LIMIT - 5 + len("[手机号]")
    assert PHONE[:5] not in masked.raw


def test_small_fields_are_masked_too() -> None:
    """The kind of traveller, the rating as given, and the parameters of the address."""
    record = ReviewRecord(1, "好", traveller_type=f"家庭 {PHONE}", rating_raw=f"5分 {PHONE}")
    record.url = f"https://example.com/r?id=7&phone={PHONE}#a"
    masked_record(record, MaskingSettings())
    assert (record.traveller_type, record.rating_raw) == ("家庭 [手机号]", "5分 [手机号]")
    assert record.url == "https://example.com/r?id=7&phone=[电话]#a"
    assert without_personal_members("https://example.com/hotel/13800138000.html") == (
        "https://example.com/hotel/13800138000.html"
    )


def test_a_message_about_a_missing_header_is_masked(tmp_path: Path) -> None:
    """Without a header the first row stands in the message, which goes to logs."""
    with pytest.raises(SourceFileError, match=r"what looks like data: .*\[手机号\]") as caught:
        _rows(tmp_path / "a.csv", f"房间很脏，打{PHONE}没人接。,2025-01-01\n早餐差，不来了。,2025-01-02\n")
    assert PHONE not in str(caught.value)


def test_the_authors_own_name_is_masked_in_the_merchants_reply() -> None:
    """A merchant greets by name; a shared name such as 匿名用户 and a short one, which may be a word, stay."""
    greeted = ReviewRecord(row_number=1, text="不错", author="云上客8821", reply_text="尊敬的云上客8821，感谢入住")
    assert masked_record(greeted, MaskingSettings()).reply_text == "尊敬的[姓名]，感谢入住"
    for name in ("匿名用户", "小雨"):
        record = ReviewRecord(row_number=1, text="不错", author=name, reply_text=f"{name}天也欢迎您")
        assert masked_record(record, MaskingSettings()).reply_text == f"{name}天也欢迎您"
