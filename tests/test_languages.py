"""Languages by script."""

import pytest

from models.languages import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("房间很干净，服务热情", "zh"),
        ("房间很好 wifi 快", "zh"),
        ("Check-in 很快，OK", "zh"),
        ("優の良品，好の酒店很不错的房间真的非常好住", "zh"),
        ("房間很乾淨，服務態度很好", "zh-Hant"),
        ("部屋がとてもきれいでした", "ja"),
        ("ルームサービス最高", "ja"),
        ("방이 깨끗하고 좋았어요", "ko"),
        ("The room was clean and quiet", "en"),
        ("We stayed at 花园酒店 and loved the breakfast", "en"),
        ("123 !!! 😀", "und"),
        ("", "und"),
    ],
)
def test_script_tells_language(text: str, language: str) -> None:
    """A text's language is told by its script and the share of it."""
    assert detect_language(text) == language
