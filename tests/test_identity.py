"""Who a review is: ids that no other format, masking rule or machine changes, and a key that nobody else may read."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.identity import (
    ID_VERSION,
    KEY_VARIABLE,
    IdentityKey,
    IdentityKeyError,
    ReviewIds,
    author_key,
    check_same_key,
    load_identity_key,
    normalise,
)
from sources.record import Precision, ReviewRecord
from tests.warehouse_samples import KEY, SHANGHAI

OTHER_KEY = IdentityKey(b"another key for tests, 32 characters and more")
LATE = datetime(2025, 4, 5, 23, 50, tzinfo=SHANGHAI)


def record(text: str = "很好", **values: Any) -> ReviewRecord:
    """Return a record of the fifth of April."""
    given_values: dict[str, Any] = {"published_at": LATE, "published_precision": "second"} | values
    return ReviewRecord(row_number=1, text=text, **given_values)


def assign(*records: ReviewRecord, key: IdentityKey = KEY, source: str = "携程") -> list[str | None]:
    """Return the ids of the rows of one export."""
    ids = ReviewIds(key, source)
    return [ids.assign(r, author_key(key, source, r.author)) for r in records]


def test_the_own_id_is_the_id() -> None:
    """Where the source has an id it is taken as it is."""
    assert assign(record(own_id="6802")) == ["携程:6802"]


def test_an_id_is_stable_over_versions() -> None:
    """The id of a certain review under a certain key never changes unless ID_VERSION does."""
    (review_id,) = assign(record("房间很干净", venue="云栖酒店", author="蓝鲸旅人", product="大床房"))
    assert (ID_VERSION, review_id) == (1, "携程:~6919c775178ee8b8f2557b8a.20250405.0")


@pytest.mark.parametrize(
    ("precision", "day"),
    [("second", "20250405"), ("day", "20250405"), ("month", "202504"), ("year", "2025"), ("none", "none")],
)
def test_the_local_day_stands_in_the_id(precision: Precision, day: str) -> None:
    """The day in Shanghai as far as it is known."""
    moment = None if precision == "none" else LATE
    (review_id,) = assign(record(published_at=moment, published_precision=precision))
    assert str(review_id).split(".")[1:] == [day, "0"]


@pytest.mark.parametrize(
    "other",
    [
        {"text": "很好。"},
        {"venue": "松风客栈"},
        {"author": "山间来客"},
        {"product": "双床房"},
        {"venue": None},
        {"author": None},
        {"product": None},
    ],
    ids=str,
)
def test_what_makes_another_review(other: dict[str, Any]) -> None:
    """Text, venue, author and product tell reviews apart; a value left out differs from every other."""
    same = {"venue": "云栖酒店", "author": "蓝鲸旅人", "product": "大床房"}
    (one,), (two,) = assign(record(**same)), assign(record(**{**same, **other}))
    assert str(one).split(".")[0] != str(two).split(".")[0]


def test_what_makes_no_other_review() -> None:
    """Rating, reply, second thoughts, spaces, width and case make no other id."""
    one = record("WiFi 很慢,早餐不错!", venue="云栖酒店")
    two = record(
        "ｗｉｆｉ很慢，早餐\n不错\u200b！", venue="云栖 酒店", rating=1.0, reply_text="抱歉", follow_up_text="又来了"
    )
    assert assign(one) == assign(two)


def test_sources_and_keys_make_other_ids() -> None:
    """The same review at another source, or under another key, has an id of its own."""
    assert len({*assign(record()), *assign(record(), source="美团"), *assign(record(), key=OTHER_KEY)}) == 3


def test_rows_that_nothing_tells_apart_are_counted() -> None:
    """Guests without a name get numbers; the same named guest saying all the same twice is a repeat."""
    first, second, third = (str(i) for i in assign(record(), record(), record()))
    assert [i.rpartition(".")[2] for i in (first, second, third)] == ["0", "1", "2"]
    assert len({i.rpartition(".")[0] for i in (first, second, third)}) == 1
    named, repeat = assign(record(author="蓝鲸旅人"), record(author="蓝鲸旅人"))
    assert (str(named)[-2:], repeat) == (".0", None)
    named, changed = assign(record(author="蓝鲸旅人"), record(author="蓝鲸旅人", rating=1.0))
    assert (str(named)[-2:], str(changed)[-2:]) == (".0", ".1")


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=1, max_size=4),
    st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=1, max_size=4),
)
def test_digests_of_normalised_parts_are_one_to_one(one: list[str | None], other: list[str | None]) -> None:
    """No shifting of characters from one part to the next gives the same digest."""
    parts, other_parts = ([normalise(p) if p is not None else None for p in ps] for ps in (one, other))
    assert (KEY.digest(*parts) == KEY.digest(*other_parts)) == (parts == other_parts)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    """A text without spaces, in one width and case, stays so for ids."""
    assert KEY.digest(normalise(f" {text}\n")) == KEY.digest(normalise(text))


def test_the_author_is_never_written(tmp_path: Path) -> None:
    """The author's key is a digest: without the name in it, and different at each source."""
    keys = {
        author_key(KEY, "携程", "蓝鲸旅人"),
        author_key(KEY, "美团", "蓝鲸旅人"),
        author_key(OTHER_KEY, "携程", "蓝鲸旅人"),
    }
    assert len(keys) == 3
    assert all(len(str(k)) == 16 for k in keys)
    assert author_key(KEY, "携程", " 蓝鲸旅人 ") in keys
    assert author_key(KEY, "携程", None) is None


