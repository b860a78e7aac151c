"""Pages that are kept to mend a recipe by: masked, without names, for their owner alone, and not for long."""

import gzip
import json
import os
from pathlib import Path

import pytest

from sources.masking import MaskingSettings
from sources.web.kept_pages import KeptPages
from sources.web.page import Page
from tests.page_samples import json_kind, kind_of, page_of


def kept(tmp_path: Path, days: int = 7) -> KeptPages:
    """Return a folder of pages."""
    return KeptPages(tmp_path / "kept" / "site", days, MaskingSettings())


def text_of(path: Path) -> str:
    """Return what a kept page holds."""
    return gzip.decompress(path.read_bytes()).decode("utf-8")


def test_numbers_and_names_are_hidden(tmp_path: Path) -> None:
    """Phone numbers are masked and authors' names hidden wherever they stand, the longer name first."""
    body = (
        '<p class="r" data-user="蓝鲸旅人">蓝鲸旅人二号说：打 13812345678<i>蓝鲸旅人</i>'
        "<script>var u = '\\u84dd\\u9cb8\\u65c5\\u4eba';</script></p>"
    )
    text = text_of(kept(tmp_path).keep(page_of(body), {"蓝鲸旅人", "蓝鲸旅人二号"}))
    assert "13812345678" not in text
    assert "蓝鲸" not in text
    assert "\\u84dd" not in text
    assert text.count("[姓名]") == 4
    assert '<p class="r"' in text


@pytest.mark.parametrize(
    "page",
    [
        page_of("<p>&#34013;鲸&amp;旅人 <b>&#x84dd;&#40120;&amp;&#26053;人</b></p>"),
        page_of('<p title="蓝鲸&amp;旅人">蓝鲸&旅人</p>'),
        page_of('<meta charset="gbk"><p>蓝鲸&amp;旅人</p>'.encode("gbk"), kind_of(), content_type="text/html"),
        page_of(json.dumps({"a": [{"nick": "蓝鲸&旅人", "t": "好"}]}), json_kind()),
        page_of('{"a": [{"nick": "\\u84DD\\u9cb8\\u0026旅人"}]}', json_kind()),
    ],
)
def test_a_name_is_hidden_however_the_page_writes_it(page: Page, tmp_path: Path) -> None:
    """As entities, as numbers, in an attribute, in another encoding, escaped in JSON."""
    text = text_of(kept(tmp_path).keep(page, {"蓝鲸&旅人"}))
    assert "[姓名]" in text
    assert "蓝" not in text
    assert "旅人" not in text


def test_numbers_in_escaped_json_are_masked(tmp_path: Path) -> None:
    """A text is masked as its reader would see it."""
    page = page_of(json.dumps({"a": [{"t": "我姓张，身份证号 11010519491231002X，电话13812345678"}]}), json_kind())
    text = text_of(kept(tmp_path).keep(page, ()))
    assert "13812345678" not in text
    assert "11010519491231002X" not in text


def test_a_kept_page_is_its_owners_alone(tmp_path: Path) -> None:
    """The folder and its pages are closed to others, and a page's name tells nothing of its address."""
    old = os.umask(0o022)
    try:
        path = kept(tmp_path).keep(page_of("<p>好</p>"), ())
    finally:
        os.umask(old)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(path.name.removesuffix(".html.gz")) == 16
    assert kept(tmp_path).keep(page_of("{}", json_kind()), ()).name.endswith(".json.gz")


def test_a_page_is_kept_once(tmp_path: Path) -> None:
    """A page that was read again stands in the place of what it was."""
    pages = kept(tmp_path)
    first = pages.keep(page_of("<p>昨天</p>"), ())
    assert pages.keep(page_of("<p>今天</p>"), ()) == first
    assert "今天" in text_of(first)
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def test_old_pages_are_deleted(tmp_path: Path) -> None:
    """Those that are older than they may be, and no others; a folder that there is not holds none."""
    pages = kept(tmp_path, days=3)
    assert pages.expire() == 0
    path = pages.keep(page_of("<p>好</p>"), ())
    made = path.stat().st_mtime
    assert pages.expire(made + 3 * 86_400 - 1) == 0
    assert path.exists()
    assert pages.expire(made + 3 * 86_400 + 1) == 1
    assert not path.exists()