def test_the_key_shows_nothing_but_its_fingerprint() -> None:
    """Neither ``repr`` nor the fingerprint gives the secret away."""
    assert repr(KEY) == f"IdentityKey(fingerprint='{KEY.fingerprint}')"
    assert len(KEY.fingerprint) == 16
    assert KEY.fingerprint != OTHER_KEY.fingerprint
    assert not KEY.digest("").startswith(KEY.fingerprint)


def test_a_key_file_is_made_once(tmp_path: Path) -> None:
    """The first call makes a file that only its owner may read, later calls read it."""
    path = tmp_path / "数据" / "identity.key"
    key = load_identity_key(path, {})
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_identity_key(path, {}) == key
    assert len(key.secret) == 64
    assert load_identity_key(tmp_path / "other.key", {}) != key


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The message says how to mend it."""
    path = tmp_path / "identity.key"
    load_identity_key(path, {})
    path.chmod(mode)
    with pytest.raises(IdentityKeyError, match=rf"mode 600.*its mode is {mode:o}.*chmod 600 .*identity\.key"):
        load_identity_key(path, {})


def test_a_key_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """An empty key would make ids that anybody can make."""
    path = tmp_path / "identity.key"
    path.touch(0o600)
    with pytest.raises(IdentityKeyError, match="at least 32 characters; it holds 0"):
        load_identity_key(path, {})


def test_the_key_from_the_environment(tmp_path: Path) -> None:
    """It goes before the file, which is not even made; too short a key is refused."""
    path = tmp_path / "identity.key"
    assert load_identity_key(path, {KEY_VARIABLE: "k" * 32}) == IdentityKey(b"k" * 32)
    assert not path.exists()
    with pytest.raises(IdentityKeyError, match=rf"{KEY_VARIABLE} must have at least 32 characters; it has 31"):
        load_identity_key(path, {KEY_VARIABLE: "k" * 31})


def test_a_changed_key_is_refused() -> None:
    """Ids of another key would store every known review again."""
    check_same_key(KEY, None, "the warehouse")
    check_same_key(KEY, KEY.fingerprint, "the warehouse")
    with pytest.raises(
        IdentityKeyError, match=f"has changed: the warehouse .*{OTHER_KEY.fingerprint}.*Put the old key back"
    ):
        check_same_key(KEY, OTHER_KEY.fingerprint, "the warehouse")
